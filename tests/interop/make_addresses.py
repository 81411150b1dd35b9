#!/usr/bin/env python3
"""Writes fixtures/addresses/bip_utils.json: addresses and WIF of 20 keys on every chain, by a library that is not ours.

    python3 -m venv venv && venv/bin/pip install bip_utils==2.12.3
    venv/bin/python tests/interop/make_addresses.py > fixtures/addresses/bip_utils.json

TEST KEYS ONLY: the keys are SHA-256 of a counter. Cardano's enterprise addresses are not in the library as such; they
are put together from its Bech32 and BLAKE2b. A base address names the next key as its stake key. Hedera's form of a
public key is DER, by the library `cryptography`.
"""
import hashlib
import json

from bip_utils import (
    AdaShelleyAddrEncoder, AdaShelleyAddrNetworkTags, AlgoAddrEncoder, AtomAddrEncoder, Bech32Encoder, BchP2PKHAddrEncoder, CoinsConf, Ed25519PrivateKey, EthAddrEncoder,
    NearAddrEncoder, P2PKHAddrEncoder, P2SHAddrEncoder, P2TRAddrEncoder, P2WPKHAddrEncoder, Secp256k1PrivateKey,
    SolAddrEncoder, SubstrateEd25519AddrEncoder, TonAddrEncoder, TrxAddrEncoder, WifEncoder, XlmAddrEncoder,
    XlmAddrTypes, XrpAddrEncoder, XtzAddrEncoder, XtzAddrPrefixes,
)
from bip_utils.utils.crypto import Blake2b
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

BITCOIN_LIKE = {
    "btc": CoinsConf.BitcoinMainNet, "ltc": CoinsConf.LitecoinMainNet, "doge": CoinsConf.DogecoinMainNet,
    "dash": CoinsConf.DashMainNet, "zec": CoinsConf.ZcashMainNet, "bch": CoinsConf.BitcoinCashMainNet,
    "btc-test": CoinsConf.BitcoinTestNet, "ltc-test": CoinsConf.LitecoinTestNet,
    "doge-test": CoinsConf.DogecoinTestNet, "dash-test": CoinsConf.DashTestNet, "zec-test": CoinsConf.ZcashTestNet,
    "bch-test": CoinsConf.BitcoinCashTestNet, "bsv": CoinsConf.BitcoinSvMainNet,
}
COSMOS_LIKE = {"osmo": CoinsConf.Osmosis, "kava": CoinsConf.Kava, "luna": CoinsConf.Terra}
# Not in the library: their prefixes are in the chains' registries.
COSMOS_PREFIXES = {"tia": "celestia", "sei": "sei"}


def param(conf, *names):
    for name in names:
        try:
            return conf.ParamByKey(name)
        except KeyError:
            pass
    return None


def bitcoin(name, conf, key):
    public = key.PublicKey()
    wif = WifEncoder.Encode(key, param(conf, "wif_net_ver"))
    if name.startswith("bch"):
        std = param(conf, "p2pkh_std_net_ver", "p2pkh_net_ver")
        legacy = P2PKHAddrEncoder.EncodeKey(public, net_ver=param(conf, "p2pkh_legacy_net_ver"))
        cash = BchP2PKHAddrEncoder.EncodeKey(public, hrp=param(conf, "p2pkh_std_hrp", "p2pkh_hrp"), net_ver=std)
        return {"cashaddr": cash, "p2pkh": legacy}, wif
    kinds = {"p2pkh": P2PKHAddrEncoder.EncodeKey(public, net_ver=param(conf, "p2pkh_std_net_ver", "p2pkh_net_ver"))}
    hrp = param(conf, "p2wpkh_hrp")
    if hrp:
        kinds["p2wpkh"] = P2WPKHAddrEncoder.EncodeKey(public, hrp=hrp)
        kinds["p2sh-p2wpkh"] = P2SHAddrEncoder.EncodeKey(public, net_ver=param(conf, "p2sh_std_net_ver", "p2sh_net_ver"))
        kinds["p2tr"] = P2TRAddrEncoder.EncodeKey(public, hrp=hrp)
    return kinds, wif


def secp256k1(number):
    key = Secp256k1PrivateKey.FromBytes(hashlib.sha256(b"secp256k1 test key %d" % number).digest())
    public, chains = key.PublicKey(), {}
    for name, conf in BITCOIN_LIKE.items():
        addresses, wif = bitcoin(name, conf, key)
        chains[name] = {"addresses": addresses, "private": wif}
    raw = key.Raw().ToHex()
    for name, encode in {
        "eth": EthAddrEncoder.EncodeKey, "trx": TrxAddrEncoder.EncodeKey, "xrp": XrpAddrEncoder.EncodeKey,
        "atom": lambda public: AtomAddrEncoder.EncodeKey(public, hrp=CoinsConf.Cosmos.ParamByKey("addr_hrp")),
    }.items():
        chains[name] = {"addresses": {"": encode(public)}, "private": raw}
        chains[name + "-test"] = chains[name]
    prefixes = {name: conf.ParamByKey("addr_hrp") for name, conf in COSMOS_LIKE.items()} | COSMOS_PREFIXES
    for name, prefix in prefixes.items():
        chains[name] = {"addresses": {"": AtomAddrEncoder.EncodeKey(public, hrp=prefix)}, "private": raw}
    for name in ("evm", "etc", "evm-test", "etc-test"):
        chains[name] = chains["eth"]
    return {"privateKey": raw, "publicKey": public.RawCompressed().ToHex(), "chains": chains}


def ed25519(number):
    public = Ed25519PrivateKey.FromBytes(hashlib.sha256(b"ed25519 test key %d" % number).digest()).PublicKey()
    raw = public.RawCompressed().ToBytes()[-32:]
    stake = Ed25519PrivateKey.FromBytes(hashlib.sha256(b"ed25519 test key %d" % (number + 1)).digest()).PublicKey()
    payment = Blake2b.QuickDigest(raw, 28) if hasattr(Blake2b, "QuickDigest") else hashlib.blake2b(raw, digest_size=28).digest()
    addresses = {
        "sol": SolAddrEncoder.EncodeKey(public),
        "xlm": XlmAddrEncoder.EncodeKey(public, addr_type=XlmAddrTypes.PUB_KEY),
        "algo": AlgoAddrEncoder.EncodeKey(public),
        "near": NearAddrEncoder.EncodeKey(public),
        "dot": SubstrateEd25519AddrEncoder.EncodeKey(public, ss58_format=0),
        "xtz": XtzAddrEncoder.EncodeKey(public, prefix=XtzAddrPrefixes.TZ1),
        "ton": TonAddrEncoder.EncodeKey(public),
        "ksm": SubstrateEd25519AddrEncoder.EncodeKey(public, ss58_format=2),
        "hbar": Ed25519PublicKey.from_public_bytes(raw).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo).hex(),
    }
    for name in ("sol", "xlm", "algo", "near", "xtz"):
        addresses[name + "-test"] = addresses[name]
    addresses["dot-test"] = SubstrateEd25519AddrEncoder.EncodeKey(public, ss58_format=42)
    chains = {name: {"addresses": {"": text}} for name, text in addresses.items()}
    for name, prefix, header, tag in (
        ("ada", "addr", b"\x61", AdaShelleyAddrNetworkTags.MAINNET),
        ("ada-test", "addr_test", b"\x60", AdaShelleyAddrNetworkTags.TESTNET),
    ):
        base = AdaShelleyAddrEncoder.EncodeKey(public, pub_skey=stake, net_tag=tag)
        chains[name] = {"addresses": {"enterprise": Bech32Encoder.Encode(prefix, header + payment), "base": base}}
    stake = stake.RawCompressed().ToBytes()[-32:].hex()
    return {"publicKey": raw.hex(), "stakeKey": stake, "chains": chains}


print(json.dumps({
    "madeBy": "tests/interop/make_addresses.py, bip_utils 2.12.3; TEST KEYS ONLY",
    "secp256k1": [secp256k1(number) for number in range(20)],
    "ed25519": [ed25519(number) for number in range(20)],
}, indent=1))
