#!/usr/bin/env python3
"""Key Share #1 in plain Python with hashlib: what the speed of `lifeboat derive` is measured beside.
usage: derive.py COUNT     prints microseconds a wallet"""
import hashlib, hmac, sys, time, uuid

N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
count = int(sys.argv[1])
wallet_seed, asset_seed, master = b"\1" * 32, b"\2" * 32, b"\3" * 32
wallets = [str(uuid.UUID(int=n * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128)) for n in range(count)]

began = time.perf_counter()
for wallet in wallets:
    chain = hashlib.sha256(wallet.encode() + wallet_seed).digest()
    tweak = hmac.digest(chain, b"\0" + master + b"\x80\0\0\0", "sha512")[:32]
    child = (int.from_bytes(master, "big") + int.from_bytes(tweak, "big")) % N
    share = int.from_bytes(hashlib.sha512(child.to_bytes(32, "big")).digest(), "big") % N
    record = f'{{"walletId":"{wallet}","chaincode":"{hashlib.sha256(wallet.encode() + asset_seed).hexdigest()}","share":"{share:064x}"}}\n'
print(f"{(time.perf_counter() - began) * 1e6 / count:.2f}")
