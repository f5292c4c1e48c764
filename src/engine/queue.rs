//! The event queue: what fires next, with true cancel and reschedule.

use std::collections::VecDeque;

use super::calendar::Calendar;
use super::heap::Heap;
use super::places::{HEAP, Key, LANE, LAST, NOWHERE, Places, SEQUENCE_BITS, SLOT_BITS, key, slot, time};
use crate::units::Instant;

/// Entries in the heap from which on a calendar pays.
const LARGE: usize = 256;
/// Pending entries below which it no longer does.
const SMALL: usize = 64;

/// A set of slots, each with at most one pending entry, popped in order of (time, sequence).
///
/// Keys hold time, sequence number and slot in one integer, so that one compare gives the total order and payloads
/// never move. A small model's keys are in a heap. When that grows large, what is far off goes to a calendar, from
/// which a handful at a time comes back in order; the heap then only holds what is set for the very near future.
/// Which of the two holds an entry has no influence on the order. Slots of clocks have a place, by which their
/// entry is found, which makes cancel and reschedule cheap; messages cannot be cancelled and do not pay for it.
///
/// An entry for the current instant goes to a FIFO lane in front. Whatever else is pending for that instant was set
/// earlier, so it comes first, and the order set is the order fired.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    heap: Heap,
    calendar: Calendar,
    /// The heap's size at which the calendar is laid out anew.
    crowded: usize,
    places: Places,
    lane: VecDeque<(u32, u64)>,
    sequence: u64,
    /// There is a new run.
    turned: bool,
    /// For moving entries about, empty in between.
    spare: Vec<Key>,
}

impl Queue {
    /// Empties the queue for a new trial, keeping its memory. Slots below `clocks` can be cancelled and set anew;
    /// those from there on are messages, each set once and then free again when it has fired.
    pub fn reset(&mut self, clocks: usize) {
        check_slots(clocks);
        self.heap.clear();
        self.calendar.clear();
        self.crowded = LARGE;
        self.places.reset(clocks);
        self.lane.clear();
        self.sequence = 0;
        self.turned = false;
    }

    /// True while the clock's slot has a pending entry.
    #[inline]
    pub fn is_set(&self, slot: u32) -> bool {
        self.places.of(slot).part != NOWHERE
    }

    /// Sets the slot to fire at `at`, in place of its pending entry if it has one. `now` is the current instant.
    #[inline]
    pub fn set(&mut self, slot: u32, at: Instant, now: Instant) {
        if at == now {
            return self.set_now(slot);
        }
        let key = key(at, self.next_sequence(), slot);
        let place = self.places.of(slot);
        if place.part != NOWHERE {
            if place.part == HEAP && at < self.calendar.limit() {
                return self.heap.replace(place.index as usize, key, &mut self.places);
            }
            self.take_out(slot);
        }
        if at < self.calendar.limit() {
            self.heap.push(key, &mut self.places);
            if self.heap.len() > self.crowded {
                self.spread();
            }
        } else {
            self.calendar.push(key, &mut self.places);
        }
    }

    #[cold]
    fn set_now(&mut self, slot: u32) {
        self.cancel(slot);
        let sequence = self.next_sequence();
        // The index tells this entry of the lane from the slot's cancelled ones; in one instant it does not repeat.
        self.places.put(u128::from(slot), LANE, sequence as u32 as usize);
        self.lane.push_back((slot, sequence));
    }

    /// Takes back the slot's pending entry. True when there was one.
    #[inline]
    pub fn cancel(&mut self, slot: u32) -> bool {
        let pending = self.is_set(slot);
        if pending {
            self.take_out(slot);
            self.places.clear(slot);
        }
        pending
    }

    /// When the slot's entry fires, if it has one; `now` if it is in the lane.
    pub fn when(&self, slot: u32, now: Instant) -> Option<Instant> {
        let place = self.places.of(slot);
        match place.part {
            NOWHERE => None,
            LANE => Some(now),
            HEAP => Some(time(self.heap.at(place.index as usize))),
            bucket => Some(time(self.calendar.at(bucket, place.index, slot))),
        }
    }

    /// Takes the next entry that fires no later than `until`.
    #[inline]
    pub fn pop(&mut self, now: Instant, until: Instant) -> Option<(Instant, u32)> {
        loop {
            let (set, planned) = (self.heap.first(&mut self.places), self.calendar.first());
            let first = set.min(planned);
            if first == LAST && self.refill() {
                continue;
            }
            if !self.lane.is_empty() && (first == LAST || time(first) > now) {
                if let Some(slot) = self.pop_lane() {
                    return Some((now, slot));
                }
            }
            if first == LAST || time(first) > until {
                return None;
            }
            if set < planned {
                self.heap.pop();
            } else if !self.calendar.pop(&self.places) {
                continue;
            }
            self.places.clear(slot(first));
            return Some((time(first), slot(first)));
        }
    }

    #[cold]
    fn pop_lane(&mut self) -> Option<u32> {
        while let Some((slot, sequence)) = self.lane.pop_front() {
            let place = self.places.of(slot);
            let live = place.part == LANE && place.index == sequence as u32;
            if live || !self.places.tracks(slot) {
                self.places.clear(slot);
                return Some(slot);
            }
        }
        None
    }

    /// Takes a clock's entry out of the part that holds it. Its place is the caller's business.
    #[inline]
    fn take_out(&mut self, slot: u32) {
        let place = self.places.of(slot);
        match place.part {
            NOWHERE | LANE => {}
            HEAP => self.heap.remove(place.index as usize, &mut self.places),
            bucket => self.calendar.remove(bucket, place.index, &mut self.places),
        }
    }

    /// The slots that come up next, once for every handful that comes up together.
    #[inline]
    pub fn upcoming(&mut self) -> impl Iterator<Item = u32> {
        let run = if std::mem::take(&mut self.turned) { self.calendar.run() } else { &[] };
        run.iter().map(|key| slot(*key))
    }

    /// Has the calendar make a new run, when heap and run are empty. False when nothing is left.
    fn refill(&mut self) -> bool {
        if self.calendar.turn() {
            self.turned = true;
            return true;
        }
        if self.calendar.pending() == 0 {
            return false;
        }
        self.spread();
        true
    }

    /// Lays the calendar out anew for all that is pending, or does without it when that is little.
    #[cold]
    fn spread(&mut self) {
        let mut keys = std::mem::take(&mut self.spare);
        self.gather(&mut keys);
        if keys.len() < SMALL {
            keys.drain(..).for_each(|key| self.heap.push(key, &mut self.places));
        } else {
            // An eighth: so that all that is pending is moved at most once for every eighth of it that is set.
            self.crowded = LARGE.max(keys.len() / 8);
            self.calendar.lay_out(&mut keys, &mut self.places);
        }
        self.spare = keys;
    }

    /// Moves every entry but the lane's to `keys`; heap and calendar are empty then, and the calendar closed.
    fn gather(&mut self, keys: &mut Vec<Key>) {
        self.heap.drain_into(keys, &mut self.places);
        self.calendar.drain_into(keys, &self.places);
        self.calendar.clear();
        self.crowded = LARGE;
    }

    #[inline]
    fn next_sequence(&mut self) -> u64 {
        if self.sequence >> SEQUENCE_BITS != 0 {
            self.renumber();
        }
        self.sequence += 1;
        self.sequence - 1
    }

    /// Gives the pending entries the smallest sequence numbers, in their order, once in 7e10 events.
    #[cold]
    fn renumber(&mut self) {
        let mut keys = std::mem::take(&mut self.spare);
        self.gather(&mut keys);
        keys.sort_unstable();
        // The lane's numbers only tell live entries from dead ones of the same instant: they may stay.
        self.sequence = keys.len() as u64;
        for (index, old) in keys.drain(..).enumerate() {
            self.heap.push(key(time(old), index as u64, slot(old)), &mut self.places);
        }
        self.spare = keys;
    }
}

/// # Panics
/// When a slot number does not fit its place in a key.
pub(super) fn check_slots(slots: usize) {
    assert!(slots <= 1 << SLOT_BITS, "at most {} clocks and messages may be pending", 1u32 << SLOT_BITS);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(micros: u64) -> Instant {
        Instant::from_micros(micros)
    }

    /// The obviously right queue: a list searched for the least (time, order of setting).
    #[derive(Default)]
    struct Plain {
        pending: Vec<(Instant, u64, u32)>,
        sequence: u64,
    }

    impl Plain {
        fn cancel(&mut self, slot: u32) -> bool {
            let before = self.pending.len();
            self.pending.retain(|entry| entry.2 != slot);
            self.pending.len() < before
        }

        fn set(&mut self, slot: u32, at: Instant) {
            self.cancel(slot);
            self.pending.push((at, self.sequence, slot));
            self.sequence += 1;
        }

        fn pop(&mut self, until: Instant) -> Option<(Instant, u32)> {
            let first = self.pending.iter().min().copied().filter(|entry| entry.0 <= until)?;
            self.pending.retain(|entry| *entry != first);
            Some((first.0, first.2))
        }
    }

    proptest! {
        #[test]
        fn any_use_fires_in_the_order_of_a_plain_sorted_list(
            steps in prop::collection::vec((0u32..40, 0u64..6, 0u8..8), 1..400)
        ) {
            let (mut queue, mut plain, mut now) = (Queue::default(), Plain::default(), Instant::START);
            queue.reset(40);
            for (slot, delay, action) in steps {
                match action {
                    0..4 => {
                        let fires = at(now.as_micros() + delay);
                        queue.set(slot, fires, now);
                        plain.set(slot, fires);
                    }
                    4 => prop_assert_eq!(queue.cancel(slot), plain.cancel(slot)),
                    _ => {
                        let until = at(now.as_micros() + delay);
                        let fired = queue.pop(now, until);
                        prop_assert_eq!(fired, plain.pop(until));
                        now = fired.map_or(now, |fired| fired.0);
                    }
                }
                for slot in 0..40 {
                    let expected = plain.pending.iter().find(|entry| entry.2 == slot).map(|entry| entry.0);
                    prop_assert_eq!(queue.when(slot, now), expected);
                    prop_assert_eq!(queue.is_set(slot), expected.is_some());
                }
            }
        }
    }

    #[test]
    fn renumbering_keeps_the_order() {
        let mut queue = Queue::default();
        queue.reset(100);
        queue.sequence = (1 << SEQUENCE_BITS) - 50;
        for slot in 0..100 {
            queue.set(slot, at(7 + u64::from(slot % 3)), Instant::START);
        }
        let order: Vec<u32> =
            std::iter::from_fn(|| queue.pop(at(6), Instant::NEVER)).map(|(_, slot)| slot).collect();
        let mut expected: Vec<u32> = (0..100).collect();
        expected.sort_by_key(|slot| slot % 3);
        assert_eq!(order, expected);
    }

    #[test]
    fn nothing_fires_beyond_the_limit() {
        let mut queue = Queue::default();
        queue.reset(1);
        queue.set(0, at(10), Instant::START);
        assert_eq!(queue.pop(Instant::START, at(9)), None);
        assert_eq!(queue.pop(Instant::START, at(10)), Some((at(10), 0)));
    }
}
