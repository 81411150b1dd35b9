//! `portal inspect`, and how share files are read and shown for `portal eject` too.

use std::path::Path;

use lifeboat::{
    crypto::curve::Curve,
    formats::portal::share_file::MAX_PORTAL_FILE,
    operations::portal::{
        collect::{FailedFile, GatherError, Gathered, Role, Shut, Source, gather_what_is_sound},
        inspect::{HalfReport, examine_client, examine_custodian},
    },
};
use serde_json::{Value, json};

use super::{address_fields, read_openers};
use crate::{
    args::{paths::InputPath, portal::PortalInspect},
    context::World,
    errors::{
        catalogue::Portal,
        failure::{Failure, Outcome},
    },
    inputs::file::{read_secret, read_shares},
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
    let openers = read_openers(&args.openers.key_file, &args.openers.passphrase_file, world)?;
    let (mut found, faults) = gather_what_is_sound(&sources.read, &openers);
    let failed: Vec<UnusedFile> = std::mem::take(&mut found.failed)
        .into_iter()
        .map(UnusedFile::from)
        .chain(sources.failed)
        .collect();
    let halves = reports(&found);
    warn_of_notes(&found, &failed, world);
    for half in &halves {
        show_half(half, world);
    }
    for shut in &found.sealed {
        show_shut(shut, world);
    }
    let on_server = unrecoverable(&halves, &found.sealed);
    on_server
        .iter()
        .for_each(|warning| world.terminal.warn(warning));
    let outcome = Outcome::done(json!({
        "halves": halves.iter().map(half_fields).collect::<Vec<_>>(),
        "encrypted": found.sealed.iter().map(shut_fields).collect::<Vec<_>>(),
        "failed": failed.iter().map(failed_fields).collect::<Vec<_>>(),
        "warnings": found.notes.iter().chain(&on_server).collect::<Vec<_>>(),
    }));
    if let Some(failure) = first_of(faults) {
        return Ok(outcome.but(failure));
    }
    let bad = halves
        .iter()
        .filter(|half| half.consistency.is_fault())
        .count();
    if bad > 0 {
        let message = format!(
            "the numbers of {bad} of {} shares contradict each other",
            halves.len()
        );
        return Ok(outcome.but(Failure::new(Portal::ShareInconsistent, message)));
    }
    let signing = halves.iter().filter(|half| half.is_signing).count();
    if signing > 0 {
        let message = format!(
            "{signing} of {} shares {} a signing share: its other share never leaves the provider",
            halves.len(),
            if signing == 1 { "is" } else { "are each" }
        );
        return Ok(outcome.but(Failure::new(Portal::SigningShare, message)));
    }
    Ok(
        match found
            .sealed
            .iter()
            .find_map(|shut| Some((shut, shut.fault?)))
        {
            Some((shut, fault)) => outcome.but(Failure::from(fault).about(Path::new(&shut.source))),
            None if failed.is_empty() => outcome,
            None => outcome.but(Failure::new(Portal::FilesFailed, failed_words(&failed))),
        },
    )
}

/// What is wrong with the first file that was named, and how many more are not as they should be.
fn first_of(faults: Vec<GatherError>) -> Option<Failure> {
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
pub(crate) fn failed_fields(failed: &UnusedFile) -> Value {
    json!({
        "file": failed.source,
        "code": failed.failure.code().name(),
        "why": failed.failure.message(),
    })
}

/// One line for every half and ciphertext whose backup method only works with the provider.
pub(crate) fn unrecoverable(halves: &[HalfReport], sealed: &[Shut]) -> Vec<String> {
    let halves = halves
        .iter()
        .map(|half| (&half.source, &half.provenance.method));
    let all = halves.chain(
        sealed
            .iter()
            .map(|shut| (&shut.source, &shut.provenance.method)),
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

/// Every half that was found, clients' first.
pub(crate) fn reports(found: &Gathered) -> Vec<HalfReport> {
    let clients = found.clients.iter().map(examine_client);
    clients
        .chain(found.custodians.iter().map(examine_custodian))
        .collect()
}

/// Says what was passed over, and what could not be used.
pub(crate) fn warn_of_notes(found: &Gathered, failed: &[UnusedFile], world: &World) {
    for note in &found.notes {
        world.terminal.warn(note);
    }
    for failed in failed {
        world
            .terminal
            .warn(format!("not used: {}", failed.failure.message()));
    }
}

/// One line about a half, without secrets.
pub(crate) fn line_of(half: &HalfReport) -> String {
    let curve = half.curve.map_or("unknown curve", Curve::name);
    let from = &half.provenance;
    let pair = from
        .pair_id
        .as_deref()
        .or(from.signing_pair_id.as_deref())
        .map_or_else(String::new, |id| format!(", pair {id}"));
    let kind = if half.is_signing {
        "signing share of the client"
    } else if half.role == Role::Client {
        "client half"
    } else {
        "custodian half"
    };
    format!("{kind}, {curve}{pair}, in `{}`", half.source)
}

/// A half as `--json` gives it.
pub(crate) fn half_fields(half: &HalfReport) -> Value {
    json!({
        "file": half.source,
        "half": half.role.name(),
        "curve": half.curve.map(Curve::name),
        "publicKey": half.public_key.as_ref().map(|key| key.to_hex()),
        "addresses": half.public_key.as_ref().map(address_fields),
        "kind": if half.is_signing { "signing" } else { "backup" },
        "backupSharePairId": half.provenance.pair_id,
        "signingSharePairId": half.provenance.signing_pair_id,
        "clientId": half.provenance.client_id,
        "backupMethod": half.provenance.method,
        "numbers": half.consistency.name(),
    })
}

fn show_half(half: &HalfReport, world: &World) {
    let terminal = &world.terminal;
    terminal.show(line_of(half));
    if let Some(key) = &half.public_key {
        terminal.show(format!("  public key  {}", key.to_hex()));
    }
    if let Some(client) = &half.provenance.client_id {
        terminal.show(format!("  client      {client}"));
    }
    if let Some(method) = &half.provenance.method {
        terminal.show(format!("  method      {method}"));
    }
    terminal.show(format!("  numbers     {}", half.consistency.name()));
    if half.is_signing {
        terminal.show("  no backup   its other share never leaves the provider: nothing can be ejected with it");
    }
}

fn show_shut(shut: &Shut, world: &World) {
    let terminal = &world.terminal;
    terminal.show(format!(
        "encrypted client backup, {} bytes, in `{}`{}",
        shut.size,
        shut.source,
        why(shut)
    ));
    if let Some(client) = &shut.provenance.client_id {
        terminal.show(format!("  client      {client}"));
    }
    if let Some(method) = &shut.provenance.method {
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

/// A ciphertext that stayed shut, as `--json` gives it.
pub(crate) fn shut_fields(shut: &Shut) -> Value {
    json!({
        "file": shut.source,
        "bytes": shut.size,
        "clientId": shut.provenance.client_id,
        "backupMethod": shut.provenance.method,
        "why": shut.fault.map(|fault| fault.to_string()),
    })
}

fn why(shut: &Shut) -> String {
    shut.fault
        .map_or_else(String::new, |fault| format!(": {fault}"))
}
