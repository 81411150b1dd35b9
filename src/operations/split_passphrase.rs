//! A new key's passphrase, shared among people, and the passphrase that enough of them make (FORMATS.md §25).

use std::collections::BTreeMap;

use rand_core::CryptoRng;

use crate::{
    crypto::{
        byte_sharing::{ByteShare, Cipher, JoinError, join_shares, share_bytes},
        secret::{Passphrase, SecretBytes, SecretText},
    },
    formats::recovery_key::share_words::{Group, ShareWords},
};

/// Length of the secret that is shared, in bytes: 128 bits, which no list of passphrases has.
const SECRET: usize = 16;

/// A passphrase that was made to be shared.
pub struct SplitPassphrase {
    /// 32 hexadecimal digits.
    pub passphrase: Passphrase,
    /// The words of each person.
    pub shares: Vec<SecretText>,
    /// What all shares have in common.
    pub identifier: u16,
}

/// Why shares do not give a passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// The share, counted from 1, is of another secret than the first.
    #[error("sheet {0} belongs to another passphrase than sheet 1")]
    Other(usize),
    /// The share, counted from 1, is there before.
    #[error("sheet {0} is there twice")]
    Twice(usize),
    /// So many more are needed.
    #[error("{have} of the {need} sheets that are needed")]
    TooFew {
        /// How many there are.
        have: usize,
        /// How many are needed.
        need: usize,
    },
    /// The digest in the shares says no.
    #[error(transparent)]
    Join(#[from] JoinError),
    /// The numbers do not fit.
    #[error("a passphrase is shared among 2 to 16 people, and 2 of them at least are needed")]
    Numbers,
    /// A share does not read back.
    #[error("the shares do not give the passphrase back")]
    Proof,
}

/// Makes a passphrase and shares it among `count`, any `threshold` of whom can make it again. Proves that before it is handed
/// over: with the first of them, and with the last.
///
/// # Errors
/// [`SplitError::Numbers`] and [`SplitError::Proof`].
pub fn split<R: CryptoRng>(
    threshold: u8,
    count: u8,
    rng: &mut R,
) -> Result<SplitPassphrase, SplitError> {
    if threshold < 2 {
        return Err(SplitError::Numbers);
    }
    let mut bytes = vec![0; SECRET];
    rng.fill_bytes(&mut bytes);
    let secret = SecretBytes::new(bytes);
    let cipher = Cipher {
        identifier: (rng.next_u32() & 0x7fff) as u16,
        is_extendable: true,
        exponent: 0,
    };
    let encrypted = cipher.encrypt(&secret, &nobody());
    let shares = share_bytes(&encrypted, threshold, count, rng).ok_or(SplitError::Numbers)?;
    let words = shares.into_iter().map(|share| {
        let words = ShareWords {
            cipher,
            group: Group {
                index: 0,
                threshold: 1,
                count: 1,
            },
            threshold,
            share,
        };
        words.to_text().ok_or(SplitError::Proof)
    });
    let split = SplitPassphrase {
        passphrase: as_passphrase(&secret),
        shares: words.collect::<Result<_, _>>()?,
        identifier: cipher.identifier,
    };

    let needed = usize::from(threshold);
    let windows = || split.shares.windows(needed);
    for some in windows().take(1).chain(windows().next_back()) {
        let mut read = Vec::with_capacity(needed);
        for words in some {
            let found = ShareWords::find_all(words.expose().as_bytes());
            read.append(&mut found.map_err(|_| SplitError::Proof)?);
        }
        let joined = join(&read)?;
        if !joined.same_as(&split.passphrase) {
            return Err(SplitError::Proof);
        }
    }
    Ok(split)
}

/// The passphrase of shares, in any order. More than are needed are looked at, too.
///
/// # Errors
/// [`SplitError::Other`], [`SplitError::Twice`], [`SplitError::TooFew`], and [`SplitError::Join`] for shares that were altered.
pub fn join(shares: &[ShareWords]) -> Result<Passphrase, SplitError> {
    join_secret(shares, &nobody()).map(|secret| as_passphrase(&secret))
}

/// The secret of shares that any program made, of one group or of several, under the passphrase that they were made with.
///
/// # Errors
/// As [`join`].
pub fn join_secret(
    shares: &[ShareWords],
    passphrase: &Passphrase,
) -> Result<SecretBytes, SplitError> {
    let first = shares
        .first()
        .ok_or(SplitError::TooFew { have: 0, need: 2 })?;
    let mut groups: BTreeMap<u8, Vec<(usize, &ShareWords)>> = BTreeMap::new();
    for (number, share) in (1..).zip(shares) {
        let same = share.cipher == first.cipher
            && (share.group.threshold, share.group.count)
                == (first.group.threshold, first.group.count)
            && share.share.value.len() == first.share.value.len();
        let group = groups.entry(share.group.index).or_default();
        let agrees = group
            .first()
            .is_none_or(|(_, other)| other.threshold == share.threshold);
        if !same || !agrees {
            return Err(SplitError::Other(number));
        }
        if group
            .iter()
            .any(|(_, other)| other.share.place == share.share.place)
        {
            return Err(SplitError::Twice(number));
        }
        group.push((number, share));
    }

    let mut whole = Vec::new();
    let mut lacking = None;
    for (index, group) in groups {
        let need = group.first().map_or(1, |(_, share)| share.threshold.into());
        if group.len() < need {
            lacking = Some(SplitError::TooFew {
                have: group.len(),
                need,
            });
            continue;
        }
        let value = join_group(&group, need)?;
        whole.push(ByteShare {
            place: index,
            value,
        });
    }
    let need = usize::from(first.group.threshold);
    if whole.len() < need {
        let have = whole.len();
        return Err(lacking.unwrap_or(SplitError::TooFew { have, need }));
    }
    whole.truncate(need);
    let encrypted = join_shares(&whole)?;
    Ok(first.cipher.decrypt(&encrypted, passphrase))
}

/// The secret of one group. Every share beyond those that are needed must lie on the same polynomial.
fn join_group(group: &[(usize, &ShareWords)], need: usize) -> Result<SecretBytes, SplitError> {
    let secrets = group.windows(need).map(|window| {
        let shares = window.iter().map(|(_, words)| ByteShare {
            place: words.share.place,
            value: SecretBytes::new(words.share.value.expose().to_vec()),
        });
        join_shares(&shares.collect::<Vec<_>>())
    });
    let mut found: Option<SecretBytes> = None;
    for secret in secrets {
        let secret = secret?;
        if found.as_ref().is_some_and(|found| !found.same_as(&secret)) {
            return Err(JoinError::Digest.into());
        }
        found = Some(secret);
    }
    found.ok_or_else(|| JoinError::Unfit.into())
}

/// Shares of a key's passphrase are not under a passphrase themselves.
fn nobody() -> Passphrase {
    Passphrase::new(Vec::new())
}

/// The secret as it is typed: hexadecimal digits in lower case.
fn as_passphrase(secret: &SecretBytes) -> Passphrase {
    Passphrase::new(base16ct::lower::encode_string(secret.expose()).into_bytes())
}
