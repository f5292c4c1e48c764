//! The present bucket in order: a few keys, the least at the end.

use super::places::{Key, LAST, slot, time};
use crate::units::Instant;

/// Keys that are sorted by counting instead of by a general sort: lengths for which the counting is unrolled.
const FEW: [usize; 4] = [8, 16, 32, 64];

/// Keys in descending order, so that the least comes off the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Run {
    keys: Vec<Key>,
}

impl Run {
    /// The least key; [`LAST`] when there is none.
    #[inline]
    pub fn least(&self) -> Key {
        self.keys.last().copied().unwrap_or(LAST)
    }

    #[inline]
    pub fn pop(&mut self) {
        self.keys.pop();
    }

    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    pub fn clear(&mut self) {
        self.keys.clear();
    }

    /// Puts a key where it belongs.
    #[inline]
    pub fn insert(&mut self, key: Key) {
        // Moving keys up until the place is found would mean a branch for each that nobody can foresee; counting
        // those that are later means none.
        let later = self.keys.iter().map(|other| usize::from(*other > key)).sum();
        self.keys.insert(later, key);
    }

    /// Takes out the key of a slot that has one here.
    pub fn remove(&mut self, of: u32) {
        let index = self.keys.iter().position(|key| slot(*key) == of).expect("the slot's key is in the run");
        self.keys.remove(index);
    }

    /// The key of a slot that has one here.
    pub fn of(&self, of: u32) -> Key {
        *self.keys.iter().find(|key| slot(**key) == of).expect("the slot's key is in the run")
    }

    /// Takes over the keys of a bucket, which it leaves empty, all of which lie within 2^`width` microseconds from
    /// `start` on. The run must be empty.
    #[inline]
    pub fn fill(&mut self, bucket: &mut Vec<Key>, start: Instant, width: u32) {
        let sorted = match bucket.len() {
            len if len <= FEW[0] => self.count_sort::<{ FEW[0] }>(bucket, start, width),
            len if len <= FEW[1] => self.count_sort::<{ FEW[1] }>(bucket, start, width),
            len if len <= FEW[2] => self.count_sort::<{ FEW[2] }>(bucket, start, width),
            len if len <= FEW[3] => self.count_sort::<{ FEW[3] }>(bucket, start, width),
            _ => false,
        };
        if sorted {
            bucket.clear();
        } else {
            self.keys.clear();
            std::mem::swap(&mut self.keys, bucket);
            self.keys.sort_unstable_by(|a, b| b.cmp(a));
        }
    }

    /// Puts every key where the number of later keys says: as many compares as pairs, but no branch to be mistaken in,
    /// and of short numbers, several at once. False, and nothing done, where two keys are too close to be told apart
    /// by them.
    fn count_sort<const FEW: usize>(&mut self, keys: &[Key], start: Instant, width: u32) -> bool {
        let cut = width.saturating_sub(30);
        let mut times = [-1i32; FEW];
        for (short, &key) in times.iter_mut().zip(keys) {
            *short = ((time(key) - start).as_micros() >> cut) as i32;
        }
        let mut taken = 0u64;
        self.keys.resize(keys.len(), 0);
        for (&key, &short) in keys.iter().zip(&times) {
            let later: i32 = times.iter().map(|other| i32::from(*other > short)).sum();
            taken |= 1 << later;
            self.keys[later as usize] = key;
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
            run.fill(&mut all.clone(), Instant::START, 64);
            for key in late {
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
