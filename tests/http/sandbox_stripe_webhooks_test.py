#!/usr/bin/python3
"""sandbox_stripe_webhooks_test.py - the sandbox gateway tells of what happened as
gateways.md describes, and in each wrong way that is asked for."""
import json
import re
import socket
import time

from sandbox import HookTest, main, session_params, until, verifies


class Webhooks(HookTest):
    def test_a_paid_session_is_told_in_full_and_signed(self):
        session = self.session()
        self.box.press(session, "approve")
        told = self.by_type(2)
        self.assertEqual(set(told), {"payment_intent.succeeded",
                                     "checkout.session.completed"})
        done = told["checkout.session.completed"]
        self.assertEqual((done["object"], done["livemode"], done["api_version"]),
                         ("event", False, "2026-10-28.endive"))
        self.assertEqual(done["data"]["object"], self.again(session))
        intent = told["payment_intent.succeeded"]["data"]["object"]
        self.assertEqual(intent["amount_received"], 2500)
        self.assertEqual(intent["metadata"]["order_ref"],
                         session["client_reference_id"])
        listed = self.box.get("/v1/events/" + done["id"]).json
        self.assertEqual(listed, done)

    def test_an_event_keeps_the_version_that_the_session_was_made_with(self):
        answer = self.box.post("/v1/checkout/sessions", session_params(ref=self.ref()),
                               version="2026-04-22.dahlia")
        self.box.post(f"/v1/checkout/sessions/{answer.json['id']}/expire")
        event = self.events(1)[0]
        self.assertEqual(event["type"], "checkout.session.expired")
        self.assertEqual(event["api_version"], "2026-04-22.dahlia")
        self.assertRegex(event["request"]["id"], "^req_")

    def test_every_turn_of_a_payment_has_its_event(self):
        session = self.session()
        self.box.press(session, "decline")
        failed = self.events(1)[0]
        self.assertEqual(failed["type"], "payment_intent.payment_failed")
        self.assertEqual(failed["data"]["object"]["last_payment_error"]["decline_code"],
                         "generic_decline")
        self.box.press(session, "require_3ds")
        self.assertEqual(self.events(1)[0]["type"], "payment_intent.requires_action")
        self.box.control("POST", "pay", {"gateway": "stripe", "outcome": "approve",
                                         "ref": session["client_reference_id"]})
        self.assertIn("checkout.session.completed", self.by_type(2))
        intent = self.again(session)["payment_intent"]
        self.box.post("/v1/refunds", {"payment_intent": intent, "amount": 100})
        refunded = self.by_type(2)
        self.assertEqual(refunded["refund.created"]["data"]["object"]["amount"], 100)
        self.assertIn("charge.refunded", refunded)
        self.box.control("POST", "dispute", {"gateway": "stripe", "ref": intent})
        self.assertIn("charge.dispute.created", self.by_type(2))

    def test_a_dispute_is_opened_and_ended_by_whoever_plays_the_bank(self):
        def bank(outcome, intent):
            answer = self.box.send("POST", "/_sandbox/dispute", json.dumps(
                {"gateway": "stripe", "ref": intent, "outcome": outcome}),
                {"Content-Type": "application/json"})
            return answer.status

        for outcomes, told, status in (
                (("open", "won"), ("created", "funds_withdrawn", "closed",
                                   "funds_reinstated"), "won"),
                (("open", "lost"), ("created", "funds_withdrawn", "closed"), "lost"),
                (("inquiry", "won"), ("created", "closed"), "warning_closed"),
                (("inquiry", "open", "lost"), ("created", "updated", "funds_withdrawn",
                                               "closed"), "lost")):
            session = self.session()
            self.box.press(session, "approve")
            self.by_type(2)
            intent = self.again(session)["payment_intent"]
            self.assertEqual(bank("lost", intent), 400)
            for outcome in outcomes:
                self.assertEqual(bank(outcome, intent), 200, outcomes)
            self.assertEqual(set(self.by_type(len(told))),
                             {f"charge.dispute.{kind}" for kind in told}, outcomes)
            for outcome in ("open", "inquiry", "won", "lost", "eaten"):
                self.assertEqual(bank(outcome, intent), 400, outcomes)
            dispute = self.box.get("/v1/disputes", {"payment_intent": intent}).json["data"]
            self.assertEqual([one["status"] for one in dispute], [status])
            refund = self.box.post("/v1/refunds", {"payment_intent": intent, "amount": 1})
            self.assertEqual(refund.status, 400 if status == "lost" else 200)
            if status == "lost":
                self.assertEqual(refund.error["code"], "charge_disputed")
            else:
                self.by_type(2)

    def test_a_delayed_payment_is_told_when_it_came_or_failed(self):
        for outcome, last in (("approve", "checkout.session.async_payment_succeeded"),
                              ("decline", "checkout.session.async_payment_failed")):
            session = self.session()
            self.box.press(session, "pay_later")
            first = self.by_type(2)
            self.assertIn("payment_intent.processing", first)
            completed = first["checkout.session.completed"]["data"]["object"]
            self.assertEqual(completed["payment_status"], "unpaid")
            self.box.control("POST", "pay", {
                "gateway": "stripe", "outcome": outcome,
                "ref": session["metadata"]["attempt_ref"]})
            self.assertIn(last, self.by_type(2))

    def test_what_is_not_2xx_is_sent_again_with_the_same_bytes(self):
        self.hook.statuses = [500, 303]
        self.box.post(f"/v1/checkout/sessions/{self.session()['id']}/expire")
        tries = [self.hook.next() for _ in range(3)]
        self.assertEqual(len({body for _, body, _ in tries}), 1)
        event = json.loads(tries[0][1])["id"]
        rows = until(lambda: [row for row in self.box.control("GET", "deliveries")
                              if row["event"] == event and row["state"] == "delivered"])
        self.assertEqual([a["status"] for a in rows[0]["attempts"]], [500, 303, 200])
        self.assertTrue(self.hook.nothing_comes(0.2))
        self.box.control("POST", f"deliveries/{rows[0]['id']}/resend")
        self.assertEqual(self.hook.next()[1], tries[0][1])

    def test_a_delivery_fails_when_its_schedule_ends(self):
        self.hook.statuses = [400] * 3
        self.box.post(f"/v1/checkout/sessions/{self.session()['id']}/expire")
        event = json.loads(self.hook.next()[1])["id"]
        until(lambda: [row for row in self.box.control("GET", "deliveries")
                       if row["event"] == event and row["state"] == "failed"])

    def test_each_secret_signs(self):
        self.box.control("PUT", "config", {"webhooks": {"stripe": {
            "url": self.hook.url, "secrets": ["whsec_old", "whsec_new"]}}})
        self.box.post(f"/v1/checkout/sessions/{self.session()['id']}/expire")
        _, body, header = self.hook.next()
        self.assertTrue(verifies(body, header, "whsec_old"))
        self.assertTrue(verifies(body, header, "whsec_new"))
        self.assertFalse(verifies(body, header, "whsec_sandbox"))

    def test_turning_the_clock_leaves_signatures_fresh(self):
        session = self.session()
        self.box.control("POST", "clock", {"advance_s": 90000})
        _, body, header = self.hook.next()
        self.assertEqual(json.loads(body)["type"], "checkout.session.expired")
        self.assertEqual(json.loads(body)["data"]["object"]["id"], session["id"])
        t = int(re.match(r"t=(\d+)", header)[1])
        self.assertLess(abs(time.time() - t), 60)


class WrongWebhooks(HookTest):
    def test_9201_sends_each_three_times(self):
        self.paid(19201)
        ids = [event["id"] for event in self.events(6)]
        self.assertEqual(sorted(ids.count(i) for i in set(ids)), [3, 3])

    def test_9202_tells_the_end_first(self):
        self.paid(19202)
        self.assertEqual([event["type"] for event in self.events(2)],
                         ["checkout.session.completed", "payment_intent.succeeded"])

    def test_9204_and_9207_come_wrong_first_and_right_after(self):
        for amount, old in ((19204, False), (19207, True)):
            self.hook.statuses = [400, 400]
            self.paid(amount)
            wrong = [self.hook.next() for _ in range(2)]
            for _, body, header in wrong:
                self.assertFalse(verifies(body, header))
                self.assertEqual(verifies(body, header, now=time.time() - 590), old)
            right = [self.hook.next() for _ in range(2)]
            for _, body, header in right:
                self.assertTrue(verifies(body, header))
            self.assertEqual({body for _, body, _ in wrong},
                             {body for _, body, _ in right})

    def test_9206_tells_before_it_answers(self):
        session = self.session(19206)
        self.box.press(session, "approve")
        answered = time.monotonic()
        told = [self.hook.next()[0] for _ in range(2)]
        self.assertLess(max(told), answered)

    def test_9208_tells_another_amount(self):
        session = self.paid(19208)
        told = self.by_type(2)
        self.assertEqual(told["checkout.session.completed"]["data"]["object"]
                         ["amount_total"], 19308)
        self.assertEqual(told["payment_intent.succeeded"]["data"]["object"]
                         ["amount_received"], 19308)
        self.assertEqual(self.again(session)["amount_total"], 19208)
        self.assertEqual(self.row(session)["captured"], 19208)


class MissingWebhooks(HookTest):
    def test_9203_comes_late(self):
        self.paid(19203)
        self.assertTrue(self.hook.nothing_comes())
        self.box.control("POST", "clock", {"advance_s": 61})
        self.events(2)

    def test_9205_never_tells(self):
        session = self.paid(19205)
        self.assertTrue(self.hook.nothing_comes())
        self.assertEqual(self.again(session)["payment_status"], "paid")
        listed = self.box.get("/v1/events", {"type": "checkout.session.completed",
                                             "limit": 1}).json["data"]
        self.assertEqual(listed[0]["data"]["object"]["id"], session["id"])

    def test_a_webhook_fault_can_be_asked_for(self):
        self.box.control("POST", "faults", {
            "gateway": "stripe", "method": "POST", "path": "/checkout/*",
            "fault": "9205"})
        self.paid(2500)
        self.assertTrue(self.hook.nothing_comes())


class HangingReceiver(HookTest):
    def test_a_receiver_that_hangs_is_given_up_and_tried_again(self):
        trap = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(trap.close)
        self.box.control("PUT", "config", {"webhooks": {"stripe": {
            "url": f"http://127.0.0.1:{trap.getsockname()[1]}/"}}})
        self.box.post(f"/v1/checkout/sessions/{self.session()['id']}/expire")
        first, _ = trap.accept()
        second, _ = trap.accept()
        first.close()
        second.close()


if __name__ == "__main__":
    main()
