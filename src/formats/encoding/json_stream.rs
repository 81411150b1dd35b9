//! JSON that is read as it comes, one value at a time: a file may hold millions of them.
//!
//! What is around the values, brackets and commas and names, is taken off here; a value itself is handed over as text,
//! which is no more than `most` bytes long, and is read by [`super::json`].

use std::{
    io::{self, BufRead},
    ops::Range,
};

use super::wiped_buffer::WipedBuffer;

/// Blanks before a value are kept up to here: what is before a value is compared, and a file may hold nothing else.
const MOST_BLANKS: usize = 64 << 10;

/// Why the stream cannot be read further.
#[derive(Debug)]
pub(in crate::formats) enum StreamFault {
    /// It ends in the middle.
    Cut,
    /// What comes next is no JSON, or not what may be there.
    Broken,
    /// A value of more bytes than any such value has; holds how many that are.
    Long(usize),
    /// It could not be read.
    Io(io::Error),
}

impl From<io::Error> for StreamFault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads JSON from a stream.
pub(in crate::formats) struct JsonStream<R> {
    input: R,
    taken: WipedBuffer,
    line: u64,
    /// Bytes of this line that have been read.
    column: usize,
}

impl<R: BufRead> JsonStream<R> {
    pub(in crate::formats) fn new(input: R) -> Self {
        Self {
            input,
            taken: WipedBuffer::default(),
            line: 1,
            column: 0,
        }
    }

    /// The line, and the bytes of it, that have been read: both of the byte that was taken last.
    pub(in crate::formats) fn place(&self) -> (u64, usize) {
        (self.line, self.column)
    }

    /// Everything that was taken since [`JsonStream::forget`], what was between values included.
    pub(in crate::formats) fn taken(&self) -> &[u8] {
        self.taken.bytes()
    }

    /// Wipes what was taken.
    pub(in crate::formats) fn forget(&mut self) {
        self.taken.wipe();
    }

    /// The next byte that is no blank, which stays where it is; `None` at the end.
    pub(in crate::formats) fn peek(&mut self) -> Result<Option<u8>, StreamFault> {
        loop {
            let bytes = self.input.fill_buf()?;
            let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
            let blanks = bytes.iter().take_while(blank).count();
            let (next, is_end) = (bytes.get(blanks).copied(), bytes.is_empty());
            if self.taken.bytes().len() < MOST_BLANKS {
                self.take(blanks);
            } else {
                self.count(blanks);
                self.input.consume(blanks);
            }
            if next.is_some() || is_end {
                return Ok(next);
            }
        }
    }

    /// Takes the next byte that is no blank, which must be this one.
    pub(in crate::formats) fn expect(&mut self, wanted: u8) -> Result<(), StreamFault> {
        match self.peek()? {
            Some(byte) if byte == wanted => {
                self.take(1);
                Ok(())
            }
            Some(_) => Err(StreamFault::Broken),
            None => Err(StreamFault::Cut),
        }
    }

    /// Takes the next value, and tells where it is in what was taken.
    pub(in crate::formats) fn value(&mut self, most: usize) -> Result<Range<usize>, StreamFault> {
        let first = self.peek()?.ok_or(StreamFault::Cut)?;
        if matches!(first, b',' | b':' | b']' | b'}') {
            return Err(StreamFault::Broken);
        }
        let start = self.taken.bytes().len();
        self.take_until(End::default(), start, most)?;
        Ok(start..self.taken.bytes().len())
    }

    /// Takes the rest of an object whose first brace is at `start` of what was taken.
    pub(in crate::formats) fn rest_of_object(
        &mut self,
        start: usize,
        most: usize,
    ) -> Result<Range<usize>, StreamFault> {
        let end = End {
            depth: 1,
            ..End::default()
        };
        self.take_until(end, start, most)?;
        Ok(start..self.taken.bytes().len())
    }

    fn take_until(&mut self, mut end: End, start: usize, most: usize) -> Result<(), StreamFault> {
        loop {
            let bytes = self.input.fill_buf()?;
            if bytes.is_empty() {
                // A number at the top ends with the text.
                return if end.is_scalar {
                    Ok(())
                } else {
                    Err(StreamFault::Cut)
                };
            }
            let (length, is_done) = end.look_for(bytes);
            self.take(length);
            if self.taken.bytes().len() - start > most {
                return Err(StreamFault::Long(most));
            }
            if is_done {
                return Ok(());
            }
        }
    }

    /// Takes so many bytes of what the input holds ready.
    fn take(&mut self, length: usize) {
        // What was looked at before is there again.
        let Ok(bytes) = self.input.fill_buf() else {
            return;
        };
        self.taken.push(bytes.get(..length).unwrap_or(bytes));
        self.count(length);
        self.input.consume(length);
    }

    /// Counts the lines in so many bytes of what the input holds ready.
    fn count(&mut self, length: usize) {
        let Ok(bytes) = self.input.fill_buf() else {
            return;
        };
        let bytes = bytes.get(..length).unwrap_or(bytes);
        self.line += memchr::memchr_iter(b'\n', bytes).count() as u64;
        self.column = match memchr::memrchr(b'\n', bytes) {
            Some(last) => bytes.len() - last - 1,
            None => self.column + bytes.len(),
        };
    }
}

/// Where a value ends.
#[derive(Default)]
struct End {
    depth: usize,
    in_text: bool,
    is_escaped: bool,
    /// A number, `true`, `false` or `null`.
    is_scalar: bool,
}

impl End {
    /// How many of the bytes belong to the value, and whether it ends with them.
    fn look_for(&mut self, bytes: &[u8]) -> (usize, bool) {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            if self.in_text {
                at += self.in_text(bytes.get(at..).unwrap_or_default());
                if !self.in_text && self.depth == 0 {
                    return (at, true);
                }
                continue;
            }
            match byte {
                b'"' if !self.is_scalar => self.in_text = true,
                b'{' | b'[' if !self.is_scalar => self.depth += 1,
                b'}' | b']' if self.depth > 0 => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return (at + 1, true);
                    }
                }
                _ if self.depth > 0 => {}
                byte if byte.is_ascii_alphanumeric() || b"+-.".contains(byte) => {
                    self.is_scalar = true;
                }
                _ => return (at, true),
            }
            at += 1;
        }
        (at, false)
    }

    /// How many bytes belong to the string that is open.
    fn in_text(&mut self, bytes: &[u8]) -> usize {
        if self.is_escaped {
            self.is_escaped = false;
            return 1;
        }
        match memchr::memchr2(b'"', b'\\', bytes) {
            None => bytes.len(),
            Some(at) => {
                self.is_escaped = bytes.get(at) == Some(&b'\\');
                self.in_text = self.is_escaped;
                at + 1
            }
        }
    }
}
