/* Runs a program under trace. When it is about to end, makes it try from inside what its confinement must refuse, and says
 * on standard error how each attempt went: `probe NAME ERRNO` (0: it succeeded).
 *
 *   PROBE=1 [PROBE_NAMED=PATH ...] probe PROGRAM ARGUMENT...
 *
 * The attempts are the program's own: its registers are set, and its instruction that makes a system call runs once more.
 * So a static program is tried like any other. Exit status 125: no trace can be had here. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t program;
/* The program's registers between two of its calls, and room of its own for what calls point to. */
static struct user_regs_struct ready;
static uint64_t room, used;
enum { ROOM = 1 << 16 };

static void die(const char *what) { perror(what); exit(125); }

#if defined(__x86_64__)
enum { LENGTH_OF_CALL = 2 };
static uint64_t *place_of(struct user_regs_struct *regs) { return (uint64_t *)&regs->rip; }
static long number_of(const struct user_regs_struct *regs) { return regs->orig_rax; }
static long result_of(const struct user_regs_struct *regs) { return regs->rax; }
static void set_call(struct user_regs_struct *regs, long number, const uint64_t *args) {
    regs->orig_rax = -1, regs->rax = number;
    regs->rdi = args[0], regs->rsi = args[1], regs->rdx = args[2];
    regs->r10 = args[3], regs->r8 = args[4], regs->r9 = args[5];
}
#elif defined(__aarch64__)
enum { LENGTH_OF_CALL = 4 };
static uint64_t *place_of(struct user_regs_struct *regs) { return (uint64_t *)&regs->pc; }
static long number_of(const struct user_regs_struct *regs) { return regs->regs[8]; }
static long result_of(const struct user_regs_struct *regs) { return regs->regs[0]; }
static void set_call(struct user_regs_struct *regs, long number, const uint64_t *args) {
    regs->regs[8] = number;
    memcpy(regs->regs, args, 6 * sizeof *args);
}
#else
#error "no such machine"
#endif

static void get_registers(struct user_regs_struct *regs) {
    struct iovec all = {regs, sizeof *regs};
    if (ptrace(PTRACE_GETREGSET, program, NT_PRSTATUS, &all) < 0) die("PTRACE_GETREGSET");
}

static void set_registers(struct user_regs_struct *regs) {
    struct iovec all = {regs, sizeof *regs};
    if (ptrace(PTRACE_SETREGSET, program, NT_PRSTATUS, &all) < 0) die("PTRACE_SETREGSET");
}

/* Ends as the program ended. */
static void end_like(int status) {
    if (WIFSIGNALED(status)) signal(WTERMSIG(status), SIG_DFL), kill(getpid(), WTERMSIG(status));
    exit(WEXITSTATUS(status));
}

/* Lets the program run to the next beginning or end of a call. */
static void run_on(void) {
    for (int status, passed_on = 0;;) {
        if (ptrace(PTRACE_SYSCALL, program, 0, passed_on) < 0) die("PTRACE_SYSCALL");
        if (waitpid(program, &status, __WALL) < 0) die("waitpid");
        if (!WIFSTOPPED(status)) end_like(status);
        if (WSTOPSIG(status) == (SIGTRAP | 0x80)) return;
        passed_on = status >> 16 || WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
    }
}

static long make_call(long number, const uint64_t *args) {
    struct user_regs_struct regs = ready;
    *place_of(&regs) -= LENGTH_OF_CALL;
    set_call(&regs, number, args);
    set_registers(&regs);
    run_on(); /* its beginning */
    run_on(); /* its end */
    get_registers(&regs);
    return result_of(&regs);
}
#define CALL(number, ...) make_call(number, (const uint64_t[6]){__VA_ARGS__})
#define NOW(what) ((uint64_t)(what))

static void tell(const char *name, long result) {
    dprintf(2, "probe %s %ld\n", name, result < 0 && result > -4096 ? -result : 0);
}

/* Puts bytes into the program's memory: their place there. */
static uint64_t put(const void *bytes, size_t length) {
    uint64_t place = room + used;
    for (size_t done = 0; done < length; done += sizeof(long)) {
        long word = 0;
        memcpy(&word, (const char *)bytes + done, length - done < sizeof word ? length - done : sizeof word);
        if (ptrace(PTRACE_POKEDATA, program, place + done, word) < 0) die("PTRACE_POKEDATA");
    }
    used += (length + 15) & ~15UL;
    if (used > ROOM) die("room");
    return place;
}
static uint64_t text(const char *letters) { return put(letters, strlen(letters) + 1); }

static long open_it(const char *path, int flags) { return CALL(SYS_openat, AT_FDCWD, text(path), flags, 0600); }

static void try_open(const char *name, const char *variable, int flags) {
    const char *path = getenv(variable);
    if (path) tell(name, open_it(path, flags));
}

static void network(void) {
    uint64_t pair = put("        ", 8);
    tell("socket_inet", CALL(SYS_socket, AF_INET, SOCK_STREAM));
    tell("socket_inet6", CALL(SYS_socket, AF_INET6, SOCK_DGRAM));
    tell("socket_netlink", CALL(SYS_socket, AF_NETLINK, SOCK_RAW));
    tell("socket_unix", CALL(SYS_socket, AF_UNIX, SOCK_STREAM));
    tell("io_uring", CALL(SYS_io_uring_setup, 1));
#ifdef __x86_64__
    tell("socket_x32", CALL(0x40000000 | SYS_socket, AF_INET, SOCK_STREAM));
    tell("execve_x32", CALL(0x40000000 | 520));
#endif
    tell("socketpair", CALL(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, pair));
    tell("connect", CALL(SYS_connect));
    tell("sendto", CALL(SYS_sendto, 0, pair));
}

static void named_files(const char *other) {
    if (!other) return;
    uint64_t path = text(other);
#ifdef SYS_chmod
    tell("chmod", CALL(SYS_chmod, path, 0666));
    tell("chown", CALL(SYS_chown, path, getuid(), getgid()));
#else
    tell("chmod", CALL(SYS_fchmodat, AT_FDCWD, path, 0666));
    tell("chown", CALL(SYS_fchownat, AT_FDCWD, path, getuid(), getgid()));
#endif
    tell("fchmodat", CALL(SYS_fchmodat, AT_FDCWD, path, 0666));
    tell("setxattr", CALL(SYS_setxattr, path, text("user.x"), text("x"), 1));
    tell("touch", CALL(SYS_utimensat, AT_FDCWD, path));
}

static void others(void) {
    uint64_t parent = getpid();
    const uint64_t ones[2] = {1, 1};
    uint64_t limit = put(ones, sizeof ones);
    tell("fork", CALL(SYS_clone, SIGCHLD));
    tell("clone_user", CALL(SYS_clone, CLONE_NEWUSER | SIGCHLD));
    tell("clone_network", CALL(SYS_clone, CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID | SIGCHLD));
    tell("clone3", CALL(SYS_clone3));
    tell("kill", CALL(SYS_kill, parent));
    tell("tgkill", CALL(SYS_tgkill, parent, parent));
    tell("pidfd_open", CALL(SYS_pidfd_open, parent));
    tell("prlimit", CALL(SYS_prlimit64, parent, RLIMIT_CORE, 0, limit));
    tell("setrlimit", CALL(SYS_prlimit64, 0, RLIMIT_NOFILE, limit));
    tell("setpriority", CALL(SYS_setpriority, PRIO_PROCESS, parent, 1));
    tell("sched_setaffinity", CALL(SYS_sched_setaffinity, parent, 8, limit));
    tell("shmget", CALL(SYS_shmget, IPC_PRIVATE, 4096, 0600));
    tell("shmat", CALL(SYS_shmat));
    tell("msgget", CALL(SYS_msgget, IPC_PRIVATE, 0600));
    tell("semget", CALL(SYS_semget, IPC_PRIVATE, 1, 0600));
    tell("dumpable_again", CALL(SYS_prctl, PR_SET_DUMPABLE, 1));
    tell("no_filter", CALL(SYS_prctl, PR_SET_SECCOMP));
    tell("read_memory", CALL(SYS_process_vm_readv, parent));
    /* Another error, where it is allowed: its parent waits for nobody. */
    tell("ptrace", CALL(SYS_ptrace, PTRACE_PEEKDATA, parent));
    tell("type_into_shell", CALL(SYS_ioctl, 0, TIOCSTI, text("x")));
}

static void kernel(void) {
    uint64_t root = text("/");
    tell("bpf", CALL(SYS_bpf));
    tell("memfd", CALL(SYS_memfd_create, text("x")));
    tell("unshare", CALL(SYS_unshare));
    tell("memfd_secret", CALL(447));
    tell("inotify", CALL(SYS_inotify_init1));
    tell("quotactl_fd", CALL(443));
    tell("fspick", CALL(433, AT_FDCWD, root));
    tell("fsconfig", CALL(431));
    tell("open_tree_attr", CALL(467, AT_FDCWD, root));
    tell("mount", CALL(SYS_mount, 0, root));
    tell("userfaultfd", CALL(SYS_userfaultfd));
    tell("later_call", CALL(1000));
    tell("mmap_code", CALL(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1));
    long data = CALL(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    tell("mprotect_code", CALL(SYS_mprotect, data, 4096, PROT_READ | PROT_EXEC));
}

static void limits(void) {
    const uint64_t none[2] = {9, 9};
    uint64_t core = put(none, sizeof none);
    dprintf(2, "probe dumpable %ld\n", CALL(SYS_prctl, PR_GET_DUMPABLE));
    CALL(SYS_prlimit64, 0, RLIMIT_CORE, 0, core);
    dprintf(2, "probe core %ld\n", ptrace(PTRACE_PEEKDATA, program, core + 8, 0));
}

static void open_files(void) {
    const char *path = getenv("PROBE_NAMED"), *inherited = getenv("PROBE_FD");
    long named = path ? open_it(path, O_RDONLY) : -1;
    uint64_t leak = text("leak"), flags = put("        ", 8);
    if (named >= 0) {
        tell("fchmod", CALL(SYS_fchmod, named, 0666));
        tell("fchmod_high", CALL(SYS_fchmod, named, 0x1000001b6));
        tell("fchown", CALL(SYS_fchown, named, getuid(), getgid()));
        tell("futimens", CALL(SYS_utimensat, named));
        tell("setflags", CALL(SYS_ioctl, named, FS_IOC_SETFLAGS, flags));
        tell("setown", CALL(SYS_fcntl, named, F_SETOWN, getpid()));
    }
    if (!inherited) return;
    long fd = atol(inherited);
    const uint64_t part[2] = {leak, 4};
    int pipes[2] = {-1, -1};
    uint64_t ends = put(pipes, sizeof pipes);
    tell("inherited_write", CALL(SYS_write, fd, leak, 4));
    tell("inherited_writev", CALL(SYS_writev, fd, put(part, sizeof part), 1));
    tell("inherited_sendfile", CALL(SYS_sendfile, fd, named, 0, 32));
    if (CALL(SYS_pipe2, ends) != 0) return;
    long both = ptrace(PTRACE_PEEKDATA, program, ends, 0);
    memcpy(pipes, &both, sizeof pipes);
    if (CALL(SYS_write, pipes[1], leak, 4) == 4) tell("inherited_splice", CALL(SYS_splice, pipes[0], 0, fd, 0, 4));
}

/* What ends the process: tried alone. */
static void trip(const char *what) {
    if (!what) return;
    if (*what == 'w') CALL(SYS_wait4, -1, 0, WNOHANG);
#ifdef __x86_64__
    if (*what == 'i') {
        uint64_t place = *place_of(&ready) - LENGTH_OF_CALL;
        long code = ptrace(PTRACE_PEEKTEXT, program, place, 0);
        ptrace(PTRACE_POKETEXT, program, place, (code & ~0xffffL) | 0x80cd); /* int $0x80 */
        CALL(20);
    }
#endif
    dprintf(2, "probe survived 0\n");
}

static void try_everything(void) {
    long made = CALL(SYS_mmap, 0, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    if (made < 0 && made > -4096) die("no room in the program");
    room = made;
    network();
    named_files(getenv("PROBE_OTHER"));
    try_open("read_named", "PROBE_NAMED", O_RDONLY);
    try_open("read_other", "PROBE_OTHER", O_RDONLY);
    try_open("write_named", "PROBE_NAMED", O_WRONLY);
    try_open("write_other", "PROBE_NEW", O_WRONLY | O_CREAT);
    try_open("write_result", "PROBE_RESULT", O_WRONLY | O_CREAT);
    limits();
    others();
    kernel();
    open_files();
    trip(getenv("PROBE_TRIP"));
    /* Where a program may be started, there would be none left to go on with. */
    if (getenv("PROBE_STARTS")) return;
    const uint64_t arguments[2] = {text("true"), 0};
    tell("execve", CALL(SYS_execve, text("/bin/true"), put(arguments, sizeof arguments)));
}

int main(int argc, char **argv) {
    if (argc < 2) die("no program");
    program = fork();
    if (program == 0) {
        if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0) die("ptrace");
        raise(SIGSTOP);
        execv(argv[1], argv + 1);
        die(argv[1]);
    }
    int status;
    if (waitpid(program, &status, 0) < 0 || !WIFSTOPPED(status)) exit(125);
    if (ptrace(PTRACE_SETOPTIONS, program, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) < 0) die("PTRACE_SETOPTIONS");

    struct user_regs_struct last;
    do run_on(), get_registers(&last);
    while (number_of(&last) != SYS_exit_group);
    if (getenv("PROBE")) {
        /* The call becomes one that does nothing. Once that is done, any other can be made, and the right one at last. */
        struct user_regs_struct harmless = last;
#ifdef __x86_64__
        harmless.orig_rax = SYS_getpid;
#else
        int number = SYS_getpid;
        struct iovec one = {&number, sizeof number};
        ptrace(PTRACE_SETREGSET, program, NT_ARM_SYSTEM_CALL, &one);
#endif
        set_registers(&harmless);
        run_on();
        get_registers(&ready);
        try_everything();
        ready = last;
#ifdef __x86_64__
        ready.rax = SYS_exit_group, ready.orig_rax = -1;
#endif
        *place_of(&ready) -= LENGTH_OF_CALL;
        set_registers(&ready);
    }
    ptrace(PTRACE_DETACH, program, 0, 0);
    if (waitpid(program, &status, 0) < 0) die("waitpid");
    end_like(status);
}
