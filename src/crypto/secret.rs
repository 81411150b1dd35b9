//! Types for secrets: wiped when dropped, impossible to print, copy or compare by accident.
//!
//! [`Secret::expose`] is the one way to the bytes, so that every use can be found by its name.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

/// Wipes the `N` bytes of stack below the caller: what calculations that are done have left there. Libraries move
/// numbers about, and not every copy has an owner that wipes it.
#[inline(never)]
pub fn wipe_stack<const N: usize>() {
    let mut below = [0_u8; N];
    below.zeroize();
    std::hint::black_box(&below);
}

/// `N` secret bytes in place, on the stack or inside another value: for one step of a calculation, and for the records of a
/// batch, which are filled again and again. No `Debug`, `Display`, `Clone` or `==`; wiped when dropped.
pub struct Wiped<const N: usize>([u8; N]);

impl<const N: usize> Wiped<N> {
    /// Takes the bytes over. What they were moved from is the caller's to wipe.
    #[must_use]
    pub fn new(bytes: [u8; N]) -> Self {
        Self(bytes)
    }

    /// A copy, which is wiped by itself.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0)
    }

    /// The bytes themselves.
    #[must_use]
    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }

    /// The bytes themselves, to be written to.
    #[must_use]
    pub fn expose_mut(&mut self) -> &mut [u8; N] {
        &mut self.0
    }

    /// Whether both hold the same bytes, in constant time.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl<const N: usize> Drop for Wiped<N> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// `N` secret bytes. No `Debug`, `Display`, `Clone` or `==`; wiped when dropped.
pub struct Secret<const N: usize>(Box<[u8; N]>);

impl<const N: usize> Secret<N> {
    /// Takes the bytes over and wipes the array they came in.
    pub fn take(bytes: &mut [u8; N]) -> Self {
        let secret = Self(Box::new(*bytes));
        bytes.zeroize();
        secret
    }

    /// Takes the bytes of a slice over; `None` when there are not exactly `N`.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes
            .try_into()
            .ok()
            .map(|bytes: &[u8; N]| Self(Box::new(*bytes)))
    }

    /// A copy, which is wiped by itself. There is no `Clone`: every copy of a secret is one somebody asked for.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }

    /// The bytes themselves.
    #[must_use]
    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }

    /// The bytes themselves, to be written to.
    #[must_use]
    pub fn expose_mut(&mut self) -> &mut [u8; N] {
        &mut self.0
    }

    /// Whether both hold the same bytes, in constant time.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }

    /// The bytes as lower-case hex of full length, encoded in constant time.
    #[must_use]
    pub fn to_hex(&self) -> SecretText {
        SecretText(Zeroizing::new(base16ct::lower::encode_string(
            self.0.as_slice(),
        )))
    }
}

impl<const N: usize> Drop for Secret<N> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Secret bytes of any length: plain texts and the files that hold keys.
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// Takes the buffer over; it is wiped when this is dropped.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes themselves.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Whether both hold the same bytes, in constant time for equal lengths.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.expose().ct_eq(other.expose()).into()
    }

    /// How many bytes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Secret text: hex of a key, an extended private key.
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes the text over; it is wiped when this is dropped.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// What a person types to open a key or a share: bytes as given, never trimmed here.
pub struct Passphrase(SecretBytes);

impl Passphrase {
    /// Takes the passphrase over as it is.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(SecretBytes::new(bytes))
    }

    /// The bytes themselves.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }

    /// Its length in characters (bytes, where it is not UTF-8).
    #[must_use]
    pub fn characters(&self) -> usize {
        std::str::from_utf8(self.expose()).map_or(self.0.len(), |text| text.chars().count())
    }

    /// The passphrase without white space around it; `None` where there is none, and for what is no text.
    #[must_use]
    pub fn trimmed(&self) -> Option<Self> {
        let text = std::str::from_utf8(self.expose()).ok()?;
        let trimmed = text
            .trim_matches(|character: char| character.is_whitespace() || character == '\u{feff}');
        (trimmed.len() < text.len()).then(|| Self::new(trimmed.as_bytes().to_vec()))
    }

    /// Whether both are the same, in constant time for equal lengths.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.expose().ct_eq(other.expose()).into()
    }
}
