//! A story: stages in their order, each a question or a step. `b` goes back to the question before; a step that failed leads
//! to what may help.

use std::{ffi::OsString, path::PathBuf};

use super::{
    program::Ended,
    session::{Answer, Question, Session, Turn},
    step::{Failed, Step, Taken},
};

/// A stage of a story.
pub(crate) struct Stage {
    /// The question that it asks, as the notes call its answer; of a step, its name.
    pub(crate) name: &'static str,
    pub(crate) run: fn(&mut Session<'_>) -> Result<(), Turn>,
}

/// What may help when a step failed.
#[derive(Clone, Copy)]
pub(crate) enum Remedy {
    /// The same command again.
    Again,
    /// Another answer to this question.
    Ask(&'static str),
    /// This step again, with a new result.
    Redo(&'static str),
    /// Going on without it.
    GoOn,
}

/// What is told of a step that failed.
pub(crate) struct Advice {
    /// What it means.
    words: String,
    /// What may help, the best first, each in its words.
    remedies: Vec<(Remedy, String)>,
}

/// Advice of a few words.
pub(crate) fn advice(words: &str, remedies: &[(Remedy, &str)]) -> Advice {
    let remedies = remedies.iter();
    Advice {
        words: words.to_owned(),
        remedies: remedies
            .map(|(remedy, words)| (*remedy, (*words).to_owned()))
            .collect(),
    }
}

/// What is to be done after a failure.
enum After {
    Again,
    GoOn,
}

/// A text that is asked for.
pub(crate) struct WantedText<'a> {
    /// What the notes call the answer.
    pub(crate) key: &'static str,
    pub(crate) text: &'a str,
    /// Values that can be taken by number, each with its words.
    pub(crate) choices: Vec<(String, String)>,
    /// What may be typed.
    pub(crate) typed: &'static str,
    /// The text as it is used, or what is wrong with it.
    pub(crate) parse: fn(&str) -> Result<String, String>,
    pub(crate) why: &'a str,
}

impl Session<'_> {
    /// Tells a story to its end.
    pub(crate) fn tell_story(&mut self, stages: &[Stage]) -> Result<(), Turn> {
        let mut at = 0;
        while let Some(stage) = stages.get(at) {
            match (stage.run)(self) {
                Ok(()) => at += 1,
                Err(Turn::Back) => {
                    let mut before = stages.iter().take(at).enumerate().rev();
                    let asked = before.find(|(_, stage)| self.notes.answer(stage.name).is_some());
                    let Some((place, stage)) = asked else {
                        return Err(Turn::Back);
                    };
                    self.notes.forget(stage.name)?;
                    at = place;
                }
                Err(Turn::To(name)) => {
                    self.notes.forget(name)?;
                    let place = stages.iter().position(|stage| stage.name == name);
                    at = place.unwrap_or(at);
                }
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    /// The files that were answered, which an earlier stage asks for.
    pub(crate) fn files(&self, key: &'static str) -> Result<Vec<PathBuf>, Turn> {
        let answer = self.notes.answer(key).ok_or(Turn::To(key))?;
        Ok(answer.into_iter().map(PathBuf::from).collect())
    }

    /// The file that was answered.
    pub(crate) fn file(&self, key: &'static str) -> Result<PathBuf, Turn> {
        self.files(key)?.into_iter().next().ok_or(Turn::To(key))
    }

    /// The text that was answered.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        let answer = self.notes.answer(key)?.into_iter().next()?;
        answer.into_string().ok()
    }

    /// Asks for a text, or takes the one that was answered before.
    pub(crate) fn ask_text(&mut self, wanted: &WantedText<'_>) -> Result<String, Turn> {
        if let Some(answer) = self.text(wanted.key) {
            return Ok(answer);
        }
        let choices = wanted.choices.iter().map(|(_, words)| words.clone());
        let question = Question {
            text: wanted.text,
            choices: choices.collect(),
            enter: !wanted.choices.is_empty(),
            typed: Some(wanted.typed),
            why: wanted.why,
        };
        loop {
            let value = match self.ask(&question)? {
                Answer::Choice(place) => wanted.choices.get(place).map(|(value, _)| value.clone()),
                Answer::Typed(typed) => match (wanted.parse)(&typed.to_string_lossy()) {
                    Ok(value) => Some(value),
                    Err(why) => {
                        self.tell(why);
                        None
                    }
                },
            };
            if let Some(value) = value {
                self.notes
                    .set_answer(wanted.key, &[OsString::from(&value)])?;
                return Ok(value);
            }
        }
    }

    /// Takes a step until it is done. `says` tells a failure in words, and which remedies there are, the best first.
    pub(crate) fn insist(
        &mut self,
        step: impl Fn(&Self) -> Result<Step, Turn>,
        says: fn(&mut Self, &Failed) -> Advice,
    ) -> Result<Option<Vec<PathBuf>>, Turn> {
        loop {
            let step = step(self)?;
            let failed = match self.take(&step)? {
                Taken::Done(results) => return Ok(Some(results)),
                Taken::Partly(results) => {
                    self.tell("It was done, but not for all: the lines above name what failed.");
                    return Ok(Some(results));
                }
                Taken::Failed(failed) => failed,
            };
            let advice = says(self, &failed);
            match self.after(&failed, &advice)? {
                After::Again => {}
                After::GoOn => return Ok(None),
            }
        }
    }

    fn after(&mut self, failed: &Failed, advice: &Advice) -> Result<After, Turn> {
        let words = &advice.words;
        let text = match (failed.was_stopped, failed.ended) {
            (true, _) | (_, Ended::Signal) => {
                "The command was stopped before its end. Nothing half-written is left. What can be gone on with is kept."
                    .to_owned()
            }
            (_, Ended::Exit(2)) => {
                format!("The command could not run: the lines above say why. {words}")
            }
            _ => format!("The command says no: the lines above say why. {words}"),
        };
        let why = "Nothing is worse than before: no command changes what you have. `lifeboat errors CODE` explains the \
                   code in the last line that begins with `lifeboat: more`.";
        let text = text.trim_end().to_owned();
        match self.pick(&text, &advice.remedies, why)? {
            Remedy::Again => Ok(After::Again),
            Remedy::GoOn => Ok(After::GoOn),
            Remedy::Ask(name) => Err(Turn::To(name)),
            Remedy::Redo(name) => {
                self.notes.take_away(name)?;
                Err(Turn::To(name))
            }
        }
    }
}
