//! The XRP ledger: fields of a transaction, each behind its type and number.

use super::reader::Reader;

/// What bytes are to the XRP ledger.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::formats::chains) enum RippleShape {
    /// A transaction or a claim behind the four bytes that belong there.
    Signable,
    /// Those four bytes before a transaction that has its signature.
    Signed,
    /// A transaction without those bytes.
    Alone,
    /// None of these.
    Other,
}

/// The kind of a transaction is the first of its fields.
const KIND: u8 = 0x12;

/// What these bytes are.
pub(in crate::formats::chains) fn ripple_shape(bytes: &[u8]) -> RippleShape {
    const CLAIM: usize = 4 + 32 + 8;
    if bytes.first() == Some(&KIND) && transaction(bytes).is_some() {
        return RippleShape::Alone;
    }
    let Some((mark, rest)) = bytes.split_first_chunk::<4>() else {
        return RippleShape::Other;
    };

    // Of a transaction with several signers, the account that signs comes last.
    let signed = match mark {
        b"STX\0" => transaction(rest),
        b"SMT\0" => rest
            .split_last_chunk::<20>()
            .and_then(|(rest, _)| transaction(rest)),
        b"CLM\0" => (bytes.len() == CLAIM).then_some(false),
        _ => None,
    };
    match signed {
        Some(false) => RippleShape::Signable,
        Some(true) => RippleShape::Signed,
        None => RippleShape::Other,
    }
}

/// Reads fields to the end; whether there is a signature among them.
fn transaction(bytes: &[u8]) -> Option<bool> {
    const SIGNATURE: (u8, u8) = (7, 4);
    const SIGNERS: (u8, u8) = (15, 3);
    let mut reader = Reader(bytes);
    if bytes.first() != Some(&KIND) {
        return None;
    }

    let mut depth = 0_u32;
    let mut is_signed = false;
    while !reader.is_empty() {
        let name = name(&mut reader)?;
        is_signed |= depth == 0 && (name == SIGNATURE || name == SIGNERS);
        match name {
            (14 | 15, 1) => depth = depth.checked_sub(1)?,
            (14 | 15, _) => depth += 1,
            // Kinds whose length is not known here.
            (24.., _) => return Some(is_signed),
            (kind, _) => content(&mut reader, kind)?,
        }
    }
    (depth == 0).then_some(is_signed)
}

/// Type and number of a field: half a byte each, or 0 and a byte of its own.
fn name(reader: &mut Reader<'_>) -> Option<(u8, u8)> {
    let head = reader.byte()?;
    let mut wide = |short: u8| match short {
        0 => reader.byte().filter(|wide| *wide >= 16),
        short => Some(short),
    };
    Some((wide(head >> 4)?, wide(head & 15)?))
}

fn content(reader: &mut Reader<'_>, kind: u8) -> Option<()> {
    let length = match kind {
        1 => 2,
        2 => 4,
        3 => 8,
        4 => 16,
        5 => 32,
        6 => amount(*reader.0.first()?),
        7 | 8 | 19 => variable(reader)?,
        16 => 1,
        17 => 20,
        18 => return paths(reader),
        20 => 12,
        21 => 24,
        22 => 48,
        23 => 64,
        _ => return None,
    };
    reader.take(length).map(|_| ())
}

/// XRP, another currency with its issuer, or a token of many purposes.
fn amount(first: u8) -> usize {
    match first {
        0x80.. => 48,
        _ if first & 0x20 != 0 => 33,
        _ => 8,
    }
}

fn variable(reader: &mut Reader<'_>) -> Option<usize> {
    let first = usize::from(reader.byte()?);
    match first {
        0..=192 => Some(first),
        193..=240 => Some(193 + (first - 193) * 256 + reader.big_endian(1)?),
        241..=254 => Some(12481 + (first - 241) * 65536 + reader.big_endian(2)?),
        _ => None,
    }
}

fn paths(reader: &mut Reader<'_>) -> Option<()> {
    const NEXT: u8 = 0xff;
    loop {
        match reader.byte()? {
            0 => return Some(()),
            NEXT => {}
            step => {
                let parts = [0x01, 0x10, 0x20].iter().filter(|part| step & **part != 0);
                reader.take(20 * parts.count())?;
            }
        }
    }
}
