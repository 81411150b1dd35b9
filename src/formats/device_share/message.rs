//! Device backups inside the messages that carried them: what an app sent, what its server answered, lines of a log
//! (FORMATS.md §15).
//!
//! Whatever is around a backup is taken off, whatever it is called: objects, arrays, JSON text inside JSON.

use std::borrow::Cow;

use crate::formats::encoding::json::{FieldError, Kind, Object, Value};

/// Most backups taken out of one file.
pub const MAX_BACKUPS: usize = 10_000;

const MAX_DEPTH: usize = 12;

/// A backup's own JSON text, and what is around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The object with `passphraseId` and `keys`.
    pub json: String,
    /// The nearest `deviceId` around it.
    pub device_id: Option<String>,
    /// The nearest `walletId` around it.
    pub wallet_id: Option<String>,
}

/// Every backup that a text holds, in its order; none when there is none.
#[must_use]
pub fn find_backups(text: &str) -> Vec<Message> {
    let mut found = Vec::new();
    let around = Around::default();

    if search_text(text, &around, &mut found).is_ok() && !found.is_empty() {
        return found;
    }

    // Not JSON from end to end: perhaps lines of a log, each with a message in it.
    found.clear();
    for line in text.lines() {
        if let Some(begin) = line.find('{') {
            let message = line.get(begin..).unwrap_or_default();
            let message = without_escapes(message);
            // What comes behind the first value of a line is the log's own.
            let _ = search_first(&message, &around, &mut found);
        }
    }
    found
}

/// The message of a line whose program put a backslash before every quote in it, once or more often.
fn without_escapes(message: &str) -> Cow<'_, str> {
    let mut message = Cow::Borrowed(message);
    for _ in 0..MAX_DEPTH {
        if !message.trim_start_matches(['{', ' ']).starts_with('\\') {
            break;
        }
        let string = ["\"", until_quote(&message), "\""].concat();
        let Ok(inner) = serde_json::from_str(&string) else {
            break;
        };
        message = Cow::Owned(inner);
    }
    message
}

/// What is before the first quote that has no backslash before it.
fn until_quote(text: &str) -> &str {
    let mut is_escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

#[derive(Clone, Default)]
struct Around {
    depth: usize,
    device_id: Option<String>,
    wallet_id: Option<String>,
}

impl Around {
    fn within(&self, object: &Object<'_>) -> Self {
        let text = |name: &str| Some(object.find(name)?.text().ok()?.expose().to_owned());
        Self {
            depth: self.depth + 1,
            device_id: text("deviceId").or_else(|| self.device_id.clone()),
            wallet_id: text("walletId").or_else(|| self.wallet_id.clone()),
        }
    }

    fn deeper(&self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self.clone()
        }
    }
}

fn search_text(text: &str, around: &Around, found: &mut Vec<Message>) -> Result<(), FieldError> {
    Value::parse_all("message", "", text).try_for_each(|value| search(&value?, around, found))
}

fn search_first(text: &str, around: &Around, found: &mut Vec<Message>) -> Result<(), FieldError> {
    Value::parse_all("message", "", text)
        .take(1)
        .try_for_each(|value| search(&value?, around, found))
}

fn search(value: &Value<'_>, around: &Around, found: &mut Vec<Message>) -> Result<(), FieldError> {
    if around.depth > MAX_DEPTH || found.len() >= MAX_BACKUPS {
        return Ok(());
    }

    match value.kind() {
        Kind::Object => search_object(value, around, found),
        Kind::Array => value
            .elements()?
            .try_for_each(|element| search(&element, &around.deeper(), found)),
        Kind::Text => {
            let text = value.text()?;
            let text = text.expose().trim();
            if text.starts_with(['{', '[', '"']) {
                // Text that only looks like JSON is no message, and no reason to give the others up.
                let _ = search_text(text, &around.deeper(), found);
            }
            Ok(())
        }
        Kind::Null | Kind::Plain => Ok(()),
    }
}

fn search_object(
    value: &Value<'_>,
    around: &Around,
    found: &mut Vec<Message>,
) -> Result<(), FieldError> {
    let object = value.object()?;
    let around = around.within(&object);

    if is_backup(&object) {
        found.push(Message {
            json: value.raw().to_owned(),
            device_id: around.device_id,
            wallet_id: around.wallet_id,
        });
        return Ok(());
    }
    object
        .members()
        .try_for_each(|member| search(&member, &around, found))
}

/// Whether it has the two members of a backup, and keys that are encrypted: a listing of backups names keys only.
fn is_backup(object: &Object<'_>) -> bool {
    let Some(keys) = object.find("keys") else {
        return false;
    };
    let Ok(keys) = keys.elements() else {
        return false;
    };
    let keys: Result<Vec<bool>, FieldError> = keys
        .map(|key| Ok(key.object()?.has_any(&["encryptedKey", "encryptedKeys"])))
        .collect();

    object.find("passphraseId").is_some() && keys.is_ok_and(|encrypted| encrypted.contains(&true))
}
