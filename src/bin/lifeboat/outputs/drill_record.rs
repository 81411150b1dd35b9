//! What stays of a drill: the table on the screen, the report, and the page.

use lifeboat::operations::drill::{End, Journal, Step, StepReport};

use crate::{
    args::drill::Drill,
    context::World,
    errors::{catalogue::Files, failure::Failure},
    outcomes::drill::{self as outcome, Report},
    outputs::{drill_page::page, new_file::NewFile, result_name::ResultFile},
    terminal::{Terminal, json_text, seconds},
};

/// The files that were asked for.
pub(crate) struct Record {
    report: Option<NewFile>,
    page: Option<NewFile>,
}

impl Record {
    /// Refuses names that are taken before anything is done.
    pub(crate) fn plan(args: &Drill) -> Result<Self, Failure> {
        let mut named = [&args.report, &args.html].into_iter().flatten();
        if named.any(|path| path.is_standard()) {
            let message = "report and page go to files, not to `-`";
            return Err(Failure::new(Files::Usage, message)
                .hint("name new files: `--report drill.json --html drill.html`"));
        }
        Ok(Self {
            report: args.report.as_deref().map(NewFile::create).transpose()?,
            page: args.html.as_deref().map(NewFile::create).transpose()?,
        })
    }

    /// Writes both, or none.
    pub(crate) fn write(self, report: &Report, world: &World) -> Result<Vec<ResultFile>, Failure> {
        let mut written: Vec<ResultFile> = Vec::new();
        let text = || json_text(&format!("{}\n", report.to_text()));
        let report_file = self.report.map(|file| file.finish_with(text().as_bytes()));
        if let Some(file) = report_file.transpose()? {
            world
                .terminal
                .say(format!("wrote the report to `{}`", file.display()));
            written.push(file);
        }

        let page_file = self
            .page
            .map(|file| file.finish_with(page(report).as_bytes()));
        match page_file.transpose() {
            Ok(Some(file)) => {
                world.terminal.say(format!(
                    "wrote the page to print and sign to `{}`",
                    file.display()
                ));
                written.push(file);
            }
            Ok(None) => {}
            Err(failure) => {
                for file in &written {
                    let _ = std::fs::remove_file(file);
                }
                return Err(failure);
            }
        }
        Ok(written)
    }
}

/// The head of the table of steps.
pub(crate) fn show_head(terminal: &Terminal) {
    let (step, time) = ("step", "time");
    terminal.show_result(format!("result   {step:<13} {time:>8}  what was compared"));
}

/// A row of it.
pub(crate) fn show_step(step: &StepReport, terminal: &Terminal) {
    let time = match step.end {
        End::NotDone(_) => String::new(),
        _ => seconds(step.milliseconds),
    };
    terminal.show_result(format!(
        "{:<8} {:<13} {time:>8}  {}",
        step.word(),
        step.step.name(),
        step.found()
    ));
}

/// The steps for machines.
pub(crate) fn steps(journal: &Journal) -> Vec<outcome::Step> {
    let step = |step: &StepReport| outcome::Step {
        step: step.step.name(),
        result: step.word(),
        found: step.found(),
        milliseconds: step.milliseconds,
    };
    journal.steps.iter().map(step).collect()
}

/// What to do about a step that did not hold.
pub(crate) fn advice(step: Step, is_invented: bool) -> &'static str {
    match step {
        _ if is_invented => {
            "this machine or this program is broken: use neither, and hold the drill on another machine"
        }
        Step::Kit | Step::Verify | Step::Derive => {
            "try the other copies of the kit, and your other keys; `lifeboat kit verify KIT --key PEM` says more"
        }
        Step::Key | Step::Owner => "try the other copies of the key, and its passphrase again",
        Step::List => "correct the list, or name the newest one",
        Step::Compare => {
            "is it the report of this workspace? each wallet that differs is named above: do not rely on this kit before that is explained"
        }
        Step::Known => {
            "are wallet, device share and address of one user? addresses at accounts and indexes 0 to 9 are found; `lifeboat confirm-eddsa` tells whether another rule makes the EdDSA key"
        }
        _ => "hold the drill again, on another machine",
    }
}
