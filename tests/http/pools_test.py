#!/usr/bin/python3
"""pools_test.py - nginx sends each path to the pool that the program's route table names."""
import os
import subprocess
import unittest

import shop


def between_markers(text):
    lines = [line.strip() for line in text.splitlines()]
    return lines[lines.index("# pools: begin") + 1:lines.index("# pools: end")]


class Pools(unittest.TestCase):
    def test_the_site_file_is_what_the_route_table_prints(self):
        printed = subprocess.run([os.environ["TILL_BIN"], "routes", "--nginx"], check=True,
                                 capture_output=True, text=True).stdout
        wanted = [line.strip() for line in printed.splitlines() if line.strip()]
        site = (shop.SOURCE / "nginx" / "till.conf.in").read_text()
        self.assertGreater(len(wanted), 3)
        self.assertEqual(between_markers(site), wanted)


if __name__ == "__main__":
    unittest.main()
