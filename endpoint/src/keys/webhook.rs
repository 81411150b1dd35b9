//! Secrets that notices are signed with, as Standard Webhooks has them: `whsec_` and 24 to 64 bytes in base64, one a line.
//!
//! ```text
//! webhook-signature: v1,base64(HMAC-SHA256(secret, id ‖ "." ‖ timestamp ‖ "." ‖ body)), one for each secret, between spaces
//! ```
//!
//! With two lines both sides can change the secret one after the other, and no notice is refused meanwhile.

use aws_lc_rs::hmac;
use base64ct::{Base64, Encoding};
use lifeboat::crypto::secret::SecretBytes;

const PREFIX: &[u8] = b"whsec_";
const LEAST: usize = 24;
const MOST: usize = 64;

/// Why a file has no secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// A line is none.
    #[error("line {0} is no secret: expected `whsec_` and {LEAST} to {MOST} bytes in base64")]
    Line(usize),
    /// No line is there.
    #[error("it is empty")]
    Empty,
}

/// Secrets that are valid at once, the newest first.
pub struct WebhookSecrets(Vec<SecretBytes>);

impl WebhookSecrets {
    /// Reads a file's text.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn parse(text: &SecretBytes) -> Result<Self, SecretError> {
        let mut secrets = Vec::new();
        for (number, line) in (1..).zip(text.expose().split(|byte| *byte == b'\n')) {
            let line = line.trim_ascii();
            if line.is_empty() {
                continue;
            }
            let secret = decoded(line).ok_or(SecretError::Line(number))?;
            secrets.push(secret);
        }
        if secrets.is_empty() {
            return Err(SecretError::Empty);
        }
        Ok(Self(secrets))
    }

    /// The value of `webhook-signature`; `seconds` is that of `webhook-timestamp`.
    #[must_use]
    pub fn sign(&self, id: &str, seconds: i64, body: &str) -> String {
        let text = format!("{id}.{seconds}.{body}");
        let signatures = self.0.iter().map(|secret| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose());
            let tag = hmac::sign(&key, text.as_bytes());
            format!("v1,{}", Base64::encode_string(tag.as_ref()))
        });
        signatures.collect::<Vec<_>>().join(" ")
    }
}

fn decoded(line: &[u8]) -> Option<SecretBytes> {
    let text = std::str::from_utf8(line.strip_prefix(PREFIX)?).ok()?;
    let secret = SecretBytes::new(Base64::decode_vec(text).ok()?);
    (LEAST..=MOST).contains(&secret.len()).then_some(secret)
}
