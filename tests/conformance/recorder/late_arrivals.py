"""The shipped log `scenarios/data/late_arrivals.csv` as rows of the recorder."""

import csv
from pathlib import Path

FILE = Path(__file__).resolve().parents[3] / "scenarios" / "data" / "late_arrivals.csv"


def read():
    """Rows [id, event time, key, user, bytes, arrival] by arrival, ties as in the file.

    The key is the place of the key's text among those of the file, in order of first appearance. The log
    has no users and no bytes: the user is the key, and every row has one byte.
    """
    keys, log = {}, []
    with FILE.open(newline="") as lines:
        for line in csv.DictReader(lines):
            key = keys.setdefault(line["key"], len(keys))
            log.append([int(line["event_id"]), int(line["event_time_ms"]), key, key, 1, int(line["arrival_time_ms"])])
    return sorted(log, key=lambda row: row[5])


def late_arrivals():
    """The whole log through three windows of Flink."""
    log = [row[:5] for row in read()]
    common = {"bound": 15_000, "lateness": 300_000, "by": "key", "rows": log}
    windows = {
        "tumbling": {"kind": "tumbling", "size": 60_000, "offset": 0},
        "sliding": {"kind": "sliding", "size": 60_000, "slide": 20_000, "offset": 0},
        "session": {"kind": "session", "gap": 60_000},
    }
    return [{"case": f"flink-late-arrivals-{kind}", "window": window, **common} for kind, window in windows.items()]


# Batches of Spark take what arrived in a minute.
EVERY = 60_000


def in_batches():
    """The whole log through Spark, in batches by arrival; a minute without rows is no batch."""
    cut = {}
    log = read()
    for *row, arrival in log:
        cut.setdefault((arrival - log[0][5]) // EVERY, []).append(row)
    window = {"kind": "tumbling", "size": 60_000, "offset": 0}
    common = {"window": window, "delay": 15_000, "by": "key", "batches": [cut[minute] for minute in sorted(cut)]}
    outputs = ("append", "update")
    return [{"case": f"spark-late-arrivals-{output}", "output": output, **common} for output in outputs]
