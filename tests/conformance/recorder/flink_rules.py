"""Hand-made cases of Flink: each is small and named by the rule it shows."""


def window(name, window, times, bound=0, lateness=0, by="key"):
    """`times` are event times, or [event time, key]."""
    pairs = [time if isinstance(time, list) else [time, 1] for time in times]
    log = [[place, time, key, place % 3 + 1, 10 * place + 1] for place, (time, key) in enumerate(pairs)]
    return {"case": f"flink-rule-{name}", "window": window, "bound": bound, "lateness": lateness, "by": by, "rows": log}


def tumbling(size=10, offset=0):
    return {"kind": "tumbling", "size": size, "offset": offset}


def sliding(size, slide, offset=0):
    return {"kind": "sliding", "size": size, "slide": slide, "offset": offset}


def session(gap):
    return {"kind": "session", "gap": gap}


def count(size, slide=None):
    return {"kind": "count", "size": size} if slide is None else {"kind": "count", "size": size, "slide": slide}


def windows():
    return [
        # The watermark.
        window("watermark-one-below-does-not-fire", tumbling(), [3, 14], bound=5),
        window("watermark-end-and-bound-fires", tumbling(), [3, 15], bound=5),
        window("watermark-never-falls", tumbling(), [3, 15, 2, 16, 1, 26], bound=5),
        window("watermark-is-of-all-keys", tumbling(), [[3, 1], [4, 2], [15, 3], [5, 1]], bound=5),
        window("watermark-before-the-first-row", tumbling(), [500, 3], bound=5),
        window("watermark-end-of-input-fires-the-rest", tumbling(), [3, 14, 25, 36], bound=100),
        window("watermark-without-bound-leaves-a-millisecond", tumbling(), [9, 10, 9], bound=0),
        # What stands before a row.
        window("judged-by-what-stands-before", tumbling(), [3, 19, 9], bound=0),
        window("judged-before-its-own-leap", tumbling(), [3, 1_000, 3, 1_001], bound=5),
        # Assignment.
        window("assigned-edges", tumbling(), [0, 9, 10, 19, 20], bound=100),
        window("assigned-offset", tumbling(offset=3), [0, 2, 3, 12, 13], bound=100),
        window("assigned-negative-offset", tumbling(offset=-3), [0, 6, 7, 16, 17], bound=100),
        window("assigned-start-below-zero", sliding(10, 3), [0, 1, 2], bound=100),
        window("assigned-sliding-offset", sliding(10, 5, offset=2), [0, 1, 2, 6, 7, 11, 12], bound=100),
        window("assigned-size-no-multiple-of-slide", sliding(10, 4), [0, 3, 4, 7, 8, 9, 10, 12], bound=100),
        window("assigned-in-no-window", sliding(4, 10), [0, 3, 4, 9, 10, 25, 7], bound=100),
        window("assigned-in-no-window-and-late", sliding(4, 10), [0, 25, 7, 3, 24, 25], bound=0),
        window("assigned-taken-one-below-the-limit", tumbling(), [3, 17, 4], bound=5, lateness=3),
        window("assigned-late-at-the-limit", tumbling(), [3, 18, 4], bound=5, lateness=3),
        window("assigned-sliding-taken-by-some-is-not-late", sliding(10, 5), [3, 12, 3, 8], bound=2),
        window("assigned-sliding-late-when-none-takes-it", sliding(10, 5), [3, 17, 3, 4, 5], bound=2),
        # Firing.
        window("fires-again-for-each-late-row", tumbling(), [3, 15, 4, 5, 6, 26, 7], bound=0, lateness=10),
        window("fires-first-for-a-late-row", tumbling(), [15, 4, 26, 5], bound=0, lateness=10),
        window("fires-several-in-order-of-time", tumbling(), [3, 13, 23, 33, 100], bound=50),
        window("fires-once-when-watermark-equals", tumbling(), [3, 10, 3, 11], bound=0, lateness=5),
        window("fires-not-again-at-end", tumbling(), [3, 15, 4], bound=0, lateness=100),
        window("fires-and-removes-at-once", tumbling(), [3, 10, 4, 20, 14], bound=0),
        window("fires-where-another-is-removed", tumbling(), [3, 13, 20, 4, 14, 29, 15, 30, 16], bound=0, lateness=10),
        window("fires-sliding-some-now-some-later", sliding(10, 5), [3, 8, 12, 8, 20, 13], bound=2, lateness=8),
        window("fires-for-all-rows", tumbling(), [[3, 1], [4, 2], [15, 3], [5, 1]], bound=5, by="global"),
        # Sessions.
        window("session-touching-joins", session(10), [0, 10, 20], bound=5),
        window("session-one-beyond-parts", session(10), [0, 11, 22], bound=5),
        window("session-bridge", session(10), [0, 20, 10, 50], bound=30),
        window("session-touching-before-joins", session(10), [20, 10, 50], bound=30),
        window("session-join-grows-after-firing", session(10), [0, 12, 9, 40], bound=0, lateness=20),
        window("session-joins-live-one-late", session(10), [0, 8, 16, 1, 30], bound=0),
        window("session-late-alone", session(10), [0, 30, 5, 12], bound=0),
        window("session-late-at-the-limit", session(10), [[100, 1], [86, 2], [85, 3], [84, 4]], bound=5, lateness=0),
        window("session-late-at-the-limit-with-lateness", session(10), [[100, 1], [83, 2], [82, 3], [81, 4]], bound=5, lateness=3),
        window("session-merged-fires-at-once", session(10), [0, 5, 30, 2, 14], bound=0, lateness=30),
        window("session-bridges-two-that-fired", session(10), [0, 15, 60, 8, 100], bound=0, lateness=100),
        window("session-bridges-fired-and-open", session(10), [0, 20, 10, 60], bound=5, lateness=50),
        window("session-of-each-key", session(10), [[0, 1], [5, 2], [10, 1], [15, 2], [40, 1]], bound=0),
        window("session-for-all-rows", session(10), [[0, 1], [5, 2], [10, 1], [15, 2], [40, 1]], bound=0, by="global"),
        # Counts.
        window("count-every-third", count(3), [5, 1, 9, 100, 2, 3, 4], bound=0),
        window("count-rest-never-fires", count(3), [5, 1], bound=0),
        window("count-nothing-is-late", count(2), [500, 1, 2, 3], bound=0),
        window("count-of-each-key", count(2), [[1, 1], [2, 2], [3, 1], [4, 2], [5, 1]], bound=0),
        window("count-for-all-rows", count(2), [[1, 1], [2, 2], [3, 1], [4, 2], [5, 1]], bound=0, by="global"),
        window("count-sliding-last-four-every-second", count(4, 2), [1, 2, 3, 4, 5, 6, 7], bound=0),
        window("count-sliding-beyond-size", count(2, 3), [1, 2, 3, 4, 5, 6, 7], bound=0),
        window("count-sliding-by-one", count(3, 1), [1, 2, 3, 4, 5], bound=0, by="global"),
    ]


def timer(name, rows, ttl, bound=0):
    return {"case": f"flink-rule-dedup-{name}", "clears": "event_time_timer", "ttl": ttl, "bound": bound, "rows": rows}


def state_ttl(name, rows, ttl):
    return {"case": f"flink-rule-dedup-{name}", "clears": "state_ttl", "ttl": ttl, "rows": rows}


def dedup():
    return [
        timer("timer-one-before", [[1, 0], [2, 10], [1, 10]], ttl=10),
        timer("timer-when-reached", [[1, 0], [2, 11], [1, 11]], ttl=10),
        timer("timer-of-the-first-row", [[1, 0], [1, 9], [2, 11], [1, 12]], ttl=10),
        timer("timer-waits-for-the-bound", [[1, 0], [2, 15], [1, 1], [2, 16], [1, 2]], ttl=10, bound=5),
        timer("timer-in-the-past-waits-for-a-rise", [[1, 100], [2, 5], [2, 5], [3, 100], [2, 5], [4, 101], [2, 5]], ttl=10),
        timer("timer-forgets-then-remembers", [[1, 0], [2, 50], [1, 0], [1, 0], [3, 60], [1, 0]], ttl=10),
        state_ttl("ttl-one-before", [[1, 0], [1, 9]], ttl=10),
        state_ttl("ttl-exactly", [[1, 0], [1, 10]], ttl=10),
        state_ttl("ttl-reading-does-not-refresh", [[1, 0], [1, 6], [1, 11], [1, 20], [1, 21]], ttl=10),
    ]


def funnel(name, acts, steps=(0, 1, 2), within=100, bound=1_000):
    """`acts` are [type, event time] or [type, event time, user]."""
    log = [[place, time, kind, *(user or [1])] for place, (kind, time, *user) in enumerate(acts)]
    return {"case": f"flink-rule-funnel-{name}", "steps": list(steps), "within": within, "bound": bound, "rows": log}


def funnels():
    return [
        funnel("in-order", [[0, 1], [1, 2], [2, 3]]),
        funnel("what-lies-between-is-ignored", [[0, 1], [9, 2], [2, 3], [1, 4], [0, 5], [2, 6]]),
        funnel("each-first-step-matches-once", [[0, 1], [0, 2], [1, 3], [1, 4], [2, 5], [2, 6]]),
        funnel("one-event-ends-several-attempts", [[0, 1], [1, 2], [0, 3], [1, 4], [2, 5]]),
        funnel("of-each-user", [[0, 1, 1], [0, 2, 2], [1, 3, 2], [1, 4, 1], [2, 5, 1], [2, 6, 2]]),
        funnel("order-restored-by-the-bound", [[2, 30], [1, 20], [0, 10]]),
        funnel("order-restored-in-part", [[0, 10], [2, 30], [1, 20], [0, 60], [2, 61]], bound=5),
        funnel("ties-in-order-of-arrival", [[0, 10], [1, 10], [2, 10]]),
        funnel("ties-in-reverse", [[2, 10], [1, 10], [0, 10], [1, 11], [2, 11]]),
        funnel("tie-of-first-steps", [[0, 10], [0, 10], [1, 11], [2, 12]]),
        funnel("within-one-below", [[0, 0], [1, 5], [2, 99]]),
        funnel("within-exactly", [[0, 0], [1, 5], [2, 100]]),
        funnel("within-one-beyond", [[0, 0], [1, 5], [2, 101]]),
        funnel("within-of-a-millisecond", [[0, 0], [1, 1], [0, 5], [1, 7]], steps=(0, 1), within=1),
        funnel("within-ends-some", [[0, 0], [0, 50], [1, 60], [2, 101], [2, 150]]),
        funnel("within-ends-while-waiting-for-the-second", [[0, 0], [1, 101], [0, 102], [1, 103], [2, 104]]),
        funnel("the-same-type-twice", [[0, 1], [0, 2], [0, 3]], steps=(0, 0)),
        funnel("the-same-type-thrice", [[0, 1], [0, 2], [0, 3], [0, 4]], steps=(0, 0, 0)),
        funnel("back-to-the-first-type", [[0, 1], [1, 2], [0, 3], [1, 4], [0, 5]], steps=(0, 1, 0)),
        funnel("late-one-below-the-watermark", [[0, 10], [9, 16], [1, 10], [2, 17]], bound=5),
        funnel("late-at-the-watermark", [[0, 10], [9, 15], [1, 9], [1, 10], [2, 17]], bound=5),
        funnel("late-first-step", [[9, 50], [0, 10], [1, 51], [2, 52]], bound=0),
        funnel("late-by-another-user", [[0, 10, 1], [9, 90, 2], [1, 12, 1], [2, 91, 1]], bound=5),
        funnel("judged-before-its-own-leap", [[0, 10], [1, 1_000], [2, 990], [2, 1_001]], within=5_000, bound=5),
        funnel("held-until-the-watermark", [[0, 10], [1, 11], [2, 12], [9, 16], [9, 17], [9, 18]], bound=5),
        funnel("fires-at-the-end-of-input", [[0, 10], [1, 11], [2, 12]], bound=5_000),
        funnel("sixteen-steps", [[kind, 10 + kind] for kind in range(16)], steps=range(16)),
        funnel("an-event-is-one-step-only", [[0, 1], [1, 2], [2, 3]], steps=(0, 1, 1)),
    ]
