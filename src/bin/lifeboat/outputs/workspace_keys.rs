//! What a verification found, for machines and for eyes: its checks, and the workspace's public keys.

use lifeboat::operations::verify_kit::{Check, Verification, VerifiedKey};

use crate::{
    context::World,
    outcomes::{
        kit::{self, WorkspaceKey},
        parts::Proof,
    },
    outputs::chain_codes::ChainCodes,
};

/// The checks as `--json` gives them.
pub(crate) fn checks(found: &Verification) -> Vec<kit::Check> {
    let check = |check: &Check| kit::Check {
        check: check.what,
        subject: check.subject.clone(),
        result: check.outcome.word(),
        why: check.outcome.why(),
    };
    found.checks.iter().map(check).collect()
}

/// The reason, where the subject is on the same line already.
pub(crate) fn without_subject<'a>(why: &'a str, subject: &str) -> &'a str {
    let begins = format!("kit entry `{subject}`");
    let rest = why.strip_prefix(&begins).unwrap_or(why);
    rest.trim_start_matches([':', ' '])
}

/// The verified keys as `--json` gives them.
pub(crate) fn verified_keys(keys: &[VerifiedKey], chain_codes: &ChainCodes) -> Vec<WorkspaceKey> {
    let key = |(verified, proof): (&VerifiedKey, Option<Proof>)| WorkspaceKey {
        key_id: verified.key.id.to_string(),
        algorithm: verified.key.algorithm.name(),
        keyset_id: verified.key.keyset,
        min_account: verified.min_account,
        public_key: verified.key.public_key.to_hex(),
        extended_public_key: verified.extended_public.clone(),
        chain_code_proved: proof.is_some(),
        chain_code_proof: proof,
    };
    keys.iter().zip(chain_codes.proofs()).map(key).collect()
}

/// Shows each verified key, keyset by keyset.
pub(crate) fn show_keys(keys: &[VerifiedKey], has_file: bool, world: &World) {
    for verified in keys {
        let accounts = verified.min_account.map_or_else(String::new, |first| {
            format!(", vault accounts from {first}")
        });
        let key = &verified.key;
        let line = format!(
            "keyset {}{accounts}: {} {}",
            key.keyset,
            key.id,
            key.algorithm.scheme()
        );
        world.terminal.show_beside(has_file, line);
        let line = format!("  {}", verified.extended_public);
        world.terminal.show_beside(has_file, line);
    }
}
