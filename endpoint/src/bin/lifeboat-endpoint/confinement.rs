//! What the process gives up before it serves: core dumps, new programs, and files that it does not need.
//!
//! It is done on the first thread, before any other is started: each of them inherits it.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetStatus, path_beneath_rules,
};
use lifeboat_endpoint::config::{Database, IssuerKeys, Settings, Tls};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use seccompiler::{SeccompAction, SeccompFilter, TargetArch};

/// What is read for names of hosts, certificates, time zones and the like.
const SYSTEM: [&str; 8] = [
    "/etc",
    "/usr",
    "/lib",
    "/lib64",
    "/run/systemd/resolve",
    "/proc/self",
    "/dev/urandom",
    "/sys/devices/system/cpu",
];

/// No memory of this process ends up in a file. Done at once, before any secret is read.
pub(crate) fn forbid_dumps() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let limited = setrlimit(Resource::Core, none);
    let hidden = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    if limited.is_err() || hidden.is_err() {
        tracing::warn!("core dumps of this process cannot be forbidden");
    }
}

/// Gives up the rest. Where the kernel has no such protection, that is told, and the server serves.
pub(crate) fn confine(settings: &Settings) {
    match forbid_files(settings) {
        Ok(RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced) => {}
        Ok(RulesetStatus::NotEnforced) => {
            tracing::warn!("this kernel has no Landlock: files are not confined");
        }
        Err(error) => tracing::warn!(%error, "files are not confined"),
    }
    if let Err(error) = forbid_programs() {
        tracing::warn!(%error, "new programs are not forbidden");
    }
}

fn forbid_files(settings: &Settings) -> Result<RulesetStatus, landlock::RulesetError> {
    let abi = ABI::V5;
    let system = SYSTEM.iter().map(Path::new).filter(|path| path.exists());
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))?
        .create()?
        .add_rules(path_beneath_rules(system, AccessFs::from_read(abi)))?
        .add_rules(path_beneath_rules(read(settings), AccessFs::from_read(abi)))?
        .add_rules(path_beneath_rules(
            written(settings),
            AccessFs::from_all(abi),
        ))?;
    Ok(ruleset.restrict_self()?.ruleset)
}

/// Files that are opened from here on.
fn read(settings: &Settings) -> Vec<PathBuf> {
    let mut files = Vec::new();
    if let Tls::Own { certificate, key } = &settings.server.tls {
        files.extend([certificate.clone(), key.clone()]);
    }
    files.extend(
        settings
            .issuers
            .iter()
            .filter_map(|issuer| match &issuer.keys {
                IssuerKeys::File(path) => Some(path.clone()),
                IssuerKeys::Url(_) => None,
            }),
    );
    files.extend(
        settings
            .services
            .iter()
            .map(|service| service.public_key.clone()),
    );
    if let Database::Postgres(settings) = &settings.database {
        // Both are read again whenever a connection is opened.
        files.extend(settings.certificate.clone());
        files.extend(settings.password_file.clone());
    }
    files
}

fn written(settings: &Settings) -> Vec<PathBuf> {
    match &settings.database {
        Database::Sqlite(folder) => vec![folder.clone()],
        Database::Postgres(_) => Vec::new(),
    }
}

fn forbid_programs() -> Result<(), String> {
    let calls = [libc::SYS_execve, libc::SYS_execveat];
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(|error| error.to_string())?;
    let filter = SeccompFilter::new(
        calls.map(|call| (call, Vec::new())).into_iter().collect(),
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EPERM.unsigned_abs()),
        arch,
    );
    let program: seccompiler::BpfProgram = filter
        .and_then(TryInto::try_into)
        .map_err(|error| error.to_string())?;
    seccompiler::apply_filter(&program).map_err(|error| error.to_string())
}
