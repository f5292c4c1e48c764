//! How much there is of what: replicas, how many of them are needed, and over how many sites they stand.

use super::place::{NONE, SiteTree};
use super::{Body, System};

/// What a service has to spare, as far as counting tells.
///
/// ```
/// use fivenines::system::{Component, Need, Service, System};
///
/// let system = System::new()
///     .levels(&["region", "zone"])
///     .site("eu/a")
///     .site("eu/b")
///     .component("server", Component::new())
///     .service("db", Service::replicas("server", 3).spread("zone").needs(Need::Majority));
/// let db = &system.redundancy()[0];
/// assert_eq!((db.replicas, db.needed), (3, 2));
/// assert_eq!(db.sites, [("region".into(), 1), ("zone".into(), 2)]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redundancy {
    /// The service.
    pub service: String,
    /// What it has of: `replica`, `member` or `vote`.
    pub part: &'static str,
    /// How many of them it has.
    pub replicas: u32,
    /// How many of them it needs.
    pub needed: u32,
    /// For each level of sites, the outermost first, how many of them its replicas stand at; empty for what is made of
    /// other services, or where there are no sites.
    pub sites: Vec<(String, u32)>,
}

impl System {
    /// What each service of a checked system has to spare, by name.
    pub fn redundancy(&self) -> Vec<Redundancy> {
        let tree = SiteTree::new(self);
        let of = |(name, service): (&String, &super::Service)| {
            let (part, replicas) = match &service.body {
                Body::Replicas { replicas, .. } => ("replica", *replicas),
                Body::Members(members) => ("member", members.len() as u32),
                Body::Voters(voters) => ("vote", voters.iter().map(|voter| self.votes_of(voter)).sum()),
            };
            let leaves = tree.place(self, service);
            let at = |depth: usize| {
                let at_depth = |&site: &u32| tree.sites[site as usize].depth == depth;
                let mut sites: Vec<u32> =
                    leaves.iter().filter_map(|&leaf| tree.around(leaf).find(at_depth)).collect();
                sites.sort_unstable();
                sites.dedup();
                sites.len() as u32
            };
            let placed = leaves.iter().any(|&leaf| leaf != NONE);
            let levels = self.levels.iter().enumerate().filter(|_| placed);
            let sites =
                levels.map(|(depth, level)| (level.clone(), at(depth))).filter(|(_, count)| *count > 0);
            Redundancy {
                service: name.clone(),
                part,
                replicas,
                needed: service.needs.of(replicas),
                sites: sites.collect(),
            }
        };
        self.services.iter().map(of).collect()
    }

    /// How many votes the replicas of a service are.
    fn votes_of(&self, voter: &str) -> u32 {
        match self.services.get(voter).map(|service| &service.body) {
            Some(Body::Replicas { replicas, .. }) => *replicas,
            _ => 0,
        }
    }
}
