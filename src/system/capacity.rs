//! Capacity at work: what the replicas that are up can do, what is demanded of them, and what happens when it is too much.
//!
//! Capacity is counted in millionths of a replica, in whole numbers, so that adding and taking away leaves no crumbs.

use super::balancing::{BalancePlan, full};
use super::compile::Builder;
use super::demand::LoadPlan;
use super::model::{Condition, SystemModel};
use super::place::NONE;
use super::plan::Plan;
use super::shards::Whole;
use super::{Body, Component, Need, Service, Stress};

/// The capacity of a replica.
pub(super) const FULL: u32 = 1_000_000;

/// A service whose capacity counts and not only how many replicas are up.
#[derive(Clone, Debug)]
pub(super) struct CapacityPlan {
    pub service: u32,
    /// What it needs whatever the load.
    pub need: u64,
    pub load: Option<LoadPlan>,
    /// How its load is shared out, where capacities do not simply add up.
    pub balance: Option<BalancePlan>,
    /// Number of its scaling, or [`NONE`].
    pub scaling: u32,
    /// Modes of its components whose failures go by the load, for each stress by itself.
    pub stressed: Vec<Stressed>,
}

/// Modes whose failures go by the load in one way.
#[derive(Clone, Debug)]
pub(super) struct Stressed {
    pub stress: Stress,
    pub modes: Vec<u32>,
}

/// What such a service has and what is asked of it.
#[derive(Clone, Debug)]
pub(super) struct Capacity {
    /// What the replicas that are up can do.
    pub up: u64,
    /// How much can be demanded of them before one has more than it can do.
    pub able: u64,
    /// What clients demand.
    pub demand: u64,
    /// What must be up.
    pub required: u64,
    /// Which level of the week is in force, and how many months the demand has grown.
    pub level: u32,
    pub months: u32,
    /// How fast each of its stresses has failures come, as far as clocks have been told.
    pub tempos: Vec<f64>,
}

impl Capacity {
    pub fn is_short(&self) -> bool {
        self.able < self.required
    }
}

impl Component {
    /// True when it can be slow.
    pub(super) fn can_be_slow(&self) -> bool {
        self.modes.values().any(|mode| mode.slow.is_some())
    }
}

impl Service {
    /// True when its capacity counts: it has a load, or needs a share of a capacity that slow components can lower.
    pub(super) fn counts_capacity(&self, can_be_slow: impl Fn(&str) -> bool) -> bool {
        let Body::Replicas { runs_on, .. } = &self.body else { return false };
        self.load.is_some()
            || matches!(self.needs, Need::Share(_)) && runs_on.iter().any(|kind| can_be_slow(kind))
    }
}

impl Plan {
    /// True where a mode leaves its component at work, slowly.
    #[inline]
    pub fn is_slow(&self, mode: u32) -> bool {
        self.slow.get(mode as usize).is_some_and(|&share| share != NONE)
    }
}

impl Builder<'_> {
    /// Notes which modes are slow, and which services count their capacity. Failures that go by load come with them.
    pub fn capacities(&mut self) {
        let kinds = &self.system.components;
        if kinds.values().any(Component::can_be_slow) {
            self.plan.slow = vec![NONE; self.plan.modes.len()];
            self.for_modes(|plan, mode, description| {
                if let Some(share) = description.slow {
                    plan.slow[mode as usize] = (share.value() * f64::from(FULL)).round() as u32;
                }
            });
        }
        for Whole { number, service, .. } in self.wholes() {
            if !service.counts_capacity(|kind| kinds[kind].can_be_slow()) {
                continue;
            }
            let count = self.plan.services[number as usize].count;
            let need = match service.needs {
                // Rounded as heads are, so that it asks for as many where none is slow.
                Need::Share(share) => {
                    (share.value() * f64::from(count) * f64::from(FULL) - 1e-3).ceil().max(1.0) as u64
                }
                _ => 0,
            };
            let balance = service.load.as_ref().and_then(|load| self.balance(number, load));
            let load = service.load.as_ref().map(|load| self.load(number, service.part_count(), load));
            self.plan.services[number as usize].capacity = self.plan.capacities.len() as u32;
            self.plan.capacities.push(CapacityPlan {
                service: number,
                need,
                load,
                balance,
                scaling: NONE,
                stressed: Vec::new(),
            });
        }
        self.stresses();
        self.scalings();
    }
}

impl SystemModel {
    /// The capacities of a system in which all works and no spell lasts, at the beginning of a week.
    pub(super) fn full_capacities(plan: &Plan) -> Vec<Capacity> {
        let full = |capacity: &CapacityPlan| {
            let up = u64::from(plan.services[capacity.service as usize].count) * u64::from(FULL);
            let demand = capacity.load.as_ref().map_or(0, |load| load.demand(0, 0, &[]));
            // No clock has been told anything yet.
            let tempos = vec![f64::NAN; capacity.stressed.len()];
            let able = full(plan.services[capacity.service as usize].count, capacity.balance.as_ref());
            Capacity { up, able, demand, required: capacity.required(demand), level: 0, months: 0, tempos }
        };
        plan.capacities.iter().map(full).collect()
    }

    /// What a replica can do while it works: as much as the slowest of its components, each as slow as its slowest mode.
    pub(super) fn working(&self, replica: u32, service: u32) -> u64 {
        if self.plan.slow.is_empty() {
            return u64::from(FULL);
        }
        let plan = &self.plan.services[service as usize];
        let first = plan.first_component + (replica - plan.first_replica) * plan.stack;
        let modes = (first..first + plan.stack)
            .flat_map(|component| self.plan.modes_of(self.plan.places + component));
        let failed = modes.filter(|&mode| self.modes[mode as usize] != Condition::Works);
        let shares = failed.map(|mode| self.plan.slow[mode as usize]).filter(|&share| share != NONE);
        u64::from(shares.min().unwrap_or(FULL))
    }

    /// A replica went down, or is up again.
    #[inline]
    pub(super) fn replica_counts(&mut self, replica: u32, service: u32, is_up: bool) {
        let capacity = self.plan.services[service as usize].capacity;
        if capacity != NONE {
            self.replica_is_counted(capacity, replica, service, is_up);
        }
    }

    fn replica_is_counted(&mut self, capacity: u32, replica: u32, service: u32, is_up: bool) {
        let working = self.working(replica, service);
        self.recount(capacity, |state| if is_up { state.up += working } else { state.up -= working });
    }

    /// A component works slowly from now on: its mode has just failed.
    pub(super) fn component_slows(&mut self, mode: u32) {
        self.slowness_changes(mode, Condition::Works);
    }

    /// It works as well as its other modes let it: its mode has just been restored.
    pub(super) fn component_quickens(&mut self, mode: u32) {
        let service = self.plan.modes[mode as usize].service;
        let capacity = self.plan.services[service as usize].capacity;
        if capacity != NONE
            && self.broken[service as usize] > 0
            && self.capacities[capacity as usize].is_short()
        {
            self.comes_nearer(service);
        }
        self.slowness_changes(mode, Condition::Waits);
    }

    /// Counts a replica anew of which one mode was in another condition before.
    fn slowness_changes(&mut self, mode: u32, before: Condition) {
        let plan = self.plan.modes[mode as usize];
        let service = &self.plan.services[plan.service as usize];
        let replica = service.replica_of(plan.unit - self.plan.places);
        let capacity = service.capacity;
        if capacity == NONE || !self.is_usable(replica) {
            return;
        }
        let now = std::mem::replace(&mut self.modes[mode as usize], before);
        let old = self.working(replica, plan.service);
        self.modes[mode as usize] = now;
        let new = self.working(replica, plan.service);
        self.recount(capacity, |state| state.up = state.up - old + new);
    }

    /// Changes a capacity, and the service with it where it was enough and is no more, or the other way round.
    pub(super) fn recount(&mut self, number: u32, change: impl FnOnce(&mut Capacity)) {
        let state = &mut self.capacities[number as usize];
        let before = state.is_short();
        change(state);
        let able = self.able(number);
        let state = &mut self.capacities[number as usize];
        state.able = able;
        let after = state.is_short();
        let plan = &self.plan.capacities[number as usize];
        let (service, scaling) = (plan.service, plan.scaling);
        self.effect.revalued.push(service);
        if !plan.stressed.is_empty() && !self.effect.strained.contains(&number) {
            self.effect.strained.push(number);
        }
        self.touch_scaling(scaling);
        self.touch_queues(service);
        match (before, after) {
            (false, true) => self.breaks(service),
            (true, false) => self.mends(service),
            _ => {}
        }
    }

    /// True while a service has less capacity than it must have.
    pub(super) fn is_short(&self, service: u32) -> bool {
        let capacity = self.plan.services[service as usize].capacity;
        capacity != NONE && self.capacities[capacity as usize].is_short()
    }

    /// Classes of what slows a service that is short of capacity, and of its load where more is demanded than it needs in
    /// any case.
    pub(super) fn shortage_causes(&self, service: u32, causes: &mut Vec<u32>) {
        let plan = &self.plan.services[service as usize];
        let modes = plan.components().flat_map(|component| self.plan.modes_of(self.plan.places + component));
        let slow =
            modes.filter(|&mode| self.plan.is_slow(mode) && self.modes[mode as usize] != Condition::Works);
        causes.extend(slow.map(|mode| self.plan.modes[mode as usize].cause));
        self.load_causes(plan.capacity, causes);
    }
}
