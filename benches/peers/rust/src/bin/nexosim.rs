//! NeXosim: a model for the source and one for each pipeline, an event for each delivery, one thread.
//!
//! The source makes the events of the coming stretch at once and schedules their deliveries, so that an event
//! of the stream needs no event of the simulation besides.

use std::time::Duration;

use millstream_peers::answers::{self, Answers, Stream};
use millstream_peers::batch::Batch;
use millstream_peers::continuous::Continuous;
use millstream_peers::micro_batch::MicroBatch;
use millstream_peers::source::{self, probes};
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

/// Makes events and sends their deliveries.
#[derive(Serialize, Deserialize)]
struct Source {
    period: Period,
    stream: Stream,
    deliveries: Output<Row>,
    streams: Output<Stream>,
}

#[derive(Default)]
struct Generator(Option<source::Source>);

#[Model(type Env = Generator)]
impl Source {
    #[nexosim(init)]
    async fn init(&mut self, context: &Context<Self>, generator: &mut Generator) {
        generator.0 = Some(source::Source::new(&self.period));
        self.make((), context, generator).await;
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
        self.deliveries.send(row).await;
    }

    async fn tell(&mut self) {
        self.streams.send(self.stream.clone()).await;
    }
}

/// A batch pipeline.
#[derive(Serialize, Deserialize)]
struct BatchModel {
    batch: Batch,
    answers: Output<Answers>,
}

#[Model]
impl BatchModel {
    #[nexosim(init)]
    async fn init(&mut self, context: &Context<Self>) {
        at!(context, self.batch.due(), schedulable!(Self::start), ());
    }

    async fn deliver(&mut self, row: Row) {
        self.batch.deliver(&row);
    }

    #[nexosim(schedulable)]
    async fn start(&mut self, _: (), context: &Context<Self>) {
        if let Some(end) = self.batch.start(now(context)) {
            at!(context, end, schedulable!(Self::finish), ());
        }
        at!(context, self.batch.due(), schedulable!(Self::start), ());
    }

    #[nexosim(schedulable)]
    async fn finish(&mut self, _: (), context: &Context<Self>) {
        if let Some(end) = self.batch.finish(now(context)) {
            at!(context, end, schedulable!(Self::finish), ());
        }
    }

    async fn probe(&mut self, _: (), context: &Context<Self>) {
        self.batch.probe(now(context));
    }

    async fn tell(&mut self) {
        self.answers.send(self.batch.answers.clone()).await;
    }
}

/// A micro-batch pipeline.
#[derive(Serialize, Deserialize)]
struct MicroBatchModel {
    micro_batch: MicroBatch,
    first_trigger: i64,
    answers: Output<Answers>,
}

#[Model]
impl MicroBatchModel {
    #[nexosim(init)]
    async fn init(&mut self, context: &Context<Self>) {
        at!(context, self.first_trigger, schedulable!(Self::trigger), ());
    }

    async fn deliver(&mut self, row: Row) {
        self.micro_batch.deliver(&row);
    }

    #[nexosim(schedulable)]
    async fn trigger(&mut self, _: (), context: &Context<Self>) {
        let next = self.micro_batch.trigger(now(context));
        at!(context, next, schedulable!(Self::trigger), ());
    }

    async fn probe(&mut self, _: (), context: &Context<Self>) {
        self.micro_batch.probe(now(context));
    }

    async fn tell(&mut self) {
        self.answers.send(self.micro_batch.answers.clone()).await;
    }
}

/// A continuous pipeline.
#[derive(Serialize, Deserialize)]
struct ContinuousModel {
    continuous: Continuous,
    end: i64,
    answers: Output<Answers>,
}

#[Model]
impl ContinuousModel {
    async fn deliver(&mut self, row: Row) {
        self.continuous.deliver(&row);
    }

    async fn probe(&mut self, _: (), context: &Context<Self>) {
        self.continuous.probe(now(context));
    }

    async fn tell(&mut self) {
        self.continuous.tick_until(self.end - 1);
        self.answers.send(self.continuous.answers.clone()).await;
    }
}

fn main() -> Result<(), SimulationError> {
    let Some(period) = Period::from_arguments() else {
        eprintln!("usage: DURATION_US START_SECOND_OF_DAY SEED");
        std::process::exit(2);
    };
    let mut source =
        Source { period, stream: Stream::new(&period), deliveries: Output::default(), streams: Output::default() };
    let batch = |batch| BatchModel { batch, answers: Output::default() };
    let (mut daily, mut hourly) = (batch(Batch::daily(period)), batch(Batch::hourly(period)));
    let mut micro_batch = MicroBatchModel {
        micro_batch: MicroBatch::new(period),
        first_trigger: MicroBatch::due(period.from),
        answers: Output::default(),
    };
    let mut continuous =
        ContinuousModel { continuous: Continuous::new(period), end: period.to, answers: Output::default() };

    let source_box = Mailbox::new();
    let (daily_box, hourly_box) = (Mailbox::new(), Mailbox::new());
    let (micro_batch_box, continuous_box) = (Mailbox::new(), Mailbox::new());
    source.deliveries.connect(BatchModel::deliver, &daily_box);
    source.deliveries.connect(BatchModel::deliver, &hourly_box);
    source.deliveries.connect(MicroBatchModel::deliver, &micro_batch_box);
    source.deliveries.connect(ContinuousModel::deliver, &continuous_box);

    let mut bench = SimInit::with_num_threads(1);
    let probe = EventSource::new()
        .connect(BatchModel::probe, &daily_box)
        .connect(BatchModel::probe, &hourly_box)
        .connect(MicroBatchModel::probe, &micro_batch_box)
        .connect(ContinuousModel::probe, &continuous_box)
        .register(&mut bench);
    let tell = EventSource::new()
        .connect(Source::tell, &source_box)
        .connect(BatchModel::tell, &daily_box)
        .connect(BatchModel::tell, &hourly_box)
        .connect(MicroBatchModel::tell, &micro_batch_box)
        .connect(ContinuousModel::tell, &continuous_box)
        .register(&mut bench);
    let (sink, mut stream) = event_slot(SinkState::Enabled);
    source.streams.connect_sink(sink);
    let outputs = [&mut daily.answers, &mut hourly.answers, &mut micro_batch.answers, &mut continuous.answers];
    let mut answers = outputs.map(|output| {
        let (sink, answers) = event_slot(SinkState::Enabled);
        output.connect_sink(sink);
        answers
    });

    let mut simulation = bench
        .add_model(source, source_box, "source")
        .add_model(daily, daily_box, "daily")
        .add_model(hourly, hourly_box, "hourly")
        .add_model(micro_batch, micro_batch_box, "micro_batch")
        .add_model(continuous, continuous_box, "continuous")
        .init(instant(period.from))?;
    let scheduler = simulation.scheduler();
    for at in probes(&period).into_iter().filter(|at| *at > period.from) {
        scheduler.schedule_event(instant(at), &probe, ()).expect("a probe lies ahead");
    }
    simulation.step_until(instant(period.to - 1))?;
    simulation.process_event(&tell, ())?;

    let stream = stream.try_read().expect("the source has told");
    let [daily, hourly, micro_batch, continuous] =
        answers.each_mut().map(|answers| answers.try_read().expect("the pipeline has told"));
    answers::print(&stream, &daily, &hourly, &micro_batch, &continuous);
    Ok(())
}
