//! What a reader sees of an outcome: keys, words, figures and files.

mod fixture;

use std::path::Path;

use millstream::error::Error;
use millstream::experiment::{Curves, Estimate, Outcome, WorkloadOutcome};
use millstream::report::files::Draft;
use millstream::report::{charts, page, summary, verdict};
use millstream::terminal;
use serde_json::Value;

/// The keys that DESIGN names for a pipeline.
const PIPELINE_KEYS: &str = "accounting{events,on_time,late_included,late_dropped,lost,pending,duplicates_removed,duplicates_leaked,duplicates_late_dropped,duplicates_lost,duplicates_pending} latency_s{mean,p50,p90,p95,p99,p999,max} stages_s{network,wait,compute,window,commit} landing_s{mean,p50,p95,max} freshness_s{data_age_mean,data_age_p95,data_age_max,complete_through_p95} correctness{completeness_first,completeness_final,overcount,error_first_mean,error_first_p95,error_final_mean} state{dedup_ids_peak,dedup_bytes_peak,window_entries_peak,backlog_records_peak,state_bytes_peak,working_set_bytes_peak} compute{core_hours,utilisation,peak_cores} operations{runs,failures,downtime_s,catch_up_s_max} cost{compute_per_day,memory_per_day,total_per_day}";

fn is_estimate(value: &Value) -> bool {
    let keys: Vec<&String> = value.as_object().map(|object| object.keys().collect()).unwrap_or_default();
    keys == ["value", "low", "high"]
}

#[test]
fn the_summary_has_every_key() {
    let summary = summary::summary(&fixture::outcome());
    assert_eq!(summary["schema"], "millstream/summary/1");
    assert_eq!(summary["scenario"]["start"], "2026-01-05T00:00:00Z");
    assert_eq!(summary["scenario"]["duration_s"], 604_800.0);
    assert_eq!(summary["run"]["simulated_deliveries"], 320_000_000_u64);
    assert!(summary["recommendation"].is_null() && summary.as_object().unwrap().contains_key("recommendation"));
    for key in ["p50", "p95", "p99", "max"] {
        assert!(is_estimate(&summary["workload"]["delay_s"][key]), "{key}");
    }
    let pipelines = summary["pipelines"].as_array().unwrap();
    assert_eq!(pipelines.len(), 4);
    for pipeline in pipelines {
        for group in PIPELINE_KEYS.split(' ') {
            let (group, keys) = group.trim_end_matches('}').split_once('{').unwrap();
            for key in keys.split(',') {
                assert!(is_estimate(&pipeline[group][key]), "{group}.{key}");
            }
        }
        let hours = pipeline["compute"]["load_by_hour"].as_array().unwrap();
        assert!(hours.len() == 24 && hours.iter().all(is_estimate));
    }
    assert!(summary["pipelines"][3]["landing_s"]["p95"]["value"].is_null());
    assert_eq!(summary["objectives"][0]["target"]["at_most"], 900.0);
    assert_eq!(summary["objectives"][0]["met"], false);
    assert_eq!(summary["differences"][0]["measure"], "latency_s.p50");
}

#[test]
fn the_verdict_names_the_simplest_that_meets_an_objective() {
    let sentences = verdict::sentences(&fixture::outcome());
    assert_eq!(
        sentences[0],
        "Half of the events are visible after 13.5 h (daily), 37 min (hourly), 36.2 s (micro_batch), 2.05 s (continuous)."
    );
    assert!(sentences[1].contains("met by micro_batch and continuous; missed by daily and hourly"), "{}", sentences[1]);
    assert!(sentences[1].ends_with("The simplest that meets it: micro_batch."), "{}", sentences[1]);
    assert!(sentences[2].contains("undecided"), "{}", sentences[2]);
}

#[test]
fn the_page_shows_every_pipeline_and_escapes_text() {
    let mut outcome = fixture::outcome();
    outcome.scenario.title = "<script>alert(1)</script>".into();
    outcome.pipelines[0].name = "<b>daily</b>".into();
    let figures = charts::figures(&outcome).unwrap();
    let page = page::page(&outcome, &figures).unwrap();
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
    assert!(!page.contains("<b>"));
    for name in ["hourly", "micro_batch", "continuous"] {
        assert!(page.contains(name), "{name}");
    }
    for (opening, closing) in
        [("<table", "</table>"), ("<svg", "</svg>"), ("<figure", "</figure>"), ("<section", "</section>")]
    {
        assert_eq!(page.matches(opening).count(), page.matches(closing).count(), "{opening}");
    }
    assert_eq!(page.matches("<svg role=\"img\" aria-label=\"").count(), 8);
    assert!(
        !page.contains("http://")
            || page.matches("http://").count() == page.matches("http://www.w3.org/2000/svg").count()
    );
    assert!(!page.contains("https://"), "the page loads nothing");
}

#[test]
fn the_accounting_adds_up_on_the_page() {
    let outcome = fixture::outcome();
    let page = page::page(&outcome, &[]).unwrap();
    let sum = page.split("all events").nth(1).unwrap();
    assert!(sum.contains("60,480,000"), "the bins add up to the events");
    let sum = page.split("all duplicate deliveries").nth(1).unwrap();
    assert!(sum.contains("1,209,600"), "the bins add up to the duplicates");
}

/// The fixture with something odd about it.
fn odd(change: impl FnOnce(&mut Outcome)) -> Outcome {
    let mut outcome = fixture::outcome();
    change(&mut outcome);
    outcome
}

fn fill(outcome: &mut Outcome, value: f64) {
    for pipeline in &mut outcome.pipelines {
        pipeline.measures.fill(fixture::estimate(value));
        pipeline.load_by_hour = [fixture::estimate(value); 24];
        let curve = |xs: [f64; 3]| xs.map(|x| (x, value)).to_vec();
        pipeline.curves = Curves {
            latency: curve([0.1, 0.5, 0.99]),
            visible_by_age: vec![(value, 0.5), (value, 1.0)],
            data_age: curve([0.0, 60.0, 120.0]),
            dedup_bytes: curve([0.0, 60.0, 120.0]),
            backlog: Vec::new(),
            by_hour: Vec::new(),
        };
    }
}

fn oddities() -> Vec<(&'static str, Outcome)> {
    let blank = |outcome: &mut Outcome| {
        for pipeline in &mut outcome.pipelines {
            pipeline.measures.fill(Estimate::default());
            pipeline.load_by_hour = [Estimate::default(); 24];
            pipeline.curves = Curves::default();
        }
    };
    vec![
        ("no pipelines", odd(|outcome| outcome.pipelines.clear())),
        ("one pipeline", odd(|outcome| outcome.pipelines.truncate(1))),
        ("nulls and empty curves", odd(blank)),
        ("zeros", odd(|outcome| fill(outcome, 0.0))),
        ("huge", odd(|outcome| fill(outcome, 1e300))),
        ("tiny", odd(|outcome| fill(outcome, 1e-300))),
        ("negative", odd(|outcome| fill(outcome, -5.0))),
        ("not finite", odd(|outcome| fill(outcome, f64::NAN))),
        ("infinite", odd(|outcome| fill(outcome, f64::INFINITY))),
        (
            "one point",
            odd(|outcome| {
                for pipeline in &mut outcome.pipelines {
                    for curve in [
                        &mut pipeline.curves.latency,
                        &mut pipeline.curves.visible_by_age,
                        &mut pipeline.curves.data_age,
                        &mut pipeline.curves.dedup_bytes,
                    ] {
                        curve.truncate(1);
                    }
                }
            }),
        ),
        (
            "twelve pipelines with long names",
            odd(|outcome| {
                let four = outcome.pipelines.clone();
                outcome.pipelines = four.iter().cycle().take(12).cloned().collect();
                for (place, pipeline) in outcome.pipelines.iter_mut().enumerate() {
                    pipeline.name = format!("{}_with_a_rather_long_name_{place}", pipeline.name);
                }
            }),
        ),
        (
            "twenty pipelines",
            odd(|outcome| {
                let four = outcome.pipelines.clone();
                outcome.pipelines = four.iter().cycle().take(20).cloned().collect();
            }),
        ),
        (
            "no objectives",
            odd(|outcome| {
                outcome.scenario.objectives.clear();
                outcome.objectives.clear();
            }),
        ),
        ("a verdict on nothing", odd(|outcome| outcome.scenario.objectives.clear())),
        ("no time measured", odd(|outcome| outcome.measured_s = 0.0)),
        ("an empty stream", odd(|outcome| outcome.workload = WorkloadOutcome::default())),
    ]
}

#[test]
fn odd_outcomes_are_drawn_and_written() {
    for (name, outcome) in oddities() {
        let figures = charts::figures(&outcome).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(figures.len() >= 7 && figures[0].name == "continuum", "{name}");
        for figure in &figures {
            assert!(figure.svg.starts_with("<svg") && figure.svg.trim_end().ends_with("</svg>"), "{name}");
            assert!(!figure.title.is_empty(), "{name}: {}", figure.name);
            assert!(!figure.svg.contains("NaN") && !figure.svg.contains("inf"), "{name}: {}", figure.name);
        }
        let empty = outcome.pipelines.iter().all(|pipeline| pipeline.curves.data_age.is_empty());
        let age = figures.iter().find(|figure| figure.name == "data_age").unwrap();
        assert!(!empty || age.svg.contains("no data: "), "{name}");
        assert!(page::page(&outcome, &figures).unwrap().contains("</html>"), "{name}");
        assert!(summary::summary(&outcome).is_object());
        assert!(terminal::comparison(&outcome).contains("clickstream"), "{name}");
    }
}

#[test]
fn figures_become_pictures() {
    let figures = charts::figures(&fixture::outcome()).unwrap();
    for figure in &figures {
        let png = charts::png(&figure.svg).unwrap();
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(&png[16..24], [0, 0, 6, 64, 0, 0, 3, 132], "1600 by 900");
    }
    assert!(charts::png("no picture").is_err());
}

#[test]
fn the_terminal_keeps_to_eighty_columns() {
    for (name, outcome) in [("plain", fixture::outcome())].into_iter().chain(oddities()) {
        let text = anstream::adapter::strip_str(&terminal::comparison(&outcome)).to_string();
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
    }
    let outcome = odd(|outcome| outcome.scenario.title = "red \u{1b}[31m alert".into());
    assert!(!terminal::comparison(&outcome).contains("\u{1b}[31m"), "text cannot bring its own escapes");
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(files(&path));
        } else {
            out.push((path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()));
        }
    }
    out.sort();
    out
}

#[test]
fn a_report_is_published_whole_and_replaced_only_by_another() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("reports/news");
    let outcome = fixture::outcome();
    assert_eq!(Draft::prepare(&target).unwrap().publish(&outcome, 1).unwrap(), std::fs::canonicalize(&target).unwrap());
    let first = files(&target);
    let names: Vec<&str> = first.iter().map(|(name, _)| name.as_str()).collect();
    for name in [
        "index.html",
        "summary.json",
        "comparison.csv",
        "comparison.parquet",
        "load_by_hour.csv",
        "data_age.svg",
        "latency_percentiles.png",
    ] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    // Page and summary, tables and figures in two forms, and the agreement.
    assert_eq!(names.len(), 2 + 2 * 9 + 2 * 8 + 2);
    Draft::prepare(&target).unwrap().publish(&outcome, 1).unwrap();
    assert_eq!(files(&target), first, "the same outcome gives the same bytes");
    let beside = std::fs::read_dir(target.parent().unwrap()).unwrap().count();
    assert_eq!(beside, 1, "nothing is left beside the report");
}

#[test]
fn an_unpublished_draft_leaves_nothing() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("news");
    drop(Draft::prepare(&target).unwrap());
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}

#[test]
fn a_foreign_folder_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("precious");
    std::fs::create_dir(&target).unwrap();
    assert!(Draft::prepare(&target).is_ok(), "an empty folder may be filled");
    std::fs::write(target.join("thesis.tex"), "years of work").unwrap();
    let refusal = Draft::prepare(&target).unwrap_err();
    assert!(matches!(refusal, Error::Input(_)) && refusal.to_string().contains("no report of millstream"), "{refusal}");
    std::fs::write(target.join("summary.json"), "{\"schema\": \"something else\"}").unwrap();
    assert!(Draft::prepare(&target).is_err());
    assert!(Draft::prepare(&target.join("thesis.tex")).is_err(), "a file is no folder");
    assert!(Draft::prepare(&target.join("thesis.tex/report")).is_err(), "nothing can be written below a file");
    assert_eq!(std::fs::read_to_string(target.join("thesis.tex")).unwrap(), "years of work");
}

/// Writes everything where one can look at it: `MILLSTREAM_LOOK=folder cargo test --test report look -- --ignored`.
#[test]
#[ignore = "for eyes, not for machines"]
fn look() {
    let folder = std::env::var_os("MILLSTREAM_LOOK").expect("MILLSTREAM_LOOK names a folder");
    let folder = Path::new(&folder);
    Draft::prepare(&folder.join("plain")).unwrap().publish(&fixture::outcome(), 1).unwrap();
    for (name, outcome) in oddities() {
        Draft::prepare(&folder.join(name.replace(' ', "_"))).unwrap().publish(&outcome, 1).unwrap();
    }
    print!("{}", terminal::comparison(&fixture::outcome()));
}

#[test]
fn dense_teeth_are_drawn_as_a_band_below_the_lines() {
    let mut outcome = odd(|outcome| fill(outcome, 60.0));
    let age = |outcome: &Outcome| {
        charts::figures(outcome).unwrap().into_iter().find(|figure| figure.name == "data_age").unwrap()
    };
    let (band, curve) = ("<polygon opacity=\"0.25\"", "stroke-width=\"5\"");
    let before = age(&outcome);
    let curves = before.svg.matches(curve).count();
    assert!(!before.svg.contains(band) && !before.caption.contains("band") && curves > 1);
    outcome.pipelines[0].curves.data_age =
        (0..2_000).map(|i| (f64::from(i) * 40.0, if i % 2 == 0 { 2.0 } else { 60.0 })).collect();
    let after = age(&outcome);
    assert_eq!(after.svg.matches(band).count(), 1);
    assert_eq!(after.svg.matches(curve).count(), curves - 1);
    assert!(after.caption.contains("band"));
    assert!(after.svg.find(band) < after.svg.find(curve), "lines lie on top");
}

fn drawn(outcome: &Outcome, name: &str) -> charts::Figure {
    charts::figures(outcome).unwrap().into_iter().find(|figure| figure.name == name).unwrap()
}

/// Where a text of a figure stands, in pixels.
fn position(svg: &str, text: &str) -> (f64, f64) {
    let found = svg.split("<text ").find(|part| part.lines().nth(1).is_some_and(|line| line.trim() == text));
    let found = found.unwrap_or_else(|| panic!("{text} is not drawn"));
    let of =
        |name: &str| found.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
    (of("x"), of("y"))
}

#[test]
fn the_continuum_stands_by_complexity_with_latency_cost_and_the_bound() {
    let place = millstream::metrics::MEASURES.iter().position(|measure| measure.path == "people.complexity").unwrap();
    let without_team = |outcome: &mut Outcome| {
        outcome.pipelines.iter_mut().for_each(|pipeline| pipeline.measures[place] = Estimate::default());
    };
    let mut outcome = odd(without_team);
    let before = drawn(&outcome, "continuum");
    assert_eq!(before.title, "“Editors’ dashboard”: the simplest pipeline that is fast enough is micro_batch");
    assert!(before.svg.contains("Editors’ dashboard: p95 at most 15 min"));
    for words in ["6.10 USD/day ± 3 %", "24.90 USD/day ± 3 %", "1.01 d ± 3 %"] {
        assert!(before.svg.contains(words), "{words}");
    }
    let places = ["daily", "hourly", "micro_batch", "continuous"].map(|name| position(&before.svg, name));
    assert!(places.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1), "{places:?}");
    // For a team that runs no batch yet, the batches come after the micro-batch.
    for (pipeline, complexity) in outcome.pipelines.iter_mut().zip([3.0, 3.0, 2.0, 4.0]) {
        pipeline.measures[place] = fixture::estimate(complexity);
    }
    let after = drawn(&outcome, "continuum");
    assert!(position(&after.svg, "micro_batch").0 < position(&after.svg, "daily").0);
    assert!(after.caption.contains("team") && !before.caption.contains("team"));
    // Nothing is fast enough.
    outcome.objectives.iter_mut().for_each(|verdict| verdict.met = Some(false));
    assert!(drawn(&outcome, "continuum").title.ends_with("no pipeline is fast enough"));
}

#[test]
fn latency_by_hour_shows_the_slowest_and_the_fastest() {
    let mut outcome = fixture::outcome();
    let figure = drawn(&outcome, "latency_by_hour");
    assert!(figure.title.contains("daily") && figure.title.contains("for events of 00:00"), "{}", figure.title);
    position(&figure.svg, "daily");
    position(&figure.svg, "continuous");
    assert!(!figure.svg.contains("hourly"));
    // A cell for each hour and latency of both, four of the key and the ground.
    let filled = |svg: &str| svg.matches("<rect ").count();
    outcome.pipelines.iter_mut().for_each(|pipeline| pipeline.curves.by_hour.retain(|cell| cell.hour != 5));
    assert_eq!(filled(&figure.svg) - filled(&drawn(&outcome, "latency_by_hour").svg), 2 * 3);
    outcome.pipelines.iter_mut().for_each(|pipeline| pipeline.curves.by_hour.clear());
    assert!(charts::figures(&outcome).unwrap().iter().all(|figure| figure.name != "latency_by_hour"));
}

#[test]
fn the_page_goes_from_the_verdict_to_the_method() {
    let outcome = fixture::outcome();
    let page = page::page(&outcome, &charts::figures(&outcome).unwrap()).unwrap();
    let order = [
        "class=\"verdict\"",
        "id=\"objectives\"",
        "<figure id=\"continuum\"",
        "id=\"comparison\"",
        "<figure id=\"latency_percentiles\"",
        "<figure id=\"latency_by_hour\"",
        "<figure id=\"visible_by_age\"",
        "id=\"steps\"",
        "id=\"assumptions\"",
        "id=\"limits\"",
        "id=\"method\"",
        "id=\"reproduce\"",
    ];
    let places: Vec<usize> = order.iter().map(|part| page.find(part).unwrap_or_else(|| panic!("{part}"))).collect();
    assert!(places.is_sorted(), "{places:?}");
}
