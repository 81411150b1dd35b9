//! The sandbox: before any secret is read, the process denies itself sockets, other programs, and all files but those
//! that the command line names. What the system cannot enforce is reported, not skipped.

use std::fmt;

use crate::sandbox::allowed_paths::AllowedPaths;

/// What is in force.
pub(crate) struct Confinement {
    /// No calls but those a run needs: no sockets, no programs, no other processes (seccomp).
    pub(crate) calls: Enforcement,
    /// No files but those named (Landlock).
    pub(crate) files: Enforcement,
}

/// How far one of the two is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Enforcement {
    /// All that was asked for.
    Full,
    /// As much as this system knows: an older kernel.
    Partial,
    /// Nothing, and why.
    None(String),
}

impl Enforcement {
    /// Whether anything of it is in force.
    pub(crate) fn is_there(&self) -> bool {
        !matches!(self, Self::None(_))
    }

    /// Its name in JSON.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Partial => "partial",
            Self::None(_) => "none",
        }
    }
}

impl fmt::Display for Enforcement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("enforced"),
            Self::Partial => f.write_str("in force as far as this system knows it"),
            Self::None(why) => write!(f, "not enforced: {why}"),
        }
    }
}

impl Confinement {
    /// Confines this process for good. To be called while it has one thread.
    pub(crate) fn enter(allowed: &AllowedPaths) -> Self {
        let files = system::restrict_files(allowed).unwrap_or_else(Enforcement::None);
        let calls =
            system::restrict_calls(allowed).map_or_else(Enforcement::None, |()| Enforcement::Full);
        Self { calls, files }
    }

    /// Takes from the calling thread, and from the programs it starts, the right to write any file.
    pub(crate) fn write_nothing_here() {
        // Where the kernel has no Landlock, that was said already.
        let _ = system::refuse_writing();
    }

    /// Whether sockets and files are both confined.
    pub(crate) fn is_in_force(&self) -> bool {
        self.calls.is_there() && self.files.is_there()
    }

    /// What is missing, in words.
    pub(crate) fn missing(&self) -> Vec<String> {
        let parts = [("system calls", &self.calls), ("files", &self.files)];
        let missing = parts
            .iter()
            .filter(|(_, enforcement)| !enforcement.is_there());
        missing
            .map(|(what, enforcement)| format!("the confinement of {what} is {enforcement}"))
            .collect()
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::path::Path;

    use super::Enforcement;
    use crate::sandbox::allowed_paths::{AllowedPaths, Starts};
    use landlock::{
        ABI, Access, AccessFs, AccessNet, BitFlags, PathBeneath, Ruleset, RulesetAttr,
        RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
    };
    use rustix::fs::{CWD, FileType, Mode, OFlags, fstat, openat};

    /// The newest rights asked for; older kernels enforce what they know.
    const RIGHTS: ABI = ABI::V6;

    /// Where passphrases are asked for: without the right to control the terminal, they would be echoed.
    const TERMINAL: &str = "/dev/tty";

    pub(crate) fn restrict_files(allowed: &AllowedPaths) -> Result<Enforcement, String> {
        let rules = rules(allowed).map_err(|error| error.to_string())?;
        let status = rules.restrict_self().map_err(|error| error.to_string())?;
        match status.ruleset {
            RulesetStatus::FullyEnforced => Ok(Enforcement::Full),
            RulesetStatus::PartiallyEnforced => Ok(Enforcement::Partial),
            RulesetStatus::NotEnforced => {
                Err("this kernel has no Landlock, or it is switched off".to_owned())
            }
        }
    }

    fn rules(allowed: &AllowedPaths) -> Result<RulesetCreated, RulesetError> {
        let read = AccessFs::ReadFile | AccessFs::ReadDir;
        let make = read
            | AccessFs::WriteFile
            | AccessFs::Truncate
            | AccessFs::MakeReg
            | AccessFs::MakeDir
            | AccessFs::RemoveFile
            | AccessFs::RemoveDir
            | AccessFs::Refer;
        let mut rules = Ruleset::default()
            .handle_access(AccessFs::from_all(RIGHTS))?
            .handle_access(AccessNet::from_all(RIGHTS))?
            .scope(Scope::from_all(RIGHTS))?
            .create()?;
        allow(
            &mut rules,
            TERMINAL.as_ref(),
            AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev,
        );
        allowed
            .read
            .iter()
            .for_each(|path| allow(&mut rules, path, read));
        allowed
            .write
            .iter()
            .for_each(|folder| allow(&mut rules, folder, make));
        if allowed.starts != Starts::Nothing {
            // Which files it needs, nobody knows: it may read and run, not write.
            allow(&mut rules, "/".as_ref(), read | AccessFs::Execute);
            allow(
                &mut rules,
                "/dev/null".as_ref(),
                AccessFs::ReadFile | AccessFs::WriteFile,
            );
        }
        Ok(rules)
    }

    pub(crate) fn refuse_writing() -> Result<(), RulesetError> {
        let write = AccessFs::from_write(RIGHTS);
        let mut rules = Ruleset::default().handle_access(write)?.create()?;
        allow(&mut rules, "/dev/null".as_ref(), AccessFs::WriteFile.into());
        allow(
            &mut rules,
            TERMINAL.as_ref(),
            AccessFs::WriteFile | AccessFs::IoctlDev,
        );
        rules.restrict_self().map(|_| ())
    }

    /// Allows what it can: a path that is not there, or a pipe, takes no rule, and opening it will say why.
    ///
    /// The path is looked up and not opened, or a pipe would be read from. The standard library, which the `landlock` crate
    /// asks, drops `O_PATH` where the C library is musl: so the system is asked.
    fn allow(rules: &mut RulesetCreated, path: &Path, rights: BitFlags<AccessFs>) {
        let how = OFlags::PATH | OFlags::CLOEXEC;
        let Ok(found) = openat(CWD, path, how, Mode::empty()) else {
            return;
        };
        let is_folder = fstat(&found)
            .is_ok_and(|what| FileType::from_raw_mode(what.st_mode) == FileType::Directory);
        let rights = if is_folder {
            rights
        } else {
            rights & AccessFs::from_file(RIGHTS)
        };
        let _ = rules.add_rule(PathBeneath::new(found, rights));
    }

    pub(crate) fn restrict_calls(allowed: &AllowedPaths) -> Result<(), String> {
        crate::sandbox::calls::restrict(allowed.starts)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::Enforcement;
    use crate::sandbox::allowed_paths::AllowedPaths;

    const UNKNOWN: &str = "it is known for Linux only";

    pub(crate) fn restrict_files(_allowed: &AllowedPaths) -> Result<Enforcement, String> {
        Err(UNKNOWN.to_owned())
    }

    pub(crate) fn restrict_calls(_allowed: &AllowedPaths) -> Result<(), String> {
        Err(UNKNOWN.to_owned())
    }

    pub(crate) fn refuse_writing() -> Result<(), String> {
        Err(UNKNOWN.to_owned())
    }
}
