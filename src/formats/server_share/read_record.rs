//! One record as it was read, and what of it is spelt in another way than `derive` spells it (FORMATS.md §10).
//!
//! A share of fewer than 64 digits is completed with leading zeros and noted: one of the published tools drops them.

use uuid::Uuid;

use super::{
    digits::{parse_chain_code, parse_share, refuse_zeros, without_0x},
    record::{CosignerShares, Record},
};
use crate::crypto::secret::{Secret, Wiped};
use crate::formats::{
    encoding::json::{FieldError, FieldFault, Kind, Value},
    wallets::{algorithm::Algorithm, wallet_id::WalletId},
};

/// A record, and how it was spelt.
pub struct ReadRecord {
    /// The record.
    pub record: Record,
    /// The shares that lacked leading zeros, which have been put back.
    pub short: Vec<(Uuid, Algorithm)>,
    /// The line of the file on which it ends.
    pub line: u64,
    /// The first line on which it is not byte for byte what `derive` writes.
    pub foreign_line: Option<u64>,
}

/// Asks whether a wallet is wanted; the others are not looked into.
pub(super) type Wanted<'a> = dyn FnMut(&WalletId) -> bool + 'a;

/// The members by which a record is known.
pub(super) const RECORD_FIELDS: [&str; 5] =
    ["walletId", "wallet_id", "chaincode", "chainCode", "shares"];

/// How far from what `derive` writes a file may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Nothing but what `derive` writes.
    AsWritten,
    /// What the published tools write, in any layout.
    Published,
    /// Whatever people and programs made of it: other names, encodings and separators, inside the answers of servers.
    Anything,
}

impl Reading {
    pub(super) fn algorithm(self, name: &str) -> Option<Algorithm> {
        match self {
            Self::Anything => Algorithm::from_spelling(name),
            _ => Algorithm::from_name(name),
        }
    }

    /// The digits of a number in hex, which other programs write with `0x`.
    pub(super) fn digits(self, text: &str) -> &str {
        match self {
            Self::Anything => without_0x(text),
            _ => text,
        }
    }
}

/// Reads the object of a record.
pub(super) fn read_record(
    wallet_id: WalletId,
    object: &Value<'_>,
    reading: Reading,
) -> Result<(Record, Vec<(Uuid, Algorithm)>), FieldError> {
    if reading != Reading::Anything {
        refuse_foreign_fields(object)?;
    }
    let list = object.get("shares")?;
    let (mut shares, mut short) = (Vec::<CosignerShares>::new(), Vec::new());
    for node in list.elements()? {
        let cosigner = node.get("cosigner")?.uuid()?;
        if shares.iter().any(|known| known.cosigner == cosigner) {
            let fault = format!("cosigner `{cosigner}` is listed twice");
            return Err(node.fault(FieldFault::Value(fault)));
        }
        let own = cosigner_shares(&node, reading)?;
        if own.is_empty() {
            let fault = "no share of a known algorithm".to_owned();
            return Err(node.fault(FieldFault::Value(fault)));
        }

        let lacking = own.iter().filter(|share| share.is_short);
        short.extend(lacking.map(|share| (cosigner, share.algorithm)));
        let own = own.into_iter().map(|share| (share.algorithm, share.share));
        shares.push(CosignerShares {
            cosigner,
            shares: own.collect(),
        });
    }
    if shares.is_empty() {
        return Err(list.fault(FieldFault::Value("no shares".to_owned())));
    }

    let record = Record {
        wallet_id,
        chain_code: wiped(&chain_code(object, reading)?),
        shares,
    };
    Ok((record, short))
}

/// Nobody writes other fields than these, and nobody knows what a reader makes of them. The name is not shown: it could be a
/// share.
fn refuse_foreign_fields(record: &Value<'_>) -> Result<(), FieldError> {
    let mut ids = 0;
    for (name, _) in record.members()? {
        ids += usize::from(matches!(name.as_ref(), "walletId" | "wallet_id"));
        if !RECORD_FIELDS.contains(&name.as_ref()) || ids > 1 {
            let fault = "a member that no record has";
            return Err(record.fault(FieldFault::Value(fault.to_owned())));
        }
    }
    Ok(())
}

struct ReadShare {
    algorithm: Algorithm,
    share: Wiped<32>,
    is_short: bool,
}

/// The shares of one cosigner, in the order of [`Algorithm::ALL`].
fn cosigner_shares(cosigner: &Value<'_>, reading: Reading) -> Result<Vec<ReadShare>, FieldError> {
    let mut shares: Vec<ReadShare> = Vec::new();
    for (name, field) in cosigner.members()? {
        let Some(algorithm) = reading.algorithm(&name) else {
            // A misspelt algorithm is a share that is missing. The name is not shown: it could be a share.
            if reading != Reading::Anything && name != "cosigner" {
                let fault = "a member whose name is no algorithm's".to_owned();
                return Err(cosigner.fault(FieldFault::Value(fault)));
            }
            continue;
        };
        if field.kind() == Kind::Null {
            continue;
        }
        if shares.iter().any(|known| known.algorithm == algorithm) {
            let fault = "a second share of the same algorithm, under another name".to_owned();
            return Err(field.fault(FieldFault::Value(fault)));
        }
        let text = field.text()?;
        let share = parse_share(reading.digits(text.expose()));
        let (share, is_short) = share.map_err(|fault| field.fault(fault))?;
        shares.push(ReadShare {
            algorithm,
            share: wiped(&share),
            is_short,
        });
    }

    let place = |share: &ReadShare| {
        Algorithm::ALL
            .iter()
            .position(|one| *one == share.algorithm)
    };
    shares.sort_by_key(place);
    Ok(shares)
}

/// `chaincode`, or `chainCode` as one of the published tools spells it; where both are there they must agree.
fn chain_code(record: &Value<'_>, reading: Reading) -> Result<Secret<32>, FieldError> {
    let read = |field: &Value<'_>| {
        let text = field.text()?;
        let digits = reading.digits(text.expose());
        let code = if digits == text.expose() {
            field.secret_hex()?
        } else {
            parse_chain_code(digits).map_err(|fault| field.fault(fault))?
        };
        refuse_zeros(&code).map_err(|fault| field.fault(fault))?;
        Ok(code)
    };

    let (first, second) = (record.find("chaincode")?, record.find("chainCode")?);
    let code = match (&first, &second) {
        (Some(field), _) | (None, Some(field)) => read(field)?,
        (None, None) => read(&record.get("chaincode")?)?,
    };
    if let (Some(_), Some(field)) = (first, second)
        && !read(&field)?.same_as(&code)
    {
        return Err(field.fault(FieldFault::Value("differs from `chaincode`".to_owned())));
    }
    Ok(code)
}

pub(super) fn wiped(secret: &Secret<32>) -> Wiped<32> {
    Wiped::new(*secret.expose())
}

pub(super) fn parse_id(text: &str) -> Result<WalletId, FieldFault> {
    WalletId::parse(text.as_bytes()).map_err(|fault| FieldFault::Value(fault.to_string()))
}
