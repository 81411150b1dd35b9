//! Identities as the configuration describes them: reads the files of public keys, and fetches the rest when it is needed.

use std::{collections::HashMap, path::Path, sync::Arc, time::Duration};

use jsonwebtoken::Algorithm;

use super::{
    Identities,
    api_key::{ApiKeyError, ApiKeys},
    bearer::{Bearer, ClaimRule, Issuer},
    issuer_keys::{Fetch, IssuerKeys, Keep, KeySource},
    key_set::{KeySet, KeySetError, MAX_JWKS},
};
use crate::{
    config::{self, Settings},
    files,
    outbound::agent,
};

/// How long an issuer may take to send its keys.
const PATIENCE: Duration = Duration::from_secs(4);
/// Most redirections on the way there.
const REDIRECTS: u32 = 3;
/// Largest file of a public key, in bytes.
const MAX_PEM: u64 = 64 << 10;

/// What is wrong with a file that the configuration names.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// It cannot be read.
    #[error("`{file}` cannot be read: {error}")]
    File {
        /// The file.
        file: String,
        /// Why.
        error: std::io::Error,
    },
    /// It is no JWKS.
    #[error("`jwks_file` of issuer `{issuer}`, `{file}`: {error}")]
    Jwks {
        /// Whose.
        issuer: String,
        /// The file.
        file: String,
        /// Why.
        error: KeySetError,
    },
    /// It is no public key of an API key.
    #[error("`public_key` of API key `{api_key}`, `{file}`: {error}")]
    ApiKey {
        /// Whose.
        api_key: String,
        /// The file.
        file: String,
        /// Why.
        error: ApiKeyError,
    },
    /// Two issuers with one name.
    #[error("issuer `{0}` is there twice")]
    Twice(String),
}

impl Identities {
    /// Those that are configured. `keep` is told of lists of keys that were fetched.
    ///
    /// # Errors
    /// Everything that is wrong with the files.
    pub fn of(settings: &Settings, fetch: Fetch, keep: Keep) -> Result<Self, Vec<IdentityError>> {
        let mut errors = Vec::new();
        let (mut issuers, mut sources) = (HashMap::new(), Vec::new());
        for configured in &settings.issuers {
            let name = configured.issuer.clone();
            match source_of(configured) {
                Ok(source) => sources.push((name.clone(), source)),
                Err(error) => errors.push(error),
            }
            if issuers
                .insert(name.clone(), issuer_of(configured))
                .is_some()
            {
                errors.push(IdentityError::Twice(name));
            }
        }

        let mut api_keys = ApiKeys::default();
        for service in &settings.services {
            let file = &service.public_key;
            let added = read(file, MAX_PEM).and_then(|pem| {
                let added = api_keys.add(&service.api_key, &pem);
                added.map_err(|error| IdentityError::ApiKey {
                    api_key: service.api_key.clone(),
                    file: file.display().to_string(),
                    error,
                })
            });
            errors.extend(added.err());
        }

        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            bearer: Bearer::new(issuers, IssuerKeys::new(sources, fetch, keep)),
            api_keys,
        })
    }
}

fn issuer_of(configured: &config::Issuer) -> Issuer {
    let algorithms = configured.algorithms.iter();
    Issuer {
        audience: configured.audience.clone(),
        algorithms: algorithms
            .filter_map(|name| name.parse::<Algorithm>().ok())
            .collect(),
        wallet_claim: configured.wallets_claim.clone(),
        client_claim: configured.clients_claim.clone(),
        operator: configured
            .operator
            .clone()
            .map(|(claim, is)| ClaimRule { claim, is }),
        service_scope: configured.service_scope.clone(),
    }
}

fn source_of(configured: &config::Issuer) -> Result<KeySource, IdentityError> {
    match &configured.keys {
        config::IssuerKeys::Url(url) => Ok(KeySource::Url(url.clone())),
        config::IssuerKeys::File(file) => {
            let limit = u64::try_from(MAX_JWKS).unwrap_or(u64::MAX);
            let keys = KeySet::parse(&read(file, limit)?);
            let keys = keys.map_err(|error| IdentityError::Jwks {
                issuer: configured.issuer.clone(),
                file: file.display().to_string(),
                error,
            })?;
            Ok(KeySource::File(Arc::new(keys)))
        }
    }
}

fn read(file: &Path, limit: u64) -> Result<Vec<u8>, IdentityError> {
    let failed = |error| IdentityError::File {
        file: file.display().to_string(),
        error,
    };
    files::read(file, limit).map_err(failed)
}

/// Fetches over HTTPS, with the roots that browsers trust: at most four seconds and [`MAX_JWKS`]. From an `https` address no
/// redirection leads to another scheme; what is on this machine (`http://127.0.0.1`) is not redirected at all.
#[must_use]
pub fn over_https() -> Fetch {
    let (secure, local) = (agent(PATIENCE, REDIRECTS, true), agent(PATIENCE, 0, false));
    Arc::new(move |url| {
        let agent = if url.starts_with("https:") {
            &secure
        } else {
            &local
        };
        let mut answer = agent
            .get(url)
            .header("accept", "application/json")
            .call()
            .ok()?;
        let limit = u64::try_from(MAX_JWKS).unwrap_or(u64::MAX);
        answer
            .body_mut()
            .with_config()
            .limit(limit)
            .read_to_vec()
            .ok()
    })
}
