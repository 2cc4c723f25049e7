#!/usr/bin/env bash
# What is checked without a browser or a server: types, styles, who may import whom,
# words, bundles, and the tests of what is pure. With "static", without tests of Python.
# PYTHON_BIN is as in test.sh; node and the packages of npm have to be there.
set -uo pipefail
cd "$(dirname "$0")/.."
export PATH="$PYTHON_BIN:$PATH"

# By folder, so that a new test joins by where it stands.
PURE=(
  tests/test_house.py tests/test_one_of_each.py
  tests/mobile_bridge/core tests/mobile_bridge/formats tests/mobile_bridge/npki tests/mobile_bridge/pki
  tests/mobile_bridge/relay tests/webapp/pki tests/webapp/values
  --deselect tests/mobile_bridge/npki/test_fuzz.py # seconds for each parser
)
logs="$(mktemp -d)"
trap 'rm -rf "$logs"' EXIT

run() { # name, command: keeps what it says, and shows it only where it fails
  if "${@:2}" >"$logs/$1" 2>&1; then echo "ok      $1"; return; fi
  touch "$logs/failed"
  echo "FAILED  $1"
  tail -n 60 "$logs/$1"
}

node_tests() { find tests/frontend -name '*.test.js' -print0 | sort -z | xargs -0 node --test; }

bundles() { # static/dist is what the sources give
  cp -r static/dist "$logs/dist" && node tools/bundle.mjs && diff -rq "$logs/dist" static/dist
}

scripts() {
  run tsc node node_modules/typescript/bin/tsc -p tsconfig.json
  run imports-of-scripts node node_modules/dependency-cruiser/bin/dependency-cruise.mjs \
    --config .dependency-cruiser.cjs frontend
  run bundles bundles
  run tests-of-scripts node_tests
}

python_sources() {
  run style ruff check .
  run format ruff format --check .
  run mypy mypy
  run imports lint-imports
  run words python -m tools.translations --check
}

# Two lanes for two cores.
scripts &
python_sources
[ "${1:-}" = static ] || run pure-tests pytest -p no:cacheprovider "${PURE[@]}"
wait
[ ! -e "$logs/failed" ]
