#!/usr/bin/python3
"""samples_test.py - what the bench says of CPU, memory and others, held against what it
knows because it did it."""
import os
import subprocess
import sys
import time
import unittest

import samples

BURN = ("import os, time\n"
        "while sum(os.times()[:2]) < 0.4: pass\n")
PARENT = ("import subprocess, sys\n"
          f"subprocess.run([sys.executable, '-c', {BURN!r}])\n"
          "print('burnt', flush=True)\n"
          "sys.stdin.read()\n")


def sample(used, ours, own=0.0, steal=0.0, room=10.0, kernel=None):
    """One that was never taken."""
    made = samples.Sample.__new__(samples.Sample)
    made.kernel = {pid: seconds * samples.TICKS for pid, seconds in (kernel or {}).items()}
    made.machine, made.cpu, made.own = (room, used, steal), {"shop": ours}, own
    return made


class Cpu(unittest.TestCase):
    def test_a_process_that_has_ended_still_counts(self):
        parent = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, start_new_session=True)
        with parent:
            parent.stdout.readline()
            used = samples.seconds_by_session({"burner": parent.pid, "nobody": 1 << 30},
                                              samples.processes())
            parent.stdin.close()
        self.assertGreaterEqual(used["burner"], 0.39)
        self.assertLess(used["burner"], 5)
        self.assertEqual(used["nobody"], 0)

    def test_what_we_and_our_children_used_is_not_foreign(self):
        before, after = sample(1, 1), sample(7, 4, own=2, room=20)
        self.assertAlmostEqual(after.foreign_since(before)[0], 0.1)

    def test_a_thread_of_the_kernel_that_has_ended_takes_nothing_away(self):
        before, after = sample(0, 0, kernel={7: 50, 8: 1}), sample(
            5, 0, room=20, kernel={8: 3, 9: 1})
        self.assertAlmostEqual(after.foreign_since(before)[0], 0.2)

    def test_less_than_nothing_is_nothing(self):
        before, after = sample(1, 1), sample(2, 3, room=20)
        self.assertEqual(after.foreign_since(before)[0], 0)

    def test_the_hosts_share_is_told_apart(self):
        before, after = sample(0, 0), sample(5, 0, steal=1, room=20)
        self.assertEqual(after.foreign_since(before), (0.5, 0.1))


class Memory(unittest.TestCase):
    def test_memory_that_is_filled_is_private(self):
        before = samples.private_kb(os.getpid())
        filled = bytearray(os.urandom(8 << 20))
        self.assertGreater(samples.private_kb(os.getpid()), before + 7000)
        self.assertEqual(len(filled), 8 << 20)

    def test_who_is_gone_has_none(self):
        gone = subprocess.Popen(["true"])
        gone.wait()
        self.assertIsNone(samples.private_kb(gone.pid))


class Minutes(unittest.TestCase):
    def test_memory_is_sampled_as_long_as_the_block_runs(self):
        other = subprocess.Popen(["sleep", "60"], start_new_session=True)
        with samples.Minutes({"sleeper": other.pid}, 0.01) as minutes:
            while len(minutes.found) < 3:
                time.sleep(0.005)
        number = len(minutes.found)
        other.kill()
        other.wait()
        self.assertEqual(len(minutes.found), number)
        self.assertFalse(minutes.thread.is_alive())
        self.assertGreater(minutes.found[2]["minute"], -1)
        self.assertGreater(minutes.found[0]["kb"]["sleeper"][0], 0)


class Disk(unittest.TestCase):
    def test_what_is_synced_is_written(self):
        path = f"samples.{os.getpid()}"
        before = samples.written_by(os.getpid())
        with open(path, "wb") as file:
            os.unlink(path)
            file.write(os.urandom(1 << 20))
            file.flush()
            os.fsync(file.fileno())
        self.assertGreaterEqual(samples.written_by(os.getpid()) - before, 1 << 20)


if __name__ == "__main__":
    unittest.main()
