# Two commands do all the set-up they need:
#   make demo   an environment, recon3d in it, and a fit of the bundled object
#   make test   the same, and the whole test suite
PYTHON ?= python3
ENVIRONMENT ?= .venv
BIN := $(ENVIRONMENT)/bin
CLIENT := recon3d/server/client/index.html
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test check install viewer scenes clean

demo: $(ENVIRONMENT)/installed
	$(BIN)/recon3d fit scenes/ketch --output runs/demo --time-budget 100s --overwrite
	$(BIN)/recon3d render runs/demo --output runs/demo/orbit --frames 12 --overwrite

# Without Node.js the tests of the viewer in a browser are skipped.
test: $(ENVIRONMENT)/installed-for-tests $(if $(shell command -v npm),viewer)
	$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup

# What pre-commit and CI look at besides the tests.
check: $(ENVIRONMENT)/installed-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

install: $(ENVIRONMENT)/installed

# The web page of recon3d view; it needs Node.js 20.19 or newer.
viewer: $(CLIENT)

$(CLIENT): $(wildcard viewer/*.* viewer/src/*.* viewer/src/*/*.*)
	cd viewer && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build
	@touch $@

scenes: $(ENVIRONMENT)/installed-for-tests
	$(BIN)/python -m recon3d.synthesis scenes

$(ENVIRONMENT)/installed: pyproject.toml constraints.txt CMakeLists.txt $(wildcard recon3d/kernels/native/*)
	$(PYTHON) -m venv $(ENVIRONMENT)
	$(INSTALL) torch numpy
	$(INSTALL) --editable .
	@touch $@

$(ENVIRONMENT)/installed-for-tests: $(ENVIRONMENT)/installed
	$(INSTALL) --editable '.[dev,synth,video]'
	@touch $@

clean:
	rm -rf $(ENVIRONMENT) build viewer/node_modules $(dir $(CLIENT))
