//! Durations as counts by length.
//!
//! The likelihood of independent durations, some of them censored and some first seen at an age, is a sum over three
//! lists: lengths that ended, lengths at which watching ended, and ages at which watching began (Klein and Moeschberger,
//! *Survival Analysis*, 2nd ed., section 3.5). It does not matter which belongs to which, so three counts at each length say it all.

use crate::random::math::ln;
use crate::units::Duration;

/// A duration as it was seen.
///
/// ```
/// use fivenines::fit::Observation;
/// use fivenines::units::Duration;
///
/// // A node that was 30 days old when the log began and failed at an age of 50 days.
/// let seen = Observation { from: Duration::days(30.0), to: Duration::days(50.0), ended: true };
/// assert!(seen.from < seen.to);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// The age at which watching began: zero where the beginning was seen (otherwise left truncated).
    pub from: Duration,
    /// The age at which it ended, or at which watching did.
    pub to: Duration,
    /// False where only watching ended (censored).
    pub ended: bool,
}

/// Durations, sorted, with how many ended, how many were censored and how many were first seen there.
///
/// ```
/// use fivenines::fit::{Observation, Sample};
/// use fivenines::units::Duration;
///
/// let seen = |days, ended| Observation { from: Duration::ZERO, to: Duration::days(days), ended };
/// let sample = Sample::new(&[seen(1.0, true), seen(4.0, false)]);
/// assert_eq!((sample.ended(), sample.censored()), (1.0, 1.0));
/// assert_eq!(sample.exposure(), Duration::days(5.0));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    pub(super) points: Vec<Point>,
    /// Seconds of which all lengths that ended are multiples; zero for none.
    pub(super) resolution: f64,
    /// Relative width of the cells that lengths were put into; zero where each is itself.
    pub(super) cells: f64,
}

/// What happened at one length, in seconds; counts may be weights.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Point {
    pub time: f64,
    pub log: f64,
    pub ended: f64,
    pub censored: f64,
    pub entered: f64,
}

impl Point {
    pub fn left(&self) -> f64 {
        self.ended + self.censored
    }
}

impl Sample {
    /// Durations as they were seen. What has no length is left out.
    pub fn new(observations: &[Observation]) -> Sample {
        let mut points = Vec::with_capacity(observations.len());
        for seen in observations.iter().filter(|seen| seen.from < seen.to) {
            points.push(point(seen.to.secs(), if seen.ended { Kind::Ended } else { Kind::Censored }, 1.0));
            if !seen.from.is_zero() {
                points.push(point(seen.from.secs(), Kind::Entered, 1.0));
            }
        }
        Sample::of(points)
    }

    pub(super) fn of(mut points: Vec<Point>) -> Sample {
        points.sort_by(|a, b| a.time.total_cmp(&b.time));
        points.dedup_by(|later, kept| {
            let same = later.time == kept.time;
            if same {
                kept.ended += later.ended;
                kept.censored += later.censored;
                kept.entered += later.entered;
            }
            same
        });
        let mut multiples = Multiples::default();
        points.iter().for_each(|point| multiples.count(point.time, point.ended));
        Sample { points, resolution: multiples.resolution(), cells: 0.0 }
    }

    /// How many ended.
    pub fn ended(&self) -> f64 {
        self.sum(|point| point.ended)
    }

    /// How many were censored.
    pub fn censored(&self) -> f64 {
        self.sum(|point| point.censored)
    }

    /// How many were first seen at an age.
    pub fn truncated(&self) -> f64 {
        self.sum(|point| point.entered)
    }

    /// All the time that was watched.
    pub fn exposure(&self) -> Duration {
        let seconds = self.sum(|point| (point.left() - point.entered) * point.time);
        Duration::from_secs(seconds.max(0.0)).unwrap_or(Duration::ZERO)
    }

    /// Different lengths of those that ended.
    pub(super) fn distinct(&self) -> usize {
        self.points.iter().filter(|point| point.ended > 0.0).count()
    }

    pub(super) fn sum(&self, of: impl Fn(&Point) -> f64) -> f64 {
        self.points.iter().map(of).fold(0.0, |sum, term| sum + term)
    }

    /// The length that half of those that ended did not reach.
    pub(super) fn plain_quantile(&self, share: f64) -> f64 {
        let (all, mut below) = (self.ended(), 0.0);
        for point in &self.points {
            below += point.ended;
            if below >= share * all && point.ended > 0.0 {
                return point.time;
            }
        }
        0.0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Ended = 0,
    Censored = 1,
    Entered = 2,
}

/// Counts of what happened at one length.
pub(super) fn point(time: f64, kind: Kind, weight: f64) -> Point {
    let mut point = Point { time, log: ln(time), ..Point::default() };
    match kind {
        Kind::Ended => point.ended = weight,
        Kind::Censored => point.censored = weight,
        Kind::Entered => point.entered = weight,
    }
    point
}

/// How many lengths are multiples of each of some steps.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Multiples {
    all: f64,
    whole: [f64; STEPS.len()],
}

/// A day, an hour, a minute, a second.
const STEPS: [f64; 4] = [86_400.0, 3600.0, 60.0, 1.0];

impl Multiples {
    pub fn count(&mut self, length: f64, weight: f64) {
        self.all += weight;
        for (whole, step) in self.whole.iter_mut().zip(STEPS) {
            *whole += if length % step == 0.0 { weight } else { 0.0 };
        }
    }

    /// The coarsest step of which nearly all are multiples, in seconds; zero where there is none.
    pub fn resolution(&self) -> f64 {
        let fits = |(whole, _): &(f64, f64)| self.all > 0.0 && *whole >= 0.999 * self.all;
        self.whole.into_iter().zip(STEPS).find(fits).map_or(0.0, |(_, step)| step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_at_entry_are_no_exposure() {
        let day = Duration::days;
        let seen = Observation { from: day(30.0), to: day(50.0), ended: true };
        let sample = Sample::new(&[seen, Observation { from: day(2.0), to: day(2.0), ended: true }]);
        assert_eq!((sample.ended(), sample.truncated()), (1.0, 1.0));
        assert!((sample.exposure().in_days() - 20.0).abs() < 1e-9);
        // What ended did so at a day; ages and what is censored are not asked.
        assert_eq!(sample.resolution, 86_400.0);
    }
}
