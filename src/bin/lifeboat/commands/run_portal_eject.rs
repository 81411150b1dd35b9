//! `portal eject`: two backup shares to private keys.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use lifeboat::{
    formats::{
        portal_address::addresses,
        portal_field::curve_name,
        portal_key::{exported_key, key_form},
    },
    operations::{
        eject::{Ejected, Ejection, Unpaired, eject as eject_keys},
        gather::{GatherError, Gathered, Openers, Role, Source, gather},
    },
};
use serde_json::{Value, json};

use super::{
    run_portal::{address_fields, ask_openers, read_openers},
    run_portal_inspect::{half_fields, line_of, read_sources, reports, shut_fields, warn_of_notes},
};
use crate::{
    failure::{Failure, Outcome},
    files::{Destination, STANDARD},
    portal_args::PortalEject,
    world::World,
};

/// Failed pairings that are told one by one; the JSON outcome has them all.
const MOST_LINES: usize = 20;

/// Pairs the halves, makes the keys, shows the public side and writes the private one.
pub(crate) fn eject(args: &PortalEject, world: &mut World) -> Result<Outcome, Failure> {
    let client_sources = read_sources(&args.client)?;
    let custodian_sources = read_sources(&args.custodian)?;
    let revealed = args.reveal.then_some(Path::new(STANDARD));
    let path = args.out.as_deref().or(revealed);
    let out = path.map(|path| Destination::open(path, args.reveal, world)).transpose()?;
    let found = gather_both(&client_sources, &custodian_sources, args, world)?;
    warn_of_notes(&found, world);
    refuse_lone_halves(&found)?;
    warn_of_shut(&found, world);
    let ejection = eject_keys(&found.clients, &found.custodians);
    if ejection.keys.is_empty() {
        return Ok(no_pair(&found, &ejection, world));
    }
    let written = hand_over(&ejection, out, path, world)?;
    let outcome = Outcome::done(json!({
        "keys": ejection.keys.iter().map(key_fields).collect::<Vec<_>>(),
        "unpaired": ejection.unpaired.iter().map(unpaired_fields).collect::<Vec<_>>(),
        "encrypted": found.sealed.iter().map(shut_fields).collect::<Vec<_>>(),
        "files": written.iter().collect::<Vec<_>>(),
        "warnings": found.notes,
    }));
    Ok(with_unpaired(outcome, &ejection, world))
}

/// Writes the private keys where there is a place for them, and shows the public ones. Returns the file.
fn hand_over(
    ejection: &Ejection,
    out: Option<Destination>,
    path: Option<&Path>,
    world: &World,
) -> Result<Option<PathBuf>, Failure> {
    let (Some(mut out), Some(path)) = (out, path) else {
        ejection.keys.iter().for_each(|ejected| show_key(ejected, world));
        world.terminal.say("the private keys were made and checked, not written: name `--out`");
        return Ok(None);
    };
    write_keys(&mut out, &ejection.keys).map_err(|error| Failure::io("write", path, &error))?;
    let written = out.finish()?;
    if let Some(path) = &written {
        ejection.keys.iter().for_each(|ejected| show_key(ejected, world));
        world.terminal.say(format!("wrote the private keys to `{}`", path.display()));
    }
    Ok(written)
}

/// Every half of both sides.
fn gather_both(
    clients: &[Source],
    custodians: &[Source],
    args: &PortalEject,
    world: &mut World,
) -> Result<Gathered, Failure> {
    let custodians = gather(custodians, &Openers::default(), Some(Role::Custodian))?;
    let mut found = gather_clients(clients, args, world)?;
    found.custodians = custodians.custodians;
    // A folder named for both sides says the same of both.
    let news = custodians.notes.into_iter().filter(|note| !found.notes.contains(note)).collect::<Vec<_>>();
    found.notes.extend(news);
    Ok(found)
}

/// Reads the clients' halves, and asks on the terminal when one is encrypted and no key or password was named.
fn gather_clients(sources: &[Source], args: &PortalEject, world: &mut World) -> Result<Gathered, Failure> {
    let named = &args.openers;
    let openers = read_openers(&named.key_file, &named.passphrase_file, world)?;
    let found = match gather(sources, &openers, Some(Role::Client)) {
        Err(GatherError::Locked(name)) if world.terminal.can_ask() => {
            let openers = ask_openers(world, Path::new(&name))?;
            gather(sources, &openers, Some(Role::Client))?
        }
        other => other?,
    };
    Ok(found)
}

/// Nothing to pair on one side.
fn refuse_lone_halves(found: &Gathered) -> Result<(), Failure> {
    if found.clients.is_empty() {
        let shut = found.sealed.iter().find_map(|shut| shut.fault.map(|fault| (fault, shut)));
        return Err(match shut {
            Some((fault, shut)) => Failure::from(fault).about(Path::new(&shut.source)),
            None => Failure::refused("no_client_half", "no client half in the files and folders given")
                .hint("`lifeboat portal inspect FILE` shows what a file holds"),
        });
    }
    if found.custodians.is_empty() {
        return Err(Failure::refused("no_custodian_half", "no custodian half in the files and folders given")
            .hint("`lifeboat portal inspect FILE` shows what a file holds"));
    }
    Ok(())
}

fn warn_of_shut(found: &Gathered, world: &World) {
    for shut in &found.sealed {
        if let Some(fault) = shut.fault {
            world.terminal.warn(format!("passed over `{}`: {fault}", shut.source));
        }
    }
}

/// No key at all: says which halves were seen and why each pairing failed.
fn no_pair(found: &Gathered, ejection: &Ejection, world: &World) -> Outcome {
    let halves = reports(found);
    for half in halves.iter().take(MOST_LINES) {
        world.terminal.warn(format!("seen: {}", line_of(half)));
    }
    warn_of_unpaired(&ejection.unpaired, world);
    let outcome = Outcome::done(json!({
        "keys": [],
        "unpaired": ejection.unpaired.iter().map(unpaired_fields).collect::<Vec<_>>(),
        "encrypted": found.sealed.iter().map(shut_fields).collect::<Vec<_>>(),
        "halves": halves.iter().map(half_fields).collect::<Vec<_>>(),
        "files": [],
        "warnings": found.notes,
    }));
    outcome.but(
        Failure::not_verified("no_pair", "no client half and custodian half belong together")
            .hint("an interrupted backup leaves halves of different pairs: add every older version of both sides")
            .hint("`lifeboat portal inspect FILE…` shows pair ids and whether each share is sound"),
    )
}

/// Some wallets have their key, others not: a failed record, unless no custodian half of the curve was given at all.
fn with_unpaired(outcome: Outcome, ejection: &Ejection, world: &World) -> Outcome {
    warn_of_unpaired(&ejection.unpaired, world);
    let failed = ejection.unpaired.iter().filter(|wallet| !wallet.attempts.is_empty()).count();
    if failed == 0 {
        return outcome;
    }
    let wallets = failed + ejection.keys.len();
    outcome.but(
        Failure::some_failed("wallets_unpaired", format!("{failed} of {wallets} keys found no pair of halves"))
            .hint("add every older version of both sides: each is tried with each"),
    )
}

fn warn_of_unpaired(unpaired: &[Unpaired], world: &World) {
    let terminal = &world.terminal;
    for wallet in unpaired {
        let curve = curve_name(wallet.public_key.curve());
        if wallet.attempts.is_empty() {
            terminal.warn(format!("{curve} key {}: no custodian half of this curve", wallet.public_key.to_hex()));
        }
        for attempt in wallet.attempts.iter().take(MOST_LINES) {
            terminal.warn(format!("{curve}, `{}` with `{}`: {}", attempt.client, attempt.custodian, attempt.fault));
        }
        if let Some(more) = wallet.attempts.len().checked_sub(MOST_LINES + 1) {
            terminal.warn(format!("{curve}: {} more pairings failed", more + 1));
        }
    }
}

fn show_key(ejected: &Ejected, world: &World) {
    let key = ejected.key.public_key();
    let terminal = &world.terminal;
    terminal.show(format!("{} public key {}", curve_name(key.curve()), key.to_hex()));
    for on in addresses(key) {
        terminal.show(format!("  {:<8}{}", on.chain, on.address));
    }
    terminal.show(format!("  from    `{}` and `{}`", ejected.client, ejected.custodian));
}

/// A key's public side as `--json` gives it.
fn key_fields(ejected: &Ejected) -> Value {
    let key = ejected.key.public_key();
    json!({
        "curve": curve_name(key.curve()),
        "publicKey": key.to_hex(),
        "addresses": address_fields(key),
        "form": key_form(key.curve()),
        "backupSharePairId": ejected.pair_id,
        "client": ejected.client,
        "custodian": ejected.custodian,
    })
}

fn unpaired_fields(wallet: &Unpaired) -> Value {
    let attempt = |attempt: &lifeboat::operations::eject::Attempt| {
        json!({
            "client": attempt.client,
            "custodian": attempt.custodian,
            "code": attempt.fault.code(),
            "why": attempt.fault.to_string(),
        })
    };
    json!({
        "curve": curve_name(wallet.public_key.curve()),
        "publicKey": wallet.public_key.to_hex(),
        "clients": wallet.clients,
        "attempts": wallet.attempts.iter().map(attempt).collect::<Vec<_>>(),
    })
}

/// Writes the keys (FORMATS.md §22), secret by secret, so that no unwiped copy is made on the way.
fn write_keys(out: &mut impl Write, keys: &[Ejected]) -> std::io::Result<()> {
    out.write_all(b"[")?;
    for (index, ejected) in keys.iter().enumerate() {
        let key = ejected.key.public_key();
        let comma = if index == 0 { "" } else { "," };
        write!(out, "{comma}\n{{\"curve\":\"{}\",\"privateKey\":\"", curve_name(key.curve()))?;
        out.write_all(exported_key(&ejected.key).expose().as_bytes())?;
        write!(out, "\",\"form\":{},", Value::from(key_form(key.curve())))?;
        let pair = Value::from(ejected.pair_id.clone());
        write!(out, "\"publicKey\":\"{}\",\"addresses\":{},", key.to_hex(), address_fields(key))?;
        write!(out, "\"backupSharePairId\":{pair}}}")?;
    }
    out.write_all(b"\n]\n")
}
