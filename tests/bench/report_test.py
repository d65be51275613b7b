#!/usr/bin/python3
"""report_test.py - what the bench makes of its figures: medians, shares, goals, verdicts."""
import pathlib
import tempfile
import unittest

import report
import results_page


def run(name, rate, units=1000, number=0, rejected=False, **more):
    """One measurement of one second."""
    return {"scenario": name, "round": number, "rejected": rejected, "left_to_do": 0,
            "control_rate": None, "cpu_s": {"nginx": 0.5, "mariadb": 1.0, "sandbox": 9.0},
            "counts": {"statements": units * 4}, **more,
            "client": {"units": units, "units_per_s": rate, "errors": {}, "waiting_pages": 0,
                       "unit": {"n": units, "p50_us": 1000, "p95_us": 2000, "p99_us": int(rate),
                                "p999_us": 4000}, **more.get("client", {})}}


def results(*runs, size="whole", **more):
    return {"size": size, "runs": list(runs), "failed": {}, "foreign_max": 0.1,
            "orders_before": 1000,
            "verify": [{"shop": "large", "good": True, "said": ["all hold"]}],
            "memory": {"shop": [900, 800]}, "took_s": 1, **more,
            "machine": {"date": "today", "commit": "abc", "changed": False, "cpu": "a",
                        "cores": 2, "memory_gb": 1, "disk": "d", "sync_ms": 1,
                        "kernel": "k", "nginx": "n", "mariadb": "m", "database": {}}}


def figure(*runs):
    return report.figures(results(*runs))[0]


class Figures(unittest.TestCase):
    def test_the_run_in_the_middle_stands_for_all(self):
        one = figure(run("cart3", 300), run("cart3", 100), run("cart3", 200))
        self.assertEqual((one.rate, one.ms("p99_us")), (200, 0.2))
        self.assertEqual(one.spread, 1.0)

    def test_at_a_given_rate_it_is_the_run_with_the_median_p99(self):
        one = figure(*(run("cart3@half", rate, client={"unit": {
            "n": 1000, "p50_us": 1000, "p95_us": 2000, "p99_us": p99, "p999_us": 9000}})
            for rate, p99 in ((2133.1, 5500), (2133.2, 44000), (2133.3, 11000))))
        self.assertEqual((one.ms("p99_us"), one.spread), (11, 3.5))

    def test_a_rejected_run_is_left_out_where_another_is_clean(self):
        one = figure(run("cart3", 900, rejected=True), run("cart3", 100))
        self.assertEqual((one.rate, one.doubtful), (100, False))

    def test_without_a_clean_run_the_figure_is_marked(self):
        self.assertTrue(figure(run("cart3", 900, rejected=True)).doubtful)

    def test_each_run_is_compared_with_the_control_before_it(self):
        one = figure(run("cart3", 400, control_rate=1000),
                     run("cart3", 300, control_rate=500))
        self.assertEqual(one.share, 0.5)

    def test_the_sandbox_is_no_part_of_what_an_order_costs(self):
        one = figure(run("journey", 100, units=500))
        self.assertEqual(one.cpu_ms(*report.PRODUCT), 3.0)
        self.assertEqual(one.per_unit("statements"), 4)

    def test_a_controls_own_pool_is_a_part_of_what_it_costs(self):
        costs = dict(zip(*report.rows_of(report.COSTS, [figure(run(
            "hello", 1000, units=1000, cpu_s={"nginx": 1.0, "hello": 0.5, "client": 9.0}))])))
        self.assertEqual((costs["CPU ms"], costs["control"]), ("1.5", "0.5"))

    def test_an_error_that_belongs_to_the_scenario_is_none(self):
        sold = run("sell_out", 10, client={"errors": {"sold_out": 5, "cut": 0}}, left=0)
        self.assertEqual(figure(sold).errors, {})
        self.assertEqual(figure(run("cart3", 10, client={"errors": {"cut": 2}})).errors,
                         {"cut": 2})

    def test_books_that_nobody_compared_are_not_said_to_hold(self):
        self.assertEqual(report.told_of_books(results()), "large shop: all hold")
        self.assertIn("not come to its end", report.told_of_books(results(verify=[])))

    def test_a_unit_that_never_was_divides_nothing(self):
        self.assertIsNone(figure(run("journey", 0, units=0)).cpu_ms("nginx"))


class Goals(unittest.TestCase):
    def word(self, *runs, what="cart page, 3 lines"):
        return [one.word for one in report.verdicts(results(*runs)) if what in one.what]

    def test_a_share_is_reached_from_its_limit_on(self):
        self.assertEqual(self.word(run("cart3", 350, control_rate=1000)), ["reached"])
        self.assertEqual(self.word(run("cart3", 349, control_rate=1000)), ["MISSED"])
        self.assertEqual(self.word(run("cart3", 349)), ["not measured"])

    def test_a_latency_is_missed_beyond_its_limit(self):
        at_half = "at half of its knee"
        self.assertEqual(self.word(run("add@half", 10_000), what=at_half),
                         ["reached", "reached"])
        self.assertEqual(self.word(run("add@half", 10_001), what=at_half),
                         ["MISSED", "reached"])

    def test_a_sale_has_nothing_left_and_sold_no_more_than_there_was(self):
        self.assertEqual(self.word(run("sell_out", 9, left=0), what="less than is asked"),
                         ["reached"])
        self.assertEqual(self.word(run("sell_out", 9, left=1), what="less than is asked"),
                         ["MISSED"])

    def test_a_shop_that_recovers_late_from_too_much_has_missed_it(self):
        for took, word in ((30, "reached"), (31, "MISSED")):
            self.assertEqual(self.word(run("cart3@over", 90, control_rate=100, recovery_s=took),
                                       what="three times its knee"), ["reached", word])

    def test_speed_is_held_against_that_of_a_little_shop(self):
        said = self.word(run("cart3", 1000, number=report.LITTLE), run("cart3", 899),
                         what="with 1,000 orders")
        self.assertEqual(said, ["MISSED"])

    def test_memory_is_held_against_its_two_limits(self):
        parts = {"shop": [2049, 900], "pay": [800], "hook": [], "work": [], "nginx": [3000],
                 "mariadb": [900_000]}
        self.assertEqual([one.word for one in report.memory({"crowded": parts})],
                         ["MISSED", "reached"])


class Verdict(unittest.TestCase):
    def test_broken_books_are_never_good(self):
        broken = results(run("cart3", 1), verify=[{"shop": "large", "good": False, "said": []}])
        self.assertFalse(report.is_good(broken))

    def test_a_missed_goal_ends_well(self):
        self.assertTrue(report.is_good(results(run("cart3", 1, control_rate=1000))))

    def test_a_scenario_without_a_figure_ends_badly(self):
        self.assertFalse(report.is_good(results(run("cart3", 1), failed={"add": "cut"})))

    def test_the_smoke_takes_no_error(self):
        bad = run("cart3", 1, client={"errors": {"cut": 1}})
        self.assertTrue(report.is_good(results(bad)))
        self.assertFalse(report.is_good(results(bad, size="smoke")))
        self.assertFalse(report.is_good(results(run("cart3", 0, units=0), size="smoke")))


class Text(unittest.TestCase):
    def test_every_figure_stands_in_both_reports(self):
        all_of_it = results(run("cart3", 321.4, control_rate=1000), run("journey", 88))
        for text in (report.table(all_of_it), results_page.markdown(all_of_it)):
            self.assertIn("321", text)
            self.assertIn("32% hello", text)
            self.assertIn("all hold", text)
            self.assertIn("MISSED", text)

    def test_each_kind_of_error_is_named_in_both_reports(self):
        bad = results(run("cart3", 5, client={"errors": {"cart: cut": 2}}))
        for text in (report.table(bad), results_page.markdown(bad)):
            self.assertIn("cart: cut", text)
        self.assertNotIn("## Errors", results_page.markdown(results(run("cart3", 5))))

    def test_a_knee_stands_beside_what_is_below_and_beyond_it(self):
        found = {"rate": 777, "found": True, "peak": 888, "steps": []}
        over = run("cart3@over", 710, control_rate=888, recovery_s=4.5,
                   client={"errors": {"start: timeout": 66}, "waiting_pages": 55})
        all_of_it = results(run("cart3", 888), run("cart3@half", 388), over,
                            knees={"cart3": found})
        for text in (report.table(all_of_it), results_page.markdown(all_of_it)):
            for word in ("777", "710", "80%", "4.5", "55", "66"):
                self.assertIn(word, text)
        self.assertNotIn("Around the knee", results_page.markdown(results(run("cart3", 1))))

    def test_a_soak_stands_in_the_page_with_the_slope_of_every_part(self):
        leaks = [{"minute": n, "kb": {"shop": [700 + 21 * n], "nginx": [500]}}
                 for n in range(20)]
        told = results(run("soak", 16.7, memory=leaks, client={"seconds": 1200}))
        self.assertEqual([one.word for one in report.verdicts(told)],
                         ["reached", "reached", "MISSED", "reached", "reached"])
        for text in (report.table(told),
                     results_page.markdown(results(run("cart3", 5), soak=told))):
            self.assertIn("+21.0", text)
        self.assertNotIn("## Soak", results_page.markdown(results(run("cart3", 5))))

    def test_what_people_wrote_is_kept_when_the_page_is_rendered_again(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "PROFILES.md"
            self.assertEqual(results_page.markdown_of_profiles(path), [])
            path.write_text("## Where the time goes\n\nInto COMMIT.\n")
            self.assertIn("Into COMMIT.",
                          "\n".join(results_page.markdown_of_profiles(path)))

    def test_numbers_keep_three_digits_that_count(self):
        self.assertEqual([report.plain(n) for n in (0.0001234, 1.2345, 98.76, 12345.6, 0)],
                         ["0.000123", "1.23", "98.8", "12,346", "0"])


if __name__ == "__main__":
    unittest.main()
