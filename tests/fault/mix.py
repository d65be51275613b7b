#!/usr/bin/python3
"""mix.py - shoppers of every kind (crowd.py) buy in one shop while everything that can
break does (nemesis.py), all drawn from a seed; in the end all is healed, comes to rest, and
clients, gateway and books must tell one story (checker.py).

    make fault MINUTES=60 SEED=7
    tests/fault/mix.py --only db-kill --cycles 100
    tests/fault/mix.py --only worker-kill --cycles 100
"""
import argparse
import collections
import json
import pathlib
import secrets
import shutil
import signal
import sys
import time

import checker
import nemesis
from client import Acks
from crowd import Crowd
from house import House

RECOVERY_MAX = 60  # seconds from a heal to the next payment that is answered


class Run:
    def __init__(self, options):
        self.options = options
        self.only = nemesis.ONLY.get(options.only)
        self.kills = collections.Counter()
        self.recoveries = []  # (seconds, after what)
        self.failures = []
        self.number = 0

    def say(self, what):
        print(f"{time.monotonic() - self.began:7.1f}  {what}", flush=True)

    def go(self):
        self.began = time.monotonic()
        print(f"seed {self.options.seed}", flush=True)
        with House() as house:
            house.sandbox("PUT", "config", {"hold_ms": 8000, "late_delay_ms": 3000,
                                            "retry_schedule_ms": [0, 1000, 5000, 30000]})
            acks = Acks(house.folder / "acks.jsonl")
            crowd = Crowd(house, self.options.seed, self.options.shoppers, acks)
            crowd.start()
            self.torment(house, crowd)
            nemesis.heal(house)
            self.say("everything is healed")
            if not crowd.leave(120):
                self.failures.append("shoppers were still waiting 120 s after the end")
            left = checker.wait_for_quiet(house, self.say)
            if left:
                self.failures.append(f"never came to rest: {left}")
            self.say("at rest")
            found = checker.check(house, acks)
            good = self.report(house, crowd, found)
            if not good:
                self.keep(house, acks)
        return good

    def over(self):
        if self.options.cycles:
            return self.number >= self.options.cycles
        return time.monotonic() - self.began > self.options.minutes * 60

    def torment(self, house, crowd):
        self.wait_for_success(crowd, time.monotonic(), "the start")
        for group in nemesis.deeds(self.options.seed, self.only):
            if self.over():
                return
            self.number += 1
            what = " and ".join(str(deed) for _, deed in group)
            if not self.only or self.number % 10 == 0:
                self.say(f"{self.number}: {what}")
            self.failures += nemesis.commit(house, group)
            for deed, how in group:
                self.kills[f"{deed.__name__} {how.word}".strip()] += 1
            self.wait_for_success(crowd, time.monotonic(), what)
            time.sleep(self.options.pause)

    def wait_for_success(self, crowd, healed, what):
        while True:
            first = crowd.tally.first_success_after(healed)
            if first is not None:
                self.recoveries.append((first - healed, what))
                return
            if time.monotonic() - healed > RECOVERY_MAX:
                self.failures.append(f"no payment for {RECOVERY_MAX} s after {what}")
                return
            time.sleep(0.02)

    def report(self, house, crowd, found):
        tally = crowd.tally
        slowest = sorted(self.recoveries, reverse=True)[:3]
        acknowledged = found.figures["orders acknowledged"]
        unresolved = house.number("SELECT COUNT(*) FROM payment_attempt"
                                  " WHERE state IN ('sent', 'unknown')")
        doubtful = sum(n for what, n in tally.count.items()
                       if "202" in what or "uncertain" in what or "lost" in what)
        print(f"""
seed                       {self.options.seed}
deeds                      {self.number} in {time.monotonic() - self.began:.0f} s
orders acknowledged        {acknowledged}
  seen confirmed           {found.figures['confirmations acknowledged']}
lost                       {found.n('lost')}
charged twice              {found.n('charged twice')}
oversold                   {found.n('oversold')}
answers in doubt           {doubtful}, of attempts without an answer {unresolved} are left
broken invariants          {found.n('broken invariants')} ({found.figures['till verify']})
orders confirmed           {found.figures['orders confirmed']}
events of the gateway      {found.figures['events of the gateway']}, missing {found.n('events that never came')}
charges that stand         {found.figures['charges that stand']}
slowest recovery           {slowest[0][0]:.1f} s, after {slowest[0][1]}""")
        for seconds, what in slowest[1:]:
            print(f"                           {seconds:.1f} s, after {what}")
        if acknowledged and not found.n("lost"):
            print(f"bound                      with 0 of {acknowledged} lost, at most"
                  f" {3 / acknowledged:.1e} of orders are (95 %, 3/n)")
            if self.only:
                print(f"                           and at most {3 / self.number:.1e} of such"
                      " kills lose one")
        print("\ndeeds by kind")
        for what, n in sorted(self.kills.items()):
            print(f"  {n:5} {what}")
        print("\nwhat shoppers met")
        for what, n in sorted(tally.count.items()):
            print(f"  {n:5} {what}")
        wrong = dict(found.wrong)
        for failed in self.failures:
            wrong.setdefault("the run itself", []).append(failed)
        for surprise in tally.surprises:
            wrong.setdefault("surprises", []).append(surprise)
        return self.tell(wrong)

    def tell(self, wrong):
        wrong = {what: which for what, which in wrong.items() if which}
        for what, which in wrong.items():
            print(f"\nWRONG: {what}: {len(which)}")
            for one in which[:10]:
                print(f"  {one if isinstance(one, str) else json.dumps(one)}")
        print("\nclients, gateway and books tell one story" if not wrong
              else f"\nFAILED; again with SEED={self.options.seed}")
        return not wrong

    def keep(self, house, acks):
        """What is needed to find out why."""
        to = pathlib.Path(self.options.keep or f"/tmp/till-mix.{self.options.seed}")
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(house.folder / "var" / "log", to / "log")
        shutil.copy(acks.path, to)
        (to / "ledger.json").write_text(json.dumps(house.sandbox("GET", "ledger"), indent=0))
        with open(to / "till.sql", "w", encoding="utf-8") as dump:
            house.dump(dump)
        print(f"logs, acknowledgements, the gateway's ledger and a dump are in {to}")


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", default=None)
    parser.add_argument("--only", choices=sorted(nemesis.ONLY))
    parser.add_argument("--cycles", type=int, default=0, help="ends after so many deeds")
    parser.add_argument("--shoppers", type=int, default=6)
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between deeds")
    parser.add_argument("--keep", help="folder for what a failed run leaves")
    parser.add_argument("--plan", type=int, metavar="N", help="prints the first N deeds only")
    chosen = parser.parse_args()
    chosen.seed = chosen.seed or secrets.token_hex(4)
    return chosen


def main():
    chosen = options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the shop is closed then
    if chosen.plan:
        for _, group in zip(range(chosen.plan), nemesis.deeds(
                chosen.seed, nemesis.ONLY.get(chosen.only))):
            print(" and ".join(str(deed) for _, deed in group))
        return 0
    return 0 if Run(chosen).go() else 1


if __name__ == "__main__":
    sys.exit(main())
