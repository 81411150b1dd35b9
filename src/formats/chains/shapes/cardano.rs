//! Cardano: the body of a transaction is a map in CBOR.

use super::reader::Reader;

const DEEPEST: u8 = 32;

/// Whether this is the body of a Cardano transaction: a map from numbers, with inputs, outputs and a fee.
pub(in crate::formats::chains) fn is_cardano_body(bytes: &[u8]) -> bool {
    let mut reader = Reader(bytes);
    body(&mut reader).is_some() && reader.is_empty()
}

/// Whether this is a whole Cardano transaction: an array that begins with a body.
pub(in crate::formats::chains) fn is_cardano_transaction(bytes: &[u8]) -> bool {
    let mut reader = Reader(bytes);
    matches!(reader.byte(), Some(0x82..=0x84 | 0x9f)) && body(&mut reader).is_some()
}

fn body(reader: &mut Reader<'_>) -> Option<()> {
    let mut seen = [false; 3];
    match head(reader)? {
        (5, count) => {
            let mut left = count;
            while left != Some(0) {
                if left.is_none() && reader.0.first() == Some(&0xff) {
                    reader.byte()?;
                    break;
                }
                let (0, Some(name)) = head(reader)? else {
                    return None;
                };
                if let Some(seen) = seen.get_mut(name) {
                    *seen = true;
                }
                item(reader, 0)?;
                left = left.map(|left| left - 1);
            }
        }
        _ => return None,
    }
    (seen == [true; 3]).then_some(())
}

/// The kind of an item, and its number or length; `None` for a length that its end says.
fn head(reader: &mut Reader<'_>) -> Option<(u8, Option<usize>)> {
    let first = reader.byte()?;
    let number = match first & 31 {
        short @ 0..=23 => Some(usize::from(short)),
        24 => reader.big_endian(1),
        25 => reader.big_endian(2),
        26 => reader.big_endian(4),
        27 => reader.big_endian(8),
        31 => return Some((first >> 5, None)),
        _ => None,
    };
    Some((first >> 5, Some(number?)))
}

/// Reads over one item.
fn item(reader: &mut Reader<'_>, depth: u8) -> Option<()> {
    const END: u8 = 0xff;
    if depth > DEEPEST {
        return None;
    }
    let (kind, length) = head(reader)?;
    match (kind, length) {
        (0 | 1 | 7, Some(_)) => Some(()),
        (2 | 3, Some(length)) => reader.take(length).map(|_| ()),
        (4, Some(count)) => (0..count).try_for_each(|_| item(reader, depth + 1)),
        (5, Some(count)) => (0..count).try_for_each(|_| {
            item(reader, depth + 1)?;
            item(reader, depth + 1)
        }),
        (6, Some(_)) => item(reader, depth + 1),
        (2..=5, None) => {
            while reader.0.first() != Some(&END) {
                item(reader, depth + 1)?;
            }
            reader.byte().map(|_| ())
        }
        _ => None,
    }
}
