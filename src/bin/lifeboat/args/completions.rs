//! Completions for shells: what clap makes of the definition, with the values that only the program knows, and with a
//! word about where they go.

use std::collections::BTreeSet;

use clap::{Command, CommandFactory, builder::PossibleValuesParser};
use clap_complete::Shell;
use lifeboat::formats::chains::table::CHAINS;

use crate::{
    args::{Args, near_misses::commands},
    errors::catalogue::AREAS,
};

/// Where each shell looks for them, and what else it wants.
const PLACES: [(Shell, &str); 5] = [
    (
        Shell::Bash,
        "~/.local/share/bash-completion/completions/lifeboat",
    ),
    (
        Shell::Zsh,
        "~/.zfunc/_lifeboat, with `fpath+=~/.zfunc` before `compinit` in ~/.zshrc",
    ),
    (Shell::Fish, "~/.config/fish/completions/lifeboat.fish"),
    (
        Shell::PowerShell,
        "at the end of the file that $PROFILE names",
    ),
    (
        Shell::Elvish,
        "~/.config/elvish/lib/lifeboat.elv, with `use lifeboat` in ~/.config/elvish/rc.elv",
    ),
];

/// Where to put the completions of a shell.
pub(crate) fn place_of(shell: Shell) -> &'static str {
    let known = PLACES.iter().find(|(known, _)| *known == shell);
    known.map_or("", |(_, place)| place)
}

/// The same of all shells, for help.
pub(crate) fn where_to_put() -> String {
    let rows = PLACES.iter().map(|(shell, place)| {
        let shell = shell.to_string();
        format!("\n  {shell:<11} {place}")
    });
    format!(
        "Where to put them, each in a new shell from then on:{}",
        rows.collect::<String>()
    )
}

/// The completions of a shell.
pub(crate) fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(
        shell,
        &mut with_values(Args::command()),
        "lifeboat",
        &mut script,
    );
    let mut script = several_chains(shell, &String::from_utf8_lossy(&script));
    if shell == Shell::Fish {
        script += &fish_arguments();
    }
    let note = format!(
        "# Completions of lifeboat for {shell}. Put them into {}.\n",
        place_of(shell)
    );
    // Zsh knows its completions by their first line.
    match script.split_once('\n') {
        Some((first, rest)) if first.starts_with("#compdef") => format!("{first}\n{note}{rest}"),
        _ => note + &script,
    }
}

/// The definition with values in it that the parser checks by itself: chains, error codes, names of commands.
fn with_values(root: Command) -> Command {
    let chains = || PossibleValuesParser::new(CHAINS.iter().map(|chain| chain.name));
    let codes = AREAS
        .iter()
        .flat_map(|area| area.entries)
        .map(|entry| entry.name);
    let codes = PossibleValuesParser::new(codes);

    // The parser keeps values for as long as the program runs.
    let names = command_words().into_iter().map(|name| &*name.leak());
    let names = PossibleValuesParser::new(names);

    root.mut_subcommand("export", |export| {
        export.mut_arg("chain", |chain| chain.value_parser(chains()))
    })
    .mut_subcommand("sign", |sign| {
        sign.mut_arg("chain", |chain| chain.value_parser(chains()))
    })
    .mut_subcommand("errors", |errors| {
        errors.mut_arg("code", |code| code.value_parser(codes))
    })
    .mut_subcommand("man", |man| {
        man.mut_arg("command", |command| command.value_parser(names))
    })
}

/// Every word that commands are named with.
fn command_words() -> BTreeSet<String> {
    let commands = commands();
    let words = commands.iter().flat_map(|command| command.split(' '));
    words.map(str::to_owned).collect()
}

/// What clap leaves out for fish: values of arguments that are no options.
fn fish_arguments() -> String {
    let codes = AREAS
        .iter()
        .flat_map(|area| area.entries)
        .map(|entry| entry.name);
    let codes = codes.collect::<Vec<_>>().join(" ");
    let names = command_words().into_iter().collect::<Vec<_>>().join(" ");
    [("errors", codes), ("man", names)]
        .map(|(command, values)| {
            format!(
                "complete -c lifeboat -n \"__fish_lifeboat_using_subcommand {command}\" -f -a \"{values}\"\n"
            )
        })
        .concat()
}

/// In the list that `export` takes, completes another chain after a comma. Clap has no word for lists, so its script is changed: where it is not found as it
/// was, one chain is completed as before.
fn several_chains(shell: Shell, script: &str) -> String {
    let names: Vec<&str> = CHAINS.iter().map(|chain| chain.name).collect();
    let names = names.join(" ");
    match shell {
        Shell::Bash => script.replacen(
            &format!(r#"compgen -W "{names}" -- "${{cur}}""#),
            &format!(r#"compgen -P "${{cur%"${{cur##*,}}"}}" -W "{names}" -- "${{cur##*,}}""#),
            1,
        ),
        Shell::Zsh => script.replacen(
            &format!(":CHAIN:({names})"),
            &format!(":CHAIN:{{_values -s , chain {names}}}"),
            1,
        ),
        Shell::Fish => {
            let listed: Vec<String> = CHAINS
                .iter()
                .map(|chain| format!("{}\\t''", chain.name))
                .collect();
            script.replacen(
                &format!("-f -a \"{}\"", listed.join("\n")),
                &format!("-f -a \"(__fish_append , {names})\""),
                1,
            )
        }
        _ => script.to_owned(),
    }
}
