//! Compiles supplies: which feed what, and the gates between them.

use std::collections::BTreeMap;

use super::compile::Builder;
use super::feed::{BackupPlan, Blame, GatePlan, SupplyPlan};
use super::plan::{CauseClass, Plan};
use super::{Backup, Supply, System};
use crate::random::Law;

/// A supply as it is wired: one, or one for each site of a level.
pub(super) struct Wire<'a> {
    kind: &'static str,
    name: &'a str,
    supply: &'a Supply,
    /// The site that has it for itself.
    site: Option<u32>,
    /// The sites and domains that it feeds, each once.
    feeds: Vec<u32>,
}

impl Builder<'_> {
    /// Makes the supplies and their gates. Their places have their numbers behind the domains.
    pub fn supplies(&mut self) {
        let system = self.system;
        let wires = self.plan.wires(system);
        let first = self.plan.sites() + self.plan.domains.len() as u32;
        for (place, wire) in (first..).zip(&wires) {
            let Wire { kind, name, supply, site, .. } = *wire;
            let site = site.map(|site| self.plan.tree.sites[site as usize].path.clone());
            let (class, at) = (format!("{kind} {name}"), site.clone().unwrap_or_default());
            let cause = CauseClass { kind: "supply", class, mode: String::new(), site: at };
            self.unit(place, supply.modes.iter(), &cause);
            let causes = self.plan.causes.len() as u32;
            let blamed = |mode: &&str| CauseClass { mode: (*mode).to_owned(), ..cause.clone() };
            self.plan.causes.extend(Blame::WORDS.iter().map(blamed));
            self.plan.supplies.push(SupplyPlan {
                kind,
                name: name.to_owned(),
                site,
                place,
                ride_through: supply.ride_through.clone(),
                recharges: supply.recharges.clone(),
                returns: supply.returns.clone(),
                backup: supply.backup.as_ref().map(|backup| compiled(backup, system.scenario.random_faults)),
                gates: Vec::new(),
                causes,
            });
        }
        self.gates(&wires);
    }

    /// One gate for all places that the same supplies of a kind feed: they are dark together.
    fn gates(&mut self, wires: &[Wire<'_>]) {
        let mut fed: BTreeMap<(&str, u32), Vec<u32>> = BTreeMap::new();
        for (number, wire) in (0..).zip(wires) {
            for &place in &wire.feeds {
                fed.entry((wire.kind, place)).or_default().push(number);
            }
        }
        let mut gates: BTreeMap<Vec<u32>, Vec<u32>> = BTreeMap::new();
        fed.into_iter().for_each(|((_, place), supplies)| gates.entry(supplies).or_default().push(place));
        for (supplies, places) in gates {
            let gate = self.plan.gates.len() as u32;
            supplies.iter().for_each(|&supply| self.plan.supplies[supply as usize].gates.push(gate));
            self.plan.gates.push(GatePlan { supplies, places });
        }
    }
}

fn compiled(backup: &Backup, random_faults: bool) -> BackupPlan {
    BackupPlan {
        starts: backup.starts.value(),
        start_time: backup.start_time.clone(),
        fails: if random_faults { backup.fails.clone() } else { Law::Never },
        restored: backup.restored.clone().unwrap_or(Law::Never),
        lasts: backup.lasts.clone(),
    }
}

impl Plan {
    /// The supplies of a system, in the order of their numbers.
    pub fn wires<'a>(&self, system: &'a System) -> Vec<Wire<'a>> {
        let mut wires = Vec::new();
        for (kind, name, supply) in system.supplies() {
            let mut feeds: Vec<u32> = supply.feeds.iter().map(|place| self.place_called(place)).collect();
            feeds.sort_unstable();
            feeds.dedup();
            let Some(level) = &supply.per else {
                wires.push(Wire { kind, name, supply, site: None, feeds });
                continue;
            };
            let depth = system.levels.iter().position(|known| known == level);
            let is_meant = |&site: &u32| {
                Some(self.tree.sites[site as usize].depth) == depth
                    && (feeds.is_empty() || self.tree.around(site).any(|around| feeds.contains(&around)))
            };
            let own = |site| Wire { kind, name, supply, site: Some(site), feeds: vec![site] };
            wires.extend((0..self.sites()).filter(is_meant).map(own));
        }
        wires
    }

    /// The site or the domain of a name.
    fn place_called(&self, name: &str) -> u32 {
        let site = self.tree.sites.iter().position(|site| site.path == name);
        let domain = || self.domains.iter().position(|domain| domain == name);
        let place = site.or_else(|| domain().map(|domain| domain + self.tree.sites.len()));
        place.expect("a checked supply feeds sites and domains") as u32
    }

    /// The number of the supply that a place is, unless it is a site or a domain.
    pub fn supply_at(&self, place: u32) -> Option<u32> {
        place.checked_sub(self.sites() + self.domains.len() as u32)
    }

    /// True for a site or a domain that some supply feeds.
    pub fn is_fed(&self, place: u32) -> bool {
        self.gates.iter().any(|gate| gate.places.contains(&place))
    }

    /// True for a place that can be down, by a failure of its own or for want of a supply.
    pub fn can_be_down(&self, place: u32) -> bool {
        !self.modes_of(place).is_empty() || self.is_fed(place)
    }
}
