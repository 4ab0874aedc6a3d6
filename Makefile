# Two commands matter: `make lab` (read and run the course) and `make test` (prove that it works).
# Each sets up what it needs, and can be interrupted and repeated.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv, ensurepip; sys.exit(not (3,11) <= sys.version_info[:2] <= (3,13))' \
	2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
# cpu, cuda or plain (as pip finds it) chooses the build of PyTorch; without it tools/install/torch_build.py does.
TORCH ?=
TORCH_INDEX ?=
ifneq ($(filter-out cpu cuda plain,$(TORCH)),)
$(error TORCH is cpu, cuda or plain)
endif
# Settings of JupyterLab in this environment. It need not ask whether it may fetch news: the course needs no network. Of
# nbgrader's buttons only the menu to the formgrader stays: a learner has no assignments to write, fetch or validate.
LAB_SETTINGS := deploy/jupyterlab
ARGS ?=
DEVICE ?=
PROFILE ?= smoke
REPO ?=
BRANCH ?=
# To follow every line and branch makes the tests of the package half as long again: only with PROFILE=cpu, and only for
# the whole suite (ARGS="-k faces" leaves it out).
COVERAGE = $(if $(ARGS),,$(if $(filter cpu gpu,$(PROFILE)),--cov --cov-report=term:skip-covered))

.DEFAULT_GOAL := help
.PHONY: help lab studio test docs bench lessons new-lesson pictures assignments exercises weights badges bundle format clean

help:
	@echo "make lab      open the course in JupyterLab          (make lab ARGS=\"--no-browser --port 8890\")"
	@echo "make studio   the studios of lessons 02 to 05 as one page, without code   (make studio ARGS=\"--no-browser --port 8890\")"
	@echo "make test     run the tests and every notebook       (DEVICE=cuda for a GPU, PROFILE=cpu for the quality floors)"
	@echo "make bench    measure speed and memory, as ratios, into benchmarks/RESULTS.md"
	@echo "make docs     the course as a web page, into build/docs/html"
	@echo "make lessons  rebuild notebooks/ and solutions/ from lessons/"
	@echo "make new-lesson NAME=06_wgan_gp FAMILY=critic TITLE=\"A critic\"   begin a lesson: see CONTRIBUTING.md"
	@echo "make pictures  make the README's pictures again, from the shipped weights"
	@echo "make assignments  write an nbgrader course into course/: one graded assignment a lesson"
	@echo "make exercises    what the checks of the exercises catch and accept, as a table"
	@echo "make weights NAME=dcgan-faces64   retrain shipped weights from nothing"
	@echo "make badges REPO=owner/name BRANCH=main   write where the course is published into badges, setup cells, links"
	@echo "make bundle   one archive in build/ from which a classroom without a network installs the course"
	@echo "make clean    remove the environment and caches"
	@echo "TORCH=cpu, cuda or plain chooses the build of PyTorch, with each of them   (make lab TORCH=cpu)"

# One environment, to which each command adds what it needs: pyproject's extra of that name. A stamp says that it is
# there, and is written last: an installation that was interrupted is simply done again.
EXTRAS := lab studio docs instructor test
# The extra `test` contains these, so that none of them is left to do.
HELD_test := docs instructor lab studio
READY := $(VENV)/.ready
# Two installations into one environment at the same time would break it.
.NOTPARALLEL:

# pip compiles on one core, compileall on all; a few packages bring files that are not meant to compile.
$(EXTRAS:%=$(READY)-%): $(READY)-%: pyproject.toml constraints.txt $(TORCH:%=$(VENV)/.torch-%)
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11, 3.12 or 3.13 with venv is needed and none was found" \
		"(Debian/Ubuntu: apt-get install python3 python3-venv; macOS: brew install python@3.13)."; exit 1; fi
	@rm -f $@
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	@TORCH="$(TORCH)" TORCH_INDEX="$(TORCH_INDEX)" $(BIN)/python tools/install/torch_build.py --constraints constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt --editable '.[$*]'
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true
	@cp -R $(LAB_SETTINGS)/. $(VENV)/
	@touch $@ $(HELD_$*:%=$(READY)-%)

# Another build than the last time: what is installed has to be looked at again.
$(VENV)/.torch-%:
	@mkdir -p $(VENV) && rm -f $(VENV)/.torch-* $(READY)-* && touch $@

# In a container one is root, and Jupyter wants to be told that this is meant.
ROOT_FLAG = $(shell [ "$$(id -u)" = 0 ] && echo --allow-root)

lab: $(READY)-lab
	$(BIN)/jupyter lab $(ROOT_FLAG) --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb $(ARGS)

# Without a notebook and without code: for a demonstration or a workshop, see docs/studio.md.
studio: $(READY)-studio
	$(BIN)/python -m deploy.voila $(ARGS)

# One thread each: pytest already runs one worker a core, and threads that wait for a busy core cost dearly.
test: $(READY)-test
	$(BIN)/ruff check .
	OMP_NUM_THREADS=1 GANLAB_DEVICE=$(DEVICE) GANLAB_PROFILE=$(PROFILE) $(BIN)/python -m pytest -n auto $(COVERAGE) $(ARGS)

bench: $(READY)-test
	$(BIN)/python -m benchmarks $(ARGS)

docs: $(READY)-docs
	$(BIN)/python -m tools.site $(ARGS)

lessons: $(READY)-test
	$(BIN)/python -m tools.lessons $(ARGS)

# Passed through the environment, so that an apostrophe in a title stays one.
new-lesson: export LESSON_TITLE = $(TITLE)
new-lesson: $(READY)-test
	@$(BIN)/python -m tools.lessons.new_lesson "$(NAME)" --family "$(FAMILY)" --title "$$LESSON_TITLE"

pictures: $(READY)-lab
	$(BIN)/python -m tools.publish.pictures $(ARGS)

assignments: $(READY)-instructor
	$(BIN)/python -m tools.assignments $(ARGS)

exercises: $(READY)-test
	OMP_NUM_THREADS=1 $(BIN)/python -m tools.assignments.exercise_table $(ARGS)

weights: $(READY)-lab
	$(BIN)/python -m tools.weights $(NAME) $(ARGS)

badges: $(READY)-test
	$(BIN)/python -m tools.publish.badges --repo "$(REPO)" --branch "$(BRANCH)"

bundle: $(READY)-test
	$(BIN)/python -m tools.publish.bundle $(ARGS)

format: $(READY)-test
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis artifacts build *.egg-info .coverage*
