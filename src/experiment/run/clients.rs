//! Clients together: each counts by its weight.

use super::RunPlan;
use super::exact::Solved;
use super::figures::{certain, figure, in_nines, scaled};
use super::tally::Tally;
use crate::estimate::{Bounds, mean_of, nines};
use crate::experiment::{ClientShare, ClientsResult, Figure};
use crate::system::SystemModel;
use crate::units::Duration;

/// The figures of all clients of a design together, where it has any: from the exact solution where there is one, else
/// trial by trial, so that clients who fail together count as such.
pub(super) fn together(
    plan: &RunPlan,
    model: &SystemModel,
    solved: Option<&Solved>,
    tallies: &[Tally],
) -> Option<ClientsResult> {
    let clients: Vec<(usize, f64)> = model.clients().collect();
    let total = clients.iter().fold(0.0, |total, (_, weight)| total + weight);
    if clients.is_empty() {
        return None;
    }
    let weighted = |down: &dyn Fn(usize) -> f64| {
        clients.iter().fold(0.0, |sum, &(service, weight)| sum + weight / total * down(service))
    };
    let (unavailability, nines) = match solved {
        Some(solved) => {
            let down = weighted(&|service| solved.services[service].unavailability);
            (certain(down), certain(nines(down)))
        }
        None => {
            let trials = tallies.first().map_or(0, |tally| tally.shares.len());
            let losses: Vec<f64> =
                (0..trials).map(|trial| weighted(&|service| tallies[service].shares[trial])).collect();
            // Rounding may leave a trial that is down all along a hair above all of its time.
            let losses: Vec<f64> = losses.into_iter().map(|loss| loss.min(1.0)).collect();
            let mean = mean_of(&losses, Bounds::FRACTION, plan.confidence).ok()?;
            (figure(&mean), in_nines(figure(&mean)))
        }
    };
    let name = |service: usize| model.services().nth(service).unwrap_or_default().to_owned();
    let share =
        |&(service, weight): &(usize, f64)| ClientShare { client: name(service), share: weight / total };
    let up = |down: f64| 1.0 - down;
    Some(ClientsResult {
        availability: Figure {
            value: up(unavailability.value),
            lower: up(unavailability.upper),
            upper: up(unavailability.lower),
        },
        unavailability,
        nines,
        downtime_s_per_year: scaled(unavailability, Duration::YEAR.secs()),
        shares: clients.iter().map(share).collect(),
    })
}
