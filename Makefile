# Everything is set up on first use: `make lemans`, `make test`.

PYTHON ?= python3
N ?= 20000
VENV := .venv
BIN := $(VENV)/bin
# whose boards `make corpus` compares: 7.1 or 7.2
LINUX ?= 7.1

.PHONY: help lemans test lint format fuzz kills corpus whole errors mutants ranges boot test-browser bench quick docs tools clean

help:  ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

lemans: $(VENV)/.installed  ## Build the lemans overlay on the built-in base
	$(BIN)/dtgen build lemans

test: lint  ## Run the linters and all tests
	$(BIN)/python -m pytest

lint: $(VENV)/.developer  ## Check style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.developer  ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

fuzz: $(VENV)/.developer  ## Damage blobs and logs, and give all commands odd inputs; N=20000 cases each
	$(BIN)/python tests/fuzz.py --cases $(N)
	$(BIN)/python tests/fuzz_commands.py --cases $(N) --seed 1
	$(BIN)/python tests/fuzz_commands.py --cases $(N) --seed 2
	PYTHONPATH=tests/bringup $(BIN)/python tests/fuzz_logs.py

kills: $(VENV)/.developer  ## End commands at a thousand random moments; takes a quarter of an hour
	$(BIN)/python tests/kills.py

corpus: $(VENV)/.developer  ## Compare with dt-validate on all boards; takes an hour, and two with LINUX=7.2
	$(BIN)/python tests/corpus_parity.py --linux $(LINUX)

whole: $(VENV)/.developer  ## Run the tests that take samples of the kernel's boards on all of them
	DTGEN_WHOLE=1 $(BIN)/python -m pytest -m sampled

errors: $(VENV)/.developer  ## Check and build all of Linux v7.2; every error is known to be true; takes some minutes
	$(BIN)/python tests/corpus_7_2.py

mutants: $(VENV)/.developer  ## Test the tests: change the code and see whether they fail; takes hours
	nice -n 19 $(BIN)/python tests/mutants.py

ranges: $(VENV)/.developer  ## Test with each release of dtschema and jsonschema, each dtc and Python at hand; an hour
	$(BIN)/python tests/ranges.py

boot: $(VENV)/.developer  ## Hold dtgen's word on stacks against U-Boot's, in QEMU; fetches 160 MB
	$(BIN)/python tests/boot.py $(PARTS)

test-browser: $(VENV)/.browser  ## Look at the pages of --report in Chromium (Debian: apt-get install chromium)
	$(BIN)/python tests/browser.py $(UPDATE)

bench: $(VENV)/.developer  ## Measure; prints figures, fails on nothing; takes an hour, `make bench quick` five minutes
	$(BIN)/python tests/bench.py $(if $(filter quick,$(MAKECMDGOALS)),--quick)

quick: bench

docs: $(VENV)/.developer  ## Write docs/board-format.md, the example page and the README's pictures
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/pictures.py

clean:  ## Remove what was set up and built
	rm -rf $(VENV) build dist

$(VENV)/bin/python: | tools
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.developer: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/.installed

$(VENV)/.browser: pyproject.toml $(VENV)/.developer
	$(BIN)/python -m pip install --quiet --editable '.[dev,browser]'
	@touch $@

# dtc and cpp are run by dtgen; pylibfdt is compiled when it is installed. `make tools` says what is optional.
tools:
	@$(if $(filter tools,$(MAKECMDGOALS)),for tool in dumpimage:u-boot-tools mcopy:mtools mkfs.vfat:dosfstools; do \
		PATH=$$PATH:/usr/sbin command -v $${tool%%:*} >/dev/null || \
		echo "Optional (dtgen deliver and its tests): $${tool#*:}"; done)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; say which: make PYTHON=python3.12 …" >&2; exit 2; }
	@missing=; \
	command -v dtc >/dev/null || missing="$$missing device-tree-compiler"; \
	command -v cpp >/dev/null || missing="$$missing cpp"; \
	command -v cc >/dev/null || missing="$$missing gcc libc6-dev"; \
	header=$$($(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h; \
	[ -e "$$header" ] || missing="$$missing python3-dev"; \
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || missing="$$missing python3-venv"; \
	[ -z "$$missing" ] && exit 0; \
	if [ "$$(id -u)" = 0 ]; then as=; elif sudo -n true 2>/dev/null; then as=sudo; else as=no; fi; \
	if [ "$$as" = no ] || ! command -v apt-get >/dev/null; then \
		echo "Missing:$$missing. On Debian and Ubuntu install them with:" >&2; \
		echo "    sudo apt-get install -y$$missing" >&2; exit 2; \
	fi; \
	$$as apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive $$as apt-get install -y -qq --no-install-recommends $$missing >/dev/null
