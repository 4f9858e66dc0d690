"""What the event-by-event peers in Python share: the stream, the four pipelines as plain objects that are told what
happens when, and their answers. How events are kept in order is up to each peer.

Draws are made in blocks, and what becomes visible together is counted together, with NumPy: drawing and counting one
by one in Python would take longer than the simulation.
"""

from collections import deque

import numpy as np

import w0
from w0 import BOUND, FETCH, LATENESS, SERVICE, SINK, TICK, TTL, WINDOW

BLOCK = 1 << 14
START, END, SEED = w0.arguments()
FIRST_WINDOW = START // WINDOW
WHOLE = END // WINDOW - FIRST_WINDOW
LATENCY_BIN = 10_000


def events():
    """`(event time, arrival, arrival of the duplicate or None)`, in order of event time, without end."""
    random = np.random.Generator(np.random.SFC64(SEED))
    now = float(START)
    while True:
        at = now + np.cumsum(random.exponential(1e6 / w0.RATE, BLOCK))
        now = at[-1]
        at = at.astype(np.int64)
        delay = random.lognormal(np.log(w0.DELAY_MEDIAN), w0.DELAY_SIGMA, BLOCK)
        late = np.flatnonzero(random.random(BLOCK) < w0.LATE_SHARE)
        delay[late] += random.exponential(w0.LATE_MEAN, late.size)
        arrival = at + delay.astype(np.int64)
        again = [None] * BLOCK
        copied = np.flatnonzero(random.random(BLOCK) < w0.AGAIN_SHARE)
        copies = arrival[copied] + random.exponential(w0.AGAIN_MEAN, copied.size).astype(np.int64)
        for place, copy in zip(copied.tolist(), copies.tolist(), strict=True):
            again[place] = copy
        yield from zip(at.tolist(), arrival.tolist(), again)


def probes():
    """One instant at a random place in each of the equal parts of the period."""
    random = np.random.default_rng(SEED + 1)
    part = (END - START) / w0.PROBES
    return (START + part * (np.arange(w0.PROBES) + random.random(w0.PROBES))).astype(np.int64).tolist()


class Ids:
    """Ids remembered for a time to live. A duplicate knows when its event arrived first: no table is needed."""

    def __init__(self):
        self.made = deque()

    def knows(self, arrival, first):
        if first is not None and arrival - first < TTL:
            return True
        self.made.append(arrival)
        return False

    def held(self, now):
        made = self.made
        while made and now - made[0] >= TTL:
            made.popleft()
        return len(made)


class Pipeline:
    """Counts of a pipeline, and what its reader sees."""

    def __init__(self, name, cores):
        self.name, self.cores = name, cores
        self.on_time = self.late_included = self.late_dropped = 0
        self.removed = self.leaked = self.duplicates_late = 0
        self.latencies = np.zeros(64, np.int64)
        self.latency_sum = 0
        self.first, self.last = {}, {}
        self.fresh = w0.prehistory(name, START)
        self.busy = 0
        self.age_sum = self.ids_sum = self.ids_peak = 0

    def late(self, first):
        if first is None:
            self.late_dropped += 1
        else:
            self.duplicates_late += 1

    def show(self, events, visible, on_time_from):
        """Events are visible, together; gives their windows' counts."""
        events = np.array(events, np.int64)
        if not events.size:
            return {}
        counts = np.bincount((visible - events) // LATENCY_BIN)
        if counts.size > self.latencies.size:
            self.latencies = np.concatenate([self.latencies, np.zeros(counts.size, np.int64)])
        self.latencies[: counts.size] += counts
        self.latency_sum += visible * events.size - int(events.sum())
        on_time = int(np.count_nonzero(events >= on_time_from))
        self.on_time += on_time
        self.late_included += events.size - on_time
        self.refresh(int(events.max()), visible)
        windows = events // WINDOW
        lowest = int(windows.min())
        counts = np.bincount(windows - lowest).tolist()
        return {lowest + place: count for place, count in enumerate(counts) if count}

    def refresh(self, newest, visible):
        if newest > self.fresh[-1][1]:
            self.fresh.append((visible, newest))

    def fire(self, window, rows):
        self.first.setdefault(window, rows)
        self.last[window] = self.last.get(window, 0) + rows

    def work(self, start, end):
        self.busy += max(min(end, END) - start, 0) * self.cores

    def probe(self, now, ids):
        fresh = self.fresh
        while len(fresh) > 1 and fresh[1][0] <= now:
            fresh.pop(0)
        self.age_sum += now - fresh[0][1]
        self.ids_sum += ids
        self.ids_peak = max(self.ids_peak, ids)

    def answers(self, firsts, truth):
        included = self.on_time + self.late_included
        seen = np.cumsum(self.latencies)
        quantile = lambda q: (np.searchsorted(seen, q * included) + 0.5) * LATENCY_BIN / 1e6 if included else None
        whole = range(FIRST_WINDOW, FIRST_WINDOW + WHOLE)
        return {
            "events": firsts,
            "on_time": self.on_time,
            "late_included": self.late_included,
            "late_dropped": self.late_dropped,
            "pending": firsts - included - self.late_dropped,
            "duplicates_removed": self.removed,
            "duplicates_leaked": self.leaked,
            "duplicates_late_dropped": self.duplicates_late,
            "latency_mean": self.latency_sum / included / 1e6 if included else None,
            "latency_p50": quantile(0.5),
            "latency_p99": quantile(0.99),
            "data_age_mean": self.age_sum / w0.PROBES / 1e6,
            "error_first_mean": w0.errors([self.first.get(window, 0) for window in whole], truth),
            "error_final_mean": w0.errors([self.last.get(window, 0) for window in whole], truth),
            "utilisation": self.busy / ((END - START) * self.cores),
            "dedup_ids_mean": self.ids_sum / w0.PROBES,
            "dedup_ids_peak": self.ids_peak,
        }


class Batch(Pipeline):
    """Scheduled runs over closed periods of event time, with lookback."""

    def __init__(self, name):
        super().__init__(name, w0.BATCH_CORES)
        self.every, self.start_after, self.overhead, self.lookback = w0.BATCHES[name]
        self.next = START // self.every
        self.new, self.firsts, self.copies = {}, {}, {}
        self.kept = None
        self.ids = 0

    def due(self):
        return (self.next + 1) * self.every + self.start_after

    def deliver(self, arrival, event, first):
        period = event // self.every
        if self.next - period > self.lookback:
            self.late(first)
        elif first is None:
            try:
                self.new[period].append(event)
            except KeyError:
                self.new[period] = [event]
        else:
            # A retry has its event's time: whatever run reads it reads the first delivery, too.
            self.removed += 1
            self.copies[period] = self.copies.get(period, 0) + 1

    def start(self, now):
        """A run starts; gives when it ends."""
        scope = range(self.next - self.lookback, self.next + 1)
        self.kept = []
        for period in scope:
            new = self.new.pop(period, [])
            self.kept += new
            self.firsts[period] = self.firsts.get(period, 0) + len(new)
        self.ids = sum(self.firsts[period] for period in scope)
        rows = self.ids + sum(self.copies.get(period, 0) for period in scope)
        end = now + self.overhead + rows * w0.SECOND // w0.ROWS_A_SECOND
        self.work(now, end)
        self.ids_peak = max(self.ids_peak, self.ids)
        self.next += 1
        return end

    def finish(self, now):
        for window, rows in self.show(self.kept, now, (self.next - 1) * self.every).items():
            self.fire(window, rows)
        self.kept, self.ids = None, 0

    def held(self, now):
        return self.ids


class MicroBatch(Pipeline):
    """Spark's trigger, its two watermarks, update mode."""

    def __init__(self):
        super().__init__("micro_batch", w0.MICRO_BATCH_CORES)
        self.batch, self.rows = [], 0
        self.windows = {}
        self.largest = self.watermark = self.trigger_before = START - w0.DAY
        self.gone = START - w0.DAY  # rows of windows before it are late
        self.ids = Ids()
        self.held = self.ids.held

    def deliver(self, arrival, event, first):
        self.rows += 1
        if event > self.largest:
            self.largest = event
        if self.ids.knows(arrival, first):
            self.removed += 1
        elif event < self.gone:
            self.late(first)
        elif first is None:
            self.batch.append(event)
        else:
            self.leaked += 1
            self.windows[event // WINDOW] = self.windows.get(event // WINDOW, 0) + 1

    def trigger(self, now):
        """A trigger; gives the next."""
        end = now
        if self.rows:
            end += w0.OVERHEAD + self.rows * w0.SECOND // w0.ROWS_A_SECOND
            self.work(now, end)
            over_before = self.trigger_before // WINDOW * WINDOW
            for window, rows in self.show(self.batch, end, over_before).items():
                self.windows[window] = self.windows.get(window, 0) + rows
            self.batch, self.rows = [], 0
            self.gone = self.watermark // WINDOW * WINDOW
            self.watermark = max(self.watermark, self.largest - w0.WATERMARK_DELAY)
        for window in [window for window in self.windows if (window + 1) * WINDOW <= now]:
            self.fire(window, self.windows.pop(window))
        self.trigger_before = now
        return max(w0.multiple_from(now + 1, w0.TRIGGER), end)


class Continuous(Pipeline):
    """Flink's watermark, windows with allowed lateness, one worker.

    The way from the broker takes the same for all records, so what happens to one is known when it arrives, once
    the ticks before its reading have been made.
    """

    def __init__(self):
        super().__init__("continuous", w0.CONTINUOUS_CORES)
        self.panes = {}
        self.largest = self.watermark = START - w0.DAY
        self.fired = self.gone = START - w0.DAY  # windows that end by then have fired, are gone
        self.next_tick = START + TICK
        self.free = START
        self.ids = Ids()

    def deliver(self, arrival, event, first):
        known = self.ids.knows(arrival, first)
        read = arrival + FETCH
        if self.next_tick < read:
            self.tick_until(read - 1)
        if event > self.largest:
            self.largest = event
        free = self.free
        self.free = (read if read > free else free) + SERVICE
        self.busy += SERVICE
        if known:
            self.removed += 1
        elif event >= self.fired:
            try:
                pane = self.panes[event // WINDOW]
            except KeyError:
                pane = self.panes[event // WINDOW] = ([], [])
            pane[first is not None].append(event)
            self.leaked += first is not None
        elif event < self.gone:
            self.late(first)
        elif first is None:
            self.alone(event)
        else:
            self.leaked += 1
            self.fire(event // WINDOW, 1)

    def alone(self, event):
        window = event // WINDOW
        on_time_from = END if window in self.first else event
        self.show([event], self.free + SINK, on_time_from)
        self.fire(window, 1)

    def tick_until(self, until):
        while self.next_tick <= until:
            watermark = self.largest - BOUND
            if watermark > self.watermark:
                self.watermark = watermark
                if watermark // WINDOW * WINDOW > self.fired:
                    self.rise(self.next_tick)
            self.next_tick += TICK

    def rise(self, now):
        self.fired = self.watermark // WINDOW * WINDOW
        self.gone = (self.watermark - LATENESS) // WINDOW * WINDOW
        # The watermark follows the records read before it through the worker.
        visible = max(now, self.free) + SINK
        for window in sorted(window for window in self.panes if window * WINDOW < self.fired):
            events, leaked = self.panes.pop(window)
            self.show(events, visible, 0)
            self.fire(window, len(events) + len(leaked))

    def held(self, now):
        self.tick_until(now)
        return self.ids.held(now)


class Models:
    """All four pipelines, and what is counted of the stream."""

    def __init__(self):
        self.batches = [Batch(name) for name in w0.BATCHES]
        self.micro_batch, self.continuous = MicroBatch(), Continuous()
        self.all = [*self.batches, self.micro_batch, self.continuous]
        self.happened = []
        self.truth = np.zeros(WHOLE + 1, np.int64)
        self.firsts = self.deliveries = 0
        self.takers = tuple(pipeline.deliver for pipeline in self.all)

    def happen(self, event):
        self.happened.append(event)
        if len(self.happened) == BLOCK:
            self.count_truth()

    def count_truth(self):
        windows = np.array(self.happened, np.int64) // WINDOW - FIRST_WINDOW
        self.truth += np.bincount(windows, minlength=self.truth.size)
        self.happened = []

    def deliver(self, arrival, event, first):
        self.deliveries += 1
        if first is None:
            self.firsts += 1
        daily, hourly, micro_batch, continuous = self.takers
        daily(arrival, event, first)
        hourly(arrival, event, first)
        micro_batch(arrival, event, first)
        continuous(arrival, event, first)

    def probe(self, now):
        for pipeline in self.all:
            pipeline.probe(now, pipeline.held(now))

    def tell(self):
        self.count_truth()
        self.continuous.tick_until(END - 1)
        truth = self.truth[:WHOLE]
        w0.tell(self.deliveries, {pipeline.name: pipeline.answers(self.firsts, truth) for pipeline in self.all})
