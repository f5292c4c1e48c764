//! Uniformization: a chain's distribution at a time as a Poisson mixture of a jump chain's.
//!
//! The jump chain steps at the largest rate of leaving any state (Jensen 1953; Grassmann 1977). Every term is positive, so
//! small probabilities keep their relative accuracy. Time is walked in stretches of growing length, each starting from
//! the distribution that the last one ended with. Where the distribution has settled between two stretches, up to a
//! leak into absorbing states at a constant rate, the rest of the time follows in closed form (a guarded version of
//! the steady-state detection of Malhotra, Muppala and Trivedi 1994).

use crate::random::math::{exp, exp_m1};

use super::csr::Csr;
use super::doubling;
use super::poisson::Poisson;
use super::rates::{Chain, ChainError};

/// Largest error, relative to each probability, that settling early may cause.
const SETTLED: f64 = 1e-12;
/// Poisson weights below this share of the largest are neglected.
const CUT: f64 = 1e-40;
/// The same for the first stretch, where states many jumps away get their first, tiny probabilities.
const CUT_FIRST: f64 = 1e-200;
/// Mean number of jumps in the first stretch.
const JUMPS_FIRST: f64 = 64.0;
/// The longest stretch, limited by the memory for its weights and the rounding errors of a walk.
const JUMPS_MAX: f64 = 67_108_864.0;
/// A walk of so many times its budget is not begun: it would have to settle within a few hundredths of the time.
const HOPE: f64 = 25.0;
/// Probabilities below this are set to zero: on many processors arithmetic near the end of the range is slow.
const FLUSH: f64 = 1e-290;
/// Probabilities below this need not have settled.
const NEGLIGIBLE: f64 = 1e-200;
/// Steps between corrections of the total probability, which rounding lets drift.
const STEPS_PER_NORMALIZATION: usize = 256;

/// A chain prepared for stepping, with some states made absorbing.
#[derive(Debug)]
pub(super) struct Uniform {
    /// Rates into each state from the states that are left at all.
    pub(super) inflow: Csr,
    /// Rates out of each state; zero where absorbing.
    pub(super) outflow: Vec<f64>,
    /// The largest of them.
    pub(super) rate: f64,
    /// Jump probabilities, same places as `inflow`.
    jump: Vec<f64>,
    /// Probability of staying in a jump.
    stay: Vec<f64>,
}

/// What became of a distribution.
#[derive(Clone, Debug)]
pub(super) struct Evolution {
    /// The distribution at the end.
    pub(super) distribution: Vec<f64>,
    /// Seconds spent in each state on the way; nothing where nobody asked.
    pub(super) spent: Option<Vec<f64>>,
}

impl Uniform {
    /// Prepares a chain, leaving the states that `absorbing` admits without a way out.
    pub(super) fn new(chain: &Chain, absorbing: impl Fn(u32) -> bool) -> Uniform {
        let mut kept = Csr::new();
        let mut outflow = Vec::with_capacity(chain.states());
        for state in 0..chain.states() as u32 {
            if !absorbing(state) {
                chain.row(state).for_each(|(to, rate)| kept.entry(to, rate));
            }
            kept.end_row();
            outflow.push(kept.row_sum(state as usize));
        }
        let inflow = kept.transposed();
        let rate = outflow.iter().fold(0.0, |a: f64, &b| a.max(b));
        let jump = inflow.value.iter().map(|v| v / rate).collect();
        let stay = outflow.iter().map(|out| if rate > 0.0 { (rate - out) / rate } else { 1.0 }).collect();
        Uniform { inflow, outflow, rate, jump, stay }
    }

    /// The distribution after `time` from `x`, and where that time was spent, if `spends`.
    pub(super) fn evolve(
        &self,
        x: Vec<f64>,
        time: f64,
        spends: bool,
        budget: f64,
    ) -> Result<Evolution, ChainError> {
        let jumps = self.rate * time;
        let step_cost = (self.jump.len() + 2 * self.stay.len()) as f64;
        if doubling::cost(self.stay.len(), jumps) < jumps * step_cost {
            return Ok(doubling::evolve(self, x, time, spends));
        }
        if jumps * step_cost > HOPE * budget {
            return Err(ChainError::OverBudget { needed: jumps * step_cost, budget });
        }
        self.walk(x, time, spends, budget, step_cost).map(|(evolution, _)| evolution)
    }

    /// The same, by stepping; also tells how many steps it took.
    fn walk(
        &self,
        mut x: Vec<f64>,
        time: f64,
        spends: bool,
        budget: f64,
        step_cost: f64,
    ) -> Result<(Evolution, u64), ChainError> {
        let (mut done, mut steps) = (0.0, 0u64);
        let mut spent = spends.then(|| vec![0.0; x.len()]);
        let mut stretch = JUMPS_FIRST / self.rate;
        let mut cut = CUT_FIRST;
        loop {
            let left = time - done;
            let last = stretch >= left;
            let length = if last { left } else { stretch };
            let poisson = Poisson::new(self.rate * length, cut);
            let count = (poisson.left + poisson.weight.len()) as u64;
            if (steps + count) as f64 * step_cost > budget {
                return Err(ChainError::OverBudget { needed: self.rate * time * step_cost, budget });
            }
            let next = self.stretch(x.clone(), &poisson, spent.as_deref_mut());
            steps += count;
            if last {
                return Ok((Evolution { distribution: next, spent }, steps));
            }
            done += length;
            if self.settled(&x, &next, length, time - done) {
                let distribution = self.finish(next, time - done, spent.as_deref_mut());
                return Ok((Evolution { distribution, spent }, steps));
            }
            x = next;
            cut = CUT;
            // Stretches that double find a settled distribution within twice the time it took to settle.
            stretch = (2.0 * stretch).min(JUMPS_MAX / self.rate);
        }
    }

    /// One stretch: the mixture of the jump chain's distributions, and the time spent, which weighs the k-th
    /// distribution by the probability of more than k jumps over the rate (Reibman and Trivedi 1989).
    fn stretch(&self, mut x: Vec<f64>, poisson: &Poisson, mut spent: Option<&mut [f64]>) -> Vec<f64> {
        let n = x.len();
        let mut mixture = vec![0.0; n];
        let mut scratch = vec![0.0; n];
        let count = poisson.left + poisson.weight.len();
        for k in 0..count {
            if let Some(spent) = spent.as_deref_mut() {
                let beyond = if k < poisson.left { 1.0 } else { poisson.beyond[k - poisson.left] };
                let seconds = beyond / self.rate;
                spent.iter_mut().zip(&x).for_each(|(s, v)| *s += seconds * v);
            }
            if k >= poisson.left {
                let weight = poisson.weight[k - poisson.left];
                mixture.iter_mut().zip(&x).for_each(|(m, v)| *m += weight * v);
            }
            if k + 1 < count {
                self.step(&x, &mut scratch);
                std::mem::swap(&mut x, &mut scratch);
                if k % STEPS_PER_NORMALIZATION == STEPS_PER_NORMALIZATION - 1 {
                    scale_to_one(&mut x);
                }
            }
        }
        scale_to_one(&mut mixture);
        mixture
    }

    /// One jump.
    fn step(&self, x: &[f64], next: &mut [f64]) {
        for (j, v) in next.iter_mut().enumerate() {
            let range = self.inflow.start[j]..self.inflow.start[j + 1];
            let mut sum = self.stay[j] * x[j];
            for (&i, &p) in self.inflow.column[range.clone()].iter().zip(&self.jump[range]) {
                sum += p * x[i as usize];
            }
            *v = if sum < FLUSH { 0.0 } else { sum };
        }
    }

    /// Whether the states that can be left have kept their proportions over a stretch so well that keeping them over
    /// the remaining time changes no probability by more than [`SETTLED`] of itself.
    fn settled(&self, before: &[f64], after: &[f64], length: f64, left: f64) -> bool {
        let live = |x: &[f64]| -> f64 {
            x.iter().zip(&self.outflow).filter(|&(_, &out)| out > 0.0).map(|(v, _)| v).sum()
        };
        let (old, new) = (live(before), live(after));
        let allowed = SETTLED * (length / left).min(1.0);
        before.iter().zip(after).zip(&self.outflow).all(|((&b, &a), &out)| {
            out == 0.0 || a < NEGLIGIBLE || ((a / new) - (b / old)).abs() <= allowed * (a / new)
        })
    }

    /// The rest of the time from a settled distribution: what can be left decays at a constant rate into what cannot.
    fn finish(&self, mut x: Vec<f64>, left: f64, mut spent: Option<&mut [f64]>) -> Vec<f64> {
        let (mut live, mut leak) = (0.0, 0.0);
        let mut entering = vec![0.0; x.len()];
        for j in 0..x.len() {
            if self.outflow[j] > 0.0 {
                live += x[j];
            } else {
                let (sources, rates) = self.inflow.row(j);
                entering[j] = sources.iter().zip(rates).map(|(&i, &rate)| rate * x[i as usize]).sum();
                leak += entering[j];
            }
        }
        let z = if live > 0.0 { leak / live * left } else { 0.0 };
        let (keep, once, twice) = (exp(-z), mean_decay(z) * left, mean_growth(z) * left * left);
        for j in 0..x.len() {
            let (seconds, then) = if self.outflow[j] > 0.0 {
                (x[j] * once, x[j] * keep)
            } else {
                (x[j] * left + entering[j] * twice, x[j] + entering[j] * once)
            };
            if let Some(spent) = spent.as_deref_mut() {
                spent[j] += seconds;
            }
            x[j] = then;
        }
        x
    }
}

/// `(1 - exp(-z)) / z`.
fn mean_decay(z: f64) -> f64 {
    if z > 0.0 { -exp_m1(-z) / z } else { 1.0 }
}

/// `(z - 1 + exp(-z)) / z^2`, by its series where the difference would cancel.
fn mean_growth(z: f64) -> f64 {
    if z > 1.0 {
        return (z + exp_m1(-z)) / (z * z);
    }
    let (mut term, mut sum) = (0.5, 0.0);
    for k in 3..24 {
        sum += term;
        term *= -z / k as f64;
    }
    sum
}

/// The sum of products.
pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(a, b)| a * b).sum()
}

/// Undoes the drift of the total probability.
fn scale_to_one(x: &mut [f64]) {
    let sum: f64 = x.iter().sum();
    x.iter_mut().for_each(|v| *v /= sum);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ring with a leak: neither reversible nor closed.
    fn leaky(n: u32, leak: f64) -> Uniform {
        let mut rows = Chain::builder();
        for i in 0..n {
            let end = (i == n / 2).then_some((n, leak));
            rows.push([((i + 1) % n, 1.0 + i as f64), ((i + n - 1) % n, 0.5)].into_iter().chain(end))
                .unwrap();
        }
        rows.push([]).unwrap();
        Uniform::new(&rows.finish([(0, 1.0)]).unwrap(), |_| false)
    }

    fn start(n: usize) -> Vec<f64> {
        let mut x = vec![0.0; n];
        x[0] = 1.0;
        x
    }

    #[test]
    fn walking_settling_and_doubling_agree() {
        let chain = leaky(9, 1e-7);
        let mut settled_early = false;
        for time in [1e-3, 0.1, 3.0, 50.0, 2e3, 1e5] {
            let cost = 30.0;
            let (walked, steps) = chain.walk(start(10), time, true, 1e12, cost).unwrap();
            let doubled = doubling::evolve(&chain, start(10), time, true);
            let (walked_spent, doubled_spent) = (walked.spent.unwrap(), doubled.spent.unwrap());
            for (a, b) in walked_spent.iter().zip(&doubled_spent) {
                assert!((a / b - 1.0).abs() < 1e-11, "{time} {a} {b}");
            }
            assert!((walked_spent.iter().sum::<f64>() / time - 1.0).abs() < 1e-11, "{time}");
            for (a, b) in walked.distribution.iter().zip(&doubled.distribution) {
                assert!((a / b - 1.0).abs() < 1e-11, "{time} {a} {b}");
            }
            settled_early |= (steps as f64) < 0.5 * chain.rate * time;
        }
        assert!(settled_early);
    }

    #[test]
    fn a_walk_beyond_its_budget_says_what_it_needs() {
        let chain = leaky(9, 1e-7);
        match chain.walk(start(10), 1e5, false, 1e3, 30.0) {
            Err(ChainError::OverBudget { needed, budget }) => assert!(needed > budget),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_walk_far_beyond_its_budget_is_not_begun() {
        // Too large to square, and stepping it for so long would take years.
        let chain = leaky(1000, 1e-7);
        let refused = chain.evolve(start(1001), 1e12, true, 1e12);
        assert!(matches!(refused, Err(ChainError::OverBudget { needed, .. }) if needed > 1e18));
    }

    #[test]
    fn growth_is_smooth_where_the_series_ends() {
        assert!((mean_growth(1.0) / mean_growth(1.0 + 1e-12) - 1.0).abs() < 1e-11);
        assert!((mean_growth(0.0) - 0.5).abs() < 1e-16);
        assert!((mean_growth(1.0) - exp(-1.0)).abs() < 2e-16);
        assert!((mean_decay(1e-30) - 1.0).abs() < 1e-16);
    }
}
