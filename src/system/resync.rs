//! Replicas that have to catch up: one that was down is back, and stale until it has copied what it missed.

use serde::Serialize;

use super::Service;
use super::compile::Builder;
use super::model::{Event, SystemModel};
use super::place::NONE;
use super::plan::CauseClass;
use super::shards::Whole;
use crate::engine::{Class, Clocks, Context};
use crate::random::{Law, Name};

/// How a replica that was down catches up. Until then it is stale: it runs, and votes where its service's replicas do, but
/// does not serve, and nobody can copy from it.
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::{Resync, Service};
/// use fivenines::units::Duration;
///
/// let resync = Resync::new(Law::exponential(Duration::hours(3.0)), Law::exponential(Duration::hours(12.0)));
/// assert!(Service::replicas("server", 2).resync(resync).resync.is_some());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Resync {
    /// How long it takes to copy from a replica that serves.
    pub takes: Law,
    /// While none serves: how long it takes until somebody declares the stale one good, with what it has.
    pub manual: Law,
    /// Who measured the numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl Resync {
    /// A resynchronisation without a source.
    pub fn new(takes: Law, manual: Law) -> Resync {
        Resync { takes, manual, source: None }
    }
}

impl Service {
    /// Makes replicas that were down catch up before they serve again.
    #[must_use]
    pub fn resync(mut self, resync: Resync) -> Service {
        self.resync = Some(resync);
        self
    }
}

/// A service whose replicas catch up, compiled.
#[derive(Clone, Debug)]
pub(super) struct ResyncPlan {
    pub service: u32,
    pub takes: Law,
    pub manual: Law,
    /// Number of its first replica's clock in the block.
    pub first_clock: u32,
    /// The class of the time until a replica has caught up; that of one that is declared good is the next.
    pub cause: u32,
}

/// What a replica has of its service's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Copy {
    /// All of it, while it is up.
    Good,
    /// It is down, and was good before.
    Fell,
    /// It is down, and was stale before.
    FellStale,
    /// It runs and is stale; nobody sees to it, because it is cut off.
    Stale,
    /// It copies what it lacks.
    Copies,
    /// Nobody has what it lacks: somebody will declare it good.
    Awaits,
}

impl Copy {
    /// True for one that runs and does not serve.
    fn is_stale(self) -> bool {
        matches!(self, Copy::Stale | Copy::Copies | Copy::Awaits)
    }
}

impl Builder<'_> {
    /// Notes which services' replicas have to catch up.
    pub fn resyncs(&mut self) {
        let mut first_clock = 0;
        for Whole { number, name, service, part } in self.wholes() {
            let Some(resync) = &service.resync else { continue };
            let plan = &mut self.plan;
            // Parts of a service have their classes in common.
            let known = plan.resyncs.last().map(|last| last.cause).filter(|_| part > 0);
            let cause = known.unwrap_or(plan.causes.len() as u32);
            plan.services[number as usize].resync = plan.resyncs.len() as u32;
            plan.resyncs.push(ResyncPlan {
                service: number,
                takes: resync.takes.clone(),
                manual: resync.manual.clone(),
                first_clock,
                cause,
            });
            first_clock += plan.services[number as usize].count;
            for mode in ["catching up", "declared good"].into_iter().filter(|_| part == 0) {
                let (class, mode) = (name.to_owned(), mode.to_owned());
                plan.causes.push(CauseClass { kind: "resync", class, mode, site: String::new() });
            }
        }
    }
}

impl SystemModel {
    /// A clock for each replica that may have to catch up.
    pub(super) fn resync_clocks(&self, clocks: &mut Clocks) {
        for resync in &self.plan.resyncs {
            let service = &self.plan.services[resync.service as usize];
            let name = Name::new("service").child(&service.name);
            for number in 1..=service.count {
                clocks.clock(name.at(number as usize).child("resync"), Class::Restoration);
            }
        }
    }

    /// The clock of a replica's resynchronisation, if it can have one.
    pub(super) fn resync_clock(&self, replica: u32) -> Option<crate::engine::Clock> {
        let service = &self.plan.services[self.plan.replica_service[replica as usize] as usize];
        let resync = self.plan.resyncs.get(service.resync as usize)?;
        Some(self.plan.blocks.resyncs.clock(resync.first_clock + replica - service.first_replica))
    }

    /// What people call one of the clocks, by its number among them.
    pub(super) fn resync_label(&self, number: u32) -> Option<String> {
        let resync = self.plan.resyncs.iter().rfind(|resync| resync.first_clock <= number)?;
        let replica = self.plan.services[resync.service as usize].first_replica + number - resync.first_clock;
        Some(format!("the resynchronisation of `{}`", self.plan.replica_label(replica)))
    }

    /// How many things keep a replica from serving besides its components: that it is stale.
    pub(super) fn staleness(&self, replica: u32) -> u16 {
        u16::from(self.copies.get(replica as usize).is_some_and(|&copy| copy != Copy::Good))
    }

    /// True while a replica runs, whether it serves or is stale.
    pub(super) fn runs(&self, replica: u32) -> bool {
        self.replica_down[replica as usize] == self.staleness(replica)
    }

    /// True while everybody knows that a replica is not good.
    pub(super) fn is_known_stale(&self, replica: u32) -> bool {
        let copy = self.copies.get(replica as usize);
        copy.is_some_and(|&copy| copy.is_stale() || copy == Copy::FellStale)
    }

    /// A replica that was good is down, and will be stale when it is back.
    pub(super) fn copy_falls(&mut self, replica: u32, service: u32) {
        self.copies[replica as usize] = Copy::Fell;
        self.replica_down[replica as usize] += 1;
        self.effect.copies.push(service);
    }

    /// A replica that was stale is down.
    pub(super) fn stale_copy_falls(&mut self, replica: u32, service: u32) {
        if self.copies[replica as usize].is_stale() {
            self.copies[replica as usize] = Copy::FellStale;
            self.effect.copies.push(service);
            self.votes(service, false);
        }
    }

    /// Nothing keeps a replica down any more. True where it serves again: one that still leads has missed nothing, because
    /// nobody served without it.
    pub(super) fn copy_is_back(&mut self, replica: u32, service: u32) -> bool {
        self.votes(service, true);
        self.effect.copies.push(service);
        let plan = &self.plan.services[service as usize];
        let leader = self.leaders.get(plan.failover as usize);
        let leads = leader.is_some_and(|leader| plan.first_replica + leader.replica == replica);
        let is_good = leads && self.copies[replica as usize] == Copy::Fell;
        self.copies[replica as usize] = if is_good { Copy::Good } else { Copy::Stale };
        self.replica_down[replica as usize] -= u16::from(is_good);
        is_good
    }

    /// The counters are right again: replicas that are stale copy, or somebody has to see to them.
    pub(super) fn look_at_copies(&mut self, service: u32, cx: &mut Context<Event>) {
        let plan = self.plan.clone();
        let of = &plan.services[service as usize];
        let resync = &plan.resyncs[of.resync as usize];
        for replica in of.first_replica..of.first_replica + of.count {
            let now = self.copies[replica as usize];
            let next = match now {
                Copy::Good | Copy::Fell | Copy::FellStale => now,
                _ if self.is_cut(replica) => Copy::Stale,
                _ if self.up_count[service as usize] > 0 => Copy::Copies,
                _ => Copy::Awaits,
            };
            let clock = plan.blocks.resyncs.clock(resync.first_clock + replica - of.first_replica);
            self.copies[replica as usize] = next;
            match next {
                Copy::Copies if now != next => cx.set(clock, &resync.takes, Event::CaughtUp(replica)),
                Copy::Awaits if now != next => cx.set(clock, &resync.manual, Event::CaughtUp(replica)),
                Copy::Copies | Copy::Awaits => {}
                _ => {
                    cx.cancel(clock);
                }
            }
        }
    }

    /// A stale replica is good again.
    pub(super) fn caught_up(&mut self, replica: u32) {
        let service = self.plan.replica_service[replica as usize];
        let resync = &self.plan.resyncs[self.plan.services[service as usize].resync as usize];
        let was_declared = self.copies[replica as usize] == Copy::Awaits;
        self.effect.cause = resync.cause + u32::from(was_declared);
        if self.broken[service as usize] > 0 && self.is_awaited(service, replica) {
            self.comes_nearer(service);
        }
        self.copies[replica as usize] = Copy::Good;
        self.effect.copies.push(service);
        self.replica_down[replica as usize] -= 1;
        self.replica_rises(replica, service);
    }

    /// Classes of what the stale replicas of a service wait for.
    pub(super) fn copy_causes(&self, service: u32, causes: &mut Vec<u32>) {
        let plan = &self.plan.services[service as usize];
        let Some(resync) = self.plan.resyncs.get(plan.resync as usize) else { return };
        for replica in plan.first_replica..plan.first_replica + plan.count {
            match self.copies[replica as usize] {
                Copy::Copies => causes.push(resync.cause),
                Copy::Awaits => causes.push(resync.cause + 1),
                _ => {}
            }
        }
    }

    /// What a replica has just become, for a story.
    pub(super) fn copy_story(&self) -> &'static str {
        let cause = &self.plan.causes[self.effect.cause as usize];
        if cause.mode == "declared good" { "declared good by hand" } else { "has caught up" }
    }

    /// Every copy good: the state in which a trial begins.
    pub(super) fn good_copies(plan: &super::plan::Plan) -> Vec<Copy> {
        vec![Copy::Good; if plan.resyncs.is_empty() { 0 } else { plan.replica_service.len() }]
    }
}

impl super::plan::ServicePlan {
    /// True where replicas that were down have to catch up.
    #[inline]
    pub fn catches_up(&self) -> bool {
        self.resync != NONE
    }
}
