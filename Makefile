# make book   builds the book          make test   installs what the tests need and runs them all
# make lab    opens the notebooks in JupyterLab          make help   lists the rest
#
# PYTHON names the Python to start from (3.11 or later), VENV the environment that is made.
# pip's and npm's own settings (PIP_INDEX_URL, PIP_FIND_LINKS, npm_config_registry, ...) apply.

PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000

PY := $(VENV)/bin/python
HTML := _build/html
PDF := _build/backpropagation.pdf
OFFLINE := _build/backpropagation-offline.zip

# One BLAS thread: for matrices as small as the course's, a second one costs more than it brings.
export OMP_NUM_THREADS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYDEVD_DISABLE_FILE_VALIDATION := 1

FRAME := _config.yml _toc.yml $(shell find live book/_static book/_ext book/_templates -type f ! -name '*.pyc')
PAGES := $(shell find book -name '*.ipynb' -o -name '*.md' -o -name '*.bib') $(shell find src -name '*.py')

.PHONY: help book serve lab pdf offline website test audit live lint mutants execute bench quizzes slides demo-class assignments keys grade clean distclean

help:
	@echo "make book      build the book into $(HTML)"
	@echo "make serve     build it and serve it on http://localhost:$(PORT) (PORT=...)"
	@echo "make lab       open copies of the notebooks in JupyterLab (LAB='options of jupyter lab')"
	@echo "make pdf       the whole book as one PDF (needs Chromium): $(PDF)"
	@echo "make offline   a zip that opens from the file system: $(OFFLINE)"
	@echo "make website   _build/website, as it is published: the book with links to both"
	@echo "make test      install what the tests need, then run them all"
	@echo "make lint      ruff check and ruff format --check"
	@echo "make live      run every page whose cells run in a browser, and compare (an hour)"
	@echo "make mutants   break the package in every place, one at a time, and see the tests fail (hours)"
	@echo "make execute   run every notebook again and store its outputs (NOTEBOOKS='book/x.ipynb ...')"
	@echo "make audit     Lighthouse on every page, or on some (AUDITED='book/cost book/index' RUNS=1)"
	@echo "make bench     time the package beside the frameworks"
	@echo "make quizzes   the self-tests for a learning platform (QTI), and as sheets to print"
	@echo "make slides    the figures as SVG files, all or one page's (PAGE=03-algorithm)"
	@echo "make demo-class   make a class of 12, grade it, and show what a teacher gets"
	@echo "make assignments  the students' versions of the assignments; make keys: the keys"
	@echo "make grade     grade a class: ASSIGNMENT=two-layer SUBMISSIONS=handed-in.zip"
	@echo "make clean     remove what was built; make distclean removes the environments too"

# --- environments ---------------------------------------------------------------------------------

# $(call install,what is missing,Debian packages): root on Debian gets them, others are told what to type.
define install
if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(2); \
else \
  echo "make: $(1) is missing. On Debian or Ubuntu type: sudo apt-get install $(2)" >&2; exit 1; \
fi
endef

# $(call need,command other-name,Debian packages)
define need
@command -v $(firstword $(1)) >/dev/null 2>&1 $(foreach other,$(wordlist 2,9,$(1)),|| command -v $(other) >/dev/null 2>&1) || \
$(call install,$(firstword $(1)),$(2))
endef

# Chromium, and letters for what it prints. macOS and Windows have Chinese letters.
define need_browser
$(call need,chromium chromium-browser google-chrome,chromium)
@[ "$$(uname)" != Linux ] || fc-list :lang=zh 2>/dev/null | grep -q . || \
$(call install,a font with Chinese letters,fontconfig fonts-noto-cjk fonts-liberation)
endef

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "make: $(PYTHON) must be Python 3.11 or later; name another with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(call install,Python's venv,python3-venv)
	$(PYTHON) -m venv $(VENV)

$(VENV)/.book: requirements.txt constraints.txt pyproject.toml | $(PY)
	$(PY) -m pip install --quiet -r requirements.txt
	$(PY) -m pip install --quiet --no-deps -e .
	@touch $@

$(VENV)/.lab: requirements-lab.txt $(VENV)/.book
	$(PY) -m pip install --quiet -r requirements-lab.txt
	@touch $@

$(VENV)/.pdf: requirements-pdf.txt $(VENV)/.book
	$(PY) -m pip install --quiet -r requirements-pdf.txt
	@touch $@

$(VENV)/.test: requirements-test.txt requirements-lab.txt requirements-teach.txt requirements-pdf.txt $(VENV)/.book
	$(PY) -m pip install --quiet -r requirements-test.txt
	@touch $@

node_modules/.stamp: package.json package-lock.json
	$(call need,npm,nodejs npm)
	npm ci --no-audit --no-fund
	@touch $@

audit/node_modules/.stamp: audit/package.json audit/package-lock.json
	$(call need,npm,nodejs npm)
	cd audit && npm ci --no-audit --no-fund --ignore-scripts
	@touch $@

# --- the book -------------------------------------------------------------------------------------

# Sphinx does not copy a static file again when no page changed, and leaves the pages of an earlier
# table of contents behind: when the frame changes, the build starts clean.
_build/.frame: $(FRAME) requirements.txt constraints.txt
	@rm -rf $(HTML) _build/.doctrees _build/jupyter_execute
	@mkdir -p _build && touch $@

# After a failure Sphinx must read all pages again: it warns of none that it does not read.
_build/.built: $(VENV)/.book _build/.frame $(PAGES)
	@rm -f $@
	$(VENV)/bin/jupyter-book build . -W --keep-going -n --quiet || { rm -rf _build/.doctrees; exit 1; }
	@touch $@

book: _build/.built
	@echo "The book is built. Open $(CURDIR)/$(HTML)/index.html"

serve: _build/.built
	@echo "http://localhost:$(PORT) (stop with Ctrl-C)"
	@$(PY) -m http.server --bind 127.0.0.1 --directory $(HTML) $(PORT)

lab: $(VENV)/.lab
	$(PY) book/lab.py $(LAB)

# The PDF, the offline copy, and the website that links both.

$(PDF): _build/.built $(VENV)/.pdf $(wildcard publish/pdf.* publish/assemble.js)
	$(call need_browser)
	$(PY) publish/pdf.py $@

$(OFFLINE): _build/.built publish/offline.py
	$(PY) publish/offline.py $@

pdf: $(PDF)

offline: $(OFFLINE)

website: $(PDF) $(OFFLINE)
	$(PY) publish/website.py $(PDF) $(OFFLINE) _build/website

# --- tests and tools ------------------------------------------------------------------------------

test: $(VENV)/.test node_modules/.stamp
	$(call need_browser)
	$(PY) tests/run_all.py

audit: _build/.built audit/node_modules/.stamp
	$(call need_browser)
	@AUDITED="$(AUDITED)" RUNS="$(RUNS)" node audit/audit.mjs

lint: $(VENV)/.test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

live: $(VENV)/.test
	$(call need,chromium chromium-browser google-chrome,chromium)
	LIVE=all $(PY) -m pytest tests/book/test_live.py

mutants: $(VENV)/.test
	$(PY) tests/mutants/run.py $(MUTANTS)

execute: $(VENV)/.test
	$(PY) tests/execute.py $(NOTEBOOKS)

bench: $(VENV)/.test
	$(PY) -m benchmarks.run

# --- for teachers ---------------------------------------------------------------------------------

$(VENV)/.teach: requirements-teach.txt $(VENV)/.book
	$(PY) -m pip install --quiet -r requirements-teach.txt
	@touch $@

quizzes: $(VENV)/.teach
	$(PY) quizzes/export.py _build/quizzes

slides: $(VENV)/.book
	$(PY) book/slides.py _build/slides $(PAGE)

GRADER := $(PY) -m assignments.grader

demo-class: $(VENV)/.book node_modules/.stamp
	@$(GRADER) demo

assignments: $(VENV)/.book
	@$(GRADER) build $(ASSIGNMENT) $(OPTIONS)

keys: $(VENV)/.book
	@$(GRADER) key $(ASSIGNMENT)

# OPTIONS='--students class.csv --secret FILE --workers 4'
grade: $(VENV)/.book node_modules/.stamp
	@if [ -z "$(SUBMISSIONS)" ] || [ -z "$(ASSIGNMENT)" ]; then \
	  echo "make: type make grade ASSIGNMENT=two-layer SUBMISSIONS=handed-in.zip" >&2; exit 1; fi
	@$(GRADER) grade "$(SUBMISSIONS)" --assignment $(ASSIGNMENT) $(OPTIONS)

clean:
	rm -rf _build .pytest_cache .hypothesis .ruff_cache
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +

distclean: clean
	rm -rf .venv* node_modules audit/node_modules
