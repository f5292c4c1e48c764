//! Finding the parameters with the greatest likelihood.

use std::cmp::Ordering;

use super::likelihood::{Family, Point2};
use super::sample::Sample;
use crate::random::math::{exp, ln};

/// Parameters stay within a factor e^±12 (160,000) of where they start: beyond, there is no law to be found.
const FARTHEST: f64 = 12.0;

/// The parameters with the greatest likelihood, and its logarithm. `start` is a guess, from which one is made otherwise.
///
/// The exponential has a closed form. The Weibull's scale has one given its shape, which leaves one equation in the shape
/// (Lawless 2003, *Statistical Models and Methods for Lifetime Data*, 2nd ed., section 5.2). Lognormal and gamma go
/// by Newton steps in the logarithms of their parameters, halved until the likelihood rises. Nothing where it has no
/// maximum: durations that are all the same, or too few.
pub(super) fn maximize(family: Family, sample: &Sample, start: Option<Point2>) -> Option<(Point2, f64)> {
    let (ended, exposure) = (sample.ended(), sample.exposure().secs());
    if ended <= 0.0 || exposure <= 0.0 || (family != Family::Exponential && sample.distinct() < 2) {
        return None;
    }
    let mean = ln(exposure / ended);
    let at = match family {
        Family::Exponential => [0.0, mean],
        Family::Weibull => weibull(sample, start)?,
        _ => {
            let guess =
                start.unwrap_or_else(|| if family == Family::Gamma { [0.0, mean] } else { moments(sample) });
            newton(|at| family.log_likelihood(sample, at), guess)?
        }
    };
    Some((at, family.log_likelihood(sample, at))).filter(|(_, value)| value.is_finite())
}

/// Median and sigma of the durations that ended, as logarithms.
fn moments(sample: &Sample) -> Point2 {
    let ended = sample.ended();
    let mean = sample.sum(|point| point.ended * point.log) / ended;
    let variance = sample.sum(|point| point.ended * (point.log - mean) * (point.log - mean)) / ended;
    [0.5 * ln(variance.max(1e-6)), mean]
}

/// Solves `1/k + mean of ln t over those that ended = sum t^k ln t / sum t^k`, in which the ages at entry count
/// negatively, by halving a bracket in which secant steps are tried first.
fn weibull(sample: &Sample, start: Option<Point2>) -> Option<Point2> {
    let ended = sample.ended();
    let center = sample.sum(|point| point.ended * point.log) / ended;
    // Times relative to their typical size, so that no power overflows.
    let powers = |shape: f64| {
        sample.points.iter().fold((0.0, 0.0), |(sum, moment), point| {
            let log = point.log - center;
            let power = (point.left() - point.entered) * exp((shape * log).min(600.0));
            (sum + power, moment + power * log)
        })
    };
    let score = |log_shape: f64| {
        let shape = exp(log_shape);
        let (sum, moment) = powers(shape);
        1.0 / shape - moment / sum
    };
    let guess = start.map_or(-0.3, |start| start[0]);
    let (mut low, mut high) = (guess - 0.1, guess + 0.1);
    let mut step = 0.2;
    // The score falls from plus to minus: widen until it does.
    while score(low).partial_cmp(&0.0) != Some(Ordering::Greater) {
        low -= step;
        step *= 2.0;
        if low < guess - FARTHEST {
            return None;
        }
    }
    step = 0.2;
    while score(high).partial_cmp(&0.0) != Some(Ordering::Less) {
        high += step;
        step *= 2.0;
        if high > guess + FARTHEST {
            return None;
        }
    }
    let root = root(score, low, high);
    let (sum, _) = powers(exp(root));
    Some([root, center + ln(sum / ended) / exp(root)])
}

/// The place where a falling function crosses zero (Illinois variant of the false position: Dowell and Jarratt 1971,
/// *BIT* 11).
fn root(f: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let (mut at_low, mut at_high) = (f(low), f(high));
    let mut side = 0;
    for _ in 0..100 {
        let mut middle = (low * at_high - high * at_low) / (at_high - at_low);
        if !(middle > low && middle < high) {
            middle = 0.5 * (low + high);
        }
        let value = f(middle);
        if value == 0.0 || high - low < 1e-12 {
            return middle;
        }
        if value > 0.0 {
            if (middle - low).abs() < 1e-13 {
                return middle;
            }
            (low, at_low) = (middle, value);
            if side == 1 {
                at_high *= 0.5;
            }
            side = 1;
        } else {
            if (high - middle).abs() < 1e-13 {
                return middle;
            }
            (high, at_high) = (middle, value);
            if side == -1 {
                at_low *= 0.5;
            }
            side = -1;
        }
    }
    0.5 * (low + high)
}

/// Step of the differences. A likelihood near 10^4 has an error near 10^-11, which the second difference makes 10^-3 of a
/// curvature of 10^3: steps are right to a thousandth, and the place, where the first one vanishes, to 10^-9.
const STEP: f64 = 1e-4;
/// Newton's steps square their error, so that the last one leaves 10^-9.
const CLOSE: f64 = 3e-5;

/// Climbs to a maximum, or finds none.
fn newton(f: impl Fn(Point2) -> f64, start: Point2) -> Option<Point2> {
    let (mut at, mut value) = (start, f(start));
    for _ in 0..200 {
        let step = direction(&f, at, value);
        let size = step[0].abs().max(step[1].abs());
        let mut share = if size > 1.0 { 1.0 / size } else { 1.0 };
        let mut moved = false;
        while share * size > 1e-10 {
            let next = [at[0] + share * step[0], at[1] + share * step[1]];
            let there = f(next);
            if there > value {
                (at, value, moved) = (next, there, true);
                break;
            }
            share *= 0.5;
        }
        if (at[0] - start[0]).abs().max((at[1] - start[1]).abs()) > FARTHEST {
            return None;
        }
        if !moved || share * size < CLOSE {
            return Some(at);
        }
    }
    None
}

/// Newton's step where the function curves down in every direction, otherwise one up the slope.
fn direction(f: &impl Fn(Point2) -> f64, at: Point2, value: f64) -> Point2 {
    let there = |x: f64, y: f64| f([at[0] + x * STEP, at[1] + y * STEP]);
    let (right, left, up, down) = (there(1.0, 0.0), there(-1.0, 0.0), there(0.0, 1.0), there(0.0, -1.0));
    let (corner, opposite) = (there(1.0, 1.0), there(-1.0, -1.0));
    let slope = [(right - left) / 2.0, (up - down) / 2.0];
    let (xx, yy) = (right - 2.0 * value + left, up - 2.0 * value + down);
    let xy = (corner - right - up + 2.0 * value - left - down + opposite) / 2.0;
    let determinant = xx * yy - xy * xy;
    if xx < 0.0 && yy < 0.0 && determinant > 0.0 {
        let solve = |a: f64, b: f64| -a / b * STEP;
        return [
            solve(slope[0] * yy - slope[1] * xy, determinant),
            solve(slope[1] * xx - slope[0] * xy, determinant),
        ];
    }
    let steepest = slope[0].abs().max(slope[1].abs());
    [0.3 * slope[0] / steepest, 0.3 * slope[1] / steepest]
}

#[cfg(test)]
#[path = "maximum_tests.rs"]
mod tests;
