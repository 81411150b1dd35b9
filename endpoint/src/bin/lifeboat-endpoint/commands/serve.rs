//! `serve`: starts both listeners, and ends when it is told to, after the requests that are under way.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::Router;
use axum_server::{Handle, tls_rustls::RustlsConfig};
use lifeboat_endpoint::{
    config::{Database, Settings, Tls},
    files,
    keys::{data_key::DataKeys, share_files::Keyring},
    log,
    routes::{self, App},
    store::copy::settle,
};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    args::Configured,
    checkpoints::Checkpoints,
    commands::{
        audit::signer,
        data_keys::data_keys,
        identities,
        notices::{self, SILENT},
        portal_secrets,
        reload::Reload,
        settings,
        share_keys::keyring,
        store,
    },
    confinement::{confine, lock_memory},
    connections::{Bounded, Connections},
    failure::Failure,
    key,
};

/// How long requests that are under way have when the server stops.
const LAST_REQUESTS: Duration = Duration::from_secs(15);

pub(crate) fn run(args: &Configured) -> Result<(), Failure> {
    let settings = settings(&args.config)?;
    log::start(settings.log);
    refuse_what_is_not_there(&settings)?;
    let listeners = Listeners {
        public: listener(settings.server.listen, "server.listen")?,
        admin: listener(settings.server.admin, "server.admin")?,
    };
    serve(settings, &args.config, listeners)
}

/// Settings that this version reads and cannot keep: nobody relies on what does not happen.
fn refuse_what_is_not_there(settings: &Settings) -> Result<(), Failure> {
    let asked = [(!settings.server.origins.is_empty(), "server.origins")];
    let asked = asked.into_iter().filter(|(is_asked, _)| *is_asked);
    let lines: Vec<String> = asked
        .map(|(_, key)| format!("`{key}` is set, which this version cannot do"))
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    Err(Failure::of_lines(lines).hint("take it out of the configuration"))
}

/// Serves until it is told to stop.
pub(crate) fn serve(
    settings: Settings,
    config: &Path,
    listeners: Listeners,
) -> Result<(), Failure> {
    // Before any key is read.
    lock_memory();
    let (data_keys, keyring) = opened(&settings)?;
    let signer = signer(&settings)?;
    let folder = match &settings.database {
        Database::Sqlite(folder) => Some(folder.clone()),
        Database::Postgres(_) => None,
    };
    let secrets = notices::secrets(&settings)?;
    let webhook_secrets = portal_secrets::secrets(&settings)?;
    if settings.is_silent() {
        tracing::warn!("{SILENT}");
    }
    // Nothing of this program has a thread yet: all of them inherit it.
    confine(&settings, config);

    let store = store(&settings)?;
    let identities = identities::configured(&settings, &store)?;
    let secrets = notices::start(&settings, &store, secrets)?;
    let checkpoints = signer.map(|signer| Checkpoints::start(signer, &settings, &store));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("no threads to work with: {error}")))?;
    runtime.block_on(async {
        let app = App::new(settings, store, identities, data_keys, keyring);
        app.exchange_webhook_secrets(webhook_secrets);
        identities::fetch_keys(&app);
        let tls = tls(&app.settings().server.tls).await?;
        let reload = Reload {
            config: config.to_owned(),
            app: app.clone(),
            tls: tls.clone(),
            secrets,
        };
        tokio::spawn(reload.run(signals(SignalKind::hangup())?));
        listen(app, tls, listeners).await
    })?;
    if let Some(checkpoints) = checkpoints {
        checkpoints.stop();
    }
    if let Some(error) = folder.and_then(|folder| settle(&folder).err()) {
        tracing::warn!(%error, "what lies beside the database is part of it still: keep both together");
    }
    Ok(())
}

/// What the endpoint's key opens: it is asked for once, and the program that may hold it runs before programs are
/// forbidden.
fn opened(settings: &Settings) -> Result<(Option<DataKeys>, Keyring), Failure> {
    let holder = settings.key.as_ref().map(key::holder).transpose()?;
    let store = store(settings)?;
    let data_keys = data_keys(settings, &store, holder.as_deref())?;
    let keyring = keyring(settings, &store, holder.as_deref())?;
    Ok((data_keys, keyring))
}

/// The two addresses, taken.
pub(crate) struct Listeners {
    pub(crate) public: TcpListener,
    pub(crate) admin: TcpListener,
}

/// Takes an address; `key` is what names it.
pub(crate) fn listener(address: SocketAddr, key: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(|error| {
        Failure::new(format!("cannot listen on {address}: {error}")).hint(format!(
            "choose another address with `{key}`, or end the program that has it"
        ))
    })
}

async fn listen(app: App, tls: Option<RustlsConfig>, listeners: Listeners) -> Result<(), Failure> {
    let (public, admin) = (Handle::new(), Handle::new());
    let header = app.settings().limits.header;
    let served = [
        (listeners.public, tls, routes::public(app.clone()), &public),
        (listeners.admin, None, routes::admin(app.clone()), &admin),
    ]
    .map(|(listener, tls, routes, handle)| {
        let address = listener.local_addr();
        // Each has its own: whoever fills one leaves the other alone.
        let connections = Connections::new(app.clone());
        let server = run_server(listener, tls, routes, handle.clone(), (header, connections));
        (address, tokio::spawn(server))
    });
    let [(public_at, public_task), (admin_at, admin_task)] = served;
    if let (Ok(public), Ok(admin)) = (public_at, admin_at) {
        tracing::info!(%public, %admin, "serving");
    }
    told_to_stop().await?;
    tracing::info!("stopping: requests under way are finished");
    for handle in [&public, &admin] {
        handle.graceful_shutdown(Some(LAST_REQUESTS));
    }
    for task in [public_task, admin_task] {
        let ended = task.await.map_err(std::io::Error::other).flatten();
        ended.map_err(|error| Failure::new(format!("a listener ended: {error}")))?;
    }
    Ok(())
}

async fn run_server(
    listener: TcpListener,
    tls: Option<RustlsConfig>,
    routes: Router,
    handle: Handle<SocketAddr>,
    (header, connections): (Duration, Arc<Connections>),
) -> std::io::Result<()> {
    // A connection that never says which HTTP it speaks has no header yet that could be late.
    let service = routes.into_make_service_with_connect_info::<SocketAddr>();
    match tls {
        Some(tls) => {
            let mut server = axum_server::from_tcp_rustls(listener, tls)?
                .map(|inner| Bounded { inner, connections })
                .accept_error_handler(told_of_error())
                .handle(handle)
                .first_request_timeout(header);
            bound(server.http_builder(), header);
            server.serve(service).await
        }
        None => {
            let mut server = axum_server::from_tcp(listener)?
                .map(|inner| Bounded { inner, connections })
                .accept_error_handler(told_of_error())
                .handle(handle)
                .first_request_timeout(header);
            bound(server.http_builder(), header);
            server.serve(service).await
        }
    }
}

/// The system may lend no more descriptors: nobody would know why nothing is answered.
fn told_of_error() -> impl Fn(Option<&SocketAddr>, &std::io::Error) + Send + Sync + 'static {
    let told = Mutex::new(None::<Instant>);
    move |address, error| {
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        // What one address did is its own fault, and has been told where it is everybody's.
        let is_due = told.is_none_or(|at| at.elapsed() > Duration::from_secs(60));
        if address.is_none() && is_due {
            *told = Some(Instant::now());
            tracing::error!(%error, "no connection can be taken");
        }
    }
}

fn bound<E>(builder: &mut hyper_util::server::conn::auto::Builder<E>, header: Duration) {
    builder
        .http1()
        .timer(hyper_util::rt::TokioTimer::new())
        .header_read_timeout(header)
        .max_buf_size(64 << 10);
    builder
        .http2()
        .timer(hyper_util::rt::TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(20))
        .max_concurrent_streams(100)
        .max_send_buf_size(64 << 10)
        .max_header_list_size(32 << 10);
}

/// What this server's own certificate encrypts with.
pub(crate) async fn tls(tls: &Tls) -> Result<Option<RustlsConfig>, Failure> {
    let Tls::Own { certificate, key } = tls else {
        return Ok(None);
    };
    for file in [certificate, key] {
        // A pipe would be waited for.
        files::open(file)
            .map_err(|error| Failure::new(format!("cannot read {}: {error}", shown(file))))?;
    }
    // Which cryptography rustls uses is said once; a second time is no fault.
    let _already = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let config = RustlsConfig::from_pem_file(certificate, key).await;
    config.map(Some).map_err(|error| {
        let (certificate, key) = (shown(certificate), shown(key));
        Failure::new(format!(
            "no TLS with the certificate {certificate} and the key {key}: {error}"
        ))
        .hint("`server.tls` names both; they must be PEM and belong together")
    })
}

fn shown(path: &Path) -> String {
    format!("`{}`", path.display())
}

fn signals(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::new(format!("signals cannot be had: {error}")))
}

async fn told_to_stop() -> Result<(), Failure> {
    let (mut terminate, mut interrupt) = (
        signals(SignalKind::terminate())?,
        signals(SignalKind::interrupt())?,
    );
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
