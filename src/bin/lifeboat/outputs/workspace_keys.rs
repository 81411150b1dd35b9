//! The workspace's public keys, for machines and for eyes.

use lifeboat::operations::verify_kit::VerifiedKey;

use crate::{
    context::World,
    outcomes::{kit::WorkspaceKey, parts::Proof},
    outputs::chain_codes::ChainCodes,
};

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
