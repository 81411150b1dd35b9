//! A conversation with the guide: answers by their order, passphrases by what is asked for.

use std::process::Command;

use super::{Folder, demo::has, tested_program};

/// What is typed, and where.
pub(crate) struct Conversation<'a> {
    pub(crate) folder: &'a Folder,
    /// 0 is a console that does not say its size.
    pub(crate) columns: usize,
    pub(crate) term: &'a str,
    /// What the shell does before, such as `ulimit -f 0`.
    pub(crate) before: &'a str,
    /// Each a word of the question and what is typed then; the word `*` is in every question.
    pub(crate) passphrases: Vec<(&'a str, &'a str)>,
}

/// What came of it.
pub(crate) struct Said {
    pub(crate) exit: i32,
    /// As it came.
    pub(crate) sent: String,
}

impl<'a> Conversation<'a> {
    pub(crate) fn in_folder(folder: &'a Folder) -> Self {
        Self {
            folder,
            columns: 80,
            term: "xterm",
            before: ":",
            passphrases: Vec::new(),
        }
    }

    /// Starts the guide with these arguments and gives these answers; `None`, and a line about it, where there is no Python.
    pub(crate) fn hold(&self, args: &[&str], answers: &[&str]) -> Option<Said> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/converse.py");
        let mut python = Command::new("sh");
        let line = format!("{}; exec python3 \"$@\"", self.before);
        python
            .args(["-c", &line, "sh", script])
            .arg(self.columns.to_string())
            .arg(format!("TERM={}", self.term))
            .arg("--")
            .args(answers)
            .arg("--");
        for (word, passphrase) in &self.passphrases {
            python.args([word, passphrase]);
        }
        python
            .args(["--", tested_program(), "guide"])
            .args(args)
            .current_dir(self.folder.path(""));
        if !has("python3") {
            return None;
        }
        let output = python.output().unwrap();
        let failed = String::from_utf8_lossy(&output.stderr);
        assert!(failed.is_empty(), "{failed}");
        let said = Said {
            exit: output.status.code().expect("the conversation was killed"),
            sent: String::from_utf8(output.stdout).expect("nothing but UTF-8 is said"),
        };
        for (_, passphrase) in &self.passphrases {
            let is_typed = passphrase.len() > 5 && !passphrase.starts_with('!');
            assert!(
                !is_typed || !said.sent.contains(passphrase),
                "a passphrase was shown: {}",
                said.sent
            );
        }
        Some(said)
    }
}

impl Said {
    /// With single blanks and commands on one line, so that a phrase is found wherever its lines end.
    pub(crate) fn flat(&self) -> String {
        let whole = self.sent.replace(" \\\n", " ");
        whole.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The guide ended well, and these phrases were shown in this order.
    #[track_caller]
    pub(crate) fn shows(&self, phrases: &[&str]) -> &Self {
        let flat = self.flat();
        let mut rest = flat.as_str();
        for phrase in phrases {
            let found = rest.find(phrase);
            assert!(
                found.is_some(),
                "`{phrase}` is not shown (in order)\n{}",
                self.sent
            );
            rest = &rest[found.unwrap()..];
        }
        self
    }

    #[track_caller]
    pub(crate) fn ends(&self, exit: i32) -> &Self {
        assert_eq!(self.exit, exit, "{}", self.sent);
        self
    }

    /// The commands that were shown, each whole.
    pub(crate) fn commands(&self) -> Vec<String> {
        let mut commands: Vec<String> = Vec::new();
        let mut goes_on = false;
        for line in self.sent.lines() {
            let line = line.trim_end();
            let begun = line.strip_prefix("  $ ");
            let text = match (begun, goes_on) {
                (Some(text), _) => text,
                (None, true) => line.trim_start(),
                (None, false) => continue,
            };
            goes_on = text.ends_with(" \\");
            let text = text.strip_suffix(" \\").unwrap_or(text);
            match commands.last_mut() {
                Some(last) if begun.is_none() => *last = format!("{last} {text}"),
                _ => commands.push(text.to_owned()),
            }
        }
        commands
    }

    /// The command that was shown with this in it; without the program's path.
    #[track_caller]
    pub(crate) fn command(&self, part: &str) -> String {
        let commands = self.commands();
        let found = commands.iter().find(|command| command.contains(part));
        let found = found.unwrap_or_else(|| panic!("no command with `{part}`: {commands:#?}"));
        found.replace(tested_program(), "lifeboat")
    }
}
