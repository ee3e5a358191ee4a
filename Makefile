# Needs Python 3.11 or newer with venv, and a package index that pip can reach; nothing else.

PORT ?= 8000
SAMPLES ?= samples
# More options for `manage.py run`, such as OPTIONS="--workers 4".
OPTIONS ?=
# A Python to build the environment with; found by itself where this is not given.
PYTHON ?=

VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed
FITS := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))

.PHONY: setup run test lint prove bench train fuzz fuzz-articles faults audit

setup: $(STAMP)

$(STAMP): requirements.txt requirements-dev.txt
	@python=; \
	for candidate in $(PYTHON) python3.11 python3 python3.12 python3.13 python3.14; do \
		if "$$candidate" -c '$(FITS)' >/dev/null 2>&1; then python="$$candidate"; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "newsdesk needs Python 3.11 or newer with venv (on Debian: apt-get install python3.11 python3.11-venv)." >&2; \
		echo "If it is installed under another name: make $(MAKECMDGOALS) PYTHON=/path/of/python" >&2; \
		exit 1; \
	fi; \
	echo "Setting up $(VENV) with $$python"; \
	"$$python" -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	@touch $@

run: setup
	@exec $(PY) manage.py run --port $(PORT) $(OPTIONS) $(if $(SAMPLES),--import $(SAMPLES))

# Everything on SQLite, then on a real PostgreSQL what a database may answer differently.
# PROCESSES share the tests of each run.
PROCESSES ?= 3
test: setup
	$(PY) -m pytest -n $(PROCESSES) --dist worksteal
	$(PY) -m pytest -n $(PROCESSES) --dist worksteal --database=postgres -m "database and not browser and not any_database"

lint: setup
	$(PY) -m ruff check .
	$(PY) -m mypy

# Each rule for dates and each trigger of events is taken away in turn; those whose loss no example notices are named.
# With PARTS, such as "events-zh phrases-events", each word, pattern and alternative of these files; SHARE=2/8 is the second
# eighth of them. `python -m tests.support.prove --help` names the parts.
PARTS ?= --rules
SHARE ?= 1/1
prove: setup
	$(PY) -m tests.support.prove $(PARTS) --share $(SHARE)

# Measures, most of them on the articles beside this repository (../shared); BENCH=speed names one of gold, written, dates, reliability, speed, linear, archive, backups, calendar, resolving, resolvers, feeds, pages, drawing, admin, throughput.
BENCH ?=
bench: setup
	$(PY) -m bench $(BENCH)

# The weights by which events are read, learnt anew from the annotated articles of ../shared and of tests/extraction/gold: 40 minutes
# on two cores, and some packages that newsdesk itself does not need. STEPS: folds (cross-validation), final, december.
STEPS ?= folds final
train: setup
	$(PY) -m pip install --quiet -r requirements-train.txt
	$(PY) -m tools.training $(STEPS)

# schemathesis over the API and over all pages, then INPUTS of the fuzzer of forms, each MINUTES at most, of a newsdesk with the
# sample articles; DATABASE=postgres does the same there.
MINUTES ?= 10
INPUTS ?= 20000
DATABASE ?= sqlite
fuzz: setup
	$(PY) -m bench.fuzz $(MINUTES) --inputs $(INPUTS) --database $(DATABASE)

# An import of 5,000 posts of ../shared during which workers are killed, Redis loses its data, PostgreSQL is restarted, and
# whatever else bench/faults_*.py bring about. `make test` runs a short form of it.
POSTS ?= 5000
faults: setup
	$(PY) -m bench.faults $(POSTS)

# Hostile articles through reading, resolving and markup; ARTICLES=1000000 takes some 25 minutes on two cores.
ARTICLES ?= 100000
SEED ?= 1
fuzz-articles: setup
	$(PY) -m bench.fuzz_articles $(ARTICLES) --seed $(SEED)

# Are the dependencies pinned with hashes, do they fit together, and are holes in them known? The last needs the network.
audit: setup
	$(PY) -m tools.audit
