//! Releases of server shares: asked for, looked at, cancelled, collected.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use lifeboat::{crypto::secret::SecretBytes, formats::wallets::wallet_id::WalletId};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    App,
    asked::{Asked, granted_to, wallet_of},
    parts::Path,
};
use crate::{
    clock::now,
    domain::{
        caller::{Identity, is_printable, is_sound_subject},
        policy::Mode,
        problem::{Code, Problem},
        release::{Release, Request},
    },
    keys::{jwe::Recipient, share_files::SealedShare},
    record_keys,
    store::{backups, grants::NotGranted, releases::Audited, shares::StoredShare},
};

/// Longest texts of a request.
const MAX_TEXT: usize = 128;

/// The routes of shares.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/wallets", get(wallets))
        .route("/v1/wallets/{w}/releases", post(request))
        .route("/v1/wallets/{w}/server-share", get(at_once))
        .route("/v1/releases/{id}", get(look).delete(cancel))
        .route("/v1/releases/{id}/collect", post(collect))
}

/// What may be said of a request.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Wanted {
    encrypt_to: Option<Value>,
    physical_device_id: Option<String>,
    reason: Option<String>,
}

/// `GET /v1/wallets`.
async fn wallets(State(app): State<App>, asked: Asked) -> Result<Json<Value>, Problem> {
    let mut listed = Vec::new();
    for wallet in app.wallets_of(&asked.caller)? {
        let has_share = app.sealed_share(&wallet)?.is_some();
        let store = app.store();
        let latest = store.read(|db| backups::latest(db, &wallet, None, None))?;
        let latest = latest.map(|backup| backup.created_at);
        listed.push(json!({
            "walletId": wallet.as_str(),
            "hasServerShare": has_share,
            "latestBackup": latest,
        }));
    }
    Ok(Json(json!({ "wallets": listed })))
}

/// `POST /v1/wallets/{w}/releases`.
async fn request(
    State(app): State<App>,
    Path(wallet): Path<String>,
    headers: HeaderMap,
    asked: Asked,
) -> Result<Response, Problem> {
    let wallet = wallet_of(&wallet)?;
    let share = app.granted_share(&asked, &wallet).await?;
    let requester = requester(&app, &asked, &headers)?;
    let wanted = wanted(&asked)?;
    // A wallet without a share would wait for nothing.
    share.ok_or(Code::NoServerShare)?;
    let repeatable = asked.repeatable(&headers, &format!("/v1/wallets/{wallet}/releases"))?;
    let request = request_of(&asked, wallet, requester, wanted)?;
    let policy = app.settings().release.clone();
    let audit = audited(&app, &asked);
    let made = app
        .store()
        .request_release(policy, request, audit, repeatable);
    let release = made.await??;
    let location = format!("/v1/releases/{}", release.id);
    let mut response = (StatusCode::CREATED, Json(shown(&release))).into_response();
    if let Ok(value) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    Ok(response)
}

/// `GET /v1/releases/{id}`.
async fn look(
    State(app): State<App>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Json<Value>, Problem> {
    let release = found(&app, &asked, &id)?;
    Ok(Json(shown(&release)))
}

/// `DELETE /v1/releases/{id}`: anybody who has the wallet may cancel.
async fn cancel(
    State(app): State<App>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Json<Value>, Problem> {
    let release = found(&app, &asked, &id)?;
    let cancelled = app
        .store()
        .cancel_release(release.id, audited(&app, &asked));
    Ok(Json(shown(&cancelled.await??)))
}

/// `POST /v1/releases/{id}/collect`.
async fn collect(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    asked: Asked,
) -> Result<Response, Problem> {
    let release = found(&app, &asked, &id)?;
    let requester = requester(&app, &asked, &headers)?;
    release.collect(&requester, now())?;
    // Opened before anything is recorded: a record of what nobody got helps nobody.
    let text = match release.mode {
        Mode::Hot => app.opened_share(&release.wallet)?,
        Mode::Cold => app.share_of_cold(&release)?,
    };
    let answer = answer_of(&release, text)?;
    let store = app.store();
    let collected = store.collect_release(release.id, requester, audited(&app, &asked));
    collected.await??;
    Ok(answer)
}

/// `GET /v1/wallets/{w}/server-share`: a release that is made and collected at once, where the policy lets it.
async fn at_once(
    State(app): State<App>,
    Path(wallet): Path<String>,
    headers: HeaderMap,
    asked: Asked,
) -> Result<Response, Problem> {
    let wallet = wallet_of(&wallet)?;
    let share = app.granted_share(&asked, &wallet).await?;
    let policy = app.settings().release.clone();
    if !policy.is_immediate() {
        let path = format!("/v1/wallets/{wallet}/releases");
        return Err(Problem::from(Code::ReleaseRequired).link(path));
    }
    let requester = requester(&app, &asked, &headers)?;
    let request = request_of(&asked, wallet, requester, Wanted::default())?;
    let text = app.opened(&wallet, share)?;
    let store = app.store();
    let released = store.release_at_once(policy, request, audited(&app, &asked));
    let release = released.await??;
    answer_of(&release, text)
}

/// A release of a wallet that is the caller's.
fn found(app: &App, asked: &Asked, id: &str) -> Result<Release, Problem> {
    let release = app.store().release(id)?.ok_or(Code::NoSuchRelease)?;
    let allowed = app.allow(&asked.caller, &release.wallet);
    allowed.map_err(|problem| match problem.code {
        Code::NoSuchWallet => Code::NoSuchRelease.into(),
        _ => problem,
    })?;
    Ok(release)
}

/// Who gets the share: the caller, or the user that a backend names.
fn requester(app: &App, asked: &Asked, headers: &HeaderMap) -> Result<Identity, Problem> {
    if !asked.caller.is_service() {
        return Ok(asked.identity().clone());
    }
    let wrong = |what: &str| Problem::from(Code::BadRequest).member("", what);
    let named = headers.get("x-on-behalf-of").ok_or_else(|| {
        wrong("a backend says for whom it asks: `X-On-Behalf-Of: SUBJECT`, or `ISSUER SUBJECT`")
    })?;
    let named = named
        .to_str()
        .map_err(|_| wrong("`X-On-Behalf-Of` is no text"))?;
    let (issuer, subject) = match (named.split_once(' '), app.settings().issuers.as_slice()) {
        (Some((issuer, subject)), issuers) => {
            let is_known = issuers.iter().any(|known| known.issuer == issuer);
            if !is_known {
                return Err(wrong(
                    "`X-On-Behalf-Of` names an issuer that is not configured",
                ));
            }
            (issuer, subject)
        }
        (None, [only]) => (only.issuer.as_str(), named),
        (None, _) => {
            return Err(wrong(
                "`X-On-Behalf-Of: ISSUER SUBJECT`: there is more than one issuer",
            ));
        }
    };
    if !is_sound_subject(subject) {
        return Err(wrong("`X-On-Behalf-Of` names no subject"));
    }
    Ok(Identity {
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
    })
}

fn wanted(asked: &Asked) -> Result<Wanted, Problem> {
    if asked.body.is_empty() {
        return Ok(Wanted::default());
    }
    let wanted: Wanted = serde_json::from_slice(&asked.body).map_err(|error| {
        // Text of the error alone names members, and never what is in them.
        let what = match error.classify() {
            serde_json::error::Category::Data => "a member is unknown, or of another type",
            _ => "the body is no JSON",
        };
        Problem::from(Code::BadRequest).member("", what)
    })?;
    for (pointer, text) in [
        ("/physicalDeviceId", &wanted.physical_device_id),
        ("/reason", &wanted.reason),
    ] {
        let text = text.as_deref().unwrap_or_default();
        let problem = || Problem::from(Code::Unprocessable);
        if text.len() > MAX_TEXT {
            let what = format!("more than {MAX_TEXT} bytes");
            return Err(problem().member(pointer, what));
        }
        if !is_printable(text) {
            return Err(problem().member(pointer, "no printable text"));
        }
    }
    Ok(wanted)
}

fn request_of(
    asked: &Asked,
    wallet: WalletId,
    requester: Identity,
    wanted: Wanted,
) -> Result<Request, Problem> {
    let encrypt_to = match wanted.encrypt_to {
        None => None,
        Some(jwk) => {
            let recipient = Recipient::parse(&jwk).map_err(|error| {
                Problem::from(Code::Unprocessable).member("/encryptTo", error.to_string())
            })?;
            Some(recipient.to_jwk())
        }
    };
    let is_service = asked.caller.is_service();
    Ok(Request {
        id: Uuid::now_v7().to_string(),
        wallet,
        requester,
        by_service: is_service.then(|| asked.identity().to_string()),
        physical: wanted.physical_device_id,
        encrypt_to,
        reason: wanted.reason,
        signed_in_at: asked.caller.signed_in_at,
    })
}

pub(super) fn audited(app: &App, asked: &Asked) -> Audited {
    Audited {
        caller: asked.identity().clone(),
        request: asked.request.clone(),
        is_told: app.settings().notify.is_some(),
    }
}

/// A release as it is shown.
pub(super) fn shown(release: &Release) -> Value {
    json!({
        "id": release.id,
        "walletId": release.wallet.as_str(),
        "state": release.state(now()).name(),
        "createdAt": release.created_at,
        "notBefore": release.not_before,
        "expiresAt": release.expires_at,
        "approvalsLeft": release.approvals_left(),
    })
}

/// The share, or the share encrypted to the key that the release names.
fn answer_of(release: &Release, text: SecretBytes) -> Result<Response, Problem> {
    let body = match &release.encrypt_to {
        None => text.expose().to_vec(),
        Some(jwk) => {
            let jwk: Value = serde_json::from_str(jwk).map_err(|_| Code::Internal)?;
            let recipient = Recipient::parse(&jwk).map_err(|_| Code::Internal)?;
            let jwe = recipient.encrypt(&text).map_err(|_| Code::Internal)?;
            json!({ "jwe": jwe }).to_string().into_bytes()
        }
    };
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, body).into_response())
}

fn sealed_of(share: StoredShare) -> SealedShare {
    SealedShare {
        file: share.file,
        position: share.position,
        sealed: share.sealed,
    }
}

impl App {
    /// The wallet's record as it lies, if a file that is served has one.
    fn sealed_share(&self, wallet: &WalletId) -> Result<Option<SealedShare>, Problem> {
        let found = self.store().share(self.keyring().files(), wallet)?;
        Ok(found.map(sealed_of))
    }

    /// The record of a release, opened with the key that was handed in for it.
    fn share_of_cold(&self, release: &Release) -> Result<SecretBytes, Problem> {
        let data_keys = self.data_keys().ok_or(Code::DataKeyMissing)?;
        let opened = record_keys::opened_share(self.store(), self.keyring(), data_keys, release)?;
        Ok(opened.ok_or(Code::ShareKeyMissing)?)
    }

    /// The record of a wallet that must be the caller's, which is looked up at once.
    async fn granted_share(
        &self,
        asked: &Asked,
        wallet: &WalletId,
    ) -> Result<Option<SealedShare>, Problem> {
        let granted_to = granted_to(&asked.caller, wallet)?;
        let (store, files) = (self.store(), self.keyring().files());
        let found = store.granted_share(files, wallet, granted_to).await?;
        let share = found.map_err(|NotGranted| Code::NoSuchWallet)?;
        Ok(share.map(sealed_of))
    }

    /// The wallet's record, opened.
    fn opened_share(&self, wallet: &WalletId) -> Result<SecretBytes, Problem> {
        self.opened(wallet, self.sealed_share(wallet)?)
    }

    fn opened(
        &self,
        wallet: &WalletId,
        share: Option<SealedShare>,
    ) -> Result<SecretBytes, Problem> {
        let share = share.ok_or(Code::NoServerShare)?;
        let keys = self.keyring().of(share.file).ok_or(Code::ShareKeyMissing)?;
        keys.open(wallet, share).ok_or_else(|| {
            tracing::error!("a record of the share database does not open: it was altered");
            Code::Internal.into()
        })
    }
}
