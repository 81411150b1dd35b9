//! Grants: whose wallets are whose, and the lists that companies keep of them.

use lifeboat::formats::wallets::wallet_id::{WalletId, WalletIdError};
use serde::Deserialize;

use super::caller::{Identity, is_sound_subject};

/// A wallet and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Whose.
    pub identity: Identity,
    /// The wallet.
    pub wallet: WalletId,
}

/// A line of a list that is no grant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct GrantError {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong.
    pub fault: GrantFault,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantFault {
    /// No object, or another number of fields.
    #[error("not a grant")]
    Shape,
    /// The issuer is not named.
    #[error("no issuer; give it with --issuer where all of them have the same")]
    NoIssuer,
    /// The subject is not named.
    #[error("no subject")]
    NoSubject,
    /// No token could name the subject.
    #[error("the subject is too long or not printable: no token could name it")]
    Subject,
    /// The wallet id.
    #[error(transparent)]
    Wallet(#[from] WalletIdError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    issuer: Option<String>,
    #[serde(alias = "sub")]
    subject: Option<String>,
    #[serde(rename = "walletId", alias = "wallet")]
    wallet: Option<String>,
}

/// Reads a list: NDJSON, or CSV under a line with the names `issuer`, `subject` and `walletId` in any order. `issuer` is
/// the issuer of those that name none.
#[must_use]
pub fn read_grants(text: &str, issuer: Option<&str>) -> (Vec<Grant>, Vec<GrantError>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut grants, mut bad) = (Vec::new(), Vec::new());
    let mut take = |line: u64, read: Result<Line, GrantFault>| match read
        .and_then(|line| grant(line, issuer))
    {
        Ok(grant) => grants.push(grant),
        Err(fault) => bad.push(GrantError { line, fault }),
    };
    if text.trim_start().starts_with('{') {
        for (line, text) in (1..).zip(text.lines()) {
            if !text.trim().is_empty() {
                take(
                    line,
                    serde_json::from_str(text).map_err(|_| GrantFault::Shape),
                );
            }
        }
        return (grants, bad);
    }
    let mut rows = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut row = 1;
    for read in rows.deserialize() {
        row += 1;
        let line = |error: &csv::Error| error.position().map_or(row, csv::Position::line);
        match read {
            Ok(read) => take(row, Ok(read)),
            Err(error) => take(line(&error), Err(GrantFault::Shape)),
        }
    }
    (grants, bad)
}

fn grant(line: Line, issuer: Option<&str>) -> Result<Grant, GrantFault> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let issuer = given(line.issuer).or(issuer.map(str::to_owned));
    let wallet = line.wallet.ok_or(GrantFault::Shape)?;
    let subject = given(line.subject).ok_or(GrantFault::NoSubject)?;
    if !is_sound_subject(&subject) {
        return Err(GrantFault::Subject);
    }
    Ok(Grant {
        identity: Identity {
            issuer: issuer.ok_or(GrantFault::NoIssuer)?,
            subject,
        },
        wallet: WalletId::parse(wallet.as_bytes())?,
    })
}
