//! The event queue: what fires next, with true cancel and reschedule.

use std::collections::VecDeque;

use super::calendar::Calendar;
use super::places::{Key, LANE, NOWHERE, Places, SEQUENCE_BITS, SLOT_BITS, key, slot, time};
use crate::units::Instant;

/// Bits of the sequence numbers that are kept free for what one event sets.
const WORN_BITS: u32 = 30;
/// The last instant at which anything can fire.
const BEFORE_NEVER: Instant = Instant::from_micros(u64::MAX - 1);

/// A set of slots, each with at most one pending entry, popped in order of (time, sequence).
///
/// Keys hold time, sequence number and slot in one integer, so that one compare gives the total order and payloads
/// never move; the [`Calendar`] finds the least of them. Slots of clocks have a place, by which their entry is found,
/// which makes cancel and reschedule cheap and leaves no dead entries behind; messages cannot be cancelled and do not
/// pay for it.
///
/// An entry for the current instant goes to a FIFO lane in front. Whatever else is pending for that instant was set
/// earlier, so it comes first, and the order set is the order fired.
#[derive(Clone, Debug)]
pub(super) struct Queue<T> {
    calendar: Calendar,
    places: Places<T>,
    lane: VecDeque<(u32, u64)>,
    sequence: u64,
}

impl<T> Default for Queue<T> {
    fn default() -> Queue<T> {
        Queue { calendar: Calendar::default(), places: Places::default(), lane: VecDeque::new(), sequence: 0 }
    }
}

impl<T> Queue<T> {
    /// Empties the queue for a new trial, keeping its memory. Slots below `clocks` can be cancelled and set anew, and
    /// each keeps what `kept` says; those from there on are messages, each set once and then free again when it has fired.
    pub fn reset(&mut self, clocks: usize, kept: impl FnMut() -> T) {
        check_slots(clocks);
        self.calendar.clear();
        self.places.reset(clocks, kept);
        self.lane.clear();
        self.sequence = 0;
    }

    /// What is kept for a slot that can be cancelled; nothing for a message's.
    #[inline]
    pub fn kept(&self, slot: u32) -> Option<&T> {
        self.places.kept(slot)
    }

    #[inline]
    pub fn kept_mut(&mut self, slot: u32) -> Option<&mut T> {
        self.places.kept_mut(slot)
    }

    /// True while the clock's slot has a pending entry.
    #[inline]
    pub fn is_set(&self, slot: u32) -> bool {
        self.places.of(slot).part != NOWHERE
    }

    /// Sets the slot to fire at `at`, in place of its pending entry if it has one. `now` is the current instant.
    #[inline(always)]
    pub fn set(&mut self, slot: u32, at: Instant, now: Instant) {
        if at == now {
            return self.set_now(slot);
        }
        if self.is_set(slot) {
            self.take_out(slot);
        }
        let sequence = self.take_number();
        self.file(slot, at, sequence);
    }

    /// Puts in an entry for a slot that has none, later than now, with a sequence number that was taken for it before.
    #[inline(always)]
    pub fn file(&mut self, slot: u32, at: Instant, sequence: u64) {
        self.calendar.push::<_, true>(key(at, sequence, slot), &mut self.places);
    }

    /// Sets a message's slot, which has no pending entry, to arrive at `at`.
    #[inline(always)]
    pub fn send(&mut self, slot: u32, at: Instant, now: Instant) {
        if at == now {
            return self.set_now(slot);
        }
        let key = key(at, self.take_number(), slot);
        self.calendar.push::<_, false>(key, &mut self.places);
    }

    #[cold]
    fn set_now(&mut self, slot: u32) {
        self.cancel(slot);
        let sequence = self.take_number();
        // The index tells this entry of the lane from the slot's cancelled ones; in one instant it does not repeat.
        self.places.put(Key::from(slot), LANE, sequence as u32 as usize);
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
            _ => Some(time(self.calendar.at(slot, place))),
        }
    }

    /// Takes the next entry that fires no later than `until`: when, its slot, and what is kept for it.
    #[inline(always)]
    pub fn pop(&mut self, now: Instant, until: Instant) -> Option<(Instant, u32, Option<&mut T>)> {
        let least = self.calendar.least(&mut self.places);
        if !self.lane.is_empty()
            && time(least) > now
            && let Some(slot) = self.pop_lane()
        {
            return Some((now, slot, self.places.clear(slot)));
        }
        // What is set for the end of time never fires, so that this holds for no entry at all too.
        if time(least) > until.min(BEFORE_NEVER) {
            return None;
        }
        self.calendar.pop();
        Some((time(least), slot(least), self.places.clear(slot(least))))
    }

    /// Whether a handful of entries has come near since this was last asked, in a model too large for the cache.
    #[inline]
    pub fn turned(&mut self) -> bool {
        self.calendar.turned()
    }

    /// The slots that come up next, if they are few.
    pub fn upcoming(&self) -> impl Iterator<Item = u32> {
        self.calendar.upcoming()
    }

    #[cold]
    fn pop_lane(&mut self) -> Option<u32> {
        while let Some((slot, sequence)) = self.lane.pop_front() {
            let place = self.places.of(slot);
            let live = place.part == LANE && place.index == sequence as u32;
            if live || !self.places.tracks(slot) {
                return Some(slot);
            }
        }
        None
    }

    /// Takes a clock's entry out of the calendar, if it is there. Its place is the caller's business.
    #[inline(never)]
    fn take_out(&mut self, slot: u32) {
        let place = self.places.of(slot);
        if place.part != LANE {
            self.calendar.remove(slot, place, &mut self.places);
        }
    }

    /// Takes the next sequence number: of entries for the same instant, the one with the lesser fires first.
    #[inline]
    pub fn take_number(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence - 1
    }

    /// True when sequence numbers are about to run out and entries must be numbered anew, before the next event: room is
    /// left for a thousand million entries of that one.
    #[inline]
    pub fn is_worn(&self) -> bool {
        self.sequence >> WORN_BITS >= (1 << (SEQUENCE_BITS - WORN_BITS)) - 1
    }

    /// Has numbers run out after so many more.
    #[cfg(test)]
    pub fn wear_out_after(&mut self, entries: u64) {
        self.sequence = (1 << SEQUENCE_BITS) - (1 << WORN_BITS) - entries;
    }

    /// Gives the pending entries the smallest sequence numbers, in their order, once in 7e10 events.
    pub fn renumber(&mut self) {
        let mut keys = Vec::new();
        self.calendar.drain_into(&mut keys, &mut self.places);
        keys.sort_unstable();
        // The lane's numbers only tell live entries from dead ones of the same instant: they may stay.
        self.sequence = keys.len() as u64;
        for (index, old) in keys.into_iter().enumerate() {
            self.calendar.push::<_, true>(key(time(old), index as u64, slot(old)), &mut self.places);
        }
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
    use proptest::test_runner::TestCaseError;

    use super::*;

    fn at(micros: u64) -> Instant {
        Instant::from_micros(micros)
    }

    fn pop(queue: &mut Queue<()>, now: Instant, until: Instant) -> Option<(Instant, u32)> {
        queue.pop(now, until).map(|(at, slot, _)| (at, slot))
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

    /// Plays a random use on both queues: (slot, delay, action), slots from `clocks` on being messages.
    fn compare(slots: u32, clocks: u32, steps: Vec<(u32, u64, u8)>) -> Result<(), TestCaseError> {
        let (mut queue, mut plain, mut now) = (Queue::default(), Plain::default(), Instant::START);
        queue.reset(clocks as usize, || ());
        for (slot, delay, action) in steps {
            let slot = slot % slots;
            let is_message = slot >= clocks;
            let under_way = plain.pending.iter().any(|entry| entry.2 == slot);
            match action {
                // A message is set once; then its slot is taken until it has fired.
                0..4 if !is_message || !under_way => {
                    let fires = at(now.as_micros() + delay);
                    if is_message {
                        queue.send(slot, fires, now)
                    } else {
                        queue.set(slot, fires, now)
                    }
                    plain.set(slot, fires);
                }
                4 if !is_message => prop_assert_eq!(queue.cancel(slot), plain.cancel(slot)),
                _ => {
                    let until = at(now.as_micros() + delay);
                    let fired = pop(&mut queue, now, until);
                    prop_assert_eq!(fired, plain.pop(until));
                    now = fired.map_or(now, |fired| fired.0);
                }
            }
            if !is_message {
                let expected = plain.pending.iter().find(|entry| entry.2 == slot).map(|entry| entry.0);
                prop_assert_eq!(queue.when(slot, now), expected);
                prop_assert_eq!(queue.is_set(slot), expected.is_some());
            }
        }
        while let Some(fired) = plain.pop(Instant::NEVER) {
            prop_assert_eq!(pop(&mut queue, now, Instant::NEVER), Some(fired));
            now = fired.0;
        }
        prop_assert_eq!(pop(&mut queue, now, Instant::NEVER), None);
        Ok(())
    }

    /// Delays of every size, from ties to the end of time.
    fn delay() -> impl Strategy<Value = u64> {
        prop_oneof![0u64..6, 0u64..1000, (0u32..62, any::<u64>()).prop_map(|(bits, word)| word % (1 << bits))]
    }

    proptest! {
        #[test]
        fn any_use_of_a_few_slots_fires_in_the_order_of_a_plain_sorted_list(
            steps in prop::collection::vec((0u32..40, 0u64..6, 0u8..8), 1..400)
        ) {
            compare(40, 30, steps)?;
        }

        #[test]
        fn any_use_of_many_slots_fires_in_the_order_of_a_plain_sorted_list(
            steps in prop::collection::vec((any::<u32>(), delay(), 0u8..7), 1..3000)
        ) {
            compare(1000, 700, steps)?;
        }
    }

    #[test]
    fn ties_in_any_number_fire_in_the_order_set() {
        let mut queue = Queue::default();
        queue.reset(20_000, || ());
        for round in 0..3u64 {
            (0..20_000).for_each(|slot| queue.set(slot, at(round + 1), at(round)));
            for slot in 0..20_000 {
                assert_eq!(pop(&mut queue, at(round), Instant::NEVER), Some((at(round + 1), slot)));
            }
        }
    }

    #[test]
    fn renumbering_keeps_the_order() {
        let mut queue = Queue::default();
        queue.reset(100, || ());
        queue.wear_out_after(50);
        for slot in 0..100 {
            if queue.is_worn() {
                queue.renumber();
            }
            queue.set(slot, at(7 + u64::from(slot % 3)), Instant::START);
        }
        assert!(queue.sequence < 200, "it was renumbered on the way");
        let order: Vec<u32> =
            std::iter::from_fn(|| pop(&mut queue, at(6), Instant::NEVER)).map(|(_, slot)| slot).collect();
        let mut expected: Vec<u32> = (0..100).collect();
        expected.sort_by_key(|slot| slot % 3);
        assert_eq!(order, expected);
    }

    #[test]
    fn nothing_fires_beyond_the_limit() {
        let mut queue = Queue::default();
        queue.reset(1, || ());
        queue.set(0, at(10), Instant::START);
        assert_eq!(pop(&mut queue, Instant::START, at(9)), None);
        assert_eq!(pop(&mut queue, Instant::START, at(10)), Some((at(10), 0)));
    }
}
