//! How a file fails that holds something else than it should: it is named for what it is, without a word of its content.

use lifeboat::formats::encoding::{json::FieldError, other_content::OtherContent};

use crate::errors::failure::Failure;

/// What was read from `bytes`, or that these are something else than `expected`.
pub(crate) fn read_as(error: FieldError, bytes: &[u8], expected: &str) -> Failure {
    other_content(bytes, expected).unwrap_or_else(|| error.into())
}

/// That a file is another thing than `expected`, where that can be told.
pub(crate) fn other_content(bytes: &[u8], expected: &str) -> Option<Failure> {
    let content = OtherContent::of(bytes)?;
    let failure = Failure::refused(
        "other_content",
        format!("{}, expected {expected}", content.name()),
    );
    Some(match content {
        OtherContent::Empty | OtherContent::Zeros => {
            failure.hint("use another copy: this one was never written to its end")
        }
        OtherContent::ErrorAnswer | OtherContent::EmptyAnswer => failure
            .hint("ask the server again, or use a copy that was kept while it still answered"),
        OtherContent::Foreign(_) => failure.hint(format!(
            "is it the right file? name the one that holds {expected}"
        )),
    })
}
