//! What is wrong with a field of a document, and where, so that every complaint can name it.

use super::shown::plural;

/// Most values in one document that is no list: objects, arrays, texts, numbers.
pub const MAX_VALUES: usize = 1 << 16;
/// Most brackets in each other.
pub const MAX_DEPTH: usize = 64;

/// What is wrong with a field of a JSON document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldFault {
    /// The document is no JSON at all.
    #[error("not JSON (line {line}, column {column})")]
    NotJson {
        /// Line of the first offence, from 1.
        line: usize,
        /// Column of the first offence, from 1.
        column: usize,
    },
    /// A field that must be there is not.
    #[error("missing")]
    Missing,
    /// A value of another JSON type.
    #[error("expected {0}")]
    Type(&'static str),
    /// An odd number of digits, or a character that is no hexadecimal digit.
    #[error("not hexadecimal: {0}")]
    Hex(&'static str),
    /// Bytes of another length than the format has.
    #[error("{}, expected {expected}", plural(*.found as u64, "byte"))]
    Length {
        /// What the format has.
        expected: usize,
        /// What was found.
        found: usize,
    },
    /// A UUID in another spelling than lower case with dashes, or none at all.
    #[error("not a UUID in lower case with dashes")]
    Uuid,
    /// Two members of one object have this name: readers disagree on which of the two counts.
    #[error("the name is given twice in one object")]
    Twice,
    /// More values than any such document has.
    #[error("more than {MAX_VALUES} values, which no such document holds")]
    TooMany,
    /// More brackets in each other than any such document has.
    #[error("more than {MAX_DEPTH} brackets in each other, which no such document holds")]
    TooDeep,
    /// A number or text outside the values the format knows.
    #[error("{0}")]
    Value(String),
}

/// A complaint about one field of one document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{fault}", self.place())]
pub struct FieldError {
    /// The document: a kit entry, a file's role. Empty when there is only one.
    pub document: String,
    /// The path to the field, such as `masterKeys.3bd7….walletSeed`; empty for the document as a whole.
    pub path: String,
    /// What is wrong.
    pub fault: FieldFault,
}

impl FieldError {
    fn place(&self) -> String {
        match (self.document.as_str(), self.path.as_str()) {
            ("", "") => String::new(),
            ("", path) => format!("field `{path}`: "),
            (document, "") => format!("`{document}`: "),
            (document, path) => format!("`{document}`, field `{path}`: "),
        }
    }
}
