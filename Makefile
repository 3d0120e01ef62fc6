# Everything one does with Vouchsafe, each as one command. `make help` explains them.
# Written for GNU make 3.81, which macOS brings.

PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && exit; done; echo python3)
PY = .venv/bin/python
WORKERS ?= 2
SERVICES = $(PY) -m project.runtime services --

.DEFAULT_GOAL := help
.PHONY: help run stop status test coverage check lint types imports migrations matrix eval embed-check bench \
	docs-check fresh screenshots translations translations-check import manage lock setup setup-dev browser reset clean python

help: ## explain these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' Makefile

# --- using it ---------------------------------------------------------------------------------------

run: setup ## set everything up and start Vouchsafe (PORT=8000, VOUCHSAFE_HOME=.vouchsafe)
	@exec $(PY) -m project.runtime run --with-parent

stop: ## end everything that `make run` started
	@if [ -x $(PY) ]; then exec $(PY) -m project.runtime stop; else echo "Vouchsafe was never set up here."; fi

status: setup ## say which processes run
	@exec $(PY) -m project.runtime status

import: ## import reviews: FILE=reviews.csv SHOP=slug, more in OPTIONS
	@$(call need,FILE,reviews.csv)
	@$(call need,SHOP,demo)
	@$(MAKE) --no-print-directory setup
	@exec $(PY) manage.py import_reviews "$(FILE)" --shop "$(SHOP)" $(OPTIONS)

manage: ## any management command: CMD="create_shop …"
	@$(call need,CMD,"create_shop --help")
	@$(MAKE) --no-print-directory setup
	@exec $(PY) manage.py $(CMD)

# --- testing it -------------------------------------------------------------------------------------

test: setup-dev browser ## the whole suite, in Chromium too (ARGS="tests/core -k scope" for a part of it)
	@$(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

coverage: setup-dev ## the whole suite, and whether it reaches what it must
	@$(MAKE) --no-print-directory test ARGS="--cov --cov-report= --cov-report=json:.coverage.json $(ARGS)"
	@$(PY) tests/coverage_floor.py .coverage.json

check: lint types imports migrations translations-check docs-check embed-check eval fresh matrix coverage ## every gate of the CI

lint: setup-dev ## ruff
	@$(PY) -m ruff check . && $(PY) -m ruff format --check .

types: setup-dev ## mypy --strict
	@$(PY) -m mypy

imports: setup-dev ## who may import whom
	@.venv/bin/lint-imports

# Named exceptions, each with its reason: rights 0004 widens a text column, which PostgreSQL does without a rewrite, and
# makes a partial unique index anew on a table of some thousand rows; rights 0006 turns varchar into text, without a rewrite,
# and indexes a table that no release has filled.
SAFE_MIGRATIONS = 0004_request_states 0006_notices

migrations: setup-dev ## models and migrations agree, and no migration breaks a running version
	@LOG_LEVEL=WARNING DJANGO_SETTINGS_MODULE=project.settings.testing $(SERVICES) sh -c '\
		$(PY) manage.py makemigrations --check --dry-run && \
		$(PY) manage.py lintmigrations --no-cache --quiet ok ignore --ignore-name $(SAFE_MIGRATIONS) --include-apps \
			core shops content rights collection widgets assistant studio'

fresh: setup-dev browser ## what a stranger does first: clone, make run, the first five minutes, stop, start again
	@$(PYTHON) tests/fresh_clone.py

# The history of permissions is one long test, so it comes first, and the other worker takes the rest meanwhile.
matrix: setup-dev browser ## all types, themes and host pages against each other in Chromium, and permissions in many histories
	@VOUCHSAFE_MATRIX=all $(PY) -m pytest -n $(WORKERS) --dist worksteal tests/properties tests/embed/test_matrix.py $(ARGS)

eval: setup-dev ## the assistant's answers: quotes, numbers, dissent, abstention
	@$(PY) -m pytest tests/assistant/answers tests/assistant/test_ask.py $(ARGS)

embed-check: setup-dev ## the embed: types, unit tests, committed bundle equals a fresh build
	@cd frontend_static/embed && PATH="$(CURDIR)/.venv/bin:$$PATH" && export PATH && \
		{ cmp -s package-lock.json node_modules/.installed || { \
			npm ci --no-audit --no-fund --silent && cp package-lock.json node_modules/.installed; }; } && \
		npm run --silent check

docs-check: setup-dev ## what the documents say exists
	@$(PY) -m pytest tests/docs

bench: setup-dev ## the figures, each beside its yardstick
	@$(SERVICES) $(PY) bench/run.py $(ARGS)

# --- keeping it -------------------------------------------------------------------------------------

screenshots: setup-dev browser ## take the README's pictures from the demo
	@$(PY) docs/screenshots.py

translations: setup-dev ## gather the texts and compile the catalogues
	@$(PY) manage.py translations

translations-check: setup-dev ## every text is translated, and the catalogues are compiled
	@$(PY) manage.py translations --check

lock: setup-dev ## pin requirements.in and requirements-dev.in with all they need
	@$(PY) -m pip install --quiet --disable-pip-version-check uv
	@for name in requirements requirements-dev; do \
		$(PY) -m uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --quiet \
			$$name.in --output-file $$name.txt || exit 1; done

setup: python ## make .venv with what running needs
	@$(PYTHON) project/runtime/bootstrap.py run

setup-dev: python ## make .venv with what development and tests need, too
	@$(PYTHON) project/runtime/bootstrap.py dev

browser: setup-dev
	@$(PY) -m project.runtime.browser

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "vouchsafe: Vouchsafe needs Python 3.11 or later and '$(PYTHON)' is not: install one, or name it with PYTHON=/path/to/python3." >&2; \
		exit 1; }

reset: ## delete the database and everything else of this installation: YES=1
	@$(call need,YES,1)
	@$(MAKE) --no-print-directory setup
	@exec $(PY) -m project.runtime reset

clean: stop ## delete the environment and all caches; the data in .vouchsafe stay
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage htmlcov
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# $(call need,NAME,example): one sentence and an end where a variable is missing.
need = $(if $($(1)),:,{ echo 'vouchsafe: `make $@` needs $(1), for example: make $@ $(1)=$(2)' >&2; exit 2; })
