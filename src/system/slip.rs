//! Repairs that go wrong: one that was for nothing, and one that breaks a neighbour.

use serde::Serialize;

use super::Mode;
use super::compile::Builder;
use super::model::{Condition, Event, SystemModel};
use super::place::NONE;
use super::plan::Plan;
use crate::engine::{Clocks, Context};
use crate::units::{Duration, Probability};

/// What may go wrong with a repair: the human error probability of Swain and Guttmann (1983, *Handbook of human reliability
/// analysis*, NUREG/CR-1278), for each repair.
///
/// ```
/// use fivenines::system::RepairError;
///
/// let wrong_disk = RepairError::new("0.5%".parse().unwrap()).breaks("pulled");
/// assert_eq!(wrong_disk.breaks.as_deref(), Some("pulled"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RepairError {
    /// The chance of each repair to go wrong.
    pub chance: Probability,
    /// The failure mode in which then a component of another replica of the service fails; without one the repair was for
    /// nothing, and is done again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaks: Option<String>,
}

impl RepairError {
    /// A repair that has to be done again with this chance.
    pub fn new(chance: Probability) -> RepairError {
        RepairError { chance, breaks: None }
    }

    /// One that works, but breaks another replica.
    #[must_use]
    pub fn breaks(mut self, mode: &str) -> RepairError {
        self.breaks = Some(mode.to_owned());
        self
    }
}

impl Mode {
    /// Says what may go wrong with its repair.
    #[must_use]
    pub fn error(mut self, error: RepairError) -> Mode {
        self.error = Some(error);
        self
    }
}

/// What may go wrong with the repair of a mode, compiled.
#[derive(Clone, Copy, Debug)]
pub(super) struct SlipPlan {
    pub mode: u32,
    pub chance: f64,
    /// Which neighbours it may break, or [`NONE`] where it is done again.
    pub neighbours: u32,
}

/// The modes of a service's components in which a slip may break one of them.
#[derive(Clone, Debug)]
pub(super) struct Neighbours {
    service: u32,
    fails: String,
    pub modes: Vec<u32>,
}

impl Builder<'_> {
    /// The number of what may go wrong with the repair of the mode that is compiled next.
    pub fn slip(&mut self, unit: u32, mode: &Mode) -> u32 {
        let Some(error) = mode.error.as_ref().filter(|_| self.system.scenario.random_faults) else {
            return NONE;
        };
        let component = unit.checked_sub(self.plan.places);
        let service = component.map_or(NONE, |it| self.plan.service_of(&self.plan.components[it as usize]));
        let neighbours = error.breaks.as_ref().map_or(NONE, |fails| self.neighbours(service, fails));
        let number = self.plan.modes.len() as u32;
        let slips = &mut self.plan.upkeep.slips;
        slips.push(SlipPlan { mode: number, chance: error.chance.value(), neighbours });
        slips.len() as u32 - 1
    }

    fn neighbours(&mut self, service: u32, fails: &str) -> u32 {
        let known = &mut self.plan.upkeep.neighbours;
        let found = known.iter().rposition(|it| it.service == service && it.fails == fails);
        found.unwrap_or_else(|| {
            known.push(Neighbours { service, fails: fails.to_owned(), modes: Vec::new() });
            known.len() - 1
        }) as u32
    }

    /// Finds those whom slips may break, when all components are there.
    pub fn slips(&mut self) {
        for number in 0..self.plan.upkeep.neighbours.len() {
            let Neighbours { service, ref fails, .. } = self.plan.upkeep.neighbours[number];
            let components = self.plan.services[service as usize].components();
            let modes = components.filter_map(|component| self.mode_of(component, fails)).collect();
            self.plan.upkeep.neighbours[number].modes = modes;
        }
    }
}

impl Plan {
    /// How many times over a mode is repaired on average, because repairs may be for nothing.
    pub fn repairs_needed(&self, mode: u32) -> f64 {
        let slip = self.slip(mode).filter(|slip| slip.neighbours == NONE);
        slip.map_or(1.0, |slip| 1.0 / (1.0 - slip.chance))
    }

    fn slip(&self, mode: u32) -> Option<&SlipPlan> {
        let care = self.upkeep.cares.get(self.modes[mode as usize].care as usize)?;
        self.upkeep.slips.get(care.slip as usize)
    }

    fn replica_of(&self, mode: u32) -> u32 {
        let component = self.modes[mode as usize].unit - self.places;
        self.components[component as usize].replica
    }

    /// Adds to each mode's rate how often repairs of others break it, in a second, while all work. Replicas of a service are
    /// alike, so that each gets as much as it gives.
    pub fn add_slip_rates(&self, rates: &mut [f64]) {
        for slip in self.upkeep.slips.iter().filter(|slip| slip.neighbours != NONE) {
            let neighbours = &self.upkeep.neighbours[slip.neighbours as usize].modes;
            let replica = self.replica_of(slip.mode);
            let own: Vec<u32> =
                neighbours.iter().copied().filter(|&mode| self.replica_of(mode) == replica).collect();
            if own.len() == neighbours.len() {
                continue;
            }
            let life = self.law(slip.mode).fails.mean().map_or(f64::INFINITY, Duration::secs);
            own.iter().for_each(|&mode| rates[mode as usize] += slip.chance / life / own.len() as f64);
        }
    }
}

impl SystemModel {
    /// A source for each repair that may go wrong.
    pub(super) fn slip_sources(&self, clocks: &mut Clocks) {
        for slip in &self.plan.upkeep.slips {
            let unit = self.plan.modes[slip.mode as usize].unit;
            clocks.source(self.plan.unit_name(unit).child(self.plan.mode_name(slip.mode)).child("error"));
        }
    }

    /// A repair is about to be done: the number of what goes wrong with it, if something does.
    pub(super) fn goes_wrong(&mut self, mode: u32, cx: &mut Context<Event>) -> Option<u32> {
        let care = self.plan.modes[mode as usize].care;
        let number = self.plan.upkeep.cares.get(care as usize)?.slip;
        let slip = self.plan.upkeep.slips.get(number as usize)?;
        self.effect.struck.clear();
        cx.chance(self.plan.blocks.slips.source(number), slip.chance).then_some(number)
    }

    /// The repair was for nothing: who does it goes on with it, with a new spare where it takes one.
    pub(super) fn repairs_again(&mut self, mode: u32, cx: &mut Context<Event>) {
        self.uses_spare(mode, cx);
        if self.takes_spare(mode) {
            self.begin_repair(mode, cx);
            self.retime_restoration(mode, cx);
        } else {
            self.modes[mode as usize] = Condition::Waits;
            self.repair_ends(mode, cx);
        }
    }

    /// The repair is done, and breaks another replica: any that works, each as likely.
    pub(super) fn breaks_neighbour(&mut self, number: u32, cx: &mut Context<Event>) {
        let plan = self.plan.clone();
        let slip = plan.upkeep.slips[number as usize];
        let replica = plan.replica_of(slip.mode);
        let neighbours = plan.upkeep.neighbours[slip.neighbours as usize].modes.iter().copied();
        let works = |&mode: &u32| plan.replica_of(mode) != replica && self.can_be_hit(mode);
        let candidates: Vec<u32> = neighbours.filter(works).collect();
        if candidates.is_empty() {
            return;
        }
        let victim = candidates[cx.pick(plan.blocks.slips.source(number), candidates.len())];
        self.slip(&[victim], cx);
    }

    /// What a slip can do, for a story: nothing where it can only be done again.
    pub(super) fn may_break(&self, mode: u32) -> bool {
        self.plan.slip(mode).is_some_and(|slip| slip.neighbours != NONE)
    }
}
