//! Services that need each other in a circle.

use std::collections::VecDeque;
use std::collections::btree_map::{BTreeMap, Entry};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::{Checker, Problem, at};
use crate::system::scenario::Target;
use crate::system::{Body, KeyPath, Need, Service};

impl Checker<'_> {
    /// Reports one cycle of each set of services that all need each other: breaking it shows the next, if any.
    pub(super) fn cycles(&mut self) {
        let mut graph: DiGraph<&str, KeyPath> = DiGraph::new();
        let nodes: BTreeMap<&str, NodeIndex> =
            self.system.services.keys().map(|name| (name.as_str(), graph.add_node(name))).collect();
        for (name, service) in &self.system.services {
            let members = match &service.body {
                Body::Members(members) => members.as_slice(),
                // Replicas vote whether or not their services are up.
                Body::Replicas { .. } | Body::Voters(_) => &[],
            };
            for (key, others) in [("members", members), ("depends_on", service.depends_on.as_slice())] {
                for (index, other) in others.iter().enumerate() {
                    // A service that needs itself is reported where it says so.
                    if let Some(&to) = nodes.get(other.as_str())
                        && other != name
                    {
                        graph.add_edge(nodes[name.as_str()], to, at("service", name).key(key).index(index));
                    }
                }
            }
        }
        // Kosaraju's algorithm, because petgraph's Tarjan recurses: a long chain of services would exhaust the stack.
        let mut circles: Vec<Vec<NodeIndex>> =
            kosaraju_scc(&graph).into_iter().filter(|services| services.len() > 1).collect();
        for services in &mut circles {
            services.sort_unstable();
        }
        circles.sort_unstable();
        for services in &circles {
            let (edge, cycle) = shortest_cycle(&graph, services);
            let mut names: Vec<&str> = cycle.iter().map(|&node| graph[node]).collect();
            if names.len() > 13 {
                // Both ends are enough to find the rest.
                names.splice(6..names.len() - 6, ["..."]);
            }
            let message = format!("services need each other in a circle: {}", names.join(" -> "));
            self.report(Problem::new(edge, message).help("none of them could ever start"));
        }
    }
}

/// What keeps a service down for as long as it is down itself.
struct Tie {
    path: KeyPath,
    /// Whether it is a repair that waits, and not the service itself.
    is_repair: bool,
}

impl Checker<'_> {
    /// Reports circles of services in which the repair of one waits for another, and that one is not up before the first
    /// is: once they are down, for ever down. A service whose repairs wait for itself is no circle: replicas are rebuilt
    /// from the others.
    pub(super) fn circles_of_repairs(&mut self) {
        let mut graph: DiGraph<&str, Tie> = DiGraph::new();
        let nodes: BTreeMap<&str, NodeIndex> =
            self.system.services.keys().map(|name| (name.as_str(), graph.add_node(name))).collect();
        for (name, service) in &self.system.services {
            for (other, tie) in self.ties(name, service) {
                if let Some(&to) = nodes.get(other)
                    && other != name
                {
                    graph.add_edge(nodes[name.as_str()], to, tie);
                }
            }
        }
        let mut circles: Vec<Vec<NodeIndex>> =
            kosaraju_scc(&graph).into_iter().filter(|services| services.len() > 1).collect();
        circles.iter_mut().for_each(|services| services.sort_unstable());
        circles.sort_unstable();
        for services in &circles {
            let inside = graph.edge_indices().filter(|&edge| {
                let ends = graph.edge_endpoints(edge).expect("an edge has ends");
                graph[edge].is_repair && services.contains(&ends.0) && services.contains(&ends.1)
            });
            let Some(edge) = inside.min_by_key(|&edge| graph.edge_endpoints(edge)) else { continue };
            let (from, to) = graph.edge_endpoints(edge).expect("an edge has ends");
            let names = way(&graph, to, from).into_iter().map(|node| graph[node]);
            let names: Vec<&str> = std::iter::once(graph[from]).chain(names).collect();
            let message = format!(
                "repairs wait for each other in a circle: {}; once all are down, for ever down",
                names.join(" -> ")
            );
            let help =
                "say how long one of these repairs takes without: add `without`, such as without = \"2d\"";
            self.report(Problem::new(graph[edge].path.clone(), message).help(help));
        }
    }

    /// The services without which one is not up, or not repaired.
    fn ties<'s>(&'s self, name: &str, service: &'s Service) -> Vec<(&'s str, Tie)> {
        let tie = |key: &str, index, other: &'s String| {
            (other.as_str(), Tie { path: at("service", name).key(key).index(index), is_repair: false })
        };
        let needed = service.depends_on.iter().enumerate();
        let mut ties: Vec<(&str, Tie)> =
            needed.map(|(index, other)| tie("depends_on", index, other)).collect();
        let runs_on = match &service.body {
            Body::Replicas { runs_on, .. } => runs_on.as_slice(),
            Body::Members(members) if service.needs == Need::All => {
                ties.extend(members.iter().enumerate().map(|(index, other)| tie("members", index, other)));
                &[]
            }
            Body::Members(_) | Body::Voters(_) => &[],
        };
        let system = self.system;
        let kinds = runs_on.iter().filter_map(|kind| Some((kind, system.components.get(kind)?)));
        for (kind, component) in kinds {
            for (mode_name, mode) in component.modes.iter().filter(|(_, mode)| mode.without.is_none()) {
                let Some(what) = &mode.repair_needs else { continue };
                if let [Target::Service(other)] = system.supports(what)[..] {
                    let path = at("component", kind).key("mode").key(mode_name).key("repair_needs");
                    ties.push((other, Tie { path, is_repair: true }));
                }
            }
        }
        ties
    }
}

/// The services on a shortest way from one to another, both included.
fn way(graph: &DiGraph<&str, Tie>, from: NodeIndex, to: NodeIndex) -> Vec<NodeIndex> {
    let mut before: BTreeMap<NodeIndex, NodeIndex> = BTreeMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(service) = queue.pop_front() {
        let mut next: Vec<NodeIndex> = graph.neighbors(service).collect();
        next.sort_unstable();
        for other in next {
            if let Entry::Vacant(unseen) = before.entry(other) {
                unseen.insert(service);
                queue.push_back(other);
            }
        }
    }
    let mut way = vec![to];
    while let Some(&last) = way.last().filter(|&&last| last != from) {
        way.push(before[&last]);
    }
    way.reverse();
    way
}

/// The shortest cycle through the first of some services that all need each other: its first step, and the services
/// on it, the first one again at the end.
fn shortest_cycle(graph: &DiGraph<&str, KeyPath>, services: &[NodeIndex]) -> (KeyPath, Vec<NodeIndex>) {
    let first = services[0];
    // Breadth first, backwards: from each service the next one on a shortest way to the first.
    let mut next: BTreeMap<NodeIndex, NodeIndex> = BTreeMap::new();
    let mut queue = VecDeque::from([first]);
    while let Some(service) = queue.pop_front() {
        let mut needed_by: Vec<NodeIndex> =
            graph.neighbors_directed(service, petgraph::Direction::Incoming).collect();
        needed_by.sort_unstable();
        for other in needed_by {
            if let Entry::Vacant(unseen) = next.entry(other) {
                unseen.insert(service);
                queue.push_back(other);
            }
        }
        if next.contains_key(&first) {
            break;
        }
    }
    let mut cycle = vec![first];
    loop {
        let service = next[cycle.last().expect("it starts with the first")];
        cycle.push(service);
        if service == first {
            break;
        }
    }
    let edge = graph.find_edge(cycle[0], cycle[1]).expect("the way follows edges");
    (graph[edge].clone(), cycle)
}
