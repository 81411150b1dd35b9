//! The shapes of results, and the algorithms that they are for.

use clap::ValueEnum;
use lifeboat::{
    crypto::{byte_sharing::MOST_SHARES, eddsa_variants::EddsaVariant},
    formats::{server_share::record::RecordFormat, wallets::algorithm::Algorithm},
};

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

/// Among how many people a passphrase is shared, and how many of them are needed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Split {
    pub(crate) needed: u8,
    pub(crate) people: u8,
}

impl std::str::FromStr for Split {
    type Err = &'static str;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "two numbers such as `3/5`: three of five people are needed";
        let (needed, people) = typed.split_once('/').ok_or(SHAPE)?;
        let number = |typed: &str| typed.parse::<u8>().map_err(|_| SHAPE);
        let (needed, people) = (number(needed)?, number(people)?);
        if needed < 2 {
            return Err("at least 2 people must be needed: otherwise each sheet is the passphrase");
        }
        if people > MOST_SHARES {
            return Err("at most 16 people can have a sheet");
        }
        if needed > people {
            return Err("more people would be needed than have a sheet");
        }
        Ok(Self { needed, people })
    }
}

/// The rule for ed25519 shares, by the names of the library.
pub(crate) fn eddsa_variant(typed: &str) -> Result<EddsaVariant, String> {
    EddsaVariant::of_name(typed).ok_or_else(|| {
        let names = EddsaVariant::ALL.map(EddsaVariant::name).join(", ");
        format!("expected the name that `lifeboat confirm-eddsa` gave, one of {names}")
    })
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SealFormat {
    /// Each record under a key of its own; `unseal` opens it, all or some
    Lifeboat,
    /// One age file, which `age -d -i PRIVATE.pem` opens, too; it opens as a whole and cannot be resumed
    Age,
}
