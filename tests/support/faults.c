/* Runs a program under trace and spoils its system calls on one folder.
 *
 *   faults REPORT FOLDER RULE... -- PROGRAM ARGUMENT...
 *
 * Only calls that name a path in FOLDER, or a file open in it, are counted. REPORT gets the name of each, a line a call.
 *
 *   fail N ERRNO      the N-th counted call fails
 *   fail-from N ERRNO the same, and every later one that makes or grows something fails too
 *   kill N before     SIGKILL instead of the N-th call
 *   kill N after      SIGKILL as soon as it has returned
 *   lacks FEATURE ERRNO   the file system lacks `tmpfile`, `link`, `noreplace` or `sync-folder`
 *   deal SEED         the program's random numbers are these, so that a search for primes is quick
 *
 * Calls are seen however they are made, through the C library or not. Exit status 125: no trace can be had here. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/ptrace.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#error "no such machine"
#endif

/* Which argument is a file, which is a path (-1: none), and whether the call makes or grows something. */
static const struct call { int number; const char *name; int file, path, makes; } calls[] = {
    { SYS_openat, "openat", -1, 1, 1 },
    { SYS_write, "write", 0, -1, 1 },
    { SYS_pwrite64, "pwrite64", 0, -1, 1 },
    { SYS_writev, "writev", 0, -1, 1 },
    { SYS_copy_file_range, "copy_file_range", 2, -1, 1 },
    { SYS_sendfile, "sendfile", 0, -1, 1 },
    { SYS_read, "read", 0, -1, 0 },
    { SYS_lseek, "lseek", 0, -1, 0 },
    { SYS_ftruncate, "ftruncate", 0, -1, 0 },
    { SYS_fchmod, "fchmod", 0, -1, 0 },
    { SYS_fsync, "fsync", 0, -1, 1 },
    { SYS_fdatasync, "fdatasync", 0, -1, 1 },
    { SYS_statx, "statx", -1, 1, 0 },
    { SYS_newfstatat, "newfstatat", -1, 1, 0 },
    { SYS_linkat, "linkat", -1, 3, 1 },
    { SYS_renameat, "renameat", -1, 3, 1 },
    { SYS_renameat2, "renameat2", -1, 3, 1 },
    { SYS_unlinkat, "unlinkat", -1, 1, 0 },
    { SYS_mkdirat, "mkdirat", -1, 1, 1 },
#ifdef SYS_open
    { SYS_open, "open", -1, 0, 1 },
    { SYS_link, "link", -1, 1, 1 },
    { SYS_rename, "rename", -1, 1, 1 },
    { SYS_unlink, "unlink", -1, 0, 0 },
    { SYS_mkdir, "mkdir", -1, 0, 1 },
    { SYS_rmdir, "rmdir", -1, 0, 0 },
    { SYS_chmod, "chmod", -1, 0, 0 },
#endif
    { SYS_getrandom, "getrandom", -1, -1, 0 },
};
#define CALLS (sizeof calls / sizeof *calls)

static const char *folder;
static FILE *report;
static long count, fail_at, fail_from, kill_before, kill_after;
static int fail_with, lacks_tmpfile, lacks_link, lacks_noreplace, lacks_sync;
static uint64_t dealt;

static void die(const char *what) { perror(what); exit(125); }

static int in_folder(const char *path) {
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == 0 || path[length] == '/');
}

static void file_name(pid_t pid, int file, char *name, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/%d/fd/%d", pid, file);
    ssize_t length = readlink(link, name, size - 1);
    name[length < 0 ? 0 : length] = 0;
}

static void text_at(pid_t pid, uint64_t address, char *text, size_t size) {
    size_t done = 0;
    while (done + sizeof(long) < size) {
        errno = 0;
        long word = ptrace(PTRACE_PEEKDATA, pid, address + done, 0);
        if (errno) break;
        memcpy(text + done, &word, sizeof word);
        if (memchr(&word, 0, sizeof word)) return;
        done += sizeof word;
    }
    text[done] = 0;
}

/* The call does nothing and returns this. */
static void answer(pid_t pid, long value) {
#if defined(__x86_64__)
    ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.orig_rax), -1L);
    ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.rax), value);
#else
    int none = -1;
    struct iovec call = { &none, sizeof none };
    ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &call);
    struct user_regs_struct regs;
    struct iovec all = { &regs, sizeof regs };
    ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &all);
    regs.regs[0] = value;
    ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &all);
#endif
}

static void deal(pid_t pid, const uint64_t *args) {
    uint8_t bytes[512];
    size_t length = args[1] < sizeof bytes ? args[1] : sizeof bytes;
    for (size_t i = 0; i < length; i++) {
        dealt ^= dealt << 13, dealt ^= dealt >> 7, dealt ^= dealt << 17;
        bytes[i] = dealt >> 32;
    }
    struct iovec here = { bytes, length }, there = { (void *)args[0], length };
    if (length && process_vm_writev(pid, &here, 1, &there, 1, 0) != (ssize_t)length) die("process_vm_writev");
    answer(pid, length);
}

static int lacking(const struct call *call, const uint64_t *args, const char *name) {
    if (call->number == SYS_openat && (args[2] & O_TMPFILE) == O_TMPFILE) return lacks_tmpfile;
    if (call->number == SYS_linkat) return lacks_link;
    if (call->number == SYS_renameat2 && args[4] & 1) return lacks_noreplace;
    if (call->number == SYS_fsync && strcmp(name, folder) == 0) return lacks_sync;
#ifdef SYS_link
    if (call->number == SYS_link) return lacks_link;
#endif
    return 0;
}

static int makes(const struct call *call, const uint64_t *args) {
    return call->number == SYS_openat ? (args[2] & O_CREAT || (args[2] & O_TMPFILE) == O_TMPFILE) : call->makes;
}

/* Returns whether the end of the call is of interest. */
static int at_call(pid_t pid, pid_t program) {
    struct ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) < 0) die("PTRACE_GET_SYSCALL_INFO");
    const struct call *call = calls;
    while (call < calls + CALLS && (uint64_t)call->number != info.seccomp.nr) call++;
    if (call == calls + CALLS) return 0;
    const uint64_t *args = (const uint64_t *)info.seccomp.args;
    if (call->number == SYS_getrandom) {
        if (dealt) deal(pid, args);
        return 0;
    }
    char name[4096];
    if (call->file >= 0) file_name(pid, args[call->file], name, sizeof name);
    else text_at(pid, args[call->path], name, sizeof name);
    if (!in_folder(name)) return 0;
    /* Looking a name up for the sandbox is no work with the disk. */
    if (call->number == SYS_openat && args[2] & O_PATH) return 0;
#ifdef SYS_open
    if (call->number == SYS_open && args[1] & O_PATH) return 0;
#endif
    count++;
    fprintf(report, "%s %s\n", call->name, name), fflush(report);
    int lack = lacking(call, args, name);
    if (lack) answer(pid, -lack);
    if (count == fail_at || (fail_from && (count == fail_from || (count > fail_from && makes(call, args))))) answer(pid, -fail_with);
    if (count == kill_before) kill(program, SIGKILL);
    return count == kill_after;
}

static void trace_me(char **program) {
    struct sock_filter filter[CALLS + 5] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 0, CALLS + 1),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    };
    for (size_t i = 0; i < CALLS; i++)
        filter[i + 3] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i].number, CALLS - i, 0);
    filter[CALLS + 3] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[CALLS + 4] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    struct sock_fprog prog = { CALLS + 5, filter };
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0) die("ptrace");
    raise(SIGSTOP);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0) die("seccomp");
    execv(*program, program);
    die(*program);
}

static char **read_rules(char **rule) {
    for (; *rule && strcmp(*rule, "--"); rule += 3) {
        const char *verb = rule[0], *what = rule[1];
        if (!strcmp(verb, "deal")) { dealt = strtoull(what, 0, 10), rule--; continue; }
        long at = atol(what);
        if (!strcmp(verb, "fail")) fail_at = at, fail_with = atoi(rule[2]);
        else if (!strcmp(verb, "fail-from")) fail_from = at, fail_with = atoi(rule[2]);
        else if (!strcmp(verb, "kill")) *(strcmp(rule[2], "before") ? &kill_after : &kill_before) = at;
        else if (strcmp(verb, "lacks")) die(verb);
        else if (!strcmp(what, "tmpfile")) lacks_tmpfile = atoi(rule[2]);
        else if (!strcmp(what, "link")) lacks_link = atoi(rule[2]);
        else if (!strcmp(what, "noreplace")) lacks_noreplace = atoi(rule[2]);
        else if (!strcmp(what, "sync-folder")) lacks_sync = atoi(rule[2]);
        else die(what);
    }
    return rule;
}

int main(int argc, char **argv) {
    if (argc < 5 || !(report = fopen(argv[1], "we"))) die("report");
    folder = argv[2];
    char **rest = read_rules(argv + 3);
    pid_t program = fork();
    if (program == 0) trace_me(rest + 1);
    int status, ended = 125;
    if (waitpid(program, &status, 0) < 0 || !WIFSTOPPED(status)) exit(125);
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK
        | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SETOPTIONS, program, 0, options) < 0) die("PTRACE_SETOPTIONS");
    ptrace(PTRACE_CONT, program, 0, 0);
    for (pid_t pid; (pid = waitpid(-1, &status, __WALL)) > 0;) {
        if (!WIFSTOPPED(status)) {
            if (pid == program) ended = status;
            continue;
        }
        int signal = WSTOPSIG(status), event = status >> 16, to_end = 0;
        if (event == PTRACE_EVENT_SECCOMP) to_end = at_call(pid, program);
        else if (signal == (SIGTRAP | 0x80)) kill(program, SIGKILL);
        int passed_on = event || signal == (SIGTRAP | 0x80) || signal == SIGSTOP || signal == SIGTRAP ? 0 : signal;
        ptrace(to_end ? PTRACE_SYSCALL : PTRACE_CONT, pid, 0, passed_on);
    }
    if (ended != 125 && WIFSIGNALED(ended)) kill(getpid(), WTERMSIG(ended));
    return ended == 125 ? 125 : WEXITSTATUS(ended);
}
