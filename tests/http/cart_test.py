#!/usr/bin/python3
"""cart_test.py - shelf, product and cart, as pages and as JSON."""
import json
import secrets
import unittest

import buyer
import shop
import visitor

SHIFT = str.maketrans("0123456789", "０１２３４５６７８９")  # full-width digits
MUG = "HG-MUG"
PEN = "CART-PEN"  # what is left of it changes for nobody else
MONEY = {"amount", "currency", "formatted"}
CART = {"id", "version", "status", "user_id", "currency", "items", "subtotal",
        "discount_code", "discount_amount", "discounts", "shipping", "tax", "total",
        "tenders", "due", "notices", "expires_at", "created_at", "updated_at"}
ITEM = {"id", "sku", "title", "quantity", "unit_price", "line_total", "available", "metadata"}


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = shop.shared()

    def setUp(self):
        self.ada = visitor.Visitor(self.till)

    def add(self, sku=MUG, quantity=1, **more):
        return self.ada.call("POST", "/api/v1/cart/items",
                             {"sku": sku, "quantity": quantity, **more})

    def refused(self, answer, status, code, field=None):
        got, problem = answer
        self.assertEqual((got, problem["status"], problem["code"]), (status, status, code))
        self.assertTrue(problem["trace_id"] and problem["title"] and problem["detail"])
        if field is not None:
            self.assertEqual([e["field"] for e in problem["errors"]], [field], problem)
            self.assertTrue(all(e["message"] and e["code"] for e in problem["errors"]))
        return problem


class CartAsJson(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        buyer.own(cls.till, PEN, 500)

    def test_a_cart_is_made_once(self):
        self.refused(self.ada.call("GET", "/api/v1/cart"), 404, "not_found")
        made, cart = self.ada.call("POST", "/api/v1/cart", {})
        again, same = self.ada.call("POST", "/api/v1/cart", {})
        self.assertEqual((made, again), (201, 200))
        self.assertEqual(cart, same)

    def test_a_cart_has_the_members_of_the_design_and_no_others(self):
        _, cart = self.add(quantity=2, metadata={"gift": "yes"})
        self.assertEqual(set(cart), CART)
        self.assertEqual(set(cart["items"][0]), ITEM)
        for name in ("subtotal", "discount_amount", "shipping", "tax", "total", "due"):
            self.assertEqual(set(cart[name]), MONEY, name)
        self.assertEqual(
            (cart["user_id"], cart["discount_code"], cart["discounts"], cart["tenders"]),
            (None, None, [], []))
        self.assertEqual(cart["items"][0]["line_total"],
                         {"amount": 3600, "currency": "USD", "formatted": "$36.00"})
        self.assertEqual(cart["total"]["amount"],
                         cart["subtotal"]["amount"] + cart["shipping"]["amount"])
        for name in ("expires_at", "created_at", "updated_at"):
            self.assertRegex(cart[name], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_the_same_product_twice_is_one_line(self):
        self.add(quantity=2)
        _, cart = self.add(quantity=3)
        self.assertEqual([i["quantity"] for i in cart["items"]], [5])

    def test_every_change_raises_the_version_and_reading_does_not(self):
        _, first = self.add(PEN)
        _, second = self.add(PEN)
        _, read = self.ada.call("GET", "/api/v1/cart")
        self.assertGreater(second["version"], first["version"])
        self.assertEqual(read, second)

    def test_a_line_is_set_emptied_and_taken_out(self):
        _, cart = self.add(quantity=2)
        path = f"/api/v1/cart/items/{cart['items'][0]['id']}"
        status, cart = self.ada.call("PATCH", path, {"quantity": 7})
        self.assertEqual((status, cart["items"][0]["quantity"]), (200, 7))
        status, cart = self.ada.call("PATCH", path, {"quantity": 0})
        self.assertEqual((status, cart["items"]), (200, []))
        self.refused(self.ada.call("PATCH", path, {"quantity": 1}), 404, "not_found")
        _, cart = self.add()
        path = f"/api/v1/cart/items/{cart['items'][0]['id']}"
        for _ in range(2):
            status, cart = self.ada.call("DELETE", path)
            self.assertEqual((status, cart["items"]), (200, []))

    def test_nobody_changes_the_line_of_another(self):
        _, cart = self.add(PEN)
        path = f"/api/v1/cart/items/{cart['items'][0]['id']}"
        eve = visitor.Visitor(self.till)
        self.assertEqual(eve.call("PATCH", path, {"quantity": 9})[0], 404)
        self.assertEqual(eve.call("DELETE", path)[0], 404)
        eve.call("POST", "/api/v1/cart", {})
        self.assertEqual(eve.call("PATCH", path, {"quantity": 9})[0], 404)
        eve.call("DELETE", path)
        self.assertEqual(self.ada.call("GET", "/api/v1/cart")[1], cart)

    def test_what_is_no_quantity_is_refused_by_name(self):
        for quantity in ("2", 1.5, 1e3, True, [], {}, "", -1, 0, 10 ** 6, 2 ** 63 - 1):
            self.refused(self.add(quantity=quantity), 422, "invalid", "quantity")
        self.refused(self.ada.call("POST", "/api/v1/cart/items", {"sku": MUG}),
                     422, "invalid", "quantity")
        for text in ("1e3", "1.0", "1E0"):
            answer = self.ada.call_raw("POST", "/api/v1/cart/items",
                                       f'{{"sku":"{MUG}","quantity":{text}}}')
            self.assertEqual(answer.status, 422, text)
        self.assertEqual(self.ada.call("GET", "/api/v1/cart")[0], 404, "and no row was made")

    def test_a_body_that_is_not_strict_json_is_a_bad_request(self):
        for text in ("[]", "null", "{", '{"sku":"a","sku":"b","quantity":1}',
                     '{"sku":"HG-MUG","quantity":NaN}', '{"sku":"HG-MUG","quantity":+1}',
                     '{"sku":"HG-MUG","quantity":01}', '{"sku":"HG-MUG","quantity":1,}',
                     '{"sku":"HG-MUG","quantity":1,"price":1}',
                     '{"sku":"HG-MUG","quantity":1,"sku.x":1}', "[" * 90 + "]" * 90):
            answer = self.ada.call_raw("POST", "/api/v1/cart/items", text)
            self.assertEqual(answer.status, 400, text)
            self.assertEqual(answer.header("content-type"), "application/problem+json")
            self.assertEqual(json.loads(answer.body)["code"], "bad_request")

    def test_unknown_members_are_bad_requests_everywhere(self):
        _, cart = self.add()
        path = f"/api/v1/cart/items/{cart['items'][0]['id']}"
        for method, at, value in (
                ("POST", "/api/v1/cart", {"currency": "EUR"}),
                ("POST", "/api/v1/cart/items", {"sku": MUG, "quantity": 1, "unit_price": 1}),
                ("PATCH", path, {"quantity": 1, "unit_price": {"amount": 1}})):
            self.refused(self.ada.call(method, at, value), 400, "bad_request")
        self.assertEqual(self.ada.call("GET", "/api/v1/cart")[1]["version"], cart["version"])

    def test_what_is_not_sold_is_refused_by_name(self):
        for sku in ("NOPE", "hg-mug", "HG-MUG'--", "Ⅷ", "<script>alert(1)</script>"):
            self.refused(self.add(sku), 422, "unknown_sku", "sku")
        self.refused(self.add("x" * 65), 422, "invalid", "sku")

    def test_more_than_there_is_or_than_one_may_have_is_refused(self):
        self.refused(self.add("HG-BOTTLE"), 409, "sold_out", "quantity")
        self.refused(self.add(PEN, 11), 422, "invalid", "quantity")
        _, cart = self.add(PEN, 9)
        problem = self.refused(self.add(PEN, 2), 422, "invalid", "quantity")
        self.assertEqual(problem["errors"][0]["message"],
                         "You can have at most 10 of this in one order.")
        path = f"/api/v1/cart/items/{cart['items'][0]['id']}"
        self.refused(self.ada.call("PATCH", path, {"quantity": 11}), 422, "invalid", "quantity")
        self.assertEqual(self.ada.call("GET", "/api/v1/cart")[1], cart)

    def test_metadata_comes_back_as_it_was_sent(self):
        said = {"engraving": "<b>Æ \"quoted\" & 漢字</b>", "number": 3, "yes": True, "none": None}
        _, cart = self.add(metadata=said)
        self.assertEqual(cart["items"][0]["metadata"], said)
        _, cart = self.add()
        self.assertEqual(cart["items"][0]["metadata"], said, "adding more keeps it")

    def test_metadata_is_a_flat_object_of_at_most_4_kb(self):
        for said in ({"a": {"b": 1}}, {"a": [1]}, [1], "text", {"a": "x" * 4096}):
            self.refused(self.add(metadata=said), 422, "invalid", "metadata")

    def test_a_write_must_say_that_it_is_json(self):
        for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
            answer = self.ada.send("POST", "/api/v1/cart/items", {"Content-Type": kind}, "{}")
            self.assertEqual(answer.status, 415, kind)

    def test_a_digital_product_never_runs_out_and_needs_no_delivery(self):
        _, cart = self.add("HG-KNOTS")
        self.assertEqual(cart["items"][0]["available"], None)
        self.assertEqual(cart["shipping"]["amount"], 0)

    def test_products_and_stock_are_told(self):
        status, mug = self.ada.call("GET", "/api/v1/products/enamel-mug")
        self.assertEqual((status, mug["sku"], mug["price"]["amount"]), (200, MUG, 1800))
        self.refused(self.ada.call("GET", "/api/v1/products/nothing"), 404, "not_found")
        status, told = self.ada.call("GET", f"/api/v1/stock?sku={MUG},HG-BOTTLE,HG-KNOTS,NOPE")
        self.assertEqual(status, 200)
        have = {item["sku"]: item["available"] for item in told["items"]}
        self.assertEqual((have["HG-BOTTLE"], have["HG-KNOTS"]), (0, None))
        self.assertGreater(have[MUG], 0)
        self.assertNotIn("NOPE", have)

    def test_stock_is_told_for_1_to_50_products(self):
        fifty = ",".join([MUG] * 50)
        self.assertEqual(self.ada.call("GET", f"/api/v1/stock?sku={fifty}")[0], 200)
        for asked in ("", "?sku=", "?sku=,", "?sku=a,", f"?sku={fifty},x", f"?sku={'x' * 65}"):
            self.refused(self.ada.call("GET", "/api/v1/stock" + asked), 422, "invalid", "sku")

    def test_reading_writes_no_row(self):
        for path in ("/cart", "/checkout", "/", "/products/enamel-mug"):
            self.ada.get(path)
        self.assertEqual(self.ada.call("GET", "/api/v1/cart")[0], 404)

    def test_answers_are_for_this_visitor_alone(self):
        for path in ("/cart", "/api/v1/cart", "/checkout"):
            self.assertEqual(self.ada.get(path).header("cache-control"), "no-store", path)

    def test_the_cart_page_takes_two_statements_however_many_lines(self):
        for sku in (MUG, "HG-CAP-NAVY", "HG-TOTE"):
            agent = secrets.token_hex(8)
            self.add(sku)
            self.ada.get("/cart", User_Agent=agent)
            self.assertEqual(self.till.facts(agent)["statements"], "2")


class CartAsPages(Case):
    def product(self):
        return self.ada.page("/products/enamel-mug")

    def test_the_shelf_leads_to_every_product_and_fills_the_cart(self):
        page = self.ada.page("/")
        self.assertIn("/products/enamel-mug", page.links)
        form = page.form("/cart/items")
        self.assertEqual(form.fields["quantity"], "1")
        answer = self.ada.submit(form)
        self.assertEqual((answer.status, answer.header("location")), (303, "/cart"))
        self.assertIn("Cart 1", self.ada.page("/").text)

    def test_an_empty_cart_says_so_and_has_no_way_on(self):
        page = self.ada.page("/cart")
        self.assertIn("Nothing in here yet", page.text)
        self.assertEqual(page.forms, [])

    def test_a_product_goes_from_its_page_into_the_cart_and_out_again(self):
        answer = self.ada.submit(self.product().form("/cart/items"), quantity="2")
        self.assertEqual((answer.status, answer.header("location")), (303, "/cart"))
        page = self.ada.page("/cart")
        self.assertIn("$36.00", page.text)
        self.assertIn("$40.50", page.text, "the whole price is told before any address")
        self.assertRegex(page.text, r"Arrives \w{3} \d")
        line = [form for form in page.forms if form.action.startswith("/cart/items/")]
        self.ada.submit(line[0], quantity="3")
        self.assertIn("$54.00", self.ada.page("/cart").text)
        self.ada.submit(line[1])
        self.assertIn("Nothing in here yet", self.ada.page("/cart").text)

    def test_a_refused_quantity_shows_the_product_again_as_typed(self):
        for typed in ("1e3", "+1", "1.0", "0x1", "0", "-1", "11", "", "three", "01",
                      "3".translate(SHIFT), "99999999999999999999"):
            answer = self.ada.submit(self.product().form("/cart/items"), quantity=typed)
            self.assertEqual(answer.status, 422, repr(typed))
            page = visitor.Page(answer.text)
            self.assertEqual(page.form("/cart/items").fields["quantity"], typed or "1")
            self.assertTrue(page.title.startswith("Error: "), page.title)
            self.assertIn("#quantity", page.links)
            self.assertEqual(page.marked, {"quantity": "quantity-wrong"})
            self.assertIn("quantity-wrong", page.ids)
        self.assertEqual(self.ada.call("GET", "/api/v1/cart")[0], 404)

    def test_a_refused_quantity_shows_the_cart_again_as_typed(self):
        self.add(quantity=2)
        for typed, status in (("1e3", 422), ("11", 422), ("１", 422), ("-1", 422)):
            form = self.ada.page("/cart").forms[0]
            answer = self.ada.submit(form, quantity=typed)
            page = visitor.Page(answer.text)
            field = "quantity-" + form.action.rsplit("/", 1)[1]
            self.assertEqual(answer.status, status)
            self.assertEqual(page.forms[0].fields["quantity"], typed)
            self.assertIn("#" + field, page.links)
            self.assertIn(field, page.ids)
            self.assertEqual(page.marked, {field: "wrong-" + field.removeprefix("quantity-")})
        self.assertEqual(self.ada.call("GET", "/api/v1/cart")[1]["items"][0]["quantity"], 2)

    def test_what_is_sold_out_is_refused_on_its_own_page(self):
        form = self.product().form("/cart/items")
        answer = self.ada.submit(form, sku="HG-BOTTLE")
        self.assertEqual(answer.status, 409)
        self.assertIn("This is sold out.", visitor.Page(answer.text).text)
        self.assertNotIn("/cart/items", [f.action for f in visitor.Page(answer.text).forms])

    def test_what_is_not_sold_shows_the_shelf(self):
        form = self.product().form("/cart/items")
        answer = self.ada.submit(form, sku="<script>alert(1)</script>")
        self.assertEqual(answer.status, 422)
        self.assertNotIn(b"<script>alert", answer.body)
        self.assertIn("All goods", visitor.Page(answer.text).text)

    def test_a_form_without_its_token_changes_nothing(self):
        form = self.product().form("/cart/items")
        for token in (None, "", "x", "0" * 43):
            answer = self.ada.submit(form, csrf=token)
            self.assertEqual(answer.status, 403, token)
            again = visitor.Page(answer.text).form("/cart/items")
        self.assertEqual(self.ada.call("GET", "/api/v1/cart")[0], 404)
        self.assertEqual(self.ada.submit(again).status, 303, "one more click goes on")

    def test_a_form_token_of_another_visitor_is_none(self):
        theirs = visitor.Visitor(self.till).csrf()
        self.assertEqual(
            self.ada.submit(self.product().form("/cart/items"), csrf=theirs).status, 403)

    def test_a_line_that_is_not_there_is_not_found(self):
        self.add()
        answer = self.ada.post("/cart/items/00000000-0000-7000-8000-000000000000",
                               {"csrf": self.ada.csrf(), "quantity": "1"})
        self.assertEqual(answer.status, 404)

    def test_pages_that_are_words_alone_answer(self):
        for path, word in (("/help", "Was I charged?"), ("/help/privacy", "One cookie"),
                           ("/help/style", "Every component")):
            self.assertIn(word, self.ada.page(path).text)

    def test_the_cookie_is_strict_and_stays(self):
        answer = self.ada.get("/")
        cookie = answer.header("set-cookie")
        for part in ("__Host-till=", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"):
            self.assertIn(part, cookie)
        self.assertIsNone(self.ada.get("/").header("set-cookie"))


class CartOfAnOwnShop(unittest.TestCase):
    """What needs other goods than the demo's."""

    @classmethod
    def setUpClass(cls):
        cls.own = shop.OwnShop()
        cls.own.start()
        cls.addClassCleanup(lambda: cls.own.__exit__())
        cls.till = cls.own.shop
        cls.load([f"T-{n:02}" for n in range(51)], "3.00")

    @classmethod
    def load(cls, skus, price, title="<script>alert('title')</script>"):
        rows = cls.own.folder / "goods.csv"
        rows.write_text(
            "sku,slug,title,kind,price,currency,tax_class,weight_g,per_order,stock,picture,"
            "summary,description,position\n" + "".join(
                f"{sku},{sku.lower()},{title},ship,{price},USD,standard,10,9,5,mug,"
                f"<img src=x>,</title><b>bold,900\n" for sku in skus))
        cls.till_command("product", "import", str(rows))

    @classmethod
    def till_command(cls, *words):
        done = shop.subprocess.run(
            [cls.till.env["TILL_BIN"], *words, "--config", cls.till.env["TILL_CONF"]],
            capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"till {words}: {done.stdout} {done.stderr}")

    def setUp(self):
        self.ada = visitor.Visitor(self.till)

    def test_the_51st_line_is_refused_in_both_faces(self):
        for n in range(50):
            status, _ = self.ada.call("POST", "/api/v1/cart/items",
                                      {"sku": f"T-{n:02}", "quantity": 1})
            self.assertEqual(status, 200)
        status, problem = self.ada.call("POST", "/api/v1/cart/items",
                                        {"sku": "T-50", "quantity": 1})
        self.assertEqual((status, problem["code"], problem["errors"][0]["field"]),
                         (422, "invalid", "sku"))
        answer = self.ada.submit(self.ada.page("/products/t-50").form("/cart/items"))
        self.assertEqual(answer.status, 422)
        self.assertIn("A cart holds at most 50 different products.", answer.text)
        status, cart = self.ada.call("POST", "/api/v1/cart/items",
                                     {"sku": "T-49", "quantity": 1})
        self.assertEqual((status, len(cart["items"])), (200, 50), "more of a line still goes")
        page = self.ada.get("/cart", User_Agent="fifty lines")
        self.assertNotIn(b"<script>alert", page.body)
        self.assertEqual(self.till.facts("fifty lines")["statements"], "2")

    def test_what_products_are_called_stays_text(self):
        for path in ("/", "/products/t-07"):
            body = self.ada.get(path).body
            self.assertNotIn(b"<script>alert", body)
            self.assertNotIn(b"<img src=x>", body)
            self.assertIn(b"&lt;img src=x&gt;", body)

    def test_a_price_that_moved_is_shown_with_the_old_one(self):
        self.load(["T-PRICE"], "5.00", "Moving")
        self.ada.call("POST", "/api/v1/cart/items", {"sku": "T-PRICE", "quantity": 2})
        self.load(["T-PRICE"], "6.50", "Moving")
        _, cart = self.ada.call("GET", "/api/v1/cart")
        self.assertEqual(cart["items"][0]["unit_price"]["amount"], 650)
        self.assertEqual([n["code"] for n in cart["notices"]], ["price_changed"])
        self.assertEqual(cart["notices"][0]["field"], "items." + cart["items"][0]["id"])
        page = self.ada.page("/cart")
        self.assertIn("it was $5.00 and is now $6.50", page.text)

    def test_what_ran_out_in_the_cart_is_marked_and_stops_the_way_on(self):
        self.load(["T-GONE"], "5.00", "Going")
        self.ada.call("POST", "/api/v1/cart/items", {"sku": "T-GONE", "quantity": 2})
        self.till_command("stock", "set", "T-GONE", "1")
        _, cart = self.ada.call("GET", "/api/v1/cart")
        self.assertEqual([n["code"] for n in cart["notices"]], ["sold_out"])
        self.assertEqual(cart["items"][0]["available"], 1)
        page = self.ada.page("/cart")
        self.assertIn("Only 1 of this are left.", page.text)
        self.assertNotIn("/checkout/start", [form.action for form in page.forms])
        self.ada.submit(page.forms[0], quantity="1")
        self.assertIn("/checkout/start",
                      [form.action for form in self.ada.page("/cart").forms])


if __name__ == "__main__":
    unittest.main()
