//! The sandbox: before any secret is read, the process denies itself sockets, other programs, and all files but those
//! that the command line names. What the system cannot enforce is reported, not passed over.

use std::fmt;

use crate::reach::Reach;

/// What is in force.
pub(crate) struct Confinement {
    /// No sockets, no programs, no looking into other processes (seccomp).
    pub(crate) calls: Force,
    /// No files but those named (Landlock).
    pub(crate) files: Force,
}

/// How far one of the two is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Force {
    /// All that was asked for.
    Full,
    /// As much as this system knows: an older kernel.
    Partial,
    /// Nothing, and why.
    None(String),
}

impl Force {
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

impl fmt::Display for Force {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("in force"),
            Self::Partial => f.write_str("in force as far as this system knows it"),
            Self::None(why) => write!(f, "not in force: {why}"),
        }
    }
}

impl Confinement {
    /// Confines this process for good. To be called while it has one thread.
    pub(crate) fn enter(reach: &Reach) -> Self {
        let files = system::restrict_files(reach).unwrap_or_else(Force::None);
        let calls = system::restrict_calls(reach).map_or_else(Force::None, |()| Force::Full);
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
        let missing = parts.iter().filter(|(_, force)| !force.is_there());
        missing
            .map(|(what, force)| format!("the confinement of {what} is {force}"))
            .collect()
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::{collections::BTreeMap, path::Path};

    use landlock::{
        ABI, Access, AccessFs, AccessNet, BitFlags, Ruleset, RulesetAttr, RulesetCreated,
        RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, path_beneath_rules,
    };
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule, TargetArch, apply_filter_all_threads,
    };

    use super::Force;
    use crate::reach::Reach;

    /// The newest rights asked for; older kernels enforce what they know.
    const RIGHTS: ABI = ABI::V6;

    /// Where passphrases are asked for: without the right to control the terminal, they would be echoed.
    const TERMINAL: &str = "/dev/tty";

    pub(super) fn restrict_files(reach: &Reach) -> Result<Force, String> {
        let rules = rules(reach).map_err(|error| error.to_string())?;
        let status = rules.restrict_self().map_err(|error| error.to_string())?;
        match status.ruleset {
            RulesetStatus::FullyEnforced => Ok(Force::Full),
            RulesetStatus::PartiallyEnforced => Ok(Force::Partial),
            RulesetStatus::NotEnforced => {
                Err("this kernel has no Landlock, or it is switched off".to_owned())
            }
        }
    }

    fn rules(reach: &Reach) -> Result<RulesetCreated, RulesetError> {
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
        reach
            .read
            .iter()
            .for_each(|path| allow(&mut rules, path, read));
        reach
            .write
            .iter()
            .for_each(|folder| allow(&mut rules, folder, make));
        if reach.starts_program {
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

    pub(super) fn refuse_writing() -> Result<(), RulesetError> {
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
    fn allow(rules: &mut RulesetCreated, path: &Path, rights: BitFlags<AccessFs>) {
        for rule in path_beneath_rules([path], rights).flatten() {
            let _ = rules.add_rule(rule);
        }
    }

    pub(super) fn restrict_calls(reach: &Reach) -> Result<(), String> {
        let arch =
            TargetArch::try_from(std::env::consts::ARCH).map_err(|error| error.to_string())?;
        let refuse = SeccompAction::Errno(u32::try_from(libc::EPERM).unwrap_or(1));
        let rules = forbidden(reach).map_err(|error| error.to_string())?;
        let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch);
        let program = filter
            .and_then(BpfProgram::try_from)
            .map_err(|error| error.to_string())?;
        apply_filter_all_threads(&program).map_err(|error| error.to_string())
    }

    /// Calls that are refused: always, or for certain arguments.
    fn forbidden(
        reach: &Reach,
    ) -> Result<BTreeMap<i64, Vec<SeccompRule>>, seccompiler::BackendError> {
        let always = NEVER.iter().chain(NEVER_EITHER);
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
            always.map(|call| (*call, Vec::new())).collect();
        // Text that is pushed back into a terminal is typed into the shell that stands behind it.
        let pushes = [libc::TIOCSTI, libc::TIOCLINUX].map(|request| {
            let request =
                SeccompCondition::new(1, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, request)?;
            SeccompRule::new(vec![request])
        });
        rules.insert(
            libc::SYS_ioctl,
            pushes.into_iter().collect::<Result<_, _>>()?,
        );
        if reach.starts_program {
            // A passphrase agent is asked over a socket of this machine; no other kind can be made.
            let local = u64::try_from(libc::AF_UNIX).unwrap_or(1);
            let family =
                SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, local)?;
            for call in SOCKETS {
                rules.insert(call, vec![SeccompRule::new(vec![family.clone()])?]);
            }
        } else {
            rules.extend(
                SOCKETS
                    .iter()
                    .chain(&PROGRAMS)
                    .chain(&CONNECTIONS)
                    .map(|call| (*call, Vec::new())),
            );
        }
        #[cfg(target_arch = "x86_64")]
        {
            // The same calls by the numbers of the x32 convention, which some kernels still take: most have the same, some
            // have their own (execve, ptrace, kexec_load, process_vm_readv and writev, execveat).
            const X32: i64 = 0x4000_0000;
            let same: Vec<_> = rules
                .iter()
                .map(|(call, rule)| (call | X32, rule.clone()))
                .collect();
            let own: &[i64] = if reach.starts_program {
                &[521, 528, 539, 540]
            } else {
                &[520, 521, 528, 539, 540, 545]
            };
            rules.extend(same);
            rules.extend(own.iter().map(|call| (call | X32, Vec::new())));
        }
        Ok(rules)
    }

    const SOCKETS: [i64; 2] = [libc::SYS_socket, libc::SYS_socketpair];
    const PROGRAMS: [i64; 2] = [libc::SYS_execve, libc::SYS_execveat];
    /// What a socket that was inherited would be good for.
    const CONNECTIONS: [i64; 8] = [
        libc::SYS_connect,
        libc::SYS_bind,
        libc::SYS_listen,
        libc::SYS_accept,
        libc::SYS_accept4,
        libc::SYS_sendto,
        libc::SYS_sendmsg,
        libc::SYS_sendmmsg,
    ];

    /// Ways around the above, into other processes, into the kernel, or to files by their names that Landlock lets pass.
    const NEVER: &[i64] = &[
        libc::SYS_io_uring_setup,
        libc::SYS_io_uring_enter,
        libc::SYS_io_uring_register,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_pidfd_getfd,
        libc::SYS_kcmp,
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_memfd_create,
        libc::SYS_open_by_handle_at,
        libc::SYS_add_key,
        libc::SYS_request_key,
        libc::SYS_keyctl,
        libc::SYS_mount,
        libc::SYS_umount2,
        libc::SYS_move_mount,
        libc::SYS_open_tree,
        libc::SYS_fsopen,
        libc::SYS_mount_setattr,
        libc::SYS_pivot_root,
        libc::SYS_chroot,
        libc::SYS_setns,
        libc::SYS_unshare,
        libc::SYS_init_module,
        libc::SYS_finit_module,
        libc::SYS_delete_module,
        libc::SYS_kexec_load,
        libc::SYS_swapon,
        libc::SYS_reboot,
        libc::SYS_acct,
        libc::SYS_quotactl,
        libc::SYS_sethostname,
        libc::SYS_setdomainname,
        libc::SYS_msgget,
        libc::SYS_shmget,
        libc::SYS_fchmodat,
        FCHMODAT2,
        libc::SYS_fchown,
        libc::SYS_fchownat,
        libc::SYS_setxattr,
        libc::SYS_lsetxattr,
        libc::SYS_fsetxattr,
        libc::SYS_removexattr,
        libc::SYS_lremovexattr,
        libc::SYS_fremovexattr,
        SETXATTRAT,
        REMOVEXATTRAT,
        libc::SYS_utimensat,
    ];
    const FCHMODAT2: i64 = 452;
    const SETXATTRAT: i64 = 463;
    const REMOVEXATTRAT: i64 = 466;

    #[cfg(target_arch = "x86_64")]
    const NEVER_EITHER: &[i64] = &[
        libc::SYS_chmod,
        libc::SYS_chown,
        libc::SYS_lchown,
        libc::SYS_utime,
        libc::SYS_utimes,
        libc::SYS_futimesat,
        libc::SYS_iopl,
        libc::SYS_ioperm,
        libc::SYS_kexec_file_load,
    ];
    #[cfg(not(target_arch = "x86_64"))]
    const NEVER_EITHER: &[i64] = &[];
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::Force;
    use crate::reach::Reach;

    const UNKNOWN: &str = "it is known for Linux only";

    pub(super) fn restrict_files(_reach: &Reach) -> Result<Force, String> {
        Err(UNKNOWN.to_owned())
    }

    pub(super) fn restrict_calls(_reach: &Reach) -> Result<(), String> {
        Err(UNKNOWN.to_owned())
    }

    pub(super) fn refuse_writing() -> Result<(), String> {
        Err(UNKNOWN.to_owned())
    }
}
