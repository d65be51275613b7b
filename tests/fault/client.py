"""client.py - an honest shopper in bad times: asks again with the same key when there was
no answer, and writes down what was told before asking for anything else."""
import http.client
import json
import os
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "http"))

import shopper  # noqa: E402

# what tells "later": nothing is wrong with the request
LATER = (429, 502, 503, 504)


class Acks:
    """What clients were told, a line of JSON each, on disk before the next request."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.file = open(self.path, "a", encoding="utf-8")
        self.lock = threading.Lock()
        self.told = []

    def note(self, told, order, total, key=None, **more):
        line = {"told": told, "order": order, "total": total, "key": key,
                "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **more}
        with self.lock:
            self.told.append(line)
            self.file.write(json.dumps(line) + "\n")
            self.file.flush()
            os.fsync(self.file.fileno())

    def of(self, told):
        return [line for line in self.told if line["told"] == told]

    def close(self):
        self.file.close()


class Refused(AssertionError):
    """A final answer that is no success."""

    def __init__(self, where, status, said):
        super().__init__(f"{where}: {status} {said}")
        self.status = status
        self.code = said.get("code") if isinstance(said, dict) else None


class GaveUp(Exception):
    """No final answer for as long as anyone would wait."""


class Client(shopper.Shopper):
    """Every request of it is repeated until its answer is final. on_answer(status, code)
    is told of each answer, (0, name) of each that was lost."""

    def __init__(self, till, patience=60, on_answer=lambda status, code: None):
        super().__init__(till)
        self.patience, self.on_answer = patience, on_answer
        self.stop_trying = lambda: False

    def _ask(self, method, path, headers, body):
        end = time.monotonic() + self.patience
        pause = 0.1
        while True:
            answer = self.once(method, path, headers, body)
            if answer is not None and not self.is_later(answer):
                return answer
            if time.monotonic() > end or self.stop_trying():
                raise GaveUp(f"{method} {path}: "
                             f"{answer.text if answer else 'no answer'}")
            time.sleep(pause)
            pause = min(pause * 1.5, 1.0)

    def once(self, method, path, headers, body):
        try:
            answer = super()._ask(method, path, headers, body)
        except (OSError, http.client.HTTPException) as lost:
            self.on_answer(0, type(lost).__name__)
            return None
        self.on_answer(answer.status, code_of(answer))
        return answer

    def is_later(self, answer):
        return (answer.status in LATER or answer.status == 500
                or code_of(answer) == "key_in_use")

    def must(self, method, path, value=None, status=(200, 201), **headers):
        got, body = self.call(method, path, value, **headers)
        if got not in status:
            raise Refused(f"{method} {path}", got, body)
        return body

    def wait_for(self, order, *states, seconds=15):
        """The order's status once it is one of the states, else what it was last."""
        end = time.monotonic() + seconds
        pause = 0.05
        while True:
            last = self.status(order)
            if last["status"] in states or time.monotonic() > end or self.stop_trying():
                return last
            time.sleep(pause)
            pause = min(pause * 1.5, 0.5)


def code_of(answer):
    if "json" not in (answer.header("content-type") or ""):
        return None
    try:
        return json.loads(answer.body).get("code")
    except (ValueError, AttributeError):
        return None
