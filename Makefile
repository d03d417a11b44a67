# Each target sets up what it needs in a virtual environment of its own, .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo check unit test test-all lint format man map api faults fuzz gits bench bench-quick clean

demo: $(VENV)/demo.stamp
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh docs/demo/demo.sh

# With bytecode, as a package that is installed has it: many tests start the program as a process.
PYTEST := $(BIN)/python -m compileall -q gitanchor && $(BIN)/python -m pytest

# Before a commit, within a minute: lint and types, and beside them what needs no process and each command
# once.
check: $(VENV)/dev.stamp
	@$(MAKE) --no-print-directory -j2 lint unit

unit: $(VENV)/dev.stamp
	$(PYTEST) -n auto -q -m '(unit or smoke) and not slow'

# Within 5 minutes on 2 cores: one shell, one fault, some of all combinations, and nothing of tests/slow.txt.
test: $(VENV)/dev.stamp
	$(PYTEST) -n auto --cov --cov-report=term-missing:skip-covered

# All tests: the slow ones, too, and what runs formatters of Markdown, which npm and pip install below
# .venv for it.
test-all: $(VENV)/dev.stamp
	$(PYTEST) -n auto --cov --cov-report=term-missing:skip-covered -m 'not tools'
	$(BIN)/python -m pytest -m tools

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# docs/git-anchor.1 is made from the commands' own help; a test fails when it is stale.
man: $(VENV)/dev.stamp
	$(BIN)/python docs/manpage.py > docs/git-anchor.1

# docs/map.md is made from the packages; a test fails when it is stale.
map: $(VENV)/dev.stamp
	$(BIN)/python docs/map.py > docs/map.md

# docs/api.md is made from the docstrings of the operations; a test fails when it is stale.
api: $(VENV)/dev.stamp
	$(BIN)/python docs/api.py > docs/api.md

# Long runs of what the test suite does in short.
faults: $(VENV)/dev.stamp
	$(BIN)/python -m tests.faults.kill --kills 1000
	$(BIN)/python -m tests.faults.lost --rounds 50
	$(BIN)/python -m tests.faults.adds --processes 64 --adds 100
	$(BIN)/python -m tests.faults.adds --processes 16 --adds 10 --linked 3
	$(BIN)/python -m tests.faults.editors --rounds 40
	$(BIN)/python -m tests.faults.saves --rounds 80
	$(BIN)/python -m tests.faults.full_disk --rounds 5
	$(BIN)/python -m tests.faults.interrupts --signals 500
	$(BIN)/python -m tests.faults.crowd --seconds 180
	$(BIN)/python -m tests.faults.operations --rounds 50
	$(BIN)/python -m tests.faults.mutations --count 1000000
	$(BIN)/python -m tests.faults.export --megabytes 2048
	$(BIN)/python -m tests.faults.renames --faults 400

# Guided by coverage where atheris can be installed, which is not so for each Python and system.
INPUTS ?= 1000000
fuzz: $(VENV)/dev.stamp
	-$(PIP) --only-binary :all: atheris
	$(BIN)/python -m tests.fuzz.run --inputs $(INPUTS)

# The suite with the versions of git that Debian's packages offer.
gits: $(VENV)/dev.stamp
	$(BIN)/python -m tests.gits.suite

# All bars, against what people would use instead: docs/performance.md. Takes half an hour, and a quiet machine.
bench: $(VENV)/dev.stamp
	@status=0; for part in parsing drift branches run; do \
		$(BIN)/python -m tests.bench.$$part || status=1; \
	done; exit $$status

# The same with fewer anchors, rounds and programs, within 3 minutes.
bench-quick: $(VENV)/dev.stamp
	$(BIN)/python -m tests.bench.run --quick

clean:
	rm -rf $(VENV) .gits build dist .coverage* .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: pyproject.toml | $(VENV)/bin/python
	@$(PIP) --editable .
	@touch $@

$(VENV)/dev.stamp: pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable '.[dev]'
	@touch $@
