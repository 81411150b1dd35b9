//! The log: lines of JSON, or of text for people, on standard error.
//!
//! No line holds a secret: types that hold one cannot be printed, and bodies, tokens and queries are never logged.

use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::config::Log;

/// Begins to log; a second call does nothing.
pub fn start(settings: Log) {
    let level: LevelFilter = settings.level;
    // What a client does with a connection is told by libraries as a warning: strangers would write to the log.
    let ours = Targets::new()
        .with_default(level)
        .with_target("h2", LevelFilter::ERROR)
        .with_target("hyper", LevelFilter::ERROR)
        .with_target("rustls", LevelFilter::ERROR);
    let registry = tracing_subscriber::registry().with(ours);
    let layer = fmt::layer().with_writer(std::io::stderr).with_target(false);
    let _already = if settings.json {
        registry.with(layer.json().flatten_event(true)).try_init()
    } else {
        registry.with(layer).try_init()
    };
}
