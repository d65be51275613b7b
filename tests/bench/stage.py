"""stage.py - the shop that is measured: settings of production, goods and orders that were
there before, and beside its pages, in the same nginx, the controls."""
import csv
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[0] / "http"))

import buyer  # noqa: E402
import shop  # noqa: E402
import samples  # noqa: E402

PROGRAMS = shop.BUILD / "tests" / "bench"
UNITS = ("nginx", "shop", "pay", "hook", "work", "mariadb", "sandbox")
CONTROLS = ("hello", "select1")
PLENTY = 1_000_000  # units of what must not run out
WORDS = ("sku,slug,title,kind,price,currency,tax_class,weight_g,per_order,stock,picture,"
         "summary,description,position").split(",")

LOCATIONS = """# the bench's controls: same listener, same TLS, same log as the shop's pages
location = /bench/1k {{
	alias "{folder}/1k";
	default_type text/plain;
}}
location = /bench/hello {{
	include till/fastcgi_till.conf;
	fastcgi_pass "unix:{run}/hello.sock";
}}
location = /bench/select1 {{
	include till/fastcgi_till.conf;
	fastcgi_pass "unix:{run}/select1.sock";
}}
"""


class Stage(shop.OwnShop):
    def __init__(self, say, **settings):
        # templates are read once, as in production; the tables of a million orders have room
        super().__init__(TILL_SHOP_DEVELOPMENT="no",
                         TILL_DB_MEMORY_MB=str(samples.memory_mb() // 4), **settings)
        self.say = say
        self.beside = {}  # processes of the bench: controls, and who takes the mail
        self.orders = 0  # that were loaded
        self.acks = None  # the file of what clients were told
        self.run_home = None

    # ---- start and end ----

    def __enter__(self):
        try:
            return super().__enter__()
        except BaseException:  # also when it is asked to end while it begins
            self.__exit__()
            raise

    def start(self):
        self.run_home = self.link_run()
        self.beside["mail"] = subprocess.Popen(
            [PROGRAMS / "till_bench_mail_sink"], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, text=True, start_new_session=True)
        port = self.beside["mail"].stdout.readline().strip()
        self.environ["TILL_MAIL_URL"] = f"smtp://127.0.0.1:{port}"
        said = super().start()
        self.till = self.shop
        self.run_dir = self.till.var / "run"
        self.bench = self.till.var / "bench"
        self.bench.mkdir()
        self.start_controls()
        return said

    def link_run(self):
        """Sockets, locks and calls that are not in the books yet lie in memory, as in /run."""
        home = tempfile.mkdtemp(prefix="till-test.", dir="/dev/shm")
        (self.folder / "var").mkdir(exist_ok=True)
        (self.folder / "var" / "run").symlink_to(home)
        return home

    def stop(self):
        for process in self.beside.values():
            process.terminate()
        for process in self.beside.values():
            process.communicate(timeout=10)
        self.beside = {}
        super().stop()
        if self.run_home is not None:
            shutil.rmtree(self.run_home, ignore_errors=True)  # a long path was removed already

    def start_controls(self):
        children = len(self.members("shop")) - 1
        database = ("--database", self.till.env["TILL_DB_SOCKET"], "--user", "till",
                    "--password-file", str(self.till.var / "keys" / "till.password"))
        for name, more in (("hello", ()), ("select1", database)):
            with open(self.till.var / "log" / f"{name}.log", "ab") as log:
                self.beside[name] = subprocess.Popen(
                    [PROGRAMS / "till_bench_hello", "--listen",
                     str(self.run_dir / f"{name}.sock"), "--children", str(children), *more],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    start_new_session=True)
        (self.bench / "1k").write_text("0123456789abcde\n" * 64)
        self.put_locations()

    def put_locations(self):
        """Into the nginx that serves the shop, so that only what is behind it differs."""
        folder = self.till.var / "nginx"
        site = (folder / "till.conf").read_text()
        mark = "\t# pools: begin\n"
        if site.count(mark) != 1:
            raise AssertionError(f"till.conf has no single line {mark!r}")
        (folder / "bench.conf").write_text(
            LOCATIONS.format(folder=self.bench, run=self.run_dir))
        (folder / "till.conf").write_text(site.replace(mark, "\tinclude bench.conf;\n" + mark))
        os.kill(self.pid("nginx"), signal.SIGHUP)
        for name in ("1k", *CONTROLS):
            shop.wait_until(lambda path=f"/bench/{name}": self.till.get(path).status == 200,
                            f"the control {name} answers")

    def members(self, unit):
        """Its processes, the leader among them."""
        leader = self.pid(unit)
        return {pid for pid, (session, _) in samples.processes().items() if session == leader}

    def sessions(self, **more):
        """Who is measured: {name: pid of the leader of its session}."""
        return {**{unit: self.pid(unit) for unit in UNITS},
                **{name: process.pid for name, process in self.beside.items()}, **more}

    # ---- goods and orders ----

    def fill(self, skus, orders):
        """The loader's goods and orders; without it goods alone."""
        loader = HERE / "load.py"
        began = time.monotonic()
        if loader.exists():
            self.must_run(sys.executable, loader, self.till.var / "till.env", "--products",
                          skus, "--orders", orders)
        else:
            self.add_goods("bench", skus, PLENTY)
            orders = 0
        self.orders = orders
        self.say(f"a shop at {self.till.url}/ with {skus:,} goods and {orders:,} orders,"
                 f" loaded in {time.monotonic() - began:.0f} s")

    def add_goods(self, prefix, count, stock):
        path = self.bench / f"{prefix}.csv"
        with open(path, "w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(WORDS)
            for n in range(1, count + 1):
                name = f"{prefix}-{n}"
                table.writerow([name.upper(), name, f"Thing {name}", "ship", "18.00", "USD",
                                "standard", 100, 9, stock, "mug", "A thing of the bench",
                                "It was made to be counted.", 900])
        self.must_run(self.till.env["TILL_BIN"], "product", "import", "--config",
                      self.till.env["TILL_CONF"], path)

    def must_run(self, *words):
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                              check=False)
        if done.returncode:
            raise AssertionError(f"{words}: {done.returncode}\n{done.stdout[-2000:]}"
                                 f"{done.stderr[-2000:]}")
        return done.stdout

    def write_lists(self, skus, scarce):
        """"sku slug" lines: all goods, one that never runs out, one that will."""
        self.add_goods("hot", 1, PLENTY)
        self.add_goods("scarce", 1, scarce)
        for name, where, limit in (
                ("skus", f"s.on_hand - s.reserved >= {PLENTY // 2} AND p.slug <> 'hot-1'",
                 skus),
                ("hot", "p.slug = 'hot-1'", 1), ("scarce", "p.slug = 'scarce-1'", 1)):
            rows = buyer.rows(self.till, f"SELECT p.sku, p.slug FROM product p JOIN stock s"
                              f" ON s.sku = p.sku WHERE p.active AND {where}"
                              f" ORDER BY p.id LIMIT {limit}")
            if not rows:
                raise AssertionError(f"no goods for the list {name}")
            (self.bench / name).write_text("".join(f"{sku} {slug}\n" for sku, slug in rows))

    def left_of(self, list_name):
        """Units of a list's one SKU that could still be sold."""
        sku = (self.bench / list_name).read_text().split()[0]
        return buyer.number(self.till, "SELECT on_hand - reserved FROM stock"
                            f" WHERE sku = '{sku}'")

    # ---- the books ----

    def rest(self, seconds):
        """Until what orders caused is done; how many pieces of work are left."""
        end = time.monotonic() + seconds
        while True:
            left = buyer.number(
                self.till, "SELECT (SELECT COUNT(*) FROM outbox WHERE state IN ('ready',"
                " 'leased')) + (SELECT COUNT(*) FROM webhook_in WHERE state = 'received')")
            if left == 0 or time.monotonic() > end:
                return left
            time.sleep(0.1)

    def verify(self):
        """Whether the books are true, and what till verify said."""
        words = ["--acks", str(self.acks)] if self.acks.exists() else []
        done = subprocess.run([self.till.env["TILL_BIN"], "verify", *words, "--config",
                               self.till.env["TILL_CONF"]], capture_output=True, text=True,
                              check=False)
        return done.returncode == 0, (done.stdout + done.stderr).strip()
