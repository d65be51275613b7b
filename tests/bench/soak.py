"""soak.py - what an hour of orders did to the memory of each part: from samples of every
minute to a slope."""
PRODUCT = ("nginx", "shop", "pay", "hook", "work")  # the whole product without MariaDB
POOLS = ("shop", "pay", "hook")
WARM = 0.2  # of the time, in which caches may fill


def slope(points):
    """[(minute, kB)] -> kB a minute, by least squares; None: too few."""
    if len(points) < 2:
        return None
    middle = sum(x for x, _ in points) / len(points)
    width = sum((x - middle) ** 2 for x, _ in points)
    level = sum(y for _, y in points) / len(points)
    return sum((x - middle) * (y - level) for x, y in points) / width if width else None


def warm(samples):
    """Those after the caches have filled."""
    return [one for one in samples if one["minute"] >= WARM * samples[-1]["minute"]]


def kb_of(sample, parts):
    return sum(sum(sample["kb"].get(part, ())) for part in parts)


def growth(samples, parts=PRODUCT):
    """kB a minute, once all was warm."""
    return slope([(one["minute"], kb_of(one, parts)) for one in warm(samples)])


def largest_child(samples):
    """kB of the largest process of the pools, the leaders among them, at any time."""
    return max((kb for one in samples for part in POOLS for kb in one["kb"].get(part, ())),
               default=0)


def largest_product(samples):
    """kB of the whole product without MariaDB, at its largest."""
    return max((kb_of(one, PRODUCT) for one in samples), default=0)


def rows(samples):
    """What became of each part."""
    found = [["private memory", "processes", "first kB", "warm kB", "last kB", "kB a minute",
              "largest process kB"]]
    start = warm(samples)[0]
    for name, parts in ((*((part, (part,)) for part in (*PRODUCT, "mariadb")),
                         ("without mariadb", PRODUCT))):
        each = [kb for one in samples for part in parts for kb in one["kb"].get(part, ())]
        rate = growth(samples, parts)
        found.append([name, str(sum(len(samples[-1]["kb"].get(part, ())) for part in parts)),
                      *(f"{kb_of(one, parts):,}" for one in (samples[0], start, samples[-1])),
                      "" if rate is None else f"{rate:+,.1f}", f"{max(each, default=0):,}"])
    return found
