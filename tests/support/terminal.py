#!/usr/bin/env python3
"""Runs a command on a pseudo-terminal and types answers; used by the tests that need a person.

    terminal.py ANSWER… -- COMMAND ARGUMENT…

Each answer is typed after a question that ends in ": ", once the terminal has stopped echoing. A question that goes
on echoing is never answered: the caller's patience ends the run. After the last answer the input ends. Everything the terminal showed goes to standard
output; the exit status is the command's.
"""
import os
import pty
import signal
import sys
import termios
import time

split = sys.argv.index("--")
answers, command = sys.argv[1:split], sys.argv[split + 1:]
child, terminal = pty.fork()
if child == 0:
    # A shell that runs the tests in the background ignores these, and what is ignored stays so.
    for name in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(name, signal.SIG_DFL)
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
    if shown.endswith(b": "):
        # A line may end so without a question; then there is nothing to answer.
        patience = 500 if asked < len(answers) else 50
        while termios.tcgetattr(terminal)[3] & termios.ECHO and patience:
            time.sleep(0.01)
            patience -= 1
        if termios.tcgetattr(terminal)[3] & termios.ECHO:
            continue
        # Whoever has no more answers ends the input, as Ctrl-D does.
        answer = answers[asked].encode() + b"\n" if asked < len(answers) else b"\x04"
        os.write(terminal, answer)
        asked += 1
_, status = os.waitpid(child, 0)
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(status))
