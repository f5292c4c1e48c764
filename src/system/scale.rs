//! Autoscaling at work: what is decided when, what is refused, and replicas that are off or on their way.
//!
//! A replica that is off is held as one that is being worked on is: it does not fail, and nothing strikes it.

use super::capacity::FULL;
use super::compile::Builder;
use super::model::SystemModel;
use super::place::NONE;
use super::plan::{CauseClass, Plan};
use super::work_state::Hold;
use super::{Body, Event, Spread};
use crate::engine::{Class, Clock, Clocks, Context};
use crate::random::{Law, Name};
use crate::units::Duration;

/// Clocks of each scaling before those of its replicas' boots.
const CLOCKS: u32 = 3;

/// A step of a scaling.
///
/// ```
/// use fivenines::system::ScaleStep;
///
/// assert_ne!(ScaleStep::Out, ScaleStep::In);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScaleStep {
    /// There have been too few replicas for long enough.
    Out,
    /// There have been too many.
    In,
    /// The time after a decision is over.
    Cooled,
    /// A replica, counted within its service, has booted.
    Booted(u32),
}

/// A service that scales, compiled.
#[derive(Clone, Debug)]
pub(super) struct ScalingPlan {
    pub service: u32,
    capacity: u32,
    target: f64,
    minimum: u32,
    reacts: Law,
    boots: Law,
    scales_in: Law,
    cooldown: Law,
    refused: f64,
    refused_in_outage: f64,
    /// For each replica the zone that it has its place in: zones refuse as a whole.
    zones: Vec<u32>,
    /// All sites around the places, which tell whether there is an outage.
    sites: Vec<u32>,
    first_clock: u32,
    /// The class of downtime until a decision; those until a replica has booted and while replicas are refused follow.
    cause: u32,
}

/// What downtime of a service that scales is due to, in the order of the classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    Reacting,
    Booting,
    Refused,
}

/// Whether a replica is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Off,
    Boots,
    On,
}

/// Where a service's scaling is.
#[derive(Clone, Debug)]
pub(super) struct ScaleState {
    replicas: Vec<Status>,
    /// How many of them boot.
    booting: u32,
    /// How many are off.
    off: u32,
    /// A decision was a short time ago.
    cools: bool,
    /// The last decision got less than it asked for.
    refused: bool,
}

/// What a decision did, for a story.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Decision {
    pub added: u32,
    pub removed: u32,
    pub refused: u32,
}

impl Builder<'_> {
    /// Notes which services scale.
    pub fn scalings(&mut self) {
        let system = self.system;
        let mut first_clock = 0;
        for (number, (name, service)) in (0..).zip(&system.services) {
            let Some(scaling) = &service.scaling else { continue };
            let (zones, sites) = self.zones(number, &service.body);
            let cause = self.plan.causes.len() as u32;
            for mode in ["reacting", "booting", "refused"] {
                let (class, mode) = (name.clone(), mode.to_owned());
                self.plan.causes.push(CauseClass { kind: "scaling", class, mode, site: String::new() });
            }
            let plan = &self.plan.services[number as usize];
            let capacity = plan.capacity;
            self.plan.capacities[capacity as usize].scaling = self.plan.scalings.len() as u32;
            self.plan.scalings.push(ScalingPlan {
                service: number,
                capacity,
                target: scaling.target.value(),
                minimum: scaling.minimum,
                reacts: scaling.reacts.clone(),
                boots: scaling.boots.clone(),
                scales_in: scaling.scales_in.clone().unwrap_or(scaling.reacts.clone()),
                cooldown: Law::constant(scaling.cooldown),
                refused: scaling.refused.value(),
                refused_in_outage: scaling.refused_in_outage.value(),
                zones,
                sites,
                first_clock,
                cause,
            });
            first_clock += CLOCKS + self.plan.services[number as usize].count;
        }
        self.plan.modulates |= !self.plan.scalings.is_empty();
    }

    /// For each replica the number of the zone that it is in, and all sites around replicas. A zone is a site of the level
    /// over which they are spread, or else the place itself.
    fn zones(&self, service: u32, body: &Body) -> (Vec<u32>, Vec<u32>) {
        let (plan, tree) = (&self.plan.services[service as usize], &self.plan.tree);
        let depth = match body {
            Body::Replicas { spread: Spread::Over { level, .. }, .. } => {
                self.system.levels.iter().position(|name| name == level)
            }
            _ => None,
        };
        let places = plan.components().map(|component| self.plan.components[component as usize].site);
        let mut sites: Vec<u32> =
            places.filter(|&site| site != NONE).flat_map(|site| tree.around(site)).collect();
        sites.sort_unstable();
        sites.dedup();
        (self.zones_at(service, depth), sites)
    }
}

impl ScalingPlan {
    /// The capacity that keeps the utilization at the target, between the fewest and the most replicas.
    pub fn wanted(&self, demand: f64, most: u32) -> u64 {
        // A hair is taken off first, as with needs.
        let wanted = (demand / self.target - 1e-3).ceil() as u64;
        wanted.clamp(u64::from(self.minimum) * u64::from(FULL), u64::from(most) * u64::from(FULL))
    }
}

impl Plan {
    /// How many clocks scalings have.
    pub fn scaling_clocks(&self) -> usize {
        let clocks = |it: &ScalingPlan| (CLOCKS + self.services[it.service as usize].count) as usize;
        self.scalings.iter().map(clocks).sum()
    }
}

impl SystemModel {
    /// Clocks for each service that scales, and one for each of its replicas; a source for what is refused.
    pub(super) fn scaling_clocks(&self, clocks: &mut Clocks) {
        for scaling in &self.plan.scalings {
            let service = &self.plan.services[scaling.service as usize];
            let name = Name::new("service").child(&service.name).child("scaling");
            for step in ["out", "in", "cooldown"] {
                clocks.clock(name.child(step), Class::Control);
            }
            (1..=service.count as usize).for_each(|replica| {
                clocks.clock(name.at(replica).child("boots"), Class::Control);
            });
            clocks.source(name.child("refused"));
        }
    }

    /// What people call one of the clocks, by its number among them.
    pub(super) fn scaling_label(&self, number: u32) -> Option<String> {
        let scaling = self.plan.scalings.iter().rfind(|scaling| scaling.first_clock <= number)?;
        Some(format!("the scaling of `{}`", self.plan.services[scaling.service as usize].name))
    }

    /// A service that scales: why there is no exact solution.
    pub fn scaled(&self) -> Option<&str> {
        let scaling = self.plan.scalings.first()?;
        Some(&self.plan.services[scaling.service as usize].name)
    }

    /// Every replica there.
    pub(super) fn all_on(plan: &Plan) -> Vec<ScaleState> {
        let all = |scaling: &ScalingPlan| {
            let count = plan.services[scaling.service as usize].count as usize;
            let replicas = vec![Status::On; count];
            ScaleState { replicas, booting: 0, off: 0, cools: false, refused: false }
        };
        plan.scalings.iter().map(all).collect()
    }

    /// No component is held; empty where none can be.
    pub(super) fn free(plan: &Plan) -> Vec<Hold> {
        let none = plan.works.is_empty() && plan.scalings.is_empty();
        vec![Hold::Free; if none { 0 } else { plan.components.len() }]
    }

    /// How many replicas of a service that scales are off.
    pub(super) fn off(&self, scaling: u32) -> u32 {
        self.scales[scaling as usize].off
    }

    fn scaling_clock(&self, scaling: u32, step: ScaleStep) -> Clock {
        let number = match step {
            ScaleStep::Out => 0,
            ScaleStep::In => 1,
            ScaleStep::Cooled => 2,
            ScaleStep::Booted(replica) => CLOCKS + replica,
        };
        self.plan.blocks.scalings.clock(self.plan.scalings[scaling as usize].first_clock + number)
    }

    fn set_scaling(&self, scaling: u32, step: ScaleStep, law: &Law, cx: &mut Context<Event>) {
        cx.set(self.scaling_clock(scaling, step), law, Event::Scale(scaling, step));
    }

    /// A trial begins with as many replicas as the load needs then, the first ones.
    pub(super) fn start_scalings(&mut self, cx: &mut Context<Event>) {
        for scaling in 0..self.scales.len() as u32 {
            let first = self.wanted(scaling).div_ceil(u64::from(FULL)) as u32;
            let count = self.scales[scaling as usize].replicas.len() as u32;
            (first..count).for_each(|replica| self.turns_off(scaling, replica, cx));
        }
    }

    /// The capacity that a service should have now.
    fn wanted(&self, scaling: u32) -> u64 {
        let plan = &self.plan.scalings[scaling as usize];
        let demand = self.capacities[plan.capacity as usize].demand;
        plan.wanted(demand as f64, self.plan.services[plan.service as usize].count)
    }

    /// How many replicas are missing, and how many could be spared. What boots counts as if it were there.
    fn gap(&self, scaling: u32) -> (u32, u32) {
        let (plan, state) = (&self.plan.scalings[scaling as usize], &self.scales[scaling as usize]);
        let there = self.capacities[plan.capacity as usize].up + u64::from(state.booting) * u64::from(FULL);
        let wanted = self.wanted(scaling);
        let missing = wanted.saturating_sub(there).div_ceil(u64::from(FULL)) as u32;
        (missing.min(state.off), (there.saturating_sub(wanted) / u64::from(FULL)) as u32)
    }

    /// Capacity or demand has changed, or a decision is over: the time to the next decision begins to run, or is over.
    pub(super) fn look_at_scaling(&mut self, scaling: u32, cx: &mut Context<Event>) {
        let (missing, spare) = self.gap(scaling);
        let plan = self.plan.clone();
        let plan = &plan.scalings[scaling as usize];
        let decides = !self.scales[scaling as usize].cools;
        let steps =
            [(ScaleStep::Out, missing > 0, &plan.reacts), (ScaleStep::In, spare > 0, &plan.scales_in)];
        for (step, is_due, law) in steps {
            let clock = self.scaling_clock(scaling, step);
            match (is_due && decides, cx.is_set(clock)) {
                (true, false) => self.set_scaling(scaling, step, law, cx),
                (false, true) => {
                    cx.cancel(clock);
                }
                _ => {}
            }
        }
    }

    /// Something about a service that scales.
    pub(super) fn scales(&mut self, scaling: u32, step: ScaleStep, cx: &mut Context<Event>) {
        match step {
            ScaleStep::Out => self.scales_out(scaling, cx),
            ScaleStep::In => self.scales_in(scaling, cx),
            ScaleStep::Cooled => {
                self.scales[scaling as usize].cools = false;
                self.touch_scaling(scaling);
            }
            ScaleStep::Booted(replica) => self.has_booted(scaling, replica, cx),
        }
    }

    /// Remembers that a service's scaling has to be looked at.
    pub(super) fn touch_scaling(&mut self, scaling: u32) {
        if scaling != NONE && !self.effect.scalings.contains(&scaling) {
            self.effect.scalings.push(scaling);
        }
    }

    /// It is decided to add replicas: one after the other in the zone that has the fewest of those which do not refuse.
    fn scales_out(&mut self, scaling: u32, cx: &mut Context<Event>) {
        let plan = self.plan.clone();
        let plan = &plan.scalings[scaling as usize];
        let (missing, _) = self.gap(scaling);
        let refuses = self.refusals(scaling, cx);
        self.short_until(
            scaling,
            if self.scales[scaling as usize].refused { Cause::Refused } else { Cause::Reacting },
        );
        let mut added = 0;
        while added < missing
            && let Some(replica) = self.next_place(scaling, &refuses)
        {
            let state = &mut self.scales[scaling as usize];
            state.replicas[replica as usize] = Status::Boots;
            state.booting += 1;
            state.off -= 1;
            added += 1;
            self.set_scaling(scaling, ScaleStep::Booted(replica), &plan.boots, cx);
        }
        let refused = missing - added;
        self.scales[scaling as usize].refused = refused > 0;
        self.effect.decision = Decision { added, removed: 0, refused };
        self.is_decided(scaling, cx);
    }

    /// For each zone whether it refuses this time.
    fn refusals(&mut self, scaling: u32, cx: &mut Context<Event>) -> Vec<bool> {
        let plan = &self.plan.scalings[scaling as usize];
        let in_outage = plan.sites.iter().any(|&site| self.site_failed[site as usize] > 0);
        let chance = if in_outage { plan.refused_in_outage } else { plan.refused };
        let source = self.plan.blocks.scalings.source(scaling);
        let zones = plan.zones.iter().max().map_or(0, |last| last + 1);
        (0..zones).map(|_| chance > 0.0 && cx.chance(source, chance)).collect()
    }

    /// Where the next replica goes: the first place of the zone with the fewest replicas that are up or on their way.
    fn next_place(&self, scaling: u32, refuses: &[bool]) -> Option<u32> {
        let plan = &self.plan.scalings[scaling as usize];
        let counts = self.in_zones(scaling);
        let free = |&replica: &u32| {
            !refuses[plan.zones[replica as usize] as usize] && self.is_free(scaling, replica)
        };
        let places = (0..plan.zones.len() as u32).filter(free);
        places.min_by_key(|&replica| (counts[plan.zones[replica as usize] as usize], replica))
    }

    /// For each zone how many replicas of the service are up or on their way in it.
    fn in_zones(&self, scaling: u32) -> Vec<u32> {
        let plan = &self.plan.scalings[scaling as usize];
        let first = self.plan.services[plan.service as usize].first_replica;
        let mut counts = vec![0; plan.zones.len()];
        for (replica, &zone) in (0..).zip(&plan.zones) {
            let status = self.scales[scaling as usize].replicas[replica as usize];
            let counts_here =
                status == Status::Boots || status == Status::On && self.is_usable(first + replica);
            counts[zone as usize] += u32::from(counts_here);
        }
        counts
    }

    /// True for a replica that is off and that nothing else would keep down.
    fn is_free(&self, scaling: u32, replica: u32) -> bool {
        let service = &self.plan.services[self.plan.scalings[scaling as usize].service as usize];
        let number = service.first_replica + replica;
        self.scales[scaling as usize].replicas[replica as usize] == Status::Off
            && !self.is_cut(number)
            && service.components_of(number).all(|component| self.causes[component as usize] == 1)
    }

    /// It is decided to take replicas away: one after the other in the zone that has the most, the last ones.
    fn scales_in(&mut self, scaling: u32, cx: &mut Context<Event>) {
        let (_, spare) = self.gap(scaling);
        let plan = self.plan.clone();
        let plan = &plan.scalings[scaling as usize];
        let first = self.plan.services[plan.service as usize].first_replica;
        for _ in 0..spare {
            let counts = self.in_zones(scaling);
            let serves = |&replica: &u32| {
                self.scales[scaling as usize].replicas[replica as usize] == Status::On
                    && self.is_usable(first + replica)
            };
            let serving = (0..plan.zones.len() as u32).filter(serves);
            let last =
                serving.max_by_key(|&replica| (counts[plan.zones[replica as usize] as usize], replica));
            let Some(replica) = last else { break };
            self.turns_off(scaling, replica, cx);
            self.effect.decision.removed += 1;
        }
        self.is_decided(scaling, cx);
    }

    /// A decision is over: for a while there is no other.
    fn is_decided(&mut self, scaling: u32, cx: &mut Context<Event>) {
        let plan = self.plan.clone();
        let plan = &plan.scalings[scaling as usize];
        self.effect.scaled.push(scaling);
        let is_instant = |law: &Law| *law == Law::constant(Duration::ZERO);
        if !is_instant(&plan.cooldown) {
            self.scales[scaling as usize].cools = true;
            return self.set_scaling(scaling, ScaleStep::Cooled, &plan.cooldown, cx);
        }
        // Where nothing was to be had and nobody waits, it would be for ever at one instant.
        if self.effect.decision.added + self.effect.decision.removed > 0 || !is_instant(&plan.reacts) {
            self.touch_scaling(scaling);
        }
    }

    fn turns_off(&mut self, scaling: u32, replica: u32, cx: &mut Context<Event>) {
        let service = self.plan.scalings[scaling as usize].service;
        let state = &mut self.scales[scaling as usize];
        state.replicas[replica as usize] = Status::Off;
        state.off += 1;
        let plan = &self.plan.services[service as usize];
        for component in plan.components_of(plan.first_replica + replica) {
            self.held[component as usize] = Hold::Off;
            self.retime_component(component, cx);
            self.component_loses(component, service);
        }
    }

    /// A replica that was off serves, unless something else keeps it down. It is new: nothing in it has an age.
    fn has_booted(&mut self, scaling: u32, replica: u32, cx: &mut Context<Event>) {
        let ScalingPlan { service, cause, .. } = self.plan.scalings[scaling as usize];
        self.effect.cause = cause + Cause::Booting as u32;
        let state = &mut self.scales[scaling as usize];
        state.replicas[replica as usize] = Status::On;
        state.booting -= 1;
        let plan = &self.plan.services[service as usize];
        for component in plan.components_of(plan.first_replica + replica) {
            self.held[component as usize] = Hold::Free;
            self.begins_anew(component, cx);
            self.component_gains(component, service);
        }
        self.touch_scaling(scaling);
    }

    /// The time up to now, for which a service was short of capacity, was due to this.
    fn short_until(&mut self, scaling: u32, cause: Cause) {
        let ScalingPlan { service, cause: first, .. } = self.plan.scalings[scaling as usize];
        if self.is_short(service) {
            self.effect.cause = first + cause as u32;
            self.comes_nearer(service);
        }
    }

    /// What a service that is short of capacity waits for, if it scales.
    pub(super) fn scaling_cause(&self, scaling: u32) -> Option<u32> {
        let (plan, state) = (self.plan.scalings.get(scaling as usize)?, self.scales.get(scaling as usize)?);
        let cause = match (state.booting, state.refused) {
            (1.., _) => Cause::Booting,
            (0, true) => Cause::Refused,
            (0, false) => Cause::Reacting,
        };
        (state.booting + state.off > 0).then_some(plan.cause + cause as u32)
    }

    /// What has just been decided about a service, or which replica is there.
    pub(super) fn scaling_story(&self, scaling: u32, step: ScaleStep) -> Option<String> {
        let Decision { added, removed, refused } = self.effect.decision;
        let replicas =
            |count: u32| if count == 1 { "1 replica".to_owned() } else { format!("{count} replicas") };
        match step {
            ScaleStep::Out if refused > 0 => {
                Some(format!("starts {}, and gets {} less than it asks for", replicas(added), refused))
            }
            ScaleStep::Out => Some(format!("starts {}", replicas(added))),
            ScaleStep::In => Some(format!("stops {}", replicas(removed))),
            ScaleStep::Cooled => None,
            ScaleStep::Booted(replica) => {
                let service = &self.plan.services[self.plan.scalings[scaling as usize].service as usize];
                Some(format!("{} has started", self.plan.replica_label(service.first_replica + replica)))
            }
        }
    }
}
