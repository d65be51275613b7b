#!/usr/bin/python3
"""openapi_test.py - what the program says of its JSON face is what it does."""
import json
import re
import unittest

import buyer
import shop

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int,
         "null": type(None)}
FORMATS = {
    "uuid": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z"),
    "date-time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z"),
}


def is_of(value, kind):
    if kind == "integer" and isinstance(value, bool):
        return False
    return isinstance(value, TYPES[kind])


class Contract:
    """The part of JSON Schema that the description uses."""

    def __init__(self, document):
        self.document = document

    def resolve(self, schema):
        while "$ref" in schema:
            node = self.document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                node = node[step]
            schema = node
        return schema

    def problems(self, value, schema, at="$"):
        schema = self.resolve(schema)
        if "anyOf" in schema:
            tries = [self.problems(value, one, at) for one in schema["anyOf"]]
            return [] if [] in tries else tries[0]
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if kinds and not any(is_of(value, kind) for kind in kinds):
            return [f"{at} is {value!r}, not {kinds}"]
        if isinstance(value, dict):
            return self._of_object(value, schema, at)
        if isinstance(value, list):
            return [p for i, item in enumerate(value)
                    for p in self.problems(item, schema.get("items", {}), f"{at}[{i}]")]
        pattern = FORMATS.get(schema.get("format"))
        if pattern and isinstance(value, str) and not pattern.match(value):
            return [f"{at} is {value!r}, no {schema['format']}"]
        return []

    def _of_object(self, value, schema, at):
        known = schema.get("properties", {})
        found = [f"{at}.{name} is missing" for name in schema.get("required", ())
                 if name not in value]
        if known:
            found += [f"{at}.{name} is not described" for name in value if name not in known]
        for name in set(value) & set(known):
            found += self.problems(value[name], known[name], f"{at}.{name}")
        return found

    def answer_schema(self, method, path, status):
        content = self.document["paths"][path][method]["responses"][str(status)]["content"]
        return next(iter(content.values()))["schema"]


class Described(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = shop.shared()
        answer = cls.till.get("/api/v1/openapi.json")
        cls.contract = Contract(json.loads(answer.body))

    def fits(self, ada, method, described, path, value=None, **headers):
        status, body = ada.call(method, path, value, **headers)
        schema = self.contract.answer_schema(method.lower(), described, status)
        self.assertEqual(self.contract.problems(body, schema), [], f"{method} {path}")
        return body

    def test_every_answer_of_a_purchase_is_as_described(self):
        with buyer.Buyer(self.till) as ada:
            v1 = "/api/v1"
            for described in ("/cart", "/checkout"):  # not found, told as a problem
                self.fits(ada, "GET", v1 + described, v1 + described)
            self.fits(ada, "POST", v1 + "/cart", v1 + "/cart", {})
            cart = self.fits(ada, "POST", v1 + "/cart/items", v1 + "/cart/items",
                             {"sku": "HG-MUG", "quantity": 2, "metadata": {"a": "b"}})
            one = v1 + "/cart/items/{item_id}"
            item = one.format(item_id=cart["items"][0]["id"])
            self.fits(ada, "PATCH", one, item, {"quantity": 0.5})
            self.fits(ada, "PATCH", one, item, {"quantity": 1})
            self.fits(ada, "GET", v1 + "/cart", v1 + "/cart")
            self.fits(ada, "GET", v1 + "/stock", v1 + "/stock?sku=HG-MUG")
            self.fits(ada, "GET", v1 + "/products/{slug}", v1 + "/products/enamel-mug")
            self.fits(ada, "POST", v1 + "/checkout/start", v1 + "/checkout/start", {})
            self.fits(ada, "GET", v1 + "/checkout", v1 + "/checkout")
            self.fits(ada, "PATCH", v1 + "/checkout", v1 + "/checkout", ada.details())
            validate, payment = v1 + "/checkout/validate", v1 + "/checkout/payment"
            self.fits(ada, "POST", validate, validate, {"contact": {"email": "nobody"}})
            self.fits(ada, "POST", validate, validate, ada.details())
            self.fits(ada, "POST", payment, payment, ada.offer())
            order = self.fits(ada, "POST", payment, payment, ada.offer(),
                              Idempotency_Key=buyer.new_key())["order"]
            name = {"order": order["number"]}
            for described in ("/orders/{order}", "/checkout/status/{order}"):
                self.fits(ada, "GET", v1 + described, (v1 + described).format(**name))
            cancel = v1 + "/orders/{order}/cancel"
            self.fits(ada, "POST", cancel, cancel.format(**name), {},
                      Idempotency_Key=buyer.new_key())
            self.fits(ada, "DELETE", one, item)
            self.fits(ada, "DELETE", one, item)

    def test_every_example_is_accepted_by_its_own_schema(self):
        examples = 0
        for path, operations in self.contract.document["paths"].items():
            for method, operation in operations.items():
                for content in operation.get("requestBody", {}).get("content", {}).values():
                    if "example" not in content:
                        continue
                    examples += 1
                    self.assertEqual(self.contract.problems(content["example"],
                                                            content["schema"]), [],
                                     f"{method} {path}")
        self.assertGreater(examples, 5)

    def test_every_address_that_is_described_is_there(self):
        for path, operations in self.contract.document["paths"].items():
            for method in operations:
                answer = self.till.send(method.upper(), re.sub(r"\{\w+\}", "x", path))
                with self.subTest(path=path, method=method):
                    self.assertNotIn(answer.status, (405, 500, 502))


if __name__ == "__main__":
    unittest.main()
