//! Compiles planned work: which replicas each round goes through, in which stages, and what it does to them.

use super::compile::Builder;
use super::place::NONE;
use super::plan::CauseClass;
use super::{BadRelease, Batch, Scope, Strategy, Work};
use crate::random::Law;
use crate::units::{Duration, Hours};

/// A change or a maintenance, compiled.
#[derive(Clone, Debug)]
pub(super) struct WorkPlan {
    /// `change` or `maintenance`.
    pub kind: &'static str,
    pub name: String,
    pub every: Law,
    /// When a round may begin; nothing where it may at any hour.
    pub hours: Option<Hours>,
    pub gap: Law,
    pub takes: Law,
    pub gated: bool,
    /// The replicas worked on, those of a stage next to each other.
    pub targets: Vec<Target>,
    pub stages: Vec<Stage>,
    /// True where replicas serve while they are worked on, because it happens beside them.
    pub beside: bool,
    /// The chance of each to be broken.
    pub error: f64,
    pub bad: Option<BadRelease>,
    /// Whether what it alone keeps down is no downtime.
    pub excluded: bool,
    /// The class of what is out for it; a bad release's class is the next.
    pub cause: u32,
}

/// A replica that is worked on.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub replica: u32,
    /// Its components in scope.
    pub components: Vec<u32>,
    /// The modes in which an error makes them fail.
    pub breaks: Vec<u32>,
    /// The modes whose age is set back.
    pub renews: Vec<u32>,
}

/// A part of a round.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    /// Where its replicas begin and end among the targets.
    pub targets: std::ops::Range<u32>,
    /// How many updates it has, and how many make a batch; nothing where all that are up are one.
    pub counted: Option<(u32, u32)>,
    /// Time before it begins.
    pub after: Option<Law>,
}

/// A certificate, compiled.
#[derive(Clone, Debug)]
pub(super) struct CertificatePlan {
    pub name: String,
    pub first: Law,
    pub valid: Law,
    pub forgotten: f64,
    pub renewed: Law,
    /// By number, in order.
    pub components: Vec<u32>,
    pub cause: u32,
}

impl WorkPlan {
    /// The share of time for which it keeps each of its replicas down, as if nothing else did, without what is excluded.
    pub fn share_down(&self) -> f64 {
        let rounds = self.rounds();
        let out = if self.beside || self.excluded { 0.0 } else { mean(&self.takes) };
        let bad = self.bad.as_ref().map_or(0.0, |bad| {
            let lasts = mean(&bad.detected) + mean(&bad.rolled_back);
            if bad.chance.is_zero() { 0.0 } else { bad.chance.value() * lasts }
        });
        if rounds == 0.0 { 0.0 } else { (rounds * (out + bad)).min(1.0) }
    }

    /// True when a batch may be of more than one replica.
    pub fn takes_several(&self) -> bool {
        self.stages.iter().any(|stage| stage.counted.is_none_or(|(_, batch)| batch > 1))
    }

    /// The last stage that may work on a target.
    pub fn last_stage(&self, target: usize) -> usize {
        let stage = self.stages.iter().rposition(|stage| stage.targets.contains(&(target as u32)));
        stage.expect("every target is in a stage")
    }

    /// How often a round comes, in a second.
    pub fn rounds(&self) -> f64 {
        1.0 / mean(&self.every)
    }
}

impl CertificatePlan {
    /// The share of time for which what uses it is down, as if nothing else were.
    pub fn share_down(&self) -> f64 {
        let dates = 1.0 / mean(&self.valid);
        if dates == 0.0 || self.forgotten == 0.0 {
            return 0.0;
        }
        (dates * self.forgotten * mean(&self.renewed)).min(1.0)
    }
}

fn mean(law: &Law) -> f64 {
    law.mean().map_or(f64::INFINITY, Duration::secs)
}

impl Builder<'_> {
    /// Compiles the changes, the maintenance and the certificates of a system whose replicas are placed.
    pub fn planned(&mut self) {
        let system = self.system;
        for (name, change) in &system.changes {
            let number = self.work("change", name, &change.work, &[]);
            let bad = change.bad.clone().filter(|_| system.scenario.random_faults);
            let plan = &mut self.plan.works[number];
            plan.bad = bad.map(|bad| BadRelease { chance: change.chance_of_bad(), ..bad });
            match &change.strategy {
                Strategy::Rolling => {}
                Strategy::Canary { replicas, bake } => plan.canary(*replicas, bake),
                Strategy::BlueGreen => plan.beside = true,
            }
            self.cause("change", name, "update");
            self.cause("change", name, "bad release");
        }
        for (name, maintenance) in &system.maintenance {
            let number = self.work("maintenance", name, &maintenance.work, &maintenance.rejuvenates);
            self.plan.works[number].excluded = !maintenance.counted;
            self.plan.excludes |= !maintenance.counted;
            self.cause("maintenance", name, "");
        }
        for (name, certificate) in &system.certificates {
            let forgotten = if system.scenario.random_faults { certificate.forgotten.value() } else { 0.0 };
            let plan = CertificatePlan {
                name: name.clone(),
                first: certificate.first.clone().unwrap_or_else(|| certificate.valid.clone()),
                valid: certificate.valid.clone(),
                forgotten,
                renewed: certificate.renewed.clone(),
                components: self.of_services(&certificate.scope),
                cause: self.plan.causes.len() as u32,
            };
            self.plan.certificates.push(plan);
            self.cause("certificate", name, "expired");
        }
        self.turn_around();
    }

    /// The components in a scope that services run on: links and switches have no releases.
    fn of_services(&self, scope: &Scope) -> Vec<u32> {
        let plan = &self.plan;
        let runs = |&it: &u32| plan.service_of(&plan.components[it as usize]) != plan.hidden_service;
        self.in_scope(scope).into_iter().filter(runs).collect()
    }

    fn cause(&mut self, kind: &'static str, class: &str, mode: &str) {
        let (class, mode, site) = (class.to_owned(), mode.to_owned(), String::new());
        self.plan.causes.push(CauseClass { kind, class, mode, site });
    }

    fn work(&mut self, kind: &'static str, name: &str, work: &Work, rejuvenates: &[String]) -> usize {
        let mut targets: Vec<Target> = Vec::new();
        for component in self.of_services(&work.scope) {
            let replica = self.plan.components[component as usize].replica;
            if targets.last().is_none_or(|target| target.replica != replica) {
                let (components, breaks, renews) = (Vec::new(), Vec::new(), Vec::new());
                targets.push(Target { replica, components, breaks, renews });
            }
            let breaks = work.error.as_ref().and_then(|error| self.mode_of(component, &error.breaks));
            let renews: Vec<u32> =
                rejuvenates.iter().filter_map(|mode| self.mode_of(component, mode)).collect();
            let target = targets.last_mut().expect("there is one now");
            target.components.push(component);
            target.breaks.extend(breaks);
            target.renews.extend(renews);
        }
        let stages = match &work.batch {
            Batch::Count(batch) => {
                vec![Stage {
                    targets: 0..targets.len() as u32,
                    counted: Some((targets.len() as u32, *batch)),
                    after: None,
                }]
            }
            Batch::All => vec![Stage { targets: 0..targets.len() as u32, counted: None, after: None }],
            Batch::Site(level) => {
                let at = |target: &Target| self.site_of(target, level);
                targets.retain(|target| at(target).is_some());
                stages_by(&mut targets, at)
            }
            Batch::Part => {
                let plan = &self.plan;
                stages_by(&mut targets, |it| plan.part_number(plan.replica_service[it.replica as usize]))
            }
        };
        let error = work.error.as_ref().filter(|_| self.system.scenario.random_faults);
        // A whole part that is out for no time at all would still look like an outage that was over.
        let beside = work.batch == Batch::Part && mean(&work.takes) == 0.0;
        self.plan.works.push(WorkPlan {
            kind,
            name: name.to_owned(),
            every: work.every.clone(),
            hours: (work.hours != Hours::always()).then(|| work.hours.clone()),
            gap: work.gap.clone(),
            takes: work.takes.clone(),
            gated: work.gated,
            targets,
            stages,
            beside,
            error: error.map_or(0.0, |error| error.chance.value()),
            bad: None,
            excluded: false,
            cause: self.plan.causes.len() as u32,
        });
        self.plan.works.len() - 1
    }

    /// The site of a level that a target is at or inside of.
    fn site_of(&self, target: &Target, level: &str) -> Option<u32> {
        let depth = self.system.levels.iter().position(|name| name == level);
        let tree = &self.plan.tree;
        let at = self.plan.components[target.components[0] as usize].site;
        let around = (at != NONE).then(|| tree.around(at)).into_iter().flatten();
        let mut at_level = around.filter(|&site| Some(tree.sites[site as usize].depth) == depth);
        at_level.next()
    }

    /// For each replica, the works that go through it, and as which of their targets.
    fn turn_around(&mut self) {
        if self.plan.works.is_empty() {
            return;
        }
        let mut replica_works = vec![Vec::new(); self.plan.replica_service.len()];
        for (number, work) in (0..).zip(&self.plan.works) {
            for (target, of) in (0..).zip(&work.targets) {
                replica_works[of.replica as usize].push((number, target));
            }
        }
        self.plan.replica_works = replica_works;
    }
}

/// Puts the targets in the order of what they are worked on by, and makes a stage of all that have it in common.
fn stages_by<K: Ord>(targets: &mut [Target], by: impl Fn(&Target) -> K) -> Vec<Stage> {
    targets.sort_by_key(&by);
    let mut stages: Vec<Stage> = Vec::new();
    for together in targets.chunk_by(|a, b| by(a) == by(b)) {
        let start = stages.last().map_or(0, |stage| stage.targets.end);
        stages.push(Stage { targets: start..start + together.len() as u32, counted: None, after: None });
    }
    stages
}

impl WorkPlan {
    /// Puts a stage of a few replicas before the others.
    fn canary(&mut self, replicas: u32, bake: &Law) {
        let all = self.targets.len() as u32;
        if let Some(first) = self.stages.first_mut() {
            first.after = Some(bake.clone());
            if let Some((updates, _)) = &mut first.counted {
                *updates -= replicas.min(*updates);
            }
        }
        self.stages.insert(0, Stage { targets: 0..all, counted: Some((replicas, replicas)), after: None });
    }
}
