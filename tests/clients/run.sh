#!/usr/bin/env bash
# Runs the test of browsers' client where Node and its packages are at hand, and says why where they are not.
set -euo pipefail
cd "$(dirname "$0")"
skip() {
  echo "test-clients: skipped: $1"
  exit 0
}
command -v node >/dev/null || skip "there is no node on this machine (Node 20 or later)"
command -v npm >/dev/null || skip "there is no npm on this machine"
major=$(node -p 'process.versions.node.split(".")[0]')
((major >= 20)) || skip "node $major is too old (20 or later)"
if ! [[ -d node_modules && node_modules/.package-lock.json -nt package-lock.json ]]; then
  if ! told=$(npm ci --ignore-scripts --no-audit --no-fund --fetch-retries=1 --fetch-retry-mintimeout=1000 2>&1); then
    # Without a lock that fits it is our fault; without a registry it is not.
    grep -qE 'EUSAGE|EINTEGRITY' <<<"$told" && { echo "$told" >&2; exit 1; }
    skip "npm ci failed: $(grep -m1 -E 'npm (error|ERR!)' <<<"$told" || echo "$told" | tail -1)"
  fi
fi
exec node run.mjs
