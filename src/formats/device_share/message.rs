//! Device backups inside the messages that carried them: what an app sent, what its server answered, lines of a log
//! (FORMATS.md §15).
//!
//! Whatever is around a backup is taken off, whatever it is called: objects, arrays, JSON text inside JSON, base64, the types
//! of a database, the quotes of CSV. What names a backup's fields and gives none is refused: it may be the newest.

use std::borrow::Cow;

use crate::formats::encoding::{
    base64::from_base64,
    json::{FieldError, FieldFault, Kind, Object, Value},
    typed::{untyped, without_types},
};

/// Most backups taken out of one file.
pub const MAX_BACKUPS: usize = 10_000;

const MAX_DEPTH: usize = 12;

/// The field that no other JSON of an app has.
const ENCRYPTED: &str = "encryptedKey";

/// A backup's own JSON text, and what is around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The object with `passphraseId` and `keys`.
    pub json: String,
    /// Where in the file it is: the path of a JSON document, or `line 3`; empty when it is the whole.
    pub place: String,
    /// The nearest `deviceId` around it.
    pub device_id: Option<String>,
    /// The nearest `walletId` around it.
    pub wallet_id: Option<String>,
}

/// Every backup that a text holds, in its order; none when there is none.
///
/// # Errors
/// [`FieldError`] with the place of a part that holds a backup's fields but is cut off or no JSON, when others can be read.
pub fn find_backups(text: &str) -> Result<Vec<Message>, FieldError> {
    let around = Around::default();
    let mut search = Search::default();
    if search.text(text, &around).is_ok() && !search.found.is_empty() {
        return search.done();
    }

    // Not JSON from end to end: perhaps lines of a log or rows of CSV, each with a message in it.
    let mut search = Search::default();
    for (line, number) in text.lines().zip(1..) {
        let before = search.found.len();
        if let Some(begin) = line.find('{') {
            let message = line.get(begin..).unwrap_or_default();
            let message = without_escapes(message);
            let around = Around {
                place: format!("line {number}"),
                ..Around::default()
            };
            // What comes behind the first value of a line is the log's own.
            let _ = search.first(&message, &around);
        }
        if search.found.len() == before && line.contains(ENCRYPTED) {
            search.lose(&format!("line {number}"));
        }
    }
    search.done()
}

/// The message of a line whose program put a backslash before every quote in it, once or more often, or another quote, as
/// CSV does.
fn without_escapes(message: &str) -> Cow<'_, str> {
    if message.trim_start_matches(['{', ' ']).starts_with("\"\"") {
        return Cow::Owned(message.replace("\"\"", "\""));
    }
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
    /// Of the text that is being read, where it is no member of the document itself.
    place: String,
    device_id: Option<String>,
    wallet_id: Option<String>,
}

impl Around {
    fn within(&self, object: &Object<'_>) -> Self {
        let text = |name: &str| {
            let member = untyped(&object.find(name)?);
            Some(member.text().ok()?.expose().to_owned())
        };
        Self {
            device_id: text("deviceId").or_else(|| self.device_id.clone()),
            wallet_id: text("walletId").or_else(|| self.wallet_id.clone()),
            ..self.deeper()
        }
    }

    fn deeper(&self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self.clone()
        }
    }

    /// For a text that is the value of a member.
    fn inside(&self, value: &Value<'_>) -> Self {
        Self {
            place: self.place_of(value),
            ..self.deeper()
        }
    }

    /// Where a value is, seen from the whole file.
    fn place_of(&self, value: &Value<'_>) -> String {
        match (self.place.as_str(), value.place().1) {
            ("", path) => path.to_owned(),
            (place, "") => place.to_owned(),
            (place, path) => format!("{place}.{path}"),
        }
    }
}

#[derive(Default)]
struct Search {
    found: Vec<Message>,
    /// The first part that must have held a backup, and gave none.
    lost: Option<FieldError>,
}

impl Search {
    fn done(self) -> Result<Vec<Message>, FieldError> {
        match self.lost {
            // Where nothing could be read, the file as a whole says best what is wrong with it.
            Some(lost) if !self.found.is_empty() => Err(lost),
            _ => Ok(self.found),
        }
    }

    fn lose(&mut self, place: &str) {
        self.lost.get_or_insert_with(|| FieldError {
            document: String::from("device backup"),
            path: place.to_owned(),
            fault: FieldFault::Value(String::from(
                "it names the fields of a backup, and is cut off or no JSON",
            )),
        });
    }

    fn text(&mut self, text: &str, around: &Around) -> Result<(), FieldError> {
        Value::parse_all("message", "", text).try_for_each(|value| self.value(&value?, around))
    }

    fn first(&mut self, text: &str, around: &Around) -> Result<(), FieldError> {
        Value::parse_all("message", "", text)
            .take(1)
            .try_for_each(|value| self.value(&value?, around))
    }

    fn value(&mut self, value: &Value<'_>, around: &Around) -> Result<(), FieldError> {
        if around.depth > MAX_DEPTH || self.found.len() >= MAX_BACKUPS {
            return Ok(());
        }

        match value.kind() {
            Kind::Object => self.object(value, around),
            Kind::Array => value
                .elements()?
                .try_for_each(|element| self.value(&element, &around.deeper())),
            Kind::Text => {
                let text = value.text()?;
                self.inner_text(text.expose().trim(), &around.inside(value));
                Ok(())
            }
            Kind::Null | Kind::Plain => Ok(()),
        }
    }

    /// Text inside JSON: JSON again, or base64 of it. Text that only looks like it is no reason to give the others up.
    fn inner_text(&mut self, text: &str, around: &Around) {
        let decoded = match text.strip_prefix(['{', '[', '"']) {
            Some(_) => None,
            None => from_base64(text),
        };
        let decoded = decoded.as_ref().map(|bytes| bytes.expose());
        let text = decoded.map_or(Some(text), |bytes| std::str::from_utf8(bytes).ok());
        let Some(text) = text.filter(|text| text.starts_with(['{', '[', '"'])) else {
            return;
        };

        let before = self.found.len();
        let _ = self.text(text, around);
        if self.found.len() == before && text.contains(ENCRYPTED) {
            self.lose(&around.place);
        }
    }

    fn object(&mut self, value: &Value<'_>, around: &Around) -> Result<(), FieldError> {
        let object = value.object()?;
        let around = around.within(&object);

        if is_backup(&object) {
            self.found.push(Message {
                json: value.raw().to_owned(),
                place: around.place_of(value),
                device_id: around.device_id,
                wallet_id: around.wallet_id,
            });
            return Ok(());
        }
        if is_typed_backup(&object) {
            return self.text(&without_types(value), &around.inside(value));
        }
        object
            .members()
            .try_for_each(|member| self.value(&member, &around))
    }
}

/// Whether a database put types around the members of a backup.
fn is_typed_backup(object: &Object<'_>) -> bool {
    let is_typed = |name| {
        object
            .find(name)
            .is_some_and(|member| member.kind() == Kind::Object)
    };
    is_typed("passphraseId") && is_typed("keys")
}

/// Whether it has keys that are encrypted: a listing of backups names keys only. Without a `passphraseId` it is still meant to
/// be a backup, and reading it says what is missing.
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

    keys.is_ok_and(|encrypted| encrypted.contains(&true))
}
