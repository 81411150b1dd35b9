//! A step: one command, shown before it runs, and remembered with the SHA-256 of what it read and wrote. What was done
//! already is not done again, unless something has changed since.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::{
    notes::{Known, Record},
    program::Ended,
    session::{Answer, Question, Session, Turn},
    shown_command::{quoted, shown_command},
};
use crate::{
    errors::failure::Failure, outputs::partial_file::partial_name, terminal::conversation_columns,
};

/// One command.
pub(crate) struct Step {
    /// What the notes call it.
    name: String,
    /// What it does and why, for the person.
    says: String,
    words: Vec<Word>,
    makes: Option<Makes>,
}

/// A word of a command.
enum Word {
    Plain(String),
    /// A file or folder that is read.
    Input(PathBuf),
    /// Where the result goes.
    Result,
}

/// What a command writes into the work folder.
struct Makes {
    stem: String,
    /// The ends of the names of its files.
    endings: &'static [&'static str],
    /// Whether the command is told the beginning of the names alone.
    by_prefix: bool,
    /// Whether an interrupted run can be gone on with.
    resumes: bool,
}

/// What a step came to.
pub(crate) enum Taken {
    /// Done and verified, now or before; its results.
    Done(Vec<PathBuf>),
    /// Done, but for some records; its results.
    Partly(Vec<PathBuf>),
    /// Not done.
    Failed(Failed),
}

/// A command that did not do what it was to do.
pub(crate) struct Failed {
    pub(crate) ended: Ended,
    /// Whether Ctrl-C was pressed.
    pub(crate) was_stopped: bool,
    /// The files that it may have written all the same: a report says what failed.
    pub(crate) results: Vec<PathBuf>,
}

/// How a step is to be done.
enum Plan {
    /// It was done, and nothing has changed.
    IsDone(Taken),
    /// With this number behind the stem of its results, and whether an interrupted run goes on.
    Run { number: usize, resume: bool },
}

impl Step {
    pub(crate) fn new(name: impl Into<String>, command: &str, says: impl Into<String>) -> Self {
        let words = command.split(' ');
        Self {
            name: name.into(),
            says: says.into(),
            words: words.map(|word| Word::Plain(word.to_owned())).collect(),
            makes: None,
        }
    }

    pub(crate) fn word(mut self, word: impl Into<String>) -> Self {
        self.words.push(Word::Plain(word.into()));
        self
    }

    pub(crate) fn input(mut self, path: &Path) -> Self {
        self.words.push(Word::Input(path.to_owned()));
        self
    }

    /// An option and the file it names.
    pub(crate) fn with(self, option: &str, path: &Path) -> Self {
        self.word(option).input(path)
    }

    /// The option that names the result, a file `stem` + `ending` in the work folder.
    pub(crate) fn makes(
        self,
        option: &str,
        stem: impl Into<String>,
        endings: &'static [&'static str],
    ) -> Self {
        let mut step = self.word(option);
        step.words.push(Word::Result);
        step.makes = Some(Makes {
            stem: stem.into(),
            endings,
            by_prefix: false,
            resumes: false,
        });
        step
    }

    /// The result is several files, and the command is told the beginning of their names.
    pub(crate) fn by_prefix(mut self) -> Self {
        if let Some(makes) = &mut self.makes {
            makes.by_prefix = true;
        }
        self
    }

    /// `--resume` goes on where an interrupted run stopped.
    pub(crate) fn resumes(mut self) -> Self {
        if let Some(makes) = &mut self.makes {
            makes.resumes = true;
        }
        self
    }

    fn inputs(&self) -> impl Iterator<Item = &Path> {
        self.words.iter().filter_map(|word| match word {
            Word::Input(path) => Some(path.as_path()),
            _ => None,
        })
    }

    /// The command's name, such as `kit verify`.
    fn command(&self) -> String {
        command_of(&self.plain_words())
    }

    fn plain_words(&self) -> Vec<String> {
        let words = self.words.iter().filter_map(|word| match word {
            Word::Plain(word) => Some(word.clone()),
            _ => None,
        });
        words.collect()
    }

    /// The result files, with a number behind the stem from 2 on.
    fn results(&self, folder: &Path, number: usize) -> Vec<PathBuf> {
        let Some(makes) = &self.makes else {
            return Vec::new();
        };
        let stem = makes.numbered(number);
        let names = makes.endings.iter();
        names
            .map(|ending| folder.join(format!("{stem}{ending}")))
            .collect()
    }
}

impl Makes {
    fn numbered(&self, number: usize) -> String {
        match number {
            0 | 1 => self.stem.clone(),
            number => format!("{}-{number}", self.stem),
        }
    }

    /// What the command is told.
    fn told(&self, folder: &Path, number: usize) -> PathBuf {
        let ending = match (self.by_prefix, self.endings) {
            (false, [ending, ..]) => ending,
            _ => "",
        };
        folder.join(format!("{}{ending}", self.numbered(number)))
    }
}

impl Session<'_> {
    /// Shows the step's command and runs it, unless it is done already.
    pub(crate) fn take(&mut self, step: &Step) -> Result<Taken, Turn> {
        let folder = self.full(&self.notes.folder);
        let (number, resume) = match self.plan(step, &folder)? {
            Plan::IsDone(taken) => return Ok(taken),
            Plan::Run { number, resume } => (number, resume),
        };
        let results = step.results(&folder, number);
        let words = self.words(step, &folder, number, resume);
        self.tell_apart(&step.says);
        let shown = shown_command(&self.program.shown, &words, conversation_columns());
        self.world.terminal.show_text(&shown);
        self.enter_runs_it(&step.command())?;

        let mut record = Record {
            step: step.name.clone(),
            words: step.plain_words(),
            inputs: step.inputs().map(Known::now).collect(),
            results: results.iter().map(|path| Known::later(path)).collect(),
            exit_status: None,
        };
        self.notes.put(record.clone())?;
        self.take_interrupt();
        let ended = self.program.run(&words)?;
        let is_whole = results.iter().all(|path| path.exists());
        let exit = match ended {
            Ended::Exit(0) if is_whole => 0,
            Ended::Exit(1) if is_whole && !results.is_empty() => 1,
            _ => {
                self.came_to_nothing(step, &results)?;
                return Ok(Taken::Failed(Failed {
                    ended,
                    was_stopped: self.take_interrupt(),
                    results,
                }));
            }
        };
        record.results = results.iter().map(|path| Known::now(path)).collect();
        record.exit_status = Some(exit);
        self.tell_results(&record);
        self.notes.put(record)?;
        Ok(taken(exit, results))
    }

    /// Shows a command that is typed elsewhere.
    pub(crate) fn show_command(&self, words: &[OsString]) {
        let Some((program, words)) = words.split_first() else {
            return;
        };
        let shown = shown_command(&quoted(program), words, conversation_columns());
        self.world.terminal.show_text(&shown);
    }

    /// Shows a command of this program for later, and where its result is to go in the work folder.
    pub(crate) fn show_later(&self, command: &str, file: &Path, more: &[&str], out: Option<&str>) {
        let mut words = vec![self.program.typed()];
        words.extend(command.split(' ').map(OsString::from));
        words.push(self.named(file));
        words.extend(more.iter().map(OsString::from));
        if let Some(out) = out {
            let out = self.full(&self.notes.folder).join(out);
            words.extend(["--out".into(), self.named(&out)]);
        }
        self.show_command(&words);
    }

    /// What was not done leaves nothing to remember, but for a run that can be gone on with.
    fn came_to_nothing(&mut self, step: &Step, results: &[PathBuf]) -> Result<(), Failure> {
        let resumes = step.makes.as_ref().is_some_and(|makes| makes.resumes);
        match resumes && results.iter().any(|path| partial_name(path).exists()) {
            true => Ok(()),
            false => self.notes.take_away(&step.name),
        }
    }

    fn words(&self, step: &Step, folder: &Path, number: usize, resume: bool) -> Vec<OsString> {
        let words = step.words.iter().map(|word| match word {
            Word::Plain(word) => word.into(),
            Word::Input(path) => self.named(path),
            Word::Result => {
                let told = step.makes.as_ref().map(|makes| makes.told(folder, number));
                self.named(&told.unwrap_or_default())
            }
        });
        let mut words: Vec<OsString> = words.collect();
        if resume {
            words.push("--resume".into());
        }
        self.program.whole(words)
    }

    /// Waits until the person lets a command run.
    pub(crate) fn enter_runs_it(&mut self, command: &str) -> Result<(), Turn> {
        let why = format!(
            "Enter runs the command above, just as it stands there. It asks for its passphrases itself, and nothing \
             that you type then is shown. In another window, `{} help {command}` explains it.",
            self.program.shown
        );
        let question = Question {
            text: "",
            choices: Vec::new(),
            enter: true,
            typed: None,
            why: &why,
        };
        self.tell("Enter runs it.");
        match self.ask(&question)? {
            Answer::Choice(_) | Answer::Typed(_) => Ok(()),
        }
    }

    fn tell_results(&self, record: &Record) {
        for known in &record.results {
            let digest = known.sha256.as_deref().unwrap_or("unknown");
            let name = self.shown(&known.path());
            self.tell(format!("Written: {name}, SHA-256 {digest}"));
        }
    }

    /// What the notes and the work folder say of a step.
    fn plan(&mut self, step: &Step, folder: &Path) -> Result<Plan, Turn> {
        let free = |number: &usize| {
            let results = step.results(folder, *number);
            results
                .iter()
                .all(|path| path.symlink_metadata().is_err() && !partial_name(path).exists())
        };
        let next = (1..).find(free).unwrap_or(1);
        let anew = Plan::Run {
            number: next,
            resume: false,
        };
        let Some(record) = self.notes.record(&step.name).cloned() else {
            return Ok(anew);
        };

        let now: Vec<Known> = step.inputs().map(Known::now).collect();
        let is_same = record.inputs == now && record.words == step.plain_words();
        let name = record.results.first().map(Known::path);
        let shown = name.as_deref().map(|path| self.shown(path));
        if let Some(exit) = record.exit_status {
            return Ok(self.plan_of_done(&record, exit, is_same).unwrap_or(anew));
        }

        let number = (1..next).find(|number| {
            let told = step.results(folder, *number);
            told.iter().eq(record
                .results
                .iter()
                .map(Known::path)
                .collect::<Vec<_>>()
                .iter())
        });
        let (Some(number), Some(name), Some(shown)) = (number, name, shown) else {
            return Ok(anew);
        };
        let resumes = step.makes.as_ref().is_some_and(|makes| makes.resumes);
        if partial_name(&name).exists() && resumes && is_same {
            self.tell_apart(format!(
                "This was begun and not finished: part of {shown} is there. The command checks that part and goes on."
            ));
            return Ok(Plan::Run {
                number,
                resume: true,
            });
        }
        if is_same && record.results.iter().all(|known| known.path().exists()) {
            return self.plan_of_whole(record).map(Plan::IsDone);
        }
        Ok(anew)
    }

    /// A step that was done before: it still is, where nothing has changed.
    fn plan_of_done(&self, record: &Record, exit: i32, is_same: bool) -> Option<Plan> {
        let results: Vec<PathBuf> = record.results.iter().map(Known::path).collect();
        let name = results.first().map(|path| self.shown(path));
        let name = name.as_deref().unwrap_or(&record.step);
        if let Some(gone) = results.iter().find(|path| !path.exists()) {
            self.tell_apart(format!(
                "{} was written before and is not there any more. This step is done again.",
                self.shown(gone)
            ));
            return None;
        }
        if !record.results.iter().all(Known::is_as_it_was) {
            self.tell_apart(format!(
                "{name} is not as it was written: its SHA-256 differs. Do not use it. This step is done again, and its \
                 result gets another name."
            ));
            return None;
        }
        if !is_same {
            let again = "What this step reads, or what you answered, has changed since it was done. It is done again";
            let again = match results.is_empty() {
                true => format!("{again}."),
                false => {
                    format!("{again}, and its result gets another name. {name} stays as it is.")
                }
            };
            self.tell_apart(again);
            return None;
        }
        self.tell_apart(format!("Done before: {}", self.told(record)));
        Some(Plan::IsDone(taken(exit, results)))
    }

    /// The command came to its end, and the guide did not: a file has its name only when it is whole.
    fn plan_of_whole(&mut self, mut record: Record) -> Result<Taken, Turn> {
        let results: Vec<PathBuf> = record.results.iter().map(Known::path).collect();
        record.results = results.iter().map(|path| Known::now(path)).collect();
        record.exit_status = Some(0);
        self.tell_apart(format!(
            "Done before: {}. The guide was ended before it could note that. A command gives a file its name only when \
             the file is whole.",
            self.told(&record)
        ));
        self.notes.put(record)?;
        Ok(taken(0, results))
    }

    /// A step in a few words: what it wrote, or its command.
    pub(crate) fn told(&self, record: &Record) -> String {
        let files = record.results.iter().map(|known| self.shown(&known.path()));
        let files: Vec<String> = files.collect();
        let command = command_of(&record.words);
        match files.is_empty() {
            true => format!("`{command}`"),
            false => format!("`{command}` wrote {}", files.join(" and ")),
        }
    }
}

/// The words before the first option.
fn command_of(words: &[String]) -> String {
    let words = words.iter().map(String::as_str);
    let words: Vec<&str> = words.take_while(|word| !word.starts_with('-')).collect();
    words.join(" ")
}

fn taken(exit: i32, results: Vec<PathBuf>) -> Taken {
    match exit {
        0 => Taken::Done(results),
        _ => Taken::Partly(results),
    }
}
