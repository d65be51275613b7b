#!/usr/bin/python3
"""command_test.py - what every subcommand shares: options, settings, exit codes; and
till migrate on a shop that is up to date."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import shop

DONE, REFUSED, WRONG_USE = 0, 1, 2


class Command(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = shop.shared()
        cls.conf = cls.till.env["TILL_CONF"]

    def run_till(self, *words, conf=None, **settings):
        """Runs till with a bare environment: TILL_CONF only when a file is given."""
        env = {"PATH": os.environ["PATH"], **settings}
        if conf:
            env["TILL_CONF"] = conf
        return subprocess.run([self.till.env["TILL_BIN"], *words], env=env, timeout=60,
                              capture_output=True, text=True, check=False)

    def test_help_lists_the_commands_and_the_settings(self):
        done = self.run_till("help")
        self.assertEqual(done.returncode, DONE)
        for name in ("migrate", "serve", "help"):
            self.assertIn(name, done.stdout)
        done = self.run_till("help", "settings")
        self.assertEqual(done.returncode, DONE)
        self.assertIn("db.socket", done.stdout)
        self.assertEqual(self.run_till("migrate", "--help").returncode, DONE)

    def test_wrong_use_is_told_apart_from_refusal(self):
        for words in ((), ("no-such-command",), ("migrate", "--no-such-option"),
                      ("migrate", "one-word-too-many"), ("migrate", "--config"),
                      ("migrate", "--json=yes")):
            done = self.run_till(*words, conf=self.conf)
            self.assertEqual(done.returncode, WRONG_USE, words)
            self.assertIn("Usage: till", done.stderr, words)
            self.assertEqual(done.stdout, "", words)

    def test_settings_come_from_the_option_before_the_environment(self):
        self.assertEqual(self.run_till("migrate").returncode, REFUSED)
        self.assertEqual(self.run_till("migrate", conf="/nowhere").returncode, REFUSED)
        for words in (("--config", self.conf), (f"--config={self.conf}",)):
            done = self.run_till("migrate", *words, conf="/nowhere")
            self.assertEqual(done.returncode, DONE, done.stderr)

    def test_migrating_again_changes_nothing(self):
        done = self.run_till("migrate", conf=self.conf)
        self.assertEqual((done.returncode, done.stdout), (DONE, "nothing to do\n"))
        done = self.run_till("migrate", "--json", conf=self.conf)
        self.assertEqual(done.returncode, DONE)
        answer = json.loads(done.stdout)
        self.assertEqual(answer["applied"], [])
        self.assertGreaterEqual(answer["version"], 2)

    def test_a_changed_migration_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            for file in (shop.SOURCE / "sql").glob("*.sql"):
                shutil.copy(file, folder)
            changed = pathlib.Path(folder, "0001_schema.sql")
            changed.write_text(changed.read_text() + "\n-- changed\n")
            done = self.run_till("migrate", "--json", conf=self.conf,
                                 TILL_DB_MIGRATIONS=folder)
        self.assertEqual(done.returncode, REFUSED)
        self.assertIn("0001_schema has changed", done.stderr)
        answer = json.loads(done.stdout)
        self.assertEqual(answer["error"], "refused")
        self.assertIn("0001_schema has changed", answer["cause"])


if __name__ == "__main__":
    unittest.main()
