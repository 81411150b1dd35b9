//! Tezos: a forged operation behind the byte 03, or packed data.

use super::reader::Reader;

/// What bytes are to Tezos.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::formats::chains) enum TezosShape {
    /// An operation behind 03, or packed data behind 05.
    Signable,
    /// A forged operation alone, whose branch happens to begin with 03 or 05.
    Alone,
    /// An operation with 03 before it twice.
    Twice,
    /// Bytes that begin otherwise.
    OtherStart,
    /// None of these.
    Other,
}

/// What these bytes are. After the first byte come the branch, of 32 bytes, and operations.
pub(in crate::formats::chains) fn tezos_shape(bytes: &[u8]) -> TezosShape {
    const BRANCH: usize = 32;
    let is_operation = |place: usize| bytes.get(place..).is_some_and(are_operations);
    match bytes.split_first() {
        Some((3, _)) if is_operation(1 + BRANCH) => TezosShape::Signable,
        Some((3, [3, ..])) if is_operation(2 + BRANCH) => TezosShape::Twice,
        Some((3 | 5, _)) if is_operation(BRANCH) => TezosShape::Alone,
        Some((5, packed)) if is_packed(packed) => TezosShape::Signable,
        Some((3 | 5, _)) | None => TezosShape::Other,
        Some(_) => TezosShape::OtherStart,
    }
}

/// The kind of the first node of packed data; a text, a list and bytes say their length.
fn is_packed(packed: &[u8]) -> bool {
    let mut reader = Reader(packed);
    match reader.byte() {
        Some(1 | 2 | 10) => reader
            .big_endian(4)
            .is_some_and(|length| length == reader.0.len()),
        Some(0 | 3..=9) => !reader.is_empty(),
        _ => false,
    }
}

fn are_operations(bytes: &[u8]) -> bool {
    let mut reader = Reader(bytes);
    let Some(tag) = reader.0.first().copied() else {
        return false;
    };
    // Operations that do not name who pays are alone: their length is known, or their text is.
    match tag {
        0 => return bytes.len() == 5,
        1 => return bytes.len() == 37,
        4 => return bytes.len() == 41,
        6 => return bytes.len() == 59,
        9 => return bytes.len() == 64,
        2 | 3 | 5 | 7 | 8 => return bytes.len() > 40,
        0x11 => return bytes.len() >= 5,
        _ => {}
    }
    while !reader.is_empty() {
        if operation(&mut reader).is_none() {
            return false;
        }
    }
    true
}

/// An operation that names who pays: tag, source, four numbers, and what belongs to its kind.
fn operation(reader: &mut Reader<'_>) -> Option<()> {
    let tag = reader.byte()?;
    if !matches!(tag, 0x6b..=0x73 | 0x9e | 0xc8..=0xcf | 0xe6 | 0xfa | 0xfb) {
        return None;
    }
    // The kind of the source's key.
    reader.byte().filter(|kind| *kind <= 3)?;
    reader.take(20)?;
    for _ in 0..4 {
        number(reader)?;
    }

    match tag {
        0x6b => reveal(reader),
        0x6c => transfer(reader),
        0x6e => {
            if flag(reader)? {
                reader.byte().filter(|kind| *kind <= 3)?;
                reader.take(20)?;
            }
            Some(())
        }
        // Others are not read here.
        _ => reader
            .take(reader.0.len())
            .filter(|rest| !rest.is_empty())
            .map(|_| ()),
    }
}

/// A key, and on newer networks a proof that belongs to the newest kind of key.
fn reveal(reader: &mut Reader<'_>) -> Option<()> {
    let kind = reader.byte()?;
    let length = match kind {
        0 => 32,
        1 | 2 => 33,
        3 => 48,
        _ => return None,
    };
    reader.take(length)?;
    // No operation begins with 0 or ff.
    match reader.0.first() {
        Some(0) => reader.byte().map(|_| ()),
        Some(0xff) => {
            reader.byte()?;
            let length = reader.big_endian(4)?;
            reader.take(length).map(|_| ())
        }
        _ => Some(()),
    }
}

/// An amount, a receiver, and perhaps what a contract is called with.
fn transfer(reader: &mut Reader<'_>) -> Option<()> {
    const NAMED: u8 = 0xff;
    number(reader)?;
    reader.byte().filter(|kind| *kind <= 4)?;
    reader.take(21)?;
    if flag(reader)? {
        if reader.byte()? == NAMED {
            let length = reader.big_endian(1)?;
            reader.take(length)?;
        }
        let length = reader.big_endian(4)?;
        reader.take(length)?;
    }
    Some(())
}

fn flag(reader: &mut Reader<'_>) -> Option<bool> {
    match reader.byte()? {
        0 => Some(false),
        0xff => Some(true),
        _ => None,
    }
}

/// A number of any size, seven bits in each byte.
fn number(reader: &mut Reader<'_>) -> Option<()> {
    while reader.byte()? >= 0x80 {}
    Some(())
}
