//! The shapes of results, and the algorithms that they are for.

use clap::ValueEnum;
use lifeboat::formats::{server_share::record::RecordFormat, wallets::algorithm::Algorithm};

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// One object keyed by wallet id, as the published tools write
    Json,
    /// One JSON object per line
    Ndjson,
    /// One row per share
    Csv,
}

impl From<Format> for RecordFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Json => Self::Json,
            Format::Ndjson => Self::Ndjson,
            Format::Csv => Self::Csv,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Algorithms {
    /// MPC_CMP_ECDSA_SECP256K1
    Ecdsa,
    /// MPC_CMP_EDDSA_ED25519; unconfirmed: no published tool derives it, only the takeover's public-key check can tell
    Eddsa,
    /// Both; the EdDSA shares are unconfirmed
    Both,
}

impl Algorithms {
    pub(crate) fn list(self) -> &'static [Algorithm] {
        match self {
            Self::Ecdsa => &[Algorithm::CmpEcdsa],
            Self::Eddsa => &[Algorithm::CmpEddsa],
            Self::Both => &[Algorithm::CmpEcdsa, Algorithm::CmpEddsa],
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SealFormat {
    /// Each record under a key of its own; `unseal` opens it, all or some
    Lifeboat,
    /// One age file, which `age -d -i PRIVATE.pem` opens, too; it opens as a whole and cannot be resumed
    Age,
}
