//! Help: commands in groups, and the examples of each. It is put together only when it is asked for.

use clap::{Command, CommandFactory, builder::Styles};

use crate::{
    args::{
        Args, completions,
        examples::{WHERE, examples_of},
    },
    terminal::{paragraph, reading_columns},
};

/// As wide as the smallest terminals, and where on a line it says what a command does.
const COLUMNS: usize = 80;
const ABOUT: usize = 17;

const EXIT_STATUS: &str = "\
Exit status:
  0  everything asked for was done and verified
  1  the run finished, some records failed: each is named
  2  it could not run: usage, files
  3  verification says no: wrong key, wrong passphrase, tampered, mismatch";

/// Commands that belong together: their names, and what they do in short.
pub(crate) struct Group {
    pub(crate) title: &'static str,
    rows: &'static [(&'static str, &'static str)],
}

pub(crate) const GROUPS: [Group; 5] = [
    Group {
        title: "Prepare",
        rows: &[
            ("guide", "asks, and leads through a recovery step by step"),
            (
                "keygen, key",
                "make a recovery key pair; show, prove or join one",
            ),
            (
                "kit, drill",
                "inspect or verify a recovery kit; rehearse a recovery",
            ),
        ],
    },
    Group {
        title: "Fireblocks recovery",
        rows: &[
            ("derive", "Key Share #1 of wallets, from a recovery kit"),
            (
                "merge, check",
                "join a split batch; re-derive a result and compare",
            ),
            (
                "seal, unseal, rewrap",
                "encrypt a result; decrypt it; change who can",
            ),
            ("workspace", "the workspace's own keys, from a recovery kit"),
        ],
    },
    Group {
        title: "Key Share #2 and full keys",
        rows: &[
            (
                "share",
                "Key Share #2: recover it from a backup, back it up",
            ),
            (
                "takeover, confirm-eddsa",
                "both shares to full keys; which EdDSA rule is right",
            ),
            (
                "export, sign",
                "addresses and private keys; offline signatures",
            ),
        ],
    },
    Group {
        title: "Portal",
        rows: &[("portal", "private keys from client and custodian shares")],
    },
    Group {
        title: "This machine and this program",
        rows: &[
            ("doctor", "self-test; is this machine safe and offline?"),
            (
                "errors, man, completions",
                "what an error code means; manual pages; completions",
            ),
        ],
    },
];

impl Group {
    /// The names of its commands.
    pub(crate) fn commands(&self) -> impl Iterator<Item = &'static str> {
        self.rows.iter().flat_map(|(names, _)| names.split(", "))
    }
}

/// What can be typed, with the texts of help that the parser does without.
pub(crate) fn command() -> Command {
    let root = with_examples(Args::command(), "");
    let long = [
        groups_at_length(&root),
        options(&root),
        EXIT_STATUS.to_owned(),
        examples(""),
    ];
    root.help_template("{about-with-newline}\n{usage-heading} {usage}{after-help}")
        .after_help(groups_in_short())
        .after_long_help(long.join("\n\n"))
}

/// Every command with its examples after its help.
fn with_examples(command: Command, page: &str) -> Command {
    let after = command.get_after_help().map(|text| text.ansi().to_string());
    let where_to = (page == "completions").then(completions::where_to_put);
    let after = after.into_iter().chain(where_to).chain([examples(page)]);
    let after: Vec<String> = after.collect();
    command
        .after_help(after.join("\n\n"))
        .mut_subcommands(|sub| {
            let page = format!("{page} {}", sub.get_name());
            with_examples(sub, page.trim_start())
        })
}

fn examples(page: &str) -> String {
    let lines: Vec<String> = examples_of(page)
        .iter()
        .map(|line| format!("  {line}"))
        .collect();
    let title = heading(&format!("Examples, {WHERE}"));
    format!("{title}\n{}", lines.join("\n"))
}

/// The way of the bare command: no more lines than the smallest terminal has.
fn groups_in_short() -> String {
    let mut text = String::new();
    for group in &GROUPS {
        text += &heading_below(&text, 1, group.title);
        for (names, what) in group.rows {
            text += &format!("\n  {names:<24} {what}");
        }
    }
    text + "\n`lifeboat help COMMAND` explains one, with examples; `lifeboat --help` says more"
}

fn groups_at_length(root: &Command) -> String {
    let group = |group: &Group| {
        let rows = group.commands().map(|name| {
            let about = root.find_subcommand(name).and_then(Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            let about = paragraph(&about, reading_columns().min(COLUMNS), ABOUT);
            let rest = about.get(ABOUT..).unwrap_or_default();
            format!("\n  {name:<width$}{rest}", width = ABOUT - 2)
        });
        rows.collect::<String>()
    };
    let mut text = String::new();
    for one in &GROUPS {
        text += &heading_below(&text, 2, one.title);
        text += &group(one);
    }
    text
}

/// The options of every command, as the parser lays them out.
fn options(root: &Command) -> String {
    let alone = Command::new("lifeboat")
        .version(env!("CARGO_PKG_VERSION"))
        .max_term_width(110)
        .args(root.get_arguments().cloned())
        .help_template("{all-args}")
        .render_help();
    alone.ansi().to_string().trim_end().to_owned()
}

/// A heading below what is there. The line ends are within its style: the parser that wraps these texts counts the letters
/// of a line on past a style that begins, and would break the heading.
fn heading_below(text: &str, line_ends: usize, title: &str) -> String {
    let line_ends = if text.is_empty() { 0 } else { line_ends };
    heading(&format!("{}{title}", "\n".repeat(line_ends)))
}

fn heading(title: &str) -> String {
    let style = Styles::styled();
    let header = style.get_header();
    format!("{}{title}:{}", header.render(), header.render_reset())
}
