"""What the examples share: arguments, passphrases, errors of one line, and the exit status of `lifeboat`:
0 done and verified, 2 it could not run, 3 verification says no."""
import argparse
import getpass
import os
import sys


class Stop(Exception):
    """Ends the example with an exit status and one line."""

    def __init__(self, status, why):
        super().__init__(why)
        self.status = status


def cannot(why):
    raise Stop(2, why)


def refuse(why):
    raise Stop(3, why)


def missing(error):
    """Ends the example where what it imports is not there."""
    print(f"{os.path.basename(sys.argv[0])}: {error}: pip install 'cryptography>=44'", file=sys.stderr)
    sys.exit(2)


class Arguments(argparse.ArgumentParser):
    """Shows the whole usage, not only its first line, when something is missing or too much."""

    def error(self, message):
        # Arguments that are not known are not repeated: one may be a passphrase, typed in the wrong place.
        message = message.split(": ")[0] if message.startswith("unrecognized") else message
        self.exit(2, f"{self.prog}: {message}\n{self.format_help()}")


def arguments(about):
    """The arguments that every opener has."""
    taken = Arguments(description=about, allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter)
    taken.add_argument("--passphrase-file", metavar="PASSPHRASE", help="a file with the passphrase (-: standard input)")
    taken.add_argument("--reveal", action="store_true", help="let a terminal show the result")
    return taken


def run(taken, main):
    """Runs `main` with what the command line says."""
    given = taken.parse_args()
    name = os.path.basename(sys.argv[0])
    try:
        # What a terminal shows stays in its history: secrets go there only when asked to.
        if sys.stdout.isatty() and not given.reveal:
            cannot("the result is secret and standard output is a terminal: add > FILE, or --reveal")
        main(given)
        sys.stdout.flush()
    except Stop as stop:
        print(f"{name}: {stop}", file=sys.stderr)
        sys.exit(stop.status)
    except BrokenPipeError:
        # The reader has gone; without this, Python would say so a second time at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        print(f"{name}: standard output is closed", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        print(f"{name}: {error.filename or 'standard output'}: {error.strerror}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        sys.exit(2)


def with_passphrase(file, name, open_with):
    """Gives `open_with` the passphrase from `file`, or asks for it up to three times, until the answer is not None."""
    for last in (True,) if file else (False, False, True):
        opened = open_with(from_file(file) if file else ask(f"passphrase of {name}: "))
        if opened is not None:
            return opened
        if not last:
            print("that is not the passphrase, try again", file=sys.stderr)
    return refuse(f"{name}: the passphrase is wrong")


def from_file(file):
    try:
        with open(0 if file == "-" else file, "rb") as source:
            text = source.read()
    except OSError:
        # The name is not repeated: it may be the passphrase itself, typed in the wrong place.
        return cannot("cannot read the file that --passphrase-file names")
    return text[:-1].removesuffix(b"\r") if text.endswith(b"\n") else text


def ask(question):
    try:
        # Where there is no terminal getpass would read standard input, and might echo.
        os.close(os.open("/dev/tty", os.O_RDWR))
    except OSError:
        cannot("there is no terminal to ask for the passphrase on: give --passphrase-file FILE")
    try:
        return getpass.getpass(question).encode("utf-8", "surrogateescape")
    except EOFError:
        return cannot("interrupted at the question for the passphrase")
    except UnicodeDecodeError:
        return cannot("what was typed is not UTF-8")
