//! How a process is held: its closed form against the explored chain, and the simulation's mean around it.

use std::hash::Hash;

use fivenines::engine::{Model, Simulator};
use fivenines::solve::{Limits, Markov};
use fivenines::units::{Duration, Instant};

/// A mean over trials and its standard error.
#[derive(Clone, Copy, Debug)]
pub struct Mean {
    pub value: f64,
    pub error: f64,
}

impl Mean {
    pub fn of(values: &[f64]) -> Mean {
        let n = values.len() as f64;
        let value = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|x| (x - value) * (x - value)).sum();
        Mean { value, error: (squares / (n - 1.0) / n).sqrt() }
    }

    /// Panics unless the exact value is within five standard errors. With `Trials` of 25 or more a right simulation
    /// fails this once in 20,000 seeds (Student's t, 24 degrees of freedom), and the seeds are fixed; a value that is
    /// wrong by ten standard errors passes as rarely.
    #[track_caller]
    pub fn holds(self, exact: f64, what: &str) {
        let apart = (self.value - exact).abs();
        assert!(apart <= 5.0 * self.error + 1e-12, "{what}: simulated {self:?}, exactly {exact}");
    }
}

/// How much to simulate.
#[derive(Clone, Copy)]
pub struct Trials {
    pub count: u64,
    pub seconds: f64,
}

impl Trials {
    pub fn end(self) -> Instant {
        Instant::START + Duration::seconds(self.seconds).span()
    }

    /// The mean of each measure's time average.
    pub fn play<M: Model>(self, model: M) -> Vec<Mean> {
        let mut simulator = Simulator::new(model, 1);
        let count = simulator.model().measures().len();
        let levels: Vec<_> = (0..self.count).map(|trial| simulator.levels(trial, self.end())).collect();
        (0..count).map(|m| Mean::of(&levels.iter().map(|l| l.mean(m)).collect::<Vec<_>>())).collect()
    }
}

/// The long-run average of each measure, from the explored chain.
pub fn steady<M>(model: M) -> Vec<f64>
where
    M: Model + Eq + Hash,
    M::Event: Ord + Hash,
{
    let measures = model.measures().len();
    let exact = Markov::explore(model, Limits::BRIEF).expect("the process is a small chain");
    let steady = exact.steady().expect("the chain has a steady state");
    (0..measures).map(|m| steady.mean(|state| exact.levels(m)[state as usize])).collect()
}

/// Holds a closed form, measure by measure, against the chain to eleven digits and against simulation.
#[track_caller]
pub fn all<M>(model: M, closed: &[f64], trials: Trials)
where
    M: Model + Eq + Hash,
    M::Event: Ord + Hash,
{
    let chain = steady(model.clone());
    let played = trials.play(model);
    assert_eq!((closed.len(), closed.len()), (chain.len(), played.len()));
    for (measure, &value) in closed.iter().enumerate() {
        let exact = chain[measure];
        assert!(
            (exact - value).abs() <= 1e-11 * value,
            "measure {measure}: chain {exact}, closed form {value}"
        );
        played[measure].holds(value, &format!("measure {measure}"));
    }
}

/// Steady state of a birth-death process from its rates up and down (Kleinrock, *Queueing Systems* 1, section 3.1).
pub fn birth_death(up: impl Fn(u32) -> f64, down: impl Fn(u32) -> f64, last: u32) -> Vec<f64> {
    let mut weights = vec![1.0];
    for state in 0..last {
        weights.push(weights[state as usize] * up(state) / down(state + 1));
    }
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / total).collect()
}
