//! The figure of event time against processing time: what is recorded, and how it is drawn.

mod fixture;

use std::fs;
use std::path::Path;

use millstream::experiment::{self, Outcome, SliceOutcome};
use millstream::metrics::{Dot, Dots, Slice};
use millstream::pipelines::Fate;
use millstream::report::charts::{self, Figure};
use millstream::report::files::Draft;
use millstream::report::page;
use millstream::scenario::{Overrides, parse};
use millstream::tabular::{Table, Values};
use millstream::units::{HOUR, Instant, MINUTE, Period, SECOND};

/// Late events, corrected and dropped ones, in four whole windows.
const TEXT: &str = r#"
title = "late"
question = "?"
start = "2026-01-05T00:00:00Z"
warmup = "0s"
duration = "20m"
replications = 2
[workload]
rate = "8/s"
[workload.network]
delay = { exponential = { mean = "2s" } }
late = { share = 0.1, by = { exponential = { mean = "8m" } } }
[workload.duplicates]
retry = { share = 0.1, after = { exponential = { mean = "1m" } } }
[job]
window = { size = "5m" }
"#;

fn run(pipelines: &str, set: &[&str]) -> Outcome {
    let set = set.iter().map(|&assignment| assignment.to_owned()).collect();
    let scenario =
        parse("late", &format!("{TEXT}{pipelines}"), Path::new(""), &Overrides { set, ..Overrides::default() });
    let scenario = scenario.unwrap_or_else(|error| panic!("{error}"));
    experiment::run(&scenario, None, 1, &|_| {}).unwrap()
}

fn recorded(outcome: &Outcome) -> &Slice {
    &outcome.slice.as_ref().expect("a job with windows and a stream").slice
}

/// All events of the slice, which is all that was measured, have the fate that the accounting says, and dots come as they were judged.
fn assert_accounted(outcome: &Outcome, pipeline: &str) {
    let slice = recorded(outcome);
    for (dots, bin) in slice.fates.iter().zip(["on_time", "late_included", "late_dropped"]) {
        let bin = outcome.pipelines[0].get(&format!("accounting.{bin}")).value;
        assert_eq!(Some(dots.count as f64), bin, "{pipeline}");
        assert!(dots.dots.len() as u64 * dots.each >= dots.count);
        assert!(dots.dots.iter().all(|dot| slice.period.contains(dot.event_time) && dot.arrival >= dot.event_time));
        assert!(dots.dots.is_sorted_by_key(|dot| dot.arrival), "{pipeline}");
    }
}

/// Many rows between two looks at the state, so that they are taken in bulk where they can be.
fn run_fast(pipeline: &str, dedup: &str) -> Outcome {
    let set = [
        "replications=1",
        "workload.rate=300/s",
        "workload.network.delay={ exponential = { mean = \"200ms\" } }",
        "workload.network.late={ share = 0.05, by = { exponential = { mean = \"2m\" } } }",
        dedup,
    ];
    let outcome = run(pipeline, &set);
    assert_accounted(&outcome, pipeline);
    outcome
}

#[test]
fn what_is_taken_in_bulk_is_judged_in_its_order() {
    let continuous =
        "[[pipelines]]\npreset = \"continuous\"\nparallelism = 1\nservice = \"100us\"\nallowed_lateness = \"1m\"\n";
    let micro_batch = "[[pipelines]]\npreset = \"micro_batch\"\nwatermark_delay = \"1h\"\n";
    // All remember every id until the end. By the clock rows may be taken in any order, by the watermark not.
    let by_watermark =
        [(continuous, "job.dedup={ kind = \"event_time\", ttl = \"1h\" }"), (micro_batch, "job.dedup.kind=unbounded")];
    for (pipeline, by_watermark) in by_watermark {
        let [in_bulk, by_row] =
            ["job.dedup.ttl=1h", by_watermark].map(|dedup| recorded(&run_fast(pipeline, dedup)).clone());
        assert!(in_bulk == by_row, "{pipeline}");
        assert!(in_bulk.fates[..2].iter().all(|dots| dots.count > 100), "{pipeline}");
    }
}

#[test]
fn events_that_are_too_late_for_deduplication_are_dropped() {
    let outcome =
        run_fast("[[pipelines]]\npreset = \"micro_batch\"\nwatermark_delay = \"1m\"\n", "job.dedup.kind=unbounded");
    assert!(recorded(&outcome).of(Fate::Dropped).count > 100);
}

#[test]
fn every_event_has_the_fate_that_the_accounting_says() {
    let pipelines = [
        "[[pipelines]]\npreset = \"continuous\"\n",
        "[[pipelines]]\npreset = \"continuous\"\nallowed_lateness = \"0s\"\n",
        "[[pipelines]]\npreset = \"micro_batch\"\nwatermark_delay = \"5m\"\n",
        "[[pipelines]]\npreset = \"micro_batch\"\noutput = \"append\"\nwatermark_delay = \"1m\"\n",
    ];
    for pipeline in pipelines {
        for by in ["job.window.by=global", "job.window.by=key"] {
            let outcome = run(pipeline, &["replications=1", by]);
            let slice = recorded(&outcome);
            assert_eq!(slice.period, Period { from: Instant(0), to: Instant(20 * MINUTE) });
            assert_accounted(&outcome, pipeline);
            assert_eq!(slice.windows.len(), 4);
            assert!(slice.windows.iter().all(|(window, at)| *at > window.to));
            // A dropped event came after the watermark had passed its window; of that every 12 s are kept.
            let end = |at: Instant| Instant((at.0 / (5 * MINUTE) + 1) * 5 * MINUTE);
            for dot in &slice.of(Fate::Dropped).dots {
                let passed = slice
                    .watermark
                    .iter()
                    .any(|(at, to)| *to >= end(dot.event_time) && at.0 <= dot.arrival.0 + 12 * SECOND);
                assert!(passed, "{dot:?} in {pipeline}");
            }
            assert!(slice.watermark.windows(2).all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 <= pair[1].1));
        }
    }
}

#[test]
fn the_continuous_pipeline_is_drawn_if_there_is_one() {
    let both = "[[pipelines]]\npreset = \"hourly\"\n[[pipelines]]\npreset = \"micro_batch\"\n[[pipelines]]\npreset = \"continuous\"\n";
    let name = |outcome: &Outcome| outcome.slice.as_ref().map(|of| of.pipeline.clone());
    assert_eq!(name(&run(both, &[])).as_deref(), Some("continuous"));
    let (first, _) = both.rsplit_once("[[pipelines]]").unwrap();
    assert_eq!(name(&run(first, &[])).as_deref(), Some("micro_batch"));
    let (batch, _) = first.rsplit_once("[[pipelines]]").unwrap();
    let outcome = run(batch, &[]);
    assert!(outcome.slice.is_none() && drawn(&outcome).is_none());
    let plain = TEXT.replace("[job]\nwindow = { size = \"5m\" }\n", "");
    let scenario = parse("plain", &plain, Path::new(""), &Overrides::default()).unwrap();
    assert!(experiment::run(&scenario, None, 1, &|_| {}).unwrap().slice.is_none());
}

#[test]
fn an_outage_is_looked_at() {
    let set = [
        "duration=6h",
        "workload.network.outages=[{ from = \"3h\", for = \"30m\", share = 0.5 }]",
        "workload.network.late.share=0.001",
        "workload.keys={ count = 1000 }",
    ];
    let outcome = run("[[pipelines]]\npreset = \"continuous\"\n", &set);
    let slice = recorded(&outcome);
    let held = Period { from: Instant(3 * HOUR), to: Instant(3 * HOUR + 30 * MINUTE) };
    assert!(slice.period.from < held.from && slice.period.to > held.to, "{:?}", slice.period);
    let late = [Fate::Corrected, Fate::Dropped].map(|fate| slice.of(fate).count).iter().sum::<u64>();
    assert!(late > 8 * 10 * 60, "much of what was held came late: {late}");
}

fn drawn(outcome: &Outcome) -> Option<Figure> {
    charts::figures(outcome).unwrap().into_iter().find(|figure| figure.name == "event_time")
}

fn dots(places: &[(i64, i64)], each: u64) -> Dots {
    let dot =
        |(event, arrival): &(i64, i64)| Dot { event_time: Instant(event * SECOND), arrival: Instant(arrival * SECOND) };
    Dots { dots: places.iter().map(dot).collect(), count: places.len() as u64 * each, each }
}

fn period(from: i64, to: i64) -> Period {
    Period { from: Instant(from * SECOND), to: Instant(to * SECOND) }
}

/// The fixture with a slice of ten minutes.
fn with(change: impl FnOnce(&mut Slice)) -> Outcome {
    let mut slice = Slice {
        period: period(0, 600),
        fates: [
            dots(&[(10, 11), (200, 202), (590, 600)], 512),
            dots(&[(20, 330)], 1),
            dots(&[(30, 900), (40, 800)], 1),
        ],
        watermark: vec![(Instant::MIN, 0), (Instant(5 * SECOND), 10), (Instant(700 * SECOND), 702)]
            .into_iter()
            .map(|(to, at)| (Instant(at * SECOND), to))
            .collect(),
        windows: vec![(period(0, 300), Instant(310 * SECOND)), (period(300, 600), Instant(610 * SECOND))],
    };
    change(&mut slice);
    let mut outcome = fixture::outcome();
    outcome.slice = Some(SliceOutcome { pipeline: "continuous".into(), slice });
    outcome
}

#[test]
fn the_figure_says_what_became_of_the_events() {
    let figure = drawn(&with(|_| {})).unwrap();
    assert_eq!(
        figure.title,
        "continuous: of 1,539 events in 10 min from 00:00 on, 0.065 % came late and corrected a result, 0.13 % were dropped"
    );
    assert!(figure.caption.contains("One dot stands for 512 that are on time."), "{}", figure.caption);
    assert!(figure.svg.contains("Event time (UTC, 5 January 2026)"));
    assert!(figure.svg.contains("Processing time: arrival at the broker (UTC, 5 January 2026)"));
    for part in ["1,536 events", "1 event", "2 events", "watermark", "no delay", "00:10"] {
        assert!(figure.svg.contains(part), "{part}");
    }
    let held = drawn(&with(|slice| {
        slice.fates = [dots(&[(1, 1)], 1), Dots::default(), Dots::default()];
        slice.windows[1].1 = Instant(3_600 * SECOND);
    }));
    let title = held.unwrap().title;
    assert!(
        title.ends_with(
            "all were in the first result of their window, and windows appeared up to 50 min after their end"
        ),
        "{title}"
    );
    let ahead = drawn(&with(|slice| {
        slice.fates[1] = Dots::default();
        slice.watermark = vec![(Instant(0), Instant(4_000 * SECOND))];
        slice.windows.iter_mut().for_each(|(_, at)| *at = Instant(-600 * SECOND));
    }));
    let ahead = ahead.unwrap();
    assert!(ahead.title.ends_with("were dropped as late: the watermark runs ahead of them"), "{}", ahead.title);
    assert!(ahead.svg.contains("right of the plot") && ahead.svg.contains("published too early"));
}

#[test]
fn odd_slices_are_drawn() {
    let far = [(0, 4_000_000_000), (599, -4_000_000_000)];
    let oddities: Vec<(&str, Outcome)> = vec![
        (
            "nothing",
            with(|slice| {
                slice.fates = Default::default();
                slice.watermark.clear();
                slice.windows.clear();
            }),
        ),
        ("one event", with(|slice| slice.fates = [Dots::default(), Dots::default(), dots(&[(5, 5)], 1)])),
        ("far away", with(|slice| slice.fates = [dots(&far, 1), dots(&far, 1), dots(&far, 1_000_000)])),
        ("an instant", with(|slice| slice.period = Period { from: Instant(0), to: Instant(1) })),
        ("a century", with(|slice| slice.period = period(0, 3_000_000_000))),
        (
            "in the far past",
            with(|slice| slice.period = Period { from: Instant::MIN, to: Instant(Instant::MIN.0 + 9) }),
        ),
        ("windows at the end of time", with(|slice| slice.windows.iter_mut().for_each(|(_, at)| *at = Instant::MAX))),
        ("a watermark at the end of time", with(|slice| slice.watermark = vec![(Instant(0), Instant::MAX)])),
    ];
    for (name, outcome) in oddities {
        let figure = drawn(&outcome).unwrap();
        assert!(figure.svg.starts_with("<svg") && figure.svg.trim_end().ends_with("</svg>"), "{name}");
        assert!(!figure.svg.contains("NaN") && !figure.svg.contains("inf\""), "{name}");
        let png = charts::png(&figure.svg).unwrap();
        assert_eq!(&png[16..24], [0, 0, 6, 64, 0, 0, 3, 132], "1600 by 900: {name}");
    }
}

#[test]
fn a_report_has_the_figure_and_its_table() {
    let outcome = with(|_| {});
    let page = page::page(&outcome, &charts::figures(&outcome).unwrap()).unwrap();
    assert_eq!(page.matches("<svg role=\"img\" aria-label=\"").count(), 9);
    let place = tempfile::tempdir().unwrap();
    let report = Draft::prepare(&place.path().join("news")).unwrap().publish(&outcome, 1).unwrap();
    for file in ["figures/event_time.svg", "figures/event_time.png", "tables/event_time.csv"] {
        assert!(report.join(file).exists(), "{file}");
    }
    let table = Table::read_parquet(&report.join("tables/event_time.parquet")).unwrap();
    // Six events, two windows and the two values of the watermark.
    assert_eq!(table.rows(), 10);
    let text = fs::read_to_string(report.join("tables/event_time.csv")).unwrap();
    let start = "2026-01-05T00:00:00Z".parse::<jiff::Timestamp>().unwrap().as_microsecond();
    let row = |event: i64, end: &str, at: i64, what: &str, events: &str| {
        format!("continuous,{what},{},{end},{},{events}\n", start + event * SECOND, start + at * SECOND)
    };
    assert!(text.starts_with("pipeline,what,event_time_us,event_time_end_us,processing_time_us,events\n"));
    let end = (start + 300 * SECOND).to_string();
    for row in [
        row(10, "", 11, "on time", "512"),
        row(20, "", 330, "corrected", "1"),
        row(40, "", 800, "dropped", "1"),
        row(0, &end, 310, "window", ""),
        row(700, "", 702, "watermark", ""),
    ] {
        assert!(text.contains(&row), "{row} in {text}");
    }
    assert!(table.columns.iter().all(|column| column.name != "events" || matches!(column.values, Values::Integer(_))));
}
