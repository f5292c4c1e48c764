//! When enough trials have been played.

use serde::Serialize;
use thiserror::Error;

use super::{Confidence, Estimate, Quality};

/// A precision to reach and a budget to reach it in.
///
/// Whether to stop is asked at checkpoints fixed beforehand, after whole batches: so the number of trials, and
/// with it every result, depends on nothing but the trials.
///
/// ```
/// use fivenines::estimate::{Bounds, Confidence, Stop, Stopping, mean_of};
///
/// let stopping = Stopping::new(0.05, Confidence::P95, 100, 1_000)?;
/// let mut checkpoints = stopping.checkpoints();
/// assert_eq!(checkpoints.by_ref().take(3).collect::<Vec<_>>(), [100, 150, 225]);
/// assert_eq!(checkpoints.last(), Some(1_000));
///
/// // No outage in all the trials of the budget: the precision was not reached, and the answer says so.
/// let clean = mean_of(&[0.0; 1_000], Bounds::FRACTION, Confidence::P95).unwrap();
/// assert_eq!(stopping.decide(&clean, None), Stop::BudgetSpent);
/// # Ok::<(), fivenines::estimate::StoppingError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Stopping {
    relative: f64,
    confidence: Confidence,
    at_least: u64,
    at_most: u64,
}

/// Why a stopping rule makes no sense.
///
/// ```
/// use fivenines::estimate::{Confidence, Stopping};
///
/// let error = Stopping::new(0.05, Confidence::P95, 100, 10).unwrap_err();
/// assert_eq!(error.to_string(), "at most 10 trials are fewer than the at least 100 asked for");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum StoppingError {
    /// The relative precision is not strictly between 0 and 1.
    #[error("a relative precision lies strictly between 0 and 1, as in 0.05 for 5%, got {0}")]
    Relative(f64),
    /// No trial at all is asked for.
    #[error("at least one trial is needed")]
    NoTrial,
    /// The budget ends before the first checkpoint.
    #[error("at most {at_most} trials are fewer than the at least {at_least} asked for")]
    Budget {
        /// The fewest trials.
        at_least: u64,
        /// The most trials.
        at_most: u64,
    },
}

/// What to do at a checkpoint.
///
/// ```
/// use fivenines::estimate::Stop;
///
/// assert_eq!(Stop::BudgetSpent.to_string(), "budget spent before the precision was reached");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Stop {
    /// Play on to the next checkpoint.
    Continue,
    /// The precision asked for is reached.
    Precise,
    /// It is not, and the last trial has been played.
    BudgetSpent,
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Stop::Continue => "not yet precise",
            Stop::Precise => "precise",
            Stop::BudgetSpent => "budget spent before the precision was reached",
        })
    }
}

impl Stopping {
    /// Stops when the interval's longer arm is at most `relative` of the truth, after `at_least` trials and
    /// before more than `at_most`.
    ///
    /// # Errors
    /// When `relative` is not strictly between 0 and 1, or the trials are none or cross.
    pub fn new(
        relative: f64,
        confidence: Confidence,
        at_least: u64,
        at_most: u64,
    ) -> Result<Stopping, StoppingError> {
        if !(relative > 0.0 && relative < 1.0) {
            return Err(StoppingError::Relative(relative));
        }
        if at_least == 0 {
            return Err(StoppingError::NoTrial);
        }
        if at_most < at_least {
            return Err(StoppingError::Budget { at_least, at_most });
        }
        Ok(Stopping { relative, confidence, at_least, at_most })
    }

    /// The relative precision asked for.
    pub fn relative(&self) -> f64 {
        self.relative
    }

    /// The confidence at which estimates for [`Stopping::decide`] are to be made.
    pub fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// The first checkpoint.
    pub fn at_least(&self) -> u64 {
        self.at_least
    }

    /// The last checkpoint.
    pub fn at_most(&self) -> u64 {
        self.at_most
    }

    /// Numbers of trials at which to ask: from `at_least` by half as much again to `at_most`.
    ///
    /// Every look is a chance to stop because the sample is lucky. With geometric growth there are few looks, at
    /// the price of playing at most half again as many trials as were needed.
    pub fn checkpoints(&self) -> impl Iterator<Item = u64> + use<> {
        let last = self.at_most;
        let grow = move |&n: &u64| (n < last).then(|| n.saturating_add(n.div_ceil(2)).min(last));
        std::iter::successors(Some(self.at_least), grow)
    }

    /// About how many trials it will take in all, judged by the estimate over those so far: an interval's arm shrinks with
    /// the square root of their number. A guess for whoever waits; no result depends on it.
    pub fn expected(&self, now: &Estimate) -> u64 {
        let goal = self.relative / (1.0 + self.relative);
        let times = (now.relative_error() / goal) * (now.relative_error() / goal);
        let needed = now.trials() as f64 * times;
        // Nothing seen makes an infinite arm, and then the budget is what is left.
        if needed < self.at_most as f64 { (needed as u64).max(now.trials()) } else { self.at_most }
    }

    /// Whether to stop at a checkpoint with the estimate `now` over all trials so far, given the one at the
    /// checkpoint `before`.
    ///
    /// Precise means all of:
    /// - the longer arm is at most `g / (1 + g)` of the point, `g` the relative precision asked for, so that it is
    ///   at most `g` of the truth (Law 2015, section 9.4.1);
    /// - enough was seen: at least [`Quality::ENOUGH`] trials with an event, not dominated by a few;
    /// - it is consistent: the point lies in the interval of the checkpoint before. A sample in which the first
    ///   long outage has just arrived is thereby looked at again.
    ///
    /// # Panics
    /// When the estimate is at another confidence than the rule: a bug of the caller.
    pub fn decide(&self, now: &Estimate, before: Option<&Estimate>) -> Stop {
        assert!(now.confidence() == self.confidence, "the rule and its estimates are at one confidence");
        let narrow = now.relative_error() <= self.relative / (1.0 + self.relative);
        let consistent = before.is_none_or(|before| before.interval().contains(now.point()));
        if now.trials() >= self.at_least && narrow && consistent && now.quality() == Quality::Fine {
            Stop::Precise
        } else if now.trials() >= self.at_most {
            Stop::BudgetSpent
        } else {
            Stop::Continue
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Lengths, coverage};
    use super::super::{Bounds, Interval, Method, mean_of};
    use super::*;
    use proptest::prelude::*;

    fn estimate(lower: f64, point: f64, upper: f64, trials: u64, quality: Quality) -> Estimate {
        let interval = Interval::new(lower, upper, Confidence::P95);
        Estimate::new(point, interval, Method::SkewnessCorrected, trials, quality)
    }

    fn rule() -> Stopping {
        Stopping::new(0.1, Confidence::P95, 100, 1000).unwrap()
    }

    #[test]
    fn half_the_arm_takes_four_times_the_trials() {
        let goal = 0.1 / 1.1;
        let now = |arm: f64, trials| estimate(1.0 - arm, 1.0, 1.0 + arm, trials, Quality::Fine);
        assert!((799..=800).contains(&rule().expected(&now(2.0 * goal, 200))));
        assert_eq!(rule().expected(&now(4.0 * goal, 200)), 1000);
        assert_eq!(rule().expected(&now(0.5 * goal, 200)), 200);
    }

    #[test]
    fn precision_is_relative_to_the_truth() {
        // An arm of 9.5% of the point is more than 0.1 / 1.1.
        assert_eq!(rule().decide(&estimate(0.905, 1.0, 1.05, 500, Quality::Fine), None), Stop::Continue);
        assert_eq!(rule().decide(&estimate(0.92, 1.0, 1.09, 500, Quality::Fine), None), Stop::Precise);
    }

    #[test]
    fn few_events_are_never_precise() {
        let few = estimate(0.99, 1.0, 1.01, 500, Quality::FewEvents(29));
        assert_eq!(rule().decide(&few, None), Stop::Continue);
        assert_eq!(
            rule().decide(&estimate(0.99, 1.0, 1.01, 1000, Quality::FewEvents(29)), None),
            Stop::BudgetSpent
        );
    }

    #[test]
    fn a_jump_since_the_last_checkpoint_is_looked_at_again() {
        let (before, now) =
            (estimate(0.7, 0.75, 0.8, 300, Quality::Fine), estimate(0.95, 1.0, 1.05, 450, Quality::Fine));
        assert_eq!(rule().decide(&now, Some(&before)), Stop::Continue);
        assert_eq!(rule().decide(&now, Some(&now)), Stop::Precise);
    }

    #[test]
    fn nonsense_is_refused() {
        assert_eq!(Stopping::new(5.0, Confidence::P95, 1, 2), Err(StoppingError::Relative(5.0)));
        assert_eq!(Stopping::new(0.1, Confidence::P95, 0, 2), Err(StoppingError::NoTrial));
    }

    /// Coverage of the interval at which the rule stopped, and the mean number of trials it took.
    fn stopped(relative: f64, outages: f64, lengths: Lengths, repeats: u64) -> (f64, f64) {
        let rule = Stopping::new(relative, Confidence::P95, 50, 20_000).unwrap();
        let mut played = 0;
        let held = coverage(repeats, |luck| {
            let (mut samples, mut before) = (Vec::new(), None);
            for checkpoint in rule.checkpoints() {
                while (samples.len() as u64) < checkpoint {
                    samples
                        .push((0..luck.poisson(outages)).map(|_| 1e-4 * luck.length(lengths)).sum::<f64>());
                }
                let now = mean_of(&samples, Bounds::FRACTION, Confidence::P95).unwrap();
                if rule.decide(&now, before.as_ref()) != Stop::Continue {
                    before = Some(now);
                    break;
                }
                before = Some(now);
            }
            played += samples.len();
            Some(before.unwrap().interval().contains(1e-4 * outages))
        });
        (held, played as f64 / repeats as f64)
    }

    // The same margin as for the fixed sample: 95% fails "at least 93%" over 1000 repeats with chance 0.2%.
    #[test]
    fn the_interval_at_the_stop_covers_as_stated() {
        for (relative, lengths) in [
            (0.3, Lengths::Exponential),
            (0.3, Lengths::Lognormal(1.0)),
            (0.15, Lengths::Exponential),
            (0.15, Lengths::Lognormal(1.0)),
        ] {
            let (held, played) = stopped(relative, 0.5, lengths, 1000);
            assert!((0.93..=0.985).contains(&held), "{relative} {lengths:?}: {held} after {played}");
        }
    }

    proptest! {
        #[test]
        fn checkpoints_rise_from_the_least_to_the_most(least in 1_u64..5000, extra in 0_u64..100_000) {
            let rule = Stopping::new(0.05, Confidence::P95, least, least + extra).unwrap();
            let all: Vec<u64> = rule.checkpoints().collect();
            prop_assert_eq!((all[0], all[all.len() - 1]), (least, least + extra));
            prop_assert!(all.windows(2).all(|pair| pair[0] < pair[1] && pair[1] <= pair[0] + pair[0].div_ceil(2)));
        }
    }
}
