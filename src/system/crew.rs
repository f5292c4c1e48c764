//! Repairs: at once, by a crew in order of failure or urgency, in one visit, or by a crew that shares itself out.

use std::collections::VecDeque;

use super::Discipline;
use super::model::{Condition, Event, SystemModel};
use super::place::NONE;
use crate::engine::Context;
use crate::units::Span;

/// Who is being repaired by a crew, and who waits for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct CrewState {
    /// Modes under repair, in the order in which their repairs began. What stands still with its site keeps its
    /// place in a crew that does one repair at a time.
    pub active: Vec<u32>,
    /// Modes that wait: the first to fail first, and before that the most urgent where the crew asks.
    pub queue: VecDeque<u32>,
    /// Members who have been called and are on their way.
    pub coming: u32,
    /// Reasons why nobody works: the hour, and what has to be up.
    pub stopped: u8,
}

impl SystemModel {
    /// A failed mode asks for its crew.
    #[inline]
    pub(super) fn ask_crew(&mut self, mode: u32, cx: &mut Context<Event>) {
        let crew = self.plan.modes[mode as usize].crew;
        if crew == NONE {
            return self.begin_repair(mode, cx);
        }
        let plan = self.plan.crews[crew as usize];
        let state = &mut self.crews[crew as usize];
        if plan.discipline == Discipline::Shared {
            // What stands still has no part in the effort until it moves.
            let moves = !self.plan.freezes || !self.stands_still(mode);
            self.crews[crew as usize].active.extend(moves.then_some(mode));
            self.begin_repair(mode, cx);
            self.share_out(crew, cx);
        } else if plan.duty == NONE && state.active.len() < plan.size as usize {
            state.active.push(mode);
            self.begin_repair(mode, cx);
        } else {
            let at = self.place_in_queue(crew, mode, false);
            self.crews[crew as usize].queue.insert(at, mode);
            self.turn_to_work(crew, cx);
        }
    }

    /// How urgent a mode is: the lowest number comes first.
    fn urgency(&self, mode: u32) -> u32 {
        self.rule(mode).map_or(u32::MAX, |rule| rule.priority)
    }

    /// Where a mode belongs in the queue: behind those that are as urgent, or before them if it was called away from.
    fn place_in_queue(&self, crew: u32, mode: u32, goes_on: bool) -> usize {
        let queue = &self.crews[crew as usize].queue;
        if !self.plan.crews[crew as usize].discipline.asks() {
            return if goes_on { 0 } else { queue.len() };
        }
        let own = self.urgency(mode);
        let ahead =
            |&other: &u32| if goes_on { self.urgency(other) < own } else { self.urgency(other) <= own };
        queue.iter().take_while(|other| ahead(other)).count()
    }

    /// Members with nothing to do turn to who waits, and more urgent failures call members away.
    pub(super) fn turn_to_work(&mut self, crew: u32, cx: &mut Context<Event>) {
        let plan = self.plan.crews[crew as usize];
        let comes = plan.duty != NONE && !self.plan.upkeep.duties[plan.duty as usize].responds.is_empty();
        loop {
            let state = &self.crews[crew as usize];
            if state.stopped > 0 || state.queue.is_empty() {
                return;
            }
            let at_work = state.active.len() as u32 + state.coming;
            if !comes && at_work < plan.size {
                self.takes_next(crew, cx);
            } else if let Some(least) = self.least_urgent(crew) {
                self.calls_away(crew, least, cx);
            } else if comes && at_work < plan.size && (state.coming as usize) < state.queue.len() {
                self.calls(crew, cx);
            } else {
                return;
            }
        }
    }

    /// The crew begins the first repair that waits.
    pub(super) fn takes_next(&mut self, crew: u32, cx: &mut Context<Event>) {
        let state = &mut self.crews[crew as usize];
        if let Some(next) = state.queue.pop_front() {
            state.active.push(next);
            self.begin_repair(next, cx);
        }
    }

    /// The repair that a more urgent failure calls away from: the least urgent, and of those the one begun last.
    fn least_urgent(&self, crew: u32) -> Option<u32> {
        let state = &self.crews[crew as usize];
        if self.plan.crews[crew as usize].discipline != Discipline::Preemptive {
            return None;
        }
        let next = self.urgency(*state.queue.front()?);
        let least = state.active.iter().copied().max_by_key(|&mode| self.urgency(mode))?;
        (self.urgency(least) > next).then_some(least)
    }

    fn calls_away(&mut self, crew: u32, from: u32, cx: &mut Context<Event>) {
        self.break_off(from, cx);
        self.crews[crew as usize].active.retain(|&active| active != from);
        self.takes_next(crew, cx);
        let at = self.place_in_queue(crew, from, true);
        self.crews[crew as usize].queue.insert(at, from);
    }

    /// A repair is done. A crew that mends all in one visit has mended whatever else has failed by now.
    #[inline]
    pub(super) fn repair_done(&mut self, mode: u32, cx: &mut Context<Event>) {
        let crew = self.plan.modes[mode as usize].crew;
        if crew == NONE {
            return;
        }
        if self.plan.crews[crew as usize].discipline == Discipline::Batch {
            let rest = std::mem::take(&mut self.crews[crew as usize].queue);
            for also in rest {
                self.crews[crew as usize].active.push(also);
                self.modes[also as usize] = Condition::Repaired;
                cx.set_after(Self::restoration_clock(also), Span::ZERO, Event::Restored(also));
            }
        }
        self.repair_ends(mode, cx);
    }

    /// A repair is over, done or called off: the crew turns to the next.
    #[inline]
    pub(super) fn repair_ends(&mut self, mode: u32, cx: &mut Context<Event>) {
        let crew = self.plan.modes[mode as usize].crew;
        if crew == NONE {
            return;
        }
        let plan = self.plan.crews[crew as usize];
        let state = &mut self.crews[crew as usize];
        state.active.retain(|&active| active != mode);
        if plan.discipline == Discipline::Shared {
            self.share_out(crew, cx);
        } else if state.stopped == 0 && state.active.len() < plan.size as usize {
            // Who is there already need not be called.
            self.takes_next(crew, cx);
        }
    }

    /// A mode that waits for its crew leaves the queue. True where it was in it.
    pub(super) fn withdraw(&mut self, mode: u32) -> bool {
        let crew = self.plan.modes[mode as usize].crew;
        let Some(state) = self.crews.get_mut(crew as usize) else { return false };
        let before = state.queue.len();
        state.queue.retain(|&waiting| waiting != mode);
        state.queue.len() < before
    }

    /// A repair stands still because its component does.
    pub(super) fn pause_repair(&mut self, mode: u32, cx: &mut Context<Event>) {
        cx.set_speed(Self::restoration_clock(mode), 0.0);
        let crew = self.plan.modes[mode as usize].crew;
        if crew != NONE && self.plan.crews[crew as usize].discipline == Discipline::Shared {
            self.crews[crew as usize].active.retain(|&active| active != mode);
            self.share_out(crew, cx);
        }
    }

    /// It goes on.
    pub(super) fn resume_repair(&mut self, mode: u32, cx: &mut Context<Event>) {
        self.retime_restoration(mode, cx);
        let crew = self.plan.modes[mode as usize].crew;
        if crew != NONE && self.plan.crews[crew as usize].discipline == Discipline::Shared {
            self.crews[crew as usize].active.push(mode);
            self.share_out(crew, cx);
        }
    }

    /// Divides a crew's effort equally over its repairs.
    pub(super) fn share_out(&mut self, crew: u32, cx: &mut Context<Event>) {
        for &mode in &self.crews[crew as usize].active {
            self.retime_restoration(mode, cx);
        }
    }
}
