//! `portal inspect`, and how share files are read and shown for `portal eject` too.

use std::path::{Path, PathBuf};

use lifeboat::{
    crypto::secret::SecretBytes,
    formats::{portal_field::curve_name, portal_file::MAX_PORTAL_FILE},
    operations::{
        examine::{HalfReport, examine_client, examine_custodian},
        gather::{Gathered, Shut, Source, gather},
    },
};
use serde_json::{Value, json};

use super::run_portal::{address_fields, read_openers};
use crate::{
    failure::{Failure, Outcome},
    files::{read_folder, read_secret},
    portal_args::PortalInspect,
    world::World,
};

/// Methods whose key only the provider's servers have.
const ON_SERVER: [&str; 2] = ["PASSKEY", "FIREBASE"];

/// Shows what share files are.
pub(crate) fn inspect(args: &PortalInspect, world: &mut World) -> Result<Outcome, Failure> {
    let sources = read_sources(&args.files)?;
    let openers = read_openers(&args.openers.key_file, &args.openers.passphrase_file, world)?;
    let found = gather(&sources, &openers, None)?;
    let halves = reports(&found);
    warn_of_notes(&found, world);
    for half in &halves {
        show_half(half, world);
    }
    for shut in &found.sealed {
        world.terminal.show(format!("encrypted client backup, {} bytes, in `{}`{}", shut.size, shut.source, why(shut)));
    }
    let outcome = Outcome::done(json!({
        "halves": halves.iter().map(half_fields).collect::<Vec<_>>(),
        "encrypted": found.sealed.iter().map(shut_fields).collect::<Vec<_>>(),
        "warnings": found.notes,
    }));
    let bad = halves.iter().filter(|half| half.consistency.is_fault()).count();
    if bad > 0 {
        let message = format!("the numbers of {bad} of {} shares contradict each other", halves.len());
        return Ok(
            outcome.but(Failure::not_verified("share_inconsistent", message).hint("use another copy of these shares"))
        );
    }
    Ok(match found.sealed.iter().find_map(|shut| Some((shut, shut.fault?))) {
        Some((shut, fault)) => outcome.but(Failure::from(fault).about(Path::new(&shut.source))),
        None => outcome,
    })
}

/// Reads files, and every file of folders. One and the same file may not be named twice.
pub(crate) fn read_sources(paths: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    let mut sources = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        if paths.iter().take(index).any(|earlier| earlier == path) {
            return Err(Failure::refused("given_twice", format!("`{}` is given twice", path.display())));
        }
        if path.is_dir() {
            sources.extend(read_folder(path)?.into_iter().map(|file| Source {
                name: shown(&path.join(file.name)),
                bytes: SecretBytes::new(file.bytes),
                from_folder: true,
            }));
        } else {
            sources.push(read_source(path)?);
        }
    }
    Ok(sources)
}

/// Every half that was found, clients' first.
pub(crate) fn reports(found: &Gathered) -> Vec<HalfReport> {
    let clients = found.clients.iter().map(examine_client);
    clients.chain(found.custodians.iter().map(examine_custodian)).collect()
}

/// Says what was passed over.
pub(crate) fn warn_of_notes(found: &Gathered, world: &World) {
    for note in &found.notes {
        world.terminal.warn(note);
    }
}

/// One line about a half, without secrets.
pub(crate) fn line_of(half: &HalfReport) -> String {
    let curve = half.curve.map_or("unknown curve", curve_name);
    let pair = half.provenance.pair_id.as_deref().map_or_else(String::new, |id| format!(", pair {id}"));
    format!("{} half, {curve}{pair}, in `{}`", half.role.name(), half.source)
}

/// A half as `--json` gives it.
pub(crate) fn half_fields(half: &HalfReport) -> Value {
    json!({
        "file": half.source,
        "half": half.role.name(),
        "curve": half.curve.map(curve_name),
        "publicKey": half.public_key.as_ref().map(|key| key.to_hex()),
        "addresses": half.public_key.as_ref().map(address_fields),
        "backupSharePairId": half.provenance.pair_id,
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
        if ON_SERVER.iter().any(|name| method.starts_with(name)) {
            terminal.warn(format!(
                "`{}`: the key of a {method} backup is on the provider's servers, not recoverable offline",
                half.source
            ));
        }
    }
    terminal.show(format!("  numbers     {}", half.consistency.name()));
}

fn read_source(path: &Path) -> Result<Source, Failure> {
    let bytes = read_secret(path, MAX_PORTAL_FILE)?;
    Ok(Source { name: shown(path), bytes, from_folder: false })
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
    json!({ "file": shut.source, "bytes": shut.size, "why": shut.fault.map(|fault| fault.to_string()) })
}

fn why(shut: &Shut) -> String {
    shut.fault.map_or_else(String::new, |fault| format!(": {fault}"))
}
