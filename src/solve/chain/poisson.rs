//! Poisson weights for uniformization, from the mode outward.

/// The probabilities of a Poisson distribution between two cuts, and the probabilities beyond each.
#[derive(Debug)]
pub(super) struct Poisson {
    /// Smallest count kept; all smaller ones together have a negligible probability.
    pub(super) left: usize,
    /// Probabilities of the counts from `left` on; they add to one.
    pub(super) weight: Vec<f64>,
    /// For the same counts, the probability of a larger one.
    pub(super) beyond: Vec<f64>,
}

impl Poisson {
    /// The counts whose probability is above `cut` times the largest probability.
    ///
    /// The recursion runs from the mode outward with factors below one, so it neither overflows nor loses accuracy, and
    /// the sum it is divided by replaces the exponential (Fox and Glynn, CACM 31, 1988).
    pub(super) fn new(mean: f64, cut: f64) -> Poisson {
        let mode = mean.floor() as usize;
        let mut below = Vec::new();
        let mut w = 1.0;
        let mut k = mode;
        while k > 0 && w > cut {
            w *= k as f64 / mean;
            k -= 1;
            below.push(w);
        }
        let left = mode - below.len();
        below.reverse();
        let mut weight = below;
        weight.push(1.0);
        let mut w = 1.0;
        let mut k = mode;
        while w > cut {
            k += 1;
            w *= mean / k as f64;
            weight.push(w);
        }
        // Sums run from the small ends to the mode, so that small terms are not lost beside large ones.
        let middle = mode - left;
        let low: f64 = weight[..middle].iter().sum();
        let high: f64 = weight[middle..].iter().rev().sum();
        weight.iter_mut().for_each(|w| *w /= low + high);
        let mut beyond = vec![0.0; weight.len()];
        for k in (1..weight.len()).rev() {
            beyond[k - 1] = beyond[k] + weight[k];
        }
        Poisson { left, weight, beyond }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::math::{exp, ln, ln_gamma};

    #[test]
    fn weights_are_the_poisson_probabilities() {
        for mean in [1e-9, 0.3, 1.0, 64.0, 12_345.6, 1e6] {
            let p = Poisson::new(mean, 1e-40);
            assert!((p.weight.iter().sum::<f64>() - 1.0).abs() < 1e-13);
            for (i, &w) in p.weight.iter().enumerate().step_by(1 + p.weight.len() / 50) {
                let k = (p.left + i) as f64;
                let exponent = k * ln(mean) - mean - ln_gamma(k + 1.0);
                // The reference subtracts numbers of the size of its terms.
                let tolerance = 1e-15 * (4.0 + (k + 1.0) * (ln(mean).abs() + ln(k + 2.0)) + mean);
                assert!((w / exp(exponent) - 1.0).abs() < 4.0 * tolerance, "{mean} {k}");
            }
        }
    }

    #[test]
    fn small_tails_keep_their_relative_accuracy() {
        // P(N > 3) for mean 1e-3: x^4/4! - 4 x^5/5! + 10 x^6/6! - ...
        let p = Poisson::new(1e-3, 1e-40);
        let x = 1e-3;
        let exact = x * x * x * x / 24.0 * (1.0 - 4.0 * x / 5.0 + x * x / 3.0 - 2.0 * x * x * x / 21.0);
        assert!((p.beyond[3] / exact - 1.0).abs() < 1e-12);
    }
}
