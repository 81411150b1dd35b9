//! Cosmos and its kin: the sign doc, in protobuf or in JSON.

use super::{
    protobuf::{Field, fields},
    reader::Reader,
};
use crate::formats::encoding::json::Value;

/// What bytes are to a Cosmos chain.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::formats::chains) enum CosmosShape {
    /// A sign doc, as nodes sign it.
    SignDoc,
    /// A JSON sign doc that is not written as nodes write it.
    NotCanonical,
    /// A transaction in JSON.
    Json,
    /// A transaction in protobuf: body, signers, signatures.
    Transaction,
    /// None of these.
    Other,
}

/// What these bytes are.
pub(in crate::formats::chains) fn cosmos_shape(bytes: &[u8]) -> CosmosShape {
    if is_direct(bytes) {
        return CosmosShape::SignDoc;
    }
    if is_transaction(bytes) {
        return CosmosShape::Transaction;
    }

    let document = Value::parse_list("transaction", bytes);
    let Ok(object) = document.and_then(|document| document.object()) else {
        return CosmosShape::Other;
    };
    let is_doc = [
        "account_number",
        "chain_id",
        "fee",
        "memo",
        "msgs",
        "sequence",
    ]
    .iter()
    .all(|name| object.find(name).is_some());
    if !is_doc {
        return CosmosShape::Json;
    }
    let mut reader = Reader(bytes);
    if canonical(&mut reader, 0).is_some() && reader.is_empty() {
        CosmosShape::SignDoc
    } else {
        CosmosShape::NotCanonical
    }
}

/// `SIGN_MODE_DIRECT`: body, signers, the chain's id and the account's number, which is left out where it is 0.
fn is_direct(bytes: &[u8]) -> bool {
    let Some(found) = fields(bytes) else {
        return false;
    };
    let (body, chain) = match found[..] {
        [
            (1, Field::Bytes(body)),
            (2, Field::Bytes(_)),
            (3, Field::Bytes(chain)),
        ]
        | [
            (1, Field::Bytes(body)),
            (2, Field::Bytes(_)),
            (3, Field::Bytes(chain)),
            (4, Field::Number),
        ] => (body, chain),
        _ => return false,
    };
    let is_chain = (1..=50).contains(&chain.len()) && chain.iter().all(u8::is_ascii_graphic);
    is_chain && is_body(body)
}

/// A body begins with its messages.
fn is_body(body: &[u8]) -> bool {
    fields(body).is_some_and(|fields| matches!(fields.first(), Some((1, Field::Bytes(_)))))
}

/// `TxRaw` and `Tx`: behind body and signers come signatures, or nothing yet.
fn is_transaction(bytes: &[u8]) -> bool {
    fields(bytes).is_some_and(|fields| {
        matches!(fields[..], [(1, Field::Bytes(_)), (2, Field::Bytes(_)), ..])
            && fields
                .iter()
                .all(|field| matches!(field, (1..=3, Field::Bytes(_))))
    })
}

/// One JSON value as nodes write it: no blanks, names in their order, and `&`, `<` and `>` as escapes.
fn canonical(reader: &mut Reader<'_>, depth: u8) -> Option<()> {
    const DEEPEST: u8 = 64;
    if depth > DEEPEST {
        return None;
    }
    match reader.0.first()? {
        b'"' => text(reader).map(|_| ()),
        b'{' => {
            let mut last: Option<&[u8]> = None;
            list(reader, b'}', |reader| {
                let name = text(reader)?;
                if last.is_some_and(|last| last >= name) || reader.byte()? != b':' {
                    return None;
                }
                last = Some(name);
                canonical(reader, depth + 1)
            })
        }
        b'[' => list(reader, b']', |reader| canonical(reader, depth + 1)),
        _ => {
            let length = reader.0.iter().take_while(|byte| is_plain(**byte)).count();
            reader
                .take(length)
                .filter(|plain| !plain.is_empty())
                .map(|_| ())
        }
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}

fn list<'a>(
    reader: &mut Reader<'a>,
    end: u8,
    mut entry: impl FnMut(&mut Reader<'a>) -> Option<()>,
) -> Option<()> {
    reader.byte()?;
    if reader.0.first() == Some(&end) {
        return reader.byte().map(|_| ());
    }
    loop {
        entry(reader)?;
        match reader.byte()? {
            b',' => {}
            byte if byte == end => return Some(()),
            _ => return None,
        }
    }
}

/// What is between the quotes of a string.
fn text<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    if reader.byte()? != b'"' {
        return None;
    }
    let whole = reader.0;
    loop {
        match reader.byte()? {
            b'"' => break,
            b'\\' => {
                reader.byte()?;
            }
            b'&' | b'<' | b'>' | 0..=0x1f => return None,
            _ => {}
        }
    }
    whole.get(..whole.len() - reader.0.len() - 1)
}
