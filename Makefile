# Two commands matter: `make run` starts a portal to look at, `make test` proves it. Both set up what they need.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test check format strings lock clean
BIND ?= 127.0.0.1:8000
ARGS ?=
export BIND

help: ## Show what can be done here
	@printf 'Throughline, a patient portal.\n\n'
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | awk -F'|' '{printf "%-16s%s\n", $$1, $$2}'
	@printf '\nExamples: BIND=0.0.0.0:9000 make run     make test ARGS="tests/web -x"\n'

run: ## Set up, build the demo clinic and serve it (BIND=host:port for another address)
	@sh scripts/bootstrap.sh run
	@PORTAL_DEMO="$${PORTAL_DEMO-true}" exec .venv/bin/portal serve --bind "$$BIND"

test: ## Set up and run every test: unit, both databases, browser (ARGS="…" for pytest)
	@sh scripts/bootstrap.sh test
	@exec .venv/bin/python -m pytest -n 2 --database both $(ARGS)

check: ## Everything a change must pass: style, contracts, types, templates, translations, tests
	@sh scripts/check.sh

format: ## Put the code into the house style
	@sh scripts/bootstrap.sh test
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

strings: ## Collect new texts into the translation catalogs
	@sh scripts/bootstrap.sh test
	@.venv/bin/python scripts/catalogs.py update

lock: ## Pin every dependency again, with hashes (needs the network)
	@sh scripts/bootstrap.sh test
	@sh scripts/lock.sh

clean: ## Remove what the other commands made, except your data in var/
	@rm -rf .venv .build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache tests/identity/oidc_provider/node_modules
	@find static -name '*.br' -delete -o -name '*.gz' -delete 2>/dev/null || true
