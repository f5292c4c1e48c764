//! The streams that choices and messages draw from.

use std::sync::Arc;

use super::{Clocks, Source};
use crate::random::{Purpose, Rhythm, Stream, StreamKey};

/// A stream and when it was opened, in one cache line.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Seat {
    rhythm: Rhythm,
    /// The count of begun trials in which it was opened, 0 before any.
    opened: u64,
}

const _: () = assert!(size_of::<Seat>() == 64);

/// The streams of a model's sources in one trial, each opened at its first draw.
#[derive(Clone, Debug)]
pub(super) struct Sources {
    clocks: Arc<Clocks>,
    seed: u64,
    trial: u64,
    /// Trials begun so far: a stream opened in an earlier one is not open.
    begun: u64,
    seats: Vec<Seat>,
}

impl Sources {
    pub fn new(clocks: Arc<Clocks>, seed: u64) -> Sources {
        let count = clocks.sources();
        let seat = Seat { rhythm: Rhythm::new(Stream::closed()), opened: 0 };
        Sources { clocks, seed, trial: 0, begun: 1, seats: vec![seat; count] }
    }

    pub fn reset(&mut self, trial: u64) {
        self.trial = trial;
        self.begun += 1;
    }

    /// All streams are opened anew, under this seed.
    pub fn reseed(&mut self, seed: u64) {
        self.seed = seed;
        self.begun += 1;
    }

    #[inline]
    pub fn stream(&mut self, source: Source) -> &mut Rhythm {
        let seat = &mut self.seats[source.0 as usize];
        if seat.opened != self.begun {
            let (name, purpose) = (self.clocks.source_name(source.0), Purpose::Choice);
            seat.opened = self.begun;
            open(&mut seat.rhythm, StreamKey { seed: self.seed, trial: self.trial, name, purpose });
        }
        &mut seat.rhythm
    }

    /// Brings a stream near, if there is one of that number.
    #[inline]
    pub fn touch(&self, source: Source) {
        std::hint::black_box(self.seats.get(source.0 as usize).map(|seat| seat.opened));
    }
}

#[cold]
fn open(rhythm: &mut Rhythm, key: StreamKey) {
    *rhythm = Rhythm::new(key.open());
}
