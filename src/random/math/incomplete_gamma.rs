//! The regularized incomplete gamma functions.

use super::{exp, ln, ln_1p, ln_gamma};

/// Both regularized incomplete gamma functions, P(a, x) and Q(a, x) = 1 - P(a, x), for `a > 0` and `x >= 0`.
///
/// The smaller of the two keeps its digits. Left of the mean a power series (DLMF 8.11.4), right of it the continued
/// fraction DLMF 8.9.2 by the modified Lentz method (Press et al., *Numerical Recipes*, 3rd ed., section 6.2). Both take
/// on the order of `sqrt(a)` steps at worst.
pub fn gamma_sides(a: f64, x: f64) -> (f64, f64) {
    if x <= 0.0 {
        (0.0, 1.0)
    } else if x == f64::INFINITY {
        (1.0, 0.0)
    } else if x < a + 1.0 {
        let lower = (gamma_term(a, x) * series(a, x)).min(1.0);
        (lower, 1.0 - lower)
    } else {
        let upper = (gamma_term(a, x) * a * fraction(a, x)).min(1.0);
        (1.0 - upper, upper)
    }
}

/// `x^a e^-x / Γ(a + 1)`, the term both functions have in common.
pub fn gamma_term(a: f64, x: f64) -> f64 {
    if x <= 0.0 || x == f64::INFINITY {
        return 0.0;
    }
    if a < 20.0 {
        return exp(a * ln(x) - x - ln_gamma(a + 1.0));
    }
    // For large `a` the three terms cancel; Stirling's series (DLMF 5.11.1) takes the bulk out before the exponential.
    let relative = (x - a) / a;
    let bulk = a * (ln_1p(relative) - relative);
    let r = 1.0 / (a * a);
    let stirling =
        (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r / 1188.0)))) / a;
    exp(bulk - stirling) / (2.0 * std::f64::consts::PI * a).sqrt()
}

/// The sum of `x^n / ((a+1)...(a+n))`.
fn series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0, 1.0, 0.0);
    while term > sum * 1e-17 {
        n += 1.0;
        term *= x / (a + n);
        sum += term;
    }
    sum
}

/// The continued fraction `1/(x+1-a- 1(1-a)/(x+3-a- ...))`.
fn fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut value = d;
    let mut n = 0.0;
    // It converges within some sqrt(a) steps; the bound only says that it ends.
    for _ in 0..100_000 {
        n += 1.0;
        let term = -n * (n - a);
        b += 2.0;
        let next = |x: f64| if x.abs() < TINY { TINY } else { x };
        d = 1.0 / next(term * d + b);
        c = next(b + term / c);
        value *= d * c;
        if (d * c - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::super::erfc;
    use super::*;

    fn close(got: f64, want: f64, tolerance: f64) {
        assert!((got / want - 1.0).abs() < tolerance, "{got} is not {want}");
    }

    #[test]
    fn shape_one_is_the_exponential() {
        for x in [1e-10, 0.1, 1.0, 2.5, 30.0, 500.0] {
            let (lower, upper) = gamma_sides(1.0, x);
            close(upper, exp(-x), 1e-13);
            close(lower, -super::super::exp_m1(-x), 1e-13);
        }
    }

    #[test]
    fn shape_one_half_is_the_error_function() {
        for x in [1e-6, 0.2, 1.0, 4.0, 100.0] {
            close(gamma_sides(0.5, x).1, erfc(f64::sqrt(x)), 1e-13);
        }
    }

    /// Q(n, x) for a whole number n is a sum of Poisson probabilities (DLMF 8.4.10), here in independent arithmetic.
    #[test]
    fn whole_shapes_are_poisson_sums() {
        for (n, x) in [(5, 2.0), (40, 35.0), (40, 55.0), (300, 290.0), (300, 360.0)] {
            let (mut term, mut sum) = (exp(-x / 2.0), 0.0);
            for k in 0..n {
                sum += term;
                term *= x / f64::from(k + 1);
            }
            close(gamma_sides(f64::from(n), x).1, sum * exp(-x / 2.0), 1e-12);
        }
    }

    #[test]
    fn the_two_branches_of_the_common_term_agree() {
        for x in [5.0, 19.0, 20.0, 60.0] {
            close(gamma_term(20.0, x), gamma_term(19.0, x) * x / 20.0, 1e-13);
        }
    }
}
