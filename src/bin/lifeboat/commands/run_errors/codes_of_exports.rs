//! Exports and signatures.

use super::{Area, Code, not_verified, refused};

pub(super) const EXPORTS: Area = Area {
    title: "Exports and signatures",
    codes: CODES,
};

const CODES: &[Code] = &[
    not_verified(
        "address_differs",
        "An address is not the one that was expected, or more or fewer were asked for than were expected. Nothing was \
         written. Mostly it is another account, index or kind of address; it can also be another wallet or another chain \
         code, which the public key does not prove.",
        "Compare wallet, `--account`, `--change`, `--index` and `--address-type`. If no combination gives a known address, \
         do not move coins with these keys: check the server share with `lifeboat check`.",
    ),
    refused(
        "no_key_on_curve",
        "The chain needs a key on the other curve than the full keys have: Solana and a few others need EdDSA, most need \
         ECDSA.",
        "Take the wallet over with shares of both algorithms: `lifeboat derive … --algorithm both`. The wallet may \
         have never had such a key.",
    ),
    refused(
        "public_keys_only",
        "The file holds extended public keys, and a private one is needed to reveal or to sign.",
        "Give the full keys that `takeover --out` or `workspace --reveal` wrote. Addresses alone need no private key: leave \
         `--reveal` out.",
    ),
    refused(
        "no_such_address_type",
        "The chain has no addresses of the kind asked for.",
        "Leave `--address-type` out for the chain's usual one.",
    ),
    refused(
        "no_child_key",
        "There is no key at this index: the derivation gives none for about one index in 2^127. It is not a fault of \
         the wallet.",
        "Take the next index, as every wallet does. Seeing this twice means that the machine is broken.",
    ),
    refused(
        "too_many_keys",
        "More than a million keys were asked for at once: wallets times chains times indexes.",
        "Take them in several ranges of `--index A..B`.",
    ),
    refused(
        "bad_expect_file",
        "The list of expected addresses cannot be read: a column is missing, a row has too few fields, a chain or path is \
         unknown, or one stands twice. The message names the line.",
        "It is a CSV with the columns `chain`, `path` and `address`, and `wallet_id` for several wallets: `lifeboat export \
         … --format csv` shows how one looks.",
    ),
    refused(
        "several_wallets",
        "The full keys are of several wallets, and a signature is made with one.",
        "Give the full keys of the wallet that signs: take it over alone with `takeover --wallet ID`.",
    ),
    refused(
        "bad_message",
        "The message is not in the encoding that `--message-encoding` names.",
        "Leave the flag out for the bytes as they are, or say `hex` or `base64` as the program that prepared it does.",
    ),
    refused(
        "digest_length",
        "With `--prehashed` the file must hold a digest of exactly 32 bytes.",
        "Without `--prehashed`, the message itself is given and hashed as the chain does. A digest in digits needs \
         `--message-encoding hex`.",
    ),
    refused(
        "no_digest",
        "The chain signs whole messages with Ed25519, which takes no digest.",
        "Leave `--prehashed` out and give the message itself.",
    ),
    not_verified(
        "signature_not_verified",
        "A signature was made and did not pass its own verification. No honest machine does this. It was not handed out, \
         because a wrong signature can betray the key.",
        "Do not use this machine for keys before its memory and this program have been checked.",
    ),
];
