#!/usr/bin/env python3
"""Opens a sealed file (docs/FORMATS.md §13) of version 1 or 2 with nothing but the `cryptography` package.
usage: unseal.py FILE PRIVATE.pem [WALLET_ID]     prints one JSON object a line; only exit status 0 says that all is there"""
import base64, hashlib, hmac, json, sys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def check(holds, why):
    if not holds:
        sys.exit(f"unseal.py: {why}")


def parse(line):
    value = json.loads(line)
    check(json.dumps(value, separators=(",", ":")).encode() + b"\n" == line, "a line is not as it was written, or cut off")
    return value


def main(path, key_path, wallet=None):
    private = serialization.load_pem_private_key(open(key_path, "rb").read(), None)
    spki = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    own_key = hashlib.sha256(spki).hexdigest()
    lines = open(path, "rb")
    first = next(lines)
    header = parse(first)
    check(header.get("lifeboat") == "sealed" and header["version"] in (1, 2), "not a sealed file of version 1 or 2")
    digest = hashlib.sha256(first[:-1]).digest()
    salt = bytes.fromhex(header["salt"]) if header["version"] == 1 else digest
    listed = parse(next(lines))
    wrapped = next((r["wrapped"] for r in listed["recipients"] if r["key"] == own_key), None)
    check(wrapped, "not sealed to this key")
    file_key = private.decrypt(base64.b64decode(wrapped), padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    key = lambda info: HKDF(hashes.SHA256(), 32, salt, info).derive(file_key)
    code = lambda purpose, message: hmac.new(key(purpose), digest + message, "sha256").hexdigest()
    u64 = lambda n: n.to_bytes(8, "big")
    text = json.dumps(listed["recipients"], separators=(",", ":")).encode()
    check(hmac.compare_digest(code(b"recipients", text), listed["mac"]), "the recipients were altered")
    count, found, closed, tags = 0, False, False, hashlib.sha256()
    for line in lines:
        check(not closed, "something stands after the closing line")
        record = parse(line)
        if "closing" in record:
            covered = u64(count) + (b"" if header["version"] == 1 else tags.digest())
            check(record == {"closing": count, "mac": code(b"closing", covered)}, "records are missing, added or moved")
            closed = True
            continue
        n, name, raw = record["n"], record["id"].encode(), base64.b64decode(record["sealed"], validate=True)
        check(n == count and base64.b64encode(raw).decode() == record["sealed"], "records are missing or moved")
        count, tags = count + 1, tags.update(raw[-16:]) or tags
        if wallet in (None, record["id"]):
            print(AESGCM(key(b"record" + name)).decrypt(bytes(4) + u64(n), raw, digest + u64(n) + name).decode())
            found = True
    check(closed and (found or not wallet), "the file is cut off, or has no record of that wallet")


main(*sys.argv[1:])
