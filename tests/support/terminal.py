#!/usr/bin/env python3
"""Runs a command on a pseudo-terminal and types answers; used by the tests that need a person.

    terminal.py ANSWER… -- COMMAND ARGUMENT…

Each answer is typed after a question that ends in ": ", once the terminal has stopped echoing. A question that goes
on echoing is never answered: the caller's patience ends the run. Everything the terminal showed goes to standard
output; the exit status is the command's.
"""
import os
import pty
import sys
import termios
import time

split = sys.argv.index("--")
answers, command = sys.argv[1:split], sys.argv[split + 1:]
child, terminal = pty.fork()
if child == 0:
    os.execv(command[0], command)

shown, asked = b"", 0
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:
        break
    if not part:
        break
    shown += part
    if asked < len(answers) and shown.endswith(b": "):
        while termios.tcgetattr(terminal)[3] & termios.ECHO:
            time.sleep(0.01)
        os.write(terminal, answers[asked].encode() + b"\n")
        asked += 1
_, status = os.waitpid(child, 0)
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(status))
