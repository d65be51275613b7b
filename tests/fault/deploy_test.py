#!/usr/bin/python3
"""deploy_test.py - a new version comes while the shop is open: the schema grows under load,
old and new programs work with it side by side, and one that is broken or comes too early
takes nothing over (reliability.md 3, rows 58 to 60)."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "http"))
import buyer  # noqa: E402
import shop  # noqa: E402
from restart_test import Load, children_of  # noqa: E402

# Adds to what the load reads and writes, as a migration of a later version would.
LATER = """
ALTER TABLE cart ADD COLUMN IF NOT EXISTS {0} INT NULL;
ALTER TABLE orders ADD COLUMN IF NOT EXISTS {0} INT NULL;
CREATE TABLE IF NOT EXISTS {0} (id INT NOT NULL PRIMARY KEY) ENGINE = InnoDB;
CREATE INDEX IF NOT EXISTS {0} ON cart (updated_at, version);
"""
POOLS = ("shop", "pay", "hook", "work")


class Deploy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """A shop whose program and migrations are copies that may be replaced."""
        cls.own = shop.OwnShop()
        cls.addClassCleanup(cls.own.__exit__)
        cls.sql = cls.own.folder / "sql"
        shutil.copytree(shop.SOURCE / "sql", cls.sql)
        build = cls.own.folder / "build"
        build.mkdir()
        (build / "static").symlink_to(shop.BUILD / "static")
        cls.program = build / "till"
        shutil.copy(shop.BUILD / "till", cls.program)
        cls.own.environ.update(TILL_BUILD=str(build), TILL_DB_MIGRATIONS=str(cls.sql))
        cls.own.start()
        cls.till = cls.own.shop
        cls.sku = buyer.own(cls.till, "STEADY", 100000, per_order=9999)

    def add_migration(self, name, text):
        (self.sql / name).write_text(text, encoding="utf-8")

    def migrate(self):
        done = buyer.command(self.till, "migrate")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def hang_up(self, *units):
        for unit in units:
            os.kill(self.own.pid(unit), signal.SIGHUP)

    def renew(self, *units):
        before = {unit: set(children_of(self.own.pid(unit))) for unit in units}
        self.hang_up(*units)
        for unit in units:
            shop.wait_until(lambda u=unit: (now := set(children_of(self.own.pid(u))))
                            and not now & before[u], f"{unit} is renewed", 30)

    def replace(self, write):
        """Puts another file in place of the program, as dpkg does."""
        new = self.program.with_suffix(".new")
        write(new)
        new.chmod(0o755)
        os.replace(new, self.program)

    def count(self, unit, event):
        log = (self.till.var / "log" / f"{unit}.log").read_text(errors="replace")
        return log.count(f'"event":"{event}"')

    def sleepers(self):
        """What the master of pool shop tries and what does not answer."""
        found = []
        for child in children_of(self.own.pid("shop")):
            words = pathlib.Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            if words[:2] == [b"sleep", b"25"]:
                found.append(child)
        return found

    def test_1_a_broken_program_takes_nothing_over(self):
        good = self.program.read_bytes()
        load = Load(self.till, self.sku)
        before = children_of(self.own.pid("shop"))
        try:
            self.replace(lambda path: path.write_text("#!/bin/sh\nexit 1\n"))
            self.hang_up("shop")
            shop.wait_until(lambda: self.count("shop", "master.check_failed") == 1, "refused")
            self.replace(lambda path: path.write_text("#!/bin/sh\nexec sleep 25\n"))
            self.hang_up("shop")
            hung = []
            shop.wait_until(lambda: hung.extend(self.sleepers()) or hung, "it hangs")
            asked = load.count
            shop.wait_until(lambda: load.count >= asked + 60, "the old ones go on", 20)
            os.kill(hung[0], signal.SIGKILL)
            shop.wait_until(lambda: self.count("shop", "master.check_failed") == 2, "refused")
            self.assertEqual(children_of(self.own.pid("shop")), before)
            self.replace(lambda path: path.write_bytes(good))
            self.renew("shop")
        finally:
            load.end()
        self.assertEqual(load.failures, [])
        load.check_carts(self)

    def test_2_a_migration_that_would_copy_a_table_is_refused(self):
        self.add_migration("9001_heavy.sql",
                           "ALTER TABLE cart MODIFY COLUMN version VARCHAR(40) NOT NULL;")
        done = buyer.command(self.till, "migrate")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("9001_heavy", done.stderr)
        self.assertEqual(self.till.get("/cart").status, 200)
        (self.sql / "9001_heavy.sql").unlink()

    def test_3_a_new_program_waits_for_its_migration(self):
        self.add_migration("9001_later.sql", LATER.format("later"))
        for words in (("serve", "--pool", "shop"), ("work",)):
            done = buyer.command(self.till, *words)
            self.assertEqual(done.returncode, 1)
            self.assertIn("the schema is older than this program: 9001_later.sql waits;"
                          " run till migrate first", done.stderr)
        failed = {unit: self.count(unit, "master.check_failed") for unit in POOLS}
        before = {unit: children_of(self.own.pid(unit)) for unit in POOLS}
        self.hang_up(*POOLS)
        for unit in POOLS:
            shop.wait_until(lambda u=unit: self.count(u, "master.check_failed") > failed[u],
                            f"{unit} stays as it is", 20)
            self.assertEqual(children_of(self.own.pid(unit)), before[unit])
        self.migrate()
        self.renew(*POOLS)
        self.assertEqual(self.till.get("/").status, 200)

    def test_4_an_old_program_starts_with_a_newer_schema(self):
        kept = (self.sql / "9001_later.sql").rename(self.own.folder / "later")
        self.renew(*POOLS)
        with buyer.Buyer(self.till) as somebody:
            somebody.buy(self.sku)
        kept.rename(self.sql / "9001_later.sql")

    def test_5_a_table_in_use_is_waited_for_and_not_forever(self):
        self.add_migration("9002_awaited.sql", LATER.format("awaited"))
        reader = subprocess.Popen(
            ["mariadb", "--no-defaults", "--unbuffered", "--socket",
             self.till.env["TILL_DB_SOCKET"], "--user", self.till.env["TILL_DB_READER"],
             self.till.env["TILL_DB_NAME"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(reader.stdout.close)
        self.addCleanup(reader.wait)
        reader.stdin.write(b"START TRANSACTION; SELECT COUNT(*) FROM cart;\n")
        reader.stdin.flush()
        reader.stdout.readline()
        reader.stdout.readline()
        migrate = subprocess.Popen([self.program, "migrate", "--config",
                                    self.till.env["TILL_CONF"]], text=True,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(migrate.stderr.close)
        self.assertIn("migrate.waits", migrate.stderr.readline())
        with buyer.Buyer(self.till) as somebody:
            somebody.put(self.sku)  # waits for two seconds at most
        reader.stdin.close()
        said = migrate.stderr.read()
        self.assertEqual(migrate.wait(), 0, said)

    def test_6_the_schema_grows_under_load_and_no_request_fails(self):
        load = Load(self.till, self.sku)
        try:
            shop.wait_until(lambda: load.count >= 60, "it runs", 20)
            self.add_migration("9003_grown.sql", LATER.format("grown"))
            self.assertIn("9003_grown", self.migrate())
            old = load.count
            with buyer.Buyer(self.till) as somebody:
                somebody.buy(self.sku)
            shop.wait_until(lambda: load.count >= old + 60, "old programs go on", 20)
            self.renew(*POOLS)
            with buyer.Buyer(self.till) as somebody:
                somebody.buy(self.sku)
        finally:
            load.end()
        self.assertEqual(load.failures, [])
        load.check_carts(self)
        buyer.verify(self, self.till, wait=10)


if __name__ == "__main__":
    unittest.main()
