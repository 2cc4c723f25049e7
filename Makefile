# make run [PORT=N] [LAN=1]   serve a demo centre; sets everything up by itself
# make other-bank             beside it: a bank that takes its certificates
# make check                  what needs no browser and no server: for daily work
# make test                   every check there is, as .ci/run does
PORT ?= 8000
PYTHON ?= python3
BANK_FILE ?= instance/other_bank.json
BIN := .venv/bin

.PHONY: run other-bank check test
run: .venv/.installed
	@exec $(BIN)/certferry serve --demo --port $(PORT) $(if $(LAN),--lan) $(if $(BANK),--bank $(BANK))

other-bank: .venv/.installed
	@test -e $(BANK_FILE) || { echo "Start the centre first, in another terminal: make run"; exit 1; }
	@exec $(BIN)/python examples/other_bank/bank.py $(BANK_FILE)

check: .venv/.tested node_modules/.package-lock.json
	@PYTHON_BIN=$(CURDIR)/$(BIN) bash tools/check.sh

test: .venv/.tested .verifiers/.installed
	@PYTHON_BIN=$(CURDIR)/$(BIN) bash tools/test.sh

.venv/.installed: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what certferry needs (once) ..."
	@$(BIN)/pip install -qq --disable-pip-version-check -c constraints.txt -e .
	@touch $@

.venv/.tested: .venv/.installed
	@echo "Installing what the tests need (once) ..."
	@$(BIN)/pip install -qq --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@

node_modules/.package-lock.json: package-lock.json
	@npm ci --silent --no-audit --no-fund

.verifiers/.installed: tests/support/verifiers/requirements.txt
	@test -x .verifiers/bin/python || $(PYTHON) -m venv .verifiers
	@echo "Installing the programs that judge what certferry writes (once) ..."
	@.verifiers/bin/pip install -qq --disable-pip-version-check -r $<
	@touch $@
