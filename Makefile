# Everything a fresh machine needs is Python 3.11+, git and make. `make` alone lists what there is.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CODE := src tests examples $(wildcard benchmarks) $(wildcard *.py)

.DEFAULT_GOAL := help
.PHONY: help venv demo test quick style check format docs bench bench-compare clean

help:  ## list these targets
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 22

venv: $(STAMP)  ## make .venv with all that the other targets need

$(STAMP): pyproject.toml constraints.txt requirements.txt
	$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"Python 3.11 or newer is needed, got {v.major}.{v.minor}; make PYTHON=python3.11 venv")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -r requirements.txt -e '.[dev]'
	touch $@

demo: venv  ## learn 2,000 frames of scene:street, then write a report
	$(BIN)/stream-ae demo

test: venv  ## run the whole test suite
	$(BIN)/python -m pytest

quick: venv  ## run the tests that take no longer than a few seconds
	$(BIN)/python -m pytest -m 'not slow'

style: venv  ## format, lint, types and layers
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports

check: style test  ## what a developer runs before a commit: style, then the whole test suite

format: venv  ## put the code into the house's form
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

docs: venv  ## renew the pages that the program writes
	$(BIN)/stream-ae bench results > docs/results.md

bench: venv  ## reproduce the figures of the README (SOURCES="a.mp4 scene:street …")
	$(BIN)/stream-ae bench speed $(SOURCES)
	$(BIN)/stream-ae bench learning $(SOURCES)

bench-compare: venv  ## results here against those of a commit, better / same / worse (BASE=<commit>)
	$(BIN)/stream-ae bench compare --base='$(BASE)'

clean:  ## remove what was built (not runs/, not .venv)
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests examples -name __pycache__ -type d -prune -exec rm -rf {} +
