"""The yardstick's numbers, and what the peers in Python share: arguments, probes, errors and the answers.

Time counts microseconds from the UTC midnight before the start, so that periods, windows and triggers are
multiples of their length.
"""

import json
import sys

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

RATE = 1_000  # events a second
DELAY_MEDIAN, DELAY_SIGMA = 150_000, 1.0
LATE_SHARE, LATE_MEAN = 0.01, 600 * SECOND
AGAIN_SHARE, AGAIN_MEAN = 0.02, 3_600 * SECOND
WINDOW = MINUTE
TTL = HOUR
PROBES = 4_096

# Period, start after its end, overhead, periods of lookback.
BATCHES = {
    "daily": (DAY, 30 * MINUTE, 3 * MINUTE, 1),
    "hourly": (HOUR, 5 * MINUTE, MINUTE, 3),
}
BATCH_CORES = 8
ROWS_A_SECOND = 100_000  # of a batch and of a micro-batch

TRIGGER = MINUTE
OVERHEAD = 600_000
WATERMARK_DELAY = 15 * SECOND
MICRO_BATCH_CORES = 4

FETCH = 5_000
SERVICE = 100
SINK = 10_000
BOUND = 15 * SECOND
TICK = 200_000
LATENESS = 5 * MINUTE
CONTINUOUS_CORES = 1


def arguments():
    """Start and end of the measured period, and the seed."""
    duration, start, seed = (int(word) for word in sys.argv[1:4])
    return start * SECOND, start * SECOND + duration, seed


def multiple_from(at, period):
    """The first multiple of a period from an instant on."""
    return -(-at // period) * period


def prehistory(name, start):
    """What is visible before the stream: `(visible from, newest)`."""
    if name not in BATCHES:
        return [(start, start)]
    every, start_after, overhead, _ = BATCHES[name]
    first = start // every * every
    return [(first - every, first - every), (first + start_after + overhead, first)]


def errors(published, truth):
    """Mean error of the counts of windows."""
    pairs = list(zip(published, truth, strict=True))
    return sum(abs(int(rows) - int(true)) / max(int(true), 1) for rows, true in pairs) / len(pairs)


def peak_rss():
    """Largest resident set of this process, bytes, where the system tells."""
    try:
        with open("/proc/self/status") as status:
            line = next(line for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return None
    return int(line.split()[1]) * 1_024


def tell(deliveries, pipelines):
    """Prints all answers."""
    plain = {
        name: {key: None if value is None else float(value) for key, value in answers.items()}
        for name, answers in pipelines.items()
    }
    print(json.dumps({"deliveries": int(deliveries), "peak_rss": peak_rss(), "pipelines": plain}))
