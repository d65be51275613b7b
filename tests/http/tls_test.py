#!/usr/bin/python3
"""tls_test.py - every way in is TLS 1.3 under a certificate that the shop's CA vouches for."""
import http.client
import ssl
import socket
import unittest

import shop


def greet(till, context):
    raw = socket.create_connection((till.address.hostname, till.address.port), 10)
    with context.wrap_socket(raw, server_hostname=till.address.hostname) as tls:
        return tls.version(), tls.cipher(), tls.selected_alpn_protocol()


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = shop.shared()

    def test_tls_1_3_is_spoken(self):
        version, _, _ = greet(self.till, self.till.trust)
        self.assertEqual(version, "TLSv1.3")

    def test_tls_1_2_is_refused(self):
        context = ssl.create_default_context(cafile=self.till.env["TILL_CA"])
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            greet(self.till, context)

    def test_http_2_is_offered(self):
        context = ssl.create_default_context(cafile=self.till.env["TILL_CA"])
        context.set_alpn_protocols(["h2", "http/1.1"])
        self.assertEqual(greet(self.till, context)[2], "h2")

    def test_who_comes_again_is_known(self):
        """The session of a connection before saves the handshake's costly half."""
        def ask(session):
            raw = socket.create_connection((self.till.address.hostname, self.till.address.port), 10)
            with self.till.trust.wrap_socket(
                    raw, server_hostname=self.till.address.hostname, session=session) as tls:
                tls.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n"
                            b"Connection: close\r\n\r\n")
                while tls.recv(4096):
                    pass
                return tls.session_reused, tls.session

        reused, session = ask(None)
        self.assertFalse(reused)
        self.assertTrue(ask(session)[0])

    def test_the_certificate_is_not_trusted_without_its_authority(self):
        with self.assertRaises(ssl.SSLCertVerificationError):
            greet(self.till, ssl.create_default_context())

    def test_the_certificate_is_for_localhost_too(self):
        raw = socket.create_connection(("127.0.0.1", self.till.address.port), 10)
        with self.till.trust.wrap_socket(raw, server_hostname="localhost") as tls:
            self.assertTrue(tls.getpeercert())

    def test_http_is_sent_to_https_for_good(self):
        with open(self.till.var / "nginx" / "till.conf", encoding="utf-8") as site:
            port = next(line.split(":")[1].split()[0] for line in site
                        if "listen" in line and "ssl" not in line)
        plain = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
        plain.request("POST", "/cart/items?a=b", body="x=y", headers={"Host": "evil.example"})
        answer = shop.Answer(plain.getresponse())
        plain.close()
        self.assertEqual(answer.status, 308)
        self.assertEqual(answer.header("location"), f"{self.till.url}/cart/items?a=b")

    def test_http_on_the_https_port_is_sent_to_https(self):
        plain = http.client.HTTPConnection("127.0.0.1", self.till.address.port, timeout=10)
        plain.request("GET", "/cart")
        answer = shop.Answer(plain.getresponse())
        plain.close()
        self.assertEqual(answer.status, 308)
        self.assertEqual(answer.header("location"), f"{self.till.url}/cart")


if __name__ == "__main__":
    unittest.main()
