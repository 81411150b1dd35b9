//! Parts of a request's address, in place of the framework's own: what cannot be read is a problem like any other.

use axum::{
    extract::{self, FromRequestParts},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

use crate::domain::problem::{Code, Problem};

/// What stands in a path for the names in braces.
pub(super) struct Path<T>(pub(super) T);

/// What is behind the question mark.
pub(super) struct Query<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = extract::Path::from_request_parts(parts, state).await;
        read.map(|extract::Path(value)| Self(value))
            .map_err(|_| Code::NoSuchPath.into())
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = extract::Query::from_request_parts(parts, state).await;
        // The text of the error may hold what was sent.
        read.map(|extract::Query(value)| Self(value)).map_err(|_| {
            let what = "what is behind the question mark is not what this path takes";
            Problem::from(Code::BadRequest).detail(what)
        })
    }
}
