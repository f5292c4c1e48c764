//! Tries a design's exact solution.

use super::{RunPlan, Watcher};
use crate::experiment::{Design, ExactResult, Method};
use crate::solve::chain::{Budget, Steady};
use crate::solve::{Limits, Markov, NotExact};
use crate::system::{DataMeasures, SystemModel};
use crate::units::Duration;

/// What came of trying.
pub(super) enum Attempt {
    NotAsked,
    /// There is none, and why.
    Failed(String),
    Solved(Box<Solved>),
}

impl Attempt {
    /// The solution, where there is one.
    pub fn solved(&self) -> Option<&Solved> {
        match self {
            Attempt::Solved(solved) => Some(solved),
            Attempt::NotAsked | Attempt::Failed(_) => None,
        }
    }
}

/// An exact solution.
pub(super) struct Solved {
    /// For the headline service.
    pub result: ExactResult,
    /// For every service.
    pub services: Vec<SolvedService>,
    /// For every service that keeps data.
    pub data: Vec<SolvedData>,
}

/// What the chain says of the data that a service keeps, lost where fewer copies are left than are needed.
pub(super) struct SolvedData {
    /// In the long run, also where a backup is restored.
    pub losses_per_year: f64,
    /// In the long run.
    pub for_good_per_year: f64,
    /// That they are lost for good within a year that begins with every copy in place; nothing where it would take too long.
    pub chance: Option<f64>,
    /// Mean time to a loss for good, in seconds; infinite where there is none.
    pub mean_time: f64,
}

/// What the chain says of one service.
#[derive(Clone, Copy)]
pub(super) struct SolvedService {
    /// Over the horizon after the warm-up, or in the long run where that would take too long.
    pub unavailability: f64,
    pub steady_unavailability: f64,
    /// Down for maintenance alone that does not count, as a share of the same time; nothing where all counts.
    pub planned: Option<f64>,
    /// The share of what is asked that is not served; nothing where the service is not valued.
    pub unserved: Option<f64>,
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
        if let Some(service) = model.scaled() {
            return Attempt::Failed(format!("`{service}` scales, which no exact solution follows"));
        }
        if let Some(service) = model.queued() {
            return Attempt::Failed(format!(
                "what waits before `{service}` is an amount, which no Markov chain counts"
            ));
        }
        if let Some(service) = model.saves() {
            return Attempt::Failed(format!(
                "the work that `{service}` loses goes by the time since a checkpoint, which no Markov chain knows"
            ));
        }
        if let Some(service) = model.scatters() {
            return Attempt::Failed(format!(
                "the data of `{service}` are lost chunk by chunk, and how many is a number that no Markov chain counts"
            ));
        }
        let least = model.states_at_least();
        if least > limits.states as f64 {
            return Attempt::Failed(
                NotExact::FarTooLarge { states: least, limit: limits.states }.to_string(),
            );
        }
        watcher.exploring(&design.name);
        // Somebody who asked for the exact value waits for it; somebody who did not gets the trials meanwhile.
        let patience = match self.experiment.method {
            Method::Exact => Budget::default(),
            _ => Budget { operations: 1e9 },
        };
        match self.solve(model, headline, limits, patience) {
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
        let ((steady, mttf), over_horizon) = rayon::join(
            || rayon::join(|| markov.steady(), || markov.mean_time_to_down(headline)),
            || self.over_horizon(&markov, headline, budget),
        );
        let (steady, mttf) = (steady?, mttf?);
        let count = model.services().len();
        let unavailability = |measure: usize| match &over_horizon {
            Some(found) => found.unavailability[measure],
            None => markov.unavailability(&steady, measure),
        };
        let mean = |measure: usize| match &over_horizon {
            Some(found) => found.means[measure],
            None => steady.mean(|state| markov.levels(measure)[state as usize]),
        };
        // Behind all that is up or down, for each valued service what is lost and what is asked.
        let first_rate = count * (1 + usize::from(model.excludes()));
        let unserved = |service: usize| {
            let place = model.valued().iter().position(|&valued| valued as usize == service)?;
            let (lost, asked) = (first_rate + 2 * place, first_rate + 2 * place + 1);
            Some(mean(lost) / mean(asked))
        };
        let services: Vec<SolvedService> = (0..count)
            .map(|service| {
                SolvedService {
                    unavailability: unavailability(service),
                    steady_unavailability: markov.unavailability(&steady, service),
                    // What does not count is measured behind the services, in their order.
                    unserved: unserved(service),
                    planned: model.excludes().then(|| unavailability(count + service)),
                    outages_per_year: markov.outage_rate(&steady, service) * Duration::YEAR.secs(),
                }
            })
            .collect();
        let result = ExactResult {
            unavailability: over_horizon.as_ref().map(|found| found.unavailability[headline]),
            steady_unavailability: services[headline].steady_unavailability,
            mttf_s: mttf.is_finite().then_some(mttf),
            outage_chance: over_horizon.as_ref().and_then(|found| found.outage_chance),
            outages_per_year: services[headline].outages_per_year,
            states: markov.chain().states() as u64,
            transitions: markov.chain().transitions() as u64,
            method: steady.method.to_string(),
            residual: steady.residual,
            agrees: None,
        };
        let data = model.data_measures();
        let data =
            data.iter().map(|it| solve_data(&markov, &steady, it, budget)).collect::<Result<_, _>>()?;
        Ok(Solved { result, services, data })
    }

    /// What depends on the horizon; nothing where it would take too long.
    fn over_horizon(&self, markov: &Markov, headline: usize, budget: Budget) -> Option<OverHorizon> {
        let (from, to) =
            (self.window.start.since_start().as_secs_f64(), self.window.end.since_start().as_secs_f64());
        let transient = markov.transient(budget);
        // One solution serves all services.
        let spent = transient.occupancy(from, to).ok()?;
        let share = |service: usize| {
            let down: f64 = markov.down(service).members().map(|state| spent[state as usize]).sum();
            down / (to - from)
        };
        let mean = |measure: usize| {
            let levels = markov.levels(measure).iter().zip(&spent);
            levels.map(|(level, spent)| level * spent).sum::<f64>() / (to - from)
        };
        Some(OverHorizon {
            unavailability: (0..markov.measures()).map(share).collect(),
            means: (0..markov.measures()).map(mean).collect(),
            outage_chance: transient.probability_by(&markov.down(headline), to).ok(),
        })
    }
}

/// What there is to say of data whose losses have these measures, and whose losses for good have those behind them.
fn solve_data(
    markov: &Markov,
    steady: &Steady,
    measures: &DataMeasures,
    budget: Budget,
) -> Result<SolvedData, NotExact> {
    let (a_year, for_good) = (Duration::YEAR.secs(), measures.whole + 1);
    let rate = |behind: usize| {
        measures.each().iter().map(|measure| markov.outage_rate(steady, measure + behind)).sum::<f64>()
    };
    Ok(SolvedData {
        losses_per_year: rate(0) * a_year,
        for_good_per_year: rate(1) * a_year,
        chance: markov.transient(budget).probability_by(&markov.down(for_good), a_year).ok(),
        mean_time: markov.mean_time_to_down(for_good)?,
    })
}

/// The part of a solution that depends on the horizon.
struct OverHorizon {
    /// Of each measure.
    unavailability: Vec<f64>,
    /// Of each measure, its level on average.
    means: Vec<f64>,
    /// Of the headline service.
    outage_chance: Option<f64>,
}
