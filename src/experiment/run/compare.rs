//! Designs against each other, trial by trial under common random numbers.

use super::{Outcome, RunPlan};
use crate::estimate::{Bounds, Comparison, Verdict, compare_all, rank};
use crate::experiment::{ComparisonResult, Figure};
use crate::units::Duration;

/// Every other design against the first.
pub(super) fn all(plan: &RunPlan, outcomes: &[Outcome]) -> Vec<ComparisonResult> {
    let Some((baseline, others)) = outcomes.split_first() else { return Vec::new() };
    if others.is_empty() {
        return Vec::new();
    }
    if outcomes.iter().all(|outcome| outcome.result.exact.is_some()) {
        return exact(baseline, others);
    }
    let candidates: Vec<&[f64]> = others.iter().map(|outcome| &outcome.losses[..]).collect();
    let comparisons = compare_all(&baseline.losses, &candidates, Bounds::FRACTION, plan.confidence)
        .expect("shares of time are between 0 and 1");
    let result = |(outcome, comparison): (&Outcome, &Comparison)| simulated(baseline, outcome, comparison);
    others.iter().zip(&comparisons).map(result).collect()
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
fn exact(baseline: &Outcome, others: &[Outcome]) -> Vec<ComparisonResult> {
    let down = |outcome: &Outcome| outcome.result.service.unavailability.value;
    let certain = |value| Figure { value, lower: value, upper: value };
    let result = |outcome: &Outcome| ComparisonResult {
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
    };
    others.iter().map(result).collect()
}

/// The designs' names, best first, and those that may be the best.
pub(super) fn ranking(plan: &RunPlan, outcomes: &[Outcome]) -> (Vec<String>, Vec<String>) {
    let name = |index: usize| outcomes[index].result.name.clone();
    let down = |index: usize| outcomes[index].result.service.unavailability;
    let simulated = outcomes.iter().all(|outcome| !outcome.losses.is_empty());
    let all_exact = outcomes.iter().all(|outcome| outcome.result.exact.is_some());
    if all_exact || !simulated {
        let mut order: Vec<usize> = (0..outcomes.len()).collect();
        order.sort_by(|&a, &b| down(a).value.total_cmp(&down(b).value));
        let least = order.first().map(|&best| down(best).value);
        let contenders = order.iter().filter(|&&index| Some(down(index).value) == least);
        return (
            order.iter().map(|&index| name(index)).collect(),
            contenders.map(|&index| name(index)).collect(),
        );
    }
    let losses: Vec<&[f64]> = outcomes.iter().map(|outcome| &outcome.losses[..]).collect();
    let ranking = rank(&losses, Bounds::FRACTION, plan.confidence).expect("losses were compared before");
    let order = ranking.order().iter().map(|&index| name(index)).collect();
    (order, ranking.contenders().into_iter().map(name).collect())
}
