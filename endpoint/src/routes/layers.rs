//! What is around every request: an id, a line in the log, a bound on how many there are and how long they take.

use std::{net::IpAddr, sync::Arc, time::Instant};

use axum::{
    body::HttpBody,
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use uuid::Uuid;

use super::{App, answers, asked::address_of, limits::is_recovery, portal, unsent::LARGE};
use crate::domain::problem::{Code, Problem};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request: in its answer, in the log and in the audit chain.
#[derive(Clone)]
pub struct RequestId(pub String);

/// Gives the request its id, and tells the log how it ended: method, path without its query, status, time.
pub async fn told(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = Uuid::now_v7().to_string();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    request.extensions_mut().insert(RequestId(id.clone()));
    // The route as the program knows it: a path as it was sent would be a new counter for each caller.
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("none".to_owned(), |route| route.as_str().to_owned());

    let response = next.run(request).await;
    let mut response = answers::finished(response, &app, &id, &path);
    let status = response.status().as_u16();
    app.inner
        .metrics
        .answered(&route, status, started.elapsed());
    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    if status >= 500 {
        tracing::warn!(request = %id, %method, path = %path.escape_default(), status, micros, "answered");
    } else {
        tracing::info!(request = %id, %method, path = %path.escape_default(), status, micros, "answered");
    }
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    // Who may ask changes. What is the same for everybody says otherwise itself.
    let kept = headers.entry(header::CACHE_CONTROL);
    kept.or_insert(HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

/// Refuses more requests at once than are configured, and ends those that take too long.
pub async fn bounded(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut limit = app.limits().configured().request;
    if portal::is_webhook(app.settings(), request.uri().path()) {
        limit = limit.min(portal::PATIENCE);
    }
    match tokio::time::timeout(limit, within_limits(&app, request, next)).await {
        Ok(response) => response,
        Err(_) => Problem::from(Code::DeadlineExceeded).into_response(),
    }
}

async fn within_limits(app: &App, request: Request, next: Next) -> Response {
    // No id has the letter NUL, and not every database can look for it.
    if request.uri().path().contains("%00") {
        return Problem::from(Code::NoSuchPath).into_response();
    }
    let is_recovery = is_recovery(request.extensions());
    let (parts, body) = request.into_parts();
    let limits = app.limits();
    // Portal's webhooks come from a few addresses and are counted by themselves.
    let is_delivery = portal::is_delivery(app, &parts);
    let address = (!is_delivery).then(|| address_of(&parts, &app.settings().server.tls));
    if let Some(address) = address
        && !is_recovery
        && let Err(problem) = limits.address(address)
    {
        return problem.into_response();
    }
    // What a GET gives away is used up by it, and a HEAD would not even get it.
    if parts.method == Method::HEAD && parts.uri.path().starts_with("/v1/") {
        return answers::method_not_allowed().await.into_response();
    }
    let request = Request::from_parts(parts, body);
    if is_recovery {
        // It takes its place once its body is there.
        return with_room(app, address, next.run(request).await);
    }
    match limits.place() {
        Ok(_place) => with_room(app, address, next.run(request).await),
        Err(problem) => problem.into_response(),
    }
}

/// Takes room for a large answer until it is sent, and refuses where there is none.
fn with_room(app: &App, address: Option<IpAddr>, mut response: Response) -> Response {
    // What is the same for everybody is sent from where it lies, and has no size here.
    let size = response.body().size_hint().exact();
    let Some(size) = size.filter(|size| *size > LARGE) else {
        return response;
    };
    match app.inner.unsent.take(address, size) {
        Some(share) => {
            response.extensions_mut().insert(Arc::new(share));
            response
        }
        None => Problem::from(Code::Overloaded)
            .retry_after(1)
            .into_response(),
    }
}
