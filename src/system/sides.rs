//! Networks at work: which side of a network that is in parts serves what, and who is cut off from it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Sides;
use super::linked::NetworkPlan;
use super::model::SystemModel;
use super::network::LinkEffect;
use super::place::NONE;
use super::plan::ServicePlan;
use super::script::Taken;
use super::wiring::Part;
use crate::network::{Class, LinkId, Reach, Vertex, Way};
use crate::units::Span;

/// Who reaches whom, and what that means to services. All of it follows from what is down and who leads.
#[derive(Clone, Debug)]
pub(super) struct NetworkState {
    pub reach: Reach,
    /// For each station, its replicas that are up, whether anybody reaches them or not.
    pub up: Vec<u32>,
    /// For each station, whether it is cut off from the side on which its service is.
    pub cut: Vec<bool>,
    /// For each station, whether what is up there serves, as far as that hangs on the network.
    serves: Vec<bool>,
    /// For each service, the parts of the network from which one reaches it where it serves, in order.
    pub offers: Vec<Vec<Class>>,
    /// For each service, whether its side does not reach something that it needs; for clients, that they do not get
    /// through.
    pub unserved: Vec<bool>,
    /// For each service, whether its stations are in several parts of the network.
    torn: Vec<bool>,
    /// For each service, whether it serves in several of them at once.
    divided: Vec<bool>,
    /// Services to look at, by rank: those that others need come first.
    ahead: BTreeSet<(u32, u32)>,
    /// For each client with a limit, the end and the links of a route that is fast enough; for others nothing.
    routes: Vec<Option<(Vertex, Vec<LinkId>)>>,
    /// For each link that is slow, by how much, each failure on its own.
    slow: BTreeMap<LinkId, Vec<f64>>,
}

impl NetworkState {
    /// With nothing down.
    pub fn new(plan: &NetworkPlan, services: usize) -> NetworkState {
        let all = (0..services as u32).map(|service| (plan.ranks[service as usize], service));
        NetworkState {
            reach: plan.whole.clone(),
            up: plan.stations.iter().map(|station| station.replicas).collect(),
            cut: vec![false; plan.stations.len()],
            serves: vec![true; plan.stations.len()],
            offers: vec![Vec::new(); services],
            unserved: vec![false; services],
            torn: vec![false; services],
            divided: vec![false; services],
            ahead: all.filter(|&(_, service)| service != plan.service).collect(),
            routes: vec![None; plan.clients.len()],
            slow: BTreeMap::new(),
        }
    }

    /// The parts of the network that a station is in: several, where its links lead into different ones.
    pub fn sides(&self, ports: &[Vertex]) -> Vec<Class> {
        let mut sides: Vec<Class> = ports.iter().filter_map(|&port| self.reach.class(port)).collect();
        sides.sort_unstable();
        sides.dedup();
        if sides.len() > 1 {
            // The end of a dead line leads nowhere, as long as another does not.
            let first = sides[0];
            sides.retain(|&side| self.reach.size(side) > 1);
            if sides.is_empty() {
                sides.push(first);
            }
        }
        sides
    }
}

/// What of a service is in one part of the network.
#[derive(Clone, Copy, Debug)]
struct Share {
    side: Class,
    /// Its replicas, or members, that are up there.
    up: u32,
    /// Everything that it needs is offered there.
    allowed: bool,
    /// Its leader is there, and up.
    leads: bool,
    /// Its first station there: what is decided between equals.
    first: u32,
}

impl SystemModel {
    /// A replica went down: true where that is a loss to its service. Parts of the network are nobody's loss by
    /// themselves.
    pub(super) fn station_loses(&mut self, service: u32, replica: u32) -> bool {
        let (Some(network), Some(state)) = (&self.plan.network, &mut self.network) else { return true };
        if service == network.service {
            let number = replica - self.plan.services[service as usize].first_replica;
            match network.parts[number as usize] {
                Part::Node(vertex) => state.stops(network, vertex),
                Part::Link(link) => state.cuts(network, link, Way::Both),
            }
            return false;
        }
        let station = network.replica_stations[replica as usize] as usize;
        state.up[station] -= 1;
        state.counts_changed(network, service, station, state.up[station] == 0);
        !state.cut[station]
    }

    /// A replica came back: true where that is a gain to its service.
    pub(super) fn station_gains(&mut self, service: u32, replica: u32) -> bool {
        let (Some(network), Some(state)) = (&self.plan.network, &mut self.network) else { return true };
        if service == network.service {
            let number = replica - self.plan.services[service as usize].first_replica;
            match network.parts[number as usize] {
                Part::Node(vertex) => state.restarts(network, vertex),
                Part::Link(link) => state.mends(network, link, Way::Both),
            }
            return false;
        }
        let station = network.replica_stations[replica as usize] as usize;
        state.up[station] += 1;
        state.counts_changed(network, service, station, state.up[station] == 1);
        !state.cut[station]
    }

    /// Whether a service, by its place in [`SystemModel::services`], may serve on several sides of a network in parts, and
    /// what its sides do then.
    pub fn may_divide(&self, service: usize) -> Option<Sides> {
        let network = self.plan.network.as_ref()?;
        let has_sides = network.service_stations.get(service)?.len() > 1;
        let sides = network.sides[service];
        (has_sides && sides != Sides::One && network.client(service as u32).is_none()).then_some(sides)
    }

    /// True while it does.
    pub(super) fn is_divided(&self, service: u32) -> bool {
        self.network.as_ref().is_some_and(|state| state.divided[service as usize])
    }

    /// True while a replica is up and not cut off.
    #[inline]
    pub(super) fn is_usable(&self, replica: u32) -> bool {
        self.replica_down[replica as usize] == 0 && !self.is_cut(replica)
    }

    /// True while a replica is cut off from the side on which its service is.
    #[inline]
    pub(super) fn is_cut(&self, replica: u32) -> bool {
        let (Some(network), Some(state)) = (&self.plan.network, &self.network) else { return false };
        let station = network.replica_stations[replica as usize];
        station != NONE && state.cut[station as usize]
    }

    /// A link fails in a mode that does not simply cut it: false for all other modes.
    pub(super) fn link_suffers(&mut self, mode: u32) -> bool {
        let (Some(network), Some(state)) = (&self.plan.network, &mut self.network) else { return false };
        let Some(&(link, effect)) = network.effects.get(&mode) else { return false };
        match effect {
            LinkEffect::Cuts(way) => state.cuts(network, link, way),
            LinkEffect::Slows(factor) => state.slows(network, link, factor),
        }
        true
    }

    /// It is restored from such a mode: false for all others.
    pub(super) fn link_recovers(&mut self, mode: u32) -> bool {
        let (Some(network), Some(state)) = (&self.plan.network, &mut self.network) else { return false };
        let Some(&(link, effect)) = network.effects.get(&mode) else { return false };
        match effect {
            LinkEffect::Cuts(way) => state.mends(network, link, way),
            LinkEffect::Slows(factor) => state.hastens(network, link, factor),
        }
        true
    }

    /// A scripted fault takes a switch or links, or gives them back.
    pub(super) fn network_is_taken(&mut self, target: &Taken, taken: bool) {
        let (Some(network), Some(state)) = (&self.plan.network, &mut self.network) else { return };
        match (target, taken) {
            (Taken::Node(vertex), true) => state.stops(network, *vertex),
            (Taken::Node(vertex), false) => state.restarts(network, *vertex),
            (Taken::Links(links), true) => {
                links.iter().for_each(|&(link, way)| state.cuts(network, link, way));
            }
            (Taken::Links(links), false) => {
                links.iter().for_each(|&(link, way)| state.mends(network, link, way));
            }
            _ => {}
        }
    }

    /// A site goes down, and passes nothing on, or is back.
    pub(super) fn site_passes(&mut self, site: u32, passes: bool) {
        let (Some(network), Some(state)) = (&self.plan.network, &mut self.network) else { return };
        let Some(node) = self.plan.tree.sites.get(site as usize) else { return };
        for &vertex in (site..node.end).flat_map(|inside| &network.site_vertices[inside as usize]) {
            if passes {
                state.restarts(network, vertex);
            } else {
                state.stops(network, vertex);
            }
        }
    }

    /// A service went up or down: what it is a member of may serve elsewhere now.
    pub(super) fn member_changed(&mut self, group: u32) {
        let (Some(network), Some(state)) = (&self.plan.network, &mut self.network) else { return };
        if state.torn[group as usize] {
            state.look_at(network, group);
        }
    }

    /// Decides who serves where, for all services that the last event may have changed that for.
    pub(super) fn settle_sides(&mut self) {
        let Some(state) = &mut self.network else { return };
        if !state.reach.has_moved() && state.ahead.is_empty() {
            return;
        }
        let plan = Arc::clone(&self.plan);
        let Some(network) = &plan.network else { return };
        for vertex in state.reach.take_moved() {
            for &station in &network.vertex_stations[vertex.index()] {
                let service = network.stations[station as usize].service;
                state.look_at(network, service);
                let electorates = &plan.services[service as usize].electorates;
                electorates.iter().for_each(|&electorate| state.look_at(network, electorate));
            }
        }
        while let Some((_, service)) = self.network.as_mut().and_then(|state| state.ahead.pop_first()) {
            self.settle_service(network, &plan.services[service as usize], service);
        }
    }

    /// Decides where one service serves.
    fn settle_service(&mut self, network: &NetworkPlan, plan: &ServicePlan, service: u32) {
        let shares = self.shares(network, service);
        let serves = |share: &&Share| share.allowed && share.up >= plan.need.max(1);
        // Where it can serve, the most replicas decide; where it cannot, it waits where the most are.
        let most = |share: &&Share| (share.up, share.leads, std::cmp::Reverse(share.first));
        let home = shares.iter().filter(serves).max_by_key(most).or_else(|| shares.iter().max_by_key(most));
        let side = home.map(|home| home.side);
        let is_torn = shares.len() > 1;
        let active: Vec<Class> = match network.sides[service as usize] {
            // All in one part: whether it serves there is told by whether it is up.
            _ if !is_torn => shares.iter().filter(|share| share.allowed).map(|share| share.side).collect(),
            Sides::One => home.filter(|home| home.allowed).map(|home| home.side).into_iter().collect(),
            Sides::Each => shares.iter().filter(serves).map(|share| share.side).collect(),
            Sides::Stale => {
                let knows = |share: &&Share| share.allowed && share.up > 0;
                shares.iter().filter(knows).map(|share| share.side).collect()
            }
        };
        let is_served = if network.client(service).is_some() {
            home.is_some_and(|home| home.allowed) && self.has_route(network, service, side)
        } else if plan.members.is_empty() && plan.voters.is_empty() || !is_torn {
            home.is_none_or(|home| home.allowed)
        } else {
            // Members, or voters, that are up here and there do not make it up anywhere.
            !active.is_empty()
        };
        let is_divided =
            is_torn && self.network.as_ref().is_some_and(|state| state.divides(network, service, &active));
        let offers = self.offered(network, service, active, is_torn);
        let Some(state) = &mut self.network else { return };
        state.torn[service as usize] = is_torn;
        if std::mem::replace(&mut state.divided[service as usize], is_divided) != is_divided {
            self.effect.divided.push(service);
        }
        if std::mem::replace(&mut state.offers[service as usize], offers) != state.offers[service as usize] {
            let above = plan.dependents.iter().chain(&plan.groups);
            state.ahead.extend(above.map(|&above| (network.ranks[above as usize], above)));
            self.effect.reserves.extend(plan.missed.iter().chain(&plan.withouts));
        }
        match (std::mem::replace(&mut state.unserved[service as usize], !is_served), is_served) {
            (false, false) => self.breaks(service),
            (true, true) => self.mends(service),
            _ => {}
        }
        self.cut_off(network, service, side);
    }

    /// The parts of the network from which one reaches a service that serves on these sides: a site that is in several
    /// parts is reached from each of them.
    fn offered(
        &mut self,
        network: &NetworkPlan,
        service: u32,
        active: Vec<Class>,
        is_torn: bool,
    ) -> Vec<Class> {
        let mut offers = active.clone();
        let Some(state) = &mut self.network else { return offers };
        for station in network.service_stations[service as usize].clone() {
            let sides = state.sides(&network.stations[station as usize].ports);
            let is_up = state.up[station as usize] > 0;
            let serves = (is_up || !is_torn) && sides.iter().any(|side| active.contains(side));
            if std::mem::replace(&mut state.serves[station as usize], serves) != serves {
                state.look_at_far_clients(network, service, station as usize);
            }
            if serves {
                offers.extend(sides);
            }
        }
        offers.sort_unstable();
        offers.dedup();
        offers
    }

    /// What of a service is where.
    fn shares(&self, network: &NetworkPlan, service: u32) -> Vec<Share> {
        let Some(state) = &self.network else { return Vec::new() };
        let plan = &self.plan.services[service as usize];
        let mut shares: Vec<Share> = Vec::new();
        let mut add = |side: Class, up: u32, leads: bool, first: u32| match shares
            .iter_mut()
            .find(|share| share.side == side)
        {
            Some(share) => (share.up, share.leads) = (share.up + up, share.leads || leads),
            None => shares.push(Share { side, up, allowed: true, leads, first }),
        };
        let leader =
            self.leaders.get(plan.failover as usize).map(|leader| plan.first_replica + leader.replica);
        let leader = leader.filter(|&leader| self.replica_down[leader as usize] == 0);
        let leader = leader.map(|leader| network.replica_stations[leader as usize]);
        for station in network.service_stations[service as usize].clone() {
            for side in state.sides(&network.stations[station as usize].ports) {
                add(side, state.up[station as usize], leader == Some(station), station);
            }
        }
        for (number, &member) in (0..).zip(&plan.members) {
            // One that is down may be back, and then counts there.
            let up = u32::from(self.broken[member as usize] == 0);
            state.offers[member as usize].iter().for_each(|&side| add(side, up, false, number));
        }
        for &voter in &plan.voters {
            for station in network.service_stations[voter as usize].clone() {
                for side in state.sides(&network.stations[station as usize].ports) {
                    add(side, self.running(network, station, voter), false, station);
                }
            }
        }
        for share in &mut shares {
            let offered = |&needed: &u32| state.offers[needed as usize].contains(&share.side);
            share.allowed = plan.dependencies.iter().all(offered);
        }
        shares
    }

    /// How many replicas at a station run.
    fn running(&self, network: &NetworkPlan, station: u32, service: u32) -> u32 {
        let plan = &self.plan.services[service as usize];
        let replicas = plan.first_replica..plan.first_replica + plan.count;
        let runs =
            |&replica: &u32| network.replica_stations[replica as usize] == station && self.runs(replica);
        replicas.filter(runs).count() as u32
    }

    /// Counts the capacity of what is up at a station in or out, where its service counts that.
    fn station_counts(&mut self, network: &NetworkPlan, station: u32, service: u32, counts: bool) {
        let plan = &self.plan.services[service as usize];
        if plan.capacity == NONE {
            return;
        }
        for replica in plan.first_replica..plan.first_replica + plan.count {
            let is_there = network.replica_stations[replica as usize] == station;
            if is_there && self.replica_down[replica as usize] == 0 {
                self.replica_counts(replica, service, counts);
            }
        }
    }

    /// Cuts off what is not on a service's side, and takes back what is.
    fn cut_off(&mut self, network: &NetworkPlan, service: u32, side: Option<Class>) {
        if network.client(service).is_some() {
            return;
        }
        for station in network.service_stations[service as usize].clone() {
            let Some(state) = &mut self.network else { return };
            let sides = state.sides(&network.stations[station as usize].ports);
            // Where the site itself is down nothing is cut off: it is down.
            let cut = !sides.is_empty() && side.is_some_and(|side| !sides.contains(&side));
            if std::mem::replace(&mut state.cut[station as usize], cut) == cut {
                continue;
            }
            let up = state.up[station as usize];
            self.touch(self.plan.services[service as usize].failover);
            if self.plan.services[service as usize].catches_up() {
                self.effect.copies.push(service);
            }
            for _ in 0..up {
                if cut {
                    self.loses_part(service);
                } else {
                    self.gains_part(service);
                }
            }
            self.station_counts(network, station, service, !cut);
        }
    }

    /// True where clients have a route that is fast enough to a replica that serves them, or any time will do.
    fn has_route(&mut self, network: &NetworkPlan, service: u32, side: Option<Class>) -> bool {
        let Some(client) = network.client(service) else { return true };
        let (Some(limit), Some(state)) = (client.within, &mut self.network) else { return true };
        let is_near = |vertex: Vertex| {
            // On the clients' own side there is a route back.
            state.reach.class(vertex) == side
                && network.vertex_stations[vertex.index()].iter().any(|&station| {
                    network.stations[station as usize].service == client.uses
                        && state.serves[station as usize]
                        && state.up[station as usize] > 0
                })
        };
        let station = network.service_stations[service as usize].start;
        let ports = network.stations[station as usize].ports.iter();
        let on_side = ports.filter(|&&port| state.reach.class(port) == side);
        let found = on_side.filter_map(|&port| state.reach.route(port, limit, is_near)).next();
        let is_found = found.is_some();
        state.routes[(service - network.first_client) as usize] = found;
        is_found
    }
}

impl NetworkState {
    /// True while two services are on one side at least.
    pub fn meet(&self, one: u32, other: u32) -> bool {
        let other = &self.offers[other as usize];
        self.offers[one as usize].iter().any(|side| other.contains(side))
    }

    /// True where two of these sides each have replicas that the other has not: a site with links into several parts of the
    /// network is on all of these.
    fn divides(&self, network: &NetworkPlan, service: u32, active: &[Class]) -> bool {
        let stations = || network.service_stations[service as usize].clone();
        let on = |side: Class| -> BTreeSet<u32> {
            let is_there = |&station: &u32| {
                self.up[station as usize] > 0
                    && self.sides(&network.stations[station as usize].ports).contains(&side)
            };
            stations().filter(is_there).collect()
        };
        let sides: Vec<BTreeSet<u32>> = active.iter().map(|&side| on(side)).collect();
        let apart =
            |one: &BTreeSet<u32>, other: &BTreeSet<u32>| !one.is_subset(other) && !other.is_subset(one);
        sides.iter().any(|one| sides.iter().any(|other| apart(one, other)))
    }

    /// Has services looked at that nothing has happened to.
    #[cfg(test)]
    pub fn look_at_all(&mut self, services: impl Iterator<Item = (u32, u32)>) {
        self.ahead.extend(services);
    }

    fn look_at(&mut self, network: &NetworkPlan, service: u32) {
        self.ahead.insert((network.ranks[service as usize], service));
    }

    fn counts_changed(&mut self, network: &NetworkPlan, service: u32, station: usize, at_the_border: bool) {
        if self.torn[service as usize] {
            self.look_at(network, service);
        }
        if at_the_border {
            self.look_at_far_clients(network, service, station);
        }
    }

    /// At a station a service serves no more, or again: clients with a limit whose route ends there may need another, and
    /// those without one may have one. All others have a route as good as before.
    fn look_at_far_clients(&mut self, network: &NetworkPlan, service: u32, station: usize) {
        let ports = &network.stations[station].ports;
        let ends_there = |(end, _): &(Vertex, Vec<LinkId>)| ports.contains(end);
        for (number, client) in (0..).zip(&network.clients) {
            let is_far = client.uses == service && client.within.is_some();
            if is_far && self.routes[number].as_ref().is_none_or(ends_there) {
                self.look_at(network, network.first_client + number as u32);
            }
        }
    }

    /// One more thing keeps a switch or a site from passing anything on.
    fn stops(&mut self, network: &NetworkPlan, vertex: Vertex) {
        self.reach.stop(vertex);
        let topology = Arc::clone(self.reach.topology());
        topology.around(vertex).for_each(|(link, _, _)| self.look_at_routes(network, link));
    }

    /// One thing fewer does.
    fn restarts(&mut self, network: &NetworkPlan, vertex: Vertex) {
        self.reach.restart(vertex);
        self.look_for_routes(network);
    }

    /// One more thing keeps a link down.
    fn cuts(&mut self, network: &NetworkPlan, link: LinkId, way: Way) {
        self.reach.cut(link, way);
        self.look_at_routes(network, link);
    }

    /// One thing fewer does.
    fn mends(&mut self, network: &NetworkPlan, link: LinkId, way: Way) {
        self.reach.mend(link, way);
        self.look_for_routes(network);
    }

    /// One more thing slows a link down.
    fn slows(&mut self, network: &NetworkPlan, link: LinkId, factor: f64) {
        self.slow.entry(link).or_default().push(factor);
        self.retime(link);
        self.look_at_routes(network, link);
    }

    /// One thing fewer does.
    fn hastens(&mut self, network: &NetworkPlan, link: LinkId, factor: f64) {
        let slow = self.slow.entry(link).or_default();
        let over = slow.iter().position(|&known| known == factor).expect("what is over has begun");
        slow.swap_remove(over);
        self.retime(link);
        self.look_for_routes(network);
    }

    /// How long traffic takes along a link: what slows it most decides.
    fn retime(&mut self, link: LinkId) {
        let normal = self.reach.topology().details(link).latency;
        let factor = self.slow.get(&link).into_iter().flatten().copied().fold(1.0, f64::max);
        self.reach.set_latency(link, Span::from_secs_f64(normal.as_secs_f64() * factor));
    }

    /// A link became worse: routes along it may have to change.
    fn look_at_routes(&mut self, network: &NetworkPlan, link: LinkId) {
        for number in 0..self.routes.len() {
            if self.routes[number].as_ref().is_some_and(|(_, links)| links.contains(&link)) {
                self.look_at(network, network.first_client + number as u32);
            }
        }
    }

    /// Something became better: whoever had no route that is fast enough may have one.
    fn look_for_routes(&mut self, network: &NetworkPlan) {
        for (number, client) in (network.first_client..).zip(&network.clients) {
            if client.within.is_some() && self.routes[(number - network.first_client) as usize].is_none() {
                self.look_at(network, number);
            }
        }
    }
}
