# The two commands of the README, and what .ci/run needs besides. Only python3 (3.11 or newer, with venv) must be there.

PYTHON ?= python3
BIN := .venv/bin

# tests start many processes, each of which would compile all sources anew
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test slow exhaustive torch docs site tree-sitter fuzz lint wheel clean

demo: .venv/installed
	$(BIN)/cablese compare marina diana -n 5 -k 3000 \
	  --problem 'sigmoid_classification(data = "breast_cancer", bias = true, scale = "columns")' \
	  --set 'Q=rand_k(k = 5)' --plot marina-diana.png
	@echo 'The picture: marina-diana.png'

test: .venv/installed-dev
	$(BIN)/pytest -n auto -m "not mpi and not slow and not torch and not browser"

slow: .venv/installed-dev
	$(BIN)/pytest -n auto -m "slow and not exhaustive and not mpi and not torch"
	$(BIN)/pytest -m "mpi and not exhaustive and not torch"

# every slow test of every spec of the library, of which `make slow` runs a share
exhaustive: .venv/installed-dev
	$(BIN)/pytest -n auto -m "exhaustive and not mpi and not torch"

# what needs PyTorch, of which a build for CPUs is enough
TORCH ?= torch==2.13.0
torch: .venv/installed-torch
	$(BIN)/pytest -n auto -m "torch and not mpi"
	$(BIN)/pytest -m "torch and mpi"

# the site of docs/, in build/site, and its tests in a chromium, which the system has; PYODIDE is a folder of Pyodide that goes
# along for the playground, in tests that of npm's package, where there is npm
docs: .venv/installed-site
	$(BIN)/sphinx-build -q -W --keep-going -c docs/site . build/site
	@echo 'The site: build/site/index.html'
site: .venv/installed-site .venv/pyodide
	PYODIDE=$${PYODIDE-$$(cat .venv/pyodide)} $(BIN)/pytest -m browser

# the tree-sitter parser, anew of the grammar; TREE_SITTER is tree-sitter's command, 0.26 or newer, such as Debian's tree-sitter-cli
TREE_SITTER ?= tree-sitter
tree-sitter: .venv/installed-dev
	$(BIN)/python -m cablese.dsl.emit.tree_sitter
	cd editors/tree-sitter-cablese && $(TREE_SITTER) generate && sha256sum grammar.js > src/grammar.js.sha256

# searches freely, with other inputs each time; what it finds is written to tests/found, and the quick tier runs it
MINUTES ?= 10
fuzz: .venv/installed-dev
	PYTHONPATH=tests/random:tests/reference:tests/mpi $(BIN)/python tests/random/search.py --minutes $(MINUTES)

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=.typecheck $(BIN)/lint-imports

wheel: .venv/installed-dev
	rm -rf build dist
	$(BIN)/python -m build --wheel

clean:
	rm -rf .venv build dist *.egg-info

.venv/python: Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "cablese needs Python 3.11 or newer, $(PYTHON) is older: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv .venv
	touch $@

.venv/installed: .venv/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/installed-torch: .venv/installed-dev
	$(BIN)/pip install --quiet --disable-pip-version-check '$(TORCH)' 'safetensors>=0.4' $(TORCH_INDEX)
	touch $@

.venv/installed-dev: .venv/installed
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

.venv/pyodide: docs/site/archive.py .venv/python
	version=$$(sed -n 's/^VERSION = "\(.*\)"/\1/p' $<); if command -v npm > /dev/null; then \
	  npm install --silent --no-audit --no-fund --ignore-scripts --prefix .venv "pyodide@$$version"; \
	  echo "$$PWD/.venv/node_modules/pyodide" > $@; \
	else : > $@; fi

.venv/installed-site: .venv/installed-dev
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,site,notebook]'
	touch $@
