//! Server shares: Key Share #1 as records, read in any of their three shapes (FORMATS.md §10).
//!
//! Only the wallets that are wanted are kept; the others are passed over without being looked into. A share of fewer
//! than 64 digits is completed with leading zeros and noted: one of the published tools drops them.

use std::{borrow::Cow, collections::BTreeMap};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use uuid::Uuid;
use zeroize::Zeroize;

use crate::crypto::secret::Secret;
use crate::formats::{
    encoding::{
        json::{Document, FieldError, FieldFault, Node, parse_uuid},
        shown::{shown_member, shown_name},
    },
    wallets::{algorithm::Algorithm, wallet_id::WalletId},
};

/// Largest file of server shares accepted, in bytes.
pub const MAX_SERVER_SHARES: u64 = 2 << 30;

const DIGITS: usize = 64;
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
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut found = Collected {
        shares: BTreeMap::new(),
        wanted: &mut wanted,
        is_strict,
    };
    match bytes.trim_ascii_start().first() {
        Some(b'{') => found.read_json(bytes)?,
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
    /// Objects one after another: each holds all wallets by id, or is the record of one.
    fn read_json(&mut self, bytes: &[u8]) -> Result<(), FieldError> {
        let mut objects = serde_json::Deserializer::from_slice(bytes).into_iter::<Members<'_>>();
        let (mut line, mut start) = (1, 0);
        while let Some(object) = objects.next() {
            let Members(members) =
                object.map_err(|error| not_json(error.line(), error.column()))?;
            let end = objects.byte_offset();
            let text = bytes.get(start..end).unwrap_or_default();
            let object = text.trim_ascii_start();
            line += newlines(text) - newlines(object);
            if members
                .iter()
                .any(|(name, _)| RECORD_FIELDS.contains(&name.as_ref()))
            {
                self.keep_line(&Document::parse(&format!("line {line}"), object)?)?;
            } else {
                refuse_repeated_wallets(&members)?;
                members
                    .iter()
                    .try_for_each(|(wallet, record)| self.keep_member(wallet, record))?;
            }
            line += newlines(object);
            start = end;
        }
        Ok(())
    }

    fn keep_line(&mut self, document: &Document) -> Result<(), FieldError> {
        let root = document.root();
        let id = root
            .find("wallet_id")?
            .map_or_else(|| root.get("walletId"), Ok)?;
        let wallet = parse_id(id.text()?).map_err(|fault| id.fault(fault))?;
        self.keep(wallet, &root)
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
                &Document::parse(wallet.as_str(), record.get().as_bytes())?.root(),
            )?;
        }
        Ok(())
    }

    fn keep(&mut self, wallet: WalletId, record: &Node<'_>) -> Result<(), FieldError> {
        if self.shares.contains_key(&wallet) || (self.wanted)(&wallet) {
            self.insert(wallet, record)
        } else {
            Ok(())
        }
    }

    /// A wallet may stand in the file once.
    fn insert(&mut self, wallet: WalletId, record: &Node<'_>) -> Result<(), FieldError> {
        let parsed = parse_record(record, self.is_strict)?;
        if self.shares.insert(wallet, parsed).is_some() {
            return Err(record.fault(FieldFault::Value(format!("wallet `{wallet}` stands twice"))));
        }
        Ok(())
    }

    fn read_csv(&mut self, bytes: &[u8]) -> Result<(), FieldError> {
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
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
        let chain_code =
            parse_chain_code(field(columns.chain_code)).map_err(|f| fault("chaincode", f))?;
        let cosigner = parse_uuid(field(columns.cosigner))
            .ok_or_else(|| fault("cosigner", FieldFault::Uuid))?;
        let name = field(columns.algorithm);
        let algorithm = Algorithm::from_name(name).ok_or_else(|| {
            fault(
                "algorithm",
                FieldFault::Value(format!("unknown algorithm `{}`", shown_name(name))),
            )
        })?;
        let (share, repaired) = parse_share(field(columns.share)).map_err(|f| fault("share", f))?;
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
            let column = header
                .iter()
                .position(|field| field.eq_ignore_ascii_case(name));
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

fn parse_record(record: &Node<'_>, is_strict: bool) -> Result<WalletShares, FieldError> {
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
        let before = shares.len();
        for algorithm in Algorithm::ALL {
            let Some(field) = node.find(algorithm.name())? else {
                continue;
            };
            let (share, repaired) =
                parse_share(field.text()?).map_err(|fault| field.fault(fault))?;
            shares.push(CosignerShare {
                cosigner,
                algorithm,
                share,
                repaired,
            });
        }
        if shares.len() == before {
            return Err(node.fault(FieldFault::Value(
                "no share of a known algorithm".to_owned(),
            )));
        }
    }
    if shares.is_empty() {
        return Err(list.fault(FieldFault::Value("no shares".to_owned())));
    }
    Ok(WalletShares {
        chain_code: record_chain_code(record)?,
        shares,
    })
}

/// A misspelt algorithm is a share that is missing. The name is not shown: it could be a share.
fn refuse_foreign_members(cosigner: &Node<'_>) -> Result<(), FieldError> {
    for (name, _) in cosigner.members()? {
        if name != "cosigner" && Algorithm::from_name(name).is_none() {
            let fault = "a member whose name is no algorithm's";
            return Err(cosigner.fault(FieldFault::Value(fault.to_owned())));
        }
    }
    Ok(())
}

/// `chaincode`, or `chainCode` as one of the published tools spells it; where both are there they must agree.
fn record_chain_code(record: &Node<'_>) -> Result<Secret<32>, FieldError> {
    let (first, second) = (record.find("chaincode")?, record.find("chainCode")?);
    let code = match &first {
        Some(field) => field.secret_hex()?,
        None => second
            .as_ref()
            .map_or_else(|| record.get("chaincode"), |field| Ok(field.clone()))?
            .secret_hex()?,
    };
    if let (Some(_), Some(field)) = (first, second)
        && !field.secret_hex()?.same_as(&code)
    {
        return Err(field.fault(FieldFault::Value("differs from `chaincode`".to_owned())));
    }
    Ok(code)
}

fn parse_id(text: &str) -> Result<WalletId, FieldFault> {
    WalletId::parse(text.as_bytes()).map_err(|fault| FieldFault::Value(fault.to_string()))
}

fn parse_chain_code(text: &str) -> Result<Secret<32>, FieldFault> {
    match parse_share(text)? {
        (_, true) => Err(FieldFault::Length {
            expected: 32,
            found: text.len() / 2,
        }),
        (code, false) => Ok(code),
    }
}

/// 1 to 64 digits; whether there were fewer than 64.
fn parse_share(text: &str) -> Result<(Secret<32>, bool), FieldFault> {
    let missing = DIGITS
        .checked_sub(text.len())
        .filter(|missing| *missing < DIGITS);
    let Some(missing) = missing else {
        return Err(FieldFault::Value(format!(
            "{} hexadecimal digits, expected {DIGITS}",
            text.len()
        )));
    };
    let mut digits = [b'0'; DIGITS];
    digits
        .iter_mut()
        .skip(missing)
        .zip(text.bytes())
        .for_each(|(digit, given)| *digit = given);
    let mut bytes = [0; DIGITS / 2];
    let decoded = base16ct::mixed::decode(digits, &mut bytes).is_ok();
    digits.zeroize();
    let share = Secret::take(&mut bytes);
    if decoded {
        Ok((share, missing > 0))
    } else {
        Err(FieldFault::Hex("foreign character"))
    }
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

fn newlines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}
