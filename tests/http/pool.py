"""pool.py - a pool of one's own beside the running shop."""
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import fastcgi
import shop


def wait_until(holds, seconds=15):
    try:
        shop.wait_until(holds, "what the test waits for", seconds)
    except AssertionError:
        return False
    return True


class Pool:
    """`till serve` with the settings of a running shop, but a run folder of its own."""

    def __init__(self, name="shop", till=None, environ=None, **settings):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="till-pool-"))
        self.name = name
        self.environ = {**os.environ, **(environ or {})}
        self.socket = self.folder / f"{name}.sock"
        conf = pathlib.Path((till or shop.shared()).env["TILL_CONF"]).read_text()
        conf = re.sub(r"(?m)^dir *=.*$", f"dir = {self.folder}", conf, count=1)
        for setting, value in settings.items():
            conf = re.sub(rf"(?m)^{setting} *=.*\n", "", conf)
            conf = conf.replace("[run]\n", f"[run]\n{setting} = {value}\n", 1)
        self.conf = self.folder / "till.conf"
        self.conf.write_text(conf)
        self.log = self.folder / "log"
        self.start()

    def command(self):
        return [os.environ["TILL_BIN"], "serve", "--pool", self.name, "--config", self.conf]

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), stderr=log, env=self.environ)
        self.wait_ready()

    def wait_ready(self):
        assert wait_until(lambda: "master.ready" in self.log.read_text() and self.live()), \
            self.log.read_text()

    def live(self):
        try:
            return "live" in fastcgi.ask(self.socket, "GET", "/health/live")
        except OSError:
            return False

    def children(self):
        found = subprocess.run(["pgrep", "-P", str(self.process.pid)],
                               capture_output=True, text=True, check=False).stdout
        return sorted(int(pid) for pid in found.split())

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)
        shutil.rmtree(self.folder)


@contextlib.contextmanager
def pool(*args, **settings):
    one = Pool(*args, **settings)
    try:
        yield one
    finally:
        one.stop()
