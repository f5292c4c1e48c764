//! Mistakes in a script.

use std::collections::BTreeSet;

use super::{Checker, Problem};
use crate::random::Law;
use crate::system::place::SiteTree;
use crate::system::scenario::Target;
use crate::system::wiring::{self, Wiring};
use crate::system::{Body, Fault, KeyPath};

impl Checker<'_> {
    pub(super) fn scenario(&mut self) {
        let scenario = &self.system.scenario;
        let path = KeyPath::root().key("scenario");
        if !scenario.random_faults && scenario.faults.is_empty() {
            let message = "there are neither random faults nor scripted ones: nothing would happen";
            self.report(Problem::new(path.key("random_faults"), message));
        }
        let names = scenario.faults.iter().map(|fault| fault.name.as_ref());
        let names: Vec<Option<&String>> = names.collect();
        for (index, fault) in scenario.faults.iter().enumerate() {
            let path = path.key("fault").index(index);
            if self.is_full() {
                return;
            }
            if let Some(name) = &fault.name {
                if name.trim().is_empty() || name.chars().any(char::is_control) {
                    let message = format!("a scripted fault cannot be called {name:?}");
                    self.report(Problem::new(path.key("name"), message));
                } else if names[..index].contains(&Some(name)) {
                    let message = format!("two scripted faults are called `{name}`");
                    self.report(Problem::new(path.key("name"), message));
                }
            }
            if fault.cuts.is_empty() {
                self.takes(&path.key("takes"), &fault.takes);
            } else {
                self.cuts(&path.key("cuts"), &fault.cuts);
            }
            self.schedule(&path, fault);
        }
    }

    fn takes(&mut self, path: &KeyPath, takes: &str) {
        let system = self.system;
        match system.targets(takes)[..] {
            [] => {
                let supplies: Vec<String> =
                    system.supplies().map(|(kind, name, _)| format!("{kind} {name}")).collect();
                let places = system.sites.keys().chain(system.domains.keys()).chain(&supplies);
                let known = places.chain(system.services.keys()).chain(system.components.keys());
                let known = known.chain(system.network.nodes.keys()).chain(system.network.links.keys());
                let known = known.map(String::as_str);
                self.report(Problem::unknown(
                    path.clone(),
                    if system.network.is_empty() {
                        "site, domain, service or component"
                    } else {
                        "site, domain, service, component, node or link"
                    },
                    takes,
                    known,
                ));
            }
            [Target::Service(name)] => {
                if let Some(Body::Members(_) | Body::Voters(_)) =
                    system.services.get(name).map(|service| &service.body)
                {
                    let message = format!("`{name}` is made of other services and has nothing to take");
                    self.report(
                        Problem::new(path.clone(), message).help("take its members, each by a fault"),
                    );
                }
            }
            [Target::Replica(name, number)] => {
                let service = system.services.get(name);
                let (noun, count) = match service.map(|service| (&service.body, service.parts())) {
                    Some((_, Some(parts))) => ("part", parts.count),
                    Some((Body::Replicas { replicas, .. }, None)) => ("replica", *replicas),
                    _ => ("replica", 0),
                };
                if number == 0 || number > count {
                    let message = format!("there is no {noun} {number} of `{name}`: they are 1 to {count}");
                    self.report(Problem::new(path.clone(), message));
                }
            }
            [Target::Part(name)] => {
                let is_sound = self.problems.is_empty();
                if is_sound && Wiring::new(system, &SiteTree::new(system)).part(name).is_none() {
                    let message = format!("the network has no switch and no link called `{name}`");
                    self.report(Problem::new(path.clone(), message));
                }
            }
            [Target::Supply { kind, name, site, per }] => self.takes_supply(path, (kind, name), site, per),
            [_] => {}
            [first, second, ..] => {
                let (first, second) = (first.kind(), second.kind());
                let message = format!("`{takes}` is a {first} and a {second}");
                let help = format!("write \"{first} {takes}\" or \"{second} {takes}\"");
                self.report(Problem::new(path.clone(), message).help(help));
            }
        }
    }

    /// Groups of sites or nodes that lose each other.
    fn cuts(&mut self, path: &KeyPath, groups: &[Vec<String>]) {
        let system = self.system;
        if system.network.is_empty() {
            let message = "there is no network that could be cut";
            return self.report(Problem::new(path.clone(), message));
        }
        if groups.len() < 2 {
            let message = "a cut is between two groups at least";
            self.report(Problem::new(path.clone(), message).help("write [[\"eu/a\"], [\"eu/b\", \"eu/c\"]]"));
        }
        let mut seen = BTreeSet::new();
        for (index, group) in groups.iter().enumerate() {
            let path = path.index(index);
            if group.is_empty() {
                self.report(Problem::new(path.clone(), "there is nothing in this group"));
            }
            for (index, name) in group.iter().enumerate() {
                self.end(&path.index(index), name);
                if !seen.insert(name) {
                    let message = format!("`{name}` cannot be cut off from itself");
                    self.report(Problem::new(path.index(index), message));
                }
            }
        }
        if self.problems.is_empty() {
            let tree = SiteTree::new(system);
            let wiring = Wiring::new(system, &tree);
            let group = |names: &Vec<String>| -> Vec<_> {
                names.iter().flat_map(|name| wiring.vertices_called(&tree, name)).collect()
            };
            let vertices: Vec<Vec<_>> = groups.iter().map(group).collect();
            if let Some(empty) = vertices.iter().position(Vec::is_empty) {
                let message = "nothing in this group is linked with anything";
                self.report(Problem::new(path.index(empty), message));
            } else if wiring::between(&wiring.topology, &vertices).is_empty() {
                self.report(Problem::new(path.clone(), "there is no link between these groups"));
            }
        }
    }

    /// A supply is taken, or the one at a site where each site of a level has one.
    fn takes_supply(
        &mut self,
        path: &KeyPath,
        (kind, name): (&str, &str),
        site: Option<&str>,
        per: Option<&str>,
    ) {
        let within = self.system.supplies().find(|known| (known.0, known.1.as_str()) == (kind, name));
        let within = within.map_or(&[][..], |(_, _, supply)| &supply.feeds);
        let own: Vec<String> = per.map_or(Vec::new(), |level| {
            self.places.at(level, within).iter().map(|segments| segments.join("/")).collect()
        });
        if let Some(site) = site.filter(|&site| own.iter().all(|known| known != site)) {
            let message = format!("there is no {kind} `{name}` at `{site}`");
            let help = match own.first() {
                Some(first) => {
                    format!("write \"{kind} {name} at {first}\", or \"{kind} {name}\" for all of them")
                }
                None => format!("write \"{kind} {name}\""),
            };
            self.report(Problem::new(path.clone(), message).help(help));
        }
    }

    fn schedule(&mut self, path: &KeyPath, fault: &Fault) {
        let Some(every) = fault.every else { return };
        if every.span().as_micros() == 0 {
            let message = format!("every {every} is for ever at one instant: it must be above zero");
            self.report(Problem::new(path.key("every"), message));
        } else if let Law::Constant(_) = fault.lasts
            && fault.lasts.mean().is_some_and(|lasts| lasts.span() >= every.span())
        {
            let message = format!("it lasts {}, so it cannot come again every {every}", fault.lasts);
            self.report(Problem::new(path.key("lasts"), message));
        }
    }
}
