#!/usr/bin/python3
"""order_api_test.py - payments and orders over JSON: shapes, keys, refusals, who may see."""
import concurrent.futures
import json
import secrets
import unittest

from buyer import ledger, new_key, own, press, sandbox, verify
from shop import shared, side_by_side, wait_until
from shopper import Shopper, hosted, number_in, plain
from visitor import Visitor

ORDER_KEYS = [
    "id", "number", "cart_id", "user_id", "status", "payment_status", "fulfilment_status",
    "currency", "items", "subtotal", "discount_amount", "shipping", "tax", "tax_included",
    "total", "due", "shipping_address", "billing_address", "shipping_option",
    "payment_attempt_id", "idempotency_key", "metadata", "created_at", "updated_at",
    "timeline"]
STATUS_KEYS = ["order_id", "number", "status", "payment_status", "fulfilment_status",
               "total", "due", "expires_at", "next_action"]


class Orders(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shop = shared()

    def shopper(self, quantity=1):
        """Somebody whose checkout is started."""
        ada = Shopper(self.shop)
        self.addCleanup(ada.close)
        ada.put(quantity=quantity)
        ada.start()
        return ada

    def order(self, ada, order):
        return ada.must("GET", f"/api/v1/orders/{order['id']}")

    def captured(self, order):
        return [row["captured"] for row in ledger(self.shop, order) if row["captured"]]

    def lose_the_answer(self, ada):
        """A session is made, but neither the answer nor a look says so. Nobody else of the
        shared shop has lost one to look for."""
        ada.fault("9004")
        sandbox(self.shop, "POST", "faults", {
            "gateway": "stripe", "method": "GET", "path": "/v1/checkout/sessions",
            "fault": "9003", "times": 3})

    def test_a_guest_buys(self):
        ada = self.shopper(quantity=2)
        key = new_key()
        paid = ada.pay(ada.offer(shipping_option="standard"), key, status=(201,))
        order = paid["order"]
        self.assertEqual(list(paid), ["order", "attempt", "redirect_url"])
        self.assertEqual(list(paid["attempt"]), ["id", "gateway", "status"])
        self.assertEqual(list(order), ORDER_KEYS)
        self.assertEqual(
            (order["status"], order["payment_status"], order["fulfilment_status"],
             order["user_id"], order["idempotency_key"], order["shipping_option"]),
            ("pending", "pending", "unfulfilled", None, key, "standard"))
        self.assertEqual((order["total"]["amount"], order["due"]["amount"]), (4050, 4050))
        self.assertEqual(order["payment_attempt_id"], paid["attempt"]["id"])
        self.assertEqual([list(step) for step in order["timeline"]],
                         [["at", "event", "from", "to", "reason"]])

        status = ada.status(order)
        self.assertEqual(list(status), STATUS_KEYS)
        self.assertEqual(status["next_action"],
                         {"kind": "redirect", "url": paid["redirect_url"]})
        press(self.shop, order)
        ada.wait_for(order, "confirmed")
        done = self.order(ada, order)
        self.assertEqual(list(done), ORDER_KEYS)
        self.assertEqual((done["payment_status"], done["due"]["amount"]), ("paid", 0))
        self.assertEqual(done["billing_address"], done["shipping_address"])
        self.assertEqual(done["shipping_address"]["full_name"], "Ada Example")
        self.assertEqual([step["event"] for step in done["timeline"]], ["placed", "paid"])
        self.assertIsNone(ada.status(order)["next_action"])
        self.assertEqual(self.captured(order), [4050])
        verify(self, self.shop, wait=10)

    def test_a_status_that_did_not_change_costs_nothing(self):
        ada = self.shopper()
        order = ada.pay()["order"]
        path = f"/api/v1/checkout/status/{order['id']}"
        first = ada.get(path)
        again = ada.get(path, If_None_Match=first.header("etag"))
        self.assertEqual((again.status, again.body), (304, b""))
        page = ada.get(f"/checkout/status/{order['number']}")
        self.assertEqual((page.status, number_in(page.header("location"))),
                         (303, order["number"]))
        said = ada.get(f"/checkout/status/{order['number']}", Accept="application/json")
        self.assertEqual(json.loads(said.body)["order_id"], order["id"])

    def test_fifty_posts_with_one_key_make_one_order(self):
        ada = self.shopper()
        offer, key = json.dumps(ada.offer()), new_key()

        def post(_):
            return ada.apart().call_raw("POST", "/api/v1/checkout/payment", offer,
                                        Idempotency_Key=key)

        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(post, range(50)))
        good = [a for a in answers if a.status == 201]
        self.assertGreaterEqual(len(good), 1)
        self.assertEqual(len({a.body for a in good}), 1)
        for refused in (a for a in answers if a.status != 201):
            self.assertEqual((refused.status, json.loads(refused.body)["code"]),
                             (409, "key_in_use"))
            self.assertIsNotNone(refused.header("retry-after"))
        self.assertEqual((post(0).status, post(0).body), (201, good[0].body))
        order = json.loads(good[0].body)["order"]
        press(self.shop, order)
        ada.wait_for(order, "confirmed")
        self.assertEqual(post(0).body, good[0].body)
        self.assertEqual(self.captured(order), [1800])

    def test_another_key_for_the_same_cart_gives_the_same_order(self):
        ada = self.shopper()
        offer = ada.offer()
        first = ada.pay(offer)
        again = ada.pay(offer, status=(200,))
        self.assertEqual((again["order"]["id"], again["redirect_url"]),
                         (first["order"]["id"], first["redirect_url"]))

    def test_a_cart_that_changed_replaces_its_order(self):
        ada = self.shopper()
        first = ada.pay()
        ada.put()
        ada.start()
        second = ada.pay()
        self.assertNotEqual(first["order"]["id"], second["order"]["id"])
        self.assertEqual(self.order(ada, first["order"])["status"], "cancelled")
        self.assertIn("expired", hosted(first["redirect_url"]).text.lower())

    def test_what_is_refused(self):
        ada = self.shopper()
        offer = ada.offer()
        self.assertEqual(ada.call("POST", "/api/v1/checkout/payment", offer)[1]["code"],
                         "bad_request")

        def refused(body, status, key=None):
            return ada.pay(body, key, status=(status,))

        other = {"amount": 1, "currency": "USD"}
        self.assertEqual(refused({**offer, "accept_total": other}, 409)["code"],
                         "total_changed")
        self.assertEqual(refused({**offer, "cart_version": 999}, 409)["code"],
                         "cart_changed")
        missing = {k: v for k, v in offer.items() if k != "contact"}
        problem = refused(missing, 422)
        self.assertEqual((problem["code"], [e["field"] for e in problem["errors"]]),
                         ("invalid", ["contact.email"]))
        key = new_key()
        ada.pay(offer, key)
        self.assertEqual(refused({**offer, "shipping_option": "express"}, 422, key)["code"],
                         "key_reused")

    def test_the_next_attempt_closes_the_one_before(self):
        ada = self.shopper()
        paid = ada.pay()
        order = paid["order"]
        path = f"/api/v1/orders/{order['number']}/payment"
        wish = {"payment_method": "stripe",
                "accept_total": {k: order["due"][k] for k in ("amount", "currency")}}
        key = new_key()
        again = ada.must("POST", path, wish, (201,), Idempotency_Key=key)
        self.assertEqual(list(again), ["order", "attempt", "redirect_url"])
        self.assertNotEqual(again["redirect_url"], paid["redirect_url"])
        self.assertNotEqual(again["attempt"]["id"], paid["attempt"]["id"])
        self.assertIn("expired", hosted(paid["redirect_url"]).text.lower())
        press(self.shop, order)
        ada.wait_for(order, "confirmed")
        self.assertEqual(ada.must("POST", path, wish, (201,), Idempotency_Key=key), again)
        late = ada.must("POST", path, wish, (409,), Idempotency_Key=new_key())
        self.assertEqual(late["code"], "order_paid")
        self.assertEqual(self.captured(order), [1800])

    def test_a_cancellation_is_answered_alike_for_its_key_alone(self):
        ada = self.shopper()
        order = ada.pay()["order"]
        press(self.shop, order)
        ada.wait_for(order, "confirmed")
        path, key = f"/api/v1/orders/{order['id']}/cancel", new_key()
        gone = ada.must("POST", path, {}, Idempotency_Key=key)
        self.assertEqual((list(gone), gone["status"]), (ORDER_KEYS, "cancelled"))
        self.assertEqual(ada.must("POST", path, {}, Idempotency_Key=key), gone)
        late = ada.must("POST", path, {}, (409,), Idempotency_Key=new_key())
        self.assertEqual(late["code"], "order_state")

    def test_no_answer_of_the_gateway_is_no_failure(self):
        ada = self.shopper()
        offer = ada.offer()
        self.lose_the_answer(ada)
        key = new_key()
        paid = ada.pay(offer, key, status=(202,))
        self.assertEqual((paid["attempt"]["status"], paid["redirect_url"]),
                         ("unknown", None))
        self.assertEqual(ada.status(paid["order"])["next_action"],
                         {"kind": "wait", "url": None})
        page = ada.page(f"/orders/{paid['order']['number']}")
        self.assertIn("Please do not pay again", page.text)
        self.assertIn(ada.email, page.text)
        # a job asks again under the same key and learns the session
        wait_until(lambda: (ada.status(paid["order"])["next_action"] or {}).get("url"),
                   "the session's page")
        self.assertEqual(ada.pay(offer, key, status=(202,)), paid)

    def test_a_gateway_that_is_down_keeps_the_order_for_the_same_key(self):
        ada = self.shopper()
        offer, key = ada.offer(), new_key()
        ada.fault("9005", times=3)
        refused = ada.pay(offer, key, status=(503,))
        self.assertEqual(refused["code"], "gateway_unavailable")
        made = []

        def goes_on():
            status, body = ada.call("POST", "/api/v1/checkout/payment", offer,
                                    Idempotency_Key=key)
            made.append(body)
            return status == 201

        wait_until(goes_on, "the payment", 30)
        self.assertEqual(made[-1]["order"]["idempotency_key"], key)

    # ---- who may see ----

    def test_an_order_is_nobody_elses(self):
        ada = self.shopper()
        order = ada.pay()["order"]
        stranger = Visitor(self.shop)
        for name in (order["number"], order["id"]):
            for path in (f"/orders/{name}", f"/orders/{name}?t=guess",
                         f"/api/v1/orders/{name}", f"/checkout/status/{name}",
                         f"/api/v1/checkout/status/{name}?t=guess"):
                self.assertEqual(stranger.get(path).status, 404, path)
        none = stranger.call("GET", "/api/v1/orders/AAAAA-AAAAA")
        theirs = stranger.call("GET", f"/api/v1/orders/{order['number']}")
        for _, said in (none, theirs):
            said.pop("trace_id")
        self.assertEqual(none, theirs)
        for what in ("cancel", "payment"):
            status, _ = stranger.call(
                "POST", f"/api/v1/orders/{order['id']}/{what}",
                {} if what == "cancel" else {
                    "payment_method": "stripe",
                    "accept_total": {"amount": 1800, "currency": "USD"}},
                Idempotency_Key=secrets.token_hex(16))
            self.assertEqual(status, 404)

    def test_the_link_opens_an_order_anywhere(self):
        ada = self.shopper()
        order = ada.pay()["order"]
        link = ada.get(f"/checkout/status/{order['id']}").header("location")
        stranger = Visitor(self.shop)
        answer = stranger.get(link)
        self.assertEqual((answer.status, answer.header("referrer-policy")),
                         (200, "no-referrer"))
        gone = stranger.call("POST", f"/api/v1/orders/{order['id']}/cancel?"
                             + link.partition("?")[2], {}, Idempotency_Key=new_key())
        self.assertEqual((gone[0], gone[1]["status"]), (200, "cancelled"))

    # ---- webhooks ----

    def test_what_nobody_signed_is_refused(self):
        for headers in ({}, {"Stripe-Signature": "t=1,v1=00"}):
            answer = self.shop.send("POST", "/webhooks/stripe",
                                    dict(headers, **{"Content-Type": "application/json"}),
                                    '{"id": "evt_1", "type": "checkout.session.completed"}')
            self.assertEqual((answer.status, json.loads(answer.body)["code"]),
                             (400, "bad_signature"))

    def test_a_payment_of_which_no_webhook_tells_is_found_by_the_poll(self):
        sku = own(self.shop, "SILENT", 3, price="192.05")
        ada = Shopper(self.shop)
        self.addCleanup(ada.close)
        order = ada.place(sku)["order"]
        self.assertEqual(order["total"]["amount"] % 10000, 9205)
        press(self.shop, order)
        self.assertEqual(ada.status(order)["status"], "pending")
        ada.wait_for(order, "confirmed")
        self.assertEqual(self.captured(order), [19205])

    def test_a_repeated_webhook_changes_nothing(self):
        ada = self.shopper()
        others = {row["id"] for row in sandbox(self.shop, "GET", "deliveries")}
        order = ada.pay()["order"]
        press(self.shop, order)
        ada.wait_for(order, "confirmed")
        before = self.order(ada, order)
        ada.wait_for_mail(order["number"], "is confirmed")
        for row in sandbox(self.shop, "GET", "deliveries"):
            if row["id"] not in others:
                sandbox(self.shop, "POST", f"deliveries/{row['id']}/resend", {})
        verify(self, self.shop, wait=10)
        self.assertEqual(self.order(ada, order), before)
        self.assertEqual(len(ada.mails(order["number"], "is confirmed")), 1)


def load_tests(loader, *_):
    return side_by_side(loader, Orders)


if __name__ == "__main__":
    unittest.main()
