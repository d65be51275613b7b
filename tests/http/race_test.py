#!/usr/bin/python3
"""race_test.py - two hundred buyers at once want what there is too little of: each unit is
sold once, everybody else is told so, and nobody pays in vain (reliability.md 3, rows 50,
51). TILL_RACE_ROUNDS repeats it; `make fault` does."""
import collections
import concurrent.futures
import os
import threading
import time
import unittest

import buyer
import shop

BUYERS = 200
ROUNDS = int(os.environ.get("TILL_RACE_ROUNDS") or 1)


class Race(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = shop.shared()
        cls.token = f"{time.time_ns():x}"[-8:].upper()

    def crowd(self, sku):
        """Everybody at once, each as far as they get: the orders that were placed."""
        start = threading.Barrier(BUYERS)
        told = collections.Counter()
        placed = []

        def one(_):
            with buyer.Buyer(self.till) as somebody:
                somebody.get("/help")  # the connection stands before the rush
                start.wait(30)
                made = self.attempt(somebody, sku, told)
                if made:
                    placed.append((somebody.cookies, made))

        with concurrent.futures.ThreadPoolExecutor(BUYERS) as pool:
            list(pool.map(one, range(BUYERS)))
        return placed, told

    def attempt(self, somebody, sku, told):
        for path, value in (("/api/v1/cart/items", {"sku": sku, "quantity": 1}),
                            ("/api/v1/checkout/start", {})):
            status, said = somebody.call("POST", path, value)
            if status != 200:
                told[status, said["code"]] += 1
                return None
        return somebody.pay()

    def check(self, units, round_number):
        sku = buyer.own(self.till, f"RACE-{self.token}-{units}-{round_number}", units,
                        per_order=1)
        placed, told = self.crowd(sku)
        self.assertEqual(len(placed), units)
        self.assertEqual(told, {(409, "sold_out"): BUYERS - units})
        for _, made in placed:
            buyer.press(self.till, made["order"])
        for cookies, made in placed:
            with buyer.Buyer(self.till) as somebody:
                somebody.cookies = cookies
                somebody.wait_for(made["order"], "confirmed")
        self.check_books(sku, units, [made["order"] for _, made in placed])
        buyer.verify(self, self.till, wait=5)

    def check_books(self, sku, units, orders):
        numbers = {order["number"] for order in orders}
        rows = [row for row in buyer.ledger(self.till) if row["ref"] in numbers]
        self.assertEqual([row["captured"] for row in rows], [2000] * units)
        self.assertEqual(buyer.rows(
            self.till, f"SELECT on_hand, reserved FROM stock WHERE sku = '{sku}'"),
            [["0", "0"]])
        self.assertEqual(buyer.number(
            self.till, f"SELECT COUNT(*) FROM stock_move WHERE sku = '{sku}' AND"
            " kind = 'sale' AND qty = -1"), units)
        # an order that was not paid would be one of somebody who was told "sold out"
        self.assertEqual(buyer.number(
            self.till, f"SELECT COUNT(*) FROM order_line WHERE sku = '{sku}'"), units)

    def test_two_hundred_buyers_of_twenty_units_buy_twenty(self):
        for round_number in range(ROUNDS):
            self.check(20, round_number)

    def test_two_hundred_buyers_of_the_last_unit_buy_one(self):
        for round_number in range(ROUNDS):
            self.check(1, round_number)

    def test_carts_that_cross_each_other_are_all_bought(self):
        """The same two goods, put into the cart in opposite orders."""
        pair = [buyer.own(self.till, f"CROSS-{self.token}-{name}", 100) for name in "AB"]
        start = threading.Barrier(24)

        def one(n):
            with buyer.Buyer(self.till) as somebody:
                for sku in pair if n % 2 else reversed(pair):
                    somebody.put(sku)
                start.wait(30)
                somebody.start()
                order = somebody.pay()["order"]
                buyer.press(self.till, order)
                return somebody.wait_for(order, "confirmed", seconds=30)["status"]

        with concurrent.futures.ThreadPoolExecutor(24) as pool:
            self.assertEqual(set(pool.map(one, range(24))), {"confirmed"})
        for sku in pair:
            self.assertEqual(buyer.rows(
                self.till, f"SELECT on_hand, reserved FROM stock WHERE sku = '{sku}'"),
                [["76", "0"]])


if __name__ == "__main__":
    unittest.main()
