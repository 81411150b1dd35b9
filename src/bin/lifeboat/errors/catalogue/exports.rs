//! Exports and signatures.

use lifeboat::{
    formats::chains::prepared::PreparedError,
    operations::{export::ExportError, sign::SignError},
};

use crate::errors::{code::codes, failure::Failure};

codes! {
    pub(crate) enum Exports: "Exports and signatures";

    AddressDiffers {
        code: "address_differs",
        exit: [NotVerified],
        cause: "No key asked for has the address that was expected, in any form in which it can be \
            written, or more or fewer were asked for than were expected. Nothing was written. \
            Mostly it is another account, index or kind of address, or the address is mistyped or \
            of another chain, which the message says; it can also be another wallet or another \
            chain code, which the public key does not prove.",
        remedy: "Compare wallet, `--account`, `--change`, `--index` and `--address-type`. \
            `workspace`, `takeover` and `kit verify` look at accounts and indexes 0 to 9: of \
            another place, run them without `--expect` and compare with `lifeboat export … \
            --expect`. If no combination gives a known address, do not move coins with these keys: \
            check the server share with `lifeboat check`.",
    }

    NoKeyOnCurve {
        code: "no_key_on_curve",
        exit: [CouldNotRun],
        cause: "The chain needs a key on the other curve than the full keys have: Solana and a few \
            others need EdDSA, most need ECDSA.",
        remedy: "Take the wallet over with shares of both algorithms: `lifeboat derive … \
            --algorithm both`. The wallet may have never had such a key.",
        hint: "take the wallet over with shares of both algorithms",
    }

    NoSuchKeyset {
        code: "no_such_keyset",
        exit: [CouldNotRun],
        cause: "A workspace may have several keysets, each serving vault accounts from a first \
            one. The file holds no keyset of the number asked for, or none that serves the \
            account, on the curve that the chain needs.",
        remedy: "`lifeboat export FULLKEYS --chain CHAIN --account N` takes the last keyset that \
            serves the account; `--keyset N` takes keyset N whatever it serves. `lifeboat \
            workspace KIT --key PEM` shows which there are.",
        hint: "`--keyset N` takes one of those that are there, whatever accounts it serves",
    }

    PublicKeysOnly {
        code: "public_keys_only",
        exit: [CouldNotRun],
        cause: "The file holds extended public keys, and a private one is needed to show it or to \
            sign.",
        remedy: "Give the full keys that `takeover --out` or `workspace --out` wrote. Addresses \
            alone need no private key: leave `--private-keys` out.",
        hint: "without `--private-keys`, public keys are enough for addresses",
    }

    NoSuchAddressType {
        code: "no_such_address_type",
        exit: [CouldNotRun],
        cause: "The chain has no addresses of the kind asked for.",
        remedy: "Leave `--address-type` out for the chain's usual one.",
        hint: "leave `--address-type` out for the chain's usual one",
    }

    NoChildKey {
        code: "no_child_key",
        exit: [CouldNotRun],
        cause: "There is no key at this index: the derivation gives none for about one index in \
            2^127. It is not a fault of the wallet.",
        remedy: "Take the next index, as every wallet does. Seeing this twice means that the \
            machine is broken.",
        hint: "take the next index",
    }

    TooManyKeys {
        code: "too_many_keys",
        exit: [CouldNotRun],
        cause: "More than a million keys were asked for at once: wallets times chains times \
            indexes.",
        remedy: "Take them in several ranges of `--index A..B`.",
        hint: "take them in several ranges of `--index A..B`, or one wallet at a time with \
            `--wallet`",
    }

    BadExpectFile {
        code: "bad_expect_file",
        exit: [CouldNotRun],
        cause: "The list of expected addresses cannot be read: it is no CSV in UTF-8, a column or \
            an address is missing, or a path is none. The message names the line.",
        remedy: "It is a CSV with the columns `chain`, `path` and `address`, and `wallet_id` for \
            several wallets (`lifeboat export … --format csv` shows how one looks), or the list \
            that the provider's console saves.",
        hint: "`lifeboat export FULLKEYS --chain CHAIN --format csv` shows how such a list looks",
    }

    SeveralWallets {
        code: "several_wallets",
        exit: [CouldNotRun],
        cause: "The keys are of several wallets or clients, and a signature is made with one.",
        remedy: "Say which with `--wallet ID` or `--client ID`.",
    }

    BadMessage {
        code: "bad_message",
        exit: [CouldNotRun],
        cause: "The message is not in the encoding that `--message-encoding` names, or its file is \
            in UTF-16; or the flag was left out and the file holds nothing but hex, base64 or \
            base58, whose letters no chain signs. A text message that is not UTF-8, or begins with \
            a byte order mark, is refused too: wallets sign neither.",
        remedy: "Say `--message-encoding hex`, `base64` or `base58` as the program that prepared \
            it does. `raw` takes the bytes of the file as they are; with `--chain` they must be \
            what the chain signs. A file in UTF-16: `iconv -f UTF-16 -t UTF-8 FILE > message.txt`.",
    }

    DigestLength {
        code: "digest_length",
        exit: [CouldNotRun],
        cause: "With `--prehashed` the file must hold a digest of exactly 32 bytes.",
        remedy: "Without `--prehashed`, the prepared transaction is given: `lifeboat help sign` \
            says what that is on each chain. A digest in digits needs `--message-encoding hex`.",
        hint: "without `--prehashed` the prepared transaction is given: `lifeboat help sign` says \
            for each chain what that is",
    }

    NotWhatIsSigned {
        code: "not_what_is_signed",
        exit: [CouldNotRun],
        cause: "The bytes do not have the shape of what the chain signs: they are a whole or signed \
            transaction, JSON, text, one without the bytes that belong before it or with a line \
            end behind it, or a message where only a hash can be signed. No node would take the \
            signature.",
        remedy: "`lifeboat help sign` lists what to give for each chain, and `--text-message` is \
            for text. What is newer than this program: hash it as the chain does and give the 32 \
            bytes with `--prehashed`; on chains that sign the bytes themselves, `--curve ed25519 \
            --path PATH` signs any bytes.",
    }

    NoMessageForm {
        code: "no_message_form",
        exit: [CouldNotRun],
        cause: "`--text-message` signs text as the chain's wallets do, and this chain has no such \
            form, or one that is not made here. Taproot addresses sign messages by BIP 322, which \
            is not made here.",
        remedy: "Prepare the bytes that the signature covers with the chain's own software, and \
            sign them without `--text-message`.",
        hint: "prepare the bytes that the signature covers elsewhere, and sign them without \
            `--text-message`",
    }

    MessagePrefixed {
        code: "message_prefixed",
        exit: [CouldNotRun],
        cause: "`--text-message` puts the prefix of signed messages before the text, and the text \
            has it already.",
        remedy: "Leave `--text-message` out.",
        hint: "leave `--text-message` out: the prefix is there",
    }

    EmptyMessage {
        code: "empty_message",
        exit: [CouldNotRun],
        cause: "The message file holds nothing, or nothing but blanks in its encoding.",
        remedy: "Look whether it is the right file. `--allow-empty` signs an empty message.",
        hint: "is it the right file? `--allow-empty` signs an empty message",
    }

    NoDerivation {
        code: "no_derivation",
        exit: [CouldNotRun],
        cause: "The key is a single key, such as `portal eject` gives: it has no chain code, so \
            nothing can be derived from it. It is the same key on every chain of its curve.",
        remedy: "Leave `--account`, `--change`, `--coin`, `--index` and `--path` out.",
        hint: "leave `--account`, `--change`, `--coin`, `--index` and `--path` out: it is this \
            very key on every chain",
    }

    NoSuchOwner {
        code: "no_such_owner",
        exit: [CouldNotRun],
        cause: "No key in the file belongs to the wallet that `--wallet`, or the client that \
            `--client` names.",
        remedy: "Leave the flag out: `lifeboat export … --format csv` lists whose keys the file \
            holds.",
        hint: "leave `--wallet` and `--client` out: `lifeboat export … --format csv` lists whose \
            keys there are",
    }

    SignatureNotVerified {
        code: "signature_not_verified",
        exit: [NotVerified],
        cause: "A signature was made and did not pass its own verification. No honest machine does \
            this. It was not handed out, because a wrong signature can betray the key.",
        remedy: "Do not use this machine for keys before its memory and this program have been \
            checked.",
        hint: "do not use this machine for keys before its memory and this program have been \
            checked",
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::NoKey { .. } => Self::new(Exports::NoKeyOnCurve, &error),
            ExportError::PublicOnly(_) => Self::new(Exports::PublicKeysOnly, &error),
            ExportError::NoScript { .. } => Self::new(Exports::NoSuchAddressType, &error),
            ExportError::NoTree(_) => Self::new(Exports::NoDerivation, &error),
            ExportError::NoKeyset { .. } => Self::new(Exports::NoSuchKeyset, &error),
            ExportError::NoChild(_) => Self::new(Exports::NoChildKey, &error),
        }
    }
}

impl From<SignError> for Failure {
    fn from(error: SignError) -> Self {
        match error {
            SignError::Key(error @ ExportError::PublicOnly(_)) => {
                Self::from(error).hint("give the full keys that `takeover --out` wrote")
            }
            SignError::Key(error) => error.into(),
            SignError::Message(fault) => fault.into(),
            SignError::Unverified => Self::new(Exports::SignatureNotVerified, &error),
        }
    }
}

impl From<PreparedError> for Failure {
    fn from(fault: PreparedError) -> Self {
        match fault {
            PreparedError::DigestLength(_) => Self::new(Exports::DigestLength, &fault),
            PreparedError::NotSigned { give, .. } => {
                Self::new(Exports::NotWhatIsSigned, &fault).hint(give)
            }
            PreparedError::NoText(_) => Self::new(Exports::NoMessageForm, &fault),
            PreparedError::TaprootText => Self::new(Exports::NoMessageForm, &fault).hint(
                "prepare the sighash of the message elsewhere (BIP 322), and sign it with `--prehashed`",
            ),
            PreparedError::Prefixed => Self::new(Exports::MessagePrefixed, &fault),
        }
    }
}
