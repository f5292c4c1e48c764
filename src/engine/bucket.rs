//! A few keys in no order, of which the least is wanted.

use std::hint::select_unpredictable;

use super::places::{Key, LAST};

/// Four keys in one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Line(pub [Key; 4]);

impl Line {
    pub const EMPTY: Line = Line([LAST; 4]);

    /// The least of the four and which it is, without a branch: nobody could foresee which way it goes.
    #[inline]
    pub fn least(&self) -> (Key, usize) {
        let [a, b, c, d] = self.0;
        let (left, low) = (usize::from(b < a), select_unpredictable(b < a, b, a));
        let (right, high) = (2 + usize::from(d < c), select_unpredictable(d < c, d, c));
        (select_unpredictable(high < low, high, low), select_unpredictable(high < low, right, left))
    }
}

/// Keys without order, searched by the line. Cells without a key hold [`LAST`], so that no line is a special case.
#[derive(Clone, Debug, Default)]
pub(super) struct Bucket {
    lines: Vec<Line>,
    len: usize,
}

impl Bucket {
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub fn at(&self, index: usize) -> Key {
        self.lines[index / 4].0[index % 4]
    }

    pub fn keys(&self) -> impl Iterator<Item = Key> {
        (0..self.len).map(|index| self.at(index))
    }

    pub fn clear(&mut self) {
        self.lines.clear();
        self.len = 0;
    }

    #[inline]
    pub fn push(&mut self, key: Key) {
        let line = self.len / 4;
        if line == self.lines.len() {
            self.lines.push(Line::EMPTY);
        }
        self.lines[line].0[self.len % 4] = key;
        self.len += 1;
    }

    /// Takes out the key at an index; the last key takes its place. Gives that key, which may be the one taken out.
    #[inline]
    pub fn swap_remove(&mut self, index: usize) -> Key {
        self.len -= 1;
        let last = std::mem::replace(&mut self.lines[self.len / 4].0[self.len % 4], LAST);
        if index < self.len {
            self.lines[index / 4].0[index % 4] = last;
        }
        last
    }

    /// The least key and its index; [`LAST`] when there is none.
    #[inline]
    pub fn least(&self) -> (Key, usize) {
        let (mut least, mut at) = (LAST, 0);
        for (index, line) in self.lines[..self.len.div_ceil(4)].iter().enumerate() {
            let (key, cell) = line.least();
            let better = key < least;
            least = select_unpredictable(better, key, least);
            at = select_unpredictable(better, 4 * index + cell, at);
        }
        (least, at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_key_is_found_wherever_it_is() {
        for len in 0..12u128 {
            for least in 0..len.max(1) {
                let mut bucket = Bucket::default();
                (0..len).for_each(|index| bucket.push(if index == least { 5 } else { 100 - index }));
                let expected = if len == 0 { (LAST, 0) } else { (5, least as usize) };
                assert_eq!(bucket.least(), expected);
                if len > 0 {
                    bucket.swap_remove(least as usize);
                    assert!(bucket.keys().all(|key| key > 5) && bucket.len() == len as usize - 1);
                }
            }
        }
    }
}
