# The front door. Everything is built in build/ and runs under TILL_VAR (var/).

help:
	@echo 'make build   product and tests, in build/; installs the packages that are missing'
	@echo 'make run     a whole shop in the foreground: prints its address, Ctrl-C ends it'
	@echo 'make start   the same in the background; make stop ends it'
	@echo 'make test    every suite; needs no running shop and leaves none'
	@echo 'make gate    format, floors, lengths, words, cppcheck, clang-tidy on all files,'
	@echo '             and the suites under the sanitizers'
	@echo 'make fault   what breaks, row by row, and the races, 20 rounds of 200 buyers each;'
	@echo '             MINUTES=60 SEED=7: everything breaks at random while shoppers buy'
	@echo 'make bench   what it can do, beside controls; QUICK=1 shows in 3 minutes that it works'
	@echo 'make format  lays out all C files as make gate wants them'
	@echo
	@echo 'TILL_VAR (var), TILL_PORT (8443), TILL_HTTP_PORT (8080) and TILL_SANDBOX_PORT'
	@echo '(9100) let several shops run side by side.'

build: product
	@tests/shop/build.sh checked
	@tests/shop/build.sh fault

product:
	@tests/shop/packages.sh build
	@tests/shop/build.sh release
	@tests/shop/static.sh

run start: product
	@tests/shop/packages.sh run
	@tests/shop/$@.sh

stop:
	@tests/shop/stop.sh

test: build
	@tests/shop/packages.sh run test gate
	@tests/shop/test.sh

gate: build
	@tests/shop/packages.sh run gate
	@tests/gate/gate.sh

ifdef MINUTES
fault: product
	@tests/shop/packages.sh run
	@tests/fault/mix.py --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))
else
fault: build
	@tests/shop/packages.sh run test
	@tests/shop/test.sh -L fault
	@TILL_FAULT_ACTIONS="hang error delay" tests/fault/points_test.py
	@TILL_FAULT_ACTIONS=all tests/fault/machine_test.py
	@TILL_FAULT_ACTIONS=all tests/fault/storage_test.py
	@TILL_FAULT_ACTIONS=all tests/fault/power_test.py
	@TILL_ROUNDS=10000 ctest --test-dir build --output-on-failure -R '^flow\.opposite$$'
	@TILL_ROUNDS=1000 ctest --test-dir build --output-on-failure -R '^flow\.repair$$'
	@TILL_ROUNDS=200 ctest --test-dir build --output-on-failure -R '^flow\.event_order$$'
	@TILL_EVENTS=6 ctest --test-dir build --output-on-failure -R '^flow\.event_order$$'
	@tests/fault/race_loop.py
endif

bench: product
	@tests/shop/packages.sh run
	@tests/bench/bench.py $(if $(QUICK),--quick) $(if $(RUNS),--runs $(RUNS)) $(if $(WRITE),--write)

format:
	@tests/shop/packages.sh gate
	@tests/gate/format.sh write

.PHONY: help build product run start stop test gate fault bench format
.NOTPARALLEL:
