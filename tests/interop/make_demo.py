#!/usr/bin/env python3
"""Writes what fixtures/demo needs beyond the kit: device backups of two wallets, a Portal pair, the endpoint's key pair.

    pip install cryptography pynacl;  python3 tests/interop/make_demo.py

Deterministic, but for the endpoint's key pair, which is kept where it exists. All secrets are made up. Public keys come from
`cryptography` (secp256k1) and libsodium (ed25519), backups are encrypted as the wallet SDK does (FORMATS.md §16).
"""
import hashlib, json, os, uuid

import nacl.bindings as sodium
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "fixtures")
DEMO = os.path.join(ROOT, "demo")
ORDER = {
    "MPC_CMP_ECDSA_SECP256K1": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    "MPC_CMP_EDDSA_ED25519": 2**252 + 27742317777372353535851937790883648493,
}


def made_up(label, length=32):
    return hashlib.sha512(("lifeboat demo " + label).encode()).digest()[:length]


def made_up_id(label):
    return str(uuid.UUID(bytes=made_up(label, 16), version=4))


def public_key(algorithm, scalar):
    if algorithm == "MPC_CMP_EDDSA_ED25519":
        return sodium.crypto_scalarmult_ed25519_base_noclamp(scalar.to_bytes(32, "little")).hex()
    point = ec.derive_private_key(scalar, ec.SECP256K1()).public_key()
    return point.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint).hex()


def encrypted(passphrase, device, key, iv):
    secret = hashlib.pbkdf2_hmac("sha1", passphrase.encode(), device.encode(), 10000, 32)
    text = json.dumps({"key": key, "auxiliaryKeys": None, "metadata": ""}, separators=(",", ":")).encode()
    pad = 16 - len(text) % 16
    cipher = Cipher(algorithms.AES(secret), modes.CBC(iv)).encryptor()
    sealed = cipher.update(text + bytes([pad]) * pad) + cipher.finalize()
    return {"encryptedKey": sealed.hex(), "encryptionAlgorithm": "AES-CBC", "iv": iv.hex()}


def write(name, text):
    path = os.path.join(DEMO, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", newline="") as file:
        file.write(text)


def device_backups():
    """Key Share #2 of the first two wallets, each with a passphrase of its own, and the keys that a takeover must give."""
    with open(os.path.join(DEMO, "expected-shares.json")) as file:
        shares = json.load(file)
    rows, expected = ["deviceId,walletId,passphraseId"], {}
    for number, (wallet, record) in enumerate(list(shares.items())[:2], 1):
        device, passphrase_id = made_up_id(f"device {number}"), made_up_id(f"passphrase {number}")
        passphrase = f"demo user {number} of two"
        keys, expected[wallet] = [], []
        for algorithm, order in ORDER.items():
            own = int.from_bytes(made_up(f"share {number} {algorithm}"), "big") % order
            full = (own + sum(int(share[algorithm], 16) for share in record["shares"])) % order
            key_id = made_up_id(f"key {number} {algorithm}")
            keys.append({
                "keyId": key_id,
                "algorithm": algorithm,
                "publicKey": public_key(algorithm, full),
                "encryptedKeys": [encrypted(passphrase, device, f"{own:064x}", made_up(f"iv {number} {algorithm}", 16))],
            })
            expected[wallet].append({"keyId": key_id, "algorithm": algorithm, "publicKey": public_key(algorithm, full)})
        write(f"device-backups/device-{number}.json", json.dumps({"keys": keys, "passphraseId": passphrase_id}, indent=1) + "\n")
        write(f"passphrases/{passphrase_id}.txt", passphrase + "\n")
        rows.append(f"{device},{wallet},{passphrase_id}")
    write("devices.csv", "\n".join(rows) + "\n")
    write("expected-full-keys.json", json.dumps(expected, indent=1) + "\n")


def portal_pair():
    """The first wallet of the Portal vectors, as a user's cloud and the customer's server keep it."""
    with open(os.path.join(ROOT, "portal", "portal.json")) as file:
        wallet = json.load(file)["wallets"][0]
    write("portal/client.txt", wallet["cipherText_key"] + "\n")
    write("portal/cloud-key.txt", wallet["key"] + "\n")
    for curve in ("secp256k1", "ed25519"):
        write(f"portal/custodian-{curve}.json", wallet[f"custodian_{curve}"] + "\n")


def endpoint_keys():
    path = os.path.join(DEMO, "endpoint-private.pem")
    passphrase = "demo endpoint passphrase"
    if os.path.exists(path):
        return
    key = rsa.generate_private_key(65537, 4096)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(passphrase.encode()))
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    write("endpoint-private.pem", private.decode())
    write("endpoint-public.pem", public.decode())
    write("endpoint-passphrase.txt", passphrase + "\n")


device_backups()
portal_pair()
endpoint_keys()
