//! The keys of sealed files of shares, unwrapped once each, and the records that they open.

use std::io::BufRead;

use lifeboat::{
    crypto::{
        envelope::{RecordKey, RunKeys},
        secret::SecretBytes,
    },
    formats::{
        sealed::record_key::RecordKeyFile,
        sealed::sealed_file::{Header, KEY_SHARE_1, Recipients, SealedError},
        wallets::wallet_id::{WalletId, WalletIdError},
    },
    operations::{
        Progress,
        unseal::{Opened, SealedFile, StillSealed, UnsealError},
    },
};

use super::holder::{HolderError, KeyHolder};

/// Why a file of shares is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ShareFileError {
    /// The file itself.
    #[error(transparent)]
    Unseal(#[from] UnsealError),
    /// The holder of the key.
    #[error(transparent)]
    Holder(#[from] HolderError),
    /// It holds something else.
    #[error(
        "the file holds `{0}`, expected `{KEY_SHARE_1}`, as `lifeboat derive --seal-to` writes it"
    )]
    Holds(String),
    /// A record that is no result of a derivation.
    #[error("line {0}: the record is not the result of a wallet")]
    NoRecord(u64),
    /// A record whose id is no wallet id.
    #[error("line {line}: {fault}")]
    Id {
        /// The line.
        line: u64,
        /// What is wrong with the id.
        fault: WalletIdError,
    },
    /// What takes the records failed.
    #[error("{0}")]
    NotTaken(String),
}

impl From<SealedError> for ShareFileError {
    fn from(error: SealedError) -> Self {
        Self::Unseal(error.into())
    }
}

/// The head of a sealed file, as it is kept beside its records.
#[derive(Debug, Clone)]
pub struct Head {
    /// The first line.
    pub header: Header,
    /// The second line.
    pub recipients: Recipients,
}

impl Head {
    /// Reads both lines.
    ///
    /// # Errors
    /// [`SealedError`].
    pub fn parse(header: &str, recipients: &str) -> Result<Self, SealedError> {
        Ok(Self {
            header: Header::parse(header.as_bytes())?,
            recipients: Recipients::parse(recipients.as_bytes())?,
        })
    }

    /// Whether the holder of this key could open all of it.
    #[must_use]
    pub fn is_sealed_to(&self, fingerprint: &[u8; 32]) -> bool {
        self.recipients.wrapped_to(fingerprint).is_ok()
    }

    /// Asks the holder for the file's key: its one private operation for this file.
    ///
    /// # Errors
    /// [`ShareFileError`]: not sealed to this key, altered, or the holder failed.
    pub fn open(&self, holder: &dyn KeyHolder) -> Result<ShareKeys, ShareFileError> {
        let wrapped = self
            .recipients
            .wrapped_to(&holder.public_key().fingerprint())?;
        let unwrapped = holder.unwrap(&wrapped)?;
        let (_, keys) = self.recipients.keys_of(&self.header, &unwrapped)?;
        Ok(ShareKeys(keys))
    }
}

/// The keys of one file.
pub struct ShareKeys(RunKeys);

/// A record, sealed, with its place.
#[derive(Debug, Clone)]
pub struct SealedShare {
    /// The file it is in.
    pub file: i64,
    /// Its position there.
    pub position: u64,
    /// Ciphertext and tag.
    pub sealed: Vec<u8>,
}

impl ShareKeys {
    /// Opens one record: the JSON object of the wallet's result. `None` when it is another wallet's, or was altered.
    #[must_use]
    pub fn open(&self, wallet: &WalletId, share: SealedShare) -> Option<SecretBytes> {
        let id = wallet.as_bytes();
        let mut text = zeroize::Zeroizing::new(share.sealed);
        let length = self.0.record_key(id).open(share.position, id, &mut text)?;
        Some(SecretBytes::new(text.get(..length)?.to_vec()))
    }
}

/// The keys of all files that are served, the newest file first.
#[derive(Default)]
pub struct Keyring {
    keys: Vec<(i64, ShareKeys)>,
    files: Vec<i64>,
    headers: Vec<Header>,
}

impl Keyring {
    /// Adds a file, with its keys where they are held here.
    pub fn add(&mut self, file: i64, header: Header, keys: Option<ShareKeys>) {
        self.files.push(file);
        self.headers.push(header);
        self.keys.extend(keys.map(|keys| (file, keys)));
    }

    /// The files, in the order that they were added.
    #[must_use]
    pub fn files(&self) -> &[i64] {
        &self.files
    }

    /// What the header of a file hashes to: its name outside of the database.
    #[must_use]
    pub fn digest_of(&self, file: i64) -> Option<[u8; 32]> {
        self.heads()
            .find(|(of, _)| *of == file)
            .map(|(_, header)| header.digest())
    }

    /// The file of which this is the digest.
    #[must_use]
    pub fn file_of(&self, digest: &[u8; 32]) -> Option<i64> {
        let mut heads = self.heads();
        let found = heads.find(|(_, header)| header.digest() == *digest);
        found.map(|(file, _)| file)
    }

    /// The file that a record's key is of.
    #[must_use]
    pub fn file_of_key(&self, key: &RecordKeyFile) -> Option<i64> {
        let found = self.heads().find(|(_, header)| key.is_of(header));
        found.map(|(file, _)| file)
    }

    fn heads(&self) -> impl Iterator<Item = (i64, &Header)> {
        self.files.iter().copied().zip(&self.headers)
    }

    /// The keys of a file.
    #[must_use]
    pub fn of(&self, file: i64) -> Option<&ShareKeys> {
        let mut keys = self.keys.iter();
        keys.find(|(of, _)| *of == file).map(|(_, keys)| keys)
    }
}

/// Opens the record of a wallet with its own key: the JSON object of its result. `None` when the key is of another record,
/// or the record is no wallet's result.
#[must_use]
pub fn open_with(key: &RecordKey, wallet: &WalletId, share: SealedShare) -> Option<SecretBytes> {
    let (id, position) = (wallet.as_bytes(), share.position);
    let mut text = zeroize::Zeroizing::new(share.sealed);
    let length = key.open(position, id, &mut text)?;
    let opened = Opened {
        id: wallet.as_str(),
        position,
        text: text.get(..length)?,
    };
    opened.record().ok()?;
    Some(SecretBytes::new(opened.text.to_vec()))
}

/// A sealed file of shares that is being read.
pub struct Reading<R> {
    file: SealedFile<R>,
}

impl<R: BufRead> Reading<R> {
    /// Reads its head.
    ///
    /// # Errors
    /// [`ShareFileError`]: no sealed file, or one of something else.
    pub fn begin(input: R) -> Result<Self, ShareFileError> {
        let file = SealedFile::begin(input)?;
        let holds = file.header.holds.as_str();
        if holds == KEY_SHARE_1 {
            Ok(Self { file })
        } else {
            let holds = lifeboat::formats::encoding::shown::shown_member(holds);
            Err(ShareFileError::Holds(holds))
        }
    }

    /// Its head.
    pub fn head(&self) -> Head {
        Head {
            header: self.file.header.clone(),
            recipients: self.file.recipients.clone(),
        }
    }

    /// Hands over every record in order, unopened: for cold mode, where no key is here. Returns how many there are, once the
    /// closing line says that they are all.
    ///
    /// # Errors
    /// [`ShareFileError`], naming the line, and what `take` says.
    pub fn take_unopened(
        self,
        mut take: impl FnMut(WalletId, u64, &[u8]) -> Result<(), ShareFileError>,
        progress: &impl Progress,
    ) -> Result<u64, ShareFileError> {
        let take = |record: StillSealed<'_>| {
            let id = wallet_of(&record)?;
            take(id, record.position, record.sealed)
        };
        self.file.take_unopened(take, progress)
    }

    /// Opens every record to see that it is the result of its wallet, and hands each over as it is sealed, in order.
    /// Returns how many there are, once the closing line says that they are all.
    ///
    /// # Errors
    /// [`ShareFileError`], naming the line, and what `take` says.
    pub fn check_all(
        self,
        keys: &ShareKeys,
        threads: usize,
        mut take: impl FnMut(WalletId, u64, &[u8]) -> Result<(), ShareFileError>,
        progress: &impl Progress,
    ) -> Result<u64, ShareFileError> {
        self.file.check_all(
            &keys.0,
            threads,
            |opened| {
                let record = opened.record();
                record
                    .map(drop)
                    .map_err(|_| ShareFileError::NoRecord(line_of(opened.position)))
            },
            |record: StillSealed<'_>| {
                let id = wallet_of(&record)?;
                take(id, record.position, record.sealed)
            },
            progress,
        )
    }
}

/// The line of a record in its file: two lines of head, and people count from 1.
fn line_of(position: u64) -> u64 {
    position + 3
}

fn wallet_of(record: &StillSealed<'_>) -> Result<WalletId, ShareFileError> {
    WalletId::parse(record.id.as_bytes()).map_err(|fault| ShareFileError::Id {
        line: line_of(record.position),
        fault,
    })
}
