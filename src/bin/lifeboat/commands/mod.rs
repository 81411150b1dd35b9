//! One file per family of commands: opens files, asks, calls one operation, says what came of it.

pub(crate) mod ceremony;
mod check;
mod confirm_eddsa;
pub(crate) mod derive;
pub(crate) mod doctor;
mod drill;
mod errors;
pub(crate) mod export;
pub(crate) mod guide;
pub(crate) mod keys;
pub(crate) mod kit;
pub(crate) mod kit_create;
pub(crate) mod manual;
pub(crate) mod merge;
pub(crate) mod portal;
pub(crate) mod seal;
pub(crate) mod share;
pub(crate) mod share_batch;
pub(crate) mod sign;
pub(crate) mod takeover;
pub(crate) mod unseal_age;
pub(crate) mod workspace;

use crate::{
    args::{Command, keys::Key, kit::Kit, portal::Portal, takeover::Share},
    context::World,
    errors::failure::Failure,
    outcomes::Outcome,
};

/// Runs the command that was typed.
pub(crate) fn run(command: Command, world: &mut World) -> Result<Outcome, Failure> {
    match command {
        Command::Guide(args) => guide::guide(&args, world),
        Command::Keygen(args) => keys::keygen(&args, world),
        Command::Key(Key::Show(args)) => keys::show(&args, world),
        Command::Key(Key::Check(args)) => keys::check(&args, world),
        Command::Key(Key::Join(args)) => ceremony::join(&args, world),
        Command::Kit(Kit::Inspect { kit, meant }) => kit::inspect(&kit, &meant, world),
        Command::Kit(Kit::Verify(args)) => kit::verify(&args, world),
        Command::Kit(Kit::Create(args)) => kit_create::create(&args, world),
        Command::Derive(args) => derive::derive(&args, world),
        Command::Unseal(args) => seal::unseal(&args, world),
        Command::Seal(args) => seal::seal(&args, world),
        Command::Merge(args) => merge::merge(&args, world),
        Command::Check(args) => check::check(args, world),
        Command::ConfirmEddsa(args) => confirm_eddsa::confirm_eddsa(&args, world),
        Command::Rewrap(args) => seal::rewrap(&args, world),
        Command::Workspace(args) => workspace::workspace(&args, world),
        Command::Share(Share::Recover(args)) => share::recover_share(&args, world),
        Command::Share(Share::Backup(args)) => share::back_up_share(&args, world),
        Command::Share(Share::GeneratePassphrase(args)) => share::new_passphrase_file(&args, world),
        Command::Takeover(args) => takeover::takeover(&args, world),
        Command::Export(args) => export::export(&args, world),
        Command::Sign(args) => sign::sign(&args, world),
        Command::Portal(Portal::Decrypt(args)) => portal::decrypt(&args, world),
        Command::Portal(Portal::Eject(args)) => portal::eject::eject(&args, world),
        Command::Portal(Portal::Repair(args)) => portal::repair(&args, world),
        Command::Portal(Portal::CloudName(args)) => portal::cloud_name(&args, world),
        Command::Portal(Portal::Inspect(args)) => portal::inspect::inspect(&args, world),
        Command::Portal(Portal::Seal(args)) => portal::seal::seal(&args, world),
        Command::Portal(Portal::Open(args)) => portal::seal::open(&args, world),
        Command::Drill(args) => drill::drill(&args, world),
        Command::Doctor => doctor::doctor(world),
        Command::Errors { code } => errors::errors(code.as_deref(), world),
        Command::Man { command, all } => manual::man(&command, all.as_ref(), world),
        Command::Completions { shell } => Ok(manual::completions(shell, world)),
    }
}
