#!/usr/bin/python3
"""bench_test.py - what the bench decides by itself: how many visitors at a time, at which
rate, and what is measured beside what was asked for."""
import argparse
import unittest

import bench
import report
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
        one.results["knees"]["cart3"] = {"rate": 1000, "peak": 1200}
        one.rates["cart3"] = 1200
        self.assertEqual([one.rate_of(scenarios.BY_NAME[f"cart3@{which}"])
                          for which in ("half", "near", "over")], [500, 800, 3000])

    def test_the_knee_moves_with_what_the_page_reaches_in_each_round(self):
        one = made()
        one.results["knees"]["cart3"] = {"rate": 1000, "peak": 1200}
        one.rates["cart3"] = 900
        self.assertEqual(one.rate_of(scenarios.BY_NAME["cart3@half"]), 375)

    def test_without_a_knee_there_is_no_figure(self):
        with self.assertRaises(bench.ClientFailed):
            made().rate_of(scenarios.BY_NAME["cart3@half"])

    def test_what_is_chosen_comes_with_the_page_whose_knee_it_needs(self):
        self.assertEqual([one.name for one in made(only="cart3@half").chosen()],
                         ["cart3", "cart3@half"])


class Round(unittest.TestCase):
    def measured(self, only, leaves=False):
        """What a whole run measures of some scenarios in one round: (where, what)."""
        found, one, now = [], made("whole"), iter((7, 9))
        one.stage, one.little = "large", "little"
        one.chosen = lambda: [scenarios.BY_NAME[name] for name in only]
        one.run = lambda scenario, number, seconds=None: found.append(
            (one.stage, scenario.name, number)) or one.results["runs"].append(
                {"scenario": scenario.name, "control_rate": one.rates.get(scenario.control)})
        one.ask_at = lambda scenario, rate, seconds: found.append(
            (one.stage, scenario.name, "now")) or {"units_per_s": next(now)}
        one.end_unpaid = lambda scenario: found.append((one.stage, "end", scenario.name))
        one.rates = {"cart3": 5}
        one.results["knees"]["cart3"] = {"rate": 3}
        one.round(0, leaves)
        return found, one

    def test_speed_with_many_orders_is_held_against_that_with_few_at_the_same_time(self):
        found, one = self.measured(["cart3", "cart50"])
        self.assertEqual(found, [
            ("large", "hello", 0), ("large", "cart3", 0), ("little", "cart3", report.LITTLE),
            ("large", "hello", 0), ("large", "cart50", 0)])
        self.assertEqual(one.stage, "large")

    def test_a_page_far_above_its_knee_is_held_against_the_page_before_and_after(self):
        found, one = self.measured(["cart3@over"])
        self.assertEqual(found, [("large", "cart3", "now"), ("large", "cart3@over", 0),
                                 ("large", "cart3", "now")])
        self.assertEqual(one.results["runs"][-1]["control_rate"], 8)

    def test_a_client_that_fails_beside_a_measurement_does_not_end_the_run(self):
        def fail(*_):
            raise bench.ClientFailed("exit 1")
        one = made("whole")
        one.rates["cart3"], one.ask_at = 5, fail
        one.measure_page_now(scenarios.BY_NAME["cart3"])
        self.assertEqual((one.rates["cart3"], one.results["failed"]), (5, {"cart3 now": "exit 1"}))

    def test_orders_that_nobody_pays_are_ended_before_what_follows(self):
        found, _ = self.measured(["place"], leaves=True)
        self.assertEqual(found, [
            ("large", "raw", 0), ("large", "place", 0), ("large", "end", "place"),
            ("little", "place", report.LITTLE), ("little", "end", "place")])


class Orders(unittest.TestCase):
    def test_no_sum_of_whole_dollars_is_one_that_the_sandbox_fails(self):
        """Its codes are 9001 to 9208, as the last four digits; none ends in 00 or 50."""
        source = (bench.shop.SOURCE / "fcgi-app" / "sandbox" / "faults.c").read_text()
        codes = source.partition("codes[] = {")[2].partition("}")[0].replace(",", " ").split()
        self.assertGreater(len(codes), 20)
        self.assertFalse([code for code in codes if code.endswith(("00", "50"))])


if __name__ == "__main__":
    unittest.main()
