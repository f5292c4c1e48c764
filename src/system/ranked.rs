//! Sets of numbers that know how many are in a range, and which one comes at a rank.

use std::ops::Range;

/// A set of numbers below a bound, as bits, with a Fenwick tree of how many are in each word ("A new data structure for
/// cumulative frequency tables", *Software: Practice and Experience* 24, 1994). Each question and each change costs the
/// logarithm of the bound.
#[derive(Clone, Debug)]
pub(super) struct Ranked {
    words: Vec<u64>,
    /// The tree: at place `n`, from 1, how many are in the words that it sums up.
    sums: Vec<u32>,
}

impl Ranked {
    /// The numbers below the bound for which this is true.
    pub fn new(bound: usize, has: impl Fn(u32) -> bool) -> Ranked {
        let mut words = vec![0; bound.div_ceil(64)];
        (0..bound as u32).filter(|&number| has(number)).for_each(|number| words[word(number)] |= bit(number));
        let mut sums = vec![0; words.len() + 1];
        for place in 1..sums.len() {
            sums[place] += words[place - 1].count_ones();
            let above = place + lowest(place);
            if above < sums.len() {
                sums[above] += sums[place];
            }
        }
        Ranked { words, sums }
    }

    /// Puts a number in. One that is in stays.
    pub fn insert(&mut self, number: u32) {
        if self.words[word(number)] & bit(number) == 0 {
            self.words[word(number)] |= bit(number);
            self.count(number, |sum| sum + 1);
        }
    }

    /// Takes a number out, if it is in.
    pub fn remove(&mut self, number: u32) {
        if self.words[word(number)] & bit(number) != 0 {
            self.words[word(number)] &= !bit(number);
            self.count(number, |sum| sum - 1);
        }
    }

    fn count(&mut self, number: u32, change: impl Fn(u32) -> u32) {
        let mut place = word(number) + 1;
        while place < self.sums.len() {
            self.sums[place] = change(self.sums[place]);
            place += lowest(place);
        }
    }

    /// How many are below a number.
    pub fn below(&self, number: u32) -> u32 {
        let mut place = word(number);
        let in_word = self.words.get(place).map_or(0, |word| (word & (bit(number) - 1)).count_ones());
        let mut sum = in_word;
        while place > 0 {
            sum += self.sums[place];
            place -= lowest(place);
        }
        sum
    }

    /// How many are in a range.
    pub fn within(&self, range: &Range<u32>) -> u32 {
        self.below(range.end) - self.below(range.start)
    }

    /// The number at a rank among those in a range, from 0.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn at(&self, range: &Range<u32>, rank: u32) -> u32 {
        let mut left = rank + self.below(range.start);
        let mut place = 0;
        let mut step = self.sums.len().next_power_of_two() / 2;
        while step > 0 {
            if place + step < self.sums.len() && self.sums[place + step] <= left {
                place += step;
                left -= self.sums[place];
            }
            step /= 2;
        }
        let mut word = self.words[place];
        (0..left).for_each(|_| word &= word - 1);
        place as u32 * 64 + word.trailing_zeros()
    }
}

fn word(number: u32) -> usize {
    number as usize / 64
}

fn bit(number: u32) -> u64 {
    1 << (number % 64)
}

/// The lowest bit of a place: how many words the tree sums up there.
fn lowest(place: usize) -> usize {
    place & place.wrapping_neg()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranks_and_counts_are_those_of_a_sorted_set(
            bound in 1u32..400,
            first in any::<u64>(),
            changes in prop::collection::vec((any::<u32>(), any::<bool>()), 0..200),
            from in any::<u32>(),
            to in any::<u32>(),
        ) {
            let has = |number: u32| first >> (number % 61) & 1 == 1;
            let mut ranked = Ranked::new(bound as usize, has);
            let mut plain: BTreeSet<u32> = (0..bound).filter(|&number| has(number)).collect();
            for (number, is_in) in changes {
                let number = number % bound;
                if is_in {
                    ranked.insert(number);
                    plain.insert(number);
                } else {
                    ranked.remove(number);
                    plain.remove(&number);
                }
            }
            let (from, to) = (from % (bound + 1), to % (bound + 1));
            let range = from.min(to)..from.max(to);
            let inside: Vec<u32> = plain.range(range.clone()).copied().collect();
            prop_assert_eq!(ranked.within(&range) as usize, inside.len());
            let found: Vec<u32> = (0..inside.len() as u32).map(|rank| ranked.at(&range, rank)).collect();
            prop_assert_eq!(found, inside);
        }
    }
}
