//! A stream that many things are drawn from, in turns.

use super::math::ln_normal;
use super::stream::{Draw, Stream};

/// A stream whose next exponential number is worked out ahead, if as many other numbers come before it as came before
/// the last one: a node that picks a neighbour and then a delay will do so again.
///
/// The logarithm is half the time that a simulated event has to wait for; worked out ahead, nobody waits for it. The
/// numbers are the stream's own, whatever is drawn in whatever order.
#[derive(Clone, Debug)]
pub(crate) struct Rhythm {
    stream: Stream,
    /// The exponential number that comes after `others` words.
    ahead: f64,
    others: u64,
    /// Words drawn since `ahead` was worked out.
    drawn: u64,
}

/// Words before an exponential number for which it is worked out ahead; for more it takes longer than it saves.
const FEW: u64 = 2;
/// More words than are ever drawn: nothing has been worked out ahead.
const UNFORESEEN: u64 = u64::MAX;

impl Rhythm {
    pub fn new(stream: Stream) -> Rhythm {
        Rhythm { stream, ahead: 0.0, others: UNFORESEEN, drawn: 0 }
    }

    /// The next word.
    #[inline]
    pub fn word(&mut self) -> u64 {
        self.drawn += 1;
        self.stream.word()
    }

    /// What the stream as it was `before` gives, when it was not foreseen; the rhythm is learnt anew.
    #[cold]
    fn at_once(&mut self, mut before: Stream) -> f64 {
        self.others = if self.drawn <= FEW { self.drawn } else { UNFORESEEN };
        before.exponential()
    }
}

impl Draw for Rhythm {
    #[inline]
    fn uniform(&mut self) -> f64 {
        self.drawn += 1;
        self.stream.uniform()
    }

    #[inline]
    fn exponential(&mut self) -> f64 {
        let before = self.stream.clone();
        self.stream.word();
        let now = if self.drawn == self.others { self.ahead } else { self.at_once(before) };
        if self.others <= FEW {
            let mut later = self.stream.clone();
            for _ in 0..self.others {
                later.word();
            }
            self.ahead = -ln_normal(later.uniform());
        }
        self.drawn = 0;
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Name, Purpose, StreamKey};

    #[test]
    fn the_numbers_are_the_streams_own_whatever_is_drawn() {
        let key = |name| StreamKey { seed: 42, trial: 0, name: Name::new(name), purpose: Purpose::Choice };
        let (mut rhythm, mut plain) = (Rhythm::new(key("a").open()), key("a").open());
        let mut turns = key("turns").open();
        for round in 0..20_000 {
            // Rounds of one rhythm, then of none.
            let others = if round % 100 < 50 { round / 100 % 5 } else { turns.word() % 5 };
            for other in 0..others {
                if other % 2 == 0 {
                    assert_eq!(rhythm.word(), plain.word());
                } else {
                    assert_eq!(rhythm.uniform().to_bits(), plain.uniform().to_bits());
                }
            }
            assert_eq!(rhythm.exponential().to_bits(), plain.exponential().to_bits());
        }
    }
}
