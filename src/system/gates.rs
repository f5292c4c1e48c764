//! Counters on their way up: what a component's failure or return means to its replica, its service, and those above.

use super::failover::Phase;
use super::model::{Condition, SystemModel};
use super::place::NONE;
use super::without::Reserve;

impl SystemModel {
    /// One more thing keeps a component down.
    #[inline]
    pub(super) fn component_loses(&mut self, component: u32, service: u32) {
        self.causes[component as usize] += 1;
        if self.causes[component as usize] > 1 {
            return;
        }
        let plan = &self.plan.services[service as usize];
        let (replica, only_counts, catches_up) =
            (plan.replica_of(component), plan.only_counts, plan.catches_up());
        self.replica_down[replica as usize] += 1;
        if only_counts {
            if self.replica_down[replica as usize] == 1 {
                self.loses_part(service);
            }
            return;
        }
        match (self.replica_down[replica as usize], catches_up) {
            (1, true) => self.copy_falls(replica, service),
            (1, false) => {}
            (2, true) => return self.stale_copy_falls(replica, service),
            _ => return,
        }
        self.votes(service, false);
        self.replica_falls(replica, service);
    }

    /// A replica serves no more.
    #[inline]
    fn replica_falls(&mut self, replica: u32, service: u32) {
        self.touch(self.plan.services[service as usize].failover);
        if !self.works.is_empty() {
            self.replica_flips(replica, true);
        }
        if !self.plan.stresses.is_empty() {
            self.load_leaves(replica, service);
        }
        if self.network.is_none() || self.station_loses(service, replica) {
            self.loses_part(service);
            self.replica_counts(replica, service, false);
        }
    }

    /// One thing fewer keeps a component down.
    #[inline]
    pub(super) fn component_gains(&mut self, component: u32, service: u32) {
        let plan = &self.plan.services[service as usize];
        let (replica, only_counts, catches_up) =
            (plan.replica_of(component), plan.only_counts, plan.catches_up());
        if self.broken[service as usize] > 0 && self.is_awaited(service, replica) {
            self.comes_nearer(service);
        }
        self.causes[component as usize] -= 1;
        if self.causes[component as usize] > 0 {
            return;
        }
        self.replica_down[replica as usize] -= 1;
        if only_counts {
            if self.replica_down[replica as usize] == 0 {
                self.gains_part(service);
            }
            return;
        }
        match (self.replica_down[replica as usize], catches_up) {
            (0, _) => self.votes(service, true),
            (1, true) if self.copy_is_back(replica, service) => {}
            _ => return,
        }
        self.replica_rises(replica, service);
    }

    /// A replica serves again.
    #[inline]
    pub(super) fn replica_rises(&mut self, replica: u32, service: u32) {
        self.touch(self.plan.services[service as usize].failover);
        if !self.works.is_empty() {
            self.replica_flips(replica, false);
        }
        if !self.plan.stresses.is_empty() {
            self.load_leaves(replica, service);
        }
        if self.network.is_none() || self.station_gains(service, replica) {
            self.gains_part(service);
            self.replica_counts(replica, service, true);
        }
    }

    /// True when a restoration of the replica is a step towards its service being up.
    #[inline]
    pub(super) fn is_awaited(&self, service: u32, replica: u32) -> bool {
        let plan = &self.plan.services[service as usize];
        (self.up_count[service as usize] < plan.need || self.is_short(service)) && !self.is_cut(replica)
            || plan.failover != NONE && {
                let leader = &self.leaders[plan.failover as usize];
                leader.phase.waits_for_leader() && plan.first_replica + leader.replica == replica
            }
    }

    /// Remembers that a service's failover, if it has one, has to be looked at.
    #[inline]
    pub(super) fn touch(&mut self, failover: u32) {
        if failover != NONE && !self.effect.touched.contains(&failover) {
            self.effect.touched.push(failover);
        }
    }

    #[inline]
    pub(super) fn loses_part(&mut self, service: u32) {
        let before = self.up_count[service as usize];
        self.up_count[service as usize] = before - 1;
        if before == self.plan.services[service as usize].need {
            self.breaks(service);
        }
    }

    #[inline]
    pub(super) fn gains_part(&mut self, service: u32) {
        let now = self.up_count[service as usize] + 1;
        self.up_count[service as usize] = now;
        if now == self.plan.services[service as usize].need {
            self.mends(service);
        }
    }

    /// One more reason for a service to be down.
    pub(super) fn breaks(&mut self, service: u32) {
        self.broken[service as usize] += 1;
        if self.broken[service as usize] > 1 {
            self.touch_value(service);
            return;
        }
        self.effect.flipped.push(service);
        self.touch_service(service);
        self.touch_storm(service);
        self.effect.reserves.extend(&self.plan.services[service as usize].missed);
        // By index: a count of references is written by all threads and would slow them down.
        for index in 0..self.plan.services[service as usize].dependents.len() {
            self.breaks(self.plan.services[service as usize].dependents[index]);
        }
        for index in 0..self.plan.services[service as usize].groups.len() {
            self.loses_part(self.plan.services[service as usize].groups[index]);
            self.member_changed(self.plan.services[service as usize].groups[index]);
        }
    }

    /// One reason fewer for a service to be down.
    pub(super) fn mends(&mut self, service: u32) {
        self.broken[service as usize] -= 1;
        if self.broken[service as usize] > 0 {
            self.touch_value(service);
            return;
        }
        self.effect.flipped.push(service);
        self.touch_service(service);
        self.touch_storm(service);
        self.effect.reserves.extend(&self.plan.services[service as usize].missed);
        for index in 0..self.plan.services[service as usize].dependents.len() {
            self.mends(self.plan.services[service as usize].dependents[index]);
        }
        for index in 0..self.plan.services[service as usize].groups.len() {
            self.gains_part(self.plan.services[service as usize].groups[index]);
            self.member_changed(self.plan.services[service as usize].groups[index]);
        }
    }

    /// A service that is down, and all that are down because of it, came a step nearer to being up.
    pub(super) fn comes_nearer(&mut self, service: u32) {
        if self.effect.progress.contains(&service) {
            return;
        }
        self.effect.progress.push(service);
        for index in 0..self.plan.services[service as usize].dependents.len() {
            let above = self.plan.services[service as usize].dependents[index];
            if self.broken[above as usize] > 0 {
                self.comes_nearer(above);
            }
        }
        for index in 0..self.plan.services[service as usize].missed.len() {
            let edge = self.plan.services[service as usize].missed[index];
            if self.reserves[edge as usize] == Reserve::Spent {
                self.comes_nearer(self.plan.withouts[edge as usize].service);
            }
        }
        for index in 0..self.plan.services[service as usize].groups.len() {
            let above = self.plan.services[service as usize].groups[index];
            let unmet = self.up_count[above as usize] < self.plan.services[above as usize].need;
            if self.broken[above as usize] > 0 && unmet {
                self.comes_nearer(above);
            }
        }
    }

    /// Classes of what has failed and keeps a service down right now, with repeats; for outages that the end of a
    /// trial cuts off. A walk over the service's replicas, so not for every event.
    pub(super) fn open_causes(&self, service: u32) -> Vec<u32> {
        let plan = &self.plan.services[service as usize];
        let mut causes = Vec::new();
        self.spent(service).for_each(|on| causes.extend(self.open_causes(on)));
        for &dependency in &plan.dependencies {
            if self.broken[dependency as usize] > 0 {
                causes.extend(self.open_causes(dependency));
            }
        }
        if plan.failover != NONE && self.leaders[plan.failover as usize].phase != Phase::Steady {
            causes.push(self.failover_cause(plan.failover));
        }
        self.queue_causes(service, &mut causes);
        self.data_causes(service, &mut causes);
        causes.extend(self.breaker_cause(plan.capacity));
        let short = self.is_short(service);
        if self.up_count[service as usize] < plan.need || short {
            let down = plan.members.iter().filter(|&&member| self.broken[member as usize] > 0);
            down.for_each(|&member| causes.extend(self.open_causes(member)));
            let down = plan.components().filter(|&component| self.causes[component as usize] > 0);
            down.for_each(|component| self.component_causes(component, &mut causes));
            self.copy_causes(service, &mut causes);
            self.voter_causes(service, &mut causes);
        }
        if short {
            self.shortage_causes(service, &mut causes);
        }
        self.network_causes(service, &mut causes);
        causes
    }

    pub(super) fn component_causes(&self, component: u32, causes: &mut Vec<u32>) {
        let site = self.plan.components[component as usize].site;
        let domains = self.plan.domains_of(component);
        let units = self.plan.tree.around(site).chain(domains).chain([self.plan.places + component]);
        let failed = units.flat_map(|unit| self.plan.modes_of(unit));
        let failed =
            failed.filter(|&mode| self.modes[mode as usize] != Condition::Works && !self.plan.is_slow(mode));
        causes.extend(failed.map(|mode| self.cause_of(mode)));
        self.script_causes(component, causes);
        if !self.plan.gates.is_empty() {
            let places = self.plan.tree.around(site).chain(self.plan.domains_of(component));
            places.for_each(|place| self.supply_causes(place, causes));
        }
        self.work_causes(component, causes);
        self.certificate_causes(component, causes);
    }
}
