//! The provider's own paths, so that apps and backends work when one base URL is changed: those of its API, and those of its
//! demo backend, which apps were built on. What cannot be done is told in the provider's shape, `{message, code}`.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use lifeboat::formats::{device_share::device_id::DeviceId, wallets::wallet_id::WalletId};
use serde_json::{Value, json};

use super::{
    App,
    asked::{Asked, wallet_of},
    backups::{keys_of, latest_of, latest_with_location},
    parts::Path,
    rpc::{device_of, json_of},
};
use crate::{
    domain::problem::{Code, Problem},
    store::{devices, passphrases, recovery::Latest},
};

/// Whether a path is one of the provider's, or would be one.
pub(super) fn is_theirs(path: &str) -> bool {
    ["/api/", "/v1/ncw/"]
        .iter()
        .any(|root| path.starts_with(root))
}

/// A problem as the provider tells it.
pub(super) fn in_their_words(problem: &Problem) -> Value {
    let message = match (problem.code, &problem.detail) {
        (Code::NoBackup, _) => "No backup found".to_owned(),
        (code, Some(detail)) => format!("{}: {detail}", code.title()),
        (code, None) => code.title().to_owned(),
    };
    json!({"message": message, "code": problem.code.status()})
}

/// `GET /v1/ncw/wallets/{w}/backup/latest`.
pub(super) async fn latest_of_wallet(
    State(app): State<App>,
    Path(wallet): Path<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    let wallet = app.wallet(&asked.caller, &wallet)?;
    vendors_latest(&app, &wallet)
}

/// `GET /v1/ncw/embedded_wallets/backup/latest`.
pub(super) async fn latest_embedded(
    State(app): State<App>,
    asked: Asked,
) -> Result<Response, Problem> {
    vendors_latest(&app, &only_wallet(&app, &asked)?)
}

/// `POST /v1/ncw/embedded_wallets/assign`.
pub(super) async fn assign_embedded(
    State(app): State<App>,
    asked: Asked,
) -> Result<Json<Value>, Problem> {
    let wallet = only_wallet(&app, &asked)?;
    Ok(Json(json!({"walletId": wallet.as_str(), "enabled": true})))
}

/// `GET /api/wallets/{w}/backup/latest`.
pub(super) async fn demo_latest(
    State(app): State<App>,
    Path(wallet): Path<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    let wallet = wallet_of(&wallet)?;
    let Latest {
        backup, location, ..
    } = latest_with_location(&app, &asked, &wallet)?;
    let answer = json!({
        "passphraseId": backup.passphrase_id,
        "deviceId": backup.device.as_str(),
        "createdAt": backup.created_at,
        "location": location,
    });
    Ok(json_of(answer.to_string()))
}

/// `POST /api/login`.
pub(super) async fn demo_login(asked: Asked) -> Json<Value> {
    Json(json!({"id": asked.identity().subject}))
}

/// `GET /api/wallets`.
pub(super) async fn demo_wallets(
    State(app): State<App>,
    asked: Asked,
) -> Result<Json<Value>, Problem> {
    let wallets = app.wallets_of(&asked.caller)?;
    let wallets: Vec<Value> = wallets
        .iter()
        .map(|wallet| json!({"walletId": wallet.as_str()}))
        .collect();
    Ok(Json(json!({ "wallets": wallets })))
}

/// `GET /api/devices`.
pub(super) async fn demo_devices(
    State(app): State<App>,
    asked: Asked,
) -> Result<Json<Value>, Problem> {
    let mut all = Vec::new();
    for wallet in app.wallets_of(&asked.caller)? {
        for device in app.store().read(|db| devices::list(db, &wallet))? {
            all.push(json!({
                "deviceId": device.device,
                "walletId": wallet.as_str(),
                "createdAt": device.since,
            }));
        }
    }
    Ok(Json(all.into()))
}

/// `POST /api/devices/{d}/assign`: a device that is known, and never a new one.
pub(super) async fn demo_assign(
    State(app): State<App>,
    Path(device): Path<String>,
    asked: Asked,
) -> Result<Json<Value>, Problem> {
    let device = device_of(&device)?;
    let wallet = known_wallet(&app, &asked, &device)?;
    Ok(Json(json!({"walletId": wallet.as_str()})))
}

/// `GET /api/passphrase`.
pub(super) async fn demo_passphrases(
    State(app): State<App>,
    asked: Asked,
) -> Result<Json<Value>, Problem> {
    let found = app
        .store()
        .read(|db| passphrases::list(db, asked.identity()))?;
    let found: Vec<Value> = found
        .iter()
        .map(|kept| json!({"passphraseId": kept.id, "location": kept.location}))
        .collect();
    Ok(Json(json!({ "passphrases": found })))
}

/// `GET /api/passphrase/{id}`.
pub(super) async fn demo_passphrase(
    State(app): State<App>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Json<Value>, Problem> {
    let found = app
        .store()
        .read(|db| passphrases::find(db, asked.identity(), &id))?;
    let found = found.ok_or(Code::NoSuchPassphrase)?;
    Ok(Json(
        json!({"passphraseId": found.id, "location": found.location}),
    ))
}

/// `POST /api/passphrase/{id}` `{location}`.
pub(super) async fn demo_keep_passphrase(
    state: State<App>,
    path: Path<String>,
    asked: Asked,
) -> Result<(StatusCode, Json<Value>), Problem> {
    super::passphrases::put(state, path, asked).await?;
    Ok((StatusCode::OK, Json(json!({"success": true}))))
}

/// The provider's model of a latest backup.
fn vendors_latest(app: &App, wallet: &WalletId) -> Result<Response, Problem> {
    let backup = latest_of(app, wallet)?;
    let answer = json!({
        "passphraseId": backup.passphrase_id,
        "createdAt": backup.created_at,
        "keys": keys_of(&backup),
    });
    Ok(json_of(answer.to_string()))
}

/// The wallet of a user who has one: these paths have no place for its id.
fn only_wallet(app: &App, asked: &Asked) -> Result<WalletId, Problem> {
    match app.wallets_of(&asked.caller)?.as_slice() {
        [wallet] => Ok(*wallet),
        [] => Err(Code::NoSuchWallet.into()),
        _ => Err(Problem::from(Code::NoSuchWallet)
            .detail("this path has no wallet id in it, and the account has several wallets")),
    }
}

/// The user's wallet that has this device. A backend may have any, so that nothing says which one is meant.
fn known_wallet(app: &App, asked: &Asked, device: &DeviceId) -> Result<WalletId, Problem> {
    if asked.caller.is_service() {
        return Err(Code::NoSuchDevice.into());
    }
    let with = app.store().read(|db| devices::wallets_with(db, device))?;
    for wallet in with {
        match app.allow(&asked.caller, &wallet) {
            Ok(()) => return Ok(wallet),
            Err(problem) if problem.code == Code::NoSuchWallet => {}
            Err(problem) => return Err(problem),
        }
    }
    Err(Code::NoSuchDevice.into())
}
