//! Datasets made from a batch: the last lands a whole number of rounds after the publication.

use super::{is_about, only, outcome, value};

#[test]
fn the_last_dataset_lands_after_as_many_rounds_as_it_takes() {
    let landing = |more: &str| {
        let text = format!(
            "warmup = \"1d\"\nduration = \"5d\"\n[workload]\nrate = \"1/m\"\n[[pipelines]]\npreset = \"daily\"\nstart_after = \"0s\"\n\
             overhead = \"10m\"\nlate = \"drop\"\ncores = 1\n\
             downstream = {{ datasets = 30, takes = \"20m\", cores = 2{more} }}\n"
        );
        let outcome = outcome(&text);
        let pipeline = only(&outcome);
        // 30 times 20 minutes of two cores, and the run's own ten minutes.
        is_about(pipeline, "compute.core_hours", 30.0 / 3.0 * 2.0 + 1.0 / 6.0, 1e-3);
        let [mean, max] = ["downstream.landing_s_mean", "downstream.landing_s_max"].map(|path| value(pipeline, path));
        assert!((mean - max).abs() < 1.0);
        mean - value(pipeline, "landing_s.mean")
    };
    for (more, rounds) in [("", 1.0), (", at_once = 30", 1.0), (", at_once = 8", 4.0), (", at_once = 1", 30.0)] {
        assert!((landing(more) - rounds * 1_200.0).abs() < 1e-3, "{more}: {}", landing(more));
    }
}
