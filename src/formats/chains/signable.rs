//! What each chain signs, by its shape: whatever has another one is refused, and named where it is known (FORMATS.md §19).

use std::borrow::Cow;

use super::{
    shapes::{
        bitcoin::{BitcoinShape, bitcoin_shape},
        cardano::{is_cardano_body, is_cardano_transaction},
        cosmos::{CosmosShape, cosmos_shape},
        ethereum::{EthereumShape, ethereum_shape},
        msgpack::is_algorand_transaction,
        near::{NearShape, near_shape},
        protobuf::{is_hedera_body, is_hedera_transaction, is_tron_raw, is_tron_transaction},
        ripple::{RippleShape, ripple_shape},
        solana::{is_solana_message, is_solana_transaction},
        stellar::{StellarShape, stellar_shape},
        substrate::{has_length_before, is_extrinsic, is_payload, is_wrapped},
        tezos::{TezosShape, tezos_shape},
    },
    table::{AddressForm, BitcoinNet, Chain, Script},
};
use crate::formats::encoding::byte_order_mark::without_mark;

/// Bytes that a chain signs, or whose hash it signs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Signable<'a> {
    /// The bytes; not those handed in where empty fields of a signature were left out.
    pub bytes: Cow<'a, [u8]>,
    /// What a person has to know about them.
    pub note: Option<&'static str>,
}

/// What a thing that is not signed is, and what to give.
pub(super) type Refusal = (String, &'static str);
type Judged<'a> = Result<Signable<'a>, Refusal>;

/// What the chain signs of a message.
///
/// # Errors
/// [`Refusal`].
pub(super) fn signable<'a>(
    chain: &Chain,
    script: Option<Script>,
    message: &'a [u8],
) -> Result<Signable<'a>, Refusal> {
    judge(chain, script, message).map_err(|refusal| {
        let end = [b"\r\n".as_slice(), b"\n"]
            .into_iter()
            .find_map(|end| message.strip_suffix(end));
        let has_end = end.is_some_and(|bytes| judge(chain, script, bytes).is_ok());
        if has_end {
            return (
                "a line end behind the bytes that are signed".to_owned(),
                "write the file without it: most programs that print bytes put it there",
            );
        }
        refusal
    })
}

fn judge<'a>(chain: &Chain, script: Option<Script>, message: &'a [u8]) -> Judged<'a> {
    match chain.form {
        AddressForm::Ethereum => ethereum(message),
        AddressForm::Bitcoin(net) => bitcoin(Some(net), script, message),
        AddressForm::CashAddr { .. } => bitcoin(None, script, message),
        AddressForm::Tron => tron(message),
        AddressForm::Ripple => ripple(message),
        AddressForm::Cosmos(_) => cosmos(message),
        AddressForm::Solana => solana(message),
        AddressForm::Stellar => stellar(message),
        AddressForm::Algorand => algorand(message),
        AddressForm::Near => near(message),
        AddressForm::Substrate(_) => substrate(message),
        AddressForm::Tezos => tezos(message),
        AddressForm::Cardano(..) => cardano(message),
        AddressForm::Hedera => hedera(message),
        AddressForm::Ton(_) => Err((
            if message.starts_with(&[0xb5, 0xee, 0x9c, 0x72]) {
                "a bag of cells, where the hash of the message's cell is signed".to_owned()
            } else {
                format!("{}, where the 32-byte hash is signed", kind_of(message))
            },
            "give the hash with `--prehashed`: `ton` signs the hash of the message's cell (`cell.hash()`)",
        )),
        AddressForm::Raw => as_it_is(message),
    }
}

fn as_it_is(message: &[u8]) -> Judged<'_> {
    Ok(Signable {
        bytes: Cow::Borrowed(message),
        note: None,
    })
}

fn refuse<'a>(what: &str, give: &'static str) -> Judged<'a> {
    Err((what.to_owned(), give))
}

/// Refuses what has no shape that is known: `signed` is what would be right.
fn refuse_unknown<'a>(message: &[u8], signed: &str, give: &'static str) -> Judged<'a> {
    Err((
        format!("{}, where {signed} is signed", kind_of(message)),
        give,
    ))
}

/// What bytes are, as far as they show it.
fn kind_of(message: &[u8]) -> String {
    let is_utf16 = message.starts_with(b"\xff\xfe") || message.starts_with(b"\xfe\xff");
    if is_utf16 {
        return "text in UTF-16".to_owned();
    }
    let text = without_mark(message);
    if text.trim_ascii_start().starts_with(b"{") && text.trim_ascii_end().ends_with(b"}") {
        return "JSON".to_owned();
    }
    let is_text = std::str::from_utf8(text)
        .is_ok_and(|text| !text.contains(|c: char| c.is_control() && !c.is_whitespace()));
    if is_text {
        return "text".to_owned();
    }
    unknown_bytes(message)
}

fn ethereum(message: &[u8]) -> Judged<'_> {
    match ethereum_shape(message) {
        EthereumShape::Unsigned | EthereumShape::Marked => as_it_is(message),
        EthereumShape::WithoutChain => Ok(Signable {
            note: Some(
                "the transaction names no chain (EIP-155): it is valid on every Ethereum-like chain",
            ),
            bytes: Cow::Borrowed(message),
        }),
        EthereumShape::EmptySignature(payload) => Ok(Signable {
            bytes: Cow::Owned(payload),
            note: Some(
                "v, r and s are empty in the transaction, and were left out, as nodes do before they check a signature",
            ),
        }),
        EthereumShape::EmptySignatureWithoutChain => refuse(
            "an unsigned transaction whose v, r and s are empty, which does not say for which chain it is",
            "give it without those three fields, or with the chain's number and two empty fields (EIP-155)",
        ),
        EthereumShape::Signed => refuse(
            "a transaction that has its signature already, where the unsigned one is signed",
            "give the unsigned transaction: `unsignedSerialized`, or the same fields without v, r and s",
        ),
        EthereumShape::WithBlobs => refuse(
            "a transaction with its blobs, as nodes hand it around, where the transaction without them is signed",
            "give the list of its eleven fields alone behind the byte 03, without blobs, commitments and proofs",
        ),
        EthereumShape::Other => refuse_unknown(
            message,
            "an unsigned transaction (a list in RLP) or typed data behind 19 01",
            "give the serialized unsigned transaction; text: `--text-message`; anything else: its Keccak-256 with `--prehashed`",
        ),
    }
}

/// `net` is `None` for Bitcoin Cash.
fn bitcoin(net: Option<BitcoinNet>, script: Option<Script>, message: &[u8]) -> Judged<'_> {
    /// Of Bitcoin Cash and SV, whose transactions are not to be valid on Bitcoin.
    const FORK: u32 = 0x40;
    const SIGHASH: &str = "give the sighash of the input with `--prehashed`, or its preimage";
    let is_fork = net.is_none_or(|net| net.is_fork);
    let has_segwit = net.is_some_and(|net| net.segwit.is_some());
    let is_type =
        |kind: u32, more: u32| kind & more == more && matches!(kind & !more & !0x80, 1..=3);

    match bitcoin_shape(message) {
        BitcoinShape::Psbt => refuse(
            "a PSBT, which holds a transaction and is not signed itself",
            SIGHASH,
        ),
        BitcoinShape::Transaction => refuse(
            "a whole transaction, where the sighash of an input is signed",
            SIGHASH,
        ),
        BitcoinShape::Segwit(kind) if is_fork && is_type(kind, FORK) => as_it_is(message),
        BitcoinShape::Segwit(_) | BitcoinShape::Old(_) if is_fork => refuse(
            "a preimage whose type of sighash has no FORKID (40), which this chain demands",
            "prepare it for this chain: BIP 143 with the type 41",
        ),
        BitcoinShape::Segwit(_) if !has_segwit => refuse(
            "a preimage as segwit has it (BIP 143), and the chain has no segwit",
            "prepare the sighash for this chain, and give it with `--prehashed`",
        ),
        BitcoinShape::Segwit(kind) if script != Some(Script::P2pkh) && is_type(kind, 0) => {
            as_it_is(message)
        }
        BitcoinShape::Old(kind)
            if matches!(script, None | Some(Script::P2pkh)) && is_type(kind, 0) =>
        {
            as_it_is(message)
        }
        BitcoinShape::Segwit(kind) | BitcoinShape::Old(kind) if is_type(kind, 0) => refuse(
            "a preimage of another kind of address than `--address-type` says: segwit has its own (BIP 143)",
            "say `--address-type` as the output that is spent has it",
        ),
        BitcoinShape::Segwit(_) | BitcoinShape::Old(_) => refuse(
            "a preimage with a type of sighash that the chain does not have",
            SIGHASH,
        ),
        BitcoinShape::Other => refuse_unknown(
            message,
            "the preimage of a sighash",
            "give the sighash of the input with `--prehashed`, or its preimage; text: `--text-message`",
        ),
    }
}

fn tron(message: &[u8]) -> Judged<'_> {
    if is_tron_raw(message) {
        return as_it_is(message);
    }
    const GIVE: &str = "give the field `raw_data_hex` alone, with `--message-encoding hex`, or `txID` with `--prehashed`; text: `--text-message`";
    if is_tron_transaction(message) {
        return refuse(
            "a whole transaction, where the bytes of `raw_data` are signed",
            GIVE,
        );
    }
    refuse_unknown(message, "`raw_data` of a transaction", GIVE)
}

fn ripple(message: &[u8]) -> Judged<'_> {
    const GIVE: &str = "give `encodeForSigning(transaction)`";
    match ripple_shape(message) {
        RippleShape::Signable => as_it_is(message),
        RippleShape::Signed => refuse(
            "a transaction that has a signature already, where the unsigned one is signed",
            GIVE,
        ),
        RippleShape::Alone => refuse(
            "an XRP transaction without the four bytes `STX` 00 before it",
            GIVE,
        ),
        RippleShape::Other => refuse_unknown(message, "`STX` 00 and a transaction", GIVE),
    }
}

fn cosmos(message: &[u8]) -> Judged<'_> {
    const GIVE: &str =
        "give the bytes of the sign doc (`makeSignBytes`), or their SHA-256 with `--prehashed`";
    match cosmos_shape(message) {
        CosmosShape::SignDoc => as_it_is(message),
        CosmosShape::NotCanonical => refuse(
            "a JSON sign doc that is not written as nodes sign it: names in order, no blanks or line ends, `&`, `<` and `>` as escapes",
            "give it as `serializeSignDoc` writes it",
        ),
        CosmosShape::Json => refuse(
            "a transaction in JSON, where the sign doc is signed, which names the chain and the account number",
            GIVE,
        ),
        CosmosShape::Transaction => refuse(
            "a transaction (`TxRaw`), where the sign doc is signed, which names the chain and the account number",
            GIVE,
        ),
        CosmosShape::Other => refuse_unknown(message, "the sign doc", GIVE),
    }
}

fn solana(message: &[u8]) -> Judged<'_> {
    const OFF_CHAIN: &[u8] = b"\xffsolana offchain";
    if is_solana_message(message) || message.starts_with(OFF_CHAIN) {
        return as_it_is(message);
    }
    if is_solana_transaction(message) {
        return refuse(
            "a whole Solana transaction with its signatures or room for them, where its message is signed",
            "give the message alone: `transaction.serializeMessage()` or `transaction.message.serialize()`",
        );
    }
    if is_other_bytes(message) && !begins_like_solana(message) {
        return Ok(Signable {
            bytes: Cow::Borrowed(message),
            note: Some(
                "these bytes are no transaction: they are signed as they are, as `signMessage` of wallets does",
            ),
        });
    }
    refuse_unknown(
        message,
        "the message of a transaction",
        "give `transaction.serializeMessage()` or `transaction.message.serialize()`; text: `--text-message`; other bytes: \
         `--curve ed25519 --path PATH`",
    )
}

/// Whether the header could be that of a transaction, which is then damaged or has something behind it: how many keys sign,
/// and how many of these and of the others may not be written to.
fn begins_like_solana(message: &[u8]) -> bool {
    let header = message.strip_prefix(b"\x80").unwrap_or(message);
    matches!(header, [signing @ 1..=8, only_read, others_only_read, ..]
        if only_read <= signing && *others_only_read < 32)
}

/// Bytes that are no text, no JSON and have no line end behind them.
fn is_other_bytes(message: &[u8]) -> bool {
    kind_of(message) == unknown_bytes(message) && !message.ends_with(b"\n")
}

fn unknown_bytes(message: &[u8]) -> String {
    format!("{} bytes of another shape", message.len())
}

fn stellar(message: &[u8]) -> Judged<'_> {
    const GIVE: &str = "give `signatureBase()`, or `hash()` with `--prehashed`";
    match stellar_shape(message) {
        StellarShape::Signable => as_it_is(message),
        StellarShape::OtherNetwork => refuse(
            "a signature base of another network than Stellar's public, test and future ones",
            "if that network is meant, give `hash()` with `--prehashed`",
        ),
        StellarShape::Envelope => refuse(
            "a Stellar transaction envelope, where the signature base is signed, which names the network",
            GIVE,
        ),
        StellarShape::Other => refuse_unknown(message, "the signature base", GIVE),
    }
}

fn algorand(message: &[u8]) -> Judged<'_> {
    let marks = [b"MX".as_slice(), b"Program", b"ProgData", b"arc"];
    let is_marked = marks.iter().any(|mark| message.starts_with(mark));
    let is_signable = message
        .strip_prefix(b"TX")
        .is_some_and(is_algorand_transaction);
    if is_signable || is_marked {
        return as_it_is(message);
    }
    if is_algorand_transaction(message) {
        return refuse(
            "an Algorand transaction without the letters `TX` before it",
            "give `bytesToSign()`: `TX` and the msgpack bytes",
        );
    }
    refuse_unknown(
        message,
        "`TX` and a transaction in msgpack",
        "give `bytesToSign()`; text: `--text-message`; other bytes: `--curve ed25519 --path PATH`",
    )
}

fn near(message: &[u8]) -> Judged<'_> {
    const GIVE: &str = "give `encodeTransaction(transaction)`, or its SHA-256 with `--prehashed`";
    match near_shape(message) {
        NearShape::Signable => as_it_is(message),
        NearShape::Signed => refuse(
            "a transaction that has its signature already, where the unsigned one is signed",
            GIVE,
        ),
        NearShape::Other => refuse_unknown(message, "the transaction in borsh", GIVE),
    }
}

fn substrate(message: &[u8]) -> Judged<'_> {
    const GIVE: &str = "give the bytes of the payload: `payload.toU8a({ method: true })`";
    if is_wrapped(message) {
        return as_it_is(message);
    }
    if is_payload(message) {
        if has_length_before(message) {
            return refuse(
                "a payload with the length of its call before it, which is not signed",
                GIVE,
            );
        }
        return as_it_is(message);
    }
    if is_extrinsic(message) {
        return refuse(
            "a whole extrinsic, where its payload is signed, which names the runtime and the network",
            GIVE,
        );
    }
    refuse_unknown(
        message,
        "the payload of an extrinsic",
        "give `payload.toU8a({ method: true })`; text: `--text-message`; other bytes: `--curve ed25519 --path PATH`",
    )
}

fn tezos(message: &[u8]) -> Judged<'_> {
    const GIVE: &str = "put the byte 03 before the forged operation";
    match tezos_shape(message) {
        TezosShape::Signable => as_it_is(message),
        TezosShape::Alone => refuse(
            "a forged Tezos operation whose branch happens to begin with 03 or 05, without the byte 03 before it",
            GIVE,
        ),
        TezosShape::Twice => refuse(
            "a forged Tezos operation with the byte 03 before it twice",
            "put the byte 03 before the forged operation once",
        ),
        TezosShape::OtherStart => refuse(
            "Tezos signs an operation behind the byte 03 (or packed data, which begins with 05), and this begins with another",
            GIVE,
        ),
        TezosShape::Other => refuse_unknown(
            message,
            "the byte 03 and a forged operation",
            "give 03 and the forged operation, or its BLAKE2b-256 with `--prehashed`",
        ),
    }
}

fn cardano(message: &[u8]) -> Judged<'_> {
    const GIVE: &str =
        "give the bytes of the body alone, or its hash (the transaction id) with `--prehashed`";
    if is_cardano_body(message) {
        return as_it_is(message);
    }
    if is_cardano_transaction(message) {
        return refuse(
            "a whole Cardano transaction, where the hash of its body is signed",
            GIVE,
        );
    }
    let is_envelope = message.trim_ascii_start().starts_with(b"{")
        && message.windows(9).any(|part| part == b"\"cborHex\"");
    if is_envelope {
        return refuse(
            "a file of `cardano-cli`, which holds a whole transaction in hex, where the hash of its body is signed",
            "give the transaction id with `--prehashed --message-encoding hex`: `cardano-cli transaction txid` prints it",
        );
    }
    refuse_unknown(message, "the body of a transaction", GIVE)
}

fn hedera(message: &[u8]) -> Judged<'_> {
    if is_hedera_body(message) {
        return as_it_is(message);
    }
    const GIVE: &str = "give the body's bytes (`bodyBytes`), one signature for each node";
    if is_hedera_transaction(message) {
        return refuse(
            "a whole Hedera transaction, where the bytes of its body are signed",
            GIVE,
        );
    }
    refuse_unknown(
        message,
        "the body of a transaction",
        "give the body's bytes (`bodyBytes`); other bytes: `--curve ed25519 --path PATH`",
    )
}
