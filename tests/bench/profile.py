#!/usr/bin/python3
"""profile.py - where one unit of a scenario goes in the machine: CPU of each part, what
MariaDB counted, and the functions that took the most, as perf saw them.

    tests/bench/profile.py journey --connections 100 --seconds 8
    tests/bench/profile.py cart3 --most 40 --keep /tmp/cart3.perf    for perf report, with callers

Where perf is missing or not allowed the rest is told all the same. perf itself takes some
CPU, so rates are a little lower than the bench's (--no-perf).
"""
import pathlib
import re
import shutil
import signal
import subprocess
import sys

import apart
import report
import samples

COUNTED = ("Questions", "Com_", "Handler_", "Innodb_rows_", "Innodb_data_", "Innodb_log_",
           "Innodb_os_log_", "Innodb_row_lock_", "Innodb_buffer_pool_read", "Binlog_",
           "Bytes_", "Created_tmp_", "Select_", "Sort_", "Opened_", "Connections")
OFTEN = 0.01  # times a unit, from which on a counter is shown
GAUGES = ("Binlog_snapshot_position",)  # which a difference says nothing of
OURS = "mariadbd,nginx,till"  # as perf knows them
HERTZ = "997"  # in step with nothing


class Perf:
    """The whole machine's profile, while it runs; none where there is no perf."""

    def __init__(self, path):
        self.path, self.process, self.why = path, None, ""

    def start(self):
        if shutil.which("perf") is None:
            self.why = "there is no perf here"
            return
        self.process = subprocess.Popen(
            ["perf", "record", "-a", "-g", "-F", HERTZ, "-q", "-o", self.path],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, start_new_session=True)

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        said = self.process.communicate(timeout=60)[1]
        if not self.path.exists() or self.path.stat().st_size == 0:
            self.why = f"perf has recorded nothing: {said.strip()[-300:]}"

    def report(self, sort, most, *more):
        """The first lines of one."""
        done = subprocess.run(
            ["perf", "report", "--stdio", "--no-children", "-g", "none", "--sort", sort,
             "--percent-limit", "0.1", "-i", self.path, *more], capture_output=True,
            text=True, check=False)
        return rows_of(done.stdout)[:most] or [done.stderr.strip()[-300:]]


def rows_of(text):
    """What perf says, without its headers and the columns that it leaves empty."""
    return [re.sub(r"(?:\s+-)*\s*$", "", line) for line in text.splitlines()
            if line.strip() and not line.startswith("#")]


def counters(before, after, units):
    """[(name, times a unit)] of what MariaDB counted, most first."""
    found = ((name, (value - before.get(name, 0)) / units) for name, value in after.items()
             if name.startswith(COUNTED) and name not in GAUGES)
    return sorted((one for one in found if one[1] >= OFTEN), key=lambda one: (-one[1], one[0]))


def cpu_rows(measured, rested, units):
    """Each part's ms a unit: while it was measured, and until its work was done."""
    rows = [["CPU ms per unit", "while measured", "until all is done"]]
    for name in measured:
        if rested[name] > 0:
            rows.append([name, *(report.plain(one[name] * 1000 / units)
                                 for one in (measured, rested))])
    rows.append(["the product", *(report.plain(sum(one.get(part, 0) for part in report.PRODUCT)
                                               * 1000 / units) for one in (measured, rested))])
    return rows


def tell(client, taken, perf, most):
    before, after, rested = taken
    units = max(client["unit"]["n"], 1)
    unit = client["unit"]
    print(f"\n{client['units_per_s']:.1f}/s, p50 {unit['p50_us'] / 1000:.1f} ms, p99"
          f" {unit['p99_us'] / 1000:.1f} ms, errors {client['errors']}, of {units} units\n")
    print(report.aligned(cpu_rows(after.since(before)["cpu_s"], rested.since(before)["cpu_s"],
                                  units)))
    print("\n" + report.aligned([["MariaDB, per unit, until all is done", ""], *(
        [name, report.plain(times)]
        for name, times in counters(before.status, rested.status, units))]))
    if len(client["requests"]) > 1:
        print("\n" + report.aligned([["request", "times", "p50 ms", "p99 ms"], *(
            [name, str(one["n"]), report.plain(one["p50_us"] / 1000),
             report.plain(one["p99_us"] / 1000)]
            for name, one in client["requests"].items())]))
    if perf is None:
        return
    print("\n" + (perf.why or "\n".join([
        "who had the processors, of all that were busy", *perf.report("comm", 12), "",
        "in which function of the product",
        *perf.report("comm,dso,symbol", most, "--comms", OURS)])))


def main():
    words = apart.arguments(__doc__.splitlines()[0])
    words.add_argument("--most", type=int, default=30, help="functions to be shown (30)")
    words.add_argument("--no-perf", action="store_true", help="CPU and counters alone")
    words.add_argument("--keep", metavar="FILE", help="where what perf recorded is kept")
    asked = words.parse_args()
    taken = []
    with apart.stage_of(asked) as stage:
        apart.fill(stage, asked)
        perf = None if asked.no_perf else Perf(pathlib.Path(
            asked.keep or stage.bench / "perf.data"))

        def sample():
            taken.append(samples.Sample(stage.till, stage.sessions()))

        def measuring():
            sample()
            if perf:
                perf.start()

        def measured():
            sample()
            if perf:
                perf.stop()

        client = apart.ask(stage, asked, {"measuring": measuring, "measured": measured})
        stage.rest(60)
        sample()
        tell(client, taken, perf, asked.most)
    return 0


if __name__ == "__main__":
    sys.exit(main())
