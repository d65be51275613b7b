#!/usr/bin/python3
"""power_test.py - the power goes while people buy (F-175): the database lies on a disk of its
own, and what it starts from again is what that disk held at the moment of the cut, without
anything that only memory knew. TILL_FAULT_ACTIONS=all cuts again and again, and shows that
a database that does not flush loses orders here."""
import os
import pathlib
import random
import signal
import subprocess
import sys
import time
import unittest

import checker
from crowd import Crowd
from storage_test import Story

import buyer  # house.py shows the way to tests/http
import shop

ALL = bool(os.environ.get("TILL_FAULT_ACTIONS"))
CUTS = 50 if ALL else 1
DISK = "600M"
SHOPPERS = 6


def run(*words, **how):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True,
                          text=True, **how).stdout


class Disk:
    """A file that is a disk; whoever writes to it without flushing writes to memory."""

    def __init__(self, image, at):
        self.image, self.at = image, at
        run("truncate", "--size", DISK, image)
        run("mkfs.ext4", "-q", image)

    def mount(self):
        run("mount", "-o", "loop", self.image, self.at)

    def unmount(self):
        """Threads of a killed process may hold it for a moment longer than its first one."""
        def done():
            return subprocess.run(["umount", self.at], stderr=subprocess.DEVNULL).returncode == 0

        shop.wait_until(done, "nobody uses the disk", 30)

    def written(self):
        """Sectors that have reached the disk."""
        device = run("findmnt", "--noheadings", "--output", "SOURCE", self.at).strip()
        stat = pathlib.Path("/sys/block") / pathlib.Path(device).name / "stat"
        return int(stat.read_text().split()[6])

    def copy(self):
        """The disk as it is between two writes."""
        copy = self.image.with_suffix(".cut")
        while True:
            before = self.written()
            run("cp", "--sparse=always", self.image, copy)
            if self.written() == before:
                return copy


class Power(Story):
    settings = {}

    @classmethod
    def start(cls):
        super().start()
        cls.disk = None
        folder = cls.house.folder
        data, old = folder / "var" / "db", folder / "var" / "db.old"
        pid = cls.house.pid("mariadb")
        cls.house.signal("mariadb", signal.SIGTERM)
        cls.house.wait_gone(pid)
        data.rename(old)
        data.mkdir()
        try:
            cls.disk = Disk(folder / "disk", data)
            cls.disk.mount()
        except subprocess.CalledProcessError as refused:
            cls.house.__exit__()
            raise unittest.SkipTest(f"no disk of its own here: {refused.stderr}")
        run("cp", "-a", f"{old}/.", data)
        run("sync", "--file-system", data)
        cls.house.revive("mariadb")
        cls.house.wait_database()

    @classmethod
    def setUpClass(cls):
        cls.open(**cls.settings)

    @classmethod
    def tearDownClass(cls):
        cls.house.kill("mariadb")
        cls.disk.unmount()

    def cut(self):
        """Nothing that was not on the disk is there afterwards."""
        self.house.signal("mariadb", signal.SIGSTOP)
        copy = self.disk.copy()
        self.house.kill("mariadb")
        self.disk.unmount()
        copy.replace(self.disk.image)
        self.disk.mount()
        self.database_is_back()

    def buy_through(self, cuts, seed):
        crowd = Crowd(self.house, seed, SHOPPERS, self.acks)
        rng = random.Random(seed)
        crowd.start()
        for _ in range(cuts):
            told = len(self.acks.told)
            shop.wait_until(lambda: len(self.acks.told) > told + 3, "orders are made", 60)
            time.sleep(rng.random())
            self.cut()
        self.assertTrue(crowd.leave(120), "everybody has left")
        return crowd


class Durable(Power):
    def test_what_was_acknowledged_is_on_the_disk_when_the_power_goes(self):
        seed = os.environ.get("SEED", str(time.time_ns()))
        crowd = self.buy_through(CUTS, seed)
        self.assertEqual(crowd.tally.surprises, [], f"SEED={seed}")
        self.told_once()
        print(f"{CUTS} cuts, {len(self.acks.told)} acknowledgements, SEED={seed}",
              file=sys.stderr)


@unittest.skipUnless(ALL, "a second shop: make fault")
class Careless(Power):
    """The same kit finds what it is for."""

    def test_a_database_that_does_not_flush_loses_what_was_acknowledged(self):
        self.house.surely("SET GLOBAL innodb_flush_log_at_trx_commit = 0,"
                          " sync_binlog = 0")
        one = self.shopper()
        said = self.ask(one, one.offer(), buyer.new_key())[1]
        self.acks.note("placed", said["order"]["id"], said["order"]["total"]["amount"])
        self.cut()
        found = checker.check(self.house, self.acks)
        self.assertEqual([line["order"] for line in found.wrong["lost"]],
                         [said["order"]["id"]])


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the shop is closed then
    unittest.main()
