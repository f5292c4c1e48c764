//! The designs of an experiment on a protocol against each other, in the client time that each loses, under the same luck.

use super::Study;
use super::results::ProtocolComparison;
use super::stage::Seen;
use crate::estimate::{Bounds, Contest};
use crate::experiment::run::figures::figure;

/// What each design lost in each trial: the share of all clients' time that was not up.
pub(super) struct Losses<'a> {
    pub name: &'a str,
    pub shares: Vec<f64>,
}

impl<'a> Losses<'a> {
    /// Of these trials, in their order.
    pub fn new(name: &'a str, trials: &[Seen]) -> Losses<'a> {
        let share = |trial: &Seen| {
            let sums = trial.groups.iter().fold((0.0, 0.0), |sum, it| (sum.0 + it.up, sum.1 + it.watched));
            if sums.1 > 0.0 { (1.0 - sums.0 / sums.1).clamp(0.0, 1.0) } else { 0.0 }
        };
        Losses { name, shares: trials.iter().map(share).collect() }
    }
}

/// Every design against every earlier one, and the designs that may be the best, the one that loses least first.
pub(super) fn compared(study: &Study, losses: &[Losses<'_>]) -> (Vec<ProtocolComparison>, Vec<String>) {
    let samples: Vec<&[f64]> = losses.iter().map(|it| &it.shares[..]).collect();
    let contest = match samples.len() {
        0 | 1 => return (Vec::new(), Vec::new()),
        _ => Contest::new(&samples, Bounds::FRACTION, study.confidence),
    };
    let Ok(contest) = contest else { return (Vec::new(), Vec::new()) };
    let pairs = (0..losses.len()).flat_map(|base| (base + 1..losses.len()).map(move |other| (base, other)));
    let comparison = |(base, other): (usize, usize)| {
        let comparison = contest.compare(base, other).ok()?;
        Some(ProtocolComparison {
            design: losses[other].name.to_owned(),
            baseline: losses[base].name.to_owned(),
            difference: figure(&comparison.difference()),
            ratio: comparison.ratio().map(|ratio| figure(&ratio)),
            verdict: comparison.verdict().to_string(),
        })
    };
    let ranking = contest.rank().ok();
    let contenders = ranking.map_or_else(Vec::new, |ranking| {
        let may_be = ranking.contenders();
        let order = ranking.order().iter().filter(|design| may_be.contains(design));
        order.map(|&design| losses[design].name.to_owned()).collect()
    });
    (pairs.filter_map(comparison).collect(), contenders)
}
