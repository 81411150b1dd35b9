//! Portal backups.

use lifeboat::{
    formats::{
        encoding::{file_kind::Foreign, other_content::OtherContent},
        known_file::KnownFile,
        portal::{
            ciphertext::{CiphertextError, CloudKeyError},
            exported_key::ExportedKeyError,
            share_file::PortalFileError,
        },
    },
    operations::portal::{collect::CollectError, eject::PairError, repair::RepairError},
};

use super::devices::Devices;
use super::files::Files;
use super::kits::Kits;
use crate::errors::{
    code::{Code, codes},
    failure::Failure,
};

const FETCH_AGAIN: &str = "fetch it again as it was stored: no digit may be lost";
const AS_DELIVERED: &str = "use the file as it was stored or delivered; `lifeboat portal inspect FILE` shows what is in it";
/// What can be ejected where a signing share cannot.
pub(crate) const BACKUP_SHARE: &str = "keep the backup share: what `backupWallet` gives the app, encrypted, and has `backupSharePairId` set";
/// How a run comes to fewer pairings.
pub(crate) const FEWER_AT_ONCE: &str = "name the files of one client at a time, on both sides";

codes! {
    pub(crate) enum Portal: "Portal backups";

    WrongCloudKey {
        code: "wrong_cloud_key",
        exit: [NotVerified],
        cause: "The key from the user's cloud does not open the client backup: the key of another \
            backup or another user, or an altered ciphertext. Each new backup overwrites the key \
            in the cloud, so an older ciphertext needs an older key. Neither is harmed.",
        remedy: "Try every version of the ciphertext with every key: `portal eject` takes folders, \
            and `--key-file` more than once. Backups made with a password or PIN need \
            `--passphrase-file`.",
        hint: "backups made with a password or PIN need `--passphrase-file`",
        hint: "each new backup overwrites the key in the cloud: try older ciphertexts and older \
            keys in every pairing",
    }

    WrongPassword {
        code: "wrong_password",
        exit: [NotVerified],
        cause: "The password does not open the client backup: a slip, an older password, or a \
            backup that was not made with a password. The backup is not harmed, and there is no \
            limit on tries.",
        remedy: "Every character and space counts. Backups made with iCloud or Google Drive need \
            `--key-file`.",
        hint: "every character and space counts; backups made with iCloud or Google Drive need \
            `--key-file`",
    }

    CiphertextShort {
        code: "ciphertext_short",
        exit: [CouldNotRun],
        cause: "What was given as a client backup is too short to be one: digits were lost, or it \
            is something else.",
        remedy: "Fetch it again as it was stored. A backup that is too short for a password may be \
            one under a cloud key: `--key-file`.",
        hint: "fetch it again as it was stored: no digit may be lost",
        hint: "backups under a cloud key are shorter than those under a password: is it \
            `--key-file` that it needs?",
    }

    BadCloudKey {
        code: "bad_cloud_key",
        exit: [CouldNotRun],
        cause: "The file given as `--key-file` does not hold 64 hexadecimal digits, or no file in \
            the folder does.",
        remedy: "`lifeboat portal cloud-name` tells which file or entry of the user's cloud holds \
            the key. A password goes with `--passphrase-file`.",
        hint: "`lifeboat portal cloud-name` tells which file or entry of the user's cloud holds it",
        hint: "a password goes with `--passphrase-file`",
    }

    CloudKeyNeeded {
        code: "cloud_key_needed",
        exit: [CouldNotRun],
        cause: "A client backup is still encrypted, and nothing was given to open it. In a folder, \
            the other files were used.",
        remedy: "Give `--key-file FILE` or `--passphrase-file FILE`; both can be given several \
            times.",
        hint: "give `--key-file FILE` or `--passphrase-file FILE`",
    }

    LockedKeys {
        code: "locked_keys",
        exit: [CouldNotRun],
        cause: "The file holds keys that `portal eject --out` locked under a passphrase, and a \
            cloud key was given. That key belongs to the user's backup and is not needed any more.",
        remedy: "Give the passphrase that was set when they were ejected: `--passphrase-file`.",
        hint: "give their passphrase with `--passphrase-file`",
    }

    NotACiphertext {
        code: "not_a_ciphertext",
        exit: [CouldNotRun],
        cause: "The file is an answer or a row without an encrypted client backup in it: perhaps \
            the custodian's share, or a client share that is open already.",
        remedy: "`lifeboat portal inspect FILE` says what it holds.",
        hint: "`lifeboat portal inspect FILE` shows what it holds",
    }

    SeveralCiphertexts {
        code: "several_ciphertexts",
        exit: [CouldNotRun],
        cause: "The file holds several encrypted backups, and `portal decrypt` opens one.",
        remedy: "Put each into a file of its own, or let `lifeboat portal eject` open them all.",
        hint: "`lifeboat portal eject` opens them all; or give each a file of its own",
    }

    NotAShare {
        code: "not_a_share",
        exit: [CouldNotRun],
        cause: "The file holds neither a Portal share nor a client backup, but perhaps keys that \
            were ejected already, or something else is among the shares. In a folder such files are skipped, or named as failed where \
            they look like damaged shares.",
        remedy: "A client share is what `lifeboat portal decrypt` writes, a custodian share what \
            the webhook delivered. Use the file as it was delivered.",
        hint: "a client share is what `lifeboat portal decrypt` writes, a custodian share what the \
            webhook delivered",
    }

    ShareLimits {
        code: "share_limits",
        exit: [CouldNotRun],
        cause: "The file wraps shares deeper than any answer of the provider does, holds more than \
            100,000 of them, or a ciphertext that opens to another one.",
        remedy: "Take the shares out of what was put around them, or split the file.",
        hint: "use the shares as they were delivered, each in a file of its own",
    }

    WrongSide {
        code: "wrong_side",
        exit: [CouldNotRun],
        cause: "A client share was named as the custodian's, or the other way round.",
        remedy: "Client shares go with `--client`, custodian shares with `--custodian`; a key \
            takes one of each.",
        hint: "client shares go with `--client`, custodian shares with `--custodian`; it takes one \
            of each",
    }

    GivenTwice {
        code: "given_twice",
        exit: [CouldNotRun],
        cause: "One file or folder was named twice.",
        remedy: "Name it once. A file that holds both shares is named once with `--client` and \
            once with `--custodian`.",
        hint: "name it once",
    }

    NoClientShare {
        code: "no_client_share",
        exit: [CouldNotRun],
        cause: "Among the files and folders given with `--client` is no client share.",
        remedy: "`lifeboat portal inspect FILE…` shows what they hold. The client share comes from \
            the user's backup: without it there is no key, whatever the custodian has.",
        hint: "`lifeboat portal inspect FILE` shows what a file holds",
    }

    NoCustodianShare {
        code: "no_custodian_share",
        exit: [CouldNotRun],
        cause: "Among the files and folders given with `--custodian` is no custodian share.",
        remedy: "`lifeboat portal inspect FILE…` shows what they hold. The custodian share was \
            delivered to your server by webhook.",
        hint: "`lifeboat portal inspect FILE` shows what a file holds",
    }

    NoPair {
        code: "no_pair",
        exit: [NotVerified],
        cause: "Client and custodian shares were found, and no two of them belong together. An \
            interrupted backup leaves shares of different pairs. No key was written; each pairing \
            and why it failed is in `unpaired`.",
        remedy: "Add every older version of both sides: each is tried with each. `lifeboat portal \
            inspect FILE…` shows pair ids and whether each share is sound.",
        hint: "an interrupted backup leaves shares of different pairs: add every older version of \
            both sides",
        hint: "`lifeboat portal inspect FILE…` shows pair ids and whether each share is sound",
    }

    TooManyPairings {
        code: "too_many_pairings",
        exit: [CouldNotRun],
        cause: "So many shares of one wallet were given that trying each with each would take \
            days: at most 20,000 pairings are tried for one wallet and 1,000,000 in one run, those \
            with equal pair ids or points first. Where other keys were made, they were written, \
            and the exit status is 1.",
        remedy: "Name the files of one client at a time, on both sides.",
        hint: FEWER_AT_ONCE,
    }

    OtherWallet {
        code: "other_wallet",
        exit: [],
        cause: "The two shares name different public keys: they belong to different wallets.",
        remedy: "Nothing is wrong with either: each needs its own other share.",
    }

    OtherClientShare {
        code: "other_client_share",
        exit: [],
        cause: "The custodian share was made together with another client share: another version of \
            the backup.",
        remedy: "Look for the client backup of the same date, and for older custodian shares.",
    }

    OtherCustodianShare {
        code: "other_custodian_share",
        exit: [],
        cause: "The client share was made together with another custodian share: another version of \
            the backup.",
        remedy: "Look for the custodian share of the same date, and for older client backups.",
    }

    SameAbscissa {
        code: "same_abscissa",
        exit: [],
        cause: "Both shares are at the same place of the line, so they do not fix it: one of \
            them was edited or copied together wrongly.",
        remedy: "Use the shares as they were delivered.",
    }

    WalletsUnpaired {
        code: "wallets_unpaired",
        exit: [SomeFailed],
        cause: "Keys were made and written, but some wallets found no pair of shares: they are \
            in `unpaired`, with the reason of each pairing.",
        remedy: "Keep the result. Add every older version of both sides for the wallets that are \
            named, and run it again with another `--out`.",
    }

    CiphertextsUnopened {
        code: "ciphertexts_unopened",
        exit: [SomeFailed],
        cause: "Keys were made and written, but client backups could not be decrypted while custodian shares \
            wait for them.",
        remedy: "Keep the result. Give every key and password there is: `--key-file` and \
            `--passphrase-file` can be given several times.",
    }

    MorePages {
        code: "more_pages",
        exit: [SomeFailed],
        cause: "Keys were made and written, but a file is one page of an answer that says that more \
            pages follow, and custodian shares are left whose client share may be on them.",
        remedy: "Keep the result. Fetch the pages that follow, give all of them at once, and run it \
            again with another `--out`.",
    }

    FilesFailed {
        code: "files_failed",
        exit: [SomeFailed],
        cause: "Everything in the folders that could be used was used; some files could not be, \
            each with its own code in `failed`.",
        remedy: "Look the codes up here. Fetch those files again, or move what is no share out of \
            the folder.",
        hint: "each is named above: fetch it again, or move what is no share out of the folder",
    }

    ShareInconsistent {
        code: "share_inconsistent",
        exit: [NotVerified],
        cause: "The numbers inside a share contradict each other: it was damaged or edited. A key \
            made of it would be checked against the public key, and refused.",
        remedy: "Use another copy or an older version of the shares that are named.",
        hint: "use another copy of these shares",
    }

    SigningShare {
        code: "signing_share",
        exit: [NotVerified],
        cause: "A share of the client is a signing share: what a device holds to sign with, or \
            what `generate` returned. Its `signingSharePairId` is set and its `backupSharePairId` \
            is empty. The other share of that pair never leaves the provider, so no key can be \
            made of it.",
        remedy: "Keep and give the client's backup share: what `backupWallet` gives the app, \
            encrypted, with `backupSharePairId` set.",
        hint: BACKUP_SHARE,
    }

    PaddedId {
        code: "padded_id",
        exit: [CouldNotRun],
        cause: "An id was given with white space around it, or empty. The names in the user's \
            cloud are made of the ids as they are, so that a blank gives the name of a file that \
            is not there.",
        remedy: "Give the id again without the white space.",
    }

    BadPublicKey {
        code: "bad_public_key",
        exit: [CouldNotRun],
        cause: "What was given with `--public-key` is no ed25519 public key, Solana address or \
            Stellar address.",
        remedy: "Give 64 hexadecimal digits or the address. secp256k1 keys need no repair.",
        hint: "give `--public-key` 64 hexadecimal digits or the address; secp256k1 keys need no \
            repair",
    }

    BadExportedKey {
        code: "bad_exported_key",
        exit: [CouldNotRun],
        cause: "The file does not hold an ed25519 key as the provider's tool exports it: 32 bytes \
            in base58. 64 hexadecimal digits are a secp256k1 key, which needs no repair.",
        remedy: "Give the file with the exported key alone, without quotes or labels.",
        hint: "only ed25519 keys (Solana, Stellar) need repair; they are 32 bytes in base58",
    }

    KeyOfAnotherWallet {
        code: "key_of_another_wallet",
        exit: [NotVerified],
        cause: "The exported key does not have this public key, neither as it is nor with its \
            zero bytes moved: it belongs to another wallet, or is damaged.",
        remedy: "Try the address of another wallet of the user, or eject anew with `lifeboat \
            portal eject`.",
        hint: "name the public key or address of another wallet, or eject anew with `lifeboat \
            portal eject`",
    }

}

/// What makes rows or shares of a file of another kind.
fn conversion(kind: OtherContent) -> &'static str {
    let OtherContent::Foreign(kind) = kind else {
        return "ask the server again, or use a copy that was kept while it still answered";
    };
    match kind {
        Foreign::Empty | Foreign::Zeros => {
            "use another copy: this one was never written to its end"
        }
        Foreign::Gzip => "`gunzip --stdout FILE > NEW` unpacks it",
        Foreign::Bzip2 => "`bunzip2 --stdout FILE > NEW` unpacks it",
        Foreign::Xz => "`xz --decompress --stdout FILE > NEW` unpacks it",
        Foreign::Zstd => "`zstd --decompress --stdout FILE > NEW` unpacks it",
        Foreign::Zip => "`unzip FILE` unpacks it: name what was in it",
        Foreign::Tar => "`tar -xf FILE` unpacks it: name what was in it",
        Foreign::SevenZip | Foreign::Rar => "unpack it with `7z x FILE` and name what was in it",
        Foreign::Sqlite => {
            "`sqlite3 -header -csv FILE 'select * from TABLE' > rows.csv` writes the rows as CSV"
        }
        Foreign::Warehouse => {
            "write the table as CSV with a header: `duckdb -csv -c \"select * from 'FILE'\" > rows.csv`"
        }
        Foreign::Excel | Foreign::OldOffice | Foreign::OpenDocument | Foreign::Numbers => {
            "export the rows from the database as CSV: a cell of a spreadsheet holds at most 32,767 characters"
        }
        Foreign::Age => "`age --decrypt --identity KEY FILE > NEW` opens it",
        Foreign::PgpMessage => "`gpg --decrypt FILE > NEW` opens it",
        _ => {
            "a client share is what `lifeboat portal decrypt` writes, a custodian share what the webhook delivered"
        }
    }
}

impl From<CiphertextError> for Failure {
    fn from(fault: CiphertextError) -> Self {
        match fault {
            CiphertextError::Odd | CiphertextError::Foreign => {
                Self::new(Files::BadHex, fault).hint(FETCH_AGAIN)
            }
            CiphertextError::Short { .. } => Self::new(Portal::CiphertextShort, fault),
            CiphertextError::WrongKey => Self::new(Portal::WrongCloudKey, fault),
            CiphertextError::WrongPassword => Self::new(Portal::WrongPassword, fault),
        }
    }
}

impl From<CloudKeyError> for Failure {
    fn from(fault: CloudKeyError) -> Self {
        Self::new(Portal::BadCloudKey, fault)
    }
}

impl From<PortalFileError> for Failure {
    fn from(error: PortalFileError) -> Self {
        match &error {
            PortalFileError::NotShare(_)
            | PortalFileError::Stranger(_)
            | PortalFileError::Mixed(_) => Self::new(Portal::NotAShare, &error),
            PortalFileError::OtherKind(_, kind) => {
                Self::new(Portal::NotAShare, &error).hint_instead(conversion(*kind))
            }
            PortalFileError::OtherFile(_, kind) => Self::new(Portal::NotAShare, &error).hint(
                if *kind == KnownFile::Sealed {
                    "`lifeboat portal open FILE --key PEM --out DIR` opens what `portal seal` sealed"
                } else {
                    "a client share is what `lifeboat portal decrypt` writes, a custodian share what the webhook delivered"
                },
            ),
            PortalFileError::DumpFile(_) => Self::new(Portal::NotAShare, &error)
                .hint_instead("`pg_restore --file NEW FILE` writes it as text"),
            PortalFileError::Damaged { .. } => {
                Self::new(Portal::NotAShare, &error).hint_instead(AS_DELIVERED)
            }
            PortalFileError::Ejected(_) => Self::new(Portal::NotAShare, &error).hint(
                "`lifeboat export FILE --chain evm,btc,sol` shows their addresses, `lifeboat sign FILE MESSAGE` signs with them",
            ),
            PortalFileError::LockedKeys(_) => Self::new(Portal::NotAShare, &error).hint(
                "`lifeboat portal decrypt FILE --out NEW` opens them; `lifeboat export FILE` and `sign` take them as they are",
            ),
            PortalFileError::KeyDigits(_) => Self::new(Portal::NotAShare, &error).hint(
                "a key from a user's cloud goes with `--key-file FILE`; of an ejected key `lifeboat export FILE` shows the addresses",
            ),
            PortalFileError::Row { .. } => Self::new(Portal::NotAShare, &error).hint(
                "export the table again as CSV with a header: `\\copy TABLE TO 'rows.csv' CSV HEADER`",
            ),
            PortalFileError::TooDeep(_) | PortalFileError::TooMany(_) => {
                Self::new(Portal::ShareLimits, &error)
            }
            PortalFileError::Ciphertext { fault, .. } => {
                Self::from(*fault).reworded(&error).hint_instead(FETCH_AGAIN)
            }
            PortalFileError::Field(error) => Self::from(error.clone())
                .hint("use the share as it was delivered: numbers are decimal strings"),
        }
    }
}

impl From<CollectError> for Failure {
    fn from(error: CollectError) -> Self {
        match error {
            CollectError::File(error) => error.into(),
            CollectError::Locked(_) => Self::new(Portal::CloudKeyNeeded, &error),
            CollectError::WrongSide { .. } => Self::new(Portal::WrongSide, &error),
            CollectError::Nested(_) => Self::new(Portal::ShareLimits, &error),
        }
    }
}

impl From<ExportedKeyError> for Failure {
    fn from(fault: ExportedKeyError) -> Self {
        Self::new(Portal::BadExportedKey, fault)
    }
}

impl From<RepairError> for Failure {
    fn from(error: RepairError) -> Self {
        Self::new(Portal::KeyOfAnotherWallet, error)
    }
}

/// Two shares that are no pair never end a run: they are beside the wallet that found none.
impl From<PairError> for Code {
    fn from(fault: PairError) -> Self {
        match fault {
            PairError::OtherWallet => Portal::OtherWallet.into(),
            PairError::OtherClientShare => Portal::OtherClientShare.into(),
            PairError::OtherCustodianShare => Portal::OtherCustodianShare.into(),
            PairError::SameAbscissa => Portal::SameAbscissa.into(),
            PairError::Range => Devices::ShareRange.into(),
            PairError::OtherKey => Kits::PublicKeyMismatch.into(),
        }
    }
}
