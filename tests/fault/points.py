"""points.py - arms the fault points of a shop that was built with them
(fcgi-app/base/fault_point.h): they lie in the mapped file run/faults."""
import mmap
import re
import struct

import shop

TABLE = shop.SOURCE / "fcgi-app" / "base" / "fault_point.def"
ACTIONS = {"nothing": 0, "kill": 1, "hang": 2, "error": 3, "delay": 4,
           "crash": 5, "break": 6}

# name, action, skip, times, ms, passed, fired, pid
ROW = struct.Struct("=40siiii qqq")


def sites():
    """Each point's name and where it stands, in the order of the table."""
    return dict(re.findall(r'^FAULT_SITE\((\w+), "(.*)"\)$', TABLE.read_text(), re.M))


class Points:
    def __init__(self, run):
        with open(run / "faults", "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 0)
        self.at = {}
        for offset in range(0, len(self.map), ROW.size):
            name = ROW.unpack_from(self.map, offset)[0].rstrip(b"\0").decode()
            self.at[name] = offset

    def _read(self, name):
        return ROW.unpack_from(self.map, self.at[name])

    def _write(self, name, field, value):
        struct.pack_into("=i", self.map, self.at[name] + 40 + 4 * field, value)

    def arm(self, name, action="kill", times=1, skip=0, ms=0):
        """The point acts at the (skip + 1)th passing, so many times. A hang with ms 0
        lasts until it is disarmed."""
        self.disarm(name)
        self._write(name, 1, skip)
        self._write(name, 2, times)
        self._write(name, 3, ms)
        self._write(name, 0, ACTIONS[action])

    def disarm(self, name):
        self._write(name, 0, ACTIONS["nothing"])

    def passed(self, name):
        return self._read(name)[5]

    def fired(self, name):
        return self._read(name)[6]

    def wait(self, name, count=1, seconds=15):
        """Until it has fired so often in all."""
        shop.wait_until(lambda: self.fired(name) >= count,
                        f"{name} fired {count} times (passed {self.passed(name)})", seconds)
