//! The secrets of Portal's webhooks, from the file that the configuration names.

use lifeboat_endpoint::{config::Settings, identity::webhook_secret::WebhookSecrets};

use crate::{failure::Failure, key::read_secret};

const MAX_SECRETS: u64 = 64 << 10;

/// Those that are good; none where Portal is switched off.
pub(crate) fn secrets(settings: &Settings) -> Result<WebhookSecrets, Failure> {
    let portal = settings.portal.as_ref().filter(|_| settings.modules.portal);
    let Some(portal) = portal else {
        return Ok(WebhookSecrets::none());
    };
    let text = read_secret(&portal.secrets, MAX_SECRETS)?;
    WebhookSecrets::parse(&text).map_err(|error| {
        Failure::new(format!("`{}`: {error}", portal.secrets.display())).hint(
            "write the secret that Portal shows for your webhooks into it, one a line; or a new one: `openssl rand -hex 32`",
        )
    })
}
