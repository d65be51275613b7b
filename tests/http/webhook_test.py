#!/usr/bin/python3
"""webhook_test.py - what the gateway tells is believed when it is signed, once, and never
more than the gateway says when it is asked (gateways.md, receiving rules)."""
import concurrent.futures
import json
import time
import unittest
import uuid

import buyer
import shop

PATH = "/webhooks/stripe"


def event(kind, item, **over):
    return {"id": f"evt_{uuid.uuid4().hex}", "object": "event", "type": kind,
            "created": int(time.time()), "livemode": False, "pending_webhooks": 1,
            "api_version": "2026-10-28.endive", "request": None,
            "data": {"object": item}, **over}


def intent(made=None, amount=1800, status="succeeded", **over):
    refs = {} if made is None else {"order_ref": made["order"]["number"],
                                    "attempt_ref": made["attempt"]["id"]}
    return {"id": f"pi_{uuid.uuid4().hex}", "object": "payment_intent", "amount": amount,
            "amount_received": amount if status == "succeeded" else 0, "currency": "usd",
            "status": status, "metadata": refs, "livemode": False, **over}


class Webhook(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = shop.shared()
        cls.secret = buyer.webhook_secret(cls.till)

    @classmethod
    def tearDownClass(cls):
        buyer.verify(cls(), cls.till, wait=5)

    def runTest(self):
        """Lets the class make assertions of its own."""

    def post(self, told, signature=None, **headers):
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        if signature is None:
            signature = buyer.signature(self.secret, body)
        sent = {"Content-Type": "application/json", "Stripe-Signature": signature}
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        return self.till.send("POST", PATH, {k: v for k, v in sent.items() if v}, body)

    def stored(self, told):
        found = buyer.rows(self.till, "SELECT state, attempts FROM webhook_in WHERE event_id"
                           f" = '{told['id']}'")
        return found[0] if found else None

    def wait_for_state(self, told, *states):
        shop.wait_until(lambda: (self.stored(told) or [""])[0] in states,
                        f"the event is {states}, not {self.stored(told)}")

    def check_refused(self, answer, code, status=400):
        self.assertEqual(answer.status, status, answer.text)
        self.assertEqual(json.loads(answer.body)["code"], code)


class Signatures(Webhook):
    def test_what_is_signed_is_received(self):
        told = event("payment_intent.created", intent())
        answer = self.post(told)
        self.assertEqual((answer.status, json.loads(answer.body)), (200, {"received": True}))
        self.wait_for_state(told, "ignored")

    def test_what_is_not_signed_by_us_leaves_no_row(self):
        told = event("payment_intent.succeeded", intent())
        body = json.dumps(told).encode()
        now = int(time.time())
        good = buyer.signature(self.secret, body)
        digest = good.partition("v1=")[2]
        for what, signature in {
                "none": "", "empty": "t=,v1=", "words": "hello", "no time": f"v1={digest}",
                "other secret": buyer.signature("whsec_other", body),
                "bare secret": buyer.signature(self.secret.removeprefix("whsec_"), body),
                "old": buyer.signature(self.secret, body, now - 302),
                "time changed": f"t={now + 1},v1={digest}",
                "only v0": good.replace("v1=", "v0="),
                "cut": good[:-1], "longer": good + "0", "upper": good.upper(),
                "other body": buyer.signature(self.secret, body + b" "),
                "time words": f"t=soon,v1={digest}", "negative": f"t=-1,v1={digest}",
                "huge": f"t={'9' * 40},v1={digest}",
                "many": "t=1," + ",".join(["v1=" + "0" * 64] * 90)}.items():
            answer = self.post(told, signature)
            self.assertEqual(answer.status, 400, what)
            self.assertIsNone(self.stored(told), what)
        self.check_refused(self.post(told, ""), "bad_signature")
        self.assertEqual(self.post(told, f"t={now},v1={'0' * 64},v1="
                                   + buyer.signature(self.secret, body, now).partition(
                                       "v1=")[2]).status, 200, "one of two signatures")

    def test_another_mode_and_what_is_no_event_are_refused(self):
        self.check_refused(self.post(event("payment_intent.succeeded", intent(),
                                           livemode=True)), "wrong_mode")
        for body in (b"", b"{}", b"[]", b"null", b"x", b'{"id": "evt_1"}', b"\xff\xfe",
                     b'{"id": 5, "type": 6, "livemode": false}', b"[" * 5000):
            answer = self.post(body, buyer.signature(self.secret, body))
            self.assertEqual(answer.status, 400, body[:20])

    def test_a_body_is_taken_as_it_is_or_not_at_all(self):
        told = event("payment_intent.created", intent())
        for encoding in ("gzip", "br", "deflate"):
            self.check_refused(self.post(told, Content_Encoding=encoding),
                               "unsupported_media_type", 415)
        self.check_refused(self.post(event("x", intent(description="x" * 270000))),
                           "too_large", 413)
        self.assertIsNone(self.stored(told))
        # another order of members, blanks and escapes are other bytes, signed as they are
        body = json.dumps(told, indent=3, ensure_ascii=True).encode() + b"\n"
        self.assertEqual(self.post(body, buyer.signature(self.secret, body)).status, 200)
        large = event("x", intent(description="x" * 240000))
        self.assertEqual(self.post(large).status, 200)

    def test_other_gateways_are_not_here(self):
        for path in ("/webhooks/paypal", "/webhooks/razorpay", "/webhooks/"):
            self.assertEqual(self.till.send("POST", path, {}, "{}").status, 404)


class Effects(Webhook):
    def place(self):
        someone = buyer.Buyer(self.till)
        self.addCleanup(someone.close)
        return someone, someone.place()

    def test_fifty_copies_at_once_are_one_event(self):
        someone, made = self.place()
        buyer.press(self.till, made["order"])
        told = event("payment_intent.succeeded", intent(made))
        body = json.dumps(told).encode()
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(lambda _: self.post(body), range(50)))
        self.assertEqual({answer.status for answer in answers}, {200})
        self.assertEqual({answer.body for answer in answers}, {b'{"received":true}'})
        self.wait_for_state(told, "applied")
        someone.wait_for(made["order"], "confirmed")
        number = made["order"]["number"]
        self.assertEqual(buyer.number(
            self.till, "SELECT COUNT(*) FROM order_event e JOIN orders o ON o.id ="
            f" e.order_id WHERE o.number = '{number}' AND to_state = 'confirmed'"), 1)

    def test_a_signed_claim_is_checked_with_the_gateway(self):
        someone, made = self.place()
        told = event("payment_intent.succeeded", intent(made))
        self.assertEqual(self.post(told).status, 200)
        self.wait_for_state(told, "applied", "parked")
        self.assertEqual(someone.status(made["order"])["status"], "pending")
        self.assertEqual(sum(row["captured"] for row in buyer.ledger(
            self.till, made["order"])), 0)

    def test_an_amount_that_was_not_asked_for_is_parked(self):
        someone, made = self.place()
        told = event("payment_intent.succeeded", intent(made, amount=1))
        self.assertEqual(self.post(told).status, 200)
        self.wait_for_state(told, "parked")
        self.assertEqual(someone.status(made["order"])["status"], "pending")

    def test_an_object_that_nobody_knows_is_parked(self):
        for kind, item in (("payment_intent.succeeded", intent()),
                           ("checkout.session.completed", {
                               "id": "cs_test_unknown", "object": "checkout.session",
                               "status": "complete", "payment_status": "paid",
                               "amount_total": 1, "currency": "usd", "metadata": {}}),
                           ("refund.updated", {
                               "id": "re_unknown", "object": "refund", "amount": 1,
                               "currency": "usd", "status": "succeeded", "metadata": {}})):
            told = event(kind, item)
            self.assertEqual(self.post(told).status, 200)
            self.wait_for_state(told, "parked")

    def test_kinds_that_nobody_knows_are_ignored(self):
        for kind in ("a.new.kind", "charge.succeeded", "customer.created", "x" * 90):
            told = event(kind, {"id": "x", "object": "new"})
            self.assertEqual(self.post(told).status, 200)
            self.wait_for_state(told, "ignored")

    def test_the_order_of_events_does_not_matter(self):
        someone, made = self.place()
        buyer.press(self.till, made["order"])
        someone.wait_for(made["order"], "confirmed")
        for kind, item in (
                ("payment_intent.payment_failed", intent(
                    made, status="requires_payment_method")),
                ("payment_intent.processing", intent(made, status="processing")),
                ("payment_intent.canceled", intent(made, status="canceled")),
                ("checkout.session.expired", {
                    "id": "cs_test_x", "object": "checkout.session", "status": "expired",
                    "payment_status": "unpaid", "currency": "usd", "amount_total": 1800,
                    "metadata": intent(made)["metadata"]})):
            told = event(kind, item, created=int(time.time()) - 200)
            self.assertEqual(self.post(told).status, 200)
            self.wait_for_state(told, "applied", "ignored")
            status = someone.status(made["order"])
            self.assertEqual((status["status"], status["payment_status"]),
                             ("confirmed", "paid"), kind)

    def test_deliveries_of_the_gateway_sent_again_change_nothing(self):
        someone, made = self.place()
        buyer.press(self.till, made["order"])
        someone.wait_for(made["order"], "confirmed")
        before = someone.must("GET", f"/api/v1/orders/{made['order']['id']}")["timeline"]
        recent = buyer.sandbox(self.till, "GET", "deliveries")[-5:]
        for delivery in reversed(recent):
            buyer.sandbox(self.till, "POST", f"deliveries/{delivery['id']}/resend", {})
        shop.wait_until(lambda: all(
            row["state"] == "delivered" or row["status"] == 200
            for row in buyer.sandbox(self.till, "GET", "deliveries")[-5:]), "delivered again")
        after = someone.must("GET", f"/api/v1/orders/{made['order']['id']}")["timeline"]
        self.assertEqual(before, after)


if __name__ == "__main__":
    unittest.main()
