//! The stationary distribution of a large irreducible chain: Gauss-Seidel sweeps with multilevel aggregation.
//!
//! Both parts only add, multiply and divide positive numbers. A Gauss-Seidel sweep sets each probability to its inflow
//! over its rate of leaving; it settles neighbours quickly and distant or weakly coupled states slowly. Aggregation
//! corrects whole groups of states by a factor from a coarser chain, which is solved the same way (Horton and
//! Leutenegger, SIGMETRICS 1994), the coarsest one by elimination.

use super::aggregate::Coarse;
use super::csr::Csr;
use super::gth;

/// Residual at which the iteration stops: a few rounding errors of an inflow's sum.
const RESIDUAL_GOAL: f64 = 1e-13;
/// Largest relative change of any probability in the last cycle. In a nearly decomposable chain a small residual
/// alone says little; the coarse corrections see the slow exchanges, and this waits for them to fade.
const CHANGE_GOAL: f64 = 1e-12;
/// Chains up to this size are eliminated at the bottom of the hierarchy.
const COARSEST: usize = 100;
/// Largest number of cycles.
const CYCLES_MAX: u32 = 1000;
/// Largest number of sweeps before and after a coarse correction.
const SMOOTHING_MAX: usize = 64;
/// Cycles without a new best residual after which nothing more is expected.
const PATIENCE: u32 = 25;
/// The groups are chosen anew after these cycles, as the iterate shows better which exchanges are fast.
const REGROUP_AFTER: [u32; 3] = [2, 5, 12];
/// Largest factor of a coarse correction; a first iterate may call for more than the range has room for.
const FACTOR_MAX: f64 = 1e60;
/// Probabilities below this have lost accuracy to underflow or are about to; they are not held to the residual.
pub(super) const NEGLIGIBLE: f64 = 1e-250;

/// What the iteration reached.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) x: Vec<f64>,
    pub(super) residual: f64,
    pub(super) change: f64,
    pub(super) sweeps: u64,
}

/// The stationary distribution of an irreducible chain whose states are in breadth-first order from state 0.
pub(super) fn stationary(rates: &Csr) -> Outcome {
    let n = rates.rows();
    let outflow: Vec<f64> = (0..n).map(|i| rates.row_sum(i)).collect();
    let inflow = rates.transposed();
    // From state 0 alone, forward sweeps in breadth-first order leave every state positive, and leave a chain
    // with rare failures at the leading term of its expansion.
    let mut x = vec![0.0; n];
    x[0] = 1.0;
    sweep_forward(&inflow, &outflow, &mut x);
    sweep_forward(&inflow, &outflow, &mut x);
    let mut sweeps = 2;
    let mut levels = Vec::new();
    let mut best = (f64::INFINITY, f64::INFINITY, x.clone());
    let (mut best_cycle, mut smoothing, mut last) = (0, 1, f64::INFINITY);
    for cycle in 0..CYCLES_MAX {
        if cycle == 0 || REGROUP_AFTER.contains(&cycle) {
            levels = hierarchy(&inflow, &x);
        }
        let before = x.clone();
        sweeps += descend(&inflow, &outflow, &mut x, &mut levels, smoothing);
        gth::normalize(&mut x);
        let residual = residual(&inflow, &outflow, &x);
        let change = change(&before, &x);
        let error = residual.max(0.1 * change);
        // Aggregation converges if the sweeps between corrections do their part; a slow cycle asks for more.
        if error > 0.5 * last && smoothing < SMOOTHING_MAX {
            smoothing *= 2;
            levels = hierarchy(&inflow, &x);
        } else if error < 0.01 * last && smoothing > 1 {
            smoothing /= 2;
        }
        last = error;
        if error < 0.9 * best.0.max(0.1 * best.1) {
            best_cycle = cycle;
        }
        if error < best.0.max(0.1 * best.1) {
            best = (residual, change, x.clone());
        }
        if (residual <= RESIDUAL_GOAL && change <= CHANGE_GOAL) || cycle >= best_cycle + PATIENCE {
            break;
        }
    }
    Outcome { residual: best.0, change: best.1, x: best.2, sweeps }
}

/// One level below the finest: the coarse chain and the multipliers of its groups.
#[derive(Debug)]
struct Level {
    coarse: Coarse,
    y: Vec<f64>,
}

/// Chains of groups, groups of groups and so on, until elimination is cheap or grouping gains nothing.
fn hierarchy(inflow: &Csr, x: &[f64]) -> Vec<Level> {
    let mut levels: Vec<Level> = Vec::new();
    loop {
        let (inflow, x) = match levels.last() {
            Some(level) => (&level.coarse.inflow, level.y.as_slice()),
            None => (inflow, x),
        };
        if x.len() <= COARSEST {
            break;
        }
        let Some(coarse) = Coarse::new(inflow, x) else { break };
        let y = vec![1.0; coarse.outflow.len()];
        levels.push(Level { coarse, y });
    }
    levels
}

/// One cycle on a level and all below it; returns the sweeps made on this level.
fn descend(inflow: &Csr, outflow: &[f64], x: &mut [f64], below: &mut [Level], smoothing: usize) -> u64 {
    let Some((level, deeper)) = below.split_first_mut() else {
        return solve_coarsest(inflow, outflow, x);
    };
    for _ in 0..smoothing {
        sweep_forward(inflow, outflow, x);
    }
    level.coarse.refresh(inflow, x);
    level.y.fill(1.0);
    // Twice below: unsmoothed groups need it for a rate that does not depend on the depth (a W-cycle); a group
    // has four states, so the work still halves from level to level.
    let visits = if deeper.is_empty() { 1 } else { 2 };
    for _ in 0..visits {
        descend(&level.coarse.inflow, &level.coarse.outflow, &mut level.y, deeper, smoothing);
    }
    for (v, &g) in x.iter_mut().zip(&level.coarse.group) {
        *v *= level.y[g as usize].clamp(1.0 / FACTOR_MAX, FACTOR_MAX);
    }
    for _ in 0..smoothing {
        sweep_backward(inflow, outflow, x);
        sweep_forward(inflow, outflow, x);
    }
    3 * smoothing as u64
}

/// Eliminates the coarsest chain, or sweeps it if it would not shrink enough for that.
fn solve_coarsest(inflow: &Csr, outflow: &[f64], x: &mut [f64]) -> u64 {
    let n = x.len();
    if n > 4 * COARSEST {
        for _ in 0..4 {
            sweep_forward(inflow, outflow, x);
            sweep_backward(inflow, outflow, x);
        }
        return 8;
    }
    // The jump chain instead of the fluxes: its entries are of order one however improbable a group is.
    let mut jumps = vec![0.0; n * n];
    for j in 0..n {
        let (sources, fluxes) = inflow.row(j);
        for (&i, &flux) in sources.iter().zip(fluxes) {
            if outflow[i as usize] > 0.0 {
                jumps[i as usize * n + j] = flux / outflow[i as usize];
            }
        }
    }
    let visits = gth::stationary(&mut jumps, n);
    for ((v, &visit), &out) in x.iter_mut().zip(&visits).zip(outflow) {
        if visit > 0.0 && out > 0.0 {
            *v = visit / out;
        }
    }
    // Multipliers near one keep the finer levels clear of the ends of the range.
    let total: f64 = visits.iter().sum::<f64>() / outflow.iter().sum::<f64>();
    x.iter_mut().for_each(|v| *v /= total);
    1
}

/// Sets every probability to its inflow over its rate of leaving, in ascending order.
fn sweep_forward(inflow: &Csr, outflow: &[f64], x: &mut [f64]) {
    for j in 0..x.len() {
        balance(inflow, outflow, x, j);
    }
}

/// The same in descending order.
fn sweep_backward(inflow: &Csr, outflow: &[f64], x: &mut [f64]) {
    for j in (0..x.len()).rev() {
        balance(inflow, outflow, x, j);
    }
}

#[inline(always)]
fn balance(inflow: &Csr, outflow: &[f64], x: &mut [f64], j: usize) {
    let sum = into(inflow, x, j);
    // A group whose fluxes have underflowed keeps its value; no state of an irreducible chain has probability zero.
    if sum > 0.0 && outflow[j] > 0.0 {
        x[j] = sum / outflow[j];
    }
}

#[inline(always)]
fn into(inflow: &Csr, x: &[f64], j: usize) -> f64 {
    let (sources, rates) = inflow.row(j);
    sources.iter().zip(rates).map(|(&i, &rate)| x[i as usize] * rate).sum()
}

/// Largest imbalance of a state's inflow and outflow, relative to its outflow; infinite if a value is not finite.
pub(super) fn residual(inflow: &Csr, outflow: &[f64], x: &[f64]) -> f64 {
    let mut worst: f64 = 0.0;
    for j in 0..x.len() {
        if x[j] > NEGLIGIBLE {
            let out = x[j] * outflow[j];
            worst = worst.max((into(inflow, x, j) - out).abs() / out);
        }
        if !x[j].is_finite() {
            return f64::INFINITY;
        }
    }
    worst
}

/// Largest relative change of a probability.
fn change(before: &[f64], after: &[f64]) -> f64 {
    let mut worst: f64 = 0.0;
    for (&b, &a) in before.iter().zip(after) {
        if a > NEGLIGIBLE {
            worst = worst.max((a - b).abs() / a);
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_independent_pair_of_groups_has_its_product_form() {
        // i of 40 and j of 40 components failed, with rates eight orders of magnitude apart.
        let (n, groups) = (41u32, [(1e-7, 0.3), (2.0, 1e3)]);
        let mut rates = Csr::new();
        for i in 0..n {
            for j in 0..n {
                let mut add = |to: u32, rate: f64| {
                    if rate > 0.0 {
                        rates.entry(to, rate);
                    }
                };
                add((i + 1) * n + j, (n - 1 - i) as f64 * groups[0].0);
                add(i * n + j + 1, (n - 1 - j) as f64 * groups[1].0);
                add(i.wrapping_sub(1).wrapping_mul(n).wrapping_add(j), i as f64 * groups[0].1);
                add((i * n + j).wrapping_sub(1), j as f64 * groups[1].1);
                rates.end_row();
            }
        }
        let outcome = stationary(&rates);
        assert!(outcome.residual <= RESIDUAL_GOAL && outcome.sweeps < 200, "{}", outcome.sweeps);
        let binomial = |(fail, repair): (f64, f64)| {
            let mut p = vec![1.0];
            for k in 0..n - 1 {
                p.push(p[k as usize] * (n - 1 - k) as f64 * fail / ((k + 1) as f64 * repair));
            }
            gth::normalize(&mut p);
            p
        };
        let (p, q) = (binomial(groups[0]), binomial(groups[1]));
        for (s, &x) in outcome.x.iter().enumerate() {
            let exact = p[s / n as usize] * q[s % n as usize];
            assert!((x / exact - 1.0).abs() < 1e-12 || exact < NEGLIGIBLE, "{s}: {x} {exact}");
        }
    }
}
