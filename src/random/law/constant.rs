//! The constant law: a duration that is always the same, such as a timeout.

use std::fmt;

use super::Law;
use super::curve::{Curve, Tails};
use super::written::Written;
use crate::units::Duration;

/// A constant duration, see [`Law::constant`].
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::units::Duration;
///
/// let Law::Constant(timeout) = Law::constant(Duration::seconds(30.0)) else { unreachable!() };
/// assert_eq!(timeout.value(), Duration::seconds(30.0));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    value: f64,
    pub(super) written: Written,
}

impl Law {
    /// Always the same duration.
    pub fn constant(value: Duration) -> Law {
        Law::Constant(Constant { value: value.secs(), written: Written::default() })
    }
}

impl Constant {
    /// The duration.
    pub fn value(&self) -> Duration {
        Duration::seconds(self.value)
    }

    #[inline]
    pub(super) fn draw(&self) -> f64 {
        self.value
    }
}

impl Curve for Constant {
    fn mean(&self) -> f64 {
        self.value
    }

    fn variance(&self) -> f64 {
        0.0
    }

    fn survival(&self, t: f64) -> f64 {
        if t < self.value { 1.0 } else { 0.0 }
    }

    fn cdf(&self, t: f64) -> f64 {
        1.0 - self.survival(t)
    }

    fn density(&self, _: f64) -> f64 {
        0.0
    }

    fn inverse(&self, _: Tails) -> f64 {
        self.value
    }

    fn excess(&self, age: f64) -> f64 {
        (self.value - age).max(0.0)
    }
}

impl fmt::Display for Constant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.written.text() {
            Some(text) => f.write_str(text),
            None => write!(f, "{}", self.value()),
        }
    }
}
