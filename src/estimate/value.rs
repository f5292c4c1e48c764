//! An estimate: a number that never travels without its interval, its method and its number of trials.

use std::fmt;

use serde::Serialize;

use super::format::Digits;
use super::{Confidence, Interval};

/// How an interval was made.
///
/// ```
/// use fivenines::estimate::Method;
///
/// assert_eq!(Method::Wilson.to_string(), "Wilson score interval");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum Method {
    /// Skewness-corrected Student interval over trials; see [`mean_of`](super::mean_of).
    SkewnessCorrected,
    /// Exact bound from the number of trials that saw nothing.
    NoEventBound,
    /// Clopper and Pearson's exact binomial interval.
    ClopperPearson,
    /// Wilson's score interval.
    Wilson,
    /// Two order statistics, with a binomial guarantee for any distribution.
    OrderStatistics,
    /// Jackknifed ratio over trials.
    JackknifedRatio,
    /// The factors that paired differences do not refute.
    Fieller,
    /// Per-trial differences under common random numbers.
    Paired,
    /// A method of another layer, by its name.
    Other(&'static str),
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Method::SkewnessCorrected => "skewness-corrected Student interval over trials",
            Method::NoEventBound => "exact bound, no event seen",
            Method::ClopperPearson => "Clopper-Pearson interval",
            Method::Wilson => "Wilson score interval",
            Method::OrderStatistics => "order statistics",
            Method::JackknifedRatio => "jackknifed ratio over trials",
            Method::Fieller => "factors that paired differences do not refute (Fieller)",
            Method::Paired => "paired differences over trials",
            Method::Other(name) => name,
        })
    }
}

/// What the trials saw, as far as it limits what may be concluded.
///
/// ```
/// use fivenines::estimate::Quality;
///
/// assert_eq!(Quality::FewEvents(7).to_string(), "only 7 trials saw an event");
/// assert!(!Quality::FewEvents(7).is_fine() && Quality::Fine.is_fine());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Quality {
    /// No trial saw the event: there is a bound and no estimate.
    NoEvent,
    /// Fewer trials than [`Quality::ENOUGH`] saw it, this many: the interval is wide and errs on the safe side.
    FewEvents(u64),
    /// Enough trials saw it, but a few large ones make up the mean: it has the spread of this many equal ones.
    Dominated(u64),
    /// Enough was seen.
    Fine,
}

impl Quality {
    /// How many trials must have seen an event before an estimate counts as more than an indication.
    pub const ENOUGH: u64 = 30;
    /// How many equal events the seen ones must be worth; see [`Quality::Dominated`].
    pub const EFFECTIVE: u64 = 10;

    /// True when nothing limits the estimate.
    pub fn is_fine(self) -> bool {
        self == Quality::Fine
    }

    /// The quality of a sample in which `events` trials saw something, worth `effective` equal ones.
    pub(crate) fn of(events: u64, effective: f64) -> Quality {
        match events {
            0 => Quality::NoEvent,
            few if few < Quality::ENOUGH => Quality::FewEvents(few),
            _ if effective < Quality::EFFECTIVE as f64 => Quality::Dominated(effective as u64),
            _ => Quality::Fine,
        }
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Quality::NoEvent => f.write_str("no trial saw an event: this is a bound, not an estimate"),
            Quality::FewEvents(1) => f.write_str("only 1 trial saw an event"),
            Quality::FewEvents(n) => write!(f, "only {n} trials saw an event"),
            Quality::Dominated(n) => write!(f, "a few large events dominate: worth {n} equal ones"),
            Quality::Fine => f.write_str("fine"),
        }
    }
}

/// A number estimated from independent trials.
///
/// ```
/// use fivenines::estimate::{Confidence, Estimate, Interval, Method, Quality};
///
/// let interval = Interval::new(0.999_968, 0.999_974, Confidence::P95);
/// let estimate = Estimate::new(0.999_971, interval, Method::SkewnessCorrected, 650, Quality::Fine);
/// assert_eq!(estimate.to_string(), "0.999 971 ± 0.000 003 (95%, n = 650)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    point: f64,
    interval: Interval,
    method: Method,
    trials: u64,
    quality: Quality,
}

impl Estimate {
    /// An estimate made elsewhere.
    ///
    /// # Panics
    /// When the interval does not contain the point: both are computed, so that is a bug.
    pub fn new(point: f64, interval: Interval, method: Method, trials: u64, quality: Quality) -> Estimate {
        assert!(interval.contains(point), "{interval:?} does not contain its own point {point}");
        Estimate { point, interval, method, trials, quality }
    }

    /// The single best number.
    pub fn point(&self) -> f64 {
        self.point
    }

    /// Where the truth is, with its confidence.
    pub fn interval(&self) -> Interval {
        self.interval
    }

    /// How the interval was made.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The number of independent trials behind it.
    pub fn trials(&self) -> u64 {
        self.trials
    }

    /// What limits it.
    pub fn quality(&self) -> Quality {
        self.quality
    }

    /// The confidence of its interval.
    pub fn confidence(&self) -> Confidence {
        self.interval.confidence()
    }

    /// The longer arm of the interval, relative to the point: what "known to within 5%" means. Infinite when the
    /// point is zero or an end is infinite.
    pub fn relative_error(&self) -> f64 {
        let arm = (self.interval.upper() - self.point).max(self.point - self.interval.lower());
        if self.point == 0.0 || arm.is_infinite() { f64::INFINITY } else { arm / self.point.abs() }
    }

    /// The estimate of `scale * x + shift`, where this is one of `x` and `scale` is finite and not zero: other
    /// units, or a complement.
    pub fn affine(&self, scale: f64, shift: f64) -> Estimate {
        Estimate { point: scale * self.point + shift, interval: self.interval.affine(scale, shift), ..*self }
    }

    /// The estimate of `1 - x`: availability from unavailability and back.
    pub fn complement(&self) -> Estimate {
        self.affine(-1.0, 1.0)
    }

    pub(crate) fn with_method(self, method: Method) -> Estimate {
        Estimate { method, ..self }
    }
}

impl fmt::Display for Estimate {
    /// `0.999 971 ± 0.000 003 (95%, n = 650)`; both ends where the arms differ by more than a fifth; a bound
    /// where nothing was seen. Never more digits than the interval supports.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (lower, upper) = (self.interval.lower(), self.interval.upper());
        let magnitude = self.point.abs().max(if upper.is_finite() { upper.abs() } else { 0.0 });
        let digits = Digits::for_width(self.interval.half_width(), magnitude);
        let (below, above) = (self.point - lower, upper - self.point);
        if self.quality == Quality::NoEvent && below == 0.0 && above > 0.0 {
            write!(f, "at most {}", digits.show(upper))?;
        } else if self.quality == Quality::NoEvent && above == 0.0 && below > 0.0 {
            write!(f, "at least {}", digits.show(lower))?;
        } else if lower == upper {
            write!(f, "{} ± 0", digits.show(self.point))?;
        } else if below.is_finite() && above.is_finite() && (below - above).abs() <= 0.2 * below.max(above) {
            f.write_str(&digits.show_with(self.point, self.interval.half_width()))?;
        } else {
            let (point, lower, upper) = (digits.show(self.point), digits.show(lower), digits.show(upper));
            write!(f, "{point} ({lower} to {upper})")?;
        }
        write!(f, " ({}, n = {})", self.confidence(), self.trials)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(lower: f64, point: f64, upper: f64, quality: Quality) -> Estimate {
        let interval = Interval::new(lower, upper, Confidence::P95);
        Estimate::new(point, interval, Method::SkewnessCorrected, 100, quality)
    }

    #[test]
    fn unequal_arms_are_both_shown() {
        let skewed = estimate(0.001, 0.002, 0.007, Quality::Fine);
        assert_eq!(skewed.to_string(), "0.002 (0.001 to 0.007) (95%, n = 100)");
    }

    #[test]
    fn no_event_reads_as_a_bound_on_either_side() {
        let none = estimate(0.0, 0.0, 0.03, Quality::NoEvent);
        assert_eq!(none.to_string(), "at most 0.030 (95%, n = 100)");
        assert_eq!(none.complement().to_string(), "at least 0.970 (95%, n = 100)");
    }

    #[test]
    fn an_unbounded_estimate_says_infinity() {
        let open = estimate(0.0, 12.3, f64::INFINITY, Quality::FewEvents(1));
        assert_eq!(open.to_string(), "12 (0 to infinity) (95%, n = 100)");
        assert_eq!(open.relative_error(), f64::INFINITY);
    }

    #[test]
    fn relative_error_takes_the_longer_arm() {
        assert!((estimate(0.9, 1.0, 1.3, Quality::Fine).relative_error() - 0.3).abs() < 1e-12);
    }

    #[test]
    #[should_panic(expected = "does not contain its own point")]
    fn a_point_outside_its_interval_is_a_bug() {
        let _ = estimate(0.1, 0.5, 0.2, Quality::Fine);
    }
}
