//! What is asked and answered: paths, bodies, statuses. Only this folder knows HTTP.
//!
//! Every route takes an [`App`], asks `identity` who calls, `store` and `keys` for what it needs, and says no with a
//! [`Problem`](crate::domain::problem::Problem).

pub mod answers;
pub mod asked;
mod backups;
mod devices;
pub mod health;
pub mod layers;
pub mod limits;
mod openapi;
mod operator;
mod page;
mod parts;
mod passphrases;
mod portal;
mod portal_backups;
mod provider_paths;
mod recovering;
mod release_keys;
mod releases;
mod rpc;
pub mod unsent;

use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::{Router, middleware, routing::get};

use self::{limits::Limits, unsent::Unsent};
use crate::{
    config::{self, Settings},
    identity::{Identities, webhook_secret::WebhookSecrets},
    keys::{data_key::DataKeys, share_files::Keyring},
    metrics::Metrics,
    store::Store,
};

/// What every route works with. Clones are the same.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    store: Store,
    identities: ArcSwap<Identities>,
    data_keys: Option<DataKeys>,
    keyring: Keyring,
    limits: ArcSwap<Limits>,
    webhook_secrets: ArcSwap<WebhookSecrets>,
    unsent: Arc<Unsent>,
    metrics: Metrics,
}

impl App {
    /// An app with these settings and this store. Without data keys no backup is kept or served.
    #[must_use]
    pub fn new(
        settings: Settings,
        store: Store,
        identities: Identities,
        data_keys: Option<DataKeys>,
        keyring: Keyring,
    ) -> Self {
        let limits = Limits::new(&settings.limits);
        let inner = Inner {
            settings,
            store,
            identities: ArcSwap::from_pointee(identities),
            data_keys,
            keyring,
            limits: ArcSwap::from_pointee(limits),
            webhook_secrets: ArcSwap::from_pointee(WebhookSecrets::none()),
            unsent: Arc::default(),
            metrics: Metrics::default(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// What is configured.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Who can be recognised.
    #[must_use]
    pub fn identities(&self) -> Arc<Identities> {
        self.inner.identities.load_full()
    }

    /// How much is taken at once.
    #[must_use]
    pub fn limits(&self) -> Arc<Limits> {
        self.inner.limits.load_full()
    }

    /// Puts others in the place of both, for requests that come from now on. Limits that are the same go on counting.
    pub fn exchange(&self, identities: Identities, limits: &config::Limits) {
        self.inner.identities.store(Arc::new(identities));
        if *self.limits().configured() != *limits {
            self.inner.limits.store(Arc::new(Limits::new(limits)));
        }
    }

    /// Takes these secrets of Portal's webhooks for good from now on, and no others. Without any, no webhook is answered.
    pub fn exchange_webhook_secrets(&self, secrets: WebhookSecrets) {
        self.inner.webhook_secrets.store(Arc::new(secrets));
    }

    /// Fetches the keys of issuers that are not at hand.
    pub async fn fetch_issuer_keys(&self) {
        self.identities()
            .bearer
            .keys()
            .fetch_all(crate::clock::now())
            .await;
    }

    /// The sealed files of shares that are served, and their keys.
    #[must_use]
    pub fn keyring(&self) -> &Keyring {
        &self.inner.keyring
    }

    /// What backups are sealed with.
    #[must_use]
    pub fn data_keys(&self) -> Option<&DataKeys> {
        self.inner.data_keys.as_ref()
    }
}

/// The routes of the public listener.
pub fn public(app: App) -> Router {
    let mut routes = Router::new()
        .route("/healthz", get(health::alive))
        .merge(openapi::routes());
    if app.settings().modules.backups {
        routes = routes.merge(recovering::routes());
    }
    if app.settings().modules.shares {
        routes = routes.merge(releases::routes());
    }
    if app.settings().modules.page {
        routes = routes.merge(page::routes());
    }
    let portal = app.settings().portal.as_ref();
    if let Some(portal) = portal.filter(|_| app.settings().modules.portal) {
        routes = routes
            .merge(portal::webhooks(&portal.root))
            .merge(portal_backups::routes());
    }
    around(routes, app)
}

/// The routes of the listener for operators and metrics.
pub fn admin(app: App) -> Router {
    let routes = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .merge(operator::routes());
    around(routes, app)
}

/// What is around every route: its bounds, its id, and answers where there is no route.
fn around(routes: Router<App>, app: App) -> Router {
    routes
        .fallback(answers::no_such_path)
        .method_not_allowed_fallback(answers::method_not_allowed)
        .layer(middleware::from_fn_with_state(app.clone(), layers::bounded))
        .layer(middleware::from_fn_with_state(app.clone(), layers::told))
        .with_state(app)
}
