#!/usr/bin/env python3
"""Talks with `lifeboat guide` on a pseudo-terminal, as a person would; used by the tests of the guide.

    converse.py COLUMNS [NAME=VALUE]… -- ANSWER… -- [WORD PASSPHRASE]… -- COMMAND ARGUMENT…

The guide's questions end in "> ", and each gets the next answer. The first questions, about the machine, are answered
without: they differ from machine to machine. A question that ends in ": " and does not echo is a command's: it gets the
passphrase whose word is in the question, or the one of the word `*`; of several for one word each is typed once, and the last
one again. Answers that begin with `!` are done and not typed:

    !kill    the guide is killed, as by the kernel            !int     Ctrl-C is pressed
    !eof     Ctrl-D is pressed
    !partial Enter is pressed, and guide and command are killed once the command has written part of its result
    !sh LINE a line of the shell is run first, then the next answer is typed

With `!kill` in place of a passphrase the guide is killed while a command asks. The command has a size of COLUMNS and 24 rows,
TERM=xterm, LANG=C.UTF-8 and what is named; COLUMNS of 0 is a console that does not say its size. What the terminal showed goes
to standard output; the exit status is the guide's, 137 where it was killed. Answers that are left over end with 99.
"""
import fcntl
import glob
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import time

PATIENCE = 240


def parts(words):
    found = [[]]
    for word in words:
        if word == "--" and len(found) < 4:
            found.append([])
        else:
            found[-1].append(word)
    return found


options, answers, pairs, command = parts(sys.argv[1:])
passphrases = list(zip(pairs[::2], pairs[1::2]))
columns = int(options[0])
environment = {"PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8", "NO_COLOR": "1"}
environment.update(option.split("=", 1) for option in options[1:])

outer, inner = os.openpty()
fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24 if columns else 0, columns, 0, 0))
mode = termios.tcgetattr(inner)
mode[1] &= ~termios.ONLCR
termios.tcsetattr(inner, termios.TCSANOW, mode)
# A shell leads the session: what it starts outlives a guide that is killed, as in a window.
leader = os.fork()
if leader == 0:
    os.setsid()
    fcntl.ioctl(inner, termios.TIOCSCTTY, 0)
    for name in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(name, signal.SIG_DFL)
    for number in range(3):
        os.dup2(inner, number)
    guide = os.fork()
    if guide == 0:
        os.execve(command[0], command, environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, status = os.waitpid(guide, 0)
    # What it started may still be at work: a shell would go on.
    time.sleep(0.3)
    code = os.waitstatus_to_exitcode(status)
    os._exit(128 - code if code < 0 else code)
os.close(inner)


def children(of):
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as line:
                if int(line.read().rsplit(")", 1)[1].split()[1]) == of:
                    found.append(int(name))
        except OSError:
            pass
    return found


def echoes():
    return bool(termios.tcgetattr(outer)[3] & termios.ECHO)


def kill(with_command):
    for guide in children(leader):
        commands = children(guide) if with_command else []
        os.kill(guide, signal.SIGKILL)
        for process in commands:
            os.kill(process, signal.SIGKILL)


shown, answered, began = b"", 0, time.time()
answers = list(answers)
awaits_part = False
while time.time() - began < PATIENCE:
    if awaits_part and any(os.path.getsize(part) for part in glob.glob("*/*.partial")):
        kill(True)
        awaits_part = False
    if select.select([outer], [], [], 0.02)[0]:
        try:
            part = os.read(outer, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
        continue
    if len(shown) == answered:
        continue
    if shown.endswith(b"> ") and echoes():
        asked = shown[answered:].decode(errors="replace")
        answered = len(shown)
        if "Enter runs it." in asked and "First, this machine." in asked:
            os.write(outer, b"\n")
            continue
        if "This machine is not as safe as it should be" in " ".join(asked.split()):
            os.write(outer, b"2\n")
            continue
        while answers and answers[0].startswith("!sh "):
            subprocess.run(["sh", "-c", answers.pop(0)[4:]], check=True)
        answer = answers.pop(0) if answers else "q"
        if answer == "!kill":
            kill(False)
        elif answer == "!int":
            os.write(outer, b"\x03")
        elif answer == "!eof":
            os.write(outer, b"\x04")
        elif answer == "!partial":
            os.write(outer, b"\n")
            awaits_part = True
        else:
            os.write(outer, os.fsencode(answer) + b"\n")
    elif shown.endswith(b": ") and not echoes():
        answered = len(shown)
        question = shown[max(shown.rfind(b"lifeboat: "), 0):].decode(errors="replace")
        # A long question is on two lines.
        question = " ".join(question.split())
        fitting = [pair for pair in passphrases if pair[0] in question or pair[0] == "*"]
        said = fitting[0][1] if fitting else "\x04"
        if len([pair for pair in fitting if pair[0] == fitting[0][0]]) > 1:
            passphrases.remove(fitting[0])
        if said == "!kill":
            kill(False)
        else:
            os.write(outer, said.encode() + (b"" if said in "\x03\x04" else b"\n"))
else:
    os.kill(leader, signal.SIGKILL)
    shown += b"\n(nobody answered)\n"
_, status = os.waitpid(leader, 0)
sys.stdout.buffer.write(shown)
code = os.waitstatus_to_exitcode(status)
sys.exit(99 if answers and code == 0 else code)
