//! How many events there are in the long run, of which few were seen.

use super::{Confidence, Interval};
use crate::random::math::exp;

/// The interval for the mean of a Poisson count of which `seen` were seen: exact, so it covers at least as often as stated
/// (Garwood 1936, *Biometrika* 28(3/4)).
///
/// For events so rare that few are seen in all trials, and that do not come in clusters. Of none at all it is one-sided:
/// at most 3.0 at 95%.
///
/// ```
/// use fivenines::estimate::{Confidence, count_of};
///
/// let two = count_of(2, Confidence::P95);
/// assert!((two.lower() - 0.2422).abs() < 1e-4 && (two.upper() - 7.2247).abs() < 1e-4);
/// ```
pub fn count_of(seen: u64, confidence: Confidence) -> Interval {
    if seen == 0 {
        return Interval::new(0.0, mean_with(|mean| at_most(0, mean) > confidence.error()), confidence);
    }
    let tail = confidence.error() / 2.0;
    let lower = mean_with(|mean| 1.0 - at_most(seen - 1, mean) < tail);
    let upper = mean_with(|mean| at_most(seen, mean) > tail);
    Interval::new(lower, upper, confidence)
}

/// The chance of at most so many events where there are `mean` on average.
fn at_most(events: u64, mean: f64) -> f64 {
    let (mut term, mut sum) = (exp(-mean), 0.0);
    for k in 0..=events {
        sum += term;
        term *= mean / (k + 1) as f64;
    }
    sum
}

/// The mean up to which `holds`, which holds for 0 and for no very large one.
fn mean_with(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while holds(high) {
        (low, high) = (high, 2.0 * high);
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if holds(middle) { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    // Summed over all counts, not drawn: it must never be less.
    #[test]
    fn it_covers_at_least_as_often_as_stated() {
        let intervals: Vec<Interval> = (0..120).map(|seen| count_of(seen, Confidence::P95)).collect();
        for mean in [0.1, 0.5, 1.0, 2.5, 4.0, 10.0, 40.0] {
            let mut chance = exp(-mean);
            let mut covered = 0.0;
            for (seen, interval) in intervals.iter().enumerate() {
                covered += if interval.contains(mean) { chance } else { 0.0 };
                chance *= mean / (seen + 1) as f64;
            }
            // None seen is held to the whole error on one side, the rest to half of it on each.
            assert!(covered >= 0.925, "{mean}: {covered}");
            assert!(covered >= 0.95 || mean < 4.0, "{mean}: {covered}");
        }
    }

    #[test]
    fn none_seen_is_the_rule_of_three() {
        let none = count_of(0, Confidence::P95);
        assert!(none.lower() == 0.0 && (none.upper() - 2.995_732_273_553_991).abs() < 1e-12);
    }
}
