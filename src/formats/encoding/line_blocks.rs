//! Cuts text into blocks of whole lines, which can be read side by side.

use std::io::{Read, Result};

/// A part of a text.
pub(crate) enum Cut {
    /// Whole lines; at the end of the text, the last may lack its line end.
    Lines(Vec<u8>),
    /// The beginning of a line that is longer than it may be.
    LongLine(Vec<u8>),
}

/// Cuts text into blocks. The same text is always cut in the same way.
pub(crate) struct LineBlocks<R> {
    input: R,
    /// Bytes read at once.
    size: usize,
    /// Bytes that are looked through for a line end.
    most: usize,
    /// What was read behind the last block.
    carry: Vec<u8>,
    lines: u64,
    ended: bool,
}

impl<R: Read> LineBlocks<R> {
    /// Blocks of about `size` bytes, of lines that may be `most` bytes long.
    pub(crate) fn new(input: R, size: usize, most: usize) -> Self {
        Self {
            input,
            size,
            most,
            carry: Vec::new(),
            lines: 0,
            ended: false,
        }
    }

    /// The line ends in the blocks so far, without what was given back.
    pub(crate) fn lines(&self) -> u64 {
        self.lines
    }

    /// Whether everything has been read; what was given back may still come.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// The next block; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Cut>> {
        let mut block = std::mem::take(&mut self.carry);
        block.reserve(self.size);
        while !self.ended {
            self.read_into(&mut block)?;
            if self.ended {
                break;
            }
            if let Some(end) = memchr::memrchr(b'\n', &block) {
                self.carry = block.split_off(end + 1);
                break;
            }
            if block.len() > self.most {
                return Ok(Some(Cut::LongLine(block)));
            }
        }

        self.lines += line_ends(&block);
        Ok((!block.is_empty()).then_some(Cut::Lines(block)))
    }

    /// The next bytes, wherever their lines end; none at the end.
    pub(crate) fn next_piece(&mut self) -> Result<Vec<u8>> {
        let mut piece = std::mem::take(&mut self.carry);
        if piece.is_empty() && !self.ended {
            self.read_into(&mut piece)?;
        }
        Ok(piece)
    }

    /// Takes back the end of the last block: it comes again, with more behind it.
    pub(crate) fn give_back(&mut self, mut end: Vec<u8>) {
        self.lines -= line_ends(&end);
        end.append(&mut self.carry);
        self.carry = end;
    }

    fn read_into(&mut self, block: &mut Vec<u8>) -> Result<()> {
        let input = self.input.by_ref();
        let read = input.take(self.size as u64).read_to_end(block)?;
        self.ended = read < self.size;
        Ok(())
    }
}

/// The lines of a block, without their ends.
pub(crate) fn lines_of(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    block
        .split_inclusive(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\n").unwrap_or(line))
}

fn line_ends(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}
