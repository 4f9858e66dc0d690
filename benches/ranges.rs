//! What a delivery costs over a hundredfold range of each thing that a scenario may have more of.
//!
//! ```text
//! cargo bench --bench ranges                            # prints the table
//! cargo bench --bench ranges -- docs/figures/ranges.svg # and draws the figure, as SVG or PNG
//! ```
//!
//! Five points for each: a tenth, a third, one, three and ten times what the yardstick (`w0.toml`) has. All points take
//! turns, so that a slow minute of the machine hits each; the smallest of the turns counts, as other work on the machine can only
//! add. Keys are a yardstick of their own: windows by key, 1,000 keys of Zipf's law.

mod common;

use std::path::Path;

use common::{Outcome, measure};
use millstream::measure::Unit;
use millstream::report::charts::{Axis, Dot, Scatter, png, scatter};
use millstream::scenario::{Overrides, Pipeline, Scenario, parse};

/// Deliveries, where the duration is not what is turned.
const DELIVERIES: f64 = 5e6;
/// Deliveries for each event of the yardstick.
const COPIES: f64 = 1.02;
/// Turns of each point.
const TURNS: usize = 5;
/// Factors of the yardstick's.
const FACTORS: [f64; 5] = [0.1, 1.0 / 3.0, 1.0, 3.0, 10.0];

/// One point: what is turned, by how much, and the settings for it.
struct Point {
    knob: usize,
    factor: f64,
    set: Vec<String>,
}

const KNOBS: [&str; 5] = ["duration", "rate", "time to live", "windows", "keys"];

fn main() -> Outcome<()> {
    let figures: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let points = points();
    let scenarios: Vec<Scenario> = points.iter().map(|point| scenario(&point.set)).collect::<Outcome<_>>()?;
    let mut found = vec![(f64::INFINITY, 0_u64); points.len()];
    for _ in 0..TURNS {
        for (scenario, (nanos, memory)) in scenarios.iter().zip(&mut found) {
            let pipelines: Vec<&Pipeline> = scenario.pipelines.iter().collect();
            let cost = measure(scenario, &pipelines)?;
            *nanos = nanos.min(cost.nanos());
            *memory = cost.peak_rss.unwrap_or(0).max(*memory);
        }
    }
    println!("| ns a delivery (MB at most) | a tenth | a third | 1 × | 3 × | 10 × |\n|---|---|---|---|---|---|");
    for (knob, name) in KNOBS.iter().enumerate() {
        let of = points.iter().zip(&found).filter(|(point, _)| point.knob == knob);
        let cells = of.map(|(_, (nanos, memory))| format!("{nanos:.1} ({:.0})", *memory as f64 / 1e6));
        println!("| {name} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    for path in figures {
        let svg = drawn(&points, &found)?;
        std::fs::write(&path, if path.ends_with(".png") { png(&svg)? } else { svg.into_bytes() })?;
    }
    Ok(())
}

fn points() -> Vec<Point> {
    let mut points = Vec::new();
    for factor in FACTORS {
        let lasts = |rate: f64, deliveries: f64| format!("duration={:.0}ms", deliveries / COPIES / rate * 1e3);
        let plain = lasts(1_000.0, DELIVERIES);
        let seconds = |base: f64| (base * factor).round();
        let settings: [Vec<String>; 5] = [
            vec![lasts(1_000.0, DELIVERIES * factor)],
            vec![lasts(1_000.0 * factor, DELIVERIES), format!("workload.rate={:.3}/s", 1_000.0 * factor)],
            vec![plain.clone(), format!("job.dedup.ttl={}s", seconds(3_600.0))],
            vec![plain.clone(), format!("job.window.size={}s", (60.0 / factor).round())],
            vec![
                plain,
                "job.window.by=key".to_owned(),
                format!("workload.keys={{ count = {}, zipf = 0.97 }}", seconds(1_000.0)),
            ],
        ];
        points.extend(settings.into_iter().enumerate().map(|(knob, set)| Point { knob, factor, set }));
    }
    points
}

fn scenario(set: &[String]) -> Outcome<Scenario> {
    let overrides = Overrides { set: set.to_vec(), ..Overrides::default() };
    Ok(parse("w0", include_str!("w0.toml"), Path::new(""), &overrides)?)
}

fn drawn(points: &[Point], found: &[(f64, u64)]) -> Outcome<String> {
    let series = KNOBS.map(str::to_owned);
    let dots = points.iter().zip(found).map(|(point, (nanos, _))| Dot {
        at: (point.factor, *nanos),
        series: point.knob,
        hollow: false,
        label: None,
    });
    let (least, most) =
        found.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), (nanos, _)| (low.min(*nanos), high.max(*nanos)));
    let titles = vec![
        format!("A delivery costs {least:.0} to {most:.0} ns, whatever there is a hundred times more of"),
        "Cost of a delivery over a hundredfold range".to_owned(),
    ];
    let x = Axis::log_values("Times what the yardstick has (log scale)", Unit::Count, FACTORS.into_iter());
    let y =
        Axis::from_zero("Nanoseconds of one core for a delivery", Unit::Count, found.iter().map(|(nanos, _)| *nanos));
    let caption = "Each mark is a run of the yardstick with one thing changed.".to_owned();
    let spec =
        Scatter { name: "ranges", titles, caption, x, y, series: &series, dots: dots.collect(), line: Vec::new() };
    Ok(scatter(spec)?.svg)
}
