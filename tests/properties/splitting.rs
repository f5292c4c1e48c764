//! Splitting agrees with the chain, whatever it splits by.

use fivenines::engine::{Model, Watch};
use fivenines::estimate::{Bounds, Confidence, mean_of};
use fivenines::solve::Splitting;
use fivenines::solve::chain::Budget;
use fivenines::system::SystemModel;
use fivenines::units::{Duration, Instant};

use super::held::{compiled, explored, holds};
use super::sketch::sketch;

/// How much of what a model shows is not as it should be: no good guide for all services at once, and right all the same.
fn amiss(model: &SystemModel) -> f64 {
    let mut watch = Watch::default();
    model.observe(&mut watch);
    watch.levels().iter().map(|level| (1.0 - level).abs().min(1.0)).sum()
}

/// What splitting says of a small system agrees with its chain, for each service: the mean share of downtime in the first 500
/// hours, and the chance of an outage by then.
///
/// Thirty systems of at most three services make 180 statements, each held to the interval at one in a million: by chance
/// alone one of them fails once in five thousand seeds, and the seeds are fixed.
#[test]
fn splitting_agrees_with_the_chain_whatever_it_splits_by() {
    const TRIALS: u64 = 100;
    let end = Instant::START + Duration::hours(500.0).span();
    let confidence = Confidence::new(1.0 - 1e-6).unwrap();
    holds(30, sketch(), |sketch| {
        let system = sketch.system();
        let Some(exact) = explored(&system) else { return false };
        let model = compiled(&system);
        let services = model.services().len();
        // Powers of two add up without rounding.
        let splitting = Splitting::new(model, 7, amiss).at(&[(0.5, 2), (1.0, 4), (2.5, 2)]);
        let trials: Vec<_> = (0..TRIALS).map(|trial| splitting.play(trial, end).unwrap()).collect();
        let transient = exact.transient(Budget::default());
        for service in 0..services {
            let down = exact.down(service);
            let within = |values: Vec<f64>, value: f64| {
                // Where nothing is weighed above one, what is nearly sure is bounded from above as well.
                let most = values.iter().copied().fold(1.0, f64::max);
                let bounds = if most > 1.0 { Bounds::NON_NEGATIVE } else { Bounds::FRACTION };
                let estimate = mean_of(&values, bounds, confidence).unwrap();
                // Rounding may leave it a hair above.
                let value = value.min(1.0);
                assert!(estimate.interval().contains(value), "service {service}: {value} not in {estimate}");
            };
            let share = transient.time_in(&down, 0.0, 500.0 * 3600.0).unwrap() / (500.0 * 3600.0);
            within(trials.iter().map(|trial| trial.down[service]).collect(), share);
            let chance = transient.probability_by(&down, 500.0 * 3600.0).unwrap();
            within(trials.iter().map(|trial| trial.reached[service]).collect(), chance);
        }
        true
    });
}
