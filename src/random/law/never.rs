//! The law of what does not happen.

use super::curve::{Curve, Tails};

/// A time that never comes.
pub(super) struct Never;

impl Curve for Never {
    fn mean(&self) -> f64 {
        f64::INFINITY
    }

    fn variance(&self) -> f64 {
        f64::INFINITY
    }

    fn survival(&self, _: f64) -> f64 {
        1.0
    }

    fn cdf(&self, _: f64) -> f64 {
        0.0
    }

    fn density(&self, _: f64) -> f64 {
        0.0
    }

    fn inverse(&self, _: Tails) -> f64 {
        f64::INFINITY
    }

    fn excess(&self, _: f64) -> f64 {
        f64::INFINITY
    }
}
