//! Phase-type form of a law: exponential stages, one after the other.

use crate::random::math::pow;

/// A law as a walk through exponential stages, which is what a Markov chain can hold.
///
/// A start stage is drawn with the probabilities in `start`, which add up to 1; each stage takes an exponential time
/// and then goes on to the next, or the whole ends. (The acyclic phase-type laws in series form; Neuts 1981,
/// *Matrix-Geometric Solutions in Stochastic Models*, chapter 2.)
///
/// ```
/// use fivenines::random::Law;
///
/// let law: Law = "erlang(stages 2, mean 4h)".parse().unwrap();
/// let phases = law.phases().unwrap();
/// assert_eq!(phases.start, [(1.0, 0)]);
/// assert_eq!(phases.stages.len(), 2);
/// assert_eq!(phases.stages[0].next, Some(1));
/// assert_eq!(phases.stages[1].next, None);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PhaseType {
    /// Where to start, and with what probability.
    pub start: Vec<(f64, usize)>,
    /// The stages.
    pub stages: Vec<Stage>,
}

/// One exponential stage of a [`PhaseType`].
///
/// ```
/// use fivenines::random::Stage;
///
/// let last = Stage { rate: 0.5, next: None };
/// assert_eq!(last.next, None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    /// Rate of leaving it, per second; infinite for one that takes no time.
    pub rate: f64,
    /// The stage that follows; nothing where the law ends.
    pub next: Option<usize>,
}

impl PhaseType {
    /// Stages one after the other.
    pub(super) fn series(rates: impl ExactSizeIterator<Item = f64>) -> PhaseType {
        let last = rates.len() - 1;
        let stage = |(at, rate)| Stage { rate, next: (at < last).then_some(at + 1) };
        PhaseType { start: vec![(1.0, 0)], stages: rates.enumerate().map(stage).collect() }
    }

    /// One of several, each with its probability.
    pub(super) fn choice(branches: impl Iterator<Item = (f64, PhaseType)>) -> PhaseType {
        let mut whole = PhaseType { start: Vec::new(), stages: Vec::new() };
        for (weight, branch) in branches {
            let offset = whole.stages.len();
            whole.start.extend(branch.start.iter().map(|(chance, at)| (weight * chance, at + offset)));
            let moved = |stage: &Stage| Stage { rate: stage.rate, next: stage.next.map(|at| at + offset) };
            whole.stages.extend(branch.stages.iter().map(moved));
        }
        whole
    }

    /// The mean in seconds.
    pub fn mean(&self) -> f64 {
        self.moments().0
    }

    /// The variance in square seconds.
    pub fn variance(&self) -> f64 {
        let (mean, second) = self.moments();
        second - mean * mean
    }

    fn moments(&self) -> (f64, f64) {
        // Within one branch times add, so means and variances do.
        self.start.iter().fold((0.0, 0.0), |(first, second), &(chance, start)| {
            let (mut mean, mut variance, mut at) = (0.0, 0.0, Some(start));
            while let Some(stage) = at.map(|at| self.stages[at]) {
                mean += 1.0 / stage.rate;
                variance += pow(stage.rate, -2.0);
                at = stage.next;
            }
            (first + chance * mean, second + chance * (variance + mean * mean))
        })
    }
}
