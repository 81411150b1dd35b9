//! Records: one wallet's result, in the three shapes that endpoints read (FORMATS.md §10).

use std::collections::BTreeMap;

use serde::Deserialize;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::crypto::secret::Wiped;
use crate::formats::{
    encoding::json::parse_uuid,
    wallets::{algorithm::Algorithm, wallet_id::WalletId},
};

/// The shapes of a result file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordFormat {
    /// One object keyed by wallet id: what the published tools write.
    Json,
    /// One object a line.
    Ndjson,
    /// One row a share, under a header.
    Csv,
}

/// Key Share #1 of one wallet.
pub struct Record {
    /// The wallet.
    pub wallet_id: WalletId,
    /// The asset chain code.
    pub chain_code: Wiped<32>,
    /// One element per cosigner, in the kit's order; each with its shares in the order of the algorithms asked for.
    pub shares: Vec<CosignerShares>,
}

/// The shares that one cosigner contributes to a wallet.
pub struct CosignerShares {
    /// The cosigner.
    pub cosigner: Uuid,
    /// Its share per algorithm.
    pub shares: Vec<(Algorithm, Wiped<32>)>,
}

impl RecordFormat {
    /// What is before the first record.
    #[must_use]
    pub fn header(self) -> &'static str {
        match self {
            Self::Json => "{",
            Self::Ndjson => "",
            Self::Csv => "wallet_id,chaincode,cosigner,algorithm,share\n",
        }
    }

    /// What is after the last record.
    #[must_use]
    pub fn footer(self) -> &'static str {
        if self == Self::Json { "\n}\n" } else { "" }
    }

    /// Appends one record. `first` says that no record is before it in the file.
    pub fn write(self, record: &Record, first: bool, out: &mut Vec<u8>) {
        match self {
            Self::Json => write_member(record, first, out),
            Self::Ndjson => write_line(record, out),
            Self::Csv => write_rows(record, out),
        }
    }
}

fn write_member(record: &Record, first: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(if first { b"\n\"" } else { b",\n\"" });
    out.extend_from_slice(record.wallet_id.as_bytes());
    out.extend_from_slice(b"\":{");
    write_body(record, out);
}

/// A record's JSON object, its texts borrowed so that no unwiped copy is made.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonRecord<'a> {
    #[serde(rename = "walletId")]
    wallet_id: &'a str,
    chaincode: &'a str,
    #[serde(borrow)]
    shares: Vec<BTreeMap<&'a str, &'a str>>,
}

impl Record {
    /// Reads what [`Record::write_object`] writes; `None` for anything else.
    #[must_use]
    pub fn parse_object(text: &[u8]) -> Option<Self> {
        let json: JsonRecord<'_> = serde_json::from_slice(text).ok()?;
        let cosigner = |fields: &BTreeMap<&str, &str>| {
            let shares = fields.iter().filter(|(name, _)| **name != "cosigner");
            let share =
                |(name, hex): (&&str, &&str)| Some((Algorithm::from_name(name)?, read_hex(hex)?));
            let shares = shares.map(share).collect::<Option<_>>()?;
            Some(CosignerShares {
                cosigner: parse_uuid(fields.get("cosigner")?)?,
                shares,
            })
        };
        let record = Self {
            wallet_id: WalletId::parse(json.wallet_id.as_bytes()).ok()?,
            chain_code: read_hex(json.chaincode)?,
            shares: json.shares.iter().map(cosigner).collect::<Option<_>>()?,
        };
        // One spelling only: no space, no field twice, no other order.
        let mut again = Zeroizing::new(Vec::with_capacity(text.len().max(record.size())));
        record.write_object(&mut again);
        (again.as_slice() == text).then_some(record)
    }

    /// Reads a line of NDJSON as [`RecordFormat::write`] writes it, with the line end before it, which the first one lacks;
    /// `None` for anything else.
    pub(super) fn parse_line(text: &[u8], is_first: bool) -> Option<Self> {
        let before: &[u8] = if is_first { b"" } else { b"\n" };
        Self::parse_object(text.strip_prefix(before)?)
    }

    /// Reads a member of the one JSON object as [`RecordFormat::write`] writes it, with what is before it; `None` for
    /// anything else.
    pub(super) fn parse_member(text: &[u8], is_first: bool) -> Option<Self> {
        let before: &[u8] = if is_first { b"{\n" } else { b",\n" };
        let (id, body) = text.strip_prefix(before)?.split_at_checked(38)?;

        let mut object = Zeroizing::new(Vec::with_capacity(text.len() + 16));
        object.extend_from_slice(b"{\"walletId\":");
        object.extend_from_slice(id);
        object.push(b',');
        object.extend_from_slice(body.strip_prefix(b":{")?);
        Self::parse_object(&object)
    }

    /// An upper bound of the length of its object.
    pub(super) fn size(&self) -> usize {
        192 + self
            .shares
            .iter()
            .map(|cosigner| 64 + cosigner.shares.len() * 128)
            .sum::<usize>()
    }

    /// Appends the record as one JSON object, without a line end.
    pub fn write_object(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"walletId\":\"");
        out.extend_from_slice(self.wallet_id.as_bytes());
        out.extend_from_slice(b"\",");
        write_body(self, out);
    }
}

fn write_line(record: &Record, out: &mut Vec<u8>) {
    record.write_object(out);
    out.push(b'\n');
}

/// `"chaincode":…,"shares":[…]}`
fn write_body(record: &Record, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"chaincode\":\"");
    write_hex(&record.chain_code, out);
    out.extend_from_slice(b"\",\"shares\":[");
    for (index, cosigner) in record.shares.iter().enumerate() {
        out.extend_from_slice(if index == 0 {
            b"{\"cosigner\":\""
        } else {
            b",{\"cosigner\":\""
        });
        write_uuid(cosigner.cosigner, out);
        for (algorithm, share) in &cosigner.shares {
            out.extend_from_slice(b"\",\"");
            out.extend_from_slice(algorithm.name().as_bytes());
            out.extend_from_slice(b"\":\"");
            write_hex(share, out);
        }
        out.extend_from_slice(b"\"}");
    }
    out.extend_from_slice(b"]}");
}

fn write_rows(record: &Record, out: &mut Vec<u8>) {
    for cosigner in &record.shares {
        for (algorithm, share) in &cosigner.shares {
            out.extend_from_slice(record.wallet_id.as_bytes());
            out.push(b',');
            write_hex(&record.chain_code, out);
            out.push(b',');
            write_uuid(cosigner.cosigner, out);
            out.push(b',');
            out.extend_from_slice(algorithm.name().as_bytes());
            out.push(b',');
            write_hex(share, out);
            out.push(b'\n');
        }
    }
}

fn write_uuid(id: Uuid, out: &mut Vec<u8>) {
    out.extend_from_slice(
        id.hyphenated()
            .encode_lower(&mut Uuid::encode_buffer())
            .as_bytes(),
    );
}

/// 32 bytes from 64 digits in lower case, decoded in constant time.
pub(in crate::formats) fn read_hex(digits: &str) -> Option<Wiped<32>> {
    let mut bytes = Wiped::new([0; 32]);
    let length = base16ct::lower::decode(digits, bytes.expose_mut())
        .ok()?
        .len();
    (length == 32).then_some(bytes)
}

/// Appends 64 digits, encoded in constant time.
fn write_hex(secret: &Wiped<32>, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + 64, 0);
    let digits = out.get_mut(start..).expect("the buffer was just extended");
    base16ct::lower::encode(secret.expose(), digits).expect("64 digits hold 32 bytes");
}
