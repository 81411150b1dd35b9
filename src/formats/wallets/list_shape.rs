//! What the first lines of a wallet list show: how ids are in it (FORMATS.md §11).

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};

use super::{
    list_error::ListError,
    wallet_id::{WalletId, WalletIdError},
};

/// What is between the fields of a row, the likeliest first.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How ids are in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) enum Shape {
    /// One id a line, in quotes or not.
    Text,
    /// Rows of fields; the id is in this column, from 0.
    Csv { column: usize, separator: u8 },
    /// One JSON object a line.
    Ndjson,
}

/// What the first line with content is.
pub(in crate::formats) enum First {
    /// A header, or a line that belongs to no id.
    Header(Shape),
    /// The first id or row.
    Row(Shape),
    /// A line that says what is between fields, as Excel writes it.
    Separator(u8),
    /// A line of a table drawn with characters.
    Rule,
    /// The beginning of a JSON document.
    Document,
}

/// What the first line with content shows. `separator` is what an earlier line said.
pub(in crate::formats) fn first_line(
    line: &[u8],
    separator: Option<u8>,
) -> Result<First, ListError> {
    let text = line.trim_ascii();
    match text.first() {
        Some(b'-') if text.starts_with(b"-----BEGIN") => return Err(ListError::Key),
        Some(b'[') => return Ok(First::Document),
        Some(b'{') => match json_line(text) {
            JsonLine::Object => return Ok(First::Row(Shape::Ndjson)),
            JsonLine::Document => return Ok(First::Document),
            JsonLine::None => {}
        },
        _ => {}
    }
    if let [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', separator] = text {
        return Ok(First::Separator(*separator));
    }
    if is_rule(text) {
        return Ok(First::Rule);
    }
    let line = line.trim_ascii_end();
    let separators = separator.map_or(SEPARATORS.to_vec(), |separator| vec![separator]);
    for separator in &separators {
        let fields = fields_of(line, *separator);
        let mut columns = (0..)
            .zip(&fields)
            .filter(|(_, field)| is_column_name(field));
        match (columns.next(), columns.next()) {
            (Some((column, _)), None) => {
                return Ok(First::Header(Shape::Csv {
                    column,
                    separator: *separator,
                }));
            }
            (Some(_), Some(_)) => return Err(ListError::TwoColumns),
            _ => {}
        }
    }
    without_header(line, &separators)
}

fn without_header(line: &[u8], separators: &[u8]) -> Result<First, ListError> {
    for separator in separators {
        let fields = fields_of(line, *separator);
        if fields.len() < 2 {
            continue;
        }
        let mut filled = (0..)
            .zip(&fields)
            .filter(|(_, field)| !field.trim_ascii().is_empty());
        // A comma behind each id leaves no doubt.
        if let (Some((column, field)), None) = (filled.next(), filled.next())
            && WalletId::parse(field).is_ok()
        {
            return Ok(First::Row(Shape::Csv {
                column,
                separator: *separator,
            }));
        }
        let has_id = fields.iter().any(|field| WalletId::parse(field).is_ok());
        return Err(if has_id {
            ListError::NoHeader
        } else {
            ListError::NoColumn
        });
    }
    Ok(First::Row(Shape::Text))
}

/// Whether a field, or the name of a JSON member, is called `walletId` in any of its spellings.
pub(in crate::formats) fn is_column_name(field: &[u8]) -> bool {
    let mut wanted = b"walletid".iter();
    let letters = field.iter().filter(|byte| byte.is_ascii_alphanumeric());
    letters
        .map(u8::to_ascii_lowercase)
        .all(|letter| wanted.next() == Some(&letter))
        && wanted.next().is_none()
}

/// `-----+-----` and `|---|---|`, as databases and Markdown draw tables.
pub(in crate::formats) fn is_rule(line: &[u8]) -> bool {
    line.len() > 2 && line.contains(&b'-') && line.iter().all(|byte| b"-+|=: \t".contains(byte))
}

/// Takes rows apart into their fields. Its tables cost far more than a row: one splitter serves many.
pub(in crate::formats) struct Splitter {
    reader: csv_core::Reader,
    separator: u8,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Splitter {
    /// For rows whose fields are parted by this byte.
    pub(in crate::formats) fn new(separator: u8) -> Self {
        let reader = csv_core::ReaderBuilder::new().delimiter(separator).build();
        Self {
            reader,
            separator,
            text: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// The fields of a row, quotes taken off.
    pub(in crate::formats) fn fields(&mut self, row: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
        use csv_core::ReadRecordResult::InputEmpty;

        let most = memchr::memchr_iter(self.separator, row).count() + 1;
        self.ends.resize(most.max(self.ends.len()), 0);
        self.text.resize(row.len().max(self.text.len()), 0);

        self.reader.reset();
        let (result, read, mut written, mut count) =
            self.reader.read_record(row, &mut self.text, &mut self.ends);
        if result == InputEmpty && read == row.len() {
            // The end of the text is the end of the row.
            let text = self.text.get_mut(written..).unwrap_or_default();
            let ends = self.ends.get_mut(count..).unwrap_or_default();
            let (_, _, more, one) = self.reader.read_record(b"", text, ends);
            (written, count) = (written + more, count + one);
        }

        let text = self.text.get(..written).unwrap_or_default();
        let ends = self.ends.get(..count).unwrap_or_default();
        let starts = std::iter::once(0).chain(ends.iter().copied());
        starts
            .zip(ends)
            .map(|(start, end)| text.get(start..*end).unwrap_or_default())
    }
}

/// The fields of one row, such as the first.
fn fields_of(row: &[u8], separator: u8) -> Vec<Vec<u8>> {
    let mut splitter = Splitter::new(separator);
    splitter.fields(row).map(<[u8]>::to_vec).collect()
}

enum JsonLine {
    /// An object with an id, or that should have one.
    Object,
    /// A page, or the beginning of something longer.
    Document,
    /// No JSON: a brace may also open a braced UUID.
    None,
}

fn json_line(line: &[u8]) -> JsonLine {
    match serde_json::from_slice::<Wallet>(line) {
        Ok(wallet) if wallet.id.is_some() || !wallet.is_nested => JsonLine::Object,
        Ok(_) => JsonLine::Document,
        Err(_) if line.contains(&b':') || line.contains(&b'"') || line.len() == 1 => {
            JsonLine::Document
        }
        Err(_) => JsonLine::None,
    }
}

/// The id in a line that is a JSON object.
pub(in crate::formats) fn id_of_object(line: &[u8]) -> Result<WalletId, WalletIdError> {
    if line.is_empty() {
        return Err(WalletIdError::Empty);
    }
    let wallet: Wallet =
        serde_json::from_slice(line).map_err(|_| WalletIdError::Json("not a JSON object"))?;
    match wallet.id {
        Some(Member::Text(id)) => WalletId::parse(id.as_bytes()),
        Some(Member::Other) => Err(WalletIdError::Json("its wallet id is no string")),
        Some(Member::Twice) => Err(WalletIdError::Json("two members with a wallet id")),
        None => Err(WalletIdError::Json("no member `walletId`")),
    }
}

/// An object of a list, as far as it matters.
struct Wallet {
    id: Option<Member>,
    is_nested: bool,
}

enum Member {
    Text(String),
    Other,
    Twice,
}

impl<'de> Deserialize<'de> for Wallet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(WalletVisitor)
    }
}

struct WalletVisitor;

impl<'de> Visitor<'de> for WalletVisitor {
    type Value = Wallet;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Wallet, A::Error> {
        let mut wallet = Wallet {
            id: None,
            is_nested: false,
        };
        while let Some(Name(is_id)) = members.next_key()? {
            if !is_id {
                let Nested(is_nested) = members.next_value()?;
                wallet.is_nested |= is_nested;
                continue;
            }
            let member = members.next_value()?;
            wallet.id = Some(if wallet.id.is_some() {
                Member::Twice
            } else {
                member
            });
        }
        Ok(wallet)
    }
}

/// Whether the name of a member is that of a wallet id.
struct Name(bool);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl Visitor<'_> for NameVisitor {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_str<E>(self, name: &str) -> Result<Name, E> {
                Ok(Name(is_column_name(name.as_bytes())))
            }
        }

        deserializer.deserialize_str(NameVisitor)
    }
}

macro_rules! plain_values {
    ($value:expr) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($value)
        }
    };
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MemberVisitor;

        impl<'de> Visitor<'de> for MemberVisitor {
            type Value = Member;

            plain_values!(Member::Other);

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a wallet id")
            }

            fn visit_str<E>(self, text: &str) -> Result<Member, E> {
                Ok(Member::Text(text.to_owned()))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut rest: A,
            ) -> Result<Member, A::Error> {
                while rest.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Member::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut rest: A) -> Result<Member, A::Error> {
                while rest.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Member::Other)
            }
        }

        deserializer.deserialize_any(MemberVisitor)
    }
}

/// Whether a value is an array or an object.
struct Nested(bool);

impl<'de> Deserialize<'de> for Nested {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NestedVisitor;

        impl<'de> Visitor<'de> for NestedVisitor {
            type Value = Nested;

            plain_values!(Nested(false));

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_str<E>(self, _: &str) -> Result<Nested, E> {
                Ok(Nested(false))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut rest: A,
            ) -> Result<Nested, A::Error> {
                while rest.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Nested(true))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut rest: A) -> Result<Nested, A::Error> {
                while rest.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Nested(true))
            }
        }

        deserializer.deserialize_any(NestedVisitor)
    }
}
