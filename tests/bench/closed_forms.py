"""closed_forms.py - what is known of queues without simulating them; times in seconds, rates
a second. Sources: Erlang 1917 (M/M/k), Pollaczek and Khinchine (M/G/1), Little 1961, Reiser
and Lavenberg 1980 (mean value analysis)."""


def erlang_c(servers, offered):
    """The share that has to wait for one of so many servers, at so many erlangs."""
    blocked = 1.0  # Erlang B, built up server by server
    for n in range(1, servers + 1):
        blocked = offered * blocked / (n + offered * blocked)
    return blocked / (1 - offered / servers * (1 - blocked))


def wait_of_many(servers, rate, service):
    """Mean wait in M/M/k."""
    offered = rate * service
    return erlang_c(servers, offered) * service / (servers - offered)


def wait_of_one(rate, service, variation):
    """Mean wait in M/G/1; variation is variance by mean squared: 0 in M/D/1, 1 in M/M/1."""
    busy = rate * service
    return busy * service * (1 + variation) / (2 * (1 - busy))


def at_once(rate, seconds):
    """Little's law: how many are there at once."""
    return rate * seconds


def rate_of_circle(clients, stations):
    """Rounds a second of so many clients that go round (station, share of visits) pairs,
    each station one server with exponential times: mean value analysis, exact."""
    waiting = [0.0] * len(stations)
    rate = 0.0
    for n in range(1, clients + 1):
        times = [share * service * (1 + queue)
                 for (service, share), queue in zip(stations, waiting)]
        rate = n / sum(times)
        waiting = [rate * time for time in times]
    return rate


def goodput_of_overload(load, refusal):
    """Share of the peak that is still served at so many times the peak, where a refusal
    costs that share of an answer: served + (load - served) * refusal = 1."""
    return max(0.0, (1 - load * refusal) / (1 - refusal)) if load > 1 else load
