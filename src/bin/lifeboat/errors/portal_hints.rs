//! How Portal commands end badly: the exit status of each error, and what to type next. A part of `errors/failure.rs`.

use lifeboat::{
    formats::portal::{
        ciphertext::{CiphertextFault, CloudKeyFault},
        exported_key::ExportedKeyFault,
        share_file::PortalFileError,
    },
    operations::portal::{collect::GatherError, repair::RepairError},
};

use crate::errors::failure::Failure;

const AS_DELIVERED: &str = "use the shares as they were delivered, each in a file of its own";
const FETCH_AGAIN: &str = "fetch it again as it was stored: no digit may be lost";

impl From<CiphertextFault> for Failure {
    fn from(fault: CiphertextFault) -> Self {
        let message = fault.to_string();
        match fault {
            CiphertextFault::Odd | CiphertextFault::Foreign => Self::refused(fault.code(), message).hint(FETCH_AGAIN),
            CiphertextFault::Short { .. } => Self::refused(fault.code(), message)
                .hint(FETCH_AGAIN)
                .hint("backups under a cloud key are shorter than those under a password: is it `--key-file` that it needs?"),
            CiphertextFault::WrongKey => Self::not_verified(fault.code(), message)
                .hint("backups made with a password or PIN need `--passphrase-file`")
                .hint("each new backup overwrites the key in the cloud: try older ciphertexts and older keys in every pairing"),
            CiphertextFault::WrongPassword => Self::not_verified(fault.code(), message)
                .hint("every character and space counts; backups made with iCloud or Google Drive need `--key-file`"),
        }
    }
}

impl From<CloudKeyFault> for Failure {
    fn from(fault: CloudKeyFault) -> Self {
        Self::refused(fault.code(), fault.to_string())
            .hint("`lifeboat portal cloud-name` tells which file or entry of the user's cloud holds it")
            .hint("a password goes with `--passphrase-file`")
    }
}

impl From<PortalFileError> for Failure {
    fn from(error: PortalFileError) -> Self {
        let failure = Self::refused(error.code(), error.to_string());
        match error {
            PortalFileError::NotShare(_) | PortalFileError::Stranger(_) | PortalFileError::Mixed(_) => failure.hint(
                "a client share is what `lifeboat portal decrypt` writes, a custodian share what the webhook delivered",
            ),
            PortalFileError::Row { .. } => {
                failure.hint("export the table again as CSV with a header: `\\copy TABLE TO 'rows.csv' CSV HEADER`")
            }
            PortalFileError::Ciphertext { .. } => failure.hint(FETCH_AGAIN),
            PortalFileError::Field(_) => failure.hint("use the share as it was delivered: numbers are decimal strings"),
            PortalFileError::TooDeep(_) | PortalFileError::TooMany(_) => failure.hint(AS_DELIVERED),
        }
    }
}

impl From<GatherError> for Failure {
    fn from(error: GatherError) -> Self {
        let failure = Self::refused(error.code(), error.to_string());
        match error {
            GatherError::File(error) => error.into(),
            GatherError::Locked(_) => failure.hint("give `--key-file FILE` or `--passphrase-file FILE`"),
            GatherError::WrongHalf { .. } => failure
                .hint("client halves go with `--client`, custodian halves with `--custodian`; it takes one of each"),
            GatherError::Nested(_) => failure.hint(AS_DELIVERED),
        }
    }
}

impl From<ExportedKeyFault> for Failure {
    fn from(fault: ExportedKeyFault) -> Self {
        Self::refused(fault.code(), fault.to_string())
            .hint("only ed25519 keys (Solana, Stellar) need repair; they are 32 bytes in base58")
    }
}

impl From<RepairError> for Failure {
    fn from(error: RepairError) -> Self {
        Self::not_verified(error.code(), error.to_string())
            .hint("name the public key or address of another wallet, or eject anew with `lifeboat portal eject`")
    }
}
