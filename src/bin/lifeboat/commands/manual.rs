//! `man` and `completions`: printed from the one definition in `args`.

use crate::{
    args::{
        completions::{completions as script_for, place_of},
        man_page::ManPage,
        near_misses::meant_by,
        paths::OutputFolder,
    },
    context::World,
    errors::{catalogue::Files, failure::Failure},
    inputs::typed,
    outcomes::{
        Outcome,
        parts::Results,
        program::{Pages, Text},
    },
    outputs::new_folder::NewFolder,
    sandbox::clock::program_date,
    terminal::{plural, reading_columns},
};

/// Prints the manual page of the whole, or of the command named: as text where a person sees it, elsewhere for `man`.
/// With a folder, writes every page there.
pub(crate) fn man(
    path: &[String],
    all: Option<&OutputFolder>,
    world: &World,
) -> Result<Outcome, Failure> {
    if let Some(folder) = all {
        return every_page(folder, world);
    }
    // `lifeboat help derive` is a command, and its page is that of `derive`.
    let words = path.iter().map(String::as_str);
    let words: Vec<&str> = words.filter(|word| *word != "help").collect();
    let page = ManPage::of(&words).ok_or_else(|| no_page(&words))?;

    let roff = page.roff(&date());
    let terminal = &world.terminal;
    if terminal.shows_stdout() {
        terminal.show_text(&page.text_of(reading_columns()));
        let name = ["lifeboat man", &words.join(" ")].join(" ");
        terminal.say(format!("page by page: `{} | man -l -`", name.trim_end()));
    } else {
        terminal.show_text(&roff);
    }
    Ok(Outcome::done(Text { text: roff }))
}

fn every_page(folder: &OutputFolder, world: &World) -> Result<Outcome, Failure> {
    let mut pages = NewFolder::create(folder)?;
    for page in ManPage::all() {
        pages.write(
            &format!("{}.1", page.name),
            page.roff(&date()).as_bytes(),
            world,
        )?;
    }
    let files = pages.finish()?;

    let terminal = &world.terminal;
    terminal.say(format!(
        "wrote {} into `{}`",
        plural(files.len() as u64, "manual page"),
        folder.display()
    ));
    terminal.say(format!(
        "`sudo install -D -m 644 -t /usr/local/share/man/man1 {}/*` installs them",
        folder.components().as_path().display()
    ));
    Ok(Outcome::done(Pages {
        files: Results::of(&files),
    }))
}

fn no_page(words: &[&str]) -> Failure {
    let typed = typed::shown(&words.join(" "));
    let failure = Failure::new(Files::Usage, format!("no command `{typed}`"));
    let last = words.last().copied().unwrap_or_default();
    let meant = meant_by(last, words.first().copied().unwrap_or_default())
        .into_iter()
        .filter(|command| !command.starts_with('-'));
    let meant: Vec<String> = meant
        .map(|command| format!("`lifeboat man {command}`"))
        .collect();
    if meant.is_empty() {
        failure.hint("`lifeboat help` lists the commands")
    } else {
        failure.hint(format!("did you mean {}?", meant.join(" or ")))
    }
}

/// When the program was written, as pages say it; nothing where that is not known.
fn date() -> String {
    let date = program_date().map(|date| date.to_string());
    date.and_then(|date| date.get(..10).map(str::to_owned))
        .unwrap_or_default()
}

/// Prints completions for a shell.
pub(crate) fn completions(shell: clap_complete::Shell, world: &World) -> Outcome {
    let text = script_for(shell);
    let terminal = &world.terminal;
    terminal.show_text(&text);
    if terminal.shows_stdout() {
        terminal.say(format!("put this into {}", place_of(shell)));
    }
    Outcome::done(Text { text })
}
