//! The door to a person: parse, run one command, say how it went, exit. Decides nothing about keys.

mod args;
mod args_export;
mod args_takeover;
mod bounded;
mod commands;
mod confine;
mod failure;
mod failure_key;
mod failure_takeover;
mod files;
mod journal;
mod key_output;
mod machine;
mod memory;
#[cfg(all(target_os = "linux", any(debug_assertions, feature = "memory-dump")))]
mod memory_dump;
mod mistakes;
mod passphrase_folder;
mod passphrases;
mod placement;
mod portal_args;
mod portal_hints;
mod precautions;
mod reach;
mod recipients;
mod resolver;
mod terminal;
mod typed;
mod wallet_source;
mod world;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use crate::{
    args::Args, failure::Failure, precautions::Precautions, reach::Reach, terminal::Terminal,
    world::World,
};

fn main() -> ExitCode {
    #[cfg(all(target_os = "linux", any(debug_assertions, feature = "memory-dump")))]
    let dump = memory_dump::MemoryDump::prepare();
    let status = begin();
    memory::wipe_leftovers();
    #[cfg(all(target_os = "linux", any(debug_assertions, feature = "memory-dump")))]
    dump.into_iter().for_each(memory_dump::MemoryDump::run);
    status
}

fn begin() -> ExitCode {
    let parsed = Args::command().try_get_matches().and_then(|matches| {
        let reach = Reach::of(&matches);
        Args::from_arg_matches(&matches).map(|args| (args, reach))
    });
    match parsed {
        Ok((args, reach)) => run(args, &reach),
        Err(error) => refuse(&error),
    }
}

/// Precautions first, then the command. A mistake of ours ends like any failure: said, and with every secret wiped.
fn run(args: Args, reach: &Reach) -> ExitCode {
    let precautions = Precautions::take(&args, reach);
    let terminal = Terminal::new(args.json, args.quiet);
    let ready = precautions.check(&args.command, &terminal);
    let mut world = World::new(terminal, precautions);
    let outcome = ready.and_then(|()| mistakes::caught(|| commands::run(args.command, &mut world)));
    world.terminal.finish(&outcome.unwrap_or_else(Into::into))
}

/// Help and version are no failures; anything else is a usage error, in JSON where that was asked for.
fn refuse(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        return match error.print() {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => ExitCode::from(2),
            _ => ExitCode::SUCCESS,
        };
    }
    if std::env::args_os().any(|argument| argument == "--json") {
        return Terminal::new(true, false).finish(&Failure::usage(error).into());
    }
    let text = typed::without_secrets(error.render().to_string());
    Terminal::new(false, false).show_usage(&text);
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}
