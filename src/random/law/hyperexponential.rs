//! The hyperexponential law: one of several exponentials, drawn with given chances.
//!
//! Most restarts take two minutes, a few take ten hours (Cox 1962, *Renewal Theory*, section 1.4).

use std::fmt;
use std::sync::Arc;

use super::Law;
use super::curve::{Curve, Tails, invert};
use super::mixture::{WeightsError, check_weights};
use super::phase::PhaseType;
use super::written::Written;
use crate::random::math::{exp, exp_m1};
use crate::units::{Duration, Probability};

/// A hyperexponential law, see [`Law::hyperexponential`].
///
/// ```
/// use fivenines::random::Law;
///
/// let law: Law = "hyperexponential(95% mean 2min, 5% mean 10h)".parse().unwrap();
/// let Law::Hyperexponential(restart) = law else { unreachable!() };
/// assert_eq!(restart.branches().count(), 2);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Hyperexponential {
    /// Chance of each branch and its mean in seconds.
    branches: Arc<[(f64, f64)]>,
    pub(super) written: Written,
}

/// Why parameters give no hyperexponential law.
///
/// ```
/// use fivenines::random::{HyperexponentialError, Law};
/// use fivenines::units::{Duration, Probability};
///
/// let branches = [(Probability::ONE, Duration::ZERO)];
/// assert_eq!(Law::hyperexponential(&branches), Err(HyperexponentialError::MeanNotPositive));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum HyperexponentialError {
    /// The chances do not make a whole.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A branch that takes no time.
    #[error("the mean of a branch must be positive")]
    MeanNotPositive,
}

impl Law {
    /// One of several exponentials: the chance of each and its mean. The coefficient of variation is at least 1.
    ///
    /// # Errors
    /// When the chances do not add up to 1, or a mean is zero.
    pub fn hyperexponential(branches: &[(Probability, Duration)]) -> Result<Law, HyperexponentialError> {
        let total = check_weights(branches.iter().map(|(chance, _)| *chance))?;
        if branches.iter().any(|(_, mean)| mean.is_zero()) {
            return Err(HyperexponentialError::MeanNotPositive);
        }
        let branches = branches.iter().map(|(chance, mean)| (chance.value() / total, mean.secs())).collect();
        Ok(Law::Hyperexponential(Hyperexponential { branches, written: Written::default() }))
    }
}

impl Hyperexponential {
    /// The chance of each branch and its mean.
    pub fn branches(&self) -> impl Iterator<Item = (Probability, Duration)> {
        self.branches
            .iter()
            .map(|&(chance, mean)| (Probability::from_sides(chance, 1.0 - chance), Duration::seconds(mean)))
    }

    pub(super) fn phases(&self) -> PhaseType {
        PhaseType::choice(
            self.branches
                .iter()
                .map(|&(chance, mean)| (chance, PhaseType::series(std::iter::once(1.0 / mean)))),
        )
    }

    fn sum(&self, of: impl Fn(f64) -> f64) -> f64 {
        self.branches.iter().map(|&(chance, mean)| chance * of(mean)).sum()
    }
}

impl Curve for Hyperexponential {
    fn mean(&self) -> f64 {
        self.sum(|mean| mean)
    }

    fn variance(&self) -> f64 {
        // The mean of the variances and the variance of the means, so that nothing cancels.
        let whole = self.mean();
        self.sum(|mean| mean * mean + (mean - whole) * (mean - whole))
    }

    fn survival(&self, t: f64) -> f64 {
        self.sum(|mean| exp(-t / mean))
    }

    fn cdf(&self, t: f64) -> f64 {
        self.sum(|mean| -exp_m1(-t / mean))
    }

    fn density(&self, t: f64) -> f64 {
        self.sum(|mean| exp(-t / mean) / mean)
    }

    fn inverse(&self, at: Tails) -> f64 {
        // The exponential with the same hazard at zero: never later than the answer, from where Newton rises.
        invert(self, at, at.cumulative_hazard() / self.sum(|mean| 1.0 / mean))
    }

    fn excess(&self, age: f64) -> f64 {
        self.sum(|mean| mean * exp(-age / mean))
    }
}

impl fmt::Display for Hyperexponential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.written.text() {
            return f.write_str(text);
        }
        f.write_str("hyperexponential(")?;
        for (at, (chance, mean)) in self.branches().enumerate() {
            write!(f, "{}{chance} mean {mean}", if at == 0 { "" } else { ", " })?;
        }
        f.write_str(")")
    }
}
