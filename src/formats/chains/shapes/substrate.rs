//! Polkadot and its kin: the payload of an extrinsic, which says nothing of its own length.

use super::reader::Reader;

/// What is before a text that wallets sign, and behind it.
const WRAPPING: (&[u8], &[u8]) = (b"<Bytes>", b"</Bytes>");

/// Whether this is a text that is wrapped as wallets sign it.
pub(in crate::formats::chains) fn is_wrapped(bytes: &[u8]) -> bool {
    let (start, end) = WRAPPING;
    bytes.len() >= start.len() + end.len() && bytes.starts_with(start) && bytes.ends_with(end)
}

/// A text as wallets sign it: wrapped, and only once.
pub(in crate::formats::chains) fn wrapped(bytes: &[u8]) -> Vec<u8> {
    if is_wrapped(bytes) {
        return bytes.to_vec();
    }
    let (start, end) = WRAPPING;
    [start, bytes, end].concat()
}

/// Whether this can be a payload: a call, the era, the nonce and the tip; then versions of the runtime and of its
/// transactions, two hashes of blocks, and on newer networks that of the metadata or 0.
pub(in crate::formats::chains) fn is_payload(bytes: &[u8]) -> bool {
    const SHORTEST_CALL: usize = 2 + 1 + 1 + 1;
    const HASHES: usize = 64;
    let from = |behind: &[u8]| {
        let Some((front, _)) = bytes
            .len()
            .checked_sub(behind.len() + HASHES)
            .and_then(|length| bytes.split_at_checked(length))
        else {
            return false;
        };
        let Some((front, versions)) = front.split_last_chunk::<8>() else {
            return false;
        };
        // Versions are small numbers: a runtime counts to some millions, transactions to some dozens.
        let is_version = matches!(versions, [_, _, _, 0, _, 0, 0, 0]);
        front.len() >= SHORTEST_CALL && is_version
    };

    let has_hash = matches!(bytes.last_chunk::<33>(), Some([1, ..]));
    from(&[]) || bytes.ends_with(&[0]) && from(&[0]) || has_hash && from(&[0; 33])
}

/// Whether this is a payload with the length of its call before it, as `toU8a()` writes one that is not to be signed.
pub(in crate::formats::chains) fn has_length_before(bytes: &[u8]) -> bool {
    let mut reader = Reader(bytes);
    behind_length(&mut reader).is_some()
}

/// Length and call, era, nonce and tip; what newer networks have there; versions and hashes, and perhaps a third one.
fn behind_length(reader: &mut Reader<'_>) -> Option<()> {
    let call = compact(reader)?;
    reader.take(call)?;
    let is_immortal = reader.byte()? == 0;
    if !is_immortal {
        reader.byte()?;
    }
    compact(reader)?;
    compact(reader)?;
    let more = match reader.0.len() {
        72 => 0,
        73 | 74 | 106 => 1,
        75 | 107 => 2,
        _ => return None,
    };
    reader.take(more + 8)?;

    // An extrinsic without an end is bound to the first block, which is the network's.
    let (network, block) = (reader.take(32)?, reader.take(32)?);
    (is_immortal == (network == block)).then_some(())
}

/// A number whose first two bits say how long it is.
fn compact(reader: &mut Reader<'_>) -> Option<usize> {
    let bytes = match reader.0.first()? & 3 {
        0 => 1,
        1 => 2,
        2 => 4,
        _ => {
            let bytes = usize::from(reader.byte()? >> 2) + 4;
            return reader.take(bytes).map(|_| usize::MAX);
        }
    };
    reader.little_endian(bytes).map(|number| number >> 2)
}

/// Whether this is a whole extrinsic: its length, and its version with or without the mark of a signature.
pub(in crate::formats::chains) fn is_extrinsic(bytes: &[u8]) -> bool {
    let mut reader = Reader(bytes);
    let Some(length) = compact(&mut reader) else {
        return false;
    };
    length == reader.0.len() && matches!(reader.0.first(), Some(4 | 5 | 0x84 | 0x85 | 0x45))
}
