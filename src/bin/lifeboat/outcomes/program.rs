//! The program itself: `doctor`, `errors`, and texts.

use serde::Serialize;

use super::parts::Results;

/// This program and this machine.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Doctor {
    /// The version, with the commit when it is known.
    pub(crate) version: &'static str,
    /// The SHA-256 of the program's file, in hexadecimal; null where the system does not tell.
    pub(crate) sha256: Option<String>,
    /// What was looked at.
    pub(crate) checks: Vec<MachineCheck>,
    /// Whether this program computes right.
    pub(crate) known_answers: Vec<KnownAnswer>,
    /// Network interfaces but loopback; null where the system does not tell.
    pub(crate) interfaces: Option<Vec<NetworkInterface>>,
    /// What the kernel enforces.
    pub(crate) confinement: Confinement,
    /// The memory for secrets.
    pub(crate) memory: Memory,
    /// Swap areas in use; null where the system does not tell.
    pub(crate) swaps: Option<Vec<String>>,
    /// Whether the system can write its memory to disk; null where it does not tell.
    pub(crate) hibernation: Option<bool>,
    /// Where randomness comes from.
    pub(crate) entropy: Entropy,
}

/// One thing that was looked at.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct MachineCheck {
    /// What it is.
    pub(crate) check: &'static str,
    /// `ok`, `warning`, `failed` or `unknown`.
    pub(crate) result: &'static str,
    /// How it is.
    pub(crate) found: String,
    /// What to do about it.
    pub(crate) advice: Option<&'static str>,
}

/// A calculation whose answer is known.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct KnownAnswer {
    /// What was calculated.
    pub(crate) what: &'static str,
    /// Whether the answer was right.
    pub(crate) holds: bool,
}

/// A network interface.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct NetworkInterface {
    /// Its name.
    pub(crate) name: String,
    /// Whether it is switched on.
    pub(crate) up: bool,
}

/// What the kernel enforces.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Confinement {
    /// `full`, `partial` or `none`: only the system calls that the run needs.
    pub(crate) calls: &'static str,
    /// `full`, `partial` or `none`: only the files that the command line names.
    pub(crate) files: &'static str,
    /// Whether both are there.
    pub(crate) in_force: bool,
}

/// The memory for secrets.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Memory {
    /// Bytes that are never swapped out.
    pub(crate) locked_bytes: usize,
    /// Whether all other memory is locked too.
    pub(crate) all_locked: bool,
    /// The limit of locked memory in bytes; null where there is none.
    pub(crate) lock_limit: Option<u64>,
    /// The limit of core dumps in bytes; null where there is none.
    pub(crate) core_limit: Option<u64>,
    /// Where the system sends core dumps.
    pub(crate) core_pattern: Option<String>,
    /// Whether core dumps are possible.
    pub(crate) dumpable: bool,
}

/// Where randomness comes from.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entropy {
    /// The generator.
    pub(crate) source: &'static str,
    /// That of the hardware, where there is one.
    pub(crate) hardware_generator: Option<String>,
}

/// Every error code.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorList {
    /// The codes.
    pub(crate) errors: Vec<ErrorEntry>,
}

/// An error code.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorEntry {
    /// The code.
    pub(crate) code: &'static str,
    /// The exit statuses it comes with; none where it is given for a single record.
    pub(crate) exit: Vec<u8>,
    /// What it is about.
    pub(crate) area: &'static str,
    /// The usual cause.
    pub(crate) cause: &'static str,
    /// What to do.
    pub(crate) remedy: &'static str,
}

/// A text that is the result.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Text {
    /// The text.
    pub(crate) text: String,
}

/// Manual pages were written.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pages {
    #[serde(flatten)]
    pub(crate) files: Results,
}
