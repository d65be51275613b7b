#!/usr/bin/python3
"""machine_test.py - what befalls a process that answers: a request that kills it, no memory,
calls that fail or do half, no descriptors (reliability.md 3.1, rows 14 to 19). What befalls
the disk stands in storage_test.py. TILL_FAULT_ACTIONS=all takes every nth call."""
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import unittest

import checker
import house
import points
from armed import FAULT_BUILD
from client import Acks
from payer import LATER, Payer
from unlucky import Unlucky

import buyer  # house.py shows the way to tests/http
import shop

ALL = bool(os.environ.get("TILL_FAULT_ACTIONS"))
MEMORY_CGROUP = pathlib.Path("/sys/fs/cgroup/memory")


class Machine(Payer):
    """One shop for all of them, with its fault points and unlucky pools."""

    @classmethod
    def setUpClass(cls):
        cls.house = house.House(line=False, TILL_BUILD=str(FAULT_BUILD),
                                TILL_RUN_SHOP_CHILDREN="2", TILL_RUN_PAY_CHILDREN="1",
                                TILL_RUN_PAY_CHILDREN_MAX="4")
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()
        cls.till = cls.house.till
        cls.points = points.Points(cls.house.run_dir)
        cls.pay = Unlucky(cls.house, "pay")
        cls.acks = Acks(cls.house.folder / "acks.jsonl")
        cls.addClassCleanup(cls.acks.close)
        shop.wait_until(cls.house.ready, "the pool is back", 20)
        cls.sell()

    def tearDown(self):
        self.pay.still()
        self.points.disarm("handler_begin")

    # ---- what is left of a death ----

    def log(self, unit):
        return (self.house.folder / "var" / "log" / f"{unit}.log").read_text()

    def kept(self):
        return json.loads(self.house.command("crash", "list", "--json").stdout)

    def shown(self, name):
        return subprocess.run([self.till.env["TILL_BIN"], "crash", "show", name, "--config",
                               str(self.house.direct)], stdout=subprocess.PIPE, check=True,
                              timeout=20).stdout

    def died(self, unit, before, number):
        """A child ended by this signal, and there are as many as before."""
        shop.wait_until(lambda: len(self.house.children(unit)) >= len(before)
                        and set(self.house.children(unit)) - set(before), "a new child")
        gone = set(before) - set(self.house.children(unit))
        self.assertEqual(len(gone), 1, "one child died")
        self.assertIn(f'"pid":"{gone.pop()}","signal":"{number}"', self.log(unit))

    # ---- rows 14 and 19 ----

    def poison(self, action, number):
        before, asked = self.house.children("shop"), "/products/payer?poison=1"
        fired, kept = self.points.fired("handler_begin"), len(self.kept())
        self.points.arm("handler_begin", action, times=100)
        try:
            answer = self.till.send("GET", asked, {"X-Strange": "\x7f\xe9" * 9,
                                                   "Cookie": "secret=of-a-person"})
        finally:
            self.points.disarm("handler_begin")
        self.assertEqual(answer.status, 502)
        self.assertEqual(self.points.fired("handler_begin"), fired + 1, "nobody else met it")
        self.died("shop", before, number)
        self.assertEqual(self.till.get("/products/payer").status, 200)
        crashes = self.kept()
        self.assertEqual(len(crashes), kept + 1)
        self.assertEqual(crashes[-1]["signal"], number)
        return crashes[-1]["name"]

    def test_14_a_request_that_crashes_its_process_costs_one_answer_and_is_kept(self):
        name = self.poison("crash", signal.SIGSEGV)
        request = self.shown(name)
        self.assertIn(b"REQUEST_METHOD=GET\n", request)
        self.assertIn(b"QUERY_STRING=poison=1\n", request)
        self.assertIn(b"HTTP_X_STRANGE=" + b"\x7f\xe9" * 9 + b"\n", request)
        self.assertTrue(request.endswith(b"\n\n"))
        sealed = (self.house.run_dir / "crash" / name).read_bytes()
        self.assertNotIn(b"poison", sealed)
        self.assertNotIn(b"of-a-person", sealed)
        self.assertEqual((self.house.run_dir / "crash" / name).stat().st_mode & 0o007, 0)
        self.assertNotIn("of-a-person", self.log("shop"))

    def test_14_the_body_of_a_payment_that_crashes_is_kept_and_the_next_try_pays(self):
        one = self.shopper()
        offer, key = one.offer(), buyer.new_key()
        before = self.house.children("pay")
        self.points.arm("handler_begin", "crash")
        status, _ = self.ask(one, offer, key)
        self.assertEqual(status, 502)
        self.died("pay", before, signal.SIGSEGV)
        request = self.shown(self.kept()[-1]["name"])
        self.assertEqual(json.loads(request.partition(b"\n\n")[2]), offer)
        self.assertEqual(self.orders_of(key), 0)
        self.confirmed(one, self.pays_in_the_end(one, offer, key))

    def test_a_payment_whose_process_was_killed_is_tried_again_at_once(self):
        one = self.shopper()
        offer, key = one.offer(), buyer.new_key()
        self.points.arm("place_committed", "kill")
        self.assertEqual(self.ask(one, offer, key)[0], 502)
        status, said = self.ask(one, offer, key)
        self.assertEqual(status, 201, said)
        self.confirmed(one, self.pays_in_the_end(one, offer, key))

    def test_19_a_promise_that_does_not_hold_ends_the_process_in_the_shipped_build_too(self):
        self.poison("break", signal.SIGABRT)
        self.assertIn("Assertion `action != FAULT_BREAK' failed", self.log("shop"))

    # ---- rows 15 and 16 ----

    def calls(self, kind):
        """How many calls of this kind a payment makes at least: the first of a process
        makes more."""
        counts = []
        for _ in range(2):
            one = self.shopper()
            offer, key = one.offer(), buyer.new_key()
            with self.pay.armed(kind, "EIO", 0):
                self.pays_in_the_end(one, offer, key)
            counts.append(self.pay.passed)
        return min(counts)

    def chosen(self, n, samples):
        return range(1, n + 1) if ALL else sorted({
            1 + i * (n - 1) // max(samples - 1, 1) for i in range(samples)})

    def bad_luck(self, kind, how, samples):
        """A payment at each chosen call of which something goes wrong."""
        hits = 0
        for nth in self.chosen(self.calls(kind), samples):
            with self.subTest(kind=kind, how=how, nth=nth):
                one = self.shopper()
                offer, key = one.offer(), buyer.new_key()
                with self.pay.armed(kind, how, nth):
                    status, said = self.ask(one, offer, key)
                hits += self.pay.hit
                self.assertIn(status, (200, 201, 202, *LATER), said)
                self.confirmed(one, self.pays_in_the_end(one, offer, key))
        self.assertGreater(hits, 0, "it met a payment")

    def test_15_a_payment_without_memory_at_any_call_is_made_once(self):
        self.bad_luck("memory", "ENOMEM", 8)

    def test_16_a_payment_whose_reading_fails_or_stops_at_any_call_is_made_once(self):
        for how in ("EIO", "ECONNRESET", "part"):
            self.bad_luck("reading", how, 2)

    def test_16_a_payment_whose_writing_fails_or_stops_at_any_call_is_made_once(self):
        for how in ("EIO", "ENOSPC", "part"):
            self.bad_luck("writing", how, 2)

    def test_16_a_payment_that_cannot_open_a_file_or_socket_is_made_once(self):
        self.bad_luck("opening", "EIO", 1)

    # ---- rows 17 and 18 ----

    def limit(self, unit, which, more=0):
        """What the children of a pool have now is all they get, and this much more."""
        before = self.house.children(unit)
        for child in before:
            now = (self.free_descriptor(child) if which == resource.RLIMIT_NOFILE else int(
                pathlib.Path(f"/proc/{child}/statm").read_text().split()[0])
                * resource.getpagesize())
            resource.prlimit(child, which, (now + more, now + more))
        return before

    def free_descriptor(self, child):
        taken = set(map(int, os.listdir(f"/proc/{child}/fd")))
        return next(n for n in range(len(taken) + 1) if n not in taken)

    def end(self, before):
        """Those of before that are still there leave; others take their place."""
        for child in set(before) & set(self.house.children("pay")):
            os.kill(child, signal.SIGTERM)
        shop.wait_until(lambda: self.house.children("pay")
                        and not set(before) & set(self.house.children("pay")), "new children")

    def test_17_without_descriptors_children_say_so_and_leave_and_the_payment_is_made(self):
        one = self.shopper()
        offer, key = one.offer(), buyer.new_key()
        before = self.limit("pay", resource.RLIMIT_NOFILE)
        order = self.pays_in_the_end(one, offer, key)
        self.assertIn('"descriptors.none","why":"Too many open files"', self.log("pay"))
        self.assertNotEqual(set(before) - set(self.house.children("pay")), set())
        self.confirmed(one, order)
        self.end(before)

    def test_17_with_one_descriptor_left_the_payment_is_made_once(self):
        for more in (1, 2) if ALL else (1,):
            one = self.shopper()
            offer, key = one.offer(), buyer.new_key()
            before = self.limit("pay", resource.RLIMIT_NOFILE, more)
            status, said = self.ask(one, offer, key)
            self.assertIn(status, (200, 201, 202, *LATER), said)
            self.end(before)
            self.confirmed(one, self.pays_in_the_end(one, offer, key))

    def test_18_a_memory_limit_ends_the_process_that_meets_it_and_the_next_one_works(self):
        one = self.shopper()
        order = self.pays_in_the_end(one, one.offer(), buyer.new_key())
        before = self.limit("hook", resource.RLIMIT_AS)
        large = b'{"id":"evt_large","x":"' + b"y" * 200000 + b'"}'
        answer = self.till.send("POST", "/webhooks/stripe", {
            "Content-Type": "application/json", "Stripe-Signature": buyer.signature(
                buyer.webhook_secret(self.till), large)}, large)
        self.assertEqual(answer.status, 502, answer.text)
        self.died("hook", before, signal.SIGABRT)
        self.assertIn('"arena.exhausted","why":"out of memory"', self.log("hook"))
        self.assertIn(b"REQUEST_URI=/webhooks/stripe\n", self.shown(self.kept()[-1]["name"]))
        self.confirmed(one, order)

    @unittest.skipUnless(ALL and os.access(MEMORY_CGROUP, os.W_OK), "make fault, as root")
    def test_18_a_payment_whose_process_the_kernel_ends_for_memory_is_made_once(self):
        group = MEMORY_CGROUP / f"till-{os.getpid()}"
        group.mkdir()
        self.addCleanup(group.rmdir)
        one = self.shopper()
        offer, key = one.offer(), buyer.new_key()
        before = self.house.children("pay")
        for child in before:
            (group / "cgroup.procs").write_text(str(child))
        (group / "memory.limit_in_bytes").write_text("4096")
        self.assertIn(self.ask(one, offer, key)[0], LATER)
        self.died("pay", before, signal.SIGKILL)
        self.end(before)
        self.confirmed(one, self.pays_in_the_end(one, offer, key))

    # ---- all of them ----

    def test_90_clients_gateway_and_books_tell_one_story(self):
        self.house.crashes = list  # they are what was asked for
        self.assertEqual(checker.wait_for_quiet(self.house, seconds=60), [])
        found = checker.check(self.house, self.acks)
        self.assertEqual({what: which for what, which in found.wrong.items() if which}, {})
        self.assertGreater(found.figures["orders acknowledged"], 10)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the shop is closed then
    unittest.main()
