"""Computes the commitments of a report by docs/FORMATS.md, section 27, from shares that were derived elsewhere.

Usage: commitments.py REPORT.json SHARES.json
"""
import hashlib
import json
import sys


def length(part):
    return len(part).to_bytes(8, "big")


def main():
    sample = json.load(open(sys.argv[1]))["sample"]
    shares = json.load(open(sys.argv[2]))
    salt = bytes.fromhex(sample["salt"])
    whole = hashlib.sha256(b"lifeboat drill sample 1\n" + salt + len(sample["wallets"]).to_bytes(8, "big"))
    for wallet in sample["wallets"]:
        name = wallet["walletId"]
        record = {"walletId": name, **shares[name]}
        record = json.dumps(record, separators=(",", ":")).encode()
        name = name.encode()
        parts = [b"lifeboat drill record 1\n", salt, length(name), name, length(record), record]
        commitment = hashlib.sha256(b"".join(parts))
        if commitment.hexdigest() != wallet["commitment"]:
            raise SystemExit(f"{wallet['walletId']}: {commitment.hexdigest()} is computed, the report has {wallet['commitment']}")
        whole.update(commitment.digest())
    if whole.hexdigest() != sample["commitment"]:
        raise SystemExit(f"all: {whole.hexdigest()} is computed, the report has {sample['commitment']}")
    print(len(sample["wallets"]), "wallets")


main()
