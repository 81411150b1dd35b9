#!/usr/bin/env python3
"""Key Share #1, written from the description of the format with the standard library alone: an opinion of its own.

Reads JSON on standard input: {"walletSeed", "assetSeed", "masterKeys": {cosigner: hex}, "wallets": [id]};
prints { id: {"chaincode", "shares": [{"cosigner", algorithm: hex}]} }. For tests; it takes no care of secrets.
"""
import hashlib
import hmac
import json
import sys

ORDER = {
    "MPC_CMP_ECDSA_SECP256K1": 2**256 - 0x14551231950B75FC4402DA1732FC9BEBF,
    "MPC_CMP_EDDSA_ED25519": 2**252 + 0x14DEF9DEA2F79CD65812631A5CF5D3ED,
}
N = ORDER["MPC_CMP_ECDSA_SECP256K1"]


def share(wallet, seed, master, order):
    chain = hashlib.sha256(wallet.encode("ascii") + seed).digest()
    mac = hmac.new(chain, b"\x00" + master + b"\x80\x00\x00\x00", hashlib.sha512).digest()
    child = (int.from_bytes(master, "big") + int.from_bytes(mac[:32], "big")) % N
    wide = hashlib.sha512(child.to_bytes(32, "big")).digest()
    return "%064x" % (int.from_bytes(wide, "big") % order)


def main():
    request = json.load(sys.stdin)
    seed = bytes.fromhex(request["walletSeed"])
    asset = bytes.fromhex(request["assetSeed"])
    answer = {}
    for wallet in request["wallets"]:
        shares = []
        for cosigner, master in request["masterKeys"].items():
            of = {name: share(wallet, seed, bytes.fromhex(master), order) for name, order in ORDER.items()}
            shares.append({"cosigner": cosigner, **of})
        chaincode = hashlib.sha256(wallet.encode("ascii") + asset).hexdigest()
        answer[wallet] = {"chaincode": chaincode, "shares": shares}
    json.dump(answer, sys.stdout)


main()
