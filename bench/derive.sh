#!/usr/bin/env bash
# Ratios of one run on this machine: `bench/derive.sh [WALLETS]`. Nothing here is a gate; docs/PERFORMANCE.md reads it.
# Wants an idle machine with two cores, GNU time as /usr/bin/time, and python3 for the comparison.
set -euo pipefail
cd "$(dirname "$0")/.."
wallets=${1:-1000000}
work=$(mktemp -d "${TMPDIR:-/tmp}/lifeboat-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT

cargo build --release --quiet
lifeboat=target/release/lifeboat
kit=fixtures/demo/kit.zip
key=(--key "$work/key.pem")
cp fixtures/keys/recovery.pkcs8.pem "$work/key.pem"
python3 -c "
import uuid
for n in range($wallets): print(uuid.UUID(int=n * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128))" > "$work/ids"

# measure NAME COMMAND…: seconds and peak memory into variables of that name
measure() {
    local name=$1
    shift
    /usr/bin/time -f '%e %M' -o "$work/time" "$@" > /dev/null 2> "$work/talk" || { cat "$work/talk"; exit 1; }
    read -r seconds kib < "$work/time"
    printf '%-34s %8.2f s  %6d MiB\n' "$name" "$seconds" $((kib / 1024))
    declare -g "${name//[^a-z0-9]/_}=$seconds"
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

cargo bench --quiet --bench derive
cargo bench --quiet --bench startup
printf '\nwhole processes, %d wallets:\n' "$wallets"
measure "ndjson 1 thread" $lifeboat derive $kit "${key[@]}" --wallets "$work/ids" --format ndjson --threads 1
measure "ndjson 2 threads" $lifeboat derive $kit "${key[@]}" --wallets "$work/ids" --format ndjson --threads 2
measure "csv 2 threads" $lifeboat derive $kit "${key[@]}" --wallets "$work/ids" --format csv --threads 2
measure "json 2 threads" $lifeboat derive $kit "${key[@]}" --wallets "$work/ids" --format json --threads 2
measure "sealed 2 threads" $lifeboat derive $kit "${key[@]}" --wallets "$work/ids" --seal-to fixtures/keys/recovery.public.pem --threads 2 --out "$work/sealed"
measure "unseal all" $lifeboat unseal "$work/sealed" "${key[@]}" --format ndjson
measure "unseal one" $lifeboat unseal "$work/sealed" "${key[@]}" --wallet "$(tail -n 1 "$work/ids")"
measure "one wallet" $lifeboat derive $kit "${key[@]}" "$(head -n 1 "$work/ids")"
python=$(python3 bench/derive.py 100000)
printf '\n2 threads / 1 thread     %s x\n' "$(ratio "$ndjson_1_thread" "$ndjson_2_threads")"
printf 'unseal all / sealing     %s x\n' "$(ratio "$unseal_all" "$sealed_2_threads")"
printf 'plain Python, 1 thread   %s µs a wallet; lifeboat, 1 thread, whole process %s µs\n' "$python" \
    "$(awk -v s="$ndjson_1_thread" -v n="$wallets" 'BEGIN { printf "%.2f", s * 1e6 / n }')"
