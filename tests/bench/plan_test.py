#!/usr/bin/python3
"""plan_test.py - the time that a run is said to take."""
import unittest

import plan
import scenarios
from scenarios import QUICK, SMOKE, WHOLE


def minutes(size, runs=1):
    return sum(seconds for _, seconds in plan.plan(
        size, scenarios.of_size(size), runs, size == WHOLE)) / 60


class Plan(unittest.TestCase):
    def test_three_rounds_of_everything_take_little_more_than_an_hour(self):
        self.assertLess(minutes(WHOLE, 3), 65)
        self.assertGreater(minutes(WHOLE, 3), minutes(WHOLE) + 5)

    def test_the_little_of_each_fits_into_three_minutes(self):
        self.assertLess(minutes(QUICK), 3)
        self.assertLess(minutes(SMOKE), 1)

    def test_every_part_is_named_with_its_time(self):
        said = plan.text([("a", 60), ("b", 240)])
        self.assertIn("about 5.0 min", said)
        self.assertIn("60 s  a", said)
        self.assertIn("4.0 min  b", said)

    def test_what_is_not_chosen_takes_no_time(self):
        one = [scenarios.BY_NAME["cart3"]]
        self.assertEqual([part for part, _ in plan.plan(QUICK, one, 1, False)],
                         ["the large shop, its load and its books", "1 times 1 scenarios"])


if __name__ == "__main__":
    unittest.main()
