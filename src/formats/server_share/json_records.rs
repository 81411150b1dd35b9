//! Records in JSON, taken out of a stream one by one: an object of wallets by id, records one after the other, and both
//! inside the answers of servers (FORMATS.md §10).

use std::{
    collections::HashSet,
    io::{BufRead, Cursor},
    ops::Range,
};

use zeroize::Zeroizing;

use super::{
    read_record::{RECORD_FIELDS, ReadRecord, Reading, Wanted, parse_id, read_record},
    record::Record,
    record_error::RecordError,
};
use crate::formats::{
    encoding::{
        json::{FieldError, FieldFault, Value},
        json_stream::{JsonStream, StreamFault},
        other_content::ENVELOPES,
        shown::shown_member,
    },
    wallets::wallet_id::WalletId,
};

/// Longest record accepted, in bytes.
const MAX_RECORD: usize = 1 << 20;
/// Longest text in which there is JSON again, in bytes.
const MAX_TEXT: usize = 64 << 20;
/// What is between two records is kept up to here, in bytes.
const MOST_BETWEEN: usize = 64 << 10;
/// Envelopes in each other.
const DEEPEST: usize = 8;

/// Reads records out of JSON.
pub(super) struct JsonRecords<R> {
    stream: JsonStream<R>,
    reading: Reading,
    /// What is open around the next value, from the outside in.
    open: Vec<Open>,
    /// Envelopes around this text.
    depth: usize,
    /// The text of an envelope, in which there is JSON again.
    inner: Option<Box<JsonRecords<Inner>>>,
    /// The wallets of objects by id so far.
    seen: HashSet<u128>,
    is_first: bool,
}

/// The text of an envelope.
type Inner = Cursor<Zeroizing<Vec<u8>>>;

/// An array or object that is open.
struct Open {
    kind: OpenKind,
    /// Whether nothing of it has been read.
    is_empty: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum OpenKind {
    Array,
    /// An object of wallets by id.
    Wallets,
    /// An object with records further in.
    Envelope,
}

impl<R: BufRead> JsonRecords<R> {
    pub(super) fn new(input: R, reading: Reading) -> Self {
        Self {
            stream: JsonStream::new(input),
            reading,
            open: Vec::new(),
            depth: 0,
            inner: None,
            seen: HashSet::new(),
            is_first: true,
        }
    }

    /// The line that is being read, from 1.
    pub(super) fn line(&self) -> u64 {
        self.stream.place().0
    }

    /// What was behind the last record.
    pub(super) fn rest(&self) -> &[u8] {
        self.stream.taken()
    }

    /// The next record of a wallet that is wanted.
    pub(super) fn next(
        &mut self,
        wanted: &mut Wanted<'_>,
    ) -> Result<Option<ReadRecord>, RecordError> {
        loop {
            // Empty objects and arrays without end must not fill the memory.
            if self.stream.taken().len() > MOST_BETWEEN {
                self.stream.forget();
            }
            if let Some(inner) = &mut self.inner {
                if let Some(mut found) = inner.next(wanted)? {
                    // Where it is in the file, not in the text.
                    found.line = self.line();
                    return Ok(Some(found));
                }
                self.inner = None;
            }

            let found = match self.open.last().map(|open| open.kind) {
                None if self.peek()?.is_none() => return Ok(None),
                None => self.value(wanted)?,
                Some(OpenKind::Array) => {
                    if !self.goes_on(b']')? {
                        continue;
                    }
                    self.value(wanted)?
                }
                Some(kind) => {
                    if !self.goes_on(b'}')? {
                        continue;
                    }
                    let name = self.name()?;
                    match kind {
                        OpenKind::Wallets => self.wallet(&name, wanted)?,
                        _ => self.member_of_envelope(&name, wanted)?,
                    }
                }
            };
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    /// Takes what is before the next element or member, or closes what is open; whether there is a next one.
    fn goes_on(&mut self, end: u8) -> Result<bool, RecordError> {
        let is_empty = self.open.last_mut().is_none_or(|open| {
            let is_empty = open.is_empty;
            open.is_empty = false;
            is_empty
        });
        match self.peek()? {
            Some(byte) if byte == end => {
                self.expect(end)?;
                self.open.pop();
                Ok(false)
            }
            Some(b',') if !is_empty => {
                self.expect(b',')?;
                Ok(true)
            }
            Some(_) if is_empty => Ok(true),
            Some(_) => Err(self.fault(StreamFault::Broken)),
            None => Err(self.fault(StreamFault::Cut)),
        }
    }

    /// A value where records may be.
    fn value(&mut self, wanted: &mut Wanted<'_>) -> Result<Option<ReadRecord>, RecordError> {
        let may_be_wrapped = self.reading == Reading::Anything && self.depth() < DEEPEST;
        match self.peek()? {
            Some(b'{') => self.object(wanted),
            Some(b'[') if may_be_wrapped => {
                self.expect(b'[')?;
                self.enter(OpenKind::Array);
                Ok(None)
            }
            Some(b'"') if may_be_wrapped => {
                if self.text()? {
                    return Ok(None);
                }
                Err(self.field_fault("", FieldFault::Type("an object")))
            }
            Some(_) => Err(self.field_fault("", FieldFault::Type("an object"))),
            None => Err(self.fault(StreamFault::Cut)),
        }
    }

    /// An object: its first telling name says whether it is a record, holds wallets by id, or is an envelope.
    fn object(&mut self, wanted: &mut Wanted<'_>) -> Result<Option<ReadRecord>, RecordError> {
        self.expect(b'{')?;
        let start = self.stream.taken().len() - 1;
        self.enter(OpenKind::Wallets);
        let mut other: Option<String> = None;

        while self.goes_on(b'}')? {
            let name = self.name()?;
            if RECORD_FIELDS.contains(&name.as_str()) {
                self.open.pop();
                let text = self.stream.rest_of_object(start, MAX_RECORD);
                let text = text.map_err(|fault| self.fault(fault))?;
                return self.line_record(text, wanted);
            }
            if parse_id(&name).is_ok() {
                // Where wallets are beside it, another member is a wallet with a wrong id.
                return self.wallet(other.as_deref().unwrap_or(&name), wanted);
            }
            let may_be_wrapped = self.reading == Reading::Anything && self.depth() < DEEPEST;
            if may_be_wrapped && ENVELOPES.contains(&name.as_str()) {
                match self.peek()? {
                    Some(b'{' | b'[') => {
                        self.become_envelope();
                        return self.value(wanted);
                    }
                    Some(b'"') if self.text()? => {
                        self.become_envelope();
                        return Ok(None);
                    }
                    Some(b'"') => {
                        other.get_or_insert(name);
                        continue;
                    }
                    _ => {}
                }
            }
            other.get_or_insert(name);
            self.pass_over()?;
        }

        match other {
            None => Ok(None),
            Some(name) => Err(self.bad_id(&name)),
        }
    }

    /// A member of an object that has shown itself as an envelope.
    fn member_of_envelope(
        &mut self,
        name: &str,
        wanted: &mut Wanted<'_>,
    ) -> Result<Option<ReadRecord>, RecordError> {
        if RECORD_FIELDS.contains(&name) || parse_id(name).is_ok() {
            let fault = "is beside an answer that holds records".to_owned();
            return Err(self.field_fault(name, FieldFault::Value(fault)));
        }
        let found = match self.peek()? {
            Some(b'{' | b'[') if ENVELOPES.contains(&name) => self.value(wanted)?,
            Some(b'"') if ENVELOPES.contains(&name) => {
                self.text()?;
                None
            }
            _ => {
                self.pass_over()?;
                None
            }
        };
        if found.is_none() {
            self.stream.forget();
        }
        Ok(found)
    }

    /// The member of a wallet in an object by id, its name already taken.
    fn wallet(
        &mut self,
        name: &str,
        wanted: &mut Wanted<'_>,
    ) -> Result<Option<ReadRecord>, RecordError> {
        let Ok(wallet) = parse_id(name) else {
            return Err(self.bad_id(name));
        };
        let text = self.stream.value(MAX_RECORD);
        let text = text.map_err(|fault| self.fault(fault))?;
        if !self.seen.insert(wallet.as_u128()) {
            return Err(RecordError::Twice(wallet));
        }
        let is_ours = self.reading != Reading::Anything && self.open.len() == 1;
        let written = is_ours.then(|| Record::parse_member(self.stream.taken(), self.is_first));
        self.finish(written.flatten(), Some(wallet), text, wanted)
    }

    /// A record that names its wallet itself.
    fn line_record(
        &mut self,
        text: Range<usize>,
        wanted: &mut Wanted<'_>,
    ) -> Result<Option<ReadRecord>, RecordError> {
        let is_ours = self.reading != Reading::Anything && self.open.is_empty();
        let written = is_ours.then(|| Record::parse_line(self.stream.taken(), self.is_first));
        self.finish(written.flatten(), None, text, wanted)
    }

    /// Hands a record over, as `derive` wrote it or read in its own spelling.
    fn finish(
        &mut self,
        written: Option<Record>,
        named: Option<WalletId>,
        text: Range<usize>,
        wanted: &mut Wanted<'_>,
    ) -> Result<Option<ReadRecord>, RecordError> {
        self.is_first = false;
        let line = self.line();
        let found = match written {
            Some(record) => wanted(&record.wallet_id).then_some(ReadRecord {
                record,
                short: Vec::new(),
                line,
                foreign_line: None,
            }),
            None => {
                let text = self.stream.taken().get(text).unwrap_or_default();
                self.read_loose(named, text, line, wanted)?
            }
        };
        self.stream.forget();
        Ok(found)
    }

    /// Reads a record whose wallet its member's name tells, or it itself.
    fn read_loose(
        &self,
        named: Option<WalletId>,
        text: &[u8],
        line: u64,
        wanted: &mut Wanted<'_>,
    ) -> Result<Option<ReadRecord>, RecordError> {
        let place = match &named {
            Some(wallet) => wallet.to_string(),
            None => self.place_of_record(),
        };
        let object = Value::parse(&place, text)?;
        let wallet = match named {
            Some(wallet) => wallet,
            None => {
                let id = match object.find("wallet_id")? {
                    Some(id) => id,
                    None => object.get("walletId")?,
                };
                parse_id(id.text()?.expose()).map_err(|fault| id.fault(fault))?
            }
        };
        if !wanted(&wallet) {
            return Ok(None);
        }

        let (record, short) = read_record(wallet, &object, self.reading)?;
        Ok(Some(ReadRecord {
            record,
            short,
            line,
            foreign_line: Some(line),
        }))
    }

    /// Takes a text in; whether there is JSON in it, which then comes next.
    fn text(&mut self) -> Result<bool, RecordError> {
        let text = self.stream.value(MAX_TEXT);
        let text = text.map_err(|fault| self.fault(fault))?;
        let place = self.place_of_record();
        let value = Value::parse(&place, self.stream.taken().get(text).unwrap_or_default())?;
        let inner = value.text()?;
        let inner = inner.expose().trim();
        if !inner.starts_with(['{', '[', '"']) {
            return Ok(false);
        }

        let inner = Zeroizing::new(inner.as_bytes().to_vec());
        let mut records = JsonRecords::new(Cursor::new(inner), self.reading);
        records.depth = self.depth() + 1;
        self.inner = Some(Box::new(records));
        self.stream.forget();
        Ok(true)
    }

    /// Takes a value in that is of no interest, but must be one.
    fn pass_over(&mut self) -> Result<(), RecordError> {
        let text = self.stream.value(MAX_RECORD);
        let text = text.map_err(|fault| self.fault(fault))?;
        let place = self.place_of_record();
        Value::parse(&place, self.stream.taken().get(text).unwrap_or_default())?;
        if self.stream.taken().len() > MAX_RECORD {
            return Err(self.fault(StreamFault::Long(MAX_RECORD)));
        }
        Ok(())
    }

    /// Takes the name of a member and the colon behind it.
    fn name(&mut self) -> Result<String, RecordError> {
        let name = match self.peek()? {
            Some(b'"') => self.stream.value(MAX_RECORD),
            Some(_) => Err(StreamFault::Broken),
            None => Err(StreamFault::Cut),
        };
        let name = name.map_err(|fault| self.fault(fault))?;
        let quoted = self.stream.taken().get(name).unwrap_or_default();
        let name: Result<String, _> = serde_json::from_slice(quoted);
        let name = name.map_err(|_| self.fault(StreamFault::Broken))?;
        self.expect(b':')?;
        Ok(name)
    }

    fn enter(&mut self, kind: OpenKind) {
        self.open.push(Open {
            kind,
            is_empty: true,
        });
    }

    fn become_envelope(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.kind = OpenKind::Envelope;
        }
    }

    fn depth(&self) -> usize {
        self.depth + self.open.len()
    }

    fn peek(&mut self) -> Result<Option<u8>, RecordError> {
        let next = self.stream.peek();
        next.map_err(|fault| self.fault(fault))
    }

    fn expect(&mut self, byte: u8) -> Result<(), RecordError> {
        let taken = self.stream.expect(byte);
        taken.map_err(|fault| self.fault(fault))
    }

    fn place_of_record(&self) -> String {
        format!("line {}", self.line())
    }

    fn bad_id(&self, name: &str) -> RecordError {
        let fault = parse_id(name).err();
        let fault = fault.unwrap_or_else(|| FieldFault::Value("no wallet id".to_owned()));
        FieldError {
            document: String::new(),
            path: shown_member(name),
            fault,
        }
        .into()
    }

    fn field_fault(&self, name: &str, fault: FieldFault) -> RecordError {
        FieldError {
            document: self.place_of_record(),
            path: shown_member(name),
            fault,
        }
        .into()
    }

    fn fault(&self, fault: StreamFault) -> RecordError {
        let (line, column) = self.stream.place();
        match fault {
            StreamFault::Io(error) => RecordError::Io(error),
            StreamFault::Cut => RecordError::CutOff(line),
            StreamFault::Broken => RecordError::Field(FieldError {
                document: String::new(),
                path: String::new(),
                fault: FieldFault::NotJson {
                    line: usize::try_from(line).unwrap_or(usize::MAX),
                    column: column + 1,
                },
            }),
            StreamFault::Long(most) => {
                let fault = format!("more than {most} bytes, which no record has");
                self.field_fault("", FieldFault::Value(fault))
            }
        }
    }
}
