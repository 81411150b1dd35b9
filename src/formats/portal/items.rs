//! What a file of shares holds, and why one cannot be read (FORMATS.md §21). In a folder only what is clearly something else
//! may be skipped (§22).

use super::{
    ciphertext::{CiphertextError, PortalCiphertext},
    client_share::ClientShare,
    custodian_share::CustodianShare,
    fields::Provenance,
    rows::RowError,
};
use crate::crypto::curve::Curve;
use crate::formats::{
    encoding::{file_kind::Foreign, json::FieldError, other_content::OtherContent},
    known_file::KnownFile,
};

/// Most shares and ciphertexts accepted in one file.
pub const MAX_SHARES: usize = 100_000;

/// Something that a file holds.
pub enum PortalItem {
    /// A client's share.
    Client(ClientShare),
    /// A custodian's share.
    Custodian(CustodianShare),
    /// A client backup that is still encrypted, and what is around it.
    Ciphertext(PortalCiphertext, Provenance),
    /// A place for the share of a curve without a share in it.
    Empty(Curve),
    /// A page of an answer that says that more pages follow, by this member.
    MorePages(String),
}

/// Why a file cannot be read as what Portal leaves behind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PortalFileError {
    /// Holds nothing that is known; holds the file's name.
    #[error("`{0}` holds no Portal share and no ciphertext")]
    NotShare(String),
    /// Keys that were ejected already; holds the file's name.
    #[error("`{0}` holds private keys that were ejected already, not shares")]
    Ejected(String),
    /// The same, locked under a passphrase.
    #[error(
        "`{0}` holds private keys that were ejected already and locked under a passphrase, not shares"
    )]
    LockedKeys(String),
    /// 64 hexadecimal digits, which are one key or another; holds the file's name.
    #[error(
        "`{0}` holds 64 hexadecimal digits: the key from a user's cloud or an ejected key, not a share"
    )]
    KeyDigits(String),
    /// JSON of something else; names the place.
    #[error("{0}: neither a share nor an answer that holds one")]
    Stranger(String),
    /// A file of another kind; holds the file's name.
    #[error("`{0}` is {kind}: no Portal share and no ciphertext can be read from it", kind = .1.name())]
    OtherKind(String, OtherContent),
    /// Another of the files of a recovery; holds the file's name.
    #[error("`{0}` is {kind}: no Portal share and no ciphertext can be read from it", kind = .1.name())]
    OtherFile(String, KnownFile),
    /// A dump that only PostgreSQL's own tool reads; holds the file's name.
    #[error("`{0}` is a dump of PostgreSQL in its own format (`pg_dump -Fc`)")]
    DumpFile(String),
    /// What looks like a share or a backup and cannot be read as one; names the place, and says what it looks like.
    #[error("{place}: {what}")]
    Damaged {
        /// The file, and the field.
        place: String,
        /// What it looks like.
        what: &'static str,
    },
    /// Shares or their wrappers, and something else among them; says what.
    #[error("{0}")]
    Mixed(String),
    /// More wrappers than any honest file has.
    #[error("`{0}` is wrapped too many times")]
    TooDeep(String),
    /// Over [`MAX_SHARES`].
    #[error("`{0}` holds more than {MAX_SHARES} shares")]
    TooMany(String),
    /// What looks like a ciphertext is none.
    #[error("`{document}`: {fault}")]
    Ciphertext {
        /// The file.
        document: String,
        /// What is wrong.
        fault: CiphertextError,
    },
    /// A row of a table.
    #[error("`{document}`, {fault}")]
    Row {
        /// The file.
        document: String,
        /// What is wrong.
        fault: RowError,
    },
    /// A field of a share.
    #[error(transparent)]
    Field(#[from] FieldError),
}

impl PortalFileError {
    /// Whether a file of this name that lies in a folder of shares is clearly something else: a note, a picture, what a
    /// desktop leaves behind. What may have been a backup is none of these: an empty file, a compressed one, nearly
    /// hexadecimal, nearly base64.
    #[must_use]
    pub fn may_be_skipped(&self, name: &str) -> bool {
        let is_other = matches!(
            self,
            Self::NotShare(_) | Self::Stranger(_) | Self::OtherKind(..) | Self::Damaged { .. }
        );
        match self {
            _ if is_other && is_of_desktop(name) => true,
            Self::OtherKind(_, kind) => is_clearly_other(*kind),
            Self::NotShare(_) | Self::Stranger(_) => true,
            other => other.is_key(),
        }
    }

    /// Whether nothing of Portal's was seen where the fault is.
    pub(super) fn is_foreign(&self) -> bool {
        self.is_key() || matches!(self, Self::NotShare(_) | Self::Stranger(_))
    }

    /// Whether it holds keys, which other commands take.
    pub(super) fn is_key(&self) -> bool {
        matches!(
            self,
            Self::Ejected(_) | Self::LockedKeys(_) | Self::KeyDigits(_)
        )
    }
}

/// What desktops, shells and version control leave in a folder, in small letters.
const OF_DESKTOPS: [&str; 11] = [
    ".ds_store",
    ".localized",
    ".directory",
    ".gitkeep",
    ".gitignore",
    ".gitattributes",
    ".keep",
    "desktop.ini",
    "thumbs.db",
    "ehthumbs.db",
    "icon\r",
];

/// Names of notes that people put beside files, in small letters and without ending.
const NOTES: [&str; 4] = ["readme", "license", "licence", "changelog"];

/// Whether a file of this name says by it that it is no backup.
fn is_of_desktop(name: &str) -> bool {
    let name = name
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or(name)
        .to_lowercase();
    let stem = name.split('.').next().unwrap_or_default();
    // The second file that macOS writes beside each one on foreign disks.
    name.starts_with("._") || OF_DESKTOPS.contains(&name.as_str()) || NOTES.contains(&stem)
}

/// Whether nobody keeps a share in a file of this kind.
fn is_clearly_other(kind: OtherContent) -> bool {
    let OtherContent::Foreign(kind) = kind else {
        return false;
    };
    matches!(
        kind,
        Foreign::Picture
            | Foreign::Pdf
            | Foreign::Program
            | Foreign::Shortcut
            | Foreign::RichText
            | Foreign::Word
            | Foreign::Putty
            | Foreign::Pem
            | Foreign::PgpKey
            | Foreign::Kit
    )
}
