//! A script at work: scripted faults strike, take what they are to take, and give it back.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::feed::SupplyPlan;
use super::model::{Event, SystemModel};
use super::plan::{CauseClass, Plan};
use super::scenario::Target;
use super::wiring::{self, Part};
use super::{Fault, System};
use crate::engine::{Class, Clock, Clocks, Context};
use crate::network::{LinkId, Vertex, Way};
use crate::random::{Law, Name};
use crate::units::{Instant, Span};

/// A scripted fault, compiled.
#[derive(Clone, Debug)]
pub(super) struct FaultPlan {
    pub label: String,
    pub takes: String,
    pub at: Law,
    pub lasts: Law,
    pub every: Option<Span>,
    pub target: Taken,
    /// The class that the downtime which its end ends is booked to.
    pub cause: u32,
}

/// What is down while a fault lasts.
#[derive(Clone, Debug)]
pub(super) enum Taken {
    /// Sites, domains across sites or supplies, by their numbers among these.
    Places(Vec<u32>),
    /// By number, in order.
    Components(Vec<u32>),
    /// A switch of the network.
    Node(Vertex),
    /// Links of the network, each in some way.
    Links(Vec<(LinkId, Way)>),
}

/// A scripted fault that struck.
///
/// ```
/// use fivenines::system::Strike;
/// use fivenines::units::Instant;
///
/// let strike = Strike { fault: 0, start: Instant::START, end: Instant::from_micros(5) };
/// assert!(strike.start < strike.end);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strike {
    /// Which of the script's faults, by its place.
    pub fault: u32,
    /// When it began.
    pub start: Instant,
    /// When it was over, or the horizon.
    pub end: Instant,
}

/// Compiles the script of a system whose services are compiled already.
pub(super) fn compile(system: &System, plan: &mut Plan) {
    for fault in &system.scenario.faults {
        let compiled = FaultPlan {
            label: fault.label(),
            takes: fault.what(),
            at: fault.at.clone(),
            lasts: fault.lasts.clone(),
            every: fault.every.map(|every| every.span()),
            target: taken(system, fault, plan),
            cause: plan.causes.len() as u32,
        };
        let (class, mode, site) = (compiled.label.clone(), String::new(), String::new());
        plan.causes.push(CauseClass { kind: "scenario", class, mode, site });
        plan.script.push(compiled);
    }
}

fn taken(system: &System, fault: &Fault, plan: &Plan) -> Taken {
    if !fault.cuts.is_empty() {
        return parted(fault, plan);
    }
    let components = |of: &dyn Fn(&super::plan::ComponentPlan) -> bool| {
        let all = 0..plan.components.len() as u32;
        Taken::Components(all.filter(|&component| of(&plan.components[component as usize])).collect())
    };
    let service = |name: &str| {
        let number = plan.services.iter().position(|service| service.name == name);
        number.expect("a checked script names services") as u32
    };
    match *system.targets(&fault.takes).first().expect("a checked script takes something") {
        Target::Site(path) => {
            let site = plan.tree.sites.iter().position(|site| site.path == path);
            Taken::Places(vec![site.expect("a checked script names sites") as u32])
        }
        Target::Domain(name) => {
            let domain = system.domains.keys().position(|known| known == name);
            Taken::Places(vec![plan.sites() + domain.expect("a checked script names domains") as u32])
        }
        Target::Supply { kind, name, site, .. } => {
            let is_meant = |supply: &&SupplyPlan| {
                (supply.kind, supply.name.as_str()) == (kind, name)
                    && site.is_none_or(|site| supply.site.as_deref() == Some(site))
            };
            Taken::Places(plan.supplies.iter().filter(is_meant).map(|supply| supply.place).collect())
        }
        Target::Service(name) => {
            let service = service(name);
            components(&|component| plan.whole_of(plan.service_of(component)) == service)
        }
        Target::Replica(name, number) => {
            if let Some(part) = plan.parts_of(service(name)).nth(number as usize - 1) {
                return components(&|component| plan.service_of(component) == part);
            }
            let replica = plan.services[service(name) as usize].first_replica + number - 1;
            components(&|component| component.replica == replica)
        }
        Target::Component(name) => components(&|component| plan.kinds[component.kind as usize].name == name),
        Target::Node(name) | Target::Link(name) | Target::Part(name) => {
            let network = plan.network.as_ref().expect("a checked script names parts of a network");
            match network.wiring.part(name).expect("a checked script names parts of the network") {
                Part::Node(vertex) => Taken::Node(vertex),
                Part::Link(link) => Taken::Links(vec![(link, Way::Both)]),
            }
        }
    }
}

/// The links between groups of sites, or the one way along them that leads from a group to those behind it.
fn parted(fault: &Fault, plan: &Plan) -> Taken {
    let network = plan.network.as_ref().expect("a checked script parts a network");
    let vertices = |group: &Vec<String>| -> Vec<Vertex> {
        group.iter().flat_map(|name| network.wiring.vertices_called(&plan.tree, name)).collect()
    };
    let groups: Vec<Vec<Vertex>> = fault.cuts.iter().map(vertices).collect();
    let way = |leads_on| match (fault.one_way, leads_on) {
        (false, _) => Way::Both,
        (true, true) => Way::Forth,
        (true, false) => Way::Back,
    };
    let links = wiring::between(&network.wiring.topology, &groups).into_iter();
    Taken::Links(links.map(|(link, leads_on)| (link, way(leads_on))).collect())
}

impl SystemModel {
    /// Names of the scripted faults, with what they take.
    pub fn script(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.plan.script.iter().map(|fault| (fault.label.as_str(), fault.takes.as_str()))
    }

    /// True while a scripted fault, by its place, lasts.
    pub fn is_taken(&self, fault: usize) -> bool {
        self.taken[fault]
    }

    fn begin_clock(&self, fault: u32) -> Clock {
        self.plan.blocks.script.clock(2 * fault)
    }

    fn end_clock(&self, fault: u32) -> Clock {
        self.plan.blocks.script.clock(2 * fault + 1)
    }

    /// Two clocks for each fault.
    pub(super) fn script_clocks(&self, clocks: &mut Clocks) {
        let mut twins: BTreeMap<&str, usize> = BTreeMap::new();
        for fault in &self.plan.script {
            let twin = twins.entry(&fault.label).or_default();
            let name = Name::new("scenario").child(&fault.label).at(*twin);
            clocks.clock(name.child("strikes"), Class::Control);
            clocks.clock(name.child("ends"), Class::Control);
            *twin += 1;
        }
    }

    pub(super) fn start_script(&self, cx: &mut Context<Event>) {
        if !self.plan.script.is_empty() {
            // A script singles out parts that are alike otherwise, and goes by the time of the trial: reading it tells
            // the exact solver so, whatever the laws.
            cx.now();
        }
        for (number, fault) in (0..).zip(&self.plan.script) {
            cx.set(self.begin_clock(number), &fault.at, Event::Begins(number));
        }
    }

    /// A scripted fault begins.
    pub(super) fn fault_begins(&mut self, number: u32, cx: &mut Context<Event>) {
        let plan = Arc::clone(&self.plan);
        let fault = &plan.script[number as usize];
        if let Some(every) = fault.every {
            cx.set_after(self.begin_clock(number), every, Event::Begins(number));
        }
        if std::mem::replace(&mut self.taken[number as usize], true) {
            return;
        }
        cx.set(self.end_clock(number), &fault.lasts, Event::Ends(number));
        match &fault.target {
            Taken::Places(places) => places.iter().for_each(|&place| self.place_loses(place, cx)),
            target @ (Taken::Node(_) | Taken::Links(_)) => self.network_is_taken(target, true),
            Taken::Components(components) => {
                for &component in components {
                    self.component_loses(component, plan.service_of(&plan.components[component as usize]));
                }
            }
        }
    }

    /// A scripted fault is over.
    pub(super) fn fault_ends(&mut self, number: u32, cx: &mut Context<Event>) {
        let plan = Arc::clone(&self.plan);
        let fault = &plan.script[number as usize];
        self.effect.cause = fault.cause;
        self.taken[number as usize] = false;
        match &fault.target {
            Taken::Places(places) => places.iter().for_each(|&place| self.place_gains(place, cx)),
            target @ (Taken::Node(_) | Taken::Links(_)) => self.network_is_taken(target, false),
            Taken::Components(components) => {
                for &component in components {
                    self.component_gains(component, plan.service_of(&plan.components[component as usize]));
                }
            }
        }
    }

    /// Classes of the scripted faults that keep a component down right now.
    pub(super) fn script_causes(&self, component: u32, causes: &mut Vec<u32>) {
        for (fault, _) in self.plan.script.iter().zip(&self.taken).filter(|(_, taken)| **taken) {
            let keeps_down = match &fault.target {
                Taken::Places(taken) => {
                    let site = self.plan.components[component as usize].site;
                    let mut places = self.plan.tree.around(site).chain(self.plan.domains_of(component));
                    places.any(|place| taken.contains(&place))
                }
                Taken::Components(components) => components.binary_search(&component).is_ok(),
                Taken::Node(_) | Taken::Links(_) => false,
            };
            causes.extend(keeps_down.then_some(fault.cause));
        }
    }

    /// What people call one of the script's clocks, by its number among them.
    pub(super) fn script_label(&self, number: u32) -> String {
        let what = if number.is_multiple_of(2) { "start" } else { "end" };
        format!("the {what} of the scripted fault `{}`", self.plan.script[number as usize / 2].label)
    }
}
