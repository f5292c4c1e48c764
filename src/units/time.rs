//! Simulated time: instants and spans on an integer grid of microseconds.

use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};

use serde::{Deserialize, Serialize};

/// Microseconds in a second.
const MICROS: u64 = 1_000_000;

/// Bits of the fraction of an `f64`.
const MANTISSA: u32 = f64::MANTISSA_DIGITS - 1;
const ONE: u64 = 1f64.to_bits();

/// A length of simulated time: a whole number of microseconds, up to 584,000 years.
///
/// Simulated time is an integer so that the same history has the same bits everywhere and equal times are
/// really equal. A span that does not fit, such as a lifetime beyond any horizon, is [`Span::FOREVER`].
///
/// ```
/// use fivenines::units::Span;
///
/// let hour = Span::from_secs(3600);
/// assert_eq!(hour + hour, Span::from_secs(7200));
/// assert_eq!(Span::from_secs_f64(0.25).as_micros(), 250_000);
/// assert_eq!(Span::from_secs_f64(f64::INFINITY), Span::FOREVER);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(u64);

/// A point in simulated time: microseconds since the start of the trial.
///
/// ```
/// use fivenines::units::{Instant, Span};
///
/// let later = Instant::START + Span::from_secs(5);
/// assert_eq!(later - Instant::START, Span::from_secs(5));
/// assert!(later < Instant::NEVER);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(u64);

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// Longer than any horizon: what waits this long does not happen.
    pub const FOREVER: Span = Span(u64::MAX);

    /// A span of this many microseconds.
    #[inline]
    pub const fn from_micros(micros: u64) -> Span {
        Span(micros)
    }

    /// A span of this many seconds; [`Span::FOREVER`] where it does not fit.
    #[inline]
    pub const fn from_secs(secs: u64) -> Span {
        Span(secs.saturating_mul(MICROS))
    }

    /// The span nearest to this many seconds. Negative or NaN counts as zero; what does not fit is
    /// [`Span::FOREVER`].
    #[inline]
    pub fn from_secs_f64(secs: f64) -> Span {
        let micros = secs * MICROS as f64 + 0.5;
        let bits = micros.to_bits();
        // Every drawn duration comes by here, and what a simulated event waits for is this latency: from 1 up to 2^64 a
        // shift cuts the fraction off in half the time of a cast, which saturates.
        if bits.wrapping_sub(ONE) < 64 << MANTISSA {
            let fraction = 1 << 63 | bits << (63 - MANTISSA);
            return Span(fraction >> ((ONE >> MANTISSA) + 63 - (bits >> MANTISSA)));
        }
        Span::from_rare(micros)
    }

    /// A cast from f64 saturates at both ends and maps NaN to 0, which is what is promised above.
    #[cold]
    fn from_rare(micros: f64) -> Span {
        Span(micros as u64)
    }

    /// Whole microseconds.
    #[inline]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Seconds as a float, for arithmetic that ends in an estimate.
    #[inline]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / MICROS as f64
    }

    /// True for [`Span::FOREVER`].
    #[inline]
    pub const fn is_forever(self) -> bool {
        self.0 == u64::MAX
    }

    /// The difference, or zero where `other` is longer.
    #[inline]
    pub const fn saturating_sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl Instant {
    /// The start of a trial.
    pub const START: Instant = Instant(0);
    /// Later than any horizon.
    pub const NEVER: Instant = Instant(u64::MAX);

    /// The instant this many microseconds after the start.
    #[inline]
    pub const fn from_micros(micros: u64) -> Instant {
        Instant(micros)
    }

    /// Whole microseconds since the start.
    #[inline]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Time since the start of the trial.
    #[inline]
    pub const fn since_start(self) -> Span {
        Span(self.0)
    }

    /// Time since `earlier`, or zero where `earlier` is later.
    #[inline]
    pub const fn saturating_since(self, earlier: Instant) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Span> for Instant {
    type Output = Instant;

    /// Saturates at [`Instant::NEVER`]: what lies beyond the end of time does not happen.
    #[inline]
    fn add(self, span: Span) -> Instant {
        Instant(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for Instant {
    #[inline]
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Sub for Instant {
    type Output = Span;

    /// # Panics
    /// When `earlier` is later than `self`: time ran backwards, which is a bug.
    #[inline]
    fn sub(self, earlier: Instant) -> Span {
        Span(self.0.checked_sub(earlier.0).expect("the later instant comes first in a difference"))
    }
}

impl Add for Span {
    type Output = Span;

    #[inline]
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Span {
    #[inline]
    fn add_assign(&mut self, other: Span) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Span;

    /// # Panics
    /// When `other` is longer than `self`.
    #[inline]
    fn sub(self, other: Span) -> Span {
        Span(self.0.checked_sub(other.0).expect("the longer span comes first in a difference"))
    }
}

impl SubAssign for Span {
    #[inline]
    fn sub_assign(&mut self, other: Span) {
        *self = *self - other;
    }
}

impl fmt::Display for Instant {
    /// Days, hours, minutes and seconds since the start, as in `12d 03:04:05.000250`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Instant::NEVER {
            return f.write_str("never");
        }
        let (secs, micros) = (self.0 / MICROS, self.0 % MICROS);
        let (days, hours, minutes, seconds) = (secs / 86_400, secs / 3_600 % 24, secs / 60 % 60, secs % 60);
        if days > 0 {
            write!(f, "{days}d ")?;
        }
        write!(f, "{hours:02}:{minutes:02}:{seconds:02}")?;
        if micros > 0 { write!(f, ".{micros:06}") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_round_to_the_nearest_microsecond() {
        assert_eq!(Span::from_secs_f64(1.2345674e0).as_micros(), 1_234_567);
        assert_eq!(Span::from_secs_f64(0.4e-6), Span::ZERO);
        assert_eq!(Span::from_secs_f64(0.6e-6).as_micros(), 1);
        assert_eq!(Span::from_secs_f64(-3.0), Span::ZERO);
        assert_eq!(Span::from_secs_f64(f64::NAN), Span::ZERO);
        assert!(Span::from_secs_f64(1e30).is_forever());
    }

    #[test]
    fn a_span_of_seconds_is_what_a_cast_makes_of_its_microseconds() {
        let near = |x: f64| [x.next_down(), x, x.next_up(), x * 1.3, -x];
        // Every power of two, and zero.
        for exponent in 0..0x7ff {
            for micros in near(f64::from_bits(exponent << MANTISSA)) {
                let secs = micros / MICROS as f64;
                assert_eq!(
                    Span::from_secs_f64(secs).as_micros(),
                    (secs * MICROS as f64 + 0.5) as u64,
                    "{secs:e}"
                );
            }
        }
    }

    #[test]
    fn instants_saturate_at_never() {
        assert_eq!(Instant::START + Span::FOREVER, Instant::NEVER);
        assert_eq!(Instant::NEVER + Span::from_secs(1), Instant::NEVER);
    }

    #[test]
    fn instants_print_as_a_clock() {
        let at = Instant::START + Span::from_secs(12 * 86_400 + 3 * 3_600 + 4 * 60 + 5);
        assert_eq!(at.to_string(), "12d 03:04:05");
        assert_eq!((Instant::START + Span::from_micros(250)).to_string(), "00:00:00.000250");
    }
}
