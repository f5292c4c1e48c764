//! From a failure to its repair: it is noticed, a spare is there, what the repair needs is up, and the crew has time.

use super::compile::Builder;
use super::duty::DutyPlan;
use super::latent::LatentPlan;
use super::model::{Condition, Event, SystemModel};
use super::place::NONE;
use super::preventive::PreventivePlan;
use super::shelf::{Shelf, ShelfPlan};
use super::slip::{Neighbours, SlipPlan};
use super::support::SupportPlan;
use super::{Body, Found, Mode, Preventive, RepairError, Service};
use crate::engine::{Clock, Clocks, Context};
use crate::random::Law;
use crate::units::Probability;

/// What repairs wait for besides their crews, compiled. Empty for a system that says nothing of it.
#[derive(Clone, Debug, Default)]
pub(super) struct UpkeepPlan {
    /// The modes of which there is more to say than a crew.
    pub cares: Vec<CarePlan>,
    /// What there is to say, each once.
    pub rules: Vec<Rule>,
    /// The modes whose failures are not noticed at once.
    pub latent: Vec<LatentPlan>,
    pub shelves: Vec<ShelfPlan>,
    pub supports: Vec<SupportPlan>,
    /// For each place the supports that it is part of; nothing at all where there is none.
    pub place_supports: Vec<Vec<u32>>,
    /// What may go wrong with repairs.
    pub slips: Vec<SlipPlan>,
    /// Whom that may break.
    pub neighbours: Vec<Neighbours>,
    /// What is replaced at an age.
    pub preventives: Vec<PreventivePlan>,
    /// When crews work and how they come.
    pub duties: Vec<DutyPlan>,
    /// True when repairs can stand still, or be broken off and go on later.
    pub breaks_off: bool,
}

/// A mode of which there is more to say than a crew.
#[derive(Clone, Copy, Debug)]
pub(super) struct CarePlan {
    pub rule: u32,
    /// Number among the latent modes, or [`NONE`].
    pub latent: u32,
    /// The shelf of its spares, or [`NONE`].
    pub shelf: u32,
    /// Number among what may go wrong with repairs, or [`NONE`].
    pub slip: u32,
    /// Number among the replacements at an age, or [`NONE`].
    pub preventive: u32,
}

/// What is said of a mode's repair.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rule {
    pub found: Option<Found>,
    /// What has to be up for the repair, or [`NONE`].
    pub support: u32,
    pub without: Option<Law>,
    pub after_failover: bool,
    pub error: Option<RepairError>,
    pub preventive: Option<Preventive>,
    /// 1 comes first; what has none comes last.
    pub priority: u32,
    /// The share of the failure rate that is left while the replica does not lead.
    pub dormancy: f64,
    /// Whether a failure destroys the copy of the data that the replica keeps.
    pub destroys: bool,
}

/// What repairs wait for, at work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Upkeep {
    pub shelves: Vec<Shelf>,
    /// For each support, whether it was up when last looked at.
    pub stands: Vec<bool>,
    /// For each support, the modes that wait for it, in order of number.
    pub waiting: Vec<Vec<u32>>,
    /// The modes that wait for a failover to be over, in order of number.
    pub held: Vec<u32>,
}

impl Upkeep {
    pub fn new(plan: &UpkeepPlan) -> Upkeep {
        Upkeep {
            shelves: plan.shelves.iter().map(Shelf::full).collect(),
            stands: vec![true; plan.supports.len()],
            waiting: vec![Vec::new(); plan.supports.len()],
            held: Vec::new(),
        }
    }

    /// Gives modes other numbers.
    pub fn rename(&mut self, mode: impl Fn(u32) -> u32) {
        self.shelves.iter_mut().for_each(|shelf| shelf.rename(&mode));
        for waiting in &mut self.waiting {
            waiting.iter_mut().for_each(|entry| *entry = mode(*entry));
            waiting.sort_unstable();
        }
        self.held.iter_mut().for_each(|entry| *entry = mode(*entry));
        self.held.sort_unstable();
    }

    /// What a mode waits for, in numbers that compare.
    pub fn key(&self, mode: u32, key: &mut Vec<u64>) {
        self.shelves.iter().for_each(|shelf| key.push(shelf.key(mode)));
        let waiting = self.waiting.iter().chain([&self.held]);
        key.extend(waiting.map(|waiting| u64::from(waiting.binary_search(&mode).is_ok())));
    }
}

impl Builder<'_> {
    /// Writes down what there is to say of the mode that is compiled next.
    pub fn care(&mut self, unit: u32, mode: &Mode) -> u32 {
        let says_more = mode.found.is_some()
            || mode.replaced_from.is_some()
            || mode.repair_needs.is_some()
            || mode.after_failover
            || mode.error.is_some()
            || mode.preventive.is_some()
            || mode.priority.is_some()
            || mode.dormancy.is_some()
            || mode.destroys;
        if !says_more {
            return NONE;
        }
        let number = self.plan.modes.len() as u32;
        let support = mode.repair_needs.as_ref().map_or(NONE, |what| self.support(what));
        let (shelf, slip, preventive) =
            (self.shelf(unit, mode), self.slip(unit, mode), self.preventive(mode));
        let latent = match &mode.found {
            Some(_) => {
                let latent = LatentPlan::new(&self.plan, number, mode);
                self.plan.upkeep.latent.push(latent);
                self.plan.upkeep.latent.len() as u32 - 1
            }
            None => NONE,
        };
        self.plan.modulates |= mode.dormancy.is_some();
        let rule = Rule {
            found: mode.found.clone(),
            support,
            without: mode.without.clone(),
            after_failover: mode.after_failover,
            error: mode.error.clone(),
            preventive: mode.preventive.clone(),
            priority: mode.priority.unwrap_or(u32::MAX),
            dormancy: mode.dormancy.map_or(1.0, Probability::value),
            destroys: mode.destroys,
        };
        let upkeep = &mut self.plan.upkeep;
        if let Some(support) = upkeep.supports.get_mut(support as usize).filter(|_| rule.without.is_none()) {
            support.modes.push(number);
            upkeep.breaks_off = true;
        }
        let known = upkeep.rules.iter().position(|known| *known == rule);
        let rule = known.unwrap_or_else(|| {
            upkeep.rules.push(rule);
            upkeep.rules.len() - 1
        });
        upkeep.cares.push(CarePlan { rule: rule as u32, latent, shelf, slip, preventive });
        upkeep.cares.len() as u32 - 1
    }

    /// True where the replicas of a service can fail unnoticed.
    pub fn is_latent(&self, service: &Service) -> bool {
        let Body::Replicas { runs_on, .. } = &service.body else { return false };
        let mut modes = runs_on.iter().flat_map(|kind| self.system.components[kind].modes.values());
        modes.any(|mode| mode.found.is_some())
    }
}

impl SystemModel {
    /// What there is to say of a mode besides its crew.
    #[inline]
    pub(super) fn rule(&self, mode: u32) -> Option<&Rule> {
        let care = self.plan.modes[mode as usize].care;
        let upkeep = &self.plan.upkeep;
        (care != NONE).then(|| &upkeep.rules[upkeep.cares[care as usize].rule as usize])
    }

    /// Declares the clocks and sources of all that repairs wait for.
    pub(super) fn upkeep_clocks(&self, clocks: &mut Clocks) {
        self.latent_clocks(clocks);
        self.shelf_sources(clocks);
        self.duty_clocks(clocks);
    }

    /// What people call one of these clocks, if it is one.
    pub(super) fn upkeep_label(&self, clock: Clock) -> Option<String> {
        let (blocks, upkeep) = (&self.plan.blocks, &self.plan.upkeep);
        let duty = blocks.duties.number_of(clock).and_then(|number| upkeep.duties.get(number as usize));
        let latent = blocks.latent.number_of(clock).and_then(|number| upkeep.latent.get(number as usize));
        match (duty, latent) {
            (Some(duty), _) => Some(format!("the hours of the crew `{}`", duty.name)),
            (None, Some(latent)) => {
                let unit = self.plan.unit_label(self.plan.modes[latent.mode as usize].unit);
                Some(format!("the time until `{}` is found, {unit}", self.plan.mode_name(latent.mode)))
            }
            (None, None) => None,
        }
    }

    /// A failed mode that somebody knows of asks for its repair; what needs more than a crew does so when the event has
    /// had its effect, so that a repair which needs its own service sees that this is down.
    #[inline]
    pub(super) fn request_repair(&mut self, mode: u32, cx: &mut Context<Event>) {
        if self.plan.modes[mode as usize].care == NONE {
            self.ask_crew(mode, cx);
        } else {
            self.effect.asks.push(mode);
        }
    }

    /// Repairs that were asked for get under way, and what repairs rest on is looked at.
    pub(super) fn settle_upkeep(&mut self, cx: &mut Context<Event>) {
        for mode in std::mem::take(&mut self.effect.asks) {
            self.begins_rebuild(mode, cx);
            if self.modes[mode as usize] == Condition::Waits && self.takes_spare(mode) {
                self.ask_support(mode, cx);
            }
        }
        while let Some(support) = self.effect.supports.pop() {
            self.look_at_support(support, cx);
        }
        self.look_at_held(cx);
    }

    /// It has its spare, if it needs one: on to what else has to be up.
    pub(super) fn ask_support(&mut self, mode: u32, cx: &mut Context<Event>) {
        if !self.is_supported(mode) {
            self.waits_for_support(mode);
        } else if self.failover_holds(mode) {
            let held = &mut self.upkeep.held;
            held.insert(held.partition_point(|&other| other < mode), mode);
        } else {
            self.ask_crew(mode, cx);
        }
    }

    /// The repair begins, or goes on where it was broken off.
    #[inline]
    pub(super) fn begin_repair(&mut self, mode: u32, cx: &mut Context<Event>) {
        self.modes[mode as usize] = Condition::Repaired;
        let goes_on = self.plan.upkeep.breaks_off && cx.is_set(Self::restoration_clock(mode));
        if !goes_on {
            let law = self.repair_law(mode);
            cx.set(Self::restoration_clock(mode), law, Event::Restored(mode));
        }
        if goes_on || self.plan.freezes && self.stands_still(mode) {
            // What stands still may get its turn too: the crew waits beside it.
            self.retime_restoration(mode, cx);
        }
    }

    fn repair_law(&self, mode: u32) -> &Law {
        let restored = &self.plan.law(mode).restored;
        match self.rule(mode) {
            Some(Rule { support, without: Some(without), .. }) if !self.stands(*support) => without,
            _ => restored,
        }
    }

    /// A repair leaves its crew without being done, and will go on from where it is.
    pub(super) fn break_off(&mut self, mode: u32, cx: &mut Context<Event>) {
        cx.set_speed(Self::restoration_clock(mode), 0.0);
        self.modes[mode as usize] = Condition::Waits;
    }

    /// A repair is called off, wherever it is: it has to be asked for anew, and begins anew.
    pub(super) fn call_off(&mut self, mode: u32, cx: &mut Context<Event>) {
        cx.cancel(Self::restoration_clock(mode));
        let before = std::mem::replace(&mut self.modes[mode as usize], Condition::Waits);
        match before {
            Condition::Repaired => self.repair_ends(mode, cx),
            _ => {
                self.withdraw(mode);
            }
        }
        if self.plan.modes[mode as usize].care != NONE {
            self.stops_looking(mode, cx);
            self.leaves_support(mode);
            self.upkeep.held.retain(|&other| other != mode);
            self.returns_spare(mode, cx);
        }
    }
}
