//! The door to a person: parse, run one command, say how it went, exit. Decides nothing about keys.

mod args;
mod bounded;
mod commands;
mod context;
mod errors;
mod inputs;
mod outcomes;
mod outputs;
mod randomness;
mod sandbox;
mod signals;
mod streams;
mod terminal;

use std::{ffi::OsString, process::ExitCode, thread::Builder};

use clap::{CommandFactory, FromArgMatches};

use crate::{
    args::Args,
    context::World,
    errors::failure::Failure,
    outcomes::{About, Outcome, program::Text},
    sandbox::{
        allowed_paths::AllowedPaths,
        descriptors::{Inherited, close_unnamed},
        prepare::Hardening,
    },
    terminal::Terminal,
};

fn main() -> ExitCode {
    let inherited = close_unnamed(std::env::args_os());
    #[cfg(all(target_os = "linux", any(debug_assertions, feature = "memory-dump")))]
    let dump = sandbox::memory_dump::MemoryDump::prepare();
    let status = begin(inherited);
    if sandbox::memory_limits::has_roomy_stack() {
        sandbox::memory_limits::wipe_leftovers();
    }
    signals::end_by_signal();
    #[cfg(all(target_os = "linux", any(debug_assertions, feature = "memory-dump")))]
    dump.into_iter()
        .for_each(sandbox::memory_dump::MemoryDump::run);
    status
}

fn begin(inherited: Inherited) -> ExitCode {
    let mut command = Args::command();
    let matches = command.try_get_matches_from_mut(std::env::args_os());
    let parsed = matches.and_then(|matches| {
        let allowed = AllowedPaths::of(&matches);
        let words = words_of(&command, &matches);
        Args::from_arg_matches(&matches).map(|args| (args, allowed, words))
    });
    match parsed {
        Ok((args, allowed, words)) => run(args, &allowed, words, inherited),
        Err(error) => refuse(error),
    }
}

/// What the parser knows of a command beside its arguments.
struct Words {
    /// Its words, such as `kit verify`.
    command: String,
    has_out: bool,
}

fn words_of(command: &clap::Command, matches: &clap::ArgMatches) -> Words {
    let mut words = Vec::new();
    let (mut command, mut here) = (command, matches);
    while let Some((word, next)) = here.subcommand() {
        words.push(word);
        here = next;
        command = command.find_subcommand(word).unwrap_or(command);
    }
    // What was typed does not tell: only debug builds of the parser know which options there are.
    let has_out = command
        .get_arguments()
        .any(|argument| argument.get_id() == "out");
    Words {
        command: words.join(" "),
        has_out,
    }
}

/// Hardening first, then the command. A mistake of ours ends like any failure: said, and with every secret wiped.
fn run(args: Args, allowed: &AllowedPaths, words: Words, inherited: Inherited) -> ExitCode {
    let hardening = Hardening::take(&args, allowed, inherited);
    let run = move || run_protected(args, words, hardening);
    if sandbox::memory_limits::has_roomy_stack() {
        return run();
    }
    // A thread of a confined process is as confined.
    let elsewhere = Builder::new().stack_size(ROOMY_STACK).spawn(|| {
        let status = run();
        sandbox::memory_limits::wipe_leftovers();
        status
    });
    let status = elsewhere.ok().and_then(|thread| thread.join().ok());
    status.unwrap_or(ExitCode::from(2))
}

fn run_protected(args: Args, words: Words, hardening: Hardening) -> ExitCode {
    let terminal = Terminal::new(args.json, args.quiet);
    let about = About {
        command: Some(words.command),
        protection: Some(hardening.protection()),
        has_out: words.has_out,
    };
    let ready = hardening.check(&args.command, &terminal).and_then(|()| {
        if args.json {
            terminal.demand_stdout(false)
        } else {
            Ok(())
        }
    });
    let mut world = World::new(terminal, hardening);
    let outcome =
        ready.and_then(|()| errors::panic::caught(|| commands::run(args.command, &mut world)));
    world.end_silence();
    let outcome = world.explained(outcome.unwrap_or_else(Into::into));
    world.terminal.finish(&outcome, &about)
}

/// For a command where the system gives the program little (`ulimit -s`).
const ROOMY_STACK: usize = 8 << 20;

/// Help and version are no failures; anything else is a usage error, in the form that was asked for.
fn refuse(error: clap::Error) -> ExitCode {
    use clap::error::ErrorKind;

    let typed: Vec<OsString> = std::env::args_os().collect();
    let as_json = typed.iter().any(|word| word == "--json");
    let error = with_whole_help(error, typed);
    let topic = match error.kind() {
        ErrorKind::DisplayHelp => Some("help"),
        ErrorKind::DisplayVersion => Some("version"),
        _ => None,
    };
    let is_help = topic.is_some() || error.kind() == HELP_INSTEAD;
    if is_help && !as_json {
        return match error.print() {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => ExitCode::from(2),
            _ => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
        };
    }

    let about = About {
        command: topic.map(str::to_owned),
        protection: None,
        has_out: false,
    };
    let outcome = match topic {
        Some(_) => Outcome::done(Text {
            text: error.render().to_string(),
        }),
        None => Failure::usage(&error).into(),
    };
    Terminal::new(as_json, false).finish(&outcome, &about)
}

/// Where a command is missing the parser gives help, as an error.
const HELP_INSTEAD: clap::error::ErrorKind =
    clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;

/// Help is put together when it is asked for. `help` takes the global options after its topic, which the parser does not.
fn with_whole_help(error: clap::Error, mut typed: Vec<OsString>) -> clap::Error {
    use clap::error::ErrorKind;

    let is_global = |word: &OsString| {
        let known = [
            "--json",
            "-q",
            "--quiet",
            "--require-air-gap",
            "--require-confinement",
        ];
        known.iter().any(|global| word == global)
    };
    let first = typed.iter().skip(1).find(|word| !is_global(word));
    let asks_first = first.is_some_and(|word| word == "help");
    if asks_first {
        typed.retain(|word| !is_global(word));
    }
    if asks_first || matches!(error.kind(), ErrorKind::DisplayHelp | HELP_INSTEAD) {
        let again = args::help::command().try_get_matches_from(typed);
        return again.err().unwrap_or(error);
    }
    error
}
