//! Wrong funnels, and a right one.

use millstream::units::{MINUTE, Span};

use super::{one_problem, read, text};

const TYPES: &str = "types = [{ name = \"view\" }, { name = \"cart\" }]";

fn case(funnel: &str, workload: &str, pipeline: &str) -> String {
    text(&format!("job = {{ funnel = {{ {funnel} }} }}"), workload, &format!("[[pipelines]]\n{pipeline}\n"))
}

#[test]
fn a_funnel_has_its_steps_in_their_order() {
    let scenario =
        read(&case("steps = [\"cart\", \"view\", \"cart\"], within = \"30m\"", TYPES, "preset = \"hourly\""), &[]);
    let funnel = scenario.unwrap().job.funnel.unwrap();
    assert_eq!((funnel.steps.join(" "), funnel.within), ("cart view cart".to_owned(), Span(30 * MINUTE)));
    let none = case("steps = [\"cart\", \"view\"], within = \"30m\"", TYPES, "preset = \"hourly\"");
    assert!(read(&none, &["job.funnel=none"]).unwrap().job.funnel.is_none());
}

#[test]
fn wrong_keys_of_a_funnel() {
    let steps = "steps = [\"view\", \"cart\"]";
    let good = "steps = [\"view\", \"cart\"], within = \"30m\"";
    let hourly = "preset = \"hourly\"";
    for (funnel, workload, pipeline, says) in [
        ("within = \"30m\"", TYPES, hourly, &["job.funnel.steps", "missing", "steps = ["][..]),
        (steps, TYPES, hourly, &["job.funnel.within", "missing", "30m"]),
        ("steps = [\"view\"], within = \"30m\"", TYPES, hourly, &["job.funnel.steps", "2 to 16 steps, not 1"]),
        (
            "steps = [\"view\", \"buy\"], within = \"30m\"",
            TYPES,
            hourly,
            &["job.funnel.steps[1]", "\"buy\"", "view, cart"],
        ),
        (good, "", hourly, &["job.funnel", "no types", "workload.types"]),
        (
            "steps = [\"view\", \"cart\"], within = \"1500us\"",
            TYPES,
            hourly,
            &["job.funnel.within", "whole number of milliseconds"],
        ),
        ("steps = [\"view\", \"cart\"], within = \"0s\"", TYPES, hourly, &["job.funnel.within", "too short"]),
        (
            "steps = [\"view\", \"cart\"], within = \"1d\"",
            TYPES,
            hourly,
            &["job.funnel.within", "no attempt is measured"],
        ),
        ("steps = [\"view\", \"cart\"], within = \"1m\", by = \"user\"", TYPES, hourly, &["job.funnel.by", "unknown"]),
        (
            good,
            TYPES,
            "preset = \"continuous\"\nallowed_lateness = \"1m\"",
            &["pipelines[0].allowed_lateness", "no allowed lateness"],
        ),
    ] {
        one_problem(&case(funnel, workload, pipeline), &[], says);
    }
    let text = case(good, TYPES, hourly);
    one_problem(&text, &["job.window.size=1h"], &["job.funnel", "exclude each other"]);
    one_problem(&text, &["workload.sample=1/10"], &["job.funnel", "what a user did next"]);
    one_problem(&text, &["workload.rate=5000/s"], &["job.funnel.within", "hourly would hold about", "rows"]);
    let often = ["pipelines[0].every=1s"];
    one_problem(&text, &often, &["job.funnel.within", "1800 runs of the pipeline hourly", "longer period"]);
    let steps = vec!["\"view\""; 17].join(", ");
    one_problem(&text, &[&format!("job.funnel.steps=[{steps}]")], &["job.funnel.steps", "not 17"]);
}
