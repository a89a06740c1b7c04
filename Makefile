# `make run` and `make test` prepare everything they need; the README says what the other targets are for.
SHELL := /bin/bash
VENV ?= .venv
PORT ?= 8000
PYTEST_ARGS ?=
BIN := $(VENV)/bin
export PATH := $(abspath $(BIN)):$(PATH)

.PHONY: setup services run stop test lint bench screenshots lock

setup:
	@python3 helpdesk/prepare.py run --venv $(VENV)

services: setup
	@$(BIN)/python -m helpdesk.embedded start

run: services
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py collectstatic --noinput --verbosity 0
	@HELPDESK_URL=http://localhost:$(PORT) $(BIN)/python manage.py demo --if-empty
	@echo "http://localhost:$(PORT)"
	@HELPDESK_URL=http://localhost:$(PORT) PORT=$(PORT) $(BIN)/honcho start

stop:
	@test ! -x $(BIN)/python || $(BIN)/python -m helpdesk.embedded stop

test:
	@python3 helpdesk/prepare.py test --venv $(VENV)
	@$(BIN)/python -m helpdesk.embedded start
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

lint:
	@python3 helpdesk/prepare.py run --venv $(VENV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djade --check --target-version 5.2 $$(git ls-files 'templates/*.html' '*/templates/*.html')
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run

bench: services
	@$(BIN)/python -m tests.bench

screenshots: services
	@$(BIN)/python -m tests.screenshots

lock:
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra embedded --generate-hashes --python-version 3.11 \
		--no-emit-index-url --no-header --upgrade --quiet --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --constraint requirements.lock --generate-hashes --python-version 3.11 \
		--no-emit-index-url --no-header --upgrade --quiet --output-file requirements.production.lock
