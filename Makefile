# Every command of the project. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:

FOLDER ?= .lienthong
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
UV_BOOT := $(filter .uv/bin/uv,$(UV))
PYTHON := .venv/bin/python
READY := .venv/.ready
WORKERS ?= 3

# The suite starts hundreds of processes: where caching byte code is forbidden, each would compile everything anew, which
# takes twice as long as the start itself.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help
help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 14

.uv/bin/uv:
	@command -v python3 >/dev/null || { echo "Python 3.11+ is missing: apt-get install python3 python3-venv"; exit 1; }
	python3 -m venv .uv || { echo "venv is missing: apt-get install python3-venv"; exit 1; }
	.uv/bin/python -m pip install --quiet "uv>=0.9,<1"

$(READY): uv.lock pyproject.toml $(wildcard libs/*/pyproject.toml services/*/pyproject.toml sdk/*/pyproject.toml) | $(UV_BOOT)
	$(UV) sync --quiet --all-packages --locked
	touch $(READY)

.PHONY: setup
setup: $(READY) ## make the Python environment and fetch what the servers need, once
	@$(PYTHON) -m lienthong.common.testing prepare --folder $(FOLDER)

.PHONY: demo
demo: setup ## the main job on real input: signed documents between agencies; ends 0 or not
	@$(PYTHON) -m tests.demo

.PHONY: test
test: setup ## every test, on servers the suite starts itself
	@$(PYTHON) -m pytest -n $(WORKERS) --dist loadgroup

.PHONY: test-unit
test-unit: $(READY) ## the tests that need no server
	@$(PYTHON) -m pytest libs services sdk -q -n $(WORKERS)

.PHONY: test-sweep
test-sweep: setup ## nightly, hours: every process and server killed at every step of a document's way
	@LIENTHONG_SWEEP=all $(PYTHON) -m pytest tests/integration/exchange/crashing -q

.PHONY: test-evidence
test-evidence: setup ## nightly: evidence of 1,000 documents verifies, 1,000 changed bytes are found, three ways
	@LIENTHONG_EVIDENCE_CHANGES=1000 LIENTHONG_EVIDENCE_DOCUMENTS=1000 $(PYTHON) -m pytest -q --timeout 3600 \
		libs/common/tests/evidence tests/integration/exchange/test_evidence.py

.PHONY: bench
bench: setup ## floor and product in turn, one JSON line per scenario; QUICK=1 for one small round of each
	@$(PYTHON) -m tests.bench $(if $(QUICK),--quick) $(SCENARIO)

.PHONY: test-long
test-long: setup ## nightly: 100,000 documents in flat memory, PostgreSQL away for whole minutes, a longer flood
	@LIENTHONG_LONG=1 $(PYTHON) -m pytest tests/integration/failures -q -s

.PHONY: bench-large
bench-large: setup ## the benchmark on an empty exchange and on one with STORED documents (1,000,000)
	@$(PYTHON) -m tests.bench $(if $(QUICK),--quick) --stored $(or $(STORED),1000000) $(SCENARIO)

.PHONY: up
up: setup ## start servers and services, print their addresses, leave them running
	@$(PYTHON) -m lienthong.common.testing.platform up --folder $(FOLDER)

.PHONY: down
down: $(READY) ## stop what `make up` started; data stay in .lienthong
	@$(PYTHON) -m lienthong.common.testing.platform down --folder $(FOLDER)

.PHONY: check
check: $(READY) ## linter, format, types, layers, generated files
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	.venv/bin/pyright
	.venv/bin/lint-imports
	$(PYTHON) -m lienthong.common.schema_tools check

.PHONY: schemas
schemas: $(READY) ## write schemas/, docs/settings.md and docs/errors.md anew from the code
	$(PYTHON) -m lienthong.common.schema_tools write

.PHONY: format
format: $(READY) ## format the code
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

.PHONY: clean
clean: ## remove the environment and caches (data in .lienthong stay)
	rm -rf .venv .uv .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
