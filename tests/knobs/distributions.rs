//! Every kind of distribution, as the delay of deliveries: mean and median in closed form.

use super::{base, measure, outcome};

/// Kind, and mean and median in seconds.
const KINDS: [(&str, f64, f64); 11] = [
    ("\"2s\"", 2.0, 2.0),
    ("{ constant = \"2s\" }", 2.0, 2.0),
    ("{ uniform = { low = \"1s\", high = \"3s\" } }", 2.0, 2.0),
    // m·ln 2.
    ("{ exponential = { mean = \"2s\" } }", 2.0, 1.386_294),
    // So far above 0 that nothing is truncated.
    ("{ normal = { mean = \"2s\", sd = \"200ms\" } }", 2.0, 2.0),
    // median · exp(σ²/2).
    ("{ lognormal = { median = \"2s\", sigma = 0.5 } }", 2.266_297, 2.0),
    // Shape 1 is exponential; shape 2 has the median 1.678 347 scales.
    ("{ gamma = { shape = 2.0, scale = \"1s\" } }", 2.0, 1.678_347),
    // scale · Γ(1.5), scale · √ln 2.
    ("{ weibull = { shape = 2.0, scale = \"2s\" } }", 1.772_454, 1.665_109),
    // minimum · shape/(shape − 1), minimum · 2^(1/shape).
    ("{ pareto = { minimum = \"1s\", shape = 4.0 } }", 1.333_333, 1.189_207),
    ("{ empirical = [[0.0, \"1s\"], [0.5, \"2s\"], [1.0, \"5s\"]] }", 2.5, 2.0),
    // A quarter at 5 s, the rest at 1 s.
    ("{ mixture = [{ share = 3, of = \"1s\" }, { share = 1, of = \"5s\" }] }", 2.0, 1.0),
];

#[test]
fn delays_of_every_kind_have_their_mean_and_median() {
    let text = base("model = \"continuous\"\nservice = \"0s\"");
    for (kind, mean, median) in KINDS {
        let outcome =
            outcome(&text, &["job.window=none", "workload.duplicates={}", &format!("workload.network.delay={kind}")]);
        let network = measure(&outcome, "stages_s.network").unwrap();
        assert!((network / mean - 1.0).abs() < 0.015, "{kind}: {network} {mean}");
        let p50 = outcome.workload.delay_s[0].value.unwrap();
        assert!((p50 / median - 1.0).abs() < 0.025, "{kind}: {p50} {median}");
    }
}
