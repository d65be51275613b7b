#!/usr/bin/python3
"""bench_test.py - what the bench decides by itself: how many visitors at a time, at which
rate, and what is measured beside what was asked for."""
import argparse
import unittest

import bench
import scenarios


def made(size="quick", only=None):
    one = bench.Bench(argparse.Namespace(size=size, folder="/nowhere", only=only, soak=None,
                                         runs=1, write=False))
    one.say = lambda _: None
    return one


class Crowd(unittest.TestCase):
    def at_a_time(self, rate_of):
        one = made()
        one.ask_at = lambda scenario, rate, seconds: {
            "units_per_s": rate_of(scenario.connections)}
        return one.crowd_of(scenarios.BY_NAME["journey"])

    def test_a_fast_shop_gets_as_many_visitors_as_keep_it_busy(self):
        self.assertEqual(self.at_a_time(lambda n: min(n, 400)), 512)

    def test_a_slow_shop_gets_no_more_than_it_can_serve(self):
        self.assertEqual(self.at_a_time(lambda n: 20), 32)

    def test_where_nobody_gets_through_the_fewest_come(self):
        self.assertEqual(self.at_a_time(lambda n: 0), 32)


class Rates(unittest.TestCase):
    def test_a_scenario_below_or_beyond_runs_at_its_share_of_the_knee(self):
        one = made()
        one.results["knees"]["cart3"] = {"rate": 1000}
        self.assertEqual([one.rate_of(scenarios.BY_NAME[f"cart3@{which}"])
                          for which in ("half", "near", "over")], [500, 800, 3000])

    def test_without_a_knee_there_is_no_figure(self):
        with self.assertRaises(bench.ClientFailed):
            made().rate_of(scenarios.BY_NAME["cart3@half"])

    def test_what_is_chosen_comes_with_the_page_whose_knee_it_needs(self):
        self.assertEqual([one.name for one in made(only="cart3@half").chosen()],
                         ["cart3", "cart3@half"])


class Orders(unittest.TestCase):
    def test_no_sum_of_whole_dollars_is_one_that_the_sandbox_fails(self):
        """Its codes are 9001 to 9208, as the last four digits; none ends in 00 or 50."""
        source = (bench.shop.SOURCE / "fcgi-app" / "sandbox" / "faults.c").read_text()
        codes = source.partition("codes[] = {")[2].partition("}")[0].replace(",", " ").split()
        self.assertGreater(len(codes), 20)
        self.assertFalse([code for code in codes if code.endswith(("00", "50"))])


if __name__ == "__main__":
    unittest.main()
