//! Wallet ids out of JSON documents: arrays, the pages of the provider's API, objects one after the other
//! (FORMATS.md §11). Read as a stream: a page of a million wallets takes no more memory than one of ten.
//!
//! Ids are in one place of the document, and only there: a second place is refused, because leaving out a part of a list
//! would be silent.

use super::{
    list_error::ListError,
    list_shape::is_column_name,
    wallet_id::{WalletId, WalletIdError},
};
use crate::formats::encoding::more_pages::{Held, MorePages, plain};

/// Brackets in each other.
const DEEPEST: usize = 64;
/// Bytes of a string or number that are kept; ids and names are shorter.
const LONGEST: usize = 256;
/// Members whose array may hold bare ids.
const ARRAYS: [&str; 7] = [
    "data",
    "wallets",
    "walletids",
    "ids",
    "items",
    "results",
    "values",
];
/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    /// A value.
    Value,
    /// A value or the end of the array that has just begun.
    FirstValue,
    /// A member's name.
    Name,
    /// A name or the end of the object that has just begun.
    FirstName,
    Colon,
    /// A comma or the end of what is open; at the top, another document.
    After,
    /// The rest of a string.
    Text {
        is_name: bool,
        escaped: bool,
    },
    /// The rest of a number, `true`, `false` or `null`.
    Scalar,
}

/// An array or object that is open.
struct Frame {
    is_array: bool,
    /// The name of the member that is being read.
    name: String,
    has_id: bool,
}

/// Reads a document piece by piece.
pub(in crate::formats) struct JsonIds {
    expect: Expect,
    frames: Vec<Frame>,
    token: Vec<u8>,
    /// Whether the string is longer than what is kept of it.
    is_long: bool,
    line: u64,
    /// Where ids are, such as `data[].walletId`, without the last name.
    place: Option<String>,
    /// Places of objects without an id, until it is known where ids are.
    without: Vec<String>,
    /// Whether anything was where ids might have been.
    has_others: bool,
    /// What the page that was read last says of others.
    more_pages: MorePages,
    found: Vec<Result<WalletId, WalletIdError>>,
}

impl JsonIds {
    pub(in crate::formats) fn new(line: u64) -> Self {
        Self {
            expect: Expect::Value,
            frames: Vec::new(),
            token: Vec::new(),
            is_long: false,
            line,
            place: None,
            without: Vec::new(),
            has_others: false,
            more_pages: MorePages::default(),
            found: Vec::new(),
        }
    }

    /// Reads on; what was found in these bytes.
    pub(in crate::formats) fn feed(
        &mut self,
        bytes: &[u8],
    ) -> Result<Vec<Result<WalletId, WalletIdError>>, ListError> {
        for byte in bytes {
            self.byte(*byte)?;
        }
        Ok(std::mem::take(&mut self.found))
    }

    /// Whether the document may end here. Returns whether its last page says that more follow.
    pub(in crate::formats) fn finish(&mut self) -> Result<bool, ListError> {
        if self.expect == Expect::Scalar && self.frames.is_empty() {
            self.scalar_done()?;
        }
        if !self.frames.is_empty() || self.expect != Expect::After {
            return Err(ListError::JsonCut);
        }
        if self.place.is_none() && self.has_others {
            return Err(ListError::JsonNoIds);
        }
        Ok(self.more_pages.named().is_some())
    }

    fn byte(&mut self, byte: u8) -> Result<(), ListError> {
        if let Expect::Text { is_name, escaped } = self.expect {
            return self.in_text(byte, is_name, escaped);
        }
        if self.expect == Expect::Scalar {
            if !matches!(byte, b',' | b']' | b'}' | b'{' | b'[' | b'"' | b':')
                && !byte.is_ascii_whitespace()
            {
                self.keep(byte);
                return Ok(());
            }
            self.scalar_done()?;
        }
        if byte.is_ascii_whitespace() {
            self.line += u64::from(byte == b'\n');
            return Ok(());
        }
        match (self.expect, byte) {
            (Expect::Value | Expect::FirstValue, _) | (Expect::After, b'{' | b'[' | b'"')
                if self.begins_value(byte) =>
            {
                Ok(())
            }
            (Expect::FirstValue | Expect::After, b']') => self.close(true),
            (Expect::FirstName | Expect::After, b'}') => self.close(false),
            (Expect::Name | Expect::FirstName, b'"') => {
                self.begin_text(true);
                Ok(())
            }
            (Expect::Colon, b':') => {
                self.expect = Expect::Value;
                Ok(())
            }
            (Expect::After, b',') => {
                self.expect = match self.frames.last() {
                    Some(frame) if frame.is_array => Expect::Value,
                    Some(_) => Expect::Name,
                    None => return Err(self.broken()),
                };
                Ok(())
            }
            _ => Err(self.broken()),
        }
    }

    /// Begins a value; whether one begins so, and may begin here.
    fn begins_value(&mut self, byte: u8) -> bool {
        if self.expect == Expect::After && !self.frames.is_empty() {
            return false;
        }
        match byte {
            b'{' | b'[' if self.frames.len() < DEEPEST => {
                if self.begins_page() {
                    self.more_pages = MorePages::default();
                }
                self.frames.push(Frame {
                    is_array: byte == b'[',
                    name: String::new(),
                    has_id: false,
                });
                self.expect = if byte == b'[' {
                    Expect::FirstValue
                } else {
                    Expect::FirstName
                };
            }
            b'"' => self.begin_text(false),
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
                self.token.clear();
                self.is_long = false;
                self.keep(byte);
                self.expect = Expect::Scalar;
            }
            _ => return false,
        }
        true
    }

    fn begin_text(&mut self, is_name: bool) {
        self.token.clear();
        self.is_long = false;
        self.expect = Expect::Text {
            is_name,
            escaped: false,
        };
    }

    fn keep(&mut self, byte: u8) {
        if self.token.len() < LONGEST {
            self.token.push(byte);
        } else {
            self.is_long = true;
        }
    }

    fn in_text(&mut self, byte: u8, is_name: bool, escaped: bool) -> Result<(), ListError> {
        match byte {
            b'"' if !escaped => {
                self.expect = if is_name {
                    Expect::Colon
                } else {
                    Expect::After
                };
                return self.text_done(is_name);
            }
            0..0x20 => return Err(self.broken()),
            byte => self.keep(byte),
        }
        self.expect = Expect::Text {
            is_name,
            escaped: byte == b'\\' && !escaped,
        };
        Ok(())
    }

    fn text_done(&mut self, is_name: bool) -> Result<(), ListError> {
        let text = if self.is_long {
            // No id and no name that matters.
            String::from("…")
        } else if self.token.contains(&b'\\') {
            let quoted = [b"\"", self.token.as_slice(), b"\""].concat();
            serde_json::from_slice(&quoted).map_err(|_| self.broken())?
        } else {
            let text = std::str::from_utf8(&self.token).map_err(|_| self.broken())?;
            text.to_owned()
        };
        if is_name {
            if let Some(frame) = self.frames.last_mut() {
                frame.name = text;
            }
            return Ok(());
        }
        let Some(frame) = self.frames.last() else {
            return self.id(&text);
        };
        if frame.is_array {
            return if self.may_hold_ids() {
                self.id(&text)
            } else {
                self.has_others = true;
                Ok(())
            };
        }
        if is_column_name(frame.name.as_bytes()) {
            return self.member(|text| WalletId::parse(text.as_bytes()), &text);
        }
        self.member_of_page(Held::Text(&text));
        Ok(())
    }

    fn scalar_done(&mut self) -> Result<(), ListError> {
        self.expect = Expect::After;
        let value: serde_json::Value =
            serde_json::from_slice(&self.token).map_err(|_| self.broken())?;
        let Some(frame) = self.frames.last() else {
            return Err(self.broken());
        };
        if frame.is_array {
            self.has_others = true;
            return Ok(());
        }
        if is_column_name(frame.name.as_bytes()) {
            return self.member(
                |_| Err(WalletIdError::Json("its wallet id is no string")),
                "",
            );
        }
        match (value.as_bool(), value.as_u64()) {
            (Some(flag), _) => self.member_of_page(Held::Flag(flag)),
            (_, Some(number)) => self.member_of_page(Held::Number(number)),
            _ => {}
        }
        Ok(())
    }

    /// Whether the innermost array may be one of bare ids: the document itself, or a member of a page.
    fn may_hold_ids(&self) -> bool {
        match self.frames.as_slice() {
            [_] => true,
            [page, _] if !page.is_array => ARRAYS.contains(&plain(&page.name).as_str()),
            [pages, page, _] if pages.is_array && !page.is_array => {
                ARRAYS.contains(&plain(&page.name).as_str())
            }
            _ => false,
        }
    }

    /// The wallet id of the innermost object.
    fn member(
        &mut self,
        read: fn(&str) -> Result<WalletId, WalletIdError>,
        text: &str,
    ) -> Result<(), ListError> {
        let place = self.place_now();
        let line = self.line;
        if let Some(frame) = self.frames.last_mut() {
            if frame.has_id {
                return Err(ListError::JsonTwoIds(line));
            }
            frame.has_id = true;
        }
        self.take(place, read(text))
    }

    /// A bare id in an array.
    fn id(&mut self, text: &str) -> Result<(), ListError> {
        let place = self.place_now();
        self.take(place, WalletId::parse(text.as_bytes()))
    }

    fn take(
        &mut self,
        place: String,
        id: Result<WalletId, WalletIdError>,
    ) -> Result<(), ListError> {
        match &self.place {
            Some(known) if *known == place => {}
            Some(known) => return Err(ListError::JsonTwoPlaces(known.clone(), place)),
            None if self.without.contains(&place) => return Err(ListError::JsonNoIds),
            None => self.place = Some(place),
        }
        self.found.push(id);
        Ok(())
    }

    /// The way to the innermost value: `data[]`.
    fn place_now(&self) -> String {
        let mut place = String::new();
        for (index, frame) in self.frames.iter().enumerate() {
            let is_last = index + 1 == self.frames.len();
            if frame.is_array {
                place.push_str("[]");
            } else if !is_last {
                place.push('.');
                place.push_str(&frame.name);
            }
        }
        if self.frames.last().is_some_and(|frame| !frame.is_array) {
            place.push_str(".walletId");
        }
        place
    }

    fn close(&mut self, is_array: bool) -> Result<(), ListError> {
        if self
            .frames
            .last()
            .is_none_or(|frame| frame.is_array != is_array)
        {
            return Err(self.broken());
        }
        if self
            .frames
            .last()
            .is_some_and(|frame| !is_array && !frame.has_id)
        {
            self.object_without_id();
        }
        let is_empty = self.expect != Expect::After;
        self.frames.pop();
        self.expect = Expect::After;
        self.member_of_page(if is_empty {
            Held::Nothing
        } else {
            Held::Something
        });
        Ok(())
    }

    /// Whether a value that begins here is a page: the document, or an object of an array that is the document.
    fn begins_page(&self) -> bool {
        match self.frames.as_slice() {
            [] => true,
            [pages] => pages.is_array,
            _ => false,
        }
    }

    /// Notes a member of a page, or of an object in it. The wallets of its arrays say nothing about other pages.
    fn member_of_page(&mut self, held: Held<'_>) {
        let is_in_page = self.frames.iter().skip(1).all(|frame| !frame.is_array);
        if let Some(frame) = self.frames.last()
            && is_in_page
            && !frame.is_array
        {
            let around = self.frames.iter().rev().nth(1);
            let around = around.map_or("", |outer| outer.name.as_str());
            self.more_pages.member(around, &frame.name, held);
        }
    }

    fn object_without_id(&mut self) {
        let place = self.place_now();
        match &self.place {
            Some(known) if *known == place => {
                self.found
                    .push(Err(WalletIdError::Json("no member `walletId`")));
            }
            Some(_) => {}
            None => {
                // A page is no wallet; what is in its array would be.
                let holds_array = self.frames.len() == 1
                    && !self.frames.iter().any(|frame| frame.name.is_empty());
                self.has_others |=
                    self.frames.len() > 1 || !holds_array || !self.without.is_empty();
                if self.without.len() < DEEPEST && !self.without.contains(&place) {
                    self.without.push(place);
                }
            }
        }
    }

    fn broken(&self) -> ListError {
        ListError::Json(self.line)
    }
}
