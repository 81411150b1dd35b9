//! What a drill found, for machines and for eyes.

use lifeboat::{
    crypto::{curve::Curve, rsa::RecoveryKey},
    formats::{
        recovery_key::file::{fingerprint, short_phrase, write_public_key},
        server_share::commitment::of_sample,
        wallets::{algorithm::Algorithm, wallet_id::WalletId},
    },
    operations::drill::{
        End, Journal,
        evidence::{Compared, Evidence, Found, Proof},
    },
};

use crate::{
    args::drill::Drill,
    context::{self, World},
    inputs::{drill::Earlier, kit::fingerprints},
    outcomes::{
        drill as outcome,
        parts::{self, WarningCode},
    },
    outputs::{
        chain_codes::ChainCodes,
        drill_record::steps,
        workspace_keys::{checks, verified_keys, without_subject},
    },
    terminal::{plural, seconds},
};

/// Wallets and checks that are shown one by one; the report has all of them.
const MOST_SHOWN: usize = 20;

/// What every drill has to say; the rest is empty.
pub(crate) fn fields(
    args: &Drill,
    secrets: &'static str,
    journal: &Journal,
    milliseconds: u64,
) -> outcome::Drill {
    let target = args.target.map(context::milliseconds);
    let target_met = target.map(|target| milliseconds <= target);
    let mut problems: Vec<String> = journal
        .steps
        .iter()
        .filter(|step| matches!(step.end, End::Failed(_)))
        .map(|step| format!("{}: {}", step.step.name(), step.found()))
        .collect();
    if let (Some(target), Some(false)) = (target, target_met) {
        problems.push(too_slow(milliseconds, target));
    }
    outcome::Drill {
        secrets,
        held: journal.held() && target_met != Some(false),
        steps: steps(journal),
        milliseconds,
        target_milliseconds: target,
        target_met,
        kit: None,
        key: None,
        wallets: None,
        checks: Vec::new(),
        keys: Vec::new(),
        sample: None,
        comparison: None,
        known_wallet: None,
        problems,
    }
}

/// What is said of a drill that took longer than it may.
pub(crate) fn too_slow(milliseconds: u64, target: u64) -> String {
    format!(
        "the drill took {}, and the target is {}",
        seconds(milliseconds),
        seconds(target)
    )
}

/// The same with what a real kit gave. Shows which of its checks failed, and says what nothing proves.
pub(crate) fn filled(
    fields: outcome::Drill,
    found: Found,
    evidence: &Evidence<'_>,
    earlier: Option<&Earlier>,
    world: &World,
) -> outcome::Drill {
    let verification = found.verification.unwrap_or_default();
    let is_other_key = verification.nothing_opened();
    let mut problems = fields.problems;
    // Of another key one line is enough, and it is there.
    let failed = verification.checks.iter();
    let failed = failed.filter(|check| check.outcome.is_failure() && !is_other_key);
    for (number, check) in failed.enumerate() {
        let why = check.outcome.why().unwrap_or_default();
        let why = without_subject(&why, &check.subject);
        if number < MOST_SHOWN {
            let line = format!("failed   {}  {}: {why}", check.what, check.subject);
            world.terminal.show_result(line);
        }
        problems.push(format!("{}, {}: {why}", check.what, check.subject));
    }

    let chain_codes = ChainCodes::of_addresses(&verification.keys, found.addresses);
    chain_codes.tell("drill", world);
    if evidence.known.is_none() && !found.commitments.is_empty() {
        world
            .terminal
            .warn_of(WarningCode::AssetSeedUnproved, UNPROVED);
    }
    outcome::Drill {
        kit: evidence.kit.map(fingerprints),
        key: evidence.key.map(key_name),
        checks: checks(&verification),
        keys: verified_keys(&verification.keys, &chain_codes),
        sample: commitments(&found.commitments, evidence),
        comparison: earlier.and_then(|earlier| comparison(earlier, &found.compared)),
        known_wallet: found.proof.as_ref().map(known_wallet),
        problems,
        ..fields
    }
}

/// What is said where no wallet is known.
const UNPROVED: &str = "nothing proves that these are the wallets' shares and chain codes: name one wallet that is known, \
     `--known WALLET:ADDRESS --device-share FILE`";

fn key_name(key: &RecoveryKey) -> outcome::KeyName {
    let public = key.public_key();
    outcome::KeyName {
        fingerprint: fingerprint(&public),
        short_phrase: short_phrase(write_public_key(&public).as_bytes()),
    }
}

fn commitments(
    records: &[(WalletId, [u8; 32])],
    evidence: &Evidence<'_>,
) -> Option<outcome::Sample> {
    if records.is_empty() {
        return None;
    }
    let wallets = records
        .iter()
        .map(|(wallet, commitment)| outcome::SampleWallet {
            wallet_id: wallet.to_string(),
            commitment: hex::encode(commitment),
        });
    let algorithms = [Algorithm::CmpEcdsa, Algorithm::CmpEddsa];
    Some(outcome::Sample {
        algorithms: algorithms.map(Algorithm::name).to_vec(),
        eddsa_variant: evidence.eddsa.name(),
        salt: hex::encode(evidence.salt),
        commitment: hex::encode(of_sample(&evidence.salt, records)),
        wallets: wallets.collect(),
    })
}

fn comparison(earlier: &Earlier, compared: &[(WalletId, Compared)]) -> Option<outcome::Comparison> {
    if compared.is_empty() {
        return None;
    }
    let equal = compared.iter();
    let equal = equal.filter(|(_, compared)| *compared == Compared::Equal);
    let wallets = compared
        .iter()
        .map(|(wallet, compared)| outcome::ComparedWallet {
            wallet_id: wallet.to_string(),
            result: match compared {
                Compared::Equal => "equal",
                Compared::Differs => "differs",
                Compared::NotListed => "not listed",
            },
        });
    Some(outcome::Comparison {
        file: earlier.file.clone(),
        sha256: earlier.sha256.clone(),
        equal: equal.count() as u64,
        wallets: wallets.collect(),
    })
}

fn known_wallet(proof: &Proof) -> outcome::KnownWallet {
    let keys = proof.keys.iter().map(|key| outcome::ProvedKey {
        key_id: key.id.to_string(),
        algorithm: key.algorithm.name(),
    });
    outcome::KnownWallet {
        wallet_id: proof.wallet.to_string(),
        address: parts::Proof::from(&proof.address),
        keys: keys.collect(),
        ecdsa_proved: proof.has(Curve::Secp256k1),
        eddsa_proved: proof.has(Curve::Ed25519),
        asset_seed_proved: true,
    }
}

/// Everything that two people may want to read to each other.
pub(crate) fn show_found(found: &outcome::Drill, world: &World) {
    let terminal = &world.terminal;
    let compared = found.comparison.iter().flat_map(|all| &all.wallets);
    let different = compared.filter(|wallet| wallet.result != "equal");
    for wallet in different.take(MOST_SHOWN) {
        terminal.show_result(format!("{:<10}  {}", wallet.result, wallet.wallet_id));
    }

    if let Some(kit) = &found.kit {
        terminal.show_result(format!("kit      {}", kit.sha256));
    }
    if let Some(key) = &found.key {
        terminal.show_result(format!("key      {}", key.fingerprint));
    }
    let Some(sample) = &found.sample else {
        return;
    };
    terminal
        .show_result("commitments, for another drill to compare; they tell nothing of a share:");
    for wallet in sample.wallets.iter().take(MOST_SHOWN) {
        terminal.show_result(format!("wallet   {}", wallet.wallet_id));
        terminal.show_result(format!("         {}", wallet.commitment));
    }
    let more = sample.wallets.len().saturating_sub(MOST_SHOWN);
    if more > 0 {
        let more = plural(more as u64, "wallet");
        terminal.show_result(format!("         and {more} more, in the report"));
    }
    terminal.show_result(format!("sample   {}", sample.commitment));
    terminal.show_result(format!("salt     {}", sample.salt));
}
