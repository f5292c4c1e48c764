//! Mean time until a chain enters a set of states.

use super::csr::Csr;
use super::rates::{Chain, ChainError, StateSet};
use super::steady::{Solution, solve};
use super::structure::reach;

/// Mean time, in the chain's seconds, from its initial distribution until it first is in a state of `target`.
///
/// Zero if it starts there, infinite if it may never get there. The relative accuracy does not depend on how large the
/// time is. A chain that starts over whenever it enters the target spends, in the long run, its stationary
/// probability outside per rate of starting over (renewal-reward theorem), so no system of nearly dependent
/// equations has to be solved.
///
/// ```
/// use fivenines::solve::chain::{Chain, StateSet, mean_time_to};
/// // Two components, one crew; down when both have failed: (3 lambda + mu) / (2 lambda^2).
/// let (lambda, mu) = (1e-6, 1e-2);
/// let mut rows = Chain::builder();
/// rows.push([(1, 2.0 * lambda)])?;
/// rows.push([(0, mu), (2, lambda)])?;
/// rows.push([(1, mu)])?;
/// let chain = rows.finish([(0, 1.0)])?;
/// let down = StateSet::from_fn(3, |failed| failed == 2);
/// let exact = (3.0 * lambda + mu) / (2.0 * lambda * lambda);
/// assert!((mean_time_to(&chain, &down)? / exact - 1.0).abs() < 1e-14);
/// # Ok::<(), fivenines::solve::chain::ChainError>(())
/// ```
pub fn mean_time_to(chain: &Chain, target: &StateSet) -> Result<f64, ChainError> {
    target.check(chain)?;
    let outside: f64 = chain.initial().iter().filter(|&&(s, _)| !target.contains(s)).map(|&(_, p)| p).sum();
    if outside == 0.0 {
        return Ok(0.0);
    }
    let renewal = Renewal::new(chain, |s| target.contains(s));
    if !renewal.always_ends() {
        return Ok(f64::INFINITY);
    }
    let rate = renewal.restart_rate;
    let Solution { distribution, .. } = solve(renewal.rates)?;
    let busy: f64 = distribution[1..].iter().sum();
    Ok(outside * (busy / (distribution[0] * rate)))
}

/// A chain that starts over from its initial distribution (outside the target) whenever it enters the target.
///
/// Local state 0 is the restart, `order[k]` is the chain's state behind local state `k + 1`.
#[derive(Debug)]
pub(super) struct Renewal {
    pub(super) rates: Csr,
    pub(super) order: Vec<u32>,
    pub(super) restart_rate: f64,
}

impl Renewal {
    pub(super) fn new(chain: &Chain, target: impl Fn(u32) -> bool) -> Renewal {
        let start: Vec<(u32, f64)> = chain.initial().iter().copied().filter(|&(s, _)| !target(s)).collect();
        let order = reach(&chain.rates, start.iter().map(|&(s, _)| s), |s| !target(s));
        let mut local = vec![0u32; chain.states()];
        for (k, &state) in order.iter().enumerate() {
            local[state as usize] = k as u32 + 1;
        }
        // Any rate will do; one of the size of the initial state's keeps the elimination well scaled.
        let restart_rate = start.iter().map(|&(s, _)| chain.exit_rate(s)).fold(0.0, f64::max);
        let restart_rate = if restart_rate > 0.0 { restart_rate } else { 1.0 };
        let mass: f64 = start.iter().map(|&(_, p)| p).sum();
        let mut rates = Csr::new();
        for &(state, p) in &start {
            rates.entry(local[state as usize], restart_rate * (p / mass));
        }
        rates.end_row();
        for &state in &order {
            let mut ends = 0.0;
            for (to, rate) in chain.row(state) {
                match target(to) {
                    true => ends += rate,
                    false => rates.entry(local[to as usize], rate),
                }
            }
            if ends > 0.0 {
                rates.entry(0, ends);
            }
            rates.end_row();
        }
        Renewal { rates, order, restart_rate }
    }

    /// Whether the target is entered with probability one: whether every state leads back to the restart.
    pub(super) fn always_ends(&self) -> bool {
        reach(&self.rates.transposed(), std::iter::once(0), |_| true).len() == self.rates.rows()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_that_may_be_missed_takes_forever() {
        let mut rows = Chain::builder();
        rows.push([(1, 1.0), (2, 1.0)]).unwrap();
        rows.push([]).unwrap();
        rows.push([]).unwrap();
        let chain = rows.finish([(0, 1.0)]).unwrap();
        let to = |s: &[u32]| mean_time_to(&chain, &StateSet::from_fn(3, |i| s.contains(&i)));
        assert_eq!(to(&[1]), Ok(f64::INFINITY));
        assert_eq!(to(&[1, 2]), Ok(0.5));
        assert_eq!(to(&[0]), Ok(0.0));
        assert_eq!(to(&[]), Ok(f64::INFINITY));
        assert_eq!(
            mean_time_to(&chain, &StateSet::from_fn(2, |_| true)),
            Err(ChainError::WrongLength { found: 2, states: 3 })
        );
    }

    #[test]
    fn a_start_partly_in_the_target_counts_as_zero_there() {
        // Erlang stages of mean 2 from states 0 and 1 and 3: (6, 4, 0) weighted.
        let mut rows = Chain::builder();
        for i in 0..3u32 {
            rows.push([(i + 1, 0.5)]).unwrap();
        }
        rows.push([]).unwrap();
        let chain = rows.finish([(0, 0.25), (1, 0.25), (3, 0.5)]).unwrap();
        let mean = mean_time_to(&chain, &StateSet::from_fn(4, |s| s == 3)).unwrap();
        assert!((mean - 2.5).abs() < 1e-15);
    }

    #[test]
    fn a_mean_beyond_the_age_of_the_universe_has_all_its_digits() {
        // Birth-death from 0 to n: sum over k of 1/b_k * sum over j <= k of prod_{j < i <= k} d_i / b_{i-1}.
        let n = 12u32;
        let (birth, death) = (|k: u32| 1e-6 * (n - k) as f64, |k: u32| 1e-1 * k as f64);
        let mut rows = Chain::builder();
        for k in 0..=n {
            let down = (k > 0).then(|| (k - 1, death(k)));
            let up = (k < n).then(|| (k + 1, birth(k)));
            rows.push(down.into_iter().chain(up)).unwrap();
        }
        let chain = rows.finish([(0, 1.0)]).unwrap();
        let (mut exact, mut step) = (0.0, 0.0);
        for k in 0..n {
            step = 1.0 / birth(k) + if k > 0 { step * death(k) / birth(k) } else { 0.0 };
            exact += step;
        }
        assert!(exact > 1e50);
        let mean = mean_time_to(&chain, &StateSet::from_fn(13, |s| s == n)).unwrap();
        assert!((mean / exact - 1.0).abs() < 1e-14);
    }
}
