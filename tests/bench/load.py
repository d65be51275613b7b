#!/usr/bin/env python3
"""load.py - a shop with a past: products by `till product import`, then any number of orders
written straight into its database, in the shape in which the program writes them, sealed with
the shop's own keys; `till verify` finds nothing wrong with them, and their pages open.

    load.py TILL_ENV [--products 100000] [--orders 1000000] [--check] [--json FILE] [--links FILE]

--check asks `till verify` as well, --links writes "number uid path" of 10,000 orders. The shop
runs, was made by tests/shop/start.sh and has no orders yet. Its jobs stand still
meanwhile, and the database's triggers are taken away and put back: a load that is broken off
leaves a shop that is good for nothing.
"""
import argparse
import concurrent.futures
import contextlib
import csv
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / folder)
                for folder in ("http", "fault")]

import load_rows  # noqa: E402
from house import children_of  # noqa: E402
from shop import BUILD, Shop  # noqa: E402

SEAL = BUILD / "tests" / "bench" / "till_bench_seal"
DATABASE_MEMORY_MB = 2048  # while loading
LINKS = 10000
FIELDS = ("sku", "slug", "title", "kind", "price", "currency", "tax_class", "weight_g",
          "per_order", "stock", "picture", "summary", "description", "position")


class Refused(Exception):
    """Why there is no load."""


# ---- the database's administrator ----

def client(till, *words):
    return ["mariadb", "--no-defaults", "--batch", "--skip-column-names", "--unbuffered",
            "--default-character-set=utf8mb4", "--socket", till.env["TILL_DB_SOCKET"],
            *words, till.env["TILL_DB_NAME"]]


def ask(till, sql):
    done = subprocess.run(client(till), input=sql, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"{sql[:200]}\n{done.stderr}")
    return [line.split("\t") for line in done.stdout.splitlines()]


def number(till, sql):
    return int(ask(till, sql)[0][0] or 0)


def run_steps(till, begin, steps, seconds):
    """Each step in one session; how long it took goes into seconds."""
    with subprocess.Popen(client(till), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as session:
        session.stdin.write(begin)
        for name, sql in steps:
            began = time.monotonic()
            try:
                session.stdin.write(f"{sql}\nSELECT 'done';\n")
                session.stdin.flush()
                said = session.stdout.readline()
            except BrokenPipeError:
                said = ""
            if said != "done\n":
                raise Refused(f"{name}: {said}{session.stderr.read()}")
            seconds[name] = round(time.monotonic() - began, 2)
        session.stdin.close()


# ---- what the keys make ----

def start_reader(till, begin, table, columns, fifo):
    """The server reads the lines while they are made."""
    os.mkfifo(fifo)
    fifo.chmod(0o644)  # the server wants it so; its folder is ours alone
    reader = subprocess.Popen(client(till), stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True)
    reader.stdin.write(f"{begin}\nLOAD DATA INFILE '{fifo}' INTO TABLE {table}"
                       f" CHARACTER SET utf8mb4 {columns};")
    reader.stdin.close()
    return reader


def load_sealed(till, begin, orders, what, tables):
    keys = str(till.var / "keys" / "master")
    with tempfile.TemporaryDirectory(prefix="till-load.") as folder:
        fifos = [pathlib.Path(folder) / table for table, _ in tables]
        readers = [start_reader(till, begin, *table, fifo)
                   for table, fifo in zip(tables, fifos)]
        maker = subprocess.Popen([SEAL, keys, what, "1", str(orders), *map(str, fifos)])
        failed = ""
        for reader, fifo in zip(readers, fifos):
            if failed:  # nobody is left to write: the server shall not wait
                os.close(os.open(fifo, os.O_RDWR | os.O_NONBLOCK))
            failed += reader.stderr.read()
            if reader.wait() or failed:
                maker.kill()
        if maker.wait() or failed:
            raise Refused(f"{what}: {failed}")


def load_all_sealed(till, begin, orders, seconds):
    for what, tables in load_rows.sealed(orders):
        began = time.monotonic()
        load_sealed(till, begin, orders, what, tables)
        seconds[what] = round(time.monotonic() - began, 2)


# ---- the shop meanwhile ----

@contextlib.contextmanager
def without_jobs(till):
    master = int((till.var / "run" / "work.pid").read_text().split()[0])
    stopped = [master, *children_of(master)]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(stopped):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def triggers(till):
    return ask(till, "SELECT trigger_name, MD5(CONCAT(action_timing, event_manipulation,"
                     " event_object_table, action_statement, sql_mode, definer))"
                     " FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
                     " ORDER BY 1")


@contextlib.contextmanager
def without_triggers(till):
    """They would ask for every row whether it may begin like that."""
    before = triggers(till)
    kept = subprocess.run(
        ["mariadb-dump", "--no-defaults", "--socket", till.env["TILL_DB_SOCKET"], "--triggers",
         "--no-data", "--no-create-info", till.env["TILL_DB_NAME"]],
        capture_output=True, check=True).stdout
    ask(till, "".join(f"DROP TRIGGER {name};" for name, _ in before))
    try:
        yield
    finally:
        subprocess.run(client(till), input=kept, check=True, stdout=subprocess.DEVNULL)
        if triggers(till) != before:
            raise Refused("the triggers are not what they were")


@contextlib.contextmanager
def more_memory(till):
    usual = number(till, "SELECT @@innodb_buffer_pool_size")
    ask(till, f"SET GLOBAL innodb_buffer_pool_size = {DATABASE_MEMORY_MB << 20}")
    try:
        yield
    finally:
        ask(till, f"SET GLOBAL innodb_buffer_pool_size = {usual}")


# ---- products ----

def write_products(path, products):
    """In whole dollars: the sandbox takes some sums that end in cents for orders to fail."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(FIELDS)
        for n in range(1, products + 1):
            out.writerow((f"B-{n:06}", f"bench-{n:06}", f"Thing number {n:06}", "ship",
                          f"{5 + n * 37 % 90}.00", "USD", "standard",
                          50 + n * 13 % 3000, 99, 1000000, "mug",
                          "One of very many things.", "It is there to be one of many.",
                          1000 + n))


def load_products(till, products):
    path = till.var / "bench-products.csv"
    write_products(path, products)
    done = subprocess.run([till.env["TILL_BIN"], "product", "import", str(path), "--config",
                           till.env["TILL_CONF"]], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"product import: {done.stdout}{done.stderr}")


# ---- the whole ----

def size_on_disk(till):
    """Bytes of the tables, and of the whole data folder with its logs."""
    folder = till.var / "db"
    files = [one for one in folder.rglob("*") if one.is_file()]
    tables = sum(one.stat().st_blocks * 512 for one in files
                 if one.parent.name == till.env["TILL_DB_NAME"])
    return tables, sum(one.stat().st_blocks * 512 for one in files)


def load_orders(till, orders, seconds):
    begin = load_rows.settings(orders, ask(till, "SELECT UTC_TIMESTAMP(6)")[0][0])
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        at_work = [pool.submit(load_all_sealed, till, begin, orders, seconds)]
        run_steps(till, begin, load_rows.first(orders), seconds)
        at_work += [pool.submit(run_steps, till, begin, steps, seconds)
                    for steps in load_rows.BESIDE]
        for one in at_work:
            one.result()
    tables = [row[0] for row in ask(till, "SHOW TABLES")]
    began = time.monotonic()
    ask(till, f"SET SESSION sql_log_bin = 0; ANALYZE TABLE {', '.join(tables)}")
    seconds["analyze"] = round(time.monotonic() - began, 2)


def load(till, products=100000, orders=1000000):
    """Fills the running shop; what it took, as a dict. Raises Refused."""
    if number(till, "SELECT COUNT(*) FROM orders"):
        raise Refused("the shop has orders already: a load begins with an empty one")
    seconds = {}
    began = time.monotonic()
    if products:
        load_products(till, products)
    seconds["products"] = round(time.monotonic() - began, 2)
    began = time.monotonic()
    if orders:
        with without_jobs(till), more_memory(till), without_triggers(till):
            load_orders(till, orders, seconds)
    took = time.monotonic() - began
    tables, folder = size_on_disk(till)
    return {"products": products, "orders": orders, "seconds": round(took, 2),
            "orders_per_s": round(orders / took) if orders else 0, "steps": seconds,
            "table_bytes": tables, "folder_bytes": folder,
            "bytes_per_order": round(tables / orders) if orders else 0}


def links(till, count=LINKS):
    """Orders spread over all there are: (number, uid, path of the page)."""
    most = number(till, "SELECT COALESCE(MAX(id), 0) FROM orders")
    step = max(1, most // count)
    found = ask(till, f"SELECT number, uid FROM orders WHERE id MOD {step} = 0 LIMIT {count}")
    said = subprocess.run([SEAL, str(till.var / "keys" / "master"), "links"], text=True,
                          input="\n".join(" ".join(one) for one in found),
                          capture_output=True, check=True)
    return [tuple(line.split()) for line in said.stdout.splitlines()]


def check_pages(till, count=20):
    """Pages of old orders open, with what was sealed; what is wrong, as texts."""
    wrong = []
    for name, _, path in links(till, count):
        page = till.get(path)
        if page.status != 200 or name not in page.text or "@example.org" not in page.text:
            wrong.append(f"{path}: {page.status}")
    return wrong


def check_books(till):
    done = subprocess.run([till.env["TILL_BIN"], "verify", "--config", till.env["TILL_CONF"]],
                          capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else [done.stdout + done.stderr]


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("till_env")
    words.add_argument("--products", type=int, default=100000)
    words.add_argument("--orders", type=int, default=1000000)
    words.add_argument("--json", type=pathlib.Path)
    words.add_argument("--links", type=pathlib.Path)
    words.add_argument("--check", action="store_true", help="ask till verify as well")
    asked = words.parse_args()
    till = Shop(asked.till_env)
    try:
        report = load(till, asked.products, asked.orders)
    except Refused as why:
        print(f"load.py: {why}", file=sys.stderr)
        return 1
    wrong = check_pages(till)
    if asked.check:
        began = time.monotonic()
        wrong += check_books(till)
        report["check_seconds"] = round(time.monotonic() - began, 2)
    print(json.dumps(report, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(report, indent=1))
    if asked.links:
        asked.links.write_text("".join(" ".join(one) + "\n" for one in links(till)))
    for one in wrong:
        print(one, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
