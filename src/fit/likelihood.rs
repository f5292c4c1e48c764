//! Logarithms of likelihoods of censored, left-truncated durations, by family of laws.
//!
//! A duration that ended at t contributes ln f(t), one censored at t ln S(t), one first seen at the age a minus ln S(a)
//! (Klein and Moeschberger, *Survival Analysis*, 2nd ed., equation 3.5.1).

use serde::Serialize;

use super::sample::Sample;
use crate::random::Law;
use crate::random::math::{erfc, exp, gamma_sides, ln, ln_1p, ln_gamma};
use crate::units::{Duration, Rate};

/// A family of laws that is tried on a log.
///
/// ```
/// use fivenines::fit::Family;
///
/// let names: Vec<&str> = Family::ALL.iter().map(|family| family.name()).collect();
/// assert_eq!(names, ["exponential", "weibull", "lognormal", "gamma"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// A constant hazard.
    Exponential,
    /// A hazard that is a power of the age.
    Weibull,
    /// The logarithm is normal.
    LogNormal,
    /// A hazard that falls or rises to a constant.
    Gamma,
}

/// The logarithms of a law's two parameters. An exponential has only the second.
///
/// Exponential: ., mean. Weibull: shape, scale. Lognormal: sigma, median. Gamma: shape, mean. Times are in seconds.
pub(super) type Point2 = [f64; 2];

const HALF_LN_2_PI: f64 = 0.918_938_533_204_672_7;

impl Family {
    /// All families.
    pub const ALL: [Family; 4] = [Family::Exponential, Family::Weibull, Family::LogNormal, Family::Gamma];

    /// What it is called in a file.
    pub const fn name(self) -> &'static str {
        match self {
            Family::Exponential => "exponential",
            Family::Weibull => "weibull",
            Family::LogNormal => "lognormal",
            Family::Gamma => "gamma",
        }
    }

    /// How many parameters it has.
    pub const fn parameters(self) -> usize {
        if matches!(self, Family::Exponential) { 1 } else { 2 }
    }

    /// The law of this family with these parameters; nothing where they are out of bounds.
    pub(super) fn law(self, [first, second]: Point2) -> Option<Law> {
        let (first, second) = (exp(first), Duration::from_secs(exp(second)).ok()?);
        match self {
            Family::Exponential => Some(Law::exponential_rate(Rate::from_per_sec(1.0 / second.secs()).ok()?)),
            Family::Weibull => Law::weibull(first, second).ok(),
            Family::LogNormal => Law::lognormal(second, first).ok(),
            Family::Gamma => Law::gamma(first, second).ok(),
        }
    }

    pub(super) fn log_likelihood(self, sample: &Sample, at: Point2) -> f64 {
        match self {
            Family::Exponential => exponential(sample, at[1]),
            Family::Weibull => weibull(sample, exp(at[0]), at[1]),
            Family::LogNormal => lognormal(sample, exp(at[0]), at[1]),
            Family::Gamma => gamma(sample, exp(at[0]), at[1]),
        }
    }
}

fn exponential(sample: &Sample, log_mean: f64) -> f64 {
    -sample.ended() * log_mean - sample.exposure().secs() * exp(-log_mean)
}

fn weibull(sample: &Sample, shape: f64, log_scale: f64) -> f64 {
    let log_shape = ln(shape);
    sample.sum(|point| {
        let u = shape * (point.log - log_scale);
        let hazard = exp(u);
        let density = if point.ended > 0.0 { point.ended * (log_shape - point.log + u) } else { 0.0 };
        density - (point.left() - point.entered) * hazard
    })
}

fn lognormal(sample: &Sample, sigma: f64, log_median: f64) -> f64 {
    let constant = -ln(sigma) - HALF_LN_2_PI;
    sample.sum(|point| {
        let z = (point.log - log_median) / sigma;
        let density =
            if point.ended > 0.0 { point.ended * (constant - point.log - 0.5 * z * z) } else { 0.0 };
        let tail = point.censored - point.entered;
        density + if tail == 0.0 { 0.0 } else { tail * log_normal_tail(z) }
    })
}

/// The logarithm of the chance that a standard normal variable exceeds `z`.
fn log_normal_tail(z: f64) -> f64 {
    if z < 30.0 {
        return ln(0.5 * erfc(z * std::f64::consts::FRAC_1_SQRT_2));
    }
    // Abramowitz and Stegun 26.2.12.
    let square = z * z;
    -0.5 * square - ln(z) - HALF_LN_2_PI + ln_1p(-1.0 / square + 3.0 / (square * square))
}

fn gamma(sample: &Sample, shape: f64, log_mean: f64) -> f64 {
    let log_scale = log_mean - ln(shape);
    let constant = -ln_gamma(shape) - log_scale;
    sample.sum(|point| {
        let log_x = point.log - log_scale;
        let x = exp(log_x);
        let density =
            if point.ended > 0.0 { point.ended * (constant + (shape - 1.0) * log_x - x) } else { 0.0 };
        let tail = point.censored - point.entered;
        density + if tail == 0.0 { 0.0 } else { tail * log_gamma_tail(shape, x, log_x) }
    })
}

/// The logarithm of the regularized upper incomplete gamma function.
fn log_gamma_tail(shape: f64, x: f64, log_x: f64) -> f64 {
    let upper = gamma_sides(shape, x).1;
    if upper > 1e-280 {
        return ln(upper);
    }
    // DLMF 8.11.2, three terms.
    let (a, b) = ((shape - 1.0) / x, (shape - 2.0) / x);
    (shape - 1.0) * log_x - x - ln_gamma(shape) + ln_1p(a * (1.0 + b))
}

#[cfg(test)]
mod tests {
    use super::super::sample::Observation;
    use super::*;

    fn sample() -> Sample {
        let seen =
            |from, to, ended| Observation { from: Duration::hours(from), to: Duration::hours(to), ended };
        Sample::new(&[
            seen(0.0, 3.0, true),
            seen(0.0, 20.0, false),
            seen(5.0, 9.0, true),
            seen(1.0, 30.0, false),
        ])
    }

    /// The laws' own density and survival are an independent implementation.
    #[test]
    fn likelihoods_are_those_of_the_laws() {
        for family in Family::ALL {
            let at = [ln(0.8), ln(40_000.0)];
            let law = family.law(at).unwrap();
            let by_hand = sample().sum(|point| {
                let time = Duration::seconds(point.time);
                let survival = ln(law.survival(time).value());
                point.ended * ln(law.density(time)) + (point.censored - point.entered) * survival
            });
            // Point by point an ended one has entered nothing, so that the sums are term by term the same.
            let got = family.log_likelihood(&sample(), at);
            assert!((got - by_hand).abs() < 1e-9, "{}: {got} is not {by_hand}", family.name());
        }
    }

    #[test]
    fn far_tails_go_on_smoothly() {
        assert!((log_normal_tail(29.999_999) - log_normal_tail(30.000_001)).abs() < 1e-4);
        let tail = |x: f64| log_gamma_tail(0.6, x, ln(x));
        let (before, after) = (tail(643.0), tail(646.0));
        assert!((after - before + 3.0).abs() < 0.01, "{before} {after}");
    }
}
