//! Keys of pending entries, and where the entry of each cancellable slot is.

use crate::units::Instant;

/// Bits of a key below the time: the sequence number and the slot.
pub(super) const SEQUENCE_BITS: u32 = 36;
pub(super) const SLOT_BITS: u32 = 28;
const SLOT_MASK: u128 = (1 << SLOT_BITS) - 1;

/// A pending entry: time, sequence number and slot in one integer, so that one compare gives the total order.
pub(super) type Key = u128;

/// Later than every key.
pub(super) const LAST: Key = Key::MAX;

#[inline]
pub(super) fn key(at: Instant, sequence: u64, slot: u32) -> Key {
    (at.as_micros() as u128) << 64 | (sequence as u128) << SLOT_BITS | slot as u128
}

#[inline]
pub(super) fn time(key: Key) -> Instant {
    Instant::from_micros((key >> 64) as u64)
}

#[inline]
pub(super) fn slot(key: Key) -> u32 {
    (key & SLOT_MASK) as u32
}

/// Where a slot's entry is: in which part of the queue, and at which index of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub part: u32,
    pub index: u32,
}

/// Parts of the queue; the numbers below are buckets of the calendar.
pub(super) const NOWHERE: u32 = u32::MAX;
pub(super) const LANE: u32 = u32::MAX - 1;
pub(super) const HEAP: u32 = u32::MAX - 2;
pub(super) const RUN: u32 = u32::MAX - 3;

const IDLE: Place = Place { part: NOWHERE, index: 0 };

/// A slot's place, and with it what the queue's owner keeps for the slot: in one cache line, because in a model of a
/// million clocks every line that an event needs is one more wait for memory.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Seat<T> {
    place: Place,
    kept: T,
}

/// The places of the slots that can be cancelled, and what is kept for each. Slots beyond them are messages: nobody
/// asks where they are, so moving them costs no bookkeeping.
#[derive(Clone, Debug)]
pub(super) struct Places<T>(Vec<Seat<T>>);

impl<T> Default for Places<T> {
    fn default() -> Places<T> {
        Places(Vec::new())
    }
}

impl<T> Places<T> {
    /// As many idle slots, each keeping what `kept` says.
    pub fn reset(&mut self, slots: usize, mut kept: impl FnMut() -> T) {
        self.0.clear();
        self.0.resize_with(slots, || Seat { place: IDLE, kept: kept() });
    }

    #[inline]
    pub fn of(&self, slot: u32) -> Place {
        self.0.get(slot as usize).map_or(IDLE, |seat| seat.place)
    }

    #[inline]
    pub fn put(&mut self, key: Key, part: u32, index: usize) {
        if let Some(seat) = self.0.get_mut(slot(key) as usize) {
            seat.place = Place { part, index: index as u32 };
        }
    }

    /// Lets a slot's entry be nowhere, and gives what is kept for the slot, if it can be cancelled.
    #[inline]
    pub fn clear(&mut self, slot: u32) -> Option<&mut T> {
        let seat = self.0.get_mut(slot as usize)?;
        seat.place = IDLE;
        Some(&mut seat.kept)
    }

    /// What is kept for a slot that can be cancelled.
    #[inline]
    pub fn kept(&self, slot: u32) -> Option<&T> {
        self.0.get(slot as usize).map(|seat| &seat.kept)
    }

    #[inline]
    pub fn kept_mut(&mut self, slot: u32) -> Option<&mut T> {
        self.0.get_mut(slot as usize).map(|seat| &mut seat.kept)
    }

    /// True when no slot can be cancelled.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True for a clock's slot, false for a message's.
    pub fn tracks(&self, slot: u32) -> bool {
        (slot as usize) < self.0.len()
    }
}
