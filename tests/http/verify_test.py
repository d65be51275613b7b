#!/usr/bin/env python3
"""till verify with eyes outside, and on watch: each look finds what was planted for it."""
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

import buyer
import effects
import shop


class VerifyTest(unittest.TestCase):
    """A shop of its own: two orders, a part of one of them given back."""

    @classmethod
    def setUpClass(cls):
        cls.house = cls.enterClassContext(shop.OwnShop())
        cls.till = cls.house.shop
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        with buyer.Buyer(cls.till) as visitor:
            cls.orders = [visitor.buy(), visitor.buy("HG-MUG", 2)]
        done = buyer.command(cls.till, "order", "refund", cls.orders[1]["number"],
                             "--amount", "150")
        assert done.returncode == 0, done.stderr
        shop.wait_until(lambda: cls.rest() == 0, "the shop is at rest", 20)

    @classmethod
    def rest(cls):
        """What is still under way."""
        return buyer.number(cls.till, """
            SELECT (SELECT COUNT(*) FROM outbox WHERE state <> 'done')
                 + (SELECT COUNT(*) FROM refund WHERE state = 'pending')
                 + (SELECT COUNT(*) FROM orders) - (SELECT COUNT(*) FROM invoice)""")

    def verify(self, *words, code=0):
        done = buyer.command(self.till, "verify", "--json", *words)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return {one["id"]: one for one in json.loads(done.stdout)["invariants"]}

    def broken(self, *words):
        """The rows that break something, by id."""
        found = self.verify(*words, code=1)
        return {key: one["rows"] for key, one in found.items() if one["rows"]}

    def lines(self, name, lines):
        path = self.folder / name
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return str(path)

    def acks(self, *more):
        return self.lines("acks", [
            {"order": self.orders[0]["number"], "key": "a", "at": "now",
             "total": self.orders[0]["total"]["amount"]},
            {"order": self.orders[1]["id"], "key": "b", "told": "confirmed",
             "total": self.orders[1]["total"]["amount"]}, *more])

    def effects(self):
        return effects.effects(self.till.env["TILL_MAIL_DIR"])

    def stripe(self, path, fields):
        """As somebody who has the shop's key and is not the shop."""
        key = (self.till.var / "keys" / "stripe").read_text().strip()
        request = urllib.request.Request(
            f"{self.till.env['TILL_SANDBOX_URL']}/stripe/v1/{path}",
            urllib.parse.urlencode(fields).encode(), {"Authorization": f"Bearer {key}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def test_the_server_keeps_what_was_committed(self):
        """The write-time guards that are the server's (reliability.md section 2)."""
        wanted = {"innodb_flush_log_at_trx_commit": "1", "sync_binlog": "1", "log_bin": "1",
                  "innodb_rollback_on_timeout": "1", "innodb_snapshot_isolation": "1"}
        for name, value in wanted.items():
            self.assertEqual(buyer.rows(self.till, f"SELECT @@global.{name}"), [[value]], name)
        self.assertIn("STRICT_ALL_TABLES",
                      buyer.rows(self.till, "SELECT @@global.sql_mode")[0][0])

    def test_the_binary_log_holds_what_changed_and_no_more(self):
        for name, value in {"binlog_format": "ROW", "binlog_row_image": "MINIMAL",
                            "binlog_annotate_row_events": "0"}.items():
            self.assertEqual(buyer.rows(self.till, f"SELECT @@global.{name}"), [[value]], name)

    # ---- one look ----

    def test_all_evidence_agrees_with_the_books(self):
        found = self.verify("--acks", self.acks(), "--gateways", "--settling", "0",
                            "--effects", self.lines("effects", self.effects()))
        self.assertEqual({one["verdict"] for one in found.values()}, {"holds"})
        self.assertGreater(len(self.effects()), 2)

    def test_an_order_that_only_a_client_knows_is_named(self):
        lost = {"order": "ZZZZZ-22222", "total": 1, "key": "c"}
        self.assertEqual(self.broken("--acks", self.acks(lost)),
                         {"I14": ["ZZZZZ-22222: a client saw it, there is none"]})
        there = {"order": self.orders[0]["id"], "total": 1, "told": "placed"}
        self.assertIn("a client saw 1,",
                      self.broken("--acks", self.acks(there))["I14"][0])

    def test_a_line_that_was_cut_off_was_never_acknowledged(self):
        path = self.acks()
        with open(path, "a", encoding="utf-8") as file:
            file.write('{"order": "ZZZZZ-22222", "tot')
        self.verify("--acks", path)

    def test_what_is_no_evidence_is_refused_with_its_line(self):
        for line, why in (("{}", "line 3: it needs an order and a total"), ("x", "line 3")):
            path = self.acks()
            with open(path, "a", encoding="utf-8") as file:
                file.write(line + "\n")
            done = buyer.command(self.till, "verify", "--acks", path)
            self.assertEqual(done.returncode, 1)
            self.assertIn(why, done.stderr)
        done = buyer.command(self.till, "verify", "--acks", "/nowhere")
        self.assertIn("/nowhere: No such file", done.stderr)

    def test_a_charge_that_the_shop_never_asked_for_is_named(self):
        charge = self.stripe("payment_intents", {
            "amount": 700, "currency": "usd", "confirm": "true",
            "payment_method": "pm_card_visa", "return_url": "https://127.0.0.1/"})
        self.assertEqual(
            self.broken("--gateways", "--settling", "0"),
            {"I22": [f"{charge['id']} of stripe: 700 - 0 USD for no attempt of ours"]})
        self.verify("--gateways")  # young as it is, it may still be on its way
        self.stripe("refunds", {"payment_intent": charge["id"]})
        self.verify("--gateways", "--settling", "0")

    def test_reports_are_read_page_by_page(self):
        for _ in range(101):
            self.stripe("payment_intents", {"amount": 700, "currency": "usd"})
        self.verify("--gateways", "--settling", "0")

    def test_a_gateway_that_does_not_answer_is_not_taken_for_one_without_charges(self):
        done = subprocess.run(
            [self.till.env["TILL_BIN"], "verify", "--gateways", "--config",
             self.till.env["TILL_CONF"]], capture_output=True, text=True, timeout=60,
            check=False, env={**os.environ, "TILL_STRIPE_API_BASE": "http://127.0.0.1:1"})
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("stripe does not show what it took", done.stderr)

    def test_a_mail_lost_sent_twice_or_out_of_nowhere_is_named(self):
        seen = self.effects()
        first = seen[0]["dedup"]
        for planted, said in ((seen[1:], f"{first} is done and had no effect"),
                              ([*seen, seen[0]], f"{first}: 2 effects"),
                              ([*seen, {"dedup": "mail.confirmation:x"}],
                               "mail.confirmation.x: an effect without an entry")):
            self.assertEqual(
                self.broken("--effects", self.lines("effects", planted)), {"I31": [said]})

    def test_options_that_do_not_go_together_are_refused(self):
        for words in (("--watch", "--gateways"), ("--every", "1"), ("--days", "1"),
                      ("--watch", "--every", "0"), ("--gateways", "--settling", "-1"),
                      ("--acks",)):
            self.assertEqual(buyer.command(self.till, "verify", *words).returncode, 2, words)

    # ---- on watch ----

    def watch(self, *words):
        watch = subprocess.Popen(
            [self.till.env["TILL_BIN"], "verify", "--watch", "--every", "1", "--config",
             self.till.env["TILL_CONF"], *words], stdout=subprocess.PIPE, text=True)
        self.addCleanup(watch.stdout.close)
        self.addCleanup(watch.kill)
        return watch

    def test_a_watch_over_true_books_ends_well(self):
        watch = self.watch()
        first, second = watch.stdout.readline(), watch.stdout.readline()
        self.assertIn("30 checked, 0 broken", first)
        self.assertIn("30 checked, 0 broken", second)
        watch.send_signal(signal.SIGTERM)
        self.assertEqual(watch.wait(10), 0)

    def test_a_watch_tells_what_broke_and_remembers_it(self):
        watch = self.watch("--json")
        self.assertTrue(json.loads(watch.stdout.readline())["ok"])
        buyer.write(self.till, "UPDATE stock SET on_hand = on_hand + 1 WHERE sku = 'HG-MUG'")
        try:
            told = self.until(watch, lambda told: not told["ok"])
            self.assertEqual([one["id"] for one in told["invariants"]], ["I01"])
            self.assertIn("HG-MUG at main", told["invariants"][0]["rows"][0])
        finally:
            buyer.write(self.till, "UPDATE stock SET on_hand = on_hand - 1 WHERE sku = 'HG-MUG'")
        self.until(watch, lambda told: told["ok"])
        watch.send_signal(signal.SIGINT)
        self.assertEqual(watch.wait(10), 1)

    def until(self, watch, true):
        """The first round of which that is true."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            told = json.loads(watch.stdout.readline())
            if true(told):
                return told
        raise AssertionError("no round was like that")


if __name__ == "__main__":
    unittest.main()
