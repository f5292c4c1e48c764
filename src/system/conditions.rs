//! The conditions of alike parts, in words that compare: which order they are in, and which are in the same.

use std::ops::Range;

use super::alike::{Alike, Permutation};
use super::model::{Event, SystemModel};
use super::place::NONE;
use super::plan::Plan;
use crate::engine::{Clock, Runs};

/// A part's condition in words that compare.
type Key = Vec<u64>;

/// A site's parts, each group in the order of conditions.
pub(super) struct Sorted {
    site: u32,
    replicas: Vec<Vec<u32>>,
    sites: Vec<Vec<Sorted>>,
}

/// A state, seen as the conditions of its parts.
pub(super) struct Order<'a> {
    model: &'a SystemModel,
    runs: &'a Runs<Event>,
    alike: &'a Alike,
    /// For each clock, where its pending firing is in `runs`, or [`NONE`]; those at the end that have none left out.
    pending: Vec<u32>,
}

impl<'a> Order<'a> {
    pub fn new(model: &'a SystemModel, runs: &'a Runs<Event>) -> Order<'a> {
        // Clocks come in order, messages behind them.
        let clocks = runs.partition_point(|run| run.clock.is_some());
        let last = runs[..clocks].last().and_then(|run| run.clock).map_or(0, |clock| clock.index() + 1);
        let mut pending = vec![NONE; last.max(2 * model.plan.modes.len())];
        for (index, run) in (0..).zip(&runs[..clocks]) {
            let clock = run.clock.expect("messages are behind");
            pending[clock.index()] = index;
        }
        Order { model, runs, alike: model.plan.alike(), pending }
    }

    /// Whether all parts are in order already: most often they are, and that can be told without sorting.
    pub fn is_sorted(&self) -> bool {
        self.in_order(self.plan().sites(), &mut Key::new())
    }

    /// The same for a site and what is inside it; adds its condition to `key`.
    fn in_order(&self, site: u32, key: &mut Key) -> bool {
        self.site_key(site, key);
        let place = &self.alike.places[site as usize];
        for group in &place.replicas {
            let mut last = key.len()..key.len();
            for &replica in group {
                let from = key.len();
                self.replica_key(replica, key);
                if key[last.clone()] > key[from..] {
                    return false;
                }
                last = from..key.len();
            }
        }
        for group in &place.sites {
            let mut last = key.len()..key.len();
            for &inner in group {
                let from = key.len();
                if !self.in_order(inner, key) || key[last.clone()] > key[from..] {
                    return false;
                }
                last = from..key.len();
            }
        }
        true
    }

    /// Sorts what is at a site and inside it.
    pub fn sort(&self, site: u32) -> (Vec<u64>, Sorted) {
        let place = &self.alike.places[site as usize];
        let mut key = Key::new();
        self.site_key(site, &mut key);
        let mut sorted = Sorted { site, replicas: Vec::new(), sites: Vec::new() };
        for group in &place.replicas {
            let keyed = |&replica: &u32| {
                let mut key = Key::new();
                self.replica_key(replica, &mut key);
                (key, replica)
            };
            let mut keyed: Vec<(Key, u32)> = group.iter().map(keyed).collect();
            keyed.sort();
            keyed.iter().for_each(|(part, _)| key.extend(part));
            sorted.replicas.push(keyed.into_iter().map(|(_, replica)| replica).collect());
        }
        for group in &place.sites {
            let mut keyed: Vec<(Key, Sorted)> = group.iter().map(|&site| self.sort(site)).collect();
            keyed.sort_by(|a, b| a.0.cmp(&b.0));
            keyed.iter().for_each(|(part, _)| key.extend(part));
            sorted.sites.push(keyed.into_iter().map(|(_, sorted)| sorted).collect());
        }
        (key, sorted)
    }

    /// Puts what was sorted into the slots of a site that is alike.
    pub fn assign(&self, sorted: &Sorted, slot: u32, permutation: &mut Permutation) {
        if let Some(new) = permutation.sites.get_mut(sorted.site as usize) {
            *new = slot;
        }
        let place = &self.alike.places[slot as usize];
        for (from, to) in sorted.replicas.iter().zip(&place.replicas) {
            from.iter().zip(to).for_each(|(&from, &to)| permutation.replicas[from as usize] = to);
        }
        for (from, to) in sorted.sites.iter().zip(&place.sites) {
            from.iter().zip(to).for_each(|(from, &to)| self.assign(from, to, permutation));
        }
    }

    fn plan(&self) -> &Plan {
        &self.model.plan
    }

    fn site_key(&self, site: u32, key: &mut Key) {
        if site < self.plan().sites() {
            self.plan().modes_of(site).for_each(|mode| self.mode_key(mode, key));
        }
    }

    fn replica_key(&self, replica: u32, key: &mut Key) {
        let service = &self.plan().services[self.plan().replica_service[replica as usize] as usize];
        let number = replica - service.first_replica;
        let leads =
            service.failover != NONE && self.model.leaders[service.failover as usize].replica == number;
        key.push(u64::from(leads));
        self.modes_of(replica).for_each(|mode| self.mode_key(mode, key));
        if let Some(clock) = self.model.resync_clock(replica) {
            key.push(self.model.copies[replica as usize] as u64);
            self.run_key(clock, key);
        }
        let works = self.plan().replica_works.get(replica as usize).into_iter().flatten();
        key.extend(
            works.map(|&(work, target)| self.model.works[work as usize].marks[target as usize] as u64),
        );
    }

    /// The modes of a replica's components, which have consecutive numbers.
    fn modes_of(&self, replica: u32) -> Range<u32> {
        let plan = self.plan();
        let service = &plan.services[plan.replica_service[replica as usize] as usize];
        let first = service.first_component + (replica - service.first_replica) * service.stack;
        let at = |component: u32| plan.unit_modes[(plan.places + component) as usize];
        at(first)..at(first + service.stack)
    }

    fn mode_key(&self, mode: u32, key: &mut Key) {
        let plan = self.plan().modes[mode as usize];
        let crew = self.model.crews.get(plan.crew as usize);
        let waiting = crew.and_then(|crew| crew.queue.iter().position(|&other| other == mode));
        key.extend([
            self.model.modes[mode as usize] as u64,
            waiting.map_or(0, |position| position as u64 + 1),
        ]);
        self.run_key(SystemModel::failure_clock(mode), key);
        self.run_key(SystemModel::restoration_clock(mode), key);
        if plan.care != NONE {
            let active = crew.and_then(|crew| crew.active.iter().position(|&other| other == mode));
            key.push(active.map_or(0, |position| position as u64 + 1));
            self.model.upkeep.key(mode, key);
            let clocks = self.model.latent_clock(mode).into_iter().chain(self.model.age_clock(mode));
            clocks.for_each(|clock| self.run_key(clock, key));
        }
    }

    fn run_key(&self, clock: Clock, key: &mut Key) {
        let run = self.pending.get(clock.index()).and_then(|&place| self.runs.get(place as usize));
        match run {
            Some(run) => key.extend([u64::from(run.law) + 1, u64::from(run.stage), run.speed.to_bits()]),
            None => key.extend([0; 3]),
        }
    }
}

impl SystemModel {
    /// Of alike replicas in one condition it does not matter which fails or is restored. What one does stands for what the
    /// others do: the last one's failures and the first one's restorations, which leave them in order most often.
    pub(super) fn find_stand_ins(&self, runs: &Runs<Event>, places: &mut [u32]) {
        let order = Order::new(self, runs);
        for group in order.alike.places.iter().flat_map(|place| &place.replicas) {
            order.each_block(group, |block| order.stand_in(block, places));
        }
    }
}

impl Order<'_> {
    /// The blocks of neighbours in a group that are in one condition, where there are several in one.
    fn each_block(&self, group: &[u32], mut then: impl FnMut(&[u32])) {
        let mut keys = Key::new();
        let (mut first, mut last) = (0, 0..0);
        for (place, &replica) in group.iter().enumerate() {
            let from = keys.len();
            self.replica_key(replica, &mut keys);
            if keys[last.clone()] != keys[from..] {
                then(&group[first..place]);
                first = place;
            }
            last = from..keys.len();
        }
        then(&group[first..]);
    }

    fn stand_in(&self, block: &[u32], places: &mut [u32]) {
        let (Some(&first), Some(&last)) = (block.first(), block.last()) else { return };
        for &replica in block {
            let modes = self.modes_of(replica);
            let (firsts, lasts) = (self.modes_of(first).start, self.modes_of(last).start);
            for mode in modes.clone() {
                let offset = mode - modes.start;
                let pairs = [
                    (SystemModel::failure_clock(mode), SystemModel::failure_clock(lasts + offset)),
                    (SystemModel::restoration_clock(mode), SystemModel::restoration_clock(firsts + offset)),
                ];
                for (own, other) in pairs {
                    if let Some(place) = places.get_mut(self.pending[own.index()] as usize) {
                        *place = self.pending[other.index()];
                    }
                }
            }
        }
    }
}
