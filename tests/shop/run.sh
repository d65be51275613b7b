#!/usr/bin/env bash
# run.sh - starts the shop in the foreground: prints its address, follows its log; Ctrl-C
# ends all of it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/shop/lib.sh
source "$here/lib.sh"

finish() {
	trap '' INT TERM HUP
	kill "$tail_pid" 2>/dev/null || true
	echo
	"$here/stop.sh"
	exit 0
}

"$here/start.sh"
cat <<END

  Shop     $(sed -n 's/^TILL_URL=//p' "$shop_var/till.env")/
  Mail     $shop_var/mail
  Log      $shop_var/log

  The certificate is this shop's own: the browser asks once whether to trust it
  (or import $shop_var/tls/ca.pem). Ctrl-C closes the shop.

END
setsid tail -q -n 0 -F "$shop_var"/log/{shop,pay,hook,work,sandbox,mail}.log &
tail_pid=$!
trap finish INT TERM HUP
wait "$tail_pid"
