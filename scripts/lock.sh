#!/bin/sh
# Pins every dependency with hashes, one file for all supported Pythons, naming no host.
set -eu
cd "$(dirname "$0")/.."
uv() { .venv/bin/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 "$@"; }
printf '==> %s\n' "requirements/tools.txt" && uv requirements/tools.in -o requirements/tools.txt
printf '==> %s\n' "requirements/core.txt" && uv --extra postgres pyproject.toml -o requirements/core.txt
printf '==> %s\n' "requirements/dev.txt" && uv --extra postgres --group dev -c requirements/core.txt pyproject.toml -o requirements/dev.txt
printf '==> %s\n' "requirements/training.txt" && uv --group training -o requirements/training.txt
if grep -nE 'https?://' requirements/*.txt; then echo "A lock file names a host; take the lines above out." >&2; exit 1; fi
