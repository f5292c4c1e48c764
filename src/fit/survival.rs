//! How long things last, without assuming a law: survival, its band, and the hazard in pieces.

use serde::Serialize;

use super::sample::Sample;
use crate::random::Law;
use crate::random::math::{exp, ln, normal_quantile, pow};
use crate::units::{Duration, Probability};

/// A step of the survival curve.
///
/// ```
/// use fivenines::fit::{Observation, Sample, survival};
/// use fivenines::units::Duration;
///
/// let seen = |days, ended| Observation { from: Duration::ZERO, to: Duration::days(days), ended };
/// let steps = survival(&Sample::new(&[seen(1.0, true), seen(2.0, false), seen(3.0, true), seen(4.0, true)]));
/// assert_eq!((steps[0].survival, steps[1].survival), (0.75, 0.375));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Step {
    /// The length, in seconds.
    pub time_s: f64,
    /// The share that lasts longer.
    pub survival: f64,
    /// Lower end of its 95% interval, at this length alone.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// The survival curve of Kaplan and Meier (1958, *JASA* 53) with delayed entries: a step for each length that ended.
///
/// The interval is Greenwood's on the scale of ln(-ln S), which keeps it between 0 and 1 (Kalbfleisch and Prentice 2002,
/// *The Statistical Analysis of Failure Time Data*, 2nd ed., section 1.4). It takes durations as independent.
pub fn survival(sample: &Sample) -> Vec<Step> {
    let z = normal_quantile(0.975, 0.025);
    // Those whose beginning was seen are at risk from the start.
    let mut at_risk = sample.sum(|point| point.left() - point.entered);
    let (mut share, mut variance) = (1.0, 0.0);
    let mut steps = Vec::new();
    for point in &sample.points {
        if point.ended > 0.0 && at_risk > 0.0 {
            let ended = point.ended.min(at_risk);
            share *= 1.0 - ended / at_risk;
            variance += ended / (at_risk * (at_risk - ended));
            let log = ln(share);
            let spread = z * variance.sqrt() / log;
            // The last one that was at risk ended: nothing is known of what is beyond.
            let known = share > 0.0 && spread.is_finite();
            let end = |sign: f64| if known { pow(share, exp(sign * spread)) } else { share };
            steps.push(Step { time_s: point.time, survival: share, lower: end(-1.0), upper: end(1.0) });
        }
        at_risk += point.entered - point.left();
        if share <= 0.0 {
            break;
        }
    }
    steps
}

/// Steps that can be told apart in a plot: those that move the curve by less than a 500th, and by less than a tenth of
/// what is left on either side, are left out.
pub(super) fn thinned(steps: &[Step]) -> Vec<Step> {
    let mut kept: Vec<Step> = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let far = kept.last().is_none_or(|last| {
            let moved = last.survival - step.survival;
            moved >= 0.002 || moved >= 0.1 * last.survival.min(1.0 - last.survival)
        });
        if far || at + 1 == steps.len() {
            kept.push(*step);
        }
    }
    kept
}

/// The largest distance between the curve and a law.
///
/// Lengths are rounded: what is written as 3 min lasted anything from 2.5 to 3.5. So the law is asked half of the log's
/// step after a length for those up to it, and half of it before for those below it.
pub(super) fn distance(steps: &[Step], law: &Law, resolution: f64) -> f64 {
    let survival = |seconds: f64| law.survival(Duration::seconds(seconds.max(0.0))).value();
    let (mut before, mut largest) = (1.0, 0.0_f64);
    for step in steps {
        let ends = [
            (before - survival(step.time_s - 0.5 * resolution)).abs(),
            (step.survival - survival(step.time_s + 0.5 * resolution)).abs(),
        ];
        largest = largest.max(ends[0]).max(ends[1]);
        before = step.survival;
    }
    largest
}

/// The hazard over a range of ages.
///
/// ```
/// use fivenines::fit::{Observation, Sample, hazard};
/// use fivenines::units::Duration;
///
/// let seen = Observation { from: Duration::ZERO, to: Duration::days(10.0), ended: true };
/// let pieces = hazard(&Sample::new(&[seen; 5]), &[Duration::ZERO, Duration::days(5.0), Duration::days(20.0)]);
/// assert_eq!((pieces[0].ended, pieces[1].ended), (0.0, 5.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Piece {
    /// The age at which the range begins, in seconds.
    pub from_s: f64,
    /// The age at which it ends.
    pub to_s: f64,
    /// How many ended in it.
    pub ended: f64,
    /// Time spent in it, in seconds.
    pub exposure_s: f64,
    /// Those that ended per second spent in it.
    pub rate: f64,
    /// Lower end of its 95% interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// The hazard in pieces: those that ended over the time at risk, in each range between two edges. Ranges in which no time
/// was spent are left out.
///
/// The intervals are exact for Poisson counts (Garwood 1936, *Biometrika* 28).
pub fn hazard(sample: &Sample, edges: &[Duration]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for ends in edges.windows(2) {
        let (from, to) = (ends[0].secs(), ends[1].secs());
        let ended = sample.sum(|point| if point.time > from && point.time <= to { point.ended } else { 0.0 });
        let exposure =
            sample.sum(|point| (point.left() - point.entered) * (point.time - from).clamp(0.0, to - from));
        if exposure > 1e-6 * (to - from) {
            let (lower, upper) = poisson(ended, 0.025);
            let rate = |count: f64| count / exposure;
            pieces.push(Piece {
                from_s: from,
                to_s: to,
                ended,
                exposure_s: exposure,
                rate: rate(ended),
                lower: rate(lower),
                upper: rate(upper),
            });
        }
    }
    pieces
}

/// Expected counts at which so many or more, and so many or fewer, have the chance `tail`.
pub(super) fn poisson(count: f64, tail: f64) -> (f64, f64) {
    let quantile = |shape: f64, p: f64| {
        if shape > 1000.0 {
            // Wilson and Hilferty 1931, *PNAS* 17: its error is below a millionth here.
            let z = normal_quantile(p, 1.0 - p);
            let root = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * shape.sqrt());
            return shape * root * root * root;
        }
        let law = Law::gamma(shape, Duration::seconds(shape)).expect("a count is a shape");
        law.quantile(Probability::new(p).expect("a tail is a chance")).map_or(f64::INFINITY, Duration::secs)
    };
    let lower = if count > 0.0 { quantile(count, tail) } else { 0.0 };
    (lower, quantile(count + 1.0, 1.0 - tail))
}

#[cfg(test)]
mod tests {
    use super::super::sample::Observation;
    use super::*;

    fn weeks(of: &[f64], ended: bool) -> Vec<Observation> {
        of.iter()
            .map(|time| Observation { from: Duration::ZERO, to: Duration::days(7.0 * time), ended })
            .collect()
    }

    /// Remission of leukemia under 6-MP (Freireich et al. 1963), as in Kalbfleisch and Prentice 2002, section 1.4, and
    /// most textbooks: survival 0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448 after 6, 7, 10, 13, 16, 22, 23 weeks.
    #[test]
    fn the_remissions_have_the_published_survival() {
        let ended = weeks(&[6.0, 6.0, 6.0, 7.0, 10.0, 13.0, 16.0, 22.0, 23.0], true);
        let censored = weeks(&[6.0, 9.0, 10.0, 11.0, 17.0, 19.0, 20.0, 25.0, 32.0, 32.0, 34.0, 35.0], false);
        let steps = survival(&Sample::new(&[ended, censored].concat()));
        let want = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448];
        assert_eq!(steps.len(), want.len());
        for (step, want) in steps.iter().zip(want) {
            assert!((step.survival - want).abs() < 6e-4, "{step:?} is not {want}");
            assert!(
                0.0 < step.lower
                    && step.lower < step.survival
                    && step.survival < step.upper
                    && step.upper < 1.0
            );
        }
        // Greenwood's standard error at 6 weeks is 0.0764, so that on the log-log scale the interval is (0.620, 0.952).
        assert!(
            (steps[0].lower - 0.620).abs() < 1e-3 && (steps[0].upper - 0.952).abs() < 1e-3,
            "{:?}",
            steps[0]
        );
    }

    #[test]
    fn late_entries_are_at_risk_only_later() {
        let day = Duration::days;
        let seen = |from, to| Observation { from: day(from), to: day(to), ended: true };
        let steps = survival(&Sample::new(&[seen(0.0, 1.0), seen(0.0, 3.0), seen(2.0, 4.0)]));
        let got: Vec<f64> = steps.iter().map(|step| step.survival).collect();
        assert_eq!(got, [0.5, 0.25, 0.0]);
    }

    #[test]
    fn rounded_lengths_are_no_distance() {
        // Whole minutes, a hundred of each from 1 to 10: the law is uniform from 0.5 to 10.5.
        let lengths: Vec<Observation> = (1..=1000)
            .map(|at| Observation {
                from: Duration::ZERO,
                to: Duration::minutes(f64::from(at % 10 + 1)),
                ended: true,
            })
            .collect();
        let sample = Sample::new(&lengths);
        assert_eq!(sample.resolution, 60.0);
        let law: Law = "uniform(30s, 630s)".parse().unwrap();
        let steps = survival(&sample);
        assert!(distance(&steps, &law, 60.0) < 1e-12 && distance(&steps, &law, 0.0) > 0.04);
    }

    /// Garwood's table: 0 events (0, 3.689), 3 events (0.6187, 8.7673), and the rule of three one-sided.
    #[test]
    fn counts_have_the_published_bounds() {
        let near = |got: f64, want: f64| assert!((got - want).abs() < 1e-3, "{got} is not {want}");
        near(poisson(0.0, 0.025).1, 3.689);
        near(poisson(3.0, 0.025).0, 0.6187);
        near(poisson(3.0, 0.025).1, 8.7673);
        near(poisson(0.0, 0.05).1, 2.9957);
        // Where the exact bound gives way to the approximate one, they differ by a count's own step.
        let step = poisson(1001.0, 0.025).0 - poisson(1000.0, 0.025).0;
        assert!((step - 1.0).abs() < 0.04, "{step}");
    }
}
