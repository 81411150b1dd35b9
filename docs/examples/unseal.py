#!/usr/bin/env python3
"""Opens a sealed file (docs/FORMATS.md §13) of version 1 or 2 with the package `cryptography`.

Prints the record of one wallet, or every record: one JSON object a line. Only exit status 0 says that all is there.
A passphrase of the key is asked for, or read from a file."""
import base64
import hashlib
import hmac
import json

from common import arguments, cannot, missing, refuse, run, with_passphrase

try:
    from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
except ImportError as error:
    missing(error)


def private_key(name, passphrase_file):
    with open(name, "rb") as file:
        pem = file.read()

    def read(passphrase):
        try:
            return serialization.load_pem_private_key(pem, passphrase)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            return None

    key = with_passphrase(passphrase_file, name, read) if b"ENCRYPTED" in pem else read(None)
    if not isinstance(key, rsa.RSAPrivateKey):
        cannot(f"{name}: not a private RSA key in PEM")
    return key


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def parse(line):
    value = json.loads(line)
    if compact(value) + b"\n" != line:
        raise ValueError("not as it was written")
    return value


def is_sealed(line):
    try:
        return json.loads(line)["lifeboat"] == "sealed"
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def u64(number):
    return number.to_bytes(8, "big")


class Opened:
    """A sealed file whose first two lines were read: the keys of its records and codes, and what was seen so far."""

    def __init__(self, first, second, private):
        header, listed = parse(first), parse(second)
        self.version = header["version"]
        self.digest = hashlib.sha256(first[:-1]).digest()
        self.salt = bytes.fromhex(header["salt"]) if self.version == 1 else self.digest
        spki = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        own_key = hashlib.sha256(spki).hexdigest()
        wrapped = next((r["wrapped"] for r in listed["recipients"] if r["key"] == own_key), None) or refuse("not sealed to this key")
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        self.file_key = private.decrypt(base64.b64decode(wrapped, validate=True), oaep)
        if not hmac.compare_digest(self.code(b"recipients", compact(listed["recipients"])), listed["mac"]):
            refuse("the recipients were altered")
        self.count, self.closed, self.tags = 0, False, hashlib.sha256()

    def key(self, info):
        return HKDF(hashes.SHA256(), 32, self.salt, info).derive(self.file_key)

    def code(self, purpose, message):
        return hmac.new(self.key(purpose), self.digest + message, "sha256").hexdigest()

    def take(self, line, wallet):
        """The record in this line, if it is asked for."""
        if self.closed:
            refuse("something stands after the closing line")
        record = parse(line)
        if "closing" in record:
            covered = u64(self.count) + (b"" if self.version == 1 else self.tags.digest())
            if record != {"closing": self.count, "mac": self.code(b"closing", covered)}:
                refuse("records are missing, added or moved")
            self.closed = True
            return None
        n, name, raw = record["n"], record["id"].encode(), base64.b64decode(record["sealed"], validate=True)
        if n != self.count or base64.b64encode(raw).decode() != record["sealed"]:
            refuse("records are missing or moved")
        self.count += 1
        self.tags.update(raw[-16:])
        if wallet not in (None, record["id"]):
            return None
        return AESGCM(self.key(b"record" + name)).decrypt(bytes(4) + u64(n), raw, self.digest + u64(n) + name).decode()


def unseal(lines, private, wallet):
    first = next(lines, b"")
    if not is_sealed(first):
        cannot("not a sealed file")
    number, found = 1, False
    try:
        version = parse(first)["version"]
        if version > 2:
            cannot(f"a sealed file of version {version}, which this example does not know")
        if version not in (1, 2):
            raise ValueError("no such version")
        number = 2
        second = next(lines, None) or refuse("the file is cut off")
        opened = Opened(first, second, private)
        for number, line in enumerate(lines, 3):
            record = opened.take(line, wallet)
            if record is not None:
                print(record)
                found = True
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InvalidTag):
        refuse(f"line {number} is not as it was written, or cut off")
    if not opened.closed:
        refuse("the file is cut off")
    if wallet and not found:
        refuse("no record of that wallet")


def main(given):
    private = private_key(given.private, given.passphrase_file)
    with open(given.file, "rb") as lines:
        unseal(lines, private, given.wallet)


taken = arguments(__doc__)
taken.add_argument("file", metavar="FILE", help="the sealed file")
taken.add_argument("private", metavar="PRIVATE.pem", help="the private key of one of its recipients")
taken.add_argument("wallet", metavar="WALLET_ID", nargs="?", help="the only wallet asked for")
run(taken, main)
