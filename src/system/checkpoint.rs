//! Checkpoints: a job that goes down loses what it did since the last one.
//!
//! How much of the time does work that counts, with exponential failures at a mean time `M` apart and restarts that take `R`,
//! a checkpoint that takes `d` after each stretch `t` of work: `t / ((M + R) (exp((t + d) / M) - 1))`, after J. T. Daly, *A
//! higher order estimate of the optimum checkpoint interval for restart dumps*, Future Generation Computer Systems 22, 2006.

use serde::Serialize;

use super::model::SystemModel;
use super::plan::Plan;
use super::record::Window;
use super::{Served, Service, System};
use crate::units::{Duration, Instant};

/// How a service saves its work: it works for so long, writes a checkpoint, and works on. What it did since the last one that
/// was finished is lost when it goes down.
///
/// ```
/// use fivenines::system::{Checkpoint, Service};
/// use fivenines::units::Duration;
///
/// let hourly = Checkpoint::new(Duration::hours(1.0), Duration::minutes(5.0));
/// assert!(Service::replicas("node", 64).checkpoint(hourly).checkpoint.is_some());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Checkpoint {
    /// How long it works before each.
    pub every: Duration,
    /// How long it takes to write one, for which there is no work.
    pub takes: Duration,
    /// Who measured the numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl Checkpoint {
    /// A checkpoint without a source.
    pub fn new(every: Duration, takes: Duration) -> Checkpoint {
        Checkpoint { every, takes, source: None }
    }
}

/// `every 1h for 5min`.
impl std::fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "every {} for {}", self.every, self.takes)
    }
}

impl Service {
    /// Makes it lose what it did since its last checkpoint whenever it goes down.
    #[must_use]
    pub fn checkpoint(mut self, checkpoint: Checkpoint) -> Service {
        self.checkpoint = Some(checkpoint);
        self
    }
}

/// A service that saves its work, compiled; times are in microseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct CheckpointPlan {
    pub service: u32,
    every: u64,
    takes: u64,
}

impl CheckpointPlan {
    /// Those of a system, in the order of its services.
    pub fn all(system: &System) -> Vec<CheckpointPlan> {
        let of = |(service, spec): (u32, &Service)| {
            let Checkpoint { every, takes, .. } = spec.checkpoint.as_ref()?;
            let micros = |duration: &Duration| duration.span().as_micros();
            Some(CheckpointPlan { service, every: micros(every), takes: micros(takes) })
        };
        (0..).zip(system.services.values()).filter_map(of).collect()
    }

    /// The work that is saved after it has been up for so long.
    fn saved(&self, up: u64) -> u64 {
        up / (self.every + self.takes) * self.every
    }

    /// The work that is done after it has been up for so long, saved or not.
    fn done(&self, up: u64) -> u64 {
        self.saved(up) + (up % (self.every + self.takes)).min(self.every)
    }
}

impl SystemModel {
    /// A service that saves its work: why there is no exact solution.
    pub fn saves(&self) -> Option<&str> {
        let checkpoint = self.plan.checkpoints.first()?;
        Some(&self.plan.services[checkpoint.service as usize].name)
    }
}

/// Adds up in a trial what work of services with checkpoints counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Work {
    services: Vec<Worked>,
}

#[derive(Clone, Copy, Debug)]
struct Worked {
    /// Since when it is up.
    since: Option<Instant>,
    counts: u64,
}

impl Worked {
    /// Ends a stretch of being up: `work` says what of it is kept.
    fn ends(&mut self, window: Window, now: Instant, work: impl Fn(u64) -> u64, plan: &CheckpointPlan) {
        let Some(since) = self.since.take() else { return };
        let up = |until: Instant| until.min(window.end).saturating_since(since).as_micros();
        // What was done before the books were opened is in others.
        self.counts += work(up(now)).saturating_sub(plan.done(up(window.start)));
    }
}

impl Work {
    /// A trial begins.
    pub fn begin(&mut self, model: &SystemModel) {
        let is_up = |plan: &CheckpointPlan| model.is_up(plan.service as usize);
        let begins = |plan| Worked { since: is_up(plan).then_some(Instant::START), counts: 0 };
        self.services.clear();
        self.services.extend(model.plan.checkpoints.iter().map(begins));
    }

    /// Services went up or down.
    pub fn change(&mut self, window: Window, now: Instant, model: &SystemModel) {
        for (worked, plan) in self.services.iter_mut().zip(&model.plan.checkpoints) {
            match (worked.since, model.is_up(plan.service as usize)) {
                (Some(_), false) => worked.ends(window, now, |up| plan.saved(up), plan),
                (None, true) => worked.since = Some(now),
                _ => {}
            }
        }
    }

    /// A trial ends: for each service, the time in the books, and how much of it did not do work that counts. What is under
    /// way then counts.
    pub fn end<'a>(
        &'a mut self,
        window: Window,
        plan: &'a Plan,
    ) -> impl Iterator<Item = (usize, Served)> + 'a {
        self.services.iter_mut().zip(&plan.checkpoints).map(move |(worked, plan)| {
            worked.ends(window, window.end, |up| plan.done(up), plan);
            let asked = u128::from((window.end - window.start).as_micros());
            (plan.service as usize, Served { asked, lost: asked - u128::from(worked.counts) })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;

    #[test]
    fn only_what_a_checkpoint_has_saved_is_kept() {
        let plan = CheckpointPlan { service: 0, every: 60, takes: 5 };
        let saved: Vec<u64> = [0, 64, 65, 129, 130].iter().map(|&up| plan.saved(up)).collect();
        assert_eq!(saved, [0, 0, 60, 60, 120]);
        let done: Vec<u64> = [0, 30, 62, 65, 100].iter().map(|&up| plan.done(up)).collect();
        assert_eq!(done, [0, 30, 60, 60, 95]);
    }

    #[test]
    fn what_was_done_before_the_books_opened_is_not_in_them() {
        let plan = CheckpointPlan { service: 0, every: 60, takes: 5 };
        let at = Instant::from_micros;
        let window = Window { start: at(100), end: at(1000), length: Span::from_micros(900) };
        let mut worked = Worked { since: Some(at(0)), counts: 0 };
        worked.ends(window, at(200), |up| plan.saved(up), &plan);
        // Three checkpoints saved 180, of which 95 were done before.
        assert_eq!(worked.counts, 85);
    }
}
