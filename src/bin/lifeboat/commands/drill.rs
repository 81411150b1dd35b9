//! `drill`: a recovery rehearsed, on invented secrets or on a real kit.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};

use lifeboat::{
    formats::{kit::container::Kit, server_share::commitment::DRILL_REPORT},
    operations::drill::{
        Journal, StepReport, Watch,
        evidence::{Evidence, KnownWallet, collect_evidence},
        rehearsal::rehearse,
    },
};
use rand_core::Rng;

use crate::{
    args::drill::Drill,
    context::{World, milliseconds, threads},
    errors::{
        catalogue::{Drills, Files, Lists},
        failure::Failure,
    },
    inputs::{
        device_shares::read_device_share,
        drill::{Course, Named, read_all, read_earlier},
        kit::{fingerprints, oddities},
    },
    outcomes::{Outcome, SCHEMA_VERSION, drill as outcome, parts::Results},
    outputs::{
        chain_codes::expected_addresses,
        drill_found::{fields, filled, show_found, too_slow},
        drill_record::{Record, advice, show_head, show_step},
    },
    sandbox::clock,
    terminal::{Terminal, plural, seconds},
};

/// Wallets that are invented, where nobody says how many, and most of them.
const INVENTED: usize = 100;
const MOST_WALLETS: usize = 10_000;

/// Rehearses a recovery.
pub(crate) fn drill(args: &Drill, world: &mut World) -> Result<Outcome, Failure> {
    match &args.kit {
        Some(kit) => with_kit(args, kit, world),
        None => invented(args, world),
    }
}

/// The time and the terminal, as the steps of a drill see them.
struct Watching<'a> {
    began: Instant,
    stop: &'a AtomicBool,
    terminal: &'a Terminal,
}

impl Watch for Watching<'_> {
    fn milliseconds(&self) -> u64 {
        milliseconds(self.began.elapsed())
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn tell(&self, step: &StepReport) {
        show_step(step, self.terminal);
    }
}

/// Nothing of the user's is touched.
fn invented(args: &Drill, world: &World) -> Result<Outcome, Failure> {
    refuse_what_needs_a_kit(args)?;
    let wallets = wallet_count(args)?;
    let record = Record::plan(args)?;
    let terminal = &world.terminal;
    // From here on Ctrl-C ends the drill in words.
    let watch = Watching {
        began: Instant::now(),
        stop: world.interrupted(),
        terminal,
    };
    terminal.say("a drill on invented secrets, in memory: nothing of yours is read");
    show_head(terminal);
    let found = rehearse(wallets, threads(None), &mut world.rng(), &watch);
    refuse_interrupted(&found.journal)?;

    let key = found
        .key
        .map(|(fingerprint, short_phrase)| outcome::KeyName {
            fingerprint,
            short_phrase,
        });
    let fields = outcome::Drill {
        kit: found.kit.as_ref().map(fingerprints),
        key,
        wallets: Some(wallets as u64),
        ..fields(args, "invented", &found.journal, watch.milliseconds())
    };
    finish(args, record, fields, (&found.journal, None), None, world)
}

fn wallet_count(args: &Drill) -> Result<usize, Failure> {
    let Some(typed) = &args.wallets else {
        return Ok(INVENTED);
    };
    let count = typed.to_str().and_then(|typed| typed.parse().ok());
    count
        .filter(|count| (1..=MOST_WALLETS).contains(count))
        .ok_or_else(|| {
            let message =
                "without `--kit`, `--wallets` takes the number of wallets to invent, 1 to 10,000";
            Failure::new(Files::Usage, message)
                .hint("for your own wallets: `lifeboat drill --kit KIT --key PEM --wallets FILE`")
        })
}

/// What clap cannot tell: these options belong to other commands as well.
fn refuse_what_needs_a_kit(args: &Drill) -> Result<(), Failure> {
    let real = &args.real;
    let given = [
        ("--kit-sha256", real.meant.kit_sha256.is_some()),
        ("--expect", !real.addresses.expect.is_empty()),
        ("--owner-key", real.owner.owner_key.is_some()),
        (
            "--owner-passphrase-file",
            !real.owner.passphrase.source().is_asked(),
        ),
    ];
    match given.iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((flag, _)) => {
            let message = format!("`{flag}` belongs to a drill with a kit of yours");
            Err(Failure::new(Files::Usage, message)
                .hint("name the kit: `lifeboat drill --kit KIT --key PEM --wallets FILE`"))
        }
    }
}

fn refuse_interrupted(journal: &Journal) -> Result<(), Failure> {
    let Some(step) = journal.stopped_before else {
        return Ok(());
    };
    let message = format!("interrupted before the step `{}`", step.name());
    Err(Failure::new(Lists::Interrupted, message)
        .hint("nothing was written: hold the drill again from the start"))
}

fn with_kit(args: &Drill, kit: &Path, world: &mut World) -> Result<Outcome, Failure> {
    let key = args.key.as_ref().ok_or_else(|| {
        Failure::new(Files::Usage, "a drill with a kit needs its key").hint("`--key PEM`")
    })?;
    let (real, record) = (&args.real, Record::plan(args)?);
    // First, as nothing has to be asked for to see that they are other files.
    let device = real.device_share.as_deref().map(read_device_share);
    let device = device.transpose()?;
    let earlier = real.compare.as_deref().map(|file| read_earlier(file, args));
    let earlier = earlier.transpose()?;
    let earlier = earlier.as_ref();

    show_head(&world.terminal);
    let mut course = Course::begin();
    let list = args.wallets.as_deref();
    let named = Named { kit, key, list };
    let given = read_all(&mut course, args, &named, earlier, world)?;
    let addresses = expected_addresses(&real.addresses);
    let known = real.known.as_ref().zip(device.as_ref());
    let evidence = Evidence {
        kit: given.kit.as_ref(),
        key: given.key.as_ref(),
        owner: given.owner.as_ref(),
        addresses: &addresses,
        has_wallets: list.is_some(),
        sample: given.sample.as_ref().map(|sample| &*sample.wallets),
        eddsa: real.eddsa_variant,
        salt: earlier.map_or_else(|| drawn_salt(world), |earlier| earlier.sample.salt),
        earlier: earlier.map(|earlier| &earlier.sample),
        known: known.map(|(known, device)| KnownWallet {
            wallet: known.wallet,
            device,
            address: &known.address,
        }),
        threads: threads(None),
    };
    let watch = Watching {
        began: course.began,
        stop: world.interrupted(),
        terminal: &world.terminal,
    };
    let found = collect_evidence(&evidence, &mut course.journal, &mut world.rng(), &watch);
    refuse_interrupted(&course.journal)?;

    let fields = fields(args, "kit", &course.journal, watch.milliseconds());
    let mut fields = filled(fields, found, &evidence, earlier, world);
    fields.wallets = given.sample.as_ref().map(|sample| sample.listed);
    show_found(&fields, world);
    let journal = (&course.journal, course.failure);
    finish(args, record, fields, journal, given.kit.as_ref(), world)
}

fn drawn_salt(world: &World) -> [u8; 32] {
    let mut salt = [0; 32];
    world.rng().fill_bytes(&mut salt);
    salt
}

/// Writes report and page, and says how the drill ended.
fn finish(
    args: &Drill,
    record: Record,
    fields: outcome::Drill,
    (journal, failure): (&Journal, Option<Failure>),
    kit: Option<&Kit>,
    world: &World,
) -> Result<Outcome, Failure> {
    let file = args.kit.as_deref().and_then(Path::file_name);
    let report = outcome::Report {
        report: DRILL_REPORT,
        schema_version: SCHEMA_VERSION,
        tool: world.hardening.program.tool(),
        date: jiff::Timestamp::now().to_string(),
        clock_before_program: clock::is_before_program(),
        program_date: clock::program_date().map(|date| date.to_string()),
        protection: world.hardening.protection(),
        operator: args.operator.clone(),
        witnesses: args.witness.clone(),
        file: file.map(|name| name.to_string_lossy().into_owned()),
        found: fields,
        warnings: kit.map(oddities).unwrap_or_default(),
    };
    let written = record.write(&report, world)?;

    let found = report.found;
    let failure = match journal.first_failed() {
        Some(step) => Some(not_held(step, failure, args.kit.is_none())),
        None => found
            .target_milliseconds
            .filter(|_| !found.held)
            .map(|target| Failure::new(Drills::DrillTooSlow, too_slow(found.milliseconds, target))),
    };
    if failure.is_none() {
        world.terminal.verdict(verdict(&found));
    }
    let outcome = Outcome::done(outcome::Drilled {
        found,
        files: Results::of(&written),
    });
    Ok(match failure {
        Some(failure) => outcome.but(failure),
        None => outcome,
    })
}

fn not_held(step: &StepReport, failure: Option<Failure>, is_invented: bool) -> Failure {
    let name = step.step.name();
    let message = format!("the drill failed at the step `{name}`: {}", step.found());
    let hint = match failure {
        Some(failure) => failure.to_object().hint,
        None => advice(step.step, is_invented).to_owned(),
    };
    Failure::new(Drills::DrillFailed, message).hint(hint)
}

fn verdict(found: &outcome::Drill) -> String {
    let steps = plural(found.steps.len() as u64, "step");
    let time = seconds(found.milliseconds);
    match &found.known_wallet {
        Some(known) => format!(
            "this drill held: {steps}, {time}; wallet {} proves seeds and chain codes by its address",
            known.wallet_id
        ),
        None => format!("this drill held: {steps}, {time}"),
    }
}
