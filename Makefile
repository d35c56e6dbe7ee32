# Every target is a line or a script. `make` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= python3
UV     ?= .tools/uv/bin/uv
# processes | docker | auto: what `make up` and related targets use; auto uses Docker if it answers.
WITH   ?= auto

# The Python of this machine is used; none is downloaded silently.
export UV_PYTHON_DOWNLOADS = never
# The machine's own certificates: behind a company's proxy there are no others.
export UV_SYSTEM_CERTS = true

RUN    = $(UV) run --frozen --no-dev
DEVRUN = $(UV) run --frozen --extra demo
WATCHKEEPER = $(RUN) watchkeeper
# What ends with 1 has said what it found, so make adds no "Error 1"; scripts ask ./watchkeeper, whose exit code says it.
REPORTED = || [ $$? -eq 1 ]

help: ## list the targets
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 19

up: uv ## start the stack and show what runs where
	@$(if $(CACHE),WATCHKEEPER_SHARED_CACHE="$(CACHE)") $(WATCHKEEPER) up --with $(WITH)

down: uv ## stop the stack; stored data stays
	@$(WATCHKEEPER) down --with $(WITH)

status: uv ## show what runs, the calls and cost of the last hour, and what fires
	@$(WATCHKEEPER) status --with $(WITH) $(REPORTED)

logs: uv ## follow the logs of all components (C=exporter: of one component)
	@$(WATCHKEEPER) logs --follow --with $(WITH) $(C)

demo: uv ## run a support assistant and its model server, in the foreground: traffic without an API key
	@$(RUN) --extra demo watchkeeper demo

demo-history: uv ## give the demo a past of 30 days in the running stack (DAYS=30); REMOVE=1 takes it away again
	@$(RUN) --extra demo watchkeeper demo-history $(if $(DAYS),--days $(DAYS)) $(if $(REMOVE),--remove)

simulate: uv ## start a scenario of the demo (SCENARIO=prompt-v2 MINUTES=90); without SCENARIO: list them
	@$(WATCHKEEPER) simulate $(SCENARIO) $(if $(MINUTES),--minutes $(MINUTES))

drill: uv ## provoke an alert on the running stack and follow it to its receiver (ALERT=LLMErrorRateHigh, ALERT=all)
	@$(WATCHKEEPER) drill $(ALERT) $(REPORTED)

alert-test: uv ## send one test alert through the real receivers (SEVERITY=critical TEAM=search)
	@$(WATCHKEEPER) alert-test --severity $(or $(SEVERITY),critical) $(if $(TEAM),--team $(TEAM)) $(REPORTED)

password: ## show the password of Grafana's user admin (Docker only)
	@docker compose exec grafana cat /run/grafana-password/admin_password && echo

langfuse-password: ## show the password of Langfuse's first user (profile langfuse)
	@docker compose exec langfuse cat /run/langfuse/admin_password && echo

reset-password: uv ## give Grafana's user admin a new password and show it once (Docker only)
	@$(WATCHKEEPER) reset-password --with $(WITH)

secrets: uv ## make the files in secrets readable for the containers only; list them
	@$(WATCHKEEPER) secrets

doctor: uv ## diagnose problems of the stack and suggest fixes
	@$(WATCHKEEPER) doctor --with $(WITH) $(REPORTED)

reload: uv ## check the configuration, apply it, verify that the running configuration is up to date
	@$(WATCHKEEPER) reload --with $(WITH)

upgrade: uv ## after `git pull`: list changes, check, back up, start the pinned versions (TO=backups)
	@$(WATCHKEEPER) upgrade --with $(WITH) --to $(or $(TO),backups)

backup: uv ## copy all stored data into a new folder (TO=backups)
	@$(WATCHKEEPER) backup --with $(WITH) --to $(or $(TO),backups)

restore: uv ## replace the stored data by a backup (FROM=backups/...)
	@$(WATCHKEEPER) restore --with $(WITH) $(or $(FROM),$(error name the folder: make restore FROM=backups/...))

prices: uv ## fetch the newest price tables, show which models in use change, make them active
	@$(WATCHKEEPER) prices --with $(WITH)

shipped-prices: install ## renew the price table of LiteLLM that ships with Watchkeeper
	$(DEVRUN) python -m docs.reference.shipped_prices

pin: uv ## write the digests of all images into docker-compose.yml
	@$(WATCHKEEPER) pin

policy: install ## show which rules each service of docker-compose.yml follows, and the reasons of exceptions
	@$(DEVRUN) python -m tests.support.compose_policy

sbom: uv ## write a CycloneDX list of the packages of the image, with hashes (TO=dist)
	@mkdir -p $(or $(TO),dist)
	@$(UV) export --quiet --frozen --no-dev --format cyclonedx1.5 --preview-features sbom-export --output-file $(or $(TO),dist)/watchkeeper.cdx.json

audit: uv ## ask OSV for known vulnerabilities of these packages (OSV=URL: of a copy of it)
	@$(UV) audit --frozen --no-dev $(if $(OSV),--service-url $(OSV))

.PHONY: prices shipped-prices sbom audit demo demo-history simulate langfuse-password upgrade reset-password secrets doctor reload backup restore pin policy

install: uv ## make the Python environment, with the tools of development
	@$(UV) sync --frozen --extra demo

tools: install ## install what the tests need on this machine, with apt; says why if that is not possible
	$(DEVRUN) python -m tests.support.tools

engines: uv ## fetch or build the pinned engines; starts nothing (CACHE=/srv/engines: a folder to share them by)
	@$(if $(CACHE),WATCHKEEPER_SHARED_CACHE="$(CACHE)") $(WATCHKEEPER) engines

check: install engines ## lint, types, layers, config checks, unit tests, generated files
	$(DEVRUN) ruff check .
	$(DEVRUN) ruff format --check .
	$(DEVRUN) mypy
	$(DEVRUN) lint-imports
	$(DEVRUN) yamllint --strict .
	$(DEVRUN) pytest -n auto --dist loadfile tests/config tests/contract tests/docs tests/unit tests/mutation
	@$(MAKE) --no-print-directory generated

# They wait most of the time, hence more of them than cores.
ENGINE_TESTS = $(DEVRUN) pytest -n 4 --dist loadfile tests/stack tests/e2e

test: check ## everything: check, properties, goldens, stack, end to end, containers where Docker is
	$(DEVRUN) pytest -n auto --dist loadfile tests/properties tests/golden
	$(ENGINE_TESTS)
	$(DEVRUN) python -m tests.mutation --changed
	@$(MAKE) --no-print-directory e2e-compose-quick

mutation: install engines ## mutation tests of all rules (RULES="A B": of some)
	$(DEVRUN) python -m tests.mutation $(RULES)

unit: install ## the unit tests alone
	$(DEVRUN) pytest tests/unit

e2e: install engines ## end to end on the real engines
	$(ENGINE_TESTS)

COMPOSE_TESTS = $(DEVRUN) pytest -v -rs -o log_cli=true --log-cli-level=INFO

e2e-compose: install engines ## the bundle on a real Docker engine, with fault injection; gives the reason if there is none
	$(COMPOSE_TESTS) tests/compose

e2e-compose-quick: install engines ## the same without fault injection: start, count, notify, resolve
	$(COMPOSE_TESTS) $(patsubst %,tests/compose/test_%.py,engine fresh secrets)

generate: install ## regenerate dashboards and reference pages
	$(DEVRUN) python -m grafana.src.generate
	$(DEVRUN) python -m docs.reference.generate
	$(DEVRUN) python -m docs.reference.generate

# Options of grafana/preview/look.mjs, as in LOOK="--width 1366 --theme light --from now-3h"; --check fails on what is cut.
look: ## draw all dashboards of a running stack, without a Grafana (TO=pictures LOOK=options); needs Node and Chromium
	cd grafana/preview && npm ci --silent && npm run --silent build
	node grafana/preview/look.mjs grafana/dashboards/*/*.json --out $(or $(TO),pictures) $(LOOK)

generated: generate ## fail when a generated file is out of date
	@git diff --exit-code -- grafana/dashboards docs/reference alertmanager/templates/since.tmpl docs/how-to/instrumentations.md docs/runbooks/README.md docs/dashboards.md README.md

clients: install ## run client libraries against the exporter; downloads them once
	$(DEVRUN) pytest tests/clients -v

bench: install ## cost of scrapes, and of ingesting spans compared with a bare decoder, a Collector and Arize Phoenix
	$(DEVRUN) python bench/scrape.py
	$(DEVRUN) python bench/ingest.py

format: install ## format the code and fix what can be fixed
	$(DEVRUN) ruff check --fix .
	$(DEVRUN) ruff format .

clean: ## remove files left by tools; engines in ~/.cache and stored data stay
	rm -rf .venv .tools .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist

uv: # not listed: fetched when it is not there
	@if [ "$(UV)" = .tools/uv/bin/uv ]; then $(PYTHON) services/bootstrap.py; fi

.PHONY: help up down status logs drill alert-test password install tools engines check test mutation unit e2e generate generated look clients bench format clean uv e2e-compose e2e-compose-quick
