//! Algorand: a transaction is a map in msgpack.

use super::reader::Reader;

/// Whether this is a transaction of Algorand in msgpack: a map from names, with its type among them.
pub(in crate::formats::chains) fn is_algorand_transaction(bytes: &[u8]) -> bool {
    let mut reader = Reader(bytes);
    map(&mut reader).is_some_and(|has_type| has_type && reader.is_empty())
}

/// Reads a map; whether it has the name `type`.
fn map(reader: &mut Reader<'_>) -> Option<bool> {
    let count = match reader.byte()? {
        head @ 0x80..=0x8f => usize::from(head & 15),
        0xde => reader.big_endian(2)?,
        _ => return None,
    };
    let mut has_type = false;
    for _ in 0..count {
        let length = match reader.byte()? {
            head @ 0xa0..=0xbf => usize::from(head & 31),
            _ => return None,
        };
        has_type |= reader.take(length)? == b"type";
        item(reader, 0)?;
    }
    Some(has_type)
}

fn item(reader: &mut Reader<'_>, depth: u8) -> Option<()> {
    const DEEPEST: u8 = 16;
    if depth > DEEPEST {
        return None;
    }
    let items = |count: usize, reader: &mut Reader<'_>| {
        (0..count).try_for_each(|_| item(reader, depth + 1))
    };
    let head = reader.byte()?;
    let bytes = match head {
        0x00..=0x7f | 0xc0 | 0xc2 | 0xc3 | 0xe0..=0xff => 0,
        0x80..=0x8f => return items(2 * usize::from(head & 15), reader),
        0x90..=0x9f => return items(usize::from(head & 15), reader),
        0xa0..=0xbf => usize::from(head & 31),
        0xc4 | 0xd9 => reader.big_endian(1)?,
        0xc5 | 0xda => reader.big_endian(2)?,
        0xc6 | 0xdb => reader.big_endian(4)?,
        0xcc | 0xd0 => 1,
        0xcd | 0xd1 => 2,
        0xce | 0xd2 => 4,
        0xcf | 0xd3 => 8,
        0xdc => {
            let count = reader.big_endian(2)?;
            return items(count, reader);
        }
        0xde => {
            let count = reader.big_endian(2)?;
            return items(2 * count, reader);
        }
        _ => return None,
    };
    reader.take(bytes).map(|_| ())
}
