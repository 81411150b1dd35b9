//! Whether the server is alive, and whether it can do its work.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::App;

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> Json<serde_json::Value> {
    Json(json!({"alive": true}))
}

/// `GET /readyz`: 200 when everything that the configuration asks for is there, else 503 with what is missing.
pub(super) async fn ready(State(app): State<App>) -> Response {
    let missing = missing(&app);
    let status = if missing.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = json!({"ready": missing.is_empty(), "missing": missing});
    (status, Json(body)).into_response()
}

/// `GET /metrics`, for Prometheus.
pub(super) async fn metrics(State(app): State<App>) -> Response {
    let text = app.inner.metrics.text(missing(&app).is_empty());
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
    if !app
        .identities()
        .bearer
        .keys()
        .missing(super::asked::now())
        .is_empty()
    {
        missing.push("issuer-keys");
    }
    missing
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
