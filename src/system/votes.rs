//! Votes: services made of the replicas of others, each of which counts while it runs, whatever it serves.
//!
//! A witness, arbiter or tiebreaker is a service whose replicas vote with those of another one.

use super::compile::Builder;
use super::model::SystemModel;
use super::{Body, Need, Service};

impl Service {
    /// A service made of the replicas of these: a vote for each that runs, and up while enough do.
    ///
    /// ```
    /// use fivenines::system::{Need, Service};
    ///
    /// let quorum = Service::voters(&["db", "witness"]);
    /// assert_eq!(quorum.needs, Need::Majority);
    /// ```
    pub fn voters(services: &[&str]) -> Service {
        let voters = services.iter().map(|name| (*name).to_owned()).collect();
        Service { body: Body::Voters(voters), needs: Need::Majority, ..Service::members(&[]) }
    }
}

impl Builder<'_> {
    /// Tells services in which others their replicas vote. Comes when all services have numbers.
    pub fn votes(&mut self) {
        let system = self.system;
        let names: Vec<&String> = system.services.keys().collect();
        for (number, service) in (0..).zip(system.services.values()) {
            let Body::Voters(voters) = &service.body else { continue };
            let mut count = 0;
            for voter in voters {
                let voter = names.binary_search(&voter).expect("a checked system names its services");
                count += self.plan.services[voter].count;
                self.plan.services[voter].electorates.push(number);
                self.plan.services[number as usize].voters.push(voter as u32);
            }
            let plan = &mut self.plan.services[number as usize];
            (plan.count, plan.need) = (count, service.needs.of(count));
        }
    }
}

impl SystemModel {
    /// A replica of a service runs from now on, or does no more.
    #[inline]
    pub(super) fn votes(&mut self, service: u32, runs: bool) {
        for index in 0..self.plan.services[service as usize].electorates.len() {
            let electorate = self.plan.services[service as usize].electorates[index];
            if runs {
                let unmet = self.up_count[electorate as usize] < self.plan.services[electorate as usize].need;
                if self.broken[electorate as usize] > 0 && unmet {
                    self.comes_nearer(electorate);
                }
                self.gains_part(electorate);
            } else {
                self.loses_part(electorate);
            }
            self.member_changed(electorate);
        }
    }

    /// Classes of what keeps voters down.
    pub(super) fn voter_causes(&self, service: u32, causes: &mut Vec<u32>) {
        for &voter in &self.plan.services[service as usize].voters {
            let components = self.plan.services[voter as usize].components();
            let down = components.filter(|&component| self.causes[component as usize] > 0);
            down.for_each(|component| self.component_causes(component, causes));
        }
    }
}
