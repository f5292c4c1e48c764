//! The lognormal law: repair and failover times, mostly short and sometimes very long.
//!
//! The logarithm of the time is normal with mean `ln(median)` and standard deviation `sigma` (Johnson, Kotz and
//! Balakrishnan 1994, *Continuous Univariate Distributions* 1, chapter 14).

use std::fmt;

use super::Law;
use super::curve::{Curve, Tails};
use super::written::Written;
use crate::random::math::{exp, exp_m1, ln, normal_cdf, normal_density, normal_quantile};
use crate::units::{Duration, Probability};

/// A lognormal law, see [`Law::lognormal`].
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::units::Duration;
///
/// let Ok(Law::LogNormal(repair)) = Law::lognormal(Duration::minutes(54.0), 1.94) else { unreachable!() };
/// assert_eq!(repair.median(), Duration::minutes(54.0));
/// assert_eq!(repair.sigma(), 1.94);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LogNormal {
    median: f64,
    sigma: f64,
    pub(super) written: Written,
}

/// Why parameters give no lognormal law.
///
/// ```
/// use fivenines::random::{Law, LogNormalError};
/// use fivenines::units::Duration;
///
/// let (mean, median) = (Duration::hours(1.0), Duration::hours(6.0));
/// assert_eq!(Law::lognormal_mean(mean, median), Err(LogNormalError::MeanBelowMedian { mean, median }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum LogNormalError {
    /// The spread is zero, negative or not finite.
    #[error("a lognormal sigma must be positive, got {0} (it is the standard deviation of the logarithm)")]
    SigmaNotPositive(f64),
    /// The time is zero, or no median that an `f64` can hold gives it.
    #[error("a lognormal median must be positive and finite, but {0} is asked for")]
    MedianOutOfRange(Duration),
    /// The mean of a lognormal law lies above its median.
    #[error("a lognormal mean lies above the median, got mean {mean} and median {median}")]
    MeanBelowMedian {
        /// The mean asked for.
        mean: Duration,
        /// The median asked for.
        median: Duration,
    },
    /// Two quantiles that no increasing curve passes through.
    #[error("two quantiles must lie strictly inside 0% to 100%, the later time with the higher probability")]
    QuantilesNotIncreasing,
}

/// The quantile `p` of the standard normal law.
fn normal_at(p: Probability) -> f64 {
    normal_quantile(p.value(), p.complement().value())
}

impl Law {
    /// A lognormal law by its median and `sigma`, the standard deviation of the logarithm: about two thirds of the
    /// times lie within a factor of `e^sigma` of the median.
    ///
    /// # Errors
    /// When the median or sigma is not positive.
    pub fn lognormal(median: Duration, sigma: f64) -> Result<Law, LogNormalError> {
        LogNormal::checked(median.secs(), sigma, median)
    }

    /// A lognormal law by mean and median.
    ///
    /// # Errors
    /// When the median is zero or not below the mean.
    pub fn lognormal_mean(mean: Duration, median: Duration) -> Result<Law, LogNormalError> {
        if mean <= median {
            return Err(LogNormalError::MeanBelowMedian { mean, median });
        }
        // The mean is median exp(sigma^2 / 2).
        LogNormal::checked(median.secs(), (2.0 * ln(mean.secs() / median.secs())).sqrt(), median)
    }

    /// A lognormal law by its mean and `sigma`.
    ///
    /// # Errors
    /// When the mean or sigma is not positive, or sigma so large that no median gives that mean.
    pub fn lognormal_mean_sigma(mean: Duration, sigma: f64) -> Result<Law, LogNormalError> {
        LogNormal::checked(mean.secs() * exp(-0.5 * sigma * sigma), sigma, mean)
    }

    /// A lognormal law by `sigma` and one quantile: the time by which a share `p` has ended.
    ///
    /// # Errors
    /// When sigma or the time is not positive, or `p` not strictly inside 0 to 1.
    pub fn lognormal_quantile(p: Probability, time: Duration, sigma: f64) -> Result<Law, LogNormalError> {
        LogNormal::checked(time.secs() * exp(-sigma * normal_at(p)), sigma, time)
    }

    /// A lognormal law through two quantiles, in any order: a median and a 95th percentile, say.
    ///
    /// # Errors
    /// When a time is zero, or the later time does not have the higher probability.
    pub fn lognormal_quantiles(
        one: (Probability, Duration),
        other: (Probability, Duration),
    ) -> Result<Law, LogNormalError> {
        let (first, second) = if one.0 <= other.0 { (one, other) } else { (other, one) };
        let strict = first.0 < second.0 && first.1 < second.1 && !first.0.is_zero() && !second.0.is_one();
        if !strict {
            return Err(LogNormalError::QuantilesNotIncreasing);
        }
        let (a, b) = (normal_at(first.0), normal_at(second.0));
        let sigma = ln(second.1.secs() / first.1.secs()) / (b - a);
        LogNormal::checked(first.1.secs() * exp(-sigma * a), sigma, first.1)
    }
}

impl LogNormal {
    fn checked(median: f64, sigma: f64, asked: Duration) -> Result<Law, LogNormalError> {
        if !(sigma > 0.0 && sigma.is_finite()) {
            Err(LogNormalError::SigmaNotPositive(sigma))
        } else if !(median > 0.0 && median.is_finite()) {
            Err(LogNormalError::MedianOutOfRange(asked))
        } else {
            Ok(Law::LogNormal(LogNormal { median, sigma, written: Written::default() }))
        }
    }

    /// The time by which half have ended.
    pub fn median(&self) -> Duration {
        Duration::seconds(self.median)
    }

    /// The standard deviation of the logarithm.
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    #[inline]
    pub(super) fn draw(&self, u: f64) -> f64 {
        self.inverse(Tails::outlasted_by(u))
    }

    fn standard(&self, t: f64) -> f64 {
        ln(t / self.median) / self.sigma
    }
}

impl Curve for LogNormal {
    fn mean(&self) -> f64 {
        self.median * exp(0.5 * self.sigma * self.sigma)
    }

    fn variance(&self) -> f64 {
        let square = self.sigma * self.sigma;
        self.median * self.median * exp(square) * exp_m1(square)
    }

    fn survival(&self, t: f64) -> f64 {
        normal_cdf(-self.standard(t))
    }

    fn cdf(&self, t: f64) -> f64 {
        normal_cdf(self.standard(t))
    }

    fn density(&self, t: f64) -> f64 {
        if t <= 0.0 { 0.0 } else { normal_density(self.standard(t)) / (t * self.sigma) }
    }

    fn inverse(&self, at: Tails) -> f64 {
        self.median * exp(self.sigma * normal_quantile(at.lower, at.upper))
    }

    fn excess(&self, age: f64) -> f64 {
        if age <= 0.0 {
            return self.mean();
        }
        // The part of the mean above `age` (Johnson, Kotz and Balakrishnan, equation 14.27), less `age` itself.
        let z = self.standard(age);
        (self.mean() * normal_cdf(self.sigma - z) - age * normal_cdf(-z)).max(0.0)
    }
}

impl fmt::Display for LogNormal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.written.text() {
            Some(text) => f.write_str(text),
            None => write!(f, "lognormal(median {}, sigma {})", self.median(), self.sigma),
        }
    }
}
