//! What somebody may have meant with a command that does not exist.

use clap::{Command, CommandFactory};

use crate::args::Args;

/// Words of other tools, of the documents, and of what is done here, with the commands that they stand for.
const MEANT: &[(&str, &[&str])] = &[
    ("address", &["export"]),
    ("addresses", &["export"]),
    ("age", &["unseal"]),
    ("backup", &["share backup"]),
    ("batch", &["derive"]),
    ("combine", &["takeover", "merge"]),
    ("complete", &["completions"]),
    ("completion", &["completions"]),
    ("confirm", &["confirm-eddsa", "check"]),
    ("create", &["kit create", "keygen"]),
    ("decrypt", &["unseal", "portal decrypt", "share recover"]),
    ("dump", &["export"]),
    ("eddsa", &["confirm-eddsa", "derive"]),
    ("encrypt", &["seal"]),
    ("error", &["errors"]),
    ("explain", &["errors"]),
    ("extract", &["derive", "workspace"]),
    ("fingerprint", &["key show"]),
    ("generate", &["keygen", "share generate-passphrase"]),
    ("genkey", &["keygen"]),
    ("info", &["kit inspect", "key show"]),
    ("init", &["keygen"]),
    ("interactive", &["guide"]),
    ("join", &["merge", "takeover", "key join"]),
    ("list", &["kit inspect"]),
    ("lock", &["seal", "takeover"]),
    ("manual", &["man"]),
    ("new", &["keygen"]),
    ("open", &["unseal", "portal open", "portal decrypt"]),
    ("passphrase", &["share generate-passphrase"]),
    ("prove", &["kit verify"]),
    ("qr", &["key show"]),
    ("reconstruct", &["takeover"]),
    ("recover", &["derive", "share recover", "portal eject"]),
    ("recovery", &["derive", "share recover", "portal eject"]),
    ("reencrypt", &["rewrap"]),
    ("rehearsal", &["drill"]),
    ("rehearse", &["drill"]),
    ("restore", &["derive", "share recover", "portal eject"]),
    ("self-test", &["doctor"]),
    ("selftest", &["doctor"]),
    ("shard", &["derive"]),
    ("shares", &["derive", "share recover"]),
    ("sheets", &["key join"]),
    ("show", &["kit inspect", "key show"]),
    ("slip39", &["key join", "keygen"]),
    ("split", &["derive", "keygen"]),
    ("status", &["doctor"]),
    ("start", &["guide"]),
    ("test", &["doctor", "drill", "kit verify"]),
    ("unlock", &["portal decrypt", "unseal"]),
    ("validate", &["kit verify", "check"]),
    ("version", &["--version"]),
    ("wallet", &["derive", "takeover"]),
    ("wallets", &["derive", "takeover"]),
    ("wif", &["export"]),
    ("wizard", &["guide"]),
    ("xprv", &["workspace", "takeover"]),
];

/// The commands that a word may stand for after the commands `within`, best first; none where nothing is near.
pub(crate) fn meant_by(word: &str, within: &str) -> Vec<String> {
    let word = word
        .trim_start_matches('-')
        .to_ascii_lowercase()
        .replace('_', "-");
    let known = commands();

    let listed = MEANT.iter().find(|(other, _)| *other == word);
    let listed = listed
        .into_iter()
        .flat_map(|(_, meant)| meant.iter().copied());
    let same = known
        .iter()
        .map(String::as_str)
        .filter(|command| name_of(command) == word);
    let mut meant: Vec<String> = Vec::new();
    for command in listed.chain(same) {
        if !meant.iter().any(|known| known == command) {
            meant.push(command.to_owned());
        }
    }
    if meant.is_empty() {
        meant = spelt_like(&word, &known);
    }

    let is_within = |command: &String| command.split(' ').next() == Some(within);
    if meant.iter().any(is_within) {
        meant.retain(is_within);
    }
    meant
}

fn spelt_like(word: &str, known: &[String]) -> Vec<String> {
    let apart = |command: &String| distance(word, name_of(command));
    let nearest = known.iter().map(apart).min().unwrap_or(usize::MAX);
    let slips = if word.len() < 5 { 1 } else { 2 };
    known
        .iter()
        .filter(|command| nearest <= slips && apart(command) == nearest)
        .cloned()
        .collect()
}

/// Every command by its words, those of the first level first.
pub(crate) fn commands() -> Vec<String> {
    let root = Args::command();
    let below = |parent: &Command| -> Vec<String> {
        let names = parent.get_subcommands().map(Command::get_name);
        names.map(str::to_owned).collect()
    };
    let first = below(&root);
    let second = root.get_subcommands().flat_map(|parent| {
        let names = below(parent).into_iter();
        names.map(move |name| format!("{} {name}", parent.get_name()))
    });
    first.into_iter().chain(second).collect()
}

fn name_of(command: &str) -> &str {
    command.rsplit(' ').next().unwrap_or(command)
}

/// How many letters were left out, put in, taken for others, or taken in the wrong order.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (row, letter) in a.iter().enumerate() {
        let mut now = vec![row + 1];
        for (column, other) in b.iter().enumerate() {
            let at =
                |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX - 1);
            let replaced = at(&last, column) + usize::from(letter != other);
            let mut least = replaced
                .min(at(&last, column + 1) + 1)
                .min(at(&now, column) + 1);
            let turned = row > 0
                && column > 0
                && a.get(row - 1) == Some(other)
                && b.get(column - 1) == Some(letter);
            if turned {
                least = least.min(at(&before_last, column - 1) + 1);
            }
            now.push(least);
        }
        before_last = std::mem::replace(&mut last, now);
    }
    last.last().copied().unwrap_or_default()
}

// Beside the code because the distance is not seen from outside.
#[cfg(test)]
mod tests {
    use super::{MEANT, commands, distance};

    #[test]
    fn letters_are_counted() {
        for (a, b, apart) in [
            ("derive", "derive", 0),
            ("drive", "derive", 1),
            ("deirve", "derive", 1),
            ("drill", "derive", 3),
            ("", "kit", 3),
        ] {
            assert_eq!(distance(a, b), apart, "{a} {b}");
        }
    }

    #[test]
    fn what_is_suggested_exists() {
        let known = commands();
        for (word, meant) in MEANT {
            for command in *meant {
                let exists = known.iter().any(|known| known == command);
                assert!(exists || *command == "--version", "{word}: {command}");
            }
        }
    }
}
