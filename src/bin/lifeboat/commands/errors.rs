//! `errors`: what every error code means and what to type next. docs/ERRORS.md is what this prints.

use crate::{
    context::World,
    errors::{
        catalogue::{AREAS, Files},
        code::Entry,
        failure::Failure,
    },
    inputs::typed,
    outcomes::{
        Outcome,
        program::{ErrorEntry, ErrorList},
    },
    terminal::{folded, paragraph, reading_columns},
};

const HEAD: &str = "\
# Errors

Every error has a code: `lifeboat errors CODE` prints its part of this page, offline, and `--json` gives it as
`error.code`. Codes stay; messages and hints may change from version to version. This page is printed by
`lifeboat errors` and never edited by hand.

**In all of them:** kits, keys, backups and lists are only read, never changed. Nothing is overwritten. A result is
under its name only when it is whole; otherwise there is none, or one called `….partial`. A passphrase can be tried as
often as you like. So nothing is worse than before you typed the command: take your time.

| exit status | meaning |
| --- | --- |
| 1 | the run finished, some records failed: each is named in the outcome |
| 2 | it could not run: something is missing, in the way or not readable |
| 3 | verification says no: do not use this kit, key, share or file as it is |
";

const WIDTH: usize = 120;

/// Prints the whole catalogue, or what it says of one code.
pub(crate) fn errors(wanted: Option<&str>, world: &World) -> Result<Outcome, Failure> {
    let Some(wanted) = wanted else {
        show(&page(), world);
        let all = AREAS
            .iter()
            .flat_map(|area| area.entries.iter().map(|code| json_of(code, area.title)));
        return Ok(Outcome::done(ErrorList {
            errors: all.collect(),
        }));
    };
    let all = AREAS
        .iter()
        .flat_map(|area| area.entries.iter().map(|code| (area.title, code)));
    let Some((area, code)) = all.into_iter().find(|(_, code)| code.name == wanted) else {
        let wanted = typed::shown(wanted);
        return Err(Failure::new(Files::Usage, format!("no error code `{wanted}`"))
            .hint("`lifeboat errors` lists them; with `--json`, a failed command gives its code as `error.code`"));
    };
    show(&markdown_of(code), world);
    Ok(Outcome::done(json_of(code, area)))
}

/// Shows a part of the page: to a person without the marks of Markdown.
fn show(markdown: &str, world: &World) {
    let terminal = &world.terminal;
    if terminal.shows_stdout() {
        terminal.show_text(&plain(markdown, reading_columns()));
    } else {
        terminal.show_text(markdown);
    }
}

/// The text of the page in lines of so many columns, without marks.
fn plain(markdown: &str, columns: usize) -> String {
    let blocks = markdown.trim_end().split("\n\n").map(|block| {
        if let Some(title) = block.strip_prefix('#') {
            return title.trim_start_matches('#').trim().replace('`', "");
        }
        let rows = block
            .lines()
            .filter(|line| line.starts_with("| ") && !line.contains("---"));
        let rows: Vec<String> = rows
            .map(|row| row.trim_matches(['|', ' ']).replace(" | ", "  "))
            .collect();
        if rows.is_empty() {
            paragraph(&block.replace("**", ""), columns, 0)
        } else {
            let rows = rows.iter().flat_map(|row| folded(row, columns));
            rows.collect::<Vec<_>>().join("\n")
        }
    });
    blocks.collect::<Vec<_>>().join("\n\n")
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    for area in &AREAS {
        page += &format!("\n## {}\n", area.title);
        for code in area.entries {
            page += &format!("\n{}", markdown_of(code));
        }
    }
    page
}

fn markdown_of(code: &Entry) -> String {
    let exits: Vec<String> = code
        .exits
        .iter()
        .map(|exit| (*exit as u8).to_string())
        .collect();
    let end = match exits.as_slice() {
        [] => "Given for a single record in the outcome; the run goes on.".to_owned(),
        exits => format!("Exit status {}.", exits.join(" or ")),
    };
    let cause = wrapped(&format!("{end} {}", code.cause));
    format!(
        "### `{}`\n\n{cause}\n{}",
        code.name,
        wrapped(&format!("**What to do:** {}", code.remedy))
    )
}

fn json_of(code: &Entry, area: &'static str) -> ErrorEntry {
    ErrorEntry {
        code: code.name,
        exit: code.exits.iter().map(|exit| *exit as u8).collect(),
        area,
        cause: code.cause,
        remedy: code.remedy,
    }
}

/// The text in lines of [`WIDTH`] characters, each with its end.
fn wrapped(text: &str) -> String {
    paragraph(text, WIDTH, 0) + "\n"
}
