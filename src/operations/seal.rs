//! Seals a result file that exists in clear (FORMATS.md §13).

use std::io::{BufRead, Write};

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    crypto::{envelope::FileKey, rsa::RecoveryPublicKey},
    formats::{
        record_lines::{RecordError, RecordLines},
        sealed::{Header, KEY_SHARE_1, Recipients, SealedError, closing_line, write_record},
    },
};

/// Why nothing was sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The file in clear.
    #[error(transparent)]
    Records(#[from] RecordError),
    /// The recipients.
    #[error(transparent)]
    Sealed(#[from] SealedError),
    /// The result could not be written.
    #[error("the sealed records could not be written: {0}")]
    Write(#[from] std::io::Error),
}

/// Seals every record of a result file, in its order, under a fresh random file key. Returns how many there were.
///
/// # Errors
/// [`SealError`].
pub fn seal<R: BufRead, G: CryptoRng>(
    mut records: RecordLines<R>,
    to: &[RecoveryPublicKey],
    out: &mut impl Write,
    rng: &mut G,
) -> Result<u64, SealError> {
    let mut salt = [0; 32];
    rng.fill_bytes(&mut salt);
    let header = Header::new(KEY_SHARE_1, &salt, None, Vec::new());
    let file_key = FileKey::generate(rng);
    let keys = file_key.run_keys(&salt, header.digest());
    let recipients = Recipients::wrap(&file_key, &keys, to, rng)?;
    writeln!(out, "{}\n{}", header.line(), recipients.line())?;
    let mut plain = Zeroizing::new(Vec::with_capacity(1 << 14));
    let mut line = Vec::with_capacity(1 << 14);
    let mut count = 0;
    while let Some(record) = records.next_record()? {
        record.write_object(&mut plain);
        write_record(&keys, count, record.wallet_id.as_bytes(), &mut plain, &mut line);
        out.write_all(&line)?;
        line.clear();
        count += 1;
    }
    out.write_all(closing_line(&keys, count).as_bytes())?;
    Ok(count)
}
