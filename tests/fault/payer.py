"""payer.py - somebody who pays in bad times: asks again with the same key until the answer is
final, and is charged once. For tests with a shop of their own, in `house`, and its `acks`."""
import time
import unittest

import house  # noqa: F401, shows the way to tests/http
import buyer
import shopper

SKU, PRICE = "PAYER", 2000
LOCK = 61  # seconds, then a key of a dead request may be taken over
# what an honest client is told that did not get through
LATER = (500, 502, 503, 504)


class Payer(unittest.TestCase):
    @classmethod
    def sell(cls):
        buyer.own(cls.till, SKU, 100000, price="20.00")

    def shopper(self):
        """Somebody whose checkout is started."""
        one = shopper.Shopper(self.till)
        self.addCleanup(one.close)
        one.put(SKU)
        one.start()
        return one

    def ask(self, one, offer, key):
        """Status and answer of one request for the payment."""
        return one.call("POST", "/api/v1/checkout/payment", offer, Idempotency_Key=key)

    def orders_of(self, key):
        return self.house.number(f"SELECT COUNT(*) FROM orders WHERE idem_key = '{key}'")

    def pays_in_the_end(self, one, offer, key):
        """The same key until the answer is final: one order, one charge."""
        until = time.monotonic() + 30
        while True:
            status, said = self.ask(one, offer, key)
            if status in (200, 201, 202):
                break
            if said.get("code") == "key_in_use":
                self.house.advance(LOCK)
            else:
                self.assertIn(status, LATER, said)
            self.assertLess(time.monotonic(), until, said)
            time.sleep(0.05)
        order = said["order"]
        self.acks.note("placed", order["id"], order["total"]["amount"], key)
        self.assertEqual(self.orders_of(key), 1)
        self.house.press(order)
        return order

    def confirmed(self, one, order):
        one.wait_for(order, "confirmed", seconds=20)
        self.acks.note("confirmed", order["id"], order["total"]["amount"])
        self.assertEqual([row["captured"] - row["refunded"] for row in
                          buyer.ledger(self.till, order) if row["captured"]], [PRICE])
