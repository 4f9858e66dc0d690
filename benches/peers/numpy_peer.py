"""NumPy, in its fastest form that we found.

The stream is taken window by window, so that all columns stay in the cache: 60,000 rows are enough for NumPy's
overhead not to count. Rows are not sorted. What needs their order (the worker's queue, the ids that are
remembered) needs their arrivals only, and those are sorted as 32-bit numbers, which NumPy does twice as fast as
with 64 bits. Of the rows that arrive in their own window each pipeline needs how many there are in each tenth of a
second of event time, so these are counted once for all pipelines. Rows that arrive later (late ones, duplicates,
the last of a window) are few and are looked at one by one, in small columns.

Limits: latencies are counted in tenths of a second; a window has at least one row when it fires.
"""

import numpy as np

import w0
from w0 import BOUND, FETCH, LATENESS, SERVICE, SINK, TICK, TTL, WINDOW

BIN = 100_000
START, END, SEED = w0.arguments()
BINS = -(-(END - START) // BIN)
IN_WINDOW = WINDOW // BIN
WINDOWS = -(-(END - START) // WINDOW)
FAR = np.iinfo(np.int32).max


def bins_of(at):
    return (at - START) // BIN


class Pipeline:
    """Counts of a pipeline, and what its reader sees."""

    def __init__(self, name, cores):
        self.name, self.cores = name, cores
        self.on_time = self.late_included = self.late_dropped = 0
        self.removed = self.leaked = self.duplicates_late = 0
        # First deliveries by bin of event time that have arrived and are not visible; the first of these bins.
        self.held = np.zeros(BINS, np.int64)
        self.oldest = BINS
        # Rows by window that are not published: duplicates that leaked.
        self.extra = np.zeros(WINDOWS, np.int64)
        self.first = np.full(WINDOWS, -1)
        self.last = np.zeros(WINDOWS, np.int64)
        self.latencies = np.zeros(BINS + 10, np.int64)
        self.latency_sum = 0.0
        self.fresh = w0.prehistory(name, START)
        self.busy = 0.0
        self.ids_peak = 0
        self.ids_sum = 0.0

    def hold(self, counts, bin, rare):
        """Rows of a window that arrive in it, by bin, and the bins of single ones."""
        self.held[bin : bin + counts.size] += counts
        self.oldest = min(self.oldest, bin)
        if rare.size:
            np.add.at(self.held, rare, 1)
            self.oldest = min(self.oldest, int(rare.min()))

    def show(self, frm, to, visible, on_time_from):
        """What is held of these bins is visible; gives the windows' counts."""
        frm = max(min(frm, BINS), self.oldest // IN_WINDOW * IN_WINDOW)
        last = int((visible - START) / BIN - 0.5)  # what is younger would be visible before it is processed
        counts = self.held[frm : min(to, last + 1)]
        if counts.size == 0:
            return frm // IN_WINDOW, counts
        total = int(counts.sum())
        middles = START + (np.arange(frm, frm + counts.size) + 0.5) * BIN
        self.latency_sum += total * visible - float(counts @ middles)
        last -= frm
        self.latencies[last - counts.size + 1 : last + 1] += counts[::-1]
        on_time = int(counts[max(on_time_from - frm, 0) :].sum())
        self.on_time += on_time
        self.late_included += total - on_time
        windows = np.add.reduceat(counts, np.arange(0, counts.size, IN_WINDOW))
        counts[:] = 0
        return frm // IN_WINDOW, windows

    def fire(self, window, rows):
        """Windows from a number on publish that many more rows."""
        these = slice(window, window + rows.size)
        rows = rows + self.extra[these]
        self.extra[these] = 0
        new = (self.first[these] < 0) & (rows > 0)
        self.first[these][new] = rows[new]
        self.last[these] += rows

    def late(self, duplicate):
        copies = int(np.count_nonzero(duplicate))
        self.duplicates_late += copies
        self.late_dropped += duplicate.size - copies

    def leak(self, event_times):
        self.leaked += event_times.size
        np.add.at(self.extra, (event_times - START) // WINDOW, 1)

    def work(self, frm, to):
        self.busy += max(min(to, END) - frm, 0) * self.cores

    def answers(self, events, truth, probes):
        included = self.on_time + self.late_included
        seen = np.cumsum(self.latencies)
        quantile = lambda q: (np.searchsorted(seen, q * included) + 0.5) * BIN / 1e6 if included else None
        visible, newest = np.array(sorted(self.fresh)).T
        newest = np.maximum.accumulate(newest)
        ages = probes - newest[np.searchsorted(visible, probes, "right") - 1]
        whole = (END - START) // WINDOW
        return {
            "events": events,
            "on_time": self.on_time,
            "late_included": self.late_included,
            "late_dropped": self.late_dropped,
            "pending": events - included - self.late_dropped,
            "duplicates_removed": self.removed,
            "duplicates_leaked": self.leaked,
            "duplicates_late_dropped": self.duplicates_late,
            "latency_mean": self.latency_sum / included / 1e6 if included else None,
            "latency_p50": quantile(0.5),
            "latency_p99": quantile(0.99),
            "data_age_mean": ages.mean() / 1e6,
            "error_first_mean": w0.errors(np.maximum(self.first[:whole], 0), truth[:whole]),
            "error_final_mean": w0.errors(self.last[:whole], truth[:whole]),
            "utilisation": self.busy / ((END - START) * self.cores),
            "dedup_ids_mean": self.ids_sum / probes.size,
            "dedup_ids_peak": self.ids_peak,
        }


class Batch(Pipeline):
    def __init__(self, name, probes):
        super().__init__(name, w0.BATCH_CORES)
        self.every, self.start_after, self.overhead, self.lookback = w0.BATCHES[name]
        self.next = START // self.every
        self.firsts, self.copies = {}, {}
        self.probes = probes
        self.free = START

    def due(self):
        return max((self.next + 1) * self.every + self.start_after, self.free)

    def take(self, counts, bin, at, rare):
        _, event_times, bins, duplicate, _ = rare
        period = event_times // self.every
        late = self.next - period > self.lookback
        self.late(duplicate[late])
        # A retry has its event's time: whatever run reads it reads the first delivery, too.
        copies = period[duplicate & ~late]
        self.removed += copies.size
        firsts = ~duplicate & ~late
        self.hold(counts, bin, bins[firsts])
        here = at // self.every
        self.firsts[here] = self.firsts.get(here, 0) + int(counts.sum())
        for rows, periods in ((self.firsts, period[firsts]), (self.copies, copies)):
            lowest = self.next - self.lookback
            for place, count in enumerate(np.bincount(periods - lowest).tolist()):
                rows[lowest + place] = rows.get(lowest + place, 0) + count

    def run(self, now):
        periods = range(self.next - self.lookback, self.next + 1)
        ids = sum(self.firsts.get(period, 0) for period in periods)
        rows = ids + sum(self.copies.get(period, 0) for period in periods)
        end = now + self.overhead + rows * w0.SECOND // w0.ROWS_A_SECOND
        self.work(now, end)
        self.ids_peak = max(self.ids_peak, ids)
        during = np.searchsorted(self.probes, [now, end])
        self.ids_sum += ids * int(during[1] - during[0])
        if end < END:
            edge = lambda number: max(bins_of(number * self.every), 0)
            newest = START + (np.flatnonzero(self.held[: edge(self.next + 1)])[-1:] + 1) * BIN
            window, counts = self.show(edge(periods[0]), edge(self.next + 1), end, edge(self.next))
            self.fire(window, counts)
            self.fresh.extend((end, int(at)) for at in newest)
            self.oldest = edge(self.next + 1)
        self.next += 1
        self.free = end


class MicroBatch(Pipeline):
    def __init__(self):
        super().__init__("micro_batch", w0.MICRO_BATCH_CORES)
        self.rows = 0
        self.largest = self.watermark = self.watermark_before = START - w0.DAY
        self.trigger_before = START - w0.DAY
        self.next = w0.multiple_from(START, w0.TRIGGER)

    def take(self, counts, bin, rows, newest, rare):
        _, event_times, bins, duplicate, known = rare
        self.rows += rows
        self.largest = max(self.largest, newest, int(event_times.max(initial=0)))
        self.removed += int(np.count_nonzero(known))
        late = (event_times < self.watermark_before // WINDOW * WINDOW) & ~known
        self.late(duplicate[late])
        taken = ~late & ~known
        self.leak(event_times[taken & duplicate])
        self.hold(counts, bin, bins[taken & ~duplicate])

    def trigger(self, now):
        end = now
        if self.rows > 0 or self.watermark > self.watermark_before:
            end += w0.OVERHEAD + self.rows * w0.SECOND // w0.ROWS_A_SECOND
            self.work(now, end)
            self.rows = 0
            over_before = bins_of(self.trigger_before // WINDOW * WINDOW)
            # Rows of windows that are not over at the trigger are counted in them later.
            window, counts = self.show(0, BINS, end, over_before)
            over = (now - START) // WINDOW
            np.add.at(self.extra, np.arange(max(over, window), window + counts.size), counts[max(over - window, 0) :])
            self.fire(window, counts[: max(over - window, 0)])
            self.fresh.append((end, self.largest))
            self.oldest = BINS
            self.watermark_before = self.watermark
            self.watermark = max(self.watermark, self.largest - w0.WATERMARK_DELAY)
        self.trigger_before = now
        self.next = max(w0.multiple_from(now + 1, w0.TRIGGER), end)


class Continuous(Pipeline):
    def __init__(self):
        super().__init__("continuous", w0.CONTINUOUS_CORES)
        # End of the last window that has fired, and of the last that is gone.
        self.fired = self.gone = START
        self.gone -= LATENESS
        self.newest = np.zeros(WINDOWS + 1, np.int64)

    def take(self, counts, bin, newest, rare, free):
        _, event_times, bins, duplicate, known = rare
        window = bin // IN_WINDOW
        self.newest[window] = max(self.newest[window], newest)
        self.removed += int(np.count_nonzero(known))
        late = (event_times < self.gone) & ~known
        self.late(duplicate[late])
        over = (event_times < self.fired) & ~late & ~known
        open = (event_times >= self.fired) & ~known
        self.leak(event_times[(over | open) & duplicate])
        alone = over & ~duplicate
        latencies = free[alone] + SINK - event_times[alone]
        np.add.at(self.latencies, latencies // BIN, 1)
        self.latency_sum += float(latencies.sum())
        self.late_included += latencies.size
        np.add.at(self.last, bins[alone] // IN_WINDOW, 1)
        firsts = open & ~duplicate
        self.hold(counts, bin, bins[firsts])
        np.maximum.at(self.newest, bins[firsts] // IN_WINDOW, event_times[firsts])

    def pass_window(self, end, tick, free):
        visible = max(tick, free) + SINK
        frm = bins_of(end - WINDOW)
        window, counts = self.show(frm, frm + IN_WINDOW, visible, frm)
        self.fire(window, counts)
        self.fresh.append((visible, int(self.newest[window])))
        self.fired = end
        self.oldest = frm + IN_WINDOW


class Stream:
    """Events of a window at a time, and of what arrives after it a bucket for each window."""

    def __init__(self):
        self.random = np.random.Generator(np.random.SFC64(SEED))
        self.later = [[] for _ in range(WINDOWS)]
        self.truth = np.zeros(WINDOWS, np.int64)

    def window(self, number, length):
        """Event times and arrivals from the window's start, of those that arrive in it; and all rare rows."""
        random = self.random
        count = random.poisson(w0.RATE * length / 1e6)
        self.truth[number] = count
        at = random.integers(0, length, count, dtype=np.uint32).view(np.int32)
        delay = random.standard_normal(count, dtype=np.float32)
        delay *= np.float32(w0.DELAY_SIGMA)
        np.exp(delay, out=delay)
        delay *= np.float32(w0.DELAY_MEDIAN)
        arrival = at + delay.astype(np.int32)
        # Events of a window are in no order: the first of them are the late ones.
        late = random.binomial(count, w0.LATE_SHARE)
        arrives_late = arrival[:late] + random.exponential(w0.LATE_MEAN, late).astype(np.int64)
        again_late = random.binomial(late, w0.AGAIN_SHARE)
        again = random.binomial(count - late, w0.AGAIN_SHARE)
        first = np.concatenate([arrives_late[:again_late], arrival[late : late + again]])
        after = random.exponential(w0.AGAIN_MEAN, first.size).astype(np.int64)
        arrival[:late] = FAR
        crossing = np.flatnonzero(arrival[late:] > length) + late
        begin = START + number * WINDOW
        arrivals = begin + np.concatenate([arrives_late, arrival[crossing], first + after]).astype(np.int64)
        happened = np.concatenate([at[:late], at[crossing], at[:again_late], at[late : late + again]])
        event_times = begin + happened.astype(np.int64)
        firsts = np.concatenate([np.full(late + crossing.size, -1), begin + first])
        arrival[crossing] = FAR
        # What arrives at the end of a window belongs to it.
        bucket = (arrivals - START - 1) // WINDOW
        order = np.argsort(bucket)
        edges = np.searchsorted(bucket[order], np.arange(number, WINDOWS + 1))
        rows = np.stack([arrivals, event_times, firsts])[:, order]
        for place in np.flatnonzero(np.diff(edges)):
            self.later[number + place].append(rows[:, edges[place] : edges[place + 1]])
        rare = np.concatenate(self.later[number], axis=1)
        self.later[number] = None
        return at, arrival, rare[:, np.argsort(rare[0])], np.concatenate([at[:late], at[crossing]])


def main():
    random = np.random.default_rng(SEED + 1)
    part = (END - START) / w0.PROBES
    probes = (START + part * (np.arange(w0.PROBES) + random.random(w0.PROBES))).astype(np.int64)
    marks = np.sort(np.concatenate([probes, probes - TTL]))
    made_by_mark = np.zeros(marks.size, np.int64)
    made = 0

    batches = [Batch(name, probes) for name in w0.BATCHES]
    micro_batch, continuous = MicroBatch(), Continuous()
    stream = Stream()
    passes = []  # (arrivals up to, tick, end of the window passed): known, and to come
    seek = START + WINDOW + BOUND  # the event time that takes the watermark to the next window's end
    free_before = -FAR
    deliveries = events = 0
    ramp = np.arange(4 * w0.RATE * WINDOW // w0.SECOND, dtype=np.int32) * SERVICE

    for number in range(WINDOWS):
        begin = START + number * WINDOW
        length = min(WINDOW, END - begin)
        last_window = begin + length == END
        until = length - last_window
        at, arrival, rare, away = stream.window(number, until)
        bins = at // np.int32(BIN)
        here = np.bincount(bins, minlength=min(IN_WINDOW, BINS - number * IN_WINDOW))
        np.subtract.at(here, away // BIN, 1)
        inside = rare[0] <= begin + until
        rare = rare[:, inside]
        arrivals, event_times, firsts = rare
        duplicate = firsts >= 0
        known = duplicate & (arrivals - firsts < TTL)
        columns = (arrivals, event_times, bins_of(event_times), duplicate, known)

        # One worker: a record starts when it is read or when the one before it is done.
        order = np.concatenate([arrival, (arrivals - begin).astype(np.int32)])
        order.sort()
        order = order[: np.searchsorted(order, until, "right")]
        done = order - ramp[: order.size]
        if done.size:
            done[0] = max(done[0], free_before)
            np.maximum.accumulate(done, out=done)
            free_before = int(done[-1]) + SERVICE * done.size - WINDOW
        free_after = lambda place: done[place].astype(np.int64) + SERVICE * (place + 1) + FETCH + begin
        free = free_after(np.searchsorted(order, arrivals - begin, "right") - 1)
        continuous.work(0, SERVICE * order.size)
        deliveries += order.size
        events += int(here.sum()) + int(np.count_nonzero(~duplicate))

        # Ids remembered: entries made up to each mark.
        slots = slice(*np.searchsorted(marks, [begin, begin + WINDOW]))
        by = marks[slots]
        made_by_mark[slots] = made + np.searchsorted(order, (by - begin).astype(np.int32), "right")
        made_by_mark[slots] -= np.searchsorted(arrivals[known], by, "right")
        made += order.size - int(np.count_nonzero(known))

        # The first reading that takes the watermark past the end of a window, at the next tick.
        while seek < begin + length:
            reached = int(np.where(at >= seek - begin, arrival, FAR).min(initial=FAR))
            reached = min(begin + reached, int(arrivals[event_times >= seek].min(initial=END + FAR)))
            if reached > begin + until:
                break
            tick = START + w0.multiple_from(reached + FETCH - START, TICK)
            passes.append((tick - FETCH, tick, seek - BOUND))
            seek += WINDOW

        # From one control event to the next.
        row = place = 0
        seen = np.zeros_like(here)
        while True:
            cuts = [batch.due() for batch in batches] + [micro_batch.next] + [at for at, _, _ in passes[:1]]
            cut = min([begin + until] + cuts)
            if cut >= begin + until:
                upto = here
            else:
                upto = np.bincount(bins[arrival <= cut - begin], minlength=here.size)
            row, row_before = int(np.searchsorted(order, cut - begin, "right")), row
            place, place_before = int(np.searchsorted(arrivals, cut, "right")), place
            some = tuple(column[place_before:place] for column in columns)
            newest = begin + int((at * (arrival <= cut - begin)).max(initial=0))
            counts, bin = upto - seen, number * IN_WINDOW
            for batch in batches:
                batch.take(counts, bin, begin, some)
            micro_batch.take(counts, bin, row - row_before, newest, some)
            continuous.take(counts, bin, newest, some, free[place_before:place])
            seen = upto
            for batch in batches:
                if batch.due() <= cut:
                    batch.run(cut)
            if micro_batch.next <= cut:
                micro_batch.trigger(cut)
            while passes and passes[0][0] <= cut:
                _, tick, end = passes.pop(0)
                continuous.pass_window(end, tick, int(free_after(row - 1)) if row else 0)
                continuous.gone = end - LATENESS
            if cut >= begin + until:
                break

    held = made_by_mark[np.searchsorted(marks, probes)] - made_by_mark[np.searchsorted(marks, probes - TTL)]
    for pipeline in (micro_batch, continuous):
        pipeline.ids_sum, pipeline.ids_peak = float(held.sum()), int(held.max())
    pipelines = {p.name: p.answers(events, stream.truth, probes) for p in (*batches, micro_batch, continuous)}
    w0.tell(deliveries, pipelines)


main()
