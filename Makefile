# Fairlead. `make run` is all a new machine needs; `make help` lists the rest.

.DEFAULT_GOAL := help
.PHONY: help run install test lint format clean

# The first Python from 3.11 to 3.13 that can make virtual environments.
PYTHON ?= $(shell for p in python3.12 python3.13 python3.11 python3; do \
	if $$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; \
	then echo $$p; break; fi; done)
PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
# torch: its small CPU build, unless the machine has an NVIDIA card. Where only PyPI can be reached, PyPI's own build.
TORCH := torch==2.13.0
TORCH_INDEX ?= $(shell nvidia-smi -L >/dev/null 2>&1 || echo https://download.pytorch.org/whl/cpu)
PYTEST_JOBS ?= 2
CODE := config core crm marketing modelhub tests benchmarks manage.py

help: ## This list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: .venv/.installed ## Install what is missing and start everything (PORT, HOST, FAIRLEAD_DATA)
	@exec $(PY) manage.py serve --samples

install: .venv/.installed-dev ## Install what running, testing and linting need

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Fairlead needs Python 3.11, 3.12 or 3.13 with its venv module (Debian: apt install python3-venv)."; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.torch: | .venv/bin/python
	@if [ -n "$(TORCH_INDEX)" ] && $(PIP) install -q --retries 0 --timeout 15 --index-url $(TORCH_INDEX) "$(TORCH)" 2>/dev/null; \
	then echo "torch from $(TORCH_INDEX)"; else echo "torch from the default index"; $(PIP) install -q "$(TORCH)"; fi
	@touch $@

.venv/.installed: requirements.txt .venv/.torch
	$(PIP) install -q -r requirements.txt
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	$(PIP) install -q -r requirements-dev.txt
	@touch $@

test: .venv/.installed-dev ## Run all tests that fit this machine; says what was left out and why
	$(PY) -m pytest -n $(PYTEST_JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: .venv/.installed-dev ## Format, lint, types, layers, templates, migrations
	.venv/bin/ruff format --check $(CODE)
	.venv/bin/ruff check $(CODE)
	.venv/bin/mypy config core crm marketing modelhub
	.venv/bin/lint-imports --no-logo
	git ls-files -co --exclude-standard 'templates/*.html' | xargs .venv/bin/djade --target-version 5.2 --check
	FAIRLEAD_DATA=$${TMPDIR:-/tmp}/fairlead-lint $(PY) manage.py makemigrations --check --dry-run

format: .venv/.installed-dev ## Format Python and templates
	.venv/bin/ruff format $(CODE)
	.venv/bin/ruff check --fix $(CODE)
	-git ls-files -co --exclude-standard 'templates/*.html' | xargs .venv/bin/djade --target-version 5.2

clean: ## Remove the virtual environment; data in ./var stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
