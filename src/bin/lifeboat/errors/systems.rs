//! Hints name commands of Linux, the one system that is supported. Where somebody builds the program for another one, the
//! commands of that system stand in their place.

use std::borrow::Cow;

/// What is said on Linux, and there.
type Words = &'static [(&'static str, &'static str)];

const WINDOWS: Words = &[
    ("`ls -l`", "`dir`"),
    ("`sudo ip link set NAME down`", "`Disable-NetAdapter NAME`"),
    (
        "switch them off before a command: `ulimit -c 0`",
        "switch Windows Error Reporting off",
    ),
    (
        "raise the limit before a command: `ulimit -l 8192`; or switch swap off",
        "switch the paging file off",
    ),
    (
        "`swapoff -a` keeps memory off the disk",
        "without a paging file memory stays off the disk",
    ),
];

const MACOS: Words = &[
    ("`sudo ip link set NAME down`", "`sudo ifconfig NAME down`"),
    (
        "raise the limit before a command: `ulimit -l 8192`; or switch swap off",
        "encrypt the disk: swap cannot be switched off",
    ),
    (
        "`swapoff -a` keeps memory off the disk",
        "encrypt the disk: swap cannot be switched off",
    ),
];

const HERE: Words = if cfg!(windows) {
    WINDOWS
} else if cfg!(target_os = "macos") {
    MACOS
} else {
    &[]
};

/// A hint in the words of this system.
pub(crate) fn here(hint: &str) -> Cow<'_, str> {
    in_words(HERE, hint)
}

fn in_words<'a>(words: Words, hint: &'a str) -> Cow<'a, str> {
    words
        .iter()
        .filter(|(linux, _)| hint.contains(linux))
        .fold(Cow::Borrowed(hint), |hint, (linux, there)| {
            Cow::Owned(hint.replace(linux, there))
        })
}

#[cfg(test)]
mod tests {
    use super::{MACOS, WINDOWS, in_words};

    /// Words that nobody says any more would be replaced nowhere.
    #[test]
    fn what_is_replaced_is_said() {
        let said = [
            include_str!("../commands/doctor.rs"),
            include_str!("catalogue/files.rs"),
        ];
        for (linux, _) in WINDOWS.iter().chain(MACOS) {
            assert!(said.iter().any(|text| text.contains(linux)), "{linux}");
        }
        let hint = "`ls -l` shows who may: work in a folder of your own";
        assert!(in_words(WINDOWS, hint).starts_with("`dir` shows who may"));
        assert_eq!(in_words(&[], hint), hint);
    }
}
