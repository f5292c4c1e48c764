//! Shocks at work: what a strike hits.

use super::burst::BurstPlan;
use super::model::{Condition, Event, SystemModel};
use super::plan::OutagePlan;
use crate::engine::{Class, Clock, Clocks, Context, Source};
use crate::random::{Law, Name};

/// A compiled shock.
#[derive(Clone, Debug)]
pub(super) struct ShockPlan {
    pub name: String,
    pub strikes: Law,
    /// The chance of each to be hit.
    pub each: f64,
    /// The modes in which it makes components fail, in groups of which a strike hits one.
    pub groups: Vec<Vec<u32>>,
    /// How many it hits, and which, where not each has a chance of its own.
    pub burst: Option<BurstPlan>,
    /// What else it hits.
    pub also: Vec<HitPlan>,
    /// The clock on which it is noticed, by its number among those of spreading, and the law.
    pub noticed: Option<(u32, Law)>,
    /// What its luck is named after: a shock, or a service's common cause.
    pub segments: Vec<String>,
}

/// Something else that a shock hits.
#[derive(Clone, Debug)]
pub(super) struct HitPlan {
    pub modes: Vec<u32>,
    pub chance: f64,
    pub each: f64,
    /// The clock on which it is hit later, by its number among those of spreading, and the law.
    pub after: Option<(u32, Law)>,
}

/// What a clock of spreading is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct SpreadPlan {
    pub shock: u32,
    /// Which of what it also hits is hit now; nothing where the shock is noticed.
    pub hit: Option<u32>,
}

impl ShockPlan {
    /// The name of its luck.
    pub fn luck(&self) -> Name {
        let (first, rest) = self.segments.split_first().expect("a shock has a name");
        rest.iter().fold(Name::new(first), |name, segment| name.child(segment))
    }

    /// Modes in which it makes components fail, and how often in a second while they work, if nobody notices. Of a burst's
    /// components each is taken to be hit as often as the others of its group.
    pub fn rates(&self) -> impl Iterator<Item = (u32, f64)> {
        let mean = self.strikes.mean().map_or(f64::INFINITY, crate::units::Duration::secs);
        let groups = self.groups.iter().enumerate().flat_map(move |(number, group)| {
            let each =
                self.burst.as_ref().map_or(self.each, |burst| burst.mean_size(number) / group.len() as f64);
            let rate = each / (mean * self.groups.len() as f64);
            group.iter().map(move |&mode| (mode, rate))
        });
        let also = self.also.iter().flat_map(move |hit| {
            let rate = hit.chance * hit.each / mean;
            hit.modes.iter().map(move |&mode| (mode, rate))
        });
        groups.chain(also)
    }

    /// All modes in which it may make components fail.
    pub fn modes(&self) -> impl Iterator<Item = &u32> {
        self.groups.iter().flatten().chain(self.also.iter().flat_map(|hit| &hit.modes))
    }
}

impl SystemModel {
    pub(super) fn shock_clock(&self, shock: u32) -> Clock {
        self.plan.blocks.shocks.clock(shock)
    }

    /// A shock strikes: what it hits fails, and the next strike is set.
    pub(super) fn strikes(&mut self, shock: u32, cx: &mut Context<Event>) {
        let plan = self.plan.clone();
        let plan = &plan.shocks[shock as usize];
        let source = self.plan.blocks.shocks.source(shock);
        cx.set(self.shock_clock(shock), &plan.strikes, Event::Strikes(shock));
        let group = match plan.groups.len() {
            0 => None,
            1 => Some(0),
            several => Some(cx.pick(source, several)),
        };
        match group {
            Some(group) if plan.burst.is_some() => {
                for place in self.drawn(plan, group, source, cx) {
                    self.may_be_hit_by(plan, plan.groups[group][place as usize], 1.0, source, cx);
                }
            }
            Some(group) => {
                let group = plan.groups[group].iter();
                group.for_each(|&mode| self.may_be_hit_by(plan, mode, plan.each, source, cx));
            }
            None => {}
        }
        for hit in &plan.also {
            if hit.chance == 1.0 || cx.chance(source, hit.chance) {
                self.also_hits(plan, hit, source, cx);
            }
        }
        if let Some((number, noticed)) = &plan.noticed {
            let spreads = &self.plan.blocks.spreads;
            let under_way = plan.also.iter().filter_map(|hit| hit.after.as_ref());
            let mut under_way = under_way.map(|(later, _)| cx.is_set(spreads.clock(*later)));
            // A strike that did nothing is nothing to notice.
            let does_something = !self.effect.struck.is_empty() || under_way.any(|set| set);
            if does_something && !cx.is_set(spreads.clock(*number)) {
                cx.set(spreads.clock(*number), noticed, Event::Spreads(*number));
            }
        }
    }

    /// Hits what a strike has reached, now or later. A second strike does not wait behind the first.
    fn also_hits(&mut self, plan: &ShockPlan, hit: &HitPlan, source: Source, cx: &mut Context<Event>) {
        let Some((number, after)) = &hit.after else {
            return hit.modes.iter().for_each(|&mode| self.may_be_hit_by(plan, mode, hit.each, source, cx));
        };
        let spreads = self.plan.blocks.spreads;
        if !cx.is_set(spreads.clock(*number)) {
            cx.set(spreads.clock(*number), after, Event::Spreads(*number));
        }
    }

    /// What a shock did reaches something else, or is noticed before it does.
    pub(super) fn spreads(&mut self, number: u32, cx: &mut Context<Event>) {
        let plan = self.plan.clone();
        let SpreadPlan { shock, hit } = plan.spreads[number as usize];
        let (shock, source) = (&plan.shocks[shock as usize], plan.blocks.shocks.source(shock));
        match hit {
            Some(hit) => {
                let hit = &shock.also[hit as usize];
                hit.modes.iter().for_each(|&mode| self.may_be_hit_by(shock, mode, hit.each, source, cx));
            }
            None => self.is_noticed(shock, cx),
        }
    }

    /// Somebody notices what a shock did: it reaches nothing more, and repairs are asked for.
    fn is_noticed(&mut self, shock: &ShockPlan, cx: &mut Context<Event>) {
        for (later, _) in shock.also.iter().filter_map(|hit| hit.after.as_ref()) {
            cx.cancel(self.plan.blocks.spreads.clock(*later));
        }
        let mut unknown: Vec<u32> = shock.modes().copied().collect();
        unknown.retain(|&mode| self.modes[mode as usize] == Condition::Unfound);
        unknown.sort_unstable();
        unknown.dedup();
        unknown.into_iter().for_each(|mode| self.find(mode, cx));
    }

    /// Clocks on which shocks spread and are noticed.
    pub(super) fn spread_clocks(&self, clocks: &mut Clocks) {
        for spread in &self.plan.spreads {
            let name = self.plan.shocks[spread.shock as usize].luck();
            match spread.hit {
                Some(hit) => clocks.clock(name.child("spreads").at(hit as usize), Class::Fault),
                None => clocks.clock(name.child("noticed"), Class::Control),
            };
        }
    }

    /// What people call one of those clocks, by its number among them.
    pub(super) fn spread_label(&self, number: u32) -> String {
        let spread = self.plan.spreads[number as usize];
        let name = &self.plan.shocks[spread.shock as usize].name;
        match spread.hit {
            Some(_) => format!("the time until {name} reaches what it hits later"),
            None => format!("the time until {name} is noticed"),
        }
    }

    /// A mode fails with this chance, if it can, by a shock of which somebody may have to take notice first.
    fn may_be_hit_by(
        &mut self,
        shock: &ShockPlan,
        mode: u32,
        each: f64,
        source: Source,
        cx: &mut Context<Event>,
    ) {
        if self.is_hit(mode, each, source, cx) {
            match shock.noticed {
                Some(_) => self.fails_unknown(mode, cx),
                None => self.fails(mode, cx),
            }
        }
    }

    /// A mode fails with this chance, if it can.
    pub(super) fn may_be_hit(&mut self, mode: u32, each: f64, source: Source, cx: &mut Context<Event>) {
        if self.is_hit(mode, each, source, cx) {
            self.fails(mode, cx);
        }
    }

    /// True when a mode that works is hit, with this chance. It has yet to fail.
    fn is_hit(&mut self, mode: u32, each: f64, source: Source, cx: &mut Context<Event>) -> bool {
        // Whether something is hit that cannot fail makes no difference, and would make states for the exact solver.
        let hit = self.can_be_hit(mode) && (each == 1.0 || cx.chance(source, each));
        if hit {
            cx.cancel(Self::failure_clock(mode));
            self.effect.struck.push(mode);
        }
        hit
    }

    /// True while the mode's component works in this respect and does not stand still.
    pub(super) fn can_be_hit(&self, mode: u32) -> bool {
        let component = self.plan.modes[mode as usize].unit - self.plan.places;
        let kind = self.plan.components[component as usize].kind;
        let moves = self.blocked[component as usize] == 0
            || self.plan.kinds[kind as usize].outage == OutagePlan::Unreachable;
        moves && !self.is_held(component) && self.modes[mode as usize] == Condition::Works
    }
}
