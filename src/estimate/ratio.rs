//! Ratios of means over trials: mean time to restore, mean time between failures, cost of a minute.

use super::mean::Studentized;
use super::sample::{check_pair, effective_count};
use super::sum::compensated_sum;
use super::{Bounds, Confidence, Estimate, Interval, Method, Moments, Quality, SampleError};

/// The ratio of the mean of `numerators` to the mean of `denominators`, both nonnegative and one each for every
/// trial: total downtime by number of outages is the mean time to restore, total up time by the same number the
/// mean time between failures.
///
/// A mean of per-trial ratios would be biased and undefined for trials without an outage; the ratio of totals is
/// neither (Law 2015, *Simulation Modeling and Analysis*, 5th ed., section 9.5.2, regenerative method: a trial is
/// a cycle). The point is the ratio of totals, so that readers can recompute it. Its spread and skewness come from
/// the jackknife's pseudo-values (Law, same section; Miller 1974, *Biometrika* 61(1)), and the interval is built
/// as for [`mean_of`](super::mean_of), which matters when a few long outages make up the total.
///
/// # Errors
/// When the samples differ in length, are empty, negative, or every denominator is zero: where no outage was seen,
/// their mean length has no estimate.
///
/// ```
/// use fivenines::estimate::{Confidence, ratio_of};
///
/// let (hours_down, outages) = ([0.0, 3.0, 0.0, 5.0], [0.0, 1.0, 0.0, 3.0]);
/// assert_eq!(ratio_of(&hours_down, &outages, Confidence::P95)?.point(), 2.0);
/// # Ok::<(), fivenines::estimate::SampleError>(())
/// ```
pub fn ratio_of(
    numerators: &[f64],
    denominators: &[f64],
    confidence: Confidence,
) -> Result<Estimate, SampleError> {
    check_pair(numerators, denominators, Bounds::NON_NEGATIVE)?;
    let (top, bottom) = (total(numerators), total(denominators));
    if bottom == 0.0 {
        return Err(SampleError::NothingToDivideBy);
    }
    let (ratio, n) = (top / bottom, numerators.len() as f64);
    let events = nonzero(numerators).min(nonzero(denominators));
    let effective =
        effective_count(numerators.iter().copied()).min(effective_count(denominators.iter().copied()));
    let pseudo: Moments = numerators
        .iter()
        .zip(denominators)
        .map(|(a, b)| n * ratio - (n - 1.0) * (top - a) / (bottom - b))
        .collect();
    let statistic = Studentized {
        point: ratio,
        // Equal ratios in all trials differ by the rounding of sums of n terms; that is no spread.
        error: if pseudo.standard_error() > n * f64::EPSILON * ratio { pseudo.standard_error() } else { 0.0 },
        skewness: pseudo.skewness(),
        trials: n,
        freedom: effective - 1.0,
    };
    // One trial that holds the whole denominator leaves nothing when it is left out; then the trials cannot tell.
    let interval =
        if pseudo.mean().is_finite() { statistic.positive_interval(confidence.error() / 2.0) } else { None };
    let (lower, upper) = interval.unwrap_or((0.0, f64::INFINITY));
    let interval = Interval::new(lower.min(ratio), upper.max(ratio), confidence);
    let quality = Quality::of(events, effective);
    Ok(Estimate::new(ratio, interval, Method::JackknifedRatio, numerators.len() as u64, quality))
}

fn total(values: &[f64]) -> f64 {
    compensated_sum(values.iter().copied())
}

fn nonzero(values: &[f64]) -> u64 {
    values.iter().filter(|&&x| x != 0.0).count() as u64
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Lengths, Luck, coverage};
    use super::*;
    use proptest::prelude::*;

    fn history(luck: &mut Luck, trials: usize, outages: f64, lengths: Lengths) -> (Vec<f64>, Vec<f64>) {
        (0..trials)
            .map(|_| {
                let count = luck.poisson(outages);
                ((0..count).map(|_| luck.length(lengths)).sum::<f64>(), count as f64)
            })
            .unzip()
    }

    // As for the mean: 95.5% fails "at least 93%" over 1500 repeats with chance below 1e-5.
    #[test]
    fn the_mean_outage_is_covered_as_stated() {
        for (lengths, outages) in [
            (Lengths::Exponential, 0.5),
            (Lengths::Lognormal(1.0), 0.5),
            (Lengths::Exponential, 5.0),
            (Lengths::Lognormal(1.0), 5.0),
        ] {
            let held = coverage(1500, |luck| {
                let (down, count) = history(luck, 100, outages, lengths);
                (total(&count) >= 30.0)
                    .then(|| ratio_of(&down, &count, Confidence::P95).unwrap().interval().contains(1.0))
            });
            assert!((0.93..=0.98).contains(&held), "{lengths:?} {outages}: {held}");
        }
    }

    #[test]
    fn the_mean_time_between_failures_is_covered_as_stated() {
        for outages in [0.05, 0.5, 5.0] {
            let held = coverage(1500, |luck| {
                let (down, count) = history(luck, 100, outages, Lengths::Exponential);
                let up: Vec<f64> = down.iter().map(|d| 1000.0 - d).collect();
                let estimate = ratio_of(&up, &count, Confidence::P95).ok()?;
                Some(estimate.interval().contains((1000.0 - outages) / outages))
            });
            assert!(held >= 0.93, "{outages}: {held}");
        }
    }

    #[test]
    fn one_outage_gives_a_point_and_no_upper_end() {
        let estimate = ratio_of(&[0.0, 7.0, 0.0], &[0.0, 1.0, 0.0], Confidence::P95).unwrap();
        assert_eq!(estimate.point(), 7.0);
        assert_eq!((estimate.interval().lower(), estimate.interval().upper()), (0.0, f64::INFINITY));
        assert_eq!(estimate.quality(), Quality::FewEvents(1));
    }

    #[test]
    fn outages_of_one_length_have_no_spread() {
        let count: Vec<f64> = (0..100).map(|i| f64::from(i % 7)).collect();
        let down: Vec<f64> = count.iter().map(|c| 0.1 * c).collect();
        let estimate = ratio_of(&down, &count, Confidence::P95).unwrap();
        assert_eq!(estimate.interval().half_width(), 0.0);
        assert_eq!(estimate.to_string(), "0.1000 ± 0 (95%, n = 100)");
    }

    #[test]
    fn no_outage_has_no_mean_length() {
        let error = ratio_of(&[0.0; 5], &[0.0; 5], Confidence::P95).unwrap_err();
        assert_eq!(error, SampleError::NothingToDivideBy);
        assert!(ratio_of(&[0.0; 5], &[0.0; 4], Confidence::P95).is_err());
    }

    #[test]
    fn no_downtime_in_any_outage_bounds_nothing() {
        let estimate = ratio_of(&[0.0; 50], &[1.0; 50], Confidence::P95).unwrap();
        assert_eq!(estimate.quality(), Quality::NoEvent);
        assert_eq!(estimate.interval().upper(), f64::INFINITY);
    }

    proptest! {
        #[test]
        fn units_do_not_matter(pairs in prop::collection::vec((0.0..10.0, 0_u8..4), 3..40)) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().map(|&(a, b)| (a, f64::from(b))).unzip();
            prop_assume!(b.iter().any(|&x| x > 0.0));
            let scaled: Vec<f64> = a.iter().map(|x| 64.0 * x).collect();
            let (one, other) = (ratio_of(&a, &b, Confidence::P95).unwrap(), ratio_of(&scaled, &b, Confidence::P95).unwrap());
            prop_assert_eq!(64.0 * one.point(), other.point());
            prop_assert!(one.interval().contains(one.point()));
            prop_assert_eq!(64.0 * one.interval().upper(), other.interval().upper());
        }
    }
}
