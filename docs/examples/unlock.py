#!/usr/bin/env python3
"""Opens a locked file (docs/FORMATS.md §16) with the package `cryptography`, 44 or newer.

Prints what it holds: full keys, ejected keys, a workspace's keys or a device share. The passphrase is asked for, or
read from a file."""
import hmac
import json
import re
import sys

from common import arguments, cannot, missing, refuse, run, with_passphrase

try:
    from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
except ImportError as error:
    missing(error)


def is_hex(text, size=None):
    digits = f"{{{2 * size}}}" if size else "+"
    return isinstance(text, str) and re.fullmatch(f"[0-9a-f]{digits}", text) is not None and len(text) % 2 == 0


def is_within(value, least, most):
    return type(value) is int and least <= value <= most


def read(name):
    """The first line, what it says, and the bytes of the second. Editors add a byte order mark and CRLF."""
    with open(name, "rb") as file:
        text = file.read().removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    first, _, second = text.partition(b"\n")
    if not first.startswith(b'{"format":"lifeboat locked file"'):
        cannot(f"{name}: not a locked file")
    try:
        header = json.loads(first)
        second = second.removesuffix(b"\n").decode("ascii")
    except (ValueError, RecursionError):
        refuse(f"{name}: not as it was written")
    if header.get("version") != 1:
        cannot(f"{name}: a locked file of version {header.get('version')}, which this example does not know")

    # Bounds, so that an altered file cannot ask for a year of work or all memory.
    cost = header.get("argon2id")
    cost = cost if isinstance(cost, dict) else {}
    bounds = {"memoryKiB": (1 << 16, 1 << 20), "passes": (3, 16), "lanes": (1, 4)}
    bounded = all(is_within(cost.get(name), *bound) for name, bound in bounds.items())
    whole = all(is_hex(header.get(name), size) for name, size in {"salt": 16, "nonce": 12, "check": 32}.items())
    if not (bounded and whole and is_hex(second)):
        refuse(f"{name}: not as it was written")
    return first, header, bytes.fromhex(second)


def main(given):
    first, header, sealed = read(given.file)
    cost = header["argon2id"]

    def open_with(passphrase):
        salt = bytes.fromhex(header["salt"])
        stretch = Argon2id(salt=salt, length=32, iterations=cost["passes"], lanes=cost["lanes"], memory_cost=cost["memoryKiB"])
        root = stretch.derive(passphrase)
        derived = lambda purpose: HKDF(hashes.SHA256(), 32, None, b"lifeboat locked file 1 " + purpose).derive(root)
        # The check tells a wrong passphrase from an altered file.
        if not hmac.compare_digest(derived(b"check"), bytes.fromhex(header["check"])):
            return None
        try:
            return AESGCM(derived(b"encryption")).decrypt(bytes.fromhex(header["nonce"]), sealed, first)
        except (InvalidTag, ValueError):
            return refuse(f"{given.file}: the passphrase is right, but the file was altered")

    try:
        sys.stdout.buffer.write(with_passphrase(given.passphrase_file, given.file, open_with))
    except (UnsupportedAlgorithm, MemoryError):
        cannot("this Python has no Argon2, or not enough memory for it")


taken = arguments(__doc__)
taken.add_argument("file", metavar="FILE", help="the locked file")
run(taken, main)
