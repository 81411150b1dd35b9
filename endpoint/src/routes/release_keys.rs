//! Cold mode, on the listener of operators: which keys of records are wanted from the offline machine, and taking them in.

use std::collections::BTreeSet;

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{App, asked::Asked, operator::operator, parts::Query, releases::audited};
use crate::{
    clock::now,
    domain::problem::{Code, Problem},
    record_keys::{self, HandInError},
};

#[derive(Deserialize)]
pub(super) struct Of {
    file: Option<String>,
}

/// `GET /v1/operator/release-keys?file=`: a list that `lifeboat unseal --hand-over-key --wallets` takes as it is.
pub(super) async fn wanted(
    State(app): State<App>,
    Query(of): Query<Of>,
    asked: Asked,
) -> Result<Json<Value>, Problem> {
    operator(&asked)?;
    let wanted = record_keys::wanted(app.store(), app.keyring(), now())?;
    let mut listed = BTreeSet::new();
    for wanted in &wanted {
        let file = hex::encode(wanted.file);
        if of.file.as_ref().is_none_or(|of| *of == file) {
            listed.insert((wanted.release.wallet.to_string(), file));
        }
    }
    let listed: Vec<Value> = listed
        .iter()
        .map(|(wallet, file)| json!({"walletId": wallet, "file": file}))
        .collect();
    Ok(Json(json!({ "wallets": listed })))
}

/// `POST /v1/operator/release-keys`: what `--hand-over-key` wrote, one key a line.
pub(super) async fn hand_in(State(app): State<App>, asked: Asked) -> Result<Json<Value>, Problem> {
    operator(&asked)?;
    let data_keys = app.data_keys().ok_or(Code::DataKeyMissing)?;
    let (store, keyring) = (app.store(), app.keyring());
    let checked = record_keys::check(store, keyring, data_keys, &asked.body, now());
    let checked = checked.map_err(problem_of)?;
    let kept = store.keep_release_keys(checked.keys, audited(&app, &asked));
    let kept: Vec<Value> = kept
        .await?
        .iter()
        .map(|(release, wallet)| json!({"release": release, "walletId": wallet.as_str()}))
        .collect();
    let not_wanted = checked.not_wanted.iter();
    let not_wanted: Vec<&str> = not_wanted.map(|wallet| wallet.as_str()).collect();
    Ok(Json(json!({"handedIn": kept, "notWanted": not_wanted})))
}

fn problem_of(error: HandInError) -> Problem {
    match error {
        HandInError::Store(error) => error.into(),
        error @ HandInError::NoKey(_) => Problem::from(Code::BadRequest).detail(error.to_string()),
        error => Problem::from(Code::Unprocessable).detail(error.to_string()),
    }
}
