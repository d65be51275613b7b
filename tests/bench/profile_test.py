#!/usr/bin/python3
"""profile_test.py - what is told of one unit's CPU and counters, and of what perf says."""
import unittest

import profile

PERF = """# Samples: 12 of event 'cycles'
#
     9.14%  mariadbd  mariadbd           [.] row_search_mvcc            -      -
     0.91%  till      [kernel.kallsyms]  [k] finish_task_switch.isra.0

"""


class Profile(unittest.TestCase):
    def test_counters_are_told_per_unit_and_the_most_first(self):
        before = {"Com_select": 100, "Questions": 5, "Uptime": 1, "Com_update": 7}
        after = {"Com_select": 300, "Questions": 1005, "Uptime": 9, "Com_update": 8}
        self.assertEqual(profile.counters(before, after, 200),
                         [("Questions", 5), ("Com_select", 1)])

    def test_the_product_is_the_sum_of_its_parts_and_not_of_those_beside_it(self):
        rows = {row[0]: row[1:] for row in profile.cpu_rows(
            {"shop": 1, "work": 0, "sandbox": 5}, {"shop": 1, "work": 2, "sandbox": 7}, 1000)}
        self.assertEqual(rows["work"], ["0", "2"])
        self.assertEqual(rows["the product"], ["1", "3"])
        self.assertEqual(rows["sandbox"], ["5", "7"])

    def test_of_perf_remain_the_lines_that_say_something(self):
        self.assertEqual([line.split()[0::3][:2] for line in profile.rows_of(PERF)],
                         [["9.14%", "[.]"], ["0.91%", "[k]"]])
        self.assertTrue(profile.rows_of(PERF)[0].endswith("row_search_mvcc"))


if __name__ == "__main__":
    unittest.main()
