//! A buffer for text that may hold secrets: it leaves no copy behind when it grows, and is wiped when it is emptied.

use std::io::{BufRead, Result};

use zeroize::{Zeroize, Zeroizing};

/// Room that is taken at first: most records fit in.
const FIRST: usize = 4 << 10;

/// The buffer.
#[derive(Default)]
pub(in crate::formats) struct WipedBuffer(Zeroizing<Vec<u8>>);

impl WipedBuffer {
    /// What is in it.
    pub(in crate::formats) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Appends the bytes.
    pub(in crate::formats) fn push(&mut self, bytes: &[u8]) {
        let length = self.0.len() + bytes.len();
        if length > self.0.capacity() {
            let mut larger = Vec::with_capacity(length.max(2 * self.0.capacity()).max(FIRST));
            larger.extend_from_slice(&self.0);
            self.0 = Zeroizing::new(larger);
        }
        self.0.extend_from_slice(bytes);
    }

    /// Appends a line with its end, or what there is of it up to `most` bytes in all. How many bytes that were.
    pub(in crate::formats) fn push_line(
        &mut self,
        input: &mut impl BufRead,
        most: usize,
    ) -> Result<usize> {
        let before = self.0.len();
        while self.0.len() < most {
            let bytes = input.fill_buf()?;
            let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1);
            let part = bytes.get(..end.min(most - self.0.len())).unwrap_or(bytes);
            let (length, is_end) = (part.len(), part.is_empty() || part.ends_with(b"\n"));
            self.push(part);
            input.consume(length);
            if is_end {
                break;
            }
        }
        Ok(self.0.len() - before)
    }

    /// Wipes and empties it.
    pub(in crate::formats) fn wipe(&mut self) {
        // `zeroize` of a vector wipes all of its room, which after one long record would be much.
        self.0.as_mut_slice().zeroize();
        self.0.clear();
    }
}
