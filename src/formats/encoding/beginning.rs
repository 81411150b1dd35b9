//! The beginning of an input, read before anybody decides what the input is: a pipe may give it in pieces.

use std::io::{BufRead, Chain, Cursor, Read, Result};

use zeroize::Zeroizing;

/// Enough to tell every file of records and every sealed file, behind some lines of text, too.
pub const START: usize = 4096;

/// An input whose first bytes have been read and are still to come.
pub type Begun<R> = Chain<Cursor<Zeroizing<Vec<u8>>>, R>;

/// Reads the first [`START`] bytes, or all there are.
///
/// # Errors
/// What reading gives.
pub fn begun<R: BufRead>(mut input: R) -> Result<Begun<R>> {
    let mut start = Zeroizing::new(Vec::with_capacity(START));
    input.by_ref().take(START as u64).read_to_end(&mut start)?;
    Ok(Cursor::new(start).chain(input))
}

/// Those first bytes, before anything else was read.
pub fn start<R>(input: &Begun<R>) -> &[u8] {
    input.get_ref().0.get_ref()
}
