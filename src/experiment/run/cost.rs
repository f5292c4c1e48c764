//! What a design costs a year: its running costs, and what its outages cost on top.

use super::RunPlan;
use super::exact::Solved;
use super::figures::{certain, figure};
use super::tally::Tally;
use crate::estimate::{Bounds, mean_of};
use crate::experiment::{CostResult, Design, Figure};
use crate::system::{Running, SystemModel};
use crate::units::{CostRate, Duration};

/// What a design costs, and the same trial by trial where something was simulated.
pub(super) struct Bill {
    pub result: CostResult,
    /// Costs a year in each trial; empty where nothing was simulated.
    pub trials: Vec<f64>,
}

/// Amount a year.
fn yearly(cost: CostRate) -> f64 {
    (cost * Duration::YEAR).amount()
}

/// Nothing where the design has no prices.
pub(super) fn bill(
    plan: &RunPlan,
    design: &Design,
    model: &SystemModel,
    solved: Option<&Solved>,
    tallies: &[Tally],
) -> Option<Bill> {
    let running = model.running_costs(&design.system)?;
    let costs = &design.system.costs;
    // What a whole year of downtime of each service would lose.
    let lost: Vec<f64> =
        model.services().map(|name| costs.lost.get(name).map_or(0.0, |rate| yearly(*rate))).collect();
    let trials = tallies.first().map_or(0, |tally| tally.shares.len());
    let saved = saved(design, model, tallies);
    let lost_in = |trial: usize| {
        lost.iter().zip(tallies).fold(0.0, |sum, (rate, tally)| sum + rate * tally.shares[trial])
    };
    let agreed = tallies.iter().filter(|tally| tally.has_agreement());
    let agreed: Vec<&Tally> = agreed.collect();
    // Without a whole month in a trial, nobody knows what a month gives back.
    let months = agreed.iter().all(|tally| tally.credits.len() == trials);
    let credits_known = costs.agreements.is_empty() || (months && trials > 0);
    let credits_in = |trial: usize| agreed.iter().fold(0.0, |sum, tally| sum + tally.credits[trial]);
    let mean = |values: &[f64]| -> Option<Figure> {
        Some(figure(&mean_of(values, Bounds::NON_NEGATIVE, plan.confidence).ok()?))
    };
    let base = base(&running);
    let all = |of: &dyn Fn(usize) -> f64| -> Vec<f64> { (0..trials).map(of).collect() };
    let lost_revenue = match solved {
        Some(solved) => {
            let parts = lost.iter().zip(&solved.services);
            certain(parts.fold(0.0, |sum, (rate, service)| sum + rate * service.unavailability))
        }
        None if costs.lost.is_empty() => certain(0.0),
        None => mean(&all(&lost_in))?,
    };
    let credits = match costs.agreements.is_empty() {
        true => Some(certain(0.0)),
        false if credits_known => mean(&all(&credits_in)),
        false => None,
    };
    let (total, by_trial) = match credits {
        None => (None, Vec::new()),
        Some(credits) => {
            let by_trial = all(&|trial| {
                base - saved[trial] + lost_in(trial) + if agreed.is_empty() { 0.0 } else { credits_in(trial) }
            });
            let total = match solved {
                Some(_) => Some(shifted(credits, base + lost_revenue.value)),
                None => mean(&by_trial),
            };
            (total, by_trial)
        }
    };
    let result = CostResult {
        currency: running.operations.hourly().currency().to_string(),
        infrastructure: yearly(running.infrastructure) - saved.iter().sum::<f64>() / trials.max(1) as f64,
        traffic: yearly(running.traffic),
        operations: yearly(running.operations),
        lost_revenue,
        credits,
        total,
    };
    Some(Bill { result, trials: by_trial })
}

/// What replicas that are off do not cost a year, in each trial.
fn saved(design: &Design, model: &SystemModel, tallies: &[Tally]) -> Vec<f64> {
    let price = |name: &str| design.system.replica_cost(name).map_or(0.0, yearly);
    let prices: Vec<f64> = model.services().map(price).collect();
    let trials = tallies.first().map_or(0, |tally| tally.off.len());
    let in_trial =
        |trial: usize| prices.iter().zip(tallies).fold(0.0, |sum, (price, it)| sum + price * it.off[trial]);
    (0..trials).map(in_trial).collect()
}

/// What comes whatever happens.
fn base(running: &Running) -> f64 {
    yearly(running.infrastructure) + yearly(running.traffic) + yearly(running.operations)
}

fn shifted(figure: Figure, by: f64) -> Figure {
    Figure { value: figure.value + by, lower: figure.lower + by, upper: figure.upper + by }
}
