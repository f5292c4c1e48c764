//! Compiles a network: its parts become components, and replicas and clients get stations at its vertices.

use std::collections::BTreeMap;
use std::ops::Range;

use super::compile::Builder;
use super::network::LinkEffect;
use super::place::NONE;
use super::plan::{CauseClass, ComponentPlan, ServicePlan};
use super::wiring::{Part, Wiring};
use super::{Client, Mode, Sides};
use crate::network::{LinkId, Reach, Vertex};
use crate::random::Name;
use crate::units::Span;

/// A network, compiled.
///
/// Those of its switches and links that can fail are the replicas of a service of their own, the last one, which needs
/// none of them and which nobody sees; so whatever befalls components befalls them.
#[derive(Clone, Debug)]
pub(super) struct NetworkPlan {
    /// The network with nothing down.
    pub whole: Reach,
    /// The service that its parts are the replicas of.
    pub service: u32,
    /// The parts that can fail, by their number within that service.
    pub parts: Vec<Part>,
    /// For each link, its component, or [`NONE`].
    pub link_components: Vec<u32>,
    /// For each vertex, its component, or [`NONE`].
    pub vertex_components: Vec<u32>,
    /// For each vertex that is down when a site is, and for no other reason, that site; [`NONE`] for others.
    pub vertex_sites: Vec<u32>,
    /// For each site, those vertices: what stands for it, and the switches there that never fail by themselves.
    pub site_vertices: Vec<Vec<Vertex>>,
    /// Its vertices and links.
    pub wiring: Wiring,
    /// For each vertex, the stations there.
    pub vertex_stations: Vec<Vec<u32>>,
    pub stations: Vec<StationPlan>,
    /// For each service, its stations.
    pub service_stations: Vec<Range<u32>>,
    /// For each replica, its station; [`NONE`] for the network's own parts.
    pub replica_stations: Vec<u32>,
    /// For each service, what it does while the network is in parts.
    pub sides: Vec<Sides>,
    /// For each service, its place in an order in which those that it needs come first.
    pub ranks: Vec<u32>,
    /// The first client's service; those of the others follow.
    pub first_client: u32,
    pub clients: Vec<ClientPlan>,
    /// What failure modes do that do not simply cut a link, by mode.
    pub effects: BTreeMap<u32, (LinkId, LinkEffect)>,
}

/// The replicas of a service that are at one site or, for clients, at one site or switch.
#[derive(Clone, Debug)]
pub(super) struct StationPlan {
    pub service: u32,
    pub replicas: u32,
    /// The vertices there.
    pub ports: Vec<Vertex>,
}

/// Clients, compiled. Their services follow those of the system, in the order of their names.
#[derive(Clone, Debug)]
pub(super) struct ClientPlan {
    pub uses: u32,
    pub weight: f64,
    pub within: Option<Span>,
}

impl NetworkPlan {
    /// The clients that a service stands for, if it does.
    pub fn client(&self, service: u32) -> Option<&ClientPlan> {
        self.clients.get(service.checked_sub(self.first_client)? as usize)
    }
}

impl Builder<'_> {
    /// Makes the network, its parts and its clients. Comes behind the services, whose replicas get their stations.
    pub fn network(&mut self) {
        if self.system.network.is_empty() {
            return;
        }
        let wiring = Wiring::new(self.system, &self.plan.tree);
        let first_client = self.plan.services.len() as u32;
        let clients = self.clients();
        let parts = self.parts(&wiring);
        let vertices = wiring.topology.vertices();
        let mut vertex_components = vec![NONE; vertices];
        let mut link_components = vec![NONE; wiring.topology.links()];
        let service = self.plan.services.len() as u32 - 1;
        for (&part, component) in parts.iter().zip(self.plan.services[service as usize].first_component..) {
            match part {
                Part::Node(vertex) => vertex_components[vertex.index()] = component,
                Part::Link(link) => link_components[link.index()] = component,
            }
        }
        let mut site_vertices = wiring.ports.clone();
        for node in wiring.nodes.iter().filter(|node| node.component.is_none() && node.site != NONE) {
            site_vertices[node.site as usize].push(node.vertex);
        }
        let mut vertex_sites = vec![NONE; vertices];
        for (site, vertices) in (0..).zip(&site_vertices) {
            vertices.iter().for_each(|vertex| vertex_sites[vertex.index()] = site);
        }
        let mut network = NetworkPlan {
            service,
            vertex_stations: vec![Vec::new(); vertices],
            stations: Vec::new(),
            service_stations: Vec::new(),
            replica_stations: Vec::new(),
            sides: self.system.services.values().map(super::Service::policy).collect(),
            ranks: Vec::new(),
            first_client,
            clients,
            effects: self.effects(&parts),
            parts,
            link_components,
            vertex_components,
            vertex_sites,
            site_vertices,
            whole: Reach::new(wiring.topology.clone()),
            wiring,
        };
        network.sides.resize(self.plan.services.len(), Sides::Each);
        self.stations(&mut network);
        network.ranks = self.ranks();
        self.plan.hidden_service = service;
        self.plan.network = Some(network);
    }

    /// A service for each client: it needs what the client uses, and has no replicas.
    fn clients(&mut self) -> Vec<ClientPlan> {
        let names: Vec<&String> = self.system.services.keys().collect();
        let number =
            |name: &String| names.binary_search(&name).expect("a checked system names its services") as u32;
        let mut clients = Vec::new();
        for (name, client) in &self.system.clients {
            let mut service = self.service_without_replicas(Client::service(name), 1);
            service.need = 1;
            service.dependencies = client.depends_on.iter().chain([&client.uses]).map(number).collect();
            service.dependencies.sort_unstable();
            service.dependencies.dedup();
            self.plan.services.push(service);
            let within = client.within.map(|within| within.span());
            clients.push(ClientPlan { uses: number(&client.uses), weight: client.weight, within });
        }
        clients
    }

    /// A service of which nothing is said but its name and how many parts it has.
    pub fn service_without_replicas(&self, name: String, count: u32) -> ServicePlan {
        ServicePlan {
            name,
            need: 0,
            count,
            first_replica: self.plan.replica_service.len() as u32,
            stack: 0,
            first_component: self.plan.components.len() as u32,
            dependents: Vec::new(),
            groups: Vec::new(),
            dependencies: Vec::new(),
            withouts: Vec::new(),
            missed: Vec::new(),
            members: Vec::new(),
            voters: Vec::new(),
            electorates: Vec::new(),
            resync: NONE,
            data: NONE,
            failover: NONE,
            part_of: NONE,
            capacity: NONE,
            support: NONE,
            only_counts: false,
        }
    }

    /// Makes components of the switches and links that can fail, and the service whose replicas they are.
    fn parts(&mut self, wiring: &Wiring) -> Vec<Part> {
        let number = self.plan.services.len() as u32;
        let mut service = self.service_without_replicas(String::new(), 0);
        service.stack = 1;
        self.plan.services.push(service);
        let mut parts = Vec::new();
        let nodes = wiring.nodes.iter().map(|node| {
            let name = Name::new("network").child("node").child(&node.name);
            (Part::Node(node.vertex), name, node.name.clone(), node.component.as_ref(), node.site)
        });
        let links = wiring.topology.all_links().zip(&wiring.link_components).map(|(link, component)| {
            let label = wiring.topology.details(link).name.clone();
            let name = Name::new("network").child("link").child(&label);
            (Part::Link(link), name, label, component.as_ref(), NONE)
        });
        for (part, name, label, component, site) in nodes.chain(links) {
            let Some(kind) = component else { continue };
            let replica = self.plan.replica_service.len() as u32;
            self.plan.replica_service.push(number);
            let unit = self.plan.places + self.plan.components.len() as u32;
            let kinds = &self.plan.kinds;
            let kind_number = kinds.iter().position(|known| known.name == *kind).expect("a checked kind");
            self.plan.components.push(ComponentPlan { kind: kind_number as u32, site, replica });
            let at = self.plan.tree.sites.get(site as usize).map(|site| site.path.clone());
            let cause = CauseClass {
                kind: "component",
                class: kind.clone(),
                mode: String::new(),
                site: at.unwrap_or_default(),
            };
            self.unit(unit, self.system.components[kind].modes.iter(), &cause);
            self.plan.part_names.push((name.child(kind), format!("{label} ({kind})")));
            parts.push(part);
        }
        self.plan.services[number as usize].count = parts.len() as u32;
        parts
    }

    /// What the modes of links do that do not simply cut them.
    fn effects(&self, parts: &[Part]) -> BTreeMap<u32, (LinkId, LinkEffect)> {
        let service = self.plan.services.last().expect("that of the network's parts");
        let mut effects = BTreeMap::new();
        for (part, component) in parts.iter().zip(service.first_component..) {
            let Part::Link(link) = *part else { continue };
            let kind = &self.plan.kinds[self.plan.components[component as usize].kind as usize].name;
            let modes: Vec<&Mode> = self.system.components[kind].modes.values().collect();
            for (number, mode) in self.plan.modes_of(self.plan.places + component).zip(modes) {
                if !mode.on_link.is_default() {
                    effects.insert(number, (link, mode.on_link));
                }
            }
        }
        effects
    }

    /// Sorts replicas and clients by where they are.
    fn stations(&self, network: &mut NetworkPlan) {
        let wiring = network.wiring.clone();
        network.replica_stations = vec![NONE; self.plan.replica_service.len()];
        for (number, service) in (0..).zip(&self.plan.services) {
            let first = network.stations.len() as u32;
            let mut at_site: BTreeMap<u32, u32> = BTreeMap::new();
            if number < network.first_client {
                for replica in (service.first_replica..).take(service.count as usize) {
                    if service.stack == 0 {
                        break;
                    }
                    let component =
                        service.first_component + (replica - service.first_replica) * service.stack;
                    let site = self.plan.components[component as usize].site;
                    let site = wiring.linked(&self.plan.tree, site);
                    let station = *at_site.entry(site).or_insert_with(|| {
                        let ports = wiring.ports[site as usize].clone();
                        network.stations.push(StationPlan { service: number, replicas: 0, ports });
                        network.stations.len() as u32 - 1
                    });
                    network.stations[station as usize].replicas += 1;
                    network.replica_stations[replica as usize] = station;
                }
            }
            if let Some(client) = (number as usize).checked_sub(network.first_client as usize)
                && let Some(client) = self.system.clients.values().nth(client)
            {
                let node = wiring.nodes.iter().find(|node| node.name == client.at);
                let site = super::wiring::site_called(&self.plan.tree, &client.at);
                let ports = match (node, site) {
                    (Some(node), _) => vec![node.vertex],
                    (None, Some(site)) => wiring.ports[wiring.linked(&self.plan.tree, site) as usize].clone(),
                    (None, None) => unreachable!("a checked client is somewhere"),
                };
                network.stations.push(StationPlan { service: number, replicas: 1, ports });
            }
            network.service_stations.push(first..network.stations.len() as u32);
        }
        for (number, station) in (0..).zip(&network.stations) {
            station.ports.iter().for_each(|port| network.vertex_stations[port.index()].push(number));
        }
    }

    /// For each service, its place in an order in which those that it needs come first.
    fn ranks(&self) -> Vec<u32> {
        let services = &self.plan.services;
        let mut waits: Vec<usize> =
            services.iter().map(|service| service.dependencies.len() + service.members.len()).collect();
        let mut above = vec![Vec::new(); services.len()];
        for (number, service) in services.iter().enumerate() {
            let needed = service.dependencies.iter().chain(&service.members);
            needed.for_each(|&needed| above[needed as usize].push(number));
        }
        let mut ranks = vec![0; services.len()];
        let mut ready: Vec<usize> = (0..services.len()).filter(|&number| waits[number] == 0).collect();
        let mut next = 0;
        while let Some(&number) = ready.get(next) {
            ranks[number] = next as u32;
            next += 1;
            for &waiting in &above[number] {
                waits[waiting] -= 1;
                if waits[waiting] == 0 {
                    ready.push(waiting);
                }
            }
        }
        ranks
    }
}
