//! What messages bring that are under way.

/// No box.
const NONE: u32 = u32::MAX;

/// Boxes for messages, used again when their message has arrived.
#[derive(Clone, Debug)]
pub(super) struct Mailbox<E> {
    boxes: Vec<Option<E>>,
    /// Boxes that are free again, apart from the last.
    free: Vec<u32>,
    /// The box that became free last: most messages are sent on as soon as they arrive, into the same box.
    last: u32,
}

impl<E> Default for Mailbox<E> {
    fn default() -> Mailbox<E> {
        Mailbox { boxes: Vec::new(), free: Vec::new(), last: NONE }
    }
}

impl<E> Mailbox<E> {
    /// Throws everything away, keeping the memory.
    pub fn clear(&mut self) {
        self.boxes.clear();
        self.free.clear();
        self.last = NONE;
    }

    /// How many boxes there are, free ones among them.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.boxes.len()
    }

    /// Puts a message into a box that is free.
    #[inline]
    pub fn put(&mut self, message: E) -> u32 {
        let free = std::mem::replace(&mut self.last, NONE);
        if free != NONE {
            self.boxes[free as usize] = Some(message);
            return free;
        }
        self.put_elsewhere(message)
    }

    fn put_elsewhere(&mut self, message: E) -> u32 {
        if let Some(free) = self.free.pop() {
            self.boxes[free as usize] = Some(message);
            return free;
        }
        self.boxes.push(Some(message));
        self.boxes.len() as u32 - 1
    }

    /// Takes the message out of a box, which is free then.
    #[inline]
    pub fn take(&mut self, index: u32) -> Option<E> {
        let before = std::mem::replace(&mut self.last, index);
        if before != NONE {
            self.free.push(before);
        }
        self.boxes[index as usize].take()
    }

    /// Looks into a box.
    pub fn look(&self, index: u32) -> Option<&E> {
        self.boxes[index as usize].as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_used_again_and_keep_what_is_theirs() {
        let mut mailbox = Mailbox::default();
        let first: Vec<u32> = (0..10).map(|message| mailbox.put(message)).collect();
        assert_eq!(first, (0..10).collect::<Vec<u32>>());
        assert_eq!([mailbox.take(3), mailbox.take(7), mailbox.take(0)], [Some(3), Some(7), Some(0)]);
        let again = [mailbox.put(100), mailbox.put(101), mailbox.put(102), mailbox.put(103)];
        assert_eq!(mailbox.len(), 11);
        for (message, index) in again.into_iter().enumerate() {
            assert_eq!(mailbox.take(index), Some(100 + message));
        }
        assert_eq!(mailbox.take(5), Some(5));
        assert_eq!(mailbox.look(5), None);
    }
}
