"""fastcgi.py - a FastCGI client that may misbehave: whole, cut and forged requests."""
import socket
import struct

BEGIN, END, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6
KEEP = 1


def record(kind, content, request=1):
    return struct.pack("!BBHHBB", 1, kind, request, len(content), 0, 0) + content


def begin(keep=False):
    return record(BEGIN, struct.pack("!HB5x", 1, KEEP if keep else 0))


def param(name, value):
    name, value = name.encode(), value.encode()

    def size(text):
        return struct.pack("!B", len(text)) if len(text) < 128 \
            else struct.pack("!I", len(text) | 1 << 31)
    return size(name) + size(value) + name + value


def params(method, path, length=0, **more):
    all_of_them = {"REQUEST_METHOD": method, "DOCUMENT_URI": path, "QUERY_STRING": "",
                   "CONTENT_LENGTH": str(length), "REMOTE_ADDR": "127.0.0.1", **more}
    content = b"".join(param(name, value) for name, value in all_of_them.items())
    return record(PARAMS, content) + record(PARAMS, b"")


def body(content):
    return (record(STDIN, content) if content else b"") + record(STDIN, b"")


class Connection:
    def __init__(self, path, timeout=20):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        try:
            self.socket.connect(str(path))
        except OSError:
            self.socket.close()
            raise

    def send(self, data):
        self.socket.sendall(data)

    def read_all(self):
        """All records to the end of the connection: [(kind, content)]."""
        data = b""
        try:
            while piece := self.socket.recv(65536):
                data += piece
        except ConnectionError:
            pass
        self.socket.close()
        records = []
        while len(data) >= 8:
            _, kind, _, length, padding, _ = struct.unpack("!BBHHBB", data[:8])
            records.append((kind, data[8:8 + length]))
            data = data[8 + length + padding:]
        return records

    def answer(self):
        """What the program said on its output, as text."""
        return b"".join(content for kind, content in self.read_all()
                        if kind == STDOUT).decode()


def ask(path, method, uri, content=b"", **more):
    connection = Connection(path)
    connection.send(begin() + params(method, uri, len(content), **more) + body(content))
    return connection.answer()
