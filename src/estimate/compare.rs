//! Comparisons of designs that were given the same luck.
//!
//! Two designs whose trials share their seeds fail together: the difference of their means is known far better
//! than either mean. So everything here is paired, trial by trial (Law 2015, *Simulation Modeling and Analysis*,
//! 5th ed., sections 10.2 and 11.2).

use super::mean::SignedMean;
use super::sample::check_pair;
use super::{Bounds, Confidence, Estimate, Method, SampleError, ratio_of};

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

    /// The chance of a difference at least this clear if there were none; of several comparisons, adjusted for
    /// their number.
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

    fn decide(mut self, p_value: f64, confidence: Confidence) -> Comparison {
        self.p_value = p_value;
        self.verdict = match self.difference.point() {
            _ if p_value > confidence.error() => Verdict::Undecided,
            less if less < 0.0 => Verdict::Better,
            _ => Verdict::Worse,
        };
        self
    }
}

/// Compares the losses of two designs, one value each for every trial, within `bounds`; less is better. Compare
/// unavailability, downtime or cost, not availability.
///
/// The difference has a skewness-corrected interval over per-trial differences, as in [`mean_of`](super::mean_of);
/// the ratio a jackknifed one, as in [`ratio_of`]. The verdict is by the difference, so it agrees with whether the
/// difference's interval contains zero. Differences in fewer than six trials decide nothing at 95%. Where one has
/// played more trials than the other, those that both have played are compared.
///
/// # Errors
/// When the samples are empty or leave the bounds.
pub fn compare(
    baseline: &[f64],
    candidate: &[f64],
    bounds: Bounds,
    confidence: Confidence,
) -> Result<Comparison, SampleError> {
    Ok(compare_all(baseline, &[candidate], bounds, confidence)?[0])
}

/// Compares several candidates with one baseline such that all intervals hold together, and all verdicts too, at
/// the stated confidence.
///
/// Intervals are Bonferroni's, each at a level of `1 - error / k`. Verdicts are Holm's (1979, *Scandinavian
/// Journal of Statistics* 6), which is as safe and decides more: so a verdict may be given whose difference's
/// interval just contains zero.
///
/// # Errors
/// When the samples are empty or leave the bounds.
pub fn compare_all(
    baseline: &[f64],
    candidates: &[&[f64]],
    bounds: Bounds,
    confidence: Confidence,
) -> Result<Vec<Comparison>, SampleError> {
    let each = confidence.each_of(candidates.len());
    let comparisons = candidates
        .iter()
        .map(|candidate| pair(baseline, candidate, bounds, each))
        .collect::<Result<Vec<_>, _>>()?;
    let adjusted = holm(&comparisons.iter().map(|c| c.p_value).collect::<Vec<_>>());
    Ok(comparisons.into_iter().zip(adjusted).map(|(c, p)| c.decide(p, confidence)).collect())
}

fn pair(
    baseline: &[f64],
    candidate: &[f64],
    bounds: Bounds,
    confidence: Confidence,
) -> Result<Comparison, SampleError> {
    let (baseline, candidate) = shared(baseline, candidate);
    check_pair(baseline, candidate, bounds)?;
    let differences: Vec<f64> = baseline.iter().zip(candidate).map(|(b, c)| c - b).collect();
    let mean = SignedMean::of(&differences);
    let difference = mean.estimate(bounds.difference(), confidence).with_method(Method::Paired);
    // The only failure left is a baseline of zeros or negative values, and then there is no ratio.
    let ratio = ratio_of(candidate, baseline, confidence).ok();
    Ok(Comparison {
        difference,
        ratio,
        p_value: mean.p_value(),
        verdict: Verdict::Undecided,
        trials: differences.len(),
    })
}

/// The trials that two designs have both played.
fn shared<'a>(one: &'a [f64], other: &'a [f64]) -> (&'a [f64], &'a [f64]) {
    let trials = one.len().min(other.len());
    (&one[..trials], &other[..trials])
}

/// Holm's adjusted p-values: rejecting those at most `error` keeps the chance of any false rejection at `error`,
/// however the tests depend on each other (Holm 1979; Wright 1992, *Biometrics* 48, for the adjusted form).
fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut least = 0.0_f64;
    for (rank, &i) in order.iter().enumerate() {
        least = least.max((p_values.len() - rank) as f64 * p_values[i]).min(1.0);
        adjusted[i] = least;
    }
    adjusted
}

/// An order of designs as far as the trials support one.
///
/// ```
/// use fivenines::estimate::{Bounds, Confidence, rank};
///
/// let poor: Vec<f64> = (0..300).map(|trial| f64::from(trial % 7) * 1e-3).collect();
/// let good: Vec<f64> = poor.iter().map(|down| down / 3.0).collect();
/// let twin = good.clone();
/// let ranking = rank(&[&poor, &good, &twin], Bounds::FRACTION, Confidence::P95)?;
/// assert_eq!(ranking.contenders(), [1, 2]);
/// assert_eq!(ranking.best(), None);
/// assert!(ranking.is_better(1, 0) && !ranking.is_better(1, 2));
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

/// Ranks designs by their losses, one sample each over the same trials, as far as each has played: every pair is
/// compared over the trials of both, and the chance that any of the statements "this one is better" is wrong is at
/// most the accepted error (Holm 1979 over all pairs). The sample's best is thereby not favored for having been lucky.
///
/// # Errors
/// When the samples are empty or leave the bounds.
pub fn rank(designs: &[&[f64]], bounds: Bounds, confidence: Confidence) -> Result<Ranking, SampleError> {
    let mut pairs = Vec::new();
    let mut tests = Vec::new();
    let mut means = Vec::new();
    for (i, one) in designs.iter().enumerate() {
        means.push(super::mean_of(one, bounds, confidence)?.point());
        for (j, other) in designs.iter().enumerate().skip(i + 1) {
            let (one, other) = shared(one, other);
            check_pair(one, other, bounds)?;
            let differences: Vec<f64> = one.iter().zip(other).map(|(a, b)| a - b).collect();
            let test = SignedMean::of(&differences);
            pairs.push(if test.point() < 0.0 { (i, j) } else { (j, i) });
            tests.push(test.p_value());
        }
    }
    let mut order: Vec<usize> = (0..designs.len()).collect();
    order.sort_by(|&a, &b| means[a].total_cmp(&means[b]));
    let mut decided: Vec<(usize, usize)> = pairs
        .into_iter()
        .zip(holm(&tests))
        .filter(|(_, p)| *p <= confidence.error())
        .map(|(pair, _)| pair)
        .collect();
    decided.sort_unstable();
    Ok(Ranking { order, decided })
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

    // Four candidates equal to the baseline in law: any verdict is false, and at most 5% of repeats may give one.
    // Over 1000 repeats a true 5% exceeds 7.5% with chance below 0.1%.
    #[test]
    fn many_comparisons_share_one_error() {
        let quiet = coverage(1000, |luck| {
            let mut of = || designs(luck, 60, 1.0, 0.0).0;
            let (baseline, others) = (of(), [of(), of(), of(), of()]);
            let others: Vec<&[f64]> = others.iter().map(Vec::as_slice).collect();
            let all = compare_all(&baseline, &others, Bounds::FRACTION, Confidence::P95).unwrap();
            Some(all.iter().all(|c| c.verdict() == Verdict::Undecided))
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
        let ranking = rank(&views, Bounds::FRACTION, Confidence::P95).unwrap();
        assert_eq!(ranking.best(), Some(2));
        assert!(!ranking.is_better(0, 1) && !ranking.is_better(1, 0));
        assert_eq!(ranking.order()[0], 2);
        assert_eq!(rank(&views[..1], Bounds::FRACTION, Confidence::P95).unwrap().best(), Some(0));
    }

    #[test]
    fn designs_are_compared_over_the_trials_of_both_and_no_third_takes_any_away() {
        let baseline: Vec<f64> = (0..400).map(|trial| f64::from(trial % 5) * 1e-4).collect();
        let half: Vec<f64> = baseline.iter().map(|down| down / 2.0).collect();
        let views: [&[f64]; 2] = [&half, &half[..50]];
        let all = compare_all(&baseline, &views, Bounds::FRACTION, Confidence::P95).unwrap();
        assert_eq!(all.iter().map(Comparison::trials).collect::<Vec<_>>(), [400, 50]);
        assert_eq!(
            all[0],
            compare_all(&baseline, &[&half, &half], Bounds::FRACTION, Confidence::P95).unwrap()[0]
        );
        assert!(rank(&[&baseline, &half[..50]], Bounds::FRACTION, Confidence::P95).unwrap().is_better(1, 0));
    }

    #[test]
    fn a_clean_baseline_has_no_ratio() {
        let comparison = fractions(&[0.0; 20], &[0.001; 20]);
        assert_eq!(comparison.ratio(), None);
        assert_eq!(comparison.verdict(), Verdict::Worse);
        assert_eq!(fractions(&[0.0; 20], &[0.0; 20]).verdict(), Verdict::Undecided);
    }

    #[test]
    fn holm_agrees_with_his_example() {
        // By hand: 0.01 * 4, max(.04, .03 * 2)...: sorted .005 .01 .03 .04 give .02 .03 .06 .06.
        let want = [0.03, 0.06, 0.06, 0.02];
        for (got, want) in holm(&[0.01, 0.04, 0.03, 0.005]).into_iter().zip(want) {
            assert!((got - want).abs() < 1e-15);
        }
        assert!(holm(&[]).is_empty());
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
            prop_assert_eq!(comparison.verdict() == Verdict::Undecided, interval.contains(0.0), "p {} {:?}", p, interval);
        }
    }
}
