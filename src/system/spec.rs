//! What a designer writes: sites, components, crews and services.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    Cascade, Certificate, Change, Checkpoint, Client, Costs, Data, Domain, Environment, Failback, Found,
    LinkEffect, Load, Maintenance, Network, Preventive, RepairError, Response, Resync, Scaling, Scenario,
    Shards, Shock, Sides, Spares, Stress, Supply, Trace, Without,
};
use crate::random::Law;
use crate::units::{Bandwidth, CostRate, Hours, Probability};

/// A system as its designer describes it: plain data, the same from a file and from Rust.
///
/// Maps are ordered by name, so that nothing depends on the order of declarations. The data may be nonsense;
/// [`System::check`](crate::system::System::check) says so, with the path of each mistake, and only a system that has
/// none compiles.
///
/// ```
/// use fivenines::system::{Component, Need, Service, System};
/// use fivenines::random::Law;
/// use fivenines::units::Duration;
///
/// let system = System::new()
///     .site("eu/a")
///     .site("eu/b")
///     .site("eu/c")
///     .component(
///         "server",
///         Component::new().mode(
///             "crash",
///             Law::exponential(Duration::days(60.0)),
///             Law::exponential(Duration::minutes(6.0)),
///         ),
///     )
///     .service("db", Service::replicas("server", 3).spread("zone").needs(Need::Majority));
/// assert!(system.check().is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct System {
    /// What the depths of the site tree are called, outermost first.
    pub levels: Vec<String>,
    /// Failure modes that every site of a level has, by level name.
    pub level_modes: BTreeMap<String, Modes>,
    /// The sites, by path. Parents that are not named exist all the same.
    pub sites: BTreeMap<String, Site>,
    /// Kinds of component, by name.
    pub components: BTreeMap<String, Component>,
    /// Repair crews, by name.
    pub crews: BTreeMap<String, Crew>,
    /// Shelves of spares, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub spares: BTreeMap<String, Spares>,
    /// Fault domains that cut across the tree, by name.
    pub domains: BTreeMap<String, Domain>,
    /// Shocks, by name.
    pub shocks: BTreeMap<String, Shock>,
    /// Power of sites and domains, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub power: BTreeMap<String, Supply>,
    /// Cooling of sites and domains, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cooling: BTreeMap<String, Supply>,
    /// Environments, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub environments: BTreeMap<String, Environment>,
    /// Deployments and pushes of configuration, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub changes: BTreeMap<String, Change>,
    /// Planned maintenance, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub maintenance: BTreeMap<String, Maintenance>,
    /// What has a date of expiry, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub certificates: BTreeMap<String, Certificate>,
    /// Logs whose outages components play, by name.
    pub traces: BTreeMap<String, Trace>,
    /// Services, by name.
    pub services: BTreeMap<String, Service>,
    /// What links the sites; without one everything reaches everything.
    #[serde(skip_serializing_if = "Network::is_empty")]
    pub network: Network,
    /// Clients, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub clients: BTreeMap<String, Client>,
    /// Faults by script.
    #[serde(skip_serializing_if = "Scenario::is_default")]
    pub scenario: Scenario,
    /// What things cost, as far as it is not the price of one of them.
    #[serde(skip_serializing_if = "Costs::is_empty")]
    pub costs: Costs,
}

/// Failure modes by name.
pub type Modes = BTreeMap<String, Mode>;

/// One way to fail, and how it is restored.
///
/// ```
/// use fivenines::system::Mode;
/// use fivenines::random::Law;
/// use fivenines::units::Duration;
///
/// let crash = Mode::new(Law::exponential(Duration::days(60.0)), Law::exponential(Duration::minutes(6.0)));
/// assert_eq!(crash.repaired_by, None);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mode {
    /// Time from the start, or from the last restoration, to the failure.
    pub fails: Law,
    /// Time from the failure, or from the start of the repair where a crew does it, to the restoration.
    pub restored: Law,
    /// The crew that has to do the repair; without one, repairs start at once.
    pub repaired_by: Option<String>,
    /// The share of failures that strikes all replicas of a service at once; only of components' modes.
    pub common_cause: Option<Probability>,
    /// When a failure is noticed; without it, at once. Only of components' modes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
    /// The shelf that a repair takes a spare from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced_from: Option<String>,
    /// A service, a site or a domain without which there is no repair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repair_needs: Option<String>,
    /// Time of the repair where what it needs is down as it begins; without it, such a repair waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without: Option<Law>,
    /// What may go wrong with a repair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<RepairError>,
    /// Replacement before the failure, at an age.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preventive: Option<Preventive>,
    /// How urgent the repair is to a crew that goes by priority: 1 comes first, what has none comes last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<u32>,
    /// Whether its repair does not begin while a failover of the component's service is under way.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub after_failover: bool,
    /// The share of the failure rate that is left while the component's replica does not lead its service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dormancy: Option<Probability>,
    /// What it does to a link of the network; only of components that are links.
    #[serde(skip_serializing_if = "LinkEffect::is_default")]
    pub on_link: LinkEffect,
    /// Whether it destroys the copy of the data that its replica keeps; only of components' modes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub destroys: bool,
    /// What its failures do to others at that instant; only of components' modes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cascade: Option<Cascade>,
    /// The share of its capacity with which the component goes on working, instead of being down; only of components' modes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow: Option<Probability>,
    /// How its failures go by the load; only of components' modes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stress: Option<Stress>,
    /// Who measured the numbers.
    pub source: Option<String>,
}

/// A place: a fault domain that takes down what is inside it.
///
/// ```
/// assert!(fivenines::system::Site::default().modes.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Site {
    /// Failure modes of this site, besides those of its level; one of the same name takes the level's place.
    pub modes: Modes,
    /// What it costs to be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostRate>,
}

/// What becomes of a component while a site around it is down.
///
/// ```
/// use fivenines::system::SiteOutage;
///
/// assert_eq!(SiteOutage::default(), SiteOutage::Unreachable);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub enum SiteOutage {
    /// It is out of reach and otherwise lives on: it fails and is repaired as ever.
    #[default]
    Unreachable,
    /// It stands still: it neither fails nor is repaired, and comes back in the condition it was in.
    Frozen,
    /// It fails in the named mode when the site goes down, and its repairs wait until the site is back. Those that then
    /// ask for a crew all at once queue in the order of their services' names.
    Crashes(String),
}

/// A kind of component.
///
/// ```
/// use fivenines::system::Component;
///
/// assert!(Component::new().modes.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Component {
    /// The ways it fails, each on its own; the component works while none has.
    pub modes: Modes,
    /// What a site's outage does to it.
    pub site_outage: SiteOutage,
    /// The trace of which each plays a node: down whenever that was, besides its modes' failures.
    pub trace: Option<String>,
    /// What each of them costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostRate>,
    /// Who measured the numbers, for modes that do not say.
    pub source: Option<String>,
}

/// How a crew shares itself out.
///
/// ```
/// use fivenines::system::Discipline;
///
/// assert_eq!(Discipline::default(), Discipline::Fifo);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Discipline {
    /// First failed, first repaired; each member does one repair at a time.
    #[default]
    Fifo,
    /// The members divide their effort equally over all that is failed (processor sharing), nobody doing less than
    /// one member's work on a single repair.
    Shared,
    /// The most urgent first, and among equals the first failed; nobody is called away from a repair.
    Priority,
    /// The same, but a more urgent failure calls a member away from the least urgent repair, which goes on later from
    /// where it was.
    Preemptive,
    /// One visit mends all that has failed by its end, in the time that the repair takes which came first.
    Batch,
}

/// A limited number of people who repair.
///
/// ```
/// use fivenines::system::Crew;
///
/// assert_eq!(Crew::new(2).size, 2);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Crew {
    /// How many repairs can go on at once.
    pub size: u32,
    /// In which order.
    pub discipline: Discipline,
    /// The level that has a crew of this kind in each of its sites; without one there is a single crew for all.
    pub per: Option<String>,
    /// How long a member who is called from rest needs until work begins; at once where nothing is said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub responds: Vec<Response>,
    /// When the crew works; always, where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// A service, a site, a domain, or the level whose site around the crew's own has to be up for it to work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub works_while: Option<String>,
    /// Who measured the numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// How the replicas of a service are placed.
///
/// ```
/// use fivenines::system::Spread;
///
/// assert_eq!(Spread::default(), Spread::None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Spread {
    /// All in the first site that may be used.
    #[default]
    None,
    /// Evenly over the sites of a level: over all, or over the first `over` of them.
    Over {
        /// Name of the level.
        level: String,
        /// Over how many of its sites; each must get a replica.
        over: Option<u32>,
    },
}

/// How much of a service must work.
///
/// ```
/// use fivenines::system::Need;
///
/// assert_eq!(Need::Majority.of(5), 3);
/// assert_eq!(Need::Any.of(5), 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub enum Need {
    /// One is enough.
    Any,
    /// All of them.
    All,
    /// More than half.
    Majority,
    /// This many.
    Count(u32),
    /// This share of the capacity, each replica having an equal part of it; rounded up.
    Share(Probability),
}

/// What a service is made of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Body {
    /// Replicas of its own.
    Replicas {
        /// The components of each replica: it works while all of them do.
        runs_on: Vec<String>,
        /// How many.
        replicas: u32,
        /// How they are placed.
        spread: Spread,
        /// The sites that may be used; all, where empty.
        within: Vec<String>,
    },
    /// Other services, which count as replicas do.
    Members(Vec<String>),
    /// The replicas of other services, each of which counts while it runs.
    Voters(Vec<String>),
}

/// How a service moves from a leader that failed to another replica: any of those that are up then, each as likely.
///
/// ```
/// use fivenines::system::Failover;
/// use fivenines::random::Law;
/// use fivenines::units::Duration;
///
/// let failover = Failover::new(Law::constant(Duration::seconds(10.0)), Law::constant(Duration::seconds(30.0)));
/// assert_eq!(failover.manual, None);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Failover {
    /// From the leader's failure to its detection. A leader that is back before then has lost nothing.
    pub detect: Law,
    /// From detection to the new leader serving.
    pub switch: Law,
    /// The coverage: the chance that what was detected is one of the failures that the failover is made for. All others are
    /// left to somebody who switches by hand, at once. Bouricius, Carter and Schneider, *Reliability modeling techniques for
    /// self-repairing computer systems*, ACM 1969.
    #[serde(skip_serializing_if = "is_certain")]
    pub covers: Probability,
    /// The chance that the switch works.
    pub succeeds: Probability,
    /// Where it does not, or does not begin: from there to somebody having switched by hand. The old leader's return ends
    /// the wait too.
    pub manual: Option<Law>,
    /// From a replica beginning to lead to a failure being detected that is none; never, where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub false_alarms: Option<Law>,
    /// Whether all replicas are looked at from the detection until one serves, and not only what has been chosen.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub checks: bool,
    /// Where too few replicas were left to choose from: from enough being up again to one of them serving. Without it
    /// another switch begins then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restart: Option<Law>,
    /// How the first replica leads again when it is back; without it whoever leads leads on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failback: Option<Failback>,
    /// Who measured the numbers.
    pub source: Option<String>,
}

fn is_certain(chance: &Probability) -> bool {
    chance.is_one()
}

/// What clients need.
///
/// ```
/// use fivenines::system::{Need, Service};
///
/// let web = Service::replicas("server", 4).needs(Need::Any).depends_on("db");
/// assert_eq!(web.depends_on, ["db"]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Service {
    /// What it is made of.
    pub body: Body,
    /// How much of it must work.
    pub needs: Need,
    /// How it is divided among its users; whole where nothing is said. Only of what has replicas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub divided: Option<Shards>,
    /// Services without which this one is down.
    pub depends_on: Vec<String>,
    /// What it does without one of these; without those that have no entry it is down.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub without: BTreeMap<String, Without>,
    /// How it changes leader, if one replica leads.
    pub failover: Option<Failover>,
    /// How its replicas catch up when they were down; without it they are good at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resync: Option<Resync>,
    /// What clients demand of it, where that matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<Load>,
    /// How replicas are added and taken away by the load; without it all are always there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scaling: Option<Scaling>,
    /// How it saves its work, where it loses that when it goes down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<Checkpoint>,
    /// What it does while the network is in parts. One that has a failover serves on one side unless this says
    /// otherwise, others on each side on which their need is met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sides: Option<Sides>,
    /// What its first replica sends to each of the others, for as long as it runs; only costs ask for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicates: Option<Bandwidth>,
    /// The data that its replicas keep, where it matters that they may be lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Data>,
}
