# Everything is done through these targets; `make help` lists them.

VENV ?= .venv
PY := $(VENV)/bin/python
PYTHON ?= python3 python3.12 python3.11 python3.13 python3.14
PIP_INSTALL := $(PY) -m pip install --disable-pip-version-check --only-binary=:all: --constraint constraints.txt
NODE_BIN := node_modules/.bin
TYPES := frontend/types/openapi.d.ts
MADE := .make

.DEFAULT_GOAL := help
.PHONY: help setup run test unit lint types bench report soak samples fresh-machine

help:
	@echo "make run    install what is missing, start Memoscope and print its address (Ctrl-C stops it)"
	@echo "make setup  only install, into $(VENV)"
	@echo "make test   run all tests, in a real browser and against real servers"
	@echo "make unit   run the unit tests alone"
	@echo "make lint   check style, types, imports and the generated front-end types"
	@echo "make types  generate $(TYPES) from the API"
	@echo "make bench  run the benchmarks"
	@echo "make report run every quick preset on an empty database and rewrite docs/report.md"
	@echo "make samples  train the finished experiments in backend/samples anew (ten minutes)"
	@echo "make soak   run what takes long, as root: compose's services as processes, a disk that fills up"
	@echo "make fresh-machine  try 'make run' on a bare Debian trixie and sid, as root with debootstrap (SUITES=...)"
	@echo "Each takes VENV=.venv-3.14 PYTHON=python3.14, for a second environment of that Python."

setup: $(VENV)/.installed

# The shell's parent is make: the launcher stops when make is gone, even if make was killed.
run: $(VENV)/.installed
	@exec $(VENV)/bin/memoscope up --parent $$PPID

# Two threads of OpenBLAS in each of two processes wait for each other most of the time. Files in their own
# order: by number of tests, the few long ones with real servers would come last, one process waiting for the other.
test: $(VENV)/.installed-test $(VENV)/.browser node_modules/.installed
	node --test --test-reporter=dot tests/frontend/*.test.js
	OPENBLAS_NUM_THREADS=1 $(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

unit: $(VENV)/.installed-test
	$(PY) -m pytest -n 2 tests/unit $(PYTEST_ARGS)

lint: $(VENV)/.installed-test node_modules/.installed $(MADE)/openapi.json
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(NODE_BIN)/tsc --noEmit --project tsconfig.json
	@$(NODE_BIN)/openapi-typescript $(MADE)/openapi.json --output $(MADE)/openapi.d.ts >/dev/null
	@cmp -s $(MADE)/openapi.d.ts $(TYPES) || { echo "$(TYPES) is stale: run 'make types'." >&2; exit 1; }

types: $(VENV)/.installed-test node_modules/.installed $(MADE)/openapi.json
	$(NODE_BIN)/openapi-typescript $(MADE)/openapi.json --output $(TYPES)

bench: $(VENV)/.installed-test
	@set -e; for script in tests/benchmarks/*.py; do \
	  test -e "$$script" || { echo "There are no benchmarks."; break; }; \
	  echo "== $$script"; PYTHONPATH=. $(PY) "$$script"; \
	done

report: $(VENV)/.installed
	@$(PY) -m backend.report

# Each in a network and a view of the file system of its own.
soak: $(VENV)/.installed-test
	@set -e; for script in tests/soak/*.py; do \
	  echo "== $$script"; PYTHONPATH=. unshare --net --mount sh -c "ip link set lo up; exec $(PY) $$script"; \
	done

samples: $(VENV)/.installed-test
	PYTHONPATH=. $(PY) tests/make_samples.py

fresh-machine: $(PY)
	$(PY) tests/fresh_machine.py $(SUITES)

$(PY):
	@for python in $(PYTHON); do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && found=$$python && break; \
	done; \
	test -n "$$found" || { echo "Memoscope needs Python 3.11 or newer: install it, or name one with" \
	  "'make $(MAKECMDGOALS) PYTHON=/path/to/python3.12' (tried: $(PYTHON))." >&2; exit 1; }; \
	"$$found" -m venv --clear $(VENV) || { rm -rf $(VENV); echo "$$found cannot make a virtual environment:" \
	  "install its venv module (Debian and Ubuntu: apt-get install python3-venv)." >&2; exit 1; }

$(VENV)/.installed: pyproject.toml constraints.txt | $(PY)
	$(PIP_INSTALL) --editable '.[worker]'
	@touch $@

$(VENV)/.installed-test: pyproject.toml constraints.txt | $(PY)
	$(PIP_INSTALL) --editable '.[worker,test]'
	@touch $@ $(VENV)/.installed

$(VENV)/.browser: tests/find_browser.py $(VENV)/.installed-test
	@$(PY) tests/find_browser.py
	@touch $@

# Without a lock file: package.json pins the tools, and a lock file would name one registry.
node_modules/.installed: package.json
	@command -v npm >/dev/null || { echo "The front end's checks and tests need Node.js 20 or newer with npm:" \
	  "install it and try again." >&2; exit 1; }
	npm install --no-audit --no-fund --no-package-lock
	@touch $@

# Rewritten by every run that needs it: what it is made from is the whole API.
.PHONY: $(MADE)/openapi.json
$(MADE)/openapi.json: $(VENV)/.installed-test
	@mkdir -p $(MADE)
	@$(PY) -c 'import json; from backend.api.main import create_app; print(json.dumps(create_app().openapi()))' > $@
