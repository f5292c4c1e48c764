//! Designs against each other, trial by trial under common random numbers.

use rayon::prelude::*;

use super::{Outcome, RunPlan};
use crate::estimate::{Bounds, Comparison, Contest, Verdict};
use crate::experiment::{ComparisonResult, Figure};
use crate::units::Duration;

/// Every other design against the first, and the best against every other, as far as that is not the same.
pub(super) fn all(plan: &RunPlan, outcomes: &[Outcome], ranking: &[usize]) -> Vec<ComparisonResult> {
    let designs = 0..outcomes.len();
    let with_first = designs.clone().skip(1).map(|design| (0, design));
    let best = ranking.first().copied().filter(|&best| best != 0);
    let of_best = best.into_iter().flat_map(|best| {
        let others = designs.clone().skip(1).filter(move |&other| other != best);
        others.map(move |other| (other, best))
    });
    let pairs: Vec<(usize, usize)> = with_first.chain(of_best).collect();
    if outcomes.iter().all(|outcome| outcome.result.exact.is_some()) {
        return pairs.iter().map(|&(base, other)| exact(&outcomes[base], &outcomes[other])).collect();
    }
    let contest = contest(plan, outcomes);
    let compared = |&(base, other): &(usize, usize)| {
        let comparison = contest.compare(base, other).expect("every design has played a trial");
        simulated(&outcomes[base], &outcomes[other], &comparison)
    };
    pairs.par_iter().map(compared).collect()
}

fn contest<'a>(plan: &RunPlan, outcomes: &'a [Outcome]) -> Contest<'a> {
    let losses: Vec<&[f64]> = outcomes.iter().map(|outcome| &outcome.losses[..]).collect();
    Contest::new(&losses, Bounds::FRACTION, plan.confidence).expect("shares of time are between 0 and 1")
}

fn simulated(baseline: &Outcome, outcome: &Outcome, comparison: &Comparison) -> ComparisonResult {
    let difference = comparison.difference().affine(Duration::YEAR.secs(), 0.0);
    let figure = |estimate: &crate::estimate::Estimate| Figure {
        value: estimate.point(),
        lower: estimate.interval().lower(),
        upper: estimate.interval().upper(),
    };
    ComparisonResult {
        design: outcome.result.name.clone(),
        baseline: baseline.result.name.clone(),
        difference_s_per_year: figure(&difference),
        ratio: comparison.ratio().map(|ratio| figure(&ratio)),
        verdict: match comparison.verdict() {
            Verdict::Better => "better",
            Verdict::Worse => "worse",
            Verdict::Undecided => "undecided",
        }
        .to_owned(),
        trials: comparison.trials() as u64,
    }
}

/// Exact solutions are certain, so one that is smaller is better.
fn exact(baseline: &Outcome, outcome: &Outcome) -> ComparisonResult {
    let down = |outcome: &Outcome| outcome.result.service.unavailability.value;
    let certain = |value| Figure { value, lower: value, upper: value };
    ComparisonResult {
        design: outcome.result.name.clone(),
        baseline: baseline.result.name.clone(),
        difference_s_per_year: certain((down(outcome) - down(baseline)) * Duration::YEAR.secs()),
        ratio: (down(baseline) > 0.0).then(|| certain(down(outcome) / down(baseline))),
        verdict: match down(outcome).total_cmp(&down(baseline)) {
            std::cmp::Ordering::Less => "better",
            std::cmp::Ordering::Greater => "worse",
            std::cmp::Ordering::Equal => "undecided",
        }
        .to_owned(),
        trials: 0,
    }
}

/// The designs, best first, and those that may be the best.
pub(super) fn ranking(plan: &RunPlan, outcomes: &[Outcome]) -> (Vec<usize>, Vec<usize>) {
    let down = |index: usize| outcomes[index].result.service.unavailability;
    let simulated = outcomes.iter().all(|outcome| !outcome.losses.is_empty());
    let all_exact = outcomes.iter().all(|outcome| outcome.result.exact.is_some());
    if all_exact || !simulated {
        let mut order: Vec<usize> = (0..outcomes.len()).collect();
        order.sort_by(|&a, &b| down(a).value.total_cmp(&down(b).value));
        let least = order.first().map(|&best| down(best).value);
        let contenders = order.iter().copied().filter(|&index| Some(down(index).value) == least).collect();
        return (order, contenders);
    }
    let ranking = contest(plan, outcomes).rank().expect("every design has played a trial");
    (ranking.order().to_vec(), ranking.contenders())
}
