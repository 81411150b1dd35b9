#!/usr/bin/env python3
"""Writes fixtures/signatures/libraries.json: what the chains' own libraries sign, and what they sign it to.

    python3 -m venv venv && venv/bin/pip install bip_utils==2.12.3 stellar-sdk eth-account pycardano solders xrpl-py
    venv/bin/python tests/interop/make_signatures.py > fixtures/signatures/libraries.json

TEST KEYS ONLY. ECDSA with RFC 6979 and a low s has one signature: these are compared whole. Ed25519 signatures here have a
nonce of their own: the digest is compared, and the signature verified.
"""
import hashlib
import json

from eth_account import Account
from eth_account.messages import encode_defunct
from pycardano import Address, Network, TransactionBody, TransactionId, TransactionInput, TransactionOutput
from pycardano import PaymentSigningKey, PaymentVerificationKey
from solders.hash import Hash
from solders.keypair import Keypair as SolanaPair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer
from solders.transaction import Transaction
from stellar_sdk import Account as StellarAccount, Asset, Keypair, Network as StellarNetwork, TransactionBuilder
from xrpl.core.binarycodec import encode_for_signing
from xrpl.core.keypairs import sign as xrp_sign

SECRET = hashlib.sha256(b"signature test key").hexdigest()
cases = []


def case(chain, name, message, digest=None, signature=None, flags=()):
    cases.append({
        "chain": chain, "name": name, "message": message.hex(), "digest": digest and digest.hex(), "signature": signature,
        "flags": list(flags),
    })


# Ethereum: messages and transactions, by eth-account.
for text in (b"hello", b"", "grüezi".encode(), b"x" * 1000):
    signed = Account.sign_message(encode_defunct(text), SECRET)
    flags = ["--text-message"] + (["--allow-empty"] if not text else [])
    case("eth", f"message of {len(text)} bytes", text, bytes(signed.message_hash), bytes(signed.signature).hex(), flags)

# XRP: by xrpl-py.
account = {"TransactionType": "Payment", "Account": "rDTXLQ7ZKZVKz33zJbHjgVShjsBnqMBhmN", "Destination": "rLUEXYuLiQptky37CqLcm9USQpPiz5rkpD",
           "Amount": "1000000", "Fee": "12", "Sequence": 7, "SigningPubKey": ""}
prepared = encode_for_signing(account)
case("xrp", "payment", bytes.fromhex(prepared), hashlib.sha512(bytes.fromhex(prepared)).digest()[:32],
     xrp_sign(bytes.fromhex(prepared), "00" + SECRET.upper()).lower(), ["--form", "der"])

# Stellar: signature base and hash, by stellar-sdk.
pair = Keypair.from_raw_ed25519_seed(bytes(32))
for name, passphrase in (("public", StellarNetwork.PUBLIC_NETWORK_PASSPHRASE), ("test", StellarNetwork.TESTNET_NETWORK_PASSPHRASE)):
    envelope = (TransactionBuilder(StellarAccount(pair.public_key, 41), passphrase, 100).set_timeout(0)
                .append_payment_op(pair.public_key, Asset.native(), "10").build())
    case("xlm", f"payment on the {name} network", envelope.signature_base(), envelope.hash())

# Cardano: body and hash, by pycardano.
key = PaymentVerificationKey.from_signing_key(PaymentSigningKey.from_primitive(bytes(32)))
body = TransactionBody(
    inputs=[TransactionInput(TransactionId(bytes(32)), 0)],
    outputs=[TransactionOutput(Address(key.hash(), network=Network.MAINNET), 1_000_000)], fee=170_000, ttl=9)
case("ada", "transaction body", body.to_cbor(), body.hash())

# Solana: the message itself, by solders.
payer = SolanaPair.from_seed(bytes(32)).pubkey()
message = Message.new_with_blockhash([transfer(TransferParams(from_pubkey=payer, to_pubkey=Pubkey(bytes([7] * 32)), lamports=5))],
                                     payer, Hash(bytes([9] * 32)))
case("sol", "message", bytes(message))
whole = bytes(Transaction.new_unsigned(message))

print(json.dumps({
    "madeBy": "tests/interop/make_signatures.py; TEST KEYS ONLY",
    "secret": SECRET,
    "cases": cases,
    "refused": [
        {"chain": "sol", "name": "whole transaction", "message": whole.hex()},
        {"chain": "xlm", "name": "envelope", "message": __import__("base64").b64decode(envelope.to_xdr()).hex()},
        {"chain": "xrp", "name": "without its prefix", "message": prepared[8:].lower()},
    ],
}, indent=1))
