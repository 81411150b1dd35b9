//! The paths of backing up and recovering: ours, the provider's, and those of its demo backend.

use axum::{
    Router,
    routing::{get, post, put},
};

use super::{App, backups, devices, passphrases, provider_paths, rpc};

/// All of them.
pub(super) fn routes() -> Router<App> {
    ours().merge(theirs())
}

fn ours() -> Router<App> {
    Router::new()
        .route("/v1/wallets/{w}/devices", get(devices::list))
        .route(
            "/v1/wallets/{w}/devices/{d}/activate",
            post(devices::activate),
        )
        .route("/v1/wallets/{w}/devices/{d}/backups", post(backups::upload))
        .route(
            "/v1/wallets/{w}/devices/{d}/observed",
            post(backups::observed),
        )
        .route("/v1/wallets/{w}/devices/{d}/rpc", post(rpc::own))
        .route("/v1/wallets/{w}/backups", get(backups::history))
        .route("/v1/wallets/{w}/backups/latest", get(backups::latest))
        .route(
            "/v1/wallets/{w}/backups/{id}/content",
            get(backups::content),
        )
        .route("/v1/wallets/{w}/keys", put(backups::register))
        .route("/v1/passphrases", get(passphrases::list))
        .route(
            "/v1/passphrases/{id}",
            get(passphrases::get).put(passphrases::put),
        )
}

fn theirs() -> Router<App> {
    use provider_paths as theirs;

    Router::new()
        .route(
            "/v1/ncw/wallets/{w}/devices/{d}/invoke",
            post(rpc::invoke_wallet),
        )
        .route(
            "/v1/ncw/wallets/{w}/backup/latest",
            get(theirs::latest_of_wallet),
        )
        .route(
            "/v1/ncw/embedded_wallets/devices/{d}/invoke",
            post(rpc::invoke_embedded),
        )
        .route(
            "/v1/ncw/embedded_wallets/assign",
            post(theirs::assign_embedded),
        )
        .route(
            "/v1/ncw/embedded_wallets/backup/latest",
            get(theirs::latest_embedded),
        )
        .route("/api/login", post(theirs::demo_login))
        .route("/api/devices", get(theirs::demo_devices))
        .route("/api/devices/{d}/assign", post(theirs::demo_assign))
        .route("/api/devices/{d}/rpc", post(rpc::demo))
        .route("/api/wallets", get(theirs::demo_wallets))
        .route("/api/wallets/{w}/backup/latest", get(theirs::demo_latest))
        .route("/api/passphrase", get(theirs::demo_passphrases))
        .route(
            "/api/passphrase/{id}",
            get(theirs::demo_passphrase).post(theirs::demo_keep_passphrase),
        )
}
