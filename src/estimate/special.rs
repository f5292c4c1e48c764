//! Special functions behind the intervals: quantiles of the Student t and beta distributions; the normal's are [`math`]'s.
//!
//! They are built on [`crate::random::math`] alone, so that an interval has the same bits on every platform.

use crate::random::math::{self, exp, ln, ln_1p, ln_gamma};

/// Quantile of the standard normal distribution at `p`; plus or minus infinity at the ends.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    assert!((0.0..=1.0).contains(&p), "a probability lies between 0 and 1");
    math::normal_quantile(p, 1.0 - p)
}

/// Upper tail of the standard normal distribution: the chance of more than `x`.
pub(crate) fn normal_tail(x: f64) -> f64 {
    math::normal_cdf(-x)
}

/// The regularized incomplete beta function `I_x(a, b)`: the chance that a beta variable is at most `x`.
///
/// DLMF 8.17.22 (continued fraction by Lentz's method) on the side where it converges fast, 8.17.4 on the other.
pub(crate) fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    assert!(a > 0.0 && b > 0.0, "both parameters of a beta distribution are positive");
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = exp(ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * ln(x) + b * ln_1p(-x));
    if x < (a + 1.0) / (a + b + 2.0) {
        (front * beta_fraction(x, a, b) / a).min(1.0)
    } else {
        (1.0 - front * beta_fraction(1.0 - x, b, a) / b).max(0.0)
    }
}

/// Lentz's evaluation of the continued fraction of `I_x(a, b)`; about `sqrt(max(a, b))` steps.
fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..200_000 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        fraction *= d * c;
        if (d * c - 1.0).abs() < 4.0 * f64::EPSILON {
            break;
        }
    }
    fraction
}

/// The `x` at which `I_x(a, b) = p`.
///
/// Newton steps on `ln x`, where the lower tail is nearly a straight line, inside a bracket that every step
/// shrinks: a step that would leave it becomes a bisection, so the search cannot fail.
pub(crate) fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    assert!((0.0..=1.0).contains(&p), "a probability lies between 0 and 1");
    if p == 0.0 || p == 1.0 {
        return p;
    }
    let front = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b);
    let (mut low, mut high) = (0.0, 1.0);
    let mut x = a / (a + b);
    for _ in 0..400 {
        let error = incomplete_beta(x, a, b) - p;
        if error == 0.0 {
            break;
        }
        if error > 0.0 {
            high = x
        } else {
            low = x
        }
        let slope = exp(front + (a - 1.0) * ln(x) + (b - 1.0) * ln_1p(-x));
        let newton = x * exp((-error / (slope * x)).clamp(-3.0, 3.0));
        // A lower end still at zero is approached by factors: halving would need a thousand steps.
        let middle = if low == 0.0 { high * 1e-3 } else { low + (high - low) / 2.0 };
        let next = if newton > low && newton < high { newton } else { middle };
        if (next - x).abs() <= 4.0 * f64::EPSILON * x || next == 0.0 {
            x = next;
            break;
        }
        x = next;
    }
    x
}

/// Chance that a Student t variable with `freedom > 0` degrees of freedom exceeds `t`.
pub(crate) fn student_tail(t: f64, freedom: f64) -> f64 {
    assert!(freedom > 0.0, "degrees of freedom are positive");
    if freedom > 1e7 {
        return normal_tail(t);
    }
    // Abramowitz and Stegun 26.7.1 with 26.5.27; 1 - x is formed without cancellation.
    let half = 0.5 * incomplete_beta(freedom / (freedom + t * t), freedom / 2.0, 0.5);
    if t >= 0.0 { half } else { 1.0 - half }
}

/// The value that a Student t variable exceeds with chance `tail`, `0 < tail <= 1/2`.
///
/// Inverts the incomplete beta function on whichever side of it keeps the digits. The degrees of freedom may be
/// any positive number: effective ones are seldom whole.
pub(crate) fn student_quantile(tail: f64, freedom: f64) -> f64 {
    assert!(tail > 0.0 && tail <= 0.5, "a tail's chance lies between 0 and one half");
    assert!(freedom > 0.0, "degrees of freedom are positive");
    if freedom > 1e7 {
        return -normal_quantile(tail);
    }
    let y = beta_quantile(1.0 - 2.0 * tail, 0.5, freedom / 2.0);
    if y <= 0.5 {
        return (freedom * y / (1.0 - y)).sqrt();
    }
    let x = beta_quantile(2.0 * tail, freedom / 2.0, 0.5);
    (freedom * ((1.0 - x) / x)).sqrt()
}

/// Chance of at most `k` successes in `n` trials of chance `p` each.
pub(crate) fn binomial_cdf(k: u64, n: u64, p: f64) -> f64 {
    if k >= n { 1.0 } else { incomplete_beta(1.0 - p, (n - k) as f64, k as f64 + 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(got: f64, want: f64, relative: f64) {
        assert!((got - want).abs() <= relative * want.abs(), "got {got}, want {want}");
    }

    #[test]
    fn normal_quantiles_agree_with_wichuras_own_check_values() {
        near(normal_quantile(0.25), -0.674_489_750_196_081_7, 1e-15);
        near(normal_quantile(0.001), -3.090_232_306_167_813_5, 1e-15);
        near(normal_quantile(1e-20), -9.262_340_089_798_408, 1e-15);
        near(normal_quantile(0.975), 1.959_963_984_540_054, 1e-15);
        assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(normal_quantile(1.0), f64::INFINITY);
    }

    #[test]
    fn student_quantiles_agree_with_the_tables() {
        for (tail, freedom, want) in [
            (0.05, 1.0, 6.313751514675044),
            (0.05, 2.0, 2.9199855803537256),
            (0.05, 5.0, 2.015048373333024),
            (0.05, 30.0, 1.6972608865939574),
            (0.05, 120.0, 1.6576508993552357),
            (0.025, 1.0, 12.706204736174705),
            (0.025, 2.0, 4.302652729749464),
            (0.025, 5.0, 2.5705818356363155),
            (0.025, 30.0, 2.042272456301238),
            (0.025, 120.0, 1.9799304050824411),
            (0.005, 1.0, 63.65674116287158),
            (0.005, 2.0, 9.924843200918293),
            (0.005, 5.0, 4.032142983555229),
            (0.005, 30.0, 2.749995653567226),
            (0.005, 120.0, 2.617421145106866),
            (0.025, 0.5, 164.55767348048846),
            (0.025, 4999.0, 1.9604386466615251),
            (1e-06, 7.5, 13.052169759815303),
        ] {
            near(student_quantile(tail, freedom), want, 1e-9);
            near(student_tail(want, freedom), tail, 1e-9);
        }
        near(student_quantile(0.025, 1e9), 1.959_963_984_540_054, 1e-9);
    }

    #[test]
    fn incomplete_beta_agrees_with_reference_values() {
        for (x, a, b, want) in [
            (0.5, 2.0, 3.0, 0.6875),
            (0.1, 0.5, 0.5, 0.20483276469913345),
            (0.9, 0.5, 20.0, 1.0),
            (0.01, 1.0, 100.0, 0.6339676587267705),
            (0.3, 300.0, 700.0, 0.5036711828607681),
            (1e-05, 3.0, 100000.0, 0.08030415619556053),
            (0.999, 1000.0, 2.0, 0.7353908495419277),
        ] {
            near(incomplete_beta(x, a, b), want, 1e-10);
        }
        // The largest arguments in use: a million trials.
        near(incomplete_beta(0.25, 250_000.0, 750_000.0), 0.5001535529794923, 1e-8);
    }

    #[test]
    fn beta_quantiles_give_the_rule_of_three() {
        // With no success the exact upper bound solves (1 - p)^n = 0.05.
        near(beta_quantile(0.95, 1.0, 2.0), 1.0 - 0.05_f64.sqrt(), 1e-14);
        near(beta_quantile(0.95, 1.0, 100_000.0), 2.995_687_4e-5, 1e-7);
    }

    #[test]
    fn a_binomial_is_the_sum_of_its_terms() {
        let by_hand = 0.75_f64 * 0.75 * 0.75 * 0.75 + 4.0 * 0.25 * 0.75 * 0.75 * 0.75;
        near(binomial_cdf(1, 4, 0.25), by_hand, 1e-14);
        assert_eq!(binomial_cdf(4, 4, 0.25), 1.0);
    }

    proptest! {
        #[test]
        fn beta_quantile_inverts_the_incomplete_beta(p in 1e-6..0.999_999, a in 0.2..500.0, b in 0.2..500.0) {
            let x = beta_quantile(p, a, b);
            prop_assert!((incomplete_beta(x, a, b) - p).abs() < 1e-9, "x {x}");
        }

        #[test]
        fn student_quantile_falls_with_freedom_and_tail(
            tail in 1e-6..0.4, less in 0.5..200.0, more in 0.5..200.0, factor in 1.01..1.2,
        ) {
            let (few, many): (f64, f64) = if less < more { (less, more) } else { (more, less) };
            prop_assert!(student_quantile(tail, few) >= student_quantile(tail, many) * (1.0 - 1e-9));
            prop_assert!(student_quantile(tail, few) > student_quantile(tail * factor, few));
        }

        #[test]
        fn normal_quantile_rises(p in 1e-12..0.999, step in 1e-6..1e-3) {
            prop_assert!(normal_quantile(p) < normal_quantile(p + step * (1.0 - p)));
        }
    }
}
