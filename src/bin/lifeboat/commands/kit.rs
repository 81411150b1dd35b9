//! `kit inspect` and `kit verify`.

use std::path::Path;

use lifeboat::{
    crypto::rsa::RecoveryKey,
    formats::{
        kit::{
            container::{EntryKind, Kit},
            metadata::{CosignerKind, Generation, WalletMasterEntry},
        },
        recovery_key::file::{fingerprint, read_public_key},
    },
    operations::verify_kit::{Check, Verification, verify as verify_kit},
};

use crate::{
    args::kit::{KitVerify, MeantKit},
    context::World,
    errors::{
        catalogue::{Exports, Kits},
        failure::Failure,
    },
    inputs::{
        kit::{fingerprints, oddities, open_kit},
        kit_secrets::{WithoutOwner, owner_secret, recovery_key, warn_of_oddities},
    },
    outcomes::{
        Outcome, SCHEMA_VERSION, kit as outcome,
        parts::{Results, WarningCode},
    },
    outputs::{
        chain_codes::{ASSET_SEED, ChainCodes, expected_addresses},
        new_file::NewFile,
        result_name::ResultFile,
        workspace_keys::{checks, show_keys, verified_keys, without_subject},
    },
    sandbox::clock,
    terminal::{json_text, plural},
};

/// Shows what a kit holds, without any key.
pub(crate) fn inspect(
    path: &Path,
    meant: &MeantKit,
    world: &mut World,
) -> Result<Outcome, Failure> {
    let kit = open_kit(path, meant)?;
    show_kit(&kit, world);
    Ok(Outcome::done(inspected(&kit)))
}

fn inspected(kit: &Kit) -> outcome::KitInspect {
    let keys = kit.metadata.keys.iter().map(|key| outcome::InspectedKey {
        key_id: key.id.to_string(),
        algorithm: key.algorithm.name(),
        public_key: key.public_key.to_hex(),
        keyset_id: key.keyset,
        min_account: kit.metadata.min_account(key),
        cosigner_shares: kit.share_entries(key.id).len(),
    });
    let masters = kit.metadata.wallet_masters.iter().map(|master| {
        let cosigners = master.cosigners.iter().map(|cosigner| outcome::Cosigner {
            id: cosigner.id.to_string(),
            r#type: match cosigner.kind {
                CosignerKind::Cloud => "cloud",
                CosignerKind::Mobile => "mobile",
            },
            present: kit.cosigner_entry(cosigner, master.id).is_some(),
        });
        outcome::InspectedMaster {
            key_id: master.id.to_string(),
            r#type: "NON_CUSTODIAL_WALLET_MASTER",
            cosigners: cosigners.collect(),
        }
    });
    let entries = kit.entries.iter().map(|entry| outcome::Entry {
        name: entry.name.clone(),
        kind: entry.kind.name(),
        size: entry.size,
    });
    outcome::KitInspect {
        tenant_id: kit.metadata.tenant_id.clone(),
        format: generation(kit),
        sha256: hex::encode(kit.fingerprint()),
        file_sha256: kit.file_digest().map(hex::encode),
        made_for: made_for(kit),
        keys: keys.collect(),
        master_keys: masters.collect(),
        entries: entries.collect(),
    }
}

/// Opens everything that opens, and says what held.
pub(crate) fn verify(args: &KitVerify, world: &mut World) -> Result<Outcome, Failure> {
    let kit = open_kit(&args.kit, &args.meant)?;
    warn_of_oddities(&kit, world);
    let report = args.report.as_deref().map(NewFile::create).transpose()?;
    let key = recovery_key(&args.recovery, &kit, world)?;
    // Nobody types the owner's passphrase to be told then that it is the wrong key.
    let opens_nothing = verify_kit(&kit, &key, None, &mut world.rng()).nothing_opened();
    let owner = if opens_nothing {
        None
    } else {
        owner_secret(&args.owner, &kit, WithoutOwner::GoOn, world)?
    };
    let mut found = verify_kit(&kit, &key, owner.as_ref(), &mut world.rng());
    let mut differs = None;
    let mut addresses = Vec::new();
    for expected in expected_addresses(&args.known) {
        match found.compare_address(&expected) {
            Ok(address) => addresses.push(address),
            Err(error) => differs = Some(error),
        }
    }
    let chain_codes = ChainCodes::of_addresses(&found.keys, addresses);
    let shown = hex::encode(kit.fingerprint());
    world.terminal.show_result(format!("sha-256  {shown}"));
    show_checks(&found, world);
    chain_codes.tell("kit verify", world);
    let has_wallets = !kit.metadata.wallet_masters.is_empty();
    if has_wallets {
        world
            .terminal
            .warn_of(WarningCode::AssetSeedUnproved, ASSET_SEED);
    }

    let fields = outcome::KitVerify {
        kit: fingerprints(&kit),
        key: fingerprint(&key.public_key()),
        checks: checks(&found),
        keys: verified_keys(&found.keys, &chain_codes),
        chain_code_proved: chain_codes.all_proved(),
        asset_seed_proved: has_wallets.then_some(false),
    };
    let (fields, written) = match report {
        Some(report) => write_evidence(report, fields, &kit, &found, &args.kit, world)?,
        None => (fields, None),
    };
    let outcome = Outcome::done(outcome::Verified {
        found: fields,
        files: Results::of(&written),
    });
    if found.held() {
        world.terminal.verdict(verdict(&found));
        return Ok(outcome);
    }
    // The addresses alone: the kit opens, and the remedy is another than a damaged kit's.
    let of_addresses = args.known.expect.len() - chain_codes.found();
    Ok(outcome.but(match differs {
        Some(error) if found.failed() > 0 && found.failed() == of_addresses => {
            Failure::new(Exports::AddressDiffers, error.to_string()).hint(error.hint)
        }
        _ => not_held(&found, &key),
    }))
}

/// What a kit that did not hold is told of.
fn not_held(found: &Verification, key: &RecoveryKey) -> Failure {
    let failed = found.failed();
    if failed == 0 {
        return Failure::new(Kits::NothingVerified, "nothing in the kit could be checked");
    }
    if found.nothing_opened() {
        let tried = fingerprint(&key.public_key());
        let message = "this is another key: no entry of the kit opens with it";
        return Failure::new(Kits::KitNotVerified, message).hint_instead(format!(
            "the kit was made for another key than {tried}: try the other keys you have"
        ));
    }
    if found.only_the_owner_failed() {
        let message =
            "the owner's passphrase or key opens none of the owner's shares; everything else holds";
        return Failure::new(Kits::KitNotVerified, message).hint_instead(
            "it is mistyped or of another workspace, else the shares are damaged: try it again, then another copy of the kit",
        );
    }
    let message = format!("{failed} of {} checks failed", found.checks.len());
    Failure::new(Kits::KitNotVerified, message)
}

fn show_kit(kit: &Kit, world: &World) {
    let terminal = &world.terminal;
    terminal.show(format!(
        "tenant   {}",
        kit.metadata.tenant_id.as_deref().unwrap_or("not named")
    ));
    terminal.show(format!("format   {}", generation(kit)));
    terminal.show(format!("sha-256  {}", hex::encode(kit.fingerprint())));
    if let Some(digest) = kit.file_digest() {
        terminal.show(format!("zip file {}", hex::encode(digest)));
    }
    terminal.show(format!(
        "made for {}",
        made_for(kit)
            .as_deref()
            .unwrap_or("a key the kit does not name")
    ));
    for key in &kit.metadata.keys {
        let lacking = if kit.share_entries(key.id).is_empty() {
            ", its cosigner shares are MISSING"
        } else {
            ""
        };
        terminal.show(format!(
            "key      {} {}, keyset {}{lacking}",
            key.id,
            key.algorithm.name(),
            key.keyset
        ));
        terminal.show(format!("         {}", key.public_key.to_hex()));
    }
    for keyset in &kit.metadata.keysets {
        let algorithm = keyset
            .algorithm
            .map_or_else(String::new, |algorithm| format!(" ({})", algorithm.name()));
        terminal.show(format!(
            "keyset   {}{algorithm} serves vault accounts from {}",
            keyset.id, keyset.min_account
        ));
    }
    for master in &kit.metadata.wallet_masters {
        terminal.show(format!("wallets  master key {}", master.id));
        for cosigner in &master.cosigners {
            let state = match (cosigner.kind, kit.cosigner_entry(cosigner, master.id)) {
                (CosignerKind::Mobile, _) => "mobile",
                (CosignerKind::Cloud, Some(_)) => "cloud, its key is in the kit",
                (CosignerKind::Cloud, None) => "cloud, its key is MISSING",
            };
            terminal.show(format!("cosigner {} ({state})", cosigner.id));
        }
    }
    let masters = &kit.metadata.wallet_masters;
    let is_master = |id| masters.iter().any(|master| master.id == id);
    for entry in &kit.entries {
        let name = lifeboat::formats::printable(&entry.name);
        let kind = match entry.kind {
            EntryKind::CosignerShare { key_id, .. } if is_master(key_id) => "wallet master key",
            kind => kind.name(),
        };
        terminal.show(format!("entry    {name} ({kind})"));
    }
    warn_of_oddities(kit, world);
    if is_whole(kit) {
        terminal.show(
            "nothing that the kit lists is missing; `lifeboat kit verify` opens it with the key",
        );
    }
}

/// Whether there is an entry for every key and cosigner that the kit lists.
fn is_whole(kit: &Kit) -> bool {
    let has_shares = |id| !kit.share_entries(id).is_empty();
    let has_cosigners = |master: &WalletMasterEntry| {
        let cosigners = master.cosigners.iter();
        cosigners
            .filter(|cosigner| cosigner.kind == CosignerKind::Cloud)
            .all(|cosigner| kit.cosigner_entry(cosigner, master.id).is_some())
    };
    kit.metadata.keys.iter().all(|key| has_shares(key.id))
        && kit.metadata.wallet_masters.iter().all(has_cosigners)
}

/// One line for each check, but one for all that say the same: that the key is another, or the owner's secret not there.
fn show_checks(found: &Verification, world: &World) {
    let terminal = &world.terminal;
    let is_other_key = found.nothing_opened();
    let mut of_other_key = 0;
    let checks = found.checks.iter().filter(|check| {
        let is_one = is_other_key && check.outcome.is_wrong_key();
        of_other_key += usize::from(is_one);
        !is_one
    });
    let checks: Vec<&Check> = checks.collect();
    if of_other_key > 0 {
        let all = plural(of_other_key as u64, "check");
        terminal.show_result(format!(
            "failed   this is another key: {all} failed, all for it"
        ));
    }

    let widths = checks.iter().map(|check| check.what.len());
    let width = widths.max().unwrap_or(0);
    for check in &checks {
        let line = format!(
            "{:<7} {:<width$}  {}",
            check.outcome.word(),
            check.what,
            check.subject
        );
        let why = check.outcome.why();
        terminal.show_result(match why.filter(|_| !check.outcome.needs_owner()) {
            Some(why) => format!("{line}: {}", without_subject(&why, &check.subject)),
            None => line,
        });
    }
    if checks.iter().any(|check| check.outcome.needs_owner()) {
        terminal.show_result(
            "what is skipped needs the owner's passphrase or key: `--owner-passphrase-file`, `--owner-key`",
        );
    }
    show_keys(&found.keys, false, world);
}

/// The last line of a verification: what it came to.
fn verdict(found: &Verification) -> String {
    let count = |word| {
        let checks = found.checks.iter();
        checks.filter(|check| check.outcome.word() == word).count()
    };
    let (held, skipped) = (count("ok"), count("skipped"));
    let all = plural(found.checks.len() as u64, "check");
    if skipped == 0 {
        format!("this kit opens with this key: {all}, all held")
    } else {
        format!(
            "this kit opens with this key: {held} of {all} held, {skipped} not tried: see `skipped` above"
        )
    }
}

/// Writes the evidence file: the outcome, dated, with the tool's version (FORMATS.md §12).
fn write_evidence(
    file: NewFile,
    found: outcome::KitVerify,
    kit: &Kit,
    verification: &Verification,
    path: &Path,
    world: &World,
) -> Result<(outcome::KitVerify, Option<ResultFile>), Failure> {
    let report = outcome::Report {
        report: "lifeboat kit verify",
        schema_version: SCHEMA_VERSION,
        tool: world.hardening.program.tool(),
        date: jiff::Timestamp::now().to_string(),
        // Nothing proves a clock right; one that is earlier than the program is wrong.
        clock_before_program: clock::is_before_program(),
        program_date: clock::program_date().map(|date| date.to_string()),
        protection: world.hardening.protection(),
        held: verification.held(),
        file: path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned()),
        found,
        warnings: oddities(kit),
    };
    let text = json_text(&format!("{}\n", report.to_text()));
    let written = file.finish_with(text.as_bytes())?;
    world
        .terminal
        .say(format!("wrote the evidence to `{}`", written.display()));
    Ok((report.found, Some(written)))
}

fn generation(kit: &Kit) -> &'static str {
    match kit.metadata.generation {
        Generation::Oldest => "oldest (one key, 2019)",
        Generation::Tabled => "current",
    }
}

fn made_for(kit: &Kit) -> Option<String> {
    kit.public_key_pem()
        .and_then(|pem| read_public_key(pem).ok())
        .map(|key| fingerprint(&key))
}
