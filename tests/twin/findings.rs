//! What a slow twin finds out, delivery by delivery.

use std::collections::BTreeMap;

use millstream::pipelines::Levels;
use millstream::random::Substream;
use millstream::scenario::{Dedup, Window};

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

/// A firing, with all that the window has published by then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firing {
    pub window: i64,
    pub events: u64,
    pub rows: u64,
    pub keys: Option<BTreeMap<u32, u64>>,
    pub visible: i64,
    pub watermark: Option<i64>,
    pub at_end: bool,
}

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
    /// What lies before the stream: `(newest, visible from)`.
    pub prehistory: Vec<(i64, i64)>,
    /// Every period or window that ends by then has been published, if only with what was there.
    pub published_through: i64,
    published: BTreeMap<i64, Firing>,
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

    /// Publishes more rows of a window.
    pub fn fire(&mut self, window: i64, rows: &[&Delivery], by_key: bool, firing: (i64, Option<i64>, bool)) {
        let (visible, watermark, at_end) = firing;
        let empty = Firing { window, events: 0, rows: 0, keys: None, visible, watermark, at_end };
        let published = self.published.entry(window).or_insert(empty);
        for row in rows {
            published.events += u64::from(row.first);
            published.rows += 1;
            if by_key {
                *published.keys.get_or_insert_default().entry(row.key).or_default() += 1;
            }
        }
        self.firings.push(Firing { visible, watermark, at_end, ..published.clone() });
    }
}

/// What the twins of all models know from the start.
pub struct Ground<'a> {
    pub input: &'a Input,
    pub epoch: i64,
    pub dedup: Option<Dedup>,
    pub window: Option<i64>,
    pub by_key: bool,
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
            by_key: window.is_some_and(|window| window.by == millstream::scenario::WindowBy::Key),
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

    /// What an entry of the state store is for: the window, or the window and a key.
    pub fn entry_of(&self, delivery: &Delivery) -> Option<(i64, u32)> {
        let (window, _) = self.window_of(delivery.event_time)?;
        Some((window, if self.by_key { delivery.key } else { 0 }))
    }

    /// The first multiple of `period` from `origin` on, strictly after `at`.
    pub fn next_multiple(at: i64, period: i64, origin: i64) -> i64 {
        origin + ((at - origin).div_euclid(period) + 1) * period
    }
}
