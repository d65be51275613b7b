#!/usr/bin/python3
"""bench.py - measures the shop beside its controls, in one run on one machine (README.md).

    make bench              everything, most of an hour; its parts are said first
    make bench QUICK=1      the same table with little of each, under three minutes
    tests/bench/bench.py --runs 3 --write           renders RESULTS.md as well
    tests/bench/bench.py --quick --only cart3,hello
    tests/bench/bench.py --soak 60                  an hour of orders, 64 children, memory each minute
    tests/bench/bench.py --render build/bench/results.json --write
"""
import argparse
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import knee
import plan
import report
import results_page
import samples
import scenarios
import unpaid
from stage import PROGRAMS, Stage, shop

SOAK_FILE = "soak.json"
FOREIGN_MAX = 0.10  # share of the machine that others may have during a measurement
TRIES = 3
CROWDS, CROWD_SECONDS, CROWD_GAIN = (32, 64, 128, 256, 512, 1024), 2, 1.2
KNEE_CONNECTIONS = 64  # as the scenarios at half of it have
RECOVERY_MAX = 60  # seconds that are waited for a shop that was asked for too much
GRACE = 300  # seconds beyond its own that a client may take to prepare
CROWDED = {"TILL_RUN_SHOP_CHILDREN": "52", "TILL_RUN_PAY_CHILDREN": "8",
           "TILL_RUN_HOOK_CHILDREN": "4"}  # 64 together


class ClientFailed(Exception):
    """A measurement that came to no figure."""


class Bench:
    def __init__(self, options):
        self.options = options
        self.size_name = options.size
        self.size = scenarios.SIZES[options.size]
        self.folder = pathlib.Path(options.folder)
        self.rates = {}  # of each scenario, the last one
        self.little = None  # the shop with next to no orders, beside the large one
        self.crowds = {}  # connections of those that want as many as it takes
        self.results = {"size": options.size, "runs": [], "failed": {}, "verify": [],
                        "knees": {},
                        "foreign_max": FOREIGN_MAX}
        self.began = time.monotonic()

    def say(self, what):
        print(f"{time.monotonic() - self.began:6.1f}  {what}", flush=True)

    # ---- the run ----

    def go(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.options.soak:
            return self.soak(self.options.soak * 60)
        print(plan.text(plan.plan(self.size_name, self.chosen(), self.options.runs,
                                  self.is_whole)), flush=True)
        with contextlib.ExitStack() as shops:
            if self.is_whole:
                self.little = shops.enter_context(
                    self.shop_of("little", plan.LITTLE, plan.LITTLE))
            stage = shops.enter_context(
                self.shop_of("large", self.size.skus, self.size.orders))
            self.results["orders_before"] = stage.orders
            self.results["machine"] = samples.machine(stage.till, shop.SOURCE)
            for leaves in (False, True):
                for number in range(self.options.runs):
                    self.round(number, leaves)
            self.results["memory"] = samples.memory(stage.sessions())
        if self.is_whole:
            with self.shop_of("crowded", plan.LITTLE, 0, **CROWDED):
                self.measure_memory()
        self.results["took_s"] = round(time.monotonic() - self.began)
        return self.tell()

    def soak(self, seconds):
        """Orders at a steady rate, at a shop of many children; its figures stand in a file
        of their own until the next soak."""
        scenario = scenarios.SOAK
        with self.shop_of("soak", self.size.skus, self.size.orders, **CROWDED) as stage:
            self.results["orders_before"] = stage.orders
            self.results["machine"] = samples.machine(stage.till, shop.SOURCE)
            try:
                with samples.Minutes(stage.sessions(), min(60, seconds / 20)) as minutes:
                    run = self.measure(scenario, seconds)
                run |= {"round": 0, "attempt": 1, "rejected": False, "control_rate": None,
                        "memory": minutes.found}
                self.results["runs"].append(run)
                self.say(report.line_of(run))
            except ClientFailed as failed:
                self.results["failed"][scenario.name] = str(failed)
        return self.tell(SOAK_FILE)

    @contextlib.contextmanager
    def shop_of(self, name, skus, orders, **settings):
        """A shop with its goods and orders; in the end its books are held against what
        its clients were told."""
        acks = self.folder / f"acks-{name}.jsonl"
        acks.unlink(missing_ok=True)
        with Stage(self.say, **settings) as stage:
            stage.acks = acks
            stage.fill(skus, orders)
            stage.write_lists(skus, self.size.sell_out)
            self.stage = stage
            yield stage
            stage.rest(self.size.patience)
            good, said = stage.verify()
            self.say(f"till verify: {said.splitlines()[-1] if said else 'silent'}")
            self.results["verify"].append(
                {"shop": name, "good": good, "said": said.splitlines()[-1:]})
            if not good:
                print(said)

    @contextlib.contextmanager
    def at(self, stage):
        """Measures there meanwhile."""
        before, self.stage = self.stage, stage
        yield
        self.stage = before

    @property
    def is_whole(self):
        return self.size_name == scenarios.WHOLE and not self.options.only

    def chosen(self):
        """With --only: those, what they are compared with and what they need."""
        all_of_size = scenarios.of_size(self.size_name)
        if not self.options.only:
            return all_of_size
        wanted = set(self.options.only.split(","))
        for name in list(wanted):
            one = scenarios.BY_NAME.get(name)
            if one is None:
                raise SystemExit(f"bench.py: there is no scenario {name}")
            wanted |= {other for other in (one.control, one.knee_of) if other}
        return [one for one in all_of_size if one.name in wanted]

    def round(self, number, leaves):
        """Those that leave work behind come after all others."""
        for scenario in self.chosen():
            if scenario.leaves != leaves or (number and not scenario.repeats):
                continue
            if scenario.knee_of and scenario.knee_of not in self.results["knees"]:
                self.find_knee(scenario)
            self.measure_control(scenario, number)
            self.run_and_end(scenario, number)
            self.measure_page_again(scenario)
            if scenario.grows and self.little:
                with self.at(self.little):
                    self.run_and_end(scenario, report.LITTLE)

    def run_and_end(self, scenario, number):
        self.run(scenario, number)
        if scenario.leaves or scenario.name in ("live", "minute"):
            self.end_unpaid(scenario)

    def measure_control(self, scenario, number):
        """Right before what is compared with it: the machine drifts by a quarter within an
        hour. A page far above its knee is held against the same page before and after."""
        control = scenarios.BY_NAME.get(scenario.control)
        if self.is_whole and control in scenarios.CONTROLS:
            self.run(control, number, self.size.seconds / 4)
        elif self.is_whole and scenario.recovers and self.rates.get(control.name):
            self.measure_page_now(control)

    def measure_page_now(self, page):
        """What it reached before stands where its client fails: an hour's run goes on."""
        try:
            client = self.ask_at(page, None, self.size.seconds / 2)
        except ClientFailed as failed:
            self.results["failed"][f"{page.name} now"] = str(failed)
            return
        self.rates[page.name] = client["units_per_s"]
        self.say(f"{page.name:14} {client['units_per_s']:>8,.0f}/s now")

    def measure_page_again(self, scenario):
        """Within the half minute that an overload takes it drifts as well."""
        run = next(iter(self.results["runs"][-1:]), {})
        if self.is_whole and scenario.recovers and run.get("scenario") == scenario.name:
            self.measure_page_now(scenarios.BY_NAME[scenario.control])
            run["control_rate"] = (run["control_rate"] + self.rates[scenario.control]) / 2

    def end_unpaid(self, scenario):
        ended, left = unpaid.end(self.stage.till, self.size.patience)
        if left:
            self.results["failed"][f"the unpaid of {scenario.name}"] = f"{left} were left"
        elif ended:
            self.say(f"{'':14} {ended:>8,} orders that nobody pays were ended")

    def run(self, scenario, number, seconds=None):
        """One measurement, once more when others had too much of the machine."""
        for attempt in range(1, TRIES + 1):
            try:
                run = self.measure(scenario, seconds)
            except ClientFailed as failed:
                self.results["failed"][scenario.name] = str(failed)
                self.say(f"{scenario.name:14} FAILED: {failed}")
                return
            run |= {"round": number, "attempt": attempt,
                    "rejected": run["foreign"] > FOREIGN_MAX,
                    "control_rate": self.rates.get(scenario.control)}
            self.results["runs"].append(run)
            self.save()
            if number != report.LITTLE:
                self.rates[scenario.name] = run["client"]["units_per_s"]
            self.say(report.line_of(run)
                     + ("  with few orders" if number == report.LITTLE else ""))
            if not run["rejected"] or self.size_name == scenarios.SMOKE:
                return
            self.say(f"{'':14} others had {run['foreign']:.0%} of the machine"
                     + (": once more" if attempt < TRIES and self.size_name
                        == scenarios.WHOLE else ""))
            if self.size_name != scenarios.WHOLE:
                return

    # ---- the knee ----

    def find_knee(self, scenario):
        """Of the page that this one asks for; once, for all rounds."""
        name, search = scenario.knee_of, self.size.search
        if not self.rates.get(name) or f"the knee of {name}" in self.results["failed"]:
            return
        few = scenario._replace(connections=KNEE_CONNECTIONS)
        for _ in range(TRIES if self.size_name == scenarios.WHOLE else 1):
            before = samples.Sample(self.stage.till, self.stage.sessions())
            try:
                found = knee.find(self.rates[name], lambda rate: self.ask_at(
                    few, rate, search.seconds), search.factor)
            except ClientFailed as failed:
                self.results["failed"][f"the knee of {name}"] = str(failed)
                return
            after = samples.Sample(self.stage.till, self.stage.sessions())
            found["foreign"] = round(after.foreign_since(before)[0], 3)
            self.results["knees"][name] = found
            self.say(report.line_of_knee(name, found))
            if found["foreign"] <= FOREIGN_MAX:
                return
            self.say(f"{'':14} others had {found['foreign']:.0%} of the machine")

    def crowd_of(self, scenario):
        """Twice as many visitors at a time, as long as that brings a fifth more."""
        if scenario.name not in self.crowds:
            best, most = CROWDS[0], 0
            for n in CROWDS:
                client = self.ask_at(scenario._replace(connections=n), None,
                                     CROWD_SECONDS)
                if client["units_per_s"] <= most * CROWD_GAIN:
                    break
                best, most = n, client["units_per_s"]
            self.crowds[scenario.name] = best
            self.say(f"{scenario.name:14} {best:>8} at a time")
        return self.crowds[scenario.name]

    def ask_at(self, scenario, rate, seconds):
        """A client's report of so many units a second, None of a closed loop; nothing is
        measured beside it."""
        told = self.folder / "step.json"
        told.unlink(missing_ok=True)
        self.watch(self.command(scenario._replace(rate=rate, knee_of=None), seconds, told,
                                self.size.search.warmup),
                   seconds + GRACE)
        return json.loads(told.read_text())

    def recovery(self, scenario, since):
        """Seconds from the end of the load to the end of the first good second at half of
        the knee, those of the client that drains the load and of preparing among them."""
        calm = scenario._replace(connections=16)
        rate = self.knee_now(scenario.knee_of) / 2
        while True:
            good = knee.is_good(self.ask_at(calm, rate, min(1, self.size.seconds)))
            took = time.monotonic() - since
            if good or took > RECOVERY_MAX:
                return round(took, 1)

    # ---- one measurement ----

    def measure(self, scenario, seconds=None):
        if scenario.crowds and self.size_name != scenarios.SMOKE:
            scenario = scenario._replace(connections=self.crowd_of(scenario))
        stage, told = self.stage, self.folder / "client.json"
        told.unlink(missing_ok=True)
        seconds = seconds or scenarios.seconds_of(scenario, self.size_name)
        load = os.getloadavg()[0]
        before, after = self.watch(self.command(scenario, seconds, told),
                                   seconds + scenarios.warmup_of(scenario, self.size_name)
                                   + GRACE)
        client = json.loads(told.read_text())
        recovered = {"recovery_s": self.recovery(scenario, before.at + seconds)
                     } if scenario.recovers else {}
        left = stage.rest(self.size.patience)
        rested = samples.Sample(stage.till, stage.sessions())
        foreign, steal = after.foreign_since(before)
        cost = rested.since(before)
        cost["cpu_s"]["client"] = after.since(before)["cpu_s"]["client"]
        run = {"scenario": scenario.name, "client": client, **cost, **recovered,
               "foreign": round(foreign, 3), "steal": round(steal, 3),
               "load_before": load, "left_to_do": left}
        if scenario.name == "sell_out":
            run["left"] = stage.left_of("scarce")
        return run

    def watch(self, words, seconds):
        """Runs a client; samples from where it says that it measures to where it ends."""
        if not pathlib.Path(words[0]).exists():
            raise ClientFailed(f"{words[0]} is not built")
        with open(self.folder / "client.log", "w+", encoding="utf-8") as log:
            process = subprocess.Popen([str(word) for word in words], text=True,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=log, start_new_session=True)
            watchdog = threading.Timer(seconds, process.kill)
            watchdog.start()
            try:
                before, after = self.follow(process)
            except BaseException:
                process.kill()
                raise
            finally:
                watchdog.cancel()
                process.stdout.close()
                code = process.wait()
            log.seek(0)
            if code != 0:
                raise ClientFailed(f"exit {code}: {log.read().strip()[-300:]}")
        return before, after

    def follow(self, process):
        sessions = self.stage.sessions(client=process.pid)
        before, after = samples.Sample(self.stage.till, sessions), None
        for line in process.stdout:
            if line.strip() == "measuring":
                before = samples.Sample(self.stage.till, sessions)
            elif line.strip() == "measured":
                after = samples.Sample(self.stage.till, sessions)
        # not yet waited for, it still tells its seconds
        return before, after or samples.Sample(self.stage.till, sessions)

    def command(self, scenario, seconds, told, warmup=None):
        stage, env = self.stage, self.stage.till.env
        keys = stage.till.var / "keys"
        common = ["--connections", scenarios.connections_of(scenario, self.size_name),
                  "--seconds", seconds, "--warmup",
                  scenarios.warmup_of(scenario, self.size_name) if warmup is None else warmup,
                  "--json", told]
        if scenario.is_raw:
            return [PROGRAMS / "till_bench_raw", "--database", env["TILL_DB_SOCKET"],
                    "--user", "till_owner", "--password-file", keys / "owner.password",
                    *common, *(["--hot"] if scenario.client == "raw_hot" else [])]
        words = {"acks": stage.acks, "secret": keys / "stripe-webhooks",
                 "think": scenarios.THINK_MS[self.size_name],
                 "spread": scenarios.SPREAD_S[self.size_name], "prepare": self.size.prepare,
                 **{name: stage.bench / name for name in ("skus", "hot", "scarce")}}
        rate = self.rate_of(scenario)
        return [PROGRAMS / "till_bench_client", "--url", stage.till.url, "--ca",
                env["TILL_CA"], "--scenario", scenario.client, *common,
                *([] if rate is None else ["--rate", round(rate, 2)]),
                *(word.format(**words) for word in scenario.more)]

    def rate_of(self, scenario):
        if scenario.knee_of is None:
            return scenario.rate
        return self.knee_now(scenario.knee_of) * scenario.times

    def knee_now(self, name):
        """Found in the first round; the machine drifts since, and the closed loop with it."""
        found = self.results["knees"].get(name)
        if found is None:
            raise ClientFailed(f"there is no knee of {name}")
        return found["rate"] * self.rates[name] / found["peak"]

    # ---- beside the large shop ----

    def measure_memory(self):
        """What 64 children that have worked keep to themselves."""
        for name in plan.MEMORY:
            self.run(scenarios.BY_NAME[name], report.BESIDE, plan.MEMORY_S)
        self.results["crowded"] = samples.memory(self.stage.sessions())

    # ---- the end ----

    def save(self, name="results.json"):
        """All that is known so far, so that a run which is cut short is not lost."""
        path = self.folder / name
        path.write_text(json.dumps(self.results, indent=1) + "\n")
        return path

    def tell(self, name="results.json"):
        path = self.save(name)
        print(report.table(self.results))
        print(f"\n{path}")
        if self.options.write:
            write_results(self.results, self.folder)
        return 0 if report.is_good(self.results) else 1


def write_results(results, folder):
    """With the soak that was measured last."""
    path = pathlib.Path(__file__).resolve().parent / "RESULTS.md"
    soak = folder / SOAK_FILE
    if soak.exists():
        results["soak"] = json.loads(soak.read_text())
    path.write_text(results_page.markdown(results))
    print(path)


def read_options():
    parser = argparse.ArgumentParser(description="Measures the shop beside its controls.")
    parser.add_argument("--quick", dest="size", action="store_const",
                        const=scenarios.QUICK, default=scenarios.WHOLE)
    parser.add_argument("--smoke", dest="size", action="store_const",
                        const=scenarios.SMOKE, help="whether it works; no figure counts")
    parser.add_argument("--runs", type=int, default=1, help="rounds of everything (1)")
    parser.add_argument("--only", help="names of scenarios, with commas between them")
    parser.add_argument("--soak", type=float, metavar="MINUTES",
                        help="an hour of orders and nothing else; 100 minutes are 100,000")
    parser.add_argument("--write", action="store_true", help="renders RESULTS.md")
    parser.add_argument("--render", help="results.json of an earlier run; measures nothing")
    parser.add_argument("--folder", default=str(shop.BUILD / "bench"))
    options = parser.parse_args()
    if options.only == scenarios.SOAK.name:
        options.only, options.soak = None, options.soak or 60
    if options.soak and (options.only or options.write):
        parser.error("--soak is measured alone; --render writes it into RESULTS.md")
    return options


def main():
    options = read_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if options.render:
        results = json.loads(pathlib.Path(options.render).read_text())
        print(report.table(results))
        if options.write:
            write_results(results, pathlib.Path(options.render).parent)
        return 0
    return Bench(options).go()


if __name__ == "__main__":
    sys.exit(main())
