//! The bathtub law: a hazard that is constant between given ages.
//!
//! Fleet statistics come as a failure rate for each year of age; this is the law that says exactly that, the piecewise
//! exponential (Friedman 1982, *Annals of Statistics* 10(1), 101-113). A draw inverts the integrated hazard.

use std::fmt;
use std::sync::Arc;

use super::Law;
use super::curve::{Curve, Tails};
use super::written::Written;
use crate::random::math::{exp, exp_m1, ln};
use crate::units::{Duration, Rate};

/// A bathtub law, see [`Law::bathtub`].
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::units::{Duration, Rate};
///
/// let law: Law = "bathtub(afr 5% until 1y, afr 1% until 4y, afr 8%)".parse().unwrap();
/// let hazard = law.hazard(Duration::years(2.0)).unwrap();
/// assert!((hazard.in_year() - 0.01).abs() < 1e-12);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Bathtub {
    /// In order of age; the first starts at zero.
    pieces: Arc<[Piece]>,
    pub(super) written: Written,
}

/// An age range of constant hazard, up to where the next one starts.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Piece {
    start: f64,
    rate: f64,
    /// The integrated hazard up to the start.
    passed: f64,
}

/// Why parameters give no bathtub law.
///
/// ```
/// use fivenines::random::{BathtubError, Law};
/// use fivenines::units::{Duration, Rate};
///
/// let (rate, year) = (Rate::per_year(0.05), Duration::YEAR);
/// let error = Law::bathtub(&[(rate, year), (rate, year)], rate).unwrap_err();
/// assert_eq!(error, BathtubError::AgesNotIncreasing(year));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum BathtubError {
    /// An age that is not above the one before it.
    #[error("the ages of a bathtub law must increase from above zero, got {0} too early")]
    AgesNotIncreasing(Duration),
}

impl Law {
    /// A hazard that is constant between ages: each rate holds until its age, and `last` from then on.
    ///
    /// # Errors
    /// When the ages do not increase.
    pub fn bathtub(until: &[(Rate, Duration)], last: Rate) -> Result<Law, BathtubError> {
        let (mut start, mut passed) = (0.0, 0.0);
        let mut pieces = Vec::with_capacity(until.len() + 1);
        for &(rate, age) in until {
            if age.secs() <= start {
                return Err(BathtubError::AgesNotIncreasing(age));
            }
            pieces.push(Piece { start, rate: rate.per_sec(), passed });
            passed += rate.per_sec() * (age.secs() - start);
            start = age.secs();
        }
        pieces.push(Piece { start, rate: last.per_sec(), passed });
        Ok(Law::Bathtub(Bathtub { pieces: pieces.into(), written: Written::default() }))
    }
}

impl Bathtub {
    fn piece_at(&self, t: f64) -> &Piece {
        let after = self.pieces.partition_point(|piece| piece.start <= t);
        &self.pieces[after.max(1) - 1]
    }

    fn integrated_hazard(&self, t: f64) -> f64 {
        let piece = self.piece_at(t);
        piece.passed + piece.rate * (t - piece.start)
    }

    /// The age at which the integrated hazard reaches `hazard`.
    fn age_at(&self, hazard: f64) -> f64 {
        let after = self.pieces.partition_point(|piece| piece.passed < hazard);
        let piece = &self.pieces[after.max(1) - 1];
        if hazard <= piece.passed {
            piece.start
        } else {
            // A last piece of rate zero is never left: its infinity is meant.
            piece.start + (hazard - piece.passed) / piece.rate
        }
    }

    /// The integrals of `S(t) / S(age)` and of `(t - age) S(t) / S(age)` over all `t` above `age`.
    fn integrals(&self, age: f64) -> (f64, f64) {
        let base = self.integrated_hazard(age);
        let (mut first, mut second) = (0.0, 0.0);
        for (at, piece) in self.pieces.iter().enumerate() {
            let end = self.pieces.get(at + 1).map_or(f64::INFINITY, |next| next.start);
            if end <= age {
                continue;
            }
            let start = piece.start.max(age);
            let reached = exp(base - self.integrated_hazard(start));
            if reached == 0.0 {
                break;
            }
            let (zeroth, linear) = exponential_integrals(piece.rate, end - start);
            if zeroth == f64::INFINITY {
                return (f64::INFINITY, f64::INFINITY);
            }
            first += reached * zeroth;
            second += reached * ((start - age) * zeroth + linear);
        }
        (first, second)
    }
}

/// The integrals of `e^-rate t` and `t e^-rate t` for `t` from 0 to `width`.
fn exponential_integrals(rate: f64, width: f64) -> (f64, f64) {
    let x = rate * width;
    if width == f64::INFINITY {
        (1.0 / rate, 1.0 / (rate * rate))
    } else if x < 1e-3 {
        // Taylor, whose next terms are below 1e-16.
        let zeroth = 1.0 - x * (1.0 / 2.0 - x * (1.0 / 6.0 - x * (1.0 / 24.0 - x / 120.0)));
        let linear = 1.0 / 2.0 - x * (1.0 / 3.0 - x * (1.0 / 8.0 - x * (1.0 / 30.0 - x / 144.0)));
        (width * zeroth, width * width * linear)
    } else {
        let ended = -exp_m1(-x);
        (ended / rate, (ended - x * exp(-x)) / (rate * rate))
    }
}

impl Curve for Bathtub {
    fn mean(&self) -> f64 {
        self.integrals(0.0).0
    }

    fn variance(&self) -> f64 {
        let (mean, half_second) = self.integrals(0.0);
        if half_second == f64::INFINITY { f64::INFINITY } else { 2.0 * half_second - mean * mean }
    }

    fn survival(&self, t: f64) -> f64 {
        exp(-self.integrated_hazard(t))
    }

    fn cdf(&self, t: f64) -> f64 {
        -exp_m1(-self.integrated_hazard(t))
    }

    fn density(&self, t: f64) -> f64 {
        self.hazard(t) * self.survival(t)
    }

    fn inverse(&self, at: Tails) -> f64 {
        self.age_at(at.cumulative_hazard())
    }

    fn excess(&self, age: f64) -> f64 {
        self.survival(age) * self.integrals(age).0
    }

    fn hazard(&self, t: f64) -> f64 {
        self.piece_at(t).rate
    }

    fn residual(&self, age: f64, u: f64) -> f64 {
        (self.age_at(self.integrated_hazard(age) - ln(u)) - age).max(0.0)
    }

    fn mean_residual(&self, age: f64) -> f64 {
        self.integrals(age).0
    }
}

impl fmt::Display for Bathtub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.written.text() {
            return f.write_str(text);
        }
        f.write_str("bathtub(")?;
        for (at, piece) in self.pieces.iter().enumerate() {
            write!(f, "{}", Rate::from_per_sec(piece.rate).unwrap_or(Rate::ZERO))?;
            if let Some(next) = self.pieces.get(at + 1) {
                write!(f, " until {}, ", Duration::seconds(next.start))?;
            }
        }
        f.write_str(")")
    }
}
