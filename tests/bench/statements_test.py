#!/usr/bin/python3
"""statements_test.py - the log of all statements, taken apart."""
import unittest

import statements

LOG = """# Time: 261121 19:00:00
# User@Host: till[till] @ localhost []
# Thread_id: 5  Schema: till  QC_hit: No
# Query_time: 0.002000  Lock_time: 0.000500  Rows_sent: 1  Rows_examined: 3
# Rows_affected: 0  Bytes_sent: 100
SET timestamp=1795287600;
SELECT a FROM t
 WHERE b IN ('it''s', 'x\\'y', _binary 'z') AND n = 12;
# User@Host: till[till] @ localhost []
# Query_time: 0.001000  Lock_time: 0.000000  Rows_sent: 1  Rows_examined: 4
use till;
SELECT a FROM t WHERE b IN ('one') AND n = 7;
# User@Host: till[till] @ localhost []
# Query_time: 0.010000  Lock_time: 0.000000  Rows_sent: 0  Rows_examined: 0
COMMIT;
"""


class Statements(unittest.TestCase):
    def test_statements_that_differ_in_values_alone_are_one(self):
        found = statements.parse(LOG)
        self.assertEqual(set(found), {"SELECT a FROM t WHERE b IN (?) AND n = ?;", "COMMIT;"})

    def test_times_and_rows_are_added_up(self):
        times, seconds, locked, rows = statements.parse(LOG)[
            "SELECT a FROM t WHERE b IN (?) AND n = ?;"]
        self.assertEqual((times, rows), (2, 7))
        self.assertAlmostEqual(seconds, 0.003)
        self.assertAlmostEqual(locked, 0.0005)

    def test_a_statement_is_cut_where_the_reader_says(self):
        self.assertEqual(statements.shown("SELECT a FROM t", 9), "SELECT a…")
        for width in (0, 15, 300):
            self.assertEqual(statements.shown("SELECT a FROM t", width), "SELECT a FROM t")

    def test_a_log_that_begins_in_the_middle_loses_its_first_entry_alone(self):
        self.assertEqual(sum(one[0] for one in statements.parse(LOG[60:]).values()), 2)


if __name__ == "__main__":
    unittest.main()
