//! Mistakes in networks, and in what has to get through them.

use std::collections::BTreeSet;

use super::{Checker, Problem, at};
use crate::network::{LinkId, Reach, Vertex};
use crate::system::place::{NONE, SiteTree};
use crate::system::wiring::{Wiring, site_called, sites_of};
use crate::system::{Body, Cascade, Client, Fabric, KeyPath, Service, Sides};

impl Checker<'_> {
    pub(super) fn network(&mut self) {
        let network = &self.system.network;
        let root = KeyPath::root().key("network");
        for (name, node) in &network.nodes {
            let path = root.key("node").key(name);
            self.name(&path, "node", name);
            if self.places.contains(name) {
                let message = format!("`{name}` is a site too: nobody could tell them apart");
                self.report(Problem::new(path.clone(), message));
            }
            self.kind(&path.key("component"), node.component.as_ref());
            self.place(&path.key("at"), node.at.as_ref());
        }
        for (name, link) in &network.links {
            if self.is_full() {
                return;
            }
            let path = root.key("link").key(name);
            self.name(&path, "link", name);
            for (index, end) in link.between.iter().enumerate() {
                self.end(&path.key("between").index(index), end);
            }
            if link.between[0] == link.between[1] {
                let message = format!("this links `{}` with itself", link.between[0]);
                self.report(Problem::new(path.key("between"), message));
            }
            self.kind(&path.key("component"), link.component.as_ref());
        }
        for path in network.sites.keys() {
            self.place(&root.key("site").key(path), Some(path));
        }
        for (name, fabric) in &network.fabrics {
            let path = root.key("generate").key(name);
            self.name(&path, "network", name);
            self.fabric(&path, fabric);
        }
        self.effects();
        self.sides();
    }

    /// A kind of component that a part of the network is.
    fn kind(&mut self, path: &KeyPath, kind: Option<&String>) {
        let Some(kind) = kind else { return };
        let Some(component) = self.system.components.get(kind) else {
            let kinds = self.system.components.keys().map(String::as_str);
            return self.report(Problem::unknown(path.clone(), "component", kind, kinds));
        };
        if component.trace.is_some() {
            let message = format!("`{kind}` plays a trace, which parts of a network cannot");
            self.report(Problem::new(path.clone(), message));
        }
        if component.modes.values().any(|mode| mode.slow.is_some() || mode.stress.is_some()) {
            let message = format!("`{kind}` is slow or goes by a load, and parts of a network carry none");
            self.report(
                Problem::new(path.clone(), message).help("a failure that slows a link down has `slows`"),
            );
        }
        let alone = |cascade: &Cascade| cascade.among.is_none();
        if component.modes.values().any(|mode| mode.cascade.as_ref().is_some_and(alone)) {
            let message = format!("`{kind}` strikes others of its service, and is of none");
            self.report(Problem::new(path.clone(), message).help("say among what: cascade.among = \"rack\""));
        }
        if component.modes.values().any(|mode| mode.common_cause.is_some()) {
            let message =
                format!("`{kind}` has failures in common with a service's other replicas, and is no replica");
            let help =
                "give the network a kind of its own; what strikes several parts of it is a [shock.NAME]";
            self.report(Problem::new(path.clone(), message).help(help));
        }
    }

    fn place(&mut self, path: &KeyPath, site: Option<&String>) {
        if let Some(site) = site.filter(|site| !self.places.contains(site)) {
            let sites = self.places.paths();
            self.report(Problem::unknown(path.clone(), "site", site, sites.iter().map(String::as_str)));
        }
    }

    /// A site or a node.
    pub(super) fn end(&mut self, path: &KeyPath, name: &str) {
        let nodes = &self.system.network.nodes;
        if !nodes.contains_key(name) && !self.places.contains(name) {
            let sites = self.places.paths();
            let known = sites.iter().chain(nodes.keys()).map(String::as_str);
            self.report(Problem::unknown(path.clone(), "site or node", name, known));
        }
    }

    fn fabric(&mut self, path: &KeyPath, fabric: &Fabric) {
        let before = self.problems.len();
        self.level(&path.key("level"), &fabric.level);
        for (index, site) in fabric.within.iter().enumerate() {
            self.place(&path.key("within").index(index), Some(site));
        }
        for (key, kind) in [("switch", &fabric.switch), ("link", &fabric.link), ("access", &fabric.access)] {
            self.kind(&path.key(key), kind.as_ref());
        }
        self.place(&path.key("at"), fabric.at.as_ref());
        if self.problems.len() == before {
            let tree = SiteTree::new(self.system);
            let places = sites_of(self.system, &tree, fabric).len();
            if let Err(error) = fabric.shape.check(places) {
                self.report(Problem::new(path.clone(), error.to_string()));
            }
        }
    }

    /// What failures do to links can only be said of links.
    fn effects(&mut self) {
        let system = self.system;
        let of_services = system.services.values().flat_map(|service| match &service.body {
            Body::Replicas { runs_on, .. } => runs_on.iter(),
            Body::Members(_) | Body::Voters(_) => [].iter(),
        });
        let of_nodes = system.network.nodes.values().filter_map(|node| node.component.as_ref());
        let of_switches = system.network.fabrics.values().filter_map(|fabric| fabric.switch.as_ref());
        let others: BTreeSet<&String> = of_services.chain(of_nodes).chain(of_switches).collect();
        for (kind, component) in system.components.iter().filter(|(kind, _)| others.contains(kind)) {
            for (name, _) in component.modes.iter().filter(|(_, mode)| !mode.on_link.is_default()) {
                let path = at("component", kind).key("mode").key(name);
                let message = format!(
                    "only what is a link everywhere is cut one way or slowed down, and `{kind}` is not"
                );
                self.report(Problem::new(path, message));
            }
        }
    }

    fn sides(&mut self) {
        for (name, service) in &self.system.services {
            let Some(sides) = service.sides else { continue };
            let message = match (sides, service) {
                _ if self.system.network.is_empty() => {
                    "there is no network that could be in parts, so this says nothing".to_owned()
                }
                (_, Service { body: Body::Members(_) | Body::Voters(_), .. }) => {
                    format!("`{name}` serves where its members do")
                }
                (Sides::Each, Service { failover: Some(_), .. }) => {
                    format!("`{name}` has one leader, who is on one side")
                }
                _ => continue,
            };
            self.report(Problem::new(at("service", name).key("sides"), message));
        }
    }

    pub(super) fn clients(&mut self) {
        let system = self.system;
        for (name, client) in &system.clients {
            if self.is_full() {
                return;
            }
            let path = at("client", name);
            self.name(&path, "client", name);
            if system.network.is_empty() {
                let message = "there is no network that clients would have to get through";
                self.report(
                    Problem::new(path.clone(), message).help("add [network], or leave the clients out"),
                );
            }
            if system.services.contains_key(&Client::service(name)) {
                let message = format!("there is a service called `{}` too", Client::service(name));
                self.report(Problem::new(path.clone(), message));
            }
            self.client(&path, client);
        }
    }

    fn client(&mut self, path: &KeyPath, client: &Client) {
        let system = self.system;
        let services = || system.services.keys().map(String::as_str);
        self.end(&path.key("at"), &client.at);
        let others = client.depends_on.iter().enumerate();
        let others = others.map(|(index, other)| (path.key("depends_on").index(index), other));
        for (path, service) in others.chain([(path.key("uses"), &client.uses)]) {
            if !system.services.contains_key(service) {
                self.report(Problem::unknown(path, "service", service, services()));
            }
        }
        if !(client.weight > 0.0 && client.weight.is_finite()) {
            let message = format!("clients of weight {} do not count", client.weight);
            self.report(Problem::new(path.key("weight"), message));
        }
        if client.within.is_some()
            && let Some(Body::Members(_) | Body::Voters(_)) =
                system.services.get(&client.uses).map(|service| &service.body)
        {
            let message =
                format!("`{}` is made of other services: there is no replica that is near", client.uses);
            self.report(Problem::new(path.key("within"), message));
        }
    }

    /// Reports what nothing links, and what no route leads to while everything is up. Looks at real placements, so only
    /// at a system that has no other problem.
    pub(super) fn routes(&mut self) {
        let system = self.system;
        if !self.problems.is_empty() || system.network.is_empty() {
            return;
        }
        let tree = SiteTree::new(system);
        let wiring = Wiring::new(system, &tree);
        self.dead_ends(&tree, &wiring);
        let reach = Reach::new(wiring.topology.clone());
        // Where replicas and clients are: each with what to call it, and its vertices.
        let mut all: Vec<(KeyPath, String, Vec<Vertex>)> = Vec::new();
        for (name, service) in &system.services {
            let mut sites = tree.place(system, service);
            sites.sort_unstable();
            sites.dedup();
            for site in sites {
                let linked = wiring.linked(&tree, site);
                let place = tree.sites.get(site as usize).map_or("no site", |site| &site.path);
                if linked == NONE {
                    let message = format!("`{name}` has a replica at {place}, which nothing links");
                    let help = "name the site, or one around it, in a [network.link.NAME]";
                    self.report(Problem::new(at("service", name), message).help(help));
                } else {
                    all.push((at("service", name), place.to_owned(), wiring.ports[linked as usize].clone()));
                }
            }
        }
        for (name, client) in &system.clients {
            let vertices = spot(&tree, &wiring, &client.at);
            if vertices.is_empty() {
                let message = format!("`{name}` is at `{}`, which nothing links", client.at);
                self.report(Problem::new(at("client", name).key("at"), message));
            } else {
                all.push((at("client", name), client.at.clone(), vertices));
            }
        }
        let reaches = |from: &[Vertex], to: &[Vertex]| {
            from.iter().any(|&from| to.iter().any(|&to| reach.class(from) == reach.class(to)))
        };
        let Some((_, first, home)) = all.first().cloned() else { return };
        let lost = all.iter().find(|(_, _, vertices)| !reaches(&home, vertices));
        if let Some((path, place, _)) = lost {
            let message = format!("no route leads from {first} to {place}, even while everything is up");
            self.report(Problem::new(path.clone(), message));
        } else {
            self.limits(&tree, &wiring, &reach);
        }
    }

    /// Two sites that pass nothing on and are linked directly reach each other over that link alone, and nobody else.
    fn dead_ends(&mut self, tree: &SiteTree, wiring: &Wiring) {
        let is_end =
            |vertex: Vertex| wiring.ports.iter().position(|ports| ports.len() > 1 && ports.contains(&vertex));
        let direct = |link: LinkId| {
            let (from, to) = wiring.topology.ends(link);
            Some((is_end(from)?, is_end(to)?))
        };
        if let Some((from, to)) = wiring.topology.all_links().find_map(direct) {
            let (from, to) = (&tree.sites[from].path, &tree.sites[to].path);
            let message =
                format!("`{from}` and `{to}` are linked directly, and no traffic passes through either");
            let path = KeyPath::root().key("network").key("site").key(from);
            self.report(Problem::new(path, message).help("link them by a node, or let them forward"));
        }
    }

    /// Clients who would be too far away even while everything is up.
    fn limits(&mut self, tree: &SiteTree, wiring: &Wiring, reach: &Reach) {
        let system = self.system;
        for (name, client) in &system.clients {
            let Some(limit) = client.within else { continue };
            let placed = tree.place(system, &system.services[&client.uses]);
            let near: BTreeSet<Vertex> = placed
                .into_iter()
                .flat_map(|site| wiring.ports[wiring.linked(tree, site) as usize].clone())
                .collect();
            let mut from = spot(tree, wiring, &client.at).into_iter();
            if !from.any(|port| reach.route(port, limit.span(), |vertex| near.contains(&vertex)).is_some()) {
                let message =
                    format!("`{}` is more than {limit} away, even while everything is up", client.uses);
                self.report(Problem::new(at("client", name).key("within"), message));
            }
        }
    }
}

/// The vertices of a node or of a site.
fn spot(tree: &SiteTree, wiring: &Wiring, name: &str) -> Vec<Vertex> {
    if let Some(node) = wiring.nodes.iter().find(|node| node.name == name) {
        return vec![node.vertex];
    }
    let linked = site_called(tree, name).map_or(NONE, |site| wiring.linked(tree, site));
    wiring.ports.get(linked as usize).cloned().unwrap_or_default()
}
