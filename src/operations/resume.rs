//! Decides whether an unfinished result may be continued, and says what differs where it may not (FORMATS.md §13).
//!
//! Nothing that is there is trusted: a run derives every record again and compares it with what it finds.

use rand_core::CryptoRng;

use super::seal::derived_keys;
use crate::{
    crypto::{envelope::RunKeys, rsa::RecoveryPublicKey, server_share::WalletMaster},
    formats::{
        kit::container::Kit,
        sealed::sealed_file::{Header, KEY_SHARE_1, Recipients, SealedError},
        wallets::algorithm::Algorithm,
    },
};

const OTHER_FORMAT: &str = "another format";
const OTHER_SHARES: &str = "another kit, key or choice of algorithms";
/// What differs when an unfinished result goes on behind the end of the one wanted.
pub const MORE_WALLETS: &str = "more wallets";
const FEWER_WALLETS: &str = "fewer wallets";

/// Two results of different formats differ before this byte; two of one format have no id yet.
const FORMATS_PART: u64 = 3;

/// Why a sealed result cannot be continued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResumeError {
    /// Its first lines are no header and recipients.
    #[error(transparent)]
    Sealed(#[from] SealedError),
    /// It was begun by a run with other arguments.
    #[error("the unfinished result was begun with {0}")]
    Differs(&'static str),
}

/// A run that seals what it derives.
pub struct SealedRun<'a> {
    /// The kit.
    pub kit: &'a Kit,
    /// Its seeds and master keys.
    pub master: &'a WalletMaster,
    /// What is derived of each wallet.
    pub algorithms: &'a [Algorithm],
    /// Whom the result is sealed to.
    pub recipients: &'a [RecoveryPublicKey],
}

impl SealedRun<'_> {
    /// Header and recipients of a new result, both with their line ends, and the keys of its records.
    ///
    /// # Errors
    /// [`SealedError`] for a recipient that cannot be sealed to.
    pub fn begin<G: CryptoRng>(&self, rng: &mut G) -> Result<(Vec<u8>, RunKeys), SealedError> {
        let mut salt = [0; 32];
        rng.fill_bytes(&mut salt);
        let header = self.header(&salt);

        let (file_key, keys) = derived_keys(self.master, &header);
        let recipients = Recipients::wrap(&file_key, &keys, self.recipients, rng)?;
        let head = format!("{}\n{}\n", header.line(), recipients.line());
        Ok((head.into_bytes(), keys))
    }

    /// The first two lines of an unfinished result, as they are there, and the keys that its records are sealed under;
    /// `None` when it is to be begun anew, because the power failed before the second line.
    ///
    /// # Errors
    /// [`ResumeError`].
    pub fn resume(
        &self,
        first: Option<&[u8]>,
        second: Option<&[u8]>,
    ) -> Result<Option<(Vec<u8>, RunKeys)>, ResumeError> {
        let Some(first) = first else {
            return Ok(None);
        };
        let header = match Header::parse(first.trim_ascii_end()) {
            Err(SealedError::NotSealed) => return Err(ResumeError::Differs(OTHER_FORMAT)),
            header => header?,
        };
        let Some(second) = second else {
            return Ok(None);
        };

        let recipients = Recipients::parse(second.trim_ascii_end())?;

        let (_, keys) = derived_keys(self.master, &header);
        match self.difference(&header, &recipients, &keys) {
            Some(what) => Err(ResumeError::Differs(what)),
            None => Ok(Some(([first, second].concat(), keys))),
        }
    }

    fn header(&self, salt: &[u8; 32]) -> Header {
        let names = self.algorithms.iter().map(|algorithm| algorithm.name());
        let kit = hex::encode(self.kit.fingerprint());
        Header::new(
            KEY_SHARE_1,
            salt,
            Some(kit),
            names.map(str::to_owned).collect(),
        )
    }

    fn difference(
        &self,
        header: &Header,
        recipients: &Recipients,
        keys: &RunKeys,
    ) -> Option<&'static str> {
        // An earlier version of this program may have named the kit by another of its digests.
        let is_same_kit = header.kit.as_deref().is_some_and(|digits| {
            let mut digest = [0; 32];
            hex::decode_to_slice(digits, &mut digest).is_ok() && self.kit.is(&digest)
        });
        let mut wanted = self.header(&header.salt());
        wanted.kit.clone_from(&header.kit);
        let listed = recipients.recipients.iter().map(|one| one.key.clone());
        let sealed_to = self.recipients.iter();

        if header.version() != wanted.version() {
            Some("an earlier version of the sealed format")
        } else if !is_same_kit {
            Some("another kit")
        } else if *header != wanted {
            Some("another choice of algorithms")
        } else if !listed.eq(sealed_to.map(|key| hex::encode(key.fingerprint()))) {
            Some("other recipients")
        } else {
            (!recipients.is_authentic(keys)).then_some("other keys")
        }
    }
}

/// What differs between an unfinished result and the one that would be written now, in words that show nothing of either:
/// `kept` and `wanted` begin at byte `position` of the files, and differ first at their byte `at`.
#[must_use]
pub fn difference(position: u64, kept: &[u8], wanted: &[u8], at: usize) -> &'static str {
    if position + (at as u64) < FORMATS_PART {
        return OTHER_FORMAT;
    }
    match (kept.get(at), wanted.get(at)) {
        // JSON: one ends where the other has another wallet.
        (Some(b','), Some(b'\n')) => return MORE_WALLETS,
        (Some(b'\n'), Some(b',')) => return FEWER_WALLETS,
        _ => {}
    }
    let start = kept
        .iter()
        .take(at)
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let (common, kept) = kept.split_at(start);
    let before = common.strip_suffix(b"\n").unwrap_or(common);
    let before = before
        .rsplit(|byte| *byte == b'\n')
        .next()
        .and_then(first_id);
    match (
        first_id(kept),
        first_id(wanted.get(start..).unwrap_or_default()),
    ) {
        // CSV: one goes on with the wallet of the line before, which has more rows there.
        (a @ Some(_), b @ Some(_)) if a != b && (before == a || before == b) => OTHER_SHARES,
        (a @ Some(_), b @ Some(_)) if a != b => "another list of wallets",
        (Some(_), Some(_)) => OTHER_SHARES,
        (Some(_), None) => MORE_WALLETS,
        (None, Some(_)) => FEWER_WALLETS,
        (None, None) => "another number of wallets",
    }
}

/// The first wallet id on a line.
fn first_id(line: &[u8]) -> Option<&[u8]> {
    let end = line
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(line.len());
    line.get(..end)?
        .windows(36)
        .find(|text| crate::formats::wallets::wallet_id::is_canonical_uuid(text))
}
