//! Faults by script: what is taken down when and for how long, alone or on top of random faults.

use serde::Serialize;

use super::{Body, System};
use crate::random::Law;
use crate::units::Duration;

/// The script of a system: faults that strike at set times, and whether there are random ones besides.
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::{Fault, Scenario};
/// use fivenines::units::Duration;
///
/// let hours = |hours| Law::constant(Duration::hours(hours));
/// let scenario = Scenario::new().fault(Fault::new("eu/a", hours(254.0), hours(2.0))).without_random_faults();
/// assert_eq!(scenario.faults[0].label(), "eu/a taken");
/// assert!(!scenario.random_faults);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scenario {
    /// The scripted faults.
    #[serde(rename = "fault")]
    pub faults: Vec<Fault>,
    /// Whether components and sites fail by themselves too. Without that failover and repair still work.
    pub random_faults: bool,
}

/// A scripted fault: something is taken down, and given back when its time is over.
///
/// Whatever is down for reasons of its own stays down until these are over too. No crew is asked.
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::Fault;
/// use fivenines::units::Duration;
///
/// let (at, lasts) = (Law::constant(Duration::days(10.0)), Law::constant(Duration::hours(2.0)));
/// let fault = Fault::new("db/2", at, lasts).named("game day").every(Duration::days(90.0));
/// assert_eq!(fault.label(), "game day");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fault {
    /// What people call it, and what its luck is named after.
    pub name: Option<String>,
    /// Time from the start of the trial to its start.
    pub at: Law,
    /// A site with all that is inside it, a domain across sites, a replica such as `db/2`, all replicas of a service, or all components of a
    /// kind; where a name means several of these, `service db` and the like say which.
    pub takes: String,
    /// Instead: groups of sites, or nodes of the network, that lose each other. Each switch keeps to the group that is
    /// the fewest links away, and links between those that keep to different groups are cut.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cuts: Vec<Vec<String>>,
    /// Of those links, only the way from a group to those behind it is cut.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub one_way: bool,
    /// Time from its start to its end.
    pub lasts: Law,
    /// How often it comes again, from start to start. One that would begin before the last is over is left out.
    pub every: Option<Duration>,
}

impl Default for Scenario {
    fn default() -> Scenario {
        Scenario::new()
    }
}

impl Scenario {
    /// No script: random faults only.
    pub fn new() -> Scenario {
        Scenario { faults: Vec::new(), random_faults: true }
    }

    /// Adds a fault.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Scenario {
        self.faults.push(fault);
        self
    }

    /// Plays the script alone: nothing fails by itself.
    #[must_use]
    pub fn without_random_faults(mut self) -> Scenario {
        self.random_faults = false;
        self
    }

    /// True for what a system has that nobody wrote a script for.
    pub(super) fn is_default(&self) -> bool {
        self.faults.is_empty() && self.random_faults
    }
}

impl Fault {
    /// A fault without a name that strikes once.
    pub fn new(takes: &str, at: Law, lasts: Law) -> Fault {
        let (cuts, one_way) = (Vec::new(), false);
        Fault { name: None, at, takes: takes.to_owned(), cuts, one_way, lasts, every: None }
    }

    /// A fault without a name that strikes once and cuts groups of sites off from each other.
    ///
    /// ```
    /// use fivenines::random::Law;
    /// use fivenines::system::Fault;
    /// use fivenines::units::Duration;
    ///
    /// let (at, lasts) = (Law::constant(Duration::days(10.0)), Law::constant(Duration::hours(2.0)));
    /// let partition = Fault::partition(&[&["eu/a"], &["eu/b", "eu/c"]], at, lasts);
    /// assert_eq!(partition.label(), "eu/a | eu/b, eu/c cut");
    /// ```
    pub fn partition(groups: &[&[&str]], at: Law, lasts: Law) -> Fault {
        let owned = |group: &&[&str]| group.iter().map(|&name| name.to_owned()).collect();
        Fault { cuts: groups.iter().map(owned).collect(), ..Fault::new("", at, lasts) }
    }

    /// Cuts only the way from a group to those behind it.
    #[must_use]
    pub fn one_way(mut self) -> Fault {
        self.one_way = true;
        self
    }

    /// Gives it a name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Fault {
        self.name = Some(name.to_owned());
        self
    }

    /// Makes it come again and again, up to the horizon.
    #[must_use]
    pub fn every(mut self, every: Duration) -> Fault {
        self.every = Some(every);
        self
    }

    /// Its name, or what it takes.
    pub fn label(&self) -> String {
        let verb = if self.cuts.is_empty() { "taken" } else { "cut" };
        self.name.clone().unwrap_or_else(|| format!("{} {verb}", self.what()))
    }

    /// What it takes, or cuts.
    pub fn what(&self) -> String {
        if self.cuts.is_empty() {
            return self.takes.clone();
        }
        let between = if self.one_way { " > " } else { " | " };
        self.cuts.iter().map(|group| group.join(", ")).collect::<Vec<_>>().join(between)
    }
}

impl System {
    /// Gives the system a script.
    #[must_use]
    pub fn scenario(mut self, scenario: Scenario) -> System {
        self.scenario = scenario;
        self
    }

    /// Everything that the text of a `takes` may mean: one thing where it is sound.
    pub(super) fn targets<'a>(&'a self, takes: &'a str) -> Vec<Target<'a>> {
        let mut found = self.targets_called(takes);
        found.extend(self.supply_called(takes));
        match takes.split_once(' ') {
            Some((kind, name)) if found.is_empty() => {
                let mut found = self.targets_called(name.trim());
                found.retain(|target| target.kind() == kind);
                found
            }
            _ => found,
        }
    }

    /// The supply that `power a`, or `power grid at eu/a`, may mean.
    fn supply_called<'a>(&'a self, takes: &'a str) -> Option<Target<'a>> {
        let (kind, rest) = takes.split_once(' ')?;
        let (name, site) = rest.split_once(" at ").map_or((rest, None), |(name, site)| (name, Some(site)));
        let (kind, named) = self.supplies_by_kind().into_iter().find(|known| known.0 == kind)?;
        let per = named.get(name)?.per.as_deref();
        Some(Target::Supply { kind, name, site, per })
    }

    fn targets_called<'a>(&'a self, name: &'a str) -> Vec<Target<'a>> {
        let mut found = Vec::new();
        let is_inside = |path: &String| path.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
        if self.sites.contains_key(name) || !name.is_empty() && self.sites.keys().any(is_inside) {
            found.push(Target::Site(name));
        }
        if self.domains.contains_key(name) {
            found.push(Target::Domain(name));
        }
        if self.services.contains_key(name) {
            found.push(Target::Service(name));
        }
        if let Some((service, number)) = name.rsplit_once('/')
            && let Some(Body::Replicas { .. }) = self.services.get(service).map(|service| &service.body)
            && let Ok(number) = number.parse()
        {
            found.push(Target::Replica(service, number));
        }
        if self.components.contains_key(name) {
            found.push(Target::Component(name));
        }
        if self.network.nodes.contains_key(name) {
            found.push(Target::Node(name));
        }
        if self.network.links.contains_key(name) {
            found.push(Target::Link(name));
        }
        if name.split_once('/').is_some_and(|(fabric, _)| self.network.fabrics.contains_key(fabric)) {
            found.push(Target::Part(name));
        }
        found
    }
}

/// What a fault may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target<'a> {
    Site(&'a str),
    Domain(&'a str),
    /// All replicas of a service.
    Service(&'a str),
    /// One of them, from 1.
    Replica(&'a str, u32),
    /// All components of a kind.
    Component(&'a str),
    /// A switch of the network.
    Node(&'a str),
    /// A link of the network.
    Link(&'a str),
    /// A switch or a link of a network of a known shape.
    Part(&'a str),
    /// A supply: the one at a site, where each site of a level has one.
    Supply {
        kind: &'static str,
        name: &'a str,
        site: Option<&'a str>,
        per: Option<&'a str>,
    },
}

impl Target<'_> {
    /// The word that tells it from others of the same name.
    pub fn kind(self) -> &'static str {
        match self {
            Target::Site(_) => "site",
            Target::Domain(_) => "domain",
            Target::Service(_) => "service",
            Target::Replica(..) => "replica",
            Target::Component(_) => "component",
            Target::Node(_) => "node",
            Target::Link(_) => "link",
            Target::Part(_) => "part",
            Target::Supply { kind, .. } => kind,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::{Component, Service};

    #[test]
    fn what_is_taken_is_a_site_a_service_a_replica_or_a_kind() {
        let system = System::new()
            .site("eu/a")
            .site("web/1")
            .component("server", Component::new())
            .component("db", Component::new())
            .service("db", Service::replicas("server", 3))
            .service("web", Service::replicas("server", 3));
        assert_eq!(system.targets("eu"), [Target::Site("eu")]);
        assert_eq!(system.targets("eu/a"), [Target::Site("eu/a")]);
        assert_eq!(system.targets("e"), []);
        assert_eq!(system.targets("server"), [Target::Component("server")]);
        assert_eq!(system.targets("db"), [Target::Service("db"), Target::Component("db")]);
        assert_eq!(system.targets("component db"), [Target::Component("db")]);
        assert_eq!(system.targets("db/2"), [Target::Replica("db", 2)]);
        assert_eq!(system.targets("web/1"), [Target::Site("web/1"), Target::Replica("web", 1)]);
        assert_eq!(system.targets("replica web/1"), [Target::Replica("web", 1)]);
        assert_eq!(system.targets("site db"), []);
    }
}
