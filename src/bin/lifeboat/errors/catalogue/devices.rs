//! Device backups and takeovers.

use lifeboat::{
    formats::{
        device_share::{
            device_list::DeviceListError, lifeboat_backup::LifeboatBackupError,
            sdk_backup::SdkBackupError,
        },
        sealed::passphrase_file::LockError,
        wallets::wallet_id::WalletIdError,
    },
    operations::{
        confirm_eddsa::ConfirmError,
        device_share::{back_up::BackupError, recover::RecoverError},
        takeover::TakeoverError,
    },
};

use super::files::Files;
use super::keys::Keys;
use super::kits::Kits;
use crate::errors::{code::codes, failure::Failure};

codes! {
    pub(crate) enum Devices: "Device backups and takeovers";

    BackupNotOpened {
        code: "backup_not_opened",
        exit: [NotVerified],
        cause: "A key of the device backup does not open: another passphrase, another device id, \
            or an altered backup. These cannot be told apart, because the backup's cipher does not \
            say. The backup is not harmed.",
        remedy: "The passphrase is the one of the backup's passphraseId, `--device-id` the device \
            that made it. Try each pair you have, and older backups of the same device. \
            `--algorithm` recovers one key where only the other is damaged.",
        hint: "the passphrase is that of the backup's passphraseId, `--device-id` that of the \
            device that made it",
        hint: "the device id was tried in upper and lower case, with and without dashes",
    }

    NoBackup {
        code: "no_backup",
        exit: [CouldNotRun],
        cause: "No file of the folder holds a device backup; or, beside a device of a list, none \
            of its backups is that device's.",
        remedy: "Keep the messages that carry backups as they are sent (`backup_keys`) or fetched \
            (`get_backup`). A column `file` or `passphraseId` in the list says which backup is \
            whose.",
        hint: "give the folder of the messages that were kept, each as it was sent or fetched",
    }

    BadDeviceList {
        code: "bad_device_list",
        exit: [CouldNotRun],
        cause: "The list given with `--devices` is no CSV with a column `deviceId`, or one of its \
            rows is not right: then the others are used.",
        remedy: "Name the columns in the first line: `deviceId`, and `walletId`, `passphraseId` or \
            `file`.",
        hint: "the list is CSV: `deviceId`, and `walletId`, `passphraseId` or `file`, named in the \
            first line",
    }

    SomeNotRecovered {
        code: "some_not_recovered",
        exit: [SomeFailed],
        cause: "Device shares were recovered and written; some devices or files failed, each with \
            its reason in `failed`.",
        remedy: "Keep the result. Recover those that failed alone, with another passphrase or an \
            older backup.",
        hint: "each is named above with its reason; recover those alone",
    }

    NoneRecovered {
        code: "none_recovered",
        exit: [SomeFailed],
        cause: "Not one backup of the list was recovered. Nothing was written; each device is \
            in `failed` with its reason.",
        remedy: "Look the codes of the devices up here.",
        hint: "each is named above with its reason",
    }

    BadPassphraseId {
        code: "bad_passphrase_id",
        exit: [CouldNotRun],
        cause: "A passphraseId that is empty, too long or holds a control character; or, with \
            `--passphrase-dir`, one that cannot be the name of a file because it holds a slash or \
            is `.` or `..`.",
        remedy: "Give the passphrase with `--passphrase-file`.",
    }

    SeveralPassphraseFiles {
        code: "several_passphrase_files",
        exit: [CouldNotRun],
        cause: "Several files of the folder are named after the passphraseId, and differ in letter \
            case or dashes alone.",
        remedy: "Give the right one with `--passphrase-file`.",
    }

    WrongPassphrase {
        code: "wrong_passphrase",
        exit: [NotVerified],
        cause: "The passphrase does not open a file that lifeboat has locked: a backup, full keys \
            or ejected keys. The file is sound, and there is no limit on tries.",
        remedy: "Try again; every character and space counts. Was it locked under the passphrase \
            of another file?",
        hint: "try again; every character and space counts",
    }

    LockedFileAltered {
        code: "locked_file_altered",
        exit: [NotVerified],
        cause: "The passphrase is right, but the locked file is not what was written: damaged, cut \
            or edited.",
        remedy: "Use another copy of the file. Full keys can be made again from the two shares.",
        hint: "use another copy of the file",
    }

    BackupContradiction {
        code: "backup_contradiction",
        exit: [NotVerified],
        cause: "The backup opened, but holds another device or other keys than its first line \
            says. lifeboat writes no such file: a program has made it wrongly, or on purpose.",
        remedy: "Use another backup of the device. Do not trust where this one came from.",
        hint: "use another copy of the backup",
    }

    OtherDevice {
        code: "other_device",
        exit: [NotVerified],
        cause: "The backup says that it belongs to another device than the one named.",
        remedy: "Say `--device-id` as the hint does, if that is the device you mean; otherwise \
            take the backup of yours.",
    }

    NoSuchKey {
        code: "no_such_key",
        exit: [CouldNotRun],
        cause: "The device backup holds no key of the algorithm asked for. Many wallets have only \
            one.",
        remedy: "Leave `--algorithm` out to recover every key that is there.",
        hint: "leave `--algorithm` out to recover every key",
    }

    PassphraseCommand {
        code: "passphrase_command",
        exit: [CouldNotRun],
        cause: "The command that was to print the passphrase did not start, failed, printed \
            nothing, left its output open, or had not ended after 60 seconds. A name without `/` \
            must be that of a program in PATH; `./NAME` is one in this folder. It runs confined: \
            it can read files and ask local agents, but has an empty standard input, few variables \
            of the environment and no network, and can write no file, which gpg, for one, wants \
            to. Its output is not shown, because it may be the passphrase.",
        remedy: "Run it by hand with the passphraseId as its last argument. It must print the \
            passphrase on standard output and end with exit status 0. What must write files is run \
            before: `gpg -qd FILE | lifeboat share recover BACKUP --device-id ID --passphrase-file \
            - --out OUT`. `--passphrase-file` and `--passphrase-dir` do without.",
        hint: "run it by hand with the passphraseId behind it: it must print the passphrase, and \
            end well",
        hint: "here it has no network, no standard input and can write no file, which gpg wants \
            to: `COMMAND | lifeboat … --passphrase-file -`",
    }

    PaddedPassphrase {
        code: "padded_passphrase",
        exit: [CouldNotRun],
        cause: "A new passphrase begins or ends with white space. Wallet SDKs drop it when they \
            back up and not when they recover, so such a backup opens only by luck.",
        remedy: "Take the white space off both ends of the passphrase file. It is refused for \
            every new passphrase, of keys, backups, results and keystores alike; what exists \
            already is opened with the passphrase as it is.",
        hint: "take the white space off both ends",
    }

    BackupProofFailed {
        code: "backup_proof_failed",
        exit: [NotVerified],
        cause: "A new backup was opened again before it was written, and was not what went in. No \
            honest machine does this. Nothing was written, and the device share is as it was.",
        remedy: "Do not use this machine for keys before its memory and this program have been \
            checked.",
        hint: "do not use this machine for keys before its memory and this program have been \
            checked",
    }

    NoPublicKey {
        code: "no_public_key",
        exit: [CouldNotRun],
        cause: "A key of the device share comes without its public key: a takeover could not prove \
            its result, and the wallet SDK's backups must carry it.",
        remedy: "Put the wallet's public key into the field `publicKey` of the device share, from \
            your own records of the wallet. `share backup --format lifeboat` does without.",
        hint: "`--format lifeboat` does without",
    }

    NoSuchWallet {
        code: "no_such_wallet",
        exit: [CouldNotRun],
        cause: "The server shares do not hold the wallet. It was not in the list that was derived, \
            or the id is another one.",
        remedy: "Compare with the nearest ids of the hint. Derive it: `lifeboat derive KIT --key \
            PEM WALLET_ID`.",
        hint: "derive it: `lifeboat derive KIT --key PEM WALLET_ID`",
    }

    NoDeviceKey {
        code: "no_device_key",
        exit: [CouldNotRun],
        cause: "The device share holds no key of the algorithm asked for.",
        remedy: "Leave `--algorithm` out to take over every key of the device.",
        hint: "leave `--algorithm` out to take over every key of the device",
    }

    NoServerShare {
        code: "no_server_share",
        exit: [CouldNotRun],
        cause: "The device has a key of an algorithm that the server shares were not derived for.",
        remedy: "Derive both with `lifeboat derive … --algorithm both`, or take over one with \
            `--algorithm ecdsa` or `eddsa`.",
        hint: "derive shares of both with `derive --algorithm both`, or take over one with \
            `--algorithm ecdsa` or `eddsa`",
    }

    CosignerSilent {
        code: "cosigner_silent",
        exit: [CouldNotRun],
        cause: "One of several cosigners has no share for an algorithm that the others have: the \
            record was cut or edited. Without it the sum would be wrong.",
        remedy: "Use the whole record, as `derive` wrote it, or derive it again.",
        hint: "use the whole record, as `derive` wrote it",
    }

    ShareRange {
        code: "share_range",
        exit: [CouldNotRun],
        cause: "A share is zero or not below the group order, which no real share is: the record \
            or the share file is damaged, or of another curve. Beside a pair of Portal halves it \
            says why the two were not joined.",
        remedy: "Derive the record again from the kit, or use another copy of the share.",
        hint: "use the server shares as they were first written, or derive them again",
    }

    NotAdditive {
        code: "not_additive",
        exit: [NotVerified],
        cause: "A key of the device share has the name of an algorithm whose shares do not add up. \
            Mobile SDKs call the additive ones so, and the shares were added; the sum does not \
            have the wallet's public key.",
        remedy: "Is it the device share of this very wallet? Keys of the workspace itself come \
            from `lifeboat workspace`.",
        hint: "is it the device share of this very wallet? where the other key is sound, \
            `--algorithm` takes it alone",
    }

    NoEddsaKey {
        code: "no_eddsa_key",
        exit: [CouldNotRun],
        cause: "The device share has no EdDSA key, or none with a public key, so there is nothing \
            to compare with. Wallets get their EdDSA key when the key set is extended; an older \
            backup has the ECDSA key alone.",
        remedy: "Name the device share of a wallet with an EdDSA key: `lifeboat share recover` \
            shows the algorithms of what it recovered.",
        hint: "name the device share of a wallet that has an EdDSA key",
    }

    EddsaNotConfirmed {
        code: "eddsa_not_confirmed",
        exit: [NotVerified],
        cause: "No known rule for the EdDSA share makes the wallet's public key. Either device \
            share, wallet id and kit do not belong together, or the provider derives EdDSA shares \
            by a rule that nobody has published.",
        remedy: "Take the same wallet over with its ECDSA key first: that proves that kit, wallet \
            and device share belong together. Try a second wallet. If ECDSA holds and EdDSA \
            does not, no EdDSA share that `derive` gives will open a wallet: ask for help with the \
            public parts alone.",
        hint: "take the same wallet over with `--algorithm ecdsa`: that proves whether kit, wallet and device share belong together",
    }

    SomeNotTakenOver {
        code: "some_not_taken_over",
        exit: [SomeFailed],
        cause: "Some wallets of the list were taken over and written, others were not: each of \
            those is named in `failed` with its own code.",
        remedy: "Look the codes up here, and take those wallets over in another run with another \
            `--out`.",
        hint: "`failed` in the outcome of `--json` names each with its reason; take those over in a run \
            of their own",
    }

    NoTakeover {
        code: "no_takeover",
        exit: [SomeFailed],
        cause: "Not one wallet of the list could be taken over, so nothing was written. Each is \
            named in `failed` with its own code. When all have the same one, it is one slip: the \
            wrong folder, or the wrong shares.",
        remedy: "Try one wallet with `--wallet ID --device-share FILE`: its message says more. \
            Device shares are looked for as `WALLET_ID.json` in the folder.",
        hint: "each is named above with its reason; device shares are looked for as \
            `WALLET_ID.json`",
    }
}

impl From<LockError> for Failure {
    fn from(fault: LockError) -> Self {
        match fault {
            LockError::Passphrase => Self::new(Devices::WrongPassphrase, fault),
            LockError::Altered => Self::new(Devices::LockedFileAltered, fault),
            LockError::Memory => Self::new(Files::NotEnoughMemory, fault),
        }
    }
}

impl From<DeviceListError> for Failure {
    fn from(fault: DeviceListError) -> Self {
        let failure = Self::new(Devices::BadDeviceList, &fault);
        match fault {
            DeviceListError::Wallet {
                fault: WalletIdError::Spelling { canonical, .. },
                ..
            } => failure.hint(format!("write it as `{canonical}`")),
            DeviceListError::NotCsv(_) => failure.hint("save the list as CSV in UTF-8"),
            DeviceListError::OpenQuote(_) => failure.hint(
                "close the quote; if a column holds notes of several lines, take that column out",
            ),
            _ => failure,
        }
    }
}

impl From<RecoverError> for Failure {
    fn from(error: RecoverError) -> Self {
        match &error {
            RecoverError::Sdk(SdkBackupError::Unopened(_) | SdkBackupError::NotShare { .. }) => {
                Self::new(Devices::BackupNotOpened, &error)
            }
            RecoverError::Lifeboat(LifeboatBackupError::Lock(fault)) => {
                Self::from(*fault).reworded(&error)
            }
            RecoverError::Lifeboat(LifeboatBackupError::Contradiction) => {
                Self::new(Devices::BackupContradiction, &error)
            }
            RecoverError::Lifeboat(LifeboatBackupError::Field(fault)) => Self::from(fault.clone())
                .hint("it was not `share backup` that made it: use another backup of the device"),
            RecoverError::OtherDevice { found, .. } => {
                Self::new(Devices::OtherDevice, &error).hint(format!("say `--device-id {found}`"))
            }
            RecoverError::NoSuchKey(_) => Self::new(Devices::NoSuchKey, &error),
        }
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::EmptyPassphrase => Self::new(Keys::EmptyPassphrase, &error)
                .hint("`lifeboat share generate-passphrase` makes one"),
            BackupError::PaddedPassphrase => Self::new(Devices::PaddedPassphrase, &error),
            BackupError::NoPublicKey(_) => Self::new(Devices::NoPublicKey, &error),
            BackupError::Lock(fault) => fault.into(),
            BackupError::Unread(_) | BackupError::Unopened(_) | BackupError::Differs => {
                Self::new(Devices::BackupProofFailed, &error)
            }
        }
    }
}

impl From<ConfirmError> for Failure {
    fn from(error: ConfirmError) -> Self {
        match error {
            ConfirmError::NoKey | ConfirmError::NoPublicKey => {
                Self::new(Devices::NoEddsaKey, error)
            }
        }
    }
}

impl From<TakeoverError> for Failure {
    fn from(error: TakeoverError) -> Self {
        match &error {
            TakeoverError::NoWallet { nearest, .. } if nearest.is_empty() => {
                Self::new(Devices::NoSuchWallet, &error)
            }
            TakeoverError::NoWallet { nearest, .. } => {
                let ids: Vec<String> = nearest.iter().map(|id| format!("`{id}`")).collect();
                Self::new(Devices::NoSuchWallet, &error)
                    .hint(format!("the nearest ids there are {}", ids.join(", ")))
            }
            TakeoverError::NoDeviceKey => Self::new(Devices::NoDeviceKey, &error),
            TakeoverError::NoServerShare { .. } => Self::new(Devices::NoServerShare, &error),
            TakeoverError::CosignerSilent { .. } => Self::new(Devices::CosignerSilent, &error),
            TakeoverError::ShareRange { .. } => Self::new(Devices::ShareRange, &error),
            TakeoverError::NotAdditive { .. } => Self::new(Devices::NotAdditive, &error),
            TakeoverError::NoPublicKey(_) => Self::new(Devices::NoPublicKey, &error).hint(
                "put the wallet's public key into the field `publicKey` of the device share, if you know it",
            ),
            TakeoverError::Mismatch { .. } => Self::new(Kits::PublicKeyMismatch, &error).hint(
                "the two shares are of different wallets, or one of them is not what it was",
            ),
            TakeoverError::ServerShares(fault) => Self::from(fault.clone())
                .reworded(&error)
                .hint("use the server shares as they were first written, or derive them again"),
        }
    }
}
