"""The cases that Flink answers. Writes them, a case a line, below the folder given."""

import json
import random
import sys
from pathlib import Path

import flink_rules
import rows
from late_arrivals import late_arrivals

SEED = 20_260_105


def numbered(rng, name, count, make):
    return [{"case": f"{name}-{number:04}", **make(rng, number)} for number in range(1, count + 1)]


def patience(rng, unit):
    return rng.choice([0, 0, 1, unit // 2, unit, 2 * unit])


def base(rng):
    return rows.EPOCH + rng.randint(0, 100_000) if rng.random() < 0.2 else rng.choice([0, rng.randint(0, 1_000)])


def case(rng, window, unit, edges):
    bound, lateness = patience(rng, unit), patience(rng, unit)
    log = rows.log(rng, rng.randint(10, 60), unit, bound + lateness, edges, base(rng))
    by = rng.choice(["key", "key", "global"])
    return {"window": window, "bound": bound, "lateness": lateness, "by": by, "rows": log}


def tumbling(rng, _):
    size = rng.choice([1, 5, 10, 10, 20, 60, 100, 1_000])
    offset = rng.choice([0, 0, rng.randint(1 - size, size - 1)])
    return case(rng, {"kind": "tumbling", "size": size, "offset": offset}, size, [size])


def sliding(rng, number):
    size = rng.choice([5, 10, 12, 20, 60, 100, 1_000])
    # A whole part of the size, a slide beyond the size, or any.
    slide = [size // rng.choice([1, 2, 4, 5]), size + rng.randint(1, size), rng.randint(max(1, size // 5), size)]
    slide = slide[number % 3]
    offset = rng.choice([0, 0, rng.randint(1 - slide, slide - 1)])
    window = {"kind": "sliding", "size": size, "slide": slide, "offset": offset}
    return case(rng, window, size, [size, slide])


def session(rng, _):
    gap = rng.choice([1, 3, 5, 10, 30, 100, 1_000])
    return case(rng, {"kind": "session", "gap": gap}, gap, [gap])


def count(rng, number):
    size = rng.randint(1, 7)
    window = {"kind": "count", "size": size}
    if number % 2 == 0:
        window["slide"] = rng.randint(1, 8)
    return case(rng, window, 10, [10])


def dedup_timer(rng, _):
    unit = rng.choice([5, 10, 50, 1_000])
    bound = patience(rng, unit)
    log = rows.log(rng, rng.randint(10, 60), unit, bound, [unit], base(rng))
    # Fewer ids than rows, so that most come again.
    ids = rng.randint(1, max(2, len(log) // 3))
    log = [[rng.randrange(ids), time] for _, time, *_ in log]
    ttl = rng.choice([1, unit // 2, unit, 3 * unit])
    return {"clears": "event_time_timer", "ttl": ttl, "bound": bound, "rows": log}


def dedup_state_ttl(rng, _):
    ttl = rng.choice([5, 10, 50, 1_000])
    ids, arrival, log = rng.randint(1, 8), rng.randint(0, 1_000), []
    for _ in range(rng.randint(10, 60)):
        arrival += rng.choice([0, 1, rng.randint(0, max(1, ttl // 3)), rng.randint(0, 2 * ttl)])
        if log and rng.random() < 0.2:
            # Exactly as old as the limit, or a millisecond off.
            arrival = max(arrival, rng.choice(log)[1] + ttl + rng.choice([-1, 0, 1]))
        log.append([rng.randrange(ids), arrival])
    return {"clears": "state_ttl", "ttl": ttl, "rows": log}


def funnel(rng, _):
    unit = rng.choice([5, 10, 50, 1_000])
    bound = patience(rng, unit)
    types = rng.randint(2, 4)
    steps = [rng.randrange(types) for _ in range(rng.choice([2, 3, 3, 4]))]
    within = rng.choice([1, unit // 2, unit, 3 * unit, 10 * unit])
    log = rows.log(rng, rng.randint(20, 80), unit, bound, [within, unit], base(rng))
    users = rng.choice([1, 2, 3])
    log = [[identity, time, rng.randrange(types), rng.randrange(users)] for identity, time, *_ in log]
    return {"steps": steps, "within": within, "bound": bound, "rows": log}


def files():
    rng = random.Random(SEED)
    return {
        "flink_rules": flink_rules.windows(),
        "flink_tumbling": numbered(rng, "flink-tumbling", 80, tumbling),
        "flink_sliding": numbered(rng, "flink-sliding", 90, sliding),
        "flink_session": numbered(rng, "flink-session", 130, session),
        "flink_count": numbered(rng, "flink-count", 70, count),
        "flink_dedup": flink_rules.dedup()
        + numbered(rng, "flink-dedup-timer", 40, dedup_timer)
        + numbered(rng, "flink-dedup-ttl", 40, dedup_state_ttl),
        "flink_late_arrivals": late_arrivals(),
        "flink_funnel": flink_rules.funnels() + numbered(rng, "flink-funnel", 120, funnel),
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name, cases in files().items():
        (folder / f"{name}.ndjson").write_text("".join(json.dumps(case) + "\n" for case in cases))
