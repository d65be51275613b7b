#!/usr/bin/python3
"""sandbox_stripe_calls_test.py - calls, idempotency keys, intents and refunds of the
sandbox gateway are those of the Stripe that gateways.md describes."""
import concurrent.futures
import urllib.parse

from sandbox import FORM, SandboxTest, intent_params, main, session_params, until


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

    def test_the_fee_of_a_payment_stands_in_its_balance_transaction(self):
        session = self.session()
        self.box.press(session, "approve")
        path = "/v1/checkout/sessions/" + session["id"]
        short = self.box.get(path, {"expand[0]": "payment_intent.latest_charge"}).json
        name = short["payment_intent"]["latest_charge"]["balance_transaction"]
        self.assertRegex(name, "^txn_")
        whole = self.box.get(path, {
            "expand[0]": "payment_intent.latest_charge.balance_transaction"}).json
        charge = whole["payment_intent"]["latest_charge"]
        told = charge["balance_transaction"]
        self.assertEqual((told["id"], told["source"]), (name, charge["id"]))
        self.assertEqual(told["amount"], charge["amount_captured"])
        self.assertEqual(told["net"], told["amount"] - told["fee"])
        self.assertEqual(told["fee"], sum(part["amount"] for part in told["fee_details"]))
        self.assertGreater(told["fee"], 0)

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


if __name__ == "__main__":
    main()
