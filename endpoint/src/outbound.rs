//! The one place that calls other hosts: for the keys of issuers, and for the company's notices. `tests/house.rs` lists who
//! may ask for it.

use std::{sync::Arc, time::Duration};

/// A client for HTTPS with the roots that browsers trust; `https_only` refuses every other address, also on the way.
#[must_use]
pub fn agent(patience: Duration, redirects: u32, https_only: bool) -> ureq::Agent {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = ureq::tls::TlsConfig::builder()
        .unversioned_rustls_crypto_provider(provider)
        .build();
    ureq::Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(patience))
        .max_redirects(redirects)
        .https_only(https_only)
        .proxy(None)
        .build()
        .into()
}
