//! Server shares: Key Share #1 as records, read in any of their three shapes (FORMATS.md §10).
//!
//! Only the wallets that are wanted are kept; the others are passed over without being looked into. A share of fewer
//! than 64 digits is completed with leading zeros and noted: one of the published tools drops them.

use std::{borrow::Cow, collections::BTreeMap};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::digits::{parse_chain_code, parse_share, refuse_zeros, without_0x};
use crate::crypto::secret::Secret;
use crate::formats::{
    encoding::{
        json::{FieldError, FieldFault, Value, parse_uuid},
        other_content::ENVELOPES,
        readable::Readable,
        shown::{shown_member, shown_name},
    },
    wallets::{algorithm::Algorithm, wallet_id::WalletId},
};

/// Largest file of server shares accepted, in bytes.
pub const MAX_SERVER_SHARES: u64 = 2 << 30;

const RECORD_FIELDS: [&str; 5] = ["walletId", "wallet_id", "chaincode", "chainCode", "shares"];

/// Key Share #1 of one wallet, as it was read.
pub struct WalletShares {
    /// The asset chain code.
    pub chain_code: Secret<32>,
    /// Every share, in the file's order.
    pub shares: Vec<CosignerShare>,
}

/// One cosigner's share for one algorithm.
pub struct CosignerShare {
    /// The cosigner.
    pub cosigner: Uuid,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The share.
    pub share: Secret<32>,
    /// Whether leading zeros were missing and have been put back.
    pub repaired: bool,
}

/// The wanted wallets of a file.
pub type ServerShares = BTreeMap<WalletId, WalletShares>;

/// Reads records of the wallets for which `wanted` says so; it is asked once for every id in the file.
///
/// # Errors
/// [`FieldError`] with line, wallet and field.
pub fn read_server_shares(
    bytes: &[u8],
    wanted: impl FnMut(&WalletId) -> bool,
) -> Result<ServerShares, FieldError> {
    read(bytes, wanted, false)
}

/// The same for who wants to know that nothing is wrong: a cosigner's member that is no algorithm's name is an error, too.
///
/// # Errors
/// As [`read_server_shares`].
pub fn read_server_shares_strictly(
    bytes: &[u8],
    wanted: impl FnMut(&WalletId) -> bool,
) -> Result<ServerShares, FieldError> {
    read(bytes, wanted, true)
}

fn read(
    bytes: &[u8],
    mut wanted: impl FnMut(&WalletId) -> bool,
    is_strict: bool,
) -> Result<ServerShares, FieldError> {
    let readable = if is_strict {
        Readable::AsGiven(bytes)
    } else {
        Readable::of(bytes)
    };
    let bytes = readable.bytes();
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut found = Collected {
        shares: BTreeMap::new(),
        wanted: &mut wanted,
        is_strict,
    };
    match bytes.trim_ascii_start().first() {
        Some(b'{') => found.read_json(bytes)?,
        Some(b'[' | b'"') if !is_strict => found.read_json(bytes)?,
        _ => found.read_csv(bytes)?,
    }
    Ok(found.shares)
}

struct Collected<'a> {
    shares: ServerShares,
    wanted: &'a mut dyn FnMut(&WalletId) -> bool,
    is_strict: bool,
}

impl Collected<'_> {
    /// Values one after another, each with its line.
    fn read_json(&mut self, bytes: &[u8]) -> Result<(), FieldError> {
        let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<&RawValue>();
        let (mut line, mut start) = (1, 0);
        while let Some(value) = values.next() {
            let value = value.map_err(|error| not_json(error.line(), error.column()))?;
            let end = values.byte_offset();
            let text = bytes.get(start..end).unwrap_or_default();
            let own = text.trim_ascii_start();
            line += newlines(text) - newlines(own);
            self.keep_value(&format!("line {line}"), value.get(), 0)?;
            line += newlines(own);
            start = end;
        }
        Ok(())
    }

    /// An object holds all wallets by id, or is the record of one. Answers of servers have envelopes around either, and
    /// lists of them.
    fn keep_value(&mut self, place: &str, value: &str, depth: usize) -> Result<(), FieldError> {
        const DEEPEST: usize = 8;
        let may_be_wrapped = !self.is_strict && depth < DEEPEST;
        match value.as_bytes().first() {
            Some(b'[') if may_be_wrapped => {
                let elements: Vec<&RawValue> = of_json(place, value)?;
                let mut elements = elements.iter().enumerate();
                elements.try_for_each(|(index, element)| {
                    self.keep_value(&format!("{place}[{index}]"), element.get(), depth + 1)
                })
            }
            Some(b'"') if may_be_wrapped => {
                let inner: Zeroizing<String> = Zeroizing::new(of_json(place, value)?);
                let inner = inner.trim();
                if !inner.starts_with(['{', '[', '"']) {
                    return Err(fault_at(place, FieldFault::Type("an object")));
                }
                self.keep_value(place, inner, depth + 1)
            }
            Some(b'{') => {
                let Members(members) = of_json(place, value)?;
                self.keep_object(place, value, &members, depth)
            }
            _ => Err(fault_at(place, FieldFault::Type("an object"))),
        }
    }

    fn keep_object(
        &mut self,
        place: &str,
        object: &str,
        members: &[(Cow<'_, str>, &RawValue)],
        depth: usize,
    ) -> Result<(), FieldError> {
        let is_record = members
            .iter()
            .any(|(name, _)| RECORD_FIELDS.contains(&name.as_ref()));
        if is_record {
            return self.keep_line(&Value::parse(place, object.as_bytes())?);
        }

        refuse_repeated_wallets(members)?;
        let wrapped: Vec<_> = members
            .iter()
            .filter(|(name, value)| {
                ENVELOPES.contains(&name.as_ref()) && value.get().starts_with(['{', '[', '"'])
            })
            .collect();
        // Where wallets stand beside it, a member is a wallet with a wrong id.
        let has_wallet = members.iter().any(|(name, _)| parse_id(name).is_ok());
        if self.is_strict || wrapped.is_empty() || has_wallet {
            return members
                .iter()
                .try_for_each(|(wallet, record)| self.keep_member(wallet, record));
        }
        wrapped.iter().try_for_each(|(name, value)| {
            self.keep_value(&format!("{place}, {name}"), value.get(), depth + 1)
        })
    }

    fn keep_line(&mut self, root: &Value<'_>) -> Result<(), FieldError> {
        let id = root
            .find("wallet_id")?
            .map_or_else(|| root.get("walletId"), Ok)?;
        let wallet = parse_id(id.text()?.expose()).map_err(|fault| id.fault(fault))?;
        self.keep(wallet, root)
    }

    fn keep_member(&mut self, wallet: &str, record: &RawValue) -> Result<(), FieldError> {
        let named = |fault| FieldError {
            document: String::new(),
            path: shown_member(wallet),
            fault,
        };
        let wallet = parse_id(wallet).map_err(named)?;
        // Most of a large file is of other wallets: look into a record only when it is wanted.
        if self.shares.contains_key(&wallet) || (self.wanted)(&wallet) {
            self.insert(
                wallet,
                &Value::parse(wallet.as_str(), record.get().as_bytes())?,
            )?;
        }
        Ok(())
    }

    fn keep(&mut self, wallet: WalletId, record: &Value<'_>) -> Result<(), FieldError> {
        if self.shares.contains_key(&wallet) || (self.wanted)(&wallet) {
            self.insert(wallet, record)
        } else {
            Ok(())
        }
    }

    /// A wallet may stand in the file once.
    fn insert(&mut self, wallet: WalletId, record: &Value<'_>) -> Result<(), FieldError> {
        let parsed = parse_record(record, self.is_strict)?;
        if self.shares.insert(wallet, parsed).is_some() {
            return Err(record.fault(FieldFault::Value(format!("wallet `{wallet}` stands twice"))));
        }
        Ok(())
    }

    fn read_csv(&mut self, bytes: &[u8]) -> Result<(), FieldError> {
        let separator = if self.is_strict {
            b','
        } else {
            separator(bytes)
        };
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .delimiter(separator)
            .from_reader(bytes);
        let header = reader
            .headers()
            .map_err(|_| csv_fault(1, "", FieldFault::Type("UTF-8 text")))?
            .clone();
        let columns = Columns::of(&header)?;
        for row in reader.records() {
            let row = row.map_err(|error| {
                let line = error.position().map_or(0, csv::Position::line);
                csv_fault(
                    line,
                    "",
                    FieldFault::Type("as many fields as the header has, in UTF-8"),
                )
            })?;
            let line = row.position().map_or(0, csv::Position::line);
            self.keep_row(&columns, &row, line)?;
        }
        Ok(())
    }

    fn keep_row(
        &mut self,
        columns: &Columns,
        row: &csv::StringRecord,
        line: u64,
    ) -> Result<(), FieldError> {
        let field = |column: usize| row.get(column).unwrap_or_default();
        let fault = |name: &str, fault| csv_fault(line, name, fault);
        let wallet = parse_id(field(columns.wallet)).map_err(|f| fault("wallet_id", f))?;
        if !self.shares.contains_key(&wallet) && !(self.wanted)(&wallet) {
            return Ok(());
        }
        let chain_code = parse_chain_code(self.digits(field(columns.chain_code)))
            .map_err(|f| fault("chaincode", f))?;
        let cosigner = parse_uuid(field(columns.cosigner))
            .ok_or_else(|| fault("cosigner", FieldFault::Uuid))?;
        let name = field(columns.algorithm);
        let algorithm = self.algorithm(name).ok_or_else(|| {
            fault(
                "algorithm",
                FieldFault::Value(format!("unknown algorithm `{}`", shown_name(name))),
            )
        })?;
        let (share, repaired) =
            parse_share(self.digits(field(columns.share))).map_err(|f| fault("share", f))?;
        let known = self.shares.entry(wallet).or_insert_with(|| WalletShares {
            chain_code: chain_code.duplicate(),
            shares: Vec::new(),
        });
        if !known.chain_code.same_as(&chain_code) {
            return Err(fault(
                "chaincode",
                FieldFault::Value("differs from an earlier line of the wallet".to_owned()),
            ));
        }
        if known
            .shares
            .iter()
            .any(|share| share.cosigner == cosigner && share.algorithm == algorithm)
        {
            return Err(fault(
                "share",
                FieldFault::Value("the cosigner's share stands twice".to_owned()),
            ));
        }
        known.shares.push(CosignerShare {
            cosigner,
            algorithm,
            share,
            repaired,
        });
        Ok(())
    }

    fn algorithm(&self, name: &str) -> Option<Algorithm> {
        if self.is_strict {
            Algorithm::from_name(name)
        } else {
            Algorithm::from_spelling(name)
        }
    }

    /// The digits of a number in hex, which other programs write with `0x`.
    fn digits<'t>(&self, text: &'t str) -> &'t str {
        if self.is_strict {
            text
        } else {
            without_0x(text)
        }
    }
}

/// The separator of a header: comma, semicolon, tab or bar, whichever stands there most often.
fn separator(bytes: &[u8]) -> u8 {
    let header = bytes.trim_ascii_start().split(|byte| *byte == b'\n').next();
    let count = |separator: u8| {
        let header = header.unwrap_or_default().iter();
        header.filter(|byte| **byte == separator).count()
    };
    [b'|', b'\t', b';', b',']
        .into_iter()
        .max_by_key(|separator| count(*separator))
        .unwrap_or(b',')
}

/// A name that is given twice is refused, also of a wallet that nobody asked for: the file is not what it was.
fn refuse_repeated_wallets(members: &[(Cow<'_, str>, &RawValue)]) -> Result<(), FieldError> {
    let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_ref()).collect();
    names.sort_unstable();

    match names.windows(2).find(|pair| pair.first() == pair.last()) {
        None => Ok(()),
        Some(pair) => Err(FieldError {
            document: String::new(),
            path: shown_member(pair.first().unwrap_or(&"")),
            fault: FieldFault::Twice,
        }),
    }
}

/// The members of an object in their order, repeated names kept, values unread.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(pair) = map.next_entry::<Cow<'de, str>, &'de RawValue>()? {
                    members.push(pair);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// Where a CSV file has what.
struct Columns {
    wallet: usize,
    chain_code: usize,
    cosigner: usize,
    algorithm: usize,
    share: usize,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self, FieldError> {
        let find = |name: &str| {
            let plain = |text: &str| text.replace(['_', ' ', '-'], "").to_ascii_lowercase();
            let column = header.iter().position(|field| plain(field) == plain(name));
            column.ok_or_else(|| csv_fault(1, name, FieldFault::Missing))
        };
        Ok(Self {
            wallet: find("wallet_id")?,
            chain_code: find("chaincode")?,
            cosigner: find("cosigner")?,
            algorithm: find("algorithm")?,
            share: find("share")?,
        })
    }
}

fn parse_record(record: &Value<'_>, is_strict: bool) -> Result<WalletShares, FieldError> {
    if is_strict {
        refuse_foreign_fields(record)?;
    }
    let list = record.get("shares")?;
    let mut shares: Vec<CosignerShare> = Vec::new();
    for node in list.elements()? {
        let cosigner = node.get("cosigner")?.uuid()?;
        if shares.iter().any(|share| share.cosigner == cosigner) {
            return Err(node.fault(FieldFault::Value(format!(
                "cosigner `{cosigner}` stands twice"
            ))));
        }
        if is_strict {
            refuse_foreign_members(&node)?;
        }
        let own = cosigner_shares(&node, cosigner, is_strict)?;
        if own.is_empty() {
            return Err(node.fault(FieldFault::Value(
                "no share of a known algorithm".to_owned(),
            )));
        }
        shares.extend(own);
    }
    if shares.is_empty() {
        return Err(list.fault(FieldFault::Value("no shares".to_owned())));
    }
    Ok(WalletShares {
        chain_code: record_chain_code(record, is_strict)?,
        shares,
    })
}

/// The shares of one cosigner, in the order of [`Algorithm::ALL`].
fn cosigner_shares(
    node: &Value<'_>,
    cosigner: Uuid,
    is_strict: bool,
) -> Result<Vec<CosignerShare>, FieldError> {
    let mut shares: Vec<CosignerShare> = Vec::new();
    for (name, _) in node.members()? {
        let algorithm = if is_strict {
            Algorithm::from_name(&name)
        } else {
            Algorithm::from_spelling(&name)
        };
        let (Some(algorithm), Some(field)) = (algorithm, node.find(&name)?) else {
            continue;
        };
        if shares.iter().any(|share| share.algorithm == algorithm) {
            return Err(field.fault(FieldFault::Value(
                "a second share of the same algorithm, under another name".to_owned(),
            )));
        }
        let text = field.text()?;
        let text = text.expose();
        let digits = if is_strict { text } else { without_0x(text) };
        let (share, repaired) = parse_share(digits).map_err(|fault| field.fault(fault))?;
        shares.push(CosignerShare {
            cosigner,
            algorithm,
            share,
            repaired,
        });
    }

    shares.sort_by_key(|share| {
        Algorithm::ALL
            .iter()
            .position(|one| *one == share.algorithm)
    });
    Ok(shares)
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

/// A misspelt algorithm is a share that is missing. The name is not shown: it could be a share.
fn refuse_foreign_members(cosigner: &Value<'_>) -> Result<(), FieldError> {
    for (name, _) in cosigner.members()? {
        if name != "cosigner" && Algorithm::from_name(&name).is_none() {
            let fault = "a member whose name is no algorithm's";
            return Err(cosigner.fault(FieldFault::Value(fault.to_owned())));
        }
    }
    Ok(())
}

/// `chaincode`, or `chainCode` as one of the published tools spells it; where both are there they must agree.
fn record_chain_code(record: &Value<'_>, is_strict: bool) -> Result<Secret<32>, FieldError> {
    let read = |field: &Value<'_>| {
        let text = field.text()?;
        let text = text.expose();
        let digits = without_0x(text);
        let code = if is_strict || digits == text {
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

fn parse_id(text: &str) -> Result<WalletId, FieldFault> {
    WalletId::parse(text.as_bytes()).map_err(|fault| FieldFault::Value(fault.to_string()))
}

fn csv_fault(line: u64, column: &str, fault: FieldFault) -> FieldError {
    FieldError {
        document: format!("line {line}"),
        path: column.to_owned(),
        fault,
    }
}

fn not_json(line: usize, column: usize) -> FieldError {
    FieldError {
        document: String::new(),
        path: String::new(),
        fault: FieldFault::NotJson { line, column },
    }
}

fn of_json<'a, T: Deserialize<'a>>(place: &str, text: &'a str) -> Result<T, FieldError> {
    serde_json::from_str(text).map_err(|_| fault_at(place, FieldFault::Type("JSON")))
}

fn fault_at(place: &str, fault: FieldFault) -> FieldError {
    FieldError {
        document: place.to_owned(),
        path: String::new(),
        fault,
    }
}

fn newlines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}
