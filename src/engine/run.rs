//! The present bucket in order: a few keys, the least at the end.

use super::places::{Key, LAST, Places, RUN, slot, time};
use crate::units::Instant;

/// How many keys a run has room for.
pub(super) const ROOM: usize = 128;

/// Keys that are sorted by counting instead of by a general sort: lengths for which the counting is unrolled.
const FEW: [usize; 3] = [16, 32, 64];

/// Keys in descending order, so that the least comes off the end.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// Of one length, so that taking over a bucket clears and copies no memory: how much that would be is different every
    /// time, and a processor that guesses it wrong has thrown an event's worth of work away.
    keys: Box<[Key; ROOM]>,
    len: usize,
}

impl Default for Run {
    fn default() -> Run {
        Run { keys: Box::new([LAST; ROOM]), len: 0 }
    }
}

impl Run {
    /// The least key; [`LAST`] when there is none.
    #[inline]
    pub fn least(&self) -> Key {
        if self.len == 0 { LAST } else { self.keys[(self.len - 1) % ROOM] }
    }

    #[inline]
    pub fn pop(&mut self) {
        self.len -= 1;
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn keys(&self) -> &[Key] {
        &self.keys[..self.len]
    }

    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Puts a key where it belongs. There must be room.
    #[inline]
    pub fn insert(&mut self, key: Key) {
        // Moving keys up until the place is found would mean a branch for each that nobody can foresee; counting
        // those that are later means none.
        let keys = &mut self.keys[..=self.len];
        let later: usize = keys[..self.len].iter().map(|other| usize::from(*other > key)).sum();
        // A loop, not a copy of memory: for the few keys of a small model the call would cost more than the move.
        for index in (later..keys.len() - 1).rev() {
            keys[index + 1] = keys[index];
        }
        keys[later] = key;
        self.len += 1;
    }

    /// Takes out the key of a slot that has one here.
    pub fn remove(&mut self, of: u32) {
        let index = self.index(of);
        self.keys.copy_within(index + 1..self.len, index);
        self.len -= 1;
    }

    /// The key of a slot that has one here.
    pub fn of(&self, of: u32) -> Key {
        self.keys[self.index(of)]
    }

    fn index(&self, of: u32) -> usize {
        self.keys().iter().position(|key| slot(*key) == of).expect("the slot's key is in the run")
    }

    /// Takes over the keys of a bucket, no more than there is room for, which it leaves empty, all of which lie within
    /// 2^`width` microseconds from `start` on. The run must be empty.
    #[inline]
    pub fn fill<T>(&mut self, bucket: &mut Vec<Key>, start: Instant, width: u32, places: &mut Places<T>) {
        self.len = bucket.len();
        let sorted = match bucket.len() {
            len if len <= FEW[0] => self.count_sort::<T, { FEW[0] }>(bucket, start, width, places),
            len if len <= FEW[1] => self.count_sort::<T, { FEW[1] }>(bucket, start, width, places),
            len if len <= FEW[2] => self.count_sort::<T, { FEW[2] }>(bucket, start, width, places),
            _ => false,
        };
        if !sorted {
            bucket.iter().for_each(|key| places.put(*key, RUN, 0));
            let keys = &mut self.keys[..self.len];
            keys.copy_from_slice(bucket);
            keys.sort_unstable_by(|a, b| b.cmp(a));
        }
        bucket.clear();
    }

    /// Puts every key where the number of later keys says: as many compares as pairs, but no branch to be mistaken in,
    /// and of short numbers, several at once. False where two keys are too close to be told apart by them.
    fn count_sort<T, const FEW: usize>(
        &mut self,
        keys: &[Key],
        start: Instant,
        width: u32,
        places: &mut Places<T>,
    ) -> bool {
        let cut = width.saturating_sub(30);
        let mut times = [-1i32; FEW];
        for (short, &key) in times.iter_mut().zip(keys) {
            *short = ((time(key) - start).as_micros() >> cut) as i32;
            places.put(key, RUN, 0);
        }
        let mut taken = 0u64;
        for (&key, &short) in keys.iter().zip(&times) {
            let later: i32 = times.iter().map(|other| i32::from(*other > short)).sum();
            taken |= 1 << later;
            self.keys[later as usize % FEW] = key;
        }
        taken.count_ones() as usize == keys.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_run_gives_its_keys_in_order(keys in prop::collection::btree_set(any::<u64>(), 0..120), late: Vec<u64>) {
            let mut all: Vec<Key> = keys.iter().map(|key| Key::from(*key) << 64).collect();
            // Some order that is not the sorted one.
            all.sort_unstable_by_key(|key| ((key >> 64) as u64).wrapping_mul(0x9e37_79b9));
            let mut run = Run::default();
            run.fill(&mut all.clone(), Instant::START, 64, &mut Places::<()>::default());
            for key in late.into_iter().take(ROOM - all.len()) {
                run.insert(Key::from(key) << 64 | 1);
                all.push(Key::from(key) << 64 | 1);
            }
            all.sort_unstable();
            for key in all {
                prop_assert_eq!(run.least(), key);
                run.pop();
            }
            prop_assert_eq!(run.least(), LAST);
        }
    }
}
