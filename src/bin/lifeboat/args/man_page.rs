//! Manual pages, put together from what the parser knows. A page is written in the language of manual pages, or as text
//! for whoever has it on a terminal.

use std::any::TypeId;

use clap::{Arg, ArgAction, Command, CommandFactory};

use crate::{
    args::{
        Args, completions,
        examples::{WHERE, examples_of},
        help::GROUPS,
        near_misses::commands,
        paths::{InputPath, ListPath, OutputFile, OutputFolder, OutputPrefix},
    },
    terminal::paragraph,
};

/// A manual page.
pub(crate) struct ManPage {
    /// Its name, such as `lifeboat-kit-verify`.
    pub(crate) name: String,
    parts: Vec<Part>,
}

enum Part {
    Section(&'static str),
    Group(String),
    Text(String),
    /// A name and what is said of it.
    Item(String, Vec<String>),
    /// What a command takes, in pieces.
    Synopsis(Vec<String>),
    /// Lines that stay as they are.
    Lines(Vec<String>),
}

const STATUS: [(&str, &str); 4] = [
    ("0", "Everything asked for was done and verified."),
    (
        "1",
        "The run finished, some records failed: each is named on standard error and in the outcome.",
    ),
    ("2", "It could not run: usage, files."),
    (
        "3",
        "Verification says no: wrong key, wrong passphrase, tampered, mismatch.",
    ),
];

/// Longest line of text in the language of manual pages.
const ROFF_COLUMNS: usize = 78;

/// Longest line of a synopsis.
const SYNOPSIS_COLUMNS: usize = 70;

/// What headings are called that hold the options of every command.
const GLOBAL: &str = "Global options";

impl ManPage {
    /// The page of a command; `None` where there is no such command.
    pub(crate) fn of(path: &[&str]) -> Option<Self> {
        let mut root = Args::command();
        root.build();
        let mut command = &root;
        for word in path {
            command = command.find_subcommand(word).filter(|_| *word != "help")?;
        }
        Some(Self::new(command, &path.join(" ")))
    }

    /// Every page there is.
    pub(crate) fn all() -> Vec<Self> {
        let paths = std::iter::once(String::new()).chain(commands());
        paths
            .filter_map(|path| {
                Self::of(
                    &path
                        .split(' ')
                        .filter(|word| !word.is_empty())
                        .collect::<Vec<_>>(),
                )
            })
            .collect()
    }

    fn new(command: &Command, path: &str) -> Self {
        let name = page_name(path);
        let mut page = Self {
            name: name.clone(),
            parts: Vec::new(),
        };
        let about = command
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default();
        page.section("NAME").text(format!("{name} - {about}"));
        page.section("SYNOPSIS");
        page.parts.push(Part::Synopsis(synopsis(command, path)));
        page.describe(command);
        page.options(command);
        page.section("EXAMPLES").text(format!("These run {WHERE}."));
        page.parts.push(Part::Lines(examples_of(path)));
        page.files(command, path);
        page.section("EXIT STATUS");
        for (status, meaning) in STATUS {
            page.item(status, meaning);
        }
        page.section("SEE ALSO").text(see_also(path));
        page
    }

    fn section(&mut self, title: &'static str) -> &mut Self {
        self.parts.push(Part::Section(title));
        self
    }

    fn text(&mut self, text: impl Into<String>) -> &mut Self {
        self.parts.push(Part::Text(text.into()));
        self
    }

    fn item(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.parts.push(Part::Item(name.into(), vec![text.into()]));
    }

    fn describe(&mut self, command: &Command) {
        let about = command.get_long_about().or(command.get_about());
        self.section("DESCRIPTION");
        for paragraph in about
            .map(ToString::to_string)
            .unwrap_or_default()
            .split("\n\n")
        {
            let end = if paragraph.ends_with('.') { "" } else { "." };
            self.text(format!("{}{end}", paragraph.replace('\n', " ")));
        }
        if command.get_name() == "lifeboat" {
            for group in &GROUPS {
                self.parts.push(Part::Group(group.title.to_owned()));
                group
                    .commands()
                    .for_each(|name| self.subcommand(command, name, "lifeboat"));
            }
        } else {
            let parent = format!("lifeboat-{}", command.get_name());
            let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
            names
                .iter()
                .for_each(|name| self.subcommand(command, name, &parent));
        }
        if let Some(more) = command.get_after_help() {
            self.parts.push(Part::Lines(
                more.to_string().lines().map(str::to_owned).collect(),
            ));
        }
    }

    fn subcommand(&mut self, command: &Command, name: &str, parent: &str) {
        let about = command.find_subcommand(name).and_then(Command::get_about);
        if let Some(about) = about.filter(|_| name != "help") {
            self.item(format!("{parent}-{name}(1)"), about.to_string());
        }
    }

    fn options(&mut self, command: &Command) {
        let (global, own): (Vec<&Arg>, Vec<&Arg>) = command
            .get_arguments()
            .partition(|arg| arg.get_help_heading() == Some(GLOBAL));
        self.section("OPTIONS");
        for arg in own.iter().chain(&global) {
            let mut texts = vec![help_of(arg)];
            let values = arg.get_possible_values();
            if takes_value(arg) {
                texts.extend(values.iter().filter_map(|value| {
                    Some(format!("`{}`: {}", value.get_name(), value.get_help()?))
                }));
            }
            self.parts.push(Part::Item(flags_of(arg), texts));
        }
    }

    fn files(&mut self, command: &Command, path: &str) {
        self.section("FILES");
        let before = self.parts.len();
        if path == "derive" {
            self.item(
                "OUT.partial",
                "What an interrupted run keeps for `--resume`; it is gone when the result is whole.",
            );
        }
        let mut kinds: Vec<(&str, Vec<String>)> = Vec::new();
        for arg in command.get_arguments() {
            let Some(what) = file_of(arg) else { continue };
            match kinds.iter_mut().find(|(known, _)| *known == what) {
                Some((_, names)) => names.push(flags_of(arg)),
                None => kinds.push((what, vec![flags_of(arg)])),
            }
        }
        for (what, names) in kinds {
            self.item(names.join(", "), what);
        }
        if path == "completions" {
            self.text(
                completions::where_to_put()
                    .lines()
                    .next()
                    .unwrap_or_default(),
            );
            let rows = completions::where_to_put();
            let rows = rows.lines().skip(1).map(|line| line.trim().to_owned());
            self.parts.push(Part::Lines(rows.collect()));
        }
        if self.parts.len() == before {
            self.text(
                "lifeboat has no configuration and keeps no state: it touches only the files that a command line names.",
            );
        }
    }

    /// In the language of manual pages, with the date of the program, such as `2026-11-26`.
    pub(crate) fn roff(&self, date: &str) -> String {
        let mut out = format!(
            ".TH {} 1 \"{date}\" \"lifeboat {}\" \"lifeboat manual\"\n",
            escaped(&self.name.to_uppercase()),
            env!("CARGO_PKG_VERSION")
        );
        let mut after_heading = true;
        for part in &self.parts {
            let paragraph = if after_heading { "" } else { ".PP\n" };
            let as_they_are = |lines: &[String]| {
                let lines: Vec<String> = lines.iter().map(|line| escaped(line)).collect();
                format!("{paragraph}.nf\n{}\n.fi\n", lines.join("\n"))
            };
            out += &match part {
                Part::Section(title) => format!(".SH {title}\n"),
                Part::Group(title) => format!(".SS {}\n", escaped(title)),
                Part::Text(text) => format!("{paragraph}{}\n", marked(text)),
                Part::Item(name, texts) => {
                    let texts: Vec<String> = texts.iter().map(|text| marked(text)).collect();
                    format!(
                        ".TP\n\\fB{}\\fR\n{}\n",
                        escaped(name),
                        texts.join("\n.br\n")
                    )
                }
                Part::Synopsis(words) => as_they_are(&in_lines(words, SYNOPSIS_COLUMNS)),
                Part::Lines(lines) => as_they_are(lines),
            };
            after_heading = matches!(part, Part::Section(_) | Part::Group(_));
        }
        out
    }

    /// As text of at most so many columns.
    pub(crate) fn text_of(&self, columns: usize) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Section(title) => out += &format!("{title}\n"),
                Part::Group(title) => out += &format!("  {title}\n"),
                Part::Text(text) => out += &format!("{}\n", paragraph(text, columns, 4)),
                Part::Item(name, texts) => {
                    out += &format!("{}\n", paragraph(name, columns, 4));
                    for text in texts {
                        out += &format!("{}\n", paragraph(text, columns, 8));
                    }
                }
                Part::Synopsis(words) => {
                    let lines = in_lines(words, SYNOPSIS_COLUMNS.min(columns - 4));
                    out.extend(lines.iter().map(|line| format!("    {line}\n")));
                }
                Part::Lines(lines) => {
                    out.extend(
                        lines
                            .iter()
                            .map(|line| format!("    {line}").trim_end().to_owned() + "\n"),
                    );
                }
            }
            if !matches!(part, Part::Section(_) | Part::Group(_)) {
                out.push('\n');
            }
        }
        out.trim_end().to_owned() + "\n"
    }
}

fn page_name(path: &str) -> String {
    format!("lifeboat {path}").trim_end().replace(' ', "-")
}

fn takes_value(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

/// The name of an argument's value.
fn value_of(arg: &Arg) -> String {
    let names = arg.get_value_names().unwrap_or_default();
    names
        .first()
        .map_or_else(|| arg.get_id().as_str().to_uppercase(), ToString::to_string)
}

/// `-q, --quiet`, `--out FILE`, `KIT`.
fn flags_of(arg: &Arg) -> String {
    let short = arg.get_short().map(|short| format!("-{short}"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    let mut flags = short.into_iter().chain(long).collect::<Vec<_>>().join(", ");
    if flags.is_empty() || takes_value(arg) {
        flags = format!("{flags} {}", value_of(arg)).trim_start().to_owned();
    }
    flags
}

fn help_of(arg: &Arg) -> String {
    let help = arg.get_long_help().or(arg.get_help());
    let mut help = help
        .map(ToString::to_string)
        .unwrap_or_default()
        .replace('\n', " ");
    let defaults: Vec<_> = arg
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy())
        .collect();
    if takes_value(arg) && !defaults.is_empty() {
        help += &format!(" [default: {}]", defaults.join(","));
    }
    help
}

/// What is typed, with the names of values.
/// The command with everything it takes, in pieces that are not broken.
fn synopsis(command: &Command, path: &str) -> Vec<String> {
    let name = format!("lifeboat {path}").trim_end().to_owned();
    if command.has_subcommands() {
        return vec![format!("{name} COMMAND …")];
    }
    let own = command
        .get_arguments()
        .filter(|arg| arg.get_help_heading() != Some(GLOBAL) && arg.get_id() != "help");
    let (positional, flags): (Vec<&Arg>, Vec<&Arg>) = own.partition(|arg| arg.is_positional());
    let (needed, optional): (Vec<&Arg>, Vec<&Arg>) =
        flags.into_iter().partition(|arg| arg.is_required_set());
    let words = needed
        .into_iter()
        .chain(positional)
        .chain(optional)
        .map(|arg| {
            let many = arg
                .get_num_args()
                .is_some_and(|range| range.max_values() > 1)
                || matches!(arg.get_action(), ArgAction::Append);
            let text = format!("{}{}", flags_of(arg), if many { "…" } else { "" });
            if arg.is_required_set() {
                text
            } else {
                format!("[{text}]")
            }
        });

    std::iter::once(name).chain(words).collect()
}

/// Pieces in lines of at most so many columns; further lines stand in.
fn in_lines(words: &[String], columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            None => lines.push(word.clone()),
            Some(last) if last.chars().count() + 1 + word.chars().count() <= columns => {
                last.push(' ');
                last.push_str(word);
            }
            Some(_) => lines.push(format!("    {word}")),
        }
    }
    lines
}

/// What an argument has to do with files, by its type.
fn file_of(arg: &Arg) -> Option<&'static str> {
    let kind = arg.get_value_parser().type_id();
    let is = |known: TypeId| kind == known;
    if is(TypeId::of::<InputPath>()) || is(TypeId::of::<ListPath>()) {
        Some("Only read, never changed.")
    } else if is(TypeId::of::<OutputFile>()) {
        Some(
            "A new file that only you can read. Nothing is overwritten, and it is under its name only when it is whole.",
        )
    } else if is(TypeId::of::<OutputFolder>()) {
        Some("A new folder that only you can read. It is under its name only when it is whole.")
    } else if is(TypeId::of::<OutputPrefix>()) {
        Some("PREFIX-private.pem and PREFIX-public.pem, new files that only you can read.")
    } else {
        None
    }
}

/// The page above, those beside it in its group, and what every page points at.
fn see_also(path: &str) -> String {
    let (parent, _) = path.split_once(' ').unwrap_or((path, ""));
    let group = GROUPS
        .iter()
        .find(|group| group.commands().any(|name| name == parent));
    let beside = group
        .into_iter()
        .flat_map(|group| group.commands().map(str::to_owned));
    let known = commands();
    let below = known
        .iter()
        .filter(|known| known.split_once(' ').is_some_and(|(of, _)| of == parent));
    let everywhere = [String::new(), "errors".to_owned(), "doctor".to_owned()];
    let mut pages: Vec<String> = Vec::new();
    for other in everywhere.into_iter().chain(beside).chain(below.cloned()) {
        let page = format!("{}(1)", page_name(&other));
        if other != path && !pages.contains(&page) {
            pages.push(page);
        }
    }
    format!("{}; docs/RUNBOOK.md, docs/FORMATS.md", pages.join(", "))
}

/// Text that the language of manual pages leaves as it is.
fn escaped(text: &str) -> String {
    let text = text
        .replace('\\', "\\e")
        .replace('-', "\\-")
        .replace('\'', "\\(aq");
    let text = text.replace('…', "...").replace('`', "\\(ga");
    if text.starts_with('.') {
        format!("\\&{text}")
    } else {
        text
    }
}

/// The same in lines of a usual length, with what is in backticks, which is typed, in bold.
fn marked(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(index, part)| {
        let part = escaped(part);
        if index % 2 == 1 {
            format!("\\fB{part}\\fR")
        } else {
            part
        }
    });
    let text = paragraph(&parts.collect::<String>(), ROFF_COLUMNS, 0);
    let lines = text.lines().map(|line| {
        let command = line.starts_with('.');
        format!("{}{line}", if command { "\\&" } else { "" })
    });
    lines.collect::<Vec<_>>().join("\n")
}
