//! Line ends of old systems and careless conversions, made the usual ones while a list is read (FORMATS.md §11).

use std::io::{Read, Result};

/// Bytes read at once.
const PIECE: usize = 32 << 10;
/// Longest run of carriage returns that is looked to the end of.
const LONGEST_RUN: usize = 64 << 10;

/// A text in which bare carriage returns are line ends.
pub(super) struct UsualEnds<R> {
    input: R,
    buffer: Vec<u8>,
    /// What of the buffer was handed over, and how far its line ends are the usual ones.
    at: usize,
    settled: usize,
    ended: bool,
}

impl<R: Read> UsualEnds<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            at: 0,
            settled: 0,
            ended: false,
        }
    }

    /// Reads on behind the carriage returns of which it is not known yet what follows them.
    fn refill(&mut self) -> Result<()> {
        self.buffer.drain(..self.at);
        (self.at, self.settled) = (0, 0);

        let kept = self.buffer.len();
        self.buffer.resize(kept + PIECE, 0);
        let read = self
            .input
            .read(self.buffer.get_mut(kept..).unwrap_or_default());
        let length = read.as_ref().map_or(0, |read| *read);
        self.buffer.truncate(kept + length);

        self.ended = read? == 0;
        self.settled = settle(&mut self.buffer, self.ended || kept > LONGEST_RUN);
        Ok(())
    }
}

impl<R: Read> Read for UsualEnds<R> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        while self.at == self.settled && !self.ended {
            self.refill()?;
        }
        let ready = self.buffer.get(self.at..self.settled).unwrap_or_default();
        let length = ready.len().min(out.len());
        if let (Some(out), Some(ready)) = (out.get_mut(..length), ready.get(..length)) {
            out.copy_from_slice(ready);
        }
        self.at += length;
        Ok(length)
    }
}

/// Makes bare carriage returns line ends. Returns how far: what follows those at the end of the bytes is not known yet.
fn settle(bytes: &mut [u8], is_end: bool) -> usize {
    let mut at = 0;
    while let Some(first) = bytes
        .get(at..)
        .and_then(|rest| memchr::memchr(b'\r', rest))
        .map(|offset| at + offset)
    {
        let run = bytes.get(first..).unwrap_or_default();
        let length = run.iter().take_while(|byte| **byte == b'\r').count();
        let next = bytes.get(first + length).copied();
        if next.is_none() && !is_end {
            return first;
        }
        // `\r\n` is one line end, and so is what a careless conversion makes of it, `\r\r\n`.
        if next.is_some_and(|next| next != b'\n')
            && let Some(run) = bytes.get_mut(first..first + length)
        {
            run.fill(b'\n');
        }
        at = first + length;
    }
    bytes.len()
}
