#!/usr/bin/python3
"""start_stop_test.py - `make start` and `make stop`: side by side, twice, and after a kill."""
import os
import pathlib
import signal
import subprocess
import unittest

import shop

UNITS = ("mariadb", "mail", "sandbox", "shop", "pay", "hook", "work", "nginx")


def session_of(pid):
    """Every living process of a session."""
    members = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] not in "ZX" and int(fields[3]) == pid:
            members.append(int(stat.parent.name))
    return members


class StartStop(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.own = shop.OwnShop(TILL_DB_EMPTY="")
        cls.own.start()

    @classmethod
    def tearDownClass(cls):
        cls.own.__exit__()

    def test_two_shops_run_side_by_side(self):
        one, other = shop.shared(), self.own.shop
        self.assertNotEqual(one.url, other.url)
        for till in (one, other):
            self.assertEqual(till.get("/health/ready").status, 200)

    def test_a_second_start_says_that_it_runs(self):
        before = [self.own.pid(unit) for unit in UNITS]
        self.assertIn("runs already", self.own.start())
        self.assertEqual(before, [self.own.pid(unit) for unit in UNITS])

    def test_till_env_names_what_is_there(self):
        env = self.own.shop.env
        self.assertTrue(env["TILL_URL"].startswith("https://127.0.0.1:"))
        for name in ("TILL_DB_SOCKET", "TILL_MAIL_DIR", "TILL_BIN", "TILL_CONF", "TILL_CA"):
            self.assertTrue(os.path.exists(env[name]), name)

    def test_secrets_are_for_their_owner_alone(self):
        for secret in (self.own.folder / "var" / "keys").iterdir():
            self.assertEqual(secret.stat().st_mode & 0o077, 0, secret)

    def test_the_reader_may_only_read(self):
        env = self.own.shop.env

        def ask(sql):
            return subprocess.run(
                ["mariadb", "--no-defaults", "--socket", env["TILL_DB_SOCKET"], "--user",
                 env["TILL_DB_READER"], env["TILL_DB_NAME"], "-e", sql],
                capture_output=True, text=True)

        self.assertEqual(ask("SELECT COUNT(*) FROM product").returncode, 0)
        refused = ask("DELETE FROM product")
        self.assertIn("denied", refused.stderr)

    def test_a_killed_shop_recovers_at_the_next_start(self):
        for unit in ("nginx", "mariadb", "shop", "work"):
            with self.subTest(unit):
                os.kill(self.own.pid(unit), signal.SIGKILL)
                shop.wait_until(lambda u=unit: not alive(self.own.pid(u)), "it is dead")
                self.assertIn("is open", self.own.start())
                self.assertEqual(self.own.shop.get("/health/ready").status, 200)

    def test_a_stop_ends_what_the_start_began_and_nothing_else(self):
        stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
        self.addCleanup(stranger.wait)
        self.addCleanup(stranger.kill)
        with shop.OwnShop() as own:
            leaders = [own.pid(unit) for unit in UNITS]
            forged = own.folder / "var" / "run" / "work.pid"
            really = forged.read_text()
            born, boot = really.split()[1:]
            own.stop()
            # a pid that somebody else has by now
            forged.write_text(f"{stranger.pid} {int(born) - 1} {boot}\n")
            own.stop()
            for leader in leaders:
                self.assertEqual(session_of(leader), [])
        self.assertIsNone(stranger.poll())
        self.assertEqual(shop.shared().get("/health/ready").status, 200)


def alive(pid):
    return pid in session_of(pid)


if __name__ == "__main__":
    unittest.main()
