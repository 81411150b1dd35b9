//! Portal's webhooks: the custodian's shares as they are delivered, and all of them back.
//!
//! Portal asks with a secret and no token, and waits ten seconds. What was answered with 200 is on the disk.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{FromRequest, Request, State},
    http::{HeaderMap, request::Parts},
    response::{IntoResponse, Response},
    routing::post,
};
use getrandom::SysRng;
use lifeboat::{
    crypto::secret::{SecretBytes, SecretText},
    formats::encoding::json::Value,
};
use rand_core::UnwrapErr;
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

use super::{
    App,
    asked::{bad_field, whole},
    layers::RequestId,
    rpc::json_of,
};
use crate::{
    config::Settings,
    domain::{
        portal::{ClientId, Delivery, Labels, client_of, digest},
        problem::{Code, Problem},
    },
    store::portal::{CUSTODIAN, Kept, NewVersion, StoredShare, sealed_under},
};

/// Longest time for a webhook: Portal waits for ten seconds, and the answer has a way to go.
pub(super) const PATIENCE: Duration = Duration::from_secs(8);
const SECRET: &str = "x-webhook-secret";

/// The routes below the configured root.
pub(super) fn webhooks(root: &str) -> Router<App> {
    let webhooks = Router::new()
        .route("/backup", post(deliver))
        .route("/backup/fetch", post(fetch));
    Router::new().nest(root, webhooks)
}

/// Whether a path is one of the webhooks.
pub(super) fn is_webhook(settings: &Settings, path: &str) -> bool {
    let portal = settings.portal.as_ref().filter(|_| settings.modules.portal);
    portal.is_some_and(|portal| {
        let rest = path.strip_prefix(portal.root.as_str());
        matches!(rest, Some("/backup" | "/backup/fetch"))
    })
}

/// Whether a request is a webhook with a good secret. All of them come from a few addresses of Portal's, and are counted
/// together.
pub(super) fn is_delivery(app: &App, parts: &Parts) -> bool {
    is_webhook(app.settings(), parts.uri.path()) && has_secret(app, &parts.headers)
}

/// A webhook whose secret is good.
pub(super) struct Webhook {
    body: Bytes,
    request: String,
}

impl FromRequest<App> for Webhook {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        if !has_secret(app, &parts.headers) {
            return Err(Code::WebhookSecret.into());
        }
        app.limits().webhook()?;
        let body = whole(body, app).await?;
        let id = parts.extensions.get::<RequestId>();
        Ok(Self {
            body,
            request: id.map(|id| id.0.clone()).unwrap_or_default(),
        })
    }
}

fn has_secret(app: &App, headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(SECRET).iter();
    let (Some(secret), None) = (values.next(), values.next()) else {
        return false;
    };
    app.inner.webhook_secrets.load().has(secret.as_bytes())
}

/// `POST {root}/backup` `{clientId, share, backupMethod?, backupSharePairId?}`.
async fn deliver(State(app): State<App>, webhook: Webhook) -> Result<Response, Problem> {
    let delivery = Delivery::read(&webhook.body).map_err(|error| bad_field(&error))?;
    let Delivery {
        client,
        share,
        labels,
    } = delivery;
    let new = sealed_version(&app, CUSTODIAN, client, labels, &share)?;
    match app.store().deliver(new, webhook.request).await? {
        Kept::Version { id, n, .. } => {
            Ok(Json(json!({"id": id.to_string(), "version": n})).into_response())
        }
        Kept::Full => Err(Code::TooManyVersions.into()),
    }
}

/// `POST {root}/backup/fetch` `{clientId}`: every version, newest first, each as it came.
async fn fetch(State(app): State<App>, webhook: Webhook) -> Result<Response, Problem> {
    let body = Value::parse("body", &webhook.body).map_err(|error| bad_field(&error))?;
    let members = body.object().map_err(|error| bad_field(&error))?;
    let client = client_of(&members).map_err(|error| bad_field(&error))?;

    app.store()
        .note_fetch(client.clone(), webhook.request)
        .await?;
    let stored = app.store().custodian_shares(&client)?;
    let shares = stored
        .iter()
        .map(|share| opened(&app, CUSTODIAN, share))
        .collect::<Result<Vec<_>, Problem>>()?;
    let mut answer =
        json!({"backupShares": shares.iter().map(SecretText::expose).collect::<Vec<_>>()});
    let is_legacy = app
        .settings()
        .portal
        .as_ref()
        .is_some_and(|portal| portal.legacy);
    if let (true, Some(members)) = (is_legacy, answer.as_object_mut()) {
        let newest = shares.first().map(SecretText::expose);
        members.insert("backupShare".to_owned(), newest.into());
    }
    Ok(json_of(answer.to_string()))
}

/// A share as a version that can be kept: sealed for an id of its own.
///
/// # Errors
/// 503 where the data key is not at hand.
pub(super) fn sealed_version(
    app: &App,
    table: &str,
    client: ClientId,
    labels: Labels,
    share: &SecretText,
) -> Result<NewVersion, Problem> {
    let keys = app.data_keys().ok_or(Code::DataKeyMissing)?;
    let id = Uuid::now_v7();
    let plain = SecretBytes::new(share.expose().as_bytes().to_vec());
    let under = sealed_under(table, &client);
    Ok(NewVersion {
        id,
        client,
        labels,
        sealed: keys.seal(&under, id, &plain, &mut UnwrapErr(SysRng)),
        digest: digest(share),
        size: i64::try_from(plain.len()).unwrap_or(i64::MAX),
    })
}

/// What is in a row.
///
/// # Errors
/// 503 where the data key is not at hand; 500 where it does not open the row.
pub(super) fn opened(app: &App, table: &str, share: &StoredShare) -> Result<SecretText, Problem> {
    let keys = app.data_keys().ok_or(Code::DataKeyMissing)?;
    if !keys.has_key_of(&share.sealed) {
        // Another process has it, which was started after it was made.
        return Err(Code::DataKeyMissing.into());
    }
    let under = sealed_under(table, &share.client);
    let plain = keys.open(&under, share.id, &share.sealed);
    let text = plain.and_then(|plain| String::from_utf8(plain.expose().to_vec()).ok());
    text.map(SecretText::new).ok_or_else(|| {
        tracing::error!(share = %share.id, table, "a share of Portal's does not open with the data keys");
        Problem::from(Code::Internal)
    })
}
