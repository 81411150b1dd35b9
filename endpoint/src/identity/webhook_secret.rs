//! The secrets that Portal's webhooks carry: one a line, all valid at once, so that a secret can be exchanged without a webhook
//! being refused meanwhile.

use lifeboat::crypto::secret::SecretBytes;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// Shortest secret, in bytes: shorter ones can be guessed.
pub const LEAST: usize = 16;
/// Most secrets at once.
pub const MOST: usize = 16;

/// Why a file has no secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// A line is too short, or no header could carry it.
    #[error(
        "line {0} is no secret: expected at least {LEAST} letters, digits and signs of ASCII, without a space inside"
    )]
    Line(usize),
    /// No line is there.
    #[error("no secret is in it")]
    Empty,
    /// More than anybody needs.
    #[error("more than {MOST} secrets are in it")]
    Many,
}

/// Secrets that are valid at once. What is kept of each is its SHA-256.
pub struct WebhookSecrets(Vec<[u8; 32]>);

impl WebhookSecrets {
    /// Where no webhook is answered.
    #[must_use]
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// Reads a file's text: one secret a line; white space around it, empty lines and a byte order mark are skipped.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn parse(text: &SecretBytes) -> Result<Self, SecretError> {
        let text = text.expose();
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut secrets = Vec::new();
        for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
            let line = line.trim_ascii();
            if line.is_empty() {
                continue;
            }
            if line.len() < LEAST || !line.iter().all(u8::is_ascii_graphic) {
                return Err(SecretError::Line(number));
            }
            secrets.push(Sha256::digest(line).into());
        }
        match secrets.len() {
            0 => Err(SecretError::Empty),
            1..=MOST => Ok(Self(secrets)),
            _ => Err(SecretError::Many),
        }
    }

    /// Whether it is one of them. How long that takes says nothing about any of them.
    #[must_use]
    pub fn has(&self, secret: &[u8]) -> bool {
        let digest: [u8; 32] = Sha256::digest(secret).into();
        let found = self.0.iter().fold(Choice::from(0), |found, known| {
            found | known.as_slice().ct_eq(&digest)
        });
        found.into()
    }
}
