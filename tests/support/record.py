#!/usr/bin/env python3
"""Records what a command sends to a pseudo-terminal of a given size; used by the tests of what a screen shows.

    record.py COLUMNS ROWS [NAME=VALUE]… [stop=SECONDS] [press=HEX] [answer=HEX] -- COMMAND ARGUMENT…

The command's environment has the PATH of this one, TERM=xterm-256color, LANG=C.UTF-8 and what is named; `NAME=` takes a
name away. `stop` stops the command that long once it has drawn for a second, or worked where it draws nothing, and writes a
line `(stopped)` between what came before and after. `press` types that once it has drawn. A question that does not echo is answered with `answer`, or the end of input. What
the terminal got goes to standard output as it came; the exit status is the command's.
"""
import fcntl
import os
import select
import signal
import struct
import sys
import termios
import time

split = sys.argv.index("--")
options, command = sys.argv[1:split], sys.argv[split + 1:]
columns, rows = int(options[0]), int(options[1])
environment = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "LANG": "C.UTF-8"}
stop, press, answer = 0.0, b"", b"\x04"
for option in options[2:]:
    name, _, value = option.partition("=")
    if name == "stop":
        stop = float(value)
    elif name == "press":
        press = bytes.fromhex(value)
    elif name == "answer":
        answer = bytes.fromhex(value)
    elif value:
        environment[name] = value
    else:
        environment.pop(name, None)

outer, inner = os.openpty()
# The size is there before the command is, and a line ends as it was written.
fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
mode = termios.tcgetattr(inner)
mode[1] &= ~termios.ONLCR
termios.tcsetattr(inner, termios.TCSANOW, mode)
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(inner, termios.TIOCSCTTY, 0)
    # A shell that runs the tests in the background ignores these, and what is ignored stays so.
    for name in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(name, signal.SIG_DFL)
    os.dup2(inner, 0)
    os.dup2(inner, 1)
    os.dup2(inner, 2)
    os.execve(command[0], command, environment)
os.close(inner)

began = drawn = time.monotonic()
draws = environment.get("TERM", "dumb") != "dumb"
while True:
    part = b""
    if select.select([outer], [], [], 0.05)[0]:
        try:
            part = os.read(outer, 65536)
        except OSError:
            break
        if not part:
            break
    sys.stdout.buffer.write(part)
    if part.endswith(b": ") and not termios.tcgetattr(outer)[3] & termios.ECHO:
        os.write(outer, answer)
    if draws and b"\r" not in part and drawn == began:
        continue
    if drawn == began:
        drawn = time.monotonic()
    if press:
        os.write(outer, press)
        press = b""
    if stop and time.monotonic() - drawn > 1:
        os.kill(child, signal.SIGSTOP)
        time.sleep(stop)
        sys.stdout.buffer.write(b"\n(stopped)\n")
        os.kill(child, signal.SIGCONT)
        stop = 0.0
_, status = os.waitpid(child, 0)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(status))
