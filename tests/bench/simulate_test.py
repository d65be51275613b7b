#!/usr/bin/python3
"""simulate_test.py - the simulations of SCALE.md held against closed forms and against what was
measured, and the page against both."""
import json
import pathlib
import tempfile
import unittest
from unittest import mock

import closed_forms
import queues
import report_test
import scale_figures
import simulate
import tiers

FIGURES = scale_figures.load()


class Near(unittest.TestCase):
    def near(self, value, wanted, share):
        self.assertLessEqual(abs(value - wanted), share * wanted, f"{value} for {wanted}")


class Queues(Near):
    def test_constant_times_wait_as_in_m_d_1(self):
        served = queues.queue(1, 0.7, queues.always(1.0), 60_000)
        self.near(served.mean_wait(), closed_forms.wait_of_one(0.7, 1.0, 0), 0.05)

    def test_unequal_times_wait_as_pollaczek_and_khinchine_say(self):
        # one in ten takes 5.5 instead of 0.5: mean 1, variance 2.25
        served = queues.queue(1, 0.6, lambda draw: 5.5 if draw.random() < 0.1 else 0.5, 100_000)
        self.near(served.mean_wait(), closed_forms.wait_of_one(0.6, 1.0, 2.25), 0.08)

    def test_several_servers_let_wait_as_erlang_says(self):
        served = queues.queue(4, 3.2, queues.exponential(1.0), 100_000)
        self.near(served.had_to_wait, closed_forms.erlang_c(4, 3.2), 0.05)
        self.near(served.mean_wait(), closed_forms.wait_of_many(4, 3.2, 1.0), 0.10)

    def test_one_server_of_erlang_is_m_m_1(self):
        self.assertAlmostEqual(closed_forms.wait_of_many(1, 0.5, 1.0),
                               closed_forms.wait_of_one(0.5, 1.0, 1))


class Overload(Near):
    """Three times the peak of a server that does 100 a second."""

    def served(self, rules):
        return queues.queue(2, 300, queues.exponential(0.02), 9_000, rules, 10)

    def test_when_all_are_let_in_most_answers_come_too_late(self):
        self.assertLess(self.served(queues.Rules()).rate, 35)

    def test_a_full_queue_that_refuses_for_nothing_keeps_the_peak(self):
        served = self.served(queues.Rules(queue_most=200))
        self.near(served.rate, 100, 0.05)
        self.near(served.refused, 2 / 3, 0.05)

    def test_refusals_cost_what_the_closed_form_says(self):
        rules = queues.Rules(queue_s=3, refusal_s=0.002, turned_share=queues.FOREVER)
        served = queues.queue(2, 300, queues.exponential(0.02), 60_000, rules, 10)
        self.near(served.rate, 100 * closed_forms.goodput_of_overload(3, 0.1), 0.05)

    def test_where_refusing_takes_all_the_time_the_rule_of_turns_still_serves(self):
        refusing = queues.Rules(queue_s=1, refusal_s=0.008, turned_share=queues.FOREVER)
        self.assertEqual(closed_forms.goodput_of_overload(3, 0.4), 0)
        self.assertGreater(self.served(refusing._replace(turned_share=0.25)).rate,
                           2 * self.served(refusing).rate)


class Hot(Near):
    def test_buyers_meet_as_mean_value_analysis_says(self):
        for buckets in (1, 4):
            self.near(queues.compete(16, 0.001, 0.002, buckets, 30_000),
                      simulate.circle(0.001, 0.002, buckets), 0.04)

    def test_equal_stations_have_the_rate_of_gordon_and_newell(self):
        self.assertAlmostEqual(closed_forms.rate_of_circle(16, [(0.5, 1 / 4)] * 4),
                               16 / (16 + 4 - 1) * 4 / 0.5)

    def test_a_stock_worker_takes_one_and_then_all_others(self):
        # whoever is first is taken alone; all the others wait by then
        self.near(queues.stock_worker(16, 1e-9, 0.010, 0.001, 50, 16_000),
                  16 / (2 * 0.010 + 16 * 0.001), 0.02)

    def test_the_model_gives_what_was_measured_with_and_without_a_hot_row(self):
        before, span = simulate.calibrate(FIGURES)
        self.near(simulate.circle(before, span, 1), FIGURES["raw_hot"].rate, 0.01)
        self.near(simulate.circle(before, span, simulate.SPREAD), FIGURES["raw"].rate, 0.01)

    def test_what_is_lost_of_whole_purchases_is_near_what_was_measured(self):
        measured, model = simulate.hot_share(FIGURES, simulate.calibrate(FIGURES)[1])
        self.assertLess(abs(measured - model), 0.25)


class Holds(Near):
    def test_live_holds_are_rate_times_time(self):
        how = queues.Holding(0.3, 180, 1800)
        self.near(queues.holds_at_once(5, how, 5 * 1800),
                  closed_forms.at_once(5, 0.3 * 180 + 0.7 * 1800), 0.03)

    def test_no_more_is_sold_than_there_is(self):
        sold, when = queues.sale(50, 1, queues.Holding(0.9, 10, 100), (100, 1000, 5000))
        self.assertEqual(sold, sorted(sold))
        self.assertEqual(sold[-1], 50)
        self.assertLess(when, 5000)

    def test_where_nobody_leaves_a_sale_ends_with_its_demand(self):
        _, when = queues.sale(100, 1, queues.Holding(1, 1e-3, 100), (1000,))
        self.near(when, 100, 0.25)


class Tiers(Near):
    def test_ten_million_a_day_are_116_a_second_and_1157_at_the_peak(self):
        self.assertEqual((round(tiers.MEAN), round(tiers.MEAN * 10)), (116, 1157))

    def test_what_gives_way_first_stands_first(self):
        rates = [limit.rate for limit in tiers.limits(FIGURES)]
        self.assertEqual(rates, sorted(rates))
        self.assertGreater(rates[0], 0)

    def test_hosts_and_shards_have_the_cores_that_are_needed(self):
        one = tiers.cost(FIGURES)
        for rate in (tiers.MEAN, tiers.PEAK):
            self.assertGreaterEqual(tiers.hosts(rate, one) * tiers.APP_CORES * tiers.BUSY,
                                    rate * one.web / 1000)
            self.assertGreaterEqual(tiers.database_servers(rate, one)
                                    * tiers.DATABASE_CORES * tiers.BUSY,
                                    rate * one.mariadb / 1000)

    def test_those_who_leave_are_part_of_what_an_order_costs(self):
        self.assertAlmostEqual(tiers.cost(FIGURES).cpu, tiers.bought(FIGURES).cpu
                               + 7 / 3 * tiers.left(FIGURES).cpu)

    def test_an_open_page_is_looked_at_as_the_program_does(self):
        # after 50 s, then 10, 30 and 50 and 50 later (settling.c, next_look)
        self.assertEqual([tiers.looks(s) for s in (50, 55, 65, 95, 145, 195)], [0, 1, 2, 3, 4, 5])

    def test_at_the_goal_only_cpu_is_less(self):
        goal, now = tiers.at_goal(FIGURES), tiers.cost(FIGURES)
        self.assertLessEqual(goal.cpu, now.cpu)
        self.assertEqual(goal.binlog_kb, now.binlog_kb)


class Page(Near):
    def results(self, *runs):
        with_counts = [{**run, "counts": {"statements": 8000, "commits": 1000, "fsyncs": 900,
                                          "binlog bytes": 2_000_000}} for run in runs]
        return report_test.results(*with_counts)

    def test_the_page_says_what_its_figures_come_to(self):
        page = (scale_figures.KEPT.parent / simulate.PAGE).read_text()
        self.assertEqual(simulate.renewed(page, simulate.blocks(FIGURES)), page)

    def test_a_bench_replaces_what_it_measured_and_nothing_else(self):
        found = scale_figures.from_results(self.results(report_test.run("raw", 3000)), FIGURES)
        self.assertEqual((found["raw"].rate, found["raw"].binlog_kb), (3000, 2))
        self.assertEqual(found["cart3"], FIGURES["cart3"])
        self.assertNotIn("raw", found.kept)
        self.assertIn("cart3", found.kept)

    def test_one_command_renews_the_figures_and_the_page(self):
        short = {"source": simulate.block_source, "cost": simulate.block_cost}
        with tempfile.TemporaryDirectory() as name, mock.patch.object(simulate, "BLOCKS", short):
            folder = pathlib.Path(name)
            for file in (simulate.PAGE, scale_figures.KEPT.name):
                (folder / file).write_text((scale_figures.KEPT.parent / file).read_text())
            results = folder / "results.json"
            results.write_text(json.dumps(self.results(report_test.run("journey", 400))))
            simulate.renew(results, folder)
            self.assertIn("Measured today, commit abc", (folder / simulate.PAGE).read_text())
            self.assertEqual(
                scale_figures.load(folder / scale_figures.KEPT.name)["journey"].rate, 400)

    def test_a_page_without_a_place_for_a_figure_is_refused(self):
        with self.assertRaises(ValueError):
            simulate.renewed("nothing", {"cost": "1"})


if __name__ == "__main__":
    unittest.main()
