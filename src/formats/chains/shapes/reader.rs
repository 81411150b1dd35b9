//! Bytes, read from the front.

/// What is still to be read.
pub(in crate::formats::chains) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(front)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A length of so many bytes, the highest first.
    pub(super) fn big_endian(&mut self, bytes: usize) -> Option<usize> {
        number(self.take(bytes)?.iter())
    }

    /// A length of so many bytes, the lowest first.
    pub(super) fn little_endian(&mut self, bytes: usize) -> Option<usize> {
        number(self.take(bytes)?.iter().rev())
    }

    /// Bitcoin's compact integer.
    pub(super) fn compact(&mut self) -> Option<usize> {
        match self.byte()? {
            short @ 0..=0xfc => Some(usize::from(short)),
            0xfd => self.little_endian(2),
            0xfe => self.little_endian(4),
            0xff => None,
        }
    }

    /// Solana's: seven bits in each byte, at most three bytes.
    pub(super) fn short(&mut self) -> Option<usize> {
        let mut number = 0;
        for place in 0..3 {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << (7 * place);
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// A number in groups of seven bits, the lowest first, each but the last marked: protobuf's, and Tezos'.
    pub(super) fn varint(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for place in 0..10 {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f).checked_shl(7 * place)?;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }
}

fn number<'b>(bytes: impl Iterator<Item = &'b u8>) -> Option<usize> {
    let number = bytes.fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
    usize::try_from(number).ok()
}
