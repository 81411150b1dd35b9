//! How device backups, takeovers, exports and signatures fail: what to type next.

use lifeboat::{
    formats::{
        chains::prepared::PreparedFault,
        device_share::{device_list::DeviceListFault, lifeboat_backup::LifeboatFault},
        sealed::passphrase_file::LockFault,
        wallets::wallet_id::WalletIdFault,
    },
    operations::{
        device_share::{back_up::BackupError, recover::RecoverError},
        export::ExportError,
        sign::SignError,
        takeover::TakeoverError,
    },
};

use crate::errors::{failure::Failure, key_hints::MORE_MEMORY};

impl From<LockFault> for Failure {
    fn from(fault: LockFault) -> Self {
        let failure = Self::not_verified(fault.code(), fault.to_string());
        match fault {
            LockFault::Passphrase => failure.hint("try again; every character and space counts"),
            LockFault::Altered => failure.hint("use another copy of the file"),
            LockFault::Memory => Self::refused(fault.code(), fault.to_string()).hint(MORE_MEMORY),
        }
    }
}

impl From<DeviceListFault> for Failure {
    fn from(fault: DeviceListFault) -> Self {
        let failure = Self::refused("bad_device_list", fault.to_string());
        match fault {
            DeviceListFault::Wallet {
                fault: WalletIdFault::Spelling { canonical, .. },
                ..
            } => failure.hint(format!("write it as `{canonical}`")),
            DeviceListFault::NotCsv(_) => failure.hint("save the list as CSV in UTF-8"),
            _ => failure.hint(
                "the list is CSV: `deviceId`, and `walletId`, `passphraseId` or `file`, named in the first line",
            ),
        }
    }
}

impl From<RecoverError> for Failure {
    fn from(error: RecoverError) -> Self {
        let failure = Self::not_verified(error.code(), error.to_string());
        match error {
            RecoverError::Field(_) => failure
                .hint("the passphrase is that of the backup's passphraseId, `--device-id` that of the device that made it")
                .hint("the device id was tried in upper and lower case, with and without dashes"),
            RecoverError::Lifeboat(LifeboatFault::Lock(fault)) => Self::from(fault).reworded(error.to_string()),
            RecoverError::Lifeboat(LifeboatFault::Field(_)) => Self::refused(error.code(), error.to_string())
                .hint("it was not `share backup` that made it: use another backup of the device"),
            RecoverError::Lifeboat(_) => failure.hint("use another copy of the backup"),
            RecoverError::OtherDevice { found, .. } => failure.hint(format!("say `--device-id {found}`")),
            RecoverError::NoSuchKey(_) => {
                Self::refused(error.code(), error.to_string()).hint("leave `--algorithm` out to recover every key")
            }
        }
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        let failure = Self::refused(error.code(), error.to_string());
        match error {
            BackupError::EmptyPassphrase => failure.hint("`lifeboat share generate-passphrase` makes one"),
            BackupError::PaddedPassphrase => failure.hint("take the white space off both ends"),
            BackupError::NoPublicKey(_) => failure.hint("`--format lifeboat` does without"),
            BackupError::Lock(fault) => fault.into(),
            BackupError::Unread(_) | BackupError::Unopened(_) | BackupError::Differs => {
                Self::not_verified(error.code(), error.to_string())
                    .hint("do not use this machine for keys before its memory and this program have been checked")
            }
        }
    }
}

impl From<TakeoverError> for Failure {
    fn from(error: TakeoverError) -> Self {
        let failure = Self::refused(error.code(), error.to_string());
        match error {
            TakeoverError::NoWallet { nearest, .. } if !nearest.is_empty() => {
                let ids: Vec<String> = nearest.iter().map(|id| format!("`{id}`")).collect();
                failure.hint(format!("the nearest ids there are {}", ids.join(", ")))
            }
            TakeoverError::NoWallet { .. } => failure.hint("derive it: `lifeboat derive KIT --key PEM WALLET_ID`"),
            TakeoverError::NoDeviceKey => failure.hint("leave `--algorithm` out to take over every key of the device"),
            TakeoverError::NoServerShare { .. } => failure.hint(
                "derive shares of both with `derive --algorithm both`, or take over one with `--algorithm ecdsa` or `eddsa`",
            ),
            TakeoverError::CosignerSilent { .. } => failure.hint("use the whole record, as `derive` wrote it"),
            TakeoverError::NoPublicKey(_) => failure
                .hint("put the wallet's public key into the field `publicKey` of the device share, if you know it"),
            TakeoverError::Mismatch { .. } => Self::not_verified(error.code(), error.to_string())
                .hint("the two shares are of different wallets, or one of them is not what it was"),
            TakeoverError::ShareRange { .. } | TakeoverError::ServerShares(_) => {
                failure.hint("use the server shares as they were first written, or derive them again")
            }
            TakeoverError::NotAdditive { .. } => Self::not_verified(error.code(), error.to_string())
                .hint("is it the device share of this very wallet? where the other key is sound, `--algorithm` takes it alone"),
        }
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        let failure = Self::refused(error.code(), error.to_string());
        match error {
            ExportError::NoKey { .. } => {
                failure.hint("take the wallet over with shares of both algorithms")
            }
            ExportError::PublicOnly(_) => {
                failure.hint("without `--reveal`, public keys are enough for addresses")
            }
            ExportError::NoScript { .. } => {
                failure.hint("leave `--address-type` out for the chain's usual one")
            }
            ExportError::NoTree(_) => failure.hint(
                "leave `--account`, `--change`, `--coin`, `--index` and `--path` out: it is this very key on every chain",
            ),
            ExportError::NoKeyset { .. } => failure.hint(
                "`--keyset N` takes one of those that are there, whatever accounts it serves",
            ),
            ExportError::NoChild(_) => failure.hint("take the next index"),
        }
    }
}

impl From<SignError> for Failure {
    fn from(error: SignError) -> Self {
        match error {
            SignError::Key(ExportError::PublicOnly(_)) => {
                Self::refused(error.code(), error.to_string()).hint("give the full keys that `takeover --out` wrote")
            }
            SignError::Key(error) => error.into(),
            SignError::Message(fault) => {
                let failure = Self::refused(fault.code(), fault.to_string());
                match fault {
                    PreparedFault::DigestLength(_) => failure.hint(
                        "without `--prehashed` the prepared transaction is given: `lifeboat help sign` says for each chain what that is",
                    ),
                    PreparedFault::NotSigned { give, .. } => failure.hint(give),
                    PreparedFault::NoText(_) => failure.hint(
                        "prepare the bytes that the signature covers elsewhere, and sign them without `--text-message`",
                    ),
                    PreparedFault::TaprootText => failure.hint(
                        "prepare the sighash of the message elsewhere (BIP 322), and sign it with `--prehashed`",
                    ),
                    PreparedFault::Prefixed => failure.hint("leave `--text-message` out: the prefix is there"),
                }
            }
            SignError::Unverified => Self::not_verified(error.code(), error.to_string())
                .hint("do not use this machine for keys before its memory and this program have been checked"),
        }
    }
}
