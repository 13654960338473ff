# Aftercare. `make` alone lists what can be done.
#
# PYTHON chooses the interpreter (3.11 to 3.13). Another one than python3 gets a virtual environment of its own
# (`make test PYTHON=python3.12` uses .venv-3.12) and leaves .venv alone.

PYTHON ?= python3
VENV := $(if $(filter python3,$(PYTHON)),.venv,.venv-$(patsubst python%,%,$(notdir $(PYTHON))))
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# Tests and checks must not meet the settings of somebody's shell.
CLEAN_ENV := env -u AFTERCARE_PRODUCTION -u DEBUG -u DATABASE_URL -u REDIS_URL -u DJANGO_SETTINGS_MODULE
PYTEST := $(CLEAN_ENV) $(BIN)/python -m pytest
ARGS ?=

.PHONY: help run demo test test-sqlite test-postgres browser-ready check faults mutants bench measures screenshots format pins clean

help: ## List these targets
	@echo "Aftercare. Targets:"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' Makefile | while IFS=$$'\t' read -r name text; \
	  do printf '  make %-12s %s\n' "$$name" "$$text"; done
	@echo
	@echo "PORT=8001 make run serves elsewhere; PYTHON=python3.12 chooses another Python."

# --- Installing. A stamp per list of packages, so that the next start is quick. -------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Aftercare needs Python 3.11 or newer; '$(PYTHON)' does not run or is older. Name another with PYTHON=..."; exit 1; }
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "This Python cannot make virtual environments. On Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/.installed: requirements.txt | $(BIN)/python
	@echo "Installing what Aftercare needs (a minute or two the first time) ..."
	@$(INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt | $(BIN)/python
	@echo "Installing what tests and checks need ..."
	@$(INSTALL) -r requirements-dev.txt
	@touch $@

# --- Running ---------------------------------------------------------------------------------------------------

run: $(VENV)/.installed ## Start everything on this machine, with a demo clinic (PORT, DEMO=0, DATABASE_URL, REDIS_URL)
	@exec $(BIN)/python -m aftercare.run

demo: $(VENV)/.installed ## Load the demo clinic into an empty database
	@$(BIN)/python manage.py migrate --verbosity 0
	@exec $(BIN)/python manage.py demo $(ARGS)

# --- Testing ---------------------------------------------------------------------------------------------------

test: $(VENV)/.installed-dev ## Every test, on SQLite and then on PostgreSQL (ARGS="path -x" narrows)
	@browser=0; $(MAKE) browser-ready || browser=$$?; \
	echo "== On SQLite"; \
	if [ $$browser = 0 ]; then $(PYTEST) -n 2 --dist loadgroup -m "not faults" $(ARGS); \
	else $(PYTEST) -n 2 --dist loadgroup -m "not faults and not browser" $(ARGS); fi; \
	$(MAKE) test-postgres; \
	if [ $$browser != 0 ]; then \
	  echo "NOT RUN: the browser tests (those marked 'browser'), because no Chromium could be found or installed."; \
	  exit 1; fi

test-sqlite: $(VENV)/.installed-dev
	@$(PYTEST) -n 2 --dist loadgroup -m "not faults" $(ARGS)

test-postgres: $(VENV)/.installed-dev
	@echo "== On PostgreSQL"
	@$(CLEAN_ENV) $(BIN)/python -m tests.servers postgres -- \
	  $(BIN)/python -m pytest -n 2 --dist loadgroup -m "not faults and not browser and not once" \
	  --ignore tests/engagement --ignore tests/house $(ARGS) \
	  || { status=$$?; [ $$status = 5 ] && [ -n "$(ARGS)" ] && echo "Nothing of that runs on PostgreSQL."; }

browser-ready: $(VENV)/.installed-dev
	@$(BIN)/python -m tests.servers chromium >/dev/null && exit 0; \
	sudo=""; [ "$$(id -u)" = 0 ] || sudo="sudo -n"; \
	if command -v apt-get >/dev/null && $$sudo true 2>/dev/null; then \
	  echo "Installing Chromium for the browser tests ..."; \
	  { $$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; } \
	    >/dev/null 2>&1 || true; \
	fi; \
	$(BIN)/python -m tests.servers chromium >/dev/null || { echo "There is no Chromium for the browser tests."; exit 1; }

faults: $(VENV)/.installed-dev ## The long fault runs: killed workers, frozen Redis, killed databases
	@$(PYTEST) -m faults $(ARGS)

mutants: $(VENV)/.installed-dev ## Change the mind in small ways and count what its tests notice
	@$(CLEAN_ENV) $(BIN)/python -m tests.mutants $(ARGS)

bench: $(VENV)/.installed ## How fast the sweep is, with 10,000 clients
	@dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; export AFTERCARE_VAR="$$dir"; \
	$(BIN)/python manage.py migrate --verbosity 0; $(BIN)/python manage.py benchmark --clients 10000 $(ARGS)

measures: $(VENV)/.installed-dev browser-ready ## What recording a day costs, with 2 million appointments, in a browser
	@$(CLEAN_ENV) $(BIN)/python tests/browser/measures.py

screenshots: $(VENV)/.installed-dev browser-ready ## Take the pictures of README.md anew from the demo clinic
	@$(CLEAN_ENV) $(BIN)/python tests/browser/screenshots.py

# --- Checking --------------------------------------------------------------------------------------------------

check: export AFTERCARE_VAR := $(shell mktemp -d -u)
check: $(VENV)/.installed-dev ## Format, lint, types, the house plan, templates, migrations, deployment settings
	@trap 'rm -rf "$$AFTERCARE_VAR"' EXIT; failed=""; \
	step() { echo "== $$1"; name=$$1; shift; "$$@" || failed="$$failed $$name"; }; \
	formatted() { $(BIN)/ruff format --check --output-format concise .; }; \
	plan() { $(BIN)/lint-imports --no-cache --no-logo | sed '/^$$/d' | tail -n 40; }; \
	step format formatted; \
	step lint $(BIN)/ruff check --quiet .; \
	step house-plan plan; \
	step types $(CLEAN_ENV) $(BIN)/mypy --no-error-summary; \
	step templates $(BIN)/djlint templates --lint --quiet; \
	step migrations $(CLEAN_ENV) $(BIN)/python manage.py makemigrations --check --dry-run --verbosity 0; \
	step deployment $(CLEAN_ENV) AFTERCARE_PRODUCTION=1 ALLOWED_HOSTS=clinic.example \
	  DATABASE_URL="sqlite:///$$AFTERCARE_VAR/check.sqlite3" \
	  SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
	  $(BIN)/python manage.py check --deploy --fail-level WARNING; \
	step house $(PYTEST) -q tests/house; \
	if [ -n "$$failed" ]; then echo "FAILED:$$failed"; exit 1; fi; \
	echo "All checks passed."

format: $(VENV)/.installed-dev ## Put the code in shape
	@$(BIN)/ruff check --quiet --fix --exit-zero .
	@$(BIN)/ruff format .

pins: $(BIN)/python ## Write requirements*.txt anew from requirements*.in
	@$(BIN)/python -m pip install --quiet uv
	@for list in requirements requirements-dev; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	    --no-emit-index-url --no-emit-find-links $$list.in -o $$list.txt; done

clean: ## Remove what can be made again; var/ (the data) stays
	@rm -rf .venv .venv-* mutants .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis htmlcov test-results
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
