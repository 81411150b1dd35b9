//! `takeover`: Key Share #1 and Key Share #2 to full keys, of one wallet or of many.

use std::path::Path;

use lifeboat::{
    formats::{
        full_key::file::{TakenKey, full_keys_json, full_keys_line},
        server_share::import::WalletShares,
        wallets::{algorithm::Algorithm, wallet_id::WalletId},
    },
    operations::{Progress, takeover::take_over},
};

use crate::{
    args::takeover::Takeover,
    context::World,
    errors::{
        catalogue::{Devices, Files},
        failure::Failure,
    },
    inputs::{
        bad_ids::each_listed,
        device_shares::{no_shares_in, read_device_share, share_file, take_missing},
        server_shares::{ListedShares, read_listed, read_one},
        wallet_ids::bad_wallet,
    },
    outcomes::{
        Outcome,
        full_keys::{self, AllTakenOver, Kept, TakenOver, TakenWallet},
        parts::{FailedRecord, MissingZeros, Proof, Recipient, Results, WarningCode},
    },
    outputs::{
        chain_codes::{ChainCodes, Wanted, expected_addresses, warn_unproved},
        result_name::ResultFile,
        taken_keys::TakenOutput,
    },
    terminal::{Work, grouped, plural},
};

/// Takes over one wallet, or every wallet of a list.
pub(crate) fn takeover(args: &Takeover, world: &mut World) -> Result<Outcome, Failure> {
    match (
        &args.wallet,
        &args.device_share,
        &args.wallets,
        &args.device_shares,
    ) {
        (Some(wallet), Some(device), _, _) => take_one(args, wallet, device, world),
        (Some(wallet), None, _, Some(folder)) => {
            let id = WalletId::parse(wallet.as_bytes()).map_err(bad_wallet)?;
            take_one(args, wallet, &share_file(folder, &id), world)
        }
        (_, _, Some(wallets), Some(folder)) => take_many(args, wallets, folder, world),
        _ => Err(Failure::new(
            Files::Usage,
            "one wallet needs its device share, a list of wallets a folder of them",
        )
        .hint("`--wallet ID --device-share FILE`, or `--wallets FILE --device-shares DIR`")),
    }
}

fn take_one(
    args: &Takeover,
    wallet: &str,
    device: &Path,
    world: &mut World,
) -> Result<Outcome, Failure> {
    let wallet = WalletId::parse(wallet.as_bytes()).map_err(bad_wallet)?;
    // First, as nothing has to be asked for to see that it is another file.
    let share = read_device_share(device)?;
    let server = read_one(args, wallet, world)?;
    let result = TakenOutput::open(args, world)?;
    warn_of_repairs(&wallet, &server, world);
    let keys = take_over(&server, &share, algorithms(args)).map_err(|error| {
        Failure::from(error).hint_besides(format!(
            "tried: wallet `{wallet}`, `{}`, `{}`",
            args.server_shares.display(),
            device.display()
        ))
    })?;
    let mut wanted = Wanted::new(expected_addresses(&args.known));
    let chain_codes = wanted.find_in(&keys);
    wanted.all_found()?;

    let sealed_to = result.recipients();
    let written = result.write(&[(wallet, full_keys_json(&keys))], world)?;
    if !(args.unencrypted && args.out.is_none()) {
        show_keys(&keys, args.out.is_some(), world);
    }
    chain_codes.tell("takeover", world);
    say_where(
        &plural(keys.len() as u64, "key"),
        written.as_deref(),
        args,
        world,
    );
    Ok(Outcome::done(TakenOver {
        wallet_id: wallet.to_string(),
        keys: taken_keys(&keys, &chain_codes),
        chain_code_proved: chain_codes.all_proved(),
        repaired: repaired(&server),
        kept: kept(args, sealed_to, written.as_ref()),
    }))
}

fn take_many(
    args: &Takeover,
    wallets: &Path,
    folder: &Path,
    world: &mut World,
) -> Result<Outcome, Failure> {
    let mut ids = Vec::new();
    // A batch of takeovers is no place to guess.
    each_listed(wallets, true, world, |id| ids.push(id))?;
    let total = ids.len() as u64;
    // First, before anything is asked for: a list may name wallets of which no device share was recovered.
    let missing = take_missing(&mut ids, folder, world)?;
    if ids.is_empty() {
        let outcome = Outcome::done(AllTakenOver {
            wallets: Vec::new(),
            chain_code_proved: false,
            failed: missing,
            kept: kept(args, Vec::new(), None),
        });
        return Ok(outcome.but(no_shares_in(folder, total)));
    }
    let mut server = read_listed(args, &ids, world)?;
    let result = TakenOutput::open(args, world)?;
    let mut wanted = Wanted::new(expected_addresses(&args.known));
    let Batch {
        lines,
        taken,
        failed,
        unproved,
    } = take_each(args, &ids, &mut server, folder, &mut wanted, world);
    let failed: Vec<FailedRecord> = missing.into_iter().chain(failed).collect();
    let sealed_to = result.recipients();
    if taken.is_empty() {
        let outcome = Outcome::done(AllTakenOver {
            wallets: taken,
            chain_code_proved: false,
            failed,
            kept: kept(args, sealed_to, None),
        });
        let failure = Failure::new(
            Devices::NoTakeover,
            "no wallet of the list could be taken over",
        );
        return Ok(outcome.but(failure));
    }
    wanted.all_found()?;
    let written = result.write(&lines, world)?;
    if unproved > 0 {
        warn_unproved(
            &format!("of {}", plural(unproved, "wallet")),
            "takeover",
            world,
        );
    }
    say_where(
        &plural(taken.len() as u64, "wallet"),
        written.as_deref(),
        args,
        world,
    );
    let message = format!(
        "{} of {} wallets were not taken over",
        grouped(failed.len() as u64),
        grouped(total)
    );
    let some_failed = !failed.is_empty();
    let outcome = Outcome::done(AllTakenOver {
        wallets: taken,
        chain_code_proved: unproved == 0,
        failed,
        kept: kept(args, sealed_to, written.as_ref()),
    });
    if !some_failed {
        return Ok(outcome);
    }
    Ok(outcome.but(Failure::new(Devices::SomeNotTakenOver, message)))
}

/// What became of the wallets of a list.
#[derive(Default)]
struct Batch {
    lines: Vec<(WalletId, lifeboat::crypto::secret::SecretText)>,
    taken: Vec<TakenWallet>,
    failed: Vec<FailedRecord>,
    /// Wallets whose chain codes nothing proves.
    unproved: u64,
}

/// Takes over one wallet after the other. What fails is told, and the others are taken.
fn take_each(
    args: &Takeover,
    ids: &[WalletId],
    server: &mut ListedShares,
    folder: &Path,
    wanted: &mut Wanted,
    world: &World,
) -> Batch {
    let mut batch = Batch::default();
    let bar = world.bar(Work::TakingOver, ids.len() as u64);
    for wallet in ids {
        match take_listed(args, wallet, server, folder, world) {
            Ok(keys) => {
                if args.out.is_none() && !args.unencrypted {
                    bar.hide();
                    world.terminal.show_result(format!("wallet {wallet}"));
                    show_keys(&keys, false, world);
                }
                batch.lines.push((*wallet, full_keys_line(wallet, &keys)));
                let chain_codes = wanted.find_in(&keys);
                if chain_codes.has_found() {
                    bar.hide();
                    chain_codes.say_found(world);
                }
                batch.unproved += u64::from(!chain_codes.all_proved());
                batch.taken.push(TakenWallet {
                    wallet_id: wallet.to_string(),
                    keys: taken_keys(&keys, &chain_codes),
                    chain_code_proved: chain_codes.all_proved(),
                });
            }
            Err(failure) => {
                bar.hide();
                world
                    .terminal
                    .tell_failed(format!("wallet `{wallet}`: {}", failure.message()));
                batch.failed.push(FailedRecord {
                    id: Some(wallet.to_string()),
                    wallet_id: Some(wallet.to_string()),
                    ..failure.of_record()
                });
            }
        }
        bar.advance(1);
    }
    batch
}

fn take_listed(
    args: &Takeover,
    wallet: &WalletId,
    server: &mut ListedShares,
    folder: &Path,
    world: &World,
) -> Result<Vec<TakenKey>, Failure> {
    let device = read_device_share(&share_file(folder, wallet))?;
    let shares = server.take(wallet)?;
    warn_of_repairs(wallet, &shares, world);
    Ok(take_over(&shares, &device, algorithms(args))?)
}

fn algorithms(args: &Takeover) -> &'static [Algorithm] {
    args.algorithm
        .map_or(&Algorithm::ALL, |algorithm| algorithm.list())
}

fn warn_of_repairs(wallet: &WalletId, server: &WalletShares, world: &World) {
    for share in server.shares.iter().filter(|share| share.repaired) {
        let (cosigner, algorithm) = (share.cosigner, share.algorithm.name());
        world.terminal.warn_of(WarningCode::MissingZeros, format!(
            "wallet `{wallet}`: the share of cosigner `{cosigner}` for {algorithm} lacked leading zeros, put back"
        ));
    }
}

fn repaired(server: &WalletShares) -> Vec<MissingZeros> {
    let repaired = server.shares.iter().filter(|share| share.repaired);
    let named = repaired.map(|share| MissingZeros {
        wallet_id: None,
        cosigner: share.cosigner.to_string(),
        algorithm: share.algorithm.name(),
    });
    named.collect()
}

fn taken_keys(keys: &[TakenKey], chain_codes: &ChainCodes) -> Vec<full_keys::TakenKey> {
    let named = |(key, proof): (&TakenKey, Option<Proof>)| full_keys::TakenKey {
        key_id: key.key.id.to_string(),
        algorithm: key.key.algorithm.name(),
        public_key: key.extended_public(),
        chain_code_proved: proof.is_some(),
        chain_code_proof: proof,
    };
    keys.iter().zip(chain_codes.proofs()).map(named).collect()
}

fn kept(args: &Takeover, sealed_to: Vec<Recipient>, written: Option<&ResultFile>) -> Kept {
    let sealed = !args.seal_to.is_empty();
    Kept {
        locked: written.is_some() && !args.unencrypted && !sealed,
        sealed,
        sealed_to,
        files: Results::of(written),
    }
}

fn show_keys(keys: &[TakenKey], has_file: bool, world: &World) {
    for key in keys {
        let line = format!(
            "{} {} {}",
            key.key.id,
            key.key.algorithm.name(),
            key.extended_public()
        );
        world.terminal.show_beside(has_file, line);
    }
}

fn say_where(what: &str, written: Option<&Path>, args: &Takeover, world: &World) {
    world.terminal.say(match written {
        None => format!("took over {what}: the public keys match"),
        Some(path) if args.unencrypted => {
            format!("took over {what}: the public keys match; private keys in `{}`", path.display())
        }
        Some(path) if !args.seal_to.is_empty() => format!(
            "took over {what}: the public keys match; private keys sealed in `{}`, `lifeboat unseal` opens it",
            path.display()
        ),
        Some(path) => format!("took over {what}: the public keys match; private keys locked in `{}`", path.display()),
    });
}
