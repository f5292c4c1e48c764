//! What is asked of a sample before anything is estimated from it.

use thiserror::Error;

/// The values a sample can take, known before it is seen.
///
/// They matter twice: an interval never leaves them, and a value nobody has seen can be no further away.
///
/// ```
/// use fivenines::estimate::Bounds;
///
/// assert_eq!(Bounds::FRACTION, Bounds::new(0.0, 1.0));
/// assert!(Bounds::NON_NEGATIVE.upper().is_infinite());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    lower: f64,
    upper: f64,
}

impl Bounds {
    /// Between 0 and 1: shares of time.
    pub const FRACTION: Bounds = Bounds { lower: 0.0, upper: 1.0 };
    /// At least 0: counts, durations, costs.
    pub const NON_NEGATIVE: Bounds = Bounds { lower: 0.0, upper: f64::INFINITY };
    /// Anything; zero means that nothing happened.
    pub const REAL: Bounds = Bounds { lower: f64::NEG_INFINITY, upper: f64::INFINITY };

    /// From `lower` to `upper`, either possibly infinite. Where they lie on both sides of zero, zero means that
    /// nothing happened; otherwise an end does.
    ///
    /// # Panics
    /// When `lower` is not less than `upper`.
    pub const fn new(lower: f64, upper: f64) -> Bounds {
        assert!(lower < upper, "bounds run from the lower to the upper");
        Bounds { lower, upper }
    }

    /// The lower bound.
    pub fn lower(&self) -> f64 {
        self.lower
    }

    /// The upper bound.
    pub fn upper(&self) -> f64 {
        self.upper
    }

    /// The bounds of a difference of two values within these.
    pub fn difference(&self) -> Bounds {
        Bounds::new(self.lower - self.upper, self.upper - self.lower)
    }

    /// True when values lie on both sides of zero.
    pub(crate) fn is_signed(&self) -> bool {
        self.lower < 0.0 && self.upper > 0.0
    }

    fn contain(&self, x: f64) -> bool {
        self.lower <= x && x <= self.upper
    }
}

/// Why a sample cannot be estimated from.
///
/// ```
/// use fivenines::estimate::{Bounds, Confidence, SampleError, mean_of};
///
/// assert_eq!(mean_of(&[], Bounds::FRACTION, Confidence::P95), Err(SampleError::Empty));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum SampleError {
    /// There is no value.
    #[error("no trial was run")]
    Empty,
    /// A value is infinite, not a number, or outside its bounds.
    #[error("trial {trial} gave {value}, which is not a number from {lower} to {upper}")]
    OutOfBounds {
        /// The position of the value.
        trial: usize,
        /// The value.
        value: f64,
        /// The least it may be.
        lower: f64,
        /// The most it may be.
        upper: f64,
    },
    /// Two samples that belong together differ in length.
    #[error("paired samples differ in length: {left} trials and {right} trials")]
    Unpaired {
        /// Length of the first.
        left: usize,
        /// Length of the second.
        right: usize,
    },
    /// A ratio whose denominators are all zero.
    #[error("no trial saw what the ratio divides by")]
    NothingToDivideBy,
    /// More successes than tries.
    #[error("{successes} successes in {tries} tries")]
    TooManySuccesses {
        /// How many succeeded.
        successes: u64,
        /// How many were tried.
        tries: u64,
    },
    /// A probability outside [0, 1].
    #[error("a probability lies between 0 and 1, got {0}")]
    NotAProbability(f64),
    /// A share that is negative or not a number.
    #[error("share {index} is {value}, which is not a number from 0 up")]
    NotAShare {
        /// The position of the share.
        index: usize,
        /// Its value.
        value: f64,
    },
}

/// Checks that there are values and that all are finite and within bounds.
pub(crate) fn check(samples: &[f64], bounds: Bounds) -> Result<(), SampleError> {
    if samples.is_empty() {
        return Err(SampleError::Empty);
    }
    match samples.iter().position(|&x| !x.is_finite() || !bounds.contain(x)) {
        None => Ok(()),
        Some(trial) => Err(SampleError::OutOfBounds {
            trial,
            value: samples[trial],
            lower: bounds.lower,
            upper: bounds.upper,
        }),
    }
}

/// Checks two samples that belong together trial by trial.
pub(crate) fn check_pair(left: &[f64], right: &[f64], bounds: Bounds) -> Result<(), SampleError> {
    if left.len() != right.len() {
        return Err(SampleError::Unpaired { left: left.len(), right: right.len() });
    }
    check(left, bounds)?;
    check(right, bounds)
}

/// How many equal values a sample of deviations from "nothing happened" is worth: `(sum |x|)^2 / sum x^2`
/// (Kish 1965, *Survey Sampling*, section 11.2); 0 when all are zero.
///
/// It lies between 1 and the number of values that are not zero, and says how few large outages a mean rests on:
/// exponential lengths are worth half their number, lognormal ones with sigma 1.5 a tenth.
pub(crate) fn effective_count(values: impl Iterator<Item = f64> + Clone) -> f64 {
    // Scaled by the largest, so that squares of tiny fractions do not underflow.
    let largest = values.clone().fold(0.0_f64, |most, x| most.max(x.abs()));
    if largest == 0.0 {
        return 0.0;
    }
    let (sum, squares) = values.fold((0.0, 0.0), |(sum, squares), x| {
        let share = x.abs() / largest;
        (sum + share, squares + share * share)
    });
    sum * sum / squares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offending_trial_is_named() {
        let error = check(&[0.0, 2.0], Bounds::FRACTION).unwrap_err();
        assert_eq!(error.to_string(), "trial 1 gave 2, which is not a number from 0 to 1");
        assert!(check(&[f64::INFINITY], Bounds::NON_NEGATIVE).is_err());
        assert!(check(&[f64::NAN], Bounds::REAL).is_err());
    }

    #[test]
    fn equal_values_are_worth_their_number_and_zeros_nothing() {
        assert_eq!(effective_count([0.0, 3.0, 0.0, 3.0, -3.0].into_iter()), 3.0);
        assert_eq!(effective_count([0.0, 0.0].into_iter()), 0.0);
        assert!(effective_count([1.0, 1e-9, 1e-9].into_iter()) < 1.000_001);
        assert_eq!(effective_count([1e-200, 1e-200].into_iter()), 2.0);
    }
}
