#!/usr/bin/python3
"""sweep_test.py - a sweep that has found much to do rests for as long as it works, so that
shoppers meet an idle database every other moment."""
import time
import unittest

import armed

import buyer  # armed.py shows the way to tests/http
import shop

WORKS_S = 0.4  # for each hundred carts
LEFT = "SELECT COUNT(*) FROM cart WHERE status = 'active'"


class Sweep(unittest.TestCase):
    def setUp(self):
        self.house = armed.House()
        self.addCleanup(self.house.own.__exit__)
        self.house.points.arm("cart_sweep_half", "delay", times=99, ms=int(WORKS_S * 1000))

    def when_left(self, most):
        """The moment at which no more than so many are left."""
        shop.wait_until(lambda: self.house.number(LEFT) <= most, f"{most} are left")
        return time.monotonic()

    def test_it_rests_as_long_as_it_works(self):
        buyer.write(self.house.till, "INSERT INTO cart (uid, visitor, currency, expires_at)"
                    " SELECT UUID(), RANDOM_BYTES(32), 'USD', '2020-01-01' FROM seq_1_to_300")
        began = self.when_left(200)
        took = self.when_left(0) - began  # two turns of work and two of rest
        self.assertGreater(took, 3.5 * WORKS_S)
        self.assertLess(took, 8 * WORKS_S)


if __name__ == "__main__":
    unittest.main()
