# Creates .venv once, then runs the `shop` command: see `.venv/bin/shop --help`.
#
#   make dev              run the shop at http://localhost:8000 (another port: make dev port=8100)
#   make test             run all tests (some of them: make test only=tests/unit/app)
#   make check            check formatting, types and import contracts
#   make lock             update requirements/*.txt from pyproject.toml, each version pinned by hash
#   make clean            delete everything that was generated, including the local shop's orders

BUNDLES = web workers workflow thumbnails
READY = .venv/ready
PYTHONS = $(PYTHON) python3.13 python3.14 python3.12 python3 python $(wildcard $(HOME)/.pyenv/versions/3.1[234]*/bin/python)

# Each candidate is run, not only looked up: a pyenv shim may point to a Python that is not selected,
# and some systems ship Python without venv.
SUITABLE = import sys, venv, ensurepip; sys.exit(not (3, 12) <= sys.version_info[:2] <= (3, 14))

# Universal: one file for Linux and macOS and Python 3.12 to 3.14. It contains no registry URL.
LOCK = .venv/bin/uv pip compile --quiet --universal --python .venv/bin/python --python-version 3.12 \
	--generate-hashes --no-emit-index-url --no-header --upgrade

.PHONY: dev test check lock clean

dev: $(READY)
	@exec .venv/bin/shop dev $(if $(port),--port $(port)) $(if $(cloud_port),--cloud-port $(cloud_port))

test: $(READY)
	@exec .venv/bin/shop test $(only)

check: $(READY)
	@.venv/bin/ruff format --check --quiet . && .venv/bin/ruff check --quiet .
	@.venv/bin/mypy
	@PYTHONPATH=. .venv/bin/lint-imports

lock: $(READY)
	@$(LOCK) --group dev --output-file requirements/dev.txt
	@for bundle in $(BUNDLES); do \
		$(LOCK) --group $$bundle --constraint requirements/dev.txt \
			--output-file requirements/$$bundle.txt || exit 1; \
	done
	@$(LOCK) --group sam-cli --output-file requirements/sam-cli.txt
	@echo "Updated requirements/dev.txt, sam-cli.txt and one file per bundle."

clean:
	@if [ -x .venv/bin/shop ]; then .venv/bin/shop reset --yes; fi
	@rm -rf .venv .shop build .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(READY): requirements/dev.txt
	@for python in $(PYTHONS); do \
		if $$python -c '$(SUITABLE)' >/dev/null 2>&1; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "No Python 3.12, 3.13 or 3.14 with venv was found:" \
			"install one, or set its path with 'make PYTHON=/path/to/python3.13'." >&2; \
		exit 1; \
	fi; \
	if ! .venv/bin/python -c '$(SUITABLE)' >/dev/null 2>&1; then \
		echo "Creating .venv with $$($$found --version) ..."; \
		$$found -m venv --clear .venv || exit 1; \
	fi
	@echo "Installing dependencies into .venv (once, about a minute) ..."
	@.venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-input \
		--require-hashes --requirement requirements/dev.txt
	@printf '#!/bin/sh\ncd "%s" && exec .venv/bin/python -m infra.cli "$$@"\n' "$(CURDIR)" > .venv/bin/shop
	@chmod +x .venv/bin/shop
	@touch $(READY)
