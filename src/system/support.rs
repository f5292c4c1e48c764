//! What repairs rest on: a service or a place without which a repair stands still, or a crew does not work.

use super::compile::Builder;
use super::model::{Condition, Event, SystemModel};
use super::place::NONE;
use super::plan::Plan;
use super::scenario::Target;
use crate::engine::Context;

/// Something that has to be up for repairs.
#[derive(Clone, Debug)]
pub(super) struct SupportPlan {
    /// What a file calls it.
    pub name: String,
    pub rests_on: RestsOn,
    /// Modes whose repairs wait for it.
    pub modes: Vec<u32>,
    /// Crews that work only while it is up.
    pub crews: Vec<u32>,
}

/// What a support is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum RestsOn {
    Service(u32),
    /// A site and those around it, or a domain: all have to be up.
    Places(Vec<u32>),
}

impl Builder<'_> {
    /// The number of a support by its name. What it is is found out when all services have numbers.
    pub fn support(&mut self, name: &str) -> u32 {
        let supports = &mut self.plan.upkeep.supports;
        let known = supports.iter().position(|support| support.name == name);
        known.unwrap_or_else(|| {
            let (name, rests_on) = (name.to_owned(), RestsOn::Places(Vec::new()));
            supports.push(SupportPlan { name, rests_on, modes: Vec::new(), crews: Vec::new() });
            supports.len() - 1
        }) as u32
    }

    /// Finds out what the supports are, and who has to look when something goes up or down.
    pub fn supports(&mut self) {
        let plan = &mut self.plan;
        for number in 0..plan.upkeep.supports.len() {
            let rests_on = rests_on(self.system, plan, &plan.upkeep.supports[number].name);
            match &rests_on {
                RestsOn::Service(service) => plan.services[*service as usize].support = number as u32,
                RestsOn::Places(places) => {
                    plan.upkeep.place_supports.resize(plan.places as usize, Vec::new());
                    for &place in places {
                        plan.upkeep.place_supports[place as usize].push(number as u32);
                    }
                }
            }
            plan.upkeep.supports[number].rests_on = rests_on;
        }
    }
}

fn rests_on(system: &super::System, plan: &Plan, name: &str) -> RestsOn {
    let number = |names: Vec<&String>, name: &str| {
        let found = names.into_iter().position(|known| known == name);
        found.expect("a checked system has what repairs need") as u32
    };
    let targets = system.supports(name);
    match *targets.first().expect("a checked system has what repairs need") {
        Target::Domain(name) => {
            RestsOn::Places(vec![plan.sites() + number(system.domains.keys().collect(), name)])
        }
        Target::Service(name) => RestsOn::Service(number(system.services.keys().collect(), name)),
        Target::Site(path) => {
            let site = number(plan.tree.sites.iter().map(|site| &site.path).collect(), path);
            RestsOn::Places(plan.tree.around(site).collect())
        }
        _ => unreachable!("no repair needs a part of these"),
    }
}

impl super::System {
    /// What the text of a `repair_needs` or a `works_while` may mean: a service, a site or a domain.
    pub(super) fn supports<'a>(&'a self, name: &'a str) -> Vec<Target<'a>> {
        let mut targets = self.targets(name);
        targets.retain(|target| matches!(target, Target::Service(_) | Target::Site(_) | Target::Domain(_)));
        targets
    }
}

impl SystemModel {
    /// True while a support is up.
    pub(super) fn stands(&self, support: u32) -> bool {
        match &self.plan.upkeep.supports[support as usize].rests_on {
            RestsOn::Service(service) => self.is_up(*service as usize),
            RestsOn::Places(places) => places.iter().all(|&place| self.site_failed[place as usize] == 0),
        }
    }

    /// True unless a mode's repair has to wait because what it needs is down.
    pub(super) fn is_supported(&self, mode: u32) -> bool {
        self.rule(mode)
            .is_none_or(|rule| rule.support == NONE || rule.without.is_some() || self.stands(rule.support))
    }

    fn waits_for(&mut self, mode: u32) -> Option<&mut Vec<u32>> {
        let support = self.rule(mode)?.support;
        self.upkeep.waiting.get_mut(support as usize)
    }

    /// A repair waits for what it needs.
    pub(super) fn waits_for_support(&mut self, mode: u32) {
        let Some(waiting) = self.waits_for(mode) else { return };
        let at = waiting.partition_point(|&other| other < mode);
        waiting.insert(at, mode);
    }

    /// A repair is called off that may wait for what it needs.
    pub(super) fn leaves_support(&mut self, mode: u32) {
        if let Some(waiting) = self.waits_for(mode) {
            waiting.retain(|&other| other != mode);
        }
    }

    /// A place went up or down: what rests on it has to be looked at.
    #[inline]
    pub(super) fn touch_place(&mut self, place: u32) {
        if let Some(supports) = self.plan.upkeep.place_supports.get(place as usize) {
            self.effect.supports.extend(supports);
        }
    }

    /// A service went up or down.
    #[inline]
    pub(super) fn touch_service(&mut self, service: u32) {
        let support = self.plan.services[service as usize].support;
        if support != NONE {
            self.effect.supports.push(support);
        }
    }

    /// The counters are right again: what rested on something that fell waits, and what waited goes on.
    pub(super) fn look_at_support(&mut self, support: u32, cx: &mut Context<Event>) {
        let stands = self.stands(support);
        if std::mem::replace(&mut self.upkeep.stands[support as usize], stands) == stands {
            return;
        }
        let plan = self.plan.clone();
        let plan = &plan.upkeep.supports[support as usize];
        if stands {
            for mode in std::mem::take(&mut self.upkeep.waiting[support as usize]) {
                self.ask_support(mode, cx);
            }
            plan.crews.iter().for_each(|&crew| self.crew_starts(crew, cx));
        } else {
            plan.crews.iter().for_each(|&crew| self.crew_stops(crew, cx));
            for &mode in &plan.modes {
                self.loses_support(mode, cx);
            }
        }
    }

    /// Who repairs it turns to something else.
    fn loses_support(&mut self, mode: u32, cx: &mut Context<Event>) {
        match self.modes[mode as usize] {
            Condition::Repaired => {
                self.break_off(mode, cx);
                self.repair_ends(mode, cx);
                self.waits_for_support(mode);
            }
            Condition::Waits => {
                if self.withdraw(mode) {
                    self.waits_for_support(mode);
                }
            }
            Condition::Works | Condition::Unfound | Condition::Renewed => {}
        }
    }
}
