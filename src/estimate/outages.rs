//! How long outages last: exact quantiles of a list of lengths.

use crate::units::Span;

/// The lengths of all outages seen, over all trials.
///
/// ```
/// use fivenines::estimate::Outages;
/// use fivenines::units::Span;
///
/// let outages = Outages::of([Span::from_secs(40), Span::from_secs(10), Span::from_secs(20)]);
/// assert_eq!(outages.quantile(0.5), Some(Span::from_secs(20)));
/// assert_eq!(outages.longest(), Some(Span::from_secs(40)));
/// assert_eq!(outages.count(), 3);
/// ```
///
/// It describes what was seen; an interval for the law behind it is
/// [`quantile_of`](super::quantile_of) where one outage says nothing of the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outages {
    sorted: Vec<u64>,
    // A u64 of microseconds would overflow with a few thousand outages of a few thousand years.
    total: u128,
}

impl Outages {
    /// Gathers the lengths, in any order.
    pub fn of(lengths: impl IntoIterator<Item = Span>) -> Outages {
        let mut sorted: Vec<u64> = lengths.into_iter().map(Span::as_micros).collect();
        sorted.sort_unstable();
        let total = sorted.iter().map(|&x| u128::from(x)).sum();
        Outages { sorted, total }
    }

    /// How many there were.
    pub fn count(&self) -> usize {
        self.sorted.len()
    }

    /// The shortest length that at least the fraction `p` of outages did not exceed: a length that was really
    /// seen, exact to the microsecond (Hyndman and Fan 1996, type 1). Nothing without outages, or for `p` outside
    /// [0, 1].
    pub fn quantile(&self, p: f64) -> Option<Span> {
        if !(0.0..=1.0).contains(&p) {
            return None;
        }
        let n = self.sorted.len();
        let mut rank = ((p * n as f64).ceil() as usize).clamp(1, n.max(1));
        // 0.07 * 100 is more than 7 by a rounding: the rank is the smallest whose share reaches p as written.
        if rank > 1 && (rank - 1) as f64 / n as f64 >= p {
            rank -= 1;
        }
        self.sorted.get(rank - 1).map(|&micros| Span::from_micros(micros))
    }

    /// The shortest.
    pub fn shortest(&self) -> Option<Span> {
        self.sorted.first().map(|&micros| Span::from_micros(micros))
    }

    /// The longest.
    pub fn longest(&self) -> Option<Span> {
        self.sorted.last().map(|&micros| Span::from_micros(micros))
    }

    /// Their sum; [`Span::FOREVER`] where it does not fit.
    pub fn total(&self) -> Span {
        u64::try_from(self.total).map_or(Span::FOREVER, Span::from_micros)
    }

    /// Their mean, rounded down to the microsecond.
    pub fn mean(&self) -> Option<Span> {
        let mean = self.total.checked_div(self.sorted.len() as u128)?;
        Some(Span::from_micros(u64::try_from(mean).expect("a mean does not exceed the longest")))
    }

    /// The fraction that lasted longer than `limit`; 0 without outages.
    pub fn longer_than(&self, limit: Span) -> f64 {
        let within = self.sorted.partition_point(|&micros| micros <= limit.as_micros());
        if self.sorted.is_empty() {
            0.0
        } else {
            (self.sorted.len() - within) as f64 / self.sorted.len() as f64
        }
    }
}

impl FromIterator<Span> for Outages {
    fn from_iter<I: IntoIterator<Item = Span>>(lengths: I) -> Outages {
        Outages::of(lengths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quantiles_are_lengths_that_were_seen() {
        let outages: Outages = (1..=100).map(Span::from_micros).collect();
        let at = |p| outages.quantile(p).unwrap().as_micros();
        assert_eq!((at(0.0), at(0.07), at(0.5), at(0.95), at(0.951), at(1.0)), (1, 7, 50, 95, 96, 100));
        assert_eq!(outages.quantile(1.5), None);
    }

    #[test]
    fn without_outages_there_is_no_length() {
        let none = Outages::default();
        assert_eq!((none.quantile(0.5), none.mean(), none.longest()), (None, None, None));
        assert_eq!((none.total(), none.longer_than(Span::ZERO)), (Span::ZERO, 0.0));
    }

    #[test]
    fn a_total_beyond_the_end_of_time_saturates_and_the_mean_does_not() {
        let outages = Outages::of([Span::from_micros(u64::MAX - 1); 3]);
        assert_eq!(outages.total(), Span::FOREVER);
        assert_eq!(outages.mean(), Some(Span::from_micros(u64::MAX - 1)));
    }

    #[test]
    fn longer_than_excludes_the_limit() {
        let outages = Outages::of([1, 2, 3, 4].map(Span::from_secs));
        assert_eq!(outages.longer_than(Span::from_secs(2)), 0.5);
    }

    proptest! {
        #[test]
        fn a_quantile_is_the_shortest_that_enough_do_not_exceed(
            lengths in prop::collection::vec(0_u64..50, 1..80), p in 0.0..=1.0,
        ) {
            let quantile = Outages::of(lengths.iter().map(|&x| Span::from_micros(x))).quantile(p).unwrap().as_micros();
            let share = |limit: u64| lengths.iter().filter(|&&x| x <= limit).count() as f64 / lengths.len() as f64;
            prop_assert!(share(quantile) >= p);
            prop_assert!(quantile == 0 || share(quantile - 1) < p || p == 0.0);
        }
    }
}
