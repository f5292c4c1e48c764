//! Cascades: a failure that strikes others at the same instant.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Mode;
use super::compile::Builder;
use super::model::{Event, SystemModel};
use super::place::NONE;
use super::plan::Plan;
use crate::engine::{Clocks, Context};
use crate::random::Name;
use crate::units::Probability;

/// What a failure does to others: each is struck at that instant with some chance, by itself. What is struck does not
/// strike on, and a failure by a shock or in a crash of a site strikes nobody.
///
/// ```
/// use fivenines::system::{Cascade, Mode};
/// use fivenines::random::Law;
/// use fivenines::units::Duration;
///
/// let fire = Mode::new(Law::exponential(Duration::years(50.0)), Law::constant(Duration::days(3.0)))
///     .cascade(Cascade::new("10%".parse().unwrap()).among("rack"));
/// assert_eq!(fire.cascade.unwrap().among.as_deref(), Some("rack"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cascade {
    /// The chance of each of the others to be struck.
    pub each: Probability,
    /// The failure mode in which they fail; the same one, where it does not say. What has no such mode is spared.
    pub fails: Option<String>,
    /// The level in whose site the others are; without one they are those of the same service.
    pub among: Option<String>,
}

impl Cascade {
    /// One that strikes others of the same service, in the same mode.
    pub fn new(each: Probability) -> Cascade {
        Cascade { each, fails: None, among: None }
    }

    /// Makes what is struck fail in another mode.
    #[must_use]
    pub fn fails(mut self, mode: &str) -> Cascade {
        self.fails = Some(mode.to_owned());
        self
    }

    /// Strikes what is in the same site of a level, of whatever service.
    #[must_use]
    pub fn among(mut self, level: &str) -> Cascade {
        self.among = Some(level.to_owned());
        self
    }
}

impl Mode {
    /// Makes its failures strike others.
    #[must_use]
    pub fn cascade(mut self, cascade: Cascade) -> Mode {
        self.cascade = Some(cascade);
        self
    }
}

/// The cascades of one mode of a kind of component, in one service or at one site.
#[derive(Clone, Debug)]
pub(super) struct CascadePlan {
    pub each: f64,
    /// The modes in which others may fail, in order; the one whose failure strikes is among them where it has that mode.
    pub targets: Vec<u32>,
    /// What its luck is named after.
    segments: Vec<String>,
}

/// All cascades, and which of them a mode's failure sets off.
#[derive(Clone, Debug, Default)]
pub(super) struct Cascades {
    pub plans: Vec<CascadePlan>,
    /// For each mode, the number of its cascade or [`NONE`]; empty where no mode has one.
    of_mode: Vec<u32>,
}

impl Cascades {
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.of_mode.is_empty()
    }

    /// The cascade that a mode's failure sets off.
    pub fn of(&self, mode: u32) -> Option<u32> {
        self.of_mode.get(mode as usize).copied().filter(|&cascade| cascade != NONE)
    }
}

impl Builder<'_> {
    /// Makes the cascades of components' modes.
    pub fn cascades(&mut self) {
        let kinds = self.system.components.values();
        if !kinds.flat_map(|kind| kind.modes.values()).any(|mode| mode.cascade.is_some()) {
            return;
        }
        let mut of_mode = vec![NONE; self.plan.modes.len()];
        let mut known: BTreeMap<Vec<String>, u32> = BTreeMap::new();
        for component in 0..self.plan.components.len() as u32 {
            let kind = self.plan.components[component as usize].kind;
            let kind = &self.plan.kinds[kind as usize].name;
            for (mode, (name, description)) in
                self.plan.modes_of(self.plan.places + component).zip(&self.system.components[kind].modes)
            {
                let Some(cascade) = &description.cascade else { continue };
                let Some(group) = self.group(component, cascade) else { continue };
                let segments =
                    group.iter().chain([kind, name, &"cascade".to_owned()]).cloned().collect::<Vec<_>>();
                let next = self.plan.cascades.plans.len() as u32;
                let number = *known.entry(segments.clone()).or_insert(next);
                if number == next {
                    let fails = cascade.fails.as_deref().unwrap_or(name);
                    let others = self.grouped(&group).into_iter();
                    let targets = others.filter_map(|other| self.mode_of(other, fails)).collect();
                    let each = cascade.each.value();
                    self.plan.cascades.plans.push(CascadePlan { each, targets, segments });
                }
                of_mode[mode as usize] = number;
            }
        }
        self.plan.cascades.of_mode = of_mode;
    }

    /// Among whom a component's failure strikes, as a name: its service, or the site of a level that it is at or in.
    fn group(&self, component: u32, cascade: &Cascade) -> Option<[String; 2]> {
        let plan = &self.plan;
        let it = &plan.components[component as usize];
        let Some(level) = &cascade.among else {
            return Some(["service".into(), plan.services[plan.service_of(it) as usize].name.clone()]);
        };
        let depth = self.system.levels.iter().position(|name| name == level);
        let site =
            plan.tree.around(it.site).find(|&site| Some(plan.tree.sites[site as usize].depth) == depth)?;
        Some(["site".into(), plan.tree.sites[site as usize].path.clone()])
    }

    /// The components of a group, in order.
    fn grouped(&self, [kind, name]: &[String; 2]) -> Vec<u32> {
        let plan = &self.plan;
        if kind == "service" {
            let service = plan.services.iter().find(|service| service.name == *name);
            return service.map_or(Vec::new(), |service| service.components().collect());
        }
        let site = plan.tree.sites.iter().position(|site| site.path == *name).expect("a group's site") as u32;
        let mut inside = plan.located[plan.inside(site)].to_vec();
        inside.sort_unstable();
        inside
    }
}

impl Plan {
    /// Adds to each mode's rate how often the failures of others strike it, in a second, while all work.
    pub fn add_cascade_rates(&self, rates: &mut [f64]) {
        let alone =
            |mode: u32| 1.0 / self.law(mode).fails.mean().map_or(f64::INFINITY, crate::units::Duration::secs);
        let mut totals = vec![0.0; self.cascades.plans.len()];
        let origins =
            || (0..self.modes.len() as u32).filter_map(|mode| Some((mode, self.cascades.of(mode)?)));
        origins().for_each(|(mode, cascade)| totals[cascade as usize] += alone(mode));
        for (cascade, total) in self.cascades.plans.iter().zip(totals) {
            cascade.targets.iter().for_each(|&target| rates[target as usize] += cascade.each * total);
        }
        // Nothing strikes itself.
        for (mode, cascade) in origins() {
            let (cascade, unit) = (&self.cascades.plans[cascade as usize], self.modes[mode as usize].unit);
            let own = cascade.targets.binary_search_by_key(&unit, |&target| self.modes[target as usize].unit);
            if let Ok(own) = own {
                rates[cascade.targets[own] as usize] -= cascade.each * alone(mode);
            }
        }
    }
}

impl SystemModel {
    /// A source for each cascade.
    pub(super) fn cascade_sources(&self, clocks: &mut Clocks) {
        for cascade in &self.plan.cascades.plans {
            let (first, rest) = cascade.segments.split_first().expect("a cascade has a name");
            clocks.source(rest.iter().fold(Name::new(first), |name, segment| name.child(segment)));
        }
    }

    /// True where a mode's failure may strike others.
    pub(super) fn sets_off(&self, mode: u32) -> bool {
        self.plan.cascades.of(mode).is_some()
    }

    /// A mode has failed by itself: strikes the others that its failure may strike.
    #[cold]
    pub(super) fn cascades(&mut self, mode: u32, cx: &mut Context<Event>) {
        self.effect.struck.clear();
        let Some(number) = self.plan.cascades.of(mode) else { return };
        let plan = self.plan.clone();
        let (cascade, unit) = (&plan.cascades.plans[number as usize], plan.modes[mode as usize].unit);
        let source = plan.blocks.cascades.source(number);
        for &target in cascade.targets.iter().filter(|&&target| plan.modes[target as usize].unit != unit) {
            self.may_be_hit(target, cascade.each, source, cx);
        }
    }
}
