//! Durations as a histogram, in bounded memory whatever the log's size.
//!
//! The likelihood of independent durations, some of them censored and some first seen at an age, is a sum over three
//! lists: lengths that ended, lengths at which watching ended, and ages at which watching began (Klein and Moeschberger,
//! *Survival Analysis*, 2nd ed., section 3.5). It does not matter which belongs to which, so three histograms say it all.

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

    fn of(mut points: Vec<Point>) -> Sample {
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
        Sample { points }
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

fn point(time: f64, kind: Kind, weight: f64) -> Point {
    let mut point = Point { time, log: ln(time), ..Point::default() };
    match kind {
        Kind::Ended => point.ended = weight,
        Kind::Censored => point.censored = weight,
        Kind::Entered => point.entered = weight,
    }
    point
}

/// Durations up to this many are kept as they are; beyond, they go into cells 1/1024 wide.
const EXACT: usize = 200_000;

/// Gathers durations: exactly while they are few, then in narrow cells.
pub(super) struct Gatherer {
    exact: Vec<(f64, Kind)>,
    cells: Option<Cells>,
}

impl Gatherer {
    pub fn new() -> Gatherer {
        Gatherer { exact: Vec::new(), cells: None }
    }

    /// Adds a duration in seconds, more than zero.
    pub fn add(&mut self, seconds: f64, kind: Kind, weight: f64) {
        if self.cells.is_none() && self.exact.len() < EXACT && weight == 1.0 {
            return self.exact.push((seconds, kind));
        }
        let cells = self.cells.get_or_insert_with(|| Cells::new(10));
        for (seconds, kind) in self.exact.drain(..) {
            cells.add(seconds, kind, 1.0);
        }
        cells.add(seconds, kind, weight);
    }

    pub fn sample(self) -> Sample {
        match self.cells {
            Some(cells) => cells.sample(),
            None => Sample::of(self.exact.into_iter().map(|(time, kind)| point(time, kind, 1.0)).collect()),
        }
    }
}

/// Cells of equal relative width: the leading bits of a number are its cell, so that none needs a logarithm.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    bits: u32,
    counts: Vec<[f64; 3]>,
}

/// Powers of two between which durations lie, in seconds: from a millisecond to 500 years.
const OCTAVES: std::ops::Range<u64> = 1012..1057;

impl Cells {
    /// Cells of a width of `2^-bits` to `2^-bits / 2`, relative to their place.
    pub fn new(bits: u32) -> Cells {
        let count = (OCTAVES.end - OCTAVES.start) << bits;
        Cells { bits, counts: vec![[0.0; 3]; count as usize] }
    }

    /// Makes it empty again.
    pub fn clear(&mut self) {
        self.counts.fill([0.0; 3]);
    }

    pub fn add(&mut self, seconds: f64, kind: Kind, weight: f64) {
        let first = OCTAVES.start << self.bits;
        let cell = (seconds.to_bits() >> (52 - self.bits)).saturating_sub(first);
        let cell = (cell as usize).min(self.counts.len() - 1);
        self.counts[cell][kind as usize] += weight;
    }

    /// Lower end of a cell.
    pub fn edge(&self, cell: usize) -> f64 {
        f64::from_bits((cell as u64 + (OCTAVES.start << self.bits)) << (52 - self.bits))
    }

    /// The cells that are not empty, each as its middle.
    pub fn sample(&self) -> Sample {
        let full = self.counts.iter().enumerate().filter(|(_, counts)| **counts != [0.0; 3]);
        let points = full.map(|(cell, [ended, censored, entered])| {
            let time = 0.5 * (self.edge(cell) + self.edge(cell + 1));
            Point { time, log: ln(time), ended: *ended, censored: *censored, entered: *entered }
        });
        Sample { points: points.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_as_narrow_as_they_say() {
        let cells = Cells::new(6);
        for seconds in [0.001, 0.5, 1.0, 59.9, 60.0, 1e6, 9.9e9] {
            let mut cells = cells.clone();
            cells.add(seconds, Kind::Ended, 1.0);
            let time = cells.sample().points[0].time;
            assert!((time / seconds - 1.0).abs() <= 1.0 / 128.0, "{seconds} became {time}");
        }
    }

    #[test]
    fn many_durations_go_into_cells_and_keep_their_sum() {
        let mut gatherer = Gatherer::new();
        let count = EXACT + 10_000;
        (1..=count).for_each(|at| gatherer.add(at as f64, Kind::Ended, 1.0));
        let sample = gatherer.sample();
        assert_eq!(sample.ended(), count as f64);
        let exact = count as f64 * (count as f64 + 1.0) / 2.0;
        assert!((sample.exposure().secs() / exact - 1.0).abs() < 1e-3);
        assert!(sample.points.len() < 20_000);
    }

    #[test]
    fn ages_at_entry_are_no_exposure() {
        let day = Duration::days;
        let seen = Observation { from: day(30.0), to: day(50.0), ended: true };
        let sample = Sample::new(&[seen, Observation { from: day(2.0), to: day(2.0), ended: true }]);
        assert_eq!((sample.ended(), sample.truncated()), (1.0, 1.0));
        assert!((sample.exposure().in_days() - 20.0).abs() < 1e-9);
    }
}
