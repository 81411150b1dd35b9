#!/usr/bin/env python3
"""Tries to look into a process of the same user while it waits for a passphrase; used by the tests.

    attach.py BINARY ARGUMENT…

As root, goes on as an ordinary user first: root may look into anything. Prints `control ERRNO`, how attaching to a
process that does not mind went, and `attach ERRNO`, `memory ERRNO` for the one that should.
"""
import ctypes
import os
import subprocess
import sys
import time

ATTACH, DETACH = 16, 17
NOBODY = 65534
if os.getuid() == 0:
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
libc = ctypes.CDLL(None, use_errno=True)


def attach(process):
    ctypes.set_errno(0)
    failed = libc.ptrace(ATTACH, process.pid, None, None) != 0
    error = ctypes.get_errno() if failed else 0
    if not failed:
        os.waitpid(process.pid, 0)
        libc.ptrace(DETACH, process.pid, None, None)
    return error


def memory(process):
    try:
        open(f"/proc/{process.pid}/mem", "rb").close()
        return 0
    except OSError as error:
        return error.errno


def waits(process):
    """Whether it has been asleep for a while: it reads its standard input, and the passphrase does not come."""
    asleep = 0
    for _ in range(1000):
        with open(f"/proc/{process.pid}/stat") as state:
            asleep = asleep + 1 if state.read().rsplit(")", 1)[1].split()[0] == "S" else 0
        if asleep == 20:
            return True
        time.sleep(0.01)
    return False


quiet = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
control = subprocess.Popen(["sleep", "60"], **quiet)
print("control", attach(control))
control.kill()
held = subprocess.Popen(sys.argv[1:], **quiet)
print("waits", int(waits(held)))
print("attach", attach(held))
print("memory", memory(held))
held.kill()
