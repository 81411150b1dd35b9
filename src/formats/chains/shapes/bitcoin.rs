//! Bitcoin and its like: the preimage of a sighash, and the transactions it is made from.

use super::reader::Reader;

/// What bytes are to Bitcoin and its like.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::formats::chains) enum BitcoinShape {
    /// The preimage of before segwit, with its type of sighash.
    Old(u32),
    /// The preimage of BIP 143, with its type of sighash.
    Segwit(u32),
    /// A whole transaction, signed or not.
    Transaction,
    /// A partially signed transaction (BIP 174): its bytes, base64 or digits.
    Psbt,
    /// None of these.
    Other,
}

/// What these bytes are.
pub(in crate::formats::chains) fn bitcoin_shape(bytes: &[u8]) -> BitcoinShape {
    if is_psbt(bytes) {
        return BitcoinShape::Psbt;
    }
    let is_whole = |read: fn(&mut Reader<'_>) -> Option<()>| {
        let mut reader = Reader(bytes);
        read(&mut reader).is_some() && reader.is_empty()
    };
    if is_whole(transaction) {
        return BitcoinShape::Transaction;
    }

    let kind = bytes
        .last_chunk()
        .map_or(0, |kind| u32::from_le_bytes(*kind));
    if is_whole(segwit_preimage) {
        BitcoinShape::Segwit(kind)
    } else if old_preimage(bytes).is_some() {
        BitcoinShape::Old(kind)
    } else {
        BitcoinShape::Other
    }
}

fn is_psbt(bytes: &[u8]) -> bool {
    let starts: [&[u8]; 3] = [b"psbt\xff", b"cHNidP", b"70736274ff"];
    let text = bytes.trim_ascii_start();
    starts.iter().any(|start| text.starts_with(start))
}

fn version(reader: &mut Reader<'_>) -> Option<()> {
    matches!(reader.take(4)?, [1..=3, 0, 0, 0]).then_some(())
}

/// Version, two hashes, the output spent, its script, value and sequence, a hash, lock time, type of sighash.
fn segwit_preimage(reader: &mut Reader<'_>) -> Option<()> {
    version(reader)?;
    reader.take(32 + 32 + 36)?;
    script(reader).filter(|length| *length > 0)?;
    reader.take(8 + 4 + 32 + 4 + 4).map(|_| ())
}

/// A transaction with one script alone, that of the output spent, and the type of sighash behind it.
fn old_preimage(bytes: &[u8]) -> Option<()> {
    let mut reader = Reader(bytes);
    version(&mut reader)?;
    let inputs = reader.compact().filter(|count| *count > 0)?;
    let mut scripts = 0;
    for _ in 0..inputs {
        reader.take(36)?;
        if script(&mut reader)? > 0 {
            scripts += 1;
        }
        reader.take(4)?;
    }

    outputs(&mut reader)?;
    reader.take(8)?;
    (scripts == 1 && reader.is_empty()).then_some(())
}

fn transaction(reader: &mut Reader<'_>) -> Option<()> {
    version(reader)?;
    let has_witness = reader.0.starts_with(&[0, 1]);
    if has_witness {
        reader.take(2)?;
    }

    let inputs = reader.compact().filter(|count| *count > 0)?;
    for _ in 0..inputs {
        reader.take(36)?;
        script(reader)?;
        reader.take(4)?;
    }
    outputs(reader).filter(|count| *count > 0)?;
    if has_witness {
        for _ in 0..inputs {
            for _ in 0..reader.compact()? {
                script(reader)?;
            }
        }
    }
    reader.take(4).map(|_| ())
}

fn outputs(reader: &mut Reader<'_>) -> Option<usize> {
    let count = reader.compact()?;
    for _ in 0..count {
        reader.take(8)?;
        script(reader)?;
    }
    Some(count)
}

/// The length of a script, which is read over.
fn script(reader: &mut Reader<'_>) -> Option<usize> {
    let length = reader.compact()?;
    reader.take(length).map(<[u8]>::len)
}
