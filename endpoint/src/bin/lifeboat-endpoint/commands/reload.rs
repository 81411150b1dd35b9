//! SIGHUP: certificates, keys of issuers and backends, secrets of notices and of Portal, and limits are loaded anew, and no
//! connection is dropped. All of it or nothing: where a file is broken, everything stays as it was, and that is said loudly.

use std::{path::PathBuf, sync::Arc};

use arc_swap::ArcSwap;
use axum_server::tls_rustls::RustlsConfig;
use lifeboat_endpoint::{
    config::Limits,
    identity::{Identities, webhook_secret},
    keys::webhook::WebhookSecrets,
    routes::App,
};
use tokio::signal::unix::Signal;

use crate::{
    commands::{identities, notices, portal_secrets, serve::tls, settings},
    failure::Failure,
};

const RENAMED: &str = "a confined server reads no file that is new in a folder with a private key in it: write the file in \
     place, keep private keys in a folder of their own, or start the server again";

/// What is exchanged while the server serves.
pub(crate) struct Reload {
    /// The configuration, whose `[limits]` are read again.
    pub(crate) config: PathBuf,
    pub(crate) app: App,
    pub(crate) tls: Option<RustlsConfig>,
    pub(crate) secrets: Option<Arc<ArcSwap<WebhookSecrets>>>,
}

/// Everything that is loaded, before any of it is in force.
struct Loaded {
    limits: Limits,
    identities: Identities,
    tls: Option<RustlsConfig>,
    secrets: Option<WebhookSecrets>,
    webhook_secrets: webhook_secret::WebhookSecrets,
}

impl Reload {
    /// Loads anew whenever it is told to.
    pub(crate) async fn run(self, mut told: Signal) {
        while told.recv().await.is_some() {
            match self.loaded().await {
                Ok(loaded) => {
                    self.exchange(loaded);
                    tracing::info!(
                        "loaded anew: certificates, keys of issuers and backends, secrets of notices and of Portal, limits; everything else needs a restart"
                    );
                }
                Err(failure) => {
                    let lines = failure.into_lines();
                    for line in &lines {
                        tracing::error!("not loaded anew: {line}");
                    }
                    if lines.iter().any(|line| line.contains("ermission denied")) {
                        tracing::error!("{RENAMED}");
                    }
                    tracing::error!(
                        "everything stays as it was: put that right and send SIGHUP again"
                    );
                }
            }
        }
    }

    async fn loaded(&self) -> Result<Loaded, Failure> {
        let running = self.app.settings();
        Ok(Loaded {
            limits: settings(&self.config)?.limits,
            identities: identities::configured(running, self.app.store())?,
            tls: tls(&running.server.tls).await?,
            secrets: notices::secrets(running)?,
            webhook_secrets: portal_secrets::secrets(running)?,
        })
    }

    fn exchange(&self, loaded: Loaded) {
        self.app.exchange(loaded.identities, &loaded.limits);
        self.app.exchange_webhook_secrets(loaded.webhook_secrets);
        identities::fetch_keys(&self.app);
        if let (Some(running), Some(new)) = (&self.tls, loaded.tls) {
            running.reload_from_config(new.get_inner());
        }
        if let (Some(running), Some(new)) = (&self.secrets, loaded.secrets) {
            running.store(Arc::new(new));
        }
    }
}
