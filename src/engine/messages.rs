//! What messages bring that are under way.

use super::queue::check_slots;

/// A message's place: taken, or free and part of a chain of free ones.
#[derive(Clone, Debug)]
enum Berth<E> {
    Taken(E),
    /// The berth that was free before this one; [`NONE`] at the chain's end.
    Free(u32),
}

/// No berth: as many as that cannot be.
const NONE: u32 = u32::MAX;

/// The events of messages, by the slots of the queue behind those of clocks. A slot is free again when its message has
/// arrived, and the one freed last is given out first: its memory is near.
#[derive(Clone, Debug)]
pub(super) struct Messages<E> {
    /// The first message's slot.
    first: usize,
    berths: Vec<Berth<E>>,
    free: u32,
}

impl<E> Messages<E> {
    /// No messages yet; the first will have this slot.
    pub fn new(first: usize) -> Messages<E> {
        Messages { first, berths: Vec::new(), free: NONE }
    }

    /// Forgets all of them, keeping the memory.
    pub fn clear(&mut self) {
        self.berths.clear();
        self.free = NONE;
    }

    /// Keeps an event and gives its slot.
    #[inline]
    pub fn put(&mut self, event: E) -> u32 {
        let index = self.free;
        let Some(berth) = self.berths.get_mut(index as usize) else {
            return self.add(event);
        };
        if let Berth::Free(next) = std::mem::replace(berth, Berth::Taken(event)) {
            self.free = next;
        }
        self.first as u32 + index
    }

    #[cold]
    fn add(&mut self, event: E) -> u32 {
        let slot = self.first + self.berths.len();
        check_slots(slot + 1);
        self.berths.push(Berth::Taken(event));
        slot as u32
    }

    /// Takes the event of a slot out, if it has one.
    #[inline]
    pub fn take(&mut self, slot: u32) -> Option<E> {
        let index = slot as usize - self.first;
        match std::mem::replace(&mut self.berths[index], Berth::Free(self.free)) {
            Berth::Taken(event) => {
                self.free = index as u32;
                Some(event)
            }
            Berth::Free(_) => None,
        }
    }

    /// The event of a slot, if it has one.
    #[inline]
    pub fn get(&self, slot: u32) -> Option<&E> {
        match &self.berths[slot as usize - self.first] {
            Berth::Taken(event) => Some(event),
            Berth::Free(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_that_is_free_again_is_given_out_before_a_new_one() {
        let mut messages = Messages::new(5);
        for trial in 0..2 {
            messages.clear();
            assert_eq!([10, 11, 12].map(|event| messages.put(event + trial)), [5, 6, 7]);
            assert_eq!([5, 7].map(|slot| messages.take(slot)), [Some(10 + trial), Some(12 + trial)]);
            assert_eq!([5, 6].map(|slot| messages.get(slot).copied()), [None, Some(11 + trial)]);
            assert_eq!([20, 21, 22].map(|event| messages.put(event)), [7, 5, 8]);
            assert_eq!(
                [5, 6, 7, 8].map(|slot| messages.take(slot)),
                [Some(21), Some(11 + trial), Some(20), Some(22)]
            );
        }
    }
}
