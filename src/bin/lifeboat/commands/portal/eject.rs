//! `portal eject`: two backup shares to private keys.

use std::{collections::HashSet, path::Path};

use lifeboat::{
    crypto::{curve::Curve, secret::SecretText},
    formats::portal::{
        address::addresses,
        custodian_share::CustodianShare,
        exported_key::{exported_key, key_form, lock_portal_keys},
    },
    operations::portal::{
        collect::{CollectError, Collected, DecryptionKeys, FromFile, Role, Source, collect},
        eject::{
            Attempt, Ejected, Ejection, MOST_PAIRINGS, MOST_PAIRINGS_IN_ALL, Unpaired,
            eject as eject_keys,
        },
    },
};
use serde_json::{Value, json};

use super::{
    address_fields, ask_decryption_keys,
    inspect::{
        Sources, UnusedFile, failed_fields, failed_words, line_of, read_sources, reports,
        share_fields, unopened_fields, unrecoverable, warn_of_notes,
    },
    read_decryption_args,
};
use crate::{
    args::portal::PortalEject,
    context::World,
    errors::{
        catalogue::{BACKUP_SHARE, FEWER_AT_ONCE, Portal},
        code::Code,
        failure::Failure,
    },
    outcomes::{Outcome, parts::Results, portal},
    outputs::{
        new_file::Destination,
        private_keys::{KeyOutput, KeyOutputArgs},
        result_name::ResultFile,
    },
    terminal::plural,
};

/// Shares that are told one by one; the JSON outcome has them all.
const MOST_LINES: usize = 20;

const SMART_ACCOUNTS: &str = "an `evm` address is that of the key itself; of a smart account (`isAccountAbstracted`) your list has \
     the contract's address, which is another: this key is its owner";

/// Pairs the shares, makes the keys, shows the public side and writes the private one.
pub(crate) fn eject(args: &PortalEject, world: &mut World) -> Result<Outcome, Failure> {
    let clients = read_sources(&args.client)?;
    let custodians = read_sources(&args.custodian)?;
    if let Some(path) = &args.out {
        // Refuses now what would only be refused after all the work.
        drop(Destination::open(path, true, world)?);
    }
    let (found, failed) = collect_both(clients, custodians, args, world)?;
    warn_of_notes(&found, &failed, world);
    let mut outcome = side_fields(&found, &failed);
    if let Some(failure) = lone_shares(&found) {
        return Ok(Outcome::done(outcome).but(failure));
    }
    warn_of_unopened(&found, world);
    let ejection = eject_keys(&found.clients, &found.custodians);
    let overruled = ejection.keys.iter().filter_map(overruled);
    let others = ejection.keys.iter().filter_map(other_client);
    let on_server = unrecoverable(&[], &found.unopened);
    let unmatched = unmatched(&found, &ejection);
    let left_over = unmatched_words(&unmatched).filter(|_| !ejection.keys.is_empty());
    for warning in overruled.chain(others).chain(on_server).chain(left_over) {
        world.terminal.warn(warning);
    }
    outcome.unpaired = ejection.unpaired.iter().map(unpaired_fields).collect();
    if ejection.keys.is_empty() {
        return Ok(no_pair(outcome, &found, &ejection, world));
    }
    let written = hand_over(&ejection, args, world)?;
    outcome.keys = ejection.keys.iter().map(key_fields).collect();
    outcome.unmatched_custodians = unmatched.iter().copied().map(unmatched_fields).collect();
    outcome.locked = written.is_some() && !args.unencrypted;
    outcome.files = Results::of(&written);
    let outcome = Outcome::done(outcome);
    Ok(with_losses(outcome, &found, &failed, &ejection, world))
}

/// Writes the private keys where there is a place for them, and shows the public ones. Returns the file.
fn hand_over(
    ejection: &Ejection,
    args: &PortalEject,
    world: &mut World,
) -> Result<Option<ResultFile>, Failure> {
    let out = KeyOutputArgs {
        out: args.out.as_deref(),
        unencrypted: args.unencrypted,
        passphrase: args.out_passphrase.source(),
        allow_weak: args.allow_weak_passphrase,
    };
    let out = KeyOutput::open(&out, world)?;
    let nowhere = matches!(out, KeyOutput::Nowhere);
    let written = out.write(&keys_text(&ejection.keys), lock_portal_keys, world)?;
    if nowhere || written.is_some() {
        ejection
            .keys
            .iter()
            .for_each(|ejected| show_key(ejected, args.out.is_some(), world));
    }
    let terminal = &world.terminal;
    if ejection
        .keys
        .iter()
        .any(|ejected| ejected.key.public_key().curve() == Curve::Secp256k1)
    {
        terminal.say(SMART_ACCOUNTS);
    }
    match &written {
        None if nowhere => {
            terminal.say("the private keys were made and checked, not written: name `--out`")
        }
        None => {}
        Some(path) if args.unencrypted => {
            terminal.say(format!("wrote the private keys to `{}`", path.display()))
        }
        Some(path) => terminal.say(format!("locked the private keys in `{}`", path.display())),
    }
    Ok(written)
}

/// Every share of both sides, and the files of folders that could not be used.
fn collect_both(
    clients: Sources,
    custodians: Sources,
    args: &PortalEject,
    world: &mut World,
) -> Result<(Collected, Vec<UnusedFile>), Failure> {
    let others = collect(
        &custodians.read,
        &DecryptionKeys::default(),
        Some(Role::Custodian),
    )?;
    let mut found = collect_clients(&clients.read, args, world)?;
    found.custodians = others.custodians;
    found.notes.extend(others.notes);
    let of_clients = std::mem::take(&mut found.failed).into_iter();
    let of_custodians = others.failed.into_iter();
    let mut failed: Vec<UnusedFile> = of_clients
        .map(UnusedFile::from)
        .chain(clients.failed)
        .chain(of_custodians.map(UnusedFile::from))
        .chain(custodians.failed)
        .collect();
    // A folder named for both sides says the same of both.
    let (mut notes, mut files) = (HashSet::new(), HashSet::new());
    found.notes.retain(|note| notes.insert(note.clone()));
    failed.retain(|file| files.insert((file.source.clone(), file.failure.code().name())));
    Ok((found, failed))
}

/// Reads the clients' shares, and asks on the terminal when one is encrypted and no key or password was named.
fn collect_clients(
    sources: &[Source],
    args: &PortalEject,
    world: &mut World,
) -> Result<Collected, Failure> {
    let named = &args.keys;
    let keys = read_decryption_args(named, world)?;
    let found = collect(sources, &keys, Some(Role::Client));
    let locked = match &found {
        Err(CollectError::Locked(name)) => Some(name.clone()),
        Ok(found) => found
            .unopened
            .iter()
            .find(|unopened| unopened.fault.is_none())
            .map(|unopened| unopened.source.clone()),
        Err(_) => None,
    };
    match locked {
        Some(name) if world.terminal.can_ask() => {
            ask_decryption_keys(world, Path::new(&name), |keys| {
                let found = collect(sources, keys, Some(Role::Client))?;
                let wrong = found.unopened.iter().find_map(|unopened| unopened.fault);
                match wrong.filter(|_| found.clients.is_empty()) {
                    Some(fault) => Err(Failure::from(fault).about(Path::new(&name))),
                    None => Ok(found),
                }
            })
        }
        _ => Ok(found?),
    }
}

/// Nothing to pair on one side.
fn lone_shares(found: &Collected) -> Option<Failure> {
    const LOOK: &str = "`lifeboat portal inspect FILE` shows what a file holds";
    if found.clients.is_empty() {
        let unopened = found
            .unopened
            .iter()
            .find(|unopened| unopened.fault.is_some())
            .or(found.unopened.first());
        return Some(match unopened.map(|unopened| (unopened.fault, unopened)) {
            Some((Some(fault), unopened)) => {
                Failure::from(fault).about(Path::new(&unopened.source))
            }
            Some((None, unopened)) => CollectError::Locked(unopened.source.clone()).into(),
            None => Failure::new(
                Portal::NoClientShare,
                "no client share in the files and folders given",
            )
            .hint(LOOK),
        });
    }
    let none = "no custodian share in the files and folders given";
    found
        .custodians
        .is_empty()
        .then(|| Failure::new(Portal::NoCustodianShare, none).hint(LOOK))
}

/// What is told of files, beside keys.
fn side_fields(found: &Collected, failed: &[UnusedFile]) -> portal::Ejected {
    portal::Ejected {
        keys: Vec::new(),
        unpaired: Vec::new(),
        unmatched_custodians: Vec::new(),
        encrypted: found.unopened.iter().map(unopened_fields).collect(),
        failed: failed.iter().map(failed_fields).collect(),
        shares: None,
        locked: false,
        files: Results::of([]),
    }
}

/// Points that spoke against a pair and were wrong.
fn overruled(ejected: &Ejected) -> Option<String> {
    let fault = ejected.overruled?;
    let (client, custodian) = (&ejected.client, &ejected.custodian);
    Some(format!(
        "`{client}` with `{custodian}`: their points say that {fault}, but the key has the wallet's public key: joined"
    ))
}

/// Shares that name different clients and yet make the wallet's key.
fn other_client(ejected: &Ejected) -> Option<String> {
    let (own, other) = (
        ejected.client_id.as_ref()?,
        ejected.other_client_id.as_ref()?,
    );
    Some(format!(
        "`{}` is said to be of client `{own}`, `{}` of client `{other}`; together they make the wallet's key",
        ejected.client, ejected.custodian
    ))
}

fn warn_of_unopened(found: &Collected, world: &World) {
    for unopened in &found.unopened {
        if let Some(fault) = unopened.fault {
            world
                .terminal
                .warn(format!("skipped `{}`: {fault}", unopened.source));
        }
    }
}

/// No key at all: says which shares were seen and why each pairing failed.
fn no_pair(
    mut outcome: portal::Ejected,
    found: &Collected,
    ejection: &Ejection,
    world: &World,
) -> Outcome {
    let shares = reports(found);
    for share in shares.iter().take(MOST_LINES) {
        world
            .terminal
            .tell_failed(format!("seen: {}", line_of(share)));
    }
    warn_of_unpaired(&ejection.unpaired, world);
    outcome.shares = Some(shares.iter().map(share_fields).collect());
    let outcome = Outcome::done(outcome);
    if ejection.unpaired.iter().all(|wallet| wallet.is_signing) {
        return outcome.but(
            Failure::new(Portal::SigningShare,
                "what was given for the client is a signing share: its other share never leaves the provider",
            ),
        );
    }
    if let Some(words) = untried_words(ejection) {
        return outcome.but(Failure::new(Portal::TooManyPairings, words));
    }
    outcome.but(Failure::new(
        Portal::NoPair,
        "no client share and custodian share belong together",
    ))
}

/// Keys were made, but not everything given came to a key: failed records.
fn with_losses(
    outcome: Outcome,
    found: &Collected,
    failed: &[UnusedFile],
    ejection: &Ejection,
    world: &World,
) -> Outcome {
    warn_of_unpaired(&ejection.unpaired, world);
    let mut losses = losses_of_wallets(ejection);
    losses.extend(losses_of_files(found, failed, ejection));
    let Some((code, _, _)) = losses.first() else {
        return outcome;
    };
    let words: Vec<&str> = losses.iter().map(|(_, what, _)| what.as_str()).collect();
    let failure = Failure::new(*code, words.join("; "));
    outcome.but(
        losses
            .iter()
            .fold(failure, |failure, (_, _, hint)| failure.hint(*hint)),
    )
}

/// A loss: its code, what was lost, and what to do about it.
type Loss = (Portal, String, &'static str);

/// Wallets that found no pair.
fn losses_of_wallets(ejection: &Ejection) -> Vec<Loss> {
    let mut losses = Vec::new();
    let unpaired = ejection.unpaired.len();
    if unpaired > 0 {
        let what = format!(
            "{unpaired} of {} keys found no pair of shares",
            unpaired + ejection.keys.len()
        );
        losses.push((
            Portal::WalletsUnpaired,
            what,
            "add every older version of both sides: each is tried with each",
        ));
    }
    let signing = ejection
        .unpaired
        .iter()
        .filter(|wallet| wallet.is_signing)
        .count();
    if signing > 0 {
        let what = format!(
            "{signing} of these have only a signing share, whose other share never leaves the provider"
        );
        losses.push((Portal::WalletsUnpaired, what, BACKUP_SHARE));
    }
    if let Some(words) = untried_words(ejection) {
        losses.push((Portal::WalletsUnpaired, words, FEWER_AT_ONCE));
    }
    losses
}

/// Files and ciphertexts that could not be used, and pages that are missing.
fn losses_of_files(found: &Collected, failed: &[UnusedFile], ejection: &Ejection) -> Vec<Loss> {
    let mut losses = Vec::new();
    let unopened = found
        .unopened
        .iter()
        .filter(|unopened| unopened.fault.is_some())
        .count();
    let is_left_over = !unmatched(found, ejection).is_empty();
    if !found.more_pages.is_empty() && is_left_over {
        losses.push((
            Portal::MorePages,
            "what was given is one page of several, and custodian shares are left without a key"
                .to_owned(),
            "fetch the pages that follow and give them too",
        ));
    }
    if unopened > 0 && is_left_over {
        let what = format!(
            "{} could not be decrypted, and custodian shares are left without a key",
            plural(unopened as u64, "ciphertext")
        );
        losses.push((
            Portal::CiphertextsUnopened,
            what,
            "give every key and password: `--key-file` and `--passphrase-file` repeat",
        ));
    }
    if !failed.is_empty() {
        losses.push((
            Portal::FilesFailed,
            failed_words(failed),
            "`lifeboat portal inspect FILE` shows what a file holds",
        ));
    }
    losses
}

/// How many pairings were given up, where any were.
fn untried_words(ejection: &Ejection) -> Option<String> {
    let unpaired = ejection.unpaired.iter();
    let untried = unpaired.fold(0_usize, |sum, wallet| sum.saturating_add(wallet.untried));

    (untried > 0).then(|| {
        format!(
            "{untried} pairings were not tried: at most {MOST_PAIRINGS} are for one wallet, \
             {MOST_PAIRINGS_IN_ALL} in one run"
        )
    })
}

/// Custodians' shares of keys that were not made; one without public key is such a share unless it was used.
fn unmatched<'a>(found: &'a Collected, ejection: &Ejection) -> Vec<&'a FromFile<CustodianShare>> {
    let keys = ejection.keys.iter();
    let made: HashSet<_> = keys.clone().map(|made| made.key.public_key()).collect();
    let used: HashSet<_> = keys.map(|made| made.custodian_fingerprint).collect();
    let is_unmatched = |named: &&FromFile<CustodianShare>| match &named.share.public_key {
        Some(key) => !made.contains(key),
        None => !used.contains(&named.share.fingerprint()),
    };
    found.custodians.iter().filter(is_unmatched).collect()
}

/// That custodians' shares are left over: in a database of all clients the usual thing, else a client share is missing.
fn unmatched_words(unmatched: &[&FromFile<CustodianShare>]) -> Option<String> {
    let first = unmatched.first()?;
    let client = first.share.provenance.client_id.as_ref();
    let client = client.map_or_else(String::new, |client| format!(", client `{client}`"));
    Some(format!(
        "{} found no client share; the first is in `{}`{client}: was every client backup given?",
        plural(unmatched.len() as u64, "custodian share"),
        first.source
    ))
}

fn unmatched_fields(named: &FromFile<CustodianShare>) -> portal::LoneCustodian {
    let share = &named.share;
    portal::LoneCustodian {
        file: named.source.clone(),
        client_id: share.provenance.client_id.clone(),
        backup_share_pair_id: share.provenance.pair_id.clone(),
        curve: share.curve.map(Curve::name),
        public_key: share.public_key.as_ref().map(|key| key.to_hex()),
    }
}

fn warn_of_unpaired(unpaired: &[Unpaired], world: &World) {
    let terminal = &world.terminal;
    for wallet in unpaired {
        let curve = wallet.public_key.curve().name();
        if wallet.attempts.is_empty() {
            terminal.tell_failed(format!(
                "{curve} key {}: no custodian share of this curve",
                wallet.public_key.to_hex()
            ));
        }
        for attempt in &wallet.attempts {
            terminal.tell_failed(format!(
                "{curve}, `{}` with `{}`: {}",
                attempt.client, attempt.custodian, attempt.fault
            ));
        }
        let more = wallet.tried.saturating_sub(wallet.attempts.len());
        if more > 0 {
            terminal.tell_failed(format!("{curve}: {more} more pairings failed"));
        }
    }
}

fn show_key(ejected: &Ejected, has_file: bool, world: &World) {
    let key = ejected.key.public_key();
    let show = |line: String| world.terminal.show_beside(has_file, line);

    show(format!(
        "{} public key {}",
        key.curve().name(),
        key.to_hex()
    ));
    if let Some(client) = &ejected.client_id {
        show(format!("  client  {client}"));
    }
    for on in addresses(key) {
        show(format!("  {:<8}{}", on.chain, on.address));
    }
    show(format!(
        "  from    `{}` and `{}`",
        ejected.client, ejected.custodian
    ));
}

/// A key's public side as `--json` gives it.
fn key_fields(ejected: &Ejected) -> portal::EjectedKey {
    let key = ejected.key.public_key();
    portal::EjectedKey {
        client_id: ejected.client_id.clone(),
        curve: key.curve().name(),
        public_key: key.to_hex(),
        addresses: address_fields(key),
        form: key_form(key.curve()),
        backup_share_pair_id: ejected.pair_id.clone(),
        client: ejected.client.clone(),
        custodian: ejected.custodian.clone(),
    }
}

fn unpaired_fields(wallet: &Unpaired) -> portal::Unpaired {
    let attempt = |attempt: &Attempt| portal::Attempt {
        client: attempt.client.clone(),
        custodian: attempt.custodian.clone(),
        code: Code::from(attempt.fault).name(),
        why: attempt.fault.to_string(),
    };
    portal::Unpaired {
        curve: wallet.public_key.curve().name(),
        public_key: wallet.public_key.to_hex(),
        client_id: wallet.client_id.clone(),
        signing_share: wallet.is_signing,
        clients: wallet.clients.clone(),
        attempts: wallet.attempts.iter().map(attempt).collect(),
        tried: wallet.tried,
        untried: wallet.untried,
    }
}

/// The keys (FORMATS.md §22), put together in room for all of them, so that no unwiped copy is made on the way.
fn keys_text(keys: &[Ejected]) -> SecretText {
    let mut out = String::with_capacity(16 + keys.len() * 1024);
    out.push('[');
    for (index, ejected) in keys.iter().enumerate() {
        let key = ejected.key.public_key();
        let comma = if index == 0 { "" } else { "," };
        let curve = format!(
            "{comma}\n{{\"curve\":\"{}\",\"privateKey\":\"",
            key.curve().name()
        );
        let private = exported_key(&ejected.key);
        let form = format!("\",\"form\":{},", Value::from(key_form(key.curve())));
        let public = format!(
            "\"publicKey\":\"{}\",\"addresses\":{},",
            key.to_hex(),
            json!(address_fields(key))
        );
        let pair = format!(
            "\"clientId\":{},\"backupSharePairId\":{}}}",
            Value::from(ejected.client_id.clone()),
            Value::from(ejected.pair_id.clone())
        );
        for part in [&curve, private.expose(), &form, &public, &pair] {
            out.push_str(part);
        }
    }
    out.push_str("\n]\n");
    SecretText::new(out)
}
