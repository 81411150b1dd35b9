//! Reading what others wrote: to its end or not at all. Whatever is longer than its kind can be is refused, never cut.
//! No other file of the door reads to an end or counts bytes.

use std::io::{Error, ErrorKind, Read, Result, Write};

use zeroize::Zeroizing;

/// A reader that fails with [`ErrorKind::FileTooLarge`] instead of handing over more than a number of bytes.
pub(crate) struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Bounded<R> {
    /// Lets `limit` bytes through, and an end; not a byte more.
    pub(crate) fn new(inner: R, limit: u64) -> Self {
        Self { inner, left: limit }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        let room = usize::try_from(self.left).unwrap_or(usize::MAX);
        if room == 0 {
            // The end must be next.
            return match self.inner.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(ErrorKind::FileTooLarge.into()),
            };
        }
        let most = room.min(into.len());
        let length = self.inner.read(into.get_mut(..most).unwrap_or_default())?;
        self.left -= length as u64;
        Ok(length)
    }
}

/// Reads everything, at most `limit` bytes; [`ErrorKind::FileTooLarge`] when there is more. `expected` bytes have room at
/// once, so that a file is read without being moved.
pub(crate) fn read_bounded(input: impl Read, limit: u64, expected: u64) -> Result<Vec<u8>> {
    let room = usize::try_from(expected.min(limit)).unwrap_or(0);
    let mut bytes = Zeroizing::new(Vec::new());
    bytes
        .try_reserve_exact(room + 1)
        .map_err(|_| Error::from(ErrorKind::OutOfMemory))?;
    Bounded::new(input, limit).read_to_end(&mut bytes)?;
    Ok(std::mem::take(&mut *bytes))
}

/// Copies everything, at most `limit` bytes; [`ErrorKind::FileTooLarge`] when there is more.
pub(crate) fn copy_bounded(input: impl Read, mut into: impl Write, limit: u64) -> Result<u64> {
    std::io::copy(&mut Bounded::new(input, limit), &mut into)
}

/// The first bytes, at most `length` of them, of something that goes on: for looking at, not for using as a whole.
pub(crate) fn read_start(input: impl Read, length: u64) -> Result<Vec<u8>> {
    let mut start = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    input.take(length).read_to_end(&mut start)?;
    Ok(start)
}
