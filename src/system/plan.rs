//! The compiled form of a system: flat tables that its model reads and never changes.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::alike::Alike;
use super::place::{NONE, SiteTree};
use super::script::{self, FaultPlan};
use super::{Body, Discipline, Mode, Modes, Service, SiteOutage, System};
use crate::random::{Law, Name};
use crate::units::Probability;

/// What each number stands for, and how things hang together.
///
/// Units are sites and components, sites first. A unit's modes have consecutive numbers, and so have a replica's
/// components and a service's replicas. Mode `m` has two clocks: `2m` to its failure, `2m + 1` to its restoration.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub tree: SiteTree,
    /// For each mode: its unit, what runs its clocks, its crew, and the class its downtime is booked to.
    pub modes: Vec<ModePlan>,
    /// The distinct pairs of laws.
    pub laws: Vec<LawPlan>,
    /// For each unit, its first mode; one more at the end.
    pub unit_modes: Vec<u32>,
    pub components: Vec<ComponentPlan>,
    /// Components by the site they are at, sites in preorder.
    pub located: Vec<u32>,
    /// For each site, where its own and inner components begin in `located`; one more at the end.
    pub site_located: Vec<u32>,
    /// For each replica, its service.
    pub replica_service: Vec<u32>,
    pub services: Vec<ServicePlan>,
    pub failovers: Vec<FailoverPlan>,
    pub crews: Vec<CrewPlan>,
    pub kinds: Vec<KindPlan>,
    /// True when some kind stands still with its site.
    pub freezes: bool,
    pub causes: Vec<CauseClass>,
    /// The scripted faults.
    pub script: Vec<FaultPlan>,
    /// What may be permuted; worked out when the exact solver asks for it.
    alike: OnceLock<Alike>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct ModePlan {
    pub unit: u32,
    pub law: u32,
    /// Crew number, or [`NONE`].
    pub crew: u32,
    pub cause: u32,
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
    /// Services that depend on this one.
    pub dependents: Vec<u32>,
    /// Services that this one is a member of.
    pub groups: Vec<u32>,
    pub dependencies: Vec<u32>,
    pub members: Vec<u32>,
    /// Number of its failover, or [`NONE`].
    pub failover: u32,
}

impl ServicePlan {
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
    pub succeeds: Probability,
    pub manual: Law,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct CrewPlan {
    pub size: u32,
    pub shared: bool,
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
    /// `component`, `site`, `scenario` or `failover`.
    pub kind: &'static str,
    /// Kind of component, level of site, name of a scripted fault, or the service that fails over.
    pub class: String,
    /// Failure mode, or for a failover `switching` or `by hand`; empty for a scripted fault.
    pub mode: String,
    /// Where; empty for what is at no site.
    pub site: String,
}

impl std::fmt::Display for CauseClass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.kind, self.site.as_str()) {
            ("failover", _) => write!(f, "{} failover, {}", self.class, self.mode),
            ("scenario", _) => f.write_str(&self.class),
            (_, "") => write!(f, "{} {}", self.class, self.mode),
            ("site", site) => write!(f, "{} {site} {}", self.class, self.mode),
            (_, site) => write!(f, "{} {} at {site}", self.class, self.mode),
        }
    }
}

impl Plan {
    /// Compiles a system that has no mistakes.
    pub fn new(system: &System) -> Plan {
        let mut builder = Builder::new(system);
        builder.sites();
        builder.services();
        builder.locate();
        builder.plan
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

    /// The components at a site and inside it.
    pub fn inside(&self, site: u32) -> std::ops::Range<usize> {
        let end = self.tree.sites[site as usize].end;
        self.site_located[site as usize] as usize..self.site_located[end as usize] as usize
    }

    pub fn law(&self, mode: u32) -> &LawPlan {
        &self.laws[self.modes[mode as usize].law as usize]
    }

    /// The class of a failover's downtime.
    pub fn failover_cause(&self, failover: u32, by_hand: bool) -> u32 {
        // The last classes are the failovers', two each.
        (self.causes.len() - 2 * self.failovers.len()) as u32 + 2 * failover + u32::from(by_hand)
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
        match unit.checked_sub(self.sites()) {
            None => Name::new("site").child(&self.tree.sites[unit as usize].path),
            Some(component) => {
                let component = &self.components[component as usize];
                let service = &self.services[self.replica_service[component.replica as usize] as usize];
                let name = Name::new("service")
                    .child(&service.name)
                    .at(self.replica_number(component) as usize)
                    .child(&self.kinds[component.kind as usize].name);
                // A replica may have two disks, which must not share their luck.
                let number = unit - self.sites();
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
        match unit.checked_sub(self.sites()) {
            None => self.tree.sites[unit as usize].path.clone(),
            Some(component) => {
                let component = &self.components[component as usize];
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

    /// The name of a mode.
    pub fn mode_name(&self, mode: u32) -> &str {
        &self.causes[self.modes[mode as usize].cause as usize].mode
    }
}

/// Fills the tables, one kind of thing after the other.
struct Builder<'a> {
    system: &'a System,
    plan: Plan,
    /// Crews by name and site.
    crews: BTreeMap<(&'a str, u32), u32>,
    causes: BTreeMap<CauseClass, u32>,
}

impl<'a> Builder<'a> {
    fn new(system: &'a System) -> Builder<'a> {
        let plan = Plan {
            tree: SiteTree::new(system),
            modes: Vec::new(),
            laws: Vec::new(),
            unit_modes: Vec::new(),
            components: Vec::new(),
            located: Vec::new(),
            site_located: Vec::new(),
            replica_service: Vec::new(),
            services: Vec::new(),
            failovers: Vec::new(),
            crews: Vec::new(),
            freezes: system.components.values().any(|it| it.site_outage == SiteOutage::Frozen),
            kinds: system.components.iter().map(|(name, component)| kind(name, component)).collect(),
            causes: Vec::new(),
            script: Vec::new(),
            alike: OnceLock::new(),
        };
        Builder { system, plan, crews: BTreeMap::new(), causes: BTreeMap::new() }
    }

    fn sites(&mut self) {
        for site in 0..self.plan.sites() {
            let node = self.plan.tree.sites[site as usize].clone();
            let level = self.system.levels.get(node.depth).cloned().unwrap_or_default();
            let mut modes: Modes = self.system.level_modes.get(&level).cloned().unwrap_or_default();
            if let Some(own) = self.system.sites.get(&node.path) {
                modes.extend(own.modes.iter().map(|(name, mode)| (name.clone(), mode.clone())));
            }
            let cause = CauseClass { kind: "site", class: level, mode: String::new(), site: node.path };
            self.unit(site, modes.iter(), &cause);
        }
    }

    fn services(&mut self) {
        let names: Vec<&String> = self.system.services.keys().collect();
        let number =
            |name: &String| names.binary_search(&name).expect("a checked system names its services") as u32;
        for (name, service) in &self.system.services {
            let (members, need, count) = match &service.body {
                Body::Replicas { replicas, .. } => (Vec::new(), service.needs.of(*replicas), *replicas),
                Body::Members(members) => {
                    let members: Vec<u32> = members.iter().map(number).collect();
                    let count = members.len() as u32;
                    (members, service.needs.of(count), count)
                }
            };
            let mut plan = ServicePlan {
                name: name.clone(),
                need,
                count,
                first_replica: self.plan.replica_service.len() as u32,
                stack: 0,
                first_component: self.plan.components.len() as u32,
                dependents: Vec::new(),
                groups: Vec::new(),
                dependencies: service.depends_on.iter().map(number).collect(),
                members,
                failover: NONE,
            };
            plan.dependencies.sort_unstable();
            plan.dependencies.dedup();
            self.failover(service, &mut plan);
            self.plan.services.push(plan);
            self.replicas(service);
        }
        self.connect();
        script::compile(self.system, &mut self.plan);
        // Failovers' classes come last, so that they can be computed.
        for failover in &self.plan.failovers {
            let class = self.plan.services[failover.service as usize].name.clone();
            for mode in ["switching", "by hand"] {
                let (mode, class) = (mode.to_owned(), class.clone());
                self.plan.causes.push(CauseClass { kind: "failover", class, mode, site: String::new() });
            }
        }
    }

    fn failover(&mut self, service: &Service, plan: &mut ServicePlan) {
        let Some(failover) = &service.failover else { return };
        plan.failover = self.plan.failovers.len() as u32;
        self.plan.failovers.push(FailoverPlan {
            service: self.plan.services.len() as u32,
            detect: failover.detect.clone(),
            switch: failover.switch.clone(),
            succeeds: failover.succeeds,
            manual: failover.manual.clone().unwrap_or(Law::Never),
        });
    }

    /// Places a service's replicas and makes their components.
    fn replicas(&mut self, service: &Service) {
        let Body::Replicas { runs_on, .. } = &service.body else { return };
        let number = self.plan.services.len() as u32 - 1;
        self.plan.services[number as usize].stack = runs_on.len() as u32;
        let system = self.system;
        let kinds: Vec<u32> = runs_on
            .iter()
            .map(|name| {
                system.components.keys().position(|known| known == name).expect("a checked kind") as u32
            })
            .collect();
        for site in self.plan.tree.place(system, service) {
            let replica = self.plan.replica_service.len() as u32;
            self.plan.replica_service.push(number);
            let path =
                self.plan.tree.sites.get(site as usize).map(|site| site.path.clone()).unwrap_or_default();
            for (name, &kind) in runs_on.iter().zip(&kinds) {
                let unit = self.plan.sites() + self.plan.components.len() as u32;
                self.plan.components.push(ComponentPlan { kind, site, replica });
                let cause = CauseClass {
                    kind: "component",
                    class: name.clone(),
                    mode: String::new(),
                    site: path.clone(),
                };
                self.unit(unit, system.components[name].modes.iter(), &cause);
            }
        }
    }

    /// Adds a unit's modes. `cause` lacks the mode's name.
    fn unit<'m>(
        &mut self,
        unit: u32,
        modes: impl Iterator<Item = (&'m String, &'m Mode)>,
        cause: &CauseClass,
    ) {
        if self.plan.unit_modes.is_empty() {
            self.plan.unit_modes.push(0);
        }
        let component = unit.checked_sub(self.plan.sites());
        let service = component.map_or(NONE, |it| self.plan.service_of(&self.plan.components[it as usize]));
        for (name, mode) in modes {
            let fails = if self.system.scenario.random_faults { mode.fails.clone() } else { Law::Never };
            let law = LawPlan { fails, restored: mode.restored.clone() };
            // From the back: what was added last is most likely to come again.
            let law = self.plan.laws.iter().rposition(|known| *known == law).unwrap_or_else(|| {
                self.plan.laws.push(law);
                self.plan.laws.len() - 1
            });
            let crew = self.crew(unit, mode);
            let cause = CauseClass { mode: name.clone(), ..cause.clone() };
            let next = self.plan.causes.len() as u32;
            let cause = match self.causes.get(&cause) {
                Some(&known) => known,
                None => {
                    self.plan.causes.push(cause.clone());
                    self.causes.insert(cause, next);
                    next
                }
            };
            self.plan.modes.push(ModePlan { unit, law: law as u32, crew, cause, service });
        }
        self.plan.unit_modes.push(self.plan.modes.len() as u32);
    }

    /// The crew that repairs a mode of a unit: the one at the unit's site of the crew's level, or the one for all.
    fn crew(&mut self, unit: u32, mode: &Mode) -> u32 {
        let Some(name) = &mode.repaired_by else { return NONE };
        let (name, crew) = self.system.crews.get_key_value(name).expect("a checked system names its crews");
        let site = match unit.checked_sub(self.plan.sites()) {
            None => unit,
            Some(component) => self.plan.components[component as usize].site,
        };
        let depth =
            crew.per.as_ref().and_then(|level| self.system.levels.iter().position(|name| name == level));
        let place = depth.map_or(NONE, |depth| {
            let tree = &self.plan.tree;
            tree.around(site).find(|&site| tree.sites[site as usize].depth == depth).unwrap_or(NONE)
        });
        let crews = &mut self.plan.crews;
        *self.crews.entry((name.as_str(), place)).or_insert_with(|| {
            crews.push(CrewPlan { size: crew.size, shared: crew.discipline == Discipline::Shared });
            crews.len() as u32 - 1
        })
    }

    /// Turns dependencies and memberships around.
    fn connect(&mut self) {
        for service in 0..self.plan.services.len() {
            for dependency in self.plan.services[service].dependencies.clone() {
                self.plan.services[dependency as usize].dependents.push(service as u32);
            }
            for member in self.plan.services[service].members.clone() {
                self.plan.services[member as usize].groups.push(service as u32);
            }
        }
    }

    /// Sorts the components by site.
    fn locate(&mut self) {
        let plan = &mut self.plan;
        if plan.unit_modes.is_empty() {
            plan.unit_modes.push(0);
        }
        let at_sites =
            (0..plan.components.len() as u32).filter(|&c| plan.components[c as usize].site != NONE);
        plan.located = at_sites.collect();
        plan.located.sort_by_key(|&component| plan.components[component as usize].site);
        let first = |site: u32| {
            plan.located.partition_point(|&component| plan.components[component as usize].site < site) as u32
        };
        plan.site_located = (0..=plan.sites()).map(first).collect();
    }
}

fn kind(name: &str, component: &super::Component) -> KindPlan {
    let outage = match &component.site_outage {
        SiteOutage::Unreachable => OutagePlan::Unreachable,
        SiteOutage::Frozen => OutagePlan::Frozen,
        SiteOutage::Crashes(mode) => {
            let offset = component
                .modes
                .keys()
                .position(|name| name == mode)
                .expect("a checked system names its modes");
            OutagePlan::Crashes(offset as u32)
        }
    };
    KindPlan { name: name.to_owned(), outage }
}
