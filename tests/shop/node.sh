#!/usr/bin/env bash
# node.sh - installs what tests/package-lock.json names, where that has not been done.
set -euo pipefail
cd "$(dirname "$0")/.."
[[ -e package-lock.json ]] || exit 0
[[ ! node_modules/.installed -nt package-lock.json ]] || exit 0
echo "Installing the browser tests' npm packages"
npm ci --no-audit --no-fund --silent
touch node_modules/.installed
