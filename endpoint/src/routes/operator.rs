//! What operators do, on a listener of their own: decide on releases, lock wallets, read the audit chain.

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use lifeboat::formats::wallets::wallet_id::WalletId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    App,
    asked::Asked,
    parts::{Path, Query},
    release_keys,
    releases::{audited, shown},
};
use crate::{
    clock::now,
    domain::{
        caller::is_printable,
        problem::{Code, Problem},
        release::State as ReleaseState,
    },
};

/// How far back releases are listed: no release is open for longer.
const OLDEST: i64 = 100 * 86_400_000;
const MAX_REASON: usize = 256;

/// The routes of operators.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/operator/releases", get(releases))
        .route("/v1/operator/releases/{id}/approve", post(approve))
        .route("/v1/operator/releases/{id}/deny", post(deny))
        .route(
            "/v1/operator/release-keys",
            get(release_keys::wanted).post(release_keys::hand_in),
        )
        .route("/v1/operator/audit", get(audit))
        .route("/v1/operator/wallets/{w}/lock", post(lock))
        .route("/v1/operator/wallets/{w}/unlock", post(unlock))
}

pub(super) fn operator(asked: &Asked) -> Result<(), Problem> {
    if asked.caller.is_operator {
        Ok(())
    } else {
        Err(Code::NotOperator.into())
    }
}

#[derive(Deserialize)]
struct Filter {
    state: Option<String>,
    after: Option<String>,
}

/// `GET /v1/operator/releases?state=&after=`: those of this state among a thousand, and behind which the next thousand begin.
async fn releases(
    State(app): State<App>,
    Query(filter): Query<Filter>,
    asked: Asked,
) -> Result<Json<Value>, Problem> {
    operator(&asked)?;
    if let Some(state) = &filter.state
        && ReleaseState::ALL.iter().all(|known| known.name() != state)
    {
        let known: Vec<&str> = ReleaseState::ALL.iter().map(|state| state.name()).collect();
        let what = format!("`state` is one of {}", known.join(", "));
        return Err(Problem::from(Code::BadRequest).member("", what));
    }
    let now = now();
    let store = app.store();
    let (found, next) = store.releases_since(now - OLDEST, filter.after.as_deref())?;
    let wanted = found.iter().filter(|release| {
        let state = release.state(now).name();
        filter.state.as_ref().is_none_or(|wanted| wanted == state)
    });
    let listed: Vec<Value> = wanted
        .map(|release| {
            json!({
                "release": shown(release),
                "issuer": release.requester.issuer,
                "subject": release.requester.subject,
                "byService": release.by_service,
            })
        })
        .collect();
    Ok(Json(json!({ "releases": listed, "next": next })))
}

/// `POST /v1/operator/releases/{id}/approve`.
async fn approve(
    State(app): State<App>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Json<Value>, Problem> {
    decide(&app, id, &asked, true).await
}

/// `POST /v1/operator/releases/{id}/deny`.
async fn deny(
    State(app): State<App>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Json<Value>, Problem> {
    decide(&app, id, &asked, false).await
}

async fn decide(
    app: &App,
    id: String,
    asked: &Asked,
    approved: bool,
) -> Result<Json<Value>, Problem> {
    operator(asked)?;
    let operator = asked.identity().clone();
    let decided = app
        .store()
        .decide_release(id, operator, approved, audited(app, asked));
    Ok(Json(shown(&decided.await??)))
}

#[derive(Deserialize)]
struct From {
    #[serde(default)]
    from: i64,
}

/// `GET /v1/operator/audit?from=`: up to a thousand events, beginning with this number.
async fn audit(
    State(app): State<App>,
    Query(query): Query<From>,
    asked: Asked,
) -> Result<Json<Value>, Problem> {
    operator(&asked)?;
    let events = app.store().audit_events(query.from.saturating_sub(1))?;
    let events: Vec<Value> = events
        .iter()
        .filter_map(|event| serde_json::from_str(event).ok())
        .collect();
    let head = app.store().audit_head()?;
    Ok(Json(json!({ "events": events, "last": head.seq })))
}

#[derive(Default, Deserialize)]
struct Lock {
    reason: Option<String>,
}

/// `POST /v1/operator/wallets/{w}/lock` `{reason}`.
async fn lock(
    State(app): State<App>,
    Path(wallet): Path<String>,
    asked: Asked,
) -> Result<StatusCode, Problem> {
    operator(&asked)?;
    let wallet = WalletId::parse(wallet.as_bytes()).map_err(|_| Code::NoSuchWallet)?;
    let body = if asked.body.is_empty() {
        Lock::default()
    } else {
        serde_json::from_slice(&asked.body).map_err(|_| {
            Problem::from(Code::BadRequest).member("/reason", "expected an object with a reason")
        })?
    };
    let reason = body.reason.unwrap_or_default();
    if reason.len() > MAX_REASON {
        let what = format!("more than {MAX_REASON} bytes");
        return Err(Problem::from(Code::Unprocessable).member("/reason", what));
    }
    if !is_printable(&reason) {
        let what = "no printable text";
        return Err(Problem::from(Code::Unprocessable).member("/reason", what));
    }
    let store = app.store();
    store
        .lock_wallet(wallet, Some(reason), audited(&app, &asked))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v1/operator/wallets/{w}/unlock`.
async fn unlock(
    State(app): State<App>,
    Path(wallet): Path<String>,
    asked: Asked,
) -> Result<StatusCode, Problem> {
    operator(&asked)?;
    let wallet = WalletId::parse(wallet.as_bytes()).map_err(|_| Code::NoSuchWallet)?;
    app.store()
        .lock_wallet(wallet, None, audited(&app, &asked))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
