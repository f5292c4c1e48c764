//! The clock on a host, which is not the world's.

use crate::units::{Instant, Span};

/// The slowest that a clock goes, as a share of the world's pace.
const SLOWEST: f64 = 0.01;

/// A host's own time: it starts off the world's by an offset, runs fast or slow by a drift, and may jump.
///
/// Two times are told apart, as operating systems do it: a monotonic one, which drifts and never jumps, and which timers go
/// by; and the time of day, which is the monotonic one and an offset that jumps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct HostClock {
    /// When the drift last changed, by the world's clock and by this one.
    since: Instant,
    there: Instant,
    /// Microseconds that this clock gains in a second of the world's.
    ppm: f64,
    /// What the time of day is ahead of the monotonic one, in microseconds.
    ahead: i64,
}

impl Default for HostClock {
    fn default() -> HostClock {
        HostClock { since: Instant::START, there: Instant::START, ppm: 0.0, ahead: 0 }
    }
}

impl HostClock {
    /// Seconds of this clock in a second of the world's. However many drifts add up, it goes forward.
    fn rate(&self) -> f64 {
        (1.0 + self.ppm * 1e-6).max(SLOWEST)
    }

    /// The monotonic time.
    #[inline]
    pub fn monotonic(&self, now: Instant) -> Instant {
        if self.ppm == 0.0 {
            return self.there + (now - self.since);
        }
        self.there + Span::from_secs_f64((now - self.since).as_secs_f64() * self.rate())
    }

    /// The time of day.
    pub fn time_of_day(&self, now: Instant) -> Instant {
        Instant::from_micros(self.monotonic(now).as_micros().saturating_add_signed(self.ahead))
    }

    /// How long the world waits while this clock counts `span`.
    #[inline]
    pub fn real(&self, span: Span) -> Span {
        if self.ppm == 0.0 || span.is_forever() {
            return span;
        }
        Span::from_secs_f64(span.as_secs_f64() / self.rate())
    }

    /// From now on the clock gains `ppm` microseconds in every second more than it did.
    pub fn skew(&mut self, now: Instant, ppm: f64) {
        self.there = self.monotonic(now);
        self.since = now;
        self.ppm += ppm;
    }

    /// The time of day jumps by this many microseconds.
    pub fn jump(&mut self, micros: i64) {
        self.ahead = self.ahead.saturating_add(micros);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Instant {
        Instant::START + Span::from_secs(secs)
    }

    #[test]
    fn drift_adds_up_from_when_it_began_and_a_jump_moves_the_time_of_day_alone() {
        let mut clock = HostClock::default();
        assert_eq!(clock.monotonic(at(100)), at(100));
        clock.skew(at(100), 1e4);
        assert_eq!(clock.monotonic(at(200)), at(201));
        assert_eq!(clock.real(Span::from_secs(101)), Span::from_secs(100));
        clock.skew(at(200), -1e4);
        assert_eq!(clock.monotonic(at(300)), at(301));
        clock.jump(-5_000_000);
        assert_eq!((clock.monotonic(at(300)), clock.time_of_day(at(300))), (at(301), at(296)));
        clock.skew(at(300), -2e6);
        assert_eq!(clock.monotonic(at(400)), at(302));
        assert_eq!(clock.real(Span::from_secs(1)), Span::from_secs(100));
        clock.skew(at(400), 2e6);
        assert_eq!(clock.monotonic(at(500)), at(402));
        clock.jump(i64::MIN);
        assert_eq!(clock.time_of_day(at(500)), Instant::START);
    }
}
