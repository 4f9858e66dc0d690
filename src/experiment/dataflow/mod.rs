//! One replication by several threads: a dataflow of stages with short queues between them.
//!
//! Events are drawn, sent, sealed into blocks, and each block is read by the stream's measures and by every pipeline. One thread at
//! a time works at a stage, on one block; only sealing needs nothing but its block, and several may do it. Each stage is at home on a
//! thread, so that what it needs stays in the caches of one core; a thread whose own stages have nothing to do helps out with the
//! earliest one that has: what that one reads it has most likely made itself. No stage waits for a stage that does not feed it,
//! until the readers come to a stop.

mod crew;

use std::collections::VecDeque;
use std::sync::Arc;

use self::crew::Crew;
use super::readers::{Lane, Meter, Place, Stops};
use crate::error::Result;
use crate::units::Instant;
use crate::workload::{Block, Drafts, Drawn, Feed, Source, Stream};

/// Buckets of events that may be drawn and not yet sent.
const DRAWN: usize = 3;
/// Drafts of blocks that may be sent and not yet sealed.
const DRAFTS: usize = 3;
/// Blocks on their way from the sender to the last reader: enough for threads to part for a while, few enough for the cache.
const BLOCKS: usize = 8;
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
    let threads = rayon::current_num_threads();
    let count = 1 + lanes.len();
    let readers = std::iter::once(Reader::Meter(meter)).chain(lanes.iter_mut().map(Reader::Lane));
    let consumers = readers.enumerate().map(|(place, reader)| {
        let middle = BEFORE_READERS + (1.0 - BEFORE_READERS) * (place as f64 + 0.5) / count as f64;
        Consumer::new(reader, home(middle, threads))
    });
    let flow = Flow {
        draws: source.is_some(),
        source: Stage { who: source, home: home(SOURCE, threads) },
        spare_drawn: vec![Drawn::default(); DRAWN],
        drawn: VecDeque::with_capacity(DRAWN),
        feed: Stage { who: Some(feed), home: home(FEED, threads) },
        spare_drafts: vec![Drafts::default(); DRAFTS],
        spare: vec![Block::default(); BLOCKS],
        sent: VecDeque::with_capacity(DRAFTS),
        seal_home: home(SEAL, threads),
        sealing: VecDeque::with_capacity(BLOCKS),
        sealed: 0,
        consumers: consumers.collect(),
        stops,
        input_over: false,
        end: None,
    };
    Crew::run(flow).end.unwrap_or(Ok(None))
}

/// A stage; whoever works at it has taken it away.
struct Stage<T> {
    who: Option<T>,
    /// The thread that works at it before others do.
    home: usize,
}

/// How much of all work is done when half of a stage's is, as in the yardstick (`benches/w0.toml`).
const SOURCE: f64 = 0.1;
const FEED: f64 = 0.34;
const SEAL: f64 = 0.54;
/// How much of it is done before blocks are read.
const BEFORE_READERS: f64 = 0.6;

/// The thread at which a stage is at home: the threads share the stages in their order, by how much work they are.
fn home(middle: f64, threads: usize) -> usize {
    (middle * threads as f64) as usize
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
    fn new(reader: Reader<'a, 'p>, home: usize) -> Self {
        let blocks = VecDeque::with_capacity(BLOCKS);
        Self { stage: Stage { who: Some(reader), home }, blocks, place: Place::default(), waits: false }
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
    spare_drafts: Vec<Drafts>,
    spare: Vec<Block>,
    sent: VecDeque<(Drafts, Block)>,
    seal_home: usize,
    /// Blocks that have been taken to be sealed; those that are, and wait for one before them.
    sealing: VecDeque<Option<Block>>,
    /// How many were before those.
    sealed: u64,
    consumers: Vec<Consumer<'a, 'p>>,
    stops: &'a mut Stops,
    /// The feed has no more blocks.
    input_over: bool,
    /// How it ended.
    end: Option<Result<Option<Instant>>>,
}

/// Work of one stage on one block.
#[expect(clippy::large_enum_variant, reason = "a thread has one at a time, and moves it a few times for a block")]
enum Task<'a, 'p> {
    Draw(&'a mut Source, Drawn),
    Send(Feed<'a>, Drawn, Drafts, Block),
    /// The block with this number, from 0.
    Seal(u64, Drafts, Block),
    Read(usize, Reader<'a, 'p>, Arc<Block>, Place),
}

/// Which stage, the earlier ones first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    Source,
    Feed,
    Seal,
    /// How many blocks are before it, and which it is.
    Reader(usize, usize),
}

impl<'a, 'p> Flow<'a, 'p> {
    /// The stage that a thread is to work at: the last of its own, so that blocks are soon free again, or else the first one.
    fn next(&self, thread: usize) -> Option<At> {
        let own = self.ready().filter(|(home, _)| *home == thread).map(|(_, at)| at).max();
        own.or_else(|| self.ready().map(|(_, at)| at).min())
    }

    /// The stages that a thread can work at now, and where they are at home.
    fn ready(&self) -> impl Iterator<Item = (usize, At)> {
        let source = self.source.who.is_some() && !self.spare_drawn.is_empty();
        let fed = !self.drawn.is_empty() || !self.draws;
        let room = !self.spare_drafts.is_empty() && !self.spare.is_empty();
        let feed = self.feed.who.is_some() && fed && room && !self.input_over;
        let seal = !self.sent.is_empty();
        let before = [
            source.then_some((self.source.home, At::Source)),
            feed.then_some((self.feed.home, At::Feed)),
            seal.then_some((self.seal_home, At::Seal)),
        ];
        let readers = self.consumers.iter().enumerate().filter_map(|(place, consumer)| {
            let ready = consumer.stage.who.is_some() && !consumer.waits && !consumer.blocks.is_empty();
            ready.then_some((consumer.stage.home, At::Reader(consumer.blocks.len(), place)))
        });
        before.into_iter().flatten().chain(readers)
    }

    fn take(&mut self, at: At) -> Option<Task<'a, 'p>> {
        Some(match at {
            At::Source => Task::Draw(self.source.who.take()?, self.spare_drawn.pop()?),
            At::Feed => {
                let drawn = if self.draws { self.drawn.pop_front()? } else { Drawn::default() };
                Task::Send(self.feed.who.take()?, drawn, self.spare_drafts.pop()?, self.spare.pop()?)
            }
            At::Seal => {
                let (drafts, block) = self.sent.pop_front()?;
                let number = self.sealed + self.sealing.len() as u64;
                self.sealing.push_back(None);
                Task::Seal(number, drafts, block)
            }
            At::Reader(_, place) => {
                let consumer = self.consumers.get_mut(place)?;
                Task::Read(place, consumer.stage.who.take()?, Arc::clone(consumer.blocks.front()?), consumer.place)
            }
        })
    }

    /// Puts back what a thread took, and hands on what it made; `more` says whether there was anything.
    fn put(&mut self, task: Task<'a, 'p>, more: bool) {
        match task {
            Task::Draw(source, drawn) => {
                self.source.who = Some(source);
                self.drawn.push_back(drawn);
            }
            Task::Send(feed, drawn, drafts, block) => {
                self.feed.who = Some(feed);
                if self.draws {
                    self.spare_drawn.push(drawn);
                }
                if more {
                    self.sent.push_back((drafts, block));
                }
                self.input_over |= !more;
            }
            Task::Seal(number, drafts, block) => {
                self.spare_drafts.push(drafts);
                if let Some(place) = self.sealing.get_mut((number - self.sealed) as usize) {
                    *place = Some(block);
                }
                while let Some(block) = self.sealing.front_mut().and_then(Option::take) {
                    self.sealing.pop_front();
                    self.sealed += 1;
                    let block = Arc::new(block);
                    self.consumers.iter_mut().for_each(|consumer| consumer.blocks.push_back(Arc::clone(&block)));
                }
            }
            Task::Read(place, reader, block, at) => {
                let stop = self.stops.next;
                let Some(consumer) = self.consumers.get_mut(place) else { return };
                consumer.stage.who = Some(reader);
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
        let made = self.input_over && self.sent.is_empty() && self.sealing.is_empty();
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
            Self::Send(feed, drawn, drafts, block) => return feed.next_unsealed(drawn, block, drafts),
            Self::Seal(_, drafts, block) => {
                drafts.hand_out(block);
                block.seal();
            }
            Self::Read(_, reader, block, place) => reader.read(place, block, stop)?,
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_at_home_on_threads_that_are_there_and_keep_their_order() {
        let of = |threads| [SOURCE, FEED, SEAL, BEFORE_READERS, 0.999].map(|middle| home(middle, threads));
        assert_eq!((of(1), of(2), of(4)), ([0; 5], [0, 0, 1, 1, 1], [0, 1, 2, 2, 3]));
        assert!((1..200).all(|threads| of(threads).is_sorted() && of(threads).iter().all(|home| *home < threads)));
    }
}
