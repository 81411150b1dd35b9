#!/usr/bin/env python3
"""Writes fixtures/portal/addresses.json: addresses of made-up public keys by a library that is not ours.

    python3 -m venv target/venv-portal && target/venv-portal/bin/pip install bip_utils==2.9.3
    target/venv-portal/bin/python tests/interop/make_portal_addresses.py
"""
import hashlib
import json
import pathlib

from bip_utils import (
    Ed25519PrivateKey, EthAddrEncoder, P2WPKHAddrEncoder, Secp256k1PrivateKey, SolAddrEncoder, TrxAddrEncoder,
    XlmAddrEncoder, XlmAddrTypes,
)

COUNT = 24


def secret(curve, index):
    key = hashlib.sha256(f"lifeboat test {curve} {index}".encode()).digest()
    return bytes(index % 3) + key[index % 3:]  # some with one and two leading zero bytes


def secp256k1(index):
    key = Secp256k1PrivateKey.FromBytes(secret("secp256k1", index)).PublicKey()
    return {
        "publicKey": key.RawCompressed().ToHex(),
        "evm": EthAddrEncoder.EncodeKey(key),
        "bitcoin": P2WPKHAddrEncoder.EncodeKey(key, hrp="bc"),
        "tron": TrxAddrEncoder.EncodeKey(key),
    }


def ed25519(index):
    key = Ed25519PrivateKey.FromBytes(secret("ed25519", index)).PublicKey()
    return {
        "publicKey": key.RawCompressed().ToBytes()[-32:].hex(),
        "solana": SolAddrEncoder.EncodeKey(key),
        "stellar": XlmAddrEncoder.EncodeKey(key, addr_type=XlmAddrTypes.PUB_KEY),
    }


out = pathlib.Path(__file__).parents[2] / "fixtures" / "portal" / "addresses.json"
addresses = {curve.__name__: [curve(index) for index in range(COUNT)] for curve in (secp256k1, ed25519)}
out.write_text(json.dumps({"madeBy": "bip_utils 2.9.3, tests/interop/make_portal_addresses.py", **addresses}, indent=1) + "\n")
