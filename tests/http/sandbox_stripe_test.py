#!/usr/bin/python3
"""sandbox_stripe_test.py - the sandbox gateway is the Stripe that gateways.md describes.

Each class runs a sandbox of its own (TILL_BIN) on a free port and in a temporary folder.
"""
import concurrent.futures
import hashlib
import hmac
import http.client
import http.server
import io
import json
import os
import pathlib
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

SOURCE = pathlib.Path(os.environ.get("TILL_SOURCE") or pathlib.Path(__file__).parents[2])
TILL = os.environ.get("TILL_BIN") or str(SOURCE / "build" / "till")
KEY = "Bearer sk_test_sandbox"
FORM = "application/x-www-form-urlencoded"


def until(true, seconds=10):
    """Waits for a state, never for a time; answers what made it true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = true()
        if got:
            return got
        time.sleep(0.01)
    raise AssertionError("the state never came")


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.header = response.getheader
        self.body = response.read()
        self.text = self.body.decode("utf-8")

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        return self.json["error"]


class Sandbox:
    """A running sandbox; kill() and start() may follow each other."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="till-sandbox-")
        self.log = open(self.folder + "/log", "ab")
        self.serial = 0
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [TILL, "sandbox", "--port", "0", "--dir", self.folder + "/state"],
            stdout=subprocess.PIPE, stderr=self.log, text=True,
            env={k: v for k, v in os.environ.items() if k != "TILL_CONF"})
        line = self.process.stdout.readline()
        if not line.startswith("http://127.0.0.1:"):
            raise AssertionError(f"no address but {line!r}")
        self.port = int(line.rsplit(":", 1)[1])

    def kill(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        self.process.wait(10)
        self.process.stdout.close()
        return self.process.returncode

    def stop(self):
        code = self.kill(signal.SIGTERM)
        self.log.close()
        text = pathlib.Path(self.folder, "log").read_text(encoding="utf-8")
        shutil.rmtree(self.folder)
        if code:
            raise AssertionError(f"the sandbox ended with {code}:\n{text[-3000:]}")

    def send(self, method, path, body=None, headers=None, timeout=20):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def call(self, method, path, params=None, key=None, version=None, timeout=20):
        """One API call; params are pairs or a dict of bracketed names."""
        headers = {"Authorization": KEY}
        body = None
        if method == "POST":
            headers["Content-Type"] = FORM
            body = params if isinstance(params, str) else urllib.parse.urlencode(
                params or {})
            if key is not False:
                self.serial += 1
                headers["Idempotency-Key"] = key or f"key-{self.serial}"
        elif params:
            path += "?" + urllib.parse.urlencode(params)
        if version:
            headers["Stripe-Version"] = version
        return self.send(method, "/stripe" + path, body, headers, timeout)

    def post(self, path, params=None, **options):
        return self.call("POST", path, params, **options)

    def get(self, path, params=None, **options):
        return self.call("GET", path, params, **options)

    def control(self, method, path, body=None):
        answer = self.send(method, "/_sandbox/" + path,
                           None if body is None else json.dumps(body),
                           {"Content-Type": "application/json"})
        if answer.status != 200:
            raise AssertionError(f"{path}: {answer.status} {answer.text}")
        return answer.json

    def ledger(self, ref):
        return [row for row in self.control("GET", "ledger") if row["ref"] == ref]

    def press(self, session, outcome):
        return self.send("POST", f"/stripe/checkout/{session['id']}",
                         "outcome=" + outcome, {"Content-Type": FORM})

    def now(self):
        return self.control("POST", "clock", {"advance_s": 0})["now"]


def session_params(amount=2500, ref="A-1", **more):
    params = {
        "mode": "payment",
        "success_url": "https://shop.test/back?sid={CHECKOUT_SESSION_ID}&again={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://shop.test/checkout",
        "client_reference_id": ref,
        "line_items[0][quantity]": 1,
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": amount,
        "line_items[0][price_data][product_data][name]": "Mug",
        "metadata[order_ref]": ref,
        "metadata[attempt_ref]": ref + "-1",
        "payment_intent_data[metadata][order_ref]": ref,
        "payment_intent_data[metadata][attempt_ref]": ref + "-1",
    }
    params.update(more)
    return params


def intent_params(amount=2500, **more):
    params = {"amount": amount, "currency": "usd", "confirm": "true",
              "payment_method": "pm_card_visa", "return_url": "https://shop.test/back?o=1",
              "metadata[order_ref]": "I-1", "metadata[attempt_ref]": "I-1-1"}
    params.update(more)
    return {name: value for name, value in params.items() if value is not None}


class SandboxTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.box = Sandbox()
        cls.addClassCleanup(cls.box.stop)
        cls.refs = 0

    def ref(self):
        type(self).refs += 1
        return f"{type(self).__name__}-{self.refs}"

    def session(self, amount=2500, **more):
        answer = self.box.post("/v1/checkout/sessions",
                               session_params(amount, self.ref(), **more))
        self.assertEqual(answer.status, 200, answer.text)
        return answer.json

    def again(self, session):
        return self.box.get("/v1/checkout/sessions/" + session["id"]).json

    def row(self, session):
        rows = self.box.ledger(session["client_reference_id"])
        self.assertEqual(len(rows), 1, rows)
        return rows[0]

    def assertRefused(self, answer, status, code=None, param=None):
        self.assertEqual(answer.status, status, answer.text)
        if code:
            self.assertEqual(answer.error["code"], code)
        if param:
            self.assertEqual(answer.error["param"], param)


class Calls(SandboxTest):
    def test_a_wrong_key_or_none_is_401_in_the_real_shape(self):
        for header in ({}, {"Authorization": "Bearer sk_test_other"},
                       {"Authorization": "Bearer sk_live_sandbox"}):
            answer = self.box.send("GET", "/stripe/v1/events", None, header)
            self.assertEqual(answer.status, 401)
            self.assertEqual(answer.error["type"], "invalid_request_error")

    def test_every_answer_names_its_request_and_version(self):
        answer = self.box.get("/v1/events", version="2025-01-27.acacia")
        self.assertRegex(answer.header("request-id"), r"^req_\w{14}$")
        self.assertEqual(answer.header("stripe-version"), "2025-01-27.acacia")

    def test_a_broken_version_is_refused(self):
        self.assertRefused(self.box.get("/v1/events", version="newest"), 400)

    def test_unknown_addresses_and_ids_are_404(self):
        self.assertEqual(self.box.get("/v1/nothing").error["type"],
                         "invalid_request_error")
        for path in ("/v1/payment_intents/pi_0", "/v1/checkout/sessions/cs_0",
                     "/v1/refunds/re_0", "/v1/events/evt_0", "/v1/customers/cus_0"):
            self.assertRefused(self.box.get(path), 404, "resource_missing")

    def test_what_is_unknown_missing_or_no_number_is_named(self):
        cases = [
            ({"colour": "red"}, "parameter_unknown", "colour"),
            ({"metadata[a][b]": "1"}, "parameter_unknown", "metadata[a][b]"),
            ({"line_items[0][quantity]": "two"}, "parameter_invalid_integer",
             "line_items[0][quantity]"),
            ({"line_items[0][price_data][unit_amount]": "1.5"},
             "parameter_invalid_integer", "line_items[0][price_data][unit_amount]"),
            ({"line_items[0][price_data][unit_amount]": "49"}, "amount_too_small", None),
            ({"line_items[0][price_data][currency]": "xxz"}, None,
             "line_items[0][price_data][currency]"),
            ({"mode": "subscription"}, None, "mode"),
            ({"success_url": "javascript:alert(1)"}, "url_invalid", "success_url"),
            ({"customer": "cus_none"}, "resource_missing", "customer"),
        ]
        for change, code, param in cases:
            answer = self.box.post("/v1/checkout/sessions", session_params(**change))
            self.assertRefused(answer, 400, code, param)
        for name in ("mode", "success_url", "line_items[0][quantity]",
                     "line_items[0][price_data][currency]"):
            params = session_params()
            del params[name]
            self.assertRefused(self.box.post("/v1/checkout/sessions", params), 400,
                               "parameter_missing", name)

    def test_brackets_blanks_and_utf8_are_read_in_every_spelling(self):
        body = ("amount=100&currency=EUR&metadata%5Bnote%5D=a+b%26c%3Dd%2Be%25f"
                "&metadata[place]=K%C3%B6ln%20%E2%82%AC&description=Gift%20%28x%29%21%2A")
        intent = self.box.post("/v1/payment_intents", body).json
        self.assertEqual(intent["metadata"], {"note": "a b&c=d+e%f", "place": "Köln €"})
        self.assertEqual(intent["description"], "Gift (x)!*")
        self.assertEqual(intent["currency"], "eur")

    def test_what_is_no_form_is_refused(self):
        for body in ("amount=%zz", "amount=100&a[b=1", "a=%00", "a=%ff", "a=1&a[b]=2"):
            self.assertRefused(self.box.post("/v1/payment_intents", body), 400)

    def test_payment_method_types_belong_to_older_versions(self):
        params = session_params(**{"payment_method_types[0]": "card"})
        self.assertRefused(self.box.post("/v1/checkout/sessions", params), 400,
                           "parameter_unknown", "payment_method_types[0]")
        self.assertEqual(self.box.post("/v1/checkout/sessions", params,
                                       version="2026-04-22.dahlia").status, 200)

    def test_a_list_pages_from_the_newest(self):
        name = self.ref()
        customer = self.box.post("/v1/customers", {"email": "a@b.test"}).json["id"]
        made = [self.box.post("/v1/payment_intents", {
            "amount": 100 + i, "currency": "usd", "customer": customer,
            "metadata[order_ref]": name}).json["id"] for i in range(5)]
        made.reverse()
        first = self.box.get("/v1/payment_intents", {"customer": customer, "limit": 2})
        self.assertEqual([i["id"] for i in first.json["data"]], made[:2])
        self.assertTrue(first.json["has_more"])
        rest = self.box.get("/v1/payment_intents", {
            "customer": customer, "limit": 10, "starting_after": made[1]}).json
        self.assertEqual([i["id"] for i in rest["data"]], made[2:])
        self.assertFalse(rest["has_more"])
        before = self.box.get("/v1/payment_intents", {
            "customer": customer, "limit": 2, "ending_before": made[3]}).json
        self.assertEqual([i["id"] for i in before["data"]], made[1:3])
        self.assertTrue(before["has_more"])

    def test_expand_puts_whole_objects_in_place_of_ids(self):
        intent = self.box.post("/v1/payment_intents", intent_params(
            **{"expand[]": "latest_charge"})).json
        self.assertEqual(intent["latest_charge"]["object"], "charge")
        self.assertEqual(intent["latest_charge"]["payment_intent"], intent["id"])
        session = self.session()
        self.box.press(session, "approve")
        whole = self.box.get("/v1/checkout/sessions/" + session["id"],
                             [("expand[0]", "payment_intent.latest_charge")]).json
        self.assertEqual(whole["payment_intent"]["latest_charge"]["paid"], True)
        rows = self.box.get("/v1/refunds", {"expand[]": "data.payment_intent"}).json
        self.assertEqual(rows["object"], "list")


class Keys(SandboxTest):
    def test_the_same_call_is_answered_again_byte_for_byte(self):
        params = session_params(ref=self.ref())
        first = self.box.post("/v1/checkout/sessions", params, key="same")
        second = self.box.post("/v1/checkout/sessions", params, key="same")
        self.assertEqual(first.body, second.body)
        self.assertIsNone(first.header("idempotent-replayed"))
        self.assertEqual(second.header("idempotent-replayed"), "true")
        self.assertEqual(second.header("original-request"), first.header("request-id"))

    def test_another_body_or_address_under_the_key_is_refused(self):
        self.box.post("/v1/customers", {"name": "Ada"}, key="other")
        for path, params in (("/v1/customers", {"name": "Bob"}),
                             ("/v1/payment_intents", {"name": "Ada"})):
            answer = self.box.post(path, params, key="other")
            self.assertEqual(answer.status, 400)
            self.assertEqual(answer.error["type"], "idempotency_error")
            self.assertIn("same parameters", answer.error["message"])

    def test_a_validation_error_is_not_stored(self):
        self.assertRefused(self.box.post("/v1/payment_intents", {"amount": 100},
                                         key="later"), 400, "parameter_missing")
        answer = self.box.post("/v1/payment_intents", {"amount": 100, "currency": "usd"},
                               key="later")
        self.assertEqual(answer.status, 200)

    def test_a_decline_is_stored(self):
        params = intent_params(payment_method="pm_card_chargeDeclined")
        first = self.box.post("/v1/payment_intents", params, key="declined")
        second = self.box.post("/v1/payment_intents", params, key="declined")
        self.assertEqual(first.status, 402)
        self.assertEqual(first.body, second.body)
        self.assertEqual(second.header("idempotent-replayed"), "true")

    def test_parallel_use_makes_one_object_and_tells_the_others_to_wait(self):
        params = intent_params(19006, **{"metadata[order_ref]": "parallel"})
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _: self.box.post(
                "/v1/payment_intents", params, key="parallel"), range(6)))
        statuses = sorted(answer.status for answer in answers)
        self.assertEqual(statuses, [200] + [409] * 5)
        for answer in answers:
            if answer.status == 409:
                self.assertEqual(answer.error["code"], "idempotency_key_in_use")
        self.assertEqual(len(self.box.ledger("parallel")), 1)
        late = self.box.post("/v1/payment_intents", params, key="parallel")
        self.assertEqual(late.header("idempotent-replayed"), "true")

    def test_a_key_is_forgotten_after_a_day(self):
        params = {"name": "Ada"}
        first = self.box.post("/v1/customers", params, key="day").json["id"]
        self.box.control("POST", "clock", {"advance_s": 86000})
        self.assertEqual(self.box.post("/v1/customers", params, key="day").json["id"],
                         first)
        self.box.control("POST", "clock", {"advance_s": 500})
        self.assertNotEqual(self.box.post("/v1/customers", params, key="day").json["id"],
                            first)


class Intents(SandboxTest):
    def test_a_good_card_pays_at_once(self):
        intent = self.box.post("/v1/payment_intents", intent_params()).json
        self.assertEqual(intent["status"], "succeeded")
        self.assertEqual(intent["amount_received"], 2500)
        self.assertFalse(intent["livemode"])
        charge = self.box.get("/v1/charges/" + intent["latest_charge"]).json
        self.assertEqual((charge["paid"], charge["captured"], charge["amount_captured"]),
                         (True, True, 2500))

    def test_each_test_card_is_declined_for_its_reason(self):
        cases = {
            "pm_card_visa_chargeDeclined": ("card_declined", "generic_decline"),
            "pm_card_chargeDeclined": ("card_declined", "generic_decline"),
            "pm_card_visa_chargeDeclinedInsufficientFunds":
                ("card_declined", "insufficient_funds"),
            "pm_card_visa_chargeDeclinedLostCard": ("card_declined", "lost_card"),
            "pm_card_visa_chargeDeclinedStolenCard": ("card_declined", "stolen_card"),
            "pm_card_visa_chargeDeclinedVelocityLimitExceeded":
                ("card_declined", "card_velocity_exceeded"),
            "pm_card_chargeDeclinedExpiredCard": ("expired_card", "expired_card"),
            "pm_card_chargeDeclinedIncorrectCvc": ("incorrect_cvc", "incorrect_cvc"),
            "pm_card_chargeDeclinedProcessingError":
                ("processing_error", "processing_error"),
            "pm_card_chargeCustomerFail": ("card_declined", "generic_decline"),
        }
        for card, (code, decline) in cases.items():
            answer = self.box.post("/v1/payment_intents",
                                   intent_params(payment_method=card))
            self.assertEqual(answer.status, 402, card)
            error = answer.error
            self.assertEqual((error["type"], error["code"], error["decline_code"]),
                             ("card_error", code, decline))
            self.assertEqual(error["payment_intent"]["status"],
                             "requires_payment_method")
            self.assertEqual(error["payment_intent"]["last_payment_error"]["code"], code)
            charge = self.box.get("/v1/charges/" + error["charge"]).json
            self.assertEqual(charge["status"], "failed")

    def test_a_declined_intent_can_still_be_paid(self):
        declined = self.box.post("/v1/payment_intents", intent_params(
            payment_method="pm_card_chargeDeclined")).error["payment_intent"]
        paid = self.box.post(f"/v1/payment_intents/{declined['id']}/confirm",
                             {"payment_method": "pm_card_visa"}).json
        self.assertEqual(paid["status"], "succeeded")
        self.assertIsNone(paid["last_payment_error"])

    def three_ds(self, outcome):
        intent = self.box.post("/v1/payment_intents", intent_params(
            payment_method="pm_card_authenticationRequired")).json
        self.assertEqual(intent["status"], "requires_action")
        action = intent["next_action"]
        self.assertEqual(action["type"], "redirect_to_url")
        path = urllib.parse.urlsplit(action["redirect_to_url"]["url"]).path
        page = self.box.send("GET", path)
        self.assertEqual(page.status, 200)
        self.assertIn("TEST MODE", page.text)
        back = self.box.send("POST", path, "outcome=" + outcome, {"Content-Type": FORM})
        self.assertEqual(back.status, 303)
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(back.header("location")).query)
        self.assertEqual(query["o"], ["1"])
        self.assertEqual(query["payment_intent"], [intent["id"]])
        self.assertEqual(query["payment_intent_client_secret"], [intent["client_secret"]])
        return self.box.get("/v1/payment_intents/" + intent["id"]).json

    def test_3ds_approved_pays(self):
        self.assertEqual(self.three_ds("approve")["status"], "succeeded")

    def test_3ds_refused_asks_for_another_method(self):
        for outcome in ("decline", "cancel"):
            intent = self.three_ds(outcome)
            self.assertEqual(intent["status"], "requires_payment_method")
            self.assertEqual(intent["last_payment_error"]["code"],
                             "payment_intent_authentication_failure")

    def test_an_absent_shopper_cannot_authenticate(self):
        answer = self.box.post("/v1/payment_intents", intent_params(
            payment_method="pm_card_authenticationRequired", off_session="true"))
        self.assertEqual(answer.status, 402)
        self.assertEqual(answer.error["code"], "authentication_required")

    def test_an_authorisation_is_captured_once_in_part(self):
        intent = self.box.post("/v1/payment_intents", intent_params(
            capture_method="manual", **{"metadata[order_ref]": "partly"})).json
        self.assertEqual((intent["status"], intent["amount_capturable"]),
                         ("requires_capture", 2500))
        self.assertEqual(self.box.ledger("partly")[0]["status"], "authorised")
        path = f"/v1/payment_intents/{intent['id']}/capture"
        self.assertRefused(self.box.post(path, {"amount_to_capture": 2501}), 400)
        taken = self.box.post(path, {"amount_to_capture": 1500}).json
        self.assertEqual((taken["status"], taken["amount_received"],
                          taken["amount_capturable"]), ("succeeded", 1500, 0))
        again = self.box.post(path)
        self.assertRefused(again, 400, "payment_intent_unexpected_state")
        self.assertEqual(again.error["payment_intent"]["status"], "succeeded")
        row = self.box.ledger("partly")[0]
        self.assertEqual((row["authorised"], row["captured"], row["status"]),
                         (2500, 1500, "captured"))

    def test_an_authorisation_lapses_after_seven_days(self):
        intent = self.box.post("/v1/payment_intents",
                               intent_params(capture_method="manual")).json
        self.box.control("POST", "clock", {"advance_s": 7 * 86400 + 1})
        got = until(lambda: (lambda i: i if i["status"] == "canceled" else None)(
            self.box.get("/v1/payment_intents/" + intent["id"]).json))
        self.assertEqual(got["cancellation_reason"], "automatic")

    def test_cancel_ends_it_and_is_refused_once_paid(self):
        intent = self.box.post("/v1/payment_intents",
                               {"amount": 100, "currency": "usd"}).json
        self.assertEqual(intent["status"], "requires_payment_method")
        gone = self.box.post(f"/v1/payment_intents/{intent['id']}/cancel",
                             {"cancellation_reason": "abandoned"}).json
        self.assertEqual((gone["status"], gone["cancellation_reason"]),
                         ("canceled", "abandoned"))
        paid = self.box.post("/v1/payment_intents", intent_params()).json
        answer = self.box.post(f"/v1/payment_intents/{paid['id']}/cancel")
        self.assertRefused(answer, 400, "payment_intent_unexpected_state")

    def test_update_merges_metadata(self):
        intent = self.box.post("/v1/payment_intents", intent_params(
            confirm=None, payment_method=None, return_url=None,
            **{"metadata[drop]": "x"})).json
        changed = self.box.post("/v1/payment_intents/" + intent["id"],
                                {"metadata[drop]": "", "metadata[new]": "1",
                                 "amount": 3000}).json
        self.assertEqual(changed["metadata"], {"order_ref": "I-1",
                                               "attempt_ref": "I-1-1", "new": "1"})
        self.assertEqual(changed["amount"], 3000)

    def test_a_saved_card_belongs_to_its_customer_until_detached(self):
        customer = self.box.post("/v1/customers", {"email": "ada@b.test"}).json["id"]
        self.box.post("/v1/payment_intents", intent_params(
            customer=customer, setup_future_usage="off_session"))
        path = f"/v1/customers/{customer}/payment_methods"
        saved = self.box.get(path).json["data"]
        self.assertEqual(saved[0]["card"]["last4"], "4242")
        self.assertEqual(saved[0]["customer"], customer)
        again = self.box.post("/v1/payment_intents", intent_params(
            customer=customer, payment_method=saved[0]["id"], off_session="true",
            return_url=None)).json
        self.assertEqual(again["status"], "succeeded")
        self.box.post(f"/v1/payment_methods/{saved[0]['id']}/detach")
        self.assertEqual(self.box.get(path).json["data"], [])


class Refunds(SandboxTest):
    def paid(self, amount=2500, **more):
        return self.box.post("/v1/payment_intents", intent_params(
            amount, **{"metadata[order_ref]": self.ref(), **more})).json

    def ledger_of(self, intent):
        return self.box.ledger(intent["metadata"]["order_ref"])[0]

    def refund(self, intent, **more):
        return self.box.post("/v1/refunds", {"payment_intent": intent["id"], **more})

    def test_parts_add_up_and_never_exceed_what_was_taken(self):
        intent = self.paid()
        first = self.refund(intent, amount=500, **{"metadata[refund_ref]": "r1"}).json
        self.assertEqual((first["status"], first["amount"], first["metadata"]),
                         ("succeeded", 500, {"refund_ref": "r1"}))
        self.assertRefused(self.refund(intent, amount=2001), 400, None, "amount")
        self.assertEqual(self.refund(intent).json["amount"], 2000)
        self.assertRefused(self.refund(intent), 400, "charge_already_refunded")
        row = self.ledger_of(intent)
        self.assertEqual((row["captured"], row["refunded"], row["status"]),
                         (2500, 2500, "refunded"))
        charge = self.box.get("/v1/charges/" + intent["latest_charge"]).json
        self.assertEqual((charge["amount_refunded"], charge["refunded"]), (2500, True))
        listed = self.box.get("/v1/refunds", {"payment_intent": intent["id"]}).json
        self.assertEqual([r["amount"] for r in listed["data"]], [2000, 500])

    def test_an_unpaid_intent_cannot_be_refunded(self):
        intent = self.box.post("/v1/payment_intents",
                               {"amount": 100, "currency": "usd"}).json
        self.assertRefused(self.refund(intent), 400)

    def test_a_refund_can_be_pending_first(self):
        intent = self.paid(payment_method="pm_card_pendingRefund")
        refund = self.refund(intent).json
        self.assertEqual(refund["status"], "pending")
        self.box.control("POST", "clock", {"advance_s": 61})
        until(lambda: self.box.get("/v1/refunds/" + refund["id"]).json["status"]
              == "succeeded")

    def test_9107_makes_a_refund_fail_later_and_the_next_one_stand(self):
        intent = self.paid(19107)
        refund = self.refund(intent, amount=700).json
        self.assertEqual(refund["status"], "succeeded")
        self.box.control("POST", "clock", {"advance_s": 61})
        until(lambda: self.box.get("/v1/refunds/" + refund["id"]).json["status"]
              == "failed")
        self.assertEqual(self.ledger_of(intent)["refunded"], 0)
        second = self.refund(intent).json
        self.box.control("POST", "clock", {"advance_s": 61})
        self.assertEqual(self.box.get("/v1/refunds/" + second["id"]).json["status"],
                         "succeeded")


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


class Receiver(http.server.ThreadingHTTPServer):
    """Takes webhooks; what it answers is set by the test."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.got = queue.Queue()
        self.statuses = []
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/webhooks/stripe"

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            status = self.server.statuses.pop(0) if self.server.statuses else 200
            self.server.got.put((time.monotonic(), body,
                                 self.headers["stripe-signature"]))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    def next(self, seconds=10):
        return self.got.get(timeout=seconds)

    def nothing_comes(self, seconds=0.7):
        try:
            raise AssertionError(f"came: {self.got.get(timeout=seconds)[1]}")
        except queue.Empty:
            return True


def verifies(body, header, secret="whsec_sandbox", now=None):
    """What the official client checks: a v1 of t.body, at most 300 s old."""
    parts = [part.split("=", 1) for part in header.split(",")]
    t = next(value for name, value in parts if name == "t")
    want = hmac.new(secret.encode(), t.encode() + b"." + body, hashlib.sha256).hexdigest()
    fresh = (now or time.time()) - int(t) <= 300
    return fresh and any(name == "v1" and hmac.compare_digest(value, want)
                         for name, value in parts)


class HookTest(SandboxTest):
    def setUp(self):
        self.hook = Receiver()
        self.addCleanup(self.hook.server_close)
        self.addCleanup(self.hook.shutdown)
        self.box.control("PUT", "config", {
            "webhooks": {"stripe": {"url": self.hook.url}},
            "retry_schedule_ms": [0, 50, 50], "late_delay_ms": 60000})

    def events(self, n):
        got = [self.hook.next() for _ in range(n)]
        for _, body, header in got:
            self.assertTrue(verifies(body, header))
        return [json.loads(body) for _, body, _ in got]

    def by_type(self, n):
        return {event["type"]: event for event in self.events(n)}

    def paid(self, amount):
        session = self.session(amount)
        self.box.press(session, "approve")
        return session


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


class WebhookFaults(HookTest):
    def test_9201_sends_each_three_times(self):
        self.paid(19201)
        ids = [event["id"] for event in self.events(6)]
        self.assertEqual(sorted(ids.count(i) for i in set(ids)), [3, 3])

    def test_9202_tells_the_end_first(self):
        self.paid(19202)
        self.assertEqual([event["type"] for event in self.events(2)],
                         ["checkout.session.completed", "payment_intent.succeeded"])

    def test_9203_comes_late(self):
        self.paid(19203)
        self.assertTrue(self.hook.nothing_comes())
        self.box.control("POST", "clock", {"advance_s": 61})
        self.events(2)

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

    def test_9205_never_tells(self):
        session = self.paid(19205)
        self.assertTrue(self.hook.nothing_comes())
        self.assertEqual(self.again(session)["payment_status"], "paid")
        listed = self.box.get("/v1/events", {"type": "checkout.session.completed",
                                             "limit": 1}).json["data"]
        self.assertEqual(listed[0]["data"]["object"]["id"], session["id"])

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


class Durability(SandboxTest):
    def test_a_kill_loses_nothing_that_was_answered(self):
        params = session_params(ref="kept")
        session = self.box.post("/v1/checkout/sessions", params, key="kept")
        other = self.session()
        self.box.press(session.json, "approve")
        self.box.control("PUT", "config", {"late_delay_ms": 1234})
        self.box.control("POST", "clock", {"advance_s": 100})
        self.box.kill()
        self.box.start()
        replay = self.box.post("/v1/checkout/sessions", params, key="kept")
        self.assertEqual(replay.header("idempotent-replayed"), "true")
        self.assertEqual(replay.body, session.body)
        self.assertEqual(self.box.ledger("kept")[0]["captured"], 2500)
        self.assertEqual(self.box.control("GET", "config")["late_delay_ms"], 1234)
        self.assertGreater(self.box.now(), time.time() + 90)
        self.assertEqual(self.box.press(other, "approve").status, 303)

    def test_a_restart_goes_on_with_what_was_due(self):
        hook = Receiver()
        self.addCleanup(hook.server_close)
        self.addCleanup(hook.shutdown)
        hook.statuses = [500]
        self.box.control("PUT", "config", {
            "webhooks": {"stripe": {"url": hook.url}},
            "retry_schedule_ms": [0, 600000], "late_delay_ms": 60000})
        session = self.session()
        self.box.press(session, "cancel")
        self.box.post(f"/v1/checkout/sessions/{session['id']}/expire")
        first = hook.next()[1]
        until(lambda: [row for row in self.box.control("GET", "deliveries")
                       if row["status"] == 500])
        open_one = self.session()
        self.box.kill()
        self.box.start()
        self.box.control("POST", "clock", {"advance_s": 601})
        self.assertEqual(hook.next()[1], first)
        self.box.control("POST", "clock", {"advance_s": 86400})
        self.assertEqual(json.loads(hook.next()[1])["data"]["object"]["id"],
                         open_one["id"])

    def test_a_torn_last_line_is_dropped_and_a_torn_middle_is_not(self):
        session = self.session()
        self.box.kill()
        log = pathlib.Path(self.box.folder, "state", "state.log")
        whole = log.read_bytes()
        for torn in (b'{"kind":"session","id":"cs_te', b'{"kind":"session","id"\n'):
            log.write_bytes(whole + torn)
            self.box.start()
            self.assertEqual(self.again(session)["status"], "open")
            self.box.kill()
        log.write_bytes(whole[:200] + b"\x00" + whole[200:])
        with self.assertRaises(AssertionError):
            self.box.start()
        self.box.process.wait(10)
        self.box.process.stdout.close()
        log.write_bytes(whole)
        self.box.start()

    def test_one_folder_serves_one_sandbox(self):
        second = subprocess.run(
            [TILL, "sandbox", "--port", "0", "--dir", self.box.folder + "/state"],
            capture_output=True, timeout=10)
        self.assertEqual(second.returncode, 1)

    def test_state_is_for_its_owner_alone(self):
        log = pathlib.Path(self.box.folder, "state", "state.log")
        self.assertEqual(log.stat().st_mode & 0o077, 0)


class Control(SandboxTest):
    def test_reset_forgets_all_but_the_configuration(self):
        box = Sandbox()
        self.addCleanup(box.stop)
        box.control("PUT", "config", {"hold_ms": 77})
        box.post("/v1/payment_intents", intent_params())
        box.control("POST", "clock", {"advance_s": 100})
        box.control("POST", "reset")
        self.assertEqual(box.control("GET", "ledger"), [])
        self.assertEqual(box.control("GET", "requests"), [])
        self.assertEqual(box.get("/v1/events").json["data"], [])
        self.assertLess(box.now(), time.time() + 60)
        box.kill()
        box.start()
        self.assertEqual(box.control("GET", "ledger"), [])
        self.assertEqual(box.control("GET", "config")["hold_ms"], 77)

    def test_the_configuration_merges_at_two_levels(self):
        first = self.box.control("GET", "config")
        got = self.box.control("PUT", "config", {"retry_schedule_ms": [0, 1]})
        self.assertEqual(got, {**first, "retry_schedule_ms": [0, 1]})
        for wrong in ({"webhooks": {"stripe": {"url": "ftp://x"}}}, {"colour": 1},
                      {"retry_schedule_ms": []}, {"webhooks": {"other": {}}},
                      {"hold_ms": -1}):
            answer = self.box.send("PUT", "/_sandbox/config", json.dumps(wrong))
            self.assertEqual(answer.status, 400, wrong)
        self.assertEqual(self.box.control("GET", "config"), got)

    def test_requests_are_listed_without_secrets(self):
        self.box.post("/v1/customers", {"name": "Ada"}, key="listed")
        row = self.box.control("GET", "requests")[-1]
        self.assertEqual((row["method"], row["path"], row["key"], row["status"]),
                         ("POST", "/v1/customers", "listed", 200))
        self.assertNotIn("sk_test", json.dumps(self.box.control("GET", "requests")))

    def test_pay_presses_a_button(self):
        session = self.session()
        ref = session["client_reference_id"]
        self.box.control("POST", "pay", {"gateway": "stripe", "ref": ref,
                                         "outcome": "decline"})
        self.assertEqual(self.row(session)["status"], "failed")
        self.box.control("POST", "pay", {"gateway": "stripe", "ref": ref,
                                         "outcome": "approve"})
        self.assertEqual(self.row(session)["captured"], 2500)
        for wrong in ({"ref": ref, "outcome": "approve"}, {"ref": "nobody"}):
            answer = self.box.send("POST", "/_sandbox/pay",
                                   json.dumps({"gateway": "stripe", **wrong}))
            self.assertEqual(answer.status, 400)

    def test_pages_of_other_sites_cannot_reach_it(self):
        for headers in ({"Host": "evil.test"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = self.box.send("GET", "/_sandbox/ledger", None, headers)
            self.assertEqual(answer.status, 403)

    def test_unknown_addresses_methods_and_bodies_are_refused(self):
        for method, path, body, status in (
                ("GET", "nothing", None, 404), ("DELETE", "ledger", None, 405),
                ("POST", "clock", "{", 400), ("POST", "clock", '{"advance_s":-1}', 400),
                ("POST", "deliveries/dlv_0/resend", None, 404)):
            self.assertEqual(self.box.send(method, "/_sandbox/" + path, body).status,
                             status)


class Http(SandboxTest):
    def raw(self, bytes_out):
        with socket.create_connection(("127.0.0.1", self.box.port), timeout=10) as wire:
            wire.sendall(bytes_out)
            got = b""
            while True:
                try:
                    part = wire.recv(65536)
                except ConnectionResetError:
                    return got
                if not part:
                    return got
                got += part

    def test_what_is_not_plain_http_is_refused_and_closed(self):
        cases = {
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n": b"501",
            b"POST / HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n": b"413",
            b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx": b"400",
            b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n": b"400",
            b"GET http://x/ HTTP/1.1\r\n\r\n": b"400",
            b"GET / HTTP/2.0\r\n\r\n": b"505",
            b"nonsense\r\n\r\n": b"400",
            b"GET / HTTP/1.1\r\nbad header\r\n\r\n": b"400",
            b"GET / HTTP/1.1\r\nA: \0\r\n\r\n": b"400",
            b"GET / HTTP/1.1\r\nX: " + b"a" * 20000 + b"\r\n\r\n": b"431",
            b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 70 + b"\r\n": b"431",
        }
        for sent, status in cases.items():
            got = self.raw(sent)
            self.assertEqual(got[:12], b"HTTP/1.1 " + status, sent[:60])
            self.assertIn(b"Connection: close", got)

    def test_one_connection_serves_many_requests_even_at_once(self):
        one = (b"GET /stripe/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
               b"Authorization: Bearer sk_test_sandbox\r\n\r\n")
        last = one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        got = self.raw(one * 5 + last)
        self.assertEqual(got.count(b"HTTP/1.1 200 OK"), 6)

    def test_a_request_may_come_byte_by_byte(self):
        with socket.create_connection(("127.0.0.1", self.box.port), timeout=10) as wire:
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in b"GET /stripe/page.css HTTP/1.0\r\nA: b\r\n\r\n":
                wire.send(bytes([byte]))
            self.assertTrue(wire.recv(100).startswith(b"HTTP/1.1 200"))

    def test_a_long_body_is_taken_whole(self):
        params = {f"metadata[k{i}]": "ü" * 500 for i in range(40)}
        answer = self.box.post("/v1/customers", params)
        self.assertEqual(answer.json["metadata"]["k39"], "ü" * 500)

    def test_head_answers_without_a_body(self):
        got = self.raw(b"HEAD /stripe/page.css HTTP/1.1\r\nConnection: close\r\n\r\n")
        self.assertTrue(got.endswith(b"\r\n\r\n"))
        self.assertNotIn(b"Content-Length: 0", got)


class Start(unittest.TestCase):
    def start(self, config, key):
        with tempfile.TemporaryDirectory() as folder:
            keys = pathlib.Path(folder, "stripe")
            keys.write_text(key + "\n", encoding="ascii")
            keys.chmod(0o600)
            conf = pathlib.Path(folder, "till.conf")
            conf.write_text(config.format(keys=keys), encoding="ascii")
            process = subprocess.Popen(
                [TILL, "sandbox", "--port", "0", "--dir", folder + "/s", "--config", conf],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            started = process.stdout.readline() != ""
            process.terminate()
            process.communicate(timeout=10)
            return started

    def test_it_refuses_to_run_beside_live_settings_or_keys(self):
        config = "[gateway]\nmode = {{}}\n[stripe]\nkey_file = {keys}\n"
        self.assertTrue(self.start(config.replace("{{}}", "sandbox"), "sk_test_sandbox"))
        self.assertFalse(self.start(config.replace("{{}}", "live"), "sk_test_sandbox"))
        self.assertFalse(self.start(config.replace("{{}}", "sandbox"), "sk_live_1"))
        self.assertFalse(self.start(config.replace("{{}}", "sandbox"), "rzp_live_1"))

    def test_wrong_use_is_told_with_2(self):
        for words in (["--port", "1"], ["--dir"], ["--colour", "red"]):
            done = subprocess.run([TILL, "sandbox", *words], capture_output=True,
                                  timeout=10)
            self.assertEqual(done.returncode, 2, words)


def run(suite):
    """One class; what it has to say comes out in one piece."""
    told = io.StringIO()
    passed = unittest.TextTestRunner(stream=told, verbosity=1).run(suite).wasSuccessful()
    print(told.getvalue(), flush=True)
    return passed


def main():
    """Most of the time is waiting, and each class has a sandbox of its own: side by side."""
    classes = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return 0 if all(list(pool.map(run, classes))) else 1


if __name__ == "__main__":
    sys.exit(main() if len(sys.argv) == 1 else unittest.main())
