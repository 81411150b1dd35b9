#!/usr/bin/env bash
# Every command under strace: no socket, no other program, no file opened for writing but in the folder of results.
# `tests/long/calls.sh [BINARY]`; wants strace and python3.
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=${1:-}
if [ -z "$binary" ]; then
    cargo build --quiet
    binary=target/debug/lifeboat
fi
binary=$(realpath "$binary")
work=$(mktemp -d "${TMPDIR:-/tmp}/lifeboat-calls.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/in" "$work/out"
cp -r fixtures/demo fixtures/keys fixtures/backups fixtures/portal fixtures/shares "$work/in"
cd "$work"
python3 - <<'PY'
import json
vector = json.load(open("in/backups/device-backup.json"))[0]
json.dump(vector["backup"], open("in/backup.json", "w"))
open("in/passphrase", "w").write(vector["passphrase"])
open("in/device", "w").write(vector["deviceId"])
open("in/passphrase-id", "w").write(vector["backup"]["passphraseId"])
share = {"cosigner": "5c1b2c3d-0000-4000-8000-000000000001"}
share.update({key["algorithm"]: key["cloudShare"] for key in vector["expect"]})
wallet = "9a1b2c3d-0000-4000-8000-000000000001"
json.dump({wallet: {"chaincode": "11" * 32, "shares": [share]}}, open("in/server.json", "w"))
open("in/wallet", "w").write(wallet)
portal = json.load(open("in/portal/portal.json"))["wallets"][0]
for name in ("cipherText_password", "password", "custodian_secp256k1", "custodian_ed25519"):
    open(f"in/{name}", "w").write(portal[name])
open("in/public-key", "w").write("7YkYxj9Qc4zwtyoDsbg2pVyaYzFbGK3jyHd94d2eFvpL")
open("in/shifted", "w").write("1111111111111111111JVh57DUrHZQ1BjG5Wg")
open("in/message", "w").write("a message")
open("in/new-passphrase", "w").write("nine-Velvet-otters-Juggle")
PY

runs=0
# try EXIT ARGUMENT…: runs a command and looks at what it asked of the system
try() {
    local exit=$1 status=0
    shift
    strace -f -qq -s 256 -e trace=%network,openat,open,creat,openat2,execve,execveat,linkat,link,rename,renameat,renameat2,mkdir,mkdirat,io_uring_setup \
        -o calls "$binary" "$@" > shown 2> talk < /dev/null || status=$?
    [ "$status" = "$exit" ] || { echo "exit $status, not $exit: $*"; cat talk; exit 1; }
    python3 - "$work/out" "$*" <<'PY'
import re, sys
out, command = sys.argv[1:]
program = False
for line in open("calls"):
    line = line.split(None, 1)[1]
    name = line.split("(", 1)[0]
    def refuse(why):
        sys.exit(f"{command}\n{why}: {line}")
    if name in ("socket", "socketpair", "connect", "bind", "sendto", "io_uring_setup"):
        refuse("a network call")
    if name.startswith("exec"):
        if program:
            refuse("another program")
        program = True
    writes = re.search(r"O_WRONLY|O_RDWR|O_CREAT", line) if name.startswith(("open", "creat")) else name.startswith(("link", "rename", "mkdir"))
    if writes:
        names = re.findall(r'"((?:[^"\\]|\\.)*)"', line)
        written = names[-1]
        if not (written == "out" or written.startswith(("out/", out)) or written == "/dev/tty"):
            refuse("a file outside the folder of results")
PY
    runs=$((runs + 1))
}

demo=in/demo
key=(--key $demo/recovery-private.pem --key-passphrase-file $demo/key-passphrase.txt)
plain=(--key in/keys/recovery.pkcs8.pem)
owner=(--owner-passphrase-file $demo/owner-passphrase.txt)
try 0 doctor
try 0 keygen --out out/new --key-passphrase-file in/new-passphrase
try 0 key show out/new-public.pem --qr
try 0 kit inspect $demo/kit.zip
try 0 kit verify $demo/kit.zip "${key[@]}" "${owner[@]}" --report out/evidence.json
try 0 derive $demo/kit.zip "${key[@]}" --wallets $demo/wallets.txt --out out/shares.json
try 0 derive $demo/kit.zip "${key[@]}" --wallets $demo/wallets.txt --seal-to in/keys/recovery.public.pem --out out/sealed
try 0 derive $demo/kit.zip "${key[@]}" --wallets $demo/wallets.txt --shard 1/2 --format ndjson --out out/1.ndjson
try 0 derive $demo/kit.zip "${key[@]}" --wallets $demo/wallets.txt --shard 2/2 --format ndjson --out out/2.ndjson
try 0 merge out/1.ndjson out/2.ndjson --wallets $demo/wallets.txt --out out/merged
try 0 check out/shares.json $demo/kit.zip "${key[@]}"
try 0 seal out/shares.json --to in/keys/recovery.public.pem --out out/sealed-later
try 0 unseal out/sealed "${plain[@]}" --wallet "$(head -n 1 $demo/wallets.txt)" --out out/one
try 0 rewrap out/sealed "${plain[@]}" --to in/keys/other.public.pem --out out/rewrapped
try 0 workspace $demo/kit.zip "${key[@]}" "${owner[@]}" --reveal --out out/workspace
try 0 share recover in/backup.json --device-id "$(cat in/device)" --passphrase-file in/passphrase --out out/device.json
try 0 share backup out/device.json --passphrase-file in/passphrase --passphrase-id "$(cat in/passphrase-id)" --out out/backup
try 0 share generate-passphrase --out out/generated
try 0 takeover --server-shares in/server.json --wallet "$(cat in/wallet)" --device-share out/device.json --passphrase-file in/new-passphrase --out out/full.locked
try 0 export out/full.locked --passphrase-file in/new-passphrase --chain btc,eth --index 0..4
try 0 export out/full.locked --passphrase-file in/new-passphrase --chain btc --reveal --out out/btc-keys.txt
try 0 sign out/full.locked in/message --passphrase-file in/new-passphrase --chain btc --out out/signature
try 0 portal decrypt in/cipherText_password --passphrase-file in/password --out out/client
try 0 portal inspect out/client
try 0 portal eject --client out/client --custodian in/custodian_secp256k1 in/custodian_ed25519 --reveal --out out/keys
try 0 portal seal in/custodian_secp256k1 --to in/keys/recovery.public.pem --out out/portal.sealed
try 0 portal open out/portal.sealed "${plain[@]}" --out out/opened
try 0 portal cloud-name --custodian custodian --client client
try 0 portal repair in/shifted --public-key "$(cat in/public-key)" --out out/repaired
try 0 errors air_gap
try 0 man derive
try 0 completions bash
try 2 derive $demo/none.zip "${key[@]}" --wallets $demo/wallets.txt --out out/none
try 3 derive $demo/kit.zip --key in/keys/other.pkcs8.pem --wallets $demo/wallets.txt --out out/none
echo "$runs commands: no socket, no other program, nothing written but results"
