//! What bytes look like that are handed in to be signed and are not what a chain signs: whole transactions, PSBTs, JSON.
//!
//! Each is read to its end: what is only similar is left to the person who hands it in.

use crate::formats::encoding::json::Value;

/// Bytes, read from the front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(front)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// Bitcoin's compact integer.
    fn compact(&mut self) -> Option<usize> {
        let length = match self.byte()? {
            short @ 0..=0xfc => return Some(usize::from(short)),
            0xfd => 2,
            0xfe => 4,
            0xff => return None,
        };
        let bytes = self.take(length)?;
        let number = bytes
            .iter()
            .rev()
            .fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
        usize::try_from(number).ok()
    }

    /// Solana's: seven bits in each byte, at most three bytes.
    fn short(&mut self) -> Option<usize> {
        let mut number = 0;
        for place in 0..3 {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << (7 * place);
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }
}

/// Whether this is a whole Solana transaction, with its signatures or with room for them.
pub(super) fn is_solana_transaction(bytes: &[u8]) -> bool {
    let mut reader = Reader(bytes);
    let Some(count @ 1..=19) = reader.byte() else {
        return false;
    };
    let Some(places) = reader.take(64 * usize::from(count)) else {
        return false;
    };

    let is_unsigned = places.iter().all(|byte| *byte == 0) && !reader.0.is_empty();
    is_unsigned || solana_message(&mut reader, count).is_some() && reader.0.is_empty()
}

fn solana_message(reader: &mut Reader<'_>, signers: u8) -> Option<()> {
    let first = reader.byte()?;
    let is_versioned = first >= 0x80;
    let required = if is_versioned { reader.byte()? } else { first };
    if required != signers {
        return None;
    }

    reader.take(2)?;
    let accounts = reader.short()?;
    reader.take(32 * accounts + 32)?;
    for _ in 0..reader.short()? {
        reader.byte()?;
        solana_bytes(reader)?;
        solana_bytes(reader)?;
    }
    if is_versioned {
        for _ in 0..reader.short()? {
            reader.take(32)?;
            solana_bytes(reader)?;
            solana_bytes(reader)?;
        }
    }
    Some(())
}

fn solana_bytes(reader: &mut Reader<'_>) -> Option<()> {
    let length = reader.short()?;
    reader.take(length).map(|_| ())
}

/// Whether this is an Ethereum transaction that has its signature: three items more than the unsigned one.
pub(super) fn is_signed_ethereum(bytes: &[u8]) -> bool {
    let (signed, list) = match bytes.split_first() {
        Some((1, list)) => (11, list),
        Some((2, list)) => (12, list),
        Some((3, list)) => (14, list),
        Some((4, list)) => (13, list),
        _ => (9, bytes),
    };
    let Some(items) = rlp_items(list) else {
        return false;
    };
    // A transaction that names its chain (EIP-155) has nine items before it is signed, too: the last two are empty then.
    items.len() == signed && items.iter().rev().take(2).all(|item| !item.is_empty())
}

/// The contents of the items of a list that fills the bytes.
fn rlp_items(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    const MOST: usize = 16;
    let mut outer = Reader(bytes);
    if *bytes.first()? < 0xc0 {
        return None;
    }
    let mut inner = Reader(rlp_item(&mut outer)?);
    if !outer.0.is_empty() {
        return None;
    }

    let mut items = Vec::new();
    while !inner.0.is_empty() {
        if items.len() == MOST {
            return None;
        }
        items.push(rlp_item(&mut inner)?);
    }
    Some(items)
}

fn rlp_item<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let whole = reader.0;
    let head = usize::from(reader.byte()?);
    let length = match head {
        0..=0x7f => {
            return whole.get(..1);
        }
        0x80..=0xb7 => head - 0x80,
        0xb8..=0xbf => rlp_length(reader, head - 0xb7)?,
        0xc0..=0xf7 => head - 0xc0,
        _ => rlp_length(reader, head - 0xf7)?,
    };
    reader.take(length)
}

fn rlp_length(reader: &mut Reader<'_>, bytes: usize) -> Option<usize> {
    let bytes = reader.take(bytes)?;
    let number = bytes
        .iter()
        .fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
    usize::try_from(number).ok()
}

/// Whether this is a partially signed Bitcoin transaction (BIP 174): its bytes, base64 or digits.
pub(super) fn is_psbt(bytes: &[u8]) -> bool {
    let starts: [&[u8]; 3] = [b"psbt\xff", b"cHNidP", b"70736274ff"];
    let text = bytes.trim_ascii_start();
    starts.iter().any(|start| text.starts_with(start))
}

/// Whether this is a whole Bitcoin transaction, signed or not. A preimage of the older kind is one with four bytes more.
pub(super) fn is_bitcoin_transaction(bytes: &[u8]) -> bool {
    let mut reader = Reader(bytes);
    bitcoin_transaction(&mut reader).is_some() && reader.0.is_empty()
}

fn bitcoin_transaction(reader: &mut Reader<'_>) -> Option<()> {
    if !matches!(reader.take(4)?, [1..=3, 0, 0, 0]) {
        return None;
    }
    let has_witness = reader.0.starts_with(&[0, 1]);
    if has_witness {
        reader.take(2)?;
    }

    let inputs = reader.compact().filter(|count| *count > 0)?;
    for _ in 0..inputs {
        reader.take(36)?;
        bitcoin_bytes(reader)?;
        reader.take(4)?;
    }
    for _ in 0..reader.compact().filter(|count| *count > 0)? {
        reader.take(8)?;
        bitcoin_bytes(reader)?;
    }
    if has_witness {
        for _ in 0..inputs {
            for _ in 0..reader.compact()? {
                bitcoin_bytes(reader)?;
            }
        }
    }
    reader.take(4).map(|_| ())
}

fn bitcoin_bytes(reader: &mut Reader<'_>) -> Option<()> {
    let length = reader.compact()?;
    reader.take(length).map(|_| ())
}

/// Whether this begins as a JSON object does; no binary transaction of the chains that are asked begins so.
pub(super) fn is_json(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.trim_ascii_start().starts_with(b"{")
}

/// Whether this is a transaction of the Cosmos kind in JSON, which is never signed in that form.
pub(super) fn is_cosmos_transaction(bytes: &[u8]) -> bool {
    let document = Value::parse_list("transaction", bytes);
    let object = document.and_then(|document| document.object());
    object.is_ok_and(|object| object.has_any(&["body", "auth_info", "bodyBytes", "body_bytes"]))
}

/// Whether a JSON sign doc has line ends or blanks around it, which no node signs with: no JSON string has a line end.
pub(super) fn is_spaced_json(bytes: &[u8]) -> bool {
    is_json(bytes) && (!bytes.starts_with(b"{") || !bytes.ends_with(b"}") || bytes.contains(&b'\n'))
}

/// What is wrong with the first byte of a Tezos operation.
pub(super) enum TezosError {
    /// The operation alone, whose branch happens to begin with the byte that belongs before it.
    Alone,
    /// The byte is listed twice.
    Twice,
}

/// Where the first byte is there: whether it is the one that belongs before an operation. After it come the branch, of 32
/// bytes, and the operation's tag.
pub(super) fn tezos_fault(bytes: &[u8]) -> Option<TezosError> {
    let at = |place: usize| bytes.get(place).copied();
    // A manager operation goes on with its source, whose first byte is 0 to 3: tags as low as that decide nothing.
    let is_manager = |place: usize| matches!(at(place), Some(0x6b..=0x71 | 0x9e | 0xc8..=0xcf));
    let is_operation = |place: usize| is_manager(place) || matches!(at(place), Some(4..=9 | 0x11));
    let has_source = |place: usize| matches!(at(place + 1), Some(0..=3));

    match at(0) {
        Some(3) if is_operation(33) => None,
        Some(3) if at(1) == Some(3) && is_operation(34) => Some(TezosError::Twice),
        Some(3) if is_operation(32) => Some(TezosError::Alone),
        // Packed data goes on with the kind of its first node, which is 10 at most.
        Some(5) if at(1) > Some(10) && is_manager(32) && has_source(32) => Some(TezosError::Alone),
        _ => None,
    }
}
