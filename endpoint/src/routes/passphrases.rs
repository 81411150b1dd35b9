//! Where users keep their passphrases. The passphrase itself is refused: it must never be here.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use lifeboat::formats::device_share::device_id::PassphraseId;
use serde_json::{Value, json};

use super::{
    App,
    asked::{Asked, bad_field},
    parts::Path,
};
use crate::{
    domain::problem::{Code, Problem},
    store::passphrases::{self, Passphrase},
};

/// Longest word for a place, in bytes.
const MAX_LOCATION: usize = 64;

/// `GET /v1/passphrases`.
pub(super) async fn list(State(app): State<App>, asked: Asked) -> Result<Response, Problem> {
    let found = app
        .store()
        .read(|db| passphrases::list(db, asked.identity()))?;
    let passphrases: Vec<Value> = found.iter().map(shown).collect();
    Ok(Json(json!({ "passphrases": passphrases })).into_response())
}

/// `GET /v1/passphrases/{id}`.
pub(super) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    let found = app
        .store()
        .read(|db| passphrases::find(db, asked.identity(), &id))?;
    let found = found.ok_or(Code::NoSuchPassphrase)?;
    Ok(Json(shown(&found)).into_response())
}

/// `PUT /v1/passphrases/{id}` and `POST /api/passphrase/{id}` `{location}`.
pub(super) async fn put(
    State(app): State<App>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<StatusCode, Problem> {
    let id = PassphraseId::parse(&id)
        .map_err(|error| Problem::from(Code::BadRequest).detail(error.to_string()))?;
    let location = location_of(&asked)?;

    let (user, id) = (asked.identity().clone(), id.as_str().to_owned());
    let written = app
        .store()
        .write(move |write| passphrases::put(write, &user, &id, &location));
    written.await?;
    Ok(StatusCode::NO_CONTENT)
}

fn location_of(asked: &Asked) -> Result<String, Problem> {
    let body = asked.json()?;
    let members = body.object().map_err(|error| bad_field(&error))?;
    if members.has_any(&["passphrase"]) {
        return Err(Problem::from(Code::Unprocessable).member(
            "/passphrase",
            "a passphrase is never kept here: keep it where only its owner gets it",
        ));
    }
    let location = members
        .get("location")
        .and_then(|field| field.text())
        .map_err(|error| bad_field(&error))?;
    let location = location.expose();
    let is_fit = !location.trim().is_empty()
        && location.len() <= MAX_LOCATION
        && !location.chars().any(char::is_control);
    if is_fit {
        Ok(location.to_owned())
    } else {
        Err(Problem::from(Code::Unprocessable)
            .member("/location", "no printable text of at most 64 bytes"))
    }
}

fn shown(passphrase: &Passphrase) -> Value {
    json!({
        "passphraseId": passphrase.id,
        "location": passphrase.location,
        "at": passphrase.at,
    })
}
