//! Questions for files: those that were seen and fit are offered, any other can be typed, and what does not fit is called
//! what it is.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use super::{
    recognise::{Kind, Looked},
    session::{Answer, Question, Session, Turn},
    shown_command::can_be_shown,
};

/// Files that are offered by number.
const MOST_OFFERED: usize = 9;

/// A file that is asked for.
pub(crate) struct Wanted<'a> {
    /// What the notes call the answer.
    pub(crate) key: &'static str,
    pub(crate) text: &'a str,
    /// What it is, with its article.
    pub(crate) what: &'static str,
    pub(crate) fits: fn(&Kind) -> bool,
    /// Whether several files, or a folder, may be the answer. Otherwise what is in a folder is offered.
    pub(crate) many: bool,
    /// Answers that are no file.
    pub(crate) others: &'a [&'a str],
    pub(crate) why: &'a str,
}

/// What was answered.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// Files or folders, by their full paths; one, where only one was asked for.
    Files(Vec<PathBuf>),
    /// The place of another answer, from 0.
    Other(usize),
}

/// How the notes tell other answers from files: no full path begins so.
const OTHER: &str = "other:";

impl Session<'_> {
    /// The file, as it was answered before, or asked for.
    pub(crate) fn choose(&mut self, wanted: &Wanted<'_>) -> Result<Chosen, Turn> {
        if let Some(answer) = self.notes.answer(wanted.key) {
            if let Some(chosen) = self.still_there(wanted, &answer) {
                return Ok(chosen);
            }
            self.notes.forget(wanted.key)?;
        }
        let chosen = self.ask_for(wanted)?;
        let answer: Vec<OsString> = match &chosen {
            Chosen::Files(paths) => paths.iter().map(OsString::from).collect(),
            Chosen::Other(place) => vec![format!("{OTHER}{place}").into()],
        };
        self.notes.set_answer(wanted.key, &answer)?;
        // Told already: it was just answered.
        self.told.push(wanted.key);
        Ok(chosen)
    }

    fn still_there(&mut self, wanted: &Wanted<'_>, answer: &[OsString]) -> Option<Chosen> {
        let other = answer.first().and_then(|answer| answer.to_str());
        let other = other.and_then(|text| text.strip_prefix(OTHER)?.parse().ok());
        if let Some(place) = other {
            return (place < wanted.others.len()).then_some(Chosen::Other(place));
        }
        let paths: Vec<PathBuf> = answer.iter().map(PathBuf::from).collect();
        if let Some(gone) = paths.iter().find(|path| !path.exists()) {
            self.tell_apart(format!("{} is not there any more.", self.shown(gone)));
            return None;
        }
        if !self.told.contains(&wanted.key) {
            self.told.push(wanted.key);
            let shown: Vec<String> = paths.iter().map(|path| self.shown(path)).collect();
            self.tell_apart(format!(
                "You named {} as {}.",
                shown.join(", "),
                wanted.what
            ));
        }
        Some(Chosen::Files(paths))
    }

    fn ask_for(&mut self, wanted: &Wanted<'_>) -> Result<Chosen, Turn> {
        let mut insisted = None;
        loop {
            let offered: Vec<PathBuf> = self
                .seen
                .iter()
                .filter(|looked| {
                    (wanted.fits)(&looked.kind) && can_be_shown(looked.path.as_os_str())
                })
                .map(|looked| looked.path.clone())
                .take(MOST_OFFERED)
                .collect();
            let all = (wanted.many && offered.len() > 1)
                .then(|| format!("all of the {} files below", offered.len()));
            let files = self
                .seen
                .iter()
                .filter(|looked| offered.contains(&looked.path));
            let files =
                files.map(|looked| format!("{}, {}", self.shown(&looked.path), looked.kind.name()));
            let others = wanted.others.iter().map(|other| (*other).to_owned());
            let before = usize::from(all.is_some());
            let choices: Vec<String> = all.into_iter().chain(files).chain(others).collect();
            let question = Question {
                text: wanted.text,
                enter: !choices.is_empty(),
                choices,
                typed: Some("the path of a file or folder"),
                why: wanted.why,
            };
            match self.ask(&question)? {
                Answer::Choice(place) if place < before => return Ok(Chosen::Files(offered)),
                Answer::Choice(place) => {
                    return Ok(match offered.get(place - before) {
                        Some(path) => Chosen::Files(vec![path.clone()]),
                        None => Chosen::Other(place - before - offered.len()),
                    });
                }
                Answer::Typed(typed) => {
                    let path = self.typed_path(&typed);
                    let again = insisted.as_ref() == Some(&path);
                    if let Some(path) = self.fitting(wanted, path.clone(), again) {
                        return Ok(Chosen::Files(vec![path]));
                    }
                    insisted = Some(path);
                }
            }
        }
    }

    /// The file that was typed, where it is what is asked for. Typed a second time it is taken: the command will say.
    fn fitting(&mut self, wanted: &Wanted<'_>, path: PathBuf, again: bool) -> Option<PathBuf> {
        let looked = Looked::at(&path);
        let shown = self.shown(&path);
        if !can_be_shown(path.as_os_str()) {
            self.tell("The name of this file ends with a line end, which no command line can hold. Rename it first.");
            return None;
        }
        if matches!(looked.kind, Kind::Unreadable(_)) {
            self.tell(format!("{shown}: {}.", looked.kind.name()));
            return None;
        }
        if (wanted.fits)(&looked.kind) || again || looked.kind == Kind::Folder && wanted.many {
            return Some(path);
        }
        if looked.kind == Kind::Folder {
            let before = self.seen.len();
            self.look_at(&[path]);
            let new = self.seen.iter().skip(before);
            let fitting = new.filter(|looked| (wanted.fits)(&looked.kind)).count();
            if fitting == 0 {
                self.tell(format!(
                    "In {shown} there is no file that looks like {}.",
                    wanted.what
                ));
            }
            return None;
        }
        self.tell(format!(
            "{shown} is {}, not {}.",
            looked.kind.name(),
            wanted.what
        ));
        if let Some(use_) = looked.kind.good_for() {
            self.tell(format!("What it is good for: {use_}."));
        }
        self.tell("Name another file. If you are sure of this one, type the same path again.");
        None
    }

    /// The path that was meant: desktops put quotes or backslashes around what is dropped into a terminal.
    fn typed_path(&self, typed: &OsStr) -> PathBuf {
        let as_typed = self.full(Path::new(typed));
        if as_typed.symlink_metadata().is_ok() {
            return as_typed;
        }
        let Some(text) = typed.to_str() else {
            return as_typed;
        };
        let quoted = ['\'', '"'].into_iter().find_map(|quote| {
            let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
            Some(inner.to_owned())
        });
        let home = text.strip_prefix("~/").zip(std::env::var_os("HOME"));
        let home = home.map(|(rest, home)| Path::new(&home).join(rest).into_os_string());
        let bare: OsString = text.replace('\\', "").into();
        let meant = quoted.map(OsString::from).or(home).unwrap_or(bare);
        let meant = self.full(Path::new(&meant));
        match meant.symlink_metadata() {
            Ok(_) => meant,
            Err(_) => as_typed,
        }
    }
}
