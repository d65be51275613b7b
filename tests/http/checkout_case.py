"""checkout_case.py - what both faces of the checkout are tested with."""
import unittest

import shop
import visitor

MUG = "HG-MUG"
ADDRESS = {"full_name": "Ada Example", "line1": "1 Analytical Row", "city": "Portland",
           "region": "OR", "postal_code": "97201", "country": "US"}
DETAILS = {"contact": {"email": "ada@example.com"}, "shipping_address": ADDRESS,
           "shipping_option": "standard", "payment_method": "stripe"}


def typed(details):
    """Details as the fields of the form."""
    fields = {}
    for name, value in details.items():
        if isinstance(value, dict):
            fields.update({f"{name}.{part}": text for part, text in value.items()})
        else:
            fields[name] = value
    return fields


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = shop.shared()

    def setUp(self):
        self.ada = visitor.Visitor(self.till)

    def add(self, sku=MUG, quantity=1):
        status, cart = self.ada.call("POST", "/api/v1/cart/items",
                                     {"sku": sku, "quantity": quantity})
        self.assertEqual(status, 200, cart)
        return cart

    def start(self, sku=MUG, quantity=1):
        self.add(sku, quantity)
        status, checkout = self.ada.call("POST", "/api/v1/checkout/start", {})
        self.assertEqual(status, 200, checkout)
        return checkout

    def refused(self, answer, status, code, fields=None):
        got, problem = answer
        self.assertEqual((got, problem["status"], problem["code"]), (status, status, code))
        if fields is not None:
            self.assertEqual(sorted(e["field"] for e in problem["errors"]), sorted(fields))
        return problem
