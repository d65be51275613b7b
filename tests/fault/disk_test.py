#!/usr/bin/python3
"""disk_test.py - a disk without room: new checkouts stop in time, what is under way goes on,
and a log that cannot be written stops nobody (reliability.md 3, rows 27 and 28)."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "http"))
import buyer  # noqa: E402
import shop  # noqa: E402
import visitor  # noqa: E402

MIB = 1 << 20


class Disk:
    """A disk that can be filled: a small one of its own, or where none may be mounted the
    host's own, with a limit just below what is free."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="till-disk."))
        self.file = self.folder / "large"
        self.mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=8m", "none", self.folder],
            stderr=subprocess.DEVNULL).returncode == 0
        if self.mounted:
            self.settings = {"TILL_DISK_FREE_PERCENT": "5", "TILL_DISK_FREE_MB": "0"}
            self.size = 8 * MIB - 64 * 1024
        else:
            free = shutil.disk_usage(self.folder).free
            self.settings = {"TILL_DISK_FREE_PERCENT": "0",
                             "TILL_DISK_FREE_MB": str(free // MIB - 512)}
            self.size = 1024 * MIB
        self.settings["TILL_DISK_WATCH"] = f"/nowhere/at/all, {self.folder}"

    def fill(self):
        with open(self.file, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, self.size)

    def empty(self):
        self.file.unlink()

    def remove(self):
        if self.mounted:
            subprocess.run(["umount", self.folder], check=True)
        shutil.rmtree(self.folder)


class LowDisk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.disk = Disk()
        cls.addClassCleanup(cls.disk.remove)
        cls.own = shop.OwnShop(**cls.disk.settings)
        cls.addClassCleanup(cls.own.__exit__)
        cls.own.start()
        cls.till = cls.own.shop

    def buyer(self):
        somebody = buyer.Buyer(self.till)
        self.addCleanup(somebody.close)
        return somebody

    def deep(self):
        return json.loads(self.till.get("/health/deep").body)

    def wait_until_low(self, low):
        shop.wait_until(lambda: self.deep()["disk_low"] == low, f"low is {low}")

    def metric(self):
        text = self.till.get("/metrics").text
        return [line for line in text.splitlines() if line.startswith("till_disk_low ")]

    def doctor(self):
        said = json.loads(buyer.command(self.till, "doctor", "--json").stdout)
        return [check for check in said["checks"] if str(self.disk.folder) in check["found"]]

    def logged(self, event):
        return (self.till.var / "log" / "work.log").read_text().count(f'"event":"{event}"')

    def check_paused(self, answer):
        self.assertEqual(answer.status, 503, answer.text[:300])
        self.assertEqual(answer.header("retry-after"), "120")

    def test_new_checkouts_stop_and_what_is_under_way_goes_on(self):
        paying, paid_for, started, looking = (self.buyer() for _ in range(4))
        order = paying.place()["order"]
        paid_for.put()
        paid_for.start()
        offer, key = paid_for.offer(), buyer.new_key()
        first = paid_for.pay(offer, key)
        started.put()
        started.start()
        late = started.offer()
        looking.put()
        self.assertEqual(self.doctor()[0]["remedy"], None)
        self.disk.fill()
        self.wait_until_low(True)
        self.check_nothing_new_begins(started, late, looking)
        # what is under way
        self.assertEqual(paid_for.pay(offer, key), first)
        buyer.press(self.till, order)
        paying.wait_for(order, "confirmed")
        self.assertEqual(len(looking.put(quantity=2)["items"]), 1)
        self.assertEqual(looking.get("/cart").status, 200)
        self.assertEqual(self.till.get("/health/ready").status, 200)
        # what it says
        self.assertEqual(self.metric(), ["till_disk_low 1"])
        self.assertIn("make room", self.doctor()[0]["remedy"])
        self.disk.empty()
        self.wait_until_low(False)
        self.assertEqual(self.metric(), ["till_disk_low 0"])
        self.assertEqual(looking.start()["lines"][0]["held"], 3)
        self.assertEqual(started.pay(late)["order"]["status"], "pending")
        self.assertEqual([self.logged("disk.low"), self.logged("disk.has_room")], [1, 1])
        buyer.verify(self, self.till, wait=10)

    def check_nothing_new_begins(self, started, late, looking):
        said = looking.call_raw("POST", "/api/v1/checkout/start", "{}")
        self.check_paused(said)
        self.assertEqual(json.loads(said.body)["code"], "orders_paused")
        said = started.call_raw("POST", "/api/v1/checkout/payment", json.dumps(late),
                                Idempotency_Key=buyer.new_key())
        self.check_paused(said)
        self.assertEqual(json.loads(said.body)["code"], "orders_paused")
        said = looking.submit(looking.page("/cart").form("/checkout/start"))
        self.check_paused(said)
        page = visitor.Page(said.text)
        self.assertIn("cannot take new orders at the moment. Your cart is kept", page.text)
        self.assertIn("/checkout/start", [form.action for form in page.forms])
        form = started.page("/checkout").form("/checkout/payment")
        said = started.submit(form, contact__email="ada@example.com",
                              shipping_address__city="Typed by hand",
                              **{"accept_total__amount": "1"})
        self.check_paused(said)
        fields = visitor.Page(said.text).form("/checkout/payment").fields
        self.assertEqual(fields["shipping_address.city"], "Typed by hand")


class FullLog(unittest.TestCase):
    def test_logs_that_cannot_be_written_stop_nobody(self):
        own = shop.OwnShop()
        self.addCleanup(own.__exit__)
        logs = own.folder / "var" / "log"
        logs.mkdir(parents=True)
        for name in ("access", "shop", "pay", "hook", "work", "nginx"):
            (logs / f"{name}.log").symlink_to("/dev/full")
        own.start()
        with buyer.Buyer(own.shop) as somebody:
            self.assertEqual(somebody.get("/").status, 200)
            somebody.buy()
            self.assertEqual(somebody.get("/health/of/nothing").status, 404)
        buyer.verify(self, own.shop, wait=10)


if __name__ == "__main__":
    unittest.main()
