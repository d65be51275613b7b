"""Servers that stand between a shop and its gateway: they hand each call on, or do worse."""
import http.client
import http.server
import json
import threading
import urllib.parse


class Between(http.server.ThreadingHTTPServer):
    """Hands on what comes. The shop is started with `api`, and then `stand_before` tells where
    the gateway is. What else becomes of a call says `meet`."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Call)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.api = self.address + "/stripe"
        self.gateway = None
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stand_before(self, port):
        self.gateway = urllib.parse.urlsplit(f"http://127.0.0.1:{port}")

    def meet(self, call, body):
        """One call, which has been read."""
        call.answer(*self.hand_on(call, body))

    def hand_on(self, call, body, method=None, path=None):
        """What the gateway says to it: status, headers, body; its own address is hidden."""
        to = http.client.HTTPConnection(self.gateway.hostname, self.gateway.port)
        to.request(method or call.command, path or call.path, body, {
            name: value for name, value in call.headers.items()
            if name.lower() not in ("host", "content-length", "connection")})
        answer = to.getresponse()
        said = answer.read().replace(self.gateway.geturl().encode(), self.address.encode())
        to.close()
        return answer.status, answer.getheaders(), said

    def stop(self):
        self.shutdown()
        self.server_close()


class Call(http.server.BaseHTTPRequestHandler):
    """Each on a connection of its own: nobody sends one again by himself when it breaks."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.meet(self, self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    do_POST = do_GET

    def answer(self, status, headers=(), said=b""):
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)


class Liar(Between):
    """Of some sessions it says that they expired unpaid, of others nothing at all; or it is
    busy and takes no call."""

    def __init__(self):
        self.lies, self.silent, self.busy = set(), set(), False
        super().__init__()

    def meet(self, call, body):
        if self.busy:
            call.answer(429)
        elif any(name in call.path for name in self.silent):
            call.close_connection = True
        elif any(name in call.path for name in self.lies):
            call.answer(*self.lie(call))
        else:
            super().meet(call, body)

    def lie(self, call):
        """The session is only looked at, not ended, and is told to be over."""
        status, headers, said = self.hand_on(call, b"", "GET",
                                             call.path.replace("/expire", ""))
        told = json.loads(said)
        told.update(status="expired", payment_status="unpaid", payment_intent=None, url=None)
        return status, headers, json.dumps(told).encode()
