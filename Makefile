# Two commands do all the set-up they need:
#   make demo   an environment, recon3d in it, and a fit of the bundled object
#   make test   the same, and the whole test suite
PYTHON ?= python3
ENVIRONMENT ?= .venv
BIN := $(ENVIRONMENT)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test check install scenes clean

demo: $(ENVIRONMENT)/installed
	$(BIN)/recon3d fit scenes/ketch --output runs/demo --time-budget 100s --overwrite
	$(BIN)/recon3d render runs/demo --output runs/demo/orbit --frames 12 --overwrite

test: $(ENVIRONMENT)/installed-for-tests
	$(BIN)/python -m pytest --numprocesses 2

# What pre-commit and CI look at besides the tests.
check: $(ENVIRONMENT)/installed-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

install: $(ENVIRONMENT)/installed

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
	rm -rf $(ENVIRONMENT) build
