"""Hand-made cases of Spark: each is small and named by the rule it shows. Times count from 1000."""


def cells(place, time):
    """A row of an event time, or of [event time, key]."""
    time, key = time if isinstance(time, list) else [time, 1]
    return [place, 1_000 + time, key, place % 3 + 1, 10 * place + 1]


def window(name, window, batches, delay=0, output="append", by="key"):
    place, cut = 0, []
    for batch in batches:
        cut.append([cells(place + at, time) for at, time in enumerate(batch)])
        place += len(batch)
    name = f"spark-rule-{name}-{output}"
    return {"case": name, "window": window, "delay": delay, "output": output, "by": by, "batches": cut}


def both(name, kind, batches, delay=0, by="key"):
    return [window(name, kind, batches, delay, output, by) for output in ("append", "update")]


TEN = {"kind": "tumbling", "size": 10, "offset": 0}
SLIDING = {"kind": "sliding", "size": 10, "slide": 5, "offset": 0}
SESSION = {"kind": "session", "gap": 10}


def windows():
    return [
        # The watermark of a batch is of the batches before.
        *both("watermark-is-of-the-batches-before", TEN, [[3, 50, 4], [5]], delay=5),
        *both("watermark-never-falls", TEN, [[50], [20, 41], [42]], delay=5),
        *both("watermark-not-below-zero", TEN, [[0], [1]], delay=5_000),
        # Late by the watermark before, evicted by the batch's own.
        *both("late-by-the-watermark-before", TEN, [[3, 15], [4, 16], [30], [5, 17]], delay=0),
        *both("late-only-after-the-batch-that-raised-it", TEN, [[3, 9], [8, 10], [7], [6]], delay=0),
        *both("late-at-the-end-of-the-window", TEN, [[3], [10], [9, 11], [8]], delay=0),
        *both("taken-one-below-the-end", TEN, [[3], [9], [8], [7]], delay=0),
        # A batch without rows follows each that raised the watermark.
        *both("batch-without-rows-after-a-rise", TEN, [[3], [4], [30], [30], [29]], delay=0),
        *both("no-batch-without-a-rise", TEN, [[30], [29], [28]], delay=0),
        # What is dropped is counted by group.
        *both("dropped-counts-groups", TEN, [[50], [51], [1, 2, 3, 11, [4, 2], 52]], delay=0),
        *both("dropped-counts-windows-of-a-sliding-row", SLIDING, [[50], [51], [1, 2, 3, 49, 52]], delay=0),
        *both("dropped-for-all-rows", TEN, [[50], [51], [[1, 1], [2, 2], [3, 3], [52, 1]]], delay=0, by="global"),
        # Update tells each touched group, append each evicted one.
        *both("touched-or-evicted", TEN, [[3, [4, 2]], [5], [[13, 2]], [30]], delay=5),
        *both("touched-and-evicted-in-one-batch", TEN, [[3], [25], [4, 13, 26], [27]], delay=0),
        *both("an-old-group-comes-again-only-in-update", TEN, [[3, 4], [20], [5], [6]], delay=12),
        *both("the-last-windows-stay-open", TEN, [[3], [13], [23]], delay=5),
        *both("sliding-some-windows-late", SLIDING, [[3, 12], [13], [8, 4, 2], [30]], delay=0),
        *both("offset", {**TEN, "offset": 3}, [[0, 2, 3, 12, 13], [40], [41]], delay=5),
        *both("size-no-multiple-of-slide", {**SLIDING, "slide": 4}, [[0, 3, 4, 7, 8, 9, 10, 12], [40]], delay=5),
        # Sessions.
        window("session-touching-joins", SESSION, [[0, 10, 20], [100]], delay=5),
        window("session-one-beyond-parts", SESSION, [[0, 11, 22], [100]], delay=5),
        window("session-bridge-over-batches", SESSION, [[0], [20], [10], [100]], delay=30),
        window("session-late-by-its-own-end", SESSION, [[0, 9, 18], [25], [26], [15, 17, 14, 16], [60]], delay=0),
        window("session-late-though-a-live-one-would-take-it", SESSION, [[0, 9, 18], [21], [22], [10, 11, 12], [60]], delay=0),
        window("session-evicted-at-its-end", SESSION, [[[0, 1]], [[9, 2]], [[10, 3]], [[60, 4]]], delay=0),
        window("session-of-each-key", SESSION, [[[0, 1], [5, 2]], [[10, 1], [15, 2]], [[60, 1]]], delay=5),
    ]


def dedups(name, keep, batches, delay=0):
    batches = [[[identity, 1_000 + time] for identity, time in batch] for batch in batches]
    return {"case": f"spark-rule-dedup-{name}", "dedup": keep, "delay": delay, "batches": batches}


def dedup():
    with_time, alone, within = "id_and_event_time", "id", "id_within_watermark"
    return [
        dedups("event-time-first-of-a-batch", with_time, [[[1, 0], [1, 0], [1, 1]], [[1, 0]]], delay=10),
        dedups("event-time-evicted-then-late", with_time, [[[1, 0]], [[2, 20]], [[1, 0]], [[1, 0], [1, 21]]], delay=5),
        dedups("event-time-at-the-watermark", with_time, [[[1, 10]], [[2, 15]], [[1, 10], [1, 11]], [[1, 11]]], delay=5),
        dedups("event-time-not-late-in-the-batch-after", with_time, [[[2, 20]], [[1, 14], [1, 16]], [[1, 14]]], delay=5),
        dedups("id-is-never-forgotten", alone, [[[1, 0]], [[2, 500]], [[1, 0], [1, 600]], [[3, 0], [3, 700]]], delay=5),
        dedups("within-expires-at-first-and-delay", within, [[[1, 10]], [[2, 19]], [[1, 19]], [[2, 20]], [[1, 20]]], delay=5),
        dedups("within-held-for-twice-the-delay", within, [[[1, 10]], [[2, 18]], [[1, 19]], [[3, 20]], [[1, 20]]], delay=5),
        dedups("within-late-is-dropped", within, [[[1, 50]], [[2, 51]], [[3, 45], [4, 44], [5, 46], [6, 47]]], delay=5),
        dedups("within-copy-does-not-extend", within, [[[1, 10]], [[1, 14]], [[2, 20]], [[1, 16]], [[1, 17]]], delay=5),
    ]


def funnel(name, batches, steps=(0, 1, 2), within=100, delay=1_000):
    """`batches` are of [type, event time] or [type, event time, user]."""
    place, numbered = 0, []
    for batch in batches:
        numbered.append([])
        for kind, time, *user in batch:
            numbered[-1].append([place, 2_000 + time, kind, *(user or [1])])
            place += 1
    return {"case": f"spark-rule-funnel-{name}", "steps": list(steps), "within": within, "delay": delay, "batches": numbered}


def funnels():
    return [
        funnel("in-order-over-batches", [[[0, 1]], [[1, 2]], [[2, 3]]]),
        funnel("sorted-within-a-batch", [[[2, 3], [1, 2], [0, 1]]]),
        funnel("not-sorted-over-batches", [[[1, 2]], [[0, 1]], [[2, 3]], [[1, 4]], [[2, 5]]]),
        funnel("not-before-the-last-step", [[[0, 10]], [[1, 30]], [[2, 20]], [[2, 30]]]),
        funnel("ties-in-order-of-arrival", [[[1, 10], [0, 10], [1, 10]], [[2, 10]]]),
        funnel("within-exactly", [[[0, 0], [1, 1]], [[2, 100]]]),
        funnel("within-one-below", [[[0, 0], [1, 1]], [[2, 99]]]),
        funnel("late-at-the-watermark", [[[0, 10]], [[9, 20]], [[1, 15], [1, 14]], [[2, 21]]], delay=5),
        funnel("not-late-above-the-watermark", [[[0, 10]], [[9, 20]], [[1, 16]], [[2, 21]]], delay=5),
        funnel("not-late-in-the-batch-after", [[[0, 10]], [[9, 20], [1, 11]], [[2, 21]]], delay=5),
        funnel("runs-out-at-the-watermark", [[[0, 0]], [[9, 105]], [[9, 106]], [[1, 101]]], delay=5),
        funnel("runs-out-for-one-of-two", [[[0, 0], [0, 50]], [[9, 110]], [[1, 108]], [[2, 149]]], delay=5),
        funnel("of-each-user", [[[0, 1, 1], [1, 2, 2], [0, 1, 2]], [[1, 3, 1]], [[2, 4, 2], [2, 5, 1]]]),
        funnel("the-same-type-twice", [[[0, 1], [0, 2]], [[0, 3]]], steps=(0, 0)),
    ]
