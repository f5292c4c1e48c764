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

/// The places of the slots that can be cancelled. Slots beyond them are messages: nobody asks where they are, so
/// moving them costs no bookkeeping.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(Vec<Place>);

impl Places {
    pub fn reset(&mut self, slots: usize) {
        self.0.clear();
        self.0.resize(slots, IDLE);
    }

    #[inline]
    pub fn of(&self, slot: u32) -> Place {
        self.0.get(slot as usize).copied().unwrap_or(IDLE)
    }

    #[inline]
    pub fn put(&mut self, key: Key, part: u32, index: usize) {
        if let Some(place) = self.0.get_mut(slot(key) as usize) {
            *place = Place { part, index: index as u32 };
        }
    }

    #[inline]
    pub fn clear(&mut self, slot: u32) {
        if let Some(place) = self.0.get_mut(slot as usize) {
            *place = IDLE;
        }
    }

    /// True for a clock's slot, false for a message's.
    pub fn tracks(&self, slot: u32) -> bool {
        (slot as usize) < self.0.len()
    }
}
