//! The takeover page. It is the same for everybody: nothing in it comes from a request, and of the configuration only where
//! its users sign in.

use std::convert::Infallible;

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};

use futures_util::stream;
use serde_json::{Value, json};

use super::App;
use crate::page::{HTML, ONE_FILE, POLICY, PROGRAM, SCRIPT, STYLE};

/// What is sent at once, in bytes.
const PIECE: usize = 32 << 10;

/// The routes of the page.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/takeover", get(page))
        .route("/takeover/page.css", get(style))
        .route("/takeover/page.js", get(script))
        .route("/takeover/takeover.wasm", get(program))
        .route("/takeover/offline.html", get(offline))
        .route("/takeover/sign-in.json", get(sign_in))
}

/// The page; it may also ask the issuer at which its users sign in.
async fn page(State(app): State<App>) -> Response {
    let mut response = part("text/html; charset=utf-8", HTML);
    if let Some(page) = &app.settings().page {
        let policy = POLICY.replace(
            "connect-src 'self'",
            &format!("connect-src 'self' {}", page.origin()),
        );
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
    }
    response
}

/// Where users sign in, and as what the page is known there; empty where they bring a token.
async fn sign_in(State(app): State<App>) -> Json<Value> {
    Json(match &app.settings().page {
        Some(page) => json!({"issuer": page.issuer, "clientId": page.client_id}),
        None => json!({}),
    })
}

async fn style() -> Response {
    part("text/css; charset=utf-8", STYLE)
}

async fn script() -> Response {
    part("text/javascript; charset=utf-8", SCRIPT)
}

async fn program() -> Response {
    part("application/wasm", PROGRAM)
}

/// The page as one file. Opened here it would have no server's policy of its own: it is only ever saved.
async fn offline() -> Response {
    let mut response = part("text/html; charset=utf-8", ONE_FILE.as_bytes());
    let saved = HeaderValue::from_static("attachment; filename=\"takeover.html\"");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_DISPOSITION, saved);
    response
}

/// A part of the page, with everything that keeps others out of it.
fn part(kind: &'static str, text: &'static (impl AsRef<[u8]> + ?Sized)) -> Response {
    let text = text.as_ref();
    // Piece by piece, so that a client which takes nothing holds one piece.
    let pieces = text
        .chunks(PIECE)
        .map(|piece| Ok::<_, Infallible>(Bytes::from_static(piece)));
    let mut response = Body::from_stream(stream::iter(pieces)).into_response();
    let length = HeaderValue::from(text.len());
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, length);

    let around: [(HeaderName, &'static str); 8] = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        // A new version is there at once: an old page with a new program would be worse than a slow one.
        (header::CACHE_CONTROL, "no-cache"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-embedder-policy"),
            "require-corp",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in around {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}
