//! Numbers of states by their fingerprints.

/// Slots are at most this part full, in eighths.
const FULL: usize = 5;
/// No state has this number.
const FREE: u32 = u32::MAX;

/// Numbers fingerprints in the order in which they come.
///
/// A fingerprint is a hash already, so its low bits say where to look (open addressing with linear probing: Knuth,
/// *The Art of Computer Programming* 3, section 6.4). Nothing ever asks for the order of the slots.
#[derive(Debug)]
pub(super) struct Numbers {
    slots: Vec<(u128, u32)>,
    count: usize,
}

impl Numbers {
    pub fn new() -> Numbers {
        Numbers { slots: vec![(0, FREE); 1024], count: 0 }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// The fingerprint's number, if it has one.
    pub fn get(&self, fingerprint: u128) -> Option<u32> {
        let (found, number) = self.slots[self.slot(fingerprint)];
        (number != FREE && found == fingerprint).then_some(number)
    }

    /// Gives the next number to a fingerprint that has none.
    pub fn push(&mut self, fingerprint: u128) -> u32 {
        if self.count * 8 >= self.slots.len() * FULL {
            let larger = vec![(0, FREE); 2 * self.slots.len()];
            for entry in std::mem::replace(&mut self.slots, larger) {
                if entry.1 != FREE {
                    let slot = self.slot(entry.0);
                    self.slots[slot] = entry;
                }
            }
        }
        let (slot, number) = (self.slot(fingerprint), self.count as u32);
        self.slots[slot] = (fingerprint, number);
        self.count += 1;
        number
    }

    /// Where a fingerprint is, or would go.
    fn slot(&self, fingerprint: u128) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = fingerprint as usize & mask;
        while self.slots[slot].1 != FREE && self.slots[slot].0 != fingerprint {
            slot = (slot + 1) & mask;
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_again_however_many_there_are_and_wherever_they_fall() {
        let mut numbers = Numbers::new();
        // Multiples of a power of two all fall on the same few slots.
        let fingerprints: Vec<u128> =
            (0..5000u128).map(|k| (k % 7) << 64 | (k / 7) << 20 | (k % 3)).collect();
        for (place, &fingerprint) in fingerprints.iter().enumerate() {
            assert_eq!(numbers.get(fingerprint), None);
            assert_eq!(numbers.push(fingerprint), place as u32);
        }
        assert_eq!(numbers.len(), 5000);
        for (place, &fingerprint) in fingerprints.iter().enumerate() {
            assert_eq!(numbers.get(fingerprint), Some(place as u32));
        }
    }
}
