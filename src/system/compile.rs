//! From a system's description to its flat tables.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::blocks::Blocks;
use super::cascade::Cascades;
use super::checkpoint::CheckpointPlan;
use super::demand::Stresses;
use super::place::{NONE, SiteTree};
use super::plan::{
    CauseClass, ComponentPlan, CrewPlan, FailoverPlan, KindPlan, LawPlan, ModePlan, OutagePlan, Plan,
    ServicePlan,
};
use super::repair::UpkeepPlan;
use super::replay::TracePlan;
use super::shards::Whole;
use super::{Body, Discipline, Mode, Modes, Service, SiteOutage, System, script};
use crate::random::Law;

/// Compiles a system that has no mistakes.
pub(super) fn compile(system: &System) -> Plan {
    let mut builder = Builder::new(system);
    builder.sites();
    builder.domains();
    builder.supplies();
    builder.services();
    builder.supports();
    builder.slips();
    builder.locate();
    builder.cover();
    builder.shocks();
    builder.cascades();
    if !system.scenario.random_faults {
        builder.plan.shocks.iter_mut().for_each(|shock| shock.strikes = Law::Never);
    }
    builder.plan.modulates |= !(builder.plan.environments.is_empty() && builder.plan.stresses.is_empty());
    builder.plan.blocks = Blocks::new(&builder.plan);
    builder.plan.note_what_is_plain();
    builder.plan
}

/// Fills the tables, one kind of thing after the other.
pub(super) struct Builder<'a> {
    pub system: &'a System,
    pub plan: Plan,
    /// Crews by name and site.
    crews: BTreeMap<(&'a str, u32), u32>,
    /// Shelves by name and site.
    pub shelves: BTreeMap<(&'a str, u32), u32>,
    causes: BTreeMap<CauseClass, u32>,
}

impl<'a> Builder<'a> {
    fn new(system: &'a System) -> Builder<'a> {
        let mut plan = Plan {
            tree: SiteTree::new(system),
            modes: Vec::new(),
            settles: true,
            laws: Vec::new(),
            unit_modes: Vec::new(),
            components: Vec::new(),
            domains: system.domains.keys().cloned().collect(),
            places: 0,
            located: Vec::new(),
            site_located: Vec::new(),
            domain_located: vec![0; system.domains.len() + 1],
            replica_service: Vec::new(),
            services: Vec::new(),
            failovers: Vec::new(),
            resyncs: Vec::new(),
            data: Vec::new(),
            withouts: Vec::new(),
            reckoned: Vec::new(),
            valued: Vec::new(),
            named: 0,
            valued_by: Vec::new(),
            shocks: Vec::new(),
            spreads: Vec::new(),
            supplies: Vec::new(),
            gates: Vec::new(),
            place_gates: Vec::new(),
            cascades: Cascades::default(),
            environments: Vec::new(),
            capacities: Vec::new(),
            checkpoints: CheckpointPlan::all(system),
            scalings: Vec::new(),
            slow: Vec::new(),
            stresses: Stresses::default(),
            works: Vec::new(),
            excludes: false,
            replica_works: Vec::new(),
            certificates: Vec::new(),
            traces: traces(system),
            replays: Vec::new(),
            crews: Vec::new(),
            upkeep: UpkeepPlan::default(),
            modulates: false,
            freezes: system.components.values().any(|it| it.site_outage == SiteOutage::Frozen),
            kinds: system.components.iter().map(|(name, component)| kind(name, component)).collect(),
            causes: Vec::new(),
            script: Vec::new(),
            network: None,
            hidden_service: NONE,
            part_names: Vec::new(),
            blocks: Blocks::default(),
            alike: OnceLock::new(),
        };
        plan.places = plan.sites() + (plan.domains.len() + plan.wires(system).len()) as u32;
        Builder { system, plan, crews: BTreeMap::new(), shelves: BTreeMap::new(), causes: BTreeMap::new() }
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

    fn domains(&mut self) {
        for (unit, (name, domain)) in (self.plan.sites()..).zip(&self.system.domains) {
            let (kind, class) = ("domain", name.clone());
            let cause = CauseClass { kind, class, mode: String::new(), site: String::new() };
            self.unit(unit, domain.modes.iter(), &cause);
        }
    }

    fn services(&mut self) {
        for (number, (name, service)) in (0..).zip(&self.system.services) {
            match service.parts() {
                None => self.whole(&Whole { number, name, service, part: 0 }),
                Some(shards) => {
                    let mut plan = self.service_without_replicas(name.clone(), shards.count);
                    plan.need = shards.count;
                    self.plan.services.push(plan);
                }
            }
        }
        self.shards();
        self.votes();
        self.network();
        self.connect();
        script::compile(self.system, &mut self.plan);
        self.capacities();
        self.environments();
        self.surge_causes();
        self.planned();
        self.resyncs();
        self.data();
        self.withouts();
        self.valued();
        self.failbacks();
        self.failover_causes();
    }

    /// Failovers' classes: two each, and the parts of a service have theirs in common.
    fn failover_causes(&mut self) {
        let mut known: Option<(u32, u32)> = None;
        for failover in 0..self.plan.failovers.len() {
            let whole = self.plan.whole_of(self.plan.failovers[failover].service);
            let first = match known {
                Some((last, first)) if last == whole => first,
                _ => {
                    let first = self.plan.causes.len() as u32;
                    for mode in ["switching", "by hand"] {
                        let class = self.plan.services[whole as usize].name.clone();
                        let (mode, site) = (mode.to_owned(), String::new());
                        self.plan.causes.push(CauseClass { kind: "failover", class, mode, site });
                    }
                    first
                }
            };
            self.plan.failovers[failover].cause = first;
            known = Some((whole, first));
        }
    }

    /// Adds a service, or a part of one, with its replicas.
    pub fn whole(&mut self, whole: &Whole<'_>) {
        let service = whole.service;
        let (members, need, count) = match &service.body {
            Body::Replicas { replicas, .. } => (Vec::new(), service.needs.of(*replicas), *replicas),
            Body::Members(members) => {
                let members: Vec<u32> = members.iter().map(|name| self.used(whole, name)).collect();
                let count = members.len() as u32;
                (members, service.needs.of(count), count)
            }
            // Counted when all services have numbers.
            Body::Voters(_) => (Vec::new(), 0, 0),
        };
        let name = match service.parts() {
            None => whole.name.to_owned(),
            Some(_) => System::part_name(whole.name, whole.part),
        };
        let needed = service.depends_on.iter().filter(|name| !service.without.contains_key(*name));
        let mut dependencies: Vec<u32> = needed.map(|name| self.used(whole, name)).collect();
        dependencies.sort_unstable();
        dependencies.dedup();
        let plan = self.service_without_replicas(name, count);
        let mut plan = ServicePlan { need, members, dependencies, ..plan };
        self.failover(service, &mut plan);
        self.plan.services.push(plan);
        self.replicas(whole);
    }

    fn failover(&mut self, service: &Service, plan: &mut ServicePlan) {
        let Some(failover) = &service.failover else { return };
        plan.failover = self.plan.failovers.len() as u32;
        self.plan.failovers.push(FailoverPlan {
            service: self.plan.services.len() as u32,
            detect: failover.detect.clone(),
            switch: failover.switch.clone(),
            covers: failover.covers,
            succeeds: failover.succeeds,
            manual: failover.manual.clone().unwrap_or(Law::Never),
            false_alarms: failover.false_alarms.clone().filter(|_| self.system.scenario.random_faults),
            checks: failover.checks,
            restart: failover.restart.clone(),
            failback: None,
            latent: self.is_latent(service),
            cause: NONE,
        });
    }

    /// Places a service's replicas and makes their components.
    fn replicas(&mut self, whole: &Whole<'_>) {
        let Body::Replicas { runs_on, .. } = &whole.service.body else { return };
        let number = self.plan.services.len() as u32 - 1;
        self.plan.services[number as usize].stack = runs_on.len() as u32;
        let system = self.system;
        let kinds: Vec<u32> = runs_on
            .iter()
            .map(|name| {
                system.components.keys().position(|known| known == name).expect("a checked kind") as u32
            })
            .collect();
        for site in self.plan.tree.place_part(system, whole.service, whole.part) {
            let replica = self.plan.replica_service.len() as u32;
            self.plan.replica_service.push(number);
            let path =
                self.plan.tree.sites.get(site as usize).map(|site| site.path.clone()).unwrap_or_default();
            for (name, &kind) in runs_on.iter().zip(&kinds) {
                let unit = self.plan.places + self.plan.components.len() as u32;
                self.plan.components.push(ComponentPlan { kind, site, replica });
                let cause = CauseClass {
                    kind: "component",
                    class: name.clone(),
                    mode: String::new(),
                    site: path.clone(),
                };
                let logged = self.logged(name);
                self.unit(unit, system.components[name].modes.iter().chain(&logged), &cause);
                self.replayed(name);
            }
        }
    }

    /// Adds a unit's modes. `cause` lacks the mode's name.
    pub fn unit<'m>(
        &mut self,
        unit: u32,
        modes: impl Iterator<Item = (&'m String, &'m Mode)>,
        cause: &CauseClass,
    ) {
        if self.plan.unit_modes.is_empty() {
            self.plan.unit_modes.push(0);
        }
        let component = unit.checked_sub(self.plan.places);
        let service = component.map_or(NONE, |it| self.plan.service_of(&self.plan.components[it as usize]));
        for (name, mode) in modes {
            let fails = if self.system.scenario.random_faults { mode.own_failures() } else { Law::Never };
            let law = LawPlan { fails, restored: mode.restored.clone() };
            // From the back: what was added last is most likely to come again.
            let law = self.plan.laws.iter().rposition(|known| *known == law).unwrap_or_else(|| {
                self.plan.laws.push(law);
                self.plan.laws.len() - 1
            });
            let (crew, care) = (self.crew(unit, mode), self.care(unit, mode));
            if mode.preventive.is_some() {
                let planned = self.class(CauseClass { mode: format!("{name}, planned"), ..cause.clone() });
                self.plan.upkeep.preventives.last_mut().expect("the mode's own").cause = planned;
            }
            let cause = self.class(CauseClass { mode: name.clone(), ..cause.clone() });
            self.plan.modes.push(ModePlan {
                unit,
                law: law as u32,
                crew,
                cause,
                replay: NONE,
                care,
                service,
            });
        }
        self.plan.unit_modes.push(self.plan.modes.len() as u32);
    }

    /// The number of a class.
    fn class(&mut self, class: CauseClass) -> u32 {
        let next = self.plan.causes.len() as u32;
        *self.causes.entry(class).or_insert_with_key(|class| {
            self.plan.causes.push(class.clone());
            next
        })
    }

    /// The crew that repairs a mode of a unit: the one at the unit's site of the crew's level, or the one for all.
    fn crew(&mut self, unit: u32, mode: &Mode) -> u32 {
        let Some(name) = &mode.repaired_by else { return NONE };
        let (name, crew) = self.system.crews.get_key_value(name).expect("a checked system names its crews");
        let place = self.place_at(unit, crew.per.as_deref());
        if let Some(&known) = self.crews.get(&(name.as_str(), place)) {
            return known;
        }
        let number = self.plan.crews.len() as u32;
        let duty = self.duty(number, name, crew, place);
        self.plan.crews.push(CrewPlan { size: crew.size, discipline: crew.discipline, duty });
        self.plan.upkeep.breaks_off |= crew.discipline == Discipline::Preemptive;
        self.crews.insert((name.as_str(), place), number);
        number
    }

    /// The site of a level that a unit is at or inside of; [`NONE`] where there is no such site, or no level is asked for.
    pub fn place_at(&self, unit: u32, level: Option<&str>) -> u32 {
        let site = match unit.checked_sub(self.plan.places) {
            None if unit < self.plan.sites() => unit,
            None => NONE,
            Some(component) => self.plan.components[component as usize].site,
        };
        let depth = level.and_then(|level| self.system.levels.iter().position(|name| name == level));
        depth.map_or(NONE, |depth| {
            let tree = &self.plan.tree;
            tree.around(site).find(|&site| tree.sites[site as usize].depth == depth).unwrap_or(NONE)
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

fn traces(system: &System) -> Vec<TracePlan> {
    let plan =
        |(name, trace): (&String, &super::Trace)| TracePlan { name: name.clone(), trace: trace.clone() };
    system.traces.iter().map(plan).collect()
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
