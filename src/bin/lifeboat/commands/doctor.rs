//! `doctor`: known answers, then the machine.

use lifeboat::operations::self_check::{KnownAnswer, known_answers};

use crate::{
    context::World,
    errors::{catalogue::Machine, failure::Failure, systems::here},
    outcomes::{Outcome, program},
    sandbox::{
        confine::Enforcement,
        machine::Interface,
        prepare::{Hardening, Limits},
        program::VERSION,
    },
    terminal::plural,
};

/// What was looked at, how it is, and what to do about it.
struct Finding {
    what: &'static str,
    state: State,
    found: String,
    advice: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    Warning,
    Bad,
    Unknown,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Warning => "warning",
            Self::Bad => "failed",
            Self::Unknown => "unknown",
        }
    }

    fn of(good: Option<bool>) -> Self {
        match good {
            Some(true) => Self::Good,
            Some(false) => Self::Warning,
            None => Self::Unknown,
        }
    }
}

/// Looks at this program and this machine.
pub(crate) fn doctor(world: &mut World) -> Result<Outcome, Failure> {
    let answers = known_answers(&mut world.rng());
    let findings = findings(&answers, &world.hardening);
    let sha256 = world.hardening.program.sha256();
    world.terminal.show(format!("version  {VERSION}"));
    let told = sha256.as_deref().unwrap_or("this system does not tell");
    world.terminal.show(format!("sha-256  {told}"));

    let width = findings.iter().map(|finding| finding.what.len()).max();
    let width = width.unwrap_or(0);
    for finding in &findings {
        let (state, what) = (finding.state.word(), finding.what);
        let found = &finding.found;
        world
            .terminal
            .show(format!("{state:<7}  {what:<width$}  {found}"));
        if let Some(advice) = finding.advice.filter(|_| finding.state != State::Good) {
            let margin = 7 + 2 + width + 2;
            let advice = here(advice);
            world.terminal.show(format!("{:margin$}{advice}", ""));
        }
    }
    let outcome = Outcome::done(fields(&findings, &answers, sha256, &world.hardening));
    let wrong: Vec<&str> = answers
        .iter()
        .filter(|answer| !answer.holds)
        .map(|answer| answer.what)
        .collect();
    if !wrong.is_empty() {
        let message = format!("this program gives wrong answers: {}", wrong.join(", "));
        return Ok(outcome.but(Failure::new(Machine::WrongAnswers, message)));
    }
    Ok(match world.hardening.demand() {
        Ok(()) => {
            world.terminal.verdict(verdict(&findings));
            outcome
        }
        Err(failure) => outcome.but(failure),
    })
}

/// The last line: what it all comes to.
fn verdict(findings: &[Finding]) -> String {
    let open = findings
        .iter()
        .filter(|finding| finding.state != State::Good);
    match open.count() {
        0 => {
            "ready: this program computes right, and nothing is wrong with this machine".to_owned()
        }
        1 => "this program computes right; look at the one line above that is not `ok`".to_owned(),
        count => {
            format!(
                "this program computes right; look at the {count} lines above that are not `ok`"
            )
        }
    }
}

fn findings(answers: &[KnownAnswer], hardening: &Hardening) -> Vec<Finding> {
    let held = answers.iter().filter(|answer| answer.holds).count();
    let state = if held == answers.len() {
        State::Good
    } else {
        State::Bad
    };
    let known = Finding {
        what: "known answers",
        state,
        found: format!("{held} of {} hold", answers.len()),
        advice: Some("do not use this program"),
    };
    let mut findings = vec![known];
    findings.extend(of_confinement(hardening));
    findings.extend(of_network(hardening));
    findings.extend(of_memory(hardening));
    findings.extend(of_disk(hardening));
    findings
}

fn of_confinement(hardening: &Hardening) -> [Finding; 2] {
    let confinement = &hardening.confinement;
    let parts = [
        ("no sockets, no programs", &confinement.calls),
        ("only the named files", &confinement.files),
    ];
    parts.map(|(what, enforcement)| Finding {
        what,
        state: State::of(Some(*enforcement == Enforcement::Full)),
        found: enforcement.to_string(),
        advice: Some("Linux 6.12 knows all of it, 5.13 with Landlock switched on the most of it"),
    })
}

fn of_network(hardening: &Hardening) -> [Finding; 1] {
    let up = hardening.machine.interfaces_up();
    let interfaces = hardening.machine.interfaces.as_ref();
    [Finding {
        what: "network",
        state: State::of(interfaces.map(|_| up.is_empty())),
        found: match interfaces {
            Some(all) if up.is_empty() => format!("no interface is up, of {}", all.len()),
            Some(_) => format!("up: {}", up.join(", ")),
            None => "this system has no table of interfaces".to_owned(),
        },
        advice: Some(
            "pull the cable, switch radio off, take interfaces down with `sudo ip link set NAME down`",
        ),
    }]
}

fn of_memory(hardening: &Hardening) -> [Finding; 3] {
    let Limits { core, locked } = hardening.limits;
    let memory = hardening.memory;
    let pattern = hardening
        .machine
        .core_pattern
        .as_deref()
        .unwrap_or("unknown");
    [
        Finding {
            what: "core dumps",
            state: State::of(Some(memory.no_dumps)),
            found: format!(
                "{} for lifeboat (limit of this shell: {}; pattern: {pattern})",
                if memory.no_dumps { "off" } else { "possible" },
                limit(core)
            ),
            advice: Some("switch them off before a command: `ulimit -c 0`"),
        },
        Finding {
            what: "locked memory",
            state: State::of(Some(memory.is_whole())),
            found: format!(
                "{} KiB for secrets{} (limit: {})",
                memory.locked >> 10,
                if memory.all_locked {
                    ", and all the rest"
                } else {
                    ""
                },
                limit(locked)
            ),
            advice: Some("raise the limit before a command: `ulimit -l 8192`; or switch swap off"),
        },
        Finding {
            what: "randomness",
            state: State::of(Some(true)),
            found: match &hardening.machine.hardware_generator {
                Some(generator) => {
                    format!("the operating system's generator; hardware: {generator}")
                }
                None => {
                    "the operating system's generator; no hardware generator of its own".to_owned()
                }
            },
            advice: None,
        },
    ]
}

fn of_disk(hardening: &Hardening) -> [Finding; 2] {
    let machine = &hardening.machine;
    [
        Finding {
            what: "swap",
            state: State::of(machine.swaps.as_ref().map(Vec::is_empty)),
            found: match &machine.swaps {
                Some(swaps) if swaps.is_empty() => "is one that nobody uses".to_owned(),
                Some(swaps) => format!(
                    "{} in use: {}",
                    plural(swaps.len() as u64, "swap area"),
                    swaps.join(", ")
                ),
                None => "this system does not tell".to_owned(),
            },
            advice: Some("`swapoff -a` keeps memory off the disk"),
        },
        Finding {
            what: "hibernation",
            state: State::of(machine.hibernates.map(|hibernates| !hibernates)),
            found: match machine.hibernates {
                Some(true) => "possible: it writes all memory to disk".to_owned(),
                Some(false) => "not possible".to_owned(),
                None => "this system does not tell".to_owned(),
            },
            advice: Some("do not close the lid while lifeboat runs"),
        },
    ]
}

fn limit(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "none".to_owned(), |bytes| format!("{} KiB", bytes >> 10))
}

fn fields(
    findings: &[Finding],
    answers: &[KnownAnswer],
    sha256: Option<String>,
    hardening: &Hardening,
) -> program::Doctor {
    let machine = &hardening.machine;
    let check = |finding: &Finding| program::MachineCheck {
        check: finding.what,
        result: finding.state.word(),
        found: finding.found.clone(),
        advice: finding.advice.filter(|_| finding.state != State::Good),
    };
    let answer = |answer: &KnownAnswer| program::KnownAnswer {
        what: answer.what,
        holds: answer.holds,
    };
    let interface = |interface: &Interface| program::NetworkInterface {
        name: interface.name.clone(),
        up: interface.is_up,
    };
    program::Doctor {
        version: VERSION,
        sha256,
        checks: findings.iter().map(check).collect(),
        known_answers: answers.iter().map(answer).collect(),
        interfaces: machine
            .interfaces
            .as_ref()
            .map(|all| all.iter().map(interface).collect()),
        confinement: program::Confinement {
            calls: hardening.confinement.calls.name(),
            files: hardening.confinement.files.name(),
            in_force: hardening.confinement.is_in_force(),
        },
        memory: program::Memory {
            locked_bytes: hardening.memory.locked,
            all_locked: hardening.memory.all_locked,
            lock_limit: hardening.limits.locked,
            core_limit: hardening.limits.core,
            core_pattern: machine.core_pattern.clone(),
            dumpable: !hardening.memory.no_dumps,
        },
        swaps: machine.swaps.clone(),
        hibernation: machine.hibernates,
        entropy: program::Entropy {
            source: "operating system",
            hardware_generator: machine.hardware_generator.clone(),
        },
    }
}
