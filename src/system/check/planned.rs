//! Mistakes in changes, maintenance and certificates.

use super::{Checker, Problem, at};
use crate::random::Law;
use crate::system::plan::Plan;
use crate::system::{Batch, Certificate, Change, KeyPath, Maintenance, Scope, Strategy, Work};

/// Work that goes on for ever at one instant, or that nothing can be said about, is found by its law's mean.
fn is_instant(law: &Law) -> bool {
    law.mean().is_some_and(|mean| mean.span().as_micros() == 0)
}

impl Checker<'_> {
    pub(super) fn planned(&mut self) {
        let system = self.system;
        for (name, change) in &system.changes {
            let path = at("change", name);
            self.name(&path, "change", name);
            self.work(&path, &change.work);
            self.change(&path, change);
        }
        for (name, maintenance) in &system.maintenance {
            let path = at("maintenance", name);
            self.name(&path, "maintenance", name);
            self.work(&path, &maintenance.work);
            self.maintenance(&path, maintenance);
        }
        for (name, certificate) in &system.certificates {
            let path = at("certificate", name);
            self.name(&path, "certificate", name);
            self.scope(&path, &certificate.scope);
            self.certificate(&path, certificate);
        }
    }

    fn work(&mut self, path: &KeyPath, work: &Work) {
        self.scope(path, &work.scope);
        self.comes_again(&path.key("every"), &work.every);
        match &work.batch {
            Batch::Count(0) => {
                self.report(Problem::new(path.key("batch"), "a batch of no replicas would never be done"));
            }
            Batch::Site(level) => {
                self.level(&path.key("batch"), level);
            }
            Batch::Part => self.works_by_part(&path.key("batch"), work),
            Batch::Count(_) | Batch::All => {}
        }
        if let Some(error) = &work.error {
            self.mode_in_scope(&path.key("breaks"), &work.scope, &error.breaks);
        }
    }

    fn comes_again(&mut self, path: &KeyPath, law: &Law) {
        if is_instant(law) {
            let message = format!("`{law}` is for ever at one instant: its mean must be above zero");
            self.report(Problem::new(path.clone(), message));
        }
    }

    fn change(&mut self, path: &KeyPath, change: &Change) {
        match &change.strategy {
            Strategy::Canary { replicas: 0, .. } => {
                let message = "a canary of no replicas proves nothing";
                self.report(
                    Problem::new(path.key("canary"), message).help("write canary = 1, or another strategy"),
                );
            }
            Strategy::BlueGreen if change.work.batch != Batch::All => {
                let message = "all replicas of a blue-green change move at once: there are no batches";
                self.report(Problem::new(path.key("batch"), message));
            }
            _ => {}
        }
    }

    fn maintenance(&mut self, path: &KeyPath, maintenance: &Maintenance) {
        for (index, mode) in maintenance.rejuvenates.iter().enumerate() {
            self.mode_in_scope(&path.key("rejuvenates").index(index), &maintenance.work.scope, mode);
        }
    }

    fn certificate(&mut self, path: &KeyPath, certificate: &Certificate) {
        self.comes_again(&path.key("valid"), &certificate.valid);
    }

    /// Reports work and certificates that reach nothing, by the plan of a system that has no other problem.
    pub(super) fn planned_reach(&mut self, plan: &Plan) {
        for work in plan.works.iter().filter(|work| work.targets.is_empty()) {
            let message = format!("the {} `{}` has nothing to work on", work.kind, work.name);
            self.report(Problem::new(at(work.kind, &work.name), message).help(super::correlation::NARROWS));
        }
        for work in plan.works.iter().filter(|work| work.kind == "change") {
            let Strategy::Canary { replicas, .. } = &self.system.changes[&work.name].strategy else {
                continue;
            };
            let all = work.targets.len();
            if all > 0 && *replicas as usize >= all {
                let message =
                    format!("a canary of {replicas} out of {all} replicas leaves nobody to protect");
                self.report(Problem::new(at("change", &work.name).key("canary"), message));
            }
        }
        for certificate in plan.certificates.iter().filter(|it| it.components.is_empty()) {
            let message = format!("nothing uses the certificate `{}`", certificate.name);
            self.report(
                Problem::new(at("certificate", &certificate.name), message).help(super::correlation::NARROWS),
            );
        }
    }

    /// A failure mode that some component in a scope has.
    pub(super) fn mode_in_scope(&mut self, path: &KeyPath, scope: &Scope, mode: &str) {
        let kinds = self.system.components.iter();
        let meant = |kind: &String| scope.components.is_empty() || scope.components.contains(kind);
        let modes: Vec<&str> = kinds
            .filter(|(kind, _)| meant(kind))
            .flat_map(|(_, component)| component.modes.keys().map(String::as_str))
            .collect();
        if !modes.contains(&mode) {
            let problem = Problem::unknown(path.clone(), "failure mode", mode, modes.into_iter());
            self.report(problem);
        }
    }
}
