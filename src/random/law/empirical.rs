//! The empirical law: draws from observed durations.

use std::fmt;
use std::sync::Arc;

use super::Law;
use super::curve::{Curve, Tails};
use super::written::Written;
use crate::units::Duration;

/// An empirical law, see [`Law::empirical`].
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::units::Duration;
///
/// let observed = [2.0, 1.0, 5.0].map(Duration::hours);
/// let Ok(Law::Empirical(repair)) = Law::empirical(&observed) else { unreachable!() };
/// assert!(repair.observed().eq([1.0, 2.0, 5.0].map(Duration::hours)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Empirical {
    /// The durations in seconds, in ascending order.
    sorted: Arc<[f64]>,
    pub(super) written: Written,
}

/// Why observations give no law.
///
/// ```
/// use fivenines::random::{EmpiricalError, Law};
///
/// assert_eq!(Law::empirical(&[]), Err(EmpiricalError::NothingObserved));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum EmpiricalError {
    /// No observation.
    #[error("an empirical law needs at least one observed duration")]
    NothingObserved,
}

impl Law {
    /// Each of the observed durations, equally likely. Nothing between or beyond them ever comes up: what has not been
    /// observed yet, such as the longest outage, needs a fitted law.
    ///
    /// # Errors
    /// When nothing was observed.
    pub fn empirical(observed: &[Duration]) -> Result<Law, EmpiricalError> {
        if observed.is_empty() {
            return Err(EmpiricalError::NothingObserved);
        }
        let mut sorted: Vec<f64> = observed.iter().map(|duration| duration.secs()).collect();
        sorted.sort_by(f64::total_cmp);
        Ok(Law::Empirical(Empirical { sorted: sorted.into(), written: Written::default() }))
    }
}

impl Empirical {
    /// The observed durations in ascending order.
    pub fn observed(&self) -> impl Iterator<Item = Duration> {
        self.sorted.iter().map(|&secs| Duration::seconds(secs))
    }

    fn count(&self) -> f64 {
        self.sorted.len() as f64
    }

    fn ended(&self, t: f64) -> usize {
        self.sorted.partition_point(|&x| x <= t)
    }
}

impl Curve for Empirical {
    fn mean(&self) -> f64 {
        self.sorted.iter().map(|x| x / self.count()).sum()
    }

    fn variance(&self) -> f64 {
        // Of the law itself, so divided by n and not by n - 1.
        let mean = self.mean();
        self.sorted.iter().map(|x| (x - mean) * (x - mean) / self.count()).sum()
    }

    fn survival(&self, t: f64) -> f64 {
        (self.sorted.len() - self.ended(t)) as f64 / self.count()
    }

    fn cdf(&self, t: f64) -> f64 {
        self.ended(t) as f64 / self.count()
    }

    fn density(&self, _: f64) -> f64 {
        0.0
    }

    fn inverse(&self, at: Tails) -> f64 {
        // The smallest duration by which a share of `lower` has ended; a rounding error short of a step counts as on it.
        let steps = at.lower * self.count();
        let nearest = steps.round();
        let steps = if (steps - nearest).abs() <= 1e-12 * nearest { nearest } else { steps.ceil() };
        self.sorted[(steps as usize).clamp(1, self.sorted.len()) - 1]
    }

    fn excess(&self, age: f64) -> f64 {
        self.sorted.iter().map(|x| (x - age).max(0.0) / self.count()).sum()
    }
}

impl fmt::Display for Empirical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.written.text() {
            return f.write_str(text);
        }
        f.write_str("empirical(")?;
        for (at, duration) in self.observed().enumerate() {
            write!(f, "{}{duration}", if at == 0 { "" } else { ", " })?;
        }
        f.write_str(")")
    }
}
