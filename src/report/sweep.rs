//! The report of a sweep: tables of all points, what each field moves, the frontiers and heat maps.

mod figures;

use serde_json::{Value, json};

use crate::decide::{Effect, Swept, effects};
use crate::error::Result;
use crate::measure::MEASURES;
use crate::metrics::Unit;
use crate::report::charts::Axis;
use crate::report::page::{Paper, PaperTable, Section};
use crate::report::{rows, view};
use crate::scenario::Scenario;
use crate::tabular::{Table, Values};

/// The schema of the summary.
pub const SCHEMA: &str = "millstream/sweep/1";
/// Relative differences of means below this are not told in words.
const WORTH_SAYING: f64 = 0.01;
/// Points that the page lists; the tables hold all.
const LISTED: usize = 200;

/// A sweep with the scenario that it varies.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// What was found.
    pub swept: &'a Swept,
    /// The scenario of the first point.
    pub scenario: &'a Scenario,
    /// The measure of the heat maps, and of the frontiers' x axis if it is a time.
    pub measure: &'a str,
    /// The command that makes it again.
    pub command: &'a str,
}

impl Report<'_> {
    /// `summary.json` of the sweep.
    #[must_use]
    pub fn summary(&self) -> Value {
        let grid = &self.swept.grid;
        let point = |(place, point): (usize, &crate::decide::Point)| {
            let mut value = point.json();
            if let Value::Object(object) = &mut value {
                object.shift_insert(0, "set".to_owned(), json!(grid.assignments(place)));
            }
            value
        };
        json!({
            "schema": SCHEMA,
            "scenario": { "name": self.scenario.name, "title": self.scenario.title },
            "run": {
                "seed": self.scenario.seed, "replications": self.scenario.replications,
                "version": env!("CARGO_PKG_VERSION"),
            },
            "varied": grid.varied.iter().map(|vary| json!({ "path": vary.path, "values": vary.values })).collect::<Vec<_>>(),
            "points": self.swept.points.iter().enumerate().map(point).collect::<Vec<_>>(),
            "sensitivity": effects(self.swept).iter().map(|effect| self.effect_json(effect)).collect::<Vec<_>>(),
        })
    }

    fn effect_json(&self, effect: &Effect) -> Value {
        json!({
            "field": self.path(effect.field), "pipeline": effect.pipeline, "measure": effect.measure,
            "means": effect.means, "share_of_variance": effect.share, "within_chance": effect.within_chance,
        })
    }

    /// A number with its unit; money with its currency.
    fn number(&self, unit: Unit, number: Option<f64>) -> String {
        let text = view::optional(unit, number);
        if unit == Unit::Money { format!("{text} {}", self.scenario.prices.currency) } else { text }
    }

    fn path(&self, field: usize) -> &str {
        self.swept.grid.varied.get(field).map_or("", |vary| &vary.path)
    }

    fn level(&self, field: usize, place: usize) -> &str {
        self.swept.grid.varied.get(field).and_then(|vary| vary.values.get(place)).map_or("", String::as_str)
    }

    /// The tables: `points`, one row for each point and pipeline with the value of each measure, and `intervals`, the
    /// same in long form with intervals; `sensitivity`.
    #[must_use]
    pub fn tables(&self) -> Vec<(&'static str, Table)> {
        vec![("points", self.points(false)), ("intervals", self.points(true)), ("sensitivity", self.sensitivity())]
    }

    fn points(&self, long: bool) -> Table {
        let lanes: Vec<_> = self
            .swept
            .points
            .iter()
            .enumerate()
            .flat_map(|(place, point)| point.pipelines.iter().map(move |pipeline| (place, pipeline)))
            .collect();
        let each: usize = if long { MEASURES.len() } else { 1 };
        let repeated = || lanes.iter().flat_map(move |lane| std::iter::repeat_n(lane, each));
        let text = |cells: Vec<String>| Values::Text(cells.into_iter().map(Some).collect());
        let mut table =
            Table::default().with("point", Values::Integer(repeated().map(|(place, _)| Some(*place as i64)).collect()));
        for (field, vary) in self.swept.grid.varied.iter().enumerate() {
            let value = |place: usize| self.swept.grid.values(place).get(field).map_or("", |value| value).to_owned();
            table = table.with(&vary.path, text(repeated().map(|(place, _)| value(*place)).collect()));
        }
        table = table
            .with("pipeline", text(repeated().map(|(_, pipeline)| pipeline.name.clone()).collect()))
            .with("model", text(repeated().map(|(_, pipeline)| pipeline.model.clone()).collect()));
        if !long {
            for measure in MEASURES {
                let values = lanes.iter().map(|(_, pipeline)| pipeline.get(measure.path).value).collect();
                table = table.with(measure.path, Values::Number(values));
            }
            return table;
        }
        let cells: Vec<_> = lanes.iter().flat_map(|(_, pipeline)| MEASURES.iter().zip(&pipeline.measures)).collect();
        table
            .with("measure", text(cells.iter().map(|(measure, _)| measure.path.to_owned()).collect()))
            .with("value", Values::Number(cells.iter().map(|(_, found)| found.value).collect()))
            .with("low", Values::Number(cells.iter().map(|(_, found)| found.low).collect()))
            .with("high", Values::Number(cells.iter().map(|(_, found)| found.high).collect()))
    }

    fn sensitivity(&self) -> Table {
        let found = effects(self.swept);
        let text = |of: &dyn Fn(&Effect) -> String| Values::Text(found.iter().map(|effect| Some(of(effect))).collect());
        let number = |of: &dyn Fn(&Effect) -> Option<f64>| Values::Number(found.iter().map(of).collect());
        Table::default()
            .with("pipeline", text(&|effect| effect.pipeline.clone()))
            .with("measure", text(&|effect| effect.measure.to_owned()))
            .with("field", text(&|effect| self.path(effect.field).to_owned()))
            .with("least_at", text(&|effect| self.level(effect.field, effect.extremes().0).to_owned()))
            .with("least", number(&|effect| effect.means.get(effect.extremes().0).copied()))
            .with("most_at", text(&|effect| self.level(effect.field, effect.extremes().1).to_owned()))
            .with("most", number(&|effect| effect.means.get(effect.extremes().1).copied()))
            .with("share_of_variance", number(&|effect| Some(effect.share)))
            .with("within_chance", text(&|effect| effect.within_chance.to_string()))
    }

    /// The effects in sentences: for each pipeline and field the measures that it moves most.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let found = effects(self.swept);
        let of = |path: &str| {
            let strongest = found
                .iter()
                .filter(|effect| effect.measure == path && !effect.within_chance && ratio(effect) >= WORTH_SAYING)
                .max_by(|a, b| ratio(a).total_cmp(&ratio(b)))?;
            let (least, most) = strongest.extremes();
            let unit = rows::unit(path);
            let mean = |place: usize| self.number(unit, strongest.means.get(place).copied());
            Some(format!(
                "The {} of {} moves most with {}: from {} at {} to {} at {}.",
                rows::phrase(path),
                strongest.pipeline,
                self.path(strongest.field),
                mean(least),
                self.level(strongest.field, least),
                mean(most),
                self.level(strongest.field, most),
            ))
        };
        let paths =
            [self.measure, "correctness.completeness_final", "state.working_set_bytes_peak", "cost.total_per_day"];
        let sentences: Vec<String> = paths.into_iter().filter_map(of).collect();
        let none = || vec!["Within chance, none of the fields moves any of the main measures.".to_owned()];
        if sentences.is_empty() { none() } else { sentences }
    }

    /// The table of effects in words.
    #[must_use]
    pub fn effects_in_words(&self) -> PaperTable {
        let all = effects(self.swept);
        let told = all.iter().filter(|effect| ratio(effect) >= WORTH_SAYING);
        let rows = told.map(|effect| self.in_words(effect)).collect();
        let head = ["Pipeline", "Measure", "Field", "least", "at", "most", "at", "share of variance"];
        PaperTable {
            caption:
                "Main effects: the mean of the measure over all points with each value of the field. The share of \
                      variance is what the field explains by itself; “chance” marks means that differ by no more than \
                      half of the widest interval at a point."
                    .to_owned(),
            head: head.map(str::to_owned).to_vec(),
            rows,
            left: 3,
        }
    }

    fn in_words(&self, effect: &Effect) -> Vec<String> {
        let (least, most) = effect.extremes();
        let unit = rows::unit(effect.measure);
        let mean = |place: usize| self.number(unit, effect.means.get(place).copied());
        let chance = if effect.within_chance { " (chance)" } else { "" };
        vec![
            effect.pipeline.clone(),
            rows::phrase(effect.measure),
            self.path(effect.field).to_owned(),
            mean(least),
            self.level(effect.field, least).to_owned(),
            mean(most),
            self.level(effect.field, most).to_owned(),
            format!("{:.0} %{chance}", effect.share * 100.0),
        ]
    }

    /// The page.
    ///
    /// # Errors
    /// When a figure cannot be drawn.
    pub fn paper(&self) -> Result<Paper> {
        let currency = &self.scenario.prices.currency;
        let (cost, cost_table) =
            self.frontier("frontier_cost", "cost.total_per_day", "cost", |cost| cost, &|values| {
                Axis::from_zero(&format!("Cost a day ({currency})"), Unit::Money, values.iter().copied())
            })?;
        let (missing, missing_table) = self.frontier(
            "frontier_completeness",
            "correctness.completeness_final",
            "events missing finally",
            |complete| 1.0 - complete,
            &|values| {
                let zero = values.iter().all(|value| *value <= 0.0);
                let name = "Share of the true events that are never visible";
                if zero {
                    Axis::from_zero(name, Unit::Share, values.iter().copied())
                } else {
                    Axis::log_shares(
                        &format!("{name} (log scale; none is drawn at the lower edge)"),
                        values.iter().copied(),
                    )
                }
            },
        )?;
        let mut sections = vec![
            Section {
                title: "The frontiers".to_owned(),
                text: vec![
                    "On the line lie the points that no other beats in both: who wants to be faster than one of \
                            them pays the next."
                        .to_owned(),
                ],
                tables: vec![cost_table, missing_table],
                figures: vec![cost, missing],
            },
            Section {
                title: "Which knob moves which measure".to_owned(),
                tables: vec![self.effects_in_words()],
                ..Section::default()
            },
        ];
        let heats = self.heats()?;
        if !heats.is_empty() {
            sections
                .insert(1, Section { title: "Two fields at once".to_owned(), figures: heats, ..Section::default() });
        }
        sections.push(self.listed());
        let count = self.swept.points.len();
        Ok(Paper {
            title: format!("Sweep: {}", self.scenario.title),
            question: format!("What happens when {} are varied?", self.fields()),
            verdict: self.sentences(),
            sections,
            method: format!(
                "{count} points with {} replications each, all with the random numbers of seed {}.",
                self.scenario.replications, self.scenario.seed
            ),
            reproduce: self.command.to_owned(),
        })
    }

    fn fields(&self) -> String {
        view::list(&self.swept.grid.varied.iter().map(|vary| vary.path.clone()).collect::<Vec<_>>())
    }

    fn listed(&self) -> Section {
        let mut head: Vec<String> = self.swept.grid.varied.iter().map(|vary| vary.path.clone()).collect();
        let left = head.len() + 1;
        head.push("pipeline".to_owned());
        let paths =
            [self.measure, "correctness.completeness_final", "state.working_set_bytes_peak", "cost.total_per_day"];
        head.extend(paths.map(rows::phrase));
        let row = |(place, point): (usize, &crate::decide::Point)| {
            let values = self.swept.grid.values(place);
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            let of = move |pipeline: &crate::decide::PointPipeline| {
                let cell = |path: &str| {
                    let (unit, found) = (rows::unit(path), pipeline.get(path));
                    let interval = view::interval(unit, &found).map_or_else(String::new, |text| format!(" {text}"));
                    self.number(unit, found.value) + &interval
                };
                let cells = paths.iter().map(|path| cell(path));
                values.iter().cloned().chain([pipeline.name.clone()]).chain(cells).collect::<Vec<_>>()
            };
            point.pipelines.iter().map(of).collect::<Vec<_>>()
        };
        let all: Vec<Vec<String>> = self.swept.points.iter().enumerate().flat_map(row).collect();
        let caption = if all.len() > LISTED {
            format!("The first {LISTED} of {} rows; the tables hold all.", all.len())
        } else {
            "Values with their 95 % confidence intervals over replications.".to_owned()
        };
        let rows = all.into_iter().take(LISTED).collect();
        Section {
            title: "All points".to_owned(),
            tables: vec![PaperTable { caption, head, rows, left }],
            ..Section::default()
        }
    }
}

fn ratio(effect: &Effect) -> f64 {
    let (least, most) = effect.extremes();
    let mean = |place: usize| effect.means.get(place).copied().unwrap_or(0.0);
    (mean(most) - mean(least)) / mean(most).abs().max(f64::MIN_POSITIVE)
}

/// With a capital letter.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
