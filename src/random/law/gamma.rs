//! The gamma law: Erlang's with a shape that need not be whole.
//!
//! Density `x^(shape-1) e^-x / Γ(shape)` in `x = t shape / mean` (Johnson, Kotz and Balakrishnan 1994, *Continuous
//! Univariate Distributions* 1, chapter 17). The quantile is found numerically.

use std::fmt;

use super::Law;
use super::curve::{Curve, Point, Tails, invert};
use super::phase::PhaseType;
use super::written::Written;
use crate::random::math::{exp, gamma_sides, gamma_term, ln, ln_gamma, normal_quantile};
use crate::units::Duration;

/// A gamma law, see [`Law::gamma`].
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::units::Duration;
///
/// let Ok(Law::Gamma(repair)) = Law::gamma(2.5, Duration::hours(4.0)) else { unreachable!() };
/// assert_eq!(repair.shape(), 2.5);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Gamma {
    pub(super) standard: Standard,
    pub(super) written: Written,
}

/// Why parameters give no gamma law.
///
/// ```
/// use fivenines::random::{GammaError, Law};
/// use fivenines::units::Duration;
///
/// assert_eq!(Law::gamma(0.0, Duration::hours(4.0)), Err(GammaError::ShapeOutOfRange(0.0)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum GammaError {
    /// The shape is not positive, or too large to tell from a constant.
    #[error("a gamma shape must lie above 0 and be at most 1000000, got {0}")]
    ShapeOutOfRange(f64),
    /// The mean is zero.
    #[error("a gamma mean must be positive")]
    MeanNotPositive,
}

impl Law {
    /// A gamma law by shape and mean. The coefficient of variation is `1 / sqrt(shape)`.
    ///
    /// # Errors
    /// When the shape or the mean is not positive, or the shape above a million.
    pub fn gamma(shape: f64, mean: Duration) -> Result<Law, GammaError> {
        if !(shape > 0.0 && shape <= 1e6) {
            Err(GammaError::ShapeOutOfRange(shape))
        } else if mean.is_zero() {
            Err(GammaError::MeanNotPositive)
        } else {
            let standard = Standard { shape, mean: mean.secs() };
            Ok(Law::Gamma(Gamma { standard, written: Written::default() }))
        }
    }
}

impl Gamma {
    /// The shape: below 1 the hazard falls with age, above 1 it rises to a limit.
    pub fn shape(&self) -> f64 {
        self.standard.shape
    }

    /// A whole shape is so many exponential stages.
    pub(super) fn phases(&self) -> Option<PhaseType> {
        let shape = self.standard.shape;
        let whole = shape.floor() == shape && shape <= f64::from(super::erlang::MOST_STAGES);
        whole.then(|| self.standard.phases())
    }
}

/// What gamma and Erlang share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Standard {
    pub shape: f64,
    pub mean: f64,
}

impl Standard {
    fn scale(&self) -> f64 {
        self.mean / self.shape
    }

    /// The exponential stages of a whole shape.
    pub fn phases(&self) -> PhaseType {
        PhaseType::series((0..self.shape as usize).map(|_| self.shape / self.mean))
    }
}

impl Curve for Standard {
    fn point(&self, t: f64) -> Point {
        let (cdf, survival) = gamma_sides(self.shape, t / self.scale());
        Point { survival, cdf, density: self.density(t) }
    }

    fn mean(&self) -> f64 {
        self.mean
    }

    fn variance(&self) -> f64 {
        self.mean * self.mean / self.shape
    }

    fn survival(&self, t: f64) -> f64 {
        gamma_sides(self.shape, t / self.scale()).1
    }

    fn cdf(&self, t: f64) -> f64 {
        gamma_sides(self.shape, t / self.scale()).0
    }

    fn density(&self, t: f64) -> f64 {
        if t <= 0.0 {
            return match self.shape {
                ..1.0 => f64::INFINITY,
                1.0 => 1.0 / self.scale(),
                _ => 0.0,
            };
        }
        gamma_term(self.shape, t / self.scale()) * self.shape / t
    }

    fn inverse(&self, at: Tails) -> f64 {
        if self.shape == 1.0 {
            return self.scale() * at.cumulative_hazard();
        }
        // Wilson and Hilferty 1931: the cube root of a gamma variable is nearly normal; near zero a power law.
        let z = normal_quantile(at.lower, at.upper);
        let root = 1.0 - 1.0 / (9.0 * self.shape) + z / (3.0 * self.shape.sqrt());
        let cubic = self.shape * root * root * root;
        let power = exp((ln(at.lower) + ln_gamma(self.shape + 1.0)) / self.shape);
        let guess = if self.shape < 1.0 || root < 0.2 { power.min(self.shape + 40.0) } else { cubic };
        self.scale() * invert(&Standard { shape: self.shape, mean: self.shape }, at, guess)
    }

    fn excess(&self, age: f64) -> f64 {
        // The part of the mean above `age` is `mean Q(shape + 1, x)`; DLMF 8.8.6 brings it back to Q(shape, x).
        let x = age / self.scale();
        let beyond = gamma_sides(self.shape, x).1;
        ((self.mean() - age) * beyond + self.mean() * gamma_term(self.shape, x)).max(0.0)
    }
}

impl fmt::Display for Gamma {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.written.text() {
            Some(text) => f.write_str(text),
            None => {
                write!(f, "gamma(shape {}, mean {})", self.shape(), Duration::seconds(self.standard.mean))
            }
        }
    }
}
