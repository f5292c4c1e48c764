//! Queues: what a service takes in for another one waits while that one is down or cannot do all of it.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::Without;
use super::backlog::{Backlog, Limits};
use super::capacity::FULL;
use super::compile::Builder;
use super::model::{Event, SystemModel};
use super::plan::CauseClass;
use super::without::Reserve;
use crate::engine::Context;
use crate::units::Duration;

/// How much may wait in a queue, and how long. One of the two has to be said.
///
/// ```
/// use fivenines::system::{Queue, Service, Without};
/// use fivenines::units::Duration;
///
/// let queue = Queue::default().oldest(Duration::minutes(15.0)).holds(Duration::hours(2.0));
/// let orders = Service::replicas("server", 2)
///     .depends_on("billing")
///     .without("billing", Without::serves("100%".parse().unwrap()).queue(queue));
/// assert!(orders.without["billing"].queue.is_some());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Queue {
    /// How long the oldest piece of work may have waited; for ever, where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Duration>,
    /// How much there is room for: what all replicas of the one that does the work do in this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds: Option<Duration>,
}

impl Queue {
    /// How long the oldest piece of work may have waited.
    #[must_use]
    pub fn oldest(mut self, age: Duration) -> Queue {
        self.oldest = Some(age);
        self
    }

    /// How much there is room for.
    #[must_use]
    pub fn holds(mut self, work: Duration) -> Queue {
        self.holds = Some(work);
        self
    }
}

/// `a queue whose oldest may be 15min old and that holds 2h`.
impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a queue")?;
        if let Some(oldest) = self.oldest {
            write!(f, ", none older than {oldest}")?;
        }
        self.holds.iter().try_for_each(|holds| write!(f, ", with room for {holds}"))
    }
}

impl Without {
    /// What it takes in meanwhile waits.
    #[must_use]
    pub fn queue(mut self, queue: Queue) -> Without {
        self.queue = Some(queue);
        self
    }
}

/// A queue, compiled.
#[derive(Clone, Copy, Debug)]
pub(super) struct QueuePlan {
    limits: Limits,
    /// Number of the capacity of the service that does the work.
    capacity: u32,
    /// The class of downtime after the other is back.
    pub cause: u32,
}

impl Builder<'_> {
    /// Compiles what a service takes in for another one, of this number.
    pub fn queue(&mut self, service: &str, on: u32, queue: &Queue) -> QueuePlan {
        let plan = &self.plan.services[on as usize];
        let (capacity, count) = (plan.capacity, plan.count);
        let all = u128::from(count) * u128::from(FULL);
        let room = queue.holds.map_or(u128::MAX / 4, |holds| u128::from(holds.span().as_micros()) * all);
        let oldest = queue.oldest.map_or(u64::MAX, |oldest| oldest.span().as_micros());
        let cause = self.plan.causes.len() as u32;
        let (class, mode) = (service.to_owned(), "catching up".to_owned());
        self.plan.causes.push(CauseClass { kind: "queue", class, mode, site: String::new() });
        QueuePlan { limits: Limits { oldest, room }, capacity, cause }
    }
}

impl SystemModel {
    /// A service that takes in what waits: why there is no exact solution.
    pub fn queued(&self) -> Option<&str> {
        let edge = self.plan.withouts.iter().find(|edge| edge.queue.is_some())?;
        Some(&self.plan.services[edge.service as usize].name)
    }

    /// Nothing waits.
    pub(super) fn empty_queues(plan: &super::plan::Plan) -> Vec<Backlog> {
        let any = plan.withouts.iter().any(|edge| edge.queue.is_some());
        vec![Backlog::default(); if any { plan.withouts.len() } else { 0 }]
    }

    /// Capacity or demand of a service has changed: queues before it fill or empty at another rate.
    pub(super) fn touch_queues(&mut self, service: u32) {
        if self.queues.is_empty() {
            return;
        }
        let missed = self.plan.services[service as usize].missed.iter().copied();
        self.effect.reserves.extend(missed.filter(|&edge| self.plan.withouts[edge as usize].queue.is_some()));
    }

    /// Queues fill or empty from the beginning.
    pub(super) fn start_queues(&mut self) {
        (0..self.plan.services.len() as u32).for_each(|service| self.touch_queues(service));
    }

    /// The oldest may have become too old, or something about the one that does the work has changed.
    pub(super) fn look_at_queue(&mut self, edge: u32, cx: &mut Context<Event>) {
        let plan = Arc::clone(&self.plan);
        let plan = &plan.withouts[edge as usize];
        let Some(queue) = plan.queue else { return };
        let capacity = &self.capacities[queue.capacity as usize];
        let goes = if self.is_missing(edge) { 0 } else { capacity.up };
        let backlog = &mut self.queues[edge as usize];
        backlog.advance(cx.now().since_start().as_micros(), queue.limits);
        backlog.flows(capacity.demand, goes);
        let clock = self.plan.blocks.withouts.clock(edge);
        match backlog.next(queue.limits) {
            Some(wait) => cx.set_after(clock, crate::units::Span::from_micros(wait), Event::Spent(edge)),
            None => {
                cx.cancel(clock);
            }
        }
        let next = match (backlog.exceeds(queue.limits), backlog.is_there()) {
            (true, _) => Reserve::Spent,
            (false, true) => Reserve::Drains,
            (false, false) => Reserve::Full,
        };
        let before = std::mem::replace(&mut self.reserves[edge as usize], next);
        match (before == Reserve::Spent, next == Reserve::Spent) {
            (false, true) => self.breaks(plan.service),
            (true, false) => self.mends(plan.service),
            _ => {}
        }
        self.effect.revalued.push(plan.service);
    }

    /// A queue's time has come: it is too late for the oldest, or not any more.
    pub(super) fn queue_turns(&mut self, edge: u32, cx: &mut Context<Event>) {
        if let Some(queue) = self.plan.withouts[edge as usize].queue {
            self.effect.cause = queue.cause;
            self.look_at_queue(edge, cx);
        }
    }

    /// How it is with what can be done without, where an event has changed that: a queue is asked now and then.
    pub(super) fn queue_story(&self, edge: u32) -> Option<Reserve> {
        let plan = &self.plan.withouts[edge as usize];
        (plan.queue.is_none() || self.effect.flipped.contains(&plan.service))
            .then_some(self.reserves[edge as usize])
    }

    /// Queues of a service for which it is too late although the other works.
    fn late(&self, service: u32) -> impl Iterator<Item = QueuePlan> + '_ {
        let edges = self.plan.services[service as usize].withouts.iter().copied();
        let late =
            edges.filter(|&edge| self.reserves[edge as usize] == Reserve::Spent && !self.is_missing(edge));
        late.filter_map(|edge| self.plan.withouts[edge as usize].queue)
    }

    /// True while a service is down because it still catches up.
    pub(super) fn is_late(&self, service: u32) -> bool {
        self.late(service).next().is_some()
    }

    /// Classes of that downtime.
    pub(super) fn queue_causes(&self, service: u32, causes: &mut Vec<u32>) {
        causes.extend(self.late(service).map(|queue| queue.cause));
    }
}
