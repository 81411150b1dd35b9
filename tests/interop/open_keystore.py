#!/usr/bin/env python3
"""Opens an Ethereum V3 keystore of `lifeboat export --keystore-dir` with a library that is not ours (PyPI eth-account).

    venv/bin/pip install eth-account
    venv/bin/python tests/interop/open_keystore.py target/debug/lifeboat fixtures/shares/takeover.json
"""
import json
import pathlib
import subprocess
import sys
import tempfile

from eth_account import Account

program, vectors = sys.argv[1:]
vector = next(v for v in json.load(open(vectors)) if "ECDSA" in v["algorithm"])
with tempfile.TemporaryDirectory() as folder:
    here = pathlib.Path(folder)
    (here / "keys").write_text(vector["expect"]["extendedPrivateKey"])
    (here / "passphrase").write_text("a keystore passphrase\n")
    export = [program, "export", here / "keys", "--chain", "eth", "--index", "0..1", "--format", "json", "--reveal",
              "--keystore-dir", folder, "--keystore-passphrase-file", here / "passphrase"]
    for key in json.loads(subprocess.run(export, check=True, capture_output=True).stdout):
        opened = Account.decrypt(json.loads((here / f"{key['address']}.json").read_text()), "a keystore passphrase")
        assert opened.hex() == key["privateKey"], key["path"]
        assert Account.from_key(opened).address == key["address"], key["path"]
print("keystores: eth-account opens both")
