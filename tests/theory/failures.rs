//! Failures: what one costs in time and in records, by hand and by the formulas of the textbooks.

use millstream::experiment::Outcome;

use super::{agrees, is_about, only, outcome, value};

/// A day at 50 events a second, without windows, on one pipeline.
fn day(pipeline: &str) -> Outcome {
    days("duration = \"1d\"", "50/s", pipeline)
}

fn days(frame: &str, rate: &str, pipeline: &str) -> Outcome {
    outcome(&format!("{frame}\n[workload]\nrate = \"{rate}\"\n[[pipelines]]\n{pipeline}\n"))
}

const ONE_WORKER: &str =
    "model = \"continuous\"\nparallelism = 1\nservice = \"10ms\"\nfetch_delay = \"0s\"\nsink_delay = \"0s\"\n";

/// One hour down at noon: the backlog rD clears in rD/(c − r) once the job is back.
#[test]
fn a_backlog_clears_in_rd_over_c_minus_r() {
    let (r, c) = (50.0, 100.0);
    let incident = "failures = { incidents = [{ at = \"12h\", for = \"1h\" }] }";
    // Exactly once goes back to the trigger of the checkpoint before: at most a minute and five seconds more to read.
    let exactly = format!("{ONE_WORKER}guarantee = \"exactly_once\"\n{incident}");
    let checkpoint = "\ncheckpoint = { interval = \"10s\", duration = \"1s\" }";
    for (guarantee, pipeline, back) in [
        // The last checkpoint before noon was triggered ten seconds before it; that at noon could not complete.
        ("exactly once", exactly + checkpoint, 10.0),
        ("at least once", format!("{ONE_WORKER}{incident}{checkpoint}"), 10.0),
        ("at most once", format!("{ONE_WORKER}guarantee = \"at_most_once\"\n{incident}"), 0.0),
    ] {
        let outcome = day(&pipeline);
        let pipeline = only(&outcome);
        let down = 3_600.0;
        // What is read again has to be done as well, and the backlog grows meanwhile.
        let theory = down + (r * down + r * back) / (c - r);
        let caught_up = value(pipeline, "operations.catch_up_s_max");
        assert!((caught_up / theory - 1.0).abs() < 0.02, "{guarantee}: {caught_up} {theory}");
        is_about(pipeline, "operations.failures", 1.0, 1e-9);
        is_about(pipeline, "operations.downtime_s", down, 1e-9);
        is_about(pipeline, "state.backlog_records_peak", r * down, 0.03);
        is_about(pipeline, "correctness.completeness_final", 1.0, 1e-9);
        // The event that came when it failed waits for all of the outage, and for what is read again before it.
        let longest = value(pipeline, "latency_s.max");
        assert!((longest - down - back).abs() < 25.0, "{guarantee}: {longest}");
        if back > 0.0 {
            is_about(pipeline, "operations.replayed_records", r * back, 0.15);
        }
        let twice = value(pipeline, "accounting.written_twice");
        assert_eq!(twice > 0.0, guarantee == "at least once", "{guarantee}: {twice}");
    }
}

/// After a failure at a random time the records of half an interval and of a checkpoint's duration are read again
/// (at-least-once writes them twice).
#[test]
fn half_an_interval_and_a_checkpoint_are_read_again() {
    let pipeline = format!(
        "{ONE_WORKER}failures = {{ mtbf = \"2h\", detection = \"10s\", repair = \"20s\" }}\n\
         checkpoint = {{ interval = \"5m\", duration = \"30s\" }}"
    );
    let outcome = days("duration = \"20d\"\nreplications = 6", "5/s", &pipeline);
    let pipeline = only(&outcome);
    let theory = 5.0 * (150.0 + 30.0);
    let replayed = value(pipeline, "operations.replayed_records");
    assert!((replayed / theory - 1.0).abs() < 0.05, "{replayed} {theory}");
    let failures = value(pipeline, "operations.failures");
    // A day has 24 h less what is down: 30 s each time.
    let expected = 86_400.0 / (7_200.0 + 30.0);
    assert!((failures / expected - 1.0).abs() < 0.05, "{failures} {expected}");
    is_about(pipeline, "operations.downtime_s", failures * 30.0, 1e-6);
    let twice = value(pipeline, "accounting.written_twice");
    assert!((twice / (failures * 20.0 * replayed) - 1.0).abs() < 0.01, "{twice}");
}

/// Output of exactly-once waits half an interval and the checkpoint itself.
#[test]
fn exactly_once_adds_half_an_interval_and_a_checkpoint() {
    let pipeline = format!(
        "{ONE_WORKER}service = \"1ms\"\nguarantee = \"exactly_once\"\ncheckpoint = {{ interval = \"1m\", duration = \"5s\" }}"
    )
    .replacen("service = \"10ms\"\n", "", 1);
    let outcome = days("warmup = \"10m\"\nduration = \"6h\"\nreplications = 8", "50/s", &pipeline);
    agrees(only(&outcome), "stages_s.commit", 35.0);
}

/// Young's interval sqrt(2 C MTBF) wastes least: with checkpoints that hold the workers up for C each, and what a failure
/// makes to be done again, the busy time that is no progress is least near it.
#[test]
fn youngs_interval_wastes_least() {
    let (pause, mtbf) = (10.0_f64, 7_200.0);
    let young = (2.0 * pause * mtbf).sqrt();
    // The time that a job at full load would lose in a day: pauses, and work that is done again.
    let waste = |interval: f64| {
        let pipeline = format!(
            "{ONE_WORKER}failures = {{ mtbf = \"2h\", detection = \"0s\", repair = \"1s\" }}\n\
             checkpoint = {{ interval = \"{interval:.0}s\", duration = \"{pause}s\", alignment = \"{pause}s\" }}"
        );
        let outcome = days("duration = \"10d\"\nreplications = 4", "5/s", &pipeline);
        let pipeline = only(&outcome);
        let again = value(pipeline, "operations.replayed_records") / 5.0 * value(pipeline, "operations.failures");
        again + 86_400.0 / interval * pause
    };
    let [short, best, long] = [young / 4.0, young, young * 4.0].map(waste);
    assert!(best < short && best < long, "{short} {best} {long}");
    // In the first order the waste is C/T + T/(2 MTBF), here with the duration of a checkpoint read again as well.
    let theory = 86_400.0 * (pause / young + (young / 2.0 + pause) / mtbf);
    assert!((best / theory - 1.0).abs() < 0.06, "{best} {theory}");
}

/// A micro-batch that is down takes all that came in one batch: the outage, and a batch of its length.
#[test]
fn a_micro_batch_comes_back_with_one_long_batch() {
    let pipeline = "model = \"micro_batch\"\ntrigger = \"60s\"\noverhead = \"1s\"\nthroughput = \"1000/s\"\n\
         failures = { incidents = [{ at = \"12h\", for = \"1h\" }] }";
    let outcome = day(pipeline);
    let pipeline = only(&outcome);
    // Down at a trigger: that batch starts at 13:00 and holds one minute. The next holds the hour: 50·3600/1000 s.
    let hour = 1.0 + 50.0 * 3_600.0 / 1_000.0;
    let caught_up = value(pipeline, "operations.catch_up_s_max");
    // The batches after it shrink by the factor 0.05 until one ends by its trigger.
    assert!(caught_up > 3_600.0 + hour && caught_up < 3_600.0 + hour + 80.0, "{caught_up}");
    is_about(pipeline, "latency_s.max", 3_600.0 + hour, 0.02);
    is_about(pipeline, "correctness.completeness_final", 1.0, 1e-9);
    is_about(pipeline, "operations.replayed_records", 50.0 * 60.0, 0.1);
}

/// A batch is exposed while it runs: five minutes a day fail a 288th as often as a job that always runs, and a run
/// that fails starts over.
#[test]
fn a_batch_fails_as_often_as_it_runs() {
    let batch = "model = \"batch\"\nevery = \"1d\"\nstart_after = \"0s\"\noverhead = \"5m\"\nlate = \"drop\"\n\
         failures = { mtbf = \"50m\", detection = \"0s\", repair = \"10m\" }";
    let outcome = days("warmup = \"1d\"\nduration = \"600d\"\nreplications = 6", "1/m", batch);
    let pipeline = only(&outcome);
    // A run of length d fails before it succeeds exp(d/m) − 1 times on average.
    let expected = (5.0_f64 / 50.0).exp() - 1.0;
    let failures = value(pipeline, "operations.failures");
    assert!((failures / expected - 1.0).abs() < 0.15, "{failures} {expected}");
    is_about(pipeline, "operations.downtime_s", failures * 600.0, 0.01);
    // Landing: a run, and for each failure the repair and what had run: m − d/(exp(d/m) − 1) on average.
    let lost = 50.0 - 5.0 / expected;
    let theory = 300.0 + expected * (600.0 + lost * 60.0);
    let landing = value(pipeline, "landing_s.mean");
    assert!((landing / theory - 1.0).abs() < 0.03, "{landing} {theory}");
}

/// What lags behind the retention is lost: of an outage D all but the retention.
#[test]
fn what_lags_behind_the_retention_is_lost() {
    let failures = "failures = { incidents = [{ at = \"12h\", for = \"4h\" }] }\nbroker = { retention = \"1h\" }";
    for pipeline in [
        format!("{ONE_WORKER}service = \"1ms\"\n{failures}").replacen("service = \"10ms\"\n", "", 1),
        format!("model = \"micro_batch\"\noverhead = \"1s\"\n{failures}"),
    ] {
        let outcome = day(&pipeline);
        let lost = value(only(&outcome), "accounting.lost");
        assert!((lost / (50.0 * 3.0 * 3_600.0) - 1.0).abs() < 0.03, "{pipeline}: {lost}");
    }
}

/// Without checkpoints what a window held is lost, and with the latest offsets what came meanwhile.
#[test]
fn at_most_once_loses_what_it_held_and_what_it_skips() {
    let pipeline = |more: &str| {
        format!(
            "{ONE_WORKER}guarantee = \"at_most_once\"\nwatermark = {{ bound = \"0s\" }}\n\
             failures = {{ incidents = [{{ at = \"12h30m\", for = \"10m\" }}] }}\n{more}"
        )
    };
    let windows = "[job]\nwindow = { size = \"1h\" }\n";
    let with = |more: &str| {
        let outcome = outcome(&format!(
            "duration = \"1d\"\n[workload]\nrate = \"50/s\"\n{windows}[[pipelines]]\n{}\n",
            pipeline(more)
        ));
        value(only(&outcome), "accounting.lost")
    };
    let (kept, skipped) = (with(""), with("broker = { offsets = \"latest\" }"));
    let held = 50.0 * 1_800.0;
    assert!((kept / held - 1.0).abs() < 0.02, "{kept}");
    assert!((skipped / (held + 50.0 * 600.0) - 1.0).abs() < 0.02, "{skipped}");
}

/// State grows by an id for each event: it is full when as many have come as fit.
#[test]
fn memory_runs_out_when_as_many_ids_have_come_as_fit() {
    for pipeline in [
        ONE_WORKER.to_owned() + "bytes_per_id = 100\nmemory_limit = \"100 MB\"",
        "model = \"micro_batch\"\nbytes_per_id = 100\nmemory_limit = \"100 MB\"".to_owned(),
    ] {
        let text = format!(
            "duration = \"1d\"\n[workload]\nrate = \"50/s\"\n[job]\ndedup = {{ ttl = \"2d\" }}\n[[pipelines]]\n{pipeline}\n"
        );
        let outcome = outcome(&text);
        let pipeline = only(&outcome);
        is_about(pipeline, "operations.out_of_memory_s", 1e6 / 50.0, 0.01);
        is_about(pipeline, "operations.out_of_memory_ids", 1e6, 0.01);
        is_about(pipeline, "operations.out_of_memory_bytes", 1e8, 0.02);
        is_about(pipeline, "operations.downtime_s", 86_400.0 - 20_000.0, 0.01);
        // What came since is pending: nothing becomes visible any more.
        is_about(pipeline, "accounting.pending", 50.0 * 66_400.0, 0.01);
    }
}

/// A RabbitMQ queue is one more station: M/D/1 in front of the job.
#[test]
fn a_queue_hands_out_its_records_at_its_rate() {
    let pipeline = format!("{ONE_WORKER}service = \"1us\"\nbroker = {{ kind = \"rabbitmq\", rate = \"100/s\" }}")
        .replacen("service = \"10ms\"\n", "", 1);
    let outcome = days("seed = 2\nwarmup = \"10m\"\nduration = \"6h\"\nreplications = 12", "80/s", &pipeline);
    let (lambda, mu) = (80.0, 100.0);
    let rho: f64 = lambda / mu;
    agrees(only(&outcome), "stages_s.wait", rho / (2.0 * mu * (1.0 - rho)) + 1.0 / mu);
}

/// A planned stop lets a run end, and holds up the one that is due next.
#[test]
fn a_planned_stop_waits_for_the_run_and_the_next_run_for_it() {
    let planned = |at: &str, lasts: &str| {
        format!("failures = {{ incidents = [{{ at = \"{at}\", for = \"{lasts}\", planned = true }}] }}")
    };
    // Hourly runs of half an hour from the full hour on; a stop from 12:10 to 14:20 lets that of 12:00 end at 12:30. Those of
    // 13:00 and 14:00 wait for 14:20: the first lands after 110 minutes, the second after 80, the third after 50.
    let batch = format!(
        "model = \"batch\"\nevery = \"1h\"\nstart_after = \"0s\"\noverhead = \"30m\"\nlate = \"drop\"\n\
         throughput = \"1e12/s\"\n{}",
        planned("12h10m", "130m")
    );
    let outcome = day(&batch);
    let pipeline = only(&outcome);
    is_about(pipeline, "landing_s.max", 110.0 * 60.0, 1e-6);
    is_about(pipeline, "landing_s.mean", (21.0 * 30.0 + 110.0 + 80.0 + 50.0) / 24.0 * 60.0, 1e-6);
    is_about(pipeline, "operations.downtime_s", 80.0 * 60.0, 1e-6);
    assert_eq!(value(pipeline, "operations.failures"), 0.0);
    // A micro-batch of 12:00 to 12:00:40 is let end; the next starts at 12:10.
    let micro = format!(
        "model = \"micro_batch\"\ntrigger = \"60s\"\noverhead = \"40s\"\nthroughput = \"1e12/s\"\n{}",
        planned("12h10s", "590s")
    );
    let outcome = day(&micro);
    let pipeline = only(&outcome);
    is_about(pipeline, "operations.downtime_s", 560.0, 1e-6);
    is_about(pipeline, "latency_s.max", 600.0 + 40.0, 0.01);
}

/// A job that a slow sink holds back is down like any other: nothing is processed while it is.
#[test]
fn what_a_slow_sink_holds_back_is_down_too() {
    let pipeline = |failures: &str| {
        format!("{ONE_WORKER}sink = {{ kind = \"postgres\", rate = \"51/s\" }}\n{failures}").replacen(
            "service = \"10ms\"",
            "service = \"1ms\"",
            1,
        )
    };
    let down = "failures = { incidents = [{ at = \"12h\", for = \"1h\" }] }\ncheckpoint = { interval = \"10s\", duration = \"1s\" }";
    let outcome = day(&pipeline(down));
    let pipeline = only(&outcome);
    // Of 50/s into 51/s the sink has one a second to spare: of an hour's backlog it clears a fifth until midnight.
    is_about(pipeline, "state.backlog_records_peak", 50.0 * 3_600.0, 0.03);
    is_about(pipeline, "latency_s.max", 3_600.0, 0.05);
    assert_eq!(pipeline.get("operations.catch_up_s_max").value, None);
    is_about(pipeline, "correctness.completeness_final", 1.0, 1e-9);
}
