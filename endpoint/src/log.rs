//! The log: lines of JSON, or of text for people, on standard error.
//!
//! No line holds a secret: types that hold one cannot be printed, and bodies, tokens and queries are never logged.

use tracing_subscriber::{filter::LevelFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::Log;

/// Begins to log; a second call does nothing.
pub fn start(settings: Log) {
    let level: LevelFilter = settings.level;
    let registry = tracing_subscriber::registry().with(level);
    let layer = fmt::layer().with_writer(std::io::stderr).with_target(false);
    let _already = if settings.json {
        registry.with(layer.json().flatten_event(true)).try_init()
    } else {
        registry.with(layer).try_init()
    };
}
