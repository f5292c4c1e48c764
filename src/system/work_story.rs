//! Tells what a change or a maintenance does.

use super::model::SystemModel;
use super::work::Tick;
use super::work_state::{Phase, Release};

/// More replicas than this are not named one by one.
const NAMED: usize = 8;

impl SystemModel {
    /// What a work has just done, coming from a phase; nothing where it did nothing.
    pub(super) fn work_story(&self, work: u32, tick: Tick, before: Phase) -> Option<String> {
        let state = &self.works[work as usize];
        let step = match (tick, before, state.phase) {
            // One that is due while the last is under way is left out.
            (Tick::Due, Phase::Idle, Phase::Due) => "due, and waits for its hours",
            (Tick::Due, Phase::Idle, _) | (_, Phase::Due, _) => "begins",
            (Tick::Due, ..) => return None,
            (Tick::Fault, Phase::RollsBack, _) => "rolled back",
            (Tick::Fault, _, Phase::RollsBack) => "the bad release is noticed, and the roll-back begins",
            (Tick::Fault, ..) => "the bad release shows itself",
            (_, _, Phase::Works) => return Some(format!("works on {}", self.worked_on(work))),
            (_, _, Phase::Held) => "the next batch waits for replicas to be up",
            (_, Phase::Bakes, _) => "goes on",
            (_, _, Phase::Bakes) => "the first replicas are done and are watched",
            (_, _, Phase::Idle) => "over",
            (_, _, Phase::Done) => "over, with a release that is bad",
            _ => "a batch is done",
        };
        let broken = self.effect.struck.iter().map(|&mode| self.plan.modes[mode as usize].unit);
        let broken: Vec<String> = broken.map(|unit| self.plan.unit_label(unit)).collect();
        let is_down = before == Phase::Works && state.release == Release::Shown;
        let mut told = step.to_owned();
        if !broken.is_empty() {
            told.push_str(&format!("; an error breaks {}", named(broken)));
        }
        if is_down {
            told.push_str("; what it updated is down");
        }
        Some(told)
    }

    fn worked_on(&self, work: u32) -> String {
        let (plan, state) = (&self.plan.works[work as usize], &self.works[work as usize]);
        let out = state.out.iter().map(|&target| plan.targets[target as usize].replica);
        named(out.map(|replica| self.plan.replica_label(replica)).collect())
    }
}

/// The first of these names, and how many more there are.
fn named(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    names.join(", ")
}
