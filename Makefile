# make demo   the whole thing on a simulated printer
# make test   lint, types, unit, integration and browser tests
# make web    the page's sources: types, tests, and whether what is built is of them
# make browser  the page in Debian's Chromium, on simulated printers
# make docs   the documentation as a site, in build/site
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
STAMP := $(VENV)/.installed
# The demo needs little of that, and should begin soon.
STARTED := $(VENV)/.started
# Tests that start printers mostly wait, so more of them than cores run at once.
WORKERS ?= 6
# Each of them collects the tests by itself, so none looks where no such test is.
ON_PRINTERS := tests/rig tests/demo -m "rig and not slow"
# The longest is begun first; no more than one test waits behind it.
ONE_BY_ONE := --maxschedchunk 1

# Each printer is three Pythons, and each test worker one more: what was compiled is
# kept, also where the machine says otherwise.
unexport PYTHONDONTWRITEBYTECODE

WEB := moonraker_cp/web
NODE := PATH="$(CURDIR)/$(BIN):$$PATH"

.PHONY: demo test lint unit rig web page browser versions matrix slow crash \
	soak soak-crash soak-memory flake bench docs clean

demo: $(STARTED)
	$(BIN)/python -m moonraker_cp.demo $(ARGS)

# Tests on printers mostly wait: what only computes is done beside them, and yields.
test: lint
	$(MAKE) -j2 --output-sync=target rig unit
	$(MAKE) -j2 --output-sync=target browser web
	$(MAKE) versions

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit: $(STAMP)
	nice $(BIN)/python -m pytest -q -m "not rig and not browser and not slow" -n 2 $(ARGS)

rig: $(STAMP)
	$(BIN)/python -m moonraker_cp.demo.envs
	$(BIN)/python -m pytest -q $(ON_PRINTERS) -n $(WORKERS) $(ONE_BY_ONE) $(ARGS)

# Node comes from PyPI, so that everybody builds with the same.
$(WEB)/node_modules/.installed: $(STAMP) $(WEB)/package-lock.json
	cd $(WEB) && $(NODE) npm install --no-save --silent
	touch $@

web: $(WEB)/node_modules/.installed
	cd $(WEB) && $(NODE) npm run --silent check
	cd $(WEB) && $(NODE) nice npm run --silent test
	@built=$$(mktemp -d) && trap 'rm -rf "$$built"' EXIT && \
		(cd $(WEB) && $(NODE) npx vite build --logLevel warn \
			--outDir "$$built" --emptyOutDir) && \
		diff -r "$$built" $(WEB)/built

# After a change of the page; what is built is committed, for printers have no Node.
page: $(WEB)/node_modules/.installed
	cd $(WEB) && $(NODE) npm run --silent build

# By file, for the tests of one share a printer; pictures are in tests/web/screenshots.
browser: $(WEB)/node_modules/.installed
	$(BIN)/python -m moonraker_cp.demo.envs
	$(BIN)/python -m pytest -q tests/web -m browser -n 2 --dist loadfile $(ARGS)

# One story on each Moonraker, core and storage on old and new Pythons.
versions: $(STAMP)
	$(BIN)/python -m tests.matrix --quick

# The story on every Moonraker, Klipper host and Python; every ending on each Moonraker.
matrix: $(STAMP)
	$(BIN)/python -m tests.matrix $(ARGS)

# Real slicers' files from a folder: make slow REAL_GCODES=DIR
slow: $(STAMP)
	$(BIN)/python -m moonraker_cp.demo.envs
	$(BIN)/python -m pytest tests -m slow --real-gcodes="$(REAL_GCODES)" $(ARGS)

# Everything is killed everywhere, and the books are held against klippy's own record.
# One story again, as a failure prints it: make crash STORY=101 PLAN='power@1.5'
SEED ?= 1
COUNT ?= 20
AT_ONCE ?= 6
crash: $(STAMP)
	$(BIN)/python -m moonraker_cp.demo.envs
	$(BIN)/python -m tests.rig.crash --seed $(SEED) --count $(COUNT) \
		--at-once $(AT_ONCE) $(if $(STORY),--story $(STORY) --plan "$(PLAN)") $(ARGS)

# Hours; each part is a target of its own.
soak: soak-crash soak-memory

soak-crash:
	$(MAKE) crash COUNT=1000

# What Moonraker holds stays flat over 24 hours of a printer, which are 6 hours here.
# A look at it: make soak-memory MINUTES=1
MINUTES ?= 360
soak-memory: $(STAMP)
	$(BIN)/python -m moonraker_cp.demo.envs
	$(BIN)/python -m pytest -s tests/rig/test_slope.py -m "not slow" --minutes $(MINUTES)

# Ten runs of the integration tests, to find the ones that sometimes fail.
RUNS ?= 10
flake: $(STAMP)
	$(BIN)/python -m moonraker_cp.demo.envs
	for i in $$(seq $(RUNS)); do \
		echo "run $$i of $(RUNS)"; \
		$(BIN)/python -m pytest -q $(ON_PRINTERS) -n $(WORKERS) --minutes 1 \
			|| exit 1; \
	done

# Some of them: make bench BENCHES="queue idle". On a machine that has nothing else to
# do; few rounds: ARGS=--quick; into docs/performance.md: ARGS=--write. web needs what
# `make browser` needs.
BENCHES ?=
bench: $(STAMP)
	$(BIN)/python -m tests.bench $(BENCHES) $(ARGS)

# A warning, such as a link that leads nowhere, is an error. `make unit` builds it, too.
docs: $(STAMP)
	$(BIN)/python -m mkdocs build --strict

$(STARTED): requirements/demo.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP_INSTALL) -r requirements/demo.txt
	touch $@

$(STAMP): $(STARTED) requirements/dev.txt requirements/test.txt \
		requirements/docs.txt requirements/web.txt
	$(PIP_INSTALL) -r requirements/dev.txt -r requirements/docs.txt \
		-r requirements/web.txt
	touch $@

clean:
	rm -rf $(VENV) $(WEB)/node_modules tests/web/screenshots .envs .demo build .mypy_cache .ruff_cache .pytest_cache .hypothesis
