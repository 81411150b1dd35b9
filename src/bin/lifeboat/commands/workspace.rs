//! `workspace`: the workspace's own extended keys.

use lifeboat::{
    formats::full_key::{
        extended_key::{extended_private, extended_public},
        workspace_file::{WorkspaceKey, write_workspace_keys},
    },
    operations::{open_kit::open_signing_key, verify_kit::VerifiedKey},
};
use serde_json::json;

use crate::{
    args::kit::Workspace,
    context::World,
    errors::{
        catalogue::{Doing, Kits},
        failure::{Failure, Outcome},
    },
    inputs::{
        kit::{fingerprints, open_kit},
        kit_secrets::{owner_secret, recovery_key, warn_of_oddities},
    },
    outputs::{
        chain_codes::{ChainCodes, expected_addresses},
        new_file::Destination,
        workspace_keys::{show_keys, verified_key},
    },
};

/// Recovers every workspace key, shows the public ones and, with `--reveal --out`, writes the private ones.
pub(crate) fn workspace(args: &Workspace, world: &mut World) -> Result<Outcome, Failure> {
    let kit = open_kit(&args.kit, &args.meant)?;
    warn_of_oddities(&kit, world);
    if kit.metadata.keys.is_empty() {
        return Err(
            Failure::new(Kits::NoWorkspaceKeys, "the kit holds no workspace keys").about(&args.kit),
        );
    }
    let out = args
        .out
        .as_deref()
        .map(|path| Destination::open(path, args.reveal, world))
        .transpose()?;
    let key = recovery_key(&args.recovery, &kit, world)?;
    let owner = owner_secret(&args.owner, world)?;
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

    let written = match out {
        None => None,
        Some(mut out) => {
            let revealed = verified
                .iter()
                .zip(&full_keys)
                .map(|(verified, (signing, full))| WorkspaceKey {
                    signing,
                    min_account: verified.min_account,
                    extended_public: &verified.extended_public,
                    extended_private: extended_private(full, &signing.chain_code),
                });
            let path = args.out.as_deref().unwrap_or(&args.kit);
            write_workspace_keys(&mut out, revealed)
                .map_err(|error| Failure::io(Doing::Write, path, &error))?;
            out.finish()?
        }
    };
    if written.is_some() || args.out.is_none() {
        show_keys(&verified, written.is_some(), world);
    }
    if let Some(path) = &written {
        world.terminal.say(format!(
            "wrote the extended private keys to `{}`",
            path.display()
        ));
    }
    chain_codes.tell("workspace", world);
    Ok(Outcome::done(json!({
        "kit": fingerprints(&kit),
        "keys": chain_codes.with_each(verified.iter().map(verified_key)),
        "chainCodeProved": chain_codes.all_proved(),
        "files": written.iter().collect::<Vec<_>>(),
    })))
}
