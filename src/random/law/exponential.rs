//! The exponential law: what fails at a constant rate, however old it is.
//!
//! Survival function `exp(-t / mean)` (Johnson, Kotz and Balakrishnan 1994, *Continuous Univariate Distributions* 1,
//! chapter 19).

use std::fmt;

use super::Law;
use super::curve::{Curve, Tails};
use super::phase::PhaseType;
use super::written::Written;
use crate::random::Draw;
use crate::random::math::{exp, exp_m1, ln};
use crate::units::{Duration, Rate};

/// An exponential law, see [`Law::exponential`].
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::units::Duration;
///
/// let Law::Exponential(crash) = Law::exponential(Duration::days(60.0)) else { unreachable!() };
/// assert_eq!(crash.rate().mean_time(), Some(Duration::days(60.0)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Exponential {
    mean: f64,
    pub(super) written: Written,
}

impl Law {
    /// A constant failure rate, given by the mean time: lifetimes without wear or infant mortality.
    ///
    /// A mean of zero is the limit, the constant zero.
    pub fn exponential(mean: Duration) -> Law {
        if mean.is_zero() {
            return Law::constant(mean);
        }
        Law::Exponential(Exponential { mean: mean.secs(), written: Written::default() })
    }

    /// A constant failure rate. A rate of zero (or one too small for an `f64` to hold its mean) is [`Law::Never`].
    pub fn exponential_rate(rate: Rate) -> Law {
        rate.mean_time().map_or(Law::Never, Law::exponential)
    }
}

impl Exponential {
    /// The rate, the same at every age.
    pub fn rate(&self) -> Rate {
        Rate::from_per_sec((1.0 / self.mean).min(f64::MAX)).expect("a mean is positive, so its rate is too")
    }

    #[inline]
    pub(super) fn draw(&self, stream: &mut impl Draw) -> f64 {
        self.mean * stream.exponential()
    }

    pub(super) fn phases(&self) -> PhaseType {
        PhaseType::series(std::iter::once(1.0 / self.mean))
    }
}

impl Curve for Exponential {
    fn mean(&self) -> f64 {
        self.mean
    }

    fn variance(&self) -> f64 {
        self.mean * self.mean
    }

    fn survival(&self, t: f64) -> f64 {
        exp(-t / self.mean)
    }

    fn cdf(&self, t: f64) -> f64 {
        -exp_m1(-t / self.mean)
    }

    fn density(&self, t: f64) -> f64 {
        exp(-t / self.mean) / self.mean
    }

    fn inverse(&self, at: Tails) -> f64 {
        self.mean * at.cumulative_hazard()
    }

    fn excess(&self, age: f64) -> f64 {
        self.mean * exp(-age / self.mean)
    }

    fn hazard(&self, _: f64) -> f64 {
        1.0 / self.mean
    }

    fn residual(&self, _: f64, u: f64) -> f64 {
        self.mean * -ln(u)
    }

    fn mean_residual(&self, _: f64) -> f64 {
        self.mean
    }
}

impl fmt::Display for Exponential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.written.text() {
            Some(text) => f.write_str(text),
            None => write!(f, "exponential(mean {})", Duration::seconds(self.mean)),
        }
    }
}
