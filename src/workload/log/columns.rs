//! Which columns of a log hold what, by their names.

use crate::tabular::Cell;

use super::builder::Row;
use super::problems::{Place, Problems};
use super::values::TimeForm;

/// A column that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Its place in the file, from 0.
    pub index: usize,
    /// Its name.
    pub name: &'static str,
}

/// A column of times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeColumn {
    pub column: Found,
    pub form: TimeForm,
}

/// The columns of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub id: Found,
    pub event: TimeColumn,
    pub arrival: Option<TimeColumn>,
    /// When the event truly happened, where the sender's clock was wrong.
    pub truth: Option<TimeColumn>,
    /// `key`, else `user_id`.
    pub key: Option<Found>,
    pub bytes: Option<Found>,
    pub user: Option<Found>,
    pub kind: Option<Found>,
    pub session: Option<Found>,
    pub position: Option<Found>,
}

const EVENT: [(&str, TimeForm); 3] =
    [("event_time", TimeForm::Text), ("event_time_ms", TimeForm::Millis), ("event_time_us", TimeForm::Micros)];
const ARRIVAL: [(&str, TimeForm); 3] =
    [("arrival_time", TimeForm::Text), ("arrival_time_ms", TimeForm::Millis), ("arrival_time_us", TimeForm::Micros)];

const TRUTH: [(&str, TimeForm); 3] =
    [("true_time", TimeForm::Text), ("true_time_ms", TimeForm::Millis), ("true_time_us", TimeForm::Micros)];

/// Names that a log may give meaning to.
pub(super) const NAMES: [&str; 16] = [
    "event_id",
    "event_time",
    "event_time_ms",
    "event_time_us",
    "arrival_time",
    "arrival_time_ms",
    "arrival_time_us",
    "true_time",
    "true_time_ms",
    "true_time_us",
    "key",
    "user_id",
    "bytes",
    "event_type",
    "session",
    "session_event",
];

impl Columns {
    /// Finds the columns among the names of a file. `None`, with problems, when they are not all right.
    pub fn find(names: &[&str], place: Place, problems: &mut Problems) -> Option<Self> {
        let before = problems.count();
        let one = |name: &'static str| names.iter().position(|found| *found == name).map(|index| Found { index, name });
        for name in NAMES {
            let count = names.iter().filter(|found| **found == name).count();
            if count > 1 {
                let what = || (format!("there are {count} columns of this name"), "keep one of them");
                problems.add(place, Some(name), what);
            }
        }
        let id = one("event_id");
        if id.is_none() {
            problems.add(place, Some("event_id"), || {
                let remedy = "add it: a whole number or text that is equal for two deliveries of one event";
                (format!("there is no such column; {}", list(names)), remedy)
            });
        }
        let event = time(&EVENT, names, place, problems);
        if event.is_empty() {
            problems.add(place, Some("event_time"), || {
                let remedy = "add event_time (RFC 3339), event_time_ms or event_time_us (whole numbers since 1970)";
                (format!("there is no such column; {}", list(names)), remedy)
            });
        }
        let arrival = time(&ARRIVAL, names, place, problems);
        let truth = time(&TRUTH, names, place, problems);
        let (id, event) = (id?, event.first().copied()?);
        (problems.count() == before).then(|| Self {
            id,
            event,
            arrival: arrival.first().copied(),
            truth: truth.first().copied(),
            key: one("key").or_else(|| one("user_id")),
            bytes: one("bytes"),
            user: one("user_id"),
            kind: one("event_type"),
            session: one("session"),
            position: one("session_event"),
        })
    }

    /// Gives every column the place that its name has elsewhere.
    pub fn place(&mut self, at: impl Fn(&str) -> usize) {
        let times = [Some(&mut self.event), self.arrival.as_mut(), self.truth.as_mut()];
        let times = times.into_iter().flatten().map(|time| &mut time.column);
        let of_session = [&mut self.session, &mut self.position];
        let others = [&mut self.key, &mut self.bytes, &mut self.user, &mut self.kind].into_iter().chain(of_session);
        let others = others.filter_map(Option::as_mut);
        for column in [&mut self.id].into_iter().chain(times).chain(others) {
            column.index = at(column.name);
        }
    }

    /// The columns that are read.
    pub fn all(&self) -> impl Iterator<Item = Found> {
        let times = [Some(self.event), self.arrival, self.truth].map(|time| time.map(|time| time.column));
        let others = [self.key, self.bytes, self.user, self.kind, self.session, self.position];
        [Some(self.id)].into_iter().chain(times).chain(others).flatten()
    }

    /// The cells of a row, given the cell of a column.
    #[inline]
    pub fn row<'a>(&self, cell: impl Fn(Found) -> Cell<'a>) -> Row<'a> {
        let or_null = |column: Option<Found>| column.map_or(Cell::Null, &cell);
        Row {
            id: cell(self.id),
            event: cell(self.event.column),
            arrival: or_null(self.arrival.map(|time| time.column)),
            truth: or_null(self.truth.map(|time| time.column)),
            key: or_null(self.key),
            bytes: or_null(self.bytes),
            user: or_null(self.user),
            kind: or_null(self.kind),
            session: or_null(self.session),
            position: or_null(self.position),
        }
    }
}

/// The columns of a time, of which there may be one.
fn time(forms: &[(&'static str, TimeForm)], names: &[&str], place: Place, problems: &mut Problems) -> Vec<TimeColumn> {
    let mut found = Vec::new();
    for (name, form) in forms {
        if let Some(index) = names.iter().position(|found| found == name) {
            found.push(TimeColumn { column: Found { index, name }, form: *form });
        }
    }
    if let [first, second, ..] = found.as_slice() {
        let what = || (format!("{} is given too", second.column.name), "keep one of them: each is the same time");
        problems.add(place, Some(first.column.name), what);
    }
    found
}

/// The names that a file has, for a problem.
fn list(names: &[&str]) -> String {
    const LISTED: usize = 12;
    if names.is_empty() {
        return "the file has no columns".to_owned();
    }
    let mut text = format!("the file has {}", names.iter().take(LISTED).copied().collect::<Vec<_>>().join(", "));
    if names.len() > LISTED {
        text.push_str(&format!(" and {} more", names.len() - LISTED));
    }
    text
}
