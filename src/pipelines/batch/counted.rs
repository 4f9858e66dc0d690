//! Users that a batch which looks back has counted: its runs read whole periods again, so that a user whom an
//! earlier run has counted is none more.

use std::collections::BTreeMap;

use crate::pipelines::setup::Setup;
use crate::pipelines::windows::Tally;
use crate::scenario::{Aggregate, Batch, LateRows, PartitionBy};
use crate::units::{Instant, Span};
use crate::workload::Amounts;

/// Users of the windows that runs read again.
pub(super) struct Counted {
    by_window: BTreeMap<i64, Amounts>,
    reach: Span,
}

impl Counted {
    /// None yet; `None` for a batch that reads no row twice, or counts no users.
    pub fn new(model: &Batch, setup: &Setup) -> Option<Self> {
        match (model.partition_by, model.late, setup.aggregate) {
            (PartitionBy::EventTime, LateRows::Lookback { periods }, Aggregate::DistinctUsers) => {
                let reach = Span(model.every.0.saturating_mul(i64::from(periods)));
                Some(Self { by_window: BTreeMap::new(), reach })
            }
            _ => None,
        }
    }

    /// Leaves in what a run has found only what earlier ones had not.
    pub fn subtract(&mut self, window: i64, found: &mut Tally) {
        let Some(amounts) = &mut found.amounts else { return };
        match self.by_window.get_mut(&window) {
            Some(counted) => **amounts = counted.merge_new(amounts),
            None => {
                self.by_window.insert(window, (**amounts).clone());
            }
        }
    }

    /// Forgets windows that no run after that of `boundary` reads.
    pub fn forget(&mut self, boundary: Instant, setup: &Setup) {
        let Some(grid) = setup.grid else { return };
        while let Some(entry) = self.by_window.first_entry()
            && grid.end(*entry.key()) <= boundary - self.reach
        {
            entry.remove();
        }
    }
}
