//! Services that need each other in a circle.

use std::collections::VecDeque;
use std::collections::btree_map::{BTreeMap, Entry};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::{Checker, Problem, at};
use crate::system::{Body, KeyPath};

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
