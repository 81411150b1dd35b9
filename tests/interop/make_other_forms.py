#!/usr/bin/env python3
"""Writes fixtures/addresses/other_forms.json: the many ways in which one account is written, by libraries that are not ours.

    python3 -m venv venv && venv/bin/pip install bip_utils==2.12.3 stellar-sdk xrpl-py eth-account
    venv/bin/python tests/interop/make_other_forms.py > fixtures/addresses/other_forms.json

TEST KEYS ONLY. The keys are the first of bip_utils.json; ed25519 ones are given as fpub (FORMATS.md, section 8).
"""
import base64
import binascii
import hashlib
import json

from bip_utils import (
    AtomAddrEncoder, Base58Decoder, Base58Encoder, Bech32Encoder, BchP2PKHAddrEncoder, Ed25519PrivateKey, EthAddrEncoder,
    P2PKHAddrEncoder, P2SHAddrEncoder, P2TRAddrEncoder, P2WPKHAddrEncoder, Secp256k1PrivateKey, SolAddrEncoder,
    SubstrateEd25519AddrEncoder, TonAddrEncoder, TrxAddrEncoder, XlmAddrEncoder, XlmAddrTypes, XrpAddrEncoder,
    XtzAddrEncoder, XtzAddrPrefixes,
)
from stellar_sdk import MuxedAccount
from xrpl.core.addresscodec import classic_address_to_xaddress

secret = hashlib.sha256(b"secp256k1 test key 0").digest()
k = Secp256k1PrivateKey.FromBytes(secret).PublicKey()
e = Ed25519PrivateKey.FromBytes(hashlib.sha256(b"ed25519 test key 0").digest()).PublicKey()
other = Secp256k1PrivateKey.FromBytes(hashlib.sha256(b"secp256k1 test key 1").digest()).PublicKey()
raw = e.RawCompressed().ToBytes()[-32:]
fpub = Base58Encoder.CheckEncode(bytes.fromhex("03273e4b") + bytes(9) + bytes(32) + b"\0" + raw)



def icap(account):
    """The account as an IBAN (ICAP, "direct")."""
    digits, number = "", int(account, 16)
    while number:
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number % 36] + digits
        number //= 36
    digits = digits.rjust(30, "0")
    check = 98 - int("".join(str(int(letter, 36)) for letter in digits + "XE00")) % 97
    return f"XE{check:02}{digits}"


# The example in the documents of ethers.js.
assert icap("0x8ba1f109551bd432803012645ac136ddd64dba72") == "XE65GB6LDNXYOFTX0NSV3FUWKOWIXAMJK36"

same, damaged, foreign = [], [], []
for text in (wpkh := P2WPKHAddrEncoder.EncodeKey(k, hrp="bc"), wpkh.upper(), f"bitcoin:{wpkh}?amount=1", f"bip122:000000000019d6689c085ae165831e93:{wpkh}",
             P2PKHAddrEncoder.EncodeKey(k, net_ver=b"\0"), P2SHAddrEncoder.EncodeKey(k, net_ver=b"\5"), P2TRAddrEncoder.EncodeKey(k, hrp="bc"), f" {wpkh}\t"):
    same.append(("btc", text))
for version in (b"\x32", b"\x05"):
    same.append(("ltc", P2SHAddrEncoder.EncodeKey(k, net_ver=version)))
cash = BchP2PKHAddrEncoder.EncodeKey(k, hrp="bitcoincash", net_ver=b"\0")
for text in (cash, cash.split(":")[1], cash.upper(), cash.split(":")[1].upper(), P2PKHAddrEncoder.EncodeKey(k, net_ver=b"\0"), P2PKHAddrEncoder.EncodeKey(k, net_ver=b"\x1c")):
    same.append(("bch", text))
eth = EthAddrEncoder.EncodeKey(k)
for text in (eth, eth.lower(), eth.upper().replace("0X", "0x"), eth[2:], eth[2:].lower(), "0X" + eth[2:], f"eip155:1:{eth}", f"eip155:11155111:{eth.lower()}",
             f"ethereum:{eth}@1", f"ethereum:pay-{eth}?value=1", "0x" + "0" * 24 + eth[2:].lower(), "xdc" + eth[2:].lower(), Bech32Encoder.Encode("one", bytes.fromhex(eth[2:]))):
    same.append(("eth", text))
iban = icap(eth)
for text in (iban, " ".join(iban[at:at + 4] for at in range(0, len(iban), 4)), f"iban:{iban}", f"matic:{eth}", f"arb1:{eth.lower()}", f"bnb:{eth}",
             f"hyper-evm:{eth}", f"did:pkh:eip155:1:{eth}", f"https://etherscan.io/address/{eth}", f"https://etherscan.io/address/{eth.lower()}#code",
             f"basescan.org/address/{eth}/", f"https://app.safe.global/home?safe=eth:{eth}"):
    same.append(("eth", text))
same.append(("btc", f"https://blockstream.info/address/{wpkh}"))
same.append(("btc", f"https://live.blockcypher.com/btc/address/{wpkh}/"))
trx = TrxAddrEncoder.EncodeKey(k)
trx_hex = Base58Decoder.CheckDecode(trx).hex()
for text in (trx, trx_hex, trx_hex.upper(), "0x" + trx_hex, trx_hex[2:], f"tron:0x2b6653dc:{trx}"):
    same.append(("trx", text))
same.append(("trx", f"https://tronscan.org/#/address/{trx}"))
xrp = XrpAddrEncoder.EncodeKey(k)
for text in (xrp, classic_address_to_xaddress(xrp, 12345, False), classic_address_to_xaddress(xrp, None, False), f"xrpl:0:{xrp}", f"xrpl:{xrp}?dt=5"):
    same.append(("xrp", text))
for prefix in ("cosmos", "osmo", "juno", "cosmosvaloper"):
    same.append(("atom", AtomAddrEncoder.EncodeKey(k, hrp=prefix)))
same.append(("atom", base64.b64encode(k.RawCompressed().ToBytes()).decode()))
same.append(("atom", "cosmos:cosmoshub-4:" + AtomAddrEncoder.EncodeKey(k, hrp="cosmos")))

sol = SolAddrEncoder.EncodeKey(e)
for text in (sol, f"solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp:{sol}", f"solana:{sol}?amount=1", raw.hex(),
             f"did:pkh:solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp:{sol}", f"https://explorer.solana.com/address/{sol}?cluster=mainnet", f"https://solscan.io/account/{sol}#tokens",
             base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode().rstrip("="), json.dumps(list(raw)), json.dumps(list(raw), separators=(",", ":"))):
    same.append(("sol", text))
xlm = XlmAddrEncoder.EncodeKey(e, addr_type=XlmAddrTypes.PUB_KEY)
for text in (xlm, MuxedAccount(xlm, 99).account_muxed, f"stellar:pubnet:{xlm}"):
    same.append(("xlm", text))
for text in (raw.hex(), "ed25519:" + sol, f"near:mainnet:{raw.hex()}"):
    same.append(("near", text))
for number in (0, 2, 42, 69, 1284):
    same.append(("dot", SubstrateEd25519AddrEncoder.EncodeKey(e, ss58_format=number)))
same.append(("dot", "polkadot:91b171bb158e2d3848fa23a9f1c25182:" + SubstrateEd25519AddrEncoder.EncodeKey(e, ss58_format=0)))
same.append(("dot", "0x" + raw.hex()))
tz1 = XtzAddrEncoder.EncodeKey(e, prefix=XtzAddrPrefixes.TZ1)
for text in (tz1, "0000" + Base58Decoder.CheckDecode(tz1)[3:].hex(), Base58Encoder.CheckEncode(bytes([13, 15, 37, 217]) + raw), f"tezos:NetXdQprcVkpaWU:{tz1}"):
    same.append(("xtz", text))
same.append(("xtz", f"https://tzkt.io/{tz1}/operations/"))
ton = TonAddrEncoder.EncodeKey(e)
state = base64.urlsafe_b64decode(ton)[2:34]


def friendly(tag):
    body = bytes([tag, 0]) + state
    return body + binascii.crc_hqx(body, 0).to_bytes(2, "big")


for tag in (0x11, 0x51, 0x91, 0xd1):
    same.append(("ton", base64.urlsafe_b64encode(friendly(tag)).decode()))
    same.append(("ton", base64.b64encode(friendly(tag)).decode()))
for text in (f"0:{state.hex()}", f"0:{state.hex().upper()}", f"ton://transfer/{ton}?amount=1"):
    same.append(("ton", text))


def spoil(text):
    """Another letter in the middle."""
    place = len(text) // 2
    return text[:place] + ("q" if text[place] != "q" else "p") + text[place + 1:]


for chain, text in (("btc", wpkh), ("btc", P2PKHAddrEncoder.EncodeKey(k, net_ver=b"\0")), ("bch", cash), ("trx", trx), ("xrp", xrp), ("atom", AtomAddrEncoder.EncodeKey(k, hrp="cosmos")),
                    ("xtz", tz1), ("dot", SubstrateEd25519AddrEncoder.EncodeKey(e, ss58_format=0)), ("ton", ton)):
    damaged.append((chain, spoil(text)))
damaged.append(("xlm", xlm[:20] + ("A" if xlm[20] != "A" else "B") + xlm[21:]))
flip = next(i for i in range(2, 42) if eth[i].isalpha())
damaged.append(("eth", "XE" + iban[2:10] + ("Q" if iban[10] != "Q" else "P") + iban[11:]))
damaged.append(("eth", "matic:" + eth[:flip] + eth[flip].swapcase() + eth[flip + 1:]))
damaged.append(("eth", eth[:flip] + eth[flip].swapcase() + eth[flip + 1:]))

for chain, named, text in (("btc", "btc-test", P2WPKHAddrEncoder.EncodeKey(k, hrp="tb")), ("btc-test", "btc", wpkh), ("ltc", "btc", wpkh), ("btc", "ltc", P2WPKHAddrEncoder.EncodeKey(k, hrp="ltc")),
                           ("eth", "trx", trx), ("eth", "btc", wpkh), ("btc", "eth", eth), ("btc", "eth", f"matic:{eth}"), ("btc", "eth", f"https://etherscan.io/address/{eth}"), ("sol", "xlm", xlm), ("xlm", "sol", sol), ("btc", "xrp", xrp), ("sol", "xtz", tz1)):
    foreign.append({"chain": chain, "named": named, "text": text})
otherkeys = [{"chain": "btc", "text": P2WPKHAddrEncoder.EncodeKey(other, hrp="bc")}, {"chain": "eth", "text": EthAddrEncoder.EncodeKey(other)},
             {"chain": "trx", "text": TrxAddrEncoder.EncodeKey(other)}, {"chain": "xrp", "text": classic_address_to_xaddress(XrpAddrEncoder.EncodeKey(other), 1, False)}]
pairs = lambda found: [{"chain": chain, "text": text} for chain, text in found]
print(json.dumps({"madeBy": "tests/interop/make_other_forms.py; TEST KEYS ONLY", "secp256k1": secret.hex(), "ed25519": fpub,
                  "same": pairs(same), "damaged": pairs(damaged), "otherChain": foreign, "otherKey": otherkeys}, indent=1))
