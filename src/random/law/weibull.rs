//! The Weibull law: wear-out (shape above 1) or infant mortality (below 1).
//!
//! Survival function `exp(-(t / scale)^shape)` (Weibull 1951, *Journal of Applied Mechanics* 18, 293-297).

use std::fmt;

use super::Law;
use super::curve::{Curve, Tails};
use super::written::Written;
use crate::random::math::{exp, exp_m1, gamma, gamma_sides, ln, pow};
use crate::units::{Duration, Probability};

/// A Weibull law, see [`Law::weibull`].
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::units::Duration;
///
/// let Ok(Law::Weibull(disk)) = Law::weibull(0.7, Duration::years(20.0)) else { unreachable!() };
/// assert_eq!(disk.shape(), 0.7);
/// assert_eq!(disk.scale(), Duration::years(20.0));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Weibull {
    shape: f64,
    scale: f64,
    pub(super) written: Written,
}

/// Why parameters give no Weibull law.
///
/// ```
/// use fivenines::random::{Law, WeibullError};
/// use fivenines::units::Duration;
///
/// assert_eq!(Law::weibull(-0.7, Duration::hours(1.0)), Err(WeibullError::ShapeNotPositive(-0.7)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum WeibullError {
    /// The shape is zero, negative or not finite.
    #[error("a weibull shape must be positive, got {0} (below 1 is infant mortality, above 1 wear-out)")]
    ShapeNotPositive(f64),
    /// A time is zero, or no scale that an `f64` can hold gives it.
    #[error("a weibull scale must be positive and finite, but {0} is asked for")]
    ScaleOutOfRange(Duration),
    /// Two quantiles that no increasing curve passes through.
    #[error("two quantiles must lie strictly inside 0% to 100%, the later time with the higher probability")]
    QuantilesNotIncreasing,
}

/// The integrated hazard at the quantile `p`: what `(t / scale)^shape` is there.
fn hazard_at(p: Probability) -> f64 {
    Tails { upper: p.complement().value(), lower: p.value() }.cumulative_hazard()
}

impl Law {
    /// A Weibull law by shape and scale; the scale is the time by which 63.2% have ended.
    ///
    /// # Errors
    /// When the shape or the scale is not positive.
    pub fn weibull(shape: f64, scale: Duration) -> Result<Law, WeibullError> {
        Weibull::checked(shape, scale.secs(), scale)
    }

    /// A Weibull law by shape and mean.
    ///
    /// # Errors
    /// When the shape or the mean is not positive, or the shape so small that no scale gives that mean.
    pub fn weibull_mean(shape: f64, mean: Duration) -> Result<Law, WeibullError> {
        // The mean is scale Γ(1 + 1/shape).
        Weibull::checked(shape, mean.secs() / gamma(1.0 + 1.0 / shape), mean)
    }

    /// A Weibull law by shape and one quantile: the time by which a share `p` has ended.
    ///
    /// # Errors
    /// When the shape or the time is not positive, or `p` not strictly inside 0 to 1.
    pub fn weibull_quantile(shape: f64, p: Probability, time: Duration) -> Result<Law, WeibullError> {
        if p.is_zero() || p.is_one() {
            return Err(WeibullError::QuantilesNotIncreasing);
        }
        Weibull::checked(shape, time.secs() / pow(hazard_at(p), 1.0 / shape), time)
    }

    /// A Weibull law through two quantiles, in any order.
    ///
    /// # Errors
    /// When a time is zero, or the later time does not have the higher probability.
    pub fn weibull_quantiles(
        one: (Probability, Duration),
        other: (Probability, Duration),
    ) -> Result<Law, WeibullError> {
        let (first, second) = if one.0 <= other.0 { (one, other) } else { (other, one) };
        let strict = first.0 < second.0 && first.1 < second.1 && !first.0.is_zero() && !second.0.is_one();
        if !strict {
            return Err(WeibullError::QuantilesNotIncreasing);
        }
        let shape = ln(hazard_at(second.0) / hazard_at(first.0)) / ln(second.1.secs() / first.1.secs());
        Weibull::checked(shape, first.1.secs() / pow(hazard_at(first.0), 1.0 / shape), first.1)
    }
}

impl Weibull {
    fn checked(shape: f64, scale: f64, asked: Duration) -> Result<Law, WeibullError> {
        if !(shape > 0.0 && shape.is_finite()) {
            Err(WeibullError::ShapeNotPositive(shape))
        } else if !(scale > 0.0 && scale.is_finite()) {
            Err(WeibullError::ScaleOutOfRange(asked))
        } else {
            Ok(Law::Weibull(Weibull { shape, scale, written: Written::default() }))
        }
    }

    /// The shape: below 1 the hazard falls with age, above 1 it rises.
    pub fn shape(&self) -> f64 {
        self.shape
    }

    /// The time by which 63.2% have ended.
    pub fn scale(&self) -> Duration {
        Duration::seconds(self.scale)
    }

    #[inline]
    pub(super) fn draw(&self, u: f64) -> f64 {
        self.scale * pow(-ln(u), 1.0 / self.shape)
    }

    fn integrated_hazard(&self, t: f64) -> f64 {
        pow(t / self.scale, self.shape)
    }
}

impl Curve for Weibull {
    fn mean(&self) -> f64 {
        self.scale * gamma(1.0 + 1.0 / self.shape)
    }

    fn variance(&self) -> f64 {
        let mean = gamma(1.0 + 1.0 / self.shape);
        self.scale * self.scale * (gamma(1.0 + 2.0 / self.shape) - mean * mean)
    }

    fn survival(&self, t: f64) -> f64 {
        exp(-self.integrated_hazard(t))
    }

    fn cdf(&self, t: f64) -> f64 {
        -exp_m1(-self.integrated_hazard(t))
    }

    fn density(&self, t: f64) -> f64 {
        self.hazard(t) * self.survival(t)
    }

    fn inverse(&self, at: Tails) -> f64 {
        self.scale * pow(at.cumulative_hazard(), 1.0 / self.shape)
    }

    fn excess(&self, age: f64) -> f64 {
        // Substituting x = (t / scale)^shape turns the integral into an incomplete gamma function of order 1/shape.
        self.mean() * gamma_sides(1.0 / self.shape, self.integrated_hazard(age)).1
    }

    fn hazard(&self, t: f64) -> f64 {
        self.shape / self.scale * pow(t / self.scale, self.shape - 1.0)
    }

    fn residual(&self, age: f64, u: f64) -> f64 {
        // The integrated hazard adds up, which works at ages whose survival probability is below any f64.
        let end = self.scale * pow(self.integrated_hazard(age) - ln(u), 1.0 / self.shape);
        (end - age).max(0.0)
    }
}

impl fmt::Display for Weibull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.written.text() {
            Some(text) => f.write_str(text),
            None => write!(f, "weibull(shape {}, scale {})", self.shape, self.scale()),
        }
    }
}
