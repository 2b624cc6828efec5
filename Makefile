# Needs Python 3.11 or newer, git and make; everything else is installed into .venv, once per change of the lock.
#
#   make PYTHON=/path/to/python3.12 test     another Python
#   make VENV=/tmp/venv test                 another place for the environment
#   make test ARGS="-k manifest"             arguments for the command behind a target

# Assigned with `=`: a HOST or PYTHON that happens to be in the environment is not meant for us.
SHELL := /bin/sh
VENV = .venv
BIN := $(VENV)/bin
READY := $(VENV)/.findspot-ready
BENCH_VENV = .venv-bench
BENCH_READY := $(BENCH_VENV)/.findspot-ready
BENCH_PIP := $(BENCH_VENV)/bin/python -m pip install --quiet --no-deps --only-binary :all: --no-binary screed
BENCHES := fingerprint audit accuracy intervals startup
HOST = 127.0.0.1
PORT = 8000
ARGS =
CANDIDATES := python3 python3.13 python3.12 python3.11 python
PYTHON := $(shell for name in $(CANDIDATES); do \
	if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then echo $$name; break; fi; done)

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format types bench serve schemas wheel lock clean

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(READY) ## install everything into .venv; the other targets do it by themselves

define require-python
test -n "$(PYTHON)" || { echo "Findspot needs Python 3.11 or newer, and none of these is one: $(CANDIDATES)." >&2; \
	echo "Install one, or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 1; }; \
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	echo "Findspot needs Python 3.11 or newer; $(PYTHON) is older or cannot be run: `$(PYTHON) --version 2>&1`" >&2; exit 1; }; \
$(PYTHON) -c 'import ensurepip, venv' || { \
	echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
endef

$(READY): pyproject.toml requirements.lock
	@$(require-python)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade --constraint requirements.lock pip hatchling editables
	$(BIN)/python -m pip install --quiet --no-build-isolation --constraint requirements.lock --editable '.[service,demo]' --group dev
	@touch $@

# Programs to measure beside ours have an environment of their own. One that does not install here is left out, and said.
$(BENCH_READY): pyproject.toml requirements.lock bench/requirements.txt
	@$(require-python)
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --upgrade --constraint requirements.lock pip hatchling editables
	$(BENCH_PIP) --requirement bench/requirements.txt || sed '/^#/d; /^$$/d' bench/requirements.txt | while read -r one; do \
		$(BENCH_PIP) "$$one" || echo "left out, it does not install here: $$one" >&2; done
	grep -v '^pyarrow==' requirements.lock > $(BENCH_VENV)/constraints.txt
	$(BENCH_VENV)/bin/python -m pip install --quiet --no-warn-conflicts --no-build-isolation --constraint $(BENCH_VENV)/constraints.txt --editable .
	@touch $@

demo: $(READY) ## build a stand-in shadow library and a tainted dataset, audit it by command and over HTTP
	$(BIN)/findspot demo $(ARGS)

test: $(READY) ## run the tests; FINDSPOT_TEST_DATA names the folder of real data, if there is one
	$(BIN)/python -m pytest -n auto --maxprocesses=4 $(ARGS)

lint: $(READY) ## ruff (rules and format) and the arrows between the rooms
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

format: $(READY) ## let ruff format and fix what it can
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

types: $(READY) ## mypy, strict
	$(BIN)/mypy $(ARGS)

bench: $(BENCH_READY) ## measure: fingerprinting beside other programs, audits, accuracy; ARGS=--quick for minutes
	@for name in $(BENCHES); do echo "== bench/$$name.py"; $(BENCH_VENV)/bin/python bench/$$name.py $(ARGS) || exit 1; done

serve: $(READY) ## the service, on 127.0.0.1:8000 unless HOST and PORT say otherwise
	$(BIN)/findspot serve --host $(HOST) --port $(PORT) $(ARGS)

schemas: $(READY) ## rewrite the published schemas from the models
	$(BIN)/python -m findspot.cli.schemas
	$(BIN)/python -m findspot.api.openapi > schemas/openapi.json.new && mv schemas/openapi.json.new schemas/openapi.json

wheel: $(READY) ## build the wheel into dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

lock: $(READY) ## resolve the newest allowed versions for every supported Python into requirements.lock
	$(BIN)/python -m pip install --quiet 'uv>=0.9,<1'
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --fork-strategy fewest --all-extras --group dev \
		--upgrade --no-annotate --no-header --no-emit-index-url --quiet --output-file requirements.lock.new
	{ echo "# Versions that are installed and tested together, on Python 3.11 and newer. Refresh: make lock"; \
		cat requirements.lock.new; } > requirements.lock
	rm requirements.lock.new

clean: ## remove what make made
	rm -rf $(VENV) $(BENCH_VENV) dist build findspot-demo
