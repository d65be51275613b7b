#!/usr/bin/python3
"""cli_test.py - what a shopkeeper does from a shell: products, stock, orders, the outbox,
and the questions whether the books and the host are well."""
import json
import os
import pathlib
import re
import secrets
import subprocess
import tempfile
import time
import unittest

import buyer
import shop
import visitor

DONE, REFUSED, WRONG_USE = 0, 1, 2
HEADER = "sku,slug,title,kind,price,currency,stock,position\n"


class ShellTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = shop.shared()

    def run_till(self, *words, **settings):
        env = {**os.environ, **settings, "TILL_CONF": self.till.env["TILL_CONF"]}
        for name in ("TILL_DB_SOCKET", "TILL_DB_NAME"):
            env.pop(name, None)
        return subprocess.run([self.till.env["TILL_BIN"], *words], env=env, timeout=60,
                              capture_output=True, text=True, check=False)

    def ends(self, code, *words, **settings):
        done = self.run_till(*words, **settings)
        self.assertEqual(done.returncode, code, f"{words}: {done.stdout}{done.stderr}")
        return done

    def document(self, *words, code=DONE, **settings):
        """The one JSON document that a command prints."""
        return json.loads(self.ends(code, *words, "--json", **settings).stdout)

    def audited(self, action):
        return buyer.rows(self.till, "SELECT CONCAT(actor, ' ', body) FROM audit"
                                     f" WHERE action = '{action}' ORDER BY id DESC LIMIT 1")


class Products(ShellTest):
    def import_text(self, text, *words, code=DONE):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "goods.csv")
            file.write_text(text, encoding="utf-8")
            return self.document("product", "import", str(file), *words, code=code)

    def walk_the_shelf(self):
        """The slugs on all of its pages, and the last page."""
        somebody, slugs, path = visitor.Visitor(self.till), [], "/"
        while path:
            page = somebody.page(path)
            goods = [link.removeprefix("/products/") for link in page.links
                     if link.startswith("/products/")]
            self.assertLessEqual(len(goods), 48)
            slugs += goods
            path = next((link for link in page.links if link.startswith("/?after=")), None)
        return slugs, page

    def test_a_shelf_of_many_goods_is_shown_in_pieces(self):
        """48 at a time, each once, and in order; new goods are there within a second."""
        self.import_text(HEADER + "".join(
            f"MANY-{n},many-{n},Many {n},digital,1.00,USD,,9{n:03}\n" for n in range(60)))
        goods = [slug for slug, in buyer.rows(
            self.till, "SELECT slug FROM product WHERE active ORDER BY position, id")]
        shop.wait_until(lambda: self.walk_the_shelf()[0] == goods, "all goods are shown", 5)
        page = self.walk_the_shelf()[1]
        self.assertIn("To the first goods", page.text)
        self.assertIn("nothing more",
                      visitor.Visitor(self.till).page("/?after=" + goods[-1]).text)

    def test_a_new_price_is_shown_by_every_worker_within_two_seconds(self):
        """And whoever puts it into the cart before that pays it, too."""
        self.import_text(HEADER + "FRESH,fresh,Fresh,digital,1.00,USD,,9999\n")
        with buyer.Buyer(self.till) as ada:
            for _ in range(16):
                self.assertIn("$1.00", ada.get("/products/fresh").text)
            self.import_text(HEADER + "FRESH,fresh,Fresh,digital,2.00,USD,,9999\n")
            changed = time.monotonic()
            self.assertEqual(ada.put("FRESH")["items"][0]["unit_price"]["amount"], 200)
            seen = 0
            while seen < 16:
                begun = time.monotonic()
                seen = seen + 1 if "$2.00" in ada.get("/products/fresh").text else 0
                self.assertTrue(seen or begun - changed < 2, "an old price is shown")
            figures = ada.get("/metrics").text
        self.assertGreater(int(re.search(r"till_catalog_known_total (\d+)", figures)[1]), 0)

    def test_the_list_is_the_shelf_with_its_stock(self):
        shelf = self.document("product", "list")
        self.assertGreaterEqual(len(shelf), 16)
        for product in shelf:
            self.assertEqual(set(product), {"sku", "title", "kind", "price", "on_hand",
                                            "reserved", "available", "per_order"})
            self.assertEqual(set(product["price"]), {"amount", "currency", "formatted"})
        for product in shelf[:4]:
            self.assertEqual(product["kind"], "ship")
            self.assertGreaterEqual(product["per_order"], 5)
        endless = next(p for p in shelf if p["sku"] == "HG-KNOTS")
        self.assertEqual([endless[k] for k in ("on_hand", "reserved", "available")],
                         [None, None, None])
        self.assertIn("HG-MUG", self.ends(DONE, "product", "list").stdout)

    def test_a_dry_run_changes_nothing_and_a_run_only_once(self):
        sku = f"CLI-{secrets.token_hex(4)}"
        text = f"{HEADER}{sku},{sku.lower()},Thing,ship,18.00,USD,7,90000\n"
        for words, added, same in ((("--dry-run",), 1, 0), ((), 1, 0), ((), 0, 1),
                                   (("--dry-run",), 0, 1)):
            report = self.import_text(text, *words)
            self.assertEqual((report["added"], report["same"], report["problems"]),
                             (added, same, []), words)
        self.assertEqual(self.document("stock", "show", sku)["on_hand"], 7)
        self.ends(DONE, "stock", "set", sku, "3")
        self.import_text(text)
        self.assertEqual(self.document("stock", "show", sku)["on_hand"], 3)
        self.assertIn("added=1", self.audited("product.import")[0][0])

    def test_every_problem_of_a_file_is_told_and_nothing_is_written(self):
        text = (f"{HEADER}CLI-1,cli-1,One,ship,1.00,USD,1,90000\n"
                "CLI-2,cli-2,Two,boat,1.001,USD,-1,90000\nCLI-3,\"cli\"3\n")
        report = self.import_text(text, code=REFUSED)
        self.assertEqual([(p["line"], p["column"]) for p in report["problems"]],
                         [(3, "price"), (3, "stock"), (3, "kind"), (4, "")])
        self.assertEqual(report["problems"][-1]["at"], 12)
        self.ends(REFUSED, "stock", "show", "CLI-1")
        self.ends(REFUSED, "product", "import", "/nowhere.csv")

    def test_wrong_use_is_told(self):
        for words in (("product",), ("product", "import"), ("product", "lst"),
                      ("product", "list", "--dry-run"), ("product", "list", "x")):
            self.ends(WRONG_USE, *words)


class Stock(ShellTest):
    def test_units_are_set_added_and_shown(self):
        sku = buyer.own(self.till, f"CLI-{secrets.token_hex(4)}", 5)
        self.assertEqual(self.document("stock", "set", sku, "12"),
                         {"sku": sku, "on_hand": 12, "reserved": 0, "available": 12})
        self.assertEqual(self.document("stock", "add", sku, "8")["on_hand"], 20)
        self.assertEqual(self.document("stock", "add", sku, "-3")["on_hand"], 17)
        self.assertEqual(self.document("stock", "show", sku)["available"], 17)
        self.assertIn(sku, [row["sku"] for row in self.document("stock", "show")])
        self.assertIn(f"sku={sku} n=-3", self.audited("stock.add")[0][0])
        self.assertTrue(self.audited("stock.set")[0][0].startswith("shell:"))

    def test_units_that_shoppers_hold_are_not_taken_away(self):
        sku = buyer.own(self.till, f"CLI-{secrets.token_hex(4)}", 5)
        with buyer.Buyer(self.till) as ada:
            ada.put(sku, 4)
            ada.start()
            self.ends(REFUSED, "stock", "set", sku, "3")
            self.ends(REFUSED, "stock", "add", sku, "-2")
            self.assertEqual(self.document("stock", "set", sku, "4")["available"], 0)

    def test_a_download_that_gets_its_first_stock_while_it_is_paid_for_is_sold(self):
        sku = f"CLI-{secrets.token_hex(4)}"
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "goods.csv")
            file.write_text(f"{HEADER}{sku},{sku.lower()},Song,digital,3.00,USD,,90000\n",
                            encoding="utf-8")
            self.ends(DONE, "product", "import", str(file))
        with buyer.Buyer(self.till) as ada:
            order = ada.place(sku)["order"]
            self.ends(DONE, "stock", "set", sku, "10")
            buyer.press(self.till, order)
            ada.wait_for(order, "confirmed")
        self.assertEqual(self.document("stock", "show", sku)["on_hand"], 10)

    def test_refusal_and_wrong_use_are_told_apart(self):
        self.assertEqual(self.document("stock", "set", "NO-SUCH", "3", code=REFUSED)
                         ["error"], "unknown_sku")
        self.ends(REFUSED, "stock", "show", "NO-SUCH")
        self.ends(REFUSED, "stock", "add", "HG-KNOTS", "-1")
        for words in (("set", "HG-MUG"), ("set", "HG-MUG", "-1"), ("set", "HG-MUG", "x"),
                      ("add", "HG-MUG", "1.5"), ("show", "a", "b"), ("take", "a", "1")):
            self.ends(WRONG_USE, "stock", *words)


class Orders(ShellTest):
    def bought(self, sku=None):
        with buyer.Buyer(self.till) as ada:
            return ada.buy(sku or buyer.own(self.till, f"CLI-{secrets.token_hex(4)}", 5))

    def show(self, number):
        return self.document("order", "show", number)

    def wait_for(self, number, **facts):
        shop.wait_until(
            lambda: all(self.show(number)[k] == v for k, v in facts.items()),
            f"{number} with {facts}")

    def test_an_order_is_listed_and_shown_whole(self):
        placed = self.bought()
        number = placed["number"]
        self.assertIn(number, [o["number"] for o in self.document("order", "list")])
        confirmed = self.document("order", "list", "--state", "confirmed", "--limit", "1")
        self.assertEqual([(len(confirmed), confirmed[0]["state"])], [(1, "confirmed")])
        told = self.show(number)
        self.assertEqual(told["id"], placed["id"])
        self.assertEqual((told["status"], told["state"]), ("confirmed", "confirmed"))
        self.assertEqual(told["total"], placed["total"])
        self.assertEqual(told["email"], "ada@example.com")
        attempt = told["payment_attempts"][0]
        self.assertEqual(attempt["state"], "captured")
        kept = (attempt["captured"] * 29 + 500) // 1000 + 30
        self.assertEqual((attempt["fee"]["amount"], attempt["fee"]["currency"]),
                         (kept, "USD"))
        self.assertEqual([s["event"] for s in told["timeline"]], ["placed", "paid"])
        self.assertEqual(self.show(placed["id"])["number"], number)
        self.assertIn(number, self.ends(DONE, "order", "show", number).stdout)
        self.wait_for(number, invoice=self.show(number)["invoice"])

    def test_an_order_is_sent_once_and_then_delivered(self):
        number = self.bought()["number"]
        self.ends(REFUSED, "order", "deliver", number)
        done = self.document("order", "ship", number, "--carrier", "Post", "--tracking",
                             "RX1", "--url", "https://post.example/RX1")
        self.assertEqual((done["state"], done["fulfilment_status"]),
                         ("shipped", "shipped"))
        again = self.document("order", "ship", number, code=REFUSED)
        self.assertEqual(again["error"], "order_state")
        self.assertEqual(self.document("order", "deliver", number)["state"], "delivered")
        told = self.show(number)
        self.assertEqual((told["carrier"], told["tracking"], told["tracking_url"]),
                         ("Post", "RX1", "https://post.example/RX1"))
        self.assertIn(number, self.audited("order.ship")[0][0])
        shop.wait_until(lambda: len(buyer.mails(self.till, {"number": number})) >= 3,
                        "mails of confirmation, sending and delivery")

    def test_the_address_changes_until_the_order_is_sent(self):
        number = self.bought()["number"]
        self.ends(DONE, "order", "address", number, "line1=2 Difference Lane", "city=Salem",
                  "postal_code=97301")
        address = self.document("order", "show", number)["shipping_address"]
        self.assertEqual((address["line1"], address["city"], address["country"]),
                         ("2 Difference Lane", "Salem", "US"))
        self.assertIn(number, self.audited("order.address")[0][0])
        self.assertIn("ZIP", self.ends(REFUSED, "order", "address", number,
                                       "postal_code=1").stderr)
        self.ends(REFUSED, "order", "address", number, "planet=Mars")
        self.ends(WRONG_USE, "order", "address", number)
        self.ends(DONE, "order", "ship", number)
        self.ends(REFUSED, "order", "address", number, "city=Bend")

    def test_a_cancelled_order_gives_money_and_units_back(self):
        sku = buyer.own(self.till, f"CLI-{secrets.token_hex(4)}", 5)
        number = self.bought(sku)["number"]
        self.assertEqual(self.document("stock", "show", sku)["on_hand"], 4)
        done = self.document("order", "cancel", number, "--reason", "asked by phone")
        self.assertEqual(done["state"], "cancelled")
        self.assertEqual(self.document("stock", "show", sku)["on_hand"], 5)
        self.wait_for(number, payment_status="refunded")
        self.ends(REFUSED, "order", "cancel", number)
        self.assertTrue(self.audited("order.cancel")[0][0].startswith("shell:"))

    def test_a_part_of_the_money_goes_back_and_then_the_rest(self):
        number = self.bought()["number"]
        refund = self.document("order", "refund", number, "--amount", "150")["refund"]
        self.assertEqual((refund["kind"], refund["amount"]["amount"]), ("goodwill", 150))
        self.wait_for(number, payment_status="partially_refunded")
        self.ends(REFUSED, "order", "refund", number, "--amount", "100000")
        rest = self.document("order", "refund", number, "--reason", "broken")["refund"]
        self.wait_for(number, payment_status="refunded")
        self.assertEqual(rest["amount"]["amount"] + 150,
                         self.show(number)["payment_attempts"][0]["refunded"])
        self.ends(REFUSED, "order", "refund", number)
        self.assertIn(f"order={number}", self.audited("order.refund")[0][0])

    def test_the_machine_is_drawn_from_its_table(self):
        edges = self.document("order", "machine")
        for machine, event, to in (("order", "paid", "confirmed"),
                                   ("payment", "unanswered", "unknown")):
            self.assertIn({"machine": machine, "from": "pending", "event": event, "to": to},
                          edges)
        self.assertEqual({"order", "payment", "fulfilment", "attempt", "refund", "dispute"},
                         {edge["machine"] for edge in edges})
        dot = self.ends(DONE, "order", "machine", "--dot").stdout
        self.assertIn('"order.pending" -> "order.confirmed" [label = "paid"];', dot)
        self.assertIn('"refund.pending" -> "refund.done"', dot)
        self.assertIn("attempt (payment_attempt.state)",
                      self.ends(DONE, "order", "machine").stdout)

    def test_refusal_and_wrong_use_are_told_apart(self):
        for act in ("show", "ship", "deliver", "cancel", "refund"):
            self.assertEqual(
                self.document("order", act, "ABCDE-23456", code=REFUSED)["error"],
                "not_found")
        for words in (("show",), ("list", "x"), ("list", "--state", "lost"),
                      ("list", "--limit", "0"), ("ship", "A", "--reason", "x"),
                      ("refund", "A", "--amount", "1.50"), ("eat", "A"),
                      ("cancel", "A", "--reason", "\n"),
                      ("ship", "A", "--url", "javascript:alert(1)")):
            self.ends(WRONG_USE, "order", *words)


class Outbox(ShellTest):
    def test_entries_are_listed_by_state(self):
        with buyer.Buyer(self.till) as ada:
            ada.buy(buyer.own(self.till, f"CLI-{secrets.token_hex(4)}", 5))
        shop.wait_until(lambda: self.document("outbox", "list", "--state", "done"),
                        "a mail that was sent")
        entry = self.document("outbox", "list", "--limit", "1")[0]
        self.assertEqual(set(entry), {"id", "kind", "dedup", "state", "attempts", "error",
                                      "created_at", "next_try_at"})
        self.ends(DONE, "outbox", "list")

    def test_only_what_is_dead_is_replayed(self):
        self.assertEqual(self.document("outbox", "replay"), {"replayed": 0})
        self.assertEqual(self.document("outbox", "replay", "all"), {"replayed": 0})
        self.assertEqual(self.document("outbox", "replay", "1", code=REFUSED)["error"],
                         "not_found")
        for words in (("replay", "x"), ("list", "--state", "lost"), ("empty",)):
            self.ends(WRONG_USE, "outbox", *words)


class Health(ShellTest):
    def test_the_books_are_true(self):
        told = self.document("verify")
        self.assertTrue(told["ok"])
        self.assertEqual(told["checked"], 30)
        verdicts = {i["id"]: i["verdict"] for i in told["invariants"]}
        self.assertEqual(verdicts["I01"], "holds")
        self.assertEqual([i for i in verdicts if verdicts[i] == "not_checked"],
                         ["I08", "I14", "I22", "I23", "I24", "I31"])
        self.assertIn("not checked: needs", self.ends(DONE, "verify").stdout)

    def test_the_doctor_finds_a_running_shop_well(self):
        told = self.document("doctor")
        self.assertTrue(told["ok"], told)
        self.assertLessEqual({"database", "schema", "clock", "certificate", "mail", "keys",
                              "webhooks", "connections", "prepared", "durable"},
                             {check["name"] for check in told["checks"]})

    def test_the_doctor_names_a_remedy_for_each_thing_wrong(self):
        told = self.document("doctor", code=REFUSED, TILL_MAIL_URL="smtp://127.0.0.1:1",
                             TILL_KEYS_FILE="", TILL_RUN_PAY_CHILDREN_MAX="512",
                             TILL_DB_MIGRATIONS="/nowhere")
        wrong = {c["name"]: c["remedy"] for c in told["checks"] if not c["ok"]}
        self.assertLessEqual({"mail", "keys", "connections", "schema"}, set(wrong))
        self.assertEqual([name for name, remedy in wrong.items() if not remedy], [])

    def test_the_doctor_speaks_without_a_database(self):
        conf = pathlib.Path(self.till.env["TILL_CONF"]).read_text(encoding="utf-8")
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write(conf.replace("\nsocket = ", "\nsocket = /nowhere"))
            file.flush()
            told = self.document("doctor", "--config", file.name, code=REFUSED)
        self.assertEqual(told["checks"][0]["name"], "database")
        self.assertFalse(told["checks"][0]["ok"])
        self.assertIn("keys", {check["name"] for check in told["checks"]})


if __name__ == "__main__":
    unittest.main()
