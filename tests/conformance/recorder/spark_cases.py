"""The cases that Spark answers. Writes them, a case a line, below the folder given."""

import json
import random
import sys
from pathlib import Path

import rows
import spark_rules
from flink_cases import numbered
from late_arrivals import in_batches

SEED = 20_260_106


def batches(rng, log):
    """4 to 7 batches, of 3 to 10 rows each."""
    cut = []
    for _ in range(rng.randint(4, 7)):
        size = rng.randint(3, 10)
        cut.append(log[:size])
        log = log[size:]
    return cut


def case(rng, window, unit, edges, output):
    delay = rng.choice([0, 1, unit // 2, unit, 2 * unit])
    base = rows.EPOCH + rng.randint(0, 100_000) if rng.random() < 0.2 else rng.randint(1_000, 3_000)
    # A batch later is late: time has to stand still more often than where each row counts.
    log = rows.log(rng, 70, max(1, unit // 2), delay + unit, edges, base)
    by = "key" if window["kind"] == "session" else rng.choice(["key", "key", "global"])
    return {"window": window, "delay": delay, "output": output, "by": by, "batches": batches(rng, log)}


def output(number):
    return "append" if number % 2 == 0 else "update"


def tumbling(rng, number):
    size = rng.choice([5, 10, 20, 60, 100, 1_000])
    window = {"kind": "tumbling", "size": size, "offset": rng.choice([0, 0, rng.randint(0, size - 1)])}
    return case(rng, window, size, [size], output(number))


def sliding(rng, number):
    size = rng.choice([5, 10, 12, 20, 60, 100])
    slide = rng.choice([size // rng.choice([1, 2, 4, 5]), rng.randint(max(1, size // 5), size)])
    window = {"kind": "sliding", "size": size, "slide": slide, "offset": rng.choice([0, 0, rng.randint(0, slide - 1)])}
    return case(rng, window, size, [size, slide], output(number))


def session(rng, _):
    gap = rng.choice([3, 5, 10, 30, 100, 1_000])
    # Spark has no update mode for sessions.
    return case(rng, {"kind": "session", "gap": gap}, gap, [gap], "append")


def dedup(rng, number):
    unit = rng.choice([5, 10, 50, 1_000])
    delay = rng.choice([0, 1, unit // 2, unit, 2 * unit])
    log = rows.log(rng, 70, max(1, unit // 2), delay + unit, [unit, max(1, delay)], rng.randint(1_000, 3_000))
    ids = rng.randint(3, 25)
    log = [[row[0] % ids if rng.random() < 0.7 else rng.randrange(ids), row[1]] for row in log]
    # Some copies with the same event time.
    for place in range(1, len(log)):
        if rng.random() < 0.3:
            log[place] = list(log[max(0, place - rng.randint(1, 12))])
    keep = ["id_and_event_time", "id", "id_within_watermark"][number % 3]
    return {"dedup": keep, "delay": delay, "batches": batches(rng, log)}


def funnel(rng, _):
    unit = rng.choice([5, 10, 50, 1_000])
    delay = rng.choice([0, 1, unit // 2, unit, 2 * unit])
    types = rng.randint(2, 3)
    steps = [rng.randrange(types) for _ in range(rng.choice([2, 3, 3]))]
    within = rng.choice([unit // 2, unit, 3 * unit, 10 * unit])
    log = rows.log(rng, 70, max(1, unit // 2), delay + unit, [within, unit], rng.randint(1_000, 3_000))
    users = rng.choice([1, 2, 3])
    log = [[place, row[1], rng.randrange(types), rng.randrange(users)] for place, row in enumerate(log)]
    return {"steps": steps, "within": within, "delay": delay, "batches": batches(rng, log)}


def files():
    rng = random.Random(SEED)
    windows, dedups = spark_rules.windows(), spark_rules.dedup()
    return {
        "spark_rules": windows,
        "spark_tumbling": numbered(rng, "spark-tumbling", 90, tumbling),
        "spark_sliding": numbered(rng, "spark-sliding", 70, sliding),
        "spark_session": numbered(rng, "spark-session", 80, session),
        "spark_dedup": dedups + numbered(rng, "spark-dedup", 75, dedup),
        "spark_late_arrivals": in_batches(),
        "spark_funnel": spark_rules.funnels() + numbered(rng, "spark-funnel", 60, funnel),
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name, cases in files().items():
        (folder / f"{name}.ndjson").write_text("".join(json.dumps(case) + "\n" for case in cases))
