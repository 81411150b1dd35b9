//! The workspace's public keys, for machines and for eyes.

use lifeboat::operations::verify_kit::VerifiedKey;
use serde_json::{Value, json};

use crate::context::World;

/// A verified key as `--json` gives it.
pub(crate) fn verified_key(verified: &VerifiedKey) -> Value {
    json!({
        "keyId": verified.key.id,
        "algorithm": verified.key.algorithm.name(),
        "keysetId": verified.key.keyset,
        "minAccount": verified.min_account,
        "publicKey": verified.key.public_key.to_hex(),
        "extendedPublicKey": verified.extended_public,
    })
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
