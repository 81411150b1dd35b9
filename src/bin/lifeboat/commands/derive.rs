//! `derive`: Key Share #1 of a list of wallets.

use std::{io::Write, path::Path, sync::atomic::Ordering, time::Instant};

use lifeboat::{
    crypto::envelope::RunKeys,
    formats::{
        kit::container::Kit, sealed::age::AgeWriter, server_share::record::RecordFormat,
        wallets::algorithm::Algorithm,
    },
    operations::{
        check_wallet_list::CheckedList,
        derive::{Derivation, DeriveError, Form, part_of},
        open_kit::open_wallet_master,
        resume::SealedRun,
    },
};
use uuid::Uuid;

use crate::{
    args::{
        derive::Derive,
        paths::is_standard,
        shapes::{Format, SealFormat},
    },
    context::{World, threads},
    errors::{
        catalogue::{Doing, Lists, Machine, Seals},
        failure::Failure,
    },
    inputs::{
        bad_ids::{bad_list, report_bad_ids},
        kit::{fingerprints, open_kit},
        kit_secrets::{recovery_key, warn_of_oddities},
        recipients::Recipients,
        wallet_ids::WalletSource,
    },
    outcomes::{
        Outcome, batch,
        parts::{Results, WarningCode},
    },
    outputs::{
        batch_output::{BatchOutput, Show},
        result_name::ResultFile,
    },
    terminal::{Work, grouped, plural},
};

/// Derives the shares of every wallet asked for, in order.
pub(crate) fn derive(args: &Derive, world: &mut World) -> Result<Outcome, Failure> {
    let is_stdin = |path: Option<&Path>| path.is_some_and(is_standard);
    if is_stdin(args.wallets.as_deref()) && is_stdin(args.recovery.passphrase.source().file) {
        // Said before a passphrase is read as a list.
        world.take_stdin("--key-passphrase-file")?;
    }
    let kit = open_kit(&args.kit, &args.meant)?;
    warn_of_oddities(&kit, world);
    let is_age = args.seal_format == SealFormat::Age;
    refuse_contradictions(args, world)?;
    let recipients = Recipients::read(&args.seal_to, world)?;
    let show = match (args.reveal, args.seal_to.is_empty()) {
        (true, _) => Show::Revealed,
        (false, true) => Show::Secret,
        (false, false) => Show::Sealed,
    };
    BatchOutput::check(&args.out, args.resume, show, world)?;
    let mut ids = WalletSource::open(args.wallets.as_deref(), &args.wallet_ids, world)?;
    let threads = threads(args.threads);
    let format = RecordFormat::from(args.format.unwrap_or(Format::Json));
    let unique = format == RecordFormat::Json && (is_age || recipients.keys.is_empty());
    let found = ids
        .check(unique, threads)
        .map_err(|failure| match &args.wallets {
            Some(list) if !is_standard(list) => failure.about(list),
            _ => failure,
        })?;
    report_bad_ids(&found, &ids, args.keep_going, world)?;

    let key = recovery_key(&args.recovery, &kit, world)?;
    let opened = open_wallet_master(&kit, &key, &mut world.rng());
    let (master, cosigners) = opened.map_err(|error| Failure::from(error).about(&args.kit))?;
    // A batch may run for hours, and needs the master keys alone.
    drop(key);
    // Only now: whoever does not answer the question leaves nothing behind.
    let mut out = BatchOutput::open(&args.out, args.resume, show, world)?;
    let algorithms = args.algorithm.list();
    if algorithms.contains(&Algorithm::CmpEddsa) {
        world.terminal.warn_of(
            WarningCode::EddsaUnconfirmed,
            "EdDSA shares are unconfirmed: only the public-key check of a takeover proves them",
        );
    }

    let sealing = match recipients.keys.as_slice() {
        _ if is_age => None,
        [] => None,
        recipients => {
            let run = SealedRun {
                kit: &kit,
                master: &master,
                algorithms,
                recipients,
            };
            Some(begin_sealed(&mut out, &run, world)?)
        }
    };
    let form = sealing.as_ref().map_or(Form::Clear(format), Form::Sealed);
    let part = args.shard.map_or(0..found.good, |(index, count)| {
        part_of(found.good, index, count)
    });
    let total = part.end - part.start;
    let derivation = Derivation {
        part,
        master: &master,
        cosigners: &cosigners,
        algorithms,
        eddsa: args.eddsa_variant,
        form,
        threads,
    };
    let began = Instant::now();
    let count = {
        // Before the bar, which otherwise ends the program at Ctrl-C.
        let interrupted = world.interrupted();
        let stop = || interrupted.load(Ordering::Relaxed);
        let terminal = &world.terminal;
        let bar = if args.json_progress {
            terminal.progress_events(Work::Deriving, total)
        } else {
            world.bar(Work::Deriving, total)
        }
        .rechecking(out.rechecks());
        if !is_age {
            out.keep();
        }
        let mut list = ids.list()?;
        if is_age {
            let rng = &mut world.rng();
            AgeWriter::begin(&recipients.keys, &mut out, rng)
                .map_err(DeriveError::Write)
                .and_then(|mut age| {
                    let count = derivation.run(&mut list, &found, &mut age, &bar, stop)?;
                    age.finish().map_err(DeriveError::Write).map(|()| count)
                })
        } else {
            derivation.run(&mut list, &found, &mut out, &bar, stop)
        }
    }
    .map_err(|error| stopped(error, args, &mut out, total))?;
    let written = out.finish()?;
    let facts = Facts {
        count,
        kit: &kit,
        cosigners: &cosigners,
        recipients: &recipients,
        written,
        seconds: began.elapsed().as_secs_f64(),
    };
    Ok(summary(args, world, &found, &ids, facts))
}

/// What clap cannot tell: it depends on the format of what is sealed.
fn refuse_contradictions(args: &Derive, world: &World) -> Result<(), Failure> {
    let is_age = args.seal_format == SealFormat::Age;
    if is_age && args.resume {
        return Err(Failure::new(
            Seals::AgeResume,
            "an age file cannot be resumed: its key is kept nowhere",
        ));
    }
    if !args.seal_to.is_empty() && !is_age && args.format.is_some() {
        world.terminal.warn(
            "`--format` is ignored with `--seal-to`: records are sealed whole, and `lifeboat unseal --format` chooses the form",
        );
    }
    Ok(())
}

/// Says what the wallets may need and this run did not derive: it would only be missed at the takeover.
fn say_not_derived(algorithms: &[Algorithm], world: &World) {
    let (missing, chains) = match algorithms {
        [Algorithm::CmpEcdsa] => ("EdDSA", "Solana, Stellar and other ed25519 chains"),
        [Algorithm::CmpEddsa] => ("ECDSA", "Bitcoin, Ethereum and other secp256k1 chains"),
        _ => return,
    };
    world.terminal.say(format!(
        "not derived: {missing} shares, which {chains} need: `--algorithm both` derives them too"
    ));
}

/// What a run came to.
struct Facts<'a> {
    count: u64,
    kit: &'a Kit,
    cosigners: &'a [Uuid],
    recipients: &'a Recipients,
    written: Option<ResultFile>,
    seconds: f64,
}

fn summary(
    args: &Derive,
    world: &World,
    found: &CheckedList,
    ids: &WalletSource,
    facts: Facts<'_>,
) -> Outcome {
    let count = facts.count;
    say_not_derived(args.algorithm.list(), world);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate to show"
    )]
    let rate = (count as f64 / facts.seconds.max(0.001)) as u64;
    if let Some(file) = &facts.written {
        say_written(file, count, rate, args, world);
    }
    let outcome = Outcome::done(derived(args, found, ids, &facts, rate));
    if found.bad.is_empty() {
        return outcome;
    }
    let message = format!(
        "{} of {} ids were not derived",
        grouped(found.bad_count),
        grouped(found.bad_count + count)
    );
    outcome.but(
        Failure::new(Lists::BadWalletIds, message)
            .but_did_the_rest()
            .hint("correct them and derive them alone"),
    )
}

fn say_written(file: &ResultFile, count: u64, rate: u64, args: &Derive, world: &World) {
    let terminal = &world.terminal;
    terminal.say(format!(
        "derived Key Share #1 of {}, {} per second",
        plural(count, "wallet"),
        grouped(rate)
    ));
    terminal.say(format!(
        "wrote `{}`, SHA-256 {}",
        file.display(),
        file.sha256()
    ));
    // What age encrypts is opened by its recipients alone: nobody else can check it.
    if args.seal_to.is_empty() || args.seal_format != SealFormat::Age {
        terminal.say(format!(
            "proved so far: the key opens the kit; next: `lifeboat check {} {} --key {}` derives every share again and compares",
            file.display(),
            args.kit.display(),
            args.recovery.key.display()
        ));
    }
    terminal.say(if args.seal_to.is_empty() {
        "the file holds unencrypted secrets: carry it to the endpoint yourself, then delete it"
    } else {
        "carry the file to the endpoint; `lifeboat unseal` opens it with a recipient's key"
    });
}

fn derived(
    args: &Derive,
    found: &CheckedList,
    ids: &WalletSource,
    facts: &Facts<'_>,
    rate: u64,
) -> batch::Derive {
    let algorithms = args.algorithm.list();
    let both = [Algorithm::CmpEcdsa, Algorithm::CmpEddsa];
    let names = |pick: &dyn Fn(Algorithm) -> bool| {
        let picked = both.into_iter().filter(|algorithm| pick(*algorithm));
        picked.map(Algorithm::name).collect::<Vec<_>>()
    };
    let derived = |algorithm| algorithms.contains(&algorithm);
    batch::Derive {
        wallets: facts.count,
        failed: bad_list(found, ids, usize::MAX),
        failed_count: found.bad_count,
        cosigners: facts.cosigners.iter().map(Uuid::to_string).collect(),
        algorithms: names(&derived),
        not_derived: names(&|algorithm| !derived(algorithm)),
        unconfirmed: names(&|algorithm| derived(algorithm) && algorithm == Algorithm::CmpEddsa),
        shard: args.shard.map(|(index, count)| format!("{index}/{count}")),
        sealed: !args.seal_to.is_empty(),
        sealed_to: facts.recipients.to_json(),
        seconds: facts.seconds,
        per_second: rate,
        sha256: facts.written.as_ref().map(|file| file.sha256().to_owned()),
        files: Results::of(&facts.written),
        kit: fingerprints(facts.kit),
    }
}

fn stopped(error: DeriveError, args: &Derive, out: &mut BatchOutput, total: u64) -> Failure {
    let is_age = args.seal_format == SealFormat::Age;
    match error {
        DeriveError::Interrupted(count) if is_age => {
            out.discard();
            let done = format!(
                "interrupted after {} of {}",
                grouped(count),
                plural(total, "wallet")
            );
            Failure::new(Lists::Interrupted, done)
                .after(count, Some(total))
                .hint("nothing is kept: an age file cannot be resumed; run it again")
        }
        DeriveError::Write(error) if is_age => {
            out.discard();
            Failure::io(Doing::Write, &args.out, &error)
        }
        DeriveError::List(error) => error.into(),
        DeriveError::ListChanged => {
            out.discard();
            Failure::new(
                Lists::ListChanged,
                "the wallet list changed while it was read: nothing was written",
            )
        }
        DeriveError::Interrupted(count) => {
            let failure = Failure::new(
                Lists::Interrupted,
                format!(
                    "interrupted after {} of {}",
                    grouped(count),
                    plural(total, "wallet")
                ),
            )
            .after(count, Some(total));
            match out.pause() {
                Some(partial) => failure.hint(format!(
                    "what is done is kept in `{}`; the same command with `--resume` goes on",
                    partial.display()
                )),
                None => failure.hint("what was shown is not whole: run it again"),
            }
        }
        DeriveError::Miscalculated(_) => Failure::new(Machine::WrongComputation, error.to_string()),
        DeriveError::Write(error) => out.failure(&error),
    }
}

/// Writes header and recipients of a sealed result, or continues those that are there already.
fn begin_sealed(
    out: &mut BatchOutput,
    run: &SealedRun<'_>,
    world: &World,
) -> Result<RunKeys, Failure> {
    let fail = |error| Failure::io(Doing::Write, Path::new("the records"), &error);
    let first = out.first_lines().map_err(fail)?.map(|[first]| first);
    let both = out.first_lines().map_err(fail)?;
    let second = both.map(|[_, second]: [Vec<u8>; 2]| second);
    let (head, keys) = match run.resume(first.as_deref(), second.as_deref())? {
        Some(resumed) => resumed,
        None => {
            out.restart().map_err(fail)?;
            run.begin(&mut world.rng())?
        }
    };

    out.write_all(&head).map_err(fail)?;
    Ok(keys)
}
