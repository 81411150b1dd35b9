//! The browser's randomness: bytes that the page has drawn, handed out once.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

/// Random bytes, from the front. When they are all used it gives zeros and says so: nothing made with them may be kept.
pub(crate) struct Given {
    bytes: std::vec::IntoIter<u8>,
    overdrawn: bool,
}

impl Given {
    pub(crate) fn parse(text: &str) -> Result<Self, hex::FromHexError> {
        Ok(Self {
            bytes: hex::decode(text)?.into_iter(),
            overdrawn: false,
        })
    }

    /// Whether more were taken than there were.
    pub(crate) fn is_overdrawn(&self) -> bool {
        self.overdrawn
    }

    fn next_byte(&mut self) -> u8 {
        let next = self.bytes.next();
        self.overdrawn |= next.is_none();
        next.unwrap_or_default()
    }
}

impl TryRng for Given {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes([(); 4].map(|()| self.next_byte())))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes([(); 8].map(|()| self.next_byte())))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill_with(|| self.next_byte());
        Ok(())
    }
}

impl TryCryptoRng for Given {}
