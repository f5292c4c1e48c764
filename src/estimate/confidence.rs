//! The confidence level that an interval claims.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The share of repeats in which an interval contains the truth: strictly between 0 and 1.
///
/// ```
/// use fivenines::estimate::Confidence;
///
/// assert_eq!(Confidence::P95.to_string(), "95%");
/// assert!(Confidence::new(95.0).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Confidence(f64);

/// A number that is no confidence level.
///
/// ```
/// use fivenines::estimate::Confidence;
///
/// let error = Confidence::new(95.0).unwrap_err();
/// assert_eq!(error.to_string(), "a confidence level lies strictly between 0 and 1, got 95");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[error("a confidence level lies strictly between 0 and 1, got {0}")]
pub struct NotAConfidence(pub f64);

impl Confidence {
    /// 90%.
    pub const P90: Confidence = Confidence(0.90);
    /// 95%, the usual choice.
    pub const P95: Confidence = Confidence(0.95);
    /// 99%.
    pub const P99: Confidence = Confidence(0.99);

    /// The level `level`, as in 0.95.
    ///
    /// # Errors
    /// When `level` is not strictly between 0 and 1.
    pub fn new(level: f64) -> Result<Confidence, NotAConfidence> {
        if level > 0.0 && level < 1.0 { Ok(Confidence(level)) } else { Err(NotAConfidence(level)) }
    }

    /// The level as a fraction, as in 0.95.
    pub fn level(self) -> f64 {
        self.0
    }

    /// The accepted chance of error, as in 0.05.
    pub fn error(self) -> f64 {
        1.0 - self.0
    }

    /// The level each of `count` statements needs for all of them to hold together at this one: Bonferroni's
    /// inequality, which needs no independence. `count` 0 counts as 1.
    pub fn each_of(self, count: usize) -> Confidence {
        // A level that rounds to 1 would claim certainty; the largest number below 1 is as far as f64 goes.
        Confidence((1.0 - self.error() / count.max(1) as f64).min(1.0 - f64::EPSILON))
    }
}

impl TryFrom<f64> for Confidence {
    type Error = NotAConfidence;

    fn try_from(level: f64) -> Result<Confidence, NotAConfidence> {
        Confidence::new(level)
    }
}

impl From<Confidence> for f64 {
    fn from(confidence: Confidence) -> f64 {
        confidence.0
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Six digits hide the binary tail of 0.95 * 100 and show what Bonferroni makes of it.
        let percent = format!("{:.4}", self.0 * 100.0);
        write!(f, "{}%", percent.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_levels_between_the_ends_are_levels() {
        for level in [0.0, 1.0, -0.1, 1.5, f64::NAN] {
            assert!(Confidence::new(level).is_err());
        }
        assert_eq!(Confidence::new(0.95), Ok(Confidence::P95));
    }

    #[test]
    fn bonferroni_shares_the_error_out() {
        assert!((Confidence::P95.each_of(5).level() - 0.99).abs() < 1e-12);
        assert_eq!(Confidence::P95.each_of(0), Confidence::P95.each_of(1));
        assert!(Confidence::P95.each_of(usize::MAX).level() < 1.0);
    }

    #[test]
    fn levels_print_as_percentages() {
        assert_eq!(Confidence::new(0.999).unwrap().to_string(), "99.9%");
        assert_eq!(Confidence::P95.each_of(3).to_string(), "98.3333%");
    }
}
