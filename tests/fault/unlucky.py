"""unlucky.py - a pool whose children meet bad luck at the nth call of a kind: unlucky.c is
preloaded into it and told by a mapped file."""
import contextlib
import errno
import mmap
import struct

import shop

LIBRARY = shop.BUILD / "tests" / "libunlucky.so"
KINDS = {"memory": 1, "reading": 2, "writing": 4, "opening": 8}
PART = -1  # one byte of what was asked for
HOW = {"part": PART, **{name: getattr(errno, name) for name in (
    "ENOMEM", "EIO", "EINTR", "ENOSPC", "EMFILE", "ECONNRESET")}}

# kinds, how, master, skip, times, unused, passed, hit
AIM = struct.Struct("=iiiiii qq")


class Unlucky:
    """Of one pool of a house, which is started again for it."""

    def __init__(self, house, unit):
        self.house, self.unit = house, unit
        path = house.folder / "var" / "run" / f"unlucky.{unit}"
        path.write_bytes(bytes(AIM.size))
        with open(path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 0)
        house.lines[unit] = ["env", f"LD_PRELOAD={LIBRARY}", f"TILL_UNLUCKY={path}",
                             *house.lines[unit]]
        house.kill(unit)
        house.revive(unit)

    def read(self):
        return AIM.unpack_from(self.map, 0)

    @property
    def passed(self):
        return self.read()[6]

    @property
    def hit(self):
        return self.read()[7]

    def still(self):
        struct.pack_into("=i", self.map, 0, 0)

    @contextlib.contextmanager
    def armed(self, kind, how, nth, times=1):
        """The nth call of this kind, counted from 1, and those that follow it; nth 0:
        they are only counted."""
        self.still()
        AIM.pack_into(self.map, 0, 0, HOW[how], self.house.pid(self.unit), max(nth - 1, 0),
                      times if nth else 0, 0, 0, 0)
        struct.pack_into("=i", self.map, 0, KINDS[kind])
        try:
            yield self
        finally:
            self.still()
