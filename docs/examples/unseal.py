#!/usr/bin/env python3
"""Opens a sealed file (docs/FORMATS.md §13) with nothing but the `cryptography` package.
usage: unseal.py FILE PRIVATE.pem [WALLET_ID]     prints one JSON object a line"""
import base64, hashlib, hmac, json, sys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def main(path, key_path, wallet=None):
    private = serialization.load_pem_private_key(open(key_path, "rb").read(), None)
    spki = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    own_key = hashlib.sha256(spki).hexdigest()

    lines = open(path, "rb")
    first = next(lines).rstrip(b"\n")
    header = json.loads(first)
    assert header["lifeboat"] == "sealed" and header["version"] == 1, "not a sealed file of version 1"
    digest, salt = hashlib.sha256(first).digest(), bytes.fromhex(header["salt"])

    listed = json.loads(next(lines))
    wrapped = next((r["wrapped"] for r in listed["recipients"] if r["key"] == own_key), None)
    assert wrapped, "not sealed to this key"
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    file_key = private.decrypt(base64.b64decode(wrapped), oaep)

    key = lambda info: HKDF(hashes.SHA256(), 32, salt, info).derive(file_key)
    mac = lambda purpose, message: hmac.new(key(purpose), digest + message, "sha256").hexdigest()
    u64 = lambda n: n.to_bytes(8, "big")
    text = json.dumps(listed["recipients"], separators=(",", ":")).encode()
    assert hmac.compare_digest(mac(b"recipients", text), listed["mac"]), "the recipients were altered"

    count, closed = 0, False
    for line in lines:
        assert not closed, "something stands after the closing line"
        record = json.loads(line)
        if "closing" in record:
            assert record["closing"] == count and hmac.compare_digest(record["mac"], mac(b"closing", u64(count))), "records are missing"
            closed = True
            continue
        n, name = record["n"], record["id"].encode()
        assert n == count, "records are missing or moved"
        count += 1
        if wallet in (None, record["id"]):
            plain = AESGCM(key(b"record" + name)).decrypt(bytes(4) + u64(n), base64.b64decode(record["sealed"]), digest + u64(n) + name)
            print(plain.decode())
    assert closed, "the file is cut off"


main(*sys.argv[1:])
