//! The mean over trials, with an interval that covers when most trials saw nothing and few saw much.
//!
//! Downtime per trial is mostly zero and otherwise long-tailed, so Student's interval is too short above: with
//! fifty outages of lognormal length (sigma 1) a stated 95% holds in 91% of repeats, with five in 78%. Three
//! things repair that, each measured in the tests:
//!
//! 1. Hall's transformation of the t statistic takes its skewness out;
//! 2. the hull with the interval of the logarithm guards where the sample's own skewness is an underestimate, as
//!    it is in small samples of long-tailed lengths;
//! 3. the degrees of freedom count what the mean rests on (Kish's effective number of events) and not the trials,
//!    most of which saw nothing.
//!
//! Measured over 10,000 repeats, the coverage of a stated 95% by outages expected over all trials, with lengths
//! exponential / lognormal (sigma 1) / constant / lognormal (sigma 1.5):
//!
//! | outages | 100 trials | 1000 trials |
//! |---|---|---|
//! | 5 | 99.8 / 99.9 / 99.1 / 98.9 | |
//! | 50 | 96.4 / 95.9 / 96.3 / 94.7 | 96.8 / 95.8 / 96.3 / 94.8 |
//! | 500 | 95.2 / 95.0 / 95.0 / 94.0 | 95.4 / 95.0 / 95.0 / 94.5 |
//!
//! A rigorous bound caps the result. What remains: an event so rare and so long that no trial saw it is in no
//! interval made of trials, and lengths with a lognormal sigma of 1.5 or more are covered a little less than stated.

use super::sample::{check, effective_count};
use super::special::{beta_quantile, student_quantile, student_tail};
use super::{Bounds, Confidence, Estimate, Interval, Method, Moments, Quality, SampleError};
use crate::random::math::{exp, pow};

/// Below this many degrees of freedom one event makes up the mean and the t distribution says nothing.
const LEAST_FREEDOM: f64 = 0.5;

/// The mean of independent per-trial values within `bounds`.
///
/// The interval is Hall's (1992, "On the removal of skewness by transformation", *J. R. Statist. Soc.* B 54(1))
/// joined with the one of the logarithm, with effective degrees of freedom. It never leaves the bounds, and never
/// exceeds what holds without any assumption: the chance that a trial sees anything, bounded exactly by Clopper
/// and Pearson (1934), times the largest value a trial can give. Where no trial saw anything that bound is all
/// there is: one-sided, about `3 / n` at 95%, and rigorous for every distribution within the bounds.
///
/// Values near the upper bound are treated as their mirror image, so availability and unavailability get mirrored
/// intervals. Where the bounds lie on both sides of zero (differences), zero is what "nothing" means.
///
/// Trials are independent; the order of the samples matters only to rounding.
///
/// # Errors
/// When there is no sample, or one is outside the bounds.
///
/// ```
/// use fivenines::estimate::{Bounds, Confidence, Quality, mean_of};
///
/// let clean = mean_of(&[0.0; 300], Bounds::FRACTION, Confidence::P95)?;
/// assert_eq!(clean.quality(), Quality::NoEvent);
/// assert_eq!(clean.to_string(), "at most 0.010 (95%, n = 300)");
/// # Ok::<(), fivenines::estimate::SampleError>(())
/// ```
pub fn mean_of(samples: &[f64], bounds: Bounds, confidence: Confidence) -> Result<Estimate, SampleError> {
    check(samples, bounds)?;
    if bounds.is_signed() {
        return Ok(SignedMean::of(samples).estimate(bounds, confidence));
    }
    let (lower, upper) = (bounds.lower(), bounds.upper());
    let mean = samples.iter().copied().collect::<Moments>().mean();
    // The rare side is the one nearer to the mean; an infinite side is never it.
    if lower.is_infinite() || upper - mean < mean - lower {
        let mirrored = samples.iter().map(|x| upper - x);
        Ok(one_sided(mirrored, upper - lower, confidence).affine(-1.0, upper))
    } else {
        Ok(one_sided(samples.iter().map(|x| x - lower), upper - lower, confidence).affine(1.0, lower))
    }
}

/// The mean of values from 0 (nothing happened) to `largest`.
fn one_sided(values: impl Iterator<Item = f64> + Clone, largest: f64, confidence: Confidence) -> Estimate {
    let moments: Moments = values.clone().collect();
    let (trials, mean) = (moments.count(), moments.mean());
    let events = values.clone().filter(|&x| x > 0.0).count() as u64;
    let effective = effective_count(values);
    let quality = Quality::of(events, effective);
    if events == 0 {
        let interval = Interval::new(0.0, no_event_bound(trials, confidence) * largest, confidence);
        return Estimate::new(0.0, interval, Method::NoEventBound, trials, quality);
    }
    let tail = confidence.error() / 2.0;
    let cap = seen_at_most(events, trials, tail) * largest;
    let statistic = Studentized {
        point: mean,
        error: moments.standard_error(),
        skewness: moments.skewness(),
        trials: trials as f64,
        freedom: effective - 1.0,
    };
    let (lower, upper) = statistic.positive_interval(tail).unwrap_or((0.0, f64::INFINITY));
    let interval = Interval::new(lower.min(mean), upper.min(cap).max(mean), confidence);
    Estimate::new(mean, interval, Method::SkewnessCorrected, trials, quality)
}

/// Upper confidence bound on the chance of what none of `trials` saw: `1 - error^(1/n)`, "3 over n" at 95%
/// (Jovanovic and Levy 1997, "A look at the rule of three", *The American Statistician* 51(2)).
pub(crate) fn no_event_bound(trials: u64, confidence: Confidence) -> f64 {
    beta_quantile(confidence.level(), 1.0, trials as f64)
}

/// Clopper and Pearson's upper bound, missed with chance `tail`, on the chance of what `events` trials saw.
fn seen_at_most(events: u64, trials: u64, tail: f64) -> f64 {
    if events >= trials {
        1.0
    } else {
        beta_quantile(1.0 - tail, events as f64 + 1.0, (trials - events) as f64)
    }
}

/// The mean of values around zero, such as differences, with what is needed to test it against zero.
pub(crate) struct SignedMean {
    statistic: Studentized,
    events: u64,
    effective: f64,
    trials: u64,
}

impl SignedMean {
    pub(crate) fn of(samples: &[f64]) -> SignedMean {
        let moments: Moments = samples.iter().copied().collect();
        let effective = effective_count(samples.iter().copied());
        SignedMean {
            statistic: Studentized {
                point: moments.mean(),
                error: moments.standard_error(),
                skewness: moments.skewness(),
                trials: moments.count() as f64,
                freedom: effective - 1.0,
            },
            events: samples.iter().filter(|&&x| x != 0.0).count() as u64,
            effective,
            trials: moments.count(),
        }
    }

    pub(crate) fn point(&self) -> f64 {
        self.statistic.point
    }

    pub(crate) fn estimate(&self, bounds: Bounds, confidence: Confidence) -> Estimate {
        let quality = Quality::of(self.events, self.effective);
        let (mean, tail) = (self.statistic.point, confidence.error() / 2.0);
        let (method, seen) = match self.events {
            0 => (Method::NoEventBound, no_event_bound(self.trials, confidence)),
            events => (Method::SkewnessCorrected, seen_at_most(events, self.trials, tail)),
        };
        let (lowest, highest) = (seen * bounds.lower(), seen * bounds.upper());
        let (mut lower, mut upper) = match self.statistic.any_sign_interval(tail) {
            Some(interval) if self.events > 0 => interval,
            _ => (lowest, highest),
        };
        if self.least_p() > confidence.error() {
            (lower, upper) = (lower.min(0.0), upper.max(0.0));
        }
        let interval = Interval::new(lower.max(lowest).min(mean), upper.min(highest).max(mean), confidence);
        Estimate::new(mean, interval, method, self.trials, quality)
    }

    /// The two-sided p-value of "the mean is zero".
    pub(crate) fn p_value(&self) -> f64 {
        self.statistic.p_value().max(self.least_p()).min(1.0)
    }

    /// No fewer than six differences decide anything at 95%, however alike they are: the p-value is at least that
    /// of the sign test in which all agree.
    fn least_p(&self) -> f64 {
        2.0 * pow(0.5, self.events as f64)
    }
}

/// A point, its standard error, and the skewness of the values that it is the mean of.
pub(crate) struct Studentized {
    pub(crate) point: f64,
    pub(crate) error: f64,
    pub(crate) skewness: f64,
    pub(crate) trials: f64,
    pub(crate) freedom: f64,
}

impl Studentized {
    /// Hall's interval, each end missed with chance `tail`; nothing when the sample cannot tell.
    ///
    /// Hall (1992), transformation g_2: `g(T) = T + a T^2 + a^2 T^3 / 3 + b` with `a = skewness / (3 sqrt n)` and
    /// `b = a / 2` is increasing, so the interval is its inverse image.
    pub(crate) fn hall(&self, tail: f64) -> Option<(f64, f64)> {
        if self.freedom < LEAST_FREEDOM {
            return None;
        }
        let quantile = student_quantile(tail, self.freedom);
        let end = |y: f64| self.point - self.error * self.inverse(y);
        Some((end(quantile), end(-quantile)))
    }

    /// The hull of Hall's interval and the one of the logarithm, for a quantity that is positive.
    pub(crate) fn positive_interval(&self, tail: f64) -> Option<(f64, f64)> {
        let (lower, upper) = self.hall(tail)?;
        let factor = exp(student_quantile(tail, self.freedom) * self.error / self.point);
        Some((lower.min(self.point / factor).max(0.0), upper.max(self.point * factor)))
    }

    /// The hull of Hall's interval and Student's, for a quantity of either sign.
    ///
    /// Differences of alike designs are long-tailed but not skewed; the skewness of one sample of them is noise,
    /// and correcting for it alone finds a difference in 7.5% of repeats instead of 5%.
    pub(crate) fn any_sign_interval(&self, tail: f64) -> Option<(f64, f64)> {
        let (lower, upper) = self.hall(tail)?;
        let arm = student_quantile(tail, self.freedom) * self.error;
        Some((lower.min(self.point - arm), upper.max(self.point + arm)))
    }

    /// The two-sided p-value of "the truth is zero": the error at which that hull just reaches zero.
    pub(crate) fn p_value(&self) -> f64 {
        if self.freedom < LEAST_FREEDOM || self.point == 0.0 {
            return 1.0;
        }
        if self.error == 0.0 {
            return 0.0;
        }
        // Both statistics have the sign of the point unless the corrected one says "no difference" anyway.
        let (t, a) = (self.point / self.error, self.bend());
        let y = t + a * t * t + a * a * t * t * t / 3.0 + a / 2.0;
        (2.0 * student_tail(y.abs().min(t.abs()), self.freedom)).min(1.0)
    }

    fn bend(&self) -> f64 {
        self.skewness / (3.0 * self.trials.sqrt())
    }

    fn inverse(&self, y: f64) -> f64 {
        let a = self.bend();
        if a.abs() < 1e-8 {
            return y;
        }
        let cube = 1.0 + 3.0 * a * (y - a / 2.0);
        (pow(cube.abs(), 1.0 / 3.0).copysign(cube) - 1.0) / a
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Lengths, Luck, coverage};
    use super::*;
    use proptest::prelude::*;

    fn fraction(samples: &[f64]) -> Estimate {
        mean_of(samples, Bounds::FRACTION, Confidence::P95).unwrap()
    }

    /// Per-trial downtime fractions: a Poisson number of outages, each 1e-4 of the horizon on average.
    fn downtime(luck: &mut Luck, trials: usize, outages: f64, lengths: Lengths) -> (Vec<f64>, u64) {
        let mut seen = 0;
        let samples = (0..trials)
            .map(|_| {
                let count = luck.poisson(outages);
                seen += count;
                (0..count).map(|_| 1e-4 * luck.length(lengths)).sum::<f64>().min(1.0)
            })
            .collect();
        (samples, seen)
    }

    /// Coverage over repeats in which at least `least` outages were seen.
    fn covered(trials: usize, outages: f64, lengths: Lengths, least: u64, repeats: u64) -> f64 {
        coverage(repeats, |luck| {
            let (samples, seen) = downtime(luck, trials, outages, lengths);
            (seen >= least).then(|| fraction(&samples).interval().contains(1e-4 * outages))
        })
    }

    // In the tests of coverage an interval that covers with chance 95.5% fails "at least 93%" over 1500 repeats
    // with chance below 1e-5: the standard deviation is sqrt(.955 * .045 / 1500) = 0.54%, the distance 4.7 of
    // them. One that covers 92% passes with chance 8%, and one at Student's 91% with less than 0.4%.

    #[test]
    fn a_stated_95_percent_holds_with_fifty_outages_in_all() {
        for lengths in [Lengths::Exponential, Lengths::Lognormal(1.0), Lengths::Constant] {
            let held = covered(100, 0.5, lengths, 30, 1500);
            assert!((0.93..=0.975).contains(&held), "{lengths:?}: {held}");
            let held = covered(1000, 0.05, lengths, 30, 1500);
            assert!((0.93..=0.975).contains(&held), "{lengths:?}: {held}");
        }
    }

    #[test]
    fn a_stated_95_percent_holds_with_many_outages_a_trial() {
        for lengths in [Lengths::Exponential, Lengths::Lognormal(1.0)] {
            let held = covered(100, 5.0, lengths, 30, 1500);
            assert!((0.93..=0.975).contains(&held), "{lengths:?}: {held}");
        }
    }

    // Below thirty outages the promise is only to be no shorter than stated. The coverage is 97.4% or more: fewer
    // than 96% of 2000 would be four standard deviations (0.36%) off. Without the logarithm's half of the hull it
    // is 95% for the longest tail.
    #[test]
    fn a_stated_95_percent_is_exceeded_when_few_outages_are_seen() {
        for lengths in [Lengths::Exponential, Lengths::Lognormal(1.5), Lengths::Constant] {
            for outages in [0.01, 0.05, 0.15] {
                let held = covered(100, outages, lengths, 0, 2000);
                assert!(held >= 0.96, "{lengths:?} {outages}: {held}");
            }
        }
    }

    // Differences of independent designs with one mean: the chance of a difference "found" must not exceed 5%.
    // Over 1500 repeats a true 5% exceeds 7% with chance below 0.1%. (Measured over 3000: 1.4% to
    // 5.1%, the least where few outages were seen.)
    #[test]
    fn a_difference_of_equals_is_seldom_found() {
        for outages in [0.02, 0.1, 0.5] {
            let undecided = coverage(1500, |luck| {
                let (a, _) = downtime(luck, 100, outages, Lengths::Lognormal(1.0));
                let (b, _) = downtime(luck, 100, outages, Lengths::Lognormal(1.0));
                let difference: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
                let estimate = mean_of(&difference, Bounds::new(-1.0, 1.0), Confidence::P95).unwrap();
                Some(estimate.interval().contains(0.0))
            });
            assert!(undecided >= 0.93, "{outages}: {undecided}");
        }
    }

    #[test]
    fn availability_is_the_mirror_image_of_unavailability() {
        let down = [0.0, 0.25, 0.0, 0.125, 0.0625, 0.0, 0.5, 0.0];
        let up = down.map(|x| 1.0 - x);
        assert_eq!(fraction(&up), fraction(&down).complement());
    }

    #[test]
    fn a_single_event_gives_the_exact_bound() {
        let mut samples = vec![0.0; 1000];
        samples[17] = 1e-5;
        let estimate = fraction(&samples);
        assert_eq!(estimate.quality(), Quality::FewEvents(1));
        assert_eq!(estimate.interval().lower(), 0.0);
        assert!((estimate.interval().upper() - beta_quantile(0.975, 2.0, 999.0)).abs() < 1e-15);
    }

    #[test]
    fn no_event_without_a_largest_value_bounds_nothing() {
        let estimate = mean_of(&[0.0; 10], Bounds::NON_NEGATIVE, Confidence::P95).unwrap();
        assert_eq!(estimate.interval().upper(), f64::INFINITY);
    }

    #[test]
    fn designs_that_never_differ_may_still_differ_a_little() {
        let estimate = mean_of(&[0.0; 100], Bounds::new(-1.0, 1.0), Confidence::P95).unwrap();
        assert_eq!(estimate.quality(), Quality::NoEvent);
        assert!((estimate.interval().lower() + 0.0295).abs() < 1e-4);
        assert!((estimate.interval().upper() - 0.0295).abs() < 1e-4);
    }

    #[test]
    fn five_like_differences_decide_nothing_and_eight_do() {
        let decide = |count: usize| {
            let mut samples = vec![0.0; 1000];
            samples[..count].fill(0.01);
            let estimate = mean_of(&samples, Bounds::new(-1.0, 1.0), Confidence::P95).unwrap();
            let p = SignedMean::of(&samples).p_value();
            assert_eq!(p > 0.05, estimate.interval().contains(0.0), "{estimate:?} p {p}");
            p <= 0.05
        };
        assert!(!decide(5));
        assert!(decide(8));
    }

    #[test]
    fn normal_values_get_nearly_the_textbook_interval() {
        // Around a mean far from zero every trial counts, and without skewness Hall's interval is Student's.
        let samples: Vec<f64> =
            (0..101).map(|i| 100.0 + f64::from(i % 2) - 0.5 + f64::from(i - 50) * 1e-3).collect();
        let moments: Moments = samples.iter().copied().collect();
        let want = student_quantile(0.025, 100.0) * moments.standard_error();
        let estimate = mean_of(&samples, Bounds::REAL, Confidence::P95).unwrap();
        assert!((estimate.interval().half_width() / want - 1.0).abs() < 1e-3);
    }

    proptest! {
        #[test]
        fn the_interval_contains_the_point_and_keeps_the_bounds(
            samples in prop::collection::vec(prop_oneof![Just(0.0), Just(1.0), 0.0..1.0, 0.0..1e-9], 1..60),
        ) {
            let estimate = fraction(&samples);
            prop_assert!(estimate.interval().contains(estimate.point()));
            prop_assert!(estimate.interval().lower() >= 0.0 && estimate.interval().upper() <= 1.0);
        }

        #[test]
        fn more_confidence_never_narrows(samples in prop::collection::vec(0.0..1.0, 2..40)) {
            let at = |confidence| mean_of(&samples, Bounds::FRACTION, confidence).unwrap().interval();
            let (narrow, wide) = (at(Confidence::P90), at(Confidence::P99));
            prop_assert!(wide.lower() <= narrow.lower() && narrow.upper() <= wide.upper());
        }

        #[test]
        fn order_changes_only_the_rounding(samples in prop::collection::vec(0.0..1.0, 2..40)) {
            let reversed: Vec<f64> = samples.iter().rev().copied().collect();
            let (a, b) = (fraction(&samples).interval(), fraction(&reversed).interval());
            prop_assert!((a.lower() - b.lower()).abs() < 1e-6 && (a.upper() - b.upper()).abs() < 1e-6);
        }
    }
}
