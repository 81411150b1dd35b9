//! Answers: problems as RFC 9457 has them, JSON in and out.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::{App, provider_paths};
use crate::{
    domain::problem::{Code, Problem},
    store::StoreError,
};

/// The media type of problems.
const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

impl IntoResponse for Problem {
    /// The body is written once the request's id is known.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status());
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the body of a problem, which a route or a layer has left to the one that knows the request: on the provider's
/// paths in the provider's shape.
pub(super) fn finished(mut response: Response, app: &App, id: &str, path: &str) -> Response {
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    let (body, kind) = if provider_paths::is_theirs(path) {
        (provider_paths::in_their_words(&problem), JSON)
    } else {
        let public_url = &app.settings().server.public_url;
        (body_of(&problem, public_url, id), PROBLEM_JSON)
    };
    *response.body_mut() = Body::from(body.to_string());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.remove(header::CONTENT_LENGTH);
    if let Some(seconds) = problem.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if problem.code.status() == 401 {
        let value = HeaderValue::from_static(match problem.code {
            Code::WebhookSecret => "X-Webhook-Secret",
            _ => "Bearer",
        });
        headers.insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

fn body_of(problem: &Problem, public_url: &str, id: &str) -> Value {
    let code = problem.code;
    let mut body = Map::new();
    body.insert(
        "type".to_owned(),
        format!("{public_url}/problems/{}", code.name()).into(),
    );
    body.insert("title".to_owned(), code.title().into());
    body.insert("status".to_owned(), code.status().into());
    body.insert("code".to_owned(), code.name().into());
    body.insert("instance".to_owned(), format!("urn:uuid:{id}").into());
    if let Some(detail) = &problem.detail {
        body.insert("detail".to_owned(), detail.as_str().into());
    }
    if let Some(link) = &problem.link {
        body.insert("link".to_owned(), link.as_str().into());
    }
    if let Some(state) = problem.state {
        body.insert("state".to_owned(), state.into());
    }
    if !problem.errors.is_empty() {
        let errors = problem.errors.iter();
        let errors: Vec<Value> = errors
            .map(|fault| json!({"pointer": fault.pointer, "detail": fault.detail}))
            .collect();
        body.insert("errors".to_owned(), errors.into());
    }
    Value::Object(body)
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotWritten(_) => Code::AuditUnavailable.into(),
            StoreError::NotRead(_) => {
                tracing::error!(%error, "the database cannot be read");
                Code::DatabaseUnavailable.into()
            }
            StoreError::Busy => Code::Overloaded.into(),
            StoreError::Newer { .. } | StoreError::Damaged(_) => {
                tracing::error!(%error, "the database");
                Code::Internal.into()
            }
        }
    }
}

/// The answer where there is no route.
pub(super) async fn no_such_path() -> Problem {
    Code::NoSuchPath.into()
}

/// The answer where the route takes other methods.
pub(super) async fn method_not_allowed() -> Problem {
    Code::MethodNotAllowed.into()
}
