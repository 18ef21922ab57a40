# The two commands of a first visit are `make demo` and `make test`; `make help` tells the rest.
# Made without the compiler's profiles, as pyenv makes it, Python takes a sixth longer for everything. Where `python3` is
# such a one, the system's is taken, if that will do.
PYTHON ?= $(shell if python3 -c $(IS_OPTIMIZED) 2>/dev/null || ! /usr/bin/python3 -c $(WILL_DO) 2>/dev/null; \
	then echo python3; else echo /usr/bin/python3; fi)
IS_OPTIMIZED = 'import sys, sysconfig; sys.exit("--enable-optimizations" not in sysconfig.get_config_var("CONFIG_ARGS"))'
WILL_DO = 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))'
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test check mutants pictures bench lock clean

help: ## what can be done here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

.venv/.made: requirements-build.txt requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "duebot needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-build.txt -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

demo: .venv/.made ## a sample wallet, the bot and a local Telegram on http://127.0.0.1:8080
	@$(BIN)/duebot demo

# Without compiled files, each of the workers would compile every test again in each run.
test: export PYTHONDONTWRITEBYTECODE =
test: .venv/.made ## every test, on SQLite and a real PostgreSQL; gets a browser where there is none
	@$(BIN)/python -m tests.browser.installing
	$(BIN)/pytest --workers auto

check: .venv/.made ## linters, types, import rules, catalogs, phrases
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m locales.check
	$(BIN)/python -m bot.work.customers.phrase_check

.venv-mutants/.made: requirements-build.txt requirements-dev.txt requirements-mutants.txt
	$(PYTHON) -m venv .venv-mutants
	.venv-mutants/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-build.txt -r requirements-dev.txt -r requirements-mutants.txt
	@touch $@

mutants: .venv-mutants/.made ## which changes of the rules no test notices; `make mutants ONLY='bot.rules.facts.*'` for some
	@.venv-mutants/bin/python -m tests.mutants $(if $(ONLY),'$(ONLY)')

pictures: .venv/.made ## the documents' pictures and requests (needs chromium)
	$(BIN)/python -m docs.pictures
	$(BIN)/python -m docs.customer_pictures
	$(BIN)/python -m docs.rooms
	$(BIN)/python -m docs.http_requests

SIZES ?= 10000,100000,1000000
REPEAT ?= 3

bench: .venv/.made ## measures everything at 10,000 to 1,000,000 customers (hours); NAME=planning one, SIZES=1000 a quick look
	$(BIN)/python -m benchmarks $(or $(NAME),all) --sizes $(SIZES) --repeat $(REPEAT) $(if $(NAME),,--write)

lock: ## renew the locked versions (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --upgrade pyproject.toml -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --upgrade pyproject.toml --extra telemetry -c requirements.txt -o requirements-telemetry.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --upgrade pyproject.toml --group dev -o requirements-dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --upgrade --group build -o requirements-build.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --upgrade --group mutants -c requirements-dev.txt -o requirements-mutants.txt

clean: ## remove what was built
	rm -rf .venv .venv-mutants mutants build dist *.egg-info .mypy_cache .ruff_cache .hypothesis
