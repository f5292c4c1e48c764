//! Transition probabilities of a small chain by repeated squaring, at a cost that grows with the logarithm of the time.
//!
//! The matrix for a short time comes from uniformization; P(2t) = P(t) P(t). Products of non-negative matrices lose no
//! relative accuracy, and scaling each row to add to one keeps rounding errors from doubling with the time. This makes
//! stiff chains over long times cheap, where stepping would need billions of steps.

use super::gth::dense;
use super::poisson::Poisson;
use super::uniform::{Evolution, Uniform};

/// Largest chain worth squaring: the matrices of a larger one would not stay in the cache.
const STATES_MAX: usize = 400;
/// Terms of the series for the short time.
const TERMS: usize = 24;
/// Fewest doublings: paths of more jumps than the series has terms are then built by the products.
const DOUBLINGS_MIN: i32 = 8;
/// Most jumps expected in the short time.
const JUMPS: f64 = 0.0625;

/// Multiplications needed for a chain of `n` states over a time of so many expected jumps; infinite if refused.
pub(super) fn cost(n: usize, jumps: f64) -> f64 {
    if n > STATES_MAX || jumps < 1.0 {
        return f64::INFINITY;
    }
    let cube = (n * n * n) as f64;
    cube * (TERMS as f64 + f64::from(doublings(jumps)))
}

fn doublings(jumps: f64) -> i32 {
    let (mut count, mut rest) = (0, jumps);
    while rest > JUMPS || count < DOUBLINGS_MIN {
        rest *= 0.5;
        count += 1;
    }
    count
}

/// The distribution after `time` from `x`, and where that time was spent, if `spends`.
pub(super) fn evolve(chain: &Uniform, x: Vec<f64>, time: f64, spends: bool) -> Evolution {
    let n = x.len();
    let doublings = doublings(chain.rate * time);
    let mut short = time;
    for _ in 0..doublings {
        short *= 0.5;
    }
    let (mut p, mut spent) = base(chain, &x, short);
    let mut square = vec![0.0; n * n];
    for _ in 0..doublings {
        // What is spent in the second half is what was spent in the first, moved on by as much time.
        if spends {
            let second = product(&spent, &p);
            spent.iter_mut().zip(second).for_each(|(s, more)| *s += more);
        }
        multiply(&p, &p, &mut square, n);
        std::mem::swap(&mut p, &mut square);
        rows_to_one(&mut p, n);
    }
    Evolution { distribution: product(&x, &p), spent: spends.then_some(spent) }
}

/// Transition probabilities over a short time, and the time spent in each state meanwhile from `x`.
fn base(chain: &Uniform, x: &[f64], time: f64) -> (Vec<f64>, Vec<f64>) {
    let n = x.len();
    // The dense form of the inflow matrix is the transpose of the rates.
    let into = dense(&chain.inflow);
    let mut jump = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..n {
            jump[i * n + j] = into[j * n + i] / chain.rate;
        }
        jump[i * n + i] = (chain.rate - chain.outflow[i]) / chain.rate;
    }
    // A mean below one has its mode at zero; the cut is far below the weight of the last term.
    let poisson = Poisson::new(chain.rate * time, 1e-300);
    let at = |v: &[f64], k: usize| v.get(k).copied().unwrap_or(0.0);
    let mut p = vec![0.0; n * n];
    let mut power = vec![0.0; n * n];
    (0..n).for_each(|i| power[i * n + i] = 1.0);
    let mut spent = vec![0.0; n];
    let mut place = x.to_vec();
    let mut next = vec![0.0; n * n];
    for k in 0..TERMS {
        let weight = at(&poisson.weight, k);
        p.iter_mut().zip(&power).for_each(|(p, v)| *p += weight * v);
        let beyond = at(&poisson.beyond, k) / chain.rate;
        spent.iter_mut().zip(&place).for_each(|(s, v)| *s += beyond * v);
        if k + 1 < TERMS {
            multiply(&power, &jump, &mut next, n);
            std::mem::swap(&mut power, &mut next);
            place = product(&place, &jump);
        }
    }
    rows_to_one(&mut p, n);
    (p, spent)
}

/// The row vector `x p`.
fn product(x: &[f64], p: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; x.len()];
    for (row, &v) in p.chunks_exact(x.len()).zip(x) {
        sum.iter_mut().zip(row).for_each(|(s, p)| *s += v * p);
    }
    sum
}

/// `c = a b`, zeros skipped.
fn multiply(a: &[f64], b: &[f64], c: &mut [f64], n: usize) {
    c.fill(0.0);
    for (row, out) in a.chunks_exact(n).zip(c.chunks_exact_mut(n)) {
        for (&v, from) in row.iter().zip(b.chunks_exact(n)) {
            if v != 0.0 {
                out.iter_mut().zip(from).for_each(|(o, f)| *o += v * f);
            }
        }
    }
}

fn rows_to_one(p: &mut [f64], n: usize) {
    for row in p.chunks_exact_mut(n) {
        let sum: f64 = row.iter().sum();
        row.iter_mut().for_each(|v| *v = if *v < 1e-290 { 0.0 } else { *v / sum });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::math::exp_m1;
    use crate::solve::chain::Chain;

    #[test]
    fn a_billion_jumps_leave_a_rare_event_its_digits() {
        // 0 <-> 1 at 1 and 1e3 per second, 1 -> 2 at 1e-22: over 1e7 s the pair loses a share of 1e-18.
        let mut rows = Chain::builder();
        rows.push([(1, 1.0)]).unwrap();
        rows.push([(0, 1e3), (2, 1e-22)]).unwrap();
        rows.push([]).unwrap();
        let chain = Uniform::new(&rows.finish([(0, 1.0)]).unwrap(), |_| false);
        let time = 1e7;
        let evolution = evolve(&chain, vec![1.0, 0.0, 0.0], time, true);
        // Closed form of the pair: share (1 - e^(-1001 t)) of 1/1001, integrated.
        let share = 1.0 / 1001.0;
        let spent = share * (time + exp_m1(-1001.0 * time) / 1001.0);
        assert!((evolution.spent.unwrap()[1] / spent - 1.0).abs() < 1e-12);
        assert!((evolution.distribution[2] / (1e-22 * spent) - 1.0).abs() < 1e-12);
    }
}
