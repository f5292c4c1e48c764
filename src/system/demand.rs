//! Demand at work: the level of the hour, growth, surges, and failures that go by utilization.

use std::sync::Arc;

use super::capacity::{Capacity, CapacityPlan, FULL, Stressed};
use super::compile::Builder;
use super::model::{Condition, Event, SystemModel};
use super::place::NONE;
use super::plan::{CauseClass, Plan};
use super::storm::RetriesPlan;
use super::{Demand, Load, Mode, Stress};
use crate::engine::{Class, Clock, Clocks, Context};
use crate::random::Name;
use crate::random::math::pow;
use crate::units::{Duration, Instant, Ratio, Span};

/// No clock runs faster than this many times: a load without capacity would make it infinite.
const FASTEST: f64 = 1e12;

/// A compiled load, in millionths of a replica.
#[derive(Clone, Debug)]
pub(super) struct LoadPlan {
    /// From when in the week, in microseconds, how much is demanded; the first begins with the week.
    levels: Vec<(u64, f64)>,
    growth: f64,
    down_above: Option<f64>,
    /// What spells of environments make of it: number of the environment, factor, and what comes on top.
    surges: Vec<(u32, f64, f64)>,
    /// The class of downtime that ends when the load falls by itself.
    cause: u32,
    /// What clients do while the service is down.
    pub retries: Option<RetriesPlan>,
}

/// Failures that go by utilization.
#[derive(Clone, Debug, Default)]
pub(super) struct Stresses {
    /// The distinct ones.
    kinds: Vec<Stress>,
    /// For each mode, its kind or [`NONE`]; empty where no mode has one.
    of_mode: Vec<u32>,
}

impl Stresses {
    pub fn is_empty(&self) -> bool {
        self.of_mode.is_empty()
    }
}

impl LoadPlan {
    /// The demand at a level of the week after so many months of growth, while these spells last.
    pub fn demand(&self, level: u32, months: u32, spells: &[bool]) -> u64 {
        let mut demand = self.levels[level as usize].1 * pow(1.0 + self.growth, f64::from(months) / 12.0);
        let lasting = || self.surges.iter().filter(|surge| spells.get(surge.0 as usize) == Some(&true));
        lasting().for_each(|surge| demand *= surge.1);
        lasting().for_each(|surge| demand += surge.2);
        demand.round() as u64
    }

    /// True where what is too much is not served, and the rest is.
    pub fn sheds(&self) -> bool {
        self.down_above.is_none()
    }

    /// True where it is not always the same.
    pub fn varies(&self) -> bool {
        self.goes_by_time() || !self.surges.is_empty()
    }

    /// True where it goes by the time of the week or grows.
    fn goes_by_time(&self) -> bool {
        self.levels.len() > 1 || self.growth > 0.0
    }

    /// The level of the week and the months of growth at an instant, and how long until one of them changes.
    fn at(&self, now: Instant) -> (u32, u32, Span) {
        let (now, week) = (now.since_start().as_micros(), Duration::days(7.0).span().as_micros());
        let level = self.levels.partition_point(|(start, _)| *start <= now % week) - 1;
        let end = self.levels.get(level + 1).map_or(week, |(start, _)| *start);
        let mut wait = if self.levels.len() > 1 { end - now % week } else { u64::MAX };
        let month = Duration::hours(730.0).span().as_micros();
        if self.growth > 0.0 {
            wait = wait.min(month - now % month);
        }
        (level as u32, (now / month) as u32, Span::from_micros(wait))
    }

    /// The demand on average over a week without growth.
    fn mean(&self) -> f64 {
        let week = Duration::days(7.0).span().as_micros();
        let ends = self.levels.iter().skip(1).map(|(start, _)| *start).chain([week]);
        let spans = self.levels.iter().zip(ends);
        spans.map(|((start, level), end)| level * (end - start) as f64 / week as f64).sum()
    }
}

impl CapacityPlan {
    /// What must be up while so much is demanded.
    pub fn required(&self, demand: u64) -> u64 {
        let limit = self.load.as_ref().and_then(|load| load.down_above);
        // A hair is taken off first, as with needs.
        let carried = limit.map_or(0, |limit| (demand as f64 / limit - 1e-3).ceil() as u64);
        self.need.max(carried)
    }
}

impl Builder<'_> {
    /// Calls something for each mode of each component, with its description.
    pub fn for_modes(&mut self, mut each: impl FnMut(&mut Plan, u32, &Mode)) {
        for component in 0..self.plan.components.len() as u32 {
            let kind = self.plan.components[component as usize].kind as usize;
            let modes = &self.system.components[&self.plan.kinds[kind].name].modes;
            for (mode, description) in self.plan.modes_of(self.plan.places + component).zip(modes.values()) {
                each(&mut self.plan, mode, description);
            }
        }
    }

    /// The load of a service, or of one of so many parts among which it is shared evenly.
    pub fn load(&mut self, service: u32, parts: u32, load: &Load) -> LoadPlan {
        let count = f64::from(self.plan.services[service as usize].count);
        let units = |demand: &Demand| match demand {
            Demand::Share(share) => share.value() * count * f64::from(FULL),
            Demand::Rate(rate) => {
                let capacity = load.capacity.expect("a checked load that is counted has a capacity");
                rate.per_sec() / capacity.per_sec() * f64::from(FULL) / f64::from(parts)
            }
        };
        let level = |at: Instant| {
            let named = load.by_hours.iter().find(|hourly| hourly.hours.contains(at));
            units(named.map_or(&load.base, |hourly| &hourly.load))
        };
        let (mut levels, mut at) = (vec![(0, level(Instant::START))], Instant::START);
        let end = Instant::START + Duration::days(7.0).span();
        while let Some(next) = load.by_hours.iter().filter_map(|it| it.hours.next_change(at)).min() {
            if next >= end {
                break;
            }
            let (since, now) = (next.since_start().as_micros(), level(next));
            if levels.last().is_some_and(|last| last.1 != now) {
                levels.push((since, now));
            }
            at = next;
        }
        let mut surges = Vec::new();
        for (number, environment) in (0..).zip(self.system.environments.values()) {
            let added = environment.added_load.as_ref().map_or(0.0, units);
            let mut components = self.plan.services[service as usize].components();
            if environment.changes_load() && components.any(|it| self.is_in_scope(&environment.scope, it)) {
                surges.push((number, environment.load_factor, added));
            }
        }
        let (growth, down_above) = (load.growth.value(), load.down_above.map(|limit| limit.value()));
        let cause = self.load_cause(self.plan.known_as(service).to_owned(), "load");
        LoadPlan { levels, growth, down_above, surges, cause, retries: self.retries(service, load) }
    }

    /// The class of downtime that ends when a load falls: a service's own, what an environment adds, or what retries do.
    pub fn load_cause(&mut self, class: String, mode: &str) -> u32 {
        let cause = CauseClass { kind: "load", class, mode: mode.to_owned(), site: String::new() };
        self.plan.causes.iter().position(|known| *known == cause).unwrap_or_else(|| {
            self.plan.causes.push(cause);
            self.plan.causes.len() - 1
        }) as u32
    }

    /// Notes which modes' failures go by load, and gives each environment that changes a load its cause.
    pub fn stresses(&mut self) {
        if self.system.components.values().any(|kind| kind.modes.values().any(|it| it.stress.is_some())) {
            self.plan.stresses.of_mode = vec![NONE; self.plan.modes.len()];
        }
        self.for_modes(|plan, mode, description| {
            let Some(stress) = description.stress else { return };
            let kinds = &mut plan.stresses.kinds;
            let kind = kinds.iter().position(|known| *known == stress).unwrap_or_else(|| {
                kinds.push(stress);
                kinds.len() - 1
            });
            plan.stresses.of_mode[mode as usize] = kind as u32;
            let service = plan.modes[mode as usize].service;
            let capacity = plan.services[service as usize].capacity as usize;
            let stressed = &mut plan.capacities[capacity].stressed;
            match stressed.iter_mut().find(|known| known.stress == stress) {
                Some(known) => known.modes.push(mode),
                None => stressed.push(Stressed { stress, modes: vec![mode] }),
            }
        });
    }

    /// Gives each environment that changes a load the class of the downtime that ends with it.
    pub fn surge_causes(&mut self) {
        for number in 0..self.plan.environments.len() {
            let loads = self.plan.capacities.iter().filter_map(|capacity| capacity.load.as_ref());
            if loads.flat_map(|load| &load.surges).any(|surge| surge.0 as usize == number) {
                let name = self.plan.environments[number].name.clone();
                self.plan.environments[number].cause = self.load_cause(name, "load");
            }
        }
    }
}

impl Plan {
    /// How many replicas a service needs by its load on average, as a spreadsheet has it.
    pub fn mean_need(&self, service: usize) -> u32 {
        let of = &self.services[service];
        let Some(capacity) = self.capacities.get(of.capacity as usize) else { return of.need };
        let demand = capacity.load.as_ref().map_or(0.0, LoadPlan::mean).round() as u64;
        let heads = capacity.required(demand).div_ceil(u64::from(FULL));
        of.need.max(u32::try_from(heads).unwrap_or(u32::MAX))
    }

    /// How many replicas a service has by its load on average.
    pub fn mean_count(&self, service: usize) -> u32 {
        let of = &self.services[service];
        let Some(capacity) = self.capacities.get(of.capacity as usize) else { return of.count };
        let Some(scaling) = self.scalings.get(capacity.scaling as usize) else { return of.count };
        scaling.wanted(capacity.load.as_ref().map_or(0.0, LoadPlan::mean), of.count).div_ceil(u64::from(FULL))
            as u32
    }

    /// How many times as fast a mode fails at the mean load, all replicas being up.
    pub fn mean_stress(&self, mode: u32) -> f64 {
        let Some(stress) = self.stress(mode) else { return 1.0 };
        let service = &self.services[self.modes[mode as usize].service as usize];
        let load = self.capacities[service.capacity as usize].load.as_ref();
        stress.tempo(load.map_or(0.0, LoadPlan::mean) / (f64::from(service.count) * f64::from(FULL)))
    }

    fn stress(&self, mode: u32) -> Option<Stress> {
        let kind = *self.stresses.of_mode.get(mode as usize)?;
        self.stresses.kinds.get(kind as usize).copied()
    }
}

impl Stress {
    /// How fast the time to failure runs down at a utilization.
    fn tempo(self, utilization: f64) -> f64 {
        if self.above.is_some_and(|above| utilization <= above.value()) {
            return 0.0;
        }
        if self.exponent == 0.0 {
            return 1.0;
        }
        pow(utilization / self.rated_at.value(), self.exponent).min(FASTEST)
    }
}

impl SystemModel {
    /// A service whose load goes by the time of the week or grows: why there is no exact solution.
    pub fn loaded_by_time(&self) -> Option<&str> {
        let by_time = |capacity: &&CapacityPlan| capacity.load.as_ref().is_some_and(LoadPlan::goes_by_time);
        let capacity = self.plan.capacities.iter().find(by_time)?;
        Some(&self.plan.services[capacity.service as usize].name)
    }

    fn load_clock(&self, number: u32) -> Clock {
        self.plan.blocks.loads.clock(number)
    }

    /// A clock for each service that counts its capacity.
    pub(super) fn load_clocks(&self, clocks: &mut Clocks) {
        for capacity in &self.plan.capacities {
            let service = &self.plan.services[capacity.service as usize].name;
            clocks.clock(Name::new("service").child(service).child("load"), Class::Control);
        }
    }

    pub(super) fn start_loads(&mut self, cx: &mut Context<Event>) {
        for number in 0..self.plan.capacities.len() as u32 {
            self.await_load(number, cx);
            if self.capacities[number as usize].is_short() {
                self.breaks(self.plan.capacities[number as usize].service);
            }
        }
    }

    /// Finds the level of the present hour, and sets the clock to when it changes.
    fn await_load(&mut self, number: u32, cx: &mut Context<Event>) {
        let Some(load) = &self.plan.capacities[number as usize].load else { return };
        if load.goes_by_time() {
            let (level, months, wait) = load.at(cx.now());
            let state = &mut self.capacities[number as usize];
            (state.level, state.months) = (level, months);
            cx.set_after(self.load_clock(number), wait, Event::Load(number));
        }
    }

    /// The load of a service changes with the hour, or grows.
    pub(super) fn load_turns(&mut self, number: u32, cx: &mut Context<Event>) {
        let load = self.plan.capacities[number as usize].load.as_ref();
        let by_itself = load.map_or(NONE, |load| load.cause);
        self.effect.cause = self.storm_cause(number).unwrap_or(by_itself);
        self.await_load(number, cx);
        self.demand_changes(number);
    }

    /// A spell has begun or is over, which may change loads.
    pub(super) fn surge_turns(&mut self, environment: u32) {
        self.effect.cause = self.plan.environments[environment as usize].cause;
        for number in 0..self.plan.capacities.len() as u32 {
            let load = self.plan.capacities[number as usize].load.as_ref();
            if load.is_some_and(|load| load.surges.iter().any(|surge| surge.0 == environment)) {
                self.demand_changes(number);
            }
        }
    }

    /// Works out what is demanded of a service now.
    pub(super) fn demand_changes(&mut self, number: u32) {
        let plan = &self.plan.capacities[number as usize];
        let Some(load) = &plan.load else { return };
        let state = &self.capacities[number as usize];
        let usual = load.demand(state.level, state.months, &self.spells);
        let demand = (usual as f64 * load.amplified(self.storms.get(number as usize))).round() as u64;
        let (required, service) = (plan.required(demand), plan.service);
        if state.is_short() && required < state.required {
            self.comes_nearer(service);
        }
        self.recount(number, |state| (state.demand, state.required) = (demand, required));
    }

    /// A service that counts its capacity, and the demand as a share of what all its replicas can do, to the percent.
    pub(super) fn demanded(&self, number: u32) -> (&str, Ratio) {
        let service = &self.plan.services[self.plan.capacities[number as usize].service as usize];
        let full = f64::from(service.count) * f64::from(FULL);
        let percent = (100.0 * self.capacities[number as usize].demand as f64 / full).round();
        (&service.name, Ratio::new(percent / 100.0).expect("a demand is not negative"))
    }

    /// Classes of what makes a service's load too large: the spells that last, or else the load itself.
    pub(super) fn load_causes(&self, capacity: u32, causes: &mut Vec<u32>) {
        let plan = &self.plan.capacities[capacity as usize];
        let Some(load) = &plan.load else { return };
        if self.capacities[capacity as usize].required <= plan.need {
            return;
        }
        if let Some(cause) = self.storm_cause(capacity).or_else(|| self.scaling_cause(plan.scaling)) {
            return causes.push(cause);
        }
        let lasting = load.surges.iter().filter(|surge| self.spells[surge.0 as usize]);
        let before = causes.len();
        causes.extend(lasting.map(|surge| self.plan.environments[surge.0 as usize].cause));
        if causes.len() == before {
            causes.push(load.cause);
        }
    }

    /// What the utilization makes of a mode's tempo. What is down carries no load.
    pub(super) fn stress_factor(&self, mode: u32) -> f64 {
        let Some(stress) = self.plan.stress(mode) else { return 1.0 };
        let plan = self.plan.modes[mode as usize];
        let service = &self.plan.services[plan.service as usize];
        let replica = service.replica_of(plan.unit - self.plan.places);
        if self.replica_down[replica as usize] > 0 {
            return 0.0;
        }
        self.capacities[service.capacity as usize].tempo(stress)
    }

    /// Remembers that a mode's clock has been set or put to a speed in the middle of an event, if failures go by load.
    #[inline]
    pub(super) fn strains(&mut self, mode: u32) {
        if self.plan.stress(mode).is_some() {
            self.effect.paced.push(mode);
        }
    }

    /// A replica went down and carries no load any more, or is up again.
    #[cold]
    pub(super) fn load_leaves(&mut self, replica: u32, service: u32) {
        let plan = Arc::clone(&self.plan);
        let components = plan.services[service as usize].components_of(replica);
        let modes = components.flat_map(|component| plan.modes_of(plan.places + component));
        modes.for_each(|mode| self.strains(mode));
    }

    /// Puts failure clocks to the speeds that the utilization makes, which is final now: those of services whose stress it
    /// changed, and those that something else happened to.
    pub(super) fn settle_stresses(&mut self, cx: &mut Context<Event>) {
        let plan = Arc::clone(&self.plan);
        while let Some(number) = self.effect.strained.pop() {
            for (index, stressed) in plan.capacities[number as usize].stressed.iter().enumerate() {
                let state = &mut self.capacities[number as usize];
                let tempo = state.tempo(stressed.stress);
                // Most changes of a load are on one side of a threshold.
                if std::mem::replace(&mut state.tempos[index], tempo) != tempo {
                    stressed.modes.iter().for_each(|&mode| self.retime_stressed(mode, cx));
                }
            }
        }
        while let Some(mode) = self.effect.paced.pop() {
            self.retime_stressed(mode, cx);
        }
    }

    fn retime_stressed(&self, mode: u32, cx: &mut Context<Event>) {
        if self.modes[mode as usize] == Condition::Works {
            cx.set_speed(Self::failure_clock(mode), self.failure_tempo(mode));
        }
    }
}

impl Capacity {
    /// How fast failures come that go by this stress, where there is any load.
    fn tempo(&self, stress: Stress) -> f64 {
        if self.up == 0 { 0.0 } else { stress.tempo(self.demand as f64 / self.up as f64) }
    }
}
