//! NEAR: a transaction in borsh.

use super::reader::Reader;

/// What bytes are to NEAR.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::formats::chains) enum NearShape {
    /// A transaction, a delegated action (NEP-366) or a message (NEP-413).
    Signable,
    /// A transaction with its signature.
    Signed,
    /// None of these.
    Other,
}

/// What these bytes are.
pub(in crate::formats::chains) fn near_shape(bytes: &[u8]) -> NearShape {
    // 2^30 + 366 and 2^31 + 413, which no length of an account's name can be.
    const DELEGATED: &[u8] = &[0x6e, 1, 0, 0x40];
    const MESSAGE: &[u8] = &[0x9d, 1, 0, 0x80];
    let is_marked = [DELEGATED, MESSAGE]
        .iter()
        .any(|mark| bytes.starts_with(mark) && bytes.len() > 36);
    if is_marked {
        return NearShape::Signable;
    }

    let mut reader = Reader(bytes);
    match transaction(&mut reader) {
        Some(()) if reader.is_empty() => NearShape::Signable,
        Some(()) if matches!(reader.0.split_first(), Some((0, rest)) if rest.len() == 64) => {
            NearShape::Signed
        }
        _ => NearShape::Other,
    }
}

/// Signer, key and number, receiver, a block's hash, and what is done.
fn transaction(reader: &mut Reader<'_>) -> Option<()> {
    account(reader)?;
    key(reader)?;
    reader.take(8)?;
    account(reader)?;
    reader.take(32)?;
    let actions = reader.little_endian(4).filter(|count| *count > 0)?;
    (0..actions).try_for_each(|_| action(reader))
}

fn account(reader: &mut Reader<'_>) -> Option<()> {
    let name = bytes(reader)?;
    let is_letter =
        |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(byte);
    ((2..=64).contains(&name.len()) && name.iter().all(is_letter)).then_some(())
}

fn bytes<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let length = reader.little_endian(4)?;
    reader.take(length)
}

fn key(reader: &mut Reader<'_>) -> Option<()> {
    let length = match reader.byte()? {
        0 => 32,
        1 => 64,
        _ => return None,
    };
    reader.take(length).map(|_| ())
}

fn action(reader: &mut Reader<'_>) -> Option<()> {
    match reader.byte()? {
        // A new account; code; a call with gas and deposit; a transfer; a stake.
        0 => Some(()),
        1 => bytes(reader).map(|_| ()),
        2 => {
            bytes(reader)?;
            bytes(reader)?;
            reader.take(8 + 16).map(|_| ())
        }
        3 => reader.take(16).map(|_| ()),
        4 => {
            reader.take(16)?;
            key(reader)
        }
        // A key that is added, with its rights; one that is deleted; an account that is.
        5 => {
            key(reader)?;
            reader.take(8)?;
            if reader.byte()? == 1 {
                return Some(());
            }
            if reader.byte()? == 1 {
                reader.take(16)?;
            }
            bytes(reader)?;
            let methods = reader.little_endian(4)?;
            (0..methods).try_for_each(|_| bytes(reader).map(|_| ()))
        }
        6 => key(reader),
        7 => account(reader),
        // Newer actions are not read here.
        8..=31 => reader.take(reader.0.len()).map(|_| ()),
        _ => None,
    }
}
