#!/usr/bin/env bash
# packages.sh - the one list of Debian packages, and what installs the missing ones.
#
#   packages.sh GROUP...    GROUP is build, run, test or gate
#
# Says nothing when nothing is missing. No service is started, stopped or configured: a
# policy-rc.d of ours stands there while apt works (one that exists is left as it is), and
# what the installation newly enabled is disabled again.
set -euo pipefail

declare -A packages=(
	[build]="gcc libc6-dev make cmake ninja-build pkg-config libfcgi-dev
		libmariadb-dev libjson-c-dev libcurl4-openssl-dev libssl-dev
		libinih-dev libdeflate-dev libcmocka-dev brotli"
	[run]="mariadb-server-core mariadb-client nginx-light
		libnginx-mod-http-brotli-static openssl curl python3
		python3-aiosmtpd"
	[test]="chromium-headless-shell npm w3m tmux python3-jsonschema python3-hypothesis jq strace
		e2fsprogs"
	[gate]="clang clang-format clang-tidy cppcheck universal-ctags gcovr valgrind"
)

missing=()
for group in "$@"; do
	[[ -v packages[$group] ]] || {
		echo "packages.sh: no group '$group'" >&2
		exit 2
	}
	for package in ${packages[$group]}; do
		# npm's own installer brings node and npm without Debian's package
		[[ $package == npm ]] && command -v npm >/dev/null && continue
		state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
		[[ $state == installed ]] || missing+=("$package")
	done
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

as_root=()
if [[ $(id -u) -ne 0 ]]; then
	command -v sudo >/dev/null || {
		echo "These packages are missing, and there is no sudo to install them:" >&2
		echo "  ${missing[*]}" >&2
		exit 1
	}
	as_root=(sudo)
fi
echo "Installing: ${missing[*]}"

# What would start at boot: systemd's links and, without systemd, those of /etc/rc?.d.
enabled_units() {
	find /etc/systemd/system /etc/rc?.d -type l 2>/dev/null | sort
}

policy=/usr/sbin/policy-rc.d
ours=no
before=$(enabled_units)
put_back() {
	[[ $ours == no ]] || "${as_root[@]}" rm -f "$policy"
}
trap put_back EXIT
trap 'exit 130' INT TERM
if [[ ! -e $policy ]]; then
	ours=yes
	printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
	"${as_root[@]}" chmod 755 "$policy"
fi

apt_install() {
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
		-o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
		--no-install-recommends install "${missing[@]}" >"$log" 2>&1
}

log=$(mktemp)
if ! apt_install; then
	"${as_root[@]}" apt-get -qq -o DPkg::Lock::Timeout=300 update >>"$log" 2>&1 || true
	apt_install || {
		cat "$log" >&2
		exit 1
	}
fi
rm -f "$log"

comm -13 <(echo "$before") <(enabled_units) | while read -r link; do
	unit=$(basename "$link")
	case $link in
	/etc/rc?.d/S*)
		"${as_root[@]}" update-rc.d "${unit#S??}" disable || true
		;;
	/etc/systemd/system/*.wants/*)
		"${as_root[@]}" systemctl --quiet disable "$unit" ||
			"${as_root[@]}" rm -f "$link"
		;;
	esac
done >/dev/null 2>&1
