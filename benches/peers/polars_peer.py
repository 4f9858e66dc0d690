"""Polars: whole columns, in order of arrival. Polars draws no random numbers, so NumPy does."""

import numpy as np
import polars as pl

import w0
from w0 import BOUND, FETCH, LATENESS, SERVICE, SINK, TICK, TTL, WINDOW

START, END, SEED = w0.arguments()
FIRST_WINDOW = START // WINDOW
WINDOWS = -(-END // WINDOW) - FIRST_WINDOW
WHOLE = END // WINDOW - FIRST_WINDOW
NEVER = np.iinfo(np.int64).max // 2
STEPS = 1 << 16  # batches at most

arrival, event, first = pl.col("arrival"), pl.col("event"), pl.col("first")
is_first = first.is_null()
known = (arrival - first < TTL).fill_null(False)
window = (event - START) // WINDOW
# What becomes of a delivery.
SHOWN, LATE, REMOVED, PENDING = (pl.lit(code, pl.UInt8) for code in range(4))


def stream():
    """Deliveries in order of arrival; true events by window."""
    random = np.random.Generator(np.random.SFC64(SEED))
    count = random.poisson(w0.RATE * (END - START) / 1e6)
    at = random.integers(START, END, count)
    delay = random.standard_normal(count, dtype=np.float32)
    delay *= np.float32(w0.DELAY_SIGMA)
    np.exp(delay, out=delay)
    delay *= np.float32(w0.DELAY_MEDIAN)
    arrivals = at + delay.astype(np.int64)
    # The events are in no order: the first of them are the late ones.
    late = random.binomial(count, w0.LATE_SHARE)
    arrivals[:late] += random.exponential(w0.LATE_MEAN, late).astype(np.int64)
    again_late, again = random.binomial(late, w0.AGAIN_SHARE), random.binomial(count - late, w0.AGAIN_SHARE)
    copied = np.r_[:again_late, late : late + again]
    copies = arrivals[copied] + random.exponential(w0.AGAIN_MEAN, copied.size).astype(np.int64)
    firsts = pl.LazyFrame({"arrival": arrivals, "event": at}).with_columns(first=pl.lit(None, pl.Int64))
    again = pl.LazyFrame({"arrival": copies, "event": at[copied], "first": arrivals[copied]})
    rows = pl.concat([firsts.filter(arrival < END), again.filter(arrival < END)]).sort("arrival").collect()
    return rows, np.bincount((at - START) // WINDOW, minlength=WINDOWS)[:WHOLE]


def table(values):
    """A column's values looked up in a small table."""
    return lambda place: pl.lit(pl.Series(np.asarray(values, np.int64))).gather(place)


def step_of(rows, instants):
    """The number of instants before each arrival, a column."""
    edges = rows["arrival"].search_sorted(np.asarray(instants, np.int64), "right").to_numpy()
    counts = np.diff(np.concatenate([[0], edges, [rows.height]]))
    return pl.Series("step", np.repeat(np.arange(counts.size, dtype=np.uint32), counts)), edges


def outcome(rows, name, cores, busy, ids, stream, over=None, visible_of=None):
    """Answers, from rows with their `fate`, `visible`, `on_time` and `step`."""
    truth, probes, firsts = stream
    shown = rows.filter(is_first & (pl.col("fate") == SHOWN)).select("on_time", latency=pl.col("visible") - event)
    summary = shown.select(
        pl.len(),
        pl.col("on_time").sum(),
        mean=pl.col("latency").mean() / 1e6,
        p50=pl.col("latency").quantile(0.5) / 1e6,
        p99=pl.col("latency").quantile(0.99) / 1e6,
    )
    fates = rows.select(
        late=(is_first & (pl.col("fate") == LATE)).sum(),
        pending=(is_first & (pl.col("fate") == PENDING)).sum(),
        copies_late=(~is_first & (pl.col("fate") == LATE)).sum(),
        copies_removed=(~is_first & (pl.col("fate") == REMOVED)).sum(),
        copies_shown=(~is_first & (pl.col("fate") == SHOWN)).sum(),
    )
    # One key is grouped faster than two.
    key = window.cast(pl.UInt32) * STEPS + pl.col("step").cast(pl.UInt32)
    published = rows.filter(pl.col("fate") == SHOWN).group_by(key.alias("key")).agg(pl.len(), newest=event.max())
    summary, fates, published = pl.collect_all([summary, fates, published])
    summary, count = summary.row(0, named=True), fates.row(0, named=True)
    key, rows, newest = (column.to_numpy().astype(np.int64) for column in published.get_columns())
    of, step = key // STEPS, key % STEPS
    visible = visible_of(of, step)
    fresh = w0.prehistory(name, START) + list(zip(visible.tolist(), newest.tolist(), strict=True))
    # Windows that are not over are published later.
    step = np.maximum(step, over[of]) if over is not None else step
    first, last, before = np.zeros(WINDOWS, np.int64), np.zeros(WINDOWS, np.int64), np.full(WINDOWS, NEVER)
    np.minimum.at(before, of, step)
    np.add.at(first, of, np.where(step == before[of], rows, 0))
    np.add.at(last, of, rows)
    unpublished = before == NEVER - 1
    first[unpublished] = last[unpublished] = 0
    visible, newest = np.array(sorted(fresh)).T
    ages = probes - np.maximum.accumulate(newest)[np.searchsorted(visible, probes, "right") - 1]
    return {
        "events": firsts,
        "on_time": summary["on_time"],
        "late_included": summary["len"] - summary["on_time"],
        "late_dropped": count["late"],
        "pending": count["pending"],
        "duplicates_removed": count["copies_removed"],
        "duplicates_leaked": count["copies_shown"],
        "duplicates_late_dropped": count["copies_late"],
        "latency_mean": summary["mean"],
        "latency_p50": summary["p50"],
        "latency_p99": summary["p99"],
        "data_age_mean": ages.mean() / 1e6,
        "error_first_mean": w0.errors(first[:WHOLE], truth),
        "error_final_mean": w0.errors(last[:WHOLE], truth),
        "utilisation": busy / ((END - START) * cores),
        "dedup_ids_mean": ids.mean(),
        "dedup_ids_peak": ids.max(),
    }


def batch(rows, name, stream):
    every, start_after, overhead, lookback = w0.BATCHES[name]
    first_period = START // every
    starts = list(range((first_period + 1) * every + start_after, END, every))
    reading, _ = step_of(rows, starts)
    period = event // every - first_period
    # A retry has its event's time: whatever run reads it reads the first delivery, too.
    sizes = rows.lazy().group_by(period.alias("period"), reading, is_first.alias("is_first")).len().collect()
    ends, all_ids, busy = [], [], 0
    for run, start in enumerate(starts):
        scope = sizes.filter(pl.col("period").is_between(run - lookback, run), pl.col("step") <= run)
        all_ids.append(scope.filter("is_first")["len"].sum())
        end = start + overhead + scope["len"].sum() * w0.SECOND // w0.ROWS_A_SECOND
        assert run + 1 == len(starts) or end <= starts[run + 1], "runs do not wait for one another here"
        ends.append(end)
        busy += (min(end, END) - start) * w0.BATCH_CORES
    probes = stream[1]
    ids = np.zeros(probes.size)
    for start, end, held in zip(starts, ends, all_ids, strict=True):
        ids[(probes >= start) & (probes < end)] = held
    run = pl.max_horizontal(pl.col("period"), pl.col("step"))
    ends += [NEVER] * (int(END // every - first_period) + 2 - len(ends))
    ends = np.array(ends)
    columns = rows.lazy().with_columns(reading, period=period).with_columns(
        late=pl.col("step").cast(pl.Int64) - pl.col("period") > lookback, run=run
    )
    columns = columns.with_columns(visible=table(ends)(pl.col("run"))).with_columns(
        on_time=pl.col("run") == pl.col("period"),
        fate=pl.when("late").then(LATE).when(~is_first).then(REMOVED).when(pl.col("visible") >= END).then(PENDING).otherwise(SHOWN),
        step=pl.col("run"),
    )
    answers = outcome(columns, name, w0.BATCH_CORES, busy, ids, stream, None, lambda _, run: ends[run])
    answers["dedup_ids_peak"] = max([0, *all_ids])
    return answers


def micro_batch(rows, ids, stream):
    triggers, ends, gone, before, busy = [], [], [], [], 0
    now, low, largest = w0.multiple_from(START, w0.TRIGGER), 0, START - w0.DAY
    watermark = trigger_before = START - w0.DAY
    watermark_before = watermark
    while now < END:
        high = rows["arrival"].search_sorted(now, "right")
        triggers.append(now)
        gone.append(watermark_before // WINDOW * WINDOW)
        before.append(trigger_before // WINDOW * WINDOW)
        end = now
        if high > low:
            end += w0.OVERHEAD + (high - low) * w0.SECOND // w0.ROWS_A_SECOND
            busy += (min(end, END) - now) * w0.MICRO_BATCH_CORES
            largest = max(largest, rows["event"][low:high].max())
            watermark_before, watermark = watermark, max(watermark, largest - w0.WATERMARK_DELAY)
        ends.append(end)
        trigger_before, now, low = now, max(w0.multiple_from(now + 1, w0.TRIGGER), end), high
    gone.append(watermark_before // WINDOW * WINDOW)
    before.append(NEVER)
    ends.append(NEVER)
    step, _ = step_of(rows, triggers)
    fate = (
        pl.when(known).then(REMOVED)
        .when(event < table(gone)(pl.col("step"))).then(LATE)
        .when(pl.col("step") == len(triggers)).then(PENDING)
        .otherwise(SHOWN)
    )
    columns = rows.lazy().with_columns(step).with_columns(
        fate=fate, visible=table(ends)(pl.col("step")), on_time=event >= table(before)(pl.col("step"))
    )
    window_ends = START + (np.arange(WINDOWS) + 1) * WINDOW
    over = np.searchsorted(triggers, window_ends)
    over[over == len(triggers)] = NEVER - 1
    ends = np.array(ends)
    return outcome(
        columns, "micro_batch", w0.MICRO_BATCH_CORES, busy, ids, stream, over, lambda _, step: ends[step]
    )


def continuous(rows, ids, stream):
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    read = arrival + FETCH
    # One worker: a record starts when it is read or when the one before it is done.
    rows = rows.with_columns(
        done=(read - place * SERVICE).cum_max() + (place + 1) * SERVICE, newest=event.cum_max()
    )

    def passed(at):
        """The tick at which the watermark reaches each instant."""
        place = rows["newest"].search_sorted(at + BOUND, "left").to_numpy()
        found = place < rows.height
        ticks = np.full(at.size, NEVER)
        reads = rows["arrival"].gather(place[found]).to_numpy() + FETCH
        ticks[found] = START + w0.multiple_from(reads - START, TICK)
        ticks[ticks >= END] = NEVER
        return ticks

    ends = START + (np.arange(WINDOWS) + 1) * WINDOW
    fired, gone = passed(ends), passed(ends + LATENESS)
    last = rows["arrival"].search_sorted(np.minimum(fired, END) - FETCH, "right").to_numpy() - 1
    visible = np.where(fired < NEVER, np.maximum(fired, rows["done"].gather(last).to_numpy()) + SINK, NEVER)
    columns = rows.lazy().with_columns(over=read > table(fired)(window), late=read > table(gone)(window)).with_columns(
        fate=pl.when(known).then(REMOVED)
        .when("late").then(LATE)
        .when(~pl.col("over") & (table(fired)(window) == NEVER)).then(PENDING)
        .otherwise(SHOWN),
        visible=pl.when("over").then(pl.col("done") + SINK).otherwise(table(visible)(window)),
        on_time=~pl.col("over"),
        step=pl.col("over").cast(pl.UInt32),
    )
    busy = rows.height * SERVICE
    return outcome(
        columns, "continuous", 1, busy, ids, stream, None, lambda of, step: np.where(step == 0, visible[of], NEVER)
    )


def main():
    rows, truth = stream()
    random = np.random.default_rng(SEED + 1)
    part = (END - START) / w0.PROBES
    probes = (START + part * (np.arange(w0.PROBES) + random.random(w0.PROBES))).astype(np.int64)
    made = rows.lazy().filter(~known).select("arrival").collect()["arrival"]
    held = (made.search_sorted(probes, "right") - made.search_sorted(probes - TTL, "right")).cast(pl.Int64)
    facts = (truth, probes, rows["first"].null_count())
    pipelines = {name: batch(rows, name, facts) for name in w0.BATCHES}
    pipelines["micro_batch"] = micro_batch(rows, held, facts)
    pipelines["continuous"] = continuous(rows, held, facts)
    w0.tell(rows.height, pipelines)


main()
