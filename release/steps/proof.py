"""What a built program has to show before it is packed: its version, its own tests, and a result that is known."""
import json
import os
import re
import shutil
import subprocess
import tempfile

from .common import HOUSE, say, sha256, stop

DEMO = HOUSE / "fixtures" / "demo"


def runner(target):
    """What starts a program of this target here."""
    if target.startswith(os.uname().machine):
        return []
    return [f"qemu-{target.split('-')[0]}-static"]


def shown(target, program, *arguments):
    settings = {"PATH": os.environ["PATH"]}
    command = [*runner(target), str(program), *map(str, arguments)]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=settings)
    except FileNotFoundError:
        stop(f"there is no `{command[0]}` to try the program for {target} with", "install the Debian package `qemu-user-static`")
    if done.returncode != 0:
        stop(f"`{' '.join(command[:4])}` ended with exit status {done.returncode}", done.stderr)
    return done.stdout


def try_out(target, program, version):
    """Stops where the program does not do what it must."""
    told = shown(target, program, "--version").strip()
    if told != f"lifeboat {version}":
        stop(f"{program} calls itself `{told}`, not `lifeboat {version}`")
    doctor = json.loads(shown(target, program, "doctor", "--json"))
    if doctor["sha256"] != sha256(program):
        stop(f"`doctor` names another file than {program}: {doctor['sha256']}")

    known = re.search(r"SHA-256 ([0-9a-f]{64})", (HOUSE / "README.md").read_text()).group(1)
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/shares.json"
        key = ["--key", DEMO / "recovery-private.pem", "--key-passphrase-file", DEMO / "key-passphrase.txt"]
        shown(target, program, "derive", DEMO / "kit.zip", *key, "--wallets", DEMO / "wallets.txt", "--algorithm", "both", "--out", out)
        found = sha256(out)
    if found != known:
        stop(f"{program} derives the demo's shares wrongly: SHA-256 {found}, README.md has {known}")
    say(f"{target}: the demo's shares come out as README.md says")


def run_tests(program):
    """The whole suite on this very file."""
    say("the whole test suite, on the file for x86_64")
    with tempfile.TemporaryDirectory() as folder:
        # Tests want it under its name.
        named = f"{folder}/lifeboat"
        shutil.copy(program, named)
        settings = {**os.environ, "LIFEBOAT_BIN": named}
        command = ["cargo", "test", "--locked", "--all-features", "--test", "lifeboat"]
        if subprocess.run(command, cwd=HOUSE, env=settings).returncode != 0:
            stop("a test failed on the file that would ship")
