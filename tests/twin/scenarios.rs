//! Random scenarios: streams of a few thousand deliveries, and every knob of the three models.

use std::fmt;

use proptest::prelude::*;
use proptest::sample::select;

/// A random scenario; prints as its text.
#[derive(Clone)]
pub struct Case(pub String);

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{}", self.0)
    }
}

/// The stream and the job. Spans are multiples of the pipeline's unit of time.
#[derive(Clone, Debug)]
pub struct Stream {
    deliveries: u32,
    cycles: u32,
    warmup: f64,
    seed: u32,
    start: &'static str,
    keys: &'static str,
    delay: (&'static str, f64),
    late: Option<(f64, f64)>,
    retry: Option<(f64, f64)>,
    repeat: Option<(f64, Option<f64>)>,
    ttl: Option<f64>,
    hours: bool,
    extra: &'static str,
}

/// What else may be the matter with a stream. `<1.5>` is a span of 1.5 units; the first word is the table.
const EXTRAS: [&str; 13] = [
    "",
    "",
    "",
    "network loss = 0.1",
    "clock ahead = { share = 0.2, by = { exponential = { mean = <3> } } }\nbehind = { share = 0.3, by = <0.7> }",
    "clock behind = { share = 1.0, by = { exponential = { mean = <2> } } }",
    "network outages = [{ from = <1.3>, for = <1.9>, share = 0.6, drain = <0.4> }, { from = <4>, for = <2>, in_order = false, drain = <1>, storm = { every = <0.3>, most = 4 } }]",
    "partitions count = 4\nzipf = 0.5\nidle = [{ partition = 1, from = <2>, for = <5> }]",
    "partitions count = 9",
    "users count = 30\nzipf = 0.4",
    "sessions events = { uniform = { low = 0.5, high = 6 } }\npause = { exponential = { mean = <0.2> } }\ngap = <0.1>",
    "types [[workload.types]]\nname = \"view\"\nshare = 3\n[[workload.types]]\nname = \"buy\"\npayload = \"9 B\"",
    "cohorts [{ share = 1, delay = <0.01>, offline = { chance = 0.2, for = { exponential = { mean = <2> } } } }, { share = 2, delay = { exponential = { mean = <0.1> } }, flush = { events = 5, every = <0.6> } }, { share = 1, delay = <0> }]",
];

/// Text of a span.
fn span(micros: f64) -> String {
    format!("\"{}us\"", micros.clamp(0.0, 1e15) as i64)
}

/// Text of a span of whole milliseconds, at least `least`.
fn millis(micros: f64, least: i64) -> String {
    format!("\"{}ms\"", ((micros / 1e3) as i64).max(least))
}

/// Text of a distribution with about this mean.
fn distribution(kind: &str, mean: f64) -> String {
    let at = |factor: f64| span(mean * factor);
    match kind {
        "constant" => at(1.0),
        "uniform" => format!("{{ uniform = {{ low = {}, high = {} }} }}", at(0.2), at(1.8)),
        "lognormal" => format!("{{ lognormal = {{ median = {}, sigma = 1.5 }} }}", span((mean * 0.3).max(1.0))),
        "mixture" => format!(
            "{{ mixture = [{{ share = 0.9, of = {} }}, {{ share = 0.1, of = {{ exponential = {{ mean = {} }} }} }}] }}",
            at(0.01),
            at(10.0)
        ),
        _ => format!("{{ exponential = {{ mean = {} }} }}", at(1.0)),
    }
}

const KINDS: [&str; 5] = ["constant", "uniform", "lognormal", "mixture", "exponential"];

const STARTS: [&str; 4] =
    ["2026-01-05T00:00:00Z", "2026-01-05T17:23:41.5Z", "1970-01-01T00:00:00Z", "2031-12-31T23:59:59.999999Z"];
const KEYS: [&str; 4] =
    ["{ count = 1 }", "{ count = 3 }", "{ count = 40, zipf = 1.1 }", "{ count = 2000, zipf = 0.7 }"];

pub fn stream(cycles: std::ops::Range<u32>) -> impl Strategy<Value = Stream> {
    let first = (100_u32..4_000, cycles, select(vec![0.0, 0.0, 0.1, 0.6]), 0_u32..1_000_000, select(&STARTS[..]));
    let second = (
        select(&KEYS[..]),
        (select(&KINDS[..]), select(vec![0.0, 0.001, 0.05, 0.4, 2.0])),
        select(vec![None, Some((0.02, 0.7)), Some((0.3, 2.0)), Some((0.05, 9.0)), Some((1.0, 0.1))]),
        select(vec![None, Some((0.05, 0.01)), Some((0.3, 0.5)), Some((0.1, 5.0)), Some((1.0, 0.0))]),
        select(vec![None, Some((0.05, None)), Some((0.3, Some(0.3))), Some((0.1, Some(4.0)))]),
        select(vec![None, Some(1e-9), Some(0.02), Some(0.6), Some(6.0), Some(1e9)]),
        prop::bool::weighted(0.15),
        select(&EXTRAS[..]),
    );
    (first, second).prop_map(|(first, second)| {
        let (deliveries, cycles, warmup, seed, start) = first;
        let (keys, delay, late, retry, repeat, ttl, hours, extra) = second;
        Stream { deliveries, cycles, warmup, seed, start, keys, delay, late, retry, repeat, ttl, hours, extra }
    })
}

impl Stream {
    /// Events a second, where a cycle takes `unit` microseconds.
    pub fn rate(&self, unit: f64) -> f64 {
        let copies = 1.0 + self.retry.map_or(0.0, |(share, _)| share) + self.repeat.map_or(0.0, |(share, _)| share);
        let seconds = unit * f64::from(self.cycles) * (1.0 + self.warmup) / 1e6;
        (f64::from(self.deliveries) / copies / seconds).min(5_000.0)
    }

    /// How a pipeline removes duplicates, if it does.
    fn removal(&self, on: bool, kind: &str, unit: f64, has_windows: bool) -> String {
        let Some(ttl) = self.ttl.filter(|_| on) else { return "dedup = false\n".to_owned() };
        match kind {
            "window" if !has_windows => "dedup = true\n".to_owned(),
            "ttl" => "dedup = true\n".to_owned(),
            "event_time" | "generations" => {
                format!("dedup = {{ kind = \"{kind}\", ttl = {} }}\n", millis((ttl * unit).min(1e15), 1))
            }
            _ => format!("dedup = {{ kind = \"{kind}\" }}\n"),
        }
    }

    /// The table and the text of what else is the matter.
    fn extra(&self, unit: f64) -> (&'static str, String) {
        let (table, text) = self.extra.split_once(' ').unwrap_or(("", ""));
        let mut parts = text.split(['<', '>']);
        let mut written = parts.next().unwrap_or_default().to_owned();
        while let (Some(factor), Some(rest)) = (parts.next(), parts.next()) {
            // Outages and the like are at least a millisecond.
            let factor: f64 = factor.parse().unwrap_or(0.0);
            written += &(if factor > 0.0 { span((factor * unit).max(1_000.0)) } else { span(0.0) });
            written += rest;
        }
        (table, written)
    }

    /// The scenario without pipelines; `window` is the window's size in microseconds.
    pub fn text(&self, unit: f64, window: Option<(f64, &str, &str)>) -> String {
        let length = unit * f64::from(self.cycles);
        let mut text = format!(
            "title = \"random\"\nquestion = \"?\"\nstart = \"{}\"\nseed = {}\nwarmup = {}\nduration = {}\n",
            self.start,
            self.seed,
            span(length * self.warmup),
            span(length)
        );
        text += &format!("[workload]\nrate = \"{:e}/s\"\nkeys = {}\n", self.rate(unit), self.keys);
        text += "payload = { uniform = { low = \"1 B\", high = \"900 B\" } }\n";
        if self.hours {
            let weights: Vec<String> = (0..24).map(|hour| format!("{:.1}", f64::from(hour % 4) * 0.6)).collect();
            text += &format!("hours = [{}]\n", weights.join(", "));
        }
        let (table, extra) = self.extra(unit);
        if table == "cohorts" {
            text += &format!("[workload.network]\ncohorts = {extra}\n");
        } else {
            text += &format!("[workload.network]\ndelay = {}\n", distribution(self.delay.0, self.delay.1 * unit));
        }
        if table == "network" {
            text += &format!("{extra}\n");
        }
        if let Some((share, by)) = self.late {
            text += &format!("late = {{ share = {share}, by = {} }}\n", distribution("exponential", by * unit));
        }
        text += "[workload.duplicates]\n";
        if let Some((share, after)) = self.retry {
            text += &format!("retry = {{ share = {share}, after = {} }}\n", distribution("exponential", after * unit));
        }
        if let Some((share, after)) = self.repeat {
            // Over the rest of the day only where cycles are long enough for that.
            let after = after.or((unit < 3e8).then_some(1.0));
            let after = after.map(|after| format!(", after = {}", distribution("uniform", after * unit)));
            text += &format!("repeat = {{ share = {share}{} }}\n", after.unwrap_or_default());
        }
        match table {
            "" | "network" | "cohorts" => {}
            "types" => text += &format!("{extra}\n"),
            table => text += &format!("[workload.{table}]\n{extra}\n"),
        }
        if table == "sessions" {
            text += "[workload.users]\ncount = 1000000\n";
        }
        text += "[job]\n";
        if let Some(ttl) = self.ttl {
            text += &format!("dedup = {{ ttl = {} }}\n", span((ttl * unit).max(1_000.0)));
        }
        if let Some((size, by, aggregate)) = window {
            let size = millis(size, 1);
            text += &format!("window = {{ size = {size}, by = \"{by}\", aggregate = \"{aggregate}\" }}\n");
        }
        text + "[[pipelines]]\n"
    }
}

/// Length of windows as a share of the unit, what they count by, and what they compute.
fn windows(
    shares: &'static [f64],
    aggregates: &'static [&'static str],
) -> impl Strategy<Value = Option<(f64, &'static str, &'static str)>> {
    prop::option::weighted(0.85, (select(shares), select(&["key", "global"][..]), select(aggregates)))
}

const AGGREGATES: [&str; 4] = ["count", "count", "sum_bytes", "distinct_users"];

/// A scenario with a batch pipeline.
pub fn batch() -> impl Strategy<Value = Case> {
    let units = select(vec![20e6, 97e6, 600e6, 3_600e6, 21_600e6, 86_400e6]);
    let start = (
        select(vec![0.0, 0.03, 0.5, 1.3, 2.7]),
        prop::option::of((select(&KINDS[..]), select(vec![0.1, 1.0]))),
        select(vec!["drop", "next_run", "lookback", "arrival"]),
        1_u32..6,
    );
    let run = (
        (select(&KINDS[..]), select(vec![0.0, 0.02, 0.4, 0.9, 1.3])),
        select(vec![1e-4, 0.3, 1.2]),
        (select(&KINDS[..]), select(vec![0.0, 0.001, 0.3])),
        any::<bool>(),
    );
    (stream(2..25), units, windows(&[1.0, 0.5, 0.25, 0.05], &AGGREGATES), start, run).prop_map(
        |(stream, unit, window, start, run)| {
            let mut text = stream.text(unit, window.map(|(share, by, of)| (share * unit, by, of)));
            let (start_after, start_delay, late, lookback) = start;
            let (overhead, work, sink, dedup) = run;
            text += &format!("model = \"batch\"\nevery = {}\nstart_after = {}\n", span(unit), span(start_after * unit));
            if let Some((kind, mean)) = start_delay {
                text += &format!("start_delay = {}\n", distribution(kind, mean * unit));
            }
            text += &match late {
                "arrival" => "partition_by = \"arrival\"\n".to_owned(),
                "lookback" => format!("late = \"lookback\"\nlookback = {lookback}\n"),
                _ => format!("late = \"{late}\"\n"),
            };
            text += &format!("overhead = {}\n", distribution(overhead.0, overhead.1 * unit));
            // A period's rows take this share of the period.
            text += &format!("throughput = \"{:e}/s\"\n", stream.rate(unit) / work);
            text += &format!("sink_delay = {}\n", distribution(sink.0, sink.1 * unit));
            text += &format!("dedup = {}\n", dedup && stream.ttl.is_some());
            Case(text)
        },
    )
}

/// A scenario with a micro-batch pipeline.
pub fn micro_batch() -> impl Strategy<Value = Case> {
    let units = select(vec![1e6, 7e6, 60e6, 600e6, 3_600e6]);
    let run = (
        (select(&KINDS[..]), select(vec![0.0, 0.02, 0.4, 0.9, 1.3])),
        select(vec![1e-4, 0.3, 1.2]),
        (select(&KINDS[..]), select(vec![0.0, 0.001, 0.3])),
        any::<bool>(),
        select(vec![0.0, 0.1, 1.0, 15.0]),
        select(&["update", "append"][..]),
        select(&["ttl", "until_watermark", "within_watermark", "within_watermark", "unbounded"][..]),
    );
    (stream(5..60), units, windows(&[0.13, 1.0, 5.0, 20.0], &AGGREGATES[..3]), run).prop_map(
        |(stream, unit, window, run)| {
            let mut text = stream.text(unit, window.map(|(share, by, of)| (share * unit, by, of)));
            let (overhead, work, sink, dedup, watermark, output, kind) = run;
            text += &format!("model = \"micro_batch\"\ntrigger = {}\noutput = \"{output}\"\n", span(unit));
            text += &format!("watermark_delay = {}\n", millis(watermark * unit, 0));
            text += &format!("overhead = {}\n", distribution(overhead.0, overhead.1 * unit));
            text += &format!("throughput = \"{:e}/s\"\n", stream.rate(unit) / work);
            text += &format!("sink_delay = {}\n", distribution(sink.0, sink.1 * unit));
            text += &stream.removal(dedup, kind, unit, window.is_some());
            Case(text)
        },
    )
}

/// A scenario with a continuous pipeline.
pub fn continuous() -> impl Strategy<Value = Case> {
    let units = select(vec![2e6, 10e6, 60e6, 300e6, 3_600e6]);
    let engine = (
        1_u32..6,
        select(&["key", "any"][..]),
        (select(&KINDS[..]), select(vec![0.0, 0.1, 0.7, 0.95, 1.1])),
        select(vec![0.0, 0.004, 0.3, 1.1]),
        select(vec![0.0, 0.001, 0.2]),
        any::<bool>(),
        select(&["ttl", "event_time", "event_time", "window", "unbounded", "generations"][..]),
    );
    let time = (
        select(vec![0.0, 0.1, 1.0, 8.0]),
        select(vec![0.001, 0.01, 0.3, 1.7]),
        select(vec![0.0, 0.4, 3.0]),
        prop::option::of(select(vec![0.01, 0.5, 3.0])),
        prop::bool::weighted(0.8),
    );
    let checkpoints =
        prop::option::of((select(vec![0.02, 0.3, 2.0]), select(&KINDS[..]), select(vec![0.0, 0.3, 1.5, 4.0])));
    let sink = (select(&KINDS[..]), select(vec![0.0, 0.001, 0.3]));
    (stream(5..60), units, windows(&[0.1, 1.0, 6.0], &AGGREGATES), engine, time, checkpoints, sink).prop_map(
        |(stream, unit, window, engine, time, checkpoints, sink)| {
            let mut text = stream.text(unit, window.map(|(share, by, of)| (share * unit, by, of)));
            let (parallelism, dispatch, service, fetch_interval, fetch_delay, dedup, kind) = engine;
            let (bound, interval, lateness, idleness, split) = time;
            let mean = f64::from(parallelism) / stream.rate(unit) * 1e6 * service.1;
            text += &format!("model = \"continuous\"\nparallelism = {parallelism}\ndispatch = \"{dispatch}\"\n");
            text += &format!("service = {}\n", distribution(service.0, mean));
            text += &format!("fetch_interval = {}\n", span(fetch_interval * unit));
            text += &format!("fetch_delay = {}\n", span(fetch_delay * unit));
            let (bound, interval) = (millis(bound * unit, 0), millis(interval * unit, 1));
            let idleness = idleness.map(|idleness| format!(", idleness = {}", millis(idleness * unit, 1)));
            let per = if split { "partition" } else { "input" };
            let idleness = idleness.unwrap_or_default();
            text += &format!("watermark = {{ bound = {bound}, interval = {interval}, per = \"{per}\"{idleness} }}\n");
            text += &format!("allowed_lateness = {}\n", millis(lateness * unit, 0));
            if let Some((interval, kind, duration)) = checkpoints {
                let (interval, duration) = (interval * unit, distribution(kind, duration * interval * unit));
                text += "guarantee = \"exactly_once\"\n";
                text += &format!("checkpoint = {{ interval = {}, duration = {duration} }}\n", span(interval));
            }
            text += &format!("sink_delay = {}\n", distribution(sink.0, sink.1 * unit));
            text += &stream.removal(dedup, kind, unit, window.is_some());
            Case(text)
        },
    )
}
