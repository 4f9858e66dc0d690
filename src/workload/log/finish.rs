//! From rows in file order to a log: in order of arrival, on the scenario's clock, densely numbered.

use crate::units::{DAY, Instant, UtcInstant};

use super::Log;
use super::builder::Rows;
use super::problems::{Place, Problems};

/// The longest span of a log: ten years.
const LONGEST: i64 = 3_653 * DAY;

/// A log that spans more than ten years is a wrong time somewhere.
pub(super) fn check_span(rows: &Rows, problems: &mut Problems) {
    let first = rows.event.iter().min().copied().unwrap_or(0);
    let last = rows.event.iter().chain(rows.arrival.iter().flatten()).max().copied().unwrap_or(0);
    if last - first > LONGEST {
        problems.add(Place::File, None, || {
            let date = |micros| UtcInstant(jiff::Timestamp::from_microsecond(micros).unwrap_or_default());
            let what = format!("the log runs from {} to {}, more than ten years", date(first), date(last));
            (what, "look for a wrong time, or replay a part of it")
        });
    }
}

/// Makes the log of rows without problems.
pub(super) fn log(mut rows: Rows) -> Log {
    let order = order(rows.arrival.as_ref().unwrap_or(&rows.event));
    if let Some(order) = &order {
        rows.id = renumber(&pick(&rows.id, order));
        rows.key = renumber(&pick(&rows.key, order));
        rows.event = pick(&rows.event, order);
        rows.arrival = rows.arrival.map(|column| pick(&column, order));
        rows.bytes = rows.bytes.map(|column| pick(&column, order));
    }
    let first = rows.event.iter().min().copied().unwrap_or(0);
    let midnight = first - first.rem_euclid(DAY);
    let clock = |column: Vec<i64>| column.into_iter().map(|micros| Instant(micros - midnight)).collect();
    Log {
        start: jiff::Timestamp::from_microsecond(midnight).ok().map(UtcInstant),
        id: rows.id,
        event_time: clock(rows.event),
        arrival: rows.arrival.map(clock),
        key: rows.key,
        bytes: rows.bytes,
        sorted: order.is_none(),
    }
}

/// The rows by time, ties in file order; `None` when they are in that order already.
fn order(times: &[i64]) -> Option<Vec<u32>> {
    if times.is_sorted() {
        return None;
    }
    let mut rows: Vec<(i64, u32)> = times.iter().copied().zip(0..).collect();
    rows.sort_unstable();
    Some(rows.into_iter().map(|(_, row)| row).collect())
}

fn pick<T: Copy>(column: &[T], order: &[u32]) -> Vec<T> {
    order.iter().filter_map(|row| column.get(*row as usize).copied()).collect()
}

/// The same numbering, by first appearance in the new order.
fn renumber(numbers: &[u32]) -> Vec<u32> {
    let most = numbers.iter().max().map_or(0, |most| *most as usize + 1);
    let mut renamed = vec![u32::MAX; most];
    let mut next = 0;
    let rename = |number: &u32| {
        let name = &mut renamed[*number as usize];
        if *name == u32::MAX {
            *name = next;
            next += 1;
        }
        *name
    };
    numbers.iter().map(rename).collect()
}
