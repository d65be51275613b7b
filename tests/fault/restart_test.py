#!/usr/bin/python3
"""restart_test.py - under steady load every part of the shop is renewed, and no request is
lost: pools re-execute themselves, children leave and are recycled, nginx reloads
(reliability.md 3, rows 53, 57, 58). What is killed costs its own request at most."""
import collections
import concurrent.futures
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "http"))
import buyer  # noqa: E402
import shop  # noqa: E402

RATE = 120  # requests a second, sent when their time has come, however long others take
WORKERS = 24


def children_of(pid):
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] not in "ZX":
            found.append(int(stat.parent.name))
    return sorted(found)


class Load:
    """Open loop: reads and cart changes, each over a connection of its own."""

    def __init__(self, till, sku):
        self.till, self.sku = till, sku
        self.visitors = [buyer.Buyer(till) for _ in range(WORKERS)]
        self.added = collections.Counter()
        self.unsure = collections.Counter()
        self.failures, self.count = [], 0
        self.lock, self.going_on = threading.Lock(), True
        for visitor in self.visitors:
            visitor.put(sku)
            visitor.close()
        self.pool = concurrent.futures.ThreadPoolExecutor(WORKERS)
        self.began = time.monotonic()
        self.done = [self.pool.submit(self.work, n) for n in range(WORKERS)]

    def work(self, n):
        turn = n
        while self.going_on:
            time.sleep(max(0, self.began + turn / RATE - time.monotonic()))
            self.ask(n, turn)
            turn += WORKERS

    def ask(self, n, turn):
        visitor = self.visitors[n]
        kind = (turn // WORKERS + n) % 4
        try:
            if kind == 0:
                self.add(n, visitor)
            elif kind == 1:
                cart = visitor.must("GET", "/api/v1/cart", status=(200,))
                self.check(cart["items"][0]["quantity"] >= 1 + self.added[n], cart)
            else:
                answer = visitor.get("/" if kind == 2 else "/cart")
                self.check(answer.status == 200, answer.status)
                self.check(answer.body.rstrip().endswith(b"</html>"), "a page that was cut")
        except Exception as problem:  # whatever happens to a request is a failed one
            self.note(f"{kind}: {type(problem).__name__} {problem}")
        finally:
            visitor.close()
            with self.lock:
                self.count += 1

    def add(self, n, visitor):
        try:
            visitor.put(self.sku)
            self.added[n] += 1
        except Exception:
            self.unsure[n] += 1
            raise

    def check(self, true, what):
        if not true:
            raise AssertionError(what)

    def note(self, what):
        with self.lock:
            self.failures.append(f"at {time.monotonic() - self.began:.2f} s {what}")

    def end(self):
        self.going_on = False
        for each in self.done:
            each.result()
        self.pool.shutdown()

    def check_carts(self, test):
        """Each change that was answered is there, once; one without answer may be."""
        for n, visitor in enumerate(self.visitors):
            got = visitor.must("GET", "/api/v1/cart")["items"][0]["quantity"]
            visitor.close()
            test.assertGreaterEqual(got, 1 + self.added[n])
            test.assertLessEqual(got, 1 + self.added[n] + self.unsure[n])


class Restart(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.own = shop.OwnShop(TILL_RUN_RECYCLE_AFTER="60", TILL_RUN_SHOP_CHILDREN="4")
        cls.own.start()
        cls.till = cls.own.shop
        cls.sku = buyer.own(cls.till, "STEADY", 100000, per_order=9999)

    @classmethod
    def tearDownClass(cls):
        cls.own.__exit__()

    def line_of(self, unit):
        """How to run a part that is about to end once more."""
        process = pathlib.Path(f"/proc/{self.own.pid(unit)}")
        words = (process / "cmdline").read_bytes().split(b"\0")[1:-1]
        return [os.readlink(process / "exe"), *words]

    def revive(self, unit, line):
        with open(self.own.folder / "var" / "log" / f"{unit}.log", "ab") as log:
            again = subprocess.Popen(line, stdout=log, stderr=log)
        self.addClassCleanup(again.wait)
        self.addClassCleanup(again.terminate)

    def renewed(self, unit, before):
        """All the children of before are gone, and there are others."""
        now = children_of(self.own.pid(unit))
        return now and not set(before) & set(now)

    def renew(self, unit):
        before = children_of(self.own.pid(unit))
        os.kill(self.own.pid(unit), signal.SIGHUP)
        shop.wait_until(lambda: self.renewed(unit, before), f"{unit} is renewed", 30)

    def leave_one_by_one(self, unit):
        for child in children_of(self.own.pid(unit)):
            os.kill(child, signal.SIGTERM)
            shop.wait_until(lambda c=child: c not in children_of(self.own.pid(unit)),
                            f"{child} has left")

    def test_1_nothing_is_lost_while_every_part_is_renewed(self):
        load = Load(self.till, self.sku)
        first = set(children_of(self.own.pid("shop")))
        try:
            for unit in ("shop", "nginx", "work", "hook", "pay", "nginx", "shop"):
                self.renew(unit)
            self.leave_one_by_one("shop")
            shop.wait_until(lambda: load.count >= 300, "enough requests", 20)
        finally:
            load.end()
        self.assertEqual(load.failures, [])
        self.assertFalse(first & set(children_of(self.own.pid("shop"))))
        load.check_carts(self)

    def test_2_a_killed_child_costs_its_own_request_at_most(self):
        load = Load(self.till, self.sku)
        kills = 0
        try:
            while kills < 5:
                victim = children_of(self.own.pid("shop"))[0]
                os.kill(victim, signal.SIGKILL)
                kills += 1
                shop.wait_until(lambda v=victim: v not in children_of(self.own.pid("shop"))
                                and len(children_of(self.own.pid("shop"))) >= 4,
                                "another took its place")
        finally:
            load.end()
        self.assertLessEqual(len(load.failures), kills)
        load.check_carts(self)

    def test_3_children_are_recycled(self):
        before = children_of(self.own.pid("hook"))
        for _ in range(70 * len(before)):
            self.till.send("POST", "/webhooks/stripe", {}, "{}")
        shop.wait_until(lambda: set(children_of(self.own.pid("hook"))) - set(before),
                        "a new child in place of an old one")

    def test_4_payments_at_hand_are_answered_when_their_pool_ends(self):
        waiting = []
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            for _ in range(6):
                somebody = buyer.Buyer(self.till)
                self.addCleanup(somebody.close)
                somebody.put()
                somebody.start()
                waiting.append((somebody, somebody.offer(), buyer.new_key()))
            buyer.sandbox(self.till, "POST", "faults", {
                "gateway": "stripe", "method": "POST", "path": "/v1/checkout/sessions",
                "fault": "9006", "times": 6})
            answers = [pool.submit(one.pay, offer, key) for one, offer, key in waiting]
            shop.wait_until(lambda: buyer.number(
                self.till, "SELECT COUNT(*) FROM payment_attempt WHERE state = 'sent'"
                " AND gw_id IS NULL") >= 4, "they are at the gateway")
            line = self.line_of("pay")
            os.kill(self.own.pid("pay"), signal.SIGTERM)
            made = [answer.result() for answer in answers]
        self.assertTrue(all(one["redirect_url"] for one in made))
        refused = self.till.send("POST", "/api/v1/checkout/payment", {
            "Content-Type": "application/json"}, "{}")
        self.assertEqual(refused.status, 502)
        self.assertEqual(json.loads(refused.body)["code"], "unavailable")
        self.assertEqual(self.till.get("/cart").status, 200, "the rest of the shop is open")
        self.revive("pay", line)
        shop.wait_until(lambda: self.till.send("POST", "/api/v1/checkout/payment", {
            "Content-Type": "application/json"}, "{}").status == 400, "pay is back")
        for (one, offer, key), first in zip(waiting, made):
            one.close()
            self.assertEqual(one.pay(offer, key), first)

    def test_5_without_its_database_the_shop_says_so_and_comes_back(self):
        pid = self.own.pid("mariadb")
        line = self.line_of("mariadb")
        body = json.dumps({"id": "evt_down", "object": "event", "type": "x", "created": 1,
                           "livemode": False, "data": {"object": {}}}).encode()
        secret = buyer.webhook_secret(self.till)

        def hook():
            return self.till.send("POST", "/webhooks/stripe", {
                "Stripe-Signature": buyer.signature(secret, body)}, body)

        os.kill(pid, signal.SIGTERM)
        shop.wait_until(lambda: not pathlib.Path(f"/proc/{pid}/cmdline").exists()
                        or not pathlib.Path(f"/proc/{pid}/cmdline").read_bytes(), "it ended")
        for path, status in (("/", 503), ("/cart", 503), ("/api/v1/cart", 503),
                             ("/health/ready", 503), ("/health/live", 200), ("/help", 200)):
            cookie = f"__Host-till={'A' * 43}"
            answer = self.till.get(path, Cookie=cookie)
            self.assertEqual(answer.status, status, f"{path} {answer.text[:200]}")
            if status == 503:
                self.assertTrue(answer.header("retry-after"), path)
        self.assertEqual(hook().status, 503)
        self.revive("mariadb", line)
        shop.wait_until(lambda: self.till.get("/health/ready").status == 200, "ready", 20)
        self.assertEqual(self.till.get("/").status, 200)
        self.assertEqual(hook().status, 200)
        buyer.verify(self, self.till, wait=10)


if __name__ == "__main__":
    unittest.main()
