//! The key of one sealed record, handed over so that its holder opens that record and no other (FORMATS.md §13).

use std::io::Write;

use super::sealed_file::Header;
use crate::{
    crypto::{
        envelope::RecordKey,
        secret::{Secret, SecretBytes},
    },
    formats::encoding::json::{FieldError, Value},
};

/// A record's key in a file of its own: `{"id", "header", "key"}`, both in lower-case hexadecimal.
pub struct RecordKeyFile {
    /// The record's id: a wallet id, or the name of a share file.
    pub id: String,
    header: [u8; 32],
    key: Secret<32>,
}

impl RecordKeyFile {
    /// The key of a record of the file with this header.
    #[must_use]
    pub fn new(id: &str, header: &Header, key: &RecordKey) -> Self {
        Self {
            id: id.to_owned(),
            header: header.digest(),
            key: Secret::from_slice(key.expose()).expect("a record's key has 32 bytes"),
        }
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`FieldError`] with the first member that is missing or wrong.
    pub fn parse(text: &[u8]) -> Result<Self, FieldError> {
        let root = Value::parse("record key", text)?;
        Ok(Self {
            id: root.get("id")?.text()?.expose().to_owned(),
            header: root.get("header")?.hex_array()?,
            key: Secret::take(&mut root.get("key")?.hex_array()?),
        })
    }

    /// Whether it belongs to the file with this header.
    #[must_use]
    pub fn is_of(&self, header: &Header) -> bool {
        self.header == header.digest()
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> RecordKey {
        RecordKey::handed_over(&self.key, self.header)
    }

    /// The file's text.
    #[must_use]
    pub fn to_text(&self) -> SecretBytes {
        // All of its room at once: text that grows leaves the old block behind.
        let mut text = Vec::with_capacity(256 + 6 * self.id.len());
        let digits = zeroize::Zeroizing::new(base16ct::lower::encode_string(self.key.expose()));
        write!(
            text,
            "{{\"id\":{},\"header\":\"{}\",\"key\":\"{}\"}}",
            // Share files may have any name.
            serde_json::Value::from(self.id.as_str()),
            hex::encode(self.header),
            digits.as_str()
        )
        .expect("memory takes what is written");
        text.push(b'\n');
        SecretBytes::new(text)
    }
}
