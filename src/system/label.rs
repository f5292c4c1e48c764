//! What people call a system's clocks.

use super::model::SystemModel;
use crate::engine::Clock;

impl SystemModel {
    /// A clock's name for people, by the block that it is in.
    pub(super) fn clock_label(&self, clock: Clock) -> String {
        let blocks = &self.plan.blocks;
        let rebuild = blocks.rebuilds.number_of(clock).and_then(|number| self.rebuild_label(number));
        let scaling = || blocks.scalings.number_of(clock).and_then(|number| self.scaling_label(number));
        if let Some(label) = rebuild.or_else(scaling) {
            return label;
        }
        if let Some(failover) = blocks.failbacks.number_of(clock) {
            let service = self.plan.failovers[failover as usize].service;
            return format!("the failback of `{}`", self.plan.services[service as usize].name);
        }
        if let Some(failover) = blocks.alarms.number_of(clock) {
            let service = self.plan.failovers[failover as usize].service;
            return format!("the false alarms of `{}`", self.plan.services[service as usize].name);
        }
        if let Some(number) = blocks.storms.number_of(clock) {
            let service = self.plan.capacities[number as usize].service;
            return format!("the breaker of `{}`", self.plan.services[service as usize].name);
        }
        if let Some(edge) = blocks.withouts.number_of(clock) {
            return self.without_label(edge);
        }
        if let Some(label) = blocks.data.number_of(clock).and_then(|number| self.data_label(number)) {
            return label;
        }
        if let Some(number) = blocks.ages.number_of(clock) {
            let mode = self.plan.upkeep.preventives[number as usize].mode;
            let unit = self.plan.unit_label(self.plan.modes[mode as usize].unit);
            return format!("the age of `{}`, {unit}", self.plan.mode_name(mode));
        }
        if let Some(label) = blocks.resyncs.number_of(clock).and_then(|number| self.resync_label(number)) {
            return label;
        }
        if let Some(number) = blocks.certificates.number_of(clock) {
            return self.certificate_label(number);
        }
        if let Some(number) = blocks.works.number_of(clock) {
            return self.work_label(number);
        }
        if let Some(number) = blocks.spreads.number_of(clock) {
            return self.spread_label(number);
        }
        if let Some(number) = blocks.loads.number_of(clock) {
            let service = self.plan.capacities[number as usize].service;
            return format!("the load of `{}`", self.plan.services[service as usize].name);
        }
        if let Some(label) = self.upkeep_label(clock) {
            return label;
        }
        if let Some(number) = blocks.environments.number_of(clock) {
            return self.environment_label(number);
        }
        if let Some(number) = blocks.supplies.number_of(clock) {
            return self.supply_label(number);
        }
        if let Some(number) = blocks.script.number_of(clock) {
            return self.script_label(number);
        }
        if let Some(shock) = blocks.shocks.number_of(clock) {
            return format!("the time to the next {}", self.plan.shocks[shock as usize].name);
        }
        if let Some(failover) = blocks.failovers.number_of(clock) {
            let service = self.plan.failovers[failover as usize].service;
            return format!("the failover of `{}`", self.plan.services[service as usize].name);
        }
        let mode = clock.index() as u32 / 2;
        let unit = self.plan.unit_label(self.plan.modes[mode as usize].unit);
        let what = if clock.index().is_multiple_of(2) { "time to failure" } else { "time to restoration" };
        format!("the {what} of `{}`, {unit}", self.plan.mode_name(mode))
    }
}
