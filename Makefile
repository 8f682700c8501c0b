# Everything works on a fresh Debian or Ubuntu, as root or with sudo: what is missing is said and installed.
.DEFAULT_GOAL := help
SHELL := /bin/sh
export PATH := $(CURDIR)/.venv/bin:$(PATH)
unexport PYTHONDONTWRITEBYTECODE # the tests start hundreds of interpreters, and each would compile everything anew

PYTHON := .venv/bin/python
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
SCENE ?=
NAME ?=

.PHONY: help demo demo-clean test lint unit format bench cards chaos lock python machine tests

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1 \2/p' $(MAKEFILE_LIST) | while read -r target text; do printf '  make %-12s %s\n' "$$target" "$$text"; done

demo: machine ## the whole stack with a local stand-in for Telegram, twenty-three scenes; SCENE=deploy plays one
	@$(PYTHON) -m demo.tour $(SCENE)

demo-clean: python ## remove everything that the demo made
	@$(PYTHON) -m demo.tour clean
	@$(PYTHON) -m demo.machine clean

test: tests lint ## all checks and tests, with branch coverage
	@$(PYTHON) -m pytest tests/unit tests/integration tests/smoke --quiet -n 2 --dist loadfile \
	  --cov --cov-report=term:skip-covered --cov-fail-under=85
	@$(PYTHON) -m tests.chaos --slice

lint: python ## format, rules, types and import contracts
	@ruff format --check --quiet . || { ruff format --diff --quiet .; echo 'lint: make format would change files'; exit 1; }
	@ruff check --quiet .
	@mypy --exclude '^demo/agent/'
	@cd demo/agent && mypy --strict --cache-dir ../../.mypy_cache server_agent
	@lint-imports

unit: python ## the unit tests only; they need no Docker
	@$(PYTHON) -m pytest tests/unit --quiet -n 2 --dist worksteal

format: python ## format the code and mend what can be mended
	@ruff check --fix --quiet .
	@ruff format .

bench: machine ## one benchmark: NAME=...
	@$(PYTHON) -m tests.benchmarks $(NAME)

chaos: machine ## faults at every stage of every kind of run, the whole matrix; NAME=... some cells of it
	@$(PYTHON) -m tests.chaos $(NAME)

cards: python ## photographs the cards for docs/cards.md; needs Chromium and fonts-noto-color-emoji
	@python -m tests.pictures

lock: python ## resolve both lock files anew
	@$(COMPILE) --output-file requirements.lock pyproject.toml
	@$(COMPILE) --extra dev --output-file requirements-dev.lock pyproject.toml

python:
	@sh demo/machine/prepare.sh python

machine:
	@sh demo/machine/prepare.sh machine

tests:
	@sh demo/machine/prepare.sh tests
