//! Comparisons of designs that were given the same luck.
//!
//! Two designs whose trials share their seeds fail together: the difference of their means is known far better
//! than either mean. So everything here is paired, trial by trial (Law 2015, *Simulation Modeling and Analysis*,
//! 5th ed., sections 10.2 and 11.2).

use super::mean::SignedMean;
use super::sample::{check, check_pair};
use super::{Bounds, Confidence, Estimate, Interval, Method, SampleError, ratio_of};

/// Which way a comparison went.
///
/// ```
/// use fivenines::estimate::Verdict;
///
/// assert_eq!(Verdict::Undecided.to_string(), "undecided");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Verdict {
    /// The candidate loses less than the baseline.
    Better,
    /// The candidate loses more.
    Worse,
    /// The trials do not say.
    Undecided,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Verdict::Better => "better",
            Verdict::Worse => "worse",
            Verdict::Undecided => "undecided",
        })
    }
}

/// A candidate against a baseline, under common random numbers.
///
/// ```
/// use fivenines::estimate::{Bounds, Confidence, Verdict, compare};
///
/// // Downtime by trial: the candidate halves every outage.
/// let baseline: Vec<f64> = (0..200).map(|trial| f64::from(trial % 5) * 1e-4).collect();
/// let candidate: Vec<f64> = baseline.iter().map(|down| down / 2.0).collect();
/// let comparison = compare(&baseline, &candidate, Bounds::FRACTION, Confidence::P95)?;
/// assert_eq!(comparison.verdict(), Verdict::Better);
/// assert_eq!(comparison.ratio().unwrap().point(), 0.5);
/// # Ok::<(), fivenines::estimate::SampleError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Comparison {
    difference: Estimate,
    ratio: Option<Estimate>,
    p_value: f64,
    verdict: Verdict,
    trials: usize,
}

impl Comparison {
    /// The candidate's mean minus the baseline's: negative is better.
    pub fn difference(&self) -> Estimate {
        self.difference
    }

    /// The candidate's mean divided by the baseline's: below 1 is better. Nothing where the baseline never lost
    /// anything, or values may be negative.
    pub fn ratio(&self) -> Option<Estimate> {
        self.ratio
    }

    /// The chance of a difference at least this clear if there were none; of several comparisons, times their number.
    pub fn p_value(&self) -> f64 {
        self.p_value
    }

    /// Which is better, at the confidence asked for.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// How many trials both have played, which is how many were compared.
    pub fn trials(&self) -> usize {
        self.trials
    }
}

/// Compares the losses of two designs, one value each for every trial, within `bounds`; less is better. Compare
/// unavailability, downtime or cost, not availability.
///
/// The difference has a skewness-corrected interval over per-trial differences, as in [`mean_of`](super::mean_of). The
/// ratio's interval holds every factor `r` for which the candidate's losses less `r` times the baseline's are not shown
/// to differ from zero by the same test (Fieller 1954, *J. R. Statist. Soc.* B 16(2)). The verdict is that test at
/// `r = 1`: so it says "better" or "worse" exactly where the difference's interval is clear of zero and the ratio's of
/// one. Differences in fewer than six trials decide nothing at 95%. Where one has played more trials than the other,
/// those that both have played are compared.
///
/// # Errors
/// When the samples are empty or leave the bounds.
pub fn compare(
    baseline: &[f64],
    candidate: &[f64],
    bounds: Bounds,
    confidence: Confidence,
) -> Result<Comparison, SampleError> {
    Contest::new(&[baseline, candidate], bounds, confidence)?.compare(0, 1)
}

/// Designs to be compared with each other, such that all that is said of any two of them, intervals and verdicts, holds
/// together at the stated confidence.
///
/// There are `k (k - 1) / 2` pairs, and each is compared at a level of one minus that part of the accepted error
/// (Bonferroni). So the best of the sample may be compared with every other without being favored for having been lucky.
///
/// ```
/// use fivenines::estimate::{Bounds, Confidence, Contest, Verdict};
///
/// let poor: Vec<f64> = (0..300).map(|trial| f64::from(trial % 7) * 1e-3).collect();
/// let good: Vec<f64> = poor.iter().map(|down| down / 3.0).collect();
/// let twin = good.clone();
/// let contest = Contest::new(&[&poor, &good, &twin], Bounds::FRACTION, Confidence::P95)?;
/// let ranking = contest.rank()?;
/// assert_eq!(ranking.contenders(), [1, 2]);
/// assert_eq!(ranking.best(), None);
/// assert!(ranking.is_better(1, 0) && !ranking.is_better(1, 2));
/// assert_eq!(contest.compare(0, 1)?.verdict(), Verdict::Better);
/// # Ok::<(), fivenines::estimate::SampleError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Contest<'a> {
    designs: Vec<&'a [f64]>,
    bounds: Bounds,
    confidence: Confidence,
}

impl<'a> Contest<'a> {
    /// Of designs by their losses, one sample each over the same trials, as far as each has played.
    ///
    /// # Errors
    /// When a sample is empty or leaves the bounds.
    pub fn new(
        designs: &[&'a [f64]],
        bounds: Bounds,
        confidence: Confidence,
    ) -> Result<Contest<'a>, SampleError> {
        designs.iter().try_for_each(|design| check(design, bounds))?;
        Ok(Contest { designs: designs.to_vec(), bounds, confidence })
    }

    fn pairs(&self) -> usize {
        self.designs.len() * self.designs.len().saturating_sub(1) / 2
    }

    /// The confidence of what is said of one pair.
    fn each(&self) -> Confidence {
        self.confidence.each_of(self.pairs())
    }

    /// A candidate against a baseline.
    ///
    /// # Errors
    /// When they have no trial in common.
    ///
    /// # Panics
    /// When there is no such design.
    pub fn compare(&self, baseline: usize, candidate: usize) -> Result<Comparison, SampleError> {
        let (baseline, candidate) = shared(self.designs[baseline], self.designs[candidate]);
        check_pair(baseline, candidate, self.bounds)?;
        let test = Scaled { baseline, candidate }.at(1.0);
        let p_value = test.p_value();
        let verdict = match test.point() {
            _ if p_value > self.each().error() => Verdict::Undecided,
            less if less < 0.0 => Verdict::Better,
            _ => Verdict::Worse,
        };
        let difference = test.estimate(self.bounds.difference(), self.each()).with_method(Method::Paired);
        Ok(Comparison {
            difference,
            ratio: ratio(baseline, candidate, self.each()),
            p_value: (p_value * self.pairs() as f64).min(1.0),
            verdict,
            trials: baseline.len(),
        })
    }

    /// Ranks the designs, as far as the trials support an order.
    ///
    /// # Errors
    /// When two have no trial in common.
    pub fn rank(&self) -> Result<Ranking, SampleError> {
        let mut decided = Vec::new();
        let mut means = Vec::new();
        for (i, one) in self.designs.iter().enumerate() {
            means.push(super::mean_of(one, self.bounds, self.confidence)?.point());
            for (j, other) in self.designs.iter().enumerate().skip(i + 1) {
                let (baseline, candidate) = shared(one, other);
                check_pair(baseline, candidate, self.bounds)?;
                let test = Scaled { baseline, candidate }.at(1.0);
                if test.p_value() <= self.each().error() {
                    decided.push(if test.point() < 0.0 { (j, i) } else { (i, j) });
                }
            }
        }
        let mut order: Vec<usize> = (0..self.designs.len()).collect();
        order.sort_by(|&a, &b| means[a].total_cmp(&means[b]));
        decided.sort_unstable();
        Ok(Ranking { order, decided })
    }
}

/// The trials that two designs have both played.
fn shared<'a>(one: &'a [f64], other: &'a [f64]) -> (&'a [f64], &'a [f64]) {
    let trials = one.len().min(other.len());
    (&one[..trials], &other[..trials])
}

/// Two designs, the baseline to be multiplied.
struct Scaled<'a> {
    baseline: &'a [f64],
    candidate: &'a [f64],
}

impl Scaled<'_> {
    /// The mean of the candidate less the baseline times `factor`.
    fn at(&self, factor: f64) -> SignedMean {
        let differences: Vec<f64> =
            self.baseline.iter().zip(self.candidate).map(|(b, c)| c - factor * b).collect();
        SignedMean::of(&differences)
    }
}

/// Halvings of the bracket around an end of a ratio's interval: it is found within a millionth.
const HALVINGS: u32 = 24;
/// Beyond so many doublings away from the point, an end is not told from none.
const DOUBLINGS: u32 = 30;

/// The ratio of means with Fieller's interval; nothing where the baseline never lost anything, or values may be negative.
fn ratio(baseline: &[f64], candidate: &[f64], confidence: Confidence) -> Option<Estimate> {
    let point = ratio_of(candidate, baseline, confidence).ok()?;
    let scaled = Scaled { baseline, candidate };
    let refuted = |factor: f64| scaled.at(factor).p_value() <= confidence.error();
    let value = point.point();
    let (lower, upper) = if value == 0.0 {
        // Nothing seen of the candidate: any factor is refuted or none is, and nothing lies between 0 and 1.
        (0.0, if refuted(1.0) { 1.0 } else { f64::INFINITY })
    } else {
        // The factor 1 is looked at first, so that the interval is on the side of it that the verdict is on.
        let first = |otherwise: f64, beyond: bool| if beyond { 1.0 } else { otherwise };
        (
            end(value, first(value / 2.0, value > 1.0), 0.5, refuted).unwrap_or(0.0),
            end(value, first(value * 2.0, value < 1.0), 2.0, refuted).unwrap_or(f64::INFINITY),
        )
    };
    let interval = Interval::new(lower.min(value), upper.max(value), confidence);
    Some(Estimate::new(value, interval, Method::Fieller, point.trials(), point.quality()))
}

/// Where factors begin to be refuted on the way from `inside` past `probe` by steps of `step`; nothing if nowhere.
fn end(inside: f64, probe: f64, step: f64, refuted: impl Fn(f64) -> bool) -> Option<f64> {
    let (mut kept, mut out) = (inside, probe);
    for _ in 0..DOUBLINGS {
        if refuted(out) {
            for _ in 0..HALVINGS {
                let middle = (kept * out).sqrt();
                if refuted(middle) { out = middle } else { kept = middle }
            }
            return Some(out);
        }
        (kept, out) = (out, out * step);
    }
    None
}

/// An order of designs as far as the trials support one; see [`Contest::rank`].
///
/// ```
/// use fivenines::estimate::{Bounds, Confidence, Contest};
///
/// let contest = Contest::new(&[&[0.5; 9], &[0.25; 9]], Bounds::FRACTION, Confidence::P95)?;
/// assert_eq!(contest.rank()?.order(), [1, 0]);
/// # Ok::<(), fivenines::estimate::SampleError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    order: Vec<usize>,
    /// Pairs (winner, loser), sorted.
    decided: Vec<(usize, usize)>,
}

impl Ranking {
    /// The designs by estimated mean, least loss first, equal ones in the order given. Neighbors in it need not
    /// differ: see [`Ranking::is_better`].
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// True when `one` was shown to lose less than `other`.
    pub fn is_better(&self, one: usize, other: usize) -> bool {
        self.decided.binary_search(&(one, other)).is_ok()
    }

    /// The designs that no other was shown to be better than, in the order of their means. The best is among
    /// them with the stated confidence.
    pub fn contenders(&self) -> Vec<usize> {
        self.order.iter().copied().filter(|&i| self.decided.iter().all(|&(_, loser)| loser != i)).collect()
    }

    /// The best design, where it was shown to be better than every other. Of one design it is that one.
    pub fn best(&self) -> Option<usize> {
        let wins = |i: usize| self.decided.iter().filter(|(winner, _)| *winner == i).count();
        self.order.first().copied().filter(|&i| wins(i) + 1 == self.order.len())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Lengths, Luck, coverage};
    use super::*;
    use proptest::prelude::*;

    fn fractions(baseline: &[f64], candidate: &[f64]) -> Comparison {
        compare(baseline, candidate, Bounds::FRACTION, Confidence::P95).unwrap()
    }

    /// A baseline, and a candidate that is spared each of its outages with chance `spared`.
    fn designs(luck: &mut Luck, trials: usize, outages: f64, spared: f64) -> (Vec<f64>, Vec<f64>) {
        (0..trials)
            .map(|_| {
                let (mut all, mut kept) = (0.0, 0.0);
                for _ in 0..luck.poisson(outages) {
                    let length = 1e-4 * luck.length(Lengths::Lognormal(1.0));
                    all += length;
                    kept += if luck.uniform() < spared { 0.0 } else { length };
                }
                (all, kept)
            })
            .unzip()
    }

    // 95.5% fails "at least 93%" over 1500 repeats with chance below 1e-5. Seeing half of fifty outages spared,
    // the intervals are those of few events and cover more than stated.
    #[test]
    fn differences_and_ratios_are_covered_as_stated() {
        for outages in [0.5, 5.0] {
            let difference = coverage(1500, |luck| {
                let (a, b) = designs(luck, 100, outages, 0.5);
                Some(fractions(&a, &b).difference().interval().contains(-0.5e-4 * outages))
            });
            assert!((0.93..=0.985).contains(&difference), "{outages}: {difference}");
            let ratio = coverage(1500, |luck| {
                let (a, b) = designs(luck, 100, outages, 0.5);
                Some(fractions(&a, &b).ratio().unwrap().interval().contains(0.5))
            });
            assert!((0.93..=0.985).contains(&ratio), "{outages}: {ratio}");
        }
    }

    // Sparing one outage in ten leaves a tenth of the variance of one design; strangers have nearly twice that
    // variance. The widths so differ by a factor of 4.4 on average; half of that must show in nine cases of ten.
    #[test]
    fn common_luck_narrows_the_difference() {
        let mut narrower = 0;
        coverage(50, |luck| {
            let (a, b) = designs(luck, 1000, 1.0, 0.1);
            let (_, stranger) = designs(luck, 1000, 1.0, 0.1);
            let (paired, unpaired) = (fractions(&a, &b).difference(), fractions(&a, &stranger).difference());
            narrower += u32::from(2.0 * paired.interval().half_width() < unpaired.interval().half_width());
            Some(true)
        });
        assert!(narrower >= 45, "{narrower} of 50");
    }

    // Five designs equal in law, ten pairs: any verdict is false, and at most 5% of repeats may give one.
    // Over 1000 repeats a true 5% exceeds 7.5% with chance below 0.1%.
    #[test]
    fn many_comparisons_share_one_error() {
        let quiet = coverage(1000, |luck| {
            let mut of = || designs(luck, 60, 1.0, 0.0).0;
            let all = [of(), of(), of(), of(), of()];
            let all: Vec<&[f64]> = all.iter().map(Vec::as_slice).collect();
            let contest = Contest::new(&all, Bounds::FRACTION, Confidence::P95).unwrap();
            let pairs = (0..5).flat_map(|i| (0..i).map(move |j| (i, j)));
            Some(
                pairs
                    .into_iter()
                    .all(|(i, j)| contest.compare(i, j).unwrap().verdict() == Verdict::Undecided),
            )
        });
        assert!(quiet >= 0.925, "{quiet}");
    }

    #[test]
    fn a_ranking_of_equals_decides_nothing_and_of_unequals_something() {
        let mut luck = None;
        coverage(1, |l| {
            luck =
                Some([designs(l, 400, 2.0, 0.0).0, designs(l, 400, 2.0, 0.0).0, designs(l, 400, 0.2, 0.0).0]);
            Some(true)
        });
        let samples = luck.unwrap();
        let views: Vec<&[f64]> = samples.iter().map(Vec::as_slice).collect();
        let rank = |designs: &[&[f64]]| {
            Contest::new(designs, Bounds::FRACTION, Confidence::P95).unwrap().rank().unwrap()
        };
        let ranking = rank(&views);
        assert_eq!(ranking.best(), Some(2));
        assert!(!ranking.is_better(0, 1) && !ranking.is_better(1, 0));
        assert_eq!(ranking.order()[0], 2);
        assert_eq!(rank(&views[..1]).best(), Some(0));
    }

    #[test]
    fn designs_are_compared_over_the_trials_of_both_and_no_third_takes_any_away() {
        let baseline: Vec<f64> = (0..400).map(|trial| f64::from(trial % 5) * 1e-4).collect();
        let half: Vec<f64> = baseline.iter().map(|down| down / 2.0).collect();
        let of = |designs: &[&[f64]]| {
            let contest = Contest::new(designs, Bounds::FRACTION, Confidence::P95).unwrap();
            (contest.compare(0, 1).unwrap(), contest.compare(0, 2).unwrap(), contest.rank().unwrap())
        };
        let (whole, short, ranking) = of(&[&baseline, &half, &half[..50]]);
        assert_eq!((whole.trials(), short.trials()), (400, 50));
        assert_eq!(whole, of(&[&baseline, &half, &half]).0);
        assert!(ranking.is_better(2, 0));
    }

    #[test]
    fn a_clean_baseline_has_no_ratio() {
        let comparison = fractions(&[0.0; 20], &[0.001; 20]);
        assert_eq!(comparison.ratio(), None);
        assert_eq!(comparison.verdict(), Verdict::Worse);
        assert_eq!(fractions(&[0.0; 20], &[0.0; 20]).verdict(), Verdict::Undecided);
    }

    // Where every trial of the candidate loses 14 times as much as the baseline, give or take, the interval of the factor
    // is clear of 1, as the verdict is, and where one long outage makes the difference neither is.
    #[test]
    fn a_factor_is_told_from_one_exactly_where_a_difference_is() {
        let baseline: Vec<f64> = (0..40).map(|trial| f64::from(trial % 3) * 1e-4).collect();
        let worse: Vec<f64> = baseline.iter().map(|down| 14.0 * down).collect();
        let mut lucky = baseline.clone();
        lucky[0] = 0.1;
        let comparison = fractions(&baseline, &worse);
        let interval = comparison.ratio().unwrap().interval();
        assert_eq!(comparison.verdict(), Verdict::Worse);
        assert!((interval.lower() / 14.0 - 1.0).abs() < 1e-6 && (interval.upper() / 14.0 - 1.0).abs() < 1e-6);
        let comparison = fractions(&baseline, &lucky);
        assert!(
            comparison.ratio().unwrap().point() > 20.0
                && comparison.ratio().unwrap().interval().contains(1.0)
        );
        assert_eq!(comparison.verdict(), Verdict::Undecided);
    }

    #[test]
    fn a_candidate_without_losses_is_told_from_one_or_from_nothing() {
        let upper = |trials: usize| {
            let baseline = vec![1e-4; trials];
            fractions(&baseline, &vec![0.0; trials]).ratio().unwrap().interval().upper()
        };
        assert_eq!((upper(3), upper(30)), (f64::INFINITY, 1.0));
    }

    proptest! {
        #[test]
        fn swapping_the_designs_swaps_the_verdict(pairs in prop::collection::vec((0.0..1.0, 0.0..1.0), 1..40)) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let (one, other) = (fractions(&a, &b), fractions(&b, &a));
            prop_assert_eq!(one.difference().point(), -other.difference().point());
            let swapped = match one.verdict() {
                Verdict::Better => Verdict::Worse,
                Verdict::Worse => Verdict::Better,
                Verdict::Undecided => Verdict::Undecided,
            };
            prop_assert_eq!(swapped, other.verdict());
        }

        #[test]
        fn a_single_verdict_agrees_with_its_interval(pairs in prop::collection::vec((0.0..1.0, 0.0..0.8), 1..40)) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let comparison = fractions(&a, &b);
            let (interval, p) = (comparison.difference().interval(), comparison.p_value());
            // At the edge itself rounding may put the two on different sides.
            prop_assume!((p - 0.05).abs() > 1e-6);
            let undecided = comparison.verdict() == Verdict::Undecided;
            prop_assert_eq!(undecided, interval.contains(0.0), "p {} {:?}", p, interval);
            if let Some(ratio) = comparison.ratio() {
                prop_assert_eq!(undecided, ratio.interval().contains(1.0), "p {} {:?}", p, ratio);
            }
        }
    }
}
