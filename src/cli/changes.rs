//! What the subcommands that run a scenario may change in it, each in the same words.

use std::num::NonZeroUsize;

use crate::scenario::Overrides;

/// Changes of a scenario, and threads to run it on.
#[derive(Debug, clap::Args)]
pub(super) struct Changes {
    /// Set a field, such as job.window.size=1h or pipelines.daily.every=12h; can be repeated
    #[arg(long, value_name = "PATH=VALUE")]
    pub(super) set: Vec<String>,
    /// Seed of all randomness
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Independent repetitions, from which the confidence intervals come
    #[arg(long, value_name = "N")]
    pub(super) replications: Option<u32>,
    /// Threads to use; the results are the same with any number [default: one for each core]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
}

impl Changes {
    /// As the scenario is read with them.
    pub(super) fn overrides(&self) -> Overrides {
        Overrides { set: self.set.clone(), seed: self.seed, replications: self.replications, ..Overrides::default() }
    }

    /// Threads; 0 stands for one for each core.
    pub(super) fn threads(&self) -> usize {
        self.threads.map_or(0, NonZeroUsize::get)
    }
}
