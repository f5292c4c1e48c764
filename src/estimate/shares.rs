//! Shares of a whole, such as blame for downtime: they sum to one exactly.

use super::SampleError;
use super::sum::compensated_sum;

/// Fractions of a total, in the order of the parts.
///
/// ```
/// use fivenines::estimate::Shares;
///
/// let blame = Shares::of(&[30.0, 10.0, 0.0]).unwrap();
/// assert_eq!(blame.fractions(), [0.75, 0.25, 0.0]);
/// assert_eq!(blame.total(), 40.0);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Shares {
    total: f64,
    fractions: Vec<f64>,
}

impl Shares {
    /// The share of each of `parts` in their sum. Where the sum is zero there is nothing to share out, and every
    /// fraction is zero.
    ///
    /// Otherwise the correctly carried sum (Neumaier 1974) of the fractions is exactly 1: what rounding leaves
    /// over goes to the largest share, where it is relatively the least.
    ///
    /// # Errors
    /// When a part is negative, infinite or not a number.
    pub fn of(parts: &[f64]) -> Result<Shares, SampleError> {
        if let Some(index) = parts.iter().position(|x| !x.is_finite() || *x < 0.0) {
            return Err(SampleError::NotAShare { index, value: parts[index] });
        }
        let total = compensated_sum(parts.iter().copied());
        if total == 0.0 {
            return Ok(Shares { total, fractions: vec![0.0; parts.len()] });
        }
        // Parts near the largest float have no finite sum; the same shares follow from smaller ones.
        if !total.is_finite() {
            let smaller: Vec<f64> = parts.iter().map(|x| x / parts.len() as f64).collect();
            return Ok(Shares { total: f64::INFINITY, ..Shares::of(&smaller)? });
        }
        let mut fractions: Vec<f64> = parts.iter().map(|x| x / total).collect();
        let largest = (0..parts.len()).fold(0, |most, i| if parts[i] > parts[most] { i } else { most });
        // One correction suffices but for its own rounding.
        for _ in 0..4 {
            let left = compensated_sum(fractions.iter().map(|x| -x).chain([1.0]));
            if left == 0.0 {
                break;
            }
            fractions[largest] += left;
        }
        Ok(Shares { total, fractions })
    }

    /// The fractions, in the order of the parts.
    pub fn fractions(&self) -> &[f64] {
        &self.fractions
    }

    /// The sum of the parts.
    pub fn total(&self) -> f64 {
        self.total
    }

    /// The positions of the parts from the largest share to the smallest, equal ones in their own order.
    pub fn ranking(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.fractions.len()).collect();
        order.sort_by(|&a, &b| self.fractions[b].total_cmp(&self.fractions[a]));
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_is_shared_out_as_nothing() {
        assert_eq!(Shares::of(&[0.0, 0.0]).unwrap().fractions(), [0.0, 0.0]);
        assert!(Shares::of(&[]).unwrap().fractions().is_empty());
    }

    #[test]
    fn a_part_that_is_no_share_is_named() {
        let error = Shares::of(&[1.0, -2.0]).unwrap_err();
        assert_eq!(error.to_string(), "share 1 is -2, which is not a number from 0 up");
    }

    #[test]
    fn huge_parts_still_have_shares() {
        assert_eq!(Shares::of(&[f64::MAX, f64::MAX]).unwrap().fractions(), [0.5, 0.5]);
    }

    #[test]
    fn ranking_keeps_equals_in_order() {
        assert_eq!(Shares::of(&[1.0, 3.0, 1.0]).unwrap().ranking(), [1, 0, 2]);
    }

    proptest! {
        #[test]
        fn fractions_sum_to_one_exactly(
            parts in prop::collection::vec(prop_oneof![0.0..1e12, 0.0..1e-12, Just(1.0 / 3.0)], 1..200),
        ) {
            prop_assume!(parts.iter().any(|&x| x > 0.0));
            let shares = Shares::of(&parts).unwrap();
            prop_assert_eq!(compensated_sum(shares.fractions().iter().copied()), 1.0);
            prop_assert!(shares.fractions().iter().all(|x| (0.0..=1.0).contains(x)));
        }
    }
}
