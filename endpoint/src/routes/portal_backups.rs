//! The client's shares of Portal's backups: handed in by apps and backends, given back to recover with.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{post, put},
};
use lifeboat::{crypto::secret::SecretText, formats::encoding::json::FieldFault};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    App,
    asked::{Asked, bad_field},
    parts::{Path, Query},
    portal::{opened, sealed_version},
    rpc::json_of,
};
use crate::{
    domain::{
        caller::{Caller, Role},
        portal::{ClientId, Labels},
        portal_backup::{CUSTODIANS, ClientBackup, chosen, pairs},
        problem::{Code, Problem},
    },
    store::{
        portal::CUSTODIAN,
        portal_backups::{CLIENT, HandedIn, Said, StoredBackup, Taken},
    },
};

/// All of them.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/portal/clients/{c}/backups", post(hand_in).get(shares))
        .route("/v1/portal/clients/{c}/backups/{id}/state", put(say_state))
}

impl App {
    /// The client of a path, which the caller may name; whoever may not learns nothing of it.
    ///
    /// # Errors
    /// 404.
    fn client(&self, caller: &Caller, id: &str) -> Result<ClientId, Problem> {
        let client = ClientId::parse(id).ok_or(Code::NoSuchClient)?;
        let is_allowed = match (&caller.role, &caller.clients) {
            (Role::Service, _) => true,
            (Role::User(_), Some(clients)) => clients.contains(&client),
            (Role::User(_), None) => self.store().has_client_grant(&caller.identity, &client)?,
        };
        if is_allowed {
            Ok(client)
        } else {
            Err(Code::NoSuchClient.into())
        }
    }
}

/// `POST /v1/portal/clients/{c}/backups`: a client's share in any shape that Portal's documents have.
async fn hand_in(
    State(app): State<App>,
    Path(client): Path<String>,
    headers: HeaderMap,
    asked: Asked,
) -> Result<Response, Problem> {
    let client = app.client(&asked.caller, &client)?;
    let backup = ClientBackup::read(&asked.body).map_err(|error| bad_field(&error))?;
    if backup.custodian.is_some() && !asked.caller.is_service() {
        return Err(Problem::from(Code::Unprocessable).member(
            format!("/{CUSTODIANS}"),
            "the custodian's share is handed in by a backend, and by no user",
        ));
    }
    let repeatable = asked.repeatable(&headers, &format!("/v1/portal/clients/{client}/backups"))?;
    let ClientBackup {
        content,
        labels,
        curve,
        is_encrypted,
        custodian,
    } = backup;
    if !is_encrypted {
        tracing::warn!(
            request = asked.request,
            "the share of one of Portal's clients came without encryption: encrypt it before it leaves the client"
        );
    }

    // Where Portal keeps the custodian's shares, some of them are here by chance: no pair is held against them.
    let of_custodian = Labels {
        pair: None,
        ..labels.clone()
    };
    let sealed = |table: &str, labels: Labels, share: &SecretText| {
        sealed_version(&app, table, client.clone(), labels, share)
    };
    let share = content.map(|content| sealed(CLIENT, labels, &content));
    let custodian = custodian.map(|share| sealed(CUSTODIAN, of_custodian, &share));
    let (share, custodian) = (share.transpose()?, custodian.transpose()?);
    let handed = HandedIn {
        client: client.clone(),
        share: share.map(|share| (share, curve)),
        custodian,
        caller: asked.identity().clone(),
        request: asked.request.clone(),
    };
    match app.store().hand_in(handed, repeatable).await? {
        Taken::Kept {
            share,
            state,
            is_new,
        } => {
            let status = if is_new {
                StatusCode::CREATED
            } else {
                StatusCode::OK
            };
            let id = share.map(|id| id.to_string());
            let answer = json!({"id": id, "state": state.word(), "isEncrypted": is_encrypted});
            Ok((status, Json(answer)).into_response())
        }
        Taken::Full => Err(Code::TooManyVersions.into()),
        Taken::KeyReused => Err(Code::KeyReused.into()),
    }
}

#[derive(Deserialize)]
struct Which {
    all: Option<String>,
    before: Option<i64>,
}

/// Shares in one answer, in bytes; there is always one.
const PAGE: usize = 4 << 20;

/// `GET /v1/portal/clients/{c}/backups`: of each method what an app recovers with; with `?all=true` every version. Where it is
/// more than one answer holds, `next` is the `before` of the next one.
async fn shares(
    State(app): State<App>,
    Path(client): Path<String>,
    Query(Which { all, before }): Query<Which>,
    asked: Asked,
) -> Result<Response, Problem> {
    let client = app.client(&asked.caller, &client)?;
    let wants_all = match all.as_deref() {
        Some("true") => true,
        Some("false") | None => false,
        Some(_) => {
            return Err(Problem::from(Code::BadRequest).detail("`all` is `true` or `false`"));
        }
    };

    let (listed, custodians) = app.store().listed(&client)?;
    let mut numbers = if wants_all {
        listed.iter().map(|share| share.n).collect()
    } else {
        chosen(&listed)
    };
    numbers.sort_unstable_by(|one, other| other.cmp(one));
    numbers.retain(|n| before.is_none_or(|before| *n < before));
    let (backups, next) = page(&app, &client, &numbers)?;
    let pairs: Vec<Value> = pairs(&listed, &custodians)
        .iter()
        .map(|pair| {
            json!({
                "backupSharePairId": pair.id,
                "state": pair.state.word(),
                "hasCustodianShare": pair.has_custodian,
            })
        })
        .collect();
    let (pairs, next) = (Value::from(pairs), Value::from(next));
    Ok(json_of(format!(
        "{{\"backups\":[{backups}],\"pairs\":{pairs},\"next\":{next}}}"
    )))
}

/// So many shares of these numbers as one answer holds, with commas between them; and the last of them, where more follow.
fn page(app: &App, client: &ClientId, numbers: &[i64]) -> Result<(String, Option<i64>), Problem> {
    let mut page = String::new();
    for (index, n) in (1..).zip(numbers) {
        for backup in app.store().client_shares(client, &[*n])? {
            if !page.is_empty() {
                page.push(',');
            }
            push(&mut page, app, &backup)?;
        }
        if page.len() > PAGE && index < numbers.len() {
            return Ok((page, Some(*n)));
        }
    }
    Ok((page, None))
}

/// A share as it came, with what is known of it before.
fn push(out: &mut String, app: &App, backup: &StoredBackup) -> Result<(), Problem> {
    let share = &backup.share;
    let content = opened(app, CLIENT, share)?;
    let known = json!({
        "id": share.id.to_string(),
        "backupMethod": share.labels.method,
        "backupSharePairId": share.labels.pair,
        "curve": backup.curve,
        "state": backup.state.word(),
        "arrivedAt": share.arrived_at,
        "stateAt": backup.state_at,
    });
    let known = known.to_string();
    // Both are objects with members: one behind the other is one of all.
    out.push_str(known.strip_suffix('}').unwrap_or_default());
    out.push(',');
    out.push_str(content.expose().strip_prefix('{').unwrap_or_default());
    Ok(())
}

/// `PUT /v1/portal/clients/{c}/backups/{id}/state` `{stored}`: whether the app has stored all of it.
async fn say_state(
    State(app): State<App>,
    Path((client, id)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, Problem> {
    let client = app.client(&asked.caller, &client)?;
    let stored = stored_of(&asked)?;
    let none = || Problem::from(Code::NoBackup).detail("no backup of this client has this id");
    let id = Uuid::try_parse(&id).map_err(|_| none())?;

    let by = (asked.identity().clone(), asked.request.clone());
    match app.store().say_state(client, id, stored, by).await? {
        Said::So(Labels { method, pair }, state) => Ok(Json(json!({
            "id": id.to_string(),
            "backupMethod": method,
            "backupSharePairId": pair,
            "state": state.word(),
        }))
        .into_response()),
        Said::Otherwise(state) => Err(Problem::from(Code::StateOrder)
            .detail(format!("the state of this backup is {}", state.word()))),
        Said::NoCustodian => Err(Problem::from(Code::StateOrder)
            .detail("the custodian's share of this pair has not come")),
        Said::None => Err(none()),
    }
}

fn stored_of(asked: &Asked) -> Result<bool, Problem> {
    let body = asked.json()?;
    let members = body.object().map_err(|error| bad_field(&error))?;
    let stored = members.get("stored").map_err(|error| bad_field(&error))?;
    match stored.raw() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(bad_field(&stored.fault(FieldFault::Type("true or false")))),
    }
}
