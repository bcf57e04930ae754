# Everything that one does with Driftline. uv is put into .uv/ where the machine has none.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

export UV_PYTHON_DOWNLOADS ?= never
# Compose reads .env as well, so that both mean the same folder.
FEATURES_DIR ?= $(shell sed -n 's/^FEATURES_DIR=//p' .env)
UV := $(shell command -v uv || echo $(CURDIR)/.uv/bin/uv)
RUN := $(UV) run --frozen --quiet --no-dev
DEV := $(UV) run --frozen --quiet

MEMBERS := $(wildcard packages/* services/*) training simulator demo

.PHONY: help demo up load features test soak check check-rules check-types check-tests check-imports check-needs trial bench format

help: ## what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

demo: $(UV) ## two months through the whole pipeline, then end; DATA=folder takes months of your own
	@$(RUN) demo run $(if $(DATA),--data "$(DATA)")

up: $(UV) ## the same, and then stay up; MLFLOW=1 runs an MLflow server too, FEAST=1 a Feast server
	@$(RUN) demo up $(if $(DATA),--data "$(DATA)")

load: ## a month through the stack that `docker compose up` started, then the decisions
	@docker compose run --rm --no-deps --build load
	@docker compose exec -T drift-worker drift-worker evaluations --wait 300

features: $(UV) ## a month into the feature store of the stack with the profile `feast`; MONTH=folder AS_OF=2026-10
	@$(RUN) training feast --data "$(or $(MONTH),data/streamflow/month_001)" --out "$(FEATURES_DIR)" \
	  $(if $(SCHEMA),--schema "$(SCHEMA)") $(if $(AS_OF),--as-of "$(AS_OF)")
	@docker compose --profile feast run --rm --no-deps features materialize /repository

# What failed beside others is run once more, with nothing beside it, and named: that decides.
OR_AGAIN = || { [ $$? -eq 1 ] && $(DEV) pytest --last-failed --last-failed-no-failures none -rpf; }

test: $(UV) ## every test that this machine can run
ifdef TESTS
	@$(DEV) pytest $(TESTS)
else
	@$(DEV) pytest -m "not alone" --numprocesses 3 --dist loadfile --no-loadscope-reorder $(OR_AGAIN)
	@$(DEV) pytest -m alone $(OR_AGAIN)
endif

check: $(UV) ## lint, format, types, boundaries, configuration
	@$(DEV) ruff check
	@$(DEV) ruff format --check
	@$(MAKE) --no-print-directory --jobs 2 --output-sync check-rules check-types check-tests check-imports check-needs

check-rules: # the longest first
	@prometheus/check
	@otel-collector/check

check-types:
	@$(DEV) mypy

check-tests: # they can be imported; that compiles what they import, which each process of `make test` would else do for itself
	@output=$$($(DEV) pytest --collect-only -qq 2>&1) || { echo "$$output"; exit 1; }

check-imports:
	@$(DEV) lint-imports

check-needs:
	@for member in $(MEMBERS); do (cd $$member && $(DEV) deptry --no-ansi src 2>&1 | grep -v '^Scanning\|^$$' | sed "s|^|$$member: |"); done

format: $(UV) ## put the code into its form
	@$(DEV) ruff check --fix --select I
	@$(DEV) ruff format

soak: $(UV) ## the fault tests in their long form; prints the figures of docs/reliability.md
	@SOAK=1 $(DEV) pytest tests/faults tests/stack/test_faults.py

trial: $(UV) ## whether detection sees every break, and no drift where there is none; half an hour
	@$(DEV) python -m bench.trial $(TRIAL)

bench: $(UV) ## what the service and the drift job cost, as ratios
	@$(DEV) python -m bench $(BENCH)

$(CURDIR)/.uv/bin/uv:
	@echo "putting uv into .uv/" >&2
	@python3 -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || \
	  { echo "Python 3.11, 3.12 or 3.13 is needed as python3; this is $$(python3 --version 2>&1)" >&2; exit 2; }
	@python3 -m venv .uv || { echo "python3 can't make a virtual environment; install your system's python3-venv" >&2; exit 2; }
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.13,<0.14'
