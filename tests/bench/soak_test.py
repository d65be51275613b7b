#!/usr/bin/python3
"""soak_test.py - the slope of memory, of shops that leak and of shops that do not."""
import unittest

import soak


def samples(*sums, shop=(900, 800)):
    """A minute each; the worker has the sums."""
    return [{"minute": n, "kb": {"shop": list(shop), "work": [kb], "mariadb": [n * 1000]}}
            for n, kb in enumerate(sums)]


class Slope(unittest.TestCase):
    def test_a_leak_has_its_rate(self):
        self.assertAlmostEqual(soak.growth(samples(*(1000 + 7 * n for n in range(20)))), 7)

    def test_a_shop_that_is_flat_grows_by_nothing(self):
        self.assertAlmostEqual(soak.growth(samples(*[1000] * 20)), 0)

    def test_what_fills_at_first_is_no_leak(self):
        self.assertAlmostEqual(soak.growth(samples(100, 500, *[1000] * 18)), 0)

    def test_one_sample_has_no_slope(self):
        self.assertIsNone(soak.growth(samples(1000)))

    def test_the_database_is_no_part_of_the_product(self):
        self.assertEqual(soak.largest_product(samples(100, 300, 200)), 2000)
        self.assertEqual(soak.largest_child(samples(9000)), 900)


class Rows(unittest.TestCase):
    def test_each_part_has_a_row_and_all_together_one(self):
        rows = {row[0]: row for row in soak.rows(samples(100, 100, 100))}
        self.assertEqual(rows["work"][1:], ["1", "100", "100", "100", "+0.0", "100"])
        self.assertEqual(rows["mariadb"][4:6], ["2,000", "+1,000.0"])
        self.assertEqual(rows["without mariadb"][1:5], ["3", "1,800", "1,800", "1,800"])


if __name__ == "__main__":
    unittest.main()
