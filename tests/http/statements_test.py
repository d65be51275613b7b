#!/usr/bin/python3
"""statements_test.py - what a payment costs the database, as the program's own log counts
it: 13 statements at most, over JSON and over the page (design.md section 10); and what
those cost who wait for it."""
import json
import unittest

import buyer
import shop
import shopper

BUDGET = 13


class Statements(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = shop.shared()
        cls.sku = buyer.own(cls.till, "COST-GOODS", 50)

    def cost(self, trace):
        """The statements of one request of pool pay, by its id in nginx' log."""
        found = []

        def there():
            lines = (self.till.var / "log" / "pay.log").read_text().splitlines()
            found[:] = [json.loads(line) for line in lines
                        if trace in line and '"event":"request"' in line]
            return found

        shop.wait_until(there, f"the log tells of {trace}")
        return int(found[0]["statements"])

    def trace(self, agent):
        found = []

        def there():
            lines = (self.till.var / "log" / "access.log").read_text().splitlines()
            found[:] = [json.loads(line)["request_id"] for line in lines if agent in line]
            return found

        shop.wait_until(there, f"the log tells of {agent}")
        return found[0]

    def pay(self, ada, offer):
        agent = buyer.new_key()
        status, made = ada.call("POST", "/api/v1/checkout/payment", offer,
                                Idempotency_Key=agent, User_Agent=agent)
        self.assertEqual(status, 201, made)
        self.assertLessEqual(self.cost(self.trace(agent)), BUDGET)
        return made["order"]

    def test_a_payment_over_json_with_all_details_in_it(self):
        with buyer.Buyer(self.till) as ada:
            ada.put(self.sku)
            ada.start()
            order = self.pay(ada, ada.offer())
            told = ada.must("GET", f"/api/v1/orders/{order['number']}")
            self.assertEqual(order["timeline"], told["timeline"])

    def test_a_payment_over_json_with_details_that_are_stored(self):
        with buyer.Buyer(self.till) as ada:
            ada.put(self.sku)
            ada.start()
            ada.must("PATCH", "/api/v1/checkout", ada.details())
            self.pay(ada, ada.offer())

    def test_a_payment_over_json_with_details_that_changed_since_the_last_order(self):
        with buyer.Buyer(self.till) as ada:
            ada.put(self.sku)
            ada.start()
            order = self.pay(ada, ada.offer())
            ada.must("POST", f"/api/v1/orders/{order['number']}/cancel", {},
                     Idempotency_Key=buyer.new_key())
            ada.start()
            self.pay(ada, ada.offer(contact={"email": "other@example.com"}))

    def test_whoever_asks_how_an_order_stands_costs_two(self):
        with buyer.Buyer(self.till) as ada:
            ada.put(self.sku)
            ada.start()
            order = self.pay(ada, ada.offer())
            for state in ("waiting", "paid"):
                agent = buyer.new_key()
                ada.must("GET", f"/api/v1/checkout/status/{order['id']}", User_Agent=agent)
                self.assertEqual(self.till.facts(agent)["statements"], "2", state)
                if state == "waiting":
                    buyer.press(self.till, order)
                    ada.wait_for(order, "confirmed")

    def asks(self, ada, path):
        """Statements of one page, and whether it counts pieces."""
        agent = buyer.new_key()
        told = ada.get(path, User_Agent=agent)
        self.assertEqual(told.status, 200)
        return int(self.till.facts(agent)["statements"]), 'class="count"' in told.text

    def test_the_cart_of_who_has_only_looked_is_not_looked_for(self):
        with shopper.Shopper(self.till) as ada:
            form = ada.page(f"/products/{self.sku.lower()}").form("/cart/items")
            self.assertEqual(self.asks(ada, "/help"), (0, False))
            marked = dict(ada.cookies)
            self.assertEqual(ada.submit(form).status, 303)
            self.assertEqual(self.asks(ada, "/help"), (1, True))
            ada.cookies = marked  # as if that answer had been lost
            self.assertEqual(self.asks(ada, "/help"), (0, False))
            self.assertTrue(ada.page("/cart").form("/checkout/start"))
            self.assertEqual(self.asks(ada, "/help"), (1, True))

    def test_a_payment_over_the_page(self):
        with shopper.Shopper(self.till) as ada:
            form = ada.filled_form(self.sku.lower())
            agent = buyer.new_key()
            answer = ada.post(form.action, form.fields, User_Agent=agent)
            self.assertEqual(answer.status, 303, answer.text)
            self.assertLessEqual(self.cost(self.trace(agent)), BUDGET)


if __name__ == "__main__":
    unittest.main()
