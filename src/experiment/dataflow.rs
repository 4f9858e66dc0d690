//! One replication by several threads: a dataflow of stages with short queues between them.
//!
//! Events are drawn, sent, sealed into blocks, and each block is read by the stream's measures and by every pipeline. One thread at
//! a time works at a stage, on one block; whoever is free takes the stage that it had before, so that what a stage needs stays in
//! its caches, and another one only when there is nothing else to do. No stage waits for a stage that does not feed it, until the
//! readers come to a stop.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::readers::{Lane, Meter, Place, Stops};
use crate::error::Result;
use crate::units::Instant;
use crate::workload::{Block, Drawn, Feed, Source, Stream};

/// Buckets of events that may be drawn and not yet sent.
const DRAWN: usize = 2;
/// Blocks on their way from the sender to the last reader: enough for threads to part for a while, few enough for the cache.
const BLOCKS: usize = 6;
/// With fewer rows from a stop to the next, other threads do not pay.
const FEW: usize = 1_000;

/// Runs until all is resolved, on all threads of the pool; gives when that was, or nothing at the end of the input.
pub(super) fn run(
    stream: &mut Stream,
    meter: &mut Meter<'_>,
    lanes: &mut [Lane],
    stops: &mut Stops,
) -> Result<Option<Instant>> {
    let (source, feed) = stream.split();
    let readers = std::iter::once(Reader::Meter(meter)).chain(lanes.iter_mut().map(Reader::Lane));
    let flow = Flow {
        draws: source.is_some(),
        source: Stage { who: source, thread: NOBODY },
        spare_drawn: vec![Drawn::default(); DRAWN],
        drawn: VecDeque::with_capacity(DRAWN),
        feed: Stage::new(feed),
        spare: vec![Block::default(); BLOCKS],
        sent: VecDeque::with_capacity(BLOCKS),
        seal: Stage::new(()),
        consumers: readers.map(Consumer::new).collect(),
        stops,
        input_over: false,
        end: None,
        idle: 0,
    };
    let shared = Shared { flow: Mutex::new(flow), work: Condvar::new() };
    rayon::broadcast(|thread| shared.work(thread.index()));
    let flow = shared.flow.into_inner().unwrap_or_else(PoisonError::into_inner);
    flow.end.unwrap_or(Ok(None))
}

/// No thread's number.
const NOBODY: usize = usize::MAX;

/// A stage; whoever works at it has taken it away.
struct Stage<T> {
    who: Option<T>,
    /// The thread that worked at it last.
    thread: usize,
}

impl<T> Stage<T> {
    fn new(who: T) -> Self {
        Self { who: Some(who), thread: NOBODY }
    }

    fn put(&mut self, who: T, thread: usize) {
        *self = Self { who: Some(who), thread };
    }
}

/// Who reads blocks.
enum Reader<'a, 'p> {
    Meter(&'a mut Meter<'p>),
    Lane(&'a mut Lane),
}

/// A reader, the blocks before it, and where it is in the first.
struct Consumer<'a, 'p> {
    stage: Stage<Reader<'a, 'p>>,
    blocks: VecDeque<Arc<Block>>,
    place: Place,
    /// It has come to a stop.
    waits: bool,
}

impl<'a, 'p> Consumer<'a, 'p> {
    fn new(reader: Reader<'a, 'p>) -> Self {
        let blocks = VecDeque::with_capacity(BLOCKS);
        Self { stage: Stage::new(reader), blocks, place: Place::default(), waits: false }
    }

    fn is_at_rest(&self) -> bool {
        self.stage.who.is_some() && self.blocks.is_empty()
    }
}

/// The stages and what is between them.
struct Flow<'a, 'p> {
    /// Whether events are drawn, and not read from a log.
    draws: bool,
    source: Stage<&'a mut Source>,
    spare_drawn: Vec<Drawn>,
    drawn: VecDeque<Drawn>,
    feed: Stage<Feed<'a>>,
    spare: Vec<Block>,
    sent: VecDeque<Block>,
    seal: Stage<()>,
    consumers: Vec<Consumer<'a, 'p>>,
    stops: &'a mut Stops,
    /// The feed has no more blocks.
    input_over: bool,
    /// How it ended.
    end: Option<Result<Option<Instant>>>,
    /// Threads that wait for work.
    idle: usize,
}

/// Work of one stage on one block.
enum Task<'a, 'p> {
    Draw(&'a mut Source, Drawn),
    Send(Feed<'a>, Drawn, Block),
    Seal(Block),
    Read(usize, Reader<'a, 'p>, Arc<Block>, Place),
}

/// Which stage; of two that are ready the later one here is worked at first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    Source,
    Feed,
    Seal,
    /// How many blocks are before it, and which it is.
    Reader(usize, usize),
}

impl<'a, 'p> Flow<'a, 'p> {
    /// The stage that a thread is to work at: its own ones first, and those that others wait for least.
    fn next(&self, thread: usize) -> Option<At> {
        let source = self.source.who.is_some() && !self.spare_drawn.is_empty();
        let fed = !self.drawn.is_empty() || !self.draws;
        let feed = self.feed.who.is_some() && fed && !self.spare.is_empty() && !self.input_over;
        let seal = self.seal.who.is_some() && !self.sent.is_empty();
        let before = [
            source.then_some((self.source.thread, At::Source)),
            feed.then_some((self.feed.thread, At::Feed)),
            seal.then_some((self.seal.thread, At::Seal)),
        ];
        let readers = self.consumers.iter().enumerate().filter_map(|(place, consumer)| {
            let ready = consumer.stage.who.is_some() && !consumer.waits && !consumer.blocks.is_empty();
            ready.then_some((consumer.stage.thread, At::Reader(consumer.blocks.len(), place)))
        });
        let ready = before.into_iter().flatten().chain(readers);
        ready.max_by_key(|(last, at)| (*last == thread, *at)).map(|(_, at)| at)
    }

    fn take(&mut self, at: At) -> Option<Task<'a, 'p>> {
        Some(match at {
            At::Source => Task::Draw(self.source.who.take()?, self.spare_drawn.pop()?),
            At::Feed => {
                let drawn = if self.draws { self.drawn.pop_front()? } else { Drawn::default() };
                Task::Send(self.feed.who.take()?, drawn, self.spare.pop()?)
            }
            At::Seal => {
                self.seal.who.take()?;
                Task::Seal(self.sent.pop_front()?)
            }
            At::Reader(_, place) => {
                let consumer = self.consumers.get_mut(place)?;
                Task::Read(place, consumer.stage.who.take()?, Arc::clone(consumer.blocks.front()?), consumer.place)
            }
        })
    }

    /// Puts back what a thread took, and hands on what it made; `more` says whether there was anything.
    fn put(&mut self, task: Task<'a, 'p>, more: bool, thread: usize) {
        match task {
            Task::Draw(source, drawn) => {
                self.source.put(source, thread);
                self.drawn.push_back(drawn);
            }
            Task::Send(feed, drawn, block) => {
                self.feed.put(feed, thread);
                if self.draws {
                    self.spare_drawn.push(drawn);
                }
                if more {
                    self.sent.push_back(block);
                }
                self.input_over |= !more;
            }
            Task::Seal(block) => {
                self.seal.put((), thread);
                let block = Arc::new(block);
                self.consumers.iter_mut().for_each(|consumer| consumer.blocks.push_back(Arc::clone(&block)));
            }
            Task::Read(place, reader, block, at) => {
                let stop = self.stops.next;
                let Some(consumer) = self.consumers.get_mut(place) else { return };
                consumer.stage.put(reader, thread);
                consumer.place = at;
                if stop > block.until {
                    consumer.blocks.pop_front();
                    self.spare.extend(Arc::into_inner(block));
                } else {
                    consumer.waits = true;
                    if self.consumers.iter().all(|consumer| consumer.waits) {
                        self.look(&block);
                    }
                }
            }
        }
        let made = self.input_over && self.sent.is_empty() && self.seal.who.is_some();
        if made && self.consumers.iter().all(Consumer::is_at_rest) {
            self.finish(Ok(None));
        }
    }

    /// It ends; what ended it first, stays: no later stop may hide an error.
    fn finish(&mut self, end: Result<Option<Instant>>) {
        self.end.get_or_insert(end);
    }

    /// All readers have come to a stop, in the same block.
    fn look(&mut self, block: &Block) {
        loop {
            let (mut delivered, mut lanes) = ((0, 0), Vec::with_capacity(self.consumers.len()));
            for consumer in &mut self.consumers {
                match &mut consumer.stage.who {
                    Some(Reader::Meter(meter)) => delivered = meter.delivered(),
                    Some(Reader::Lane(lane)) => lanes.push(&mut **lane),
                    None => {}
                }
            }
            if let Some(stop) = self.stops.look(block.last_measured, delivered, lanes.into_iter()) {
                return self.finish(Ok(Some(stop)));
            }
            let stop = self.stops.next;
            // All are at the same place.
            let pays = |consumer: &Consumer<'_, '_>| {
                let part = consumer.place.part(block, stop);
                part.ends || part.rows.len() > FEW
            };
            if self.consumers.iter().any(pays) {
                self.consumers.iter_mut().for_each(|consumer| consumer.waits = false);
                return;
            }
            for Consumer { stage, place, .. } in &mut self.consumers {
                if let Some(Err(error)) = stage.who.as_mut().map(|reader| reader.read(place, block, stop)) {
                    return self.finish(Err(error));
                }
            }
        }
    }
}

impl Reader<'_, '_> {
    /// Reads on in a block, up to a stop or its end.
    fn read(&mut self, place: &mut Place, block: &Block, stop: Instant) -> Result<()> {
        let part = place.part(block, stop);
        place.pass(&part);
        match self {
            Reader::Meter(meter) => meter.read(&part),
            Reader::Lane(lane) => return lane.read(&part),
        }
        Ok(())
    }
}

impl Task<'_, '_> {
    /// Does it; false at the end of the input.
    fn run(&mut self, stop: Instant) -> Result<bool> {
        match self {
            Self::Draw(source, drawn) => source.draw(drawn),
            Self::Send(feed, drawn, block) => return feed.next_unsealed(drawn, block),
            Self::Seal(block) => block.seal(),
            Self::Read(_, reader, block, place) => reader.read(place, block, stop)?,
        }
        Ok(true)
    }
}

/// What the threads share.
struct Shared<'a, 'p> {
    flow: Mutex<Flow<'a, 'p>>,
    /// There may be work for those that wait.
    work: Condvar,
}

/// Ends the work of all when one of them panics, so that nobody waits for it.
struct Alarm<'s, 'a, 'p>(&'s Shared<'a, 'p>);

impl Drop for Alarm<'_, '_, '_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lock().finish(Ok(None));
            self.0.work.notify_all();
        }
    }
}

impl<'a, 'p> Shared<'a, 'p> {
    fn lock(&self) -> MutexGuard<'_, Flow<'a, 'p>> {
        self.flow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What each thread does until the end.
    fn work(&self, thread: usize) {
        let alarm = Alarm(self);
        let mut flow = self.lock();
        while flow.end.is_none() {
            let Some(mut task) = flow.next(thread).and_then(|at| flow.take(at)) else {
                flow.idle += 1;
                flow = self.work.wait(flow).unwrap_or_else(PoisonError::into_inner);
                flow.idle -= 1;
                continue;
            };
            let stop = flow.stops.next;
            if flow.idle > 0 && flow.next(NOBODY).is_some() {
                self.work.notify_one();
            }
            drop(flow);
            let done = task.run(stop);
            flow = self.lock();
            match done {
                Ok(more) => flow.put(task, more, thread),
                Err(error) => flow.finish(Err(error)),
            }
        }
        self.work.notify_all();
        drop(flow);
        mem::forget(alarm);
    }
}
