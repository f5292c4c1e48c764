//! The order of pending entries: buckets of time, of which only the first is ever searched.

use super::heap::Heap;
use super::places::{HEAP, Key, LAST, Place, Places, RUN, slot, time};
use super::run::Run;
use crate::units::{Instant, Span};

/// Pending entries from which on a model is large: it does not fit the nearest caches.
const LARGE: usize = 4096;
/// Entries that a bucket should hold when its time comes, in a small model and in a large one. Few are sorted faster;
/// many mean fewer buckets, so that the ends to which entries are appended fit the cache.
const OCCUPANCY: [usize; 2] = [12, 32];
/// Entries that are kept in order; more go to the heap, or to more buckets.
const SORTED: [usize; 2] = [32, 80];
/// Eighths of the entries that the year should hold: what lies beyond is moved at every layout, but every bucket of a
/// long year is one more end to append to.
const REACH: [usize; 2] = [7, 6];
/// Entries for which a bucket keeps memory when they have gone: one that held half a million once need not again. The one
/// beyond the year, which fills every time, keeps it for [`LARGE`].
const HOARD: usize = 64;
/// Entries whose times are looked at to choose the width of buckets.
const SAMPLE: usize = 64;

/// Buckets of equal width for a *year*, the present one of which is a sorted *run*, and one more for all that lies
/// beyond the year.
///
/// A heap of a million entries misses the cache once for every level, each miss waiting for the one above, and even
/// a small one is a chain of compares that the processor guesses wrong. Here an entry is appended to a bucket, read
/// when the bucket's time comes, sorted among a handful, and taken off the end: a few memory accesses, none of which
/// waits for another, and hardly a branch (compare Brown's calendar queue, CACM 31, 1988, and the ladder queue of
/// Tang, Goh and Thng, ACM TOMACS 15, 2005). What is set for a time before the present bucket's end goes into the
/// run. A present bucket with too many entries, such as ties, is a heap instead.
///
/// How wide the buckets are is chosen anew whenever they run out; it decides how fast the queue is, never the order.
#[derive(Clone, Debug, Default)]
pub(super) struct Calendar {
    start: Instant,
    /// A bucket is 2^shift microseconds wide.
    shift: u32,
    /// Buckets of the year; the one behind them holds what lies beyond it. Without any, all is present.
    count: usize,
    /// The present bucket; it and those before it are empty, their entries are in the run or gone.
    present: usize,
    buckets: Vec<Vec<Key>>,
    /// All there is lies beyond, to be laid out when the first of it is asked for: a model's start sets much at once.
    loose: bool,
    run: Run,
    /// What would be in the run, while `heaped`.
    heap: Heap,
    heaped: bool,
    /// The size of a present bucket at which the calendar is laid out anew.
    crowded: usize,
    /// The model is large.
    large: bool,
    /// There is a new run of a large model.
    turned: bool,
    /// For moving entries about, empty in between.
    spare: Vec<Key>,
}

impl Calendar {
    /// Empties the calendar, keeping its memory.
    pub fn clear(&mut self) {
        self.buckets.iter_mut().for_each(Vec::clear);
        self.heap.clear();
        self.run.clear();
        self.close();
    }

    /// All there is in one run, as long as that is little.
    fn close(&mut self) {
        if self.buckets.is_empty() {
            self.buckets.push(Vec::new());
        }
        self.start = Instant::START;
        self.shift = 0;
        self.count = 0;
        self.present = 0;
        self.heaped = false;
        self.loose = false;
        self.large = false;
        self.turned = false;
    }

    /// Puts a key in. Whoever knows that its slot is a message's says that it is not `TRACKED`.
    #[inline(always)]
    pub fn push<T, const TRACKED: bool>(&mut self, key: Key, places: &mut Places<T>) {
        let day = time(key).as_micros().saturating_sub(self.start.as_micros()) >> self.shift;
        if self.count == 0 || day <= self.present as u64 {
            return self.push_present(key, places);
        }
        // A minimum and no branch: a branch would wait for the draw that the key came from.
        let bucket = day.min(self.count as u64) as usize;
        let keys = &mut self.buckets[bucket];
        if TRACKED {
            places.put(key, bucket as u32, keys.len());
        }
        keys.push(key);
    }

    fn push_present<T>(&mut self, key: Key, places: &mut Places<T>) {
        if self.loose {
            places.put(key, 0, self.buckets[0].len());
            self.buckets[0].push(key);
        } else if self.heaped {
            self.heap.push(key, places);
            if self.heap.len() > self.crowded {
                self.lay_out(places);
            }
        } else {
            places.put(key, RUN, 0);
            self.run.insert(key);
            if self.run.len() > self.sorted() {
                self.overflow(places);
            }
        }
    }

    /// Takes out a slot's entry, which is at this place. The place itself is the caller's business.
    #[inline]
    pub fn remove<T>(&mut self, slot: u32, place: Place, places: &mut Places<T>) {
        match place.part {
            HEAP => self.heap.remove(place.index as usize, places),
            RUN => self.run.remove(slot),
            bucket => {
                let keys = &mut self.buckets[bucket as usize];
                keys.swap_remove(place.index as usize);
                if let Some(&moved) = keys.get(place.index as usize) {
                    places.put(moved, bucket, place.index as usize);
                }
            }
        }
    }

    /// The key of a slot whose entry is at this place.
    pub fn at(&self, slot: u32, place: Place) -> Key {
        match place.part {
            HEAP => self.heap.at(place.index as usize),
            RUN => self.run.of(slot),
            bucket => self.buckets[bucket as usize][place.index as usize],
        }
    }

    /// The least key of all; [`LAST`] when there is none.
    #[inline(always)]
    pub fn least<T>(&mut self, places: &mut Places<T>) -> Key {
        loop {
            let least = if self.heaped { self.heap.first(places) } else { self.run.least() };
            if least != LAST || !self.turn(places) {
                return least;
            }
        }
    }

    /// Takes off the least key. Its place is the caller's business.
    #[inline]
    pub fn pop(&mut self) {
        if self.heaped {
            self.heap.pop();
        } else {
            self.run.pop();
        }
    }

    /// Whether a handful of entries has come near since this was last asked, in a model too large for the cache.
    #[inline]
    pub fn turned(&mut self) -> bool {
        std::mem::take(&mut self.turned)
    }

    /// The slots that come up next.
    pub fn upcoming(&self) -> impl Iterator<Item = u32> {
        self.run.keys().iter().map(|key| slot(*key))
    }

    /// Moves on to the next bucket that holds anything, when the present one is empty. False when nothing is left.
    #[inline(never)]
    fn turn<T>(&mut self, places: &mut Places<T>) -> bool {
        while self.present + 1 < self.count {
            self.present += 1;
            let pending = self.buckets[self.present].len();
            if pending > self.crowded {
                self.lay_out(places);
                return true;
            } else if pending > 0 {
                self.begin(places);
                return true;
            }
        }
        let left = !self.buckets[self.count].is_empty();
        if left {
            self.lay_out(places);
        } else {
            self.heaped = false;
        }
        left
    }

    /// Makes a run of the present bucket, or a heap.
    fn begin<T>(&mut self, places: &mut Places<T>) {
        let bucket = &mut self.buckets[self.present];
        self.heaped = bucket.len() > SORTED[usize::from(self.large)];
        if self.heaped {
            self.heap.clear();
            bucket.drain(..).for_each(|key| self.heap.push(key, places));
            // What another layout would not part either, such as ties, is not laid out again at once.
            self.crowded = self.crowded.max(2 * self.heap.len());
        } else {
            if !places.is_empty() {
                bucket.iter().for_each(|key| places.put(*key, RUN, 0));
            }
            let width = if self.count == 0 { u64::BITS } else { self.shift };
            self.run.fill(bucket, self.start + Span::from_micros((self.present as u64) << self.shift), width);
            if bucket.capacity() > HOARD {
                *bucket = Vec::new();
            }
            self.turned = self.large;
        }
    }

    /// Deals with a run that is too long to insert into.
    #[cold]
    fn overflow<T>(&mut self, places: &mut Places<T>) {
        if self.count == 0 {
            self.loose = true;
            for (index, key) in self.run.keys().iter().enumerate() {
                places.put(*key, 0, index);
                self.buckets[0].push(*key);
            }
            self.run.clear();
            return;
        }
        self.heaped = true;
        self.heap.clear();
        self.run.keys().iter().for_each(|key| self.heap.push(*key, places));
        self.run.clear();
    }

    /// Lays out a new year for all that is pending, or does without one when that is little.
    #[cold]
    fn lay_out<T>(&mut self, places: &mut Places<T>) {
        let mut keys = std::mem::take(&mut self.spare);
        let beyond = self.count;
        self.drain_into(&mut keys, places);
        if keys.len() > self.sorted() {
            self.measure(&keys);
        }
        // What lies beyond the year is much: the memory it had stays with it.
        self.buckets.swap(beyond, self.count);
        for key in keys.drain(..) {
            let day = (time(key) - self.start).as_micros() >> self.shift;
            let bucket = day.min(self.count as u64) as usize;
            places.put(key, bucket as u32, self.buckets[bucket].len());
            self.buckets[bucket].push(key);
        }
        if keys.capacity() <= LARGE {
            self.spare = keys;
        }
        self.begin(places);
    }

    fn sorted(&self) -> usize {
        SORTED[usize::from(self.large)]
    }

    /// Chooses where the year starts, how wide its buckets are and how many.
    fn measure(&mut self, keys: &[Key]) {
        self.large = keys.len() >= LARGE;
        self.start = keys.iter().map(|key| time(*key)).min().expect("there are entries to lay out");
        let mut sample: [u64; SAMPLE] = std::array::from_fn(|index| {
            // Scattered, so that entries set in a regular pattern are not seen in step with it.
            let pick = u128::from((index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)) * keys.len() as u128;
            (time(keys[(pick >> 64) as usize]) - self.start).as_micros()
        });
        sample.sort_unstable();
        // The first quarter tells how densely entries lie, the last eighths how far the year should reach.
        let width = sample[SAMPLE / 4] / (keys.len() / 4 / OCCUPANCY[usize::from(self.large)]).max(1) as u64;
        self.shift = width.max(1).ilog2();
        let reach = (sample[SAMPLE / 8 * REACH[usize::from(self.large)]] >> self.shift) + 1;
        self.count = reach.min(keys.len() as u64 / 4) as usize;
        // An eighth: so that all that is pending is moved at most once for every eighth of it that is set.
        self.crowded = 256.max(keys.len() / 8);
        if self.buckets.len() <= self.count {
            self.buckets.resize_with(self.count + 1, Vec::new);
        }
    }

    /// Moves every entry to the end of `keys`, in no particular order, and closes the calendar.
    pub fn drain_into<T>(&mut self, keys: &mut Vec<Key>, places: &mut Places<T>) {
        if self.heaped {
            self.heap.drain_into(keys, places);
        }
        keys.extend_from_slice(self.run.keys());
        self.run.clear();
        for (day, bucket) in self.buckets.iter_mut().enumerate().take(self.count + 1).skip(self.present) {
            keys.append(bucket);
            if bucket.capacity() > if day == self.count { LARGE } else { HOARD } {
                *bucket = Vec::new();
            }
        }
        self.close();
    }
}
