#!/usr/bin/python3
"""race_loop.py - the races of tests/http/race_test.py, 20 rounds each, in a shop of their
own. TILL_RACE_ROUNDS asks for another number of rounds."""
import os
import pathlib
import subprocess
import sys

HTTP = pathlib.Path(__file__).resolve().parents[1] / "http"
sys.path.insert(0, str(HTTP))

import shop  # noqa: E402

with shop.OwnShop() as own:
    environ = {"TILL_RACE_ROUNDS": "20", **os.environ,
               "TILL_ENV": str(own.folder / "var" / "till.env")}
    done = subprocess.run([sys.executable, HTTP / "race_test.py", "-v"], env=environ,
                          check=False)
sys.exit(done.returncode)
