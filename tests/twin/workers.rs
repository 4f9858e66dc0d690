//! Workers with real queues, for the slow twin of `continuous`.

use std::collections::VecDeque;

use millstream::random::slot_of_key;
use millstream::scenario::{Continuous, Dispatch};

/// A record to be served, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    pub number: usize,
    pub key: u32,
    pub service: i64,
}

/// Workers: each with its own queue (by key), or all at one queue (any).
pub struct Workers {
    dispatch: Dispatch,
    queues: Vec<VecDeque<Job>>,
    serving: Vec<Option<Job>>,
}

impl Workers {
    pub fn new(model: &Continuous) -> Self {
        let count = model.parallelism as usize;
        let queues = if model.dispatch == Dispatch::Key { count } else { 1 };
        Self { dispatch: model.dispatch, queues: vec![VecDeque::new(); queues], serving: vec![None; count] }
    }

    /// A record joins its queue.
    pub fn join(&mut self, job: Job) {
        let queue = match self.dispatch {
            Dispatch::Key => slot_of_key(job.key, self.queues.len() as u32) as usize,
            Dispatch::Any => 0,
        };
        self.queues[queue].push_back(job);
    }

    /// The next record that starts now, and its worker; `None` when no more can.
    pub fn start(&mut self) -> Option<(usize, Job)> {
        for worker in 0..self.serving.len() {
            let queue = if self.dispatch == Dispatch::Key { worker } else { 0 };
            if self.serving[worker].is_none()
                && let Some(job) = self.queues[queue].pop_front()
            {
                self.serving[worker] = Some(job);
                return Some((worker, job));
            }
        }
        None
    }

    /// A worker is done with its record.
    pub fn finish(&mut self, worker: usize) -> Job {
        self.serving[worker].take().expect("the worker was busy")
    }

    /// Records that wait or are served.
    pub fn unprocessed(&self) -> usize {
        self.queues.iter().map(VecDeque::len).sum::<usize>() + self.serving.iter().flatten().count()
    }
}
