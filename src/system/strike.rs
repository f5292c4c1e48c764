//! Shocks at work: what a strike hits.

use super::model::{Condition, Event, SystemModel};
use super::plan::OutagePlan;
use crate::engine::{Clock, Context, Source};
use crate::random::Law;

/// A compiled shock.
#[derive(Clone, Debug)]
pub(super) struct ShockPlan {
    pub name: String,
    pub strikes: Law,
    /// The chance of each to be hit.
    pub each: f64,
    /// The modes in which it makes components fail, in groups of which a strike hits one.
    pub groups: Vec<Vec<u32>>,
    /// What its luck is named after: a shock, or a service's common cause.
    pub segments: Vec<String>,
}

impl ShockPlan {
    /// How often it makes one of its components fail, in a second, while that works.
    pub fn rate(&self) -> f64 {
        let mean = self.strikes.mean().map_or(f64::INFINITY, crate::units::Duration::secs);
        self.each / (mean * self.groups.len() as f64)
    }
}

impl SystemModel {
    pub(super) fn shock_clock(&self, shock: u32) -> Clock {
        self.plan.blocks.shocks.clock(shock)
    }

    /// A shock strikes: what it hits fails, and the next strike is set.
    pub(super) fn strikes(&mut self, shock: u32, cx: &mut Context<Event>) {
        let plan = self.plan.clone();
        let plan = &plan.shocks[shock as usize];
        let source = self.plan.blocks.shocks.source(shock);
        cx.set(self.shock_clock(shock), &plan.strikes, Event::Strikes(shock));
        let group = match plan.groups.len() {
            0 => return,
            1 => 0,
            several => cx.pick(source, several),
        };
        for &mode in &plan.groups[group] {
            self.may_be_hit(mode, plan.each, source, cx);
        }
    }

    /// A mode fails with this chance, if it can.
    pub(super) fn may_be_hit(&mut self, mode: u32, each: f64, source: Source, cx: &mut Context<Event>) {
        // Whether something is hit that cannot fail makes no difference, and would make states for the exact solver.
        if self.can_be_hit(mode) && (each == 1.0 || cx.chance(source, each)) {
            cx.cancel(Self::failure_clock(mode));
            self.effect.struck.push(mode);
            self.fails(mode, cx);
        }
    }

    /// True while the mode's component works in this respect and does not stand still.
    fn can_be_hit(&self, mode: u32) -> bool {
        let component = self.plan.modes[mode as usize].unit - self.plan.places;
        let kind = self.plan.components[component as usize].kind;
        let moves = self.blocked[component as usize] == 0
            || self.plan.kinds[kind as usize].outage == OutagePlan::Unreachable;
        moves && !self.is_held(component) && self.modes[mode as usize] == Condition::Works
    }
}
