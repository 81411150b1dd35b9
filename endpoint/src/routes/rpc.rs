//! The messages of wallet SDKs. What an SDK asks is answered with status 200, refusals included; a problem is answered
//! only where the caller, the wallet or the database is missing.
//!
//! An SDK wipes its storage between `get_backup` and `enter_recovery_state`. So everything that could refuse a recovery
//! is decided at `get_backup`, and what comes after is never refused to a phone that was served a backup; while the
//! database is away, its answer waits.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use getrandom::SysRng;
use lifeboat::{
    crypto::secret::SecretBytes,
    formats::{
        device_share::device_id::DeviceId,
        encoding::json::{Kind, Value},
        wallets::wallet_id::WalletId,
    },
};
use rand_core::UnwrapErr;
use uuid::Uuid;

use super::{
    App,
    asked::{Asked, bad_field, found_patiently, patiently},
    parts::Path,
};
use crate::{
    clock::now,
    domain::{
        backup::{NewBackup, Source},
        device::PhysicalId,
        problem::{Code, Problem},
        rpc::{Answer, MAX_MESSAGE, Method, Refusal, Request},
    },
    store::{
        backups::{BackupRow, StoredBackup, TABLE},
        devices,
        recovery::{BackedUp, Serving, Step},
    },
};

/// `POST /v1/wallets/{w}/devices/{d}/rpc` `{message}`.
pub(super) async fn own(
    State(app): State<App>,
    Path((wallet, device)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, Problem> {
    let wallet = found_patiently(|| app.wallet(&asked.caller, &wallet)).await?;
    answer(&app, &asked, "message", wallet, &device).await
}

/// `POST /v1/ncw/wallets/{w}/devices/{d}/invoke` `{payload}`.
pub(super) async fn invoke_wallet(
    State(app): State<App>,
    Path((wallet, device)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, Problem> {
    let wallet = found_patiently(|| app.wallet(&asked.caller, &wallet)).await?;
    answer(&app, &asked, "payload", wallet, &device).await
}

/// `POST /v1/ncw/embedded_wallets/devices/{d}/invoke` `{payload}`.
pub(super) async fn invoke_embedded(
    State(app): State<App>,
    Path(device): Path<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    let wallet = found_patiently(|| wallet_of_device(&app, &asked, &device)).await?;
    answer(&app, &asked, "payload", wallet, &device).await
}

/// `POST /api/devices/{d}/rpc` `{message}`.
pub(super) async fn demo(
    State(app): State<App>,
    Path(device): Path<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    let wallet = found_patiently(|| wallet_of_device(&app, &asked, &device)).await?;
    answer(&app, &asked, "message", wallet, &device).await
}

/// The device of a path.
///
/// # Errors
/// 400 where it is no UUID.
pub(super) fn device_of(text: &str) -> Result<DeviceId, Problem> {
    DeviceId::parse(text).ok_or_else(|| {
        Problem::from(Code::BadRequest).detail("the device id in the path is no UUID")
    })
}

/// The caller's wallet that has this device; a user with one wallet means that one. A backend has all wallets, and whoever has
/// one of them can say that this device belongs to it: a backend names the wallet.
///
/// # Errors
/// 404.
pub(super) fn wallet_of_device(
    app: &App,
    asked: &Asked,
    device: &str,
) -> Result<WalletId, Problem> {
    let device = device_of(device)?;
    if asked.caller.is_service() {
        let what = "a backend names the wallet: /v1/wallets/{walletId}/devices/{deviceId}/rpc";
        return Err(Problem::from(Code::NoSuchWallet).detail(what));
    }
    let with = app.store().read(|db| devices::wallets_with(db, &device))?;
    for wallet in with {
        match app.allow(&asked.caller, &wallet) {
            Ok(()) => return Ok(wallet),
            Err(problem) if problem.code == Code::NoSuchWallet => {}
            Err(problem) => return Err(problem),
        }
    }
    match app.wallets_of(&asked.caller)?.as_slice() {
        [wallet] => Ok(*wallet),
        _ => Err(Code::NoSuchWallet.into()),
    }
}

async fn answer(
    app: &App,
    asked: &Asked,
    member: &str,
    wallet: WalletId,
    device: &str,
) -> Result<Response, Problem> {
    let device = device_of(device)?;
    let body = asked.json()?;
    let message = body.get(member).map_err(|error| bad_field(&error))?;
    let message = text_of(&message)?;
    let answer = match Request::parse(&message) {
        Err(error) => Answer::Refused(Refusal::Unreadable, Some(error.to_string())),
        Ok(request) => {
            let step = Step {
                wallet,
                device,
                phone: Some(request.phone.clone()),
                caller: asked.identity().clone(),
                request: asked.request.clone(),
            };
            answer_of(app, step, &request).await?
        }
    };
    Ok(json_of(answer.to_json()))
}

/// A message is a text; some apps send the object itself.
///
/// # Errors
/// 400 where it is neither, 413 where it is longer than any message.
pub(super) fn text_of(message: &Value<'_>) -> Result<String, Problem> {
    let text = match message.kind() {
        Kind::Object => message.raw().to_owned(),
        _ => {
            let text = message.text().map_err(|error| bad_field(&error))?;
            text.expose().to_owned()
        }
    };
    if text.len() > MAX_MESSAGE {
        return Err(Code::BodyTooLarge.into());
    }
    Ok(text)
}

async fn answer_of(app: &App, step: Step, request: &Request<'_>) -> Result<Answer, Problem> {
    let phone = request.phone.clone();
    // Both are written down each time, and a phone that is refused here has its storage still.
    if matches!(request.method, Method::BackUp | Method::GetBackup) {
        app.limits().message(&step.wallet)?;
    }
    Ok(match request.method {
        Method::ServiceCertificates => Answer::Result("{}".to_owned()),
        Method::CosignerCertificate => Answer::Nothing,
        Method::Note => Answer::Success,
        Method::BackUp => back_up(app, step, request).await?,
        Method::GetBackup => get_backup(app, step, phone).await?,
        Method::EnterRecovery => enter_recovery(app, &step, &phone).await?,
        Method::Enroll => enroll(app, &step, &phone).await?,
        Method::Gone => Answer::Refused(Refusal::Gone, None),
    })
}

async fn back_up(app: &App, step: Step, request: &Request<'_>) -> Result<Answer, Problem> {
    let read = request.parameter().map(|record| record.unwrap_or("{}"));
    let read = read.map_err(|error| error.to_string()).and_then(|record| {
        NewBackup::of_record(record.as_bytes(), &step.device).map_err(|error| error.to_string())
    });
    let backup = match read {
        Ok(backup) => backup,
        Err(error) => return Ok(Answer::Refused(Refusal::Unreadable, Some(error))),
    };

    let row = row_of(app, &step, backup, Source::Rpc, None)?;
    Ok(match app.store().back_up(step, row, true, None).await? {
        BackedUp::Kept { .. } => Answer::Success,
        // A message has no idempotency key.
        BackedUp::Replaced | BackedUp::KeyReused => Answer::Refused(Refusal::Replaced, None),
        BackedUp::Full => return Err(Code::TooManyVersions.into()),
        BackedUp::Incomplete(held) => {
            let missing = format!("it lacks {}", held.names().join(", "));
            Answer::Refused(Refusal::Incomplete, Some(missing))
        }
    })
}

async fn get_backup(app: &App, step: Step, phone: PhysicalId) -> Result<Answer, Problem> {
    Ok(match app.store().serve_backup(step, phone).await? {
        Serving::Backup(backup) => {
            let content = opened(app, &backup)?;
            let text = String::from_utf8_lossy(content.expose()).into_owned();
            Answer::Result(text)
        }
        Serving::None => Answer::Nothing,
        Serving::Locked => Answer::Refused(Refusal::NotAuthorised, None),
    })
}

async fn enter_recovery(app: &App, step: &Step, phone: &PhysicalId) -> Result<Answer, Problem> {
    let may = patiently(|| async { app.store().may_enroll(step, phone, now()) }).await?;
    Ok(if may {
        Answer::Success
    } else {
        Answer::Refused(Refusal::NotServed, None)
    })
}

async fn enroll(app: &App, step: &Step, phone: &PhysicalId) -> Result<Answer, Problem> {
    let enrolled = patiently(|| app.store().enroll(step.clone(), phone.clone())).await?;
    Ok(match enrolled {
        Ok(()) => Answer::Success,
        Err(_) => Answer::Refused(Refusal::NotServed, None),
    })
}

/// A backup as a row: sealed for an id of its own.
///
/// # Errors
/// 503 where the data key is not at hand.
pub(super) fn row_of(
    app: &App,
    step: &Step,
    backup: NewBackup,
    source: Source,
    created_at: Option<i64>,
) -> Result<BackupRow, Problem> {
    let keys = app.data_keys().ok_or(Code::DataKeyMissing)?;
    let id = Uuid::now_v7();
    let digest = backup.digest();
    let plain = SecretBytes::new(backup.content.expose().as_bytes().to_vec());
    let sealed = keys.seal(TABLE, id, &plain, &mut UnwrapErr(SysRng));
    Ok(BackupRow {
        id,
        wallet: step.wallet,
        device: backup.device,
        physical: step.phone.clone(),
        passphrase_id: backup.passphrase_id.as_str().to_owned(),
        form: backup.form,
        keys: backup.keys,
        sealed,
        digest,
        source,
        created_at,
    })
}

/// What is in a row.
///
/// # Errors
/// 503 where the data key is not at hand; 500 where it does not open the row.
pub(super) fn opened(app: &App, backup: &StoredBackup) -> Result<SecretBytes, Problem> {
    let keys = app.data_keys().ok_or(Code::DataKeyMissing)?;
    if !keys.has_key_of(&backup.sealed) {
        // Another process has it, which was started after it was made.
        return Err(Code::DataKeyMissing.into());
    }
    keys.open(TABLE, backup.id, &backup.sealed).ok_or_else(|| {
        tracing::error!(backup = %backup.id, "a backup does not open with the data keys");
        Problem::from(Code::Internal)
    })
}

/// JSON that nobody on the way keeps.
pub(super) fn json_of(text: String) -> Response {
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, text).into_response()
}
