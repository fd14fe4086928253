# Two commands do everything: `make run` and `make test`. Each recipe is a line or two; the work is in the program.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8000

.PHONY: run test check bench docs pictures clean

run: .venv/run  ## the program with its demo cohort, at http://localhost:8000
	OUTCOMES_DEMO=1 PORT=$(PORT) $(BIN)/python -m outcomes serve

test: .venv/dev check  ## everything: contracts, both databases, a real browser
	$(BIN)/python -m tests.system.browser
	$(BIN)/python -m tests.privacy.oracle
	$(BIN)/python -m pytest -n 3 --dist loadgroup  # a worker more than cores: browsers and databases wait

check: .venv/dev  ## lint, types, contracts, house tests: under a minute
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
	$(BIN)/lint-imports --no-logo && $(BIN)/python -m pytest tests/house

bench: .venv/dev  ## speed as ratios; writes benchmarks/RESULTS.md and fails on nothing
	$(BIN)/python -m benchmarks

docs: .venv/dev  ## writes what is generated: the scoring manual, what each figure and number says
	$(BIN)/python -m outcomes scoring-manual docs/scoring
	$(BIN)/python -m tests.manual.figures

pictures: .venv/dev  ## opens every screen in a browser and keeps its picture in docs/pictures
	$(BIN)/python -m tests.system.pictures

.venv/run: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt && touch $@

.venv/dev: requirements.txt requirements-dev.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt && touch $@ .venv/run

clean:
	rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .hypothesis
