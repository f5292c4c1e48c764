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
    /// Its number among its copies, from 1.
    copy: u32,
}

impl Builder<'_> {
    /// Makes the supplies and their gates. Their places have their numbers behind the domains.
    pub fn supplies(&mut self) {
        let system = self.system;
        let wires = self.plan.wires(system);
        let first = self.plan.sites() + self.plan.domains.len() as u32;
        for (place, wire) in (first..).zip(&wires) {
            let Wire { kind, name, supply, site, copy } = *wire;
            let site = site.map(|site| self.plan.tree.sites[site as usize].path.clone());
            let (class, at) = (format!("{kind} {name}"), site.clone().unwrap_or_default());
            let cause = CauseClass { kind: "supply", class, mode: String::new(), site: at };
            self.unit(place, supply.modes.iter(), &cause);
            // Copies are one cause: nobody wants to hear which of two feeds it was.
            let known = self.plan.supplies.last().filter(|_| copy > 1).map(|twin| twin.causes);
            let causes = known.unwrap_or_else(|| {
                let blamed = |mode: &&str| CauseClass { mode: (*mode).to_owned(), ..cause.clone() };
                self.plan.causes.extend(Blame::WORDS.iter().map(blamed));
                (self.plan.causes.len() - Blame::WORDS.len()) as u32
            });
            self.plan.supplies.push(SupplyPlan {
                kind,
                name: name.to_owned(),
                site,
                copy,
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
            for place in self.plan.fed_by(wire, wires) {
                fed.entry((wire.kind, place)).or_default().push(number);
            }
        }
        let mut gates: BTreeMap<Vec<u32>, Vec<u32>> = BTreeMap::new();
        fed.into_iter().for_each(|((_, place), supplies)| gates.entry(supplies).or_default().push(place));
        for (supplies, places) in gates {
            let gate = self.plan.gates.len() as u32;
            supplies.iter().for_each(|&supply| self.plan.supplies[supply as usize].gates.push(gate));
            let feeds = &mut self.plan.place_gates;
            for &place in &places {
                feeds.resize(feeds.len().max(place as usize + 1), Vec::new());
                feeds[place as usize].push(gate);
            }
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

/// The kind and the name of the supply that a text such as `power a` means.
pub(super) fn supply_named(text: &str) -> Option<(&str, &str)> {
    text.split_once(' ').filter(|(kind, _)| ["power", "cooling"].contains(kind))
}

impl Plan {
    /// The supplies of a system, in the order of their numbers: one for each site and copy of each.
    pub fn wires<'a>(&self, system: &'a System) -> Vec<Wire<'a>> {
        let mut wires = Vec::new();
        for (kind, name, supply) in system.supplies() {
            let sites = match &supply.per {
                None => vec![None],
                Some(level) => {
                    let depth = system.levels.iter().position(|known| known == level);
                    let is_meant = |&site: &u32| {
                        let mut around =
                            self.tree.around(site).map(|around| &self.tree.sites[around as usize].path);
                        Some(self.tree.sites[site as usize].depth) == depth
                            && (supply.feeds.is_empty() || around.any(|path| supply.feeds.contains(path)))
                    };
                    (0..self.sites()).filter(is_meant).map(Some).collect()
                }
            };
            for site in sites {
                wires.extend((1..=supply.copies).map(|copy| Wire { kind, name, supply, site, copy }));
            }
        }
        wires
    }

    /// The places that a supply feeds, each once: sites, domains, and other supplies.
    fn fed_by(&self, wire: &Wire<'_>, wires: &[Wire<'_>]) -> Vec<u32> {
        if let Some(site) = wire.site {
            return vec![site];
        }
        let first = self.sites() + self.domains.len() as u32;
        let mut places = Vec::new();
        for name in &wire.supply.feeds {
            // Strings side by side, where there are as many of one as of the other; or else each feeds all.
            let beside =
                |other: &Wire<'_>| other.supply.copies == wire.supply.copies && other.copy != wire.copy;
            let called =
                |other: &Wire<'_>| supply_named(name) == Some((other.kind, other.name)) && !beside(other);
            let site = self.tree.sites.iter().position(|site| site.path == *name);
            let domain = || self.domains.iter().position(|domain| domain == name);
            match site.or_else(|| domain().map(|domain| domain + self.tree.sites.len())) {
                Some(place) => places.push(place as u32),
                None => {
                    places.extend((first..).zip(wires).filter(|(_, it)| called(it)).map(|(place, _)| place))
                }
            }
        }
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The sites and domains that a supply feeds, be it by way of others.
    pub fn reached_by(&self, supply: u32) -> Vec<u32> {
        let fed =
            self.supplies[supply as usize].gates.iter().flat_map(|&gate| &self.gates[gate as usize].places);
        let reached = fed.flat_map(|&place| match self.supply_at(place) {
            Some(below) => self.reached_by(below),
            None => vec![place],
        });
        reached.collect()
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
