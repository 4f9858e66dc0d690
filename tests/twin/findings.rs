//! What a slow twin finds out, delivery by delivery.

use std::collections::{BTreeMap, BTreeSet};

use millstream::pipelines::Levels;
use millstream::random::Substream;
use millstream::scenario::{Aggregate, Dedup, Window, WindowBy};

use crate::input::{Delivery, Input};

/// An event on its way to the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shown {
    pub event_time: i64,
    pub arrival: i64,
    pub started: i64,
    pub processed: i64,
    pub held: i64,
    pub visible: i64,
    pub on_time: bool,
    /// Visible by itself and not together with others.
    pub alone: bool,
}

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A first delivery that a reader sees.
    Visible(Shown),
    /// A first delivery that came too late.
    Late,
    /// A duplicate that was recognised.
    Removed,
    /// A duplicate counted in a result: alone, or in the publication `(held, visible)`.
    Leaked(Option<(i64, i64)>),
    /// A duplicate that came too late.
    DuplicateLate,
}

impl Fate {
    pub fn late(delivery: &Delivery) -> Self {
        if delivery.first { Self::Late } else { Self::DuplicateLate }
    }
}

/// What a window publishes, as a whole and by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Value {
    pub whole: u64,
    pub keys: Option<BTreeMap<u32, u64>>,
}

impl Value {
    pub fn grow(&mut self, key: Option<u32>, by: u64) {
        self.whole += by;
        if let Some(key) = key {
            *self.keys.get_or_insert_default().entry(key).or_default() += by;
        }
    }

    pub fn of(&self, key: Option<u32>) -> u64 {
        key.map_or(self.whole, |key| self.keys.as_ref().and_then(|keys| keys.get(&key)).copied().unwrap_or(0))
    }
}

/// Rows of a window, by what the job computes of them.
#[derive(Clone, Debug, Default)]
pub struct Counting {
    pub value: Value,
    users: BTreeSet<(Option<u32>, u32)>,
}

impl Counting {
    /// `key`: of the row, if windows count by key.
    pub fn add(&mut self, aggregate: Aggregate, key: Option<u32>, user: u32, bytes: u64) {
        let by = match aggregate {
            Aggregate::Count => 1,
            Aggregate::SumBytes => bytes,
            Aggregate::DistinctUsers => u64::from(self.users.insert((key, user))),
        };
        self.value.grow(key, by);
    }

    /// What comes is grouped by itself and added.
    fn begin_anew(&mut self) {
        self.users.clear();
    }
}

/// A firing, with all that the window has published by then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firing {
    pub window: i64,
    pub events: u64,
    pub rows: u64,
    pub keys: Option<BTreeMap<u32, u64>>,
    pub value: Value,
    pub visible: i64,
    pub watermark: Option<i64>,
    pub at_end: bool,
}

/// An entry of the state store: window, key, user.
pub type Entry = (i64, u32, Option<u32>);

/// What a twin found out.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// Of each delivery; `None` when the end came before it was resolved.
    pub fates: Vec<Option<Fate>>,
    pub firings: Vec<Firing>,
    /// Ends of periods or windows published for the first time, and when.
    pub landings: Vec<(i64, i64)>,
    pub runs: Vec<i64>,
    /// Stretches of work, and the core-microseconds in each.
    pub busy: Vec<(i64, i64, f64)>,
    pub probes: Vec<(i64, Levels)>,
    pub peaks: Vec<(i64, Levels)>,
    /// When the watermark rose, as ticks and records raise it, and to what.
    pub watermarks: Vec<(i64, i64)>,
    /// What lies before the stream: `(newest, visible from)`.
    pub prehistory: Vec<(i64, i64)>,
    /// Every period or window that ends by then has been published, if only with what was there.
    pub published_through: i64,
    published: BTreeMap<i64, (Firing, Counting)>,
}

impl Findings {
    pub fn new(deliveries: usize) -> Self {
        Self { fates: vec![None; deliveries], ..Self::default() }
    }

    /// A delivery ends, once.
    pub fn end(&mut self, delivery: usize, fate: Fate) {
        let before = self.fates[delivery].replace(fate);
        assert_eq!(before, None, "delivery {delivery} ends twice");
    }

    /// Publishes more rows of a window: its value is that of all its rows so far.
    pub fn fire(&mut self, window: i64, rows: &[&Delivery], by: By, firing: (i64, Option<i64>, bool)) {
        let (visible, watermark, at_end) = firing;
        let value = Value::default();
        let empty = Firing { window, events: 0, rows: 0, keys: None, value, visible, watermark, at_end };
        let (published, counting) = self.published.entry(window).or_insert((empty, Counting::default()));
        if by.run_by_run {
            counting.begin_anew();
        }
        for row in rows {
            published.events += u64::from(row.first);
            published.rows += 1;
            if by.key {
                *published.keys.get_or_insert_default().entry(row.key).or_default() += 1;
            }
            counting.add(by.aggregate, by.key.then_some(row.key), row.user, row.bytes);
        }
        published.value = counting.value.clone();
        self.firings.push(Firing { visible, watermark, at_end, ..published.clone() });
    }
}

/// How rows are grouped.
#[derive(Clone, Copy, Debug)]
pub struct By {
    /// By key and window, not by window alone.
    pub key: bool,
    pub aggregate: Aggregate,
    /// Each publication groups its own rows alone, and is added to what was published.
    pub run_by_run: bool,
}

/// What the twins of all models know from the start.
pub struct Ground<'a> {
    pub input: &'a Input,
    pub epoch: i64,
    pub dedup: Option<Dedup>,
    pub window: Option<i64>,
    pub by: By,
    pub cores: f64,
    name: String,
}

impl<'a> Ground<'a> {
    pub fn new(input: &'a Input, place: usize) -> Self {
        let (scenario, pipeline) = (&input.scenario, &input.scenario.pipelines[place]);
        let window = scenario.job.window.as_ref();
        Self {
            input,
            epoch: scenario.start.epoch().0,
            dedup: pipeline.dedup,
            window: window.and_then(Window::size).map(|size| size.0),
            by: By {
                key: window.is_some_and(|window| window.by == WindowBy::Key),
                aggregate: window.map_or(Aggregate::Count, |window| window.aggregate),
                run_by_run: false,
            },
            cores: pipeline.cores,
            name: pipeline.name.clone(),
        }
    }

    /// Randomness of the pipeline for a purpose: the twin is dealt the same cards.
    pub fn substream(&self, purpose: &str) -> Substream {
        Substream::new(self.input.scenario.seed, 0, &format!("{}/{purpose}", self.name))
    }

    /// Number and end of the window of an event time.
    pub fn window_of(&self, event_time: i64) -> Option<(i64, i64)> {
        let size = self.window?;
        let number = (event_time - self.epoch).div_euclid(size);
        Some((number, self.epoch + (number + 1) * size))
    }

    /// What entries of the state store are for: the window, or the window and a key; and each user in it, if
    /// those are counted.
    pub fn entries_of(&self, delivery: &Delivery) -> Vec<Entry> {
        let Some((window, _)) = self.window_of(delivery.event_time) else { return Vec::new() };
        let key = if self.by.key { delivery.key } else { 0 };
        let user = (self.by.aggregate == Aggregate::DistinctUsers).then_some((window, key, Some(delivery.user)));
        std::iter::once((window, key, None)).chain(user).collect()
    }

    /// The first multiple of `period` from `origin` on, strictly after `at`.
    pub fn next_multiple(at: i64, period: i64, origin: i64) -> i64 {
        origin + ((at - origin).div_euclid(period) + 1) * period
    }
}
