//! Repairs: at once, by a crew in order of failure, or by a crew that shares itself out.

use std::collections::VecDeque;

use super::model::{Condition, Event, SystemModel};
use super::place::NONE;
use crate::engine::Context;

/// Who is being repaired by a crew, and who waits for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct CrewState {
    /// Modes under repair, in the order in which their repairs began. What stands still with its site keeps its
    /// place in a crew that does one repair at a time.
    pub active: Vec<u32>,
    /// Modes that wait, the first to fail first.
    pub queue: VecDeque<u32>,
}

impl SystemModel {
    /// A failed mode asks for its repair.
    #[inline]
    pub(super) fn request_repair(&mut self, mode: u32, cx: &mut Context<Event>) {
        let crew = self.plan.modes[mode as usize].crew;
        if crew == NONE {
            return self.begin_repair(mode, cx);
        }
        let plan = self.plan.crews[crew as usize];
        let state = &mut self.crews[crew as usize];
        if plan.shared {
            state.active.push(mode);
            self.begin_repair(mode, cx);
            self.share_out(crew, cx);
        } else if state.active.len() < plan.size as usize {
            state.active.push(mode);
            self.begin_repair(mode, cx);
        } else {
            state.queue.push_back(mode);
        }
    }

    #[inline]
    fn begin_repair(&mut self, mode: u32, cx: &mut Context<Event>) {
        self.modes[mode as usize] = Condition::Repaired;
        cx.set(Self::restoration_clock(mode), &self.plan.law(mode).restored, Event::Restored(mode));
        if self.plan.freezes && self.stands_still(mode) {
            // Its turn has come while it stands still: the crew waits beside it.
            cx.set_speed(Self::restoration_clock(mode), 0.0);
        }
    }

    /// A repair is over, done or called off: the crew turns to the next.
    #[inline]
    pub(super) fn repair_ends(&mut self, mode: u32, cx: &mut Context<Event>) {
        let crew = self.plan.modes[mode as usize].crew;
        if crew == NONE {
            return;
        }
        let state = &mut self.crews[crew as usize];
        state.active.retain(|&active| active != mode);
        if self.plan.crews[crew as usize].shared {
            self.share_out(crew, cx);
        } else if let Some(next) = state.queue.pop_front() {
            state.active.push(next);
            self.begin_repair(next, cx);
        }
    }

    /// A mode that waits for its crew leaves the queue.
    pub(super) fn withdraw(&mut self, mode: u32) {
        let crew = self.plan.modes[mode as usize].crew;
        if crew != NONE {
            self.crews[crew as usize].queue.retain(|&waiting| waiting != mode);
        }
    }

    /// A repair stands still because its component does.
    pub(super) fn pause_repair(&mut self, mode: u32, cx: &mut Context<Event>) {
        cx.set_speed(Self::restoration_clock(mode), 0.0);
        let crew = self.plan.modes[mode as usize].crew;
        if crew != NONE && self.plan.crews[crew as usize].shared {
            self.crews[crew as usize].active.retain(|&active| active != mode);
            self.share_out(crew, cx);
        }
    }

    /// It goes on.
    pub(super) fn resume_repair(&mut self, mode: u32, cx: &mut Context<Event>) {
        cx.set_speed(Self::restoration_clock(mode), 1.0);
        let crew = self.plan.modes[mode as usize].crew;
        if crew != NONE && self.plan.crews[crew as usize].shared {
            self.crews[crew as usize].active.push(mode);
            self.share_out(crew, cx);
        }
    }

    /// Divides a crew's effort equally over its repairs.
    fn share_out(&mut self, crew: u32, cx: &mut Context<Event>) {
        let active = &self.crews[crew as usize].active;
        let speed = (f64::from(self.plan.crews[crew as usize].size) / active.len() as f64).min(1.0);
        active.iter().for_each(|&mode| cx.set_speed(Self::restoration_clock(mode), speed));
    }
}
