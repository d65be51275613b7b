"""plan.py - how long a run will take, part by part: said before it begins."""
import scenarios
from scenarios import BY_NAME, CONTROLS, SIZES, WHOLE

# What a machine of two cores does; a guess is enough.
GOODS_A_SECOND, ORDERS_A_SECOND, VERIFIED_A_SECOND = 12_000, 2_500, 5_000
START_S = 8  # of a shop, with its controls, and its end
BESIDE_S = 0.7  # each measurement: a client begins, work that is left is waited for
RAMP_STEPS = 9
RECOVERY_S = 7
UNPAID_S = 12  # orders that a measurement left unpaid are ended
LITTLE = 1_000  # goods and orders of the shop that has few
MEMORY_S = 5  # each of what warms up the shop with 64 children
MEMORY = ("cart3", "place", "webhook")


def seconds_of(scenario, size_name, seconds=None):
    size = SIZES[size_name]
    seconds = seconds or scenarios.seconds_of(scenario, size_name)
    prepares = scenario.prepares if size_name == WHOLE else min(scenario.prepares, 1)
    unpaid = UNPAID_S if size_name == WHOLE and scenario.leaves else 0
    return (seconds + scenarios.warmup_of(scenario, size_name) + prepares + BESIDE_S + unpaid
            + (RECOVERY_S + size.seconds / 2 if scenario.recovers else 0))


def seconds_of_shop(goods, orders):
    """From its start to its end, but for what is measured."""
    return (START_S + goods / GOODS_A_SECOND + orders / ORDERS_A_SECOND
            + orders / VERIFIED_A_SECOND)


def seconds_of_ramp(scenario, size_name):
    search = SIZES[size_name].search
    one = seconds_of(scenario._replace(recovers=False), size_name, search.seconds)
    return RAMP_STEPS * (one - SIZES[size_name].warmup + search.warmup)


def measured(chosen, size_name, is_whole):
    """Seconds of one round of some scenarios, and of the controls before them."""
    total = sum(seconds_of(one, size_name) for one in chosen)
    if is_whole:
        total += sum(seconds_of(BY_NAME[one.control], size_name,
                                SIZES[size_name].seconds / 4)
                     for one in chosen if BY_NAME.get(one.control) in CONTROLS)
    return total


def plan(size_name, chosen, runs, is_whole):
    """[(part, seconds)] of a run of the chosen scenarios."""
    size = SIZES[size_name]
    knees = {one.knee_of: one for one in reversed(chosen) if one.knee_of}
    long = [one for one in chosen if one.name in ("live", "minute")]
    once = [one for one in chosen if not one.repeats and one not in long]
    again = [one for one in chosen if one.repeats]
    parts = [("the large shop, its load and its books",
              seconds_of_shop(size.skus, size.orders)),
             (f"{runs} times {len(again)} scenarios",
              runs * measured(again, size_name, is_whole)),
             (f"{len(knees)} knees", sum(seconds_of_ramp(one, size_name)
                                         for one in knees.values())),
             (f"{len(once)} scenarios once", measured(once, size_name, is_whole)),
             *((one.name, seconds_of(one, size_name)) for one in long)]
    if is_whole:
        parts += [
            ("a shop with few orders", seconds_of_shop(LITTLE, LITTLE) + runs * measured(
                [one for one in scenarios.SCENARIOS if one.grows], size_name, False)),
            ("a shop with 64 children", seconds_of_shop(LITTLE, 0) + sum(
                seconds_of(BY_NAME[name], size_name, MEMORY_S) for name in MEMORY))]
    return [(part, seconds) for part, seconds in parts if seconds]


def text(parts):
    total = sum(seconds for _, seconds in parts)
    return "\n".join([f"this takes about {minutes(total)}:",
                      *(f"{minutes(seconds):>9}  {part}" for part, seconds in parts)])


def minutes(seconds):
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.1f} min"
