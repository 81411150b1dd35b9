#!/usr/bin/env bash
# Kills derivations at random moments and resumes each, in clear and sealed, until KILLS runs of each have died unfinished.
#   tests/long/kills.sh [KILLS] [WALLETS] [BINARY]      default: 200 200000 target/release/lifeboat
# Every resumed result in clear must be the uninterrupted one byte by byte; every sealed one must begin with the lines that
# stood there when its run was killed, and open to the same records. What `tests/server_share/resume.rs` does with fewer.
set -euo pipefail
cd "$(dirname "$0")/../.."
kills=${1:-200} wallets=${2:-200000} binary=${3:-target/release/lifeboat}
[ -x "$binary" ] || cargo build --release --locked
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
awk -v n="$wallets" 'BEGIN { for (i = 0; i < n; i++) printf "%08x-1111-4222-8333-%012x\n", (i * 40503) % 4294967296, i }' > "$work/ids"
key=fixtures/keys/recovery.pkcs8.pem to=fixtures/keys/recovery.public.pem
derive=("$binary" --quiet derive fixtures/kits/wallets-only.zip --key "$key" --wallets "$work/ids")

fail() { echo "kills.sh: $*" >&2; exit 1; }
sleep_up_to() { sleep "$(awk -v r="$RANDOM" -v most="$1" 'BEGIN { print r / 32768 * most }')"; }

# Runs a derivation and kills it at a random moment; true when it died unfinished.
die() {
    "${derive[@]}" "$@" --out "$work/out" & local run=$!
    sleep_up_to "$took"
    kill -KILL "$run" 2> /dev/null || true
    { wait "$run"; } 2> /dev/null || true
    [ ! -e "$work/out" ]
}

for form in clear sealed; do
    if [ "$form" = clear ]; then how=(--format ndjson); else how=(--seal-to "$to"); fi
    began=$(date +%s.%N)
    "${derive[@]}" "${how[@]}" --out "$work/whole.$form"
    took=$(awk -v a="$began" -v b="$(date +%s.%N)" 'BEGIN { print b - a }')
    died=0 inside=0 torn=0
    while [ "$died" -lt "$kills" ]; do
        if die "${how[@]}"; then died=$((died + 1)); fi
        # Every second one is killed again while it resumes.
        if [ ! -e "$work/out" ] && [ $((died % 2)) = 0 ] && die "${how[@]}" --resume; then died=$((died + 1)); fi
        : > "$work/standing"
        if [ -s "$work/out.partial" ]; then
            inside=$((inside + 1))
            cp "$work/out.partial" "$work/standing"
            if [ -n "$(tail -c 1 "$work/standing" | tr -d '\n')" ]; then torn=$((torn + 1)); fi
        fi
        [ -e "$work/out" ] || "${derive[@]}" "${how[@]}" --resume --out "$work/out" || fail "a resume was refused"
        if [ "$form" = clear ]; then
            cmp -s "$work/out" "$work/whole.clear" || fail "a resumed result differs"
        else
            lines=$(wc -l < "$work/standing")
            [ "$lines" -lt 2 ] || cmp -s <(head -n "$lines" "$work/standing") <(head -n "$lines" "$work/out") ||
                fail "records were sealed anew"
            "$binary" --quiet unseal "$work/out" --key "$key" --format ndjson | cmp -s - "$work/whole.clear" ||
                fail "resumed records differ"
        fi
        rm -f "$work/out" "$work/out.partial"
    done
    echo "$form: $died runs killed, $inside partial results taken up, $torn with a torn line: all the same in the end"
done
