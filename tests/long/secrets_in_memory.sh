#!/usr/bin/env bash
# The search for secrets in the memory of commands that are done, on the optimised build: `tests/long/secrets_in_memory.sh`.
# The suite makes the same search on the debug build.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec cargo test --release --features memory-dump --test lifeboat -- memory:: "$@"
