//! Planned work under way: rounds go through their replicas batch by batch, and bad releases show, are noticed and are
//! rolled back.

use std::sync::Arc;

use super::model::{Condition, Event, SystemModel};
use super::ranked::Ranked;
use super::work_plan::{Stage, Target, WorkPlan};
use super::work_state::{Hold, Mark, Phase, Release, WorkState};
use crate::engine::{Class, Clock, Clocks, Context, Source};
use crate::random::{Law, Name};
use crate::units::Duration;

/// Which of a work's three clocks fires.
///
/// ```
/// use fivenines::system::{Event, Tick};
///
/// assert_ne!(Event::Work(0, Tick::Due), Event::Work(0, Tick::Step));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tick {
    /// A round is due.
    Due,
    /// The next step of a round: hours begin, a gap or a bake is over, a batch is done.
    Step,
    /// The next step of a bad release: it shows, it is noticed, it is rolled back.
    Fault,
}

/// What a work's choices are drawn for.
#[derive(Clone, Copy)]
enum Draw {
    Release,
    Batch,
    Error,
}

impl WorkPlan {
    /// True when a replica is out of service while it is worked on.
    fn takes_out(&self) -> bool {
        !self.beside
    }
}

impl SystemModel {
    fn work_clock(&self, work: u32, tick: Tick) -> Clock {
        self.plan.blocks.works.clock(3 * work + tick as u32)
    }

    fn work_source(&self, work: u32, draw: Draw) -> Source {
        self.plan.blocks.works.source(3 * work + draw as u32)
    }

    /// Three clocks and three sources for each work.
    pub(super) fn work_clocks(&self, clocks: &mut Clocks) {
        for work in &self.plan.works {
            let name = Name::new(work.kind).child(&work.name);
            clocks.clock(name.child("due"), Class::Control);
            clocks.clock(name.child("step"), Class::Control);
            clocks.clock(name.child("fault"), Class::Control);
            for draw in ["release", "batch", "error"] {
                clocks.source(name.child(draw));
            }
        }
    }

    /// What people call one of the clocks, by its number among them.
    pub(super) fn work_label(&self, number: u32) -> String {
        let work = &self.plan.works[number as usize / 3];
        let what = ["the time to the next", "a step of the", "the fault of the"][number as usize % 3];
        format!("{what} {} `{}`", work.kind, work.name)
    }

    pub(super) fn start_works(&mut self, cx: &mut Context<Event>) {
        for (number, work) in (0..).zip(&self.plan.works) {
            cx.set(self.work_clock(number, Tick::Due), &work.every, Event::Work(number, Tick::Due));
        }
    }

    pub(super) fn work_moves(&mut self, work: u32, tick: Tick, cx: &mut Context<Event>) {
        self.effect.struck.clear();
        match tick {
            Tick::Due => self.work_is_due(work, cx),
            Tick::Step => match self.works[work as usize].phase {
                Phase::Due => self.round_begins(work, cx),
                Phase::Bakes => self.gap_begins(work, cx),
                Phase::Gap => self.batch_begins(work, cx),
                Phase::Works => self.batch_ends(work, cx),
                Phase::Idle | Phase::Held | Phase::Done | Phase::RollsBack => {
                    unreachable!("no step is under way in these phases")
                }
            },
            Tick::Fault => match (self.works[work as usize].phase, self.works[work as usize].release) {
                (Phase::RollsBack, _) => self.rolled_back(work, cx),
                (_, Release::Latent) => self.fault_shows(work, cx),
                _ => self.fault_noticed(work, cx),
            },
        }
    }

    fn set_step(&self, work: u32, law: &Law, cx: &mut Context<Event>) {
        cx.set(self.work_clock(work, Tick::Step), law, Event::Work(work, Tick::Step));
    }

    fn work_is_due(&mut self, work: u32, cx: &mut Context<Event>) {
        let plan = Arc::clone(&self.plan);
        let plan = &plan.works[work as usize];
        cx.set(self.work_clock(work, Tick::Due), &plan.every, Event::Work(work, Tick::Due));
        if self.works[work as usize].phase != Phase::Idle {
            return;
        }
        // Only hours make it ask for the time, which the exact solver does not know.
        let opens = plan.hours.as_ref().and_then(|hours| {
            let now = cx.now();
            let opens = hours.next_change(now).filter(|_| !hours.contains(now))?;
            Some(opens - now)
        });
        match opens {
            Some(wait) => {
                self.works[work as usize].phase = Phase::Due;
                cx.set_after(self.work_clock(work, Tick::Step), wait, Event::Work(work, Tick::Step));
            }
            None => self.round_begins(work, cx),
        }
    }

    fn round_begins(&mut self, work: u32, cx: &mut Context<Event>) {
        let chance = self.plan.works[work as usize].bad.as_ref().map_or(0.0, |bad| bad.chance.value());
        let is_bad = chance > 0.0 && cx.chance(self.work_source(work, Draw::Release), chance);
        self.works[work as usize].release = if is_bad { Release::Bad } else { Release::Good };
        self.stage_begins(work, 0, cx);
    }

    fn stage_begins(&mut self, work: u32, stage: u32, cx: &mut Context<Event>) {
        let plan = Arc::clone(&self.plan);
        let this = &plan.works[work as usize].stages[stage as usize];
        let state = &mut self.works[work as usize];
        state.stage = stage;
        state.left = this.counted.map_or(0, |(updates, _)| updates);
        match &this.after {
            Some(law) => {
                state.phase = Phase::Bakes;
                self.set_step(work, law, cx);
            }
            None => self.gap_begins(work, cx),
        }
    }

    fn gap_begins(&mut self, work: u32, cx: &mut Context<Event>) {
        if self.plan.works[work as usize].gap == Law::constant(Duration::ZERO) {
            // In the same event, so that a service is not up between two batches for no time, and counts as one outage.
            return self.batch_begins(work, cx);
        }
        self.works[work as usize].phase = Phase::Gap;
        self.set_step(work, &self.plan.works[work as usize].gap, cx);
    }

    /// True when the next batch has nothing to wait for.
    fn may_begin(&self, work: u32) -> bool {
        let (plan, state) = (&self.plan.works[work as usize], &self.works[work as usize]);
        if plan.gated && state.down > 0 {
            return false;
        }
        if plan.beside {
            return true;
        }
        let stage = &plan.stages[state.stage as usize];
        state.old.within(&stage.targets) > 0
            || stage.counted.is_some() && state.new.within(&stage.targets) > 0
    }

    fn batch_begins(&mut self, work: u32, cx: &mut Context<Event>) {
        let plan = Arc::clone(&self.plan);
        let plan = &plan.works[work as usize];
        let state = &self.works[work as usize];
        let stage = &plan.stages[state.stage as usize];
        let is_done = match stage.counted {
            Some(_) => state.left == 0,
            None => stage.targets.clone().all(|target| state.marks[target as usize] != Mark::Old),
        };
        if is_done {
            return self.stage_ends(work, cx);
        }
        if !self.may_begin(work) {
            self.works[work as usize].phase = Phase::Held;
            return;
        }
        self.works[work as usize].phase = Phase::Works;
        self.draw(work, stage, cx);
        for number in 0..self.works[work as usize].out.len() {
            let target = self.works[work as usize].out[number];
            if plan.takes_out() {
                self.take_out(&plan.targets[target as usize], plan.excluded, cx);
            }
        }
        self.set_step(work, &plan.takes, cx);
    }

    /// Takes a batch, each that it may take as likely: those that this round has not worked on, and behind them the others,
    /// where updates are counted.
    fn draw(&mut self, work: u32, stage: &Stage, cx: &mut Context<Event>) {
        let source = self.work_source(work, Draw::Batch);
        let state = &mut self.works[work as usize];
        let (old, range) = (state.old.within(&stage.targets), &stage.targets);
        let size = stage.counted.map_or(old, |(_, batch)| batch.min(state.left));
        let mut draw = |state: &mut WorkState, from: fn(&WorkState) -> &Ranked, size: u32| {
            let all = from(state).within(range);
            let count = size.min(all);
            for drawn in 0..count {
                // All of them are no choice.
                let rank = if count == all { 0 } else { cx.pick(source, (all - drawn) as usize) as u32 };
                let target = from(state).at(range, rank);
                state.take(target);
                state.out.push(target);
            }
            size - count
        };
        let rest = draw(state, |state| &state.old, size);
        if stage.counted.is_some() {
            draw(state, |state| &state.new, rest);
        }
        // In order, so that what happens to them does not depend on the order drawn.
        state.out.sort_unstable();
        state.left -= state.left.min(state.out.len() as u32);
    }

    fn take_out(&mut self, target: &Target, excluded: bool, cx: &mut Context<Event>) {
        let service = self.plan.replica_service[target.replica as usize];
        for &component in &target.components {
            self.held[component as usize] = if excluded { Hold::Excused } else { Hold::Counted };
            self.excused += u32::from(excluded);
            self.retime_component(component, cx);
            self.component_loses(component, service);
        }
    }

    fn give_back(&mut self, target: &Target, excluded: bool, cx: &mut Context<Event>) {
        let service = self.plan.replica_service[target.replica as usize];
        for &component in &target.components {
            self.held[component as usize] = Hold::Free;
            self.excused -= u32::from(excluded);
            self.retime_component(component, cx);
            self.component_gains(component, service);
        }
    }

    fn batch_ends(&mut self, work: u32, cx: &mut Context<Event>) {
        let plan = Arc::clone(&self.plan);
        let plan = &plan.works[work as usize];
        self.effect.cause = plan.cause;
        self.runs_first(work, plan, cx);
        let shown = self.works[work as usize].release == Release::Shown;
        for number in std::mem::take(&mut self.works[work as usize].out) {
            let target = &plan.targets[number as usize];
            self.is_updated(work, plan, number);
            // What breaks does so before it is given back: a replica that is broken was never up in between.
            self.renew(target, cx);
            if plan.error > 0.0 && cx.chance(self.work_source(work, Draw::Error), plan.error) {
                self.slip(&target.breaks, cx);
            }
            if shown {
                self.bad_loses(target);
            }
            if plan.takes_out() {
                self.give_back(target, plan.excluded, cx);
            }
        }
        let state = &self.works[work as usize];
        let counted = plan.stages[state.stage as usize].counted.is_some();
        if counted && state.left > 0 { self.gap_begins(work, cx) } else { self.stage_ends(work, cx) }
    }

    /// A target has had its turn.
    fn is_updated(&mut self, work: u32, plan: &WorkPlan, target: u32) {
        let can_be_taken = self.can_be_taken(plan, target);
        let state = &mut self.works[work as usize];
        state.marks[target as usize] = Mark::New;
        if can_be_taken {
            state.new.insert(target);
        }
    }

    /// True when a batch may take a target, as far as its replica goes.
    fn can_be_taken(&self, plan: &WorkPlan, target: u32) -> bool {
        plan.beside || self.replica_down[plan.targets[target as usize].replica as usize] == 0
    }

    /// Counts again what each work's batches may take.
    pub(super) fn recount_work(&mut self, work: u32) {
        let plan = &self.plan.works[work as usize];
        let replica_down = &self.replica_down;
        let is_up = |target: u32| replica_down[plan.targets[target as usize].replica as usize] == 0;
        self.works[work as usize].recount(|target| plan.beside || is_up(target));
    }

    /// Something is about to run a release for the first time. One that is bad and shows it at once does so before it serves,
    /// so that no service is up for no time.
    fn runs_first(&mut self, work: u32, plan: &WorkPlan, cx: &mut Context<Event>) {
        let Some(bad) = plan.bad.as_ref().filter(|_| self.works[work as usize].release == Release::Bad)
        else {
            return;
        };
        let at_once = bad.shows_after == Law::constant(Duration::ZERO);
        let (release, law) =
            if at_once { (Release::Shown, &bad.detected) } else { (Release::Latent, &bad.shows_after) };
        self.works[work as usize].release = release;
        cx.set(self.work_clock(work, Tick::Fault), law, Event::Work(work, Tick::Fault));
    }

    /// An error makes these modes fail, where they work.
    pub(super) fn slip(&mut self, modes: &[u32], cx: &mut Context<Event>) {
        for &mode in modes {
            if self.modes[mode as usize] == Condition::Works {
                cx.cancel(Self::failure_clock(mode));
                self.effect.struck.push(mode);
                self.fails(mode, cx);
            }
        }
    }

    /// The age of what is renewed begins anew.
    fn renew(&mut self, target: &Target, cx: &mut Context<Event>) {
        for &mode in &target.renews {
            if self.modes[mode as usize] == Condition::Works {
                self.set_failure(mode, cx);
            }
        }
    }

    fn stage_ends(&mut self, work: u32, cx: &mut Context<Event>) {
        let next = self.works[work as usize].stage + 1;
        if (next as usize) < self.plan.works[work as usize].stages.len() {
            self.stage_begins(work, next, cx);
        } else if matches!(self.works[work as usize].release, Release::Latent | Release::Shown) {
            self.works[work as usize].phase = Phase::Done;
        } else {
            self.round_ends(work);
        }
    }

    fn round_ends(&mut self, work: u32) {
        let state = &mut self.works[work as usize];
        (state.phase, state.release, state.stage, state.left) = (Phase::Idle, Release::Good, 0, 0);
        state.marks.fill(Mark::Old);
        self.recount_work(work);
    }

    fn bad_loses(&mut self, target: &Target) {
        let service = self.plan.replica_service[target.replica as usize];
        target.components.iter().for_each(|&component| self.component_loses(component, service));
    }

    fn fault_shows(&mut self, work: u32, cx: &mut Context<Event>) {
        let plan = Arc::clone(&self.plan);
        let plan = &plan.works[work as usize];
        self.works[work as usize].release = Release::Shown;
        for (number, target) in plan.targets.iter().enumerate() {
            if self.works[work as usize].marks[number] == Mark::New {
                self.bad_loses(target);
            }
        }
        let bad = plan.bad.as_ref().expect("a bad release can be bad");
        cx.set(self.work_clock(work, Tick::Fault), &bad.detected, Event::Work(work, Tick::Fault));
    }

    fn fault_noticed(&mut self, work: u32, cx: &mut Context<Event>) {
        cx.cancel(self.work_clock(work, Tick::Step));
        self.works[work as usize].phase = Phase::RollsBack;
        let bad = self.plan.works[work as usize].bad.as_ref().expect("a bad release can be bad");
        cx.set(self.work_clock(work, Tick::Fault), &bad.rolled_back, Event::Work(work, Tick::Fault));
    }

    /// The old version serves everywhere: what was updated is back, and so is what was being updated.
    fn rolled_back(&mut self, work: u32, cx: &mut Context<Event>) {
        let plan = Arc::clone(&self.plan);
        let plan = &plan.works[work as usize];
        self.effect.cause = plan.cause + 1;
        for (number, target) in plan.targets.iter().enumerate() {
            match self.works[work as usize].marks[number] {
                Mark::Old => {}
                Mark::Out if plan.takes_out() => self.give_back(target, plan.excluded, cx),
                Mark::Out => {}
                Mark::New => {
                    let service = self.plan.replica_service[target.replica as usize];
                    target.components.iter().for_each(|&it| self.component_gains(it, service));
                }
            }
        }
        self.round_ends(work);
    }

    /// A replica went down or came up: the works that go through it count it, and may have waited for it.
    pub(super) fn replica_flips(&mut self, replica: u32, is_down: bool) {
        for index in 0..self.plan.replica_works[replica as usize].len() {
            let (work, target) = self.plan.replica_works[replica as usize][index];
            let state = &mut self.works[work as usize];
            state.flips(target, is_down, self.plan.works[work as usize].beside);
            if state.phase == Phase::Held && !self.effect.waiting.contains(&work) {
                self.effect.waiting.push(work);
            }
        }
    }

    /// A batch that waits begins, after its gap, when there is nothing to wait for any more.
    pub(super) fn look_at_work(&mut self, work: u32, cx: &mut Context<Event>) {
        if self.works[work as usize].phase == Phase::Held && self.may_begin(work) {
            self.gap_begins(work, cx);
        }
    }

    /// True while a component is being worked on.
    #[inline]
    pub(super) fn is_held(&self, component: u32) -> bool {
        self.held.get(component as usize).is_some_and(|&hold| hold != Hold::Free)
    }

    /// Classes of the work that keeps a component down right now.
    pub(super) fn work_causes(&self, component: u32, causes: &mut Vec<u32>) {
        let replica = self.plan.components[component as usize].replica;
        let works = self.plan.replica_works.get(replica as usize).into_iter().flatten();
        for &(work, target) in works {
            let (plan, state) = (&self.plan.works[work as usize], &self.works[work as usize]);
            if !plan.targets[target as usize].components.contains(&component) {
                continue;
            }
            match state.marks[target as usize] {
                Mark::Out if plan.takes_out() => causes.push(plan.cause),
                Mark::New if state.release == Release::Shown => causes.push(plan.cause + 1),
                _ => {}
            }
        }
    }
}
