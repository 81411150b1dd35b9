//! Notices: what the company is told of at once, in the shape of Standard Webhooks
//! (<https://www.standardwebhooks.com>): `{"type", "timestamp", "data"}`.
//!
//! A request for a share that nobody hears of is an attack that nobody stops. Readiness and expiry are not told: they
//! follow from `notBefore` and `expiresAt`.

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{caller::Identity, release::Release};

/// The pause after the first try, in milliseconds.
const FIRST_PAUSE: i64 = 1000;
/// The longest pause.
pub const LONGEST_PAUSE: i64 = 600_000;

/// A step of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Somebody asks for the share.
    Requested,
    /// An operator approved.
    Approved,
    /// An operator denied.
    Denied,
    /// Its owner or the company ended it.
    Cancelled,
    /// The record's key has come from the offline machine.
    KeyHandedIn,
    /// The share was handed out.
    Collected,
}

impl Step {
    /// The type of its notice.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Requested => "release.requested",
            Self::Approved => "release.approved",
            Self::Denied => "release.denied",
            Self::Cancelled => "release.cancelled",
            Self::KeyHandedIn => "release.key-handed-in",
            Self::Collected => "release.collected",
        }
    }
}

/// The text of the notice that a release made a step, with the release as it is after it.
#[must_use]
pub fn of_release(step: Step, release: &Release, by: &Identity, request: &str, now: i64) -> String {
    let data = json!({
        "release": release.id,
        "walletId": release.wallet.as_str(),
        "state": release.state(now).name(),
        "for": named(&release.requester),
        "by": named(by),
        "byService": release.by_service,
        "isEncrypted": release.encrypt_to.is_some(),
        "createdAt": release.created_at,
        "notBefore": release.not_before,
        "expiresAt": release.expires_at,
        "approvalsLeft": release.approvals_left(),
        "request": request,
    });
    text(step.name(), now, &data)
}

/// The text of the notice that the audit chain was signed.
#[must_use]
pub fn of_checkpoint(seq: i64, note: &str, now: i64) -> String {
    text("audit.checkpoint", now, &json!({"seq": seq, "note": note}))
}

/// How long after a try that failed the next one comes, in milliseconds; `attempts` counts it.
#[must_use]
pub fn pause(attempts: i64) -> i64 {
    let doublings = u32::try_from(attempts - 1).unwrap_or_default().min(20);
    (FIRST_PAUSE << doublings).min(LONGEST_PAUSE)
}

fn text(kind: &str, now: i64, data: &Value) -> String {
    json!({"type": kind, "timestamp": timestamp(now), "data": data}).to_string()
}

fn named(identity: &Identity) -> Value {
    json!({"issuer": identity.issuer, "subject": identity.subject})
}

/// Milliseconds since 1970 as RFC 3339 has them.
fn timestamp(at: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1_000_000);
    let text = time.ok().and_then(|time| time.format(&Rfc3339).ok());
    text.unwrap_or_default()
}
