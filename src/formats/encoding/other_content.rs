//! What a file is that should have held shares or a backup and does not: said of what could not be read, so that people
//! look for the right file.

use super::{
    file_kind::Foreign,
    json::{Kind, Object, Value},
    readable::Readable,
};

/// Members in which servers put what was asked for.
pub(in crate::formats) const ENVELOPES: [&str; 10] = [
    "data", "result", "results", "response", "body", "payload", "message", "content", "records",
    "items",
];

/// Ids and names that are beside the content of an answer are no longer than this.
const LONGEST_NAME: usize = 80;

/// Content of another kind. Nothing of it is ever shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherContent {
    /// A server's answer that says that something failed.
    ErrorAnswer,
    /// A server's answer with nothing in it: `{"result":null}`.
    EmptyAnswer,
    /// A file of another kind.
    Foreign(Foreign),
}

impl OtherContent {
    /// What the bytes of a file are, where that can be told.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.trim_ascii().is_empty() {
            return Some(Self::Foreign(Foreign::Empty));
        }
        if bytes.iter().all(|byte| *byte == 0) {
            return Some(Self::Foreign(Foreign::Zeros));
        }
        if let Some(kind) = Foreign::recognise(bytes) {
            return Some(Self::Foreign(kind));
        }

        let readable = Readable::of(bytes);
        let text = std::str::from_utf8(readable.bytes()).ok()?;
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Some(Self::Foreign(Foreign::Empty));
        }
        answer(text, 0)
    }

    /// What it is, with its article.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ErrorAnswer => "a server's error answer, not what the server was asked for",
            Self::EmptyAnswer => "a server's answer with nothing in it",
            Self::Foreign(kind) => kind.name(),
        }
    }
}

/// What the first value of a text is as the answer of a server.
fn answer(text: &str, depth: usize) -> Option<OtherContent> {
    const DEEPEST: usize = 6;
    let value = Value::parse_all("answer", "", text).next()?.ok()?;
    if depth > DEEPEST {
        return None;
    }
    match value.kind() {
        Kind::Null => Some(OtherContent::EmptyAnswer),
        Kind::Object => answer_of_object(&value.object().ok()?, depth),
        Kind::Array => match value.elements().ok()?.next() {
            Some(first) => answer(first.raw(), depth + 1),
            None => Some(OtherContent::EmptyAnswer),
        },
        Kind::Text => {
            let inner = value.text().ok()?;
            let inner = inner.expose().trim();
            if inner.starts_with(['{', '[', '"']) {
                answer(inner, depth + 1)
            } else {
                None
            }
        }
        Kind::Plain => None,
    }
}

fn answer_of_object(object: &Object<'_>, depth: usize) -> Option<OtherContent> {
    let says_no = |name: &str| {
        object.find(name).is_some_and(|value| {
            !matches!(value.raw().trim(), "false" | "0" | "\"\"" | "[]" | "{}")
        })
    };
    let is_refused = object.has_any(&["message", "detail", "title", "reason"])
        && object.has_any(&["code", "status", "statusCode", "errorCode"]);
    if says_no("error") || says_no("errors") || says_no("errorMessage") || is_refused {
        return Some(OtherContent::ErrorAnswer);
    }

    let inside = ENVELOPES
        .iter()
        .find_map(|name| object.find(name))
        .filter(|value| value.kind() != Kind::Plain);
    match inside {
        Some(inside) => answer(inside.raw(), depth + 1),
        // `find` takes null for a member that is not there.
        None => {
            let is_empty = |member: Value<'_>| match member.kind() {
                Kind::Null | Kind::Plain => true,
                kind => kind == Kind::Text && member.raw().len() <= LONGEST_NAME,
            };
            let has_null = object.members().any(|member| member.kind() == Kind::Null);
            (has_null && object.members().all(is_empty)).then_some(OtherContent::EmptyAnswer)
        }
    }
}
