//! `errors`: what every error code means and what to type next. docs/ERRORS.md is what this prints.
//!
//! A new code has one entry here, in the file of its area, and one case in `tests/errors/` that produces it.

pub(crate) mod devices;
pub(crate) mod exports;
pub(crate) mod files;
pub(crate) mod keys;
pub(crate) mod kits;
pub(crate) mod lists;
pub(crate) mod machine;
pub(crate) mod portal;
pub(crate) mod seals;

use serde_json::{Value, json};

use crate::{
    context::World,
    errors::failure::{Exit, Failure, Outcome},
    inputs::typed,
};

const AREAS: [Area; 9] = [
    files::FILES,
    keys::KEYS,
    kits::KITS,
    lists::LISTS,
    seals::SEALS,
    devices::DEVICES,
    exports::EXPORTS,
    portal::PORTAL,
    machine::MACHINE,
];

const HEAD: &str = "\
# Errors

Every error has a code: `lifeboat errors CODE` prints its part of this page, offline, and `--json` gives it as
`error.code`. Codes stay; messages and hints may change from version to version. This page is printed by
`lifeboat errors` and never edited by hand.

**In all of them:** kits, keys, backups and lists are only read, never changed. Nothing is overwritten. A result stands
under its name only when it is whole; otherwise there is none, or one called `….partial`. A passphrase can be tried as
often as you like. So nothing is worse than before you typed the command: take your time.

| exit status | meaning |
| --- | --- |
| 1 | the run finished, some records failed: each is named in the outcome |
| 2 | it could not run: something is missing, in the way or not readable |
| 3 | verification says no: do not use this kit, key, share or file as it is |
";

const WIDTH: usize = 120;

/// Codes that belong together.
struct Area {
    title: &'static str,
    codes: &'static [Code],
}

/// A code, for a person who has just met it.
struct Code {
    code: &'static str,
    /// How a run ends that fails with it; empty when it only stands beside single records.
    exits: &'static [Exit],
    /// What it means and what usually causes it.
    cause: &'static str,
    /// What to do next.
    remedy: &'static str,
}

const fn ends(
    code: &'static str,
    exits: &'static [Exit],
    cause: &'static str,
    remedy: &'static str,
) -> Code {
    Code {
        code,
        exits,
        cause,
        remedy,
    }
}

const fn refused(code: &'static str, cause: &'static str, remedy: &'static str) -> Code {
    ends(code, &[Exit::CouldNotRun], cause, remedy)
}

const fn not_verified(code: &'static str, cause: &'static str, remedy: &'static str) -> Code {
    ends(code, &[Exit::NotVerified], cause, remedy)
}

const fn some_failed(code: &'static str, cause: &'static str, remedy: &'static str) -> Code {
    ends(code, &[Exit::SomeFailed], cause, remedy)
}

const fn in_a_record(code: &'static str, cause: &'static str, remedy: &'static str) -> Code {
    ends(code, &[], cause, remedy)
}

/// Prints the whole catalogue, or what it says of one code.
pub(crate) fn errors(wanted: Option<&str>, world: &World) -> Result<Outcome, Failure> {
    let Some(wanted) = wanted else {
        world.terminal.show_text(&page());
        let all = AREAS
            .iter()
            .flat_map(|area| area.codes.iter().map(|code| code.to_json(area.title)));
        return Ok(Outcome::done(json!({ "errors": all.collect::<Vec<_>>() })));
    };
    let all = AREAS
        .iter()
        .flat_map(|area| area.codes.iter().map(|code| (area.title, code)));
    let Some((area, code)) = all.into_iter().find(|(_, code)| code.code == wanted) else {
        let wanted = typed::shown(wanted);
        return Err(Failure::refused("usage", format!("no error code `{wanted}`"))
            .hint("`lifeboat errors` lists them; with `--json`, a failed command gives its code as `error.code`"));
    };
    world.terminal.show_text(&code.to_markdown());
    Ok(Outcome::done(code.to_json(area)))
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    for area in &AREAS {
        page += &format!("\n## {}\n", area.title);
        for code in area.codes {
            page += &format!("\n{}", code.to_markdown());
        }
    }
    page
}

impl Code {
    fn to_markdown(&self) -> String {
        let exits: Vec<String> = self
            .exits
            .iter()
            .map(|exit| (*exit as u8).to_string())
            .collect();
        let end = match exits.as_slice() {
            [] => "Stands beside a single record of an outcome.".to_owned(),
            exits => format!("Exit status {}.", exits.join(" or ")),
        };
        let cause = wrapped(&format!("{end} {}", self.cause));
        format!(
            "### `{}`\n\n{cause}\n{}",
            self.code,
            wrapped(&format!("**What to do:** {}", self.remedy))
        )
    }

    fn to_json(&self, area: &str) -> Value {
        json!({
            "code": self.code,
            "exit": self.exits.iter().map(|exit| *exit as u8).collect::<Vec<_>>(),
            "area": area,
            "cause": self.cause,
            "remedy": self.remedy,
        })
    }
}

/// The text in lines of [`WIDTH`] characters, each with its end. What stands in backticks is typed, and not broken.
fn wrapped(text: &str) -> String {
    let mut pieces: Vec<String> = Vec::new();
    let mut quoted = false;
    for word in text.split(' ') {
        match pieces.last_mut() {
            Some(piece) if quoted => piece.extend([" ", word]),
            _ => pieces.push(word.to_owned()),
        }
        quoted ^= word.matches('`').count() % 2 == 1;
    }
    let (mut out, mut width) = (String::new(), 0);
    for piece in pieces {
        let length = piece.chars().count();
        if width > 0 {
            let fits = width + 1 + length <= WIDTH;
            out.push(if fits { ' ' } else { '\n' });
            width = if fits { width + 1 } else { 0 };
        }
        out.push_str(&piece);
        width += length;
    }
    out.push('\n');
    out
}
