//! What in the network keeps a service down.

use std::collections::BTreeSet;

use super::linked::NetworkPlan;
use super::model::{Condition, SystemModel};
use super::place::NONE;
use super::script::Taken;
use super::sides::NetworkState;
use crate::network::{Class, LinkId, Vertex, Way};

impl SystemModel {
    /// Classes of what has failed in the network and cuts a service off right now, with repeats: what is down around the
    /// smaller of each two parts that should reach each other.
    pub(super) fn network_causes(&self, service: u32, causes: &mut Vec<u32>) {
        let (Some(network), Some(state)) = (&self.plan.network, &self.network) else { return };
        let voters = self.plan.services[service as usize].voters.iter();
        let of_voters = voters.flat_map(|&voter| network.service_stations[voter as usize].clone());
        let stations: Vec<u32> =
            network.service_stations[service as usize].clone().chain(of_voters).collect();
        let is_unserved = state.unserved[service as usize];
        let own = network.service_stations[service as usize].clone();
        if !is_unserved && !own.clone().any(|station| state.cut[station as usize]) {
            return;
        }
        let mut parts: BTreeSet<Class> = BTreeSet::new();
        for station in stations {
            let ports = &network.stations[station as usize].ports;
            parts.extend(state.sides(ports));
            ports.iter().for_each(|&port| self.vertex_causes(network, port, causes));
        }
        if is_unserved {
            let plan = &self.plan.services[service as usize];
            let needed = plan.dependencies.iter().chain(&plan.members);
            parts.extend(needed.flat_map(|&needed| &state.offers[needed as usize]));
        }
        // The largest is what the others are cut off from.
        let mut parts: Vec<Class> = parts.into_iter().collect();
        parts.sort_by_key(|&part| (std::cmp::Reverse(state.reach.size(part)), part));
        let before = causes.len();
        parts.iter().skip(1).for_each(|&part| self.border_causes(network, state, part, causes));
        if causes.len() == before && parts.len() < 2 {
            // Too slow and not cut off: whatever is wrong anywhere.
            self.all_causes(network, causes);
        }
    }

    /// What is down right around a part of the network.
    fn border_causes(&self, network: &NetworkPlan, state: &NetworkState, part: Class, causes: &mut Vec<u32>) {
        let topology = state.reach.topology();
        let (mut links, mut vertices): (BTreeSet<LinkId>, BTreeSet<Vertex>) = Default::default();
        for vertex in topology.all_vertices().filter(|&vertex| state.reach.class(vertex) == Some(part)) {
            for (link, other, _) in topology.around(vertex) {
                if !state.reach.carries(link, Way::Both) {
                    links.insert(link);
                }
                if state.reach.class(other).is_none() {
                    vertices.insert(other);
                }
            }
        }
        links.into_iter().for_each(|link| self.link_causes(network, link, causes));
        vertices.into_iter().for_each(|vertex| self.vertex_causes(network, vertex, causes));
    }

    fn all_causes(&self, network: &NetworkPlan, causes: &mut Vec<u32>) {
        let topology = network.whole.topology();
        topology.all_links().for_each(|link| self.link_causes(network, link, causes));
        topology.all_vertices().for_each(|vertex| self.vertex_causes(network, vertex, causes));
    }

    fn link_causes(&self, network: &NetworkPlan, link: LinkId, causes: &mut Vec<u32>) {
        let component = network.link_components[link.index()];
        if component != NONE {
            self.component_causes(component, causes);
        }
        self.taken_causes(causes, |taken| match taken {
            Taken::Links(links) => links.iter().any(|(taken, _)| *taken == link),
            _ => false,
        });
    }

    fn vertex_causes(&self, network: &NetworkPlan, vertex: Vertex, causes: &mut Vec<u32>) {
        let component = network.vertex_components[vertex.index()];
        if component != NONE {
            self.component_causes(component, causes);
        }
        let site = network.vertex_sites[vertex.index()];
        let failed = self.plan.tree.around(site).flat_map(|site| self.plan.modes_of(site));
        let failed = failed.filter(|&mode| self.modes[mode as usize] != Condition::Works);
        causes.extend(failed.map(|mode| self.plan.modes[mode as usize].cause));
        self.taken_causes(causes, |taken| match taken {
            Taken::Node(taken) => *taken == vertex,
            Taken::Places(taken) => self.plan.tree.around(site).any(|site| taken.contains(&site)),
            _ => false,
        });
    }

    /// Classes of the scripted faults that last and take what is meant.
    fn taken_causes(&self, causes: &mut Vec<u32>, is_meant: impl Fn(&Taken) -> bool) {
        let lasting = self.plan.script.iter().zip(&self.taken).filter(|(_, taken)| **taken);
        causes.extend(lasting.filter(|(fault, _)| is_meant(&fault.target)).map(|(fault, _)| fault.cause));
    }
}
