# Everything that people do here. `make run` and `make test` set up what they need by themselves.

BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
READY := .venv/.ready

.PHONY: help run test test-all check fix bench docs pictures dashboard dashboard-check clean

run: $(READY)  ## start the server with the sample workflows on http://127.0.0.1:8000
	$(BIN)/workflow serve

test: $(READY)  ## every test but the long storms
	$(PYTEST) -n 2 --dist worksteal -m "not slow"

test-all: $(READY)  ## the long storms too
	$(PYTEST) -n 2 --dist worksteal

check: $(READY)  ## formatting, lint, types, architecture; writes nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(READY)  ## format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)  ## speed, as ratios against hand-written LangGraph in the same run
	$(BIN)/python -m benchmarks

docs: $(READY)  ## write what is generated: docs/reference, THIRD_PARTY.md
	$(BIN)/python -m docs.generate

pictures: $(READY)  ## take the pictures of docs/images anew, with Chromium
	$(BIN)/python -m docs.pictures

dashboard:  ## build the page from dashboard/ into api/static (needs Node; a checkout has it built)
	cd dashboard && npm ci && npm run build

dashboard-check:  ## test the page and prove that api/static is its build (needs Node)
	cd dashboard && npm ci && npm run check && npm test && npm run build
	git diff --exit-code -- api/static

$(READY): pyproject.toml uv.lock .ci/environment
	sh .ci/environment
	touch $(READY)

help:  ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 20

clean:
	rm -rf .venv .make .workflow .mypy_cache .ruff_cache .pytest_cache .hypothesis
