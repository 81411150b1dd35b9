//! Portal: its clients, and what arrives for them. A share that is none is refused before anything else happens: servers were
//! seen to store the words `undefined` and `[object Object]` in the place of a backup.

use lifeboat::{
    crypto::secret::SecretText,
    formats::encoding::json::{FieldError, FieldFault, Kind, Object, Value},
};
use sha2::{Digest, Sha256};

/// Longest client id, in bytes.
pub const MAX_CLIENT: usize = 128;
/// Longest method or pair id, in bytes.
const MAX_LABEL: usize = 128;
/// Most bytes of one client's shares, and most versions of them: what all of them together are answered within ten seconds with.
pub const MOST_BYTES: i64 = 16 << 20;
/// See [`MOST_BYTES`].
pub const MOST_VERSIONS: i64 = 4096;

/// A client's id as Portal spells it, letter by letter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(String);

impl ClientId {
    /// Reads an id: printable text of at most [`MAX_CLIENT`] bytes, without white space around it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_fit = !text.is_empty()
            && text.len() <= MAX_CLIENT
            && text.trim() == text
            && !text.chars().any(char::is_control)
            && !is_nothing(text);
        is_fit.then(|| Self(text.to_owned()))
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ClientId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is known of a share without opening it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    /// How the client's share was backed up: a word of Portal's, such as `GDRIVE-SECP256K1`; any word may come.
    pub method: Option<String>,
    /// The pair that the share belongs to.
    pub pair: Option<String>,
}

/// A custodian's share as Portal delivers it. It has no `Debug`.
pub struct Delivery {
    /// Whose.
    pub client: ClientId,
    /// The share, byte for byte: the text, or the JSON of an object as it came.
    pub share: SecretText,
    /// What is known of it.
    pub labels: Labels,
}

impl Delivery {
    /// Reads the body of a webhook. Members that are not known are skipped.
    ///
    /// # Errors
    /// [`FieldError`], also where a member is there twice, and where the share is none.
    pub fn read(body: &[u8]) -> Result<Self, FieldError> {
        let body = Value::parse("body", body)?;
        let members = body.object()?;
        let client = client_of(&members)?;
        let share = share_of(&members.get("share")?)?;
        let mut labels = Labels::read(&members)?;
        if labels.pair.is_none() {
            labels.pair = pair_within(share.expose());
        }

        Ok(Self {
            client,
            share,
            labels,
        })
    }
}

impl Labels {
    /// Reads those that an object has.
    ///
    /// # Errors
    /// [`FieldError`] for a label that is no short text.
    pub fn read(members: &Object<'_>) -> Result<Self, FieldError> {
        let label = |name: &str| members.find(name).map(|value| label(&value));
        Ok(Self {
            method: label("backupMethod").transpose()?.flatten(),
            pair: label("backupSharePairId").transpose()?.flatten(),
        })
    }
}

/// The client that a body names.
///
/// # Errors
/// [`FieldError`] where it names none.
pub fn client_of(members: &Object<'_>) -> Result<ClientId, FieldError> {
    let value = members.get("clientId")?;
    let text = value.text()?;
    ClientId::parse(text.expose()).ok_or_else(|| {
        value.fault(FieldFault::Value(format!(
            "no client id: printable text of at most {MAX_CLIENT} bytes"
        )))
    })
}

/// A share: the text, or the JSON of an object as it came.
///
/// # Errors
/// [`FieldError`] where it is neither, or says that there is none.
pub fn share_of(value: &Value<'_>) -> Result<SecretText, FieldError> {
    let share = match value.kind() {
        Kind::Object if value.object()?.names().next().is_some() => value.raw().to_owned(),
        Kind::Object => String::new(),
        _ => value.text()?.expose().to_owned(),
    };
    let share = SecretText::new(share);
    if is_nothing(share.expose()) {
        let what = "no share: an empty text, or a word such as `undefined`. Nothing is replaced";
        return Err(value.fault(FieldFault::Value(what.to_owned())));
    }
    Ok(share)
}

/// What programs write where there is nothing.
const NOTHING: [&str; 15] = [
    "",
    "undefined",
    "null",
    "(null)",
    "<null>",
    "nan",
    "nil",
    "<nil>",
    "optional(nil)",
    "none",
    "kotlin.unit",
    "true",
    "false",
    "{}",
    "[]",
];
/// Longest text that is looked at as a word.
const MAX_WORD: usize = 64;

/// Whether a text says that there is nothing, also with white space or quotes around it: a word of programming languages, or what
/// becomes of an object that is no text, such as `[object Object]`.
#[must_use]
pub fn is_nothing(text: &str) -> bool {
    let is_blank = |letter: char| {
        letter.is_whitespace()
            || letter.is_control()
            || matches!(
                letter,
                '\u{feff}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '"' | '\'' | '\\'
            )
    };
    let word = text.trim_matches(is_blank);
    if word.len() > MAX_WORD {
        return false;
    }
    let word = word.to_lowercase();
    let is_object = word.starts_with("[object ") && word.ends_with(']');
    is_object || NOTHING.contains(&word.as_str())
}

fn label(value: &Value<'_>) -> Result<Option<String>, FieldError> {
    let text = value.text()?;
    let text = text.expose().trim();
    if is_nothing(text) {
        return Ok(None);
    }
    if text.len() > MAX_LABEL || text.chars().any(char::is_control) {
        let what = format!("no printable text of at most {MAX_LABEL} bytes");
        return Err(value.fault(FieldFault::Value(what)));
    }
    Ok(Some(text.to_owned()))
}

/// The pair that a share names itself, where it is one that can be read.
fn pair_within(share: &str) -> Option<String> {
    let share = Value::parse("share", share.as_bytes()).ok()?;
    let pair = share.find("backupSharePairId").ok().flatten()?;
    label(&pair).ok().flatten()
}

/// SHA-256 of what is kept.
#[must_use]
pub fn digest(text: &SecretText) -> [u8; 32] {
    Sha256::digest(text.expose().as_bytes()).into()
}
