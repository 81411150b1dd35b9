//! The program: reads the configuration, starts the server, and does the jobs around it.

mod args;
mod checkpoints;
mod commands;
mod confinement;
mod connections;
mod failure;
mod key;
mod say;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Audit, Command, DataKey, Export, Import, Requests};

#[global_allocator]
static HEAP: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    confinement::forbid_dumps();
    let done = match Args::parse().command {
        Command::Serve(args) => commands::serve::run(&args),
        Command::Check(args) => commands::check::run(&args),
        Command::Import(Import::Backups { config, file }) => {
            commands::import_backups::run(&config.config, &file)
        }
        Command::Import(Import::Shares { config, file }) => {
            commands::import_shares::run(&config.config, &file)
        }
        Command::Import(Import::Grants {
            config,
            file,
            issuer,
        }) => commands::import_grants::run(&config.config, &file, issuer.as_deref()),
        Command::Export(Export::Portal(args)) => commands::export_portal::run(&args),
        Command::Audit(Audit::Verify { config, checkpoint }) => {
            commands::audit::verify(&config.config, &checkpoint)
        }
        Command::Audit(Audit::Checkpoint(config)) => commands::audit::checkpoint(&config.config),
        Command::Backup { config, to } => commands::backup::run(&config.config, &to),
        Command::Restore { config, from } => {
            commands::restore::run(&config.config, from.as_deref())
        }
        Command::Requests(Requests::Wanted { config, file }) => {
            commands::requests::wanted(&config.config, file.as_deref())
        }
        Command::Requests(Requests::HandIn { config, file }) => {
            commands::requests::hand_in(&config.config, &file)
        }
        Command::DataKey(DataKey::New(config)) => commands::data_key::new(&config.config),
        Command::DataKey(DataKey::Rewrap { config, to }) => {
            commands::data_key::rewrap(&config.config, &to)
        }
        Command::Demo(args) => commands::demo::run(&args),
        Command::Page { out } => commands::page::run(&out),
        Command::Problems => commands::problems::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell();
            ExitCode::from(failure.exit_status())
        }
    }
}
