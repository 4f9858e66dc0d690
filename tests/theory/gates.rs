//! Quality gates, stragglers and bad data of batches, by hand.

use super::{is_about, only, outcome, value};

/// An hourly batch of ten rows a second whose runs take 5 minutes, and what is checked.
fn gated(top: &str, workload: &str, pipeline: &str) -> millstream::experiment::Outcome {
    outcome(&format!(
        r#"
        warmup = "2h"
        duration = "4d"
        {top}
        [workload]
        rate = "1/s"
        {workload}
        [[pipelines]]
        model = "batch"
        every = "1h"
        start_after = "0s"
        overhead = "5m"
        throughput = "1e12/s"
        late = "drop"
        {pipeline}
        "#
    ))
}

#[test]
fn a_straggler_stretches_the_part_that_depends_on_rows() {
    // 3,600 rows at 6/s are 600 s; 1.44 times as long is 864 s.
    let outcome = gated("", "", "straggler = { constant = 1.44 }").pipelines[0].clone();
    is_about(&outcome, "landing_s.mean", 300.0, 1e-6);
    let outcome = super::outcome(
        "duration = \"4d\"\n[workload]\nrate = \"1/s\"\n[[pipelines]]\nmodel = \"batch\"\nevery = \"1h\"\n\
         start_after = \"0s\"\noverhead = \"0s\"\nthroughput = \"6/s\"\nlate = \"drop\"\nstraggler = { constant = 1.44 }\n",
    );
    is_about(only(&outcome), "landing_s.mean", 864.0, 5e-3);
}

#[test]
fn a_run_that_is_stopped_is_published_at_its_release() {
    // Never: 5 min + 2 min. Always: 20 minutes more.
    let never = gated("", "", "gate = { takes = \"2m\", stops = 0.0, release = \"20m\" }");
    is_about(only(&never), "landing_s.max", 420.0, 1e-9);
    is_about(only(&never), "quality.stopped_runs", 0.0, 0.0);
    let always = gated("", "", "gate = { takes = \"2m\", stops = 1.0, release = \"20m\" }");
    is_about(only(&always), "landing_s.mean", 420.0 + 1_200.0, 1e-9);
    is_about(only(&always), "quality.stopped_runs", 24.0, 1e-9);
    // The check uses the cores, the person does not.
    is_about(only(&always), "compute.core_hours", 24.0 * 8.0 * 7.0 / 60.0, 1e-9);
    assert_eq!(only(&always).get("quality.bad_exposure_s").value, None);
}

#[test]
fn publications_keep_the_order_of_the_runs() {
    // Run k waits for 90 minutes, but the run behind it is ready after 60 and waits as long from then on: each
    // lands 97 minutes after its hour, and none overtakes.
    let outcome = gated("", "", "gate = { takes = \"2m\", stops = 1.0, release = \"90m\" }");
    is_about(only(&outcome), "landing_s.max", 420.0 + 5_400.0, 1e-9);
    // Stopped with chance 0.3: a run that passes waits for one before it that was released later.
    let outcome = gated("replications = 8", "", "gate = { takes = \"0s\", stops = 0.3, release = \"100m\" }");
    // Behind a stop a run that passes waits 40 minutes: 0.3·100 + 0.7·0.3·40 minutes on average.
    is_about(only(&outcome), "landing_s.mean", 300.0 + 60.0 * (30.0 + 0.21 * 40.0), 0.1);
}

const BAD: &str = "[workload.bad_data]\nper_day = 6.0\nlasting = \"10m\"\nshare = 0.5\nnoticed_after = \"3h\"";

#[test]
fn a_gate_that_catches_all_keeps_bad_data_out() {
    let open = gated("", BAD, "");
    let stretches = value(only(&open), "quality.bad_stretches");
    assert!((12.0..40.0).contains(&stretches), "{stretches}");
    // Ten minutes of one event a second, half of them bad, seen in one go and noticed three hours later.
    is_about(only(&open), "quality.bad_events_published", stretches * 300.0, 0.15);
    is_about(only(&open), "quality.bad_exposure_s", 10_800.0, 1e-3);
    let gate = gated("", BAD, "gate = { catches = 1.0, release = \"30m\" }");
    is_about(only(&gate), "quality.bad_stretches", stretches, 0.0);
    assert_eq!(value(only(&gate), "quality.bad_events_published"), 0.0);
    assert_eq!(value(only(&gate), "quality.bad_exposure_s"), 0.0);
    let stopped = value(only(&gate), "quality.stopped_runs") * 4.0;
    assert!(stopped >= 0.7 * stretches && stopped <= 2.0 * stretches, "{stopped} {stretches}");
    // A catch is a matter of chance.
    let half = gated("", BAD, "gate = { catches = 0.5, release = \"30m\" }");
    let published = value(only(&half), "quality.bad_events_published");
    assert!((0.2..0.8).contains(&(published / (stretches * 300.0))), "{published}");
}
