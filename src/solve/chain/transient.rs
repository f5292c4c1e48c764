//! Probabilities at a time, probabilities by a time, and rewards accumulated over a time.

use super::rates::{Chain, ChainError, StateSet, check_length};
use super::uniform::{Evolution, Uniform, dot};

/// How much work a transient solution may be.
///
/// ```
/// use fivenines::solve::chain::Budget;
/// assert!(Budget::default().operations >= 1e9);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Largest number of multiplications; a core does about a billion a second.
    pub operations: f64,
}

impl Default for Budget {
    /// 20 billion multiplications: about half a minute.
    fn default() -> Budget {
        Budget { operations: 2e10 }
    }
}

/// Solutions of one chain at finite times; all times are in seconds from the start.
///
/// Each result has a small error relative to itself, however small it is, as long as it is above about 1e-200.
///
/// ```
/// use fivenines::solve::chain::{Budget, Chain, StateSet, Transient};
/// let (fail, repair) = (1e-3, 1.0);
/// let mut rows = Chain::builder();
/// rows.push([(1, fail)])?;
/// rows.push([(0, repair)])?;
/// let chain = rows.finish([(0, 1.0)])?;
/// let transient = Transient::new(&chain, Budget::default());
/// let down = StateSet::from_fn(2, |state| state == 1);
/// let p = transient.probability_at(&down, 1e6)?;
/// assert!((p / (fail / (fail + repair)) - 1.0).abs() < 1e-12);
/// // Over 10 seconds it fails with probability 1 - exp(-0.01).
/// assert!((transient.probability_by(&down, 10.0)? - 0.009950166250831947).abs() < 1e-16);
/// # Ok::<(), fivenines::solve::chain::ChainError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Transient<'a> {
    chain: &'a Chain,
    budget: Budget,
}

impl<'a> Transient<'a> {
    /// Solutions of a chain, each within a budget.
    pub fn new(chain: &'a Chain, budget: Budget) -> Transient<'a> {
        Transient { chain, budget }
    }

    /// The distribution over the states at a time.
    ///
    /// # Errors
    /// [`ChainError::OverBudget`] if the chain jumps too often by then, [`ChainError::BadTime`]; also below.
    pub fn distribution(&self, time: f64) -> Result<Vec<f64>, ChainError> {
        check_time(time)?;
        let uniform = Uniform::new(self.chain, |_| false);
        Ok(self.evolve(&uniform, self.start(), time, false)?.distribution)
    }

    /// The probability of being in a set at a time.
    pub fn probability_at(&self, set: &StateSet, time: f64) -> Result<f64, ChainError> {
        set.check(self.chain)?;
        Ok(sum_over(&self.distribution(time)?, set))
    }

    /// The expected reward rate at a time, of a non-negative rate for every state.
    pub fn reward_at(&self, reward: &[f64], time: f64) -> Result<f64, ChainError> {
        self.check_reward(reward)?;
        Ok(dot(&self.distribution(time)?, reward))
    }

    /// The probability of having been in a set by a time.
    pub fn probability_by(&self, set: &StateSet, time: f64) -> Result<f64, ChainError> {
        set.check(self.chain)?;
        check_time(time)?;
        let uniform = Uniform::new(self.chain, |state| set.contains(state));
        Ok(sum_over(&self.evolve(&uniform, self.start(), time, false)?.distribution, set))
    }

    /// The expected seconds spent in each state between two times.
    ///
    /// One solution answers for every set of states and every reward.
    pub fn occupancy(&self, from: f64, to: f64) -> Result<Vec<f64>, ChainError> {
        check_time(from)?;
        check_time(to)?;
        if to < from {
            return Err(ChainError::BadTime { seconds: to });
        }
        let uniform = Uniform::new(self.chain, |_| false);
        let at_from = self.evolve(&uniform, self.start(), from, false)?.distribution;
        let on_the_way = self.evolve(&uniform, at_from, to - from, true)?;
        Ok(on_the_way.spent.expect("the time spent was asked for"))
    }

    /// The expected seconds spent in a set between two times.
    pub fn time_in(&self, set: &StateSet, from: f64, to: f64) -> Result<f64, ChainError> {
        set.check(self.chain)?;
        Ok(sum_over(&self.occupancy(from, to)?, set))
    }

    /// The expected reward accumulated between two times, of a non-negative rate per second for every state.
    pub fn reward_over(&self, reward: &[f64], from: f64, to: f64) -> Result<f64, ChainError> {
        self.check_reward(reward)?;
        Ok(dot(&self.occupancy(from, to)?, reward))
    }

    /// The distribution at the end, and where the time was spent, if `spends`.
    fn evolve(
        &self,
        uniform: &Uniform,
        x: Vec<f64>,
        time: f64,
        spends: bool,
    ) -> Result<Evolution, ChainError> {
        if time == 0.0 || uniform.rate == 0.0 {
            let spent = spends.then(|| x.iter().map(|p| p * time).collect());
            return Ok(Evolution { distribution: x, spent });
        }
        uniform.evolve(x, time, spends, self.budget.operations)
    }

    fn start(&self) -> Vec<f64> {
        let mut x = vec![0.0; self.chain.states()];
        for &(state, p) in self.chain.initial() {
            x[state as usize] = p;
        }
        x
    }

    fn check_reward(&self, reward: &[f64]) -> Result<(), ChainError> {
        check_length(reward.len(), self.chain)?;
        match reward.iter().position(|r| !(*r >= 0.0 && r.is_finite())) {
            Some(state) => Err(ChainError::BadNumber { state: state as u32, value: reward[state] }),
            None => Ok(()),
        }
    }
}

fn check_time(seconds: f64) -> Result<(), ChainError> {
    if seconds >= 0.0 && seconds.is_finite() { Ok(()) } else { Err(ChainError::BadTime { seconds }) }
}

fn sum_over(distribution: &[f64], set: &StateSet) -> f64 {
    set.members().map(|state| distribution[state as usize]).sum()
}
