//! `portal inspect`, and how share files are read and shown for `portal eject` too.

use std::path::Path;

use lifeboat::{
    crypto::curve::Curve,
    formats::portal::share_file::MAX_PORTAL_FILE,
    operations::portal::{
        collect::{CollectError, Collected, FailedFile, Role, Source, Unopened, collect_usable},
        inspect::{ShareReport, inspect_client, inspect_custodian},
    },
};

use super::{address_fields, read_decryption_args};
use crate::{
    args::{paths::InputPath, portal::PortalInspect},
    context::World,
    errors::{catalogue::Portal, failure::Failure},
    inputs::file::{read_secret, read_shares},
    outcomes::{Outcome, parts::FailedRecord, portal},
    terminal::plural,
};

/// Named files that are told one by one where they are no shares.
const MOST_NAMED: usize = 10;

/// Methods whose key only the provider's servers have.
const ON_SERVER: [&str; 2] = ["PASSKEY", "FIREBASE"];

/// What was read, and what a folder holds that cannot be.
#[derive(Default)]
pub(crate) struct Sources {
    pub(crate) read: Vec<Source>,
    pub(crate) failed: Vec<UnusedFile>,
}

/// A file of a folder that could not be used, and why.
pub(crate) struct UnusedFile {
    /// The file.
    pub(crate) source: String,
    pub(crate) failure: Failure,
}

impl From<FailedFile> for UnusedFile {
    fn from(file: FailedFile) -> Self {
        Self {
            source: file.source,
            failure: file.error.into(),
        }
    }
}

/// Shows what share files are.
pub(crate) fn inspect(args: &PortalInspect, world: &mut World) -> Result<Outcome, Failure> {
    let sources = read_sources(&args.files)?;
    let keys = read_decryption_args(&args.keys, world)?;
    let (mut found, faults) = collect_usable(&sources.read, &keys);
    let failed: Vec<UnusedFile> = std::mem::take(&mut found.failed)
        .into_iter()
        .map(UnusedFile::from)
        .chain(sources.failed)
        .collect();
    let shares = reports(&found);
    warn_of_notes(&found, &failed, world);
    for share in &shares {
        show_share(share, world);
    }
    for unopened in &found.unopened {
        show_unopened(unopened, world);
    }
    let on_server = unrecoverable(&shares, &found.unopened);
    on_server
        .iter()
        .for_each(|warning| world.terminal.warn(warning));
    let outcome = Outcome::done(portal::Inspected {
        shares: shares.iter().map(share_fields).collect(),
        encrypted: found.unopened.iter().map(unopened_fields).collect(),
        failed: failed.iter().map(failed_fields).collect(),
    });
    if let Some(failure) = first_of(faults) {
        return Ok(outcome.but(failure));
    }
    if shares.is_empty() && found.unopened.is_empty() && failed.is_empty() {
        let message = "no share and no backup in the files and folders given";
        return Ok(outcome.but(Failure::new(Portal::NotAShare, message)));
    }
    let bad = shares
        .iter()
        .filter(|share| share.consistency.is_fault())
        .count();
    if bad > 0 {
        let message = format!(
            "the numbers of {bad} of {} shares contradict each other",
            shares.len()
        );
        return Ok(outcome.but(Failure::new(Portal::ShareInconsistent, message)));
    }
    let signing = shares.iter().filter(|share| share.is_signing).count();
    if signing > 0 {
        let message = format!(
            "{signing} of {} shares {} a signing share: its other share never leaves the provider",
            shares.len(),
            if signing == 1 { "is" } else { "are each" }
        );
        return Ok(outcome.but(Failure::new(Portal::SigningShare, message)));
    }
    Ok(
        match found
            .unopened
            .iter()
            .find_map(|unopened| Some((unopened, unopened.fault?)))
        {
            Some((unopened, fault)) => {
                outcome.but(Failure::from(fault).about(Path::new(&unopened.source)))
            }
            None if failed.is_empty() => {
                world.terminal.say(verdict(&shares, found.unopened.len()));
                outcome
            }
            None => outcome.but(Failure::new(Portal::FilesFailed, failed_words(&failed))),
        },
    )
}

/// That nothing is wrong with what was read.
fn verdict(shares: &[ShareReport], unopened: usize) -> String {
    let encrypted = match unopened {
        0 => String::new(),
        1 => "one backup is encrypted: `portal eject` needs its key or password".to_owned(),
        count => {
            format!("{count} backups are encrypted: `portal eject` needs their keys or passwords")
        }
    };
    match shares.len() {
        0 => encrypted,
        count => {
            let complete = format!("{}, complete", plural(count as u64, "backup share"));
            let parts = [complete, encrypted];
            let said: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            said.join("; ")
        }
    }
}

/// What is wrong with the first file that was named, and how many more are not as they should be.
fn first_of(faults: Vec<CollectError>) -> Option<Failure> {
    let others = faults.len().saturating_sub(1);
    let mut messages = faults.iter().skip(1).map(ToString::to_string);
    let more: Vec<String> = messages.by_ref().take(MOST_NAMED).collect();
    let failure = Failure::from(faults.into_iter().next()?);
    if others == 0 {
        return Some(failure);
    }
    let message = format!("{}; {}", failure.message(), more.join("; "));
    let message = match others - more.len() {
        0 => message,
        rest => format!("{message}; and {rest} more"),
    };
    Some(failure.reworded(message))
}

/// How many files of folders could not be used.
pub(crate) fn failed_words(failed: &[UnusedFile]) -> String {
    format!(
        "{} in the folders given could not be used",
        plural(failed.len() as u64, "file")
    )
}

/// A file that could not be used, as `--json` gives it.
pub(crate) fn failed_fields(failed: &UnusedFile) -> FailedRecord {
    FailedRecord {
        file: Some(failed.source.clone()),
        ..failed.failure.of_record()
    }
}

/// One line for every share and ciphertext whose backup method only works with the provider.
pub(crate) fn unrecoverable(shares: &[ShareReport], ciphertext: &[Unopened]) -> Vec<String> {
    let shares = shares
        .iter()
        .map(|share| (&share.source, &share.provenance.method));
    let all = shares.chain(
        ciphertext
            .iter()
            .map(|unopened| (&unopened.source, &unopened.provenance.method)),
    );
    let on_server = |method: &str| {
        ON_SERVER
            .iter()
            .any(|name| method.to_ascii_uppercase().starts_with(name))
    };
    let warning = |(source, method): (&String, &Option<String>)| {
        let method = method.as_deref().filter(|method| on_server(method))?;
        Some(format!(
            "`{source}`: the key of a {method} backup is on the provider's servers, not recoverable offline"
        ))
    };
    all.filter_map(warning).collect()
}

/// Reads files, and every file of folders. One and the same file may not be named twice.
pub(crate) fn read_sources(paths: &[InputPath]) -> Result<Sources, Failure> {
    let mut sources = Sources::default();
    for (index, path) in paths.iter().enumerate() {
        if paths.iter().take(index).any(|earlier| earlier == path) {
            return Err(Failure::new(
                Portal::GivenTwice,
                format!("`{}` is given twice", path.display()),
            ));
        }
        if path.is_dir() {
            for (path, read) in read_shares(path, MAX_PORTAL_FILE)? {
                let name = shown(&path);
                match read {
                    Ok(bytes) => sources.read.push(Source {
                        name,
                        bytes,
                        from_folder: true,
                    }),
                    Err(failure) => sources.failed.push(UnusedFile {
                        source: name,
                        failure,
                    }),
                }
            }
        } else {
            sources.read.push(read_source(path)?);
        }
    }
    Ok(sources)
}

/// Every share that was found, clients' first.
pub(crate) fn reports(found: &Collected) -> Vec<ShareReport> {
    let clients = found.clients.iter().map(inspect_client);
    clients
        .chain(found.custodians.iter().map(inspect_custodian))
        .collect()
}

/// Says what was skipped, and what could not be used.
pub(crate) fn warn_of_notes(found: &Collected, failed: &[UnusedFile], world: &World) {
    for note in &found.notes {
        world.terminal.warn(note);
    }
    for failed in failed {
        world
            .terminal
            .tell_failed(format!("not used: {}", failed.failure.message()));
    }
}

/// One line about a share, without secrets.
pub(crate) fn line_of(share: &ShareReport) -> String {
    let curve = share.curve.map_or("unknown curve", Curve::name);
    let from = &share.provenance;
    let pair = from
        .pair_id
        .as_deref()
        .or(from.signing_pair_id.as_deref())
        .map_or_else(String::new, |id| format!(", pair {id}"));
    let kind = if share.is_signing {
        "signing share of the client"
    } else if share.role == Role::Client {
        "client share"
    } else {
        "custodian share"
    };
    format!("{kind}, {curve}{pair}, in `{}`", share.source)
}

/// A share as `--json` gives it.
pub(crate) fn share_fields(share: &ShareReport) -> portal::Share {
    let from = &share.provenance;
    portal::Share {
        file: share.source.clone(),
        side: share.role.name(),
        curve: share.curve.map(Curve::name),
        public_key: share.public_key.as_ref().map(|key| key.to_hex()),
        addresses: share.public_key.as_ref().map(address_fields),
        kind: if share.is_signing {
            "signing"
        } else {
            "backup"
        },
        backup_share_pair_id: from.pair_id.clone(),
        signing_share_pair_id: from.signing_pair_id.clone(),
        client_id: from.client_id.clone(),
        backup_method: from.method.clone(),
        numbers: share.consistency.name(),
    }
}

fn show_share(share: &ShareReport, world: &World) {
    let terminal = &world.terminal;
    terminal.show(line_of(share));
    if let Some(key) = &share.public_key {
        terminal.show(format!("  public key  {}", key.to_hex()));
    }
    if let Some(client) = &share.provenance.client_id {
        terminal.show(format!("  client      {client}"));
    }
    if let Some(method) = &share.provenance.method {
        terminal.show(format!("  method      {method}"));
    }
    terminal.show(format!("  numbers     {}", share.consistency.name()));
    if share.is_signing {
        terminal.show("  no backup   its other share never leaves the provider: nothing can be ejected with it");
    }
}

fn show_unopened(unopened: &Unopened, world: &World) {
    let terminal = &world.terminal;
    terminal.show(format!(
        "encrypted client backup, {} bytes, in `{}`{}",
        unopened.size,
        unopened.source,
        why(unopened)
    ));
    if let Some(client) = &unopened.provenance.client_id {
        terminal.show(format!("  client      {client}"));
    }
    if let Some(method) = &unopened.provenance.method {
        terminal.show(format!("  method      {method}"));
    }
}

fn read_source(path: &Path) -> Result<Source, Failure> {
    let bytes = read_secret(path, MAX_PORTAL_FILE)?;
    Ok(Source {
        name: shown(path),
        bytes,
        from_folder: false,
    })
}

/// A path as complaints call it: of a long one the end, which tells files apart.
fn shown(path: &Path) -> String {
    const SHOWN: usize = 79;
    let text = path.display().to_string();
    match text.char_indices().rev().nth(SHOWN - 1) {
        Some((start, _)) if start > 0 => format!("…{}", text.get(start..).unwrap_or_default()),
        _ => text,
    }
}

/// A ciphertext that could not be decrypted, as `--json` gives it.
pub(crate) fn unopened_fields(unopened: &Unopened) -> portal::Encrypted {
    portal::Encrypted {
        file: unopened.source.clone(),
        bytes: unopened.size,
        client_id: unopened.provenance.client_id.clone(),
        backup_method: unopened.provenance.method.clone(),
        why: unopened.fault.map(|fault| fault.to_string()),
    }
}

fn why(unopened: &Unopened) -> String {
    unopened
        .fault
        .map_or_else(String::new, |fault| format!(": {fault}"))
}
