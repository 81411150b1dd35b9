#!/usr/bin/env bash
# Peak memory of `derive` for a short and for a ten times longer list.
#   tests/long/memory.sh [SHORT] [LONG] [BINARY]      default: 200000 2000000 target/release/lifeboat
# NDJSON, CSV and sealed results must not grow by more than 8 MiB; JSON, which looks for repeated ids, by no more than 24
# bytes an id and 1 MiB. Wants GNU time as /usr/bin/time.
set -euo pipefail
cd "$(dirname "$0")/../.."
short=${1:-200000} long=${2:-2000000} binary=${3:-target/release/lifeboat}
[ -x "$binary" ] || cargo build --release --locked
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for count in "$short" "$long"; do
    awk -v n="$count" 'BEGIN { for (i = 0; i < n; i++) printf "%08x-1111-4222-8333-%012x\n", (i * 40503) % 4294967296, i }' > "$work/$count"
done

# peak WALLETS ARGUMENT…: KiB at the most
peak() {
    local list=$work/$1
    shift
    /usr/bin/time -f %M -o "$work/peak" "$binary" --quiet derive fixtures/kits/wallets-only.zip \
        --key fixtures/keys/recovery.pkcs8.pem --wallets "$list" --threads 2 "$@" > /dev/null
    cat "$work/peak"
}

grown=
for form in ndjson csv sealed json; do
    if [ "$form" = sealed ]; then how=(--seal-to fixtures/keys/recovery.public.pem); else how=(--format "$form"); fi
    few=$(peak "$short" "${how[@]}") many=$(peak "$long" "${how[@]}")
    if [ "$form" = json ]; then most=$(((long - short) * 24 / 1024 + 1024)); else most=8192; fi
    printf '%-6s %8d wallets %7d KiB, %8d wallets %7d KiB: %7d KiB more, %s bytes an id (at most %d KiB)\n' "$form" "$short" \
        "$few" "$long" "$many" $((many - few)) "$(awk -v k=$((many - few)) -v n=$((long - short)) 'BEGIN { printf "%.1f", k * 1024 / n }')" "$most"
    if [ $((many - few)) -gt "$most" ]; then grown+=" $form"; fi
done
[ -z "$grown" ] || { echo "memory.sh: memory grows with the list:$grown" >&2; exit 1; }
