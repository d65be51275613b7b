#!/usr/bin/env bash
# start.sh - a whole shop under TILL_VAR: MariaDB, migrations, demo goods, pools, worker,
# sandbox gateway, mail catcher and nginx, each detached. Returns 0 when /health/ready
# answers 200, also when the shop runs already. What a killed shop left behind is ended
# first, so a start always begins from a known state.
#
# Settings: TILL_VAR TILL_PORT TILL_HTTP_PORT TILL_SANDBOX_PORT, TILL_TLS12=1 for TLS 1.2
# beside 1.3, and TILL_<SECTION>_<NAME> for any row of base/settings.def.
set -euo pipefail
# shellcheck source=tests/shop/lib.sh
source "$(dirname "$0")/lib.sh"
# shellcheck source=tests/shop/database.sh
source "$(dirname "$0")/database.sh"
# shellcheck source=tests/shop/shop.sh
source "$(dirname "$0")/shop.sh"

give_up() {
	local unit

	for unit in $shop_units; do
		unit_alive "$unit" && continue
		[[ -s $shop_var/log/$unit.log ]] || continue
		say "--- the end of $shop_var/log/$unit.log" >&2
		tail -n 15 "$shop_var/log/$unit.log" >&2
	done
	shop_stop
	die "The shop did not start: $1"
}

shop_is_ready() {
	[[ -S $shop_run/shop.sock && -S $shop_run/pay.sock && -S $shop_run/hook.sock ]] &&
		[[ $(curl --silent --max-time 5 --output /dev/null --write-out '%{http_code}' \
			--cacert "$shop_var/tls/ca.pem" "$(shop_address)/health/ready") == 200 ]]
}

shop_is_whole() {
	local unit

	for unit in $shop_units; do
		unit_alive "$unit" || return 1
	done
}

# Ready, or no longer worth waiting for.
settled() {
	! shop_is_whole || shop_is_ready
}

# Our own authority and a certificate by it; a new one 21 days before the old one ends.
make_certificate() {
	local tls=$shop_var/tls

	mkdir -p "$tls"
	[[ ! -s $tls/leaf.pem ]] ||
		! openssl x509 -in "$tls/leaf.pem" -noout -checkend $((21 * 86400)) >/dev/null ||
		return 0
	if [[ ! -s $tls/ca.pem ]] ||
		! openssl x509 -in "$tls/ca.pem" -noout -checkend $((400 * 86400)) >/dev/null; then
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 \
			-days 3650 -subj "/CN=Till demo authority $(random_hex 4)" \
			-addext basicConstraints=critical,CA:TRUE \
			-addext keyUsage=critical,keyCertSign,cRLSign \
			-keyout "$tls/ca.key" -out "$tls/ca.pem" 2>/dev/null
	fi
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 \
		-subj "/CN=127.0.0.1" -keyout "$tls/leaf.key" -out "$tls/leaf.csr" 2>/dev/null
	openssl x509 -req -in "$tls/leaf.csr" -CA "$tls/ca.pem" -CAkey "$tls/ca.key" \
		-set_serial "0x$(random_hex 12)" -days 397 -sha256 -out "$tls/leaf.pem.new" \
		-extfile <(printf '%s\n' 'subjectAltName=IP:127.0.0.1,DNS:localhost' \
			'basicConstraints=critical,CA:FALSE' 'extendedKeyUsage=serverAuth' \
			'keyUsage=critical,digitalSignature') 2>/dev/null
	mv "$tls/leaf.pem.new" "$tls/leaf.pem"
	rm -f "$tls/leaf.csr"
}

# Secrets that are there already are kept: the database is sealed with them.
make_keys() {
	local keys=$shop_var/keys

	mkdir -p "$keys"
	[[ -s $keys/master ]] || printf '1 %s\n' "$(random_hex 32)" >"$keys/master"
	[[ -s $keys/stripe ]] || echo sk_test_sandbox >"$keys/stripe"
	[[ -s $keys/stripe-webhooks ]] || echo whsec_sandbox >"$keys/stripe-webhooks"
}

fill_database() {
	"$shop_till" migrate --config "$shop_conf" || give_up "the migrations failed"
	[[ -e $shop_var/demo.loaded ]] && return
	"$shop_till" product import --config "$shop_conf" "$shop_top/sql/demo/products.csv" ||
		give_up "the demo's products could not be loaded"
	touch "$shop_var/demo.loaded"
}

write_till_env() {
	cat >"$shop_var/till.env.new" <<-END
		TILL_URL=$shop_url
		TILL_SANDBOX_URL=$shop_sandbox_url
		TILL_DB_SOCKET=$shop_run/mariadb.sock
		TILL_DB_NAME=till
		TILL_DB_READER=till_reader
		TILL_MAIL_DIR=$shop_var/mail
		TILL_BIN=$shop_till
		TILL_CONF=$shop_conf
		TILL_CA=$shop_var/tls/ca.pem
	END
	mv "$shop_var/till.env.new" "$shop_var/till.env"
}

tell_sandbox() {
	curl --silent --fail --max-time 5 --output /dev/null --request PUT \
		--header 'Content-Type: application/json' "$shop_sandbox_url/_sandbox/config" \
		--data "{\"webhooks\":{\"stripe\":{\"url\":\"$shop_url/webhooks/stripe\",\"secrets\":[\"$(
			head -n 1 "$shop_var/keys/stripe-webhooks"
		)\"]}}}"
}

[[ -x $shop_till ]] || die "There is no $shop_till yet; 'make build' makes it."
mkdir -p "$shop_var"/{log,mail,tmp,sandbox}
shop_choose_run
exec 9>"$shop_var/lock"
flock 9
trap 'shop_stop; exit 130' INT TERM HUP
if wait_for 15 settled && shop_is_whole; then
	say "The shop runs already: $(shop_address)/"
	exit 0
fi
shop_stop
rm -f "$shop_run"/*.sock

database_start
rm -f "$shop_var/mail.port" # of the catcher before
unit_start mail "$shop_python" "$shop_top/tests/shop/mail_catcher.py" "$shop_var/mail" \
	"$shop_var/mail.port"
# made while those two begin
make_certificate
make_keys
database_ready || give_up "the database does not answer"
wait_for 10 test -s "$shop_var/mail.port" || give_up "the mail catcher is silent"
write_settings
write_nginx
fill_database
write_till_env
unit_start sandbox "$shop_till" sandbox --config "$shop_conf" --port "$shop_sandbox_port" \
	--dir "$shop_var/sandbox" --ca "$shop_var/tls/ca.pem"
for pool in shop pay hook; do
	unit_start "$pool" "$shop_till" serve --pool "$pool" --config "$shop_conf"
done
unit_start work "$shop_till" work --config "$shop_conf"
unit_start nginx nginx -e stderr -p "$shop_var/nginx" -c "$shop_var/nginx/nginx.conf"
wait_for 10 tell_sandbox || give_up "the sandbox gateway does not answer"
wait_for 60 settled || give_up "/health/ready does not answer 200"
shop_is_whole || give_up "a part of it ended"
say "The shop is open: $shop_url/"
