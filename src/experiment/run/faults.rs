//! What the scripted faults did to the headline service: how often they took it down, and how long it took to recover.

use super::RunPlan;
use super::figures::figure;
use crate::estimate::{clustered, ratio_of};
use crate::experiment::{FaultResult, Recovery};
use crate::system::{OutageRecord, Strike, SystemModel};
use crate::units::{Instant, Span};

/// One scripted fault over all trials.
#[derive(Clone, Debug, Default)]
pub(super) struct FaultTally {
    strikes: u64,
    /// Strikes with an outage that the horizon cut off.
    unfinished: u64,
    /// Of each trial with a strike: the share of its strikes that took the service down.
    shares: Vec<f64>,
    /// How many of them did, and their seconds to recover, summed.
    counts: Vec<f64>,
    sums: Vec<f64>,
    /// The time to recover of each strike that took it down.
    recoveries: Vec<Span>,
}

/// From a strike to the service being up again, where the strike took it down: the downtime of the outage that was in
/// progress when it struck, or else of the first that began while it lasted.
fn recovery(outages: &[OutageRecord], strike: &Strike) -> Option<(Span, Instant)> {
    let until = |outage: &OutageRecord| outage.start + outage.length;
    let first = outages.partition_point(|outage| until(outage) <= strike.start);
    let outage = outages.get(first)?;
    // What takes no time may still begin an outage.
    let counts = outage.start < strike.end || outage.start == strike.start;
    counts.then(|| (until(outage) - outage.start.max(strike.start), until(outage)))
}

/// Adds a trial to the tallies of its faults.
pub(super) fn add(tallies: &mut [FaultTally], plan: &RunPlan, outages: &[OutageRecord], strikes: &[Strike]) {
    for (number, tally) in (0..).zip(tallies) {
        let (mut struck, mut count, mut sum) = (0u64, 0u64, 0.0);
        for strike in strikes.iter().filter(|strike| strike.fault == number) {
            struck += 1;
            if let Some((span, until)) = recovery(outages, strike) {
                count += 1;
                sum += span.as_secs_f64();
                tally.recoveries.push(span);
                tally.unfinished += u64::from(until >= plan.window.end);
            }
        }
        if struck > 0 {
            tally.strikes += struck;
            tally.shares.push(count as f64 / struck as f64);
            tally.counts.push(count as f64);
            tally.sums.push(sum);
        }
    }
}

/// The figures of each fault that struck at all.
pub(super) fn results(plan: &RunPlan, model: &SystemModel, tallies: &[FaultTally]) -> Vec<FaultResult> {
    let result = |((label, takes), tally): ((&str, &str), &FaultTally)| {
        Some(FaultResult {
            fault: label.to_owned(),
            takes: takes.to_owned(),
            strikes: tally.strikes,
            outages: tally.recoveries.len() as u64,
            takes_down: figure(&clustered(&tally.shares, plan.confidence).ok()?),
            recovery_s: recovery_of(plan, tally),
            unfinished: tally.unfinished,
        })
    };
    model.script().zip(tallies).filter_map(result).collect()
}

fn recovery_of(plan: &RunPlan, tally: &FaultTally) -> Option<Recovery> {
    let mean = ratio_of(&tally.sums, &tally.counts, plan.confidence).ok()?;
    let mut sorted = tally.recoveries.clone();
    sorted.sort_unstable();
    // The smallest with at least such a share at or below it, in percent.
    let at = |percent: usize| sorted[(sorted.len() * percent).div_ceil(100) - 1].as_secs_f64();
    Some(Recovery { mean: figure(&mean), median: at(50), p95: at(95), max: at(100) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outage(start: u64, length: u64) -> OutageRecord {
        let (start, length) = (Instant::START + Span::from_secs(start), Span::from_secs(length));
        OutageRecord { start, length, cause: None }
    }

    #[test]
    fn the_time_to_recover_is_of_the_outage_in_progress_or_the_first_to_begin() {
        let outages = [outage(10, 5), outage(30, 5), outage(36, 5)];
        let after = |start: u64, end: u64| {
            let at = |secs| Instant::START + Span::from_secs(secs);
            let strike = Strike { fault: 0, start: at(start), end: at(end) };
            recovery(&outages, &strike).map(|found| found.0.as_secs_f64())
        };
        assert_eq!(after(12, 13), Some(3.0));
        assert_eq!(after(10, 10), Some(5.0));
        assert_eq!(after(15, 30), None);
        assert_eq!(after(15, 40), Some(5.0));
        assert_eq!(after(0, 9), None);
        assert_eq!(after(50, 60), None);
    }
}
