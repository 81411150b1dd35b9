//! `guide`: a conversation that leads through a recovery. It asks, shows each command and starts it as a process of its own,
//! and remembers what is done. It asks for no passphrase and opens nothing that is locked: commands do, each confined for
//! itself.
//!
//! `session` asks and says · `recognise`, `scan` and `choose` are about files · `step` takes a command, with `program`,
//! `shown_command`, `notes` and `fingerprint` · `story` leads from stage to stage · `fireblocks`, `device`, `portal`,
//! `workspace`, `seal` and `look` are the stories.

mod choose;
mod device;
mod fingerprint;
mod fireblocks;
mod look;
mod notes;
mod portal;
mod program;
mod recognise;
mod scan;
mod seal;
mod session;
mod shown_command;
mod step;
mod story;
mod workspace;

use std::path::PathBuf;

use serde_json::Value;

use self::{
    notes::Notes,
    program::Ended,
    session::{Session, Story, Turn, demand_terminal},
    story::Stage,
};
use crate::{
    args::guide::Guide,
    context::World,
    errors::{
        catalogue::{Files, Machine},
        failure::Failure,
    },
    outcomes::{Outcome, program::Text},
};

/// Leads through a recovery, until it is done or the person leaves.
pub(crate) fn guide(args: &Guide, world: &mut World) -> Result<Outcome, Failure> {
    let notes = Notes::read(&args.work)?;
    demand_terminal()?;
    if world.terminal.is_json() {
        return Err(Failure::new(Files::Usage, "the guide is a conversation: `--json` has no place in it")
            .hint("programs run the single commands, each with `--json`: docs/RUNBOOK.md has them in their order"));
    }
    let mut session = Session::begin(world, notes)?;
    session.notes.begin()?;

    let words = match lead(&mut session, args) {
        Ok(()) => "This was the last step. The guide can be started again at any time:",
        Err(Turn::Failed(failure)) => return Err(failure),
        Err(_) => "Nothing is lost. This goes on where you were:",
    };
    farewell(&session, words);
    // Without `--json` nobody is told more.
    let text = words.to_owned();
    Ok(Outcome::done(Text { text }))
}

fn lead(session: &mut Session<'_>, args: &Guide) -> Result<(), Turn> {
    welcome(session);
    let mut story = go_on(session)?;
    look_at_machine(session)?;
    if !args.look_at.is_empty() {
        let paths: Vec<PathBuf> = args.look_at.iter().map(|path| path.to_path_buf()).collect();
        session.look_at(&paths);
        // A list of a story's own follows.
        if story.is_some_and(|story| story != Story::Look) {
            session.tell_seen();
        }
        story = story.or(Some(Story::Look));
    }
    loop {
        let chosen = match story {
            Some(story) => story,
            None => match what_happened(session) {
                // There is nothing before the first question.
                Err(Turn::Back) => continue,
                chosen => chosen?,
            },
        };
        session.notes.set_story(Some(chosen.name()))?;
        story = match session.tell_story(stages(chosen)) {
            Err(Turn::Back) => None,
            Err(Turn::Switch(next)) => Some(next),
            ended => return ended,
        };
    }
}

fn stages(story: Story) -> &'static [Stage] {
    match story {
        Story::Fireblocks => &fireblocks::STAGES,
        Story::Portal => &portal::STAGES,
        Story::Device => &device::STAGES,
        Story::Workspace => &workspace::STAGES,
        Story::Seal => &seal::STAGES,
        Story::Look => &look::STAGES,
    }
}

fn welcome(session: &Session<'_>) {
    let folder = session.shown(&session.full(&session.notes.folder));
    session.tell(
        "This guide leads you through a recovery. It asks, shows every command before it runs it, and says what comes next.",
    );
    session.tell_apart(format!(
        "It changes none of your files. Results go into the folder {folder}, and nothing there is overwritten."
    ));
    session.tell_apart(
        "Answer with a number and Enter. Enter alone takes what stands in brackets. `?` explains the question, `b` goes back, \
         `q` leaves. You can leave at any time: started again, the guide goes on where you were.",
    );
    session.tell_apart(
        "Type a passphrase only where a command asks for it, in a line that begins with `lifeboat: passphrase`: what you type \
         there is not shown. What you answer to the guide is shown.",
    );
}

/// What was done before, and whether to go on with it.
fn go_on(session: &mut Session<'_>) -> Result<Option<Story>, Turn> {
    let Some(story) = session.notes.story().and_then(Story::of) else {
        return Ok(None);
    };
    if !session.notes.are_old {
        return Ok(None);
    }
    session.tell_apart("You were here before.");
    for record in session.notes.steps() {
        let state = match record.exit_status {
            Some(0) => "done",
            Some(_) => "done in part",
            None => "begun, not finished",
        };
        session.tell(format!("  {state}: {}", session.told(record)));
    }
    let goes_on = session.pick(
        "Go on?",
        &[
            (true, "Yes, go on where I was".to_owned()),
            (false, "No, answer the questions anew".to_owned()),
        ],
        "Either way the files in the work folder stay as they are. A step that is done already is not done again, as long as \
         the files that it read and wrote are the same.",
    );
    match goes_on {
        Ok(true) => Ok(Some(story)),
        Ok(false) | Err(Turn::Back) => {
            session.notes.forget_answers()?;
            Ok(None)
        }
        Err(turn) => Err(turn),
    }
}

/// Whether the program computes right and the machine is fit for secrets. Looked at every time: machines change.
fn look_at_machine(session: &mut Session<'_>) -> Result<(), Turn> {
    let words = ["doctor", "--require-air-gap", "--require-confinement"];
    let words: Vec<_> = words.iter().map(Into::into).collect();
    loop {
        session.tell_apart(
            "First, this machine. The command computes known answers, and looks for networks, swap and other dangers. It reads \
             none of your files.",
        );
        session.show_command(&[&[session.program.typed()], words.as_slice()].concat());
        match session.enter_runs_it("doctor") {
            Err(Turn::Back) => continue,
            entered => entered?,
        }
        session.take_interrupt();
        if session.program.run(&words)? == Ended::Exit(0) {
            return Ok(());
        }
        if !computes_right(session)? {
            let message = "this program computes wrong answers on this machine";
            return Err(Failure::new(Machine::WrongAnswers, message).into());
        }
        let again = session.pick(
            "This machine is not as safe as it should be: the lines above say why. Secrets belong on a machine without a network.",
            &[
                (true, "I have changed that: look again".to_owned()),
                (false, "Go on here all the same: this is a rehearsal, or there is no other machine".to_owned()),
            ],
            "The cable out, radio switched off, and `sudo ip link set NAME down` for every name that stands behind `up`. A \
             machine that has no network cannot lose your keys to one.",
        );
        match again {
            Ok(false) => return Ok(()),
            Ok(true) | Err(Turn::Back) => {}
            Err(turn) => return Err(turn),
        }
    }
}

fn computes_right(session: &Session<'_>) -> Result<bool, Failure> {
    let outcome = session.program.outcome_of(&["doctor".into()])?;
    let answers = outcome
        .as_ref()
        .and_then(|outcome| outcome.get("knownAnswers")?.as_array());
    let holds = |answer: &Value| answer.get("holds").is_some_and(|holds| holds == true);
    Ok(answers.is_some_and(|answers| !answers.is_empty() && answers.iter().all(holds)))
}

fn what_happened(session: &mut Session<'_>) -> Result<Story, Turn> {
    session.pick_one(
        "What happened?",
        &[
            (Story::Fireblocks, "Fireblocks is gone, and we have a recovery kit".to_owned()),
            (Story::Portal, "Portal is gone, and we have backup shares".to_owned()),
            (Story::Device, "We have the backup of a user's device, and nothing else".to_owned()),
            (Story::Look, "I do not know what we have: look at my files".to_owned()),
        ],
        "A wallet has two shares, and both are needed. One was the provider's: for Fireblocks it is in the recovery kit, for \
         Portal your server has it. The other is the user's: on the phone, in a backup of the phone, or in the user's cloud. For \
         a rehearsal answer as on the day itself. If you are not sure, take the last one.",
    )
}

fn farewell(session: &Session<'_>, words: &str) {
    let done = session.notes.steps().iter();
    let files = done.filter(|record| record.exit_status.is_some() && !record.results.is_empty());
    let files: Vec<String> = files.map(|record| session.told(record)).collect();
    if !files.is_empty() {
        session.tell_apart("What is there:");
        files
            .iter()
            .for_each(|file| session.tell(format!("  {file}")));
    }
    session.tell_apart(words);
    let folder = session.named(&session.full(&session.notes.folder));
    session.show_command(&[
        session.program.typed(),
        "guide".into(),
        "--work".into(),
        folder,
    ]);
}
