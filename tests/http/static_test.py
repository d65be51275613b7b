#!/usr/bin/python3
"""static_test.py - static files come under a name that holds their hash, compressed before."""
import gzip
import os
import pathlib
import unittest

import shop


class Static(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = shop.shared()
        manifest = pathlib.Path(os.environ["TILL_BUILD"]) / "static" / "manifest"
        cls.names = dict(line.split() for line in manifest.read_text().splitlines())

    def test_a_hashed_name_may_be_kept_for_ever(self):
        answer = self.till.get(f"/static/{self.names['till.css']}")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.header("cache-control"), "public, max-age=31536000, immutable")
        self.assertEqual(answer.header("content-type"), "text/css; charset=utf-8")

    def test_a_plain_name_is_asked_for_again_soon(self):
        answer = self.till.get("/static/till.css")
        self.assertEqual(answer.header("cache-control"), "public, max-age=300")

    def test_both_names_give_the_same_bytes(self):
        for plain, hashed in self.names.items():
            self.assertEqual(self.till.get(f"/static/{plain}").body,
                             self.till.get(f"/static/{hashed}").body, plain)

    def test_gzip_was_made_beforehand(self):
        plain = self.till.get("/static/till.css")
        packed = self.till.get("/static/till.css", Accept_Encoding="gzip")
        self.assertEqual(packed.header("content-encoding"), "gzip")
        self.assertEqual(gzip.decompress(packed.body), plain.body)

    def test_brotli_is_smaller_still(self):
        gzipped = self.till.get("/static/till.css", Accept_Encoding="gzip")
        packed = self.till.get("/static/till.css", Accept_Encoding="br")
        self.assertEqual(packed.header("content-encoding"), "br")
        self.assertLess(len(packed.body), len(gzipped.body))

    def test_nothing_beside_the_folder_is_served(self):
        for path in ("/static/../till", "/static/..%2f..%2fMakefile", "/static/%2e%2e/till",
                     "/static/", "/static"):
            self.assertIn(self.till.get(path).status, (400, 403, 404), path)


if __name__ == "__main__":
    unittest.main()
