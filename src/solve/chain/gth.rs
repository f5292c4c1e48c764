//! The stationary distribution of a small irreducible chain by elimination without subtraction.
//!
//! Grassmann, Taksar and Heyman (Operations Research 33, 1985): the pivot of Gaussian elimination, a difference, is
//! replaced by the sum it equals. Every quantity is then a sum, product or quotient of positive numbers, and each
//! probability comes out with a relative error of a few rounding errors times the number of states, however small
//! it is and however stiff the chain (O'Cinneide, Numerische Mathematik 65, 1993).

use super::csr::Csr;

/// Values above this are scaled down on the way, so that a reference state of tiny probability cannot overflow.
pub(super) const SCALE_ABOVE: f64 = 1e150;

/// A dense square matrix of off-diagonal rates or fluxes; `a[i * n + j]` leads from `i` to `j`.
pub(super) fn dense(rates: &Csr) -> Vec<f64> {
    let n = rates.rows();
    let mut a = vec![0.0; n * n];
    for i in 0..n {
        let (targets, values) = rates.row(i);
        for (&j, &v) in targets.iter().zip(values) {
            a[i * n + j as usize] += v;
        }
    }
    a
}

/// The stationary distribution of the irreducible chain with off-diagonal rates `a`, which is used up.
///
/// States are eliminated from the last to the first. Zeros are skipped, so a banded chain costs its band and not
/// the cube of its size. A state from which all fluxes have underflowed gets probability zero.
pub(super) fn stationary(a: &mut [f64], n: usize) -> Vec<f64> {
    for k in (1..n).rev() {
        let (above, from_k) = a.split_at_mut(k * n);
        let pivot_row = &from_k[..k];
        // The census of the eliminated state: the rate at which it returns to the states that remain.
        let out: f64 = pivot_row.iter().sum();
        if out <= 0.0 {
            for i in 0..k {
                above[i * n + k] = 0.0;
            }
            continue;
        }
        let first = pivot_row.iter().position(|&v| v > 0.0).expect("the sum is positive");
        for i in 0..k {
            let into = above[i * n + k];
            if into == 0.0 {
                continue;
            }
            let ratio = into / out;
            above[i * n + k] = ratio;
            for (target, &v) in above[i * n + first..i * n + k].iter_mut().zip(&pivot_row[first..]) {
                *target += ratio * v;
            }
        }
        // A path from i through k back to i is no move: the diagonal is never read.
    }
    let mut x = vec![0.0; n];
    x[0] = 1.0;
    for k in 1..n {
        let mut sum = 0.0;
        for i in 0..k {
            sum += x[i] * a[i * n + k];
        }
        x[k] = sum;
        if sum > SCALE_ABOVE {
            for v in &mut x[..=k] {
                *v /= sum;
            }
        }
    }
    normalize(&mut x);
    x
}

/// Scales positive numbers to add to one.
pub(super) fn normalize(x: &mut [f64]) {
    let largest = x.iter().fold(0.0, |a: f64, &b| a.max(b));
    if largest > 0.0 {
        // Two steps: the sum of numbers near the end of the range could overflow.
        x.iter_mut().for_each(|v| *v /= largest);
        let sum: f64 = x.iter().sum();
        x.iter_mut().for_each(|v| *v /= sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stiff_birth_death_chain_has_its_closed_form_in_every_component() {
        // x[k + 1] / x[k] = birth / death.
        let n = 12;
        let mut a = vec![0.0; n * n];
        let birth = |k: usize| if k.is_multiple_of(2) { 1e-9 } else { 3e3 };
        let death = |k: usize| 0.7 * (k as f64);
        for k in 0..n - 1 {
            a[k * n + k + 1] = birth(k);
            a[(k + 1) * n + k] = death(k + 1);
        }
        let x = stationary(&mut a, n);
        for k in 0..n - 1 {
            let ratio = x[k + 1] / x[k];
            assert!((ratio / (birth(k) / death(k + 1)) - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn an_improbable_first_state_does_not_overflow() {
        let n = 30;
        let mut a = vec![0.0; n * n];
        for k in 0..n - 1 {
            a[k * n + k + 1] = 1e20;
            a[(k + 1) * n + k] = 1.0;
        }
        let x = stationary(&mut a, n);
        assert!((x[n - 1] - 1.0).abs() < 1e-15);
        assert!((x[n - 4] / 1e-60 - 1.0).abs() < 1e-12);
    }
}
