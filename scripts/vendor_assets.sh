#!/bin/sh
# Takes the third-party files of static/ afresh from the npm registry, at the versions package.json names.
# Only maintainers run this, after changing a version or an icon; what it writes is committed.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "==> fetching packages"
cp package.json .npmrc "$work/"
[ -f package-lock.json ] && cp package-lock.json "$work/"
(cd "$work" && npm install --no-progress --loglevel=error)
echo "==> compiling the design system without its fonts"
cp static/vendor/nhsuk/subset.scss "$work/"
(cd "$work" && ./node_modules/.bin/sass --no-source-map --quiet-deps --style=expanded --load-path=node_modules subset.scss subset.css)
echo "==> writing static/ and tests/support/axe/"
python3 scripts/vendor_assets.py "$work"
python3 scripts/join_assets.py
