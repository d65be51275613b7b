#!/usr/bin/env bash
# node.sh - installs what tests/package-lock.json names, where that has not been done.
# None of them needs a script of its own to be installed, and one would call its maker.
set -euo pipefail
cd "$(dirname "$0")/.."
[[ -e package-lock.json ]] || exit 0
[[ ! node_modules/.installed -nt package-lock.json ]] || exit 0
echo "Installing the browser tests' npm packages"
npm ci --ignore-scripts --no-audit --no-fund --silent
touch node_modules/.installed
