"""What every step of a release uses."""
import hashlib
import os
import pathlib
import subprocess
import sys

HOUSE = pathlib.Path(__file__).resolve().parent.parent.parent
TARGETS = {"x86_64-unknown-linux-gnu": "amd64", "aarch64-unknown-linux-gnu": "arm64"}


def stop(*lines):
    """Ends the release with words: what is wrong, and what to do about it."""
    sys.exit(f"release/{pathlib.Path(sys.argv[0]).name}: " + "\n  ".join(lines))


def say(line):
    print(f"== {line}", flush=True)


def run(command, **more):
    """Runs a command that must end well: what it printed."""
    command = [str(word) for word in command]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, **more)
    except FileNotFoundError:
        stop(f"there is no `{command[0]}` here")
    if done.returncode != 0:
        stop(f"`{' '.join(command[:4])}` ended with exit status {done.returncode}", done.stdout[-2000:])
    return done.stdout


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_folder(folder, pattern="**/*"):
    """One digest over the names and the bytes of every file."""
    whole = hashlib.sha256()
    for path in sorted(path for path in folder.glob(pattern) if path.is_file()):
        whole.update(f"{sha256(path)}  {path.relative_to(folder)}\n".encode())
    return whole.hexdigest()


def rustup_home():
    return pathlib.Path(os.environ.get("RUSTUP_HOME") or pathlib.Path.home() / ".rustup")


def cargo_home():
    return pathlib.Path(os.environ.get("CARGO_HOME") or pathlib.Path.home() / ".cargo")


def version():
    """The package's version, from its manifest."""
    import tomllib

    return tomllib.loads((HOUSE / "Cargo.toml").read_text())["package"]["version"]
