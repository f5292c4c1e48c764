//! Load balancing: who carries what, where it is not all replicas in proportion to what they can do.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::Load;
use super::capacity::FULL;
use super::compile::Builder;
use super::model::SystemModel;
use super::place::NONE;

/// How a load is shared out over the replicas that are up.
///
/// ```
/// use fivenines::system::Balancing;
///
/// assert_eq!("even".parse(), Ok(Balancing::Even));
/// assert_eq!("nearest zone".parse(), Ok(Balancing::Nearest("zone".to_owned())));
/// assert!("by luck".parse::<Balancing>().is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Balancing {
    /// In proportion to what each can do.
    #[default]
    Weighted,
    /// As much to each, however slow it is.
    Even,
    /// As much comes from each site of this level, and is served there; where none is up it goes evenly to all others.
    Local(String),
    /// The same, but it goes to the next site where one is up, in their order, behind the last one the first.
    Nearest(String),
}

/// A text that says no way to share out a load.
///
/// ```
/// let error = "by luck".parse::<fivenines::system::Balancing>().unwrap_err();
/// assert!(error.to_string().contains("\"nearest zone\""));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no way to share out a load: write \"weighted\", \"even\", \"local zone\" or \"nearest zone\""
)]
pub struct BalancingError(String);

impl FromStr for Balancing {
    type Err = BalancingError;

    fn from_str(text: &str) -> Result<Balancing, BalancingError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words[..] {
            ["weighted"] => Ok(Balancing::Weighted),
            ["even"] => Ok(Balancing::Even),
            ["local", level] => Ok(Balancing::Local(level.to_owned())),
            ["nearest", level] => Ok(Balancing::Nearest(level.to_owned())),
            _ => Err(BalancingError(text.to_owned())),
        }
    }
}

impl fmt::Display for Balancing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Balancing::Weighted => f.write_str("weighted"),
            Balancing::Even => f.write_str("even"),
            Balancing::Local(level) => write!(f, "local {level}"),
            Balancing::Nearest(level) => write!(f, "nearest {level}"),
        }
    }
}

impl Serialize for Balancing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Balancing {
    /// True for the one that needs no more than a sum.
    pub(super) fn is_weighted(&self) -> bool {
        *self == Balancing::Weighted
    }

    /// The level whose sites serve what comes from them.
    pub(super) fn level(&self) -> Option<&str> {
        match self {
            Balancing::Weighted | Balancing::Even => None,
            Balancing::Local(level) | Balancing::Nearest(level) => Some(level),
        }
    }
}

impl Load {
    /// Says how it is shared out.
    #[must_use]
    pub fn balancing(mut self, balancing: Balancing) -> Load {
        self.balancing = balancing;
        self
    }
}

/// Balancing that is not by a sum, compiled.
#[derive(Clone, Debug)]
pub(super) struct BalancePlan {
    /// For each replica its group: itself, or its site.
    pub groups: Vec<u32>,
    /// Each group has a share of its own, which goes to another one where nothing is up in it.
    is_local: bool,
    /// To the next one, and not to all.
    pub to_next: bool,
}

impl BalancePlan {
    /// What each group can do and its weight, where anything is up, by what each replica can do.
    fn weighed(&self, replicas: &[u64]) -> Vec<(u64, u64)> {
        let count = self.groups.iter().max().map_or(0, |last| last + 1) as usize;
        let mut groups = vec![(0, 0); count];
        self.groups.iter().zip(replicas).for_each(|(&group, can)| groups[group as usize].0 += can);
        let is_up = |groups: &[(u64, u64)], group: usize| groups[group].0 > 0;
        for group in 0..count {
            let takes = if self.is_local && self.to_next {
                (group..group + count).map(|it| it % count).find(|&it| is_up(&groups, it))
            } else {
                // In equal parts to all that are up is as much to each of these.
                Some(group).filter(|&it| is_up(&groups, it))
            };
            takes.into_iter().for_each(|it| groups[it].1 += 1);
        }
        groups.retain(|group| group.1 > 0);
        groups
    }

    /// How much can be demanded of all until one group has more than it can do.
    pub fn able(&self, replicas: &[u64]) -> u64 {
        let groups = self.weighed(replicas);
        let total: u64 = groups.iter().map(|group| group.1).sum();
        groups.iter().map(|(can, weight)| can * total / weight).min().unwrap_or(0)
    }

    /// How much of a demand is served where each group sheds what it cannot do.
    pub fn carried(&self, replicas: &[u64], demand: u64) -> u64 {
        let groups = self.weighed(replicas);
        let total: u64 = groups.iter().map(|group| group.1).sum();
        groups.iter().map(|(can, weight)| (*can).min(demand * weight / total)).sum()
    }
}

impl Builder<'_> {
    /// How the load of a service is shared out, where that is not by a sum.
    pub fn balance(&self, service: u32, load: &Load) -> Option<BalancePlan> {
        if load.balancing.is_weighted() {
            return None;
        }
        let count = self.plan.services[service as usize].count;
        let level = load.balancing.level();
        let depth = level.and_then(|level| self.system.levels.iter().position(|name| name == level));
        let groups = match level {
            Some(_) => self.zones_at(service, depth),
            None => (0..count).collect(),
        };
        let to_next = matches!(load.balancing, Balancing::Nearest(_));
        Some(BalancePlan { groups, is_local: level.is_some(), to_next })
    }

    /// For each replica of a service the number of the site of a level that it is in, or of its own place where it is in none.
    pub fn zones_at(&self, service: u32, depth: Option<usize>) -> Vec<u32> {
        let (plan, tree) = (&self.plan.services[service as usize], &self.plan.tree);
        let (mut zones, mut known) = (Vec::new(), Vec::new());
        for replica in plan.first_replica..plan.first_replica + plan.count {
            let site = self.plan.components[plan.components_of(replica).start as usize].site;
            let mut around = (site != NONE).then(|| tree.around(site)).into_iter().flatten();
            let zone = around.find(|&it| Some(tree.sites[it as usize].depth) == depth).unwrap_or(site);
            let place = known.iter().position(|&other| other == zone).unwrap_or_else(|| {
                known.push(zone);
                known.len() - 1
            });
            zones.push(place as u32);
        }
        zones
    }
}

impl SystemModel {
    /// What each replica of a service that counts its capacity can do now.
    fn can_do(&self, capacity: u32) -> Vec<u64> {
        let number = self.plan.capacities[capacity as usize].service;
        let service = &self.plan.services[number as usize];
        let replicas = service.first_replica..service.first_replica + service.count;
        let can = |replica| if self.is_usable(replica) { self.working(replica, number) } else { 0 };
        replicas.map(can).collect()
    }

    /// How much can be demanded of a service until some replica has more than it can do.
    pub(super) fn able(&self, capacity: u32) -> u64 {
        match &self.plan.capacities[capacity as usize].balance {
            Some(balance) => balance.able(&self.can_do(capacity)),
            None => self.capacities[capacity as usize].up,
        }
    }

    /// How much of what is demanded a service that sheds the rest serves.
    pub(super) fn carried(&self, capacity: u32) -> u64 {
        let state = &self.capacities[capacity as usize];
        match &self.plan.capacities[capacity as usize].balance {
            Some(balance) => balance.carried(&self.can_do(capacity), state.demand),
            None => state.up.min(state.demand),
        }
    }
}

/// The capacity of a service all of whose replicas are up.
pub(super) fn full(count: u32, balance: Option<&BalancePlan>) -> u64 {
    let all = vec![u64::from(FULL); count as usize];
    balance.map_or(u64::from(count) * u64::from(FULL), |balance| balance.able(&all))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zones(groups: &[u32], to_next: bool) -> BalancePlan {
        BalancePlan { groups: groups.to_vec(), is_local: true, to_next }
    }

    /// Three replicas of which one does 30%: together 230%, but evenly no more than three times 30%.
    #[test]
    fn evenly_the_slowest_says_how_much_all_can_do() {
        let even = BalancePlan { groups: vec![0, 1, 2], is_local: false, to_next: false };
        assert_eq!(even.able(&[100, 100, 30]), 90);
        assert_eq!(even.able(&[100, 100, 0]), 200);
        assert_eq!(even.able(&[0, 0, 0]), 0);
        // Of 150, 50 go to each: the slow one does 30 of these.
        assert_eq!(even.carried(&[100, 100, 30], 150), 130);
    }

    /// Two replicas in each of three zones. Two thirds of each zone's clients are too much for the zone that has one left.
    #[test]
    fn a_zone_serves_its_own_and_a_part_of_others() {
        let groups = [0, 1, 2, 0, 1, 2];
        let (local, nearest) = (zones(&groups, false), zones(&groups, true));
        for way in [&local, &nearest] {
            assert_eq!(way.able(&[100; 6]), 600);
            // Zone 1 has one replica: a third of the demand goes there.
            assert_eq!(way.able(&[100, 0, 100, 100, 100, 100]), 300);
            assert_eq!(way.able(&[0; 6]), 0);
        }
        // Zone 0 is lost: its third goes to both others by halves, or to zone 1 alone, which has twice as much then.
        let lost = [0, 100, 100, 0, 100, 100];
        assert_eq!((local.able(&lost), nearest.able(&lost)), (400, 300));
        // Of 360, 120 from each: 180 go to each of two, or 240 to one that can do 200 of it.
        assert_eq!((local.carried(&lost, 360), nearest.carried(&lost, 360)), (360, 320));
        // Behind the last comes the first.
        assert_eq!(nearest.able(&[100, 100, 0, 100, 100, 0]), 300);
    }
}
