# make run    everything in one terminal: http://localhost:8000 (PORT=..., EARWITNESS_DEMO=0)
# make test   the tests, with servers of their own; make test ARGS="tests/unit -k consent"
# make lint   every static check          make format   put the code in order
# make messages  bring the catalogues of translations in line with the texts
# make bench  figures against their floors
# Each installs what it needs first, and only when the list of it has changed.
.PHONY: run test lint format bench lock messages checks preflight preflight-run assemble
.DEFAULT_GOAL := run
MAKEFLAGS += --no-print-directory
# our paths are relative, so a checkout may have spaces in its own

UV_VERSION := 0.13.8
ARGS ?=
# pytest workers: `auto` is one a core, 0 is none
WORKERS ?= auto

# the first Python that fits; else any, so that portal/preflight.py can say what is wrong
FITS := import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))
PYTHON ?= $(shell for p in python3 python3.12 python3.11 python; do \
	$$p -c '$(FITS)' 2>/dev/null && { echo $$p; exit; }; done; echo python3)
NEED_PYTHON = command -v "$(PYTHON)" >/dev/null \
	|| { echo "Python 3.11 or 3.12 is needed: https://www.python.org/" >&2; exit 1; }
BIN := .venv/bin
UV := .uv/bin/uv

# stamps carry the hash of what they stand for
hash = $(shell cat $(1) 2>/dev/null | cksum | cut -d ' ' -f 1)
RUN_SET := .venv/.run-$(call hash,requirements.txt constraints.txt)
DEV_SET := .venv/.dev-$(call hash,requirements.txt requirements-dev.txt constraints.txt)
NODE_SET := node_modules/.set-$(call hash,package-lock.json)

run: preflight-run
	@$(MAKE) -s -j2 $(RUN_SET) $(NODE_SET)
	@exec $(BIN)/python -m portal.run --with-parent

test: assemble
	@$(BIN)/python -m portal.embedded $(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

bench: assemble
	@$(BIN)/python -m portal.embedded $(BIN)/python -m tests.bench $(ARGS)

# the settings want their environment, makemigrations a database
lint: assemble
	@$(BIN)/python -m portal.embedded $(MAKE) checks

checks:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports --no-cache
	$(BIN)/djlint --lint --quiet templates
	@find templates -name '*.html' -print0 | xargs -0 -r $(BIN)/djade --check --target-version 5.2
	$(BIN)/python manage.py makemigrations --check --dry-run

format: assemble
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .
	@find templates -name '*.html' -print0 | xargs -0 -r $(BIN)/djade --target-version 5.2 || true

# wants GNU gettext (Debian: apt-get install gettext); compiling does not
messages: assemble
	@command -v xgettext >/dev/null || { echo "GNU gettext is needed." >&2; exit 1; }
	@$(BIN)/python -m portal.embedded $(BIN)/python manage.py makemessages --locale de \
		--no-obsolete --no-wrap --add-location file \
		--ignore node_modules --ignore var --ignore tests

# after a change of requirements*.txt: pin what they bring along
lock: $(UV)
	$(UV) pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header \
		requirements-dev.txt --output-file constraints.txt

assemble: preflight
	@$(MAKE) -s -j2 $(DEV_SET) $(NODE_SET)

preflight:
	@$(NEED_PYTHON)
	@$(PYTHON) portal/preflight.py

preflight-run:
	@$(NEED_PYTHON)
	@$(PYTHON) portal/preflight.py --serve

# pip cannot always write a folder of programs (Debian's wants venv): try both ways
$(UV):
	@echo "Installing uv $(UV_VERSION)"
	@PIP_USER=0 $(PYTHON) -m pip install --quiet --target .uv uv==$(UV_VERSION) 2>/dev/null \
		|| { rm -rf .uv && $(PYTHON) -m venv .uv \
			&& $(BIN:.venv%=.uv%)/pip install --quiet uv==$(UV_VERSION); }

.venv/bin/python: | $(UV)
	@$(UV) venv --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv

$(RUN_SET): | .venv/bin/python $(UV)
	@echo "Installing requirements.txt"
	@$(UV) pip install --quiet --python .venv -r requirements.txt -c constraints.txt
	@rm -f .venv/.run-* && touch $@

$(DEV_SET): | .venv/bin/python $(UV)
	@echo "Installing requirements-dev.txt"
	@$(UV) pip install --quiet --python .venv -r requirements-dev.txt -c constraints.txt
	@rm -f .venv/.dev-* && touch $@

$(NODE_SET):
	@echo "Installing package-lock.json"
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@
