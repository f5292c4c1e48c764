//! Compiles what cuts across sites: which components domains cover and shocks hit.

use std::collections::{BTreeMap, BTreeSet};

use super::burst::BurstPlan;
use super::compile::Builder;
use super::place::NONE;
use super::strike::{HitPlan, ShockPlan, SpreadPlan};
use super::{BurstSize, Hit, Mode, Scope, Shock};
use crate::random::Law;
use crate::units::{Duration, Probability};

impl Builder<'_> {
    /// Writes down what each domain covers.
    pub fn cover(&mut self) {
        let mut starts = vec![self.plan.located.len() as u32];
        for domain in self.system.domains.values() {
            let covered = self.in_scope(&domain.scope);
            self.plan.located.extend(covered);
            starts.push(self.plan.located.len() as u32);
        }
        self.plan.domain_located = starts;
    }

    /// Makes the shocks: those of the system, and the common causes of its services.
    pub fn shocks(&mut self) {
        for (name, shock) in &self.system.shocks {
            let modes: Vec<u32> = self
                .in_scope(&shock.scope)
                .into_iter()
                .filter_map(|component| self.mode_of(component, &shock.fails))
                .collect();
            let groups = match &shock.within {
                Some(level) => self.by_site(&modes, level),
                None => vec![modes],
            };
            let burst = shock.size.as_ref().map(|size| self.burst(shock, size, &groups));
            let also = shock.also.iter().map(|hit| self.hit(shock, hit)).collect();
            let mut plan = ShockPlan {
                name: format!("shock `{name}`"),
                strikes: shock.strikes.clone(),
                each: shock.each.value(),
                groups,
                burst,
                also,
                noticed: None,
                segments: vec!["shock".to_owned(), name.clone()],
            };
            self.spreads(shock, &mut plan);
            self.plan.shocks.push(plan);
        }
        self.common_causes();
    }

    /// The chances of sizes for each group of a shock, and who are neighbours in it.
    fn burst(&self, shock: &Shock, size: &BurstSize, groups: &[Vec<u32>]) -> BurstPlan {
        let place_in = |group: &[u32], mode: &u32| group.partition_point(|known| known < mode) as u32;
        let neighbours = |group: &Vec<u32>| match &shock.affinity {
            Some(affinity) => {
                let places = |near: Vec<u32>| near.iter().map(|mode| place_in(group, mode)).collect();
                self.by_site(group, &affinity.level).into_iter().map(places).collect()
            }
            None => Vec::new(),
        };
        BurstPlan {
            weights: groups.iter().map(|group| size.weights(group.len().max(1))).collect(),
            affinity: shock.affinity.as_ref().map_or(0.0, |affinity| affinity.chance.value()),
            neighbours: groups.iter().map(neighbours).collect(),
        }
    }

    fn hit(&self, shock: &Shock, hit: &Hit) -> HitPlan {
        let fails = hit.fails.as_ref().unwrap_or(&shock.fails);
        let modes = self.in_scope(&hit.scope).into_iter().filter_map(|it| self.mode_of(it, fails)).collect();
        HitPlan { modes, chance: hit.chance.value(), each: hit.each.value(), after: None }
    }

    /// Gives clocks to what a shock hits later, and to its being noticed.
    fn spreads(&mut self, shock: &Shock, plan: &mut ShockPlan) {
        let number = self.plan.shocks.len() as u32;
        let spreads = &mut self.plan.spreads;
        let mut clock = |hit| {
            spreads.push(SpreadPlan { shock: number, hit });
            spreads.len() as u32 - 1
        };
        for (index, (hit, spec)) in (0..).zip(plan.also.iter_mut().zip(&shock.also)) {
            hit.after = spec.after.clone().map(|after| (clock(Some(index)), after));
        }
        plan.noticed = shock.noticed.clone().map(|noticed| (clock(None), noticed));
    }

    /// The beta factor model: a shock for each service and each of its components' modes that has a common cause.
    fn common_causes(&mut self) {
        for service in 0..self.plan.services.len() {
            let plan = &self.plan.services[service];
            let components = plan.first_component..plan.first_component + plan.count * plan.stack;
            let mut groups: BTreeMap<(u32, &str), Vec<u32>> = BTreeMap::new();
            for component in components {
                let kind = self.plan.components[component as usize].kind;
                let modes = &self.system.components[&self.plan.kinds[kind as usize].name].modes;
                for (offset, (name, _)) in
                    (0..).zip(modes).filter(|(_, (_, mode))| mode.common_cause.is_some())
                {
                    let mode = self.plan.modes_of(self.plan.places + component).start + offset;
                    groups.entry((kind, name)).or_default().push(mode);
                }
            }
            for ((kind, mode), group) in groups {
                let (service, kind) =
                    (&self.plan.services[service].name, &self.plan.kinds[kind as usize].name);
                self.plan.shocks.push(ShockPlan {
                    name: format!("common cause of `{service}`, {kind} {mode}"),
                    strikes: self.system.components[kind].modes[mode].common_failures(),
                    each: 1.0,
                    groups: vec![group],
                    burst: None,
                    also: Vec::new(),
                    noticed: None,
                    segments: ["service", service, kind, mode, "common cause"].map(str::to_owned).to_vec(),
                });
            }
        }
    }

    /// The components in a scope, in order.
    pub(super) fn in_scope(&self, scope: &Scope) -> Vec<u32> {
        let is_meant = |&component: &u32| self.is_in_scope(scope, component);
        if scope.services.is_empty() {
            return (0..self.plan.components.len() as u32).filter(is_meant).collect();
        }
        // A system's services come first and in the order of their names, and so do their components.
        let services = &self.plan.services[..self.system.services.len()];
        let named: BTreeSet<&String> = scope.services.iter().collect();
        let named =
            named.into_iter().filter_map(|name| services.binary_search_by(|it| it.name.cmp(name)).ok());
        let mut found: Vec<u32> = Vec::new();
        for service in named {
            let parts = self.plan.parts_of(service as u32);
            let parts = parts.flat_map(|part| self.plan.services[part as usize].components());
            found.extend(services[service].components().chain(parts).filter(is_meant));
        }
        // Parts come behind all that is whole.
        if self.plan.is_divided() {
            found.sort_unstable();
        }
        found
    }

    /// True when a scope means a component.
    pub(super) fn is_in_scope(&self, scope: &Scope, component: u32) -> bool {
        let plan = &self.plan;
        let among = |names: &[String], name: &str| names.is_empty() || names.iter().any(|it| it == name);
        let at = |site: u32| {
            let mut around = plan.tree.around(site);
            scope.sites.is_empty()
                || around.any(|site| scope.sites.contains(&plan.tree.sites[site as usize].path))
        };
        let it = &plan.components[component as usize];
        let service = &plan.services[plan.service_of(it) as usize];
        let number = it.replica - service.first_replica + 1;
        // A switch is the replica of nothing.
        let is_part = plan.service_of(it) == plan.hidden_service;
        among(&scope.components, &plan.kinds[it.kind as usize].name)
            && among(&scope.services, plan.known_as(plan.service_of(it)))
            && (scope.replicas.is_empty() || !is_part && scope.replicas.contains(&number))
            && at(it.site)
    }

    /// A component's mode of a name, if it has one.
    pub(super) fn mode_of(&self, component: u32, name: &str) -> Option<u32> {
        self.plan.modes_of(self.plan.places + component).find(|&mode| {
            // What is played from a log cannot be struck: it is down when the log says.
            self.plan.modes[mode as usize].replay == NONE && self.plan.mode_name(mode) == name
        })
    }

    /// Modes in groups, by the site of a level that their components are at or inside of.
    fn by_site(&self, modes: &[u32], level: &str) -> Vec<Vec<u32>> {
        let tree = &self.plan.tree;
        let depth = self.system.levels.iter().position(|name| name == level);
        let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for &mode in modes {
            let component = self.plan.modes[mode as usize].unit - self.plan.places;
            let site = self.plan.components[component as usize].site;
            let around = (site != NONE).then(|| tree.around(site)).into_iter().flatten();
            let mut at_level = around.filter(|&site| Some(tree.sites[site as usize].depth) == depth);
            if let Some(site) = at_level.next() {
                groups.entry(site).or_default().push(mode);
            }
        }
        groups.into_values().collect()
    }
}

impl Mode {
    /// The law of the failures that strike one component alone.
    pub(super) fn own_failures(&self) -> Law {
        self.common_cause.map_or(self.fails.clone(), |share| self.share_of_failures(share.complement()))
    }

    /// The law of the failures that strike all replicas at once.
    fn common_failures(&self) -> Law {
        self.common_cause.map_or(Law::Never, |share| self.share_of_failures(share))
    }

    /// A share of a constant failure rate.
    fn share_of_failures(&self, share: Probability) -> Law {
        let mean = self.fails.mean().map_or(f64::INFINITY, Duration::secs) / share.value();
        Duration::from_secs(mean).map_or(Law::Never, Law::exponential)
    }
}
