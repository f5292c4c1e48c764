//! Replacement at an age: what is replaced before it fails, because it is old.

use serde::Serialize;

use super::Mode;
use super::compile::Builder;
use super::model::{Condition, Event, SystemModel};
use super::place::NONE;
use crate::engine::{Class, Clock, Clocks, Context};
use crate::random::Law;

/// Preventive replacement (IEC 60050-192: preventive maintenance) by age: at failure or at an age, whichever comes first;
/// Barlow and Proschan, *Mathematical theory of reliability*, 1965, chapter 4. It pays where failures come from wear, and
/// only there.
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::{Mode, Preventive};
/// use fivenines::units::Duration;
///
/// let years = |years| Law::constant(Duration::years(years));
/// let hour = || Law::constant(Duration::hours(1.0));
/// let wear = Mode::new("weibull(shape 3, mean 6y)".parse().unwrap(), hour());
/// assert!(wear.preventive(Preventive::new(years(4.0), hour())).preventive.is_some());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Preventive {
    /// Time from the start, from a restoration or from the last replacement to the next, if it has not failed before.
    pub age: Law,
    /// How long the replacement takes, for which the component is down. It asks for no crew and uses up no spare.
    pub takes: Law,
}

impl Preventive {
    /// Replacement at this age, which takes so long.
    pub fn new(age: Law, takes: Law) -> Preventive {
        Preventive { age, takes }
    }
}

impl Mode {
    /// Replaces what has not failed at an age.
    #[must_use]
    pub fn preventive(mut self, preventive: Preventive) -> Mode {
        self.preventive = Some(preventive);
        self
    }
}

/// A mode of which there is a replacement at an age, compiled.
#[derive(Clone, Copy, Debug)]
pub(super) struct PreventivePlan {
    pub mode: u32,
    /// The class of the time for which replacements keep something down.
    pub cause: u32,
}

impl Builder<'_> {
    /// The number of the replacement at an age of the mode that is compiled next. Its class is that of the mode's failures,
    /// but for the name.
    pub fn preventive(&mut self, mode: &Mode) -> u32 {
        if mode.preventive.is_none() {
            return NONE;
        }
        let number = self.plan.modes.len() as u32;
        let preventives = &mut self.plan.upkeep.preventives;
        preventives.push(PreventivePlan { mode: number, cause: NONE });
        preventives.len() as u32 - 1
    }
}

impl SystemModel {
    pub(super) fn age_clocks(&self, clocks: &mut Clocks) {
        for preventive in &self.plan.upkeep.preventives {
            let unit = self.plan.modes[preventive.mode as usize].unit;
            let name = self.plan.unit_name(unit).child(self.plan.mode_name(preventive.mode));
            clocks.clock(name.child("age"), Class::Control);
        }
    }

    fn preventive_of(&self, mode: u32) -> u32 {
        let care = self.plan.modes[mode as usize].care;
        self.plan.upkeep.cares.get(care as usize).map_or(NONE, |care| care.preventive)
    }

    /// The clock of a mode's age, if it is replaced at one.
    pub(super) fn age_clock(&self, mode: u32) -> Option<Clock> {
        let number = self.preventive_of(mode);
        (number != NONE).then(|| self.plan.blocks.ages.clock(number))
    }

    fn preventive(&self, mode: u32) -> Option<&Preventive> {
        self.rule(mode)?.preventive.as_ref()
    }

    /// A mode is as new.
    pub(super) fn set_age(&self, mode: u32, cx: &mut Context<Event>) {
        if let (Some(clock), Some(preventive)) = (self.age_clock(mode), self.preventive(mode)) {
            cx.set(clock, &preventive.age, Event::Ages(mode));
        }
    }

    /// What stands still does not age.
    pub(super) fn retime_age(&self, mode: u32, cx: &mut Context<Event>) {
        if let Some(clock) = self.age_clock(mode) {
            cx.set_speed(clock, if self.stands_still(mode) { 0.0 } else { 1.0 });
        }
    }

    /// It has failed before its age.
    pub(super) fn stop_age(&self, mode: u32, cx: &mut Context<Event>) {
        if let Some(clock) = self.age_clock(mode) {
            cx.cancel(clock);
        }
    }

    /// A mode has reached its age: its component is down until it is replaced.
    pub(super) fn ages(&mut self, mode: u32, cx: &mut Context<Event>) {
        cx.cancel(Self::failure_clock(mode));
        self.modes[mode as usize] = Condition::Renewed;
        if let Some(preventive) = self.preventive(mode) {
            cx.set(Self::restoration_clock(mode), &preventive.takes, Event::Restored(mode));
        }
        self.failure_shows(mode, cx);
    }

    /// The class of what a mode that is not at work is waiting for.
    pub(super) fn cause_of(&self, mode: u32) -> u32 {
        match self.modes[mode as usize] {
            Condition::Renewed => self.plan.upkeep.preventives[self.preventive_of(mode) as usize].cause,
            _ => self.plan.modes[mode as usize].cause,
        }
    }
}
