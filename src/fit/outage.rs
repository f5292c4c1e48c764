//! An outage in sixteen bytes, so that a log of ten million rows fits a small machine.

use super::date::Moment;

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

/// Takes out repeats and joins outages of a unit that overlap or touch, in sorted outages and in place. Returns how many
/// of each there were.
pub(super) fn clean(outages: &mut Vec<Outage>) -> (u64, u64) {
    let (mut kept, mut repeats, mut joined) = (0_usize, 0, 0);
    // What the last kept one was as logged, before others were joined to it: repeats stand together.
    let mut logged = None;
    for at in 0..outages.len() {
        let outage = outages[at];
        if logged == Some(outage) {
            repeats += 1;
            continue;
        }
        logged = Some(outage);
        let last = kept.checked_sub(1).map(|last| outages[last]);
        match last.filter(|last| last.unit() == outage.unit() && outage.start() <= last.end()) {
            Some(last) => {
                let known = last.length().or(outage.length()).is_some();
                let end = last.end().max(outage.end());
                outages[kept - 1] = Outage::new(last.unit(), last.start(), known.then(|| end - last.start()));
                joined += 1;
            }
            None => {
                outages[kept] = outage;
                kept += 1;
            }
        }
    }
    outages.truncate(kept);
    (repeats, joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_keeps_what_it_is_made_of() {
        assert_eq!(size_of::<Outage>(), 16);
        let outage = Outage::new(u32::MAX, 4_000_000_000_000, Some(7));
        assert_eq!((outage.unit(), outage.start(), outage.length()), (u32::MAX, 4_000_000_000_000, Some(7)));
        assert_eq!(Outage::new(1, 5, None).end(), 5);
        assert!(Outage::new(1, 9, None) < Outage::new(2, 0, Some(0)));
    }

    #[test]
    fn repeats_go_and_neighbors_join() {
        let known = |unit, start, length| Outage::new(unit, start, Some(length));
        let mut outages = vec![
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
        assert_eq!(clean(&mut outages), (2, 3));
        assert_eq!(outages, [known(1, 0, 16), known(1, 17, 1), known(2, 17, 1), Outage::new(3, 1, None)]);
    }
}
