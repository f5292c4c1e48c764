//! Mean, variance and skewness, gathered in one pass without cancellation.

/// The first three moments of a sample, and what is needed to merge two of them.
///
/// ```
/// use fivenines::estimate::Moments;
///
/// let all: Moments = [1.0, 2.0, 3.0, 10.0].into_iter().collect();
/// let (mut left, right): (Moments, Moments) =
///     ([1.0, 2.0].into_iter().collect(), [3.0, 10.0].into_iter().collect());
/// left.merge(&right);
/// assert_eq!(all.mean(), 4.0);
/// assert!((all.variance() - 50.0 / 3.0).abs() < 1e-12);
/// assert!((left.skewness() - all.skewness()).abs() < 1e-12);
/// ```
///
/// Rounding makes the result depend on the order in which values arrive and parts merge: in trial order it has
/// the same bits everywhere, in any other it agrees up to rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    count: u64,
    mean: f64,
    // Sums of squared and cubed deviations from the mean.
    squares: f64,
    cubes: f64,
}

impl Moments {
    /// Takes one more value.
    pub fn push(&mut self, x: f64) {
        self.merge(&Moments { count: 1, mean: x, squares: 0.0, cubes: 0.0 });
    }

    /// Takes all that another has seen.
    ///
    /// Pébay 2008, "Formulas for robust, one-pass parallel computation of covariances and arbitrary-order
    /// statistical moments", Sandia SAND2008-6212, equations 2.1 and 3.1.
    pub fn merge(&mut self, other: &Moments) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = *other;
            return;
        }
        let (a, b) = (self.count as f64, other.count as f64);
        let n = a + b;
        let delta = other.mean - self.mean;
        let weight = a * b / n;
        self.cubes += other.cubes
            + delta * delta * delta * weight * (a - b) / n
            + 3.0 * delta * (a * other.squares - b * self.squares) / n;
        self.squares += other.squares + delta * delta * weight;
        self.mean += delta * b / n;
        self.count += other.count;
    }

    /// How many values it has seen.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The mean; 0 of nothing.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The unbiased variance (divided by `n - 1`); 0 of fewer than two values.
    pub fn variance(&self) -> f64 {
        if self.count < 2 { 0.0 } else { self.squares / (self.count - 1) as f64 }
    }

    /// The standard error of the mean; 0 of fewer than two values.
    pub fn standard_error(&self) -> f64 {
        if self.count < 2 { 0.0 } else { (self.variance() / self.count as f64).sqrt() }
    }

    /// The sample skewness `m3 / m2^(3/2)`, not corrected for bias; 0 where nothing varies.
    pub fn skewness(&self) -> f64 {
        if self.squares <= 0.0 {
            return 0.0;
        }
        let n = self.count as f64;
        // Two divisions by a root each: the cube of a variance of tiny fractions would underflow first.
        let deviation = (self.squares / n).sqrt();
        self.cubes / n / deviation / deviation / deviation
    }
}

impl Extend<f64> for Moments {
    fn extend<I: IntoIterator<Item = f64>>(&mut self, values: I) {
        values.into_iter().for_each(|x| self.push(x));
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Moments {
        let mut moments = Moments::default();
        moments.extend(values);
        moments
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[f64]) -> Moments {
        values.iter().copied().collect()
    }

    #[test]
    fn a_large_offset_does_not_cancel_the_variance() {
        let moments = of(&[1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0]);
        assert_eq!(moments.mean(), 1e9 + 10.0);
        assert!((moments.variance() - 30.0).abs() < 1e-6);
    }

    #[test]
    fn one_event_among_n_trials_has_the_skewness_of_a_rare_coin() {
        // A coin of chance p has skewness (1 - 2p) / sqrt(p (1 - p)).
        let mut values = vec![0.0; 99];
        values.push(1e-9);
        let p: f64 = 0.01;
        assert!((of(&values).skewness() - (1.0 - 2.0 * p) / (p * (1.0 - p)).sqrt()).abs() < 1e-9);
    }

    #[test]
    fn nothing_has_no_spread() {
        assert_eq!(Moments::default().standard_error(), 0.0);
        assert_eq!(of(&[3.0]).variance(), 0.0);
        assert_eq!(of(&[3.0, 3.0]).skewness(), 0.0);
    }

    proptest! {
        #[test]
        fn merging_is_associative_up_to_rounding(
            a in prop::collection::vec(-1e3..1e3, 0..20),
            b in prop::collection::vec(-1e3..1e3, 0..20),
            c in prop::collection::vec(-1e3..1e3, 0..20),
        ) {
            let (mut left, mut right, mut tail) = (of(&a), of(&a), of(&b));
            left.merge(&of(&b));
            left.merge(&of(&c));
            tail.merge(&of(&c));
            right.merge(&tail);
            prop_assert_eq!(left.count(), right.count());
            prop_assert!((left.mean() - right.mean()).abs() <= 1e-9);
            prop_assert!((left.variance() - right.variance()).abs() <= 1e-9 * (1.0 + left.variance()));
            prop_assert!((left.cubes - right.cubes).abs() <= 1e-9 * (1.0 + 1e9 * left.count() as f64));
        }

        #[test]
        fn one_pass_agrees_with_two(values in prop::collection::vec(0.0..1.0, 2..50)) {
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
            let cubes: f64 = values.iter().map(|x| (x - mean) * (x - mean) * (x - mean)).sum();
            let moments = of(&values);
            prop_assert!((moments.squares - squares).abs() <= 1e-12);
            prop_assert!((moments.cubes - cubes).abs() <= 1e-12);
        }
    }
}
