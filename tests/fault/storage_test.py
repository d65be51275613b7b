#!/usr/bin/python3
"""storage_test.py - what befalls the disk of the database and of nginx: it fails, it is full,
it is slow (reliability.md 3.1, rows 26 to 29). strace lies to them about their calls. Low
disks and full logs stand in disk_test.py. TILL_FAULT_ACTIONS=all does what takes long, too."""
import concurrent.futures
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import unittest

import checker
import house
from client import Acks
from payer import LATER, Payer

import buyer  # house.py shows the way to tests/http
import shop

ALL = bool(os.environ.get("TILL_FAULT_ACTIONS"))
SLOW_S = 0.15
DISK = "400m"


def is_traced(pid):
    return all("TracerPid:\t0\n" not in (task / "status").read_text()
               for task in pathlib.Path(f"/proc/{pid}/task").iterdir())


@contextlib.contextmanager
def lied_to(pid, calls, how, *more):
    """A process of which these calls end like this, or last longer."""
    tracer = subprocess.Popen(
        ["strace", "-f", "-qq", "-o", "/dev/null", *more, "-e", f"trace={calls}", "-e",
         "signal=none", "-e", f"inject={calls}:{how}", "-p", str(pid)],
        stderr=subprocess.DEVNULL)
    try:
        shop.wait_until(lambda: is_traced(pid), "it is traced", 20)
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(20)


class Story(Payer):
    """A shop and what was told in it; the last test holds it against the books."""

    @classmethod
    def open(cls, **settings):
        cls.house = house.House(line=False, **settings)
        cls.addClassCleanup(cls.house.__exit__)
        cls.start()
        cls.till = cls.house.till
        cls.acks = Acks(cls.house.folder / "acks.jsonl")
        cls.addClassCleanup(cls.acks.close)
        cls.sell()

    @classmethod
    def start(cls):
        cls.house.start()

    def database_is_back(self):
        self.house.revive("mariadb")
        self.house.wait_database()

    def told_once(self):
        self.assertEqual(checker.wait_for_quiet(self.house, seconds=60), [])
        found = checker.check(self.house, self.acks)
        self.assertEqual({what: which for what, which in found.wrong.items() if which}, {})
        self.assertGreater(found.figures["orders acknowledged"], 0)


class Storage(Story):
    @classmethod
    def setUpClass(cls):
        cls.open()

    def test_26_a_database_whose_disk_cannot_keep_a_commit_ends_and_the_payment_is_made(self):
        one = self.shopper()
        offer, key = one.offer(), buyer.new_key()
        pid = self.house.pid("mariadb")
        with lied_to(pid, "fsync,fdatasync", "error=EIO"):
            status, said = self.ask(one, offer, key)
            self.assertIn(status, LATER, said)
            self.house.wait_gone(pid)
        self.database_is_back()
        self.assertLessEqual(self.orders_of(key), 1)
        self.confirmed(one, self.pays_in_the_end(one, offer, key))

    @unittest.skipUnless(ALL, "waits for the client's own limits: make fault")
    def test_28_a_commit_that_waits_for_room_for_its_log_is_told_as_unsure_and_made_once(self):
        one = self.shopper()
        offer, key = one.offer(), buyer.new_key()
        log = self.house.as_admin("SHOW MASTER STATUS")[0].split()[0]
        pid = self.house.pid("mariadb")
        with lied_to(pid, "write,pwrite64", "error=ENOSPC", "-P",
                     self.house.folder / "var" / "db" / log):
            status, said = self.ask(one, offer, key)
            self.assertEqual(status, 503, said)
            self.assertLessEqual(self.orders_of(key), 1)
        self.house.kill("mariadb")  # it looks for room once a minute
        self.database_is_back()
        self.confirmed(one, self.pays_in_the_end(one, offer, key))

    def test_28_nginx_needs_no_room_on_disk_for_the_largest_body_nor_for_an_order(self):
        large = b"x" * 250000
        with contextlib.ExitStack() as stack:
            for worker in self.house.children("nginx"):
                # with pwrite64 it writes what it puts aside, and nothing else
                stack.enter_context(lied_to(worker, "pwrite64", "error=ENOSPC"))
            answer = self.till.send("POST", "/webhooks/stripe", {}, large)
            self.assertEqual(answer.status, 400, "it was read whole and is not signed")
            one = self.shopper()
            self.confirmed(one, self.pays_in_the_end(one, one.offer(), buyer.new_key()))

    def test_29_on_a_slow_disk_everybody_waits_longer_and_buys(self):
        people = [self.shopper() for _ in range(3)]
        offers = [one.offer() for one in people]

        def pay(one, offer):
            began = time.monotonic()
            status, said = self.ask(one, offer, buyer.new_key())
            return status, said, time.monotonic() - began

        with lied_to(self.house.pid("mariadb"), "fsync,fdatasync",
                     f"delay_exit={int(SLOW_S * 1e6)}"):
            with concurrent.futures.ThreadPoolExecutor(len(people)) as pool:
                answers = list(pool.map(pay, people, offers))
            for one, (status, said, seconds) in zip(people, answers):
                self.assertIn(status, (201, 202), said)
                self.assertGreater(seconds, SLOW_S)
                self.acks.note("placed", said["order"]["id"], said["order"]["total"]["amount"])
                self.house.press(said["order"])
            for one, (_, said, _) in zip(people, answers):
                self.confirmed(one, said["order"])

    def test_90_clients_gateway_and_books_tell_one_story(self):
        self.told_once()


@unittest.skipUnless(ALL, "a second shop, on a disk of its own: make fault")
class FullDisk(Story):
    """Everything of the shop lies on one small disk."""

    @classmethod
    def setUpClass(cls):
        cls.open(TILL_DISK_FREE_MB="1", TILL_DISK_FREE_PERCENT="0")

    @classmethod
    def start(cls):
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none",
                           cls.house.folder], stderr=subprocess.DEVNULL).returncode:
            raise unittest.SkipTest("nothing can be mounted here")
        cls.house.start()

    @classmethod
    def tearDownClass(cls):
        cls.acks.close()
        cls.house.stop()
        subprocess.run(["umount", "-l", cls.house.folder], check=True)

    def fill(self):
        with open(self.house.folder / "large", "wb", buffering=0) as file, \
                contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))

    def test_27_a_full_disk_loses_nothing_and_with_room_again_the_payment_is_made(self):
        before, one = self.shopper(), self.shopper()
        self.confirmed(before, self.pays_in_the_end(before, before.offer(),
                                                    buyer.new_key()))
        offer, key = one.offer(), buyer.new_key()
        self.fill()
        self.assertEqual(shutil.disk_usage(self.house.folder).free, 0)
        status, said = self.ask(one, offer, key)
        self.assertIn(status, (201, 202, *LATER), said)
        (self.house.folder / "large").unlink()
        self.house.kill("mariadb")
        self.database_is_back()
        self.house.revive_all()
        shop.wait_until(self.house.ready, "ready", 30)
        self.confirmed(one, self.pays_in_the_end(one, offer, key))
        self.house.crashes = list
        self.told_once()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the shop is closed then
    unittest.main()
