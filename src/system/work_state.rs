//! Where each planned work is.

use super::ranked::Ranked;
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
    /// It is not there: its service scales.
    Off,
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
    /// Those that a batch may take, untouched by this round and touched: all that are up, or that need not be. Follows from
    /// the rest, as all below does; so that drawing a batch is no walk over the targets.
    pub old: Ranked,
    pub new: Ranked,
    /// Those that are being worked on, in order.
    pub out: Vec<u32>,
    /// How many of its replicas are down.
    pub down: u32,
}

impl WorkState {
    pub fn new(plan: &WorkPlan) -> WorkState {
        let marks = vec![Mark::Old; plan.targets.len()];
        let (old, new) = takeable(&marks, |_| true);
        let (phase, release, out) = (Phase::Idle, Release::Good, Vec::new());
        WorkState { phase, release, stage: 0, left: 0, marks, old, new, out, down: 0 }
    }

    /// Counts again what may be taken, after marks were changed all at once.
    pub fn recount(&mut self, can_be_taken: impl Fn(u32) -> bool) {
        (self.old, self.new) = takeable(&self.marks, can_be_taken);
        let is_out = |target: &u32| self.marks[*target as usize] == Mark::Out;
        self.out = (0..self.marks.len() as u32).filter(is_out).collect();
    }

    /// Marks a target that may be taken as being worked on.
    pub fn take(&mut self, target: u32) {
        self.old.remove(target);
        self.new.remove(target);
        self.marks[target as usize] = Mark::Out;
    }

    /// A target's replica went down, or came up.
    pub fn flips(&mut self, target: u32, is_down: bool, beside: bool) {
        self.down = if is_down { self.down + 1 } else { self.down - 1 };
        if beside {
            return;
        }
        let set = match self.marks[target as usize] {
            Mark::Old => &mut self.old,
            Mark::New => &mut self.new,
            Mark::Out => return,
        };
        if is_down { set.remove(target) } else { set.insert(target) }
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

/// Targets that a batch may take, untouched and touched.
fn takeable(marks: &[Mark], can_be_taken: impl Fn(u32) -> bool) -> (Ranked, Ranked) {
    let with = |mark| Ranked::new(marks.len(), |it| marks[it as usize] == mark && can_be_taken(it));
    (with(Mark::Old), with(Mark::New))
}
