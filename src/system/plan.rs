//! The compiled form of a system: flat tables that its model reads and never changes.

use std::sync::OnceLock;

use super::alike::Alike;
use super::blocks::Blocks;
use super::capacity::CapacityPlan;
use super::cascade::Cascades;
use super::checkpoint::CheckpointPlan;
use super::data_plan::DataPlan;
use super::demand::Stresses;
use super::environment::EnvironmentPlan;
use super::failback::FailbackPlan;
use super::feed::{GatePlan, SupplyPlan};
use super::linked::NetworkPlan;
use super::place::{NONE, SiteTree};
use super::repair::UpkeepPlan;
use super::replay::{ReplayPlan, TracePlan};
use super::resync::ResyncPlan;
use super::scale::ScalingPlan;
use super::script::FaultPlan;
use super::strike::{ShockPlan, SpreadPlan};
use super::without::WithoutPlan;
use super::work_plan::{CertificatePlan, WorkPlan};
use super::{Discipline, System};
use crate::random::{Law, Name};
use crate::units::Probability;

/// What each number stands for, and how things hang together.
///
/// Units are sites, domains across sites, supplies and components, in this order; all but components are places. A unit's modes have consecutive numbers, and so have a replica's
/// components and a service's replicas. Mode `m` has two clocks: `2m` to its failure, `2m + 1` to its restoration.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub tree: SiteTree,
    /// For each mode: its unit, what runs its clocks, its crew, and the class its downtime is booked to.
    pub modes: Vec<ModePlan>,
    /// There may be something to settle after an event, besides counters.
    pub settles: bool,
    /// The distinct pairs of laws.
    pub laws: Vec<LawPlan>,
    /// For each unit, its first mode; one more at the end.
    pub unit_modes: Vec<u32>,
    pub components: Vec<ComponentPlan>,
    /// Names of the domains across sites.
    pub domains: Vec<String>,
    /// How many sites, domains and supplies there are.
    pub places: u32,
    /// Components by the site they are at, sites in preorder; behind them, for each domain, those it covers.
    pub located: Vec<u32>,
    /// For each site, where its own and inner components begin in `located`; one more at the end.
    pub site_located: Vec<u32>,
    /// For each domain, where its components begin in `located`; one more at the end.
    pub domain_located: Vec<u32>,
    /// For each replica, its service.
    pub replica_service: Vec<u32>,
    pub services: Vec<ServicePlan>,
    pub failovers: Vec<FailoverPlan>,
    /// Services whose replicas have to catch up.
    pub resyncs: Vec<ResyncPlan>,
    /// Services that keep data.
    pub data: Vec<DataPlan>,
    /// What services can do without.
    pub withouts: Vec<WithoutPlan>,
    /// Services of which it is counted how much of their value they serve, behind those that they need.
    pub reckoned: Vec<u32>,
    /// Those of them that people see.
    pub valued: Vec<u32>,
    /// How many services come before the parts of those that are divided.
    pub named: u32,
    /// For each service, the places among those of the services whose value follows from its own: itself too.
    pub valued_by: Vec<Vec<u32>>,
    pub shocks: Vec<ShockPlan>,
    pub spreads: Vec<SpreadPlan>,
    pub supplies: Vec<SupplyPlan>,
    pub gates: Vec<GatePlan>,
    /// For each place, the gates that feed it; empty where there is no supply.
    pub place_gates: Vec<Vec<u32>>,
    pub cascades: Cascades,
    pub environments: Vec<EnvironmentPlan>,
    /// Services whose capacity counts.
    pub capacities: Vec<CapacityPlan>,
    /// Services that save their work.
    pub checkpoints: Vec<CheckpointPlan>,
    /// Services that scale.
    pub scalings: Vec<ScalingPlan>,
    /// For each mode that leaves its component at work, with what share of its capacity, in millionths, and [`NONE`](super::place::NONE) for
    /// all others; empty where there are no others.
    pub slow: Vec<u32>,
    pub stresses: Stresses,
    pub works: Vec<WorkPlan>,
    /// Whether some of it is no downtime.
    pub excludes: bool,
    /// For each replica, the works that go through it, and as which of their targets; empty where there is no work.
    pub replica_works: Vec<Vec<(u32, u32)>>,
    pub certificates: Vec<CertificatePlan>,
    pub traces: Vec<TracePlan>,
    pub replays: Vec<ReplayPlan>,
    pub crews: Vec<CrewPlan>,
    /// What repairs wait for besides their crews.
    pub upkeep: UpkeepPlan,
    pub kinds: Vec<KindPlan>,
    /// True when something may make a failure clock run at another speed from the moment it is set.
    pub modulates: bool,
    /// True when some kind stands still with its site.
    pub freezes: bool,
    pub causes: Vec<CauseClass>,
    /// The scripted faults.
    pub script: Vec<FaultPlan>,
    /// What links the sites, and who reaches whom.
    pub network: Option<NetworkPlan>,
    /// The service of the network's own parts, which nobody sees, or [`NONE`]: the last one.
    pub hidden_service: u32,
    /// For each part of the network that can fail, what its luck is named after, and what people call it.
    pub part_names: Vec<(Name, String)>,
    /// Where the clocks and sources of all this begin.
    pub blocks: Blocks,
    /// What may be permuted; worked out when the exact solver asks for it.
    pub alike: OnceLock<Alike>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct ModePlan {
    pub unit: u32,
    pub law: u32,
    /// Crew number, or [`NONE`].
    pub crew: u32,
    pub cause: u32,
    /// Number of its replay, or [`NONE`] where its laws are drawn from.
    pub replay: u32,
    /// Number of what there is to say of its repair besides a crew, or [`NONE`].
    pub care: u32,
    /// The service of the unit's component, so that an event needs no other table to find it; [`NONE`] for a site.
    pub service: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct LawPlan {
    pub fails: Law,
    pub restored: Law,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct ComponentPlan {
    pub kind: u32,
    pub site: u32,
    pub replica: u32,
}

/// A kind of component.
#[derive(Clone, Debug)]
pub(super) struct KindPlan {
    pub name: String,
    pub outage: OutagePlan,
}

/// What a site's outage does to a kind of component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OutagePlan {
    Unreachable,
    Frozen,
    /// Fails in the unit's mode of this offset.
    Crashes(u32),
}

#[derive(Clone, Debug)]
pub(super) struct ServicePlan {
    pub name: String,
    /// How many replicas or members must be up.
    pub need: u32,
    /// How many there are.
    pub count: u32,
    pub first_replica: u32,
    /// Components of each replica.
    pub stack: u32,
    pub first_component: u32,
    /// Services that cannot do without this one.
    pub dependents: Vec<u32>,
    /// Services that this one is a member of.
    pub groups: Vec<u32>,
    /// Those that it cannot do without.
    pub dependencies: Vec<u32>,
    /// Numbers of what it can do without.
    pub withouts: Vec<u32>,
    /// Numbers of where others can do without it.
    pub missed: Vec<u32>,
    pub members: Vec<u32>,
    /// Services whose replicas have a vote in this one.
    pub voters: Vec<u32>,
    /// Services in which its replicas have a vote.
    pub electorates: Vec<u32>,
    /// Number of its resynchronisation, or [`NONE`] where replicas that are back are good at once.
    pub resync: u32,
    /// Number of its data, or [`NONE`] where it keeps none.
    pub data: u32,
    /// Number of its failover, or [`NONE`].
    pub failover: u32,
    /// The service that this is a part of, or [`NONE`].
    pub part_of: u32,
    /// Number of its capacity, or [`NONE`] where only heads count.
    pub capacity: u32,
    /// What it is to repairs that rest on it, or [`NONE`].
    pub support: u32,
    /// Nothing but its count follows from a replica's going down or coming back: the way that most events take.
    pub only_counts: bool,
}

impl ServicePlan {
    /// The components of one of the service's replicas.
    #[inline]
    pub fn components_of(&self, replica: u32) -> std::ops::Range<u32> {
        let first = self.first_component + (replica - self.first_replica) * self.stack;
        first..first + self.stack
    }

    /// Its components.
    pub fn components(&self) -> std::ops::Range<u32> {
        self.first_component..self.first_component + self.count * self.stack
    }

    /// The replica that one of the service's components is part of.
    #[inline]
    pub fn replica_of(&self, component: u32) -> u32 {
        let offset = component - self.first_component;
        // Most replicas are one component, and a division takes its time.
        self.first_replica + if self.stack == 1 { offset } else { offset / self.stack }
    }
}

#[derive(Clone, Debug)]
pub(super) struct FailoverPlan {
    pub service: u32,
    pub detect: Law,
    pub switch: Law,
    pub covers: Probability,
    pub succeeds: Probability,
    pub manual: Law,
    pub false_alarms: Option<Law>,
    pub checks: bool,
    pub restart: Option<Law>,
    pub failback: Option<FailbackPlan>,
    /// True where replicas can fail unnoticed.
    pub latent: bool,
    /// The class of the downtime of its switching; that of switching by hand is the next.
    pub cause: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct CrewPlan {
    pub size: u32,
    pub discipline: Discipline,
    /// When it works and how it comes, or [`NONE`] where it works always and at once.
    pub duty: u32,
}

/// What downtime is booked to.
///
/// ```
/// use fivenines::system::CauseClass;
///
/// let cause = CauseClass { kind: "site", class: "zone".into(), mode: "outage".into(), site: "eu/a".into() };
/// assert_eq!(cause.to_string(), "zone eu/a outage");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CauseClass {
    /// `component`, `site`, `domain`, `supply`, `change`, `maintenance`, `certificate`, `scenario`, `load`,
    /// `scaling`, `queue`, `resync` or `failover`.
    pub kind: &'static str,
    /// Kind of component, level of site, the service or environment whose load it is, the service that fails over, or the
    /// name of anything else.
    pub class: String,
    /// Failure mode; for a failover `switching`, `by hand` or `failing back`, for a scaling `reacting`, `booting` or `refused`, for a queue and a resync `catching up` and `declared good`, for a change `update` or `bad release`; empty for maintenance
    /// and for a scripted fault.
    pub mode: String,
    /// Where; empty for what is at no site.
    pub site: String,
}

impl std::fmt::Display for CauseClass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.kind, self.site.as_str()) {
            ("failover" | "scaling" | "queue", _) => write!(f, "{} {}, {}", self.class, self.kind, self.mode),
            ("scenario" | "maintenance", _) => f.write_str(&self.class),
            ("change" | "certificate", _) => write!(f, "{}, {}", self.class, self.mode),
            (_, "") => write!(f, "{} {}", self.class, self.mode),
            ("site", site) => write!(f, "{} {site} {}", self.class, self.mode),
            (_, site) => write!(f, "{} {} at {site}", self.class, self.mode),
        }
    }
}

impl Plan {
    /// Notes what most events can leave out. Comes when everything else is compiled. Whatever is left for the end of an
    /// event has to be named here.
    pub fn note_what_is_plain(&mut self) {
        let placed = self.network.is_some() || !self.works.is_empty();
        let upkeep = &self.upkeep;
        let waits = !(upkeep.cares.is_empty() && upkeep.supports.is_empty() && upkeep.duties.is_empty());
        let mut only_counts = true;
        for service in &mut self.services {
            let alone = service.failover == NONE && service.capacity == NONE && !service.catches_up();
            service.only_counts = alone && service.electorates.is_empty() && !placed;
            only_counts &= service.only_counts;
        }
        let valued = self.is_divided() || !self.reckoned.is_empty();
        let lasting = !(self.withouts.is_empty() && self.data.is_empty());
        self.settles = placed || waits || !only_counts || valued || lasting;
    }

    /// Compiles a system that has no mistakes.
    pub fn new(system: &System) -> Plan {
        super::compile::compile(system)
    }

    pub fn sites(&self) -> u32 {
        self.tree.sites.len() as u32
    }

    pub fn alike(&self) -> &Alike {
        self.alike.get_or_init(|| Alike::new(self))
    }

    /// The modes of a unit.
    pub fn modes_of(&self, unit: u32) -> std::ops::Range<u32> {
        self.unit_modes[unit as usize]..self.unit_modes[unit as usize + 1]
    }

    /// The components at a site and inside it, or in a domain.
    pub fn inside(&self, place: u32) -> std::ops::Range<usize> {
        let (starts, first, end) = match self.tree.sites.get(place as usize) {
            Some(site) => (&self.site_located, place, site.end),
            None => (&self.domain_located, place - self.sites(), place - self.sites() + 1),
        };
        starts[first as usize] as usize..starts[end as usize] as usize
    }

    /// The domains that cover a component.
    pub fn domains_of(&self, component: u32) -> impl Iterator<Item = u32> {
        let covers = move |&domain: &u32| self.located[self.inside(domain)].binary_search(&component).is_ok();
        (self.sites()..self.sites() + self.domains.len() as u32).filter(covers)
    }

    /// For each mode, how often shocks, errors, and the failures and repairs of others fail its component in it, in a second, while all work.
    pub fn strike_rates(&self) -> Vec<f64> {
        let mut rates = vec![0.0; self.modes.len()];
        for shock in &self.shocks {
            shock.rates().for_each(|(mode, rate)| rates[mode as usize] += rate);
        }
        self.add_cascade_rates(&mut rates);
        self.add_slip_rates(&mut rates);
        for work in self.works.iter().filter(|work| work.error > 0.0) {
            let broken = work.targets.iter().flat_map(|target| &target.breaks);
            broken.for_each(|&mode| rates[mode as usize] += work.error * work.rounds());
        }
        rates
    }

    pub fn law(&self, mode: u32) -> &LawPlan {
        &self.laws[self.modes[mode as usize].law as usize]
    }

    /// The services that people see.
    pub fn seen(&self) -> &[ServicePlan] {
        // A network's parts are the last service; without a network the parts of divided services may be the last.
        let seen = if self.network.is_some() { self.services.len() - 1 } else { self.named as usize };
        &self.services[..seen]
    }

    /// Whether people see a service.
    pub fn is_seen(&self, service: u32) -> bool {
        (service as usize) < self.seen().len()
    }

    /// A part of the network's names, where a component is one.
    fn part(&self, component: &ComponentPlan) -> Option<&(Name, String)> {
        let service = self.replica_service[component.replica as usize];
        let first = self.services[service as usize].first_replica;
        (service == self.hidden_service).then(|| &self.part_names[(component.replica - first) as usize])
    }

    /// The class of a failover's downtime.
    pub fn failover_cause(&self, failover: u32, by_hand: bool) -> u32 {
        self.failovers[failover as usize].cause + u32::from(by_hand)
    }

    /// A component's service.
    pub fn service_of(&self, component: &ComponentPlan) -> u32 {
        self.replica_service[component.replica as usize]
    }

    /// A component's number within its service's replicas, from 1.
    fn replica_number(&self, component: &ComponentPlan) -> u32 {
        let service = self.replica_service[component.replica as usize];
        component.replica - self.services[service as usize].first_replica + 1
    }

    /// What a unit's luck is named after.
    pub fn unit_name(&self, unit: u32) -> Name {
        match unit.checked_sub(self.places) {
            None => match self.tree.sites.get(unit as usize) {
                Some(site) => Name::new("site").child(&site.path),
                None => match self.supply_at(unit) {
                    Some(supply) => self.supplies[supply as usize].luck(),
                    None => Name::new("domain").child(&self.domains[(unit - self.sites()) as usize]),
                },
            },
            Some(component) => {
                let component = &self.components[component as usize];
                if let Some((name, _)) = self.part(component) {
                    return *name;
                }
                let service = &self.services[self.replica_service[component.replica as usize] as usize];
                let name = Name::new("service")
                    .child(&service.name)
                    .at(self.replica_number(component) as usize)
                    .child(&self.kinds[component.kind as usize].name);
                // A replica may have two disks, which must not share their luck.
                let number = unit - self.places;
                let first = number - (number - service.first_component) % service.stack;
                let twins = self.components[first as usize..number as usize].iter();
                match twins.filter(|twin| twin.kind == component.kind).count() {
                    0 => name,
                    before => name.at(before + 1),
                }
            }
        }
    }

    /// What people call a unit.
    pub fn unit_label(&self, unit: u32) -> String {
        match unit.checked_sub(self.places) {
            None => match self.tree.sites.get(unit as usize) {
                Some(site) => site.path.clone(),
                None => match self.supply_at(unit) {
                    Some(supply) => self.supplies[supply as usize].to_string(),
                    None => self.domains[(unit - self.sites()) as usize].clone(),
                },
            },
            Some(component) => {
                let component = &self.components[component as usize];
                if let Some((_, label)) = self.part(component) {
                    return label.clone();
                }
                let service = &self.services[self.replica_service[component.replica as usize] as usize];
                let (kind, number) =
                    (&self.kinds[component.kind as usize].name, self.replica_number(component));
                match self.tree.sites.get(component.site as usize) {
                    Some(site) => format!("{}-{number} ({kind} at {})", service.name, site.path),
                    None => format!("{}-{number} ({kind})", service.name),
                }
            }
        }
    }

    /// What people call a replica.
    pub fn replica_label(&self, replica: u32) -> String {
        let service = &self.services[self.replica_service[replica as usize] as usize];
        format!("{}-{}", service.name, replica - service.first_replica + 1)
    }

    /// The name of a mode.
    pub fn mode_name(&self, mode: u32) -> &str {
        &self.causes[self.modes[mode as usize].cause as usize].mode
    }
}
