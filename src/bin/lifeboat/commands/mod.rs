//! One file per family of commands: opens files, asks, calls one operation, says what came of it.

mod export_layout;
mod run_check;
mod run_derive;
mod run_doctor;
mod run_errors;
mod run_export;
mod run_keys;
mod run_kit;
mod run_manual;
mod run_merge;
mod run_portal;
mod run_portal_eject;
mod run_portal_inspect;
mod run_portal_seal;
mod run_seal;
mod run_share;
mod run_share_batch;
mod run_sign;
mod run_takeover;
mod run_unseal_age;
mod run_workspace;

use crate::{
    args::{Command, Key, Kit},
    args_takeover::Share,
    failure::{Failure, Outcome},
    portal_args::Portal,
    world::World,
};

/// Runs the command that was typed.
pub(crate) fn run(command: Command, world: &mut World) -> Result<Outcome, Failure> {
    match command {
        Command::Keygen(args) => run_keys::keygen(&args, world),
        Command::Key(Key::Show(args)) => run_keys::show(&args, world),
        Command::Kit(Kit::Inspect { kit, meant }) => run_kit::inspect(&kit, &meant, world),
        Command::Kit(Kit::Verify(args)) => run_kit::verify(&args, world),
        Command::Derive(args) => run_derive::derive(&args, world),
        Command::Unseal(args) => run_seal::unseal(&args, world),
        Command::Seal(args) => run_seal::seal(&args, world),
        Command::Merge(args) => run_merge::merge(&args, world),
        Command::Check(args) => run_check::check(&args, world),
        Command::Rewrap(args) => run_seal::rewrap(&args, world),
        Command::Workspace(args) => run_workspace::workspace(&args, world),
        Command::Share(Share::Recover(args)) => run_share::recover_share(&args, world),
        Command::Share(Share::Backup(args)) => run_share::back_up_share(&args, world),
        Command::Share(Share::GeneratePassphrase(args)) => {
            run_share::new_passphrase_file(&args, world)
        }
        Command::Takeover(args) => run_takeover::takeover(&args, world),
        Command::Export(args) => run_export::export(&args, world),
        Command::Sign(args) => run_sign::sign(&args, world),
        Command::Portal(Portal::Decrypt(args)) => run_portal::decrypt(&args, world),
        Command::Portal(Portal::Eject(args)) => run_portal_eject::eject(&args, world),
        Command::Portal(Portal::Repair(args)) => run_portal::repair(&args, world),
        Command::Portal(Portal::CloudName(args)) => run_portal::cloud_name(&args, world),
        Command::Portal(Portal::Inspect(args)) => run_portal_inspect::inspect(&args, world),
        Command::Portal(Portal::Seal(args)) => run_portal_seal::seal(&args, world),
        Command::Portal(Portal::Open(args)) => run_portal_seal::open(&args, world),
        Command::Doctor => run_doctor::doctor(world),
        Command::Errors { code } => run_errors::errors(code.as_deref(), world),
        Command::Man { command } => run_manual::man(&command, world),
        Command::Completions { shell } => Ok(run_manual::completions(shell, world)),
    }
}
