//! Runs an experiment: every design by the method asked for, then the comparison and the answer in words.

mod clients;
mod compare;
mod cost;
mod course;
mod data;
mod exact;
mod faults;
mod figures;
mod measures;
mod tally;
mod trials;
mod warnings;

use std::sync::atomic::AtomicBool;

use rayon::prelude::*;

use self::exact::{Attempt, Solved, SolvedData};
use self::measures::Measured;
use self::tally::Tally;
use self::trials::{Played, play};
use super::{
    Design, DesignResult, ExactResult, Experiment, Method, ObjectiveResult, Period, Results, SCHEMA,
    ServiceResult,
};
use crate::engine::Digest;
use crate::estimate::Confidence;
use crate::solve::Limits;
use crate::system::{CauseClass, Problem, SystemModel, Window};
use crate::units::{Duration, Instant, Span};

/// A month of availability figures: a twelfth of 8,760 hours.
const MONTH: Span = Span::from_secs(730 * 3600);
/// Trials before the first look at the precision.
const AT_LEAST: u64 = 200;

/// How to run, as far as it does not change results, and what to write beside them.
///
/// ```
/// let options = fivenines::experiment::Options::default();
/// assert_eq!(options.threads, None);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Threads to use; all cores, unless said.
    pub threads: Option<usize>,
    /// The file, as it goes into the results.
    pub file: String,
    /// A command that gives these results again.
    pub command: String,
}

/// Looks on while an experiment runs, and may stop it. Designs run at the same time, so news of several are mixed.
pub trait Watcher: Sync {
    /// A design has got this far: trials done, of about so many, as far as can be told by now.
    fn progress(&self, design: &str, done: u64, expected: u64) {
        let _ = (design, done, expected);
    }

    /// A design is being explored for its exact solution.
    fn exploring(&self, design: &str) {
        let _ = design;
    }

    /// Set to true by somebody who wants the run to end.
    fn interrupt(&self) -> Option<&AtomicBool> {
        None
    }
}

/// Nobody looks on.
///
/// ```
/// use fivenines::experiment::{Unwatched, Watcher};
///
/// assert!(Unwatched.interrupt().is_none());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Watcher for Unwatched {}

/// Why there are no results.
///
/// ```
/// use fivenines::experiment::RunError;
///
/// assert_eq!(RunError::Interrupted.to_string(), "interrupted; nothing was written");
/// ```
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The experiment has mistakes.
    #[error("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Mistakes {
        /// All of them.
        problems: Vec<Problem>,
    },
    /// The exact solution was asked for and there is none.
    #[error("no exact solution for design `{design}`: {reason}; simulate it, with `--method simulate`")]
    NotExact {
        /// The design.
        design: String,
        /// Why not.
        reason: String,
    },
    /// The threads could not be started.
    #[error("cannot start the threads: {0}")]
    Threads(String),
    /// Somebody stopped it.
    #[error("interrupted; nothing was written")]
    Interrupted,
}

/// Runs an experiment.
///
/// The same experiment gives the same results, bit for bit, on any number of threads.
///
/// ```
/// use fivenines::experiment::{Design, Experiment, Options, Unwatched, run};
/// use fivenines::random::Law;
/// use fivenines::system::{Component, Service, System};
/// use fivenines::units::Duration;
///
/// let (life, repair) = (Law::exponential(Duration::days(9.0)), Law::exponential(Duration::hours(1.0)));
/// let server = Component::new().mode("crash", life, repair);
/// let system = |n| System::new().component("server", server.clone()).service("web", Service::replicas("server", n));
/// let mut experiment = Experiment::new("Another replica?", Duration::years(1.0), 1);
/// experiment.trials = 500;
/// experiment.designs = vec![Design::new("one", system(1)), Design::new("two", system(2))];
/// let results = run(&experiment, &Options::default(), &Unwatched).unwrap();
/// let [one, two] = &results.designs[..] else { unreachable!() };
/// assert!(two.service.unavailability.value < one.service.unavailability.value);
/// ```
///
/// # Errors
/// When the experiment has mistakes, asks for an exact solution that there is not, or is stopped.
pub fn run(experiment: &Experiment, options: &Options, watcher: &dyn Watcher) -> Result<Results, RunError> {
    let problems = experiment.check();
    if !problems.is_empty() {
        return Err(RunError::Mistakes { problems });
    }
    let mut threads = rayon::ThreadPoolBuilder::new();
    if let Some(count) = options.threads {
        threads = threads.num_threads(count);
    }
    let threads = threads.build().map_err(|error| RunError::Threads(error.to_string()))?;
    let plan = RunPlan::new(experiment);
    let try_design = |design| plan.try_design(design, watcher);
    let outcomes: Vec<Result<Outcome, RunError>> = threads.install(|| match experiment.method {
        // One after the other, because each may fill the memory.
        Method::Exact => experiment.designs.iter().map(try_design).collect(),
        // All at once: what one design does on a single thread, others fill.
        _ => experiment.designs.par_iter().map(try_design).collect(),
    });
    let outcomes = outcomes.into_iter().collect::<Result<Vec<Outcome>, RunError>>()?;
    Ok(threads.install(|| conclude(experiment, &plan, options, outcomes)))
}

/// What all designs have in common.
pub(super) struct RunPlan<'a> {
    experiment: &'a Experiment,
    /// Where the books of a trial are open.
    pub(super) window: Window,
    confidence: Confidence,
}

/// What came of a design.
struct Outcome {
    result: DesignResult,
    /// Downtime of the headline service as a share of time, trial by trial; empty where nothing was simulated.
    losses: Vec<f64>,
    /// What else it is compared in.
    measured: Measured,
    /// Whether some of its data are in chunks, of which a loss takes some.
    loses_in_part: bool,
}

impl<'a> RunPlan<'a> {
    pub(super) fn new(experiment: &'a Experiment) -> RunPlan<'a> {
        let (start, end) = (experiment.warm_up.span(), experiment.horizon.span());
        RunPlan {
            experiment,
            window: Window { start: Instant::START + start, end: Instant::START + end, length: MONTH },
            confidence: Confidence::new(experiment.confidence.value())
                .expect("a checked experiment has a confidence between 0 and 1"),
        }
    }

    /// Length of the books in years.
    fn years(&self) -> f64 {
        (self.window.end - self.window.start).as_secs_f64() / Duration::YEAR.secs()
    }

    /// Runs a design, on the threads of the pool that this runs on.
    fn try_design(&self, design: &Design, watcher: &dyn Watcher) -> Result<Outcome, RunError> {
        let model = SystemModel::new(&design.system).map_err(|problems| RunError::Mistakes { problems })?;
        let headline = self.headline(&model);
        let attempt = match self.experiment.method {
            Method::Simulate => Attempt::NotAsked,
            Method::Exact => self.solve_exactly(&model, headline, Limits::PATIENT, design, watcher),
            Method::Auto => self.solve_exactly(&model, headline, Limits::BRIEF, design, watcher),
        };
        if let (Method::Exact, Attempt::Failed(reason)) = (self.experiment.method, &attempt) {
            return Err(RunError::NotExact { design: design.name.clone(), reason: reason.clone() });
        }
        let played = match self.experiment.method {
            Method::Exact => None,
            _ => Some(play(self, &model, headline, design, watcher)?),
        };
        let naive = model.naive_unavailability();
        Ok(self.outcome(design, &model, headline, attempt, played, naive[headline]))
    }

    /// The service that the answer is about: the objective's, or the first that no other needs.
    fn headline(&self, model: &SystemModel) -> usize {
        let asked = self.experiment.objective.as_ref().map(|objective| objective.service.as_str());
        let named = asked.and_then(|asked| model.services().position(|name| name == asked));
        named.unwrap_or_else(|| model.outermost())
    }

    fn outcome(
        &self,
        design: &Design,
        model: &SystemModel,
        headline: usize,
        attempt: Attempt,
        played: Option<Played>,
        naive_unavailability: f64,
    ) -> Outcome {
        let names: Vec<&str> = model.services().collect();
        let exact_data = attempt.solved().and_then(|solved| digest_of(&solved.data));
        let (clients, bill, data) = {
            let solved = attempt.solved();
            let tallies = played.as_ref().map_or(&[][..], |played| &played.tallies[..]);
            let bill = cost::bill(self, design, model, solved, tallies);
            let losses = played.as_ref().map_or(&[][..], |played| &played.data[..]);
            let data = data::results(self, design, model, solved, losses);
            (clients::together(self, model, solved, tallies), bill, data)
        };
        let measured = Measured::new(self, (design, model), headline, played.as_ref(), bill.as_ref());
        let (windows, budget) = self.course(headline, played.as_ref());
        let Summed { mut services, losses, events, digest, stop, timeline, faults } =
            self.sum_up(&names, headline, played, model);
        let trials = losses.len() as u64;
        let (exact, method_reason) = match attempt {
            Attempt::NotAsked => (None, "simulation was asked for".to_owned()),
            Attempt::Failed(reason) => (None, format!("there is no exact solution: {reason}")),
            Attempt::Solved(solved) => {
                let result = self.merge_exact(&names, headline, *solved, &mut services);
                (Some(result), "every law is made of exponential stages".to_owned())
            }
        };
        let service = services.swap_remove(headline);
        services.sort_by(|a, b| a.name.cmp(&b.name));
        // Without trials the solution is what must come out the same.
        let digest = match &exact {
            Some(exact) if trials == 0 => exact_digest(exact, exact_data),
            _ => digest,
        };
        let method = if exact.is_some() { "exact" } else { "simulate" };
        let meets = |wanted: f64| service.availability.value >= wanted;
        let result = DesignResult {
            name: design.name.clone(),
            set: design.set.clone(),
            method: method.to_owned(),
            method_reason,
            trials,
            events,
            stop: stop.to_owned(),
            digest,
            redundancy: super::redundancy::redundancy(&design.system),
            naive_unavailability,
            exact,
            meets_objective: self
                .experiment
                .objective
                .as_ref()
                .map(|objective| meets(objective.availability.value())),
            timeline,
            clients,
            faults,
            cost: bill.as_ref().map(|bill| bill.result.clone()),
            data,
            windows,
            budget,
            service,
            others: services,
        };
        Outcome { result, losses, measured, loses_in_part: model.scatters().is_some() }
    }

    /// The figures of what was simulated; nothing, where nothing was.
    fn sum_up(&self, names: &[&str], headline: usize, played: Option<Played>, model: &SystemModel) -> Summed {
        let Some(played) = played else {
            let (services, losses, digest) = (Vec::new(), Vec::new(), Digest::new());
            return Summed {
                services,
                losses,
                events: 0,
                digest,
                stop: "exact",
                timeline: None,
                faults: Vec::new(),
            };
        };
        let classes = model.cause_classes();
        let tallies = names.par_iter().zip(&played.tallies);
        Summed {
            services: tallies.map(|(name, tally)| figures::service(self, name, tally, classes)).collect(),
            timeline: timeline(&played.tallies[headline], classes),
            faults: faults::results(self, model, &played.faults),
            losses: played.tallies[headline].shares.clone(),
            events: played.events,
            digest: played.digest,
            stop: played.stop,
        }
    }

    /// Puts the exact figures into the services', and says whether the simulation of the headline agreed.
    fn merge_exact(
        &self,
        names: &[&str],
        headline: usize,
        solved: Solved,
        services: &mut Vec<ServiceResult>,
    ) -> ExactResult {
        let mut result = solved.result.clone();
        if services.is_empty() {
            services
                .extend(names.iter().zip(&solved.services).map(|(name, it)| figures::exact(self, name, it)));
        } else {
            let value = result.unavailability.unwrap_or(result.steady_unavailability);
            let simulated = services[headline].unavailability;
            result.agrees = Some(simulated.lower <= value && value <= simulated.upper);
            figures::take_exact(self, services, &solved);
        }
        result
    }
}

/// What a design's trials add up to.
struct Summed {
    services: Vec<ServiceResult>,
    /// Downtime of the headline service as a share of time, trial by trial.
    losses: Vec<f64>,
    events: u64,
    digest: Digest,
    stop: &'static str,
    timeline: Option<super::TimelineResult>,
    faults: Vec<super::FaultResult>,
}

/// The digest of what an exact solution says of data, to the last bit; nothing where none are kept.
fn digest_of(data: &[SolvedData]) -> Option<Digest> {
    let mut digest = Digest::new();
    for data in data {
        let figures = [data.losses_per_year, data.for_good_per_year, data.mean_time].map(Some);
        let figures = figures.into_iter().chain([data.chance]);
        figures.for_each(|figure| digest.fold(figure.map_or(u64::MAX, f64::to_bits)));
    }
    (!data.is_empty()).then_some(digest)
}

/// The digest of an exact solution: of all of its figures, to the last bit, and of those of data.
fn exact_digest(exact: &ExactResult, data: Option<Digest>) -> Digest {
    let mut digest = Digest::new();
    data.iter().for_each(|data| digest.fold(data.bits()));
    [exact.states, exact.transitions].iter().for_each(|&count| digest.fold(count));
    let always = [exact.steady_unavailability, exact.outages_per_year, exact.residual].map(Some);
    let sometimes = [exact.unavailability, exact.mttf_s, exact.outage_chance];
    always.iter().chain(&sometimes).for_each(|value| digest.fold(value.map_or(u64::MAX, f64::to_bits)));
    digest
}

/// One trial's outages, for the plot.
fn timeline(tally: &Tally, classes: &[CauseClass]) -> Option<super::TimelineResult> {
    let (trial, outages) = tally.example()?;
    let outages = outages.iter().map(|outage| super::OutageResult {
        start_s: outage.start.since_start().as_secs_f64(),
        length_s: outage.length.as_secs_f64(),
        cause: outage.cause.map_or(String::new(), |cause| classes[cause as usize].to_string()),
    });
    Some(super::TimelineResult { trial, outages: outages.collect() })
}

fn conclude(experiment: &Experiment, plan: &RunPlan, options: &Options, outcomes: Vec<Outcome>) -> Results {
    let mut digest = Digest::new();
    outcomes.iter().for_each(|outcome| digest.fold(outcome.result.digest.bits()));
    let objective = experiment.objective.as_ref().map(|objective| ObjectiveResult {
        service: objective.service.clone(),
        availability: objective.availability.value(),
        text: objective.text.clone(),
        period: match objective.period {
            Period::Month => "month",
            Period::Year => "year",
            Period::Ever => "ever",
        }
        .to_owned(),
    });
    let (ranking, contenders) = compare::ranking(plan, &outcomes);
    let comparisons = compare::all(plan, &outcomes, &ranking);
    let names = |places: Vec<usize>| places.iter().map(|&at| outcomes[at].result.name.clone()).collect();
    let (ranking, contenders) = (names(ranking), names(contenders));
    let warnings = warnings::warnings(plan, &outcomes);
    Results {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        title: experiment.title.clone(),
        file: options.file.clone(),
        command: options.command.clone(),
        seed: experiment.seed,
        horizon_s: experiment.horizon.secs(),
        warm_up_s: experiment.warm_up.secs(),
        confidence: experiment.confidence.value(),
        precision: experiment.precision.value(),
        objective,
        comparisons,
        ranking,
        contenders,
        warnings,
        sources: experiment.sources(),
        traces: experiment.trace_results(),
        uncertainty: None,
        designs: outcomes.into_iter().map(|outcome| outcome.result).collect(),
        digest,
    }
}
