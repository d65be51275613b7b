#!/usr/bin/python3
"""webhook_command_test.py - what a shopkeeper does about webhooks that nobody can apply:
sees them with their reason, has them tried again, ends them with a reason (F-151)."""
import json
import os
import subprocess
import time
import unittest
import uuid

import buyer
import shop

DONE, REFUSED, WRONG_USE = 0, 1, 2


class Command(unittest.TestCase):
    def setUp(self):
        self.till = shop.shared()

    def run_till(self, *words, code=DONE):
        env = {**os.environ, "TILL_CONF": self.till.env["TILL_CONF"]}
        done = subprocess.run([self.till.env["TILL_BIN"], "webhook", *words], env=env,
                              timeout=60, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, code, f"{words}: {done.stdout}{done.stderr}")
        return done

    def document(self, *words, code=DONE):
        return json.loads(self.run_till(*words, "--json", code=code).stdout)

    def tell(self):
        """A webhook of a payment that nobody knows, once it is parked; and its row."""
        told = {"id": f"evt_{uuid.uuid4().hex}", "object": "event",
                "type": "payment_intent.succeeded", "created": int(time.time()),
                "livemode": False, "data": {"object": {
                    "id": f"pi_{uuid.uuid4().hex}", "object": "payment_intent",
                    "amount": 100, "amount_received": 100, "currency": "usd",
                    "status": "succeeded", "metadata": {}}}}
        body = json.dumps(told).encode()
        answer = self.till.send("POST", "/webhooks/stripe", {
            "Content-Type": "application/json", "Stripe-Signature": buyer.signature(
                buyer.webhook_secret(self.till), body)}, body)
        self.assertEqual(answer.status, 200)
        shop.wait_until(lambda: self.row(told)["state"] == "parked", "it is parked")
        return body, self.row(told)

    def row(self, told):
        return next(row for row in self.document("list") if row["event_id"] == told["id"])

    def again(self, row):
        return next(one for one in self.document("list") if one["id"] == row["id"])

    def test_one_that_waits_is_shown_with_its_reason_and_its_bytes(self):
        body, row = self.tell()
        self.assertEqual(set(row), {"id", "gateway", "event_id", "type", "state", "attempts",
                                    "error", "received_at", "next_try_at"})
        self.assertEqual((row["error"], row["attempts"]), ("no such attempt", 1))
        self.assertGreater(row["next_try_at"], row["received_at"])
        self.assertIn(row["id"], [one["id"] for one in self.document(
            "list", "--state", "parked")])
        self.assertEqual(self.run_till("show", str(row["id"]), "--json").stdout.encode(),
                         body + b"\n")
        self.assertIn("no such attempt", self.run_till("show", str(row["id"])).stdout)
        self.document("discard", str(row["id"]), "--reason", "a test")

    def test_one_is_tried_again_when_it_is_wanted(self):
        _, row = self.tell()
        before = row["next_try_at"]
        self.assertEqual(self.document("replay", str(row["id"])), {"replayed": 1})
        shop.wait_until(lambda: self.again(row)["next_try_at"] != before
                        and self.again(row)["state"] == "parked", "it was tried again")
        self.assertEqual(self.again(row)["attempts"], 1, "its tries are counted anew")
        self.document("discard", str(row["id"]), "--reason", "a test")
        self.assertEqual(self.document("replay", str(row["id"]), code=REFUSED)["error"],
                         "not_found")

    def test_one_is_ended_with_a_reason(self):
        _, row = self.tell()
        self.run_till("discard", str(row["id"]), code=WRONG_USE)
        self.assertEqual(self.document("discard", str(row["id"]), "--reason",
                                       "paid to another shop"), {"discarded": row["id"]})
        ended = self.again(row)
        self.assertEqual((ended["state"], ended["error"]),
                         ("ignored", "discarded: paid to another shop"))
        noted = buyer.rows(self.till, "SELECT body FROM audit WHERE action ="
                           " 'webhook.discard' ORDER BY id DESC LIMIT 1")[0][0]
        self.assertEqual(noted, f"id={row['id']} reason=paid to another shop")
        self.document("discard", str(row["id"]), "--reason", "again", code=REFUSED)

    def test_wrong_use_is_told(self):
        for words in (("list", "--state", "lost"), ("list", "--limit", "0"), ("eat", "1"),
                      ("show", "x"), ("show", "1", "--reason", "y"), ("list", "1")):
            self.run_till(*words, code=WRONG_USE)
        self.run_till("show", "999999999", code=REFUSED)


if __name__ == "__main__":
    unittest.main()
