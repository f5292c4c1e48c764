//! What the outage of a site or a domain does to what is in it.

use super::model::{Condition, Event, SystemModel};
use super::plan::OutagePlan;
use crate::engine::Context;

impl SystemModel {
    /// One more thing keeps a site, a domain or a supply down.
    pub(super) fn place_loses(&mut self, place: u32, cx: &mut Context<Event>) {
        self.site_failed[place as usize] += 1;
        if self.site_failed[place as usize] == 1 {
            match self.plan.supply_at(place) {
                Some(supply) => self.supply_fails(supply, cx),
                None => {
                    self.touch_place(place);
                    self.site_down(place, cx);
                }
            }
        }
    }

    /// One thing fewer keeps it down.
    pub(super) fn place_gains(&mut self, place: u32, cx: &mut Context<Event>) {
        self.site_failed[place as usize] -= 1;
        if self.site_failed[place as usize] == 0 {
            match self.plan.supply_at(place) {
                Some(supply) => self.supply_restored(supply, cx),
                None => {
                    self.touch_place(place);
                    self.site_back(place, cx);
                }
            }
        }
    }

    fn site_down(&mut self, site: u32, cx: &mut Context<Event>) {
        self.site_passes(site, false);
        for index in self.plan.inside(site) {
            let component = self.plan.located[index];
            let plan = self.plan.components[component as usize];
            self.blocked[component as usize] += 1;
            self.component_loses(component, self.plan.service_of(&plan));
            if self.blocked[component as usize] == 1 {
                match self.plan.kinds[plan.kind as usize].outage {
                    OutagePlan::Unreachable => {}
                    OutagePlan::Frozen => self.freeze(component, cx),
                    OutagePlan::Crashes(offset) => self.crash(component, offset, cx),
                }
            }
        }
    }

    fn site_back(&mut self, site: u32, cx: &mut Context<Event>) {
        self.site_passes(site, true);
        for index in self.plan.inside(site) {
            let component = self.plan.located[index];
            let plan = self.plan.components[component as usize];
            self.blocked[component as usize] -= 1;
            if self.blocked[component as usize] == 0 {
                match self.plan.kinds[plan.kind as usize].outage {
                    OutagePlan::Unreachable => {}
                    OutagePlan::Frozen => self.thaw(component, cx),
                    OutagePlan::Crashes(_) => self.recover(component, cx),
                }
            }
            self.component_gains(component, self.plan.service_of(&plan));
        }
    }

    /// A component's clocks stand still.
    fn freeze(&mut self, component: u32, cx: &mut Context<Event>) {
        self.retime_component(component, cx);
        for mode in self.plan.modes_of(self.plan.places + component) {
            match self.modes[mode as usize] {
                Condition::Repaired => self.pause_repair(mode, cx),
                Condition::Renewed => self.retime_restoration(mode, cx),
                Condition::Unfound => self.pause_inspection(mode, cx),
                Condition::Works | Condition::Waits => {}
            }
        }
    }

    fn thaw(&mut self, component: u32, cx: &mut Context<Event>) {
        self.retime_component(component, cx);
        for mode in self.plan.modes_of(self.plan.places + component) {
            match self.modes[mode as usize] {
                Condition::Repaired => self.resume_repair(mode, cx),
                Condition::Renewed => self.retime_restoration(mode, cx),
                Condition::Unfound => self.pause_inspection(mode, cx),
                Condition::Works | Condition::Waits => {}
            }
        }
    }

    /// A site's outage fails a component in one of its modes; nothing about it goes on until the site is back.
    fn crash(&mut self, component: u32, offset: u32, cx: &mut Context<Event>) {
        let modes = self.plan.modes_of(self.plan.places + component);
        let crashed = modes.start + offset;
        for mode in modes {
            match self.modes[mode as usize] {
                Condition::Works if mode == crashed => {
                    cx.cancel(Self::failure_clock(mode));
                    self.stop_age(mode, cx);
                    self.modes[mode as usize] = Condition::Waits;
                    let plan = self.plan.components[component as usize];
                    self.mode_takes(mode, component, self.plan.service_of(&plan));
                }
                Condition::Works => self.retime_failure(mode, cx),
                Condition::Unfound | Condition::Waits | Condition::Repaired | Condition::Renewed => {
                    self.call_off(mode, cx);
                }
            }
        }
    }

    /// The site is back: repairs begin and clocks run on.
    fn recover(&mut self, component: u32, cx: &mut Context<Event>) {
        for mode in self.plan.modes_of(self.plan.places + component) {
            match self.modes[mode as usize] {
                Condition::Works => self.retime_failure(mode, cx),
                _ => self.request_repair(mode, cx),
            }
        }
    }
}
