#!/bin/sh
# Everything a change must pass. All parts run, so that one look shows all that is wrong; the tests come last.
set -u
cd "$(dirname "$0")/.."
sh scripts/bootstrap.sh test || exit 1
PATH="$PWD/.venv/bin:$PATH"
failed=
part() { # name, command…
  name=$1; shift
  printf '==> %s\n' "$name"
  "$@" || failed="$failed${failed:+, }$name"
}
part "style" ruff check --quiet .
part "format" ruff format --check --quiet .
part "imports" lint-imports --no-logo --cache-dir .build/imports
part "types" mypy
part "templates" djlint templates --lint --quiet
part "translations" python scripts/catalogs.py check
[ -z "$failed" ] || printf '\nAlready wrong before the tests: %s\n' "$failed"
part "tests" python -m pytest -n 2 --database both
if [ -n "$failed" ]; then printf '\nmake check failed: %s\n' "$failed" >&2; exit 1; fi
