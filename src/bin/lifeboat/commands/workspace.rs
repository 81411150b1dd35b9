//! `workspace`: the workspace's own extended keys.

use lifeboat::{
    formats::full_key::{
        extended_key::{extended_private, extended_public},
        file::lock_full_keys,
        workspace_file::{WorkspaceKey, workspace_keys_json},
    },
    operations::{open_kit::open_signing_key, verify_kit::VerifiedKey},
};

use crate::{
    args::kit::Workspace,
    context::World,
    errors::{catalogue::Kits, failure::Failure},
    inputs::{
        kit::{fingerprints, open_kit},
        kit_secrets::{WithoutOwner, owner_secret, recovery_key, warn_of_oddities},
    },
    outcomes::{Outcome, kit as outcome, parts::Results},
    outputs::{
        chain_codes::{ChainCodes, expected_addresses},
        new_file::Destination,
        private_keys::{KeyOutput, KeyOutputArgs},
        workspace_keys::{show_keys, verified_keys},
    },
};

/// Recovers every workspace key, shows the public ones and, with `--out`, writes the private ones.
pub(crate) fn workspace(args: &Workspace, world: &mut World) -> Result<Outcome, Failure> {
    let kit = open_kit(&args.kit, &args.meant)?;
    warn_of_oddities(&kit, world);
    if kit.metadata.keys.is_empty() {
        return Err(
            Failure::new(Kits::NoWorkspaceKeys, "the kit holds no workspace keys").about(&args.kit),
        );
    }
    if let Some(path) = &args.out {
        // Refuses now what would only be refused after all the work.
        drop(Destination::open(path, true, world)?);
    }
    let key = recovery_key(&args.recovery, &kit, world)?;
    let owner = owner_secret(&args.owner, &kit, WithoutOwner::Fail, world)?;
    let mut full_keys = Vec::new();
    for signing in &kit.metadata.keys {
        let full = open_signing_key(&kit, signing, &key, owner.as_ref(), &mut world.rng());
        full_keys.push((
            signing,
            full.map_err(|error| Failure::from(error).about(&args.kit))?,
        ));
    }
    drop(key);
    let verified: Vec<VerifiedKey> = full_keys
        .iter()
        .map(|(signing, full)| VerifiedKey {
            key: (*signing).clone(),
            extended_public: extended_public(full.public_key(), &signing.chain_code),
            min_account: kit.metadata.min_account(signing),
        })
        .collect();
    let expected = expected_addresses(&args.known);
    let chain_codes = ChainCodes::of_kit(&verified, &expected)?;

    let private: Vec<WorkspaceKey<'_>> = verified
        .iter()
        .zip(&full_keys)
        .map(|(verified, (signing, full))| WorkspaceKey {
            signing,
            min_account: verified.min_account,
            extended_public: &verified.extended_public,
            extended_private: extended_private(full, &signing.chain_code),
        })
        .collect();
    let out = KeyOutputArgs {
        out: args.out.as_deref(),
        unencrypted: args.unencrypted,
        passphrase: args.passphrase.source(),
        allow_weak: args.allow_weak_passphrase,
    };
    let written = KeyOutput::open(&out, world)?.write(
        &workspace_keys_json(&private),
        lock_full_keys,
        world,
    )?;
    if written.is_some() || args.out.is_none() {
        show_keys(&verified, written.is_some(), world);
    }
    if let Some(path) = &written {
        let verb = if args.unencrypted { "wrote" } else { "locked" };
        world.terminal.say(format!(
            "{verb} the extended private keys in `{}`",
            path.display()
        ));
    }
    chain_codes.tell("workspace", world);
    Ok(Outcome::done(outcome::Workspace {
        kit: fingerprints(&kit),
        keys: verified_keys(&verified, &chain_codes),
        chain_code_proved: chain_codes.all_proved(),
        locked: written.is_some() && !args.unencrypted,
        files: Results::of(&written),
    }))
}
