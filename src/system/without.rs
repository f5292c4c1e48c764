//! What a service does without something that it depends on: serve less, or serve on for a while.

use serde::Serialize;

use super::compile::Builder;
use super::model::{Event, SystemModel};
use super::queue::QueuePlan;
use super::{Queue, Service};
use crate::engine::{Class, Clock, Clocks, Context};
use crate::random::{Law, Name};
use crate::units::Probability;

/// What a service does while something that it depends on is down: graceful degradation. It serves a share of its value, for
/// ever or as long as cached answers, a queue or patience last; then it is down too.
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::{Service, Without};
/// use fivenines::units::Duration;
///
/// let optional = Without::serves("80%".parse().unwrap());
/// let cached = Without::serves("95%".parse().unwrap()).lasts(Law::constant(Duration::minutes(10.0)));
/// let shop = Service::replicas("server", 2)
///     .depends_on("reviews")
///     .without("reviews", optional)
///     .depends_on("db")
///     .without("db", cached);
/// assert_eq!(shop.without["reviews"].lasts, None);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Without {
    /// The share of its value that it then serves.
    pub serves: Probability,
    /// For how long; without it, for as long as it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lasts: Option<Law>,
    /// What it takes in meanwhile waits, and that is for how long it can; in place of a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<Queue>,
    /// Who measured the numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl Without {
    /// Serves this share of its value for as long as it takes.
    pub fn serves(serves: Probability) -> Without {
        Without { serves, lasts: None, queue: None, source: None }
    }

    /// Serves it for so long, and is down then.
    #[must_use]
    pub fn lasts(mut self, law: Law) -> Without {
        self.lasts = Some(law);
        self
    }
}

impl Service {
    /// Says what it does without something that it depends on.
    #[must_use]
    pub fn without(mut self, dependency: &str, without: Without) -> Service {
        self.without.insert(dependency.to_owned(), without);
        self
    }
}

/// One service that does without another, compiled.
#[derive(Clone, Debug)]
pub(super) struct WithoutPlan {
    pub service: u32,
    /// What it depends on.
    pub on: u32,
    pub serves: f64,
    pub lasts: Option<Law>,
    pub queue: Option<QueuePlan>,
}

/// How a service is with something that it can do without for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Reserve {
    /// It has what it depends on.
    Full,
    /// It lives on what it has.
    Drains,
    /// It has nothing left, and is down.
    Spent,
}

impl Builder<'_> {
    /// Notes which services can do without others.
    pub fn withouts(&mut self) {
        for whole in self.wholes() {
            let number = whole.number;
            for (name, without) in &whole.service.without {
                let on = self.used(&whole, name);
                let edge = self.plan.withouts.len() as u32;
                self.plan.services[on as usize].missed.push(edge);
                self.plan.services[number as usize].withouts.push(edge);
                let (serves, lasts) = (without.serves.value(), without.lasts.clone());
                let queue = without.queue.as_ref().map(|queue| self.queue(whole.name, on, queue));
                self.plan.withouts.push(WithoutPlan { service: number, on, serves, lasts, queue });
            }
        }
    }
}

impl SystemModel {
    /// A clock for each service and what it can do without.
    pub(super) fn without_clocks(&self, clocks: &mut Clocks) {
        for without in &self.plan.withouts {
            let name = |service: u32| &self.plan.services[service as usize].name;
            let name =
                Name::new("service").child(name(without.service)).child("without").child(name(without.on));
            clocks.clock(name, Class::Control);
        }
    }

    fn without_clock(&self, edge: u32) -> Clock {
        self.plan.blocks.withouts.clock(edge)
    }

    /// What people call one of the clocks, by its number among them.
    pub(super) fn without_label(&self, edge: u32) -> String {
        let [service, on] = self.without_names(edge);
        format!("how long `{service}` does without `{on}`")
    }

    /// A service, and what it can do without.
    pub(super) fn without_names(&self, edge: u32) -> [&str; 2] {
        let without = &self.plan.withouts[edge as usize];
        [without.service, without.on].map(|service| self.plan.services[service as usize].name.as_str())
    }

    /// True while a service has to do without something: that is down, or out of reach.
    pub(super) fn is_missing(&self, edge: u32) -> bool {
        let without = &self.plan.withouts[edge as usize];
        self.broken[without.on as usize] > 0
            || self.network.as_ref().is_some_and(|network| !network.meet(without.service, without.on))
    }

    /// The counters are right again: a service begins to do without something, or has it again.
    pub(super) fn look_at_reserve(&mut self, edge: u32, cx: &mut Context<Event>) {
        let plan = &self.plan.withouts[edge as usize];
        if plan.queue.is_some() {
            return self.look_at_queue(edge, cx);
        }
        let service = plan.service;
        match (self.reserves[edge as usize], self.is_missing(edge)) {
            (Reserve::Full, true) => {
                self.reserves[edge as usize] = Reserve::Drains;
                if let Some(lasts) = &plan.lasts {
                    cx.set(self.without_clock(edge), lasts, Event::Spent(edge));
                }
            }
            (Reserve::Drains, false) => {
                self.reserves[edge as usize] = Reserve::Full;
                cx.cancel(self.without_clock(edge));
            }
            (Reserve::Spent, false) => {
                self.reserves[edge as usize] = Reserve::Full;
                self.mends(service);
            }
            _ => return,
        }
        self.effect.revalued.push(service);
    }

    /// A service has done without something for too long, or its queue may be too old.
    pub(super) fn reserve_spent(&mut self, edge: u32, cx: &mut Context<Event>) {
        if self.plan.withouts[edge as usize].queue.is_some() {
            return self.queue_turns(edge, cx);
        }
        self.reserves[edge as usize] = Reserve::Spent;
        self.breaks(self.plan.withouts[edge as usize].service);
    }

    /// What keeps a service down because it cannot do without it any more.
    pub(super) fn spent(&self, service: u32) -> impl Iterator<Item = u32> + '_ {
        let edges = self.plan.services[service as usize].withouts.iter();
        let spent = edges.filter(|&&edge| self.reserves[edge as usize] == Reserve::Spent);
        spent.map(|&edge| self.plan.withouts[edge as usize].on)
    }
}
