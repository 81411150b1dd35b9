//! Wallet lists: ids as text, CSV, NDJSON or JSON, cut into blocks that can be read side by side (FORMATS.md §11).

use std::io::Read;

pub use super::list_error::{ListError, MAX_LINE};
use super::{
    line_ends::UsualEnds,
    list_json::JsonIds,
    list_rows::{Column, Quote},
    list_shape::{First, Shape, first_line, id_of_object},
    wallet_id::{WalletId, WalletIdError},
};
use crate::crypto::server_share::WALLET_ID_LENGTH;
use crate::formats::encoding::byte_order_mark::{BYTE_ORDER_MARK, without_mark};
use crate::formats::encoding::{
    file_kind::Foreign,
    line_blocks::{Cut, LineBlocks},
};

/// Bytes read at once: what is written of them still fits a core's cache.
const BLOCK: usize = 32 << 10;

/// A part of a list.
pub struct Block {
    content: Content,
    /// Lines before the first of this block that belong to no block: blank ones and those up to a header.
    pub lines_before: u64,
}

enum Content {
    /// Whole lines.
    Lines(Shape, Vec<u8>),
    /// What was found in a piece of a JSON document, and the checksum of its text.
    Entries(Vec<Result<WalletId, WalletIdError>>, u32),
}

/// What is on one line of a block.
pub struct Listed {
    /// The line, from 0 at the block's start; in a JSON document, the id's place among the ids.
    pub line: u64,
    /// The id, or why it is none.
    pub id: Result<WalletId, WalletIdError>,
    /// Whether nothing is on the line at all, as at the end of many lists.
    pub blank: bool,
}

impl Block {
    /// Hands over what is on each line; returns how many lines there are.
    pub fn each(&self, mut take: impl FnMut(Listed)) -> u64 {
        match &self.content {
            Content::Entries(entries, _) => {
                for (line, id) in (0..).zip(entries) {
                    take(Listed {
                        line,
                        id: id.clone(),
                        blank: false,
                    });
                }
                entries.len() as u64
            }
            Content::Lines(Shape::Csv { column, separator }, bytes) => {
                each_row(bytes, Column::new(*column, *separator), take)
            }
            Content::Lines(shape, bytes) => {
                let mut line = 0;
                for text in bytes.split_inclusive(|byte| *byte == b'\n') {
                    let text = text.trim_ascii();
                    let id = if *shape == Shape::Ndjson {
                        id_of_object(text)
                    } else {
                        WalletId::parse(unquoted(text))
                    };
                    let blank = text.is_empty();
                    take(Listed { line, id, blank });
                    line += 1;
                }
                line
            }
        }
    }

    /// An upper bound of the ids in this block.
    #[must_use]
    pub fn most_ids(&self) -> usize {
        match &self.content {
            Content::Lines(_, bytes) => bytes.len() / WALLET_ID_LENGTH + 1,
            Content::Entries(entries, _) => entries.len(),
        }
    }

    /// A checksum of the text, to notice a list that changes between two readings.
    #[must_use]
    pub fn checksum(&self) -> u32 {
        match &self.content {
            Content::Lines(_, bytes) => crc32fast::hash(bytes),
            Content::Entries(_, checksum) => *checksum,
        }
    }
}

fn each_row(bytes: &[u8], mut column: Column, mut take: impl FnMut(Listed)) -> u64 {
    let (mut line, mut rest) = (0, bytes);
    let has_quotes = memchr::memchr(b'"', bytes).is_some();
    while !rest.is_empty() {
        let (length, lines, quote) = if has_quotes {
            let row = column.row(rest);
            (row.length, row.lines, row.quote)
        } else {
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            (end, 1, Quote::Even)
        };
        let (row, after) = rest.split_at(length);
        rest = after;
        if !column.is_rule(row) {
            let (id, blank) = match quote {
                Quote::Even => column.id(row),
                Quote::Open | Quote::Unfinished => (Err(WalletIdError::OpenQuote), false),
            };
            take(Listed { line, id, blank });
        }
        line += lines;
    }
    line
}

/// Cuts a list into blocks. The same list is always cut in the same way.
pub struct WalletList<R> {
    blocks: LineBlocks<UsualEnds<R>>,
    shape: Option<Shape>,
    json: Option<JsonIds>,
    begun: bool,
    more_pages: bool,
}

impl<R: Read> WalletList<R> {
    /// Begins to read a list.
    pub fn new(input: R) -> Self {
        Self {
            blocks: LineBlocks::new(UsualEnds::new(input), BLOCK, 2 * MAX_LINE),
            shape: None,
            json: None,
            begun: false,
            more_pages: false,
        }
    }

    /// Begins to read ids that were given one by one: each line is an id, whatever it looks like.
    pub fn of_arguments(input: R) -> Self {
        Self {
            shape: Some(Shape::Text),
            ..Self::new(input)
        }
    }

    /// Whether the list is a JSON document, whose ids are counted and not their lines.
    pub fn is_document(&self) -> bool {
        self.json.is_some()
    }

    /// Whether the last page of a JSON document says that more follow. Known at the end.
    pub fn has_more_pages(&self) -> bool {
        self.more_pages
    }

    /// The next part of the list; `None` at the end.
    ///
    /// # Errors
    /// [`ListError`] when the list as a whole cannot be read; a bad id is no error here but a [`Listed`].
    pub fn next_block(&mut self) -> Result<Option<Block>, ListError> {
        let mut lines_before = 0;
        loop {
            if self.json.is_some() {
                return self.next_entries();
            }
            let Some(mut bytes) = self.next_lines()? else {
                return Ok(None);
            };
            if self.shape.is_none() {
                lines_before += self.begin(&mut bytes)?;
            }
            // Nothing but blank lines so far, or a header alone: they need no room.
            if let Some(shape) = self.shape.filter(|_| !bytes.is_empty()) {
                return Ok(Some(Block {
                    content: Content::Lines(shape, bytes),
                    lines_before,
                }));
            }
        }
    }

    /// Finds the shape on the first lines with content, and takes off what belongs to no id. Returns the lines taken off.
    fn begin(&mut self, bytes: &mut Vec<u8>) -> Result<u64, ListError> {
        if !self.begun {
            self.begun = true;
            refuse_no_text(bytes)?;
            if bytes.starts_with(BYTE_ORDER_MARK) {
                bytes.drain(..3);
            }
        }
        let (mut end, mut lines, mut separator) = (0, 0, None);
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            if !line.trim_ascii().is_empty() {
                match first_line(line, separator)? {
                    First::Header(shape) => self.shape = Some(shape),
                    First::Row(shape) => {
                        self.shape = Some(shape);
                        break;
                    }
                    First::Separator(said) => separator = Some(said),
                    First::Rule => {}
                    First::Document => {
                        self.begin_document(bytes.split_off(end), lines);
                        bytes.clear();
                        return Ok(lines);
                    }
                }
            }
            end += line.len();
            lines += 1;
            if self.shape.is_some() {
                break;
            }
        }
        bytes.drain(..end);
        self.keep_whole_rows(bytes);
        Ok(lines)
    }

    fn begin_document(&mut self, text: Vec<u8>, lines: u64) {
        self.blocks.give_back(text);
        self.json = Some(JsonIds::new(lines + 1));
    }

    /// The next ids of a JSON document.
    fn next_entries(&mut self) -> Result<Option<Block>, ListError> {
        loop {
            let bytes = self.blocks.next_piece()?;
            let Some(json) = &mut self.json else {
                return Ok(None);
            };
            if bytes.is_empty() {
                self.more_pages = json.finish()?;
                return Ok(None);
            }
            let entries = json.feed(&bytes)?;
            if !entries.is_empty() {
                return Ok(Some(Block {
                    content: Content::Entries(entries, crc32fast::hash(&bytes)),
                    lines_before: 0,
                }));
            }
        }
    }

    /// Whole lines, and whole rows where a row may go over several lines.
    fn next_lines(&mut self) -> Result<Option<Vec<u8>>, ListError> {
        loop {
            let line = self.blocks.lines() + 1;
            match self.blocks.next()? {
                None => return Ok(None),
                Some(Cut::Lines(mut bytes)) => {
                    self.keep_whole_rows(&mut bytes);
                    if !bytes.is_empty() {
                        return Ok(Some(bytes));
                    }
                }
                Some(Cut::LongLine(bytes)) if self.shape.is_none() && is_document(&bytes) => {
                    return Ok(Some(bytes));
                }
                Some(Cut::LongLine(_)) => return Err(ListError::LongLine(line)),
            }
        }
    }

    /// Leaves a row that is not whole for the next block.
    fn keep_whole_rows(&mut self, bytes: &mut Vec<u8>) {
        let Some(Shape::Csv { column, separator }) = self.shape else {
            return;
        };
        if self.blocks.has_ended() || memchr::memchr(b'"', bytes).is_none() {
            return;
        }
        let whole = Column::new(column, separator).whole_rows(bytes);
        self.blocks.give_back(bytes.split_off(whole));
    }
}

fn is_document(bytes: &[u8]) -> bool {
    let text = without_mark(bytes);
    matches!(text.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// Names a file that is no text.
/// Refuses what its first bytes show to be no text, before any more of it is read.
///
/// # Errors
/// [`ListError::Wide`] or [`ListError::Foreign`].
pub fn refuse_no_text(head: &[u8]) -> Result<(), ListError> {
    match Foreign::wide(head) {
        Some(Foreign::Wide(name)) => return Err(ListError::Wide(name)),
        Some(kind) => return Err(ListError::Foreign(kind)),
        None => {}
    }
    if let Some(kind) = Foreign::recognise(head) {
        return Err(ListError::Foreign(kind));
    }
    if head.iter().take(1024).any(|byte| *byte == 0) {
        return Err(ListError::Foreign(Foreign::Binary));
    }
    Ok(())
}

fn unquoted(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\"")
        .and_then(|text| text.strip_suffix(b"\""))
        .unwrap_or(text)
}
