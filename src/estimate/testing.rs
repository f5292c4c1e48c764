//! Histories to estimate from, and the measurement of coverage, for the tests of this layer.

use super::special::normal_quantile;
use crate::random::math::{exp, ln};
use crate::random::{Name, Purpose, Stream, StreamKey};

/// A law of outage lengths with mean 1.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lengths {
    Exponential,
    /// The standard deviation of the logarithm.
    Lognormal(f64),
    Constant,
}

/// The luck of one repeat.
pub(crate) struct Luck(Stream);

impl Luck {
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0.uniform()
    }

    pub(crate) fn length(&mut self, lengths: Lengths) -> f64 {
        match lengths {
            Lengths::Exponential => -ln(self.uniform()),
            Lengths::Lognormal(sigma) => exp(sigma * normal_quantile(self.uniform()) - sigma * sigma / 2.0),
            Lengths::Constant => 1.0,
        }
    }

    /// Counts exponential gaps within one unit of time.
    pub(crate) fn poisson(&mut self, mean: f64) -> u64 {
        let (mut count, mut left) = (0, mean + ln(self.uniform()));
        while left > 0.0 {
            count += 1;
            left += ln(self.uniform());
        }
        count
    }
}

/// The share of repeats in which `holds` says yes, of those in which it says anything. The seed is fixed.
pub(crate) fn coverage(repeats: u64, mut holds: impl FnMut(&mut Luck) -> Option<bool>) -> f64 {
    let (mut yes, mut all) = (0u64, 0u64);
    for trial in 0..repeats {
        let key =
            StreamKey { seed: 2024, trial, name: Name::new("estimate/coverage"), purpose: Purpose::Analysis };
        if let Some(held) = holds(&mut Luck(key.open())) {
            yes += u64::from(held);
            all += 1;
        }
    }
    yes as f64 / all as f64
}
