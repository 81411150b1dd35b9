//! Exports and signatures.

use super::{Area, Code, not_verified, refused};

pub(super) const EXPORTS: Area = Area {
    title: "Exports and signatures",
    codes: CODES,
};

const CODES: &[Code] = &[
    not_verified(
        "address_differs",
        "No key asked for has the address that was expected, in any form in which it can be written, or more or fewer were \
         asked for than were expected. Nothing was written. Mostly it is another account, index or kind of address, or the \
         address is mistyped or of another chain, which the message says; it can also be another wallet or another chain \
         code, which the public key does not prove.",
        "Compare wallet, `--account`, `--change`, `--index` and `--address-type`. `workspace`, `takeover` and `kit verify` \
         look at accounts and indexes 0 to 9: of another place, run them without `--expect` and compare with `lifeboat \
         export … --expect`. If no combination gives a known address, do not move coins with these keys: check the server \
         share with `lifeboat check`.",
    ),
    refused(
        "no_key_on_curve",
        "The chain needs a key on the other curve than the full keys have: Solana and a few others need EdDSA, most need \
         ECDSA.",
        "Take the wallet over with shares of both algorithms: `lifeboat derive … --algorithm both`. The wallet may \
         have never had such a key.",
    ),
    refused(
        "no_such_keyset",
        "A workspace may have several keysets, each serving vault accounts from a first one. The file holds no keyset of the \
         number asked for, or none that serves the account, on the curve that the chain needs.",
        "`lifeboat export FULLKEYS --chain CHAIN --account N` takes the last keyset that serves the account; `--keyset N` \
         takes keyset N whatever it serves. `lifeboat workspace KIT --key PEM` shows which there are.",
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
        "The list of expected addresses cannot be read: it is no CSV in UTF-8, a column or an address is missing, or a path \
         is none. The message names the line.",
        "It is a CSV with the columns `chain`, `path` and `address`, and `wallet_id` for several wallets (`lifeboat export \
         … --format csv` shows how one looks), or the list that the provider's console saves.",
    ),
    refused(
        "several_wallets",
        "The keys are of several wallets or clients, and a signature is made with one.",
        "Say which with `--wallet ID` or `--client ID`.",
    ),
    refused(
        "bad_message",
        "The message is not in the encoding that `--message-encoding` names, or its file is in UTF-16; or the flag was left out \
         and the file holds nothing but hex, base64 or base58, whose letters no chain signs. A text message that is \
         not UTF-8, or begins with a byte order mark, is refused too: wallets sign neither.",
        "Say `--message-encoding hex`, `base64` or `base58` as the program that prepared it does. `raw` signs the bytes of the \
         file as they are, whatever they look like. A file in UTF-16: `iconv -f UTF-16 -t UTF-8 FILE > message.txt`.",
    ),
    refused(
        "digest_length",
        "With `--prehashed` the file must hold a digest of exactly 32 bytes.",
        "Without `--prehashed`, the prepared transaction is given: `lifeboat help sign` says what that is on each chain. A \
         digest in digits needs `--message-encoding hex`.",
    ),
    refused(
        "not_what_is_signed",
        "The bytes are not what the chain's signature covers: a whole transaction where its message is signed, one without \
         the bytes that belong before it, or a message where only a hash can be signed. No node would take the signature.",
        "`lifeboat help sign` lists what to give for each chain. A 32-byte hash is given with `--prehashed`.",
    ),
    refused(
        "no_message_form",
        "`--text-message` signs text as the chain's wallets do, and this chain has no such form, or one that is not made here. \
         Taproot addresses sign messages by BIP 322, which is not made here.",
        "Prepare the bytes that the signature covers with the chain's own software, and sign them without `--text-message`.",
    ),
    refused(
        "message_prefixed",
        "`--text-message` puts the prefix of signed messages before the text, and the text has it already.",
        "Leave `--text-message` out.",
    ),
    refused(
        "empty_message",
        "The message file holds nothing, or nothing but blanks in its encoding.",
        "Look whether it is the right file. `--allow-empty` signs an empty message.",
    ),
    refused(
        "no_derivation",
        "The key is a single key, such as `portal eject` gives: it has no chain code, so nothing can be derived from it. It is \
         the same key on every chain of its curve.",
        "Leave `--account`, `--change`, `--coin`, `--index` and `--path` out.",
    ),
    refused(
        "no_such_owner",
        "No key in the file belongs to the wallet that `--wallet`, or the client that `--client` names.",
        "Leave the flag out: `lifeboat export … --format csv` lists whose keys the file holds.",
    ),
    not_verified(
        "signature_not_verified",
        "A signature was made and did not pass its own verification. No honest machine does this. It was not handed out, \
         because a wrong signature can betray the key.",
        "Do not use this machine for keys before its memory and this program have been checked.",
    ),
];
