# shellcheck shell=bash disable=SC2034
# lib.sh - what start, stop, run and the fixtures share: where things lie, and how a
# process of ours is started, recognised and ended. Sourced, never run.
#
# Every process is the leader of its own session. Its pid file holds the pid, the start
# time and the boot, so that a recycled pid is never taken for ours; what a killed leader
# left behind is found by the session id, which the kernel does not give away before the
# last member is gone.

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
umask 077

shop_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
shop_build=${TILL_BUILD:-$shop_top/build}
shop_var=${TILL_VAR:-var}
[[ $shop_var == /* ]] || shop_var=$shop_top/$shop_var
shop_python=/usr/bin/python3
read -r shop_boot </proc/sys/kernel/random/boot_id

say() {
	printf '%s\n' "$*"
}

die() {
	printf '%s\n' "$*" >&2
	exit 1
}

[[ $shop_var != *[[:space:]]* ]] ||
	die "MariaDB's installer cannot work in a folder with blanks in its name: $shop_var"

# The run folder holds sockets and pids. A socket's path must stay below 108 bytes, so a
# long one moves to a short private folder that the link in TILL_VAR remembers.
shop_choose_run() {
	local link=$shop_var/run

	mkdir -p "$shop_var"
	if [[ ${#link} -le 90 ]]; then
		mkdir -p "$link"
		shop_run=$link
		return
	fi
	shop_run=$(readlink "$link" 2>/dev/null || true)
	if [[ ! -d $shop_run || ! -O $shop_run ]]; then
		shop_run=$(mktemp -d /tmp/till.XXXXXX)
		ln -sfn "$shop_run" "$link"
	fi
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
	local until=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[[ $SECONDS -lt $until ]] || return 1
		sleep 0.03
	done
}

# process_read PID: sets process_session and process_born (clock ticks since boot); fails
# for a process that is gone or a zombie.
process_read() {
	local stat

	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
	read -r -a stat <<<"${stat##*) }"
	[[ ${stat[0]} != [ZX] ]] || return 1
	process_session=${stat[3]}
	process_born=${stat[19]}
}

# A process that stays must hold nothing of who started it: not our lock, no pipe of make.
exec_detached() {
	local fd

	for fd in /proc/self/fd/*; do
		fd=${fd##*/}
		[[ $fd -le 2 ]] || eval "exec $fd>&-"
	done
	exec setsid "$@"
}

# unit_start NAME COMMAND...: detached, output to the log.
unit_start() {
	local name=$1 pid

	shift
	exec_detached "$@" </dev/null >>"$shop_var/log/$name.log" 2>&1 &
	pid=$!
	disown "$pid"
	process_read "$pid" || process_born=0
	printf '%s %s %s\n' "$pid" "$process_born" "$shop_boot" >"$shop_run/$name.pid.new"
	mv "$shop_run/$name.pid.new" "$shop_run/$name.pid"
}

# Reads a pid file into unit_pid and unit_born; fails when there is none of this boot.
unit_read() {
	local boot

	{ read -r unit_pid unit_born boot <"$shop_run/$1.pid"; } 2>/dev/null || return 1
	[[ $boot == "$shop_boot" ]]
}

unit_alive() {
	unit_read "$1" && process_read "$unit_pid" && [[ $process_born == "$unit_born" ]]
}

# Sets unit_members to every process of a unit: its leader, and what is of its session
# and not older. A pid that somebody else has by now means that all of them are gone.
unit_find() {
	local pid

	unit_members=()
	unit_read "$1" || return 0
	if process_read "$unit_pid" && [[ $process_born != "$unit_born" ]]; then
		return 0
	fi
	for pid in /proc/[0-9]*; do
		pid=${pid#/proc/}
		process_read "$pid" || continue
		[[ $process_session == "$unit_pid" && $process_born -ge $unit_born ]] || continue
		unit_members+=("$pid")
	done
}

unit_gone() {
	unit_find "$1"
	[[ ${#unit_members[@]} -eq 0 ]]
}

unit_dead() {
	! unit_alive "$1"
}

# unit_stop NAME SIGNAL SECONDS: asks the leader and waits for it; what is left of its
# session then is asked too, and killed after that.
unit_stop() {
	local name=$1

	[[ -e $shop_run/$name.pid ]] || return 0
	if unit_alive "$name"; then
		kill -s "$2" "$unit_pid" 2>/dev/null || true
		wait_for "$3" unit_dead "$name" || true
	fi
	unit_kill "$name" TERM
	if [[ ${#unit_members[@]} -gt 0 ]] && ! wait_for 2 unit_gone "$name"; then
		unit_kill "$name" KILL
		wait_for 5 unit_gone "$name" || true
	fi
	rm -f "$shop_run/$name.pid"
}

unit_kill() {
	unit_find "$1"
	[[ ${#unit_members[@]} -eq 0 ]] || kill -s "$2" "${unit_members[@]}" 2>/dev/null || true
}

# random_hex BYTES
random_hex() {
	od -An -v -tx1 -N"$1" /dev/urandom | tr -d ' \n'
}
