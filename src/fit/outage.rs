//! An outage in sixteen bytes, and outages of a unit made clean.

use super::date::Moment;
use super::scratch::Word;

/// Bits of a time in milliseconds: 8,900 years.
const BITS: u32 = 48;
const MASK: u64 = (1 << BITS) - 1;

/// A unit, a start and a length in one word, which sorts by unit, then start, then length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Outage(u128);

impl Outage {
    /// An outage of a unit; a length of `None` is not known. Times are in milliseconds.
    pub fn new(unit: u32, start: u64, length: Option<u64>) -> Outage {
        let length = length.map_or(MASK, |length| length.min(MASK - 1));
        Outage(u128::from(unit) << (2 * BITS) | u128::from(start & MASK) << BITS | u128::from(length))
    }

    pub fn unit(self) -> u32 {
        (self.0 >> (2 * BITS)) as u32
    }

    /// Milliseconds since 1900.
    pub fn start(self) -> u64 {
        (self.0 >> BITS) as u64 & MASK
    }

    /// Milliseconds, where it is known.
    pub fn length(self) -> Option<u64> {
        let length = self.0 as u64 & MASK;
        (length < MASK).then_some(length)
    }

    /// Its end; an outage of unknown length is taken to end at once.
    pub fn end(self) -> u64 {
        self.start() + self.length().unwrap_or(0)
    }

    pub fn of_unit(self, unit: u32) -> Outage {
        Outage::new(unit, self.start(), self.length())
    }

    pub fn began(self) -> Moment {
        Moment::unpacked(self.start())
    }
}

impl Word for Outage {
    const BYTES: usize = 16;

    fn write(self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.0.to_le_bytes());
    }

    fn read(from: &[u8]) -> Outage {
        Outage(u128::from_le_bytes(from.try_into().expect("sixteen bytes")))
    }
}

/// Takes out repeats and joins outages of a unit that overlap or touch, as they come in order.
#[derive(Default)]
pub(super) struct Cleaner {
    held: Option<Outage>,
    /// What the last one was as logged, before it was joined to others: repeats stand together.
    logged: Option<Outage>,
    /// Outages that were there before.
    pub repeats: u64,
    /// Outages that became part of the one before.
    pub joined: u64,
}

impl Cleaner {
    /// Takes the next outage, or nothing at the end, and gives the one before that is complete now.
    pub fn next(&mut self, outage: Option<Outage>) -> Option<Outage> {
        let Some(outage) = outage else { return self.held.take() };
        if self.logged == Some(outage) {
            self.repeats += 1;
            return None;
        }
        self.logged = Some(outage);
        match self.held.filter(|last| last.unit() == outage.unit() && outage.start() <= last.end()) {
            Some(last) => {
                let known = last.length().or(outage.length()).is_some();
                let end = last.end().max(outage.end());
                self.held = Some(Outage::new(last.unit(), last.start(), known.then(|| end - last.start())));
                self.joined += 1;
                None
            }
            None => self.held.replace(outage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_keeps_what_it_is_made_of() {
        assert_eq!(size_of::<Outage>(), 16);
        let mut bytes = Vec::new();
        Outage::new(3, 2, None).write(&mut bytes);
        assert_eq!((bytes.len(), Outage::read(&bytes)), (Outage::BYTES, Outage::new(3, 2, None)));
        let outage = Outage::new(u32::MAX, 4_000_000_000_000, Some(7));
        assert_eq!((outage.unit(), outage.start(), outage.length()), (u32::MAX, 4_000_000_000_000, Some(7)));
        assert_eq!(Outage::new(1, 5, None).end(), 5);
        assert!(Outage::new(1, 9, None) < Outage::new(2, 0, Some(0)));
    }

    #[test]
    fn repeats_go_and_neighbors_join() {
        let known = |unit, start, length| Outage::new(unit, start, Some(length));
        let outages = [
            known(1, 0, 10),
            known(1, 0, 10),
            known(1, 5, 10),
            known(1, 5, 10),
            known(1, 15, 1),
            known(1, 17, 1),
            known(2, 17, 1),
            Outage::new(2, 17, None),
            Outage::new(3, 1, None),
        ];
        let mut cleaner = Cleaner::default();
        let given = outages.map(Some).into_iter().chain([None]);
        let clean: Vec<Outage> = given.filter_map(|outage| cleaner.next(outage)).collect();
        assert_eq!((cleaner.repeats, cleaner.joined), (2, 3));
        assert_eq!(clean, [known(1, 0, 16), known(1, 17, 1), known(2, 17, 1), Outage::new(3, 1, None)]);
    }
}
