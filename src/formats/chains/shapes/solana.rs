//! Solana: the message of a transaction, and the transaction around it.

use super::reader::Reader;

/// Whether this is a message of a transaction, of the older kind or of version 0.
pub(in crate::formats::chains) fn is_solana_message(bytes: &[u8]) -> bool {
    let mut reader = Reader(bytes);
    message(&mut reader).is_some() && reader.is_empty()
}

/// Whether this is a whole transaction, with its signatures or with room for them.
pub(in crate::formats::chains) fn is_solana_transaction(bytes: &[u8]) -> bool {
    let mut reader = Reader(bytes);
    let Some(count @ 1..=19) = reader.byte() else {
        return false;
    };
    let Some(places) = reader.take(64 * usize::from(count)) else {
        return false;
    };

    let is_unsigned = places.iter().all(|byte| *byte == 0) && !reader.is_empty();
    is_unsigned || message(&mut reader) == Some(count) && reader.is_empty()
}

/// Reads a message; how many sign it.
fn message(reader: &mut Reader<'_>) -> Option<u8> {
    let first = reader.byte()?;
    let is_versioned = first >= 0x80;
    let signers = match first {
        0x80 => reader.byte()?,
        0x81.. => return None,
        _ => first,
    };
    let &[unchanged, _] = reader.take(2)? else {
        return None;
    };

    let accounts = reader.short()?;
    if signers == 0 || unchanged >= signers || accounts < usize::from(signers) {
        return None;
    }
    reader.take(32 * accounts + 32)?;
    for _ in 0..reader.short()? {
        reader.byte()?;
        counted(reader)?;
        counted(reader)?;
    }
    if is_versioned {
        for _ in 0..reader.short()? {
            reader.take(32)?;
            counted(reader)?;
            counted(reader)?;
        }
    }
    Some(signers)
}

fn counted(reader: &mut Reader<'_>) -> Option<()> {
    let length = reader.short()?;
    reader.take(length).map(|_| ())
}
