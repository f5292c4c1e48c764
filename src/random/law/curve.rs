//! What every family of laws has to know about itself, in seconds, and the numerical inversion for those that have no
//! closed form.

use crate::random::math::{exp, ln, ln_1p};

/// A distribution of a time in seconds.
pub(super) trait Curve {
    /// The mean, infinite where there is none.
    fn mean(&self) -> f64;

    /// The variance, infinite where there is none.
    fn variance(&self) -> f64;

    /// The probability to last longer than `t`.
    fn survival(&self, t: f64) -> f64;

    /// The probability to end by `t`; computed on its own, because `1 - survival` loses the digits of small ones.
    fn cdf(&self, t: f64) -> f64;

    /// The density at `t`, per second; a jump of the distribution function does not show in it.
    fn density(&self, t: f64) -> f64;

    /// Survival, distribution function and density at `t`, where one computation gives all three.
    fn point(&self, t: f64) -> Point {
        Point { survival: self.survival(t), cdf: self.cdf(t), density: self.density(t) }
    }

    /// The smallest time by which the probability to end has reached `at.lower`.
    fn inverse(&self, at: Tails) -> f64;

    /// The integral of the survival function from `age` on.
    fn excess(&self, age: f64) -> f64;

    /// The rate of ending at `t` of what has lasted until then.
    fn hazard(&self, t: f64) -> f64 {
        self.density(t) / self.survival(t)
    }

    /// The remaining time of what has reached `age`, at the point that `u` of those outlast.
    fn residual(&self, age: f64, u: f64) -> f64 {
        let (reached, ended) = (self.survival(age), self.cdf(age));
        if reached <= 0.0 {
            // Nothing gets this old: it is due.
            return 0.0;
        }
        let at = Tails { upper: u * reached, lower: ended + (1.0 - u) * reached };
        (self.inverse(at) - age).max(0.0)
    }

    /// The mean remaining time of what has reached `age`.
    fn mean_residual(&self, age: f64) -> f64 {
        self.excess(age) / self.survival(age)
    }
}

/// What a law says of one time.
pub(super) struct Point {
    pub survival: f64,
    pub cdf: f64,
    pub density: f64,
}

/// A point of a distribution: how much lies above it and how much below. The two add up to 1, and both are kept so that
/// neither tail loses its digits.
#[derive(Clone, Copy)]
pub(super) struct Tails {
    pub upper: f64,
    pub lower: f64,
}

impl Tails {
    /// The point that `u` outlast: a uniform draw is a survival probability, so a small draw is a long life.
    #[inline]
    pub fn outlasted_by(u: f64) -> Tails {
        Tails { upper: u, lower: 1.0 - u }
    }

    /// The integrated hazard up to this point, `-ln(upper)`.
    #[inline]
    pub fn cumulative_hazard(self) -> f64 {
        if self.lower < 0.5 { -ln_1p(-self.lower) } else { -ln(self.upper) }
    }
}

/// Inverts a distribution numerically from a first guess, to the last few bits.
///
/// Newton's method where it is nearly straight, hence fast: on the logarithm of the survival function in the upper half,
/// on the logarithm of the distribution function against that of time in the lower half (a power law near zero). Each
/// step is kept inside a bracket, which is halved where Newton leaves it.
pub(super) fn invert(curve: &(impl Curve + ?Sized), at: Tails, guess: f64) -> f64 {
    if at.lower <= 0.0 {
        return 0.0;
    }
    if at.upper <= 0.0 {
        return f64::INFINITY;
    }
    let upper_half = at.upper < 0.5;
    let goal = if upper_half { ln(at.upper) } else { ln(at.lower) };
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut stride = 4.0;
    let mut t = if guess > 0.0 && guess < 1e300 { guess } else { 1.0 };
    for round in 0..250 {
        let Point { survival, cdf, density } = curve.point(t);
        let side = if upper_half { survival } else { cdf };
        // Negative while t is too early.
        let gap = if upper_half { goal - ln(side) } else { ln(side) - goal };
        // On a level stretch the time sought is where it begins.
        if gap == 0.0 && density > 0.0 {
            return t;
        }
        if gap < 0.0 {
            low = t
        } else {
            high = t
        }
        if high < f64::INFINITY && high - low <= 4e-16 * high {
            return high;
        }
        let slope = density / side;
        let newton = if upper_half { t - gap / slope } else { t * exp(-gap / (t * slope)) };
        if round < 60 && newton > low && newton < high {
            // Newton squares its error, so after a step this small nothing is left to gain.
            if (newton - t).abs() <= 1e-9 * t {
                return newton;
            }
            t = newton;
            continue;
        }
        t = if high == f64::INFINITY {
            low * stride
        } else if low == 0.0 {
            high / stride
        } else {
            halfway(low, high)
        };
        if high == f64::INFINITY || low == 0.0 {
            stride = (stride * stride).min(1e30);
        }
        if t > 1e300 {
            return f64::INFINITY;
        }
        if t < 1e-300 {
            return 0.0;
        }
    }
    high
}

/// Halves a bracket: geometrically while it spans more than an octave.
fn halfway(low: f64, high: f64) -> f64 {
    if high > 2.0 * low { (low.sqrt()) * (high.sqrt()) } else { low + 0.5 * (high - low) }
}
