//! The hypoexponential law: exponential stages one after the other, each with its own mean.
//!
//! Detect, then decide, then restart. The textbook sum of exponentials loses all digits when two means are close, so the
//! law is computed as the exponential of its generator instead, by scaling and squaring. The matrix is triangular and,
//! once exponentiated, has no negative entry, so nothing cancels; with the diagonal and the one above it taken from closed
//! forms at every squaring, rounding errors add up instead of doubling (Al-Mohy and Higham 2009, *SIAM J. Matrix Anal.
//! Appl.* 31(3), section 2, for that device; McCurdy, Ng and Parlett 1984 for the divided differences behind it).

use std::fmt;
use std::sync::Arc;

use super::Law;
use super::curve::{Curve, Point, Tails, invert};
use super::phase::PhaseType;
use super::written::Written;
use crate::random::math::{exp, exp_m1};
use crate::units::Duration;

/// The work of a draw grows with the cube of the stages.
const MOST_STAGES: usize = 16;

/// A hypoexponential law, see [`Law::hypoexponential`].
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::units::Duration;
///
/// let stages = [Duration::hours(1.0), Duration::hours(2.0)];
/// let Ok(Law::Hypoexponential(repair)) = Law::hypoexponential(&stages) else { unreachable!() };
/// assert!(repair.stages().eq(stages));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Hypoexponential {
    /// Mean of each stage in seconds, all positive.
    means: Arc<[f64]>,
    pub(super) written: Written,
}

/// Why parameters give no hypoexponential law.
///
/// ```
/// use fivenines::random::{HypoexponentialError, Law};
///
/// assert_eq!(Law::hypoexponential(&[]), Err(HypoexponentialError::StagesOutOfRange(0)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum HypoexponentialError {
    /// No stage, or more than sixteen.
    #[error(
        "a hypoexponential law has 1 to {MOST_STAGES} stages, got {0} (many alike ones are an erlang law)"
    )]
    StagesOutOfRange(usize),
    /// A stage that takes no time.
    #[error("the mean of a stage must be positive")]
    MeanNotPositive,
}

impl Law {
    /// Exponential stages one after the other, given by their means.
    ///
    /// # Errors
    /// When there is no stage or more than sixteen, or a mean is zero.
    pub fn hypoexponential(means: &[Duration]) -> Result<Law, HypoexponentialError> {
        if !(1..=MOST_STAGES).contains(&means.len()) {
            Err(HypoexponentialError::StagesOutOfRange(means.len()))
        } else if means.iter().any(|mean| mean.is_zero()) {
            Err(HypoexponentialError::MeanNotPositive)
        } else {
            let means = means.iter().map(|mean| mean.secs()).collect();
            Ok(Law::Hypoexponential(Hypoexponential { means, written: Written::default() }))
        }
    }
}

impl Hypoexponential {
    /// The mean of each stage.
    pub fn stages(&self) -> impl Iterator<Item = Duration> {
        self.means.iter().map(|&mean| Duration::seconds(mean))
    }

    pub(super) fn phases(&self) -> PhaseType {
        PhaseType::series(self.means.iter().map(|mean| 1.0 / mean))
    }

    /// The chances to be in each stage after `t`, and last the chance to have ended.
    fn occupancy(&self, t: f64) -> Vec<f64> {
        let rates: Vec<f64> = self.means.iter().map(|mean| 1.0 / mean).chain([0.0]).collect();
        let fastest = rates.iter().fold(0.0, |a: f64, &b| a.max(b));
        let (mut step, mut squarings) = (t, 0);
        while fastest * step > 0.5 {
            step *= 0.5;
            squarings += 1;
        }
        let mut matrix = Triangle::small_step(&rates, step);
        for _ in 0..squarings {
            step *= 2.0;
            matrix = matrix.squared();
            matrix.refresh(&rates, step);
        }
        matrix.entries[..rates.len()].to_vec()
    }
}

/// An upper triangular matrix, row by row.
struct Triangle {
    size: usize,
    entries: Vec<f64>,
}

impl Triangle {
    /// The exponential of the generator times a step within which at most half a transition is expected.
    fn small_step(rates: &[f64], step: f64) -> Triangle {
        let size = rates.len();
        let fastest = rates.iter().fold(0.0, |a: f64, &b| a.max(b));
        let mut whole = Triangle { size, entries: vec![0.0; size * size] };
        // Uniformization (Jensen 1953): a Poisson number of jumps of a chain without negative numbers.
        for row in 0..size {
            let mut chances = vec![0.0; size];
            chances[row] = 1.0;
            let mut weight = exp(-fastest * step);
            // Up to as many jumps as there are stages, and then until what is left is below a rounding error.
            for jump in 1..size as u32 + 16 {
                for (at, chance) in chances.iter().enumerate() {
                    whole.entries[row * size + at] += weight * chance;
                }
                for at in (row..size).rev() {
                    let arrive = if at > row { chances[at - 1] * (rates[at - 1] / fastest) } else { 0.0 };
                    chances[at] = chances[at] * (1.0 - rates[at] / fastest) + arrive;
                }
                weight *= fastest * step / f64::from(jump);
            }
        }
        whole.refresh(rates, step);
        whole
    }

    fn squared(&self) -> Triangle {
        let size = self.size;
        let at = |row: usize, column: usize| self.entries[row * size + column];
        let mut entries = vec![0.0; size * size];
        for row in 0..size {
            for column in row..size {
                entries[row * size + column] = (row..=column).map(|k| at(row, k) * at(k, column)).sum();
            }
        }
        Triangle { size, entries }
    }

    /// Writes the closed forms of the diagonal and the one above it.
    fn refresh(&mut self, rates: &[f64], t: f64) {
        for (at, &rate) in rates.iter().enumerate() {
            self.entries[at * self.size + at] = exp(-rate * t);
            let Some(&next) = rates.get(at + 1) else { continue };
            // rate (e^-next t - e^-rate t) / (rate - next), written around the slower of the two so that nothing
            // cancels: e^-slow t (1 - e^-gap t) / gap.
            let (slow, gap) = (rate.min(next), (rate - next).abs());
            let spread = if gap * t < 1e-300 { t } else { -exp_m1(-gap * t) / gap };
            self.entries[at * self.size + at + 1] = rate * exp(-slow * t) * spread;
        }
    }
}

impl Curve for Hypoexponential {
    fn mean(&self) -> f64 {
        self.means.iter().sum()
    }

    fn variance(&self) -> f64 {
        self.means.iter().map(|mean| mean * mean).sum()
    }

    fn survival(&self, t: f64) -> f64 {
        self.point(t).survival
    }

    fn cdf(&self, t: f64) -> f64 {
        self.point(t).cdf
    }

    fn density(&self, t: f64) -> f64 {
        self.point(t).density
    }

    fn point(&self, t: f64) -> Point {
        let occupancy = self.occupancy(t);
        let last = self.means.len() - 1;
        Point {
            survival: occupancy[..=last].iter().sum(),
            cdf: occupancy[last + 1],
            density: occupancy[last] / self.means[last],
        }
    }

    fn inverse(&self, at: Tails) -> f64 {
        invert(self, at, self.mean() * at.cumulative_hazard())
    }

    fn excess(&self, age: f64) -> f64 {
        // Whoever is in a stage still has it and all later ones to go.
        let occupancy = self.occupancy(age);
        let ahead = self.means.iter().enumerate().rev().scan(0.0, |ahead, (at, mean)| {
            *ahead += mean;
            Some(occupancy[at] * *ahead)
        });
        ahead.sum()
    }
}

impl fmt::Display for Hypoexponential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.written.text() {
            return f.write_str(text);
        }
        f.write_str("hypoexponential(")?;
        for (at, mean) in self.stages().enumerate() {
            write!(f, "{}{mean}", if at == 0 { "" } else { ", " })?;
        }
        f.write_str(")")
    }
}
