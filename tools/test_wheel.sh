#!/usr/bin/env bash
# Build the sdist and from it the wheel, install the wheel into a fresh environment
# away from the sources, start the centre and ask whether it can issue.
set -euo pipefail
cd "$(dirname "$0")/.."
work="$(mktemp -d)"
served=""
finish() {
  if [ -n "$served" ]; then kill -INT "$served" 2>/dev/null || true; wait "$served" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT

python -m build --outdir "$work/dist" . >"$work/build.log" 2>&1 || { cat "$work/build.log" >&2; exit 1; }
python -m venv "$work/venv"
"$work/venv/bin/pip" install -qq --disable-pip-version-check -c constraints.txt "$(echo "$work"/dist/*.whl)[postgresql]"
port="$(python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
cd "$work"
PYTHONPATH='' "$work/venv/bin/certferry" serve --demo --port "$port" --instance "$work/instance" >"$work/log" 2>&1 &
served=$!
for _ in $(seq 100); do
  if curl -fsS -o /dev/null "http://127.0.0.1:$port/healthz" 2>/dev/null; then
    for path in / /sign-in /p /wallet /static/dist/site.css /static/dist/phone_page.js; do
      curl -fsS -o /dev/null "http://127.0.0.1:$port$path"
    done
    echo "wheel: serves pages, scripts and style"
    exit 0
  fi
  kill -0 "$served" 2>/dev/null || break
  sleep 0.3
done
cat "$work/log" >&2
exit 1
