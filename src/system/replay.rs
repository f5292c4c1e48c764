//! Traces at work: which component plays which node of a log, and from when.

use std::collections::BTreeMap;

use super::compile::Builder;
use super::model::{Event, SystemModel};
use super::trace::{Replay, Trace};
use super::{Mode, Modes};
use crate::engine::{Clocks, Context};
use crate::random::{Law, Name};
use crate::units::Span;

/// What downtime that a log says is booked to: `node logged`.
pub(super) const LOGGED: &str = "logged";

/// A compiled trace.
#[derive(Clone, Debug)]
pub(super) struct TracePlan {
    pub name: String,
    pub trace: Trace,
}

/// A component's mode that is played and not drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReplayPlan {
    pub mode: u32,
    pub trace: u32,
}

impl Builder<'_> {
    /// The mode in which a kind of component fails when its node of a log does. It has no laws.
    pub fn logged(&self, kind: &str) -> Modes {
        let plays = self.system.components[kind].trace.is_some();
        plays.then(|| (LOGGED.to_owned(), Mode::new(Law::Never, Law::Never))).into_iter().collect()
    }

    /// Says that the last mode is played.
    pub fn replayed(&mut self, kind: &str) {
        let Some(name) = &self.system.components[kind].trace else { return };
        if !self.system.scenario.random_faults {
            // A script alone: the log is silent too.
            return;
        }
        let trace = self.plan.traces.iter().position(|trace| trace.name == *name);
        let trace = trace.expect("a checked system names its traces") as u32;
        let mode = self.plan.modes.len() as u32 - 1;
        self.plan.modes[mode as usize].replay = self.plan.replays.len() as u32;
        self.plan.replays.push(ReplayPlan { mode, trace });
    }
}

impl SystemModel {
    /// A trace that is played and the kind of component that plays it: why there is no exact solution.
    pub fn played(&self) -> Option<(&str, &str)> {
        let replay = self.plan.replays.first()?;
        let component = self.plan.modes[replay.mode as usize].unit - self.plan.places;
        let kind = self.plan.components[component as usize].kind;
        Some((&self.plan.traces[replay.trace as usize].name, &self.plan.kinds[kind as usize].name))
    }

    /// Declares the luck of each trace.
    pub(super) fn trace_sources(&self, clocks: &mut Clocks) {
        for trace in &self.plan.traces {
            clocks.source(Name::new("trace").child(&trace.name).child("nodes"));
        }
    }

    /// Draws an instant of each log and a node for each component that plays it.
    pub(super) fn start_traces(&mut self, cx: &mut Context<Event>) {
        let plan = self.plan.clone();
        self.replays = vec![Replay::default(); plan.replays.len()];
        for (number, TracePlan { trace, .. }) in (0..).zip(&plan.traces) {
            let mut players = plan.replays.iter().zip(&mut self.replays).filter(|it| it.0.trace == number);
            let Some(leader) = players.next() else { continue };
            let source = plan.blocks.traces.source(number);
            let instant = cx.number(source, trace.window().as_micros());
            let mut nodes = Nodes::new(trace.nodes() as u64);
            for (plan, replay) in std::iter::once(leader).chain(players) {
                let node = nodes.draw(|count| cx.number(source, count));
                if let Some((begun, wait)) = trace.enter(node as u32, instant) {
                    *replay = begun;
                    cx.set_after(Self::failure_clock(plan.mode), wait, Event::Fails(plan.mode));
                }
            }
        }
    }

    /// A logged outage has begun: sets its end.
    #[cold]
    pub(super) fn logged_down(&mut self, replay: u32, cx: &mut Context<Event>) {
        let (mode, span) = self.moves_on(replay, Trace::rest);
        cx.set_after(Self::restoration_clock(mode), span, Event::Restored(mode));
    }

    /// A logged outage has ended: sets the next.
    #[cold]
    pub(super) fn logged_up(&mut self, replay: u32, cx: &mut Context<Event>) {
        let (mode, span) = self.moves_on(replay, Trace::pause);
        cx.set_after(Self::failure_clock(mode), span, Event::Fails(mode));
    }

    fn moves_on(&mut self, replay: u32, step: impl FnOnce(&Trace, &mut Replay) -> Span) -> (u32, Span) {
        let plan = self.plan.replays[replay as usize];
        let trace = &self.plan.traces[plan.trace as usize].trace;
        (plan.mode, step(trace, &mut self.replays[replay as usize]))
    }
}

/// Nodes drawn without putting back: the first cards of a shuffled pack (Fisher and Yates 1938; Durstenfeld 1964), of
/// which only those are kept that have moved.
struct Nodes {
    left: u64,
    moved: BTreeMap<u64, u64>,
}

impl Nodes {
    fn new(count: u64) -> Nodes {
        Nodes { left: count, moved: BTreeMap::new() }
    }

    fn draw(&mut self, number: impl FnOnce(u64) -> u64) -> u64 {
        assert!(self.left > 0, "a checked system has no more players than its trace has nodes");
        let place = number(self.left);
        self.left -= 1;
        let last = self.moved.remove(&self.left).unwrap_or(self.left);
        if place == self.left {
            return last;
        }
        self.moved.insert(place, last).unwrap_or(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_is_drawn_once() {
        for step in 0..7 {
            let mut nodes = Nodes::new(50);
            let mut drawn: Vec<u64> =
                (0..50).map(|round| nodes.draw(|count| (round * step + step) % count)).collect();
            drawn.sort_unstable();
            assert_eq!(drawn, (0..50).collect::<Vec<u64>>());
        }
    }
}
