#!/usr/bin/awk -f
# budget.awk - passes ctest's output on. Before its closing lines it names each label that took
# longer than its budget (design.md 9); fails when there is one, or ctest failed.

BEGIN {
	# These run two at a time on two cores: their seconds are halves of what ctest adds up.
	split("unit store flow", core)
	for (i in core) {
		group[core[i]] = "unit + store + flow"
		at_once[core[i]] = 2
	}
	at_once["http"] = at_once["fault"] = 2
	while ((getline line < alone) > 0) { # the file of those that run alone
		split(line, word, " ")
		runs_alone[word[1]] = 1
	}
	budget["unit + store + flow"] = 60
	budget["http"] = 60
	budget["browser"] = 120
	budget["fault"] = 120
	budget["vectors"] = 15
	budget["gate"] = 90
}

# A test that ran alone counts whole, also where its label is halved.
/ Test +#[0-9]+: / && / sec *$/ {
	match($0, /#[0-9]+: [a-z_.0-9]+/)
	name = substr($0, RSTART, RLENGTH)
	sub(/^.*: /, "", name)
	split(name, parts, ".")
	if (name in runs_alone)
		took[parts[1]] += $(NF - 1) / 2
}

# From here on nothing is printed before all of it was read.
/^[0-9]+% tests passed/ {
	closing = 1
	failed = !/ 0 tests failed/
}
/^No tests were found/ || /^Errors while running CTest/ {
	failed = 1
}
closing && / sec\*proc/ {
	label = group[$1] ? group[$1] : $1
	took[label] += $3 / (at_once[$1] ? at_once[$1] : 1)
}
!closing {
	print
	fflush()
	next
}
{
	tail = tail $0 "\n"
}

END {
	for (label in took)
		if (label in budget && took[label] > budget[label]) {
			printf "Over budget: %s took %.1f s, %d s are allowed\n", label,
				took[label], budget[label]
			failed = 1
		}
	printf "%s", tail
	exit failed || !closing
}
