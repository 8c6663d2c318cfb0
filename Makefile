# Everything there is to run. `make demo` and `make test` do all the set-up themselves, each as the first command.
# GNU Make 3.81 and later (macOS ships 3.81); relative paths only, so that the checkout may lie in a folder with spaces.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup setup-tests browsers demo build package site test check lint unit e2e test-real soak bench bench-short bench-check bench-collect docs format clean distclean

PY := .venv/bin/python
heading = @printf '\n== %s\n'

# What CHROMIUM and FIREFOX named is in build/browsers.json by now, as a whole path.
define run_e2e
$(heading) 'End-to-end tests: Chromium and Firefox'
@unset CHROMIUM FIREFOX; cd extension && npm run --silent e2e
endef

help: ## This list.
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

setup: ## Install what is needed into .venv and extension/node_modules, or use what is there. PYTHON=path chooses a Python.
	@sh tools/setup.sh check python node

setup-tests: setup ## Install beside it what tests and checks need.
	@sh tools/setup.sh tests

browsers: setup ## Find Chromium and Firefox for the tests, or fetch them. CHROMIUM=path, FIREFOX=path name them.
	@sh tools/browsers.sh

demo: setup ## Train on made-up channels, on your thumbnails (DATA=folder) or YouTube's (CHANNELS=file), and build the extension. WEIGHTS=path.
	@$(PY) tools/demo.py --data "$${DATA:-}" --channels "$${CHANNELS:-}" --weights "$${WEIGHTS:-}"

build: setup ## Build the extension from its sources, with the model that is in extension/model.
	@cd extension && npm run --silent build

package: setup ## Write dist/thumbprint-chrome-VERSION.zip and -firefox-, the same bytes from the same sources. MODEL=folder; none: one without channels.
	@test -n "$${MODEL:-}" || $(PY) -m converter --no-channels --out build/release/model --force
	@model="$${MODEL:-build/release/model}" && cd extension && node build.mjs --zip ../dist --model "$$(cd .. && cd "$$model" && pwd)"

site: setup ## Write dist/site: the page to try pictures with a model and drawn samples, for any static host. MODEL=folder.
	@$(PY) tools/samples.py --out build/samples
	@node extension/build.mjs --site dist/site --samples build/samples $${MODEL:+--model "$$MODEL"}

test: setup-tests browsers ## Everything that is checked: lint, types, unit tests, both browsers.
	$(heading) 'Lint, types, unit tests, and what the browsers are shown: side by side, each told of when it ends'
	@$(PY) tools/check.py all
	$(run_e2e)
	$(heading) 'All tests passed.'

check: setup-tests ## In a minute and a half: lint, types, and all unit tests but slow ones. No browser is needed.
	@$(PY) tools/check.py quick

lint: setup-tests ## ruff, mypy, eslint, tsc, web-ext lint.
	@$(PY) tools/check.py lint

unit: setup-tests ## Unit tests of the backend, the converter, the set-up and the extension.
	$(heading) 'Python unit tests'
	@env -u PYTHONDONTWRITEBYTECODE $(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder
	$(heading) 'Extension unit tests'
	@cd extension && npm test --silent

e2e: setup-tests browsers ## The extension in Chromium and Firefox, on local pages. SEED=number draws and trains another demo.
	$(heading) 'End-to-end tests: pictures, models and extensions'
	@$(PY) tests/e2e/prepare.py --out build/e2e $${SEED:+--seed "$$SEED"}
	$(run_e2e)

# REAL's weights, like those of any other channels, may lie beside it: ../weights/*.h5, or WEIGHTS=path.
test-real: setup-tests browsers ## Real thumbnails: figures, parity, pixels, both browsers. REAL=folder has thumbnails/CHANNEL/* and background/CHANNEL/*.
	@$(PY) tests/e2e/prepare_real.py --real "$${REAL:-../shared/data}" --out build/real $${WEIGHTS:+--weights "$$WEIGHTS"}
	@unset CHROMIUM FIREFOX; cd extension && E2E_OUT=build/real npm run --silent real

soak: setup-tests browsers ## Thousands of damaged files, hostile models and connections; every page of the gallery; kills while channels are learnt; hovers in Chromium. SOAK_TIMES=warn where time does not count.
	@env -u PYTHONDONTWRITEBYTECODE $(PY) -m pytest -n auto --dist load --soak tests/python/faults
	@cd extension && COUNT=500 npm run --silent hostile-models
	@test -f build/e2e/expected.json || $(PY) tests/e2e/prepare.py --out build/e2e
	@unset CHROMIUM FIREFOX; cd extension && npm run --silent gallery && npm run --silent soak

# DATA, BACKGROUND and WEIGHTS name folders and a file as `python -m bench` takes them; WRITE=1 writes what is committed.
bench_options = $${DATA:+--data "$$DATA"} $${BACKGROUND:+--background "$$BACKGROUND"} $${WEIGHTS:+--weights "$$WEIGHTS"}

bench: setup-tests browsers ## Everything beside what one would use instead, in 15 minutes: DATA=folder, WEIGHTS=path; WRITE=1 writes docs/bench.md.
	@unset CHROMIUM FIREFOX; $(PY) -m bench $(bench_options) $${WRITE:+--write}

bench-short: setup-tests browsers ## A look at every part of the bench, in a few minutes.
	@unset CHROMIUM FIREFOX; $(PY) -m bench --short $(bench_options)

bench-check: setup-tests browsers ## Fail where speed or size is 30 % worse than in bench/results.json. RUN=, MODEL= name what is made already.
	@unset CHROMIUM FIREFOX; $(PY) -m bench --check $(bench_options) $${RUN:+--run "$$RUN"} $${MODEL:+--model "$$MODEL"}

bench-collect: setup-tests ## How fast thumbnails are collected from a server on this machine, and how much memory it takes.
	@$(PY) -m bench.collect --out build/bench/collect.json

docs: setup ## Write docs/cli.md, the reference of the command line, from the commands themselves.
	@$(PY) -m tools.cli_reference

format: setup-tests ## Let ruff write the Python files the way lint wants them.
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

clean: ## Remove what was built: build, dist, the extension's model, caches. Data, runs and installations stay.
	rm -rf build dist extension/build extension/build-try extension/model .mypy_cache .pytest_cache .ruff_cache .hypothesis

distclean: clean ## Remove the installations as well.
	rm -rf .venv extension/node_modules
