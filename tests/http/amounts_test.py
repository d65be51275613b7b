#!/usr/bin/python3
"""amounts_test.py - what the gateway would refuse for its amount never gets there."""
import unittest

import buyer
import shop
import shopper


class Amounts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = shop.shared()

    def orders(self, sku):
        return buyer.number(self.till, f"SELECT COUNT(*) FROM order_line WHERE sku = '{sku}'")

    def test_a_total_below_the_least_charge_is_refused_before_there_is_an_order(self):
        sku = buyer.own(self.till, "AMT-LEAST", 5, price="0.30")
        with buyer.Buyer(self.till) as ada:
            ada.put(sku)
            ada.start()
            offer = {**ada.details(), "accept_total": {"amount": 30, "currency": "USD"}}
            status, problem = ada.call("POST", "/api/v1/checkout/payment", offer,
                                       Idempotency_Key=buyer.new_key())
            self.assertEqual((status, problem["code"]), (422, "invalid"), problem)
            self.assertEqual([(e["field"], e["code"]) for e in problem["errors"]],
                             [("payment_method", "out_of_range")])
            self.assertIn("$0.50", problem["errors"][0]["message"])
            self.assertEqual(self.orders(sku), 0)
            self.assertEqual(ada.must("GET", "/api/v1/checkout")["lines"][0]["held"], 1)
            ada.put(sku)
            ada.start()
            ada.pay()
            self.assertEqual(self.orders(sku), 1)

    def test_the_page_says_it_beside_the_way_to_pay(self):
        buyer.own(self.till, "AMT-PAGE", 5, price="0.30")
        with shopper.Shopper(self.till) as ada:
            answer = ada.submit(ada.filled_form("amt-page"), shipping_option="pickup",
                                payment_method="stripe", accept_total__amount="30")
            self.assertEqual(answer.status, 422)
            self.assertIn("The least that can be paid this way is $0.50.", answer.text)


if __name__ == "__main__":
    unittest.main()
