//! Grants: whose wallets and whose clients at Portal are whose, and the lists that companies keep of them.

use lifeboat::formats::wallets::wallet_id::{WalletId, WalletIdError};
use serde::Deserialize;

use super::{
    caller::{Identity, is_sound_subject},
    portal::{ClientId, MAX_CLIENT},
};

/// Something and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Whose.
    pub identity: Identity,
    /// What.
    pub granted: Granted,
}

/// What can be somebody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Granted {
    /// A wallet.
    Wallet(WalletId),
    /// A client at Portal.
    Client(ClientId),
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
    /// The client id.
    #[error("no client id: printable text of at most {MAX_CLIENT} bytes")]
    Client,
    /// A wallet and a client in one line, or neither.
    #[error("expected a walletId or a clientId, and not both")]
    Both,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    issuer: Option<String>,
    #[serde(alias = "sub")]
    subject: Option<String>,
    #[serde(rename = "walletId", alias = "wallet")]
    wallet: Option<String>,
    #[serde(rename = "clientId", alias = "client")]
    client: Option<String>,
}

/// Reads a list: NDJSON, or CSV under a line with the names `issuer`, `subject` and `walletId` in any order; `clientId` in the
/// place of `walletId` for clients at Portal. `issuer` is the issuer of those that name none.
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
    let granted = match (given(line.wallet), given(line.client)) {
        (Some(wallet), None) => Granted::Wallet(WalletId::parse(wallet.as_bytes())?),
        (None, Some(client)) => {
            Granted::Client(ClientId::parse(&client).ok_or(GrantFault::Client)?)
        }
        _ => return Err(GrantFault::Both),
    };
    let subject = given(line.subject).ok_or(GrantFault::NoSubject)?;
    if !is_sound_subject(&subject) {
        return Err(GrantFault::Subject);
    }
    Ok(Grant {
        identity: Identity {
            issuer: issuer.ok_or(GrantFault::NoIssuer)?,
            subject,
        },
        granted,
    })
}
