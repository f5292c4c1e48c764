//! The mixture: one of several laws, drawn with given chances.

use std::fmt;
use std::sync::Arc;

use super::Law;
use super::curve::{Curve, Tails, invert};
use super::phase::PhaseType;
use super::written::Written;
use crate::units::Probability;

/// A mixture of laws, see [`Law::mixture`].
///
/// ```
/// use fivenines::random::Law;
///
/// let law: Law = "mixture(95% lognormal(median 2min, p95 6min), 5% 3d)".parse().unwrap();
/// let Law::Mixture(repair) = law else { unreachable!() };
/// assert_eq!(repair.branches().count(), 2);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    /// Chance of each branch and its law.
    branches: Arc<[(f64, Law)]>,
    pub(super) written: Written,
}

/// Why chances do not make a whole.
///
/// ```
/// use fivenines::random::{Law, WeightsError};
/// use fivenines::units::Probability;
///
/// let half = Probability::HALF;
/// assert_eq!(Law::mixture(vec![(half, Law::Never)]), Err(WeightsError::NotOne(half)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum WeightsError {
    /// There is nothing to choose from.
    #[error("there must be at least one branch")]
    None,
    /// They add up to less than 1.
    #[error("the branches must add up to 100%, but come to {0}")]
    NotOne(Probability),
    /// They add up to more than 1.
    #[error("the branches must add up to 100%, but come to more")]
    AboveOne,
}

/// What to divide the chances by, which is 1 but for rounding.
pub(super) fn check_weights(weights: impl Iterator<Item = Probability>) -> Result<f64, WeightsError> {
    let (count, total) =
        weights.fold((0u32, 0.0), |(count, total), weight| (count + 1, total + weight.value()));
    match Probability::new(total) {
        _ if count == 0 => Err(WeightsError::None),
        // What adds up to 1 but for the roundings of the sum stays as it was written, bit by bit.
        _ if (total - 1.0).abs() <= 1e-15 * f64::from(count) => Ok(1.0),
        // Thirds written with a dozen digits are thirds.
        _ if (total - 1.0).abs() < 1e-9 => Ok(total),
        Ok(total) => Err(WeightsError::NotOne(total)),
        Err(_) => Err(WeightsError::AboveOne),
    }
}

impl Law {
    /// One of several laws, with the chance of each.
    ///
    /// # Errors
    /// When the chances do not add up to 1.
    pub fn mixture(branches: Vec<(Probability, Law)>) -> Result<Law, WeightsError> {
        let total = check_weights(branches.iter().map(|(chance, _)| *chance))?;
        let branches = branches.into_iter().map(|(chance, law)| (chance.value() / total, law)).collect();
        Ok(Law::Mixture(Mixture { branches, written: Written::default() }))
    }
}

impl Mixture {
    /// The chance of each branch and its law.
    pub fn branches(&self) -> impl Iterator<Item = (Probability, &Law)> {
        self.branches.iter().map(|(chance, law)| (Probability::from_sides(*chance, 1.0 - chance), law))
    }

    pub(super) fn phases(&self) -> Option<PhaseType> {
        let used = self.branches.iter().filter(|(chance, _)| *chance > 0.0);
        let phases: Option<Vec<_>> = used.map(|(chance, law)| Some((*chance, law.phases()?))).collect();
        phases.map(|phases| PhaseType::choice(phases.into_iter()))
    }

    fn sum(&self, of: impl Fn(&dyn Curve) -> f64) -> f64 {
        // A branch that is never taken must not make infinity times zero.
        self.branches
            .iter()
            .filter(|(chance, _)| *chance > 0.0)
            .map(|(chance, law)| chance * of(law.curve()))
            .sum()
    }
}

impl Curve for Mixture {
    fn mean(&self) -> f64 {
        self.sum(|law| law.mean())
    }

    fn variance(&self) -> f64 {
        let whole = self.mean();
        if whole == f64::INFINITY {
            return f64::INFINITY;
        }
        self.sum(|law| law.variance() + (law.mean() - whole) * (law.mean() - whole))
    }

    fn survival(&self, t: f64) -> f64 {
        self.sum(|law| law.survival(t))
    }

    fn cdf(&self, t: f64) -> f64 {
        self.sum(|law| law.cdf(t))
    }

    fn density(&self, t: f64) -> f64 {
        self.sum(|law| law.density(t))
    }

    fn inverse(&self, at: Tails) -> f64 {
        // The mixture's quantile lies between those of its branches; most often near the heaviest one's.
        let heaviest =
            self.branches.iter().max_by(|a, b| a.0.total_cmp(&b.0)).expect("a mixture has branches");
        invert(self, at, heaviest.1.curve().inverse(at))
    }

    fn excess(&self, age: f64) -> f64 {
        self.sum(|law| law.excess(age))
    }
}

impl fmt::Display for Mixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.written.text() {
            return f.write_str(text);
        }
        f.write_str("mixture(")?;
        for (at, (chance, law)) in self.branches().enumerate() {
            write!(f, "{}{chance} {law}", if at == 0 { "" } else { ", " })?;
        }
        f.write_str(")")
    }
}
