"""queues.py - three small simulations: a queue with admission, buyers who meet at a row of
stock, and holds that come to an end. Times in seconds; every draw comes from the seed."""
import bisect
import collections
import heapq
import itertools
import math
import random
import typing

FOREVER = math.inf


# ---- a queue ----

class Rules(typing.NamedTuple):
    """Who is let in; fcgi-app/web/admission.c has the last two."""
    queue_most: float = FOREVER  # more than these are refused at the door, for nothing
    queue_s: float = FOREVER  # who waited longer is refused by the server
    refusal_s: float = 0.0  # what that costs it
    turned_share: float = 0.25  # refusing for so much of an answer, it serves one again


class Served(typing.NamedTuple):
    rate: float  # answers a second that came in time
    waits: list  # of all who were served, sorted
    stays: list  # wait and answer, sorted
    refused: float  # share of all
    had_to_wait: float

    def mean_wait(self):
        return sum(self.waits) / len(self.waits)

    def stay_at(self, share):
        return self.stays[min(len(self.stays) - 1, int(share * len(self.stays)))]


class Server:
    """One child: when it is free, and what it did last."""

    def __init__(self):
        self.free = self.served_at = self.took = 0.0

    def __lt__(self, other):
        return self.free < other.free


def exponential(mean):
    return lambda draw: draw.expovariate(1 / mean)


def always(time):
    return lambda draw: time


def queue(servers, rate, service, n, rules=Rules(), worth_s=FOREVER, seed=1):
    """n arrivals of a Poisson stream, first come first served. An answer counts when it
    took no longer than worth_s."""
    draw = random.Random(seed)
    idle = [Server() for _ in range(servers)]
    begins = collections.deque()  # of those who wait
    now = refused = good = waited = 0
    waits, stays = [], []
    for _ in range(n):
        now += draw.expovariate(rate)
        while begins and begins[0] <= now:
            begins.popleft()
        if len(begins) >= rules.queue_most:
            refused += 1
            continue
        server = heapq.heappop(idle)
        begin = max(now, server.free)
        begins.append(begin)
        if is_refused(server, now, begin, rules):
            server.free = begin + rules.refusal_s
            refused += 1
        else:
            server.took = service(draw)
            server.free = server.served_at = begin + server.took
            waited += begin > now
            waits.append(begin - now)
            stays.append(server.free - now)
            good += stays[-1] <= worth_s
        heapq.heappush(idle, server)
    end = max(server.free for server in idle)
    return Served(good / end, sorted(waits), sorted(stays), refused / n, waited / n)


def is_refused(server, came, begin, rules):
    return (begin - came > rules.queue_s
            and begin - server.served_at <= server.took * rules.turned_share)


# ---- buyers of one SKU ----

def compete(clients, before_s, span_s, buckets, rounds, seed=1):
    """Orders a second of so many connections: what they do before takes turns at the
    machine, then each waits for the lock of one bucket, drawn at random, and keeps it for
    span_s to the end of its COMMIT. Exponential times; the first tenth does not count."""
    draw = random.Random(seed)
    machine, locks = 0.0, [0.0] * buckets
    events = [(0.0, client, False) for client in range(clients)]
    done, begun_at, now = 0, 0.0, 0.0
    while done < rounds:
        now, client, has_prepared = heapq.heappop(events)
        if not has_prepared:
            machine = max(now, machine) + draw.expovariate(1 / before_s)
            heapq.heappush(events, (machine, client, True))
            continue
        bucket = draw.randrange(buckets)
        locks[bucket] = max(now, locks[bucket]) + draw.expovariate(1 / span_s)
        heapq.heappush(events, (locks[bucket], client, False))
        done += 1
        if done == rounds // 10:
            begun_at = now
    return (rounds - rounds // 10) / (now - begun_at)


def stock_worker(clients, before_s, span_s, each_s, most, rounds, seed=1):
    """The same where one worker takes the wishes of all who wait, most at once, in one
    transaction that lasts span_s and each_s more for each wish."""
    draw = random.Random(seed)
    ready = sorted(draw.expovariate(1 / before_s) for _ in range(clients))
    machine = ready[-1]
    done, now = 0, 0.0
    while done < rounds:
        now = max(now, ready[0])
        batch = min(most, bisect.bisect_right(ready, now))
        now += span_s + batch * each_s
        del ready[:batch]
        for _ in range(batch):
            machine = max(now, machine) + draw.expovariate(1 / before_s)
            ready.append(machine)
        done += batch
    return done / now


# ---- holds ----

class Holding(typing.NamedTuple):
    """How a hold ends: most who buy pay within a while, all others let it run out."""
    buys: float  # share of those who hold
    pays_s: float  # mean time of those
    lasts_s: float  # time of the others


def hold_ends(draw, how, now):
    """(when, whether it was sold)"""
    if draw.random() < how.buys:
        return now + draw.expovariate(1 / how.pays_s), True
    return now + how.lasts_s, False


def holds_at_once(rate, how, seconds, seed=1):
    """The mean number of live holds, after those of the beginning have run out."""
    draw = random.Random(seed)
    ends, area, now, last = [], 0.0, 0.0, how.lasts_s
    while now < seconds:
        now += draw.expovariate(rate)
        for time in itertools.chain(ended_by(ends, now), (now,)):
            if time > last:
                area += (time - last) * (len(ends) + (time < now))
                last = time
        heapq.heappush(ends, hold_ends(draw, how, now)[0])
    return area / (last - how.lasts_s)


def ended_by(ends, now):
    """Takes them off while it goes."""
    while ends and ends[0] <= now:
        yield heapq.heappop(ends)


def sale(units, rate, how, marks, seed=1):
    """A sale of so many units: how many were sold at each of the marks, and when the last
    one was (None: not by then). Who finds nothing free goes away."""
    draw = random.Random(seed)
    free, sold, now, sold_out = units, 0, 0.0, None
    events, at_marks = [], []
    marks = list(marks)
    while marks:
        now += draw.expovariate(rate)
        while events and events[0][0] <= now:
            time, is_sold = heapq.heappop(events)
            while marks and marks[0] < time:
                at_marks.append(sold)
                marks.pop(0)
            sold, free = (sold + 1, free) if is_sold else (sold, free + 1)
            sold_out = time if sold == units and sold_out is None else sold_out
        while marks and marks[0] < now:
            at_marks.append(sold)
            marks.pop(0)
        if free:
            free -= 1
            heapq.heappush(events, hold_ends(draw, how, now))
    return at_marks, sold_out
