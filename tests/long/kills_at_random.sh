#!/usr/bin/env bash
# Kills `keygen`, `derive`, `share backup` and `takeover` at KILLS random moments each, and lets every system call of every
# command that writes files fail with every error. After each: nothing, or the whole result.
#   tests/long/kills_at_random.sh [KILLS] [BINARY]      default: 200 target/release/lifeboat
set -euo pipefail
cd "$(dirname "$0")/../.."
export LIFEBOAT_KILLS=${1:-200} LIFEBOAT_BIN=${2:-$PWD/target/release/lifeboat}
[ -x "$LIFEBOAT_BIN" ] || cargo build --release --locked
cargo test --locked --test lifeboat faults:: -- --include-ignored --nocapture --test-threads 1
