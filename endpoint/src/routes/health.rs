//! Whether the server is alive, and whether it can do its work.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::App;
use crate::clock::{has_jumped, now};

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> Json<serde_json::Value> {
    Json(json!({"alive": true}))
}

/// How long a notice may wait before that is a warning, in milliseconds.
const LATE: i64 = 60_000;

/// `GET /readyz`: 200 when everything that the configuration asks for is there, else 503 with what is missing. Warnings
/// keep nobody from their key.
pub(super) async fn ready(State(app): State<App>) -> Response {
    let missing = missing(&app);
    let status = if missing.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = json!({"ready": missing.is_empty(), "missing": missing, "warnings": warnings(&app)});
    (status, Json(body)).into_response()
}

/// `GET /metrics`, for Prometheus.
pub(super) async fn metrics(State(app): State<App>) -> Response {
    let backlog = app.store().notices_waiting().unwrap_or_default();
    let age = backlog
        .oldest
        .map_or(0, |oldest| now().saturating_sub(oldest) / 1000);
    let text = app
        .inner
        .metrics
        .text(missing(&app).is_empty(), (backlog.count, age));
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// What is missing, by the names that the documentation lists.
fn missing(app: &App) -> Vec<&'static str> {
    let mut missing = Vec::new();
    if !app.store().is_readable() {
        missing.push("database");
    }
    if !app.store().is_writable() {
        missing.push("audit");
    }
    if app.settings().modules.shares && !has_share_keys(app) {
        missing.push("share-key");
    }
    if !app.identities().bearer.keys().missing(now()).is_empty() {
        missing.push("issuer-keys");
    }
    missing
}

/// What somebody should look at, by the names that the documentation lists.
fn warnings(app: &App) -> Vec<&'static str> {
    let settings = app.settings();
    let mut warnings = Vec::new();
    if settings.notify.is_some() {
        let oldest = app.store().notices_waiting().unwrap_or_default().oldest;
        if oldest.is_some_and(|oldest| now().saturating_sub(oldest) > LATE) {
            warnings.push("notices-late");
        }
    } else if settings.is_silent() {
        warnings.push("no-notices");
    }
    if settings.has_both_halves() {
        warnings.push("both-halves");
    }
    if has_jumped() {
        warnings.push("clock-jumped");
    }
    warnings
}

/// Whether every file of shares that is complete is served. One that was imported since the start is not.
fn has_share_keys(app: &App) -> bool {
    let Ok(files) = app.store().share_files() else {
        return true;
    };
    let served = app.keyring().files();
    let mut complete = files.iter().filter(|file| file.is_complete);
    complete.all(|file| served.contains(&file.id))
}
