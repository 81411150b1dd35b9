//! Seals a result file that exists unencrypted (FORMATS.md §13).

use std::io::{BufRead, Write};

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::record_shape::Shape;
use crate::{
    crypto::{
        envelope::{FileKey, RunKeys},
        rsa::RecoveryPublicKey,
        secret::wipe_stack,
        server_share::WalletMaster,
    },
    formats::{
        encoding::shown::shown_member,
        sealed::{
            age::AgeWriter,
            sealed_file::{
                Ending, Header, KEY_SHARE_1, MAX_LINE, Recipients, SealedError, write_record,
            },
        },
        server_share::record_reader::{RecordError, RecordReader},
    },
};

/// Why nothing was sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The file unencrypted.
    #[error(transparent)]
    Records(#[from] RecordError),
    /// The recipients.
    #[error(transparent)]
    Sealed(#[from] SealedError),
    /// The result could not be written.
    #[error("the sealed records could not be written: {0}")]
    Write(#[from] std::io::Error),
}

/// The keys of what a derivation seals under this header: those that the kit's own secrets determine, so that a run which
/// lost power goes on with the same, and a check needs no recipient's key.
#[must_use]
pub fn derived_keys(master: &WalletMaster, header: &Header) -> (FileKey, RunKeys) {
    let file_key = FileKey::from_secret(&master.joined(), &header.salt());
    let keys = header.run_keys(&file_key);
    (file_key, keys)
}

/// A sealed file that is being written, record by record.
pub struct Sealing<W> {
    keys: RunKeys,
    ending: Ending,
    line: Vec<u8>,
    out: W,
}

impl<W: Write> Sealing<W> {
    /// Writes the head, under a fresh random file key.
    ///
    /// # Errors
    /// [`SealError`]: no recipient, a small key, or the output.
    pub fn begin<G: CryptoRng>(
        holds: &str,
        to: &[RecoveryPublicKey],
        out: W,
        rng: &mut G,
    ) -> Result<Self, SealError> {
        Self::begin_with(
            |salt| Header::new(holds, salt, None, Vec::new()),
            to,
            out,
            rng,
        )
    }

    /// The same for records that were sealed before: the head says of them what theirs did.
    ///
    /// # Errors
    /// As [`Sealing::begin`].
    pub fn begin_again<G: CryptoRng>(
        before: &Header,
        to: &[RecoveryPublicKey],
        out: W,
        rng: &mut G,
    ) -> Result<Self, SealError> {
        let header = |salt: &_| {
            Header::new(
                &before.holds,
                salt,
                before.kit.clone(),
                before.algorithms.clone(),
            )
        };
        Self::begin_with(header, to, out, rng)
    }

    fn begin_with<G: CryptoRng>(
        header: impl Fn(&[u8; 32]) -> Header,
        to: &[RecoveryPublicKey],
        mut out: W,
        rng: &mut G,
    ) -> Result<Self, SealError> {
        let mut salt = [0; 32];
        rng.fill_bytes(&mut salt);
        let header = header(&salt);
        let file_key = FileKey::generate(rng);
        let keys = header.run_keys(&file_key);
        let recipients = Recipients::wrap(&file_key, &keys, to, rng)?;
        writeln!(out, "{}\n{}", header.line(), recipients.line())?;
        Ok(Self {
            keys,
            ending: Ending::of(&header),
            line: Vec::with_capacity(1 << 14),
            out,
        })
    }

    /// Seals one record; its text is consumed.
    ///
    /// # Errors
    /// [`SealError::Write`], and [`SealedError::LongRecord`] for a record that nobody could open again.
    pub fn add(&mut self, id: &[u8], text: &mut Zeroizing<Vec<u8>>) -> Result<(), SealError> {
        let position = self.ending.count();
        let tag = write_record(&self.keys, position, id, text, &mut self.line);
        if self.line.len() > MAX_LINE {
            let id = shown_member(&String::from_utf8_lossy(id));
            return Err(SealedError::LongRecord(id).into());
        }
        self.ending.add(&[tag]);
        self.out.write_all(&self.line)?;
        self.line.clear();
        Ok(())
    }

    /// Writes the closing line. Returns how many records there are.
    ///
    /// # Errors
    /// [`SealError::Write`].
    pub fn finish(mut self) -> Result<u64, SealError> {
        self.out
            .write_all(self.ending.line(&self.keys).as_bytes())?;
        Ok(self.ending.count())
    }
}

impl<W> Drop for Sealing<W> {
    fn drop(&mut self) {
        // Where the ciphers of the records was.
        wipe_stack::<{ 16 << 10 }>();
    }
}

/// Seals every record of a result file into a file of age, in its order and shape. Returns how many there were.
///
/// # Errors
/// [`SealError`].
pub fn seal_as_age<R: BufRead, G: CryptoRng>(
    mut records: RecordReader<R>,
    to: &[RecoveryPublicKey],
    out: &mut impl Write,
    rng: &mut G,
) -> Result<u64, SealError> {
    let (format, mut shape, mut count) = (records.format(), Shape::default(), 0);
    let mut age = AgeWriter::begin(to, out, rng)?;
    age.write_all(format.header().as_bytes())?;
    let mut text = Zeroizing::new(Vec::with_capacity(1 << 14));
    while let Some(record) = records.next_written()? {
        shape.compare(&record)?;
        format.write(&record, count == 0, &mut text);
        age.write_all(&text)?;
        text.clear();
        count += 1;
    }
    age.write_all(format.footer().as_bytes())?;
    age.finish()?;
    Ok(count)
}

/// Seals every record of a result file, in its order. Returns how many there were.
///
/// # Errors
/// [`SealError`].
pub fn seal<R: BufRead, G: CryptoRng>(
    mut records: RecordReader<R>,
    to: &[RecoveryPublicKey],
    out: &mut impl Write,
    rng: &mut G,
) -> Result<u64, SealError> {
    let mut sealing = Sealing::begin(KEY_SHARE_1, to, out, rng)?;
    let mut text = Zeroizing::new(Vec::with_capacity(1 << 14));
    let mut shape = Shape::default();
    while let Some(record) = records.next_written()? {
        shape.compare(&record)?;
        record.write_object(&mut text);
        sealing.add(record.wallet_id.as_bytes(), &mut text)?;
    }
    sealing.finish()
}
