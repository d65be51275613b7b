#!/usr/bin/python3
"""sandbox_stripe_sessions_test.py - checkout sessions of the sandbox gateway and their
pages are as gateways.md describes, and what an amount or a test asks for goes wrong."""
import concurrent.futures
import http.client
import re
import time
import urllib.parse

from sandbox import FORM, SandboxTest, intent_params, main, session_params, until


class Sessions(SandboxTest):
    def test_a_new_session_is_open_and_unpaid(self):
        session = self.session(1250, **{"line_items[0][quantity]": 2})
        self.assertEqual(session["amount_total"], 2500)
        self.assertEqual((session["status"], session["payment_status"]),
                         ("open", "unpaid"))
        self.assertIsNone(session["payment_intent"])
        self.assertRegex(session["id"], r"^cs_test_\w+$")
        self.assertTrue(session["url"].startswith(f"http://127.0.0.1:{self.box.port}/"))
        self.assertEqual(self.box.ledger(session["client_reference_id"]), [])

    def test_approve_pays_and_leaves_to_the_success_address(self):
        session = self.session()
        back = self.box.press(session, "approve")
        self.assertEqual(back.status, 303)
        self.assertEqual(back.header("location"),
                         f"https://shop.test/back?sid={session['id']}&again={session['id']}")
        paid = self.again(session)
        self.assertEqual((paid["status"], paid["payment_status"], paid["url"]),
                         ("complete", "paid", None))
        intent = self.box.get("/v1/payment_intents/" + paid["payment_intent"]).json
        self.assertEqual(intent["metadata"]["attempt_ref"],
                         session["metadata"]["attempt_ref"])
        self.assertEqual(self.row(session)["captured"], 2500)

    def test_pressing_twice_charges_once(self):
        session = self.session()
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: self.box.press(session, "approve"),
                                    range(4)))
        self.assertEqual(sorted(a.status for a in answers), [200, 200, 200, 303])
        self.assertEqual(self.row(session)["captured"], 2500)

    def test_a_decline_stays_on_the_page_and_says_why(self):
        session = self.session()
        page = self.box.press(session, "decline_insufficient_funds")
        self.assertEqual(page.status, 200)
        self.assertIn("Your card has insufficient funds.", page.text)
        self.assertIn('value="approve"', page.text)
        self.assertEqual(self.row(session)["status"], "failed")
        self.assertEqual(self.again(session)["status"], "open")
        self.assertEqual(self.box.press(session, "approve").status, 303)
        self.assertEqual(self.row(session)["captured"], 2500)

    def test_cancel_goes_back_and_leaves_it_open(self):
        session = self.session()
        back = self.box.press(session, "cancel")
        self.assertEqual((back.status, back.header("location")),
                         (303, "https://shop.test/checkout"))
        self.assertEqual(self.again(session)["status"], "open")

    def test_3ds_leads_to_the_bank_and_back(self):
        session = self.session()
        there = self.box.press(session, "require_3ds")
        path = urllib.parse.urlsplit(there.header("location")).path
        self.assertTrue(path.startswith("/stripe/3ds/pi_"), path)
        refused = self.box.send("POST", path, "outcome=decline", {"Content-Type": FORM})
        self.assertEqual(refused.header("location"), session["url"])
        self.assertIn("failed authentication", self.box.send(
            "GET", urllib.parse.urlsplit(session["url"]).path).text)
        self.box.press(session, "require_3ds")
        passed = self.box.send("POST", path, "outcome=approve", {"Content-Type": FORM})
        self.assertIn("https://shop.test/back", passed.header("location"))
        self.assertEqual(self.again(session)["payment_status"], "paid")

    def test_a_delayed_method_is_paid_later(self):
        session = self.session()
        self.assertEqual(self.box.press(session, "pay_later").status, 303)
        waiting = self.again(session)
        self.assertEqual((waiting["status"], waiting["payment_status"]),
                         ("complete", "unpaid"))
        self.assertEqual(self.row(session)["status"], "pending")
        self.box.control("POST", "clock", {"advance_s": 61})
        until(lambda: self.again(session)["payment_status"] == "paid")

    def test_the_end_lies_between_half_an_hour_and_a_day(self):
        now = self.box.now()
        for end in (now + 1700, now + 86500):
            answer = self.box.post("/v1/checkout/sessions",
                                   session_params(expires_at=end))
            self.assertRefused(answer, 400, None, "expires_at")
        self.assertEqual(self.session(expires_at=now + 1860)["expires_at"], now + 1860)

    def test_the_clock_ends_a_session_and_its_page_says_so(self):
        session = self.session(expires_at=self.box.now() + 1860)
        self.box.press(session, "decline")
        self.box.control("POST", "clock", {"advance_s": 1861})
        until(lambda: self.again(session)["status"] == "expired")
        self.assertIsNone(self.again(session)["url"])
        page = self.box.press(session, "approve")
        self.assertEqual(page.status, 410)
        self.assertIn("Nothing was charged", page.text)
        self.assertEqual(self.row(session)["captured"], 0)
        self.assertEqual(self.row(session)["status"], "canceled")

    def test_only_an_open_session_can_be_expired(self):
        session = self.session()
        path = f"/v1/checkout/sessions/{session['id']}/expire"
        self.assertEqual(self.box.post(path).json["status"], "expired")
        self.assertRefused(self.box.post(path), 400)
        paid = self.session()
        self.box.press(paid, "approve")
        self.assertRefused(self.box.post(
            f"/v1/checkout/sessions/{paid['id']}/expire"), 400)
        self.assertEqual(self.again(paid)["status"], "complete")

    def test_an_authorising_session_completes_unpaid_until_captured(self):
        session = self.session(**{"payment_intent_data[capture_method]": "manual"})
        self.box.press(session, "approve")
        held = self.again(session)
        self.assertEqual((held["status"], held["payment_status"]), ("complete", "unpaid"))
        self.assertEqual(self.row(session)["authorised"], 2500)
        self.assertEqual(self.row(session)["captured"], 0)
        self.box.post(f"/v1/payment_intents/{held['payment_intent']}/capture")
        self.assertEqual(self.again(session)["payment_status"], "paid")

    def test_its_intent_cannot_be_cancelled_before_it_is_authorised(self):
        session = self.session()
        self.box.press(session, "decline")
        intent = self.again(session)["payment_intent"]
        self.assertRefused(self.box.post(f"/v1/payment_intents/{intent}/cancel"), 400)

    def test_nothing_due_needs_no_payment(self):
        session = self.session(0)
        self.assertEqual(session["payment_status"], "no_payment_required")
        self.assertEqual(self.box.press(session, "approve").status, 303)
        self.assertEqual(self.again(session)["status"], "complete")

    def test_the_page_escapes_has_one_form_and_takes_no_card(self):
        session = self.session(**{
            "line_items[0][price_data][product_data][name]": '"><script>alert(1)</script>',
            "client_reference_id": "<b>'x'</b>"})
        page = self.box.send("GET", urllib.parse.urlsplit(session["url"]).path)
        self.assertNotIn("<script", page.text)
        self.assertNotIn("<b>'x'", page.text)
        self.assertEqual(page.text.count('<form method="post"'), 1)
        self.assertEqual(set(re.findall(r'name="outcome" value="(\w+)"', page.text)),
                         {"approve", "decline", "decline_insufficient_funds",
                          "require_3ds", "pay_later", "cancel"})
        self.assertEqual(re.findall(r'<input type="(\w+)"', page.text), ["hidden"])
        self.assertIn("TEST MODE", page.text)
        self.assertIn("default-src 'none'", page.header("content-security-policy"))
        self.assertNotIn("unsafe", page.header("content-security-policy"))
        self.assertEqual(self.box.send("GET", "/stripe/page.css").status, 200)

    def test_a_page_that_is_not_there_says_so(self):
        self.assertEqual(self.box.send("GET", "/stripe/checkout/cs_test_no").status, 404)
        self.assertEqual(self.box.send("GET", "/stripe/3ds/pi_no").status, 404)


class Faults(SandboxTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.box.control("PUT", "config", {"hold_ms": 300})

    def create(self, amount, key, ref=None):
        return self.box.post("/v1/checkout/sessions", session_params(amount, ref or key),
                             key=key)

    def sessions_of(self, ref):
        rows = self.box.get("/v1/checkout/sessions", {"limit": 100}).json["data"]
        return [row for row in rows if row["metadata"]["order_ref"] == ref]

    def assertNothingThenDone(self, code, key):
        self.assertEqual(self.sessions_of(key), [])
        answer = self.create(10000 + code, key)
        self.assertEqual(answer.status, 200, answer.text)
        self.assertIsNone(answer.header("idempotent-replayed"))

    def assertDoneAndReplayed(self, code, key):
        self.assertEqual(len(self.sessions_of(key)), 1)
        answer = self.create(10000 + code, key)
        self.assertEqual(answer.header("idempotent-replayed"), "true")
        self.assertEqual(len(self.sessions_of(key)), 1)
        return answer

    def test_9001_never_answers_and_does_nothing(self):
        start = time.monotonic()
        with self.assertRaises(http.client.RemoteDisconnected):
            self.create(19001, "f9001")
        self.assertGreater(time.monotonic() - start, 0.25)
        self.assertNothingThenDone(9001, "f9001")

    def test_9002_never_answers_but_did_it(self):
        with self.assertRaises(http.client.RemoteDisconnected):
            self.create(19002, "f9002")
        self.assertEqual(self.assertDoneAndReplayed(9002, "f9002").status, 200)

    def test_9002_is_done_at_once_for_who_does_not_wait(self):
        with self.assertRaises(TimeoutError):
            self.box.post("/v1/checkout/sessions", session_params(29002, "f9002b"),
                          key="f9002b", timeout=0.1)
        again = self.box.post("/v1/checkout/sessions", session_params(29002, "f9002b"),
                              key="f9002b")
        self.assertEqual(again.header("idempotent-replayed"), "true")

    def test_9003_fails_before_anything_was_done(self):
        answer = self.create(19003, "f9003")
        self.assertEqual((answer.status, answer.error["type"]), (500, "api_error"))
        self.assertNothingThenDone(9003, "f9003")

    def test_9004_fails_after_it_was_done_and_keeps_failing(self):
        answer = self.create(19004, "f9004")
        self.assertEqual(answer.status, 500)
        self.assertEqual(answer.header("stripe-should-retry"), "false")
        again = self.assertDoneAndReplayed(9004, "f9004")
        self.assertEqual(again.status, 500)
        self.assertEqual(again.header("stripe-should-retry"), "false")
        self.assertEqual(again.body, answer.body)

    def test_9005_asks_to_come_again(self):
        answer = self.create(19005, "f9005")
        self.assertEqual((answer.status, answer.header("retry-after"),
                          answer.header("stripe-should-retry")), (429, "2", "true"))
        self.assertNothingThenDone(9005, "f9005")

    def test_9006_is_right_but_slow(self):
        start = time.monotonic()
        self.assertEqual(self.create(19006, "f9006").status, 200)
        self.assertGreater(time.monotonic() - start, 1)

    def test_9007_resets_before_anything_was_done(self):
        with self.assertRaises(ConnectionResetError):
            self.create(19007, "f9007")
        self.assertNothingThenDone(9007, "f9007")

    def test_9008_resets_after_it_was_done(self):
        with self.assertRaises(ConnectionResetError):
            self.create(19008, "f9008")
        self.assertDoneAndReplayed(9008, "f9008")

    def test_9009_cuts_the_answer_off_after_it_was_done(self):
        with self.assertRaises(http.client.IncompleteRead) as cut:
            self.create(19009, "f9009")
        self.assertTrue(cut.exception.partial.startswith(b'{"id":"cs_test_'))
        self.assertDoneAndReplayed(9009, "f9009")

    def test_9010_says_that_the_first_still_runs(self):
        self.assertRefused(self.create(19010, "f9010"), 409, "idempotency_key_in_use")
        self.assertNothingThenDone(9010, "f9010")

    def test_9011_is_a_page_of_a_balancer(self):
        answer = self.create(19011, "f9011")
        self.assertEqual(answer.status, 502)
        self.assertIn("<html>", answer.text)
        self.assertNothingThenDone(9011, "f9011")

    def test_another_key_meets_the_fault_anew(self):
        self.assertEqual(self.create(29003, "fa", "fx").status, 500)
        self.assertEqual(self.create(29003, "fb", "fx").status, 500)
        self.assertEqual(self.create(29003, "fb", "fx").status, 200)

    def test_confirm_capture_and_refund_meet_their_amounts(self):
        self.assertEqual(self.box.post("/v1/payment_intents",
                                       intent_params(19003)).status, 500)
        held = self.box.post("/v1/payment_intents", {"amount": 19003, "currency": "usd"})
        self.assertEqual(held.status, 200, "creating alone moves no money")
        paid = self.box.post("/v1/payment_intents", intent_params(50000)).json
        params = {"payment_intent": paid["id"], "amount": 9003}
        self.assertEqual(self.box.post("/v1/refunds", params, key="rf").status, 500)
        self.assertEqual(self.box.post("/v1/refunds", params, key="rf").status, 200)

    def test_declines_by_amount_come_first_and_then_no_more(self):
        reasons = {9101: "Your card was declined.",
                   9102: "Your card has insufficient funds.",
                   9103: "Your card has expired.", 9104: "Your card was declined."}
        for code, reason in reasons.items():
            session = self.session(10000 + code)
            page = self.box.press(session, "approve")
            self.assertEqual(page.status, 200)
            self.assertIn(reason, page.text)
            self.assertEqual(self.box.press(session, "approve").status, 303)

    def test_9105_asks_for_3ds_and_9106_waits(self):
        session = self.session(19105)
        self.assertIn("/3ds/", self.box.press(session, "approve").header("location"))
        session = self.session(19106)
        self.assertEqual(self.box.press(session, "approve").status, 303)
        self.assertEqual(self.again(session)["payment_status"], "unpaid")

    def test_9108_opens_a_dispute_later(self):
        session = self.session(19108)
        self.box.press(session, "approve")
        self.box.control("POST", "clock", {"advance_s": 61})
        intent = self.again(session)["payment_intent"]
        disputes = until(lambda: self.box.get(
            "/v1/disputes", {"payment_intent": intent}).json["data"])
        self.assertEqual((disputes[0]["amount"], disputes[0]["status"]),
                         (19108, "needs_response"))

    def test_a_fault_can_be_asked_for_without_an_amount(self):
        self.box.control("POST", "faults", {
            "gateway": "stripe", "method": "POST", "path": "/v1/checkout/sessions",
            "fault": "9003", "times": 2})
        self.assertEqual(self.create(2500, "forced").status, 500)
        self.assertEqual(self.box.get("/v1/events").status, 200)
        self.assertEqual(self.create(2500, "forced").status, 500)
        self.assertEqual(self.create(2500, "forced").status, 200)
        self.box.control("POST", "faults", {
            "gateway": "stripe", "path": "/stripe/v1/checkout/sessions/*",
            "fault": "9011"})
        self.assertEqual(self.box.get(
            "/v1/checkout/sessions/cs_test_x").status, 502)

    def test_a_fault_can_be_bound_to_what_a_request_holds(self):
        self.box.control("POST", "faults", {
            "gateway": "stripe", "method": "POST", "path": "/v1/checkout/sessions",
            "holds": "bound-one", "fault": "9003"})
        self.assertEqual(self.create(2500, "bound-two").status, 200)
        self.assertEqual(self.create(2500, "bound-one").status, 500)
        self.assertEqual(self.create(2500, "bound-one").status, 200)

    def test_an_unknown_fault_is_refused(self):
        answer = self.box.send("POST", "/_sandbox/faults", '{"fault":"9999"}')
        self.assertEqual(answer.status, 400)


if __name__ == "__main__":
    main()
