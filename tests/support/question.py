#!/usr/bin/env python3
"""Runs a command on a pseudo-terminal, types bytes and sends signals at its questions; tells how the terminal was left.

    question.py [raw] STEP… -- COMMAND ARGUMENT…

A step is taken after each question, once the terminal has stopped echoing: `HEX` is typed as it is, `+NAME` is a signal
sent to the command alone; `+STOP` stops it and lets it go on, with the echo back on as a shell leaves it. `HEX/STEP` types, and takes the second step a fifth of a second later: while the command is busy
with the first. A question after the last step is answered with the end of input. `raw` makes the terminal hand over Enter as a carriage return, as raw modes leave it. The last
line on standard output: the exit status (negative: the signal), whether the terminal echoes again, and whether the command
was still there half a minute later.
"""
import os
import select
import signal
import subprocess
import sys
import termios
import time

split = sys.argv.index("--")
steps, command = sys.argv[1:split], sys.argv[split + 1:]
outer, inner = os.openpty()
if steps and steps[0] == "raw":
    steps.pop(0)
    mode = termios.tcgetattr(inner)
    mode[0] &= ~termios.ICRNL
    termios.tcsetattr(inner, termios.TCSANOW, mode)


def own_terminal():
    import fcntl
    os.setsid()
    # A shell that runs the tests in the background ignores these, and what is ignored stays so.
    for name in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(name, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def take(step):
    if step == "+STOP":
        # As a shell does: it takes the terminal as it likes it, and gives it back so.
        child.send_signal(signal.SIGSTOP)
        time.sleep(0.2)
        mode = termios.tcgetattr(inner)
        mode[3] |= termios.ECHO | termios.ICANON
        termios.tcsetattr(inner, termios.TCSANOW, mode)
        child.send_signal(signal.SIGCONT)
    elif step.startswith("+"):
        child.send_signal(getattr(signal, "SIG" + step[1:]))
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            return False
    else:
        os.write(outer, bytes.fromhex(step))
    return True


child = subprocess.Popen(command, stdin=inner, stdout=inner, stderr=inner, preexec_fn=own_terminal)


def echoes():
    return bool(termios.tcgetattr(inner)[3] & termios.ECHO)


shown, asked, since = b"", 0, time.monotonic()
while True:
    if select.select([outer], [], [], 0.05)[0]:
        shown += os.read(outer, 65536)
        since = time.monotonic()
    elif child.poll() is not None or time.monotonic() - since > 60:
        break
    if shown.endswith(b": ") and not echoes():
        # Whoever has no more answers ends the input, as Ctrl-D does.
        step = steps[asked] if asked < len(steps) else "04"
        first, *later = step.split("/")
        if not take(first):
            break
        if later:
            time.sleep(0.2)
            if not take(later[0]):
                break
        asked += 1
        shown += b"\n"

stayed = child.poll() is None
if stayed:
    child.kill()
child.wait()
sys.stdout.write(shown.decode("utf-8", "replace").replace("\r", ""))
print(f"\n{child.returncode} {'echo' if echoes() else 'silent'} {'stayed' if stayed else 'ended'}")
