//! The door to a person: parse, run one command, say how it went, exit. Decides nothing about keys.

#![forbid(unsafe_code)]

mod args;
mod args_export;
mod args_takeover;
mod commands;
mod failure;
mod failure_takeover;
mod files;
mod journal;
mod key_output;
mod passphrases;
mod portal_args;
mod portal_hints;
mod resolver;
mod terminal;
mod wallet_source;
mod world;

use std::process::ExitCode;

use clap::Parser;

use crate::{args::Args, failure::Failure, terminal::Terminal, world::World};

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return refuse(&error),
    };
    let mut world = World::new(Terminal::new(args.json, args.quiet));
    let outcome = commands::run(args.command, &mut world).unwrap_or_else(Into::into);
    world.terminal.finish(&outcome)
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
