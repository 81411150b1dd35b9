//! Where a key is: the levels of its path, or the key itself (FORMATS.md §9, §18).

use std::fmt;

use crate::crypto::hd::HARDENED;

/// Most levels of a path: extended keys count them in one byte.
const MOST_LEVELS: usize = 255;

/// Where a key is below its root; nothing is hardened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyPath {
    /// `m/44/…`, from the root.
    Below(Vec<u32>),
    /// A key without a tree, such as an ejected one: this very key.
    Itself,
}

/// Why a text is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// A level with `'` or `h`.
    #[error("`{0}` is a hardened path; keys of these wallets are at paths without `'`")]
    Hardened(String),
    /// Anything else.
    #[error("`{0}` is no path such as `m/44/0/0/0/0`")]
    Shape(String),
}

impl KeyPath {
    /// `m/44/coin/account/change/index`.
    #[must_use]
    pub fn asset(coin: u32, account: u32, change: u32, index: u32) -> Self {
        Self::Below(vec![44, coin, account, change, index])
    }

    /// The levels, from the root; none for the key itself.
    #[must_use]
    pub fn levels(&self) -> &[u32] {
        match self {
            Self::Below(levels) => levels,
            Self::Itself => &[],
        }
    }

    /// Reads a path; blanks around its levels do not count, `m` alone or nothing is the key itself.
    ///
    /// # Errors
    /// [`PathError`].
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let shape = || PathError::Shape(crate::formats::printable(text.trim()));
        let mut parts = text.split('/').map(str::trim);
        if !matches!(parts.next(), Some("m" | "M" | "")) {
            return Err(shape());
        }

        let mut levels = Vec::new();
        for part in parts {
            if part.ends_with(['\'', 'h', 'H', '’']) {
                return Err(PathError::Hardened(crate::formats::printable(text.trim())));
            }
            let is_number = part.bytes().all(|byte| byte.is_ascii_digit())
                && (part == "0" || !part.starts_with('0'));
            let level = part.parse().ok().filter(|level| *level < HARDENED);
            match level.filter(|_| is_number && levels.len() < MOST_LEVELS) {
                Some(level) => levels.push(level),
                None => return Err(shape()),
            }
        }

        Ok(if levels.is_empty() {
            Self::Itself
        } else {
            Self::Below(levels)
        })
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("m")?;
        self.levels()
            .iter()
            .try_for_each(|level| write!(f, "/{level}"))
    }
}
