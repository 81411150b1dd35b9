//! What the process gives up before it serves: core dumps, swap, new programs, and files that it does not need.
//!
//! It is done on the first thread, before any other is started: each of them inherits it.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetStatus, path_beneath_rules,
};
use lifeboat_endpoint::config::{Database, Holder, IssuerKeys, PassphraseSource, Settings, Tls};
use rustix::{
    mm::{MlockAllFlags, mlockall},
    process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit},
};
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

/// No memory of this process reaches the swap, where that may be asked for without a bound: with one, a server that grows
/// would be refused memory. Only pages that are used count.
pub(crate) fn lock_memory() {
    let limit = getrlimit(Resource::Memlock);
    let unbounded = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let is_unbounded = limit.maximum.is_none() && setrlimit(Resource::Memlock, unbounded).is_ok();
    let flags = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT;
    if !is_unbounded || mlockall(flags).is_err() {
        tracing::warn!(
            "memory is not locked, so that keys may reach the swap: switch the swap off or encrypt it, or lift the limit of \
             locked memory (`LimitMEMLOCK=infinity`)"
        );
    }
}

/// Gives up the rest. Where the kernel has no such protection, that is told, and the server serves.
pub(crate) fn confine(settings: &Settings, config: &Path) {
    match forbid_files(settings, config) {
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

fn forbid_files(
    settings: &Settings,
    config: &Path,
) -> Result<RulesetStatus, landlock::RulesetError> {
    let abi = ABI::V5;
    let system = SYSTEM.iter().map(Path::new).filter(|path| path.exists());
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))?
        .create()?
        .add_rules(path_beneath_rules(system, AccessFs::from_read(abi)))?
        .add_rules(path_beneath_rules(
            read(settings, config),
            AccessFs::from_read(abi),
        ))?
        .add_rules(path_beneath_rules(
            written(settings),
            AccessFs::from_all(abi),
        ))?;
    Ok(ruleset.restrict_self()?.ruleset)
}

/// What is opened from here on: files that are read again, and their folders, so that a file which took the place of another
/// by renaming is read, too. A folder that has a private key in it stays closed: there, files must be written in place.
fn read(settings: &Settings, config: &Path) -> Vec<PathBuf> {
    let mut read = Vec::new();
    let secrets = read_once(settings);
    for file in read_again(settings, config) {
        // A link is followed: its target may be exchanged as well as the link.
        let target = file.canonicalize().ok();
        for path in [Some(file), target].into_iter().flatten() {
            let folder = path.parent().filter(|folder| *folder != Path::new(""));
            let folder = folder.unwrap_or(Path::new("."));
            let is_root = folder.parent().is_none();
            if !is_root && !secrets.iter().any(|secret| is_in(secret, folder)) {
                read.push(folder.to_owned());
            }
            read.push(path);
        }
    }
    read
}

fn is_in(file: &Path, folder: &Path) -> bool {
    let (file, folder) = (file.canonicalize(), folder.canonicalize());
    // What cannot be found cannot be ruled out.
    file.map_or(true, |file| {
        folder.map_or(true, |folder| file.starts_with(folder))
    })
}

/// Private keys and passphrases, which nobody needs after the start.
fn read_once(settings: &Settings) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = settings.audit.key.iter().cloned().collect();
    if let Some(Holder::File { path, passphrase }) = &settings.key {
        files.push(path.clone());
        if let PassphraseSource::File(path) = passphrase {
            files.push(path.clone());
        }
    }
    files
}

fn read_again(settings: &Settings, config: &Path) -> Vec<PathBuf> {
    let mut files = vec![config.to_owned()];
    files.extend(settings.notify.as_ref().map(|notify| notify.secret.clone()));
    files.extend(
        settings
            .portal
            .as_ref()
            .map(|portal| portal.secrets.clone()),
    );
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
