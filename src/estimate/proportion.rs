//! Proportions: the chance to meet an objective, from counts of independent tries or from clusters of them.

use super::mean::mean_of;
use super::special::{beta_quantile, normal_quantile};
use super::{Bounds, Confidence, Estimate, Interval, Method, Quality, SampleError};

/// The chance of success from `successes` in `tries` independent tries, with Clopper and Pearson's interval.
///
/// Clopper and Pearson 1934, *Biometrika* 26(4): exact, each end is missed with at most half of the error, so it
/// covers at least as often as stated for every true chance, and more often than that where counts are small.
/// With no success in n tries at 95% the upper end is about `3.7 / n`; the one-sided `3 / n` is
/// [`chance_at_most`].
///
/// # Errors
/// When there is no try, or there are more successes than tries.
///
/// ```
/// use fivenines::estimate::{Confidence, clopper_pearson};
///
/// let met = clopper_pearson(0, 1000, Confidence::P95)?;
/// assert!((met.interval().upper() - 0.003682).abs() < 1e-6);
/// # Ok::<(), fivenines::estimate::SampleError>(())
/// ```
pub fn clopper_pearson(successes: u64, tries: u64, confidence: Confidence) -> Result<Estimate, SampleError> {
    check_counts(successes, tries)?;
    let tail = confidence.error() / 2.0;
    let (k, rest) = (successes as f64, (tries - successes) as f64);
    let lower = if successes == 0 { 0.0 } else { beta_quantile(tail, k, rest + 1.0) };
    let upper = if successes == tries { 1.0 } else { beta_quantile(1.0 - tail, k + 1.0, rest) };
    Ok(counted(successes, tries, Interval::new(lower, upper, confidence), Method::ClopperPearson))
}

/// The chance of success from `successes` in `tries` independent tries, with Wilson's score interval.
///
/// Wilson 1927, *J. Am. Statist. Assoc.* 22; Brown, Cai and DasGupta 2001, *Statistical Science* 16(2), recommend
/// it: shorter than the exact interval, covering as stated on average over true chances and a little less for
/// some of them.
///
/// # Errors
/// When there is no try, or there are more successes than tries.
///
/// ```
/// use fivenines::estimate::{Confidence, wilson};
///
/// let met = wilson(10, 10, Confidence::P95)?;
/// assert_eq!(met.interval().upper(), 1.0);
/// assert!((met.interval().lower() - 0.7225).abs() < 1e-4);
/// # Ok::<(), fivenines::estimate::SampleError>(())
/// ```
pub fn wilson(successes: u64, tries: u64, confidence: Confidence) -> Result<Estimate, SampleError> {
    check_counts(successes, tries)?;
    let (n, p) = (tries as f64, successes as f64 / tries as f64);
    let z = -normal_quantile(confidence.error() / 2.0);
    let shrink = 1.0 + z * z / n;
    let middle = (p + z * z / (2.0 * n)) / shrink;
    let arm = z / shrink * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    // At the ends the formula gives 0 and 1 up to rounding.
    let lower = if successes == 0 { 0.0 } else { (middle - arm).clamp(0.0, p) };
    let upper = if successes == tries { 1.0 } else { (middle + arm).clamp(p, 1.0) };
    Ok(counted(successes, tries, Interval::new(lower, upper, confidence), Method::Wilson))
}

/// One-sided exact upper bound on the chance of success: about `3 / n` at 95% when none succeeded.
///
/// The bound is exceeded with at most the accepted error, whatever the true chance (Clopper and Pearson 1934).
///
/// # Errors
/// When there is no try, or there are more successes than tries.
///
/// ```
/// use fivenines::estimate::{Confidence, chance_at_most};
///
/// let bound = chance_at_most(0, 1000, Confidence::P95)?;
/// assert!((bound - 3.0 / 1000.0).abs() < 1e-5);
/// # Ok::<(), fivenines::estimate::SampleError>(())
/// ```
pub fn chance_at_most(successes: u64, tries: u64, confidence: Confidence) -> Result<f64, SampleError> {
    check_counts(successes, tries)?;
    if successes == tries {
        return Ok(1.0);
    }
    Ok(beta_quantile(confidence.level(), successes as f64 + 1.0, (tries - successes) as f64))
}

/// The chance of success from the share of successes in each independent trial, such as the share of a trial's
/// months that met an objective.
///
/// Months of one trial share its luck (a bad region stays bad), so the trial and not the month is what counts:
/// the interval is [`mean_of`] over the shares (Cochran 1977, *Sampling Techniques*, 3rd ed., section 9.3). Where
/// every month of every trial agreed it is the exact bound over trials, about `3 / n` at 95%.
///
/// Trials must be of equal length, as those of one experiment are.
///
/// # Errors
/// When there is no trial, or a share is not between 0 and 1.
///
/// ```
/// use fivenines::estimate::{Confidence, clustered};
///
/// let months_met = clustered(&[1.0; 300], Confidence::P95)?;
/// assert_eq!(months_met.to_string(), "at least 0.990 (95%, n = 300)");
/// # Ok::<(), fivenines::estimate::SampleError>(())
/// ```
pub fn clustered(shares: &[f64], confidence: Confidence) -> Result<Estimate, SampleError> {
    mean_of(shares, Bounds::FRACTION, confidence)
}

fn check_counts(successes: u64, tries: u64) -> Result<(), SampleError> {
    if tries == 0 {
        return Err(SampleError::Empty);
    }
    if successes > tries {
        return Err(SampleError::TooManySuccesses { successes, tries });
    }
    Ok(())
}

fn counted(successes: u64, tries: u64, interval: Interval, method: Method) -> Estimate {
    // The rarer outcome is the event; equal ones are worth their number.
    let events = successes.min(tries - successes);
    let point = successes as f64 / tries as f64;
    Estimate::new(point, interval, method, tries, Quality::of(events, events as f64))
}

#[cfg(test)]
mod tests {
    use super::super::testing::coverage;
    use super::*;
    use proptest::prelude::*;

    fn ends(estimate: Estimate) -> (f64, f64) {
        (estimate.interval().lower(), estimate.interval().upper())
    }

    #[test]
    fn intervals_agree_with_published_values() {
        // Newcombe 1998, Statistics in Medicine 17, table I: 81/263 and 15/148.
        let (lower, upper) = ends(wilson(81, 263, Confidence::P95).unwrap());
        assert!((lower - 0.2553).abs() < 5e-5 && (upper - 0.3662).abs() < 5e-5);
        let (lower, upper) = ends(clopper_pearson(81, 263, Confidence::P95).unwrap());
        assert!((lower - 0.2527).abs() < 5e-5 && (upper - 0.3676).abs() < 5e-5);
        let (lower, upper) = ends(clopper_pearson(15, 148, Confidence::P95).unwrap());
        assert!((lower - 0.0578).abs() < 5e-5 && (upper - 0.1617).abs() < 5e-5);
    }

    #[test]
    fn no_success_and_no_failure_are_mirror_images() {
        let (none, all) = (clopper_pearson(0, 20, Confidence::P95), clopper_pearson(20, 20, Confidence::P95));
        let ((low, high), (lower, upper)) = (ends(none.unwrap()), ends(all.unwrap()));
        assert_eq!((low, upper), (0.0, 1.0));
        assert!((high - (1.0 - lower)).abs() < 1e-12);
        assert_eq!(none.unwrap().quality(), Quality::NoEvent);
    }

    #[test]
    fn impossible_counts_are_refused() {
        assert_eq!(wilson(0, 0, Confidence::P95), Err(SampleError::Empty));
        let error = clopper_pearson(3, 2, Confidence::P95).unwrap_err();
        assert_eq!(error.to_string(), "3 successes in 2 tries");
    }

    // Clusters of twelve months whose chance is 1 (a lucky trial, half of them) or 0.6: the truth is 0.8. An
    // interval that takes months for independent covers far less. Over 1500 repeats a coverage of 95% lies
    // within 1.7% with all but 0.3% chance; the hull makes it a little more.
    #[test]
    fn months_of_one_trial_count_once() {
        let (mut wrong, mut all) = (0, 0);
        let held = coverage(1500, |luck| {
            let shares: Vec<f64> = (0..100)
                .map(|_| {
                    let chance = if luck.uniform() < 0.5 { 1.0 } else { 0.6 };
                    (0..12).filter(|_| luck.uniform() < chance).count() as f64 / 12.0
                })
                .collect();
            let met = shares.iter().sum::<f64>() * 12.0;
            let naive = wilson(met.round() as u64, 1200, Confidence::P95).unwrap();
            all += 1;
            wrong += usize::from(!naive.interval().contains(0.8));
            Some(clustered(&shares, Confidence::P95).unwrap().interval().contains(0.8))
        });
        assert!((0.935..=0.98).contains(&held), "{held}");
        assert!(wrong * 10 > all, "independent months would miss in {wrong} of {all} repeats");
    }

    proptest! {
        #[test]
        fn wilson_lies_within_reason(tries in 1_u64..5000, share in 0.0..=1.0) {
            let successes = (share * tries as f64) as u64;
            let (exact, score) =
                (clopper_pearson(successes, tries, Confidence::P95).unwrap(), wilson(successes, tries, Confidence::P95).unwrap());
            prop_assert!(score.interval().contains(score.point()));
            prop_assert!(exact.interval().half_width() >= 0.9 * score.interval().half_width());
        }

        #[test]
        fn bounds_rise_with_successes(tries in 2_u64..500, share in 0.0..1.0) {
            let successes = (share * (tries - 1) as f64) as u64;
            let at = |k| clopper_pearson(k, tries, Confidence::P95).unwrap().interval();
            prop_assert!(at(successes).lower() < at(successes + 1).lower());
            prop_assert!(at(successes).upper() < at(successes + 1).upper() + 1e-12);
        }
    }
}
