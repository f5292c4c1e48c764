//! Plays a design's trials on all threads until the answer is precise enough.

use std::ops::Range;
use std::sync::atomic::Ordering;

use rayon::prelude::*;

use super::course::CourseTally;
use super::data::{self, DataTally};
use super::faults::{self, FaultTally};
use super::tally::Tally;
use super::{AT_LEAST, RunError, RunPlan, Watcher};
use crate::engine::{Digest, Simulator, Summary};
use crate::estimate::{Bounds, Estimate, Stop, Stopping, mean_of};
use crate::experiment::Design;
use crate::system::{Course, DataLoss, Lookout, LossEnd, Recorder, ServiceRecord, Strike, SystemModel};

/// Trials that a thread plays at a stretch.
const STRETCH: u64 = 32;
/// Trials between two signs of progress.
const BATCH: u64 = 4096;

/// What came of a trial: events and digest, the books of each service, the scripted faults that struck, losses of data, and
/// the course of the headline service.
type Trial = (Summary, Vec<ServiceRecord>, Vec<Strike>, Vec<DataLoss>, Course);

/// A design's trials, added up.
pub(super) struct Played {
    /// One for each service.
    pub tallies: Vec<Tally>,
    /// One for each scripted fault.
    pub faults: Vec<FaultTally>,
    /// One for each service that keeps data.
    pub data: Vec<DataTally>,
    /// Of the headline service.
    pub course: CourseTally,
    pub events: u64,
    pub digest: Digest,
    /// Why they ended.
    pub stop: &'static str,
}

/// Plays trials 0, 1, 2 and so on. They are played on any number of threads and added up in their order, and whether
/// to go on is decided at fixed numbers of trials; so the outcome does not depend on the threads.
pub(super) fn play(
    plan: &RunPlan,
    model: &SystemModel,
    headline: usize,
    design: &Design,
    watcher: &dyn Watcher,
) -> Result<Played, RunError> {
    let experiment = plan.experiment;
    let at_least = AT_LEAST.min(experiment.trials);
    let rule = Stopping::new(experiment.precision.value(), plan.confidence, at_least, experiment.trials)
        .expect("a checked experiment has a precision and a number of trials");
    let simulator = Simulator::new(model.clone(), experiment.seed);
    let mut played = Played {
        tallies: model
            .services()
            .map(|name| {
                let agreement = design.system.costs.agreements.get(name).cloned();
                Tally::new(plan, model.excludes(), agreement)
            })
            .collect(),
        faults: vec![FaultTally::default(); model.script().len()],
        data: model.kept_data().map(|_| DataTally::default()).collect(),
        course: CourseTally::default(),
        events: 0,
        digest: Digest::new(),
        stop: "budget",
    };
    played.tallies[headline].months = experiment.objective.as_ref().map(|_| Vec::new());
    let lookout = plan.lookout(headline);
    let mut before: Option<Estimate> = None;
    let (mut done, mut expected) = (0, experiment.trials);
    let mut waiting = Batch::default();
    for checkpoint in rule.checkpoints() {
        while done < checkpoint {
            let trials = done..checkpoint.min(done + BATCH);
            done = trials.end;
            let interrupted = || watcher.interrupt().is_some_and(|flag| flag.load(Ordering::Relaxed));
            // One batch is added up, in its order, while the next is played.
            let ((), batch) = rayon::join(
                || played.add(plan, headline, std::mem::take(&mut waiting)),
                || Batch::play(plan, &simulator, &lookout, trials, &interrupted),
            );
            // Once more, because a batch that was interrupted is not whole.
            if interrupted() {
                return Err(RunError::Interrupted);
            }
            waiting = batch;
            watcher.progress(&design.name, done, expected.max(done));
        }
        played.add(plan, headline, std::mem::take(&mut waiting));
        let shares = &played.tallies[headline].shares;
        let now =
            mean_of(shares, Bounds::FRACTION, plan.confidence).expect("shares of time are between 0 and 1");
        expected = rule.expected(&now);
        match rule.decide(&now, before.as_ref()) {
            Stop::Continue => before = Some(now),
            Stop::Precise => {
                played.stop = "precise";
                break;
            }
            Stop::BudgetSpent => break,
        }
    }
    watcher.progress(&design.name, done, done);
    Ok(played)
}

/// What consecutive trials gave, before it is added up.
#[derive(Default)]
struct Batch {
    first: u64,
    stretches: Vec<Vec<Trial>>,
}

impl Batch {
    /// Plays trials on the threads of the pool that this runs on; not all of them, once `interrupted`.
    fn play(
        plan: &RunPlan,
        simulator: &Simulator<SystemModel>,
        lookout: &Lookout,
        trials: Range<u64>,
        interrupted: &(dyn Fn() -> bool + Sync),
    ) -> Batch {
        let stretches: Vec<u64> = trials.clone().step_by(STRETCH as usize).collect();
        let play_stretch = |&first: &u64| -> Vec<Trial> {
            let mut simulator = simulator.clone();
            let mut recorder = Recorder::new(plan.window).looking(lookout.clone());
            let last = trials.end.min(first + STRETCH);
            let mut play = |trial| {
                let summary = simulator.play(trial, plan.window.end, &mut recorder);
                let (course, losses) = (recorder.take_course(), recorder.take_losses());
                (summary, recorder.take(), recorder.take_strikes(), losses, course)
            };
            // A trial can take seconds, so the interrupt is looked at before each.
            (first..last).take_while(|_| !interrupted()).map(&mut play).collect()
        };
        Batch { first: trials.start, stretches: stretches.par_iter().map(play_stretch).collect() }
    }
}

impl Played {
    fn fold(&mut self, loss: &DataLoss) {
        let missing = match loss.ending {
            LossEnd::Restored(point) => point.as_micros(),
            LossEnd::Open | LossEnd::ForGood => u64::MAX,
        };
        self.digest.fold(loss.start.since_start().as_micros());
        self.digest.fold(missing);
        loss.chunks.into_iter().for_each(|chunks| self.digest.fold(chunks));
    }

    /// Adds up a batch. Batches come in their order.
    fn add(&mut self, plan: &RunPlan, headline: usize, batch: Batch) {
        let trials = (batch.first..).zip(batch.stretches.into_iter().flatten());
        for (trial, (summary, records, strikes, losses, course)) in trials {
            self.events += summary.events;
            self.digest.fold(summary.digest.bits());
            faults::add(&mut self.faults, plan, &records[headline].outages, &strikes);
            data::add(&mut self.data, plan, &losses);
            self.course.add(&course);
            losses.iter().for_each(|loss| self.fold(loss));
            for (tally, record) in self.tallies.iter_mut().zip(records) {
                self.digest.fold(record.downtime.as_micros());
                tally.add(trial, record);
            }
        }
    }
}
