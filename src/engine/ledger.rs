//! The context of exploration: clocks are written down instead of run, and choices follow a script.

use std::collections::VecDeque;
use std::sync::OnceLock;

use super::Clock;
use crate::random::{Law, PhaseType};
use crate::units::{Instant, Span};

/// A pending firing as the explorer sees it: an exponential stage of a clock or message.
///
/// ```
/// use fivenines::engine::{Clock, Run};
///
/// let run = Run { clock: Some(Clock::from_index(3)), law: 0, stage: 0, speed: 1.0, event: () };
/// assert_eq!(run.clock.map(Clock::index), Some(3));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Run<E> {
    /// The clock, or `None` for a message.
    pub clock: Option<Clock>,
    /// Number of the law in the ledger's table.
    pub law: u32,
    /// The exponential stage that the law is in.
    pub stage: u32,
    /// How fast it runs down.
    pub speed: f64,
    /// What fires in the end.
    pub event: E,
}

/// The pending firings of a state, clocks in order of declaration, messages behind them.
pub type Runs<E> = Vec<Run<E>>;

/// Why a model has no exact solution.
///
/// ```
/// use fivenines::engine::Refusal;
///
/// assert_eq!(Refusal::ReadsTime.to_string(), "what the model does depends on the time of day it reads");
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// A clock has a law that is not a network of exponential stages.
    #[error("clock {} runs by `{law}`, which is neither exponential nor made of exponential stages", clock.map_or(0, Clock::index))]
    NotMarkovian {
        /// The clock, or `None` for a message.
        clock: Option<Clock>,
        /// The law as it was written.
        law: String,
    },
    /// The model asked what time it is.
    #[error("what the model does depends on the time of day it reads")]
    ReadsTime,
    /// The model drew one of more numbers than there can be branches.
    #[error("what the model does depends on a number drawn from very many")]
    Countless,
    /// Events without delay set each other off without end.
    #[error("events without delay follow each other without end")]
    NeverSettles,
}

/// One path through one event: the pending firings and the branches taken.
#[derive(Clone, Debug)]
pub struct Ledger<E> {
    runs: Runs<E>,
    /// Events for the present instant, in the order set.
    lane: VecDeque<(Option<Clock>, E)>,
    /// The branches to take: which, of how many.
    script: Vec<(usize, usize)>,
    cursor: usize,
    probability: f64,
    laws: Vec<(Law, Option<PhaseType>)>,
    refusal: Option<Refusal>,
    read_time: OnceLock<()>,
}

impl<E: Clone> Ledger<E> {
    pub(super) fn new() -> Ledger<E> {
        Ledger {
            runs: Vec::new(),
            lane: VecDeque::new(),
            script: Vec::new(),
            cursor: 0,
            probability: 1.0,
            laws: Vec::new(),
            refusal: None,
            read_time: OnceLock::new(),
        }
    }

    /// Starts a path from these pending firings. Branches beyond the script take their first way.
    pub fn open(&mut self, runs: &Runs<E>) {
        self.runs.clone_from(runs);
        self.lane.clear();
        self.cursor = 0;
        self.probability = 1.0;
    }

    /// Forgets the script: the next path takes every first branch.
    pub fn rewind(&mut self) {
        self.script.clear();
    }

    /// Moves the script on to the next path. False when all have been taken.
    pub fn advance(&mut self) -> bool {
        self.script.truncate(self.cursor);
        while let Some((taken, count)) = self.script.pop() {
            if taken + 1 < count {
                self.script.push((taken + 1, count));
                return true;
            }
        }
        false
    }

    /// The probability of the branches taken on this path.
    pub fn probability(&self) -> f64 {
        self.probability
    }

    /// Takes a firing off the ledger, to be handed to the model.
    pub fn take(&mut self, index: usize) -> E {
        self.runs.remove(index).event
    }

    /// Moves a firing on to its law's next stage.
    pub fn step(&mut self, index: usize, stage: usize) {
        self.runs[index].stage = stage as u32;
    }

    /// The next event for the present instant.
    pub fn immediate(&mut self) -> Option<E> {
        self.lane.pop_front().map(|(_, event)| event)
    }

    /// The pending firings at the end of a path.
    pub fn runs_mut(&mut self) -> &mut Runs<E> {
        &mut self.runs
    }

    /// The stages of a law in the table.
    pub fn phases(&self, law: u32) -> &PhaseType {
        self.laws[law as usize].1.as_ref().expect("a pending law has stages")
    }

    /// Why the model has no exact solution, if that has come up.
    pub fn refusal(&self) -> Option<Refusal> {
        self.refusal.clone().or(self.read_time.get().map(|()| Refusal::ReadsTime))
    }

    /// Says that events without delay do not end.
    pub fn never_settles(&mut self) {
        self.refusal.get_or_insert(Refusal::NeverSettles);
    }

    pub(super) fn now(&self) -> Instant {
        let _ = self.read_time.set(());
        Instant::START
    }

    pub(super) fn set(&mut self, clock: Clock, law: &Law, event: E) {
        self.cancel(clock);
        if law.is_never() {
            return;
        }
        if is_instant(law) {
            self.lane.push_back((Some(clock), event));
            return;
        }
        if let Some(run) = self.begin(Some(clock), law, event) {
            let index = self.runs.partition_point(|other| other.clock.is_some_and(|other| other < clock));
            self.runs.insert(index, run);
        }
    }

    pub(super) fn set_after(&mut self, clock: Clock, span: Span, event: E) {
        self.cancel(clock);
        if span == Span::ZERO {
            self.lane.push_back((Some(clock), event));
        } else if !span.is_forever() {
            self.refuse(Some(clock), format!("constant({} s)", span.as_secs_f64()));
        }
    }

    pub(super) fn cancel(&mut self, clock: Clock) -> bool {
        if let Some(index) = self.lane.iter().position(|entry| entry.0 == Some(clock)) {
            self.lane.remove(index);
            return true;
        }
        match self.find(clock) {
            Some(index) => {
                self.runs.remove(index);
                true
            }
            None => false,
        }
    }

    pub(super) fn is_set(&self, clock: Clock) -> bool {
        self.find(clock).is_some() || self.lane.iter().any(|entry| entry.0 == Some(clock))
    }

    pub(super) fn set_speed(&mut self, clock: Clock, factor: f64) {
        if let Some(index) = self.find(clock) {
            self.runs[index].speed = factor;
        } else if factor == 0.0 && self.is_set(clock) {
            self.refuse(Some(clock), "constant(0 s) at speed 0".to_owned());
        }
    }

    pub(super) fn send(&mut self, law: &Law, event: E) {
        if law.is_never() {
            return;
        }
        if is_instant(law) {
            self.lane.push_back((None, event));
        } else if let Some(run) = self.begin(None, law, event) {
            self.runs.push(run);
        }
    }

    pub(super) fn send_after(&mut self, span: Span, event: E) {
        if span == Span::ZERO {
            self.lane.push_back((None, event));
        } else if !span.is_forever() {
            self.refuse(None, format!("constant({} s)", span.as_secs_f64()));
        }
    }

    pub(super) fn branch(&mut self, shares: &[f64]) -> usize {
        if self.cursor == self.script.len() {
            self.script.push((0, shares.len()));
        }
        let (mut taken, count) = self.script[self.cursor];
        // A branch of probability zero is not a path: the script skips it.
        while shares[taken] == 0.0 && taken + 1 < count {
            taken += 1;
            self.script[self.cursor].0 = taken;
        }
        self.cursor += 1;
        self.probability *= shares[taken];
        taken
    }

    pub(super) fn countless(&mut self) -> u64 {
        self.refusal.get_or_insert(Refusal::Countless);
        0
    }

    fn begin(&mut self, clock: Option<Clock>, law: &Law, event: E) -> Option<Run<E>> {
        let number = match self.laws.iter().position(|(known, _)| known == law) {
            Some(number) => number,
            None => {
                self.laws.push((law.clone(), law.phases()));
                self.laws.len() - 1
            }
        };
        let Some(phases) = &self.laws[number].1 else {
            self.refuse(clock, law.to_string());
            return None;
        };
        let start = match phases.start[..] {
            [(_, stage)] => stage,
            _ => {
                let (shares, stages): (Vec<f64>, Vec<usize>) = phases.start.iter().copied().unzip();
                stages[self.branch(&shares)]
            }
        };
        if self.phases(number as u32).stages[start].rate.is_infinite() {
            self.lane.push_back((clock, event));
            return None;
        }
        Some(Run { clock, law: number as u32, stage: start as u32, speed: 1.0, event })
    }

    fn refuse(&mut self, clock: Option<Clock>, law: String) {
        self.refusal.get_or_insert(Refusal::NotMarkovian { clock, law });
    }

    fn find(&self, clock: Clock) -> Option<usize> {
        let index = self.runs.partition_point(|other| other.clock.is_some_and(|other| other < clock));
        self.runs.get(index).is_some_and(|run| run.clock == Some(clock)).then_some(index)
    }
}

fn is_instant(law: &Law) -> bool {
    matches!(law, Law::Constant(_)) && law.mean().is_some_and(|mean| mean.is_zero())
}
