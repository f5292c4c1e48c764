//! The uniform law: anything between two times, equally likely.

use std::fmt;

use super::Law;
use super::curve::{Curve, Tails};
use super::written::Written;
use crate::units::Duration;

/// A uniform law, see [`Law::uniform`].
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::units::Duration;
///
/// let (low, high) = (Duration::seconds(20.0), Duration::seconds(40.0));
/// let Ok(Law::Uniform(switch)) = Law::uniform(low, high) else { unreachable!() };
/// assert_eq!(switch.range(), (low, high));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Uniform {
    low: f64,
    high: f64,
    pub(super) written: Written,
}

/// Why parameters give no uniform law.
///
/// ```
/// use fivenines::random::{Law, UniformError};
/// use fivenines::units::Duration;
///
/// let second = Duration::seconds(1.0);
/// assert_eq!(Law::uniform(second, second), Err(UniformError::Empty { low: second, high: second }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum UniformError {
    /// The low end is not below the high end.
    #[error("a uniform law needs its low end first, got {low} and {high}")]
    Empty {
        /// The low end.
        low: Duration,
        /// The high end.
        high: Duration,
    },
}

impl Law {
    /// Anything between `low` and `high`, equally likely.
    ///
    /// # Errors
    /// When `low` is not below `high`.
    pub fn uniform(low: Duration, high: Duration) -> Result<Law, UniformError> {
        if low >= high {
            return Err(UniformError::Empty { low, high });
        }
        Ok(Law::Uniform(Uniform { low: low.secs(), high: high.secs(), written: Written::default() }))
    }
}

impl Uniform {
    /// Both ends.
    pub fn range(&self) -> (Duration, Duration) {
        (Duration::seconds(self.low), Duration::seconds(self.high))
    }

    #[inline]
    pub(super) fn draw(&self, u: f64) -> f64 {
        self.low + (1.0 - u) * (self.high - self.low)
    }
}

impl Curve for Uniform {
    fn mean(&self) -> f64 {
        0.5 * self.low + 0.5 * self.high
    }

    fn variance(&self) -> f64 {
        (self.high - self.low) * (self.high - self.low) / 12.0
    }

    fn survival(&self, t: f64) -> f64 {
        ((self.high - t) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    fn cdf(&self, t: f64) -> f64 {
        ((t - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    fn density(&self, t: f64) -> f64 {
        if self.low <= t && t <= self.high { 1.0 / (self.high - self.low) } else { 0.0 }
    }

    fn inverse(&self, at: Tails) -> f64 {
        self.low + at.lower * (self.high - self.low)
    }

    fn excess(&self, age: f64) -> f64 {
        if age < self.low {
            return self.mean() - age;
        }
        let left = (self.high - age).max(0.0);
        0.5 * left * left / (self.high - self.low)
    }
}

impl fmt::Display for Uniform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.written.text() {
            Some(text) => f.write_str(text),
            None => write!(f, "uniform({}, {})", self.range().0, self.range().1),
        }
    }
}
