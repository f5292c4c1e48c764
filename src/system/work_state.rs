//! Where each planned work is.

use super::work_plan::WorkPlan;

/// Where a round is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Phase {
    /// There is none.
    #[default]
    Idle,
    /// It is due and waits for its hours.
    Due,
    /// The time before a stage goes by.
    Bakes,
    /// The time before a batch goes by.
    Gap,
    /// The next batch waits for replicas to be up.
    Held,
    /// A batch is being worked on.
    Works,
    /// All is done; the release is bad and nobody has noticed.
    Done,
    /// The release is being rolled back.
    RollsBack,
}

/// What is known and unknown about a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Release {
    /// There is nothing wrong with it.
    Good,
    /// It is bad, and nothing runs it yet.
    Bad,
    /// Something runs it, and the fault has not shown itself.
    Latent,
    /// Whatever runs it is down.
    Shown,
}

/// What a round has done to a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Mark {
    Old,
    /// Being worked on.
    Out,
    New,
}

/// Whether a component is being worked on. Only a replica that is up is taken, so that one work holds a component at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    Free,
    /// By work whose downtime counts.
    Counted,
    /// By work whose downtime does not.
    Excused,
}

/// A work's state.
#[derive(Clone, Debug)]
pub(super) struct WorkState {
    pub phase: Phase,
    pub release: Release,
    pub stage: u32,
    /// Updates that the stage still has, where it counts them.
    pub left: u32,
    /// For each target.
    pub marks: Vec<Mark>,
    /// How many of its replicas are down; follows from the rest.
    pub down: u32,
}

impl WorkState {
    pub fn new(plan: &WorkPlan) -> WorkState {
        let marks = vec![Mark::Old; plan.targets.len()];
        WorkState { phase: Phase::Idle, release: Release::Good, stage: 0, left: 0, marks, down: 0 }
    }

    /// All that the future depends on.
    pub fn key(&self) -> (Phase, Release, u32, u32, &[Mark]) {
        (self.phase, self.release, self.stage, self.left, &self.marks)
    }
}

impl PartialEq for WorkState {
    fn eq(&self, other: &WorkState) -> bool {
        self.key() == other.key()
    }
}

impl std::hash::Hash for WorkState {
    fn hash<H: std::hash::Hasher>(&self, hasher: &mut H) {
        self.key().hash(hasher);
    }
}
