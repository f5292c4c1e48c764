//! Mistakes in domains across sites, shocks and common causes.

use super::{Checker, Problem, at};
use crate::random::Law;
use crate::system::plan::Plan;
use crate::system::{Discipline, KeyPath, Mode, Modes, Scope, SiteOutage};

impl Checker<'_> {
    pub(super) fn domains(&mut self) {
        for (name, domain) in &self.system.domains {
            let path = at("domain", name);
            self.name(&path, "domain", name);
            self.scope(&path, &domain.scope);
            self.modes(&path, &domain.modes);
            self.no_common_causes(&path, &domain.modes);
            self.no_latent_faults(&path, &domain.modes);
        }
    }

    pub(super) fn shocks(&mut self) {
        for (name, shock) in &self.system.shocks {
            let path = at("shock", name);
            self.name(&path, "shock", name);
            self.scope(&path, &shock.scope);
            if shock.strikes.mean().is_some_and(|mean| mean.span().as_micros() == 0) {
                let message =
                    format!("`{}` strikes at once and for ever: its mean must be above zero", shock.strikes);
                self.report(Problem::new(path.key("strikes"), message));
            }
            if let Some(level) = &shock.within {
                self.level(&path.key("within"), level);
            }
            self.mode_in_scope(&path.key("fails"), &shock.scope, &shock.fails);
            self.burst(&path, shock);
            self.also(&path, shock);
        }
    }

    pub(super) fn scope(&mut self, path: &KeyPath, scope: &Scope) {
        let system = self.system;
        for (index, site) in scope.sites.iter().enumerate() {
            if !self.places.contains(site) {
                let path = path.key("sites").index(index);
                let paths = self.places.paths();
                self.report(Problem::unknown(path, "site", site, paths.iter().map(String::as_str)));
            }
        }
        for (index, kind) in scope.components.iter().enumerate() {
            if !system.components.contains_key(kind) {
                let path = path.key("components").index(index);
                let kinds = system.components.keys().map(String::as_str);
                self.report(Problem::unknown(path, "component", kind, kinds));
            }
        }
        for (index, service) in scope.services.iter().enumerate() {
            if !system.services.contains_key(service) {
                let path = path.key("services").index(index);
                let services = system.services.keys().map(String::as_str);
                self.report(Problem::unknown(path, "service", service, services));
            }
        }
        if scope.replicas.contains(&0) {
            self.report(Problem::new(path.key("replicas"), "replicas are counted from 1"));
        }
    }

    /// A site or a domain is alone in its kind: there is nothing to have a cause in common with.
    pub(super) fn no_common_causes(&mut self, path: &KeyPath, modes: &Modes) {
        for (name, _) in modes.iter().filter(|(_, mode)| mode.common_cause.is_some()) {
            let path = path.key("mode").key(name).key("common_cause");
            let message = "a common cause is for the failure modes of components";
            self.report(
                Problem::new(path, message)
                    .help("what strikes several sites is a [shock.NAME] or a [domain.NAME]"),
            );
        }
        self.only_components(path, modes);
    }

    pub(super) fn common_cause(&mut self, path: &KeyPath, mode: &Mode) {
        if mode.common_cause.is_some() && !matches!(mode.fails, Law::Exponential(_) | Law::Never) {
            let message =
                format!("a common cause splits a constant failure rate, and `{}` has none", mode.fails);
            let help =
                "write fails = \"exponential(mean ...)\", or describe the common cause as a [shock.NAME]";
            self.report(Problem::new(path.key("common_cause"), message).help(help));
        }
    }

    /// Reports domains, shocks, environments and planned work that reach nothing. Looks at real placements, so only at a system
    /// that has no other problem.
    pub(super) fn reach(&mut self) {
        let system = self.system;
        let reaches = [
            system.domains.len(),
            system.shocks.len(),
            system.environments.len(),
            system.power.len() + system.cooling.len(),
            system.changes.len() + system.maintenance.len() + system.certificates.len(),
        ];
        if !self.problems.is_empty() || reaches == [0; 5] {
            return;
        }
        let plan = Plan::new(system);
        for (unit, name) in (plan.sites()..).zip(system.domains.keys()) {
            if plan.inside(unit).is_empty() {
                let message = format!("the domain `{name}` covers nothing");
                self.report(Problem::new(at("domain", name), message).help(NARROWS));
            }
        }
        for (name, shock) in system.shocks.keys().zip(&plan.shocks) {
            let message = format!("the shock `{name}` can hit nothing");
            if shock.groups.iter().all(Vec::is_empty) {
                self.report(Problem::new(at("shock", name), &*message).help(NARROWS));
            }
            for (index, _) in shock.also.iter().enumerate().filter(|(_, hit)| hit.modes.is_empty()) {
                let path = at("shock", name).key("also").index(index);
                self.report(Problem::new(path, format!("{message} of this")).help(NARROWS));
            }
        }
        self.wired(&plan);
        self.environments_reach(&plan);
        self.crews_beside(&plan);
        self.planned_reach(&plan);
        self.scaling_reach(&plan);
    }

    /// A crew that waits beside what stands still with a domain, or for want of a supply, cannot be the one that mends it.
    fn crews_beside(&mut self, plan: &Plan) {
        let system = self.system;
        let fifo = |mode: &Mode| {
            let crew = mode.repaired_by.clone()?;
            (system.crews[&crew].discipline != Discipline::Shared).then_some(crew)
        };
        let domains = (plan.sites()..)
            .zip(&system.domains)
            .map(|(unit, (name, domain))| (at("domain", name), name.clone(), vec![unit], &domain.modes));
        let supplies = plan.supplies.iter().zip(0..).map(|(supply, number)| {
            let named = system.supplies().find(|named| (named.0, named.1) == (supply.kind, &supply.name));
            let (_, _, spec) = named.expect("it was compiled from one of this name");
            (at(supply.kind, &supply.name), supply.to_string(), plan.reached_by(number), &spec.modes)
        });
        for (path, name, places, modes) in domains.chain(supplies) {
            let located = places.into_iter().flat_map(|place: u32| &plan.located[plan.inside(place)]);
            let mut covered: Vec<u32> = located.map(|&it| plan.components[it as usize].kind).collect();
            covered.sort_unstable();
            covered.dedup();
            for (mode_name, mode) in modes {
                let Some(mender) = fifo(mode) else { continue };
                let waits = |kind: &&u32| {
                    let component = &system.components[&plan.kinds[**kind as usize].name];
                    component.site_outage == SiteOutage::Frozen
                        && component.modes.values().any(|mode| fifo(mode).as_ref() == Some(&mender))
                };
                if let Some(kind) = covered.iter().find(waits) {
                    let kind = &plan.kinds[*kind as usize].name;
                    let message = format!(
                        "the crew `{mender}` could wait for ever beside `{kind}`, which stands still while `{name}` is \
                         down, and the repair of `{name}` waits for it"
                    );
                    let path = path.key("mode").key(mode_name).key("repaired_by");
                    let help = "give it a crew of its own, or share it out: discipline = \"shared\"";
                    self.report(Problem::new(path, message).help(help));
                }
            }
        }
    }
}

pub(super) const NARROWS: &str =
    "each of sites, components, services and replicas narrows what is meant; together they leave nothing";
