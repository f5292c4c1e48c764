//! How fast clocks run: the one place where what slows a part down, speeds it up or stops it is put together.

use super::Discipline;
use super::model::{Condition, Event, SystemModel};
use super::place::NONE;
use super::plan::OutagePlan;
use crate::engine::Context;

impl SystemModel {
    /// How fast a mode's time to failure runs down: 1 unless something about its unit is out of the ordinary.
    pub(super) fn failure_tempo(&self, mode: u32) -> f64 {
        if self.stands_still(mode) || self.is_worked_on(mode) {
            return 0.0;
        }
        let dormancy = self.rule(mode).map_or(1.0, |rule| if self.leads(mode) { 1.0 } else { rule.dormancy });
        dormancy * self.spell_factor(mode) * self.stress_factor(mode)
    }

    /// How fast a mode's repair goes on.
    fn restoration_tempo(&self, mode: u32) -> f64 {
        let crew = self.plan.modes[mode as usize].crew;
        if self.stands_still(mode) {
            return 0.0;
        }
        if self.modes[mode as usize] == Condition::Renewed {
            return 1.0;
        }
        let Some(state) = self.crews.get(crew as usize) else { return 1.0 };
        let plan = self.plan.crews[crew as usize];
        match plan.discipline {
            _ if state.stopped > 0 => 0.0,
            Discipline::Shared => (f64::from(plan.size) / state.active.len() as f64).min(1.0),
            _ => 1.0,
        }
    }

    /// Puts a mode's restoration clock to its speed, as [`SystemModel::retime_failure`] does the other.
    pub(super) fn retime_restoration(&self, mode: u32, cx: &mut Context<Event>) {
        cx.set_speed(Self::restoration_clock(mode), self.restoration_tempo(mode));
    }

    /// True for a component whose replica leads its service, and for all where none leads.
    fn leads(&self, mode: u32) -> bool {
        let plan = self.plan.modes[mode as usize];
        let Some(component) = plan.unit.checked_sub(self.plan.places) else { return true };
        let service = &self.plan.services[plan.service as usize];
        let leads = |leader: &super::failover::Leader| {
            service.first_replica + leader.replica == service.replica_of(component)
        };
        service.failover == NONE || leads(&self.leaders[service.failover as usize])
    }

    /// Sets a mode's failure clock, at its speed.
    #[inline]
    pub(super) fn set_failure(&mut self, mode: u32, cx: &mut Context<Event>) {
        cx.set(Self::failure_clock(mode), &self.plan.law(mode).fails, Event::Fails(mode));
        if !self.plan.upkeep.preventives.is_empty() {
            self.set_age(mode, cx);
        }
        if self.plan.modulates || !self.held.is_empty() {
            self.retime_failure(mode, cx);
        }
    }

    /// Everything about a component that works is as new.
    pub(super) fn begins_anew(&mut self, component: u32, cx: &mut Context<Event>) {
        for mode in self.plan.modes_of(self.plan.places + component) {
            let is_played = self.plan.modes[mode as usize].replay != NONE;
            if self.modes[mode as usize] == Condition::Works && !is_played {
                self.set_failure(mode, cx);
            }
        }
    }

    /// Puts a mode's failure clock, if it is set, to its speed. To be called when anything changes that
    /// [`SystemModel::failure_tempo`] depends on.
    pub(super) fn retime_failure(&mut self, mode: u32, cx: &mut Context<Event>) {
        self.strains(mode);
        cx.set_speed(Self::failure_clock(mode), self.failure_tempo(mode));
        if !self.plan.upkeep.preventives.is_empty() {
            self.retime_age(mode, cx);
        }
    }

    /// True while a mode's component stands still with a site or a domain around it: it neither fails nor is repaired.
    #[inline]
    pub(super) fn stands_still(&self, mode: u32) -> bool {
        let Some(component) = self.plan.modes[mode as usize].unit.checked_sub(self.plan.places) else {
            return false;
        };
        let kind = self.plan.components[component as usize].kind;
        self.blocked[component as usize] > 0
            && self.plan.kinds[kind as usize].outage != OutagePlan::Unreachable
    }

    /// True while a mode's component is being worked on, or is not there.
    fn is_worked_on(&self, mode: u32) -> bool {
        let component = self.plan.modes[mode as usize].unit.checked_sub(self.plan.places);
        component.is_some_and(|component| self.is_held(component))
    }

    /// Puts the failure clocks of a component's modes that work to their speed.
    pub(super) fn retime_component(&mut self, component: u32, cx: &mut Context<Event>) {
        for mode in self.plan.modes_of(self.plan.places + component) {
            // What is played from a log goes by the log.
            let plan = &self.plan.modes[mode as usize];
            if self.modes[mode as usize] == Condition::Works && plan.replay == NONE {
                self.retime_failure(mode, cx);
            }
        }
    }
}
