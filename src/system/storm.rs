//! Retries that amplify the load of what is down, and the circuit breaker that ends them.
//!
//! An overload that its own retries keep alive when what set it off is over is a metastable failure: N. Bronson et al.,
//! *Metastable failures in distributed systems*, HotOS 2021; L. Huang et al., *Metastable failures in the wild*, OSDI 2022.
//! The breaker that probes is that of M. Nygard, *Release It!*, 2007: closed, open, half open.

use serde::Serialize;

use super::Load;
use super::capacity::CapacityPlan;
use super::compile::Builder;
use super::demand::LoadPlan;
use super::model::{Event, SystemModel};
use super::place::NONE;
use super::plan::Plan;
use crate::engine::{Class, Clock, Clocks, Context};
use crate::random::{Law, Name};

/// What clients do to a service that is down: try again, each so many times, until a circuit breaker opens, and then ask once
/// or, where it probes, not at all.
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::{Load, Retries};
/// use fivenines::units::Duration;
///
/// let retries = Retries::new(3.0).breaker(Law::constant(Duration::seconds(30.0)));
/// let load = Load::new("60%".parse().unwrap()).retries(retries);
/// assert_eq!(load.retries.unwrap().load_factor, 3.0);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Retries {
    /// How many times as large the load is while the service is down.
    pub load_factor: f64,
    /// From there to clients trying no more until it is up again; without a breaker they go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaker: Option<Law>,
    /// From the breaker opening, or a probe that failed, to the next probe. Where it probes nothing else is let through, and the
    /// service is not up to its clients before one has succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probes: Option<Law>,
}

impl Retries {
    /// Retries that nothing ends but the service being up.
    pub fn new(load_factor: f64) -> Retries {
        Retries { load_factor, breaker: None, probes: None }
    }

    /// Ends them after this time.
    #[must_use]
    pub fn breaker(mut self, law: Law) -> Retries {
        self.breaker = Some(law);
        self
    }

    /// Makes the breaker keep everything off while it is open, but for a probe after each such time.
    #[must_use]
    pub fn probes(mut self, law: Law) -> Retries {
        self.probes = Some(law);
        self
    }
}

impl Load {
    /// Says what clients do while the service is down.
    #[must_use]
    pub fn retries(mut self, retries: Retries) -> Load {
        self.retries = Some(retries);
        self
    }
}

/// Retries, compiled.
#[derive(Clone, Debug)]
pub(super) struct RetriesPlan {
    pub load_factor: f64,
    breaker: Option<Law>,
    /// How long it keeps everything off before it probes, and the class of downtime that ends when a probe succeeds.
    probes: Option<(Law, u32)>,
    /// The class of downtime that ends when they do.
    pub cause: u32,
}

/// Where the retries of a service's clients are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Storm {
    /// It is up.
    Calm,
    /// It is down, and all try again.
    Rages,
    /// It is down, and nobody tries again.
    Broken,
    /// The breaker is open and keeps everything off until a probe succeeds.
    Open,
}

impl Builder<'_> {
    /// Compiles a load's retries.
    pub fn retries(&mut self, service: u32, load: &Load) -> Option<RetriesPlan> {
        let Retries { load_factor, ref breaker, ref probes } = *load.retries.as_ref()?;
        let class = self.plan.known_as(service).to_owned();
        let cause = self.load_cause(class.clone(), "retries");
        let probes = probes.as_ref().map(|law| (law.clone(), self.load_cause(class, "breaker open")));
        Some(RetriesPlan { load_factor, breaker: breaker.clone(), probes, cause })
    }
}

impl LoadPlan {
    /// How many times as large it is in a storm, and behind a breaker.
    pub fn amplified(&self, storm: Option<&Storm>) -> f64 {
        match (storm, &self.retries) {
            (Some(Storm::Rages), Some(retries)) => retries.load_factor,
            (Some(Storm::Open), _) => 0.0,
            _ => 1.0,
        }
    }
}

impl SystemModel {
    /// Nobody tries again when a trial begins.
    pub(super) fn calm(plan: &Plan) -> Vec<Storm> {
        let retries =
            |capacity: &CapacityPlan| capacity.load.as_ref().is_some_and(|load| load.retries.is_some());
        let any = plan.capacities.iter().any(retries);
        vec![Storm::Calm; if any { plan.capacities.len() } else { 0 }]
    }

    /// A clock for each service that counts its capacity: that of its breaker.
    pub(super) fn storm_clocks(&self, clocks: &mut Clocks) {
        for capacity in &self.plan.capacities {
            let service = &self.plan.services[capacity.service as usize].name;
            clocks.clock(Name::new("service").child(service).child("breaker"), Class::Control);
        }
    }

    fn storm_clock(&self, number: u32) -> Clock {
        self.plan.blocks.storms.clock(number)
    }

    fn retries(&self, number: u32) -> Option<&RetriesPlan> {
        self.plan.capacities[number as usize].load.as_ref()?.retries.as_ref()
    }

    /// What downtime is due to while clients try again.
    pub(super) fn storm_cause(&self, number: u32) -> Option<u32> {
        let rages = self.storms.get(number as usize) == Some(&Storm::Rages);
        self.retries(number).filter(|_| rages).map(|retries| retries.cause)
    }

    /// What downtime is due to while a breaker keeps everything off.
    pub(super) fn breaker_cause(&self, capacity: u32) -> Option<u32> {
        if self.storms.get(capacity as usize) != Some(&Storm::Open) {
            return None;
        }
        let (_, cause) = self.retries(capacity)?.probes.as_ref()?;
        Some(*cause)
    }

    /// A service went up or down: its clients may begin or end to try again.
    #[inline]
    pub(super) fn touch_storm(&mut self, service: u32) {
        if self.storms.is_empty() {
            return;
        }
        let capacity = self.plan.services[service as usize].capacity;
        if capacity != NONE && self.retries(capacity).is_some() {
            self.effect.storms.push(capacity);
        }
    }

    /// The counters are right again: retries begin, or are over.
    pub(super) fn look_at_storm(&mut self, number: u32, cx: &mut Context<Event>) {
        let is_down = self.broken[self.plan.capacities[number as usize].service as usize] > 0;
        match (self.storms[number as usize], is_down) {
            (Storm::Calm, true) => {
                self.storms[number as usize] = Storm::Rages;
                if let Some(breaker) = self.retries(number).and_then(|retries| retries.breaker.as_ref()) {
                    cx.set(self.storm_clock(number), breaker, Event::Breaker(number));
                }
            }
            (Storm::Rages | Storm::Broken, false) => {
                self.storms[number as usize] = Storm::Calm;
                cx.cancel(self.storm_clock(number));
            }
            _ => return,
        }
        self.demand_changes(number);
    }

    /// A breaker opens, or probes.
    pub(super) fn breaker_moves(&mut self, number: u32, cx: &mut Context<Event>) {
        let plan = self.plan.clone();
        let CapacityPlan { service, load, .. } = &plan.capacities[number as usize];
        let retries = load.as_ref().and_then(|load| load.retries.as_ref()).expect("a breaker is of retries");
        match (&retries.probes, self.storms[number as usize]) {
            (Some((_, cause)), Storm::Open) if self.broken[*service as usize] == 1 => {
                self.effect.cause = *cause;
                self.storms[number as usize] = Storm::Calm;
                self.comes_nearer(*service);
                // All come back at once, which may be too much.
                self.demand_changes(number);
                self.mends(*service);
                self.effect.storms.push(number);
            }
            (Some((law, _)), Storm::Open) => cx.set(self.storm_clock(number), law, Event::Breaker(number)),
            (probes, _) => {
                self.effect.cause = self.storm_cause(number).unwrap_or(NONE);
                self.storms[number as usize] = if probes.is_some() { Storm::Open } else { Storm::Broken };
                self.demand_changes(number);
                if let Some((law, _)) = probes {
                    self.breaks(*service);
                    cx.set(self.storm_clock(number), law, Event::Breaker(number));
                }
            }
        }
    }

    /// What a breaker has just done, for a story.
    pub(super) fn breaker_story(&self, number: u32) -> &'static str {
        match self.storms[number as usize] {
            // A probe that fails changes nothing.
            Storm::Open if self.effect.revalued.is_empty() => "a probe fails",
            Storm::Open => "its breaker opens and lets nothing through",
            Storm::Broken => "its clients stop trying again",
            Storm::Calm | Storm::Rages => "a probe succeeds, and its breaker closes",
        }
    }
}
