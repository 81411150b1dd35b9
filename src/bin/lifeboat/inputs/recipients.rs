//! Whom a result is sealed to: every key of every file that was named, each shown before anything is sealed to it.

use lifeboat::{
    crypto::rsa::RecoveryPublicKey,
    formats::{
        recovery_key::file::{
            KeyError, MAX_KEY_FILE, fingerprint, read_public_keys, short_phrase, write_public_key,
        },
        sealed::sealed_file::{MAX_RECIPIENTS, MIN_RECIPIENT_BITS, SealedError},
    },
};

use crate::{
    args::paths::InputPath,
    context::World,
    errors::{failure::Failure, wrong_file::or_other_than_key},
    inputs::file::read,
    outcomes::parts::Recipient,
};

/// The recipients of a sealed result.
pub(crate) struct Recipients {
    /// Their keys, each once.
    pub(crate) keys: Vec<RecoveryPublicKey>,
}

impl Recipients {
    /// Reads and measures every key before anything else is asked for, and shows who they are: a damaged or swapped key
    /// would seal to somebody else, and only a person who compares can tell.
    pub(crate) fn read(files: &[InputPath], world: &World) -> Result<Self, Failure> {
        let mut keys: Vec<RecoveryPublicKey> = Vec::new();
        for path in files {
            let bytes = read(path, MAX_KEY_FILE)?;
            let found = read_public_keys(&bytes)
                .map_err(|error| or_other_than_key(unfit(error), &bytes).about(path))?;
            for key in found {
                if key.bits() < MIN_RECIPIENT_BITS {
                    return Err(Failure::from(SealedError::WeakRecipient(key.bits())).about(path));
                }
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
        if keys.len() > MAX_RECIPIENTS {
            return Err(SealedError::ManyRecipients(keys.len()).into());
        }
        for key in &keys {
            world.terminal.say(format!(
                "recipient {} (RSA-{}, short phrase {})",
                fingerprint(key),
                key.bits(),
                phrase(key)
            ));
        }
        Ok(Self { keys })
    }

    /// The same for machines.
    pub(crate) fn to_json(&self) -> Vec<Recipient> {
        let shown = |key: &RecoveryPublicKey| Recipient {
            fingerprint: fingerprint(key),
            short_phrase: phrase(key),
            bits: key.bits(),
        };
        self.keys.iter().map(shown).collect()
    }
}

/// What is no key to seal to. The hints of recovery keys speak of kits, which a recipient has nothing to do with.
fn unfit(error: KeyError) -> Failure {
    let is_of_another_kind = matches!(error, KeyError::NotRsa(_) | KeyError::Size(_));
    let failure = Failure::from(error);
    if !is_of_another_kind {
        return failure;
    }
    failure.hint_instead(
        "a recipient is an RSA public key: `lifeboat keygen --out endpoint` makes a pair, and `endpoint-public.pem` is the file to name",
    )
}

/// That of the public key as `keygen` writes it, whichever form it was read from.
fn phrase(key: &RecoveryPublicKey) -> String {
    short_phrase(write_public_key(key).as_bytes())
}
