#!/usr/bin/env bash
# stop.sh - ends what start.sh began under TILL_VAR, and nothing else.
set -euo pipefail
# shellcheck source=tests/shop/lib.sh
source "$(dirname "$0")/lib.sh"
# shellcheck source=tests/shop/shop.sh
source "$(dirname "$0")/shop.sh"

if [[ ! -d $shop_var/run ]]; then
	say "No shop runs under $shop_var."
	exit 0
fi
shop_choose_run
exec 9>"$shop_var/lock"
flock 9
shop_stop
if [[ -L $shop_var/run ]]; then
	rm -rf "$shop_run" "$shop_var/run"
fi
say "The shop is closed."
