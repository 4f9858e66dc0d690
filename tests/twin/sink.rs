//! The sink of the slow twin of `continuous`: output, checkpoints, and what a reader sees when.

use millstream::random::{Distribution, Substream};
use millstream::scenario::{Checkpoints, Continuous, Guarantee};
use millstream::units::Span;

/// A piece of output.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// Rows that become visible with it.
    pub rows: Vec<usize>,
    /// A single record, and not a window.
    pub alone: bool,
    pub on_time: bool,
    /// Its place among the firings.
    pub firing: Option<usize>,
    /// End of the window that it publishes for the first time.
    pub landing: Option<i64>,
    /// When it was written.
    pub written: i64,
    /// From its commit to the reader.
    pub delay: i64,
}

/// Output on its way to the reader.
pub struct Sink {
    /// With exactly-once.
    checkpoints: Option<Checkpoints>,
    delay: Distribution,
    delays: Substream,
    durations: Substream,
    /// Decided and not visible.
    outputs: Vec<Option<Output>>,
    hidden: usize,
    written: Vec<usize>,
    covered: Vec<usize>,
    in_progress: bool,
    /// A checkpoint is due and waits for the one in progress.
    due: bool,
}

impl Sink {
    pub fn new(model: &Continuous, delay: &Distribution, delays: Substream, durations: Substream) -> Self {
        Self {
            checkpoints: model.checkpoints.clone().filter(|_| model.guarantee == Guarantee::ExactlyOnce),
            delay: delay.clone(),
            delays,
            durations,
            outputs: Vec::new(),
            hidden: 0,
            written: Vec::new(),
            covered: Vec::new(),
            in_progress: false,
            due: false,
        }
    }

    /// Output that is certain to be written.
    pub fn decide(&mut self, output: Output) -> usize {
        let delay = Span::from_micros_f64(self.delay.sample(&mut self.delays)).0;
        self.hidden += 1;
        self.outputs.push(Some(Output { delay, ..output }));
        self.outputs.len() - 1
    }

    /// Output is written; gives it and when it is visible, if that is known.
    pub fn write(&mut self, place: usize, now: i64) -> Vec<(Output, i64)> {
        if let Some(output) = &mut self.outputs[place] {
            output.written = now;
        }
        // The job starts from an empty checkpoint at 0.
        if now == 0 || self.checkpoints.is_none() {
            return self.show(&[place], now);
        }
        self.written.push(place);
        Vec::new()
    }

    fn show(&mut self, places: &[usize], now: i64) -> Vec<(Output, i64)> {
        self.hidden -= places.len();
        let outputs = places.iter().filter_map(|place| self.outputs[*place].take());
        outputs.map(|output| (now + output.delay, output)).map(|(visible, output)| (output, visible)).collect()
    }

    /// The interval of checkpoints.
    pub fn interval(&self) -> Option<i64> {
        self.checkpoints.as_ref().map(|checkpoints| checkpoints.interval.0)
    }

    /// A checkpoint is due. Gives its completion if it can be triggered now.
    pub fn checkpoint(&mut self, now: i64) -> Option<i64> {
        self.due = self.in_progress;
        if self.in_progress {
            return None;
        }
        let duration = &self.checkpoints.as_ref()?.duration;
        self.in_progress = true;
        self.covered = std::mem::take(&mut self.written);
        Some(now + Span::from_micros_f64(duration.sample(&mut self.durations)).0)
    }

    /// The checkpoint in progress completes: gives what is visible when, and whether the next one
    /// is due already.
    pub fn complete(&mut self, now: i64) -> (Vec<(Output, i64)>, bool) {
        self.in_progress = false;
        let covered = std::mem::take(&mut self.covered);
        (self.show(&covered, now), std::mem::take(&mut self.due))
    }

    /// Whether all output is visible.
    pub fn is_idle(&self) -> bool {
        self.hidden == 0
    }
}
