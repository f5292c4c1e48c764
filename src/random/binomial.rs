//! The binomial law, for numbers of trials that nobody would draw one by one.

use super::math::{exp, ln, ln_1p, ln_gamma};

/// How many of `trials` succeed, each by itself with this chance, from one uniform number in the open interval (0, 1).
///
/// The values are searched from the likeliest outwards, so that it takes about as many steps as the standard deviation.
/// Chances are as exact as a difference of logarithms of the gamma function: 1e-7 of themselves for a billion trials.
///
/// ```
/// use fivenines::random::binomial;
///
/// assert_eq!(binomial(0.3, 10, 1.0), 10);
/// // Of ten million with a chance of one in a hundred million each, nine times in ten none.
/// assert_eq!((binomial(0.9, 10_000_000, 1e-8), binomial(0.91, 10_000_000, 1e-8)), (0, 1));
/// ```
///
/// # Panics
/// When the chance is not in [0, 1].
pub fn binomial(uniform: f64, trials: u64, chance: f64) -> u64 {
    assert!((0.0..=1.0).contains(&chance), "a chance lies in [0, 1], got {chance}");
    if trials == 0 || chance == 0.0 {
        return 0;
    }
    if chance == 1.0 {
        return trials;
    }
    if chance > 0.5 {
        return trials - binomial(uniform, trials, 1.0 - chance);
    }
    let odds = chance / (1.0 - chance);
    let start = ((((trials + 1) as f64) * chance) as u64).min(trials);
    let (mut rest, at_start) = (uniform, likelihood(start, trials, chance));
    let (mut below, mut above) = ((start, at_start), (start, at_start));
    rest -= at_start;
    while rest >= 0.0 && (below.1 > 0.0 || above.1 > 0.0) {
        let (value, share) = above;
        // What is impossible has a share of zero from there on.
        above = (value + 1, share * (trials - value.min(trials)) as f64 / (value + 1) as f64 * odds);
        rest -= above.1;
        if rest < 0.0 {
            return above.0;
        }
        let (value, share) = below;
        below = (value.saturating_sub(1), share * value as f64 / ((trials - value + 1) as f64 * odds));
        rest -= below.1;
        if rest < 0.0 {
            return below.0;
        }
    }
    start
}

/// The chance of exactly so many.
fn likelihood(successes: u64, trials: u64, chance: f64) -> f64 {
    let failures = (trials - successes) as f64;
    let none = failures * ln_1p(-chance);
    if successes == 0 {
        return exp(none);
    }
    let successes = successes as f64;
    let ways = ln_gamma(trials as f64 + 1.0) - ln_gamma(successes + 1.0) - ln_gamma(failures + 1.0);
    exp(ways + successes * ln(chance) + none)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often each value comes when the uniform number goes through the middles of so many equal cells.
    fn shares(trials: u64, chance: f64, cells: u32) -> Vec<f64> {
        let mut shares = vec![0.0; trials as usize + 1];
        for cell in 0..cells {
            let uniform = (f64::from(cell) + 0.5) / f64::from(cells);
            shares[binomial(uniform, trials, chance) as usize] += 1.0 / f64::from(cells);
        }
        shares
    }

    #[test]
    fn every_value_has_its_chance() {
        for (trials, chance) in [(1, 0.25), (5, 0.5), (12, 0.3), (12, 0.9), (40, 0.02)] {
            let found = shares(trials, chance, 200_000);
            // Pascal's triangle, a trial after the other.
            let mut expected = vec![1.0];
            for _ in 0..trials {
                let mut next = vec![0.0; expected.len() + 1];
                for (value, share) in expected.iter().enumerate() {
                    next[value] += share * (1.0 - chance);
                    next[value + 1] += share * chance;
                }
                expected = next;
            }
            for (value, (found, expected)) in found.iter().zip(&expected).enumerate() {
                let off = (found - expected).abs();
                assert!(off < 2e-5, "{value} of {trials} at {chance}: {found} for {expected}");
            }
        }
    }

    #[test]
    fn a_billion_trials_have_their_mean_and_their_variance() {
        let (trials, chance, cells) = (1_000_000_000_u64, 0.003, 4000);
        let draws = (0..cells).map(|cell| {
            binomial((f64::from(cell) + 0.5) / f64::from(cells), trials, chance) as f64
                - trials as f64 * chance
        });
        let draws: Vec<f64> = draws.collect();
        let mean = draws.iter().sum::<f64>() / f64::from(cells);
        let variance = draws.iter().map(|draw| draw * draw).sum::<f64>() / f64::from(cells);
        let expected = trials as f64 * chance * (1.0 - chance);
        assert!(mean.abs() < 0.01 * expected.sqrt(), "{mean}");
        assert!((variance / expected - 1.0).abs() < 0.01, "{variance} for {expected}");
    }
}
