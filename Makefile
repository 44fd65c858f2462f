# Freshet: every command that people and CI run. `make help` lists them.
#
# `make demo` and `make test` do all their own set-up on a fresh Debian machine that has rustup's toolchain.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The one profile: what is tested is what ships, and RocksDB is built once.
CARGO_FLAGS := --release --locked

# Rounds of `make crash`; SEED=… repeats a run.
ROUNDS ?= 500
SEED ?=

# Benchmarks: one binary each in benches/src/bin. How good lists are is for `freshet evaluate`.
BENCH ?= user_state features rooms online join item_activity model click_head ranking dispatch log_append event_path fanout live_load http serving recovery

# Command line tools that the checks need, built once and kept.
TOOLS := $(HOME)/.cache/freshet-tools
DENY_VERSION := 0.20.2
DENY := $(TOOLS)/cargo-deny-$(DENY_VERSION)/bin/cargo-deny

.PHONY: help setup demo test test-clients crash bench compare fmt fmt-check lint deny clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what the build needs (Debian packages; nothing when all is there)
	@.ci/setup

demo: setup ## A node, a shop's simulated visitors, what it learns, live: 45 seconds
	cargo run $(CARGO_FLAGS) --bin freshet -- demo

test: setup ## Run every test: unit, property, end to end, and 50 crash rounds
	cargo test $(CARGO_FLAGS) --workspace --features failpoints --no-fail-fast

test-clients: setup ## The unmodified npm client `centrifuge` against a node; says why where it is skipped
	cargo build $(CARGO_FLAGS) --workspace --features failpoints --bin freshet
	CARGO_TARGET_DIR="$${CARGO_TARGET_DIR:-$(CURDIR)/target}" tests/clients/run.sh

crash: setup ## Run the crash driver for ROUNDS rounds (default 500), SEED=… to repeat one
	CRASH_ROUNDS=$(ROUNDS) $(if $(SEED),CRASH_SEED=$(SEED)) cargo test $(CARGO_FLAGS) --features failpoints --test crash \
		nothing_acknowledged_is_lost_or_doubled -- --nocapture

bench: setup ## Run the benchmarks (BENCH="http recovery" picks some); ratios count, not times
	cargo build $(CARGO_FLAGS) --workspace --bins
	for question in $(BENCH); do \
		echo "== $$question"; "$${CARGO_TARGET_DIR:-target}/release/$$question"; \
	done

compare: setup ## Beside others, which it installs: Vowpal Wabbit (PyPI) on Frappe's rows where at hand, Redis (Debian)
	cargo build $(CARGO_FLAGS) --workspace --bins
	python3 benches/compare/clicks.py
	benches/compare/redis.sh

fmt: ## Format the sources
	cargo fmt --all

fmt-check: ## Fail where the sources are not formatted
	cargo fmt --all --check

lint: setup ## Run clippy with warnings denied, with and without fail points
	cargo clippy $(CARGO_FLAGS) --workspace --all-targets --features failpoints -- -D warnings
	cargo clippy $(CARGO_FLAGS) --workspace -- -D warnings

deny: $(DENY) ## Check licences, banned crates and sources of every dependency
	$(DENY) --workspace check bans licenses sources

# No distribution or wheel carries a current cargo-deny; without optimisation it builds in about a minute.
$(DENY):
	CARGO_TARGET_DIR=$(TOOLS)/build CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off \
		CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
		cargo install cargo-deny@$(DENY_VERSION) --locked --root $(TOOLS)/cargo-deny-$(DENY_VERSION)
	rm -rf $(TOOLS)/build

clean: ## Remove what cargo built
	cargo clean
