//! Deduplication in parts: leaves that are made as their time ends, merged pairwise like a binary counter.
//!
//! ```text
//! leaf   0   1   2   3  …  20  21  22  23
//!        └─┬─┘   └─┬─┘     └─┬─┘   └─┬─┘
//!          └───┬───┘         └───┬───┘          by the carry of a counter: 1, 2, 4, 8, 16 leaves
//!              ⋮        (16..23)                after the last leaf: (22,23), (20..23), (16..23),
//!              └───────────┴──────── (0..23)    then (0..15) with (16..23)
//! ```
//!
//! **Scope.** A leaf is read `start_after` its end, and takes overhead + rows / throughput. Steps follow one another on the
//! pipeline's cores. What reached its leaf too late is read with the next leaf that starts. The run of the last leaf
//! starts when a run of the whole period would; after it the right edge of the tree is merged. So a period is
//! published with what a run of it that starts then would read, earlier by the work that is done by then.
//!
//! **Limits.** The scheduler's random delay moves the last leaf only. A row that the period removes as a duplicate is read by
//! its leaf, and by no merge. Merges read sorted runs as streams: their memory is not counted, that of the largest leaf
//! is. Rows of earlier periods (late = "next_run") come with the last leaf.
//!
//! **Parameters**: `scenario::Tree`; leaf by the scenario, throughput of merges by default the pipeline's.
//! **Validation**: landing time in closed form in `tests/theory/tree.rs`; the merges by hand below.

use super::gate::RunClock;
use super::intake::Size;
use crate::scenario;
use crate::units::{Instant, Rate, Span};

/// What has come in for each leaf of a period.
#[derive(Clone, Debug)]
pub(super) struct Leaves {
    from: Instant,
    leaf: Span,
    start_after: Span,
    sizes: Vec<Size>,
}

/// A step that is done: a leaf or merges, from and to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Start.
    pub from: Instant,
    /// End.
    pub to: Instant,
}

/// The work of a period.
#[derive(Clone, Debug)]
pub(super) struct Work {
    /// Leaves and their merges before the last leaf.
    pub before: Vec<Step>,
    /// The last leaf and the merges on the right edge.
    pub last: Step,
    /// Rows of the largest leaf.
    pub largest: Size,
}

impl Leaves {
    /// No row yet, for the period that begins at `from`.
    pub fn new(model: &scenario::Batch, from: Instant) -> Option<Self> {
        let tree = model.tree.as_ref()?;
        let count = (model.every.0 / tree.leaf.0).max(1) as usize;
        let sizes = vec![Size::default(); count];
        Some(Self { from, leaf: tree.leaf, start_after: model.start_after, sizes })
    }

    /// Adds a row: to the leaf of its event time, or to the first that starts after it has arrived.
    #[inline]
    pub fn add(&mut self, event_time: Instant, arrival: Instant, size: Size) {
        // Leaf k starts at (k + 1) · leaf + start_after and reads what has arrived by then.
        let arrived = (arrival - self.from).0.saturating_sub(self.start_after.0);
        let by_arrival = -(-arrived).div_euclid(self.leaf.0) - 1;
        let by_event = (event_time - self.from).0.div_euclid(self.leaf.0);
        let last = self.sizes.len() as i64 - 1;
        if let Some(leaf) = self.sizes.get_mut(by_event.max(by_arrival).clamp(0, last) as usize) {
            leaf.add(size);
        }
    }

    /// The work on the period, whose last leaf is due at `now` with `late` further rows. The pipeline is free from `free`
    /// on; each row stands for `sample`.
    pub fn work(
        mut self,
        (free, now): (Instant, Instant),
        late: Size,
        clock: &mut RunClock,
        merges_at: Rate,
        sample: u32,
    ) -> Work {
        let last = self.sizes.len() - 1;
        self.sizes[last].add(late);
        let scaled = |rows: u64| rows.saturating_mul(sample.into());
        let (mut free, mut before) = (free, Vec::new());
        let mut stack: Vec<(usize, u64)> = Vec::new();
        for (place, size) in self.sizes.iter().enumerate() {
            let due = self.from + Span(self.leaf.0 * (place as i64 + 1)) + self.start_after;
            let from = if place == last { now.max(free) } else { due.max(free) };
            let mut to = from.later(clock.draw(scaled(size.rows)));
            stack.push((1, size.ids));
            while merge(&mut stack, place == last) {
                let rows = stack.last().map_or(0, |(_, rows)| *rows);
                to = to.later(clock.draw_at(scaled(rows), merges_at));
            }
            free = to;
            before.push(Step { from, to });
        }
        let last = before.pop().unwrap_or(Step { from: now, to: now });
        let most = |sizes: &[Size], of: fn(&Size) -> u64| sizes.iter().map(of).max().unwrap_or(0);
        let largest = Size {
            rows: most(&self.sizes, |size| size.rows),
            bytes: most(&self.sizes, |size| size.bytes),
            ids: most(&self.sizes, |size| size.ids),
        };
        Work { before, last, largest }
    }
}

/// Merges the two runs on top if they hold as many leaves, or if all are to become one; whether it did.
fn merge(stack: &mut Vec<(usize, u64)>, all: bool) -> bool {
    let [.., left, right] = stack.as_slice() else { return false };
    if left.0 != right.0 && !all {
        return false;
    }
    let merged = (left.0 + right.0, left.1 + right.1);
    stack.truncate(stack.len() - 2);
    stack.push(merged);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Leaves in each merge after the last of `count` leaves.
    fn right_edge(count: usize) -> Vec<usize> {
        let (mut stack, mut merges) = (Vec::new(), Vec::new());
        for place in 0..count {
            stack.push((1, 0));
            while merge(&mut stack, place == count - 1) {
                if place == count - 1 {
                    merges.extend(stack.last().map(|(leaves, _)| *leaves));
                }
            }
        }
        assert_eq!(stack.len(), 1);
        merges
    }

    #[test]
    fn after_the_last_leaf_the_right_edge_is_merged() {
        assert_eq!(right_edge(24), [2, 4, 8, 24]);
        assert_eq!(right_edge(32), [2, 4, 8, 16, 32]);
        assert_eq!(right_edge(7), [3, 7]);
        assert!(right_edge(1).is_empty());
    }
}
