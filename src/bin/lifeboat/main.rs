//! The door to a person: parse, run one command, say how it went, exit. Decides nothing about keys.

mod args;
mod args_export;
mod args_takeover;
mod commands;
mod confine;
mod failure;
mod failure_takeover;
mod files;
mod journal;
mod key_output;
mod machine;
mod memory;
mod passphrases;
mod portal_args;
mod portal_hints;
mod precautions;
mod reach;
mod resolver;
mod terminal;
mod wallet_source;
mod world;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use crate::{args::Args, failure::Failure, precautions::Precautions, reach::Reach, terminal::Terminal, world::World};

fn main() -> ExitCode {
    let parsed = Args::command().try_get_matches().and_then(|matches| {
        let reach = Reach::of(&matches);
        Args::from_arg_matches(&matches).map(|args| (args, reach))
    });
    let (args, reach) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return refuse(&error),
    };
    let precautions = Precautions::take(&args, &reach);
    let mut world = World::new(Terminal::new(args.json, args.quiet), precautions);
    let ready = world.precautions.check(&args.command, &world.terminal);
    let outcome = ready.and_then(|()| commands::run(args.command, &mut world));
    world.terminal.finish(&outcome.unwrap_or_else(Into::into))
}

/// Help and version are no failures; anything else is a usage error, in JSON where that was asked for.
fn refuse(error: &clap::Error) -> ExitCode {
    let asked_for_json = std::env::args_os().any(|argument| argument == "--json");
    if !error.use_stderr() || !asked_for_json {
        let _ = error.print();
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    }
    Terminal::new(true, false).finish(&Failure::usage(error).into())
}
