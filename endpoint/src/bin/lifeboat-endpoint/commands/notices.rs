//! Notices to the company: their secrets, and the thread that sends them.

use std::sync::Arc;

use arc_swap::ArcSwap;
use lifeboat_endpoint::{
    config::Settings, keys::webhook::WebhookSecrets, notify::Notifier, store::Store,
};

use crate::{failure::Failure, key::read_secret};

const MAX_SECRETS: u64 = 64 << 10;

/// What is said where shares wait for a while and nobody is told.
pub(crate) const SILENT: &str = "releases wait for `release.delay`, and nobody is told of them: without `[notify]` only who \
     asks `/v1/operator/releases` hears of a thief in time to stop him";

/// The secrets that notices are signed with; `None` where nobody is told.
pub(crate) fn secrets(settings: &Settings) -> Result<Option<WebhookSecrets>, Failure> {
    let Some(notify) = &settings.notify else {
        return Ok(None);
    };
    let text = read_secret(&notify.secret, MAX_SECRETS)?;
    let secrets = WebhookSecrets::parse(&text);
    secrets.map(Some).map_err(|error| {
        Failure::new(format!("`{}`: {error}", notify.secret.display()))
            .hint("`echo whsec_$(openssl rand -base64 32)` prints a new secret")
    })
}

/// Sends notices from now on; what can be exchanged is returned.
pub(crate) fn start(
    settings: &Settings,
    store: &Store,
    secrets: Option<WebhookSecrets>,
) -> Result<Option<Arc<ArcSwap<WebhookSecrets>>>, Failure> {
    let (Some(notify), Some(secrets)) = (&settings.notify, secrets) else {
        return Ok(None);
    };
    let secrets = Arc::new(ArcSwap::from_pointee(secrets));
    let notifier = Notifier::new(&notify.url, Arc::clone(&secrets), store.clone());
    notifier
        .start()
        .map_err(|error| Failure::new(format!("no thread for notices: {error}")))?;
    Ok(Some(secrets))
}
