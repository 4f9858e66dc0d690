//! NeXosim: an event for each delivery, one thread.
//!
//! All is in one model: with one for each pipeline, as NeXosim's users would have it, each delivery is sent to four
//! mailboxes, and takes twice the time. Events of the coming stretch are made at once and their deliveries
//! scheduled, so that an event of the stream needs no event of the simulation besides.

use std::time::Duration;

use millstream_peers::answers::{self, Answers, Stream};
use millstream_peers::batch::Batch;
use millstream_peers::continuous::Continuous;
use millstream_peers::micro_batch::MicroBatch;
use millstream_peers::source::{Source, probes};
use millstream_peers::{Period, Row};
use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::{EventSinkReader, EventSource, Output, SinkState, event_slot};
use nexosim::simulation::{Mailbox, SimInit, SimulationError};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};

/// The source looks that far ahead, microseconds.
const STRETCH: i64 = 100_000;

fn instant(micros: i64) -> MonotonicTime {
    MonotonicTime::EPOCH + Duration::from_micros(micros as u64)
}

fn now<M: Model>(context: &Context<M>) -> i64 {
    context.time().duration_since(MonotonicTime::EPOCH).as_micros() as i64
}

/// Schedules an event; at this very instant, where NeXosim refuses, a nanosecond later.
macro_rules! at {
    ($context:expr, $micros:expr, $what:expr, $argument:expr) => {
        if $context.schedule_event(instant($micros), $what, $argument).is_err() {
            $context.schedule_event(Duration::from_nanos(1), $what, $argument).expect("a nanosecond lies ahead");
        }
    };
}

/// The stream and all pipelines.
#[derive(Serialize, Deserialize)]
struct Comparison {
    period: Period,
    stream: Stream,
    batches: [Batch; 2],
    micro_batch: MicroBatch,
    continuous: Continuous,
    answers: Output<(Stream, [Answers; 4])>,
}

#[derive(Default)]
struct Generator(Option<Source>);

#[Model(type Env = Generator)]
impl Comparison {
    #[nexosim(init)]
    async fn init(&mut self, context: &Context<Self>, generator: &mut Generator) {
        generator.0 = Some(Source::new(&self.period));
        self.make((), context, generator).await;
        for place in 0..self.batches.len() {
            at!(context, self.batches[place].due(), schedulable!(Self::start), place);
        }
        at!(context, MicroBatch::due(self.period.from), schedulable!(Self::trigger), ());
        for probe in probes(&self.period) {
            at!(context, probe, schedulable!(Self::probe), ());
        }
    }

    /// Makes the events of a stretch.
    #[nexosim(schedulable)]
    async fn make(&mut self, _: (), context: &Context<Self>, generator: &mut Generator) {
        let Some(source) = &mut generator.0 else { return };
        let until = now(context) + STRETCH;
        while source.next < until.min(self.period.to) {
            self.stream.happened(source.next);
            let (first, again) = source.event();
            for row in [Some(first), again].into_iter().flatten() {
                at!(context, row.arrival, schedulable!(Self::deliver), row);
            }
        }
        if until < self.period.to {
            at!(context, until, schedulable!(Self::make), ());
        }
    }

    #[nexosim(schedulable)]
    async fn deliver(&mut self, row: Row) {
        self.stream.delivered(&row);
        self.batches.iter_mut().for_each(|batch| batch.deliver(&row));
        self.micro_batch.deliver(&row);
        self.continuous.deliver(&row);
    }

    /// A run is due.
    #[nexosim(schedulable)]
    async fn start(&mut self, place: usize, context: &Context<Self>) {
        let batch = &mut self.batches[place];
        if let Some(end) = batch.start(now(context)) {
            at!(context, end, schedulable!(Self::finish), place);
        }
        at!(context, batch.due(), schedulable!(Self::start), place);
    }

    /// A run ends.
    #[nexosim(schedulable)]
    async fn finish(&mut self, place: usize, context: &Context<Self>) {
        if let Some(end) = self.batches[place].finish(now(context)) {
            at!(context, end, schedulable!(Self::finish), place);
        }
    }

    /// A micro-batch starts.
    #[nexosim(schedulable)]
    async fn trigger(&mut self, _: (), context: &Context<Self>) {
        let next = self.micro_batch.trigger(now(context));
        at!(context, next, schedulable!(Self::trigger), ());
    }

    #[nexosim(schedulable)]
    async fn probe(&mut self, _: (), context: &Context<Self>) {
        let now = now(context);
        self.batches.iter_mut().for_each(|batch| batch.probe(now));
        self.micro_batch.probe(now);
        self.continuous.probe(now);
    }

    async fn tell(&mut self) {
        self.continuous.tick_until(self.period.to - 1);
        let [daily, hourly] = &self.batches;
        let answers = [&daily.answers, &hourly.answers, &self.micro_batch.answers, &self.continuous.answers];
        self.answers.send((self.stream.clone(), answers.map(Answers::clone))).await;
    }
}

fn main() -> Result<(), SimulationError> {
    let Some(period) = Period::from_arguments() else {
        eprintln!("usage: DURATION_US START_SECOND_OF_DAY SEED");
        std::process::exit(2);
    };
    let mut comparison = Comparison {
        period,
        stream: Stream::new(&period),
        batches: [Batch::daily(period), Batch::hourly(period)],
        micro_batch: MicroBatch::new(period),
        continuous: Continuous::new(period),
        answers: Output::default(),
    };
    let mailbox = Mailbox::new();
    let mut bench = SimInit::with_num_threads(1);
    let tell = EventSource::new().connect(Comparison::tell, &mailbox).register(&mut bench);
    let (sink, mut answers) = event_slot(SinkState::Enabled);
    comparison.answers.connect_sink(sink);
    let mut simulation = bench.add_model(comparison, mailbox, "comparison").init(instant(period.from))?;
    simulation.step_until(instant(period.to - 1))?;
    simulation.process_event(&tell, ())?;
    let (stream, [daily, hourly, micro_batch, continuous]) = answers.try_read().expect("the model has told");
    answers::print(&stream, &daily, &hourly, &micro_batch, &continuous);
    Ok(())
}
