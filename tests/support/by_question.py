#!/usr/bin/env python3
"""Runs a line of the shell on a pseudo-terminal of 80 columns and answers its questions by what they ask for.

    by_question.py LINE OTHERWISE [WORD ANSWER]…

A question ends in ": " and does not echo; one of the guide's ends in "> ", and is left with `q`. The answer is the one whose word is in the question's line, else OTHERWISE.
Everything the terminal showed goes to standard output; the exit status is the line's.
"""
import fcntl
import os
import pty
import struct
import sys
import termios
import time

line, otherwise, *pairs = sys.argv[1:]
answers = list(zip(pairs[::2], pairs[1::2]))
child, terminal = pty.fork()
if child == 0:
    os.execvp("bash", ["bash", "-c", line])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

shown, answered = b"", 0
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:
        break
    if not part:
        break
    shown += part
    if shown.endswith(b"] > ") and len(shown) > answered:
        os.write(terminal, b"q\n")
        answered = len(shown)
    if shown.endswith(b": ") and len(shown) > answered:
        # A long one is on two lines.
        question = shown[max(shown.rfind(b"lifeboat: "), 0):].decode(errors="replace")
        deadline = time.time() + 5
        while termios.tcgetattr(terminal)[3] & termios.ECHO and time.time() < deadline:
            time.sleep(0.01)
        if termios.tcgetattr(terminal)[3] & termios.ECHO:
            continue
        answer = next((answer for word, answer in answers if word in question), otherwise)
        os.write(terminal, answer.encode() + b"\n")
        answered = len(shown)
_, status = os.waitpid(child, 0)
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(status))
