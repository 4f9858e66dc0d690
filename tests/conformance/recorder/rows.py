"""Random logs of small cases: rows in arrival order, seldom in order of event time."""

EPOCH = 1_767_225_600_000  # 2026-01-01T00:00:00Z


def log(rng, count, unit, late, edges, base):
    """Rows [id, event time, key, user, bytes].

    `unit` is the window's size or gap, `late` how far behind rows may be, `edges` are distances between
    event times at which a rule decides (times that are a multiple of one of them, or 1 ms less, are
    frequent), `base` is about where event time begins.
    """
    keys = rng.randint(1, 5)
    disorder = rng.choice([0.0, 0.2, 0.5, 0.8])
    copies = rng.choice([0.0, 0.1, 0.3])
    now, rows = base, []
    for identity in range(count):
        if rows and rng.random() < copies:
            rows.append(copy(rng, rows, unit, now, base))
            continue
        now += step(rng, unit)
        time = now
        if rng.random() < disorder:
            time -= rng.randint(0, max(1, late + 2 * unit))
        elif rows and rng.random() < 0.15:
            time = rng.choice(rows)[1]
        if rng.random() < 0.3:
            edge = rng.choice(edges)
            time += -(time % edge) - rng.choice([0, 0, 1])
        if rows and rng.random() < 0.1:
            # As far from another row as can matter.
            time = rng.choice(rows)[1] + rng.choice([-1, 1]) * (rng.choice(edges) + rng.choice([-1, 0, 0, 1]))
        time = max(time, base if base > 1_000 else 0)
        now = max(now, time)
        user = rng.randint(1, 6)
        rows.append([identity, time, rng.randint(1, keys), user, rng.choice([0, 1, rng.randint(2, 2_000)])])
    return rows


def step(rng, unit):
    """How far event time goes on: mostly little, at times not at all or over several windows."""
    draw = rng.random()
    if draw < 0.2:
        return 0
    if draw < 0.9:
        return rng.randint(0, max(1, unit // 2))
    return rng.randint(unit, 4 * unit)


def copy(rng, rows, unit, now, base):
    """A row again: the same, or the same id with another event time or another key."""
    row = list(rng.choice(rows))
    draw = rng.random()
    if draw < 0.3:
        row[1] = max(0 if base <= 1_000 else base, row[1] + rng.randint(-unit, unit))
    elif draw < 0.4:
        row[1] = now
    elif draw < 0.45:
        row[2] = rng.randint(1, 5)
    return row
