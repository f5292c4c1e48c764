//! The event queue: what fires next, with true cancel and reschedule.

use std::collections::VecDeque;

use crate::units::Instant;

/// Where a slot's entry is, if it has one.
const IDLE: u32 = u32::MAX;
/// Marks an entry in the FIFO lane for the current instant.
const LANE: u32 = u32::MAX - 1;

/// Bits of a key below the time: the sequence number and the slot.
const SEQUENCE_BITS: u32 = 36;
const SLOT_BITS: u32 = 28;
const SLOT_MASK: u128 = (1 << SLOT_BITS) - 1;

/// A set of slots, each with at most one pending entry, popped in order of (time, sequence).
///
/// The heap is 4-ary and holds 16-byte keys alone: time, sequence number and slot in one integer, so that one
/// compare gives the total order and payloads never move. `position` finds a slot's entry, which makes cancel and
/// reschedule O(log n) and leaves no dead entries behind. Two habits make the common cases cheap:
///
/// - After a pop the root stays where it is as a *hole*; the next new entry takes its place and sinks, one sift
///   instead of two. The hole's stale key is no larger than any other, so the heap order holds meanwhile.
/// - An entry for the current instant goes to a FIFO lane in front of the heap. Whatever the heap still holds for
///   that instant was set earlier, so it comes first, and the order set is the order fired.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    heap: Vec<u128>,
    hole: bool,
    position: Vec<u32>,
    lane: VecDeque<(u32, u64)>,
    /// Sequence number of each slot's lane entry, to tell a live one from a cancelled one.
    lane_sequence: Vec<u64>,
    sequence: u64,
}

fn key(at: Instant, sequence: u64, slot: u32) -> u128 {
    (at.as_micros() as u128) << 64 | (sequence as u128) << SLOT_BITS | slot as u128
}

fn time(key: u128) -> Instant {
    Instant::from_micros((key >> 64) as u64)
}

fn slot(key: u128) -> u32 {
    (key & SLOT_MASK) as u32
}

impl Queue {
    /// Empties the queue for a new trial over `slots` slots, keeping its memory.
    pub fn reset(&mut self, slots: usize) {
        assert!(slots < 1 << SLOT_BITS, "at most {} clocks and messages may be pending", 1u32 << SLOT_BITS);
        self.heap.clear();
        self.hole = false;
        self.lane.clear();
        self.sequence = 0;
        self.position.clear();
        self.position.resize(slots, IDLE);
        self.lane_sequence.clear();
    }

    /// Adds a slot and returns its number.
    pub fn add_slot(&mut self) -> u32 {
        let slot = self.position.len();
        assert!(slot < 1 << SLOT_BITS, "at most {} clocks and messages may be pending", 1u32 << SLOT_BITS);
        self.position.push(IDLE);
        slot as u32
    }

    /// True while the slot has a pending entry.
    #[inline]
    pub fn is_set(&self, slot: u32) -> bool {
        self.position[slot as usize] != IDLE
    }

    /// Sets the slot to fire at `at`, in place of its pending entry if it has one. `now` is the current instant.
    #[inline]
    pub fn set(&mut self, slot: u32, at: Instant, now: Instant) {
        if at == now {
            return self.set_now(slot);
        }
        let position = self.position[slot as usize];
        let key = key(at, self.next_sequence(), slot);
        if position < LANE {
            self.replace(position as usize, key);
        } else if self.hole {
            self.hole = false;
            self.sink(0, key);
        } else {
            self.heap.push(key);
            self.rise(self.heap.len() - 1, key);
        }
    }

    #[cold]
    fn set_now(&mut self, slot: u32) {
        self.cancel(slot);
        let sequence = self.next_sequence();
        if self.lane_sequence.len() < self.position.len() {
            self.lane_sequence.resize(self.position.len(), 0);
        }
        self.position[slot as usize] = LANE;
        self.lane_sequence[slot as usize] = sequence;
        self.lane.push_back((slot, sequence));
    }

    /// Takes back the slot's pending entry. True when there was one.
    #[inline]
    pub fn cancel(&mut self, slot: u32) -> bool {
        let position = self.position[slot as usize];
        if position == IDLE {
            return false;
        }
        self.position[slot as usize] = IDLE;
        if position < LANE {
            let position = position as usize;
            let last = self.heap.pop().expect("a slot with a position is in the heap");
            if position < self.heap.len() {
                self.replace(position, last);
            }
        }
        true
    }

    /// When the slot's entry fires, if it has one in the heap; `now` if it is in the lane.
    pub fn when(&self, slot: u32, now: Instant) -> Option<Instant> {
        match self.position[slot as usize] {
            IDLE => None,
            LANE => Some(now),
            position => Some(time(self.heap[position as usize])),
        }
    }

    /// Takes the next entry that fires no later than `until`.
    #[inline]
    pub fn pop(&mut self, now: Instant, until: Instant) -> Option<(Instant, u32)> {
        if self.hole {
            self.fill();
        }
        let first = self.heap.first().copied();
        if !self.lane.is_empty() && first.is_none_or(|key| time(key) > now) {
            if let Some(slot) = self.pop_lane() {
                return Some((now, slot));
            }
        }
        let key = first?;
        if time(key) > until {
            return None;
        }
        let slot = slot(key);
        self.position[slot as usize] = IDLE;
        self.hole = true;
        Some((time(key), slot))
    }

    #[cold]
    fn pop_lane(&mut self) -> Option<u32> {
        while let Some((slot, sequence)) = self.lane.pop_front() {
            let live = self.position[slot as usize] == LANE && self.lane_sequence[slot as usize] == sequence;
            if live {
                self.position[slot as usize] = IDLE;
                return Some(slot);
            }
        }
        None
    }

    /// Fills the hole at the root with the last entry.
    fn fill(&mut self) {
        self.hole = false;
        let last = self.heap.pop().expect("a hole is an entry");
        if !self.heap.is_empty() {
            self.sink(0, last);
        }
    }

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
        if self.hole {
            self.fill();
        }
        self.heap.sort_unstable();
        for (index, entry) in self.heap.iter_mut().enumerate() {
            let slot = slot(*entry);
            *entry = key(time(*entry), index as u64, slot);
            self.position[slot as usize] = index as u32;
        }
        // The lane's numbers only tell live entries from dead ones; a restart cannot confuse them, because a slot
        // has at most one live entry and dead ones keep numbers from before.
        self.sequence = self.heap.len() as u64;
    }

    /// Puts `key` at a position whose entry has gone, wherever it belongs from there.
    fn replace(&mut self, position: usize, key: u128) {
        if position > 0 && key < self.heap[(position - 1) / 4] {
            self.rise(position, key);
        } else {
            self.sink(position, key);
        }
    }

    #[inline]
    fn rise(&mut self, mut position: usize, key: u128) {
        while position > 0 {
            let parent = (position - 1) / 4;
            let above = self.heap[parent];
            if above <= key {
                break;
            }
            self.heap[position] = above;
            self.position[slot(above) as usize] = position as u32;
            position = parent;
        }
        self.heap[position] = key;
        self.position[slot(key) as usize] = position as u32;
    }

    #[inline]
    fn sink(&mut self, mut position: usize, key: u128) {
        let heap = &mut self.heap[..];
        loop {
            let first = 4 * position + 1;
            let (child, least) = match heap.get(first..first + 4) {
                Some(&[a, b, c, d]) => {
                    // Two independent compares, then one: a shape that compiles without branches.
                    let (left, low) = if b < a { (1, b) } else { (0, a) };
                    let (right, high) = if d < c { (3, d) } else { (2, c) };
                    if high < low { (first + right, high) } else { (first + left, low) }
                }
                _ => {
                    let rest = heap.get(first..).unwrap_or(&[]);
                    let Some((index, &least)) = rest.iter().enumerate().min_by_key(|&(_, key)| *key) else {
                        break;
                    };
                    (first + index, least)
                }
            };
            if key <= least {
                break;
            }
            heap[position] = least;
            self.position[slot(least) as usize] = position as u32;
            position = child;
        }
        heap[position] = key;
        self.position[slot(key) as usize] = position as u32;
    }
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
