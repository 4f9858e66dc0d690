//! The rubric of an exercise: a file of the same name that ends in `.rubric`, in TOML.

use serde::Deserialize;

use super::answer::value_at;
use crate::error::{Error, Problem, Result};
use crate::units::Span;

/// How an answer is graded.
#[derive(Clone, Debug, PartialEq)]
pub struct Rubric {
    /// Paths that an answer may change.
    pub may_change: Vec<String>,
    /// Points of objectives by their names; an objective that is not named has one.
    points: Vec<(String, f64)>,
    /// Runs with further seeds.
    pub hidden_seeds: u32,
    /// Runs with other streams: what is set in each.
    pub hidden: Vec<Vec<String>>,
    /// Bounds on what is changed.
    pub requirements: Vec<Requirement>,
}

/// A bound on a time that an answer sets.
#[derive(Clone, Debug, PartialEq)]
pub struct Requirement {
    /// In words.
    pub name: String,
    /// The path.
    pub path: String,
    /// Least time.
    pub at_least: Option<Span>,
    /// Most time.
    pub at_most: Option<Span>,
    /// Points.
    pub points: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RubricFile {
    may_change: Vec<String>,
    #[serde(default)]
    hidden_seeds: u32,
    #[serde(default)]
    points: std::collections::BTreeMap<String, f64>,
    #[serde(default)]
    hidden: Vec<HiddenFile>,
    #[serde(default)]
    require: Vec<RequirementFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HiddenFile {
    set: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequirementFile {
    name: String,
    path: String,
    at_least: Option<Span>,
    at_most: Option<Span>,
    points: Option<f64>,
}

/// Most runs of an answer.
const MOST_RUNS: usize = 100;

impl Rubric {
    /// Reads a rubric.
    ///
    /// # Errors
    /// [`Error::Input`] that says what is wrong.
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        let wrong = |what: String| {
            let remedy = "see the teacher's page of the documentation".to_owned();
            Error::input(Problem { file: file.to_owned(), position: None, field: None, what, remedy })
        };
        let read: RubricFile =
            toml::from_str(text).map_err(|error| wrong(format!("this is no rubric: {}", error.message())))?;
        if read.hidden_seeds as usize + read.hidden.len() >= MOST_RUNS {
            return Err(wrong(format!("it asks for more than {MOST_RUNS} runs")));
        }
        let bad = |points: &f64| !points.is_finite() || *points < 0.0;
        if read.points.values().any(bad) || read.require.iter().filter_map(|require| require.points.as_ref()).any(bad) {
            return Err(wrong("points must be numbers of 0 or more".to_owned()));
        }
        Ok(Self {
            may_change: read.may_change,
            points: read.points.into_iter().collect(),
            hidden_seeds: read.hidden_seeds,
            hidden: read.hidden.into_iter().map(|hidden| hidden.set).collect(),
            requirements: read
                .require
                .into_iter()
                .map(|require| Requirement {
                    name: require.name,
                    path: require.path,
                    at_least: require.at_least,
                    at_most: require.at_most,
                    points: require.points.unwrap_or(1.0),
                })
                .collect(),
        })
    }

    /// Points of an objective.
    #[must_use]
    pub fn points_of(&self, objective: &str) -> f64 {
        self.points.iter().find(|(name, _)| name == objective).map_or(1.0, |(_, points)| *points)
    }
}

impl Requirement {
    /// Whether the time at the path, as changed or else as the exercise has it, lies within the bounds.
    #[must_use]
    pub fn holds(&self, changed: &[String], exercise: &str) -> bool {
        let change = changed.iter().find_map(|change| change.strip_prefix(&format!("{}=", self.path)));
        let value = change.map(str::to_owned).or_else(|| value_at(exercise, &self.path));
        let Some(time) = value.and_then(|value| value.trim_matches('"').parse::<Span>().ok()) else { return false };
        self.at_least.is_none_or(|least| time >= least) && self.at_most.is_none_or(|most| time <= most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rubric_is_read_or_refused() {
        let rubric = Rubric::parse(
            "x",
            "may_change = [\"a.b\"]\nhidden_seeds = 2\n[points]\n\"in time\" = 3\n[[hidden]]\nset = [\"c=1\"]\n\
             [[require]]\nname = \"not too often\"\npath = \"a.b\"\nat_least = \"30s\"\n",
        )
        .unwrap();
        assert_eq!((rubric.points_of("in time"), rubric.points_of("else")), (3.0, 1.0));
        assert_eq!((rubric.hidden_seeds, rubric.hidden.len()), (2, 1));
        let holds = |value: &str| rubric.requirements[0].holds(&[format!("a.b=\"{value}\"")], "");
        assert!(holds("30s") && holds("1m") && !holds("29s"));
        let given = |value: &str| rubric.requirements[0].holds(&[], &format!("[a]\nb = \"{value}\""));
        assert!(given("1h") && !given("1s") && !rubric.requirements[0].holds(&[], ""));
        for wrong in [
            "",
            "may_change = []\nhidden_seeds = 500",
            "may_change = []\nextra = 1",
            "may_change = []\n[points]\na = -1",
        ] {
            assert!(Rubric::parse("x", wrong).is_err(), "{wrong}");
        }
    }
}
