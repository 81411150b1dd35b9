//! What opens a kit, and what a person is told of it first.

use lifeboat::{
    crypto::rsa::RecoveryKey,
    formats::kit::container::Kit,
    operations::{open_kit::OwnerSecret, verify_kit::check_label},
};

use crate::{
    args::kit::{OwnerArgs, RecoveryKeyArgs},
    context::World,
    errors::failure::Failure,
    inputs::passphrase::{passphrase, private_key},
};

/// Says every oddity of a kit on standard error.
pub(crate) fn warn_of_oddities(kit: &Kit, world: &World) {
    for warning in &kit.warnings {
        world.terminal.warn(warning);
    }
}

/// Opens the recovery key, and says where the kit names another one.
pub(crate) fn recovery_key(
    args: &RecoveryKeyArgs,
    kit: &Kit,
    world: &mut World,
) -> Result<RecoveryKey, Failure> {
    let file = args.key_passphrase_file.as_deref();
    let key = private_key(world, &args.key, "--key-passphrase-file", file)?;
    warn_of_label(kit, &key, world);
    Ok(key)
}

/// Says, before anything is tried, that the kit names another key than the one given.
fn warn_of_label(kit: &Kit, key: &RecoveryKey, world: &World) {
    if let Some(why) = check_label(kit, key).and_then(|outcome| outcome.why()) {
        world.terminal.warn(why);
    }
}

/// The passphrase or second key of the owner, where one is named.
pub(crate) fn owner_secret(
    args: &OwnerArgs,
    world: &mut World,
) -> Result<Option<OwnerSecret>, Failure> {
    if let Some(file) = &args.owner_passphrase_file {
        let given = passphrase(
            world,
            "--owner-passphrase-file",
            Some(file),
            "the owner's passphrase",
        )?;
        return Ok(Some(OwnerSecret::Passphrase(given)));
    }
    let Some(path) = &args.owner_key else {
        return Ok(None);
    };
    let file = args.owner_key_passphrase_file.as_deref();
    let key = private_key(world, path, "--owner-key-passphrase-file", file)?;
    Ok(Some(OwnerSecret::Key(key)))
}
