#!/usr/bin/env bash
# floors.sh - who may include whom, and which library stays on which floor (house-style.md
# section 1).
# shellcheck source=tests/gate/lib.sh
source "$(dirname "$0")/lib.sh"

mapfile -t files < <(c_files fcgi-app)
[[ ${#files[@]} -gt 0 ]] || exit 0

grep -nE '^[[:space:]]*#[[:space:]]*include' "${files[@]}" /dev/null | awk -F : '
BEGIN {
	floors["base"] = "base"
	floors["db"] = "base db"
	floors["domain"] = "base db domain"
	floors["gateway"] = "base gateway"
	floors["flow"] = "base db domain gateway flow"
	floors["web"] = "base db web"
	floors["pages"] = "base db domain flow web pages"
	floors["jobs"] = "base db domain flow web jobs"
	floors["main"] = "base db domain gateway flow web pages jobs sandbox main"
	floors["sandbox"] = "base sandbox"

	# a library, and the files that may know it
	library["openssl/"] = "base/(digest|token|seal)[._]"
	library["json-c/"] = "base/json[._]"
	library["ini.h"] = "base/config[._]"
	library["sanitizer/"] = "base/arena[._]"
	library["unicode/"] = "base/locale[._]"
	library["sodium"] = "base/password[._]"
	library["my"] = "db/"
	library["mariadb"] = "db/"
	library["errmsg.h"] = "db/"
	library["curl/"] = "gateway/|sandbox/"
	library["fcgi"] = "web/"
	library["libdeflate"] = "web/compress[._]"

	n = split("assert ctype errno inttypes limits locale setjmp signal stdarg stdatomic" \
		" stdbool stddef stdint stdio stdlib stdnoreturn string time dirent fcntl" \
		" fnmatch getopt glob libgen netdb poll pthread pwd grp sched strings syslog" \
		" termios unistd arpa/inet netinet/in netinet/tcp sys/epoll sys/eventfd" \
		" sys/file sys/mman sys/prctl sys/random sys/resource sys/select" \
		" sys/signalfd sys/socket sys/stat sys/statvfs sys/syscall sys/time" \
		" sys/timerfd sys/types sys/uio sys/un sys/wait linux/limits", c, " ")
	for (i = 1; i <= n; i++)
		standard[c[i] ".h"] = 1
}

function complain(what)
{
	printf "%s:%d: %s\n", $1, $2, what
}

function check_library(header, place,    name)
{
	if (header in standard)
		return
	for (name in library)
		if (index(header, name) == 1) {
			if (place !~ "^(" library[name] ")")
				complain("<" header "> stays in " library[name])
			return
		}
	complain("<" header "> is no library of any floor")
}

# thing_store.h belongs to the files whose names begin with thing, thing_private.h to the
# files beside it.
function check_private(header, place,    owner)
{
	owner = header
	if (sub(/_store\.h$/, "", owner) && place !~ ("^" owner "[._]"))
		complain("\"" header "\" belongs to " owner " alone")
	if (sub(/[a-z0-9_]+_private\.h$/, "", owner) && index(place, owner) != 1)
		complain("\"" header "\" belongs to " owner " alone")
}

function check_floor(header, place,    from, to)
{
	from = place
	to = header
	sub(/\/.*/, "", from)
	if (header !~ /^[a-z]+\/[a-z0-9_\/]+\.(h|def)$/) {
		complain("\"" header "\" is not written as floor/file.h")
		return
	}
	sub(/\/.*/, "", to)
	if ((" " floors[from] " ") !~ (" " to " "))
		complain(from " may not include " to " (\"" header "\")")
	else
		check_private(header, place)
}

{
	place = $1
	sub(/^fcgi-app\//, "", place)
	header = $0
	if (match(header, /<[^>]*>/))
		check_library(substr(header, RSTART + 1, RLENGTH - 2), place)
	else if (match(header, /"[^"]*"/))
		check_floor(substr(header, RSTART + 1, RLENGTH - 2), place)
}' | gate_verdict
