//! An interval and the confidence with which it holds.

use std::fmt;

use serde::Serialize;

use super::Confidence;

/// A confidence interval: `lower <= upper`, either end possibly infinite.
///
/// ```
/// use fivenines::estimate::{Confidence, Interval};
///
/// let interval = Interval::new(0.2, 0.5, Confidence::P95);
/// assert!(interval.contains(0.3) && !interval.contains(0.6));
/// assert_eq!(interval.to_string(), "[0.20, 0.50]");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    lower: f64,
    upper: f64,
    confidence: Confidence,
}

impl Interval {
    /// The interval from `lower` to `upper`.
    ///
    /// # Panics
    /// When `lower` exceeds `upper` or either is NaN: an interval is computed, so that is a bug.
    pub fn new(lower: f64, upper: f64, confidence: Confidence) -> Interval {
        assert!(lower <= upper, "an interval runs from its lower to its upper end: [{lower}, {upper}]");
        Interval { lower, upper, confidence }
    }

    /// The lower end.
    pub fn lower(&self) -> f64 {
        self.lower
    }

    /// The upper end.
    pub fn upper(&self) -> f64 {
        self.upper
    }

    /// How often such an interval contains the truth.
    pub fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// Half of its width; infinite when an end is.
    pub fn half_width(&self) -> f64 {
        (self.upper - self.lower) / 2.0
    }

    /// True when `value` lies in it, ends included.
    pub fn contains(&self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }

    /// True when some value lies in both.
    pub fn overlaps(&self, other: &Interval) -> bool {
        self.lower <= other.upper && other.lower <= self.upper
    }

    /// The interval for `scale * x + shift` where this is one for `x`. An infinite end stays infinite;
    /// `scale` is finite and not zero.
    pub fn affine(&self, scale: f64, shift: f64) -> Interval {
        let (a, b) = (scale * self.lower + shift, scale * self.upper + shift);
        Interval::new(a.min(b), a.max(b), self.confidence)
    }
}

impl fmt::Display for Interval {
    /// Digits follow the width, as for an estimate; the confidence level is left to the caller.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits =
            super::format::Digits::for_width(self.half_width(), self.lower.abs().max(self.upper.abs()));
        write!(f, "[{}, {}]", digits.show(self.lower), digits.show(self.upper))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_affine_map_keeps_the_order() {
        let interval = Interval::new(0.1, f64::INFINITY, Confidence::P95).affine(-2.0, 1.0);
        assert_eq!((interval.lower(), interval.upper()), (f64::NEG_INFINITY, 0.8));
    }

    #[test]
    #[should_panic(expected = "an interval runs")]
    fn crossed_ends_are_a_bug() {
        let _ = Interval::new(1.0, 0.0, Confidence::P95);
    }

    #[test]
    fn overlap_includes_a_shared_end() {
        let of = |a, b| Interval::new(a, b, Confidence::P95);
        assert!(of(0.0, 1.0).overlaps(&of(1.0, 2.0)));
        assert!(!of(0.0, 1.0).overlaps(&of(1.5, 2.0)));
    }
}
