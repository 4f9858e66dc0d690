//! A stream that threads make ahead of the pipelines, in chunks: events drawn, sent, sealed, one after the other, each by whoever
//! is free.

use rayon::ScopeFifo;

use crate::error::{Error, Result};
use crate::workload::{Block, Drawn, Feed, Source, Stream};

/// Blocks of a chunk: enough for threads to pay, few enough for the cache.
const BLOCKS: usize = 3;

/// Blocks that are made together.
#[derive(Default)]
struct Chunk {
    events: [Drawn; BLOCKS],
    blocks: [Block; BLOCKS],
    /// Blocks that the input had.
    used: usize,
}

impl Chunk {
    /// Draws the events of the blocks.
    fn draw(&mut self, source: &mut Source) {
        self.events.iter_mut().for_each(|events| source.draw(events));
    }

    /// Replaces the blocks by the next ones, or what the input has. They are still to be sealed.
    fn fill(&mut self, feed: &mut Feed<'_>) -> Result<()> {
        self.used = 0;
        for (events, block) in self.events.iter_mut().zip(&mut self.blocks) {
            if !feed.next_unsealed(events, block)? {
                break;
            }
            self.used += 1;
        }
        Ok(())
    }

    fn blocks_mut(&mut self) -> &mut [Block] {
        self.blocks.get_mut(..self.used).unwrap_or_default()
    }
}

/// Four chunks on their way: ready, to be sealed, to be sent, to be drawn.
pub(super) struct Ahead<'a> {
    source: Option<&'a mut Source>,
    feed: Feed<'a>,
    chunks: [Chunk; 4],
    failure: Option<Error>,
}

/// What threads do beside the pipelines' work on one chunk.
pub(super) struct Beside<'s, 'a> {
    source: Option<&'s mut Source>,
    feed: &'s mut Feed<'a>,
    sealed: &'s mut Chunk,
    sent: &'s mut Chunk,
    drawn: &'s mut Chunk,
    failure: &'s mut Option<Error>,
}

impl<'a> Ahead<'a> {
    /// Makes the first chunks.
    pub fn new(stream: &'a mut Stream) -> Result<Self> {
        let (mut source, mut feed) = stream.split();
        let mut chunks = [(); 4].map(|()| Chunk::default());
        let [ready, sealed, sent, _] = &mut chunks;
        if let Some(source) = &mut source {
            [&mut *ready, &mut *sealed, sent].into_iter().for_each(|chunk| chunk.draw(source));
        }
        ready.fill(&mut feed)?;
        ready.blocks_mut().iter_mut().for_each(Block::seal);
        sealed.fill(&mut feed)?;
        Ok(Self { source, feed, chunks, failure: None })
    }

    /// The blocks that are ready, none at the end of the input, and what is to be done beside the work on them.
    pub fn parts(&mut self) -> (&[Block], Beside<'_, 'a>) {
        let [ready, sealed, sent, drawn] = &mut self.chunks;
        let source = self.source.as_deref_mut();
        let beside = Beside { source, feed: &mut self.feed, sealed, sent, drawn, failure: &mut self.failure };
        (ready.blocks_mut(), beside)
    }

    /// Goes on to the next chunk, once all is done.
    pub fn go_on(&mut self) -> Result<()> {
        self.chunks.rotate_left(1);
        self.failure.take().map_or(Ok(()), Err)
    }
}

impl<'s> Beside<'s, '_> {
    /// Begins what takes longest; gives the blocks that are to be sealed.
    pub fn spawn<'scope>(self, scope: &ScopeFifo<'scope>) -> &'s mut [Block]
    where
        's: 'scope,
    {
        let Self { source, feed, sealed, sent, drawn, failure } = self;
        if let Some(source) = source {
            scope.spawn_fifo(|_| drawn.draw(source));
        }
        scope.spawn_fifo(|_| *failure = sent.fill(feed).err());
        sealed.blocks_mut()
    }
}
