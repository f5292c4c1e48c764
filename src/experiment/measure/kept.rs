//! Many durations as few, with the same mean: what is kept of a measurement.

use crate::units::Span;

/// As few durations as `most` in the place of so many, each as likely: the `k`th is the mean of the sample's quantile function
/// between `k / most` and `(k + 1) / most`.
///
/// Their mean is that of the sample to a microsecond over `most`, since each is a difference of sums that are rounded one by one.
/// A quantile of theirs differs from the sample's by no more than that part of the sample spans; what is lost is what varies
/// within the parts, most of it in the last one: no duration is as long as the longest of the sample. A sample that is no
/// larger is kept as it is.
///
/// ```
/// use fivenines::experiment::quantiles_kept;
/// use fivenines::units::Span;
///
/// let sample: Vec<Span> = [1, 2, 3, 4, 10, 20].map(Span::from_micros).to_vec();
/// assert_eq!(quantiles_kept(&sample, 3), [2, 3, 15].map(Span::from_micros));
/// assert_eq!(quantiles_kept(&sample, 6), sample);
/// ```
pub fn quantiles_kept(sample: &[Span], most: usize) -> Vec<Span> {
    let mut sorted: Vec<u128> = sample.iter().map(|span| u128::from(span.as_micros())).collect();
    sorted.sort_unstable();
    let (count, most) = (sorted.len() as u128, most.max(1) as u128);
    if count <= most {
        return sorted.into_iter().map(|micros| Span::from_micros(micros as u64)).collect();
    }
    // Sums of the sample up to each place.
    let mut sums = vec![0];
    for micros in &sorted {
        sums.push(sums[sums.len() - 1] + micros);
    }
    // The integral of the quantile function up to `k / most`, times `most`, rounded: the place in the sample is `count * k / most`.
    let upto = |k: u128| {
        let (whole, part) = ((count * k / most) as usize, count * k % most);
        let partly = sorted.get(whole).map_or(0, |micros| micros * part);
        (sums[whole] * most + partly + count / 2) / count
    };
    let mut kept: Vec<Span> = (0..most).map(|k| Span::from_micros((upto(k + 1) - upto(k)) as u64)).collect();
    // Of equal ones a rounding may have made the earlier the longer by a microsecond.
    kept.sort_unstable();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_mean_stays_and_each_lies_where_its_part_does(
            micros in prop::collection::vec(0u64..10_000_000, 1..500),
            most in 1usize..60,
        ) {
            let sample: Vec<Span> = micros.iter().map(|micros| Span::from_micros(*micros)).collect();
            let kept = quantiles_kept(&sample, most);
            prop_assert_eq!(kept.len(), sample.len().min(most));
            let mean = |spans: &[Span]| {
                spans.iter().map(|span| span.as_micros() as f64).sum::<f64>() / spans.len() as f64
            };
            prop_assert!((mean(&kept) - mean(&sample)).abs() <= 0.501 / kept.len() as f64);
            let mut sorted = micros.clone();
            sorted.sort_unstable();
            for (k, span) in kept.iter().enumerate() {
                let first = sorted[sorted.len() * k / kept.len()];
                let last = sorted[(sorted.len() * (k + 1)).div_ceil(kept.len()) - 1];
                prop_assert!((first.saturating_sub(1)..=last + 1).contains(&span.as_micros()));
            }
        }
    }
}
