# Everything a fresh machine needs is Python 3.11+, git and make. `make` alone lists what there is.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Two workers; one that is through takes tests over from the other.
PYTEST := $(BIN)/python -m pytest -n 2 --dist worksteal
CODE := src tests examples packaging $(wildcard benchmarks) $(wildcard *.py)

.DEFAULT_GOAL := help
.PHONY: help venv demo live test quick style check format coverage mutants wheel docs bench bench-compare clean

help:  ## list these targets
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 22

venv: $(STAMP)  ## make .venv with all that the other targets need

$(STAMP): pyproject.toml constraints.txt requirements.txt
	$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"Python 3.11 or newer is needed, got {v.major}.{v.minor}; make PYTHON=python3.11 venv")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo 'installing into $(VENV) (2 to 4 minutes)'
	$(BIN)/python -m pip install -r requirements.txt -e '.[dev]'
	@touch $@

demo: venv  ## learn 2,000 frames of scene:street, then write a report
	$(BIN)/stream-ae demo

live: venv  ## learn scene:street and show it live in the browser, until Ctrl-C
	$(BIN)/stream-ae live --open

test: venv  ## run the whole test suite, on two cores
	$(PYTEST)

quick: venv  ## run the tests that take less than a second
	$(PYTEST) -m 'not slow'
	@echo "left out: the slow tests of" $$(grep -rl 'mark[.]slow' tests --include='test_*.py') "(make test)"

style: venv  ## format, lint, types and layers
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports

check: style test  ## what a developer runs before a commit: style, then the whole test suite

format: venv  ## put the code into the house's form
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

coverage: venv  ## run the whole test suite and list the lines of src that it has not run
	$(PYTEST) --cov --cov-report=term

mutants: venv  ## plant a sample of 150 faults and count those that the mirrored tests find (1 h)
	$(BIN)/python -m tests.mutants

wheel: venv  ## build what a package index takes into dist/
	$(BIN)/python -m build --wheel --no-isolation

docs: venv  ## renew the pages that the program writes
	$(BIN)/stream-ae bench results > docs/results.md
	$(BIN)/python -m stream_ae.cli.reference > docs/cli.md

bench: venv  ## reproduce the figures of the README (SOURCES="a.mp4 scene:street …")
	$(BIN)/stream-ae bench speed $(SOURCES)
	$(BIN)/stream-ae bench learning $(SOURCES)

bench-compare: venv  ## results here against those of a commit, better / same / worse (BASE=<commit>)
	$(BIN)/stream-ae bench compare --base='$(BASE)'

clean:  ## remove what was built (not runs/, not .venv)
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests examples -name __pycache__ -type d -prune -exec rm -rf {} +
