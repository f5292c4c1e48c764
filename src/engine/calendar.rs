//! The far part of a large event queue: entries in unsorted buckets of time, sorted when their time has come.

use super::places::{Key, LAST, Places, slot, time};
use crate::units::Instant;

/// Entries that a bucket should hold when its time comes: few enough to sort cheaply, enough to pay for the visit.
const OCCUPANCY: usize = 8;
/// Entries whose times are looked at to choose the width of buckets.
const SAMPLE: usize = 64;
/// Buckets of equal width, the first of which is being emptied, and what lies beyond them.
///
/// A heap of a million entries misses the cache once for every level. Here an entry is appended to a bucket, read
/// once when the bucket's time comes, sorted among a handful, and taken off the end: a few memory accesses in all,
/// none of which waits for another (compare Brown's calendar queue, CACM 31, 1988, and the ladder queue of Tang, Goh
/// and Thng, ACM TOMACS 15, 2005). How wide the buckets are is chosen anew whenever they run out; it decides how fast
/// the queue is, never the order in which it fires.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    /// The first instant that is not the heap's or the run's business.
    limit: Instant,
    start: Instant,
    /// A bucket is 2^shift microseconds wide.
    shift: u32,
    /// Buckets of the year; the one behind them holds all that lies beyond it.
    count: usize,
    /// The next bucket to become the run; the one before it is the run now.
    next: usize,
    buckets: Vec<Vec<Key>>,
    /// What is left of the current bucket, latest first. A cancelled entry stays until its time, marked by a place
    /// that is not the current bucket's.
    run: Vec<Key>,
    pending: usize,
}

impl Default for Calendar {
    fn default() -> Calendar {
        Calendar {
            limit: Instant::NEVER,
            start: Instant::START,
            shift: 0,
            count: 0,
            next: 0,
            buckets: Vec::new(),
            run: Vec::new(),
            pending: 0,
        }
    }
}

impl Calendar {
    /// Empties the calendar, keeping its memory. Until it is laid out it takes no entries.
    pub fn clear(&mut self) {
        self.limit = Instant::NEVER;
        self.buckets.iter_mut().for_each(Vec::clear);
        self.run.clear();
        self.count = 0;
        self.next = 0;
        self.pending = 0;
    }

    /// Entries from this instant on belong here.
    #[inline]
    pub fn limit(&self) -> Instant {
        self.limit
    }

    /// How many entries are in the buckets, without the run.
    pub fn pending(&self) -> usize {
        self.pending
    }

    #[inline]
    pub fn push(&mut self, key: Key, places: &mut Places) {
        let day = (time(key).as_micros() - self.start.as_micros()) >> self.shift;
        // A minimum and no branch, which would wait for the draw that the key came from.
        let bucket = day.min(self.count as u64) as usize;
        let keys = &mut self.buckets[bucket];
        places.put(key, bucket as u32, keys.len());
        keys.push(key);
        self.pending += 1;
    }

    /// Takes out the entry at this place.
    #[inline]
    pub fn remove(&mut self, bucket: u32, index: u32, places: &mut Places) {
        if self.is_run(bucket) {
            return;
        }
        let keys = &mut self.buckets[bucket as usize];
        keys.swap_remove(index as usize);
        if let Some(&moved) = keys.get(index as usize) {
            places.put(moved, bucket, index as usize);
        }
        self.pending -= 1;
    }

    /// The key of the slot whose entry is at this place.
    pub fn at(&self, bucket: u32, index: u32, of: u32) -> Key {
        if self.is_run(bucket) {
            *self.run.iter().find(|key| slot(**key) == of).expect("the run holds what is placed in it")
        } else {
            self.buckets[bucket as usize][index as usize]
        }
    }

    /// The run's first key, live or cancelled; [`LAST`] when it has run out.
    #[inline]
    pub fn first(&self) -> Key {
        self.run.last().copied().unwrap_or(LAST)
    }

    /// Takes off the run's first key. True when it was live.
    #[inline]
    pub fn pop(&mut self, places: &Places) -> bool {
        let key = self.run.pop().expect("the run's first key was seen");
        places.is_in(slot(key), self.next as u32 - 1)
    }

    /// Makes a run of the next bucket that holds anything. False when all are empty and only what lies beyond is
    /// left, for which the calendar must be laid out anew.
    pub fn turn(&mut self) -> bool {
        while self.next < self.count {
            let bucket = &mut self.buckets[self.next];
            self.next += 1;
            let end = ((self.next as u128) << self.shift) + u128::from(self.start.as_micros());
            self.limit = Instant::from_micros(u64::try_from(end).unwrap_or(u64::MAX));
            if !bucket.is_empty() {
                self.pending -= bucket.len();
                std::mem::swap(bucket, &mut self.run);
                self.run.sort_unstable_by(|a, b| b.cmp(a));
                return true;
            }
        }
        false
    }

    /// What is left of the current bucket, latest first.
    pub fn run(&self) -> &[Key] {
        &self.run
    }

    /// Moves every live entry to the end of `keys`.
    pub fn drain_into(&mut self, keys: &mut Vec<Key>, places: &Places) {
        // An empty run has no number.
        let number = self.next.wrapping_sub(1) as u32;
        keys.extend(self.run.drain(..).filter(|key| places.is_in(slot(*key), number)));
        for bucket in &mut self.buckets {
            keys.append(bucket);
        }
        self.pending = 0;
    }

    /// Lays out a new year and fills it with `keys`, which it leaves empty. All else must be empty.
    pub fn lay_out(&mut self, keys: &mut Vec<Key>, places: &mut Places) {
        let start = keys.iter().map(|key| time(*key)).min().expect("a calendar is laid out for entries");
        let mut sample: [u64; SAMPLE] = std::array::from_fn(|index| {
            // Scattered, so that entries set in a regular pattern are not seen in step with it.
            let pick = (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) as u128 * keys.len() as u128;
            (time(keys[(pick >> 64) as usize]) - start).as_micros()
        });
        sample.sort_unstable();
        // The first quarter tells how densely entries lie, three quarters how far the year should reach.
        let width = sample[SAMPLE / 4] / (keys.len() / 4 / OCCUPANCY).max(1) as u64;
        self.shift = width.max(1).ilog2();
        let reach = (sample[SAMPLE / 4 * 3] >> self.shift) + 1;
        self.count = reach.min(keys.len() as u64 / 4 + 1) as usize;
        self.start = start;
        self.limit = start;
        self.next = 0;
        if self.buckets.len() <= self.count {
            self.buckets.resize_with(self.count + 1, Vec::new);
        }
        for key in keys.drain(..) {
            self.push(key, places);
        }
    }

    #[inline]
    fn is_run(&self, bucket: u32) -> bool {
        bucket as usize + 1 == self.next
    }
}
