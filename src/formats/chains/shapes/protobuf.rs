//! Protobuf messages, one level deep, and those of Tron and Hedera.

use super::reader::Reader;

/// A field's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field<'a> {
    /// A number.
    Number,
    /// Bytes, text or a message.
    Bytes(&'a [u8]),
    /// A number of 4 or 8 bytes.
    Fixed,
}

/// The fields of a message that fills the bytes, with their numbers.
pub(super) fn fields(bytes: &[u8]) -> Option<Vec<(u64, Field<'_>)>> {
    const MOST: usize = 100_000;
    let mut reader = Reader(bytes);
    let mut fields = Vec::new();
    while !reader.is_empty() {
        let tag = reader.varint().filter(|tag| *tag >= 8)?;
        let field = match tag & 7 {
            0 => reader.varint().map(|_| Field::Number)?,
            1 => reader.take(8).map(|_| Field::Fixed)?,
            2 => {
                let length = usize::try_from(reader.varint()?).ok()?;
                Field::Bytes(reader.take(length)?)
            }
            5 => reader.take(4).map(|_| Field::Fixed)?,
            _ => return None,
        };
        if fields.len() == MOST {
            return None;
        }
        fields.push((tag >> 3, field));
    }
    Some(fields)
}

/// The bytes of the first field of that number.
fn bytes_of<'a>(fields: &[(u64, Field<'a>)], number: u64) -> Option<&'a [u8]> {
    fields.iter().find_map(|field| match field {
        (found, Field::Bytes(bytes)) if *found == number => Some(*bytes),
        _ => None,
    })
}

/// Whether this is `raw_data` of a Tron transaction: the block it refers to, when it ends, and contracts.
pub(in crate::formats::chains) fn is_tron_raw(bytes: &[u8]) -> bool {
    let Some(fields) = fields(bytes) else {
        return false;
    };
    let are_known = fields.iter().all(|(number, field)| match field {
        Field::Number => matches!(number, 3 | 8 | 14 | 18),
        Field::Bytes(_) => matches!(number, 1 | 4 | 9..=12),
        Field::Fixed => false,
    });
    let has_length =
        |number, length| bytes_of(&fields, number).is_some_and(|bytes| bytes.len() == length);

    are_known
        && has_length(1, 2)
        && has_length(4, 8)
        && fields.contains(&(8, Field::Number))
        && bytes_of(&fields, 11).is_some_and(|contract| !contract.is_empty())
}

/// Whether this is a whole Tron transaction: `raw_data` first, then signatures and results.
pub(in crate::formats::chains) fn is_tron_transaction(bytes: &[u8]) -> bool {
    fields(bytes).is_some_and(|fields| {
        let is_raw_first = matches!(fields.first(), Some((1, Field::Bytes(raw))) if raw.len() > 16);
        is_raw_first && fields.iter().all(|(number, _)| matches!(number, 1 | 2 | 5))
    })
}

/// Whether this is the body of a Hedera transaction: its id, a node and what is done.
pub(in crate::formats::chains) fn is_hedera_body(bytes: &[u8]) -> bool {
    let Some(found) = fields(bytes) else {
        return false;
    };
    // The id has the time of its start and the account.
    let has_id = bytes_of(&found, 1)
        .and_then(fields)
        .is_some_and(|id| bytes_of(&id, 1).is_some() && bytes_of(&id, 2).is_some());
    let has_data = found
        .iter()
        .any(|(number, field)| *number >= 7 && matches!(field, Field::Bytes(_)));
    let are_right = found.iter().all(|(number, field)| match number {
        3 | 5 => *field == Field::Number,
        _ => matches!(field, Field::Bytes(_)),
    });
    has_id && has_data && are_right && bytes_of(&found, 2).is_some()
}

fn inside(outer: &[u8], number: u64) -> Option<&[u8]> {
    bytes_of(&fields(outer)?, number)
}

/// Whether this is a whole Hedera transaction, or a list of them, as its kits write them.
pub(in crate::formats::chains) fn is_hedera_transaction(bytes: &[u8]) -> bool {
    let is_signed = |bytes: &[u8]| inside(bytes, 1).is_some_and(is_hedera_body);
    let is_one = |bytes: &[u8]| {
        inside(bytes, 5).is_some_and(is_signed) || inside(bytes, 4).is_some_and(is_hedera_body)
    };
    is_signed(bytes) || is_one(bytes) || inside(bytes, 1).is_some_and(is_one)
}
