//! Designs against each other, trial by trial under common random numbers.

use rayon::prelude::*;

use super::figures::{certain, figure};
use super::measures::Measure;
use super::{Outcome, RunPlan};
use crate::estimate::{Bounds, Contest, Verdict};
use crate::experiment::{ComparisonResult, DesignResult, MeasureDifference};
use crate::units::Duration;

/// Of more designs than this only some pairs are compared.
const ALL_PAIRS: usize = 16;

/// Every design against every other; where they are many, against the first and the best.
pub(super) fn all(plan: &RunPlan, outcomes: &[Outcome], ranking: &[usize]) -> Vec<ComparisonResult> {
    let best = ranking.first().copied().unwrap_or(0);
    let many = outcomes.len() > ALL_PAIRS;
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for design in 1..outcomes.len() {
        pairs.push((0, design));
    }
    // The best is what is asked about, so it is not the one that others are held against.
    let of_best = (1..outcomes.len()).filter(|&other| best != 0 && other != best);
    pairs.extend(of_best.map(|other| (other, best)));
    for base in (1..outcomes.len()).filter(|&base| !many && base != best) {
        pairs.extend((base + 1..outcomes.len()).filter(|&other| other != best).map(|other| (base, other)));
    }
    let measures = Measure::ALL.into_iter().filter(|&measure| tells_apart(measure, outcomes));
    if outcomes.iter().all(|outcome| outcome.result.exact.is_some()) {
        let measures: Vec<Measure> = measures.collect();
        let exact = |&(base, other): &(usize, usize)| exact(&measures, &outcomes[base], &outcomes[other]);
        return pairs.iter().map(exact).collect();
    }
    let measured = measures.filter_map(|measure| Some((measure, measured(plan, outcomes, measure)?)));
    let contests = Contests { downtime: contest(plan, outcomes), others: measured.collect() };
    let compared = |&(base, other): &(usize, usize)| contests.compare(outcomes, base, other);
    pairs.par_iter().map(compared).collect()
}

/// Everything in which designs are compared.
struct Contests<'a> {
    downtime: Contest<'a>,
    others: Vec<(Measure, Contest<'a>)>,
}

/// What is not served is downtime by another name where no design serves in part, and what is lost is losses by another
/// name where no design loses in part.
fn tells_apart(measure: Measure, outcomes: &[Outcome]) -> bool {
    let in_part = |outcome: &Outcome| match measure {
        Measure::Unserved => outcome.result.service.unserved.is_some(),
        Measure::LostBytes => outcome.loses_in_part,
        _ => true,
    };
    outcomes.iter().any(in_part)
}

fn contest<'a>(plan: &RunPlan, outcomes: &'a [Outcome]) -> Contest<'a> {
    let losses: Vec<&[f64]> = outcomes.iter().map(|outcome| &outcome.losses[..]).collect();
    Contest::new(&losses, Bounds::FRACTION, plan.confidence).expect("shares of time are between 0 and 1")
}

/// A contest in something that every design has a value of in every trial.
fn measured<'a>(plan: &RunPlan, outcomes: &'a [Outcome], measure: Measure) -> Option<Contest<'a>> {
    let samples: Vec<&[f64]> = outcomes.iter().map(|outcome| outcome.measured.of(measure)).collect();
    Contest::new(&samples, measure.bounds(), plan.confidence).ok()
}

impl Contests<'_> {
    fn compare(&self, outcomes: &[Outcome], base: usize, other: usize) -> ComparisonResult {
        let comparison = self.downtime.compare(base, other).expect("every design has played a trial");
        let measures = self.others.iter().filter_map(|(measure, contest)| {
            let comparison = contest.compare(base, other).ok()?;
            Some(MeasureDifference {
                measure: measure.name().to_owned(),
                difference: figure(&comparison.difference()),
                verdict: verdict(comparison.verdict()).to_owned(),
            })
        });
        let difference = comparison.difference().affine(Duration::YEAR.secs(), 0.0);
        ComparisonResult {
            design: outcomes[other].result.name.clone(),
            baseline: outcomes[base].result.name.clone(),
            difference_s_per_year: figure(&difference),
            ratio: comparison.ratio().map(|ratio| figure(&ratio)),
            verdict: verdict(comparison.verdict()).to_owned(),
            trials: comparison.trials() as u64,
            measures: measures.collect(),
        }
    }
}

const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::Undecided => "undecided",
    }
}

/// Exact solutions are certain, so what is less is better.
fn exact(measures: &[Measure], baseline: &Outcome, outcome: &Outcome) -> ComparisonResult {
    let (base, other) = (&baseline.result, &outcome.result);
    let down = |design: &DesignResult| design.service.unavailability.value;
    let certain_verdict = |difference: f64| match difference.total_cmp(&0.0) {
        _ if difference == 0.0 => Verdict::Undecided,
        std::cmp::Ordering::Less => Verdict::Better,
        _ => Verdict::Worse,
    };
    let measure = |&measure: &Measure| {
        let difference = measure.exactly(other)? - measure.exactly(base)?;
        let verdict = verdict(certain_verdict(difference)).to_owned();
        Some(MeasureDifference {
            measure: measure.name().to_owned(),
            difference: certain(difference),
            verdict,
        })
    };
    let difference = down(other) - down(base);
    ComparisonResult {
        design: other.name.clone(),
        baseline: base.name.clone(),
        difference_s_per_year: certain(difference * Duration::YEAR.secs()),
        ratio: (down(base) > 0.0).then(|| certain(down(other) / down(base))),
        verdict: verdict(certain_verdict(difference)).to_owned(),
        trials: 0,
        measures: measures.iter().filter_map(measure).collect(),
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
