//! What becomes of the hosts of a system at work: for those who live on its replicas and send each other messages, rather
//! than ask whether a service meets its need.

use super::model::{Condition, SystemModel};
use super::place::NONE;
use super::plan::OutagePlan;
use super::wiring::site_called;
use crate::units::Span;

/// How a replica fares, seen from the inside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Standing {
    /// Something that it runs on has failed, is worked on, or is switched off.
    pub down: bool,
    /// It stands still with the site, or the domain, around it.
    pub frozen: bool,
    /// A failure has destroyed what it keeps.
    pub erased: bool,
    /// How much of its work it does in a time: 1 unless something slows it.
    pub pace: f64,
}

/// Where something is, as far as messages care. What is at no site reaches every site that is up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Whereabouts {
    /// Number of the site, or [`NONE`].
    site: u32,
    /// The domains across sites that it is in, in order.
    domains: Vec<u32>,
}

/// At no site.
impl Default for Whereabouts {
    fn default() -> Whereabouts {
        Whereabouts { site: NONE, domains: Vec::new() }
    }
}

impl SystemModel {
    /// The replicas of a service that has some, in order.
    pub(crate) fn replicas_of(&self, service: &str) -> Option<std::ops::Range<u32>> {
        let plan = self.plan.seen().iter().find(|plan| plan.name == service)?;
        let replicas = plan.stack > 0 && plan.count > 0 && plan.members.is_empty();
        replicas.then(|| plan.first_replica..plan.first_replica + plan.count)
    }

    /// What people call a replica.
    pub(crate) fn replica_name(&self, replica: u32) -> String {
        self.plan.replica_label(replica)
    }

    /// Where a replica is.
    pub(crate) fn whereabouts(&self, replica: u32) -> Whereabouts {
        let mut domains: Vec<u32> =
            self.components_of(replica).flat_map(|component| self.plan.domains_of(component)).collect();
        domains.sort_unstable();
        domains.dedup();
        let site = self.components_of(replica).map(|it| self.plan.components[it as usize].site).next();
        Whereabouts { site: site.unwrap_or(NONE), domains }
    }

    /// Where one is who is at a site.
    pub(crate) fn whereabouts_at(&self, path: &str) -> Option<Whereabouts> {
        Some(Whereabouts { site: site_called(&self.plan.tree, path)?, domains: Vec::new() })
    }

    /// The paths of the sites, in order.
    pub(crate) fn site_paths(&self) -> impl Iterator<Item = &str> + Clone {
        self.plan.tree.sites.iter().map(|site| site.path.as_str())
    }

    /// The path of the site where somebody is; nothing for one who is at none.
    pub(crate) fn site_of(&self, at: &Whereabouts) -> Option<&str> {
        self.plan.tree.sites.get(at.site as usize).map(|site| site.path.as_str())
    }

    /// How a replica fares.
    pub(crate) fn standing(&self, replica: u32) -> Standing {
        let mut standing = Standing { down: false, frozen: false, erased: false, pace: 1.0 };
        for component in self.components_of(replica) {
            let (causes, blocked) = (self.causes[component as usize], self.blocked[component as usize]);
            let kind = self.plan.components[component as usize].kind;
            standing.down |= causes > blocked;
            standing.frozen |= blocked > 0 && self.plan.kinds[kind as usize].outage == OutagePlan::Frozen;
            for mode in self.plan.modes_of(self.plan.places + component) {
                let failed = !matches!(self.modes[mode as usize], Condition::Works | Condition::Renewed);
                standing.erased |= failed && self.plan.destroys(mode);
            }
        }
        let service = self.plan.replica_service[replica as usize];
        standing.pace = self.working(replica, service) as f64 / f64::from(super::capacity::FULL);
        standing
    }

    /// How long the links on the fastest way from here to there take now; nothing where there is no way.
    ///
    /// Who is in a site or a domain that is down reaches who is in it as well, and nobody else.
    pub(crate) fn way(&self, from: &Whereabouts, to: &Whereabouts) -> Option<Span> {
        if !self.leaves(from, to) || !self.leaves(to, from) {
            return None;
        }
        let (Some(plan), Some(state)) = (&self.plan.network, &self.network) else { return Some(Span::ZERO) };
        let tree = &self.plan.tree;
        let [start, end] = [from, to].map(|at| plan.wiring.linked(tree, at.site));
        if start == end || from.site == NONE || to.site == NONE {
            return Some(Span::ZERO);
        }
        let [starts, ends] = [start, end].map(|site| plan.wiring.ports.get(site as usize));
        let (starts, ends) = (starts?, ends?);
        let routes = starts.iter().filter_map(|&start| {
            let (_, links) = state.reach.route(start, Span::FOREVER, |vertex| ends.contains(&vertex))?;
            Some(links.into_iter().fold(Span::ZERO, |sum, link| sum + state.reach.latency(link)))
        });
        routes.min()
    }

    /// Whether nothing around `from` that is not around `to` as well is down.
    fn leaves(&self, from: &Whereabouts, to: &Whereabouts) -> bool {
        let tree = &self.plan.tree;
        let mut own = tree.around(from.site).filter(|site| !tree.around(to.site).any(|other| other == *site));
        let mut domains = from.domains.iter().filter(|domain| !to.domains.contains(domain));
        own.all(|site| self.site_failed[site as usize] == 0)
            && domains.all(|&domain| self.site_failed[domain as usize] == 0)
    }

    fn components_of(&self, replica: u32) -> std::ops::Range<u32> {
        let service = self.plan.replica_service[replica as usize];
        self.plan.services[service as usize].components_of(replica)
    }
}
