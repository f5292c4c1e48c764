//! The present bucket in order: a few keys, the least at the end.

use super::places::{Key, LAST, slot};

/// Keys that are sorted by counting instead of by a general sort.
const FEW: usize = 24;

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

    /// Takes over the keys of a bucket, which it leaves empty. The run must be empty.
    #[inline]
    pub fn fill(&mut self, bucket: &mut Vec<Key>) {
        std::mem::swap(&mut self.keys, bucket);
        if self.keys.len() > FEW {
            self.keys.sort_unstable_by(|a, b| b.cmp(a));
        } else {
            self.count_sort();
        }
    }

    /// Puts every key where the number of later keys says: as many compares as pairs, but no branch to be mistaken in.
    fn count_sort(&mut self) {
        let keys = &mut self.keys[..];
        let mut from = [0; FEW];
        let mut place = [0u8; FEW];
        for (index, &key) in keys.iter().enumerate() {
            from[index] = key;
            let mut later = 0;
            for (&other, place) in from[..index].iter().zip(&mut place) {
                let is_later = u8::from(other > key);
                later += is_later;
                *place += 1 - is_later;
            }
            place[index] = later;
        }
        for (key, place) in from.iter().zip(place).take(keys.len()) {
            keys[usize::from(place)] = *key;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_run_gives_its_keys_in_order(keys in prop::collection::btree_set(any::<u64>(), 0..40), late: Vec<u64>) {
            let mut all: Vec<Key> = keys.iter().map(|key| Key::from(*key) << 64).collect();
            // Some order that is not the sorted one.
            all.sort_unstable_by_key(|key| ((key >> 64) as u64).wrapping_mul(0x9e37_79b9));
            let mut run = Run::default();
            run.fill(&mut all.clone());
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
