//! The way back: the first replica of a service leads again, by a planned switch, when it is up after a failover.

use serde::Serialize;

use super::Failover;
use super::compile::Builder;
use super::failover::{Leader, Phase};
use super::model::{Event, SystemModel};
use super::plan::CauseClass;
use crate::engine::{Class, Clock, Clocks, Context};
use crate::random::{Law, Name};
use crate::units::Hours;

/// The replica that leads by preference, counted within its service: the one that leads to begin with.
const PREFERRED: u32 = 0;

/// How a service goes back to the replica that leads by preference, its first one, when that is up again: by a switch that
/// is planned and still interrupts the service.
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::{Failback, Failover};
/// use fivenines::units::Duration;
///
/// let secs = |secs| Law::constant(Duration::seconds(secs));
/// // A quarter of an hour after it is back, for two seconds, at night.
/// let failback = Failback::new(secs(2.0)).after(secs(900.0)).hours("Mon-Sun 02:00-04:00".parse().unwrap());
/// assert!(Failover::new(secs(10.0), secs(30.0)).failback(failback).failback.is_some());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Failback {
    /// How long the service is interrupted.
    pub switch: Law,
    /// How long the preferred replica has to be up first, without a break.
    pub after: Law,
    /// When a switch may begin; at any time, where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
}

impl Failback {
    /// A failback as soon as the preferred replica is up.
    pub fn new(switch: Law) -> Failback {
        Failback { switch, after: Law::constant(crate::units::Duration::ZERO), hours: None }
    }

    /// How long the preferred replica has to be up first.
    #[must_use]
    pub fn after(mut self, law: Law) -> Failback {
        self.after = law;
        self
    }

    /// When a switch may begin.
    #[must_use]
    pub fn hours(mut self, hours: Hours) -> Failback {
        self.hours = Some(hours);
        self
    }
}

impl Failover {
    /// Makes the first replica lead again when it is up.
    #[must_use]
    pub fn failback(mut self, failback: Failback) -> Failover {
        self.failback = Some(failback);
        self
    }
}

/// A failback, compiled.
#[derive(Clone, Debug)]
pub(super) struct FailbackPlan {
    switch: Law,
    after: Law,
    hours: Option<Hours>,
    /// The class of its downtime.
    cause: u32,
}

impl Builder<'_> {
    /// Notes which failovers have a way back.
    pub fn failbacks(&mut self) {
        for failover in 0..self.plan.failovers.len() {
            let service = self.plan.failovers[failover].service;
            let class = self.plan.known_as(service).to_owned();
            let said = self.system.services.get(&class).and_then(|service| service.failover.as_ref());
            let Some(failback) = said.and_then(|failover| failover.failback.as_ref()) else { continue };
            let Failback { switch, after, hours } = failback.clone();
            // Parts of a service have their class in common.
            let before = failover.checked_sub(1).and_then(|last| self.plan.failovers[last].failback.as_ref());
            let known = before.map(|last| last.cause).filter(|_| self.plan.part_number(service) > 0);
            let cause = known.unwrap_or_else(|| {
                let (mode, site) = ("failing back".to_owned(), String::new());
                self.plan.causes.push(CauseClass { kind: "failover", class, mode, site });
                self.plan.causes.len() as u32 - 1
            });
            self.plan.failovers[failover].failback = Some(FailbackPlan { switch, after, hours, cause });
        }
    }
}

impl SystemModel {
    /// A clock for each failover: until it fails back.
    pub(super) fn failback_clocks(&self, clocks: &mut Clocks) {
        for failover in &self.plan.failovers {
            let service = &self.plan.services[failover.service as usize].name;
            clocks.clock(Name::new("service").child(service).child("failback"), Class::Control);
        }
    }

    fn failback_clock(&self, failover: u32) -> Clock {
        self.plan.blocks.failbacks.clock(failover)
    }

    fn prefers(&self, failover: u32) -> bool {
        let service = &self.plan.services[self.plan.failovers[failover as usize].service as usize];
        self.is_usable(service.first_replica + PREFERRED)
    }

    /// Somebody leads, or does no more, or the preferred replica went down or came up: the time until the failback
    /// begins to run, or is over.
    pub(super) fn look_at_failback(&mut self, failover: u32, cx: &mut Context<Event>) {
        let Some(failback) = &self.plan.failovers[failover as usize].failback else { return };
        let clock = self.failback_clock(failover);
        let Leader { replica, phase } = self.leaders[failover as usize];
        let returns = phase == Phase::Steady && replica != PREFERRED && self.prefers(failover);
        match (returns, cx.is_set(clock)) {
            (true, false) => cx.set(clock, &failback.after, Event::Failback(failover)),
            (false, true) => {
                cx.cancel(clock);
            }
            _ => {}
        }
    }

    /// The preferred replica has been up for long enough: the switch begins, or waits for its hours.
    pub(super) fn fails_back(&mut self, failover: u32, cx: &mut Context<Event>) {
        let plan = &self.plan.failovers[failover as usize];
        let Some(failback) = &plan.failback else { return };
        // Only hours make it ask for the time, which the exact solver does not know.
        if let Some(hours) = failback.hours.as_ref() {
            let now = cx.now();
            if let Some(opens) = hours.next_change(now).filter(|_| !hours.contains(now)) {
                return cx.set_after(self.failback_clock(failover), opens - now, Event::Failback(failover));
            }
        }
        cx.cancel(self.plan.blocks.alarms.clock(failover));
        cx.set(self.plan.blocks.failovers.clock(failover), &failback.switch, Event::Failover(failover));
        let service = plan.service;
        self.leaders[failover as usize].phase = Phase::Returning;
        self.breaks(service);
    }

    /// The switch is over.
    pub(super) fn has_failed_back(&mut self, failover: u32, cx: &mut Context<Event>) {
        self.effect.cause = self.failback_cause(failover);
        self.leads_from_now(failover, PREFERRED, cx);
    }

    /// Replicas went down or came up while the preferred one takes over. If that one is down, the old leader leads on, or is
    /// missed as ever.
    pub(super) fn look_at_return(&mut self, failover: u32, cx: &mut Context<Event>) {
        if self.prefers(failover) {
            return;
        }
        self.effect.cause = self.failback_cause(failover);
        cx.cancel(self.plan.blocks.failovers.clock(failover));
        let plan = &self.plan.failovers[failover as usize];
        let (service, replica) = (plan.service, self.leaders[failover as usize].replica);
        if self.is_usable(self.plan.services[service as usize].first_replica + replica) {
            self.leaders[failover as usize].phase = Phase::Steady;
            self.mends(service);
            return self.await_alarm(failover, cx);
        }
        cx.set(self.plan.blocks.failovers.clock(failover), &plan.detect, Event::Failover(failover));
        self.leaders[failover as usize].phase = Phase::Detecting;
        self.writes_stop(service);
        self.comes_nearer(service);
    }

    /// The class of a failback's downtime.
    pub(super) fn failback_cause(&self, failover: u32) -> u32 {
        let failback = self.plan.failovers[failover as usize].failback.as_ref();
        failback.expect("only what fails back has its cause").cause
    }
}
