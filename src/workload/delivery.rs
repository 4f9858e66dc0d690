//! Deliveries on their way to the broker, with or without what they are.

use super::block::{Block, Tag};
use super::draft::{Draft, Drafts};
use crate::units::Instant;

/// What a calendar keeps of a delivery beyond what pipelines need: nothing, or its [`Tag`].
pub trait Tagged: Copy + Default {
    /// Whether blocks show tags.
    const SHOWN: bool;

    /// The tag of an event.
    fn of(tag: Tag) -> Self;

    /// Puts it into a block, for the next row.
    fn put(self, block: &mut Block);

    /// The draft of rows that have it.
    fn draft(drafts: &mut Drafts) -> &mut Draft<Self>;
}

impl Tagged for () {
    const SHOWN: bool = false;
    #[inline]
    fn of(_: Tag) {}
    #[inline]
    fn put(self, _: &mut Block) {}
    fn draft(drafts: &mut Drafts) -> &mut Draft<Self> {
        &mut drafts.plain
    }
}

impl Tagged for Tag {
    const SHOWN: bool = true;
    #[inline]
    fn of(tag: Tag) -> Self {
        tag
    }
    #[inline]
    fn put(self, block: &mut Block) {
        block.tags.push(self);
    }
    fn draft(drafts: &mut Drafts) -> &mut Draft<Self> {
        &mut drafts.tagged
    }
}

/// A delivery on its way to the broker.
#[derive(Clone, Copy, Debug, Default)]
pub struct Delivery<T = ()> {
    /// When it arrives.
    pub arrival: Instant,
    /// Event time that it carries.
    pub event_time: Instant,
    /// Key.
    pub key: u32,
    /// Payload bytes.
    pub bytes: u32,
    /// 0, or 1 + the place of its note among those beside it.
    pub(super) note: u32,
    /// What else is known of it.
    pub tag: T,
}

impl<T> Delivery<T> {
    /// The first delivery of an id.
    #[must_use]
    #[inline]
    pub fn first(arrival: Instant, event_time: Instant, key: u32, bytes: u32, tag: T) -> Self {
        Self { arrival, event_time, key, bytes, note: 0, tag }
    }
}

/// A delivery of an event that has several, or a wrong clock.
#[derive(Clone, Copy, Debug)]
pub struct Copied<T = ()> {
    /// The delivery.
    pub delivery: Delivery<T>,
    /// When what it tells of truly happened.
    pub happened: Instant,
}
