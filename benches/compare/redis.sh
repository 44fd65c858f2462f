#!/usr/bin/env bash
# The node beside Redis on the same events with the same answers: installs Debian's redis-server where there is none, and
# runs the benchmark `redis`, which starts a Redis of its own on a free port. `make compare` runs it.
set -euo pipefail

if ! command -v redis-server >/dev/null; then
  if ! command -v apt-get >/dev/null; then
    echo "compare: please install redis-server (this machine has no apt-get)" >&2
    exit 1
  fi
  as_root=()
  ((EUID == 0)) || as_root=(sudo)
  echo "compare: installing redis-server" >&2
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends redis-server >/dev/null
fi
redis-server --version
"${CARGO_TARGET_DIR:-target}/release/redis"
