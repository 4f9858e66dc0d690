//! The threads that work at the stages of a dataflow, and how they wait for work.
//!
//! To be woken may take a thread longer than a stage takes for a block, above all on a virtual machine whose core has gone to sleep:
//! who finds nothing to do looks again for a while before it sleeps, and lets others have the core meanwhile.

use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::{hint, thread};

use super::Flow;

/// How often a thread looks before it sleeps, and the pauses of some ten nanoseconds before each look: half a millisecond.
const LOOKS: usize = 800;
const PAUSES: usize = 32;

/// What the threads share.
pub(super) struct Crew<'a, 'p> {
    hall: Mutex<Hall<'a, 'p>>,
    /// There may be work for those that sleep.
    work: Condvar,
    /// How often something was put back.
    changes: AtomicU64,
}

/// What one of them looks at at a time.
struct Hall<'a, 'p> {
    flow: Flow<'a, 'p>,
    /// Threads that sleep.
    asleep: usize,
    /// One looks for work all the time: that is enough.
    looks: bool,
}

impl<'a, 'p> Crew<'a, 'p> {
    /// Works until the end, on all threads of the pool.
    pub fn run(flow: Flow<'a, 'p>) -> Flow<'a, 'p> {
        let hall = Mutex::new(Hall { flow, asleep: 0, looks: false });
        let crew = Self { hall, work: Condvar::new(), changes: AtomicU64::new(0) };
        rayon::broadcast(|thread| crew.work(thread.index()));
        crew.hall.into_inner().unwrap_or_else(PoisonError::into_inner).flow
    }

    fn lock(&self) -> MutexGuard<'_, Hall<'a, 'p>> {
        self.hall.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What each thread does until the end.
    fn work(&self, thread: usize) {
        let alarm = Alarm(self);
        let mut hall = self.lock();
        while hall.flow.end.is_none() {
            let Some(mut task) = hall.flow.next(thread).and_then(|at| hall.flow.take(at)) else {
                hall = self.wait(hall);
                continue;
            };
            let stop = hall.flow.stops.next;
            if hall.asleep > 0 && !hall.looks && hall.flow.ready().next().is_some() {
                self.work.notify_one();
            }
            drop(hall);
            let done = task.run(stop);
            hall = self.lock();
            self.changes.fetch_add(1, Ordering::Relaxed);
            match done {
                Ok(more) => hall.flow.put(task, more),
                Err(error) => hall.flow.finish(Err(error)),
            }
        }
        self.work.notify_all();
        drop(hall);
        mem::forget(alarm);
    }

    /// Waits until there may be work.
    fn wait<'s>(&'s self, mut hall: MutexGuard<'s, Hall<'a, 'p>>) -> MutexGuard<'s, Hall<'a, 'p>> {
        if !hall.looks {
            hall.looks = true;
            let seen = self.changes.load(Ordering::Relaxed);
            drop(hall);
            let changed = || self.changes.load(Ordering::Relaxed) != seen;
            for _ in 0..LOOKS {
                (0..PAUSES).for_each(|_| hint::spin_loop());
                if changed() {
                    break;
                }
                thread::yield_now();
            }
            hall = self.lock();
            hall.looks = false;
            // It changes under the lock only: from here on nobody is missed.
            if changed() {
                return hall;
            }
        }
        hall.asleep += 1;
        hall = self.work.wait(hall).unwrap_or_else(PoisonError::into_inner);
        hall.asleep -= 1;
        hall
    }
}

/// Ends the work of all when one of them panics, so that nobody waits for it.
struct Alarm<'s, 'a, 'p>(&'s Crew<'a, 'p>);

impl Drop for Alarm<'_, '_, '_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let mut hall = self.0.lock();
            self.0.changes.fetch_add(1, Ordering::Relaxed);
            hall.flow.finish(Ok(None));
            self.0.work.notify_all();
        }
    }
}
