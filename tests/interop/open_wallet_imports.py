#!/usr/bin/env python3
"""Takes what `lifeboat export` prints for wallet software with code that is not ours, and compares the address.

    apt-get install python3-electrum            # its parser of private keys; run it with Debian's /usr/bin/python3
    python3 -m venv --system-site-packages venv && venv/bin/pip install embit==0.8.0      # descriptors and their checksums
    venv/bin/python tests/interop/open_wallet_imports.py target/debug/lifeboat

Without Electrum, the descriptors alone. Electrum 4.3.4 and embit 0.8.0 agree. TEST KEYS ONLY: SHA-256 of "signature test key".
"""
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

from embit.descriptor import Descriptor
from embit.descriptor.checksum import add_checksum

try:
    from electrum import bitcoin, ecc
except ImportError:
    bitcoin = None
    print("Electrum is not here: its strings are left out")

KEY = hashlib.sha256(b"signature test key").hexdigest()
with tempfile.TemporaryDirectory() as folder:
    keys = pathlib.Path(folder, "keys")
    keys.write_text(KEY)
    for kind in ("p2wpkh", "p2sh-p2wpkh", "p2pkh", "p2tr"):
        export = [sys.argv[1], "export", keys, "--chain", "btc", "--address-type", kind, "--format", "json", "--reveal"]
        key = json.loads(subprocess.run(export, check=True, capture_output=True).stdout)[0]
        request = key["walletImports"]["Bitcoin Core"].split("'")[1]
        descriptor = json.loads(request)[0]["desc"]
        bare = descriptor.split("#")[0]
        assert add_checksum(bare) == descriptor, kind
        assert Descriptor.from_string(bare).address() == key["address"], kind

        if bitcoin and kind != "p2tr":
            text = key["walletImports"]["Electrum"]
            assert bitcoin.is_private_key(text), kind
            script, secret, compressed = bitcoin.deserialize_privkey(text)
            public = ecc.ECPrivkey(secret).get_public_key_hex(compressed=compressed)
            assert bitcoin.pubkey_to_address(script, public) == key["address"], kind
print("wallet imports: every string gives the printed address")
