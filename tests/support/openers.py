#!/usr/bin/env python3
"""Runs an opener once for each of many files, as a process of its own that is forked from this one: what it imports takes
longer to load than a file to open.

    openers.py OPENER PRIVATE.pem FOLDER FILE…

In FOLDER comes for each file, by its name: what was shown (.out, .err) and the exit status (.exit).
"""
import os
import runpy
import sys

import cryptography.hazmat.primitives.asymmetric.padding  # noqa: F401: loaded once
import cryptography.hazmat.primitives.ciphers.aead  # noqa: F401
import cryptography.hazmat.primitives.kdf.hkdf  # noqa: F401
import cryptography.hazmat.primitives.serialization  # noqa: F401

opener, key, folder, *files = sys.argv[1:]
sys.path.insert(0, os.path.dirname(opener))

for file in files:
    place = os.path.join(folder, os.path.basename(file))
    child = os.fork()
    if child == 0:
        for stream, end in ((1, ".out"), (2, ".err")):
            os.dup2(os.open(place + end, os.O_WRONLY | os.O_CREAT | os.O_EXCL), stream)
        sys.argv = [opener, file, key]
        status = 0
        try:
            runpy.run_path(opener, run_name="__main__")
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
            if isinstance(end.code, str):
                print(end.code, file=sys.stderr)
        except BaseException:
            import traceback
            traceback.print_exc()
            status = 1
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    with open(place + ".exit", "x") as told:
        told.write(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))
