#!/usr/bin/python3
"""budget_test.py - a guard that cannot fail guards nothing: costs over their budget, or far
under it, are told, and so is a table that does not fit."""
import pathlib
import tempfile
import unittest

import budget

ROWS = {"cart": [1000, 50], "order": [2000, 60]}


def wrong(costs, most=110, least=70):
    return budget.compare(ROWS, costs, ["instructions", "bytes"], most, least)


class Budgets(unittest.TestCase):
    def test_what_is_within_ten_percent_passes(self):
        self.assertEqual(wrong({"cart": [1100, 50], "order": [1400, 42]}), [])

    def test_one_more_than_ten_percent_over_is_told(self):
        self.assertEqual(wrong({"cart": [1101, 50], "order": [2000, 60]}),
                         ["cart takes 1101 instructions: over 110 % of its 1000"])

    def test_every_number_of_a_row_has_its_budget(self):
        self.assertEqual(wrong({"cart": [1000, 56], "order": [2000, 60]}),
                         ["cart takes 56 bytes: over 110 % of its 50"])

    def test_what_became_cheap_asks_for_a_new_budget(self):
        self.assertIn("under 70 %", wrong({"cart": [699, 50], "order": [2000, 60]})[0])
        self.assertEqual(wrong({"cart": [1, 1], "order": [1, 1]}, least=0), [])

    def test_a_path_without_a_row_and_a_row_without_a_path_are_told(self):
        told = wrong({"cart": [1000, 50], "refund": [1, 1]})
        self.assertEqual(len(told), 2)
        self.assertIn("order stands in the table", told[0])
        self.assertIn("refund was counted", told[1])

    def test_a_renewed_table_keeps_its_comments_and_passes(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "table"
            path.write_text("# why\ncart 1 1\n")
            budget.renew(path, ROWS)
            self.assertEqual(path.read_text(), "# why\ncart 1000 50\norder 2000 60\n")
            self.assertEqual(budget.read(path), ROWS)

    def test_a_name_that_stands_there_twice_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "table"
            path.write_text("cart 1 1\ncart 2 2\n")
            with self.assertRaises(ValueError):
                budget.read(path)


if __name__ == "__main__":
    unittest.main()
