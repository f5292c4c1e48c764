//! Latent faults: failures that nobody knows of, how they are found, and what is believed meanwhile.

use super::model::{Condition, Event, SystemModel};
use super::place::NONE;
use super::plan::Plan;
use super::{Found, Mode};
use crate::engine::{Class, Clock, Clocks, Context};
use crate::units::Span;

/// A mode whose failures are not noticed at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct LatentPlan {
    pub mode: u32,
    /// How long after the others its inspections come.
    pub offset: Span,
}

impl LatentPlan {
    /// A mode of the component that was compiled last.
    pub fn new(plan: &Plan, mode: u32, said: &Mode) -> LatentPlan {
        let offset = match (&said.found, plan.components.last()) {
            (Some(Found::Every { period, staggered: true }), Some(component)) => {
                let service = &plan.services[plan.service_of(component) as usize];
                let before = u64::from(component.replica - service.first_replica);
                Span::from_micros(period.span().as_micros() / u64::from(service.count) * before)
            }
            _ => Span::ZERO,
        };
        LatentPlan { mode, offset }
    }
}

impl SystemModel {
    pub(super) fn latent_clocks(&self, clocks: &mut Clocks) {
        for latent in &self.plan.upkeep.latent {
            let unit = self.plan.modes[latent.mode as usize].unit;
            let name = self.plan.unit_name(unit).child(self.plan.mode_name(latent.mode));
            clocks.clock(name.child("found"), Class::Control);
        }
    }

    /// Number of a mode among the latent ones.
    fn latent(&self, mode: u32) -> u32 {
        let care = self.plan.modes[mode as usize].care;
        if care == NONE { NONE } else { self.plan.upkeep.cares[care as usize].latent }
    }

    /// The clock that finds a mode's latent failure, if it can have one.
    pub(super) fn latent_clock(&self, mode: u32) -> Option<Clock> {
        let latent = self.latent(mode);
        (latent != NONE).then(|| self.plan.blocks.latent.clock(latent))
    }

    /// A mode has failed and may be one that nobody notices. True where that is so.
    pub(super) fn fails_unnoticed(&mut self, mode: u32, cx: &mut Context<Event>) -> bool {
        let Some(clock) = self.latent_clock(mode) else { return false };
        if self.is_checked(mode) {
            return false;
        }
        self.modes[mode as usize] = Condition::Unfound;
        self.set_inspection(mode, clock, cx);
        true
    }

    fn set_inspection(&self, mode: u32, clock: Clock, cx: &mut Context<Event>) {
        let event = Event::Found(mode);
        match self.rule(mode).and_then(|rule| rule.found.as_ref()) {
            Some(Found::After(law)) => cx.set(clock, law, event),
            Some(Found::Every { period, .. }) => {
                let offset = self.plan.upkeep.latent[self.latent(mode) as usize].offset.as_micros();
                let (now, period) = (cx.now().as_micros(), period.span().as_micros());
                // The first inspection after now; those at the period's own times begin a period after the start.
                let next = if now < offset { offset } else { now + period - (now - offset) % period };
                cx.set_after(clock, Span::from_micros(next - now), event);
            }
            Some(Found::AtFailover) | None => {}
        }
    }

    /// A latent failure is found: from now on it is a failure like any other.
    pub(super) fn find(&mut self, mode: u32, cx: &mut Context<Event>) {
        self.stops_looking(mode, cx);
        self.modes[mode as usize] = Condition::Waits;
        self.effect.found.push(mode);
        self.request_repair(mode, cx);
    }

    /// Nobody looks for a failure any more, which may have been latent.
    pub(super) fn stops_looking(&self, mode: u32, cx: &mut Context<Event>) {
        if let Some(clock) = self.latent_clock(mode) {
            cx.cancel(clock);
        }
    }

    /// What is frozen is not inspected, and what has thawed is again.
    pub(super) fn pause_inspection(&self, mode: u32, cx: &mut Context<Event>) {
        let Some(clock) = self.latent_clock(mode) else { return };
        let is_fixed = self.rule(mode).is_some_and(|rule| matches!(rule.found, Some(Found::Every { .. })));
        match (self.stands_still(mode), is_fixed) {
            (true, _) => cx.set_speed(clock, 0.0),
            (false, true) => self.set_inspection(mode, clock, cx),
            (false, false) => cx.set_speed(clock, 1.0),
        }
    }

    /// Everything about a replica is looked at: what was latent in it is found.
    pub(super) fn look_at_replica(&mut self, service: u32, replica: u32, cx: &mut Context<Event>) {
        for component in self.plan.services[service as usize].components_of(replica) {
            for mode in self.plan.modes_of(self.plan.places + component) {
                if self.modes[mode as usize] == Condition::Unfound {
                    self.find(mode, cx);
                }
            }
        }
    }

    /// True while nothing that anybody knows of keeps a replica down.
    pub(super) fn seems_up(&self, service: u32, replica: u32) -> bool {
        let mut components = self.plan.services[service as usize].components_of(replica);
        !self.is_cut(replica)
            && !self.is_known_stale(replica)
            && components.all(|component| {
                let modes = self.plan.modes_of(self.plan.places + component);
                // What is slow is not down.
                let takes_down = |mode: u32| !self.plan.is_slow(mode);
                let unfound =
                    modes.filter(|&mode| self.modes[mode as usize] == Condition::Unfound && takes_down(mode));
                usize::from(self.causes[component as usize]) == unfound.count()
            })
    }

    /// How many replicas of a service with a failover seem to be up.
    pub(super) fn seeming(&self, failover: u32) -> u32 {
        let plan = &self.plan.failovers[failover as usize];
        let service = &self.plan.services[plan.service as usize];
        if !plan.latent {
            return self.up_count[plan.service as usize];
        }
        let replicas = service.first_replica..service.first_replica + service.count;
        replicas.filter(|&replica| self.seems_up(plan.service, replica)).count() as u32
    }
}
