//! Backups of Key Share #2 over our own API, and the key set that they are held against.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use lifeboat::formats::{
    device_share::{
        device_id::DeviceId,
        share::{WalletKey, check_ids},
    },
    encoding::json::{FieldError, FieldFault, Value},
    wallets::wallet_id::WalletId,
};
use serde::Serialize;
use serde_json::{Value as Json_, json};
use uuid::Uuid;

use super::{
    App,
    asked::{Asked, bad_field, granted_to, wallet_of},
    parts::Path,
    rpc::{device_of, json_of, opened, row_of, text_of},
};
use crate::{
    domain::{
        backup::{BackupError, Form, MAX_KEYS, NewBackup, Source},
        device::PhysicalId,
        named_key::NamedKey,
        problem::{Code, Problem},
        rpc::{Method, Request},
    },
    store::{
        backups::{self, StoredBackup},
        grants::NotGranted,
        recovery::{BackedUp, Latest, Opening, Step},
    },
};

/// Most backups that a history shows.
const MOST: i64 = 200;

/// `POST /v1/wallets/{w}/devices/{d}/backups`: the record as sent or fetched, a message with it, or a backup of lifeboat's.
pub(super) async fn upload(
    State(app): State<App>,
    Path((wallet, device)): Path<(String, String)>,
    headers: HeaderMap,
    asked: Asked,
) -> Result<Response, Problem> {
    let wallet = app.wallet(&asked.caller, &wallet)?;
    let device = device_of(&device)?;
    let backup = NewBackup::read(&asked.body, &wallet, &device).map_err(problem_of)?;
    let digest = backup.digest();
    let route = format!("/v1/wallets/{wallet}/devices/{device}/backups");
    let repeatable = asked.repeatable(&headers, &route)?;
    let step = step_of(&asked, wallet, device, phone_of(&asked.body));

    let row = row_of(&app, &step, backup, Source::Upload, None)?;
    let done = app.store().back_up(step, row, false, repeatable).await?;
    answer_of(done, digest)
}

/// `POST /v1/wallets/{w}/devices/{d}/observed` `{message, reply}` of the live provider.
pub(super) async fn observed(
    State(app): State<App>,
    Path((wallet, device)): Path<(String, String)>,
    headers: HeaderMap,
    asked: Asked,
) -> Result<Response, Problem> {
    let wallet = app.wallet(&asked.caller, &wallet)?;
    let device = device_of(&device)?;
    let body = asked.json()?;
    let [message, reply] = ["message", "reply"].map(|name| {
        let value = body.get(name).map_err(|error| bad_field(&error))?;
        text_of(&value)
    });
    let (message, reply) = (message?, reply?);

    let backup = Request::parse(&message)
        .ok()
        .filter(|request| request.method == Method::BackUp && is_success(&reply))
        .and_then(|request| {
            let record = request.parameter().ok().flatten()?;
            let backup = NewBackup::of_record(record.as_bytes(), &device).ok()?;
            Some((backup, request.phone))
        });
    let Some((backup, phone)) = backup else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let digest = backup.digest();
    let route = format!("/v1/wallets/{wallet}/devices/{device}/observed");
    let repeatable = asked.repeatable(&headers, &route)?;
    let phone = (phone != PhysicalId::unnamed()).then_some(phone);
    let step = step_of(&asked, wallet, device, phone);
    let row = row_of(&app, &step, backup, Source::Observed, None)?;
    let done = app.store().observe(step, row, repeatable).await?;
    answer_of(done, digest)
}

/// `GET /v1/wallets/{w}/backups/latest`.
pub(super) async fn latest(
    State(app): State<App>,
    Path(wallet): Path<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    let wallet = wallet_of(&wallet)?;
    let Latest {
        backup,
        completeness,
        location,
    } = latest_with_location(&app, &asked, &wallet)?;

    let answer = ShownLatest {
        wallet_id: wallet.as_str(),
        device_id: backup.device.as_str(),
        passphrase_id: &backup.passphrase_id,
        created_at: backup.created_at,
        keys: keys_of(&backup),
        complete: completeness.is_complete(),
        missing: completeness.names(),
        id: backup.id.to_string(),
        location,
    };
    let text = serde_json::to_string(&answer).map_err(|_| Code::Internal)?;
    Ok(json_of(text))
}

/// The latest backup as it is shown. It is asked for most, so it is written without a tree of its members in between.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownLatest<'a> {
    wallet_id: &'a str,
    device_id: &'a str,
    passphrase_id: &'a str,
    created_at: i64,
    keys: Vec<ShownKey<'a>>,
    complete: bool,
    missing: Vec<&'static str>,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
}

/// A key as the provider lists it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShownKey<'a> {
    device_id: &'a str,
    key_id: String,
    algorithm: &'static str,
    public_key: Option<&'a str>,
}

/// `GET /v1/wallets/{w}/backups`: newest first.
pub(super) async fn history(
    State(app): State<App>,
    Path(wallet): Path<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    let wallet = app.wallet(&asked.caller, &wallet)?;
    let found = app.store().read(|db| backups::history(db, &wallet, MOST))?;
    let backups: Vec<Json_> = found
        .iter()
        .map(|backup| {
            json!({
                "id": backup.id.to_string(),
                "deviceId": backup.device.as_str(),
                "physicalDeviceId": backup.physical,
                "passphraseId": backup.passphrase_id,
                "form": backup.form.word(),
                "source": backup.source,
                "createdAt": backup.created_at,
                "arrivedAt": backup.arrived_at,
                "digest": hex::encode(backup.digest),
                "keys": keys_of(backup),
            })
        })
        .collect();
    Ok(json_of(json!({ "backups": backups }).to_string()))
}

/// `GET /v1/wallets/{w}/backups/{id}/content`: one backup as its software reads it.
pub(super) async fn content(
    State(app): State<App>,
    Path((wallet, id)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, Problem> {
    let wallet = app.wallet(&asked.caller, &wallet)?;
    let id = Uuid::try_parse(&id).map_err(|_| Code::NoBackup)?;
    let backup = match app.store().backup_to_open(&wallet, id)? {
        Opening::Backup(backup) => backup,
        Opening::None => return Err(Code::NoBackup.into()),
        Opening::Locked => return Err(Code::WalletLocked.into()),
    };
    let content = opened(&app, &backup)?;
    let mut answer = json_of(String::from_utf8_lossy(content.expose()).into_owned());
    if backup.form == Form::Lifeboat {
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        answer.headers_mut().insert(header::CONTENT_TYPE, plain);
    }
    Ok(answer)
}

/// `PUT /v1/wallets/{w}/keys` `[{keyId, algorithm, publicKey}]`: the key set as it should be.
pub(super) async fn register(
    State(app): State<App>,
    Path(wallet): Path<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    if !asked.caller.is_service() {
        return Err(Code::NoSuchWallet.into());
    }
    let wallet = app.wallet(&asked.caller, &wallet)?;
    let keys = registered_keys(&asked.json()?).map_err(|error| bad_field(&error))?;

    let (identity, request) = (asked.identity().clone(), asked.request.clone());
    let registered = app
        .store()
        .register_keys(wallet, keys, identity, request)
        .await?;
    registered.map_err(|id| {
        Problem::from(Code::KeyDiffers).detail(format!("key `{id}` is registered otherwise"))
    })?;

    let latest = app
        .store()
        .read(|db| backups::latest(db, &wallet, None, None))?;
    let keys = latest.map_or(Vec::new(), |backup| backup.keys);
    let completeness = app.store().completeness(&wallet, &keys)?;
    let answer = json!({"complete": completeness.is_complete(), "missing": completeness.names()});
    Ok(Json(answer).into_response())
}

/// The latest backup of a wallet.
///
/// # Errors
/// 404 where there is none.
pub(super) fn latest_of(app: &App, wallet: &WalletId) -> Result<StoredBackup, Problem> {
    let found = app
        .store()
        .read(|db| backups::latest(db, wallet, None, None))?;
    found.ok_or_else(|| Code::NoBackup.into())
}

/// The latest backup of a wallet, and where its user keeps the passphrase.
///
/// # Errors
/// 404 where there is none, or the wallet is not the caller's.
pub(super) fn latest_with_location(
    app: &App,
    asked: &Asked,
    wallet: &WalletId,
) -> Result<Latest, Problem> {
    let granted_to = granted_to(&asked.caller, wallet)?;
    let latest = app
        .store()
        .latest_backup(wallet, asked.identity(), granted_to)?;
    let latest = latest.map_err(|NotGranted| Code::NoSuchWallet)?;
    latest.ok_or_else(|| Code::NoBackup.into())
}

/// The keys of a backup as the provider lists them.
pub(super) fn keys_of(backup: &StoredBackup) -> Vec<ShownKey<'_>> {
    let keys = backup.keys.iter().map(|key| ShownKey {
        device_id: backup.device.as_str(),
        key_id: key.id.to_string(),
        algorithm: key.algorithm.name(),
        public_key: key.public_key.as_deref(),
    });
    keys.collect()
}

/// Who does a step of which device.
pub(super) fn step_of(
    asked: &Asked,
    wallet: WalletId,
    device: DeviceId,
    phone: Option<PhysicalId>,
) -> Step {
    Step {
        wallet,
        device,
        phone,
        caller: asked.identity().clone(),
        request: asked.request.clone(),
    }
}

fn answer_of(done: BackedUp, digest: [u8; 32]) -> Result<Response, Problem> {
    let (kept, completeness) = match done {
        BackedUp::Kept { kept, completeness } => (kept, completeness),
        BackedUp::Replaced => return Err(Code::BackupOfReplaced.into()),
        BackedUp::KeyReused => return Err(Code::KeyReused.into()),
        BackedUp::Full => return Err(Code::TooManyVersions.into()),
        BackedUp::Incomplete(_) => return Err(Code::Internal.into()),
    };
    let status = if kept.is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let body = json!({
        "id": kept.id.to_string(),
        "createdAt": kept.created_at,
        "digest": hex::encode(digest),
        "complete": completeness.is_complete(),
        "missing": completeness.names(),
    });
    Ok((status, Json(body)).into_response())
}

fn problem_of(error: BackupError) -> Problem {
    match error {
        BackupError::Field(error) => bad_field(&error),
        BackupError::Several(_) | BackupError::ManyKeys => {
            Problem::from(Code::BadRequest).detail(error.to_string())
        }
        BackupError::OtherDevice | BackupError::OtherWallet => {
            Problem::from(Code::Unprocessable).detail(error.to_string())
        }
    }
}

/// The phone that a message names, or the body itself beside its backup.
fn phone_of(body: &[u8]) -> Option<PhysicalId> {
    let root = Value::parse("body", body).ok()?;
    let headers = root.find("headers").ok().flatten();
    let named = headers
        .as_ref()
        .unwrap_or(&root)
        .find("physicalDeviceId")
        .ok()
        .flatten()?;
    PhysicalId::parse(named.text().ok()?.expose())
}

/// Whether the provider took what was sent: a result, and none that says otherwise.
fn is_success(reply: &str) -> bool {
    let reply: Json_ = serde_json::from_str(reply).unwrap_or_default();
    let result = reply.get("result");
    let says_no = result.and_then(|result| result.get("success")) == Some(&Json_::Bool(false));
    reply.get("error").is_none() && result.is_some_and(|result| !result.is_null()) && !says_no
}

fn registered_keys(root: &Value<'_>) -> Result<Vec<NamedKey>, FieldError> {
    let keys = root.elements()?.map(|node| {
        let key = WalletKey::parse(&node)?;
        if key.public_key.is_none() {
            node.get("publicKey")?;
        }
        Ok(NamedKey::from(&key))
    });
    let keys = keys.collect::<Result<Vec<_>, FieldError>>()?;
    check_ids(root, keys.iter().map(|key| key.id))?;
    if keys.len() > MAX_KEYS {
        return Err(root.fault(FieldFault::Value(format!("more than {MAX_KEYS} keys"))));
    }
    Ok(keys)
}
