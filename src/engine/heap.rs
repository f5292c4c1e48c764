//! A 4-ary heap of keys that leaves a hole where it was popped.

use std::hint::select_unpredictable;

use super::places::{HEAP, Key, LAST, Places};

/// Four siblings in one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Line([Key; 4]);

impl Line {
    const EMPTY: Line = Line([LAST; 4]);

    /// The least of the four and which it is, without a branch: nobody could foresee which way it goes.
    #[inline]
    fn least(&self) -> (Key, usize) {
        let [a, b, c, d] = self.0;
        let (left, low) = (usize::from(b < a), select_unpredictable(b < a, b, a));
        let (right, high) = (2 + usize::from(d < c), select_unpredictable(d < c, d, c));
        (select_unpredictable(high < low, high, low), select_unpredictable(high < low, right, left))
    }
}

/// The root is the last cell of the first line, so that the children of cell `c` are exactly line `c - 2`.
const ROOT: usize = 3;

/// Keys in heap order, each at a cell that [`Places`] knows.
///
/// After a pop the root stays where it is as a *hole*; the next new key takes its place and sinks: one sift instead
/// of two. The hole's stale key is no larger than any other, so the heap order holds meanwhile. Cells without an
/// entry hold [`LAST`], so that a sift needs no special case at the edge.
#[derive(Clone, Debug, Default)]
pub(super) struct Heap {
    lines: Vec<Line>,
    /// One past the last cell with an entry; [`ROOT`] when empty.
    end: usize,
    hole: bool,
}

impl Heap {
    pub fn clear(&mut self) {
        self.lines.clear();
        self.lines.push(Line::EMPTY);
        self.end = ROOT;
        self.hole = false;
    }

    /// How many entries there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.end - ROOT - usize::from(self.hole)
    }

    #[inline]
    pub fn at(&self, cell: usize) -> Key {
        self.lines[cell / 4].0[cell % 4]
    }

    /// The least key, [`LAST`] when empty. Closes the hole.
    #[inline]
    pub fn first<T>(&mut self, places: &mut Places<T>) -> Key {
        if self.hole {
            self.fill(places);
        }
        self.lines[0].0[ROOT]
    }

    /// Takes the least key off, which the caller has seen.
    #[inline]
    pub fn pop(&mut self) {
        self.hole = true;
    }

    #[inline]
    pub fn push<T>(&mut self, key: Key, places: &mut Places<T>) {
        if self.hole {
            self.hole = false;
            return self.sink(ROOT, key, places);
        }
        let cell = self.end;
        self.end += 1;
        if cell / 4 == self.lines.len() {
            self.lines.push(Line::EMPTY);
        }
        self.rise(cell, key, places);
    }

    /// Takes out the entry at a cell.
    pub fn remove<T>(&mut self, cell: usize, places: &mut Places<T>) {
        let last = self.take_last();
        if cell < self.end {
            self.replace(cell, last, places);
        }
    }

    /// Puts `key` at a cell whose entry has gone, wherever it belongs from there.
    pub fn replace<T>(&mut self, cell: usize, key: Key, places: &mut Places<T>) {
        if cell > ROOT && key < self.at(parent(cell)) {
            self.rise(cell, key, places);
        } else {
            self.sink(cell, key, places);
        }
    }

    /// Moves every entry to the end of `keys`, in no particular order.
    pub fn drain_into<T>(&mut self, keys: &mut Vec<Key>, places: &mut Places<T>) {
        if self.hole {
            self.fill(places);
        }
        keys.extend((ROOT..self.end).map(|cell| self.at(cell)));
        self.clear();
    }

    fn take_last(&mut self) -> Key {
        self.end -= 1;
        std::mem::replace(&mut self.lines[self.end / 4].0[self.end % 4], LAST)
    }

    fn fill<T>(&mut self, places: &mut Places<T>) {
        self.hole = false;
        let last = self.take_last();
        if self.end > ROOT {
            self.sink(ROOT, last, places);
        }
    }

    #[inline]
    fn put<T>(&mut self, cell: usize, key: Key, places: &mut Places<T>) {
        self.lines[cell / 4].0[cell % 4] = key;
        places.put(key, HEAP, cell);
    }

    #[inline]
    fn rise<T>(&mut self, mut cell: usize, key: Key, places: &mut Places<T>) {
        while cell > ROOT {
            let above = self.at(parent(cell));
            if above <= key {
                break;
            }
            self.put(cell, above, places);
            cell = parent(cell);
        }
        self.put(cell, key, places);
    }

    #[inline]
    fn sink<T>(&mut self, mut cell: usize, key: Key, places: &mut Places<T>) {
        while let Some(children) = self.lines.get(cell - 2) {
            let (least, child) = children.least();
            if key <= least {
                break;
            }
            self.put(cell, least, places);
            cell = 4 * (cell - 2) + child;
        }
        self.put(cell, key, places);
    }
}

#[inline]
fn parent(cell: usize) -> usize {
    cell / 4 + 2
}
