"""tally.py - a pool whose one child is counted: what it asks malloc for and what it holds.
tally.c is preloaded into it and read through a mapped file."""
import mmap
import pathlib
import re
import struct
import tempfile

from pool import Pool
import shop

LIBRARY = shop.BUILD / "tests" / "libtally.so"
MASTER = struct.Struct("=i4x")
COUNTS = struct.Struct("=qqq")  # calls, bytes, held


class Tallied:
    """A pool with one child; a context manager."""

    def __init__(self, name, till):
        self.file = tempfile.NamedTemporaryFile(prefix="till-tally-")
        self.file.write(bytes(MASTER.size + COUNTS.size))
        self.file.flush()
        self.map = mmap.mmap(self.file.fileno(), 0)
        self.pool = Pool(name, till, {"LD_PRELOAD": str(LIBRARY), "TILL_TALLY": self.file.name},
                         shop_children=1, pay_children=1, pay_children_max=1)
        shop.wait_until(lambda: len(self.pool.children()) == 1, "the pool has one child")
        self.socket, (self.child,) = self.pool.socket, self.pool.children()
        MASTER.pack_into(self.map, 0, self.pool.process.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.pool.stop()
        self.map.close()
        self.file.close()

    def counted(self, work):
        """What work() makes the child ask for: (calls, bytes)."""
        calls, size, _ = self.read()
        work()
        now = self.read()
        return now[0] - calls, now[1] - size

    def read(self):
        return COUNTS.unpack_from(self.map, MASTER.size)

    def held(self):
        """Bytes of malloc that were not given back since it began to count."""
        return self.read()[2]

    def private(self):
        """Bytes of memory that the child shares with nobody."""
        smaps = pathlib.Path(f"/proc/{self.child}/smaps_rollup").read_text()
        return 1024 * int(re.search(r"Private_Dirty: +(\d+)", smaps)[1])
