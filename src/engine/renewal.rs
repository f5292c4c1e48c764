//! What clocks were set by, so that what is left of them can be drawn anew.

use super::Clock;
use crate::random::{Law, Name, Purpose, Stream, StreamKey};
use crate::units::Span;

/// The seed of a branch of a trial: a word of a stream of its own.
pub(super) fn branch_seed(seed: u64, trial: u64, branch: u64) -> u64 {
    let word = |seed, trial| {
        StreamKey { seed, trial, name: Name::new("branch"), purpose: Purpose::Choice }.open().word()
    };
    word(word(seed, trial), branch)
}

/// How often a law is asked for a time that is not forever: one that never ends is not what a clock waits for.
const ATTEMPTS: usize = 64;

/// For each clock, the law that it was last set by and how long it was to run; nothing where it was set for a certain time.
#[derive(Clone, Debug)]
pub(super) struct Drawn(Vec<Option<(Law, Span)>>);

impl Drawn {
    pub fn new(clocks: usize) -> Drawn {
        Drawn(vec![None; clocks])
    }

    pub fn by_law(&mut self, clock: Clock, law: &Law, span: Span) {
        self.0[clock.index()] = Some((law.clone(), span));
    }

    pub fn for_certain(&mut self, clock: Clock) {
        self.0[clock.index()] = None;
    }

    /// What a clock that has `left` to run might have left as well, given that it has run so long already. One that is due keeps
    /// to that; and a law that may never end is drawn from until it does, because that the clock is pending says that it will.
    pub fn again(&mut self, clock: Clock, left: Span, stream: &mut Stream) -> Option<Span> {
        let (law, lasts) = self.0[clock.index()].as_mut().filter(|_| left > Span::ZERO)?;
        let age = lasts.saturating_sub(left);
        let mut draws = (0..ATTEMPTS).map(|_| law.sample_residual(age, stream));
        let left = draws.find(|left| !left.is_forever())?;
        *lasts = age + left;
        Some(left)
    }
}
