//! What is done before the first secret is read: look at the machine, protect the memory, confine the process; and what
//! a person is told, or may demand, about each.

use std::fs::File;

use crate::{
    args::{Args, Command},
    errors::{catalogue, failure::Failure},
    outcomes::parts::{Protection, WarningCode},
    sandbox::{
        allowed_paths::AllowedPaths,
        clock,
        confine::Confinement,
        descriptors::Inherited,
        machine::Machine,
        memory_limits::{MemoryProtection, protect_memory},
        program::Program,
    },
    signals,
    terminal::{Terminal, plural},
};

/// The hardening of this process that is in force.
pub(crate) struct Hardening {
    pub(crate) machine: Machine,
    pub(crate) memory: MemoryProtection,
    pub(crate) confinement: Confinement,
    /// Limits as they were before: of core dumps and of locked memory, in bytes; `None` is no limit.
    pub(crate) limits: Limits,
    /// Opened before the process lost the right to.
    pub(crate) spool: Option<File>,
    /// The file of this program.
    pub(crate) program: Program,
    /// What was open when the program was started.
    inherited: Inherited,
    demanded: Demands,
}

/// What the command line insists on.
#[derive(Debug, Clone, Copy)]
struct Demands {
    confinement: bool,
    air_gap: bool,
}

/// Limits of the process as it was started, in bytes; `None` is no limit.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Limits {
    pub(crate) core: Option<u64>,
    pub(crate) locked: Option<u64>,
}

impl Hardening {
    /// Takes them all, as far as the system allows.
    pub(crate) fn take(args: &Args, allowed: &AllowedPaths, inherited: Inherited) -> Self {
        signals::remember_ignored_signals();
        let_writes_fail();
        let limits = limits();
        let machine = Machine::read();
        let program = Program::open();
        let memory = protect_memory();
        let spool = allowed.spools.then(tempfile::tempfile).and_then(Result::ok);
        let confinement = Confinement::enter(allowed);
        let demanded = Demands {
            confinement: args.require_confinement,
            air_gap: args.require_air_gap,
        };
        Self {
            machine,
            memory,
            confinement,
            limits,
            spool,
            program,
            inherited,
            demanded,
        }
    }

    /// What was enforced, for outcomes and reports.
    pub(crate) fn protection(&self) -> Protection {
        let offline = self
            .machine
            .interfaces
            .as_ref()
            .map(|_| self.machine.interfaces_up().is_empty());
        Protection {
            system_calls: self.confinement.calls.name(),
            files: self.confinement.files.name(),
            memory_locked: self.memory.is_whole(),
            air_gap: offline,
        }
    }

    /// Warns of what is missing, and refuses what the command line demands and is not there. `doctor` does both itself.
    pub(crate) fn check(&self, command: &Command, terminal: &Terminal) -> Result<(), Failure> {
        match command {
            Command::Man { .. }
            | Command::Completions { .. }
            | Command::Errors { .. }
            | Command::Doctor => {
                return Ok(());
            }
            _ => self
                .warnings()
                .iter()
                .for_each(|(code, warning)| terminal.warn_of(*code, warning)),
        }
        if command.belongs_offline() {
            self.warn_if_online(terminal);
        }
        self.demand()
    }

    /// What the command line insists on, as it is typed: for the commands that the guide starts.
    pub(crate) fn demanded(&self) -> Vec<&'static str> {
        let flags = [
            (self.demanded.confinement, "--require-confinement"),
            (self.demanded.air_gap, "--require-air-gap"),
        ];
        let given = flags.into_iter().filter(|(given, _)| *given);
        given.map(|(_, flag)| flag).collect()
    }

    /// Refuses what the command line demands and is not there.
    pub(crate) fn demand(&self) -> Result<(), Failure> {
        if self.demanded.confinement {
            self.demand_confinement()?;
        }
        if self.demanded.air_gap {
            self.demand_air_gap()?;
        }
        Ok(())
    }

    fn demand_confinement(&self) -> Result<(), Failure> {
        let missing = self.confinement.missing();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Failure::new(
            catalogue::Machine::NotConfined,
            missing.join("; "),
        ))
    }

    fn demand_air_gap(&self) -> Result<(), Failure> {
        if let Some(stream) = self.inherited.sockets.first() {
            return Err(Failure::new(
                catalogue::Machine::AirGap,
                format!("{stream} is a network socket"),
            )
            .hint(
                "start lifeboat in a terminal of this machine, with files for its input and output",
            ));
        }
        let up = self.machine.interfaces_up();
        if self.machine.interfaces.is_none() {
            return Err(Failure::new(
                catalogue::Machine::AirGapUnknown,
                "this system does not tell which interfaces are up",
            ));
        }
        if let Some(first) = up.first() {
            return Err(Failure::new(
                catalogue::Machine::AirGap,
                format!("{} up: {}", are(up.len()), quoted(&up)),
            )
            .hint(format!(
                "pull the cable, switch radio off, and `sudo ip link set {first} down`"
            )));
        }
        Ok(())
    }

    /// Says that the machine is not offline, or that this cannot be known: for what handles secrets.
    pub(crate) fn warn_if_online(&self, terminal: &Terminal) {
        let up = self.machine.interfaces_up();
        let online = (!up.is_empty()).then(|| {
            format!(
                "this machine is not offline: {} up ({}); secrets belong on one that is",
                are(up.len()),
                quoted(&up)
            )
        });
        let unknown = self.machine.interfaces.is_none();
        let unknown =
            unknown.then_some("this system does not tell whether a network interface is up");
        if let Some(warning) = online {
            terminal.warn_of(WarningCode::NotOffline, warning);
        }
        if let Some(warning) = unknown {
            terminal.warn_of(WarningCode::OfflineUnknown, warning);
        }
    }

    fn warnings(&self) -> Vec<(WarningCode, String)> {
        let all = [
            (WarningCode::NotConfined, self.confinement.missing()),
            (
                WarningCode::WrongClock,
                clock::warning().into_iter().collect(),
            ),
            (WarningCode::OpenedBefore, self.inherited.warnings()),
        ];
        let each = |(code, warnings): (WarningCode, Vec<String>)| {
            warnings.into_iter().map(move |warning| (code, warning))
        };
        all.into_iter().flat_map(each).collect()
    }
}

/// A file that may not grow further ends a write with an error, which is told, and not the program.
#[cfg(target_os = "linux")]
fn let_writes_fail() {
    let unread = std::sync::Arc::default();
    let _ = signal_hook::flag::register(libc::SIGXFSZ, unread);
}

#[cfg(not(target_os = "linux"))]
fn let_writes_fail() {}

fn are(interfaces: usize) -> String {
    let verb = if interfaces == 1 { "is" } else { "are" };
    format!("{} {verb}", plural(interfaces as u64, "network interface"))
}

fn quoted(names: &[String]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(target_os = "linux")]
fn limits() -> Limits {
    use rustix::process::{Resource, getrlimit};

    Limits {
        core: getrlimit(Resource::Core).current,
        locked: getrlimit(Resource::Memlock).current,
    }
}

#[cfg(not(target_os = "linux"))]
fn limits() -> Limits {
    Limits::default()
}
