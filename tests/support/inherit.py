#!/usr/bin/env python3
"""Starts a program with a connected socket that it was not told of, or that is one of its standard streams.

    inherit.py extra|stdin|stdout|stderr tcp|unix PROGRAM ARGUMENT…

The program's standard error is passed on, where it is not the socket; then a line says what came out at the other end of
the socket, and `exit N`. The socket's number stands in PROBE_FD.
"""
import os
import socket
import subprocess
import sys

place, kind, *command = sys.argv[1:]
if kind == "tcp":
    server = socket.create_server(("127.0.0.1", 0))
    ours = socket.create_connection(server.getsockname())
    peer, _ = server.accept()
else:
    ours, peer = socket.socketpair()
streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
environment = dict(os.environ)
kept = ()
if place == "extra":
    kept = (ours.fileno(),)
    environment["PROBE_FD"] = str(ours.fileno())
else:
    streams[place] = ours
command = [argument.replace("SOCKET", str(ours.fileno())) for argument in command]
done = subprocess.run(command, pass_fds=kept, env=environment, **streams)
ours.close()
came = b""
while part := peer.recv(1 << 16):
    came += part
print((done.stderr or b"").decode(), end="", file=sys.stderr)
print("came", came.decode())
print("exit", done.returncode)
