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
        let is_version = versions[3] == 0 && versions[5..] == [0; 3];
        front.len() >= SHORTEST_CALL && is_version
    };

    let has_hash = bytes.len() > 33 && bytes[bytes.len() - 33] == 1;
    from(&[]) || bytes.ends_with(&[0]) && from(&[0]) || has_hash && from(&[0; 33])
}

/// Whether this is a payload with the length of its call before it, as `toU8a()` writes one that is not to be signed.
pub(in crate::formats::chains) fn has_length_before(bytes: &[u8]) -> bool {
    // Two versions and two hashes; modes and assets of newer networks before them, a hash behind.
    const BEHIND: [usize; 6] = [72, 73, 74, 75, 106, 107];
    let mut reader = Reader(bytes);
    let mut read = || {
        let call = compact(&mut reader)?;
        reader.take(call)?;
        let era = if reader.byte()? == 0 { 0 } else { 1 };
        reader.take(era)?;
        compact(&mut reader)?;
        compact(&mut reader)
    };
    read().is_some() && BEHIND.contains(&reader.0.len())
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
