//! Ethereum: what is signed of a transaction is a list in RLP, behind the byte of its kind (EIP-2718).

use super::reader::Reader;

/// What bytes are to Ethereum.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::formats::chains) enum EthereumShape {
    /// An unsigned transaction, or an authorization (EIP-7702).
    Unsigned,
    /// An unsigned transaction of before EIP-155, valid on every chain.
    WithoutChain,
    /// An unsigned transaction behind which v, r and s are empty; what is signed of it.
    EmptySignature(Vec<u8>),
    /// The same of the oldest kind, where it does not say which chain is meant.
    EmptySignatureWithoutChain,
    /// A transaction with its signature.
    Signed,
    /// A transaction with its blobs, as nodes hand it around (EIP-4844).
    WithBlobs,
    /// Typed data or a message, behind the byte 19 (EIP-191).
    Marked,
    /// None of these.
    Other,
}

/// The fields of an unsigned transaction of each kind. `C` is a chain's number, `n` a number, `a` an address or nothing,
/// `A` an address, `d` data, `l` a list of addresses with keys, `h` one of hashes, `t` one of authorizations.
const KINDS: [(u8, &str); 4] = [
    (1, "Cnnnandl"),
    (2, "Cnnnnandl"),
    (3, "CnnnnAndlnh"),
    (4, "CnnnnAndlt"),
];
const OLDEST: &str = "nnnand";
const AUTHORIZATION: &str = "nAn";
const SIGNED_AUTHORIZATION: &str = "nAnnnn";

/// What these bytes are.
pub(in crate::formats::chains) fn ethereum_shape(bytes: &[u8]) -> EthereumShape {
    match bytes.split_first() {
        Some((0x19, marked)) if is_marked(marked) => EthereumShape::Marked,
        Some((5, list)) if items(list).is_some_and(|items| fits(&items, AUTHORIZATION)) => {
            EthereumShape::Unsigned
        }
        Some((&kind @ 1..=4, list)) => typed(kind, list).unwrap_or(EthereumShape::Other),
        Some((0xc0.., _)) => oldest(bytes).unwrap_or(EthereumShape::Other),
        _ => EthereumShape::Other,
    }
}

/// Behind 19: two hashes (EIP-712), or a validator's address and its data. A text message is looked for before.
fn is_marked(marked: &[u8]) -> bool {
    match marked.split_first() {
        Some((1, hashes)) => hashes.len() == 64,
        Some((0, rest)) => rest.len() > 20,
        _ => false,
    }
}

fn typed(kind: u8, list: &[u8]) -> Option<EthereumShape> {
    let fields = KINDS.iter().find(|(number, _)| *number == kind)?.1;
    let found = items(list)?;
    let has_blobs = kind == 3 && matches!(found.first(), Some(Item::List(_)));
    if has_blobs {
        return Some(EthereumShape::WithBlobs);
    }
    if fits(&found, fields) {
        return Some(EthereumShape::Unsigned);
    }

    let (unsigned, signature) = found.split_at_checked(fields.len())?;
    if !fits(unsigned, fields) || !fits(signature, "nnn") {
        return None;
    }
    if !signature.iter().all(Item::is_empty) {
        return Some(EthereumShape::Signed);
    }
    let payload = content(list)?;
    let kept = payload.get(..payload.len().checked_sub(3)?)?;
    Some(EthereumShape::EmptySignature(
        [&[kind], list_head(kept.len()).as_slice(), kept].concat(),
    ))
}

fn oldest(bytes: &[u8]) -> Option<EthereumShape> {
    let found = items(bytes)?;
    let (unsigned, rest) = found.split_at_checked(OLDEST.len())?;
    if !fits(unsigned, OLDEST) {
        return None;
    }
    if rest.is_empty() {
        return Some(EthereumShape::WithoutChain);
    }
    if !fits(rest, "nnn") {
        return None;
    }
    // A chain's number and two empty fields are an unsigned transaction (EIP-155).
    let empty: Vec<bool> = rest.iter().map(Item::is_empty).collect();
    Some(match empty[..] {
        [false, true, true] => EthereumShape::Unsigned,
        [true, true, true] => EthereumShape::EmptySignatureWithoutChain,
        _ => EthereumShape::Signed,
    })
}

enum Item<'a> {
    Bytes(&'a [u8]),
    List(&'a [u8]),
}

impl Item<'_> {
    fn is_empty(&self) -> bool {
        matches!(self, Self::Bytes([]) | Self::List([]))
    }

    fn fits(&self, field: u8) -> bool {
        match (field, self) {
            (b'C', Self::Bytes(number)) => !number.is_empty() && is_number(number),
            (b'n', Self::Bytes(number)) => is_number(number),
            (b'a', Self::Bytes([])) | (b'd', Self::Bytes(_)) => true,
            (b'a' | b'A', Self::Bytes(address)) => address.len() == 20,
            (b'H', Self::Bytes(hash)) => hash.len() == 32,
            (b'h', Self::List(list)) => all(list, |item| item.fits(b'H')),
            (b'l', Self::List(list)) => all(list, |entry| entry.holds("Ah")),
            (b't', Self::List(list)) => all(list, |entry| entry.holds(SIGNED_AUTHORIZATION)),
            _ => false,
        }
    }

    fn holds(&self, fields: &str) -> bool {
        let Self::List(list) = self else {
            return false;
        };
        items_of(list).is_some_and(|items| fits(&items, fields))
    }
}

/// A number in as few bytes as it needs, as nodes demand.
fn is_number(bytes: &[u8]) -> bool {
    bytes.len() <= 32 && bytes.first() != Some(&0)
}

fn fits(items: &[Item<'_>], fields: &str) -> bool {
    items.len() == fields.len()
        && items
            .iter()
            .zip(fields.bytes())
            .all(|(item, field)| item.fits(field))
}

fn all(list: &[u8], is_right: impl Fn(&Item<'_>) -> bool) -> bool {
    let mut reader = Reader(list);
    while !reader.is_empty() {
        let is_next_right = item(&mut reader).is_some_and(|item| is_right(&item));
        if !is_next_right {
            return false;
        }
    }
    true
}

/// The items of a list that fills the bytes.
fn items(bytes: &[u8]) -> Option<Vec<Item<'_>>> {
    items_of(content(bytes)?)
}

fn content(bytes: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader(bytes);
    match item(&mut reader)? {
        Item::List(content) if reader.is_empty() => Some(content),
        _ => None,
    }
}

fn items_of(content: &[u8]) -> Option<Vec<Item<'_>>> {
    const MOST: usize = 16;
    let mut reader = Reader(content);
    let mut items = Vec::new();
    while !reader.is_empty() {
        if items.len() == MOST {
            return None;
        }
        items.push(item(&mut reader)?);
    }
    Some(items)
}

/// The next item, in the one form that nodes take: every length in as few bytes as it needs.
fn item<'a>(reader: &mut Reader<'a>) -> Option<Item<'a>> {
    let whole = reader.0;
    Some(match reader.byte()? {
        0..=0x7f => Item::Bytes(whole.get(..1)?),
        head @ 0x80..=0xbf => {
            let length = length(reader, head - 0x80)?;
            let bytes = reader.take(length)?;
            if matches!(bytes, [0..=0x7f]) {
                return None;
            }
            Item::Bytes(bytes)
        }
        head => {
            let length = length(reader, head - 0xc0)?;
            Item::List(reader.take(length)?)
        }
    })
}

fn length(reader: &mut Reader<'_>, head: u8) -> Option<usize> {
    let Some(bytes) = head.checked_sub(55).filter(|bytes| *bytes > 0) else {
        return Some(usize::from(head));
    };
    let starts_with_zero = reader.0.first() == Some(&0);
    reader
        .big_endian(usize::from(bytes))
        .filter(|length| *length > 55 && !starts_with_zero)
}

fn list_head(length: usize) -> Vec<u8> {
    let bytes: Vec<u8> = length
        .to_be_bytes()
        .into_iter()
        .skip_while(|byte| *byte == 0)
        .collect();
    match (u8::try_from(length), u8::try_from(bytes.len())) {
        (Ok(short @ 0..=55), _) => vec![0xc0 + short],
        (_, Ok(count)) => [&[0xf7 + count], bytes.as_slice()].concat(),
        _ => Vec::new(),
    }
}
