//! How fast clocks run down, and where their entries in the queue stand meanwhile.

use crate::units::{Instant, Span};

/// A clock whose speed may have changed.
///
/// A model may stop a hundred thousand clocks that would fire in months for the two minutes of a restart. To take their
/// entries out of the queue and put them in again is to wait for memory twice each time; so an entry may stand earlier than
/// its clock fires, and is only looked at when its turn comes. All that stopping and resuming needs is kept here, where
/// clocks that are changed together lie together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speed {
    /// How much of what is left a clock runs down per time.
    pub factor: f64,
    pub left: Left,
    /// Where the clock's entry stands in the queue: no later than it fires. [`Instant::NEVER`] for none.
    filed: Instant,
}

/// What is left to run of a clock.
#[derive(Clone, Copy, Debug)]
pub(super) enum Left {
    /// It fires then, if it is pending; [`Instant::NEVER`] if not. Its entry, should it stand earlier, then has this number
    /// among those of the same instant.
    Until { at: Instant, sequence: u64 },
    /// It stands still, with so much to run in time at speed 1.
    Parked(Span),
}

/// What an entry whose turn has come means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// The clock fires.
    Fires,
    /// It fires later: the entry moves there.
    Moves { at: Instant, sequence: u64 },
    /// The clock stands still: the entry is gone.
    Stands,
}

impl Speed {
    /// A clock at speed 1 whose entry stands where it fires.
    #[inline]
    pub fn full(at: Instant) -> Speed {
        Speed { factor: 1.0, left: Left::Until { at, sequence: 0 }, filed: at }
    }

    pub fn is_parked(&self) -> bool {
        matches!(self.left, Left::Parked(_))
    }

    /// What the clock still has to run in time at speed 1, if it has: `is_set` tells whether it has an entry, and is asked
    /// only where that does not follow.
    pub fn left(&self, now: Instant, is_set: impl FnOnce() -> bool) -> Option<Span> {
        match self.left {
            Left::Parked(left) => Some(left),
            // What is to fire is pending until then; at that very instant it may have fired already.
            Left::Until { at, .. } if (at <= now || at == Instant::NEVER) && !is_set() => None,
            Left::Until { at, .. } if self.factor == 1.0 => Some(at - now),
            Left::Until { at, .. } => Some(Span::from_secs_f64((at - now).as_secs_f64() * self.factor)),
        }
    }

    /// Stops the clock. True when its entry may stay where it is.
    pub fn park(&mut self, left: Span, now: Instant) -> bool {
        (self.factor, self.left) = (0.0, Left::Parked(left));
        let stays = self.filed > now;
        if !stays {
            self.filed = Instant::NEVER;
        }
        stays
    }

    /// Has the clock fire at `at`. True when its entry may stay where it is, earlier than that; then it gets the number that
    /// `sequence` gives it. Otherwise it must be set at `at`.
    pub fn run(&mut self, factor: f64, at: Instant, now: Instant, sequence: impl FnOnce() -> u64) -> bool {
        let stays = now < self.filed && self.filed < at && at != Instant::NEVER;
        *self = if stays {
            Speed { factor, left: Left::Until { at, sequence: sequence() }, filed: self.filed }
        } else {
            Speed { factor, ..Speed::full(at) }
        };
        stays
    }

    /// The turn of the clock's entry has come, which stood at `at`.
    #[inline]
    pub fn turn(&mut self, at: Instant) -> Turn {
        match self.left {
            Left::Until { at: fires, .. } if fires <= at => Turn::Fires,
            Left::Until { at, sequence } => {
                self.filed = at;
                Turn::Moves { at, sequence }
            }
            Left::Parked(_) => {
                self.filed = Instant::NEVER;
                Turn::Stands
            }
        }
    }

    /// Where the entry should stand, if it stands earlier.
    pub fn overdue(&mut self) -> Option<(Instant, u64)> {
        match self.left {
            Left::Until { at, sequence } if self.filed < at => {
                self.filed = at;
                Some((at, sequence))
            }
            _ => None,
        }
    }
}
