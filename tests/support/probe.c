/* Loaded into the binary with LD_PRELOAD: when it ends, tries from inside what its confinement must refuse, and says
   on standard error how each went: `probe NAME ERRNO` (0: it succeeded). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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
    char *arguments[] = {"true", NULL};
    tell("execve", execve("/bin/true", arguments, NULL));
}
