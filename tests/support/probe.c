/* Loaded into the binary with LD_PRELOAD: when it ends, tries from inside what its confinement must refuse, and says
   on standard error how each went: `probe NAME ERRNO` (0: it succeeded). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static void tell(const char *name, long result) {
    dprintf(2, "probe %s %d\n", name, result < 0 ? errno : 0);
}

static void open_it(const char *name, const char *variable, int flags) {
    const char *path = getenv(variable);
    if (path)
        tell(name, open(path, flags, 0600));
}

/* A process of these flags: the child, where there is one, ends at once. */
static void clone_it(const char *name, unsigned long flags) {
    long made = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
    if (made == 0)
        _exit(0);
    tell(name, made);
}

static void others(void) {
    pid_t parent = getppid();
    struct rlimit limit = {1, 1};
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(0, &cpus);
    clone_it("fork", 0);
    clone_it("clone_user", CLONE_NEWUSER);
    clone_it("clone_network", CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID);
    tell("clone3", syscall(SYS_clone3, NULL, 0));
    tell("kill", kill(parent, 0));
    tell("tgkill", syscall(SYS_tgkill, parent, parent, 0));
    tell("pidfd_open", syscall(434, parent, 0));
    tell("prlimit", prlimit(parent, RLIMIT_CORE, NULL, &limit));
    tell("setrlimit", setrlimit(RLIMIT_NOFILE, &limit));
    tell("setpriority", setpriority(PRIO_PROCESS, parent, 1));
    tell("sched_setaffinity", sched_setaffinity(parent, sizeof cpus, &cpus));
    tell("shmget", shmget(IPC_PRIVATE, 4096, 0600));
    tell("shmat", shmat(0, NULL, 0) == (void *)-1 ? -1 : 0);
    tell("msgget", msgget(IPC_PRIVATE, 0600));
    tell("semget", semget(IPC_PRIVATE, 1, 0600));
    tell("dumpable_again", prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
    tell("no_filter", prctl(PR_SET_SECCOMP, 0, 0, 0, 0));
}

static void kernel(void) {
    tell("memfd_secret", syscall(447, 0));
    tell("inotify", inotify_init1(0));
    tell("quotactl_fd", syscall(443, 0, 0, 0, NULL));
    tell("fspick", syscall(433, AT_FDCWD, "/", 0));
    tell("fsconfig", syscall(431, 0, 0, NULL, NULL, 0));
    tell("open_tree_attr", syscall(467, AT_FDCWD, "/", 0, NULL, 0));
    tell("mount", syscall(SYS_mount, NULL, "/", NULL, 0, NULL));
    tell("userfaultfd", syscall(SYS_userfaultfd, 0));
    tell("later_call", syscall(1000));
    void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    tell("mmap_code", code == MAP_FAILED ? -1 : 0);
    void *data = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    tell("mprotect_code", mprotect(data, 4096, PROT_READ | PROT_EXEC));
}

static void open_files(void) {
    const char *path = getenv("PROBE_NAMED"), *inherited = getenv("PROBE_FD");
    int named = path ? open(path, O_RDONLY) : -1, flags = 0;
    if (named >= 0) {
        tell("fchmod", fchmod(named, 0666));
        tell("fchmod_high", syscall(SYS_fchmod, named, 0x1000001b6));
        tell("fchown", fchown(named, getuid(), getgid()));
        tell("futimens", futimens(named, NULL));
        tell("setflags", ioctl(named, FS_IOC_SETFLAGS, &flags));
        tell("setown", fcntl(named, F_SETOWN, getppid()));
    }
    if (!inherited)
        return;
    int fd = atoi(inherited), pipes[2] = {-1, -1};
    struct iovec part = {"leak", 4};
    tell("inherited_write", write(fd, "leak", 4));
    tell("inherited_writev", writev(fd, &part, 1));
    tell("inherited_sendfile", sendfile(fd, named, 0, 32));
    if (pipe(pipes) == 0 && write(pipes[1], "leak", 4) == 4)
        tell("inherited_splice", splice(pipes[0], NULL, fd, NULL, 4, 0));
}

/* What ends the process: tried alone. */
static void trip(const char *what) {
    if (what && *what == 'w')
        waitpid(-1, NULL, WNOHANG);
#ifdef __x86_64__
    long result;
    if (what && *what == 'i')
        __asm__ volatile("int $0x80" : "=a"(result) : "a"(20));
#endif
    if (what)
        dprintf(2, "probe survived 0\n");
}

__attribute__((destructor)) static void probe(void) {
    if (!getenv("PROBE"))
        return;
    tell("socket_inet", socket(AF_INET, SOCK_STREAM, 0));
    tell("socket_inet6", socket(AF_INET6, SOCK_DGRAM, 0));
    tell("socket_netlink", socket(AF_NETLINK, SOCK_RAW, 0));
    tell("socket_unix", socket(AF_UNIX, SOCK_STREAM, 0));
    tell("io_uring", syscall(SYS_io_uring_setup, 1, NULL));
#ifdef __x86_64__
    tell("socket_x32", syscall(0x40000000 | SYS_socket, AF_INET, SOCK_STREAM, 0));
    tell("execve_x32", syscall(0x40000000 | 520, 0, 0, 0));
#endif
    int pair[2] = {-1, -1};
    tell("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    tell("connect", connect(0, NULL, 0));
    tell("sendto", sendto(0, "", 0, 0, NULL, 0));
    tell("type_into_shell", ioctl(0, TIOCSTI, "x"));
    tell("bpf", syscall(SYS_bpf, 0, NULL, 0));
    tell("memfd", syscall(SYS_memfd_create, "x", 0));
    tell("unshare", syscall(SYS_unshare, 0));
    tell("read_memory", syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0));
    const char *other = getenv("PROBE_OTHER");
    if (other) {
        tell("chmod", chmod(other, 0666));
        tell("fchmodat", fchmodat(AT_FDCWD, other, 0666, 0));
        tell("chown", chown(other, getuid(), getgid()));
        tell("setxattr", setxattr(other, "user.x", "x", 1, 0));
        tell("touch", utimensat(AT_FDCWD, other, NULL, 0));
    }
    tell("ptrace", ptrace(PTRACE_TRACEME, 0, 0, 0));
    open_it("read_named", "PROBE_NAMED", O_RDONLY);
    open_it("read_other", "PROBE_OTHER", O_RDONLY);
    open_it("write_named", "PROBE_NAMED", O_WRONLY);
    open_it("write_other", "PROBE_NEW", O_WRONLY | O_CREAT);
    open_it("write_result", "PROBE_RESULT", O_WRONLY | O_CREAT);
    dprintf(2, "probe dumpable %d\n", prctl(PR_GET_DUMPABLE));
    struct rlimit core = {1, 1};
    getrlimit(RLIMIT_CORE, &core);
    dprintf(2, "probe core %ld\n", (long)core.rlim_max);
    others();
    kernel();
    open_files();
    trip(getenv("PROBE_TRIP"));
    char *arguments[] = {"true", NULL};
    tell("execve", execve("/bin/true", arguments, NULL));
}
