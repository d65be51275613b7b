#!/usr/bin/python3
"""hold_test.py - time passes: holds, orders and carts end when they should, the gateway is
asked before an order is given up, and money that comes too late buys or goes back
(design.md 6 and 7). The clock of a shop of its own is turned."""
import json
import struct
import unittest

import buyer
import shop
from between import Liar

MINUTE = 60
HOUR = 60 * MINUTE


class Time(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.between = Liar()
        cls.addClassCleanup(cls.between.stop)
        cls.own = shop.OwnShop(TILL_STRIPE_API_BASE=cls.between.api)
        cls.addClassCleanup(cls.own.__exit__)
        cls.between.stand_before(cls.own.environ["TILL_SANDBOX_PORT"])
        cls.own.start()
        cls.till = cls.own.shop
        cls.now = 0
        cls.idle = buyer.Buyer(cls.till)
        cls.addClassCleanup(cls.idle.close)
        cls.idle_cart = cls.idle.put("HG-MUG")
        cls.idle.start()
        cls.advance(23 * HOUR)
        cls.idle_cart_late = cls.idle.call("GET", "/api/v1/cart")
        cls.advance(2 * HOUR)

    def setUp(self):
        self.between.lies.clear()
        self.between.silent.clear()
        self.between.busy = False
        self.sku = buyer.own(self.till, f"T-{self.id().rpartition('_')[2].upper()}"[:40], 3,
                             per_order=3)

    def tearDown(self):
        buyer.verify(self, self.till, wait=10)

    @classmethod
    def advance(cls, seconds):
        """Turns the clock of every role of this shop, and wakes its jobs as a request does:
        only some of the tests wait for the second in which they look by themselves."""
        cls.turn(seconds)
        buyer.wake(cls.till)

    @classmethod
    def turn(cls, seconds):
        cls.now += seconds
        with open(cls.own.folder / "var" / "run" / "shm", "r+b") as shared:
            shared.seek(8)
            shared.write(struct.pack("=q", cls.now))

    def visitor(self):
        someone = buyer.Buyer(self.till)
        self.addCleanup(someone.close)
        return someone

    def stock(self):
        return tuple(int(n) for n in buyer.rows(
            self.till, f"SELECT on_hand, reserved FROM stock WHERE sku = '{self.sku}'")[0])

    def wait_for_stock(self, on_hand, reserved):
        shop.wait_until(lambda: self.stock() == (on_hand, reserved),
                        f"stock is {on_hand}, {reserved}, not {self.stock()}", 15)

    def webhooks(self, on):
        buyer.sandbox(self.till, "PUT", "config", {"webhooks": {"stripe": {
            "url": self.till.url + "/webhooks/stripe" if on else None}}})

    def gateway_state(self, order):
        return buyer.ledger(self.till, order)[-1]["status"]

    # ---- holds ----

    def test_a_hold_ends_after_half_an_hour_of_idleness(self):
        one, other = self.visitor(), self.visitor()
        one.put(self.sku, 3)
        one.start()
        other.put("HG-SOAP")
        status, said = other.call("POST", "/api/v1/cart/items", {"sku": self.sku,
                                                                "quantity": 1})
        self.assertEqual((status, said["code"]), (409, "sold_out"))
        self.turn(31 * MINUTE)
        self.wait_for_stock(3, 0)
        other.put(self.sku, 2)
        self.assertEqual([line["held"] for line in other.start()["lines"]][-1], 2)
        checkout = one.start()["lines"][0]
        self.assertEqual((checkout["requested"], checkout["held"]), (3, 1))

    def test_only_what_the_shopper_does_extends_a_hold_and_only_when_it_is_short(self):
        one = self.visitor()
        one.put(self.sku)
        first = one.start()["hold_expires_at"]
        self.advance(3 * MINUTE)
        details = one.details()
        self.assertEqual(one.must("PATCH", "/api/v1/checkout", details)["hold_expires_at"],
                         first, "over 25 minutes are left")
        self.advance(12 * MINUTE)
        self.assertEqual(one.must("GET", "/api/v1/checkout")["hold_expires_at"], first)
        later = one.must("PATCH", "/api/v1/checkout", details)["hold_expires_at"]
        self.assertGreater(later, first)
        self.advance(29 * MINUTE)
        self.assertEqual(self.stock(), (3, 1))
        self.advance(2 * MINUTE)
        self.wait_for_stock(3, 0)

    # ---- orders ----

    def test_an_unpaid_order_ends_after_its_session_was_closed(self):
        one = self.visitor()
        order = one.place(self.sku, 2)["order"]
        self.assertEqual(self.stock(), (3, 2))
        self.advance(34 * MINUTE)
        self.assertEqual(one.status(order)["status"], "pending")
        self.turn(2 * MINUTE)
        one.wait_for(order, "expired")
        self.wait_for_stock(3, 0)
        asked = [call["path"] for call in buyer.sandbox(self.till, "GET", "requests")[-6:]]
        self.assertTrue(any("/v1/checkout/sessions/" in path for path in asked), asked)
        status, said = one.call("POST", f"/api/v1/orders/{order['id']}/payment", {
            "payment_method": "stripe", "accept_total": {
                "amount": order["total"]["amount"], "currency": "USD"}},
            Idempotency_Key=buyer.new_key())
        self.assertEqual((status, said["code"]), (409, "order_state"))
        self.assertIn("Nothing has been charged.", one.page(f"/orders/{order['number']}").text)
        self.assertEqual(one.must("GET", "/api/v1/cart")["items"][0]["quantity"], 2,
                         "the goods are still in the cart")

    def test_an_order_whose_last_attempt_was_declined_ends_as_failed(self):
        one = self.visitor()
        order = one.place(self.sku)["order"]
        buyer.press(self.till, order, "decline")
        self.advance(36 * MINUTE)
        one.wait_for(order, "failed")
        self.wait_for_stock(3, 0)

    def test_a_decline_of_which_no_webhook_told_counts_too(self):
        one = self.visitor()
        order = one.place(self.sku)["order"]
        self.webhooks(False)
        self.addCleanup(self.webhooks, True)
        buyer.press(self.till, order, "decline")
        self.advance(36 * MINUTE)
        one.wait_for(order, "failed")
        self.wait_for_stock(3, 0)

    def test_another_attempt_gives_an_order_its_time_again(self):
        one = self.visitor()
        order = one.place(self.sku)["order"]
        buyer.press(self.till, order, "decline")
        self.advance(20 * MINUTE)
        again = one.must("POST", f"/api/v1/orders/{order['id']}/payment", {
            "payment_method": "stripe", "accept_total": {
                "amount": order["total"]["amount"], "currency": "USD"}},
            Idempotency_Key=buyer.new_key())
        self.assertTrue(again["redirect_url"])
        self.advance(20 * MINUTE)
        self.assertEqual(one.status(order)["status"], "pending", "40 minutes in all")
        buyer.press(self.till, order)
        one.wait_for(order, "confirmed")
        self.wait_for_stock(2, 0)
        self.assertEqual(sum(row["captured"] for row in buyer.ledger(self.till, order)),
                         order["total"]["amount"])

    def test_the_gateway_is_asked_before_an_order_is_given_up(self):
        one = self.visitor()
        order = one.place(self.sku)["order"]
        self.webhooks(False)
        self.addCleanup(self.webhooks, True)
        buyer.press(self.till, order)
        self.advance(36 * MINUTE)
        one.wait_for(order, "confirmed")
        self.wait_for_stock(2, 0)

    def test_an_order_of_which_nothing_is_known_keeps_its_goods(self):
        one = self.visitor()
        made = one.place(self.sku)
        order = made["order"]
        self.between.silent.add(made["redirect_url"].rpartition("/")[2])
        self.advance(36 * MINUTE)
        shop.wait_until(lambda: one.must("GET", f"/api/v1/orders/{order['id']}")["timeline"]
                        [-1]["to"] == "review", "the order is in review", 20)
        self.assertEqual(one.status(order)["status"], "pending")
        self.advance(2 * HOUR)
        self.assertEqual(self.stock(), (3, 1))
        self.between.silent.clear()
        self.advance(2 * HOUR)
        one.wait_for(order, "failed")
        self.wait_for_stock(3, 0)

    def test_a_payment_goes_on_long_after_the_gateway_was_away(self):
        """A session that is asked for minutes later would end too soon for the gateway."""
        one = self.visitor()
        one.put(self.sku)
        one.start()
        offer, key = one.offer(), buyer.new_key()
        self.between.busy = True
        status, said = self.ask_to_pay(one, offer, key)
        self.assertEqual((status, said["code"]), (503, "gateway_unavailable"))
        self.advance(3 * MINUTE)
        self.between.busy = False
        status, said = self.ask_to_pay(one, offer, key)
        self.assertEqual((status, bool(said.get("redirect_url"))), (201, True), said)
        buyer.press(self.till, said["order"])
        one.wait_for(said["order"], "confirmed")
        self.wait_for_stock(2, 0)

    def ask_to_pay(self, one, offer, key):
        return one.call("POST", "/api/v1/checkout/payment", offer, Idempotency_Key=key)

    # ---- money that comes too late ----

    def end_unpaid(self, one, quantity):
        """An order that expired, since the gateway said so; yet it was paid."""
        made = one.place(self.sku, quantity)
        order = made["order"]
        session = made["redirect_url"].rpartition("/")[2]
        self.between.lies.add(session)
        self.webhooks(False)
        buyer.press(self.till, order)
        self.advance(36 * MINUTE)
        one.wait_for(order, "expired")
        self.wait_for_stock(3, 0)
        self.assertEqual(self.gateway_state(order), "captured")
        return order

    def tell(self, order):
        """Now the gateway tells of it."""
        self.between.lies.clear()
        self.webhooks(True)
        told = {"id": "evt_" + buyer.new_key(), "object": "event", "livemode": False,
                "type": "payment_intent.succeeded", "created": 1, "data": {"object": {
                    "id": "pi_late", "object": "payment_intent", "status": "succeeded",
                    "amount": order["total"]["amount"], "currency": "usd",
                    "amount_received": order["total"]["amount"],
                    "metadata": {"order_ref": order["number"],
                                 "attempt_ref": order["payment_attempt_id"]}}}}
        body = json.dumps(told).encode()
        now = buyer.sandbox(self.till, "POST", "clock", {"advance_s": 0})["now"]
        answer = self.till.send("POST", "/webhooks/stripe", {
            "Content-Type": "application/json", "Stripe-Signature": buyer.signature(
                buyer.webhook_secret(self.till), body, now)}, body)
        self.assertEqual(answer.status, 200, answer.text)

    def test_money_after_the_end_buys_when_there_is_stock(self):
        one = self.visitor()
        order = self.end_unpaid(one, 2)
        self.tell(order)
        one.wait_for(order, "confirmed")
        self.wait_for_stock(1, 0)

    def test_money_after_the_end_goes_back_when_there_is_none(self):
        one, other = self.visitor(), self.visitor()
        order = self.end_unpaid(one, 2)
        other.put(self.sku, 3)
        other.start()
        self.tell(order)
        shop.wait_until(lambda: self.gateway_state(order) == "refunded", "the refund", 20)
        shop.wait_until(lambda: "$40.00 has gone back to you" in one.page(
            f"/orders/{order['number']}").text, "the order tells of it")
        self.assertEqual(one.status(order)["status"], "expired")
        self.assertEqual(self.stock(), (3, 3))

    # ---- carts ----

    def test_when_nobody_touched_a_cart_for_a_day_it_goes(self):
        """Its day began before the other tests; carts are swept each five seconds."""
        status, cart = self.idle_cart_late
        self.assertEqual((status, cart["id"]), (200, self.idle_cart["id"]))
        name = self.idle_cart["id"]
        shop.wait_until(lambda: not buyer.rows(
            self.till, f"SELECT 1 FROM cart WHERE uid = '{name}'"), "it is gone")
        self.assertIn(["CartExpired"], buyer.rows(
            self.till, f"SELECT kind FROM event WHERE subject = '{name}'"))
        self.assertEqual(self.idle.call("GET", "/api/v1/cart")[0], 404)
        self.assertEqual(buyer.number(
            self.till, "SELECT reserved FROM stock WHERE sku = 'HG-MUG'"), 0)
        self.assertNotEqual(self.idle.put(self.sku)["id"], name)


if __name__ == "__main__":
    unittest.main()
