//! Tries a design's exact solution.

use super::{RunPlan, Watcher};
use crate::experiment::{Design, ExactResult, Method};
use crate::solve::chain::{Budget, Steady};
use crate::solve::{Limits, Markov, NotExact};
use crate::system::SystemModel;
use crate::units::Duration;

/// What came of trying.
pub(super) enum Attempt {
    NotAsked,
    /// There is none, and why.
    Failed(String),
    Solved(Box<Solved>),
}

/// An exact solution.
pub(super) struct Solved {
    /// For the headline service.
    pub result: ExactResult,
    /// For every service.
    pub services: Vec<SolvedService>,
}

/// What the chain says of one service.
#[derive(Clone, Copy)]
pub(super) struct SolvedService {
    /// Over the horizon after the warm-up, or in the long run where that would take too long.
    pub unavailability: f64,
    pub steady_unavailability: f64,
    /// Down for maintenance alone that does not count, as a share of the same time; nothing where all counts.
    pub planned: Option<f64>,
    /// In the long run.
    pub outages_per_year: f64,
}

impl RunPlan<'_> {
    pub(super) fn solve_exactly(
        &self,
        model: &SystemModel,
        headline: usize,
        limits: Limits,
        design: &Design,
        watcher: &dyn Watcher,
    ) -> Attempt {
        if model.script().len() > 0 {
            let reason = "scripted faults strike at times of the trial, which a Markov chain does not know";
            return Attempt::Failed(reason.to_owned());
        }
        if let Some((trace, kind)) = model.played() {
            return Attempt::Failed(format!(
                "`{kind}` plays the trace `{trace}`, and what a log says is no law with exponential stages"
            ));
        }
        if let Some(service) = model.loaded_by_time() {
            return Attempt::Failed(format!(
                "the load of `{service}` goes by the time of the week or grows, which a Markov chain does not know"
            ));
        }
        watcher.exploring(&design.name);
        // Somebody who asked for the exact value waits for it; somebody who did not gets the trials meanwhile.
        let patience = if self.experiment.method == Method::Exact { 1e11 } else { 1e9 };
        match self.solve(model, headline, limits, Budget { operations: patience }) {
            Ok(solved) => Attempt::Solved(Box::new(solved)),
            Err(reason) => Attempt::Failed(reason.to_string()),
        }
    }

    fn solve(
        &self,
        model: &SystemModel,
        headline: usize,
        limits: Limits,
        budget: Budget,
    ) -> Result<Solved, NotExact> {
        let markov = Markov::explore(model.clone(), limits)?;
        let steady = markov.steady()?;
        let services =
            (0..model.services().len()).map(|service| self.service(&markov, &steady, service, budget));
        let mut services: Vec<(SolvedService, Option<f64>)> = services.collect();
        if model.excludes() {
            // What does not count is measured behind the services, in their order.
            let count = services.len();
            for (number, (service, _)) in services.iter_mut().enumerate() {
                let (planned, _) = self.service(&markov, &steady, count + number, budget);
                service.planned = Some(planned.unavailability);
            }
        }
        let (head, over_horizon) = services[headline];
        let mttf = markov.mean_time_to_down(headline)?;
        let horizon = self.window.end.since_start().as_secs_f64();
        let outage_chance = markov.transient(budget).probability_by(&markov.down(headline), horizon).ok();
        let result = ExactResult {
            unavailability: over_horizon,
            steady_unavailability: head.steady_unavailability,
            mttf_s: mttf.is_finite().then_some(mttf),
            outage_chance,
            outages_per_year: head.outages_per_year,
            states: markov.chain().states() as u64,
            transitions: markov.chain().transitions() as u64,
            method: steady.method.to_string(),
            residual: steady.residual,
            agrees: None,
        };
        Ok(Solved { result, services: services.into_iter().map(|service| service.0).collect() })
    }

    fn service(
        &self,
        markov: &Markov,
        steady: &Steady,
        service: usize,
        budget: Budget,
    ) -> (SolvedService, Option<f64>) {
        let (from, to) =
            (self.window.start.since_start().as_secs_f64(), self.window.end.since_start().as_secs_f64());
        let down = markov.transient(budget).time_in(&markov.down(service), from, to);
        let over_horizon = down.ok().map(|down| down / (to - from));
        let steady_unavailability = markov.unavailability(steady, service);
        let solved = SolvedService {
            unavailability: over_horizon.unwrap_or(steady_unavailability),
            steady_unavailability,
            planned: None,
            outages_per_year: markov.outage_rate(steady, service) * Duration::YEAR.secs(),
        };
        (solved, over_horizon)
    }
}
