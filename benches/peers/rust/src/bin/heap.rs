//! A plain simulation with a heap: one event for each delivery, and those of the pipelines.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use millstream_peers::answers::{self, Stream};
use millstream_peers::batch::Batch;
use millstream_peers::continuous::Continuous;
use millstream_peers::micro_batch::MicroBatch;
use millstream_peers::source::{Source, probes};
use millstream_peers::{Period, Row};

/// What happens; at one instant in this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival(Row),
    Finish(usize),
    Start(usize),
    Trigger,
    Probe,
}

fn main() {
    let Some(period) = Period::from_arguments() else {
        eprintln!("usage: DURATION_US START_SECOND_OF_DAY SEED");
        std::process::exit(2);
    };
    let mut source = Source::new(&period);
    let mut stream = Stream::new(&period);
    let mut batches = [Batch::daily(period), Batch::hourly(period)];
    let mut micro_batch = MicroBatch::new(period);
    let mut continuous = Continuous::new(period);

    let mut heap = BinaryHeap::new();
    heap.push(Reverse((MicroBatch::due(period.from), Event::Trigger)));
    for (place, batch) in batches.iter().enumerate() {
        heap.push(Reverse((batch.due(), Event::Start(place))));
    }
    let mut probes = probes(&period).into_iter();
    heap.extend(probes.next().map(|at| Reverse((at, Event::Probe))));
    loop {
        // An event is made when the clock reaches it, and its deliveries wait on the heap.
        while source.next < period.to && heap.peek().is_none_or(|Reverse((at, _))| source.next <= *at) {
            stream.happened(source.next);
            let (first, again) = source.event();
            for row in [Some(first), again].into_iter().flatten() {
                heap.push(Reverse((row.arrival, Event::Arrival(row))));
            }
        }
        let Some(Reverse((now, event))) = heap.pop().filter(|Reverse((now, _))| *now < period.to) else { break };
        match event {
            Event::Arrival(row) => {
                stream.delivered(&row);
                batches.iter_mut().for_each(|batch| batch.deliver(&row));
                micro_batch.deliver(&row);
                continuous.deliver(&row);
            }
            Event::Start(place) => {
                let batch = &mut batches[place];
                heap.extend(batch.start(now).map(|end| Reverse((end, Event::Finish(place)))));
                heap.push(Reverse((batch.due().max(now), Event::Start(place))));
            }
            Event::Finish(place) => {
                heap.extend(batches[place].finish(now).map(|end| Reverse((end, Event::Finish(place)))));
            }
            Event::Trigger => heap.push(Reverse((micro_batch.trigger(now), Event::Trigger))),
            Event::Probe => {
                batches.iter_mut().for_each(|batch| batch.probe(now));
                micro_batch.probe(now);
                continuous.probe(now);
                heap.extend(probes.next().map(|at| Reverse((at, Event::Probe))));
            }
        }
    }
    continuous.tick_until(period.to - 1);
    let [daily, hourly] = &batches;
    answers::print(&stream, &daily.answers, &hourly.answers, &micro_batch.answers, &continuous.answers);
}
