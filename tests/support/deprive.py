#!/usr/bin/env python3
"""Runs a command on a system that lacks system calls; used by the tests of what is said then.

    deprive.py CALL… -- COMMAND ARGUMENT…

CALL is `landlock` or `seccomp`: the call answers as if the kernel did not know it.
"""
import ctypes
import os
import platform
import struct
import sys

NUMBERS = {
    "x86_64": {"landlock": 444, "seccomp": 317},
    "aarch64": {"landlock": 444, "seccomp": 277},
}[platform.machine()]
ENOSYS = 38
NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER = 38, 22, 2

split = sys.argv.index("--")
calls, command = sys.argv[1:split], sys.argv[split + 1:]
load, jump, give = 0x20, 0x15, 0x06
program = [(load, 0, 0, 0)]
for number in (NUMBERS[call] for call in calls):
    program += [(jump, 0, 1, number), (give, 0, 0, 0x00050000 | ENOSYS)]
program.append((give, 0, 0, 0x7FFF0000))
text = b"".join(struct.pack("HBBI", *line) for line in program)
lines = ctypes.create_string_buffer(text)
head = struct.pack("HL", len(program), ctypes.addressof(lines))
libc = ctypes.CDLL(None, use_errno=True)
for call in ((NO_NEW_PRIVILEGES, 1, 0, 0, 0), (SET_SECCOMP, FILTER, ctypes.create_string_buffer(head), 0, 0)):
    if libc.prctl(*call) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
os.execv(command[0], command)
