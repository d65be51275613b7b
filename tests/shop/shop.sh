# shellcheck shell=bash disable=SC2034,SC2154
# shop.sh - what a shop is made of: its units, settings and nginx files. Sourced.

shop_port=${TILL_PORT:-8443}
shop_http_port=${TILL_HTTP_PORT:-8080}
shop_sandbox_port=${TILL_SANDBOX_PORT:-9100}
shop_url=https://127.0.0.1:$shop_port
shop_sandbox_url=http://127.0.0.1:$shop_sandbox_port
shop_till=$shop_build/till
shop_conf=$shop_var/till.conf
# in the order of a start; a stop goes backwards
shop_units="mariadb mail sandbox shop pay hook work nginx"

# A till.env that somebody sourced speaks of a shop that runs; this one is our own.
unset TILL_URL TILL_SANDBOX_URL TILL_DB_SOCKET TILL_DB_NAME TILL_DB_READER TILL_MAIL_DIR \
	TILL_BIN TILL_CONF TILL_CA

# The address of the shop that runs, or of the one about to start.
shop_address() {
	local url

	url=$(sed -n 's/^TILL_URL=//p' "$shop_var/till.env" 2>/dev/null || true)
	echo "${url:-$shop_url}"
}

# First what takes orders, then those that work them off, side by side; then whom they
# talk to, the database last.
shop_stop() {
	local unit stopping=()

	unit_stop nginx QUIT 5
	for unit in work pay shop hook; do
		unit_stop "$unit" TERM 15 &
		stopping+=($!)
	done
	wait "${stopping[@]}"
	unit_stop sandbox TERM 5 &
	stopping=($!)
	unit_stop mail TERM 5 &
	stopping+=($!)
	unit_stop mariadb TERM 30
	wait "${stopping[@]}"
}

# "section name" of every setting.
setting_names() {
	sed -n 's/^SETTING_[A-Z]*(\([a-z]*\), *\([a-z0-9_]*\),.*/\1 \2/p' \
		"$shop_top/fcgi-app/base/settings.def"
}

# "section name value" lines: the demo's own settings, then those of the environment.
wanted_settings() {
	local section name variable

	cat <<-END
		shop url $shop_url
		shop templates $shop_top/templates
		shop static $shop_build/static/manifest
		shop development yes
		run dir $shop_run
		disk watch $shop_var
		disk free_percent 2
		disk free_mb 256
		db socket $shop_run/mariadb.sock
		db name till
		db user till
		db password_file $shop_var/keys/till.password
		db owner till_owner
		db owner_password_file $shop_var/keys/owner.password
		db migrations $shop_top/sql
		keys file $shop_var/keys/master
		limits exempt 127.0.0.0/8, ::1
		limits inside 127.0.0.0/8, ::1
		gateway mode sandbox
		stripe api_base $shop_sandbox_url/stripe
		stripe key_file $shop_var/keys/stripe
		stripe webhook_secrets_file $shop_var/keys/stripe-webhooks
		mail url smtp://127.0.0.1:$(cat "$shop_var/mail.port")
		mail tls off
	END
	while read -r section name; do
		variable=TILL_${section^^}_${name^^}
		[[ ! -v $variable ]] || printf '%s %s %s\n' "$section" "$name" "${!variable}"
	done < <(setting_names)
}

# Writes till.conf. One that was edited by hand stays, as long as nothing else than the
# mail catcher's port would change.
write_settings() {
	local wanted stamp=$shop_var/till.conf.stamp

	wanted=$(wanted_settings | awk '
		{ key = $1 " " $2; if (!(key in value)) order[++n] = key
		  value[key] = substr($0, length(key) + 2) }
		END { for (i = 1; i <= n; i++) print order[i], value[order[i]] }')
	if [[ ! -s $shop_conf || ! -s $stamp ]] ||
		! cmp -s "$stamp" <(grep -v '^mail url ' <<<"$wanted"); then
		grep -v '^mail url ' <<<"$wanted" >"$stamp"
		{
			echo "; made by tests/shop/start.sh"
			awk '$1 != section { section = $1; printf "\n[%s]\n", section }
				{ name = $2; sub(/^[^ ]+ [^ ]+ ?/, ""); print name " = " $0 }' <<<"$wanted"
		} >"$shop_conf.new"
		mv "$shop_conf.new" "$shop_conf"
	fi
	sed -i "s|^url = smtp://127\.0\.0\.1:.*|$(sed -n 's/^mail url /url = /p' <<<"$wanted")|" \
		"$shop_conf"
}

# setting SECTION NAME: its value in till.conf.
setting() {
	awk -F ' *= *' -v section="[$1]" -v name="$2" '
		/^\[/ { here = $0 == section }
		here && $1 == name { sub(/^[^=]*= */, ""); print }' "$shop_conf"
}

# "10.0.0.0/8, ::1" as lines of nginx.
networks() {
	local network

	for network in ${1//,/ }; do
		printf '\t%s%s%s;\n' "$2" "$network" "$3"
	done
}

# Copies nginx/ to TILL_VAR/nginx, the words between @ signs filled in.
write_nginx() {
	local to=$shop_var/nginx brotli=/usr/lib/nginx/modules/ngx_http_brotli_static_module.so
	local -A words=(
		[USER]=$([[ $(id -u) -ne 0 ]] || echo "user root;")
		[MODULES]=$([[ ! -e $brotli ]] || echo "load_module $brotli;")
		[BROTLI]=$([[ ! -e $brotli ]] || echo "brotli_static on;")
		[RUN]=$shop_run [VAR]=$shop_var [LOG]=$shop_var/log [TLS]=$shop_var/tls
		[STATIC]=$shop_build/static [LISTEN]=127.0.0.1
		[PORT]=$shop_port [HTTP_PORT]=$shop_http_port [URL]=$shop_url
		[TLS_PROTOCOLS]=$([[ -z ${TILL_TLS12:-} ]] || echo "TLSv1.2 ")TLSv1.3
		[SANDBOX]=$([[ $(setting gateway mode) != sandbox ]] || echo " $shop_sandbox_url")
		[EXEMPT]=$(networks "$(setting limits exempt)" "" " 1")
		[INSIDE]=$(networks "$(setting limits inside)" "	allow " "")
	)
	local file word text

	rm -rf "$to"
	mkdir -p "$to/till"
	for file in "$shop_top"/nginx/*.conf "$shop_top"/nginx/*.conf.in; do
		text=$(<"$file")
		for word in "${!words[@]}"; do
			text=${text//"@$word@"/"${words[$word]}"}
		done
		case $file in
		*.in) file=$(basename "$file" .in) ;;
		*) file=till/$(basename "$file") ;;
		esac
		printf '%s\n' "$text" >"$to/$file"
	done
}
