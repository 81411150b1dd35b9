//! Who can be recognised, at a start: the files of the configuration, and the issuers' keys that were kept.

use std::sync::Arc;

use lifeboat_endpoint::{
    config::Settings,
    identity::{Identities, configured::over_https, issuer_keys::Keep},
    routes::App,
    store::{Store, credentials},
};

use crate::failure::Failure;

/// Those that are configured, with the keys that were good before the start.
pub(crate) fn configured(settings: &Settings, store: &Store) -> Result<Identities, Failure> {
    let identities = Identities::of(settings, over_https(), keep_in(store.clone()));
    let identities = identities.map_err(|errors| {
        Failure::of_lines(errors.iter().map(ToString::to_string).collect())
            .hint("`[[identity]]` and `[[service]]` of the configuration name these files")
    })?;
    for kept in store.read(credentials::issuer_keys)? {
        let keys = identities.bearer.keys();
        keys.remember(&kept.issuer, &kept.jwks, kept.fetched_at);
    }
    Ok(identities)
}

/// Begins to fetch what is not at hand, while the server already listens.
pub(crate) fn fetch_keys(app: &App) {
    let app = app.clone();
    tokio::spawn(async move { app.fetch_issuer_keys().await });
}

/// Lists that were fetched are there after a restart. Where that fails, they are fetched again then.
fn keep_in(store: Store) -> Keep {
    Arc::new(move |issuer, jwks, fetched_at| {
        let (store, issuer) = (store.clone(), issuer.to_owned());
        tokio::spawn(async move {
            let kept = store.write(move |write| {
                credentials::keep_issuer_keys(write, &issuer, &jwks, fetched_at)
            });
            if let Err(error) = kept.await {
                tracing::warn!(%error, "the keys of an issuer are not kept");
            }
        });
    })
}
