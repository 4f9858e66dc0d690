//! When output of a continuous pipeline becomes visible in its sink.

use std::collections::VecDeque;

use crate::pipelines::sink::Sink;
use crate::random::{Distribution, Substream};
use crate::scenario::Guarantee;
use crate::units::{Instant, Span};

/// The sink and the guarantee.
///
/// At least once: output is visible one sink delay after it is written. Exactly once: output waits
/// for the first checkpoint that is triggered at or after its writing, and is visible one sink
/// delay after that completes (Flink's `KafkaSink` with transactions, its Iceberg sink). Checkpoints
/// are triggered at multiples of the interval; one at a time, so that a long one delays the next.
/// Failures and the replay after them belong here and are not modelled yet.
#[derive(Clone, Debug)]
pub struct Commit {
    checkpoints: Option<Checkpoints>,
    sink: Sink,
}

#[derive(Clone, Debug)]
struct Checkpoints {
    interval: Span,
    duration: Distribution,
    stream: Substream,
    /// Trigger and completion of the coming checkpoints, from the oldest that is still needed.
    coming: VecDeque<(Instant, Instant)>,
    last: (Instant, Instant),
    /// Nothing will be written before this.
    forgotten: Instant,
}

impl Commit {
    /// A sink; checkpoints count from simulated time 0.
    #[must_use]
    pub fn new(guarantee: &Guarantee, sink: Sink, checkpoint: Substream) -> Self {
        let checkpoints = match guarantee {
            Guarantee::AtLeastOnce => None,
            Guarantee::ExactlyOnce { interval, duration } => Some(Checkpoints {
                interval: *interval,
                duration: duration.clone(),
                stream: checkpoint,
                coming: VecDeque::new(),
                last: (Instant(0), Instant(0)),
                forgotten: Instant::MIN,
            }),
        };
        Self { checkpoints, sink }
    }

    /// When output of `rows` rows written at `written` is visible.
    #[inline]
    pub fn visible_at(&mut self, written: Instant, rows: u64) -> Instant {
        let committed = match &mut self.checkpoints {
            None => written,
            Some(checkpoints) => checkpoints.completion_of(written),
        };
        self.sink.visible_at(committed, rows)
    }

    /// Says that nothing will be written before `now` any more.
    pub fn forget(&mut self, now: Instant) {
        if let Some(checkpoints) = &mut self.checkpoints {
            checkpoints.forgotten = now;
            while checkpoints.coming.front().is_some_and(|(trigger, _)| *trigger < now) {
                checkpoints.coming.pop_front();
            }
        }
    }
}

impl Checkpoints {
    fn completion_of(&mut self, written: Instant) -> Instant {
        while self.last.0 < written {
            self.plan();
        }
        let place = self.coming.partition_point(|(trigger, _)| *trigger < written);
        self.coming.get(place).unwrap_or(&self.last).1
    }

    /// Plans the next checkpoint. One without output takes its time too and may delay the next.
    fn plan(&mut self) {
        let scheduled = self.last.0.next_multiple(self.interval, Instant(0));
        let trigger = scheduled.max(self.last.1);
        let completion = trigger + Span::from_micros_f64(self.duration.sample(&mut self.stream));
        self.last = (trigger, completion);
        // Without output for long, what is planned on the way to the next is not worth keeping.
        if trigger >= self.forgotten {
            self.coming.push_back(self.last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(duration: f64) -> Commit {
        let guarantee = Guarantee::ExactlyOnce { interval: Span(100), duration: Distribution::Constant(duration) };
        let stream = || Substream::new(0, 0, "test");
        Commit::new(&guarantee, Sink::delay(Distribution::Constant(1.0), stream()), stream())
    }

    #[test]
    fn output_waits_for_the_checkpoint_that_covers_it() {
        let mut commit = commit(20.0);
        let visible = [5, 100, 101, 99, 1_050].map(|at| commit.visible_at(Instant(at), 1).0);
        assert_eq!(visible, [121, 121, 221, 121, 1_121]);
    }

    #[test]
    fn a_checkpoint_that_takes_long_delays_the_next() {
        let mut commit = commit(150.0);
        let visible = [5, 120, 260].map(|at| commit.visible_at(Instant(at), 1).0);
        // Triggers: 100 (done 250), 250 instead of 200 (done 400), 400 instead of 300.
        assert_eq!(visible, [251, 401, 551]);
        commit.forget(Instant(251));
        assert_eq!(commit.visible_at(Instant(270), 1).0, 551);
        // Nothing is written for a while: checkpoints go on, one every 150.
        commit.forget(Instant(990));
        assert_eq!(commit.visible_at(Instant(1_010), 1).0, 1_301);
    }
}
