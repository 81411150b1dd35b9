//! What opens a kit, and what a person is told of it first.

use lifeboat::{
    crypto::rsa::RecoveryKey,
    formats::kit::container::Kit,
    operations::{
        open_kit::{OwnerSecret, is_under_typed_passphrase, try_owner_secret},
        verify_kit::check_label,
    },
};

use crate::{
    args::{
        kit::{OwnerArgs, RecoveryKeyArgs},
        passphrases::PassphraseSource,
    },
    context::World,
    errors::{catalogue::Keys, failure::Failure},
    inputs::passphrase::{opened, passphrase, private_key},
    outcomes::parts::WarningCode,
};

/// Says every oddity of a kit on standard error.
pub(crate) fn warn_of_oddities(kit: &Kit, world: &World) {
    for warning in &kit.warnings {
        world.terminal.warn_of(WarningCode::KitOddity, warning);
    }
}

/// Opens the recovery key, and says where the kit names another one.
pub(crate) fn recovery_key(
    args: &RecoveryKeyArgs,
    kit: &Kit,
    world: &mut World,
) -> Result<RecoveryKey, Failure> {
    let key = private_key(world, &args.key, args.passphrase.source())?;
    warn_of_label(kit, &key, world);
    Ok(key)
}

/// Says, before anything is tried, that the kit names another key than the one given.
pub(crate) fn warn_of_label(kit: &Kit, key: &RecoveryKey, world: &World) {
    if let Some(why) = check_label(kit, key).and_then(|outcome| outcome.why()) {
        world.terminal.warn(why);
    }
}

/// What is done when a kit has shares of the workspace's owner and nothing opens them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WithoutOwner {
    /// They are left unopened, and Enter at the question says so.
    GoOn,
    /// The command cannot do its work.
    Fail,
}

/// The passphrase or second key of the owner. Where neither is named and the kit has shares of the owner, it is asked for.
pub(crate) fn owner_secret(
    args: &OwnerArgs,
    kit: &Kit,
    without: WithoutOwner,
    world: &mut World,
) -> Result<Option<OwnerSecret>, Failure> {
    if let Some(path) = &args.owner_key {
        let key = private_key(world, path, args.key_passphrase.source())?;
        return Ok(Some(OwnerSecret::Key(key)));
    }

    let source = args.passphrase.source();
    if !source.is_asked() {
        let given = passphrase(world, source, "the workspace owner's passphrase")?;
        return Ok(Some(OwnerSecret::Passphrase(given)));
    }
    if !world.terminal.can_ask() || !is_under_typed_passphrase(kit) {
        return Ok(None);
    }
    ask_for_owner(source, kit, without, world)
}

fn ask_for_owner(
    source: PassphraseSource<'_>,
    kit: &Kit,
    without: WithoutOwner,
    world: &mut World,
) -> Result<Option<OwnerSecret>, Failure> {
    let question = match without {
        WithoutOwner::GoOn => "the workspace owner's passphrase (Enter leaves it out)",
        WithoutOwner::Fail => "the workspace owner's passphrase",
    };
    let mut rng = world.rng();
    let asked = opened(world, source, question, |typed| {
        if typed.characters() == 0 && without == WithoutOwner::GoOn {
            return Ok(None);
        }
        let secret = OwnerSecret::Passphrase(typed);
        match try_owner_secret(kit, &secret, &mut rng).map_err(Failure::from) {
            Err(failure) if World::is_wrong_passphrase(&failure) => Err(failure),
            // Another fault is of one share: the command says so where it opens it.
            _ => Ok(Some(secret)),
        }
    });
    match asked {
        // Nobody answers: as if there were no terminal.
        Err(failure) if failure.is(Keys::PassphraseNeeded) && without == WithoutOwner::GoOn => {
            Ok(None)
        }
        asked => asked,
    }
}
