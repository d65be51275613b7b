#!/usr/bin/python3
"""knee_test.py - the search for the highest rate, in shops whose knee is known."""
import unittest

import knee


def report(p99_us=1000, n=500, errors=0, waiting=0):
    return {"unit": {"n": n, "p99_us": p99_us}, "errors": {"get: cut": errors},
            "waiting_pages": waiting}


class Shop:
    """Keeps up to a rate; hiccups are the numbers of calls that fail whatever they ask."""

    def __init__(self, takes, hiccups=()):
        self.takes, self.hiccups, self.asked = takes, hiccups, []

    def ask(self, rate):
        self.asked.append(rate)
        bad = rate > self.takes or len(self.asked) in self.hiccups
        return report(p99_us=2_000_000 if bad else 5000)


class Find(unittest.TestCase):
    def test_the_knee_is_within_a_step_of_what_the_shop_takes(self):
        for takes in (510, 800, 1000, 1300):
            found = knee.find(1000, Shop(takes).ask, 1.1)
            self.assertTrue(found["found"])
            self.assertLessEqual(found["rate"], takes)
            self.assertGreater(found["rate"] * 1.1, takes)

    def test_one_hiccup_ends_no_search(self):
        found = knee.find(1000, Shop(900, hiccups=(1, 4)).ask, 1.1)
        self.assertGreater(found["rate"] * 1.1, 900)

    def test_a_shop_that_takes_less_than_half_of_its_peak_is_asked_for_less(self):
        found = knee.find(1000, Shop(200).ask, 1.1)
        self.assertTrue(found["found"])
        self.assertLessEqual(found["rate"], 200)
        self.assertGreater(found["rate"], 100)

    def test_a_shop_that_takes_nothing_has_no_knee(self):
        shop = Shop(0)
        found = knee.find(1000, shop.ask, 1.1)
        self.assertFalse(found["found"])
        self.assertEqual(len(found["steps"]), len(shop.asked))

    def test_the_search_ends_where_nothing_is_ever_too_much(self):
        self.assertLess(len(knee.find(1000, Shop(1e9).ask, 1.1)["steps"]), 30)


class Good(unittest.TestCase):
    def test_late_answers_errors_waiting_pages_and_silence_are_too_much(self):
        self.assertTrue(knee.is_good(report(p99_us=100_000)))
        for bad in (report(p99_us=100_001), report(errors=1), report(waiting=1), report(n=0)):
            self.assertFalse(knee.is_good(bad))


if __name__ == "__main__":
    unittest.main()
