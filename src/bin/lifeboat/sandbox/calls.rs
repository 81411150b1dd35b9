//! The system calls that a run may make (seccomp). Everything else is refused, by default and not by name: a call that a
//! later kernel brings is refused too.
//!
//! The lists hold what the program and its libraries need on glibc and musl. What reaches other processes, the network,
//! the kernel, or the owner, mode and attributes of a file is not on them.

use std::collections::BTreeMap;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch, apply_filter_all_threads,
};

use crate::sandbox::allowed_paths::Starts;

/// Calls, each with the arguments it may have: no rule allows all of them.
type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Restricts every thread of this process, and the programs that it starts, for good.
pub(crate) fn restrict(starts: Starts) -> Result<(), String> {
    let allowed = match starts {
        Starts::Nothing => allowed(),
        Starts::PassphraseProgram => allowed_with_program(),
        Starts::Itself => allowed_with_itself(),
    };
    let allowed = allowed.map_err(|error| error.to_string())?;
    let refuse = SeccompAction::Errno(number(libc::EPERM));
    let unknown = SeccompAction::Errno(number(libc::ENOSYS));

    // The flags of `clone3` are in memory, where no filter sees them: libraries then fall back on `clone`.
    apply(listed(&[libc::SYS_clone3]), SeccompAction::Allow, unknown)?;
    if starts == Starts::Nothing {
        apply(
            listed(TRIPWIRES),
            SeccompAction::Allow,
            SeccompAction::KillProcess,
        )?;
    }
    // The last one: it forbids to install more, unless commands are started that confine themselves.
    apply(allowed, refuse, SeccompAction::Allow)
}

fn apply(rules: Rules, otherwise: SeccompAction, action: SeccompAction) -> Result<(), String> {
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(|error| error.to_string())?;
    let program = SeccompFilter::new(rules, otherwise, action, arch).and_then(BpfProgram::try_from);
    let program = program.map_err(|error| error.to_string())?;
    apply_filter_all_threads(&program).map_err(|error| error.to_string())
}

fn listed(calls: &[i64]) -> Rules {
    calls.iter().map(|call| (*call, Vec::new())).collect()
}

/// What a run may do that starts no program.
fn allowed() -> Result<Rules, BackendError> {
    let mut rules = listed(&[MEMORY, FILES, PROCESS, FILES_OLD].concat());
    let own = u64::from(std::process::id());

    // Answered by the filter of its own: the last of two answers of one kind would count.
    rules.insert(libc::SYS_clone3, Vec::new());

    // Threads of its own: no process, and nothing that has other rights.
    let mask = flags(libc::CLONE_THREAD) | NAMESPACES;
    let thread = rule([masked(0, mask, flags(libc::CLONE_THREAD))?])?;
    rules.insert(libc::SYS_clone, vec![thread]);

    // Memory is data: nothing becomes code.
    let data = rule([masked(2, flags(libc::PROT_EXEC), 0)?])?;
    rules.insert(libc::SYS_mmap, vec![data.clone()]);
    rules.insert(libc::SYS_mprotect, vec![data]);

    // Limits are read, and not of other processes.
    let read = rule([equal(0, 0)?, pointer_is_null(2)?])?;
    rules.insert(libc::SYS_prlimit64, vec![read]);

    for call in [libc::SYS_kill, libc::SYS_tgkill, libc::SYS_tkill] {
        rules.insert(call, vec![rule([equal(0, own)?])?]);
    }
    rules.insert(libc::SYS_prctl, prctl(&NAMES)?);
    rules.insert(libc::SYS_ioctl, any_of(1, TERMINAL)?);
    rules.insert(libc::SYS_fcntl, any_of(1, &CONTROLS.map(flags))?);
    rules.insert(libc::SYS_fchmod, any_of(1, &[0o600])?);
    Ok(rules)
}

/// What a run may do that starts a program to ask it for a passphrase, and that program with it: besides what follows,
/// sockets of this machine.
fn allowed_with_program() -> Result<Rules, BackendError> {
    let mut rules = allowed_with_programs()?;
    rules.extend(listed(SOCKETS));

    // A passphrase agent is asked over a socket of this machine; no other kind can be made.
    let local = any_of(0, &[flags(libc::AF_UNIX)])?;
    rules.insert(libc::SYS_socket, local.clone());
    rules.insert(libc::SYS_socketpair, local);
    Ok(rules)
}

/// What the guide may do, and the commands that it starts before they confine themselves: to ask whether a stream is a
/// socket, but not to make one, and to add filters.
fn allowed_with_itself() -> Result<Rules, BackendError> {
    let mut rules = allowed_with_programs()?;
    rules.extend(listed(&[libc::SYS_getsockopt, libc::SYS_seccomp]));
    Ok(rules)
}

/// What every run may do that starts programs, and these with it: besides what one without may, processes of its own and
/// signals.
fn allowed_with_programs() -> Result<Rules, BackendError> {
    let mut rules = allowed()?;
    rules.extend(listed(&[PROGRAMS, PROGRAMS_OLD].concat()));
    for call in [libc::SYS_mmap, libc::SYS_mprotect] {
        rules.insert(call, Vec::new());
    }
    rules.insert(libc::SYS_clone, vec![rule([masked(0, NAMESPACES, 0)?])?]);
    rules.insert(libc::SYS_prlimit64, any_of(0, &[0])?);

    rules.insert(
        libc::SYS_prctl,
        prctl(&[&NAMES[..], PROGRAM_NAMES].concat())?,
    );
    let requests = [TERMINAL, PROGRAM_TERMINAL].concat();
    rules.insert(libc::SYS_ioctl, any_of(1, &requests)?);
    let controls = [&CONTROLS[..], PROGRAM_CONTROLS].concat();
    let controls: Vec<u64> = controls.into_iter().map(flags).collect();
    rules.insert(libc::SYS_fcntl, any_of(1, &controls)?);
    Ok(rules)
}

/// These options of `prctl`, and that of staying closed to debuggers: never that of opening to them.
fn prctl(options: &[libc::c_int]) -> Result<Vec<SeccompRule>, BackendError> {
    let options: Vec<u64> = options.iter().copied().map(flags).collect();
    let mut rules = any_of(0, &options)?;
    rules.push(rule([
        equal(0, flags(libc::PR_SET_DUMPABLE))?,
        equal(1, 0)?,
    ])?);
    Ok(rules)
}

fn any_of(argument: u8, values: &[u64]) -> Result<Vec<SeccompRule>, BackendError> {
    let rules = values.iter().map(|value| rule([equal(argument, *value)?]));
    rules.collect()
}

fn rule<const N: usize>(conditions: [SeccompCondition; N]) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(conditions.into())
}

/// The kernel takes 32 bits of these arguments: more are not compared, or a bit above would be a way around.
fn equal(argument: u8, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
}

fn masked(argument: u8, mask: u64, value: u64) -> Result<SeccompCondition, BackendError> {
    let masked = SeccompCmpOp::MaskedEq(mask);
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, masked, value)
}

fn pointer_is_null(argument: u8) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, 0)
}

fn number(code: libc::c_int) -> u32 {
    u32::try_from(code).unwrap_or(1)
}

/// The 32 bits of a number that the headers give with a sign.
fn flags(value: libc::c_int) -> u64 {
    u64::from(u32::from_ne_bytes(value.to_ne_bytes()))
}

/// Every flag that makes a namespace.
const NAMESPACES: u64 = 0x7e02_0000;

/// Nothing in the program does this, whatever its input: who tries has taken it over, and the process ends at once. A run
/// that starts no program has no child to wait for.
const TRIPWIRES: &[i64] = &[
    libc::SYS_wait4,
    libc::SYS_waitid,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_acct,
];

const MEMORY: &[i64] = &[
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_mincore,
    libc::SYS_msync,
    libc::SYS_mlock,
    libc::SYS_mlock2,
    libc::SYS_mlockall,
    libc::SYS_munlock,
    libc::SYS_munlockall,
    libc::SYS_membarrier,
];

/// Which files they reach is for Landlock to say. What writes from one descriptor to another (`sendfile`, `splice`) and
/// what changes owner, mode, time or attributes is not here.
const FILES: &[i64] = &[
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_preadv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_pwrite64,
    libc::SYS_pwritev,
    libc::SYS_lseek,
    libc::SYS_openat,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_pipe2,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_fstatfs,
    libc::SYS_statfs,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlinkat,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_fadvise64,
    libc::SYS_flock,
    libc::SYS_mkdirat,
    libc::SYS_linkat,
    libc::SYS_unlinkat,
    libc::SYS_renameat2,
    libc::SYS_umask,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
];

/// What concerns this process alone.
const PROCESS: &[i64] = &[
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_rseq,
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigpending,
    libc::SYS_rt_sigsuspend,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_sigaltstack,
    libc::SYS_setitimer,
    libc::SYS_getitimer,
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_times,
    libc::SYS_getrandom,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_getppid,
    libc::SYS_getpgid,
    libc::SYS_getsid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getrusage,
    libc::SYS_getcpu,
    libc::SYS_uname,
    libc::SYS_sysinfo,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_getparam,
    libc::SYS_sched_getscheduler,
];

/// The same by the names that x86-64 has had for longer.
#[cfg(target_arch = "x86_64")]
const FILES_OLD: &[i64] = &[
    libc::SYS_open,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_mkdir,
    libc::SYS_rmdir,
    libc::SYS_link,
    libc::SYS_unlink,
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_getrlimit,
    libc::SYS_dup2,
    libc::SYS_pipe,
    libc::SYS_poll,
    libc::SYS_select,
    libc::SYS_pause,
    libc::SYS_alarm,
    libc::SYS_time,
    libc::SYS_getpgrp,
    libc::SYS_arch_prctl,
];
/// Elsewhere `renameat` and `getrlimit`, which some headers leave out.
#[cfg(not(target_arch = "x86_64"))]
const FILES_OLD: &[i64] = &[38, 163];

/// Questions to a terminal, and how it echoes; never text that is typed into the shell behind it (`TIOCSTI`).
const TERMINAL: &[u64] = &[
    0x5401,      // TCGETS
    0x5402,      // TCSETS
    0x5403,      // TCSETSW
    0x5404,      // TCSETSF
    0x540b,      // TCFLSH
    0x540f,      // TIOCGPGRP
    0x5413,      // TIOCGWINSZ
    0x541b,      // FIONREAD
    0x5421,      // FIONBIO
    0x5450,      // FIONCLEX
    0x5451,      // FIOCLEX
    0x802c_542a, // TCGETS2
    0x402c_542b, // TCSETS2
    0x402c_542c, // TCSETSW2
    0x402c_542d, // TCSETSF2
];

const CONTROLS: [libc::c_int; 7] = [
    libc::F_DUPFD,
    libc::F_DUPFD_CLOEXEC,
    libc::F_GETFD,
    libc::F_SETFD,
    libc::F_GETFL,
    libc::F_SETLK,
    libc::F_OFD_SETLK,
];

const NAMES: [libc::c_int; 5] = [
    libc::PR_GET_DUMPABLE,
    libc::PR_GET_NAME,
    libc::PR_SET_NAME,
    libc::PR_GET_NO_NEW_PRIVS,
    0x5356_4d41, // PR_SET_VMA: glibc names what it maps
];

/// What a passphrase program and its children need besides.
const PROGRAMS: &[i64] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_wait4,
    libc::SYS_waitid,
    libc::SYS_kill,
    libc::SYS_tgkill,
    libc::SYS_tkill,
    libc::SYS_setpgid,
    libc::SYS_setsid,
    libc::SYS_chdir,
    libc::SYS_fchdir,
    libc::SYS_openat2,
    libc::SYS_getxattr,
    libc::SYS_lgetxattr,
    libc::SYS_fgetxattr,
    libc::SYS_sendfile,
    libc::SYS_splice,
    libc::SYS_tee,
    libc::SYS_copy_file_range,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_eventfd2,
    libc::SYS_signalfd4,
    libc::SYS_timerfd_create,
    libc::SYS_timerfd_settime,
    libc::SYS_timerfd_gettime,
    libc::SYS_timer_create,
    libc::SYS_timer_settime,
    libc::SYS_timer_gettime,
    libc::SYS_timer_delete,
    libc::SYS_getgroups,
    libc::SYS_getresuid,
    libc::SYS_getresgid,
    libc::SYS_getpriority,
    libc::SYS_capget,
    libc::SYS_get_robust_list,
    libc::SYS_futex_waitv,
    libc::SYS_landlock_create_ruleset,
    libc::SYS_landlock_add_rule,
    libc::SYS_landlock_restrict_self,
];

/// What uses sockets.
const SOCKETS: &[i64] = &[
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_shutdown,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_recvmmsg,
    libc::SYS_getsockopt,
    libc::SYS_setsockopt,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
];

#[cfg(target_arch = "x86_64")]
const PROGRAMS_OLD: &[i64] = &[
    libc::SYS_setrlimit,
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_getdents,
    libc::SYS_epoll_create,
    libc::SYS_epoll_wait,
    libc::SYS_eventfd,
    libc::SYS_signalfd,
];
#[cfg(not(target_arch = "x86_64"))]
const PROGRAMS_OLD: &[i64] = &[164]; // setrlimit

const PROGRAM_TERMINAL: &[u64] = &[
    0x540e, // TIOCSCTTY
    0x5410, // TIOCSPGRP
    0x5411, // TIOCOUTQ
    0x5422, // TIOCNOTTY
    0x5429, // TIOCGSID
];

const PROGRAM_CONTROLS: &[libc::c_int] = &[
    libc::F_SETFL,
    libc::F_GETLK,
    libc::F_SETLKW,
    libc::F_OFD_GETLK,
    libc::F_OFD_SETLKW,
    libc::F_GETPIPE_SZ,
    libc::F_SETPIPE_SZ,
    libc::F_GET_SEALS,
];

const PROGRAM_NAMES: &[libc::c_int] = &[
    libc::PR_SET_PDEATHSIG,
    libc::PR_GET_PDEATHSIG,
    libc::PR_GET_KEEPCAPS,
    libc::PR_GET_SECCOMP,
    libc::PR_GET_SECUREBITS,
    libc::PR_GET_TIMERSLACK,
    libc::PR_CAPBSET_READ,
    libc::PR_SET_NO_NEW_PRIVS,
    libc::PR_SET_CHILD_SUBREAPER,
    libc::PR_GET_CHILD_SUBREAPER,
];
