//! The order of pending entries: buckets of time, of which only the first is ever searched.

use super::bucket::Bucket;
use super::heap::Heap;
use super::places::{HEAP, Key, LAST, Place, Places, slot, time};
use crate::units::Instant;

/// Entries that a bucket should hold when its time comes: few enough to search, enough to pay for the visit.
const OCCUPANCY: usize = 8;
/// Entries that are searched one by one; more go to the heap, or to more buckets.
const SEARCHED: usize = 20;
/// Entries whose times are looked at to choose the width of buckets.
const SAMPLE: usize = 64;

/// Buckets of equal width for a *year*, the present one of which is searched for its least key at every pop, and one
/// more for all that lies beyond the year.
///
/// A heap of a million entries misses the cache once for every level, each miss waiting for the one above, and even
/// a small one is a chain of compares that the processor guesses wrong. Here an entry is appended to a bucket and
/// taken off when it is the least of the handful in the present one: a few memory accesses, none of which waits for
/// another, and hardly a branch (compare Brown's calendar queue, CACM 31, 1988, and the ladder queue of Tang, Goh and
/// Thng, ACM TOMACS 15, 2005). What is set for before the present bucket's start is put into it, which is where it
/// will be looked for. A present bucket with too many entries, such as ties, is a heap.
///
/// How wide the buckets are is chosen anew whenever they run out; it decides how fast the queue is, never the order.
#[derive(Clone, Debug, Default)]
pub(super) struct Calendar {
    start: Instant,
    /// A bucket is 2^shift microseconds wide.
    shift: u32,
    /// Buckets of the year; the one behind them holds what lies beyond it. With none, that one is present.
    count: usize,
    /// The present bucket: those before it are empty.
    present: usize,
    buckets: Vec<Bucket>,
    /// The present bucket's entries, while `heaped`.
    heap: Heap,
    heaped: bool,
    /// The heap's size at which the calendar is laid out anew.
    crowded: usize,
    /// There is a new present bucket.
    turned: bool,
    /// For moving entries about, empty in between.
    spare: Vec<Key>,
}

impl Calendar {
    /// Empties the calendar, keeping its memory.
    pub fn clear(&mut self) {
        self.buckets.iter_mut().for_each(Bucket::clear);
        self.heap.clear();
        self.close();
    }

    /// One bucket for all there is, as long as that is little.
    fn close(&mut self) {
        if self.buckets.is_empty() {
            self.buckets.push(Bucket::default());
        }
        self.start = Instant::START;
        self.shift = 0;
        self.count = 0;
        self.present = 0;
        self.heaped = false;
        self.turned = false;
    }

    #[inline]
    pub fn push(&mut self, key: Key, places: &mut Places) {
        if self.count == 0 {
            return self.push_only(key, places);
        }
        let day = time(key).as_micros().saturating_sub(self.start.as_micros()) >> self.shift;
        // A clamp and no branch: a branch would wait for the draw that the key came from.
        let bucket = day.min(self.count as u64).max(self.present as u64) as usize;
        if self.heaped && bucket == self.present {
            return self.push_heaped(key, places);
        }
        let keys = &mut self.buckets[bucket];
        places.put(key, bucket as u32, keys.len());
        keys.push(key);
        if keys.len() > SEARCHED && bucket == self.present {
            self.overflow(places);
        }
    }

    /// Where there is but one bucket. A branch of its own, so that its address is known at once.
    #[inline]
    fn push_only(&mut self, key: Key, places: &mut Places) {
        let keys = &mut self.buckets[0];
        places.put(key, 0, keys.len());
        keys.push(key);
        if keys.len() > SEARCHED {
            self.overflow(places);
        }
    }

    fn push_heaped(&mut self, key: Key, places: &mut Places) {
        self.heap.push(key, places);
        if self.heap.len() > self.crowded {
            self.lay_out(places);
        }
    }

    /// Takes out the entry at this place. The place itself is the caller's business.
    #[inline]
    pub fn remove(&mut self, place: Place, places: &mut Places) {
        if place.part == HEAP {
            self.heap.remove(place.index as usize, places);
        } else {
            self.remove_from(place.part as usize, place.index as usize, places);
        }
    }

    #[inline]
    fn remove_from(&mut self, bucket: usize, index: usize, places: &mut Places) {
        let keys = &mut self.buckets[bucket];
        let moved = keys.swap_remove(index);
        // Where the last was taken out this writes a place that nobody looks at and spares a branch.
        places.put(moved, bucket as u32, index);
    }

    /// The key at this place.
    pub fn at(&self, place: Place) -> Key {
        match place.part {
            HEAP => self.heap.at(place.index as usize),
            bucket => self.buckets[bucket as usize].at(place.index as usize),
        }
    }

    /// The least key of all and where it is; [`LAST`] when there is none.
    #[inline]
    pub fn least(&mut self, places: &mut Places) -> (Key, usize) {
        loop {
            let least =
                if self.heaped { (self.heap.first(places), 0) } else { self.buckets[self.present].least() };
            if least.0 != LAST || !self.turn(places) {
                return least;
            }
        }
    }

    /// Takes off the least key, which is where [`Calendar::least`] said. Its place is the caller's business.
    #[inline]
    pub fn pop(&mut self, index: usize, places: &mut Places) {
        if self.heaped {
            self.heap.pop();
        } else {
            self.remove_from(self.present, index, places);
        }
    }

    /// The slots that come up next, once for every handful that comes up together.
    #[inline]
    pub fn upcoming(&mut self) -> impl Iterator<Item = u32> {
        let turned = std::mem::take(&mut self.turned);
        turned.then(|| self.buckets[self.present].keys().map(slot)).into_iter().flatten()
    }

    /// Moves on to the next bucket that holds anything, when the present one is empty. False when nothing is left.
    fn turn(&mut self, places: &mut Places) -> bool {
        self.heaped = false;
        while self.present + 1 < self.count {
            self.present += 1;
            if self.buckets[self.present].len() > 0 {
                self.turned = true;
                if self.buckets[self.present].len() > SEARCHED {
                    self.overflow(places);
                }
                return true;
            }
        }
        let left = self.count > 0 && self.buckets[self.count].len() > 0;
        if left {
            self.lay_out(places);
        }
        left
    }

    /// Deals with a present bucket that holds too much to search.
    #[cold]
    fn overflow(&mut self, places: &mut Places) {
        if self.count == 0 || self.buckets[self.present].len() > self.crowded {
            return self.lay_out(places);
        }
        self.heap_up(places);
    }

    /// Makes a heap of the present bucket.
    fn heap_up(&mut self, places: &mut Places) {
        self.heaped = true;
        self.heap.clear();
        for key in self.buckets[self.present].keys() {
            self.heap.push(key, places);
        }
        self.buckets[self.present].clear();
    }

    /// Lays out a new year for all that is pending, or does without one when that is little.
    #[cold]
    fn lay_out(&mut self, places: &mut Places) {
        let mut keys = std::mem::take(&mut self.spare);
        self.drain_into(&mut keys, places);
        if keys.len() > SEARCHED {
            self.measure(&keys);
        }
        for key in keys.drain(..) {
            let day = (time(key) - self.start).as_micros() >> self.shift;
            let bucket = day.min(self.count as u64) as usize;
            places.put(key, bucket as u32, self.buckets[bucket].len());
            self.buckets[bucket].push(key);
        }
        self.spare = keys;
        self.turned = true;
        if self.buckets[0].len() > SEARCHED {
            self.heap_up(places);
        }
    }

    /// Chooses where the year starts, how wide its buckets are and how many.
    fn measure(&mut self, keys: &[Key]) {
        self.start = keys.iter().map(|key| time(*key)).min().expect("there are entries to lay out");
        let mut sample: [u64; SAMPLE] = std::array::from_fn(|index| {
            // Scattered, so that entries set in a regular pattern are not seen in step with it.
            let pick = u128::from((index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)) * keys.len() as u128;
            (time(keys[(pick >> 64) as usize]) - self.start).as_micros()
        });
        sample.sort_unstable();
        // The first quarter tells how densely entries lie, three quarters how far the year should reach.
        let width = sample[SAMPLE / 4] / (keys.len() / 4 / OCCUPANCY).max(1) as u64;
        self.shift = width.max(1).ilog2();
        let reach = (sample[SAMPLE / 4 * 3] >> self.shift) + 1;
        self.count = reach.min(keys.len() as u64 / 4) as usize;
        // An eighth: so that all that is pending is moved at most once for every eighth of it that is set.
        self.crowded = 256.max(keys.len() / 8);
        if self.buckets.len() <= self.count {
            self.buckets.resize_with(self.count + 1, Bucket::default);
        }
    }

    /// Moves every entry to the end of `keys`, in no particular order, and closes the calendar.
    pub fn drain_into(&mut self, keys: &mut Vec<Key>, places: &mut Places) {
        if self.heaped {
            self.heap.drain_into(keys, places);
        }
        for bucket in &mut self.buckets[self.present..=self.count] {
            keys.extend(bucket.keys());
            bucket.clear();
        }
        self.close();
    }
}
