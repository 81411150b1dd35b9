//! Progress: what `--json-progress` prints on standard error, an object a line.

use serde::Serialize;

/// A progress event.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(crate) enum Progress<'a> {
    /// How far a batch is.
    Count(Count),
    /// The step that begins.
    Step(Step<'a>),
}

/// How far a batch is.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Count {
    /// What this is.
    pub(crate) event: Event,
    /// Wallets that are done.
    pub(crate) done: u64,
    /// Wallets in all.
    pub(crate) total: u64,
    /// Wallets a second.
    pub(crate) per_second: u64,
}

/// The step of a longer job that begins.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Step<'a> {
    /// What this is.
    pub(crate) event: Event,
    /// The step, for programs.
    pub(crate) step: &'a str,
    /// The step, for people.
    pub(crate) message: &'a str,
}

/// What a line is.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    /// A line about progress.
    Progress,
}
