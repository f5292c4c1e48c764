//! Whether failures come together: bursts over units, counts of days that remember each other, units that are unlike.

use serde::Serialize;

use super::date::Moment;
use super::gaps::Watch;
use super::outage::Outage;
use crate::random::math::exp_m1;
use crate::units::Duration;

const DAY_MS: u64 = 86_400_000;
/// The rate around a failure, by which chance is judged, is that of a week.
const WEEK_MS: u64 = 7 * DAY_MS;

/// What failures have to do with each other, which laws for single units do not say.
///
/// ```
/// use fivenines::fit::{Columns, Log, Settings, fit_group};
///
/// let text = "node,down,up\na,2024-01-02,2024-01-03\nb,2024-01-02,2024-01-03\n";
/// let columns = Columns { start: "down".into(), end: Some("up".into()), units: vec!["node".into()], ..Columns::default() };
/// let log = Log::read(text.as_bytes(), &columns).unwrap();
/// let together = fit_group(&log, &log.groups()[0], &Settings::default()).unwrap().together;
/// assert_eq!((together.failures, together.near), (2, 2));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Together {
    /// Failures looked at.
    pub failures: u64,
    /// How near is near, in seconds.
    pub window_s: f64,
    /// Failures with one of another unit so near.
    pub near: u64,
    /// How many that would be by chance, at the rate of the week around each.
    pub near_by_chance: f64,
    /// The most failures within that time.
    pub largest: u64,
    /// Autocorrelation of the counts of days, one day and a week apart, and of the counts of weeks, one apart.
    pub autocorrelation: Vec<Autocorrelation>,
    /// Variance over mean of the failures of units: 1 if all are alike and fail at a constant rate.
    pub dispersion: Option<f64>,
    /// The share of failures that the tenth of the units with the most has.
    pub top_tenth: Option<f64>,
    /// Units that failed in the first half of the time watched only.
    pub only_early: u64,
    /// Units that failed in the second half only.
    pub only_late: u64,
}

impl Together {
    /// True where units fell silent, or began to fail, more than chance allows: perhaps they were taken away, or added.
    ///
    /// Of units that fail in one half only, each half has as many if nothing changed: a sign test at four standard
    /// deviations (McNemar 1947, *Psychometrika* 12), and a third more at least.
    pub fn population_changed(&self) -> bool {
        let (early, late) = (self.only_early as f64, self.only_late as f64);
        (early - late).abs() > 4.0 * (early + late).sqrt() && early.max(late) > 1.33 * early.min(late)
    }
}

/// How like each other counts are that lie some time apart.
///
/// ```
/// use fivenines::fit::Autocorrelation;
///
/// let daily = Autocorrelation { of: "day", apart: 1, value: 0.3, band: 0.07 };
/// assert!(daily.value.abs() > daily.band, "beyond what independent counts show in 95 of 100 cases");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Autocorrelation {
    /// `day` or `week`.
    pub of: &'static str,
    /// How many of them apart.
    pub apart: usize,
    /// The correlation.
    pub value: f64,
    /// Independent counts stay within plus and minus this in 95 of 100 cases: 1.96 over the root of their number
    /// (Box, Jenkins and Reinsel 2008, *Time Series Analysis*, 4th ed., section 2.1.6).
    pub band: f64,
}

/// Eight bytes of a failure: when, in steps of 64 ms, and a unit, of which nearly all bits are kept.
struct Failures(Vec<u64>);

const UNIT_BITS: u32 = 26;

fn pack(start: u64, unit: u32) -> u64 {
    (start >> 6) << UNIT_BITS | u64::from(unit) & ((1 << UNIT_BITS) - 1)
}

impl Failures {
    fn of(outages: &[Outage], watch: &Watch) -> Failures {
        let counted = outages.iter().filter(|outage| {
            let at = outage.began();
            watch.since <= at && at < watch.until
        });
        let mut all: Vec<u64> = Vec::with_capacity(outages.len());
        all.extend(counted.map(|outage| pack(outage.start(), outage.unit())));
        all.sort_unstable();
        Failures(all)
    }

    /// Milliseconds, cut to 64.
    fn start(&self, at: usize) -> u64 {
        (self.0[at] >> UNIT_BITS) << 6
    }

    fn unit(&self, at: usize) -> u64 {
        self.0[at] & ((1 << UNIT_BITS) - 1)
    }

    /// True where another unit failed within so many milliseconds.
    fn is_near(&self, at: usize, window: u64) -> bool {
        let near = |other: &usize| self.start(*other).abs_diff(self.start(at)) <= window;
        let differs = |other: usize| self.unit(other) != self.unit(at);
        (0..at).rev().take_while(near).any(differs) || (at + 1..self.0.len()).take_while(near).any(differs)
    }
}

/// Looks for failures that come together.
pub(super) fn together(outages: &[Outage], watch: &Watch, window: Duration) -> Together {
    let failures = Failures::of(outages, watch);
    // Half a step of 64 ms for the cut on either side.
    let window_ms = (window.secs() * 1000.0) as u64 + 64;
    let count = failures.0.len();
    let whole_minutes = outages.iter().all(|outage| outage.start().is_multiple_of(60_000));
    // Starts that are written in minutes are near over a minute more.
    let width = 2.0 * window.secs() + if whole_minutes { 60.0 } else { 0.0 };
    let (mut near, mut by_chance, mut largest) = (0, 0.0, 0);
    let (mut first, mut last, mut burst) = (0, 0, 0);
    for at in 0..count {
        let now = failures.start(at);
        let (begin, end) = around(now, watch);
        while failures.start(first) < begin {
            first += 1;
        }
        while last < count && failures.start(last) < end {
            last += 1;
        }
        while failures.start(burst) + window_ms < now {
            burst += 1;
        }
        largest = largest.max(at + 1 - burst);
        near += u64::from(failures.is_near(at, window_ms));
        let others = (last - first).saturating_sub(1) as f64;
        by_chance += -exp_m1(-others * width / ((end - begin) as f64 / 1000.0));
    }
    let (dispersion, top_tenth) = unlike(outages, watch);
    let (only_early, only_late) = halves(outages, watch);
    Together {
        failures: count as u64,
        window_s: window.secs(),
        near,
        near_by_chance: by_chance,
        largest: largest as u64,
        autocorrelation: autocorrelations(&failures, watch),
        dispersion,
        top_tenth,
        only_early,
        only_late,
    }
}

/// Units that failed in one half of the time only.
fn halves(outages: &[Outage], watch: &Watch) -> (u64, u64) {
    let (since, until) = (watch.since.packed(), watch.until.packed());
    let middle = since + (until - since) / 2;
    let (mut only_early, mut only_late) = (0, 0);
    for own in outages.chunk_by(|a, b| a.unit() == b.unit()) {
        let any = |from: u64, to: u64| own.iter().any(|outage| (from..to).contains(&outage.start()));
        match (any(since, middle), any(middle, until)) {
            (true, false) => only_early += 1,
            (false, true) => only_late += 1,
            _ => {}
        }
    }
    (only_early, only_late)
}

/// The week around a moment, moved inside of what was watched.
fn around(now: u64, watch: &Watch) -> (u64, u64) {
    let (since, until) = (watch.since.packed(), watch.until.packed());
    let begin = now.saturating_sub(WEEK_MS / 2).min(until.saturating_sub(WEEK_MS)).max(since);
    (begin, (begin + WEEK_MS).min(until).max(now + 1))
}

fn autocorrelations(failures: &Failures, watch: &Watch) -> Vec<Autocorrelation> {
    let mut found = Vec::new();
    for (of, length, lags) in [("day", DAY_MS, &[1, 7][..]), ("week", WEEK_MS, &[1][..])] {
        let first = watch.since.packed();
        // The last one is cut off by the end of watching: it would look quiet.
        let whole = ((watch.until.packed() - first) / length) as usize;
        let mut counts = vec![0.0; whole];
        for at in 0..failures.0.len() {
            let index = (failures.start(at).saturating_sub(first) / length) as usize;
            counts.iter_mut().skip(index).take(1).for_each(|count| *count += 1.0);
        }
        for &apart in lags {
            found.extend(autocorrelation(&counts, apart).map(|value| Autocorrelation {
                of,
                apart,
                value,
                band: 1.96 / (whole as f64).sqrt(),
            }));
        }
    }
    found
}

/// Nothing for fewer than 20 counts, or counts that are all the same.
fn autocorrelation(counts: &[f64], apart: usize) -> Option<f64> {
    let all = counts.len() as f64;
    let mean = counts.iter().fold(0.0, |sum, count| sum + count) / all;
    let moment = |pairs: &mut dyn Iterator<Item = (f64, f64)>| {
        pairs.fold(0.0, |sum, (a, b)| sum + (a - mean) * (b - mean))
    };
    let variance = moment(&mut counts.iter().map(|count| (*count, *count)));
    let shifted = moment(&mut counts.iter().zip(counts.iter().skip(apart)).map(|(a, b)| (*a, *b)));
    (counts.len() >= 20 + apart && variance > 0.0).then(|| shifted / variance)
}

/// Variance over mean of the failures of units, and the share of the worst tenth of them.
fn unlike(outages: &[Outage], watch: &Watch) -> (Option<f64>, Option<f64>) {
    let counted = |outage: &&Outage| (watch.since..watch.until).contains(&outage.began());
    let units = outages.chunk_by(|a, b| a.unit() == b.unit());
    let mut counts: Vec<u32> = units.map(|own| own.iter().filter(counted).count() as u32).collect();
    let all = watch.units as f64;
    let total = counts.iter().fold(0.0, |sum, count| sum + f64::from(*count));
    let squares = counts.iter().fold(0.0, |sum, count| sum + f64::from(*count) * f64::from(*count));
    if watch.units < 10 || total == 0.0 {
        return (None, None);
    }
    let mean = total / all;
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let tenth = (watch.units as usize).div_ceil(10);
    let top = counts.iter().take(tenth).fold(0.0, |sum, count| sum + f64::from(*count));
    (Some((squares - total * mean) / (all - 1.0) / mean), Some(top / total))
}

/// When the first of some outages began.
pub(super) fn earliest(outages: &[Outage]) -> Option<Moment> {
    outages.iter().map(|outage| outage.began()).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::Order;

    fn watch() -> Watch {
        let day = |text| Moment::parse(text, Order::MonthFirst).unwrap();
        Watch { from: day("2024-01-01"), since: day("2024-01-01"), until: day("2025-01-01"), units: 20 }
    }

    fn outage(unit: u32, minute: u64) -> Outage {
        Outage::new(unit, watch().from.packed() + minute * 60_000, Some(60_000))
    }

    #[test]
    fn failures_of_different_units_at_once_are_a_burst() {
        // Every 10 days three units fail within two minutes, and one alone five days later.
        let mut outages = Vec::new();
        for round in 0..30 {
            let at = round * 14_400;
            outages.extend([outage(1, at), outage(2, at + 1), outage(3, at + 3), outage(4, at + 7200)]);
        }
        outages.sort_unstable();
        let found = together(&outages, &watch(), Duration::minutes(2.0));
        assert_eq!((found.failures, found.near, found.largest), (120, 90, 2));
        assert!(found.near_by_chance < 1.0, "{}", found.near_by_chance);
    }

    #[test]
    fn repeats_of_one_unit_are_no_burst() {
        let outages: Vec<Outage> = (0..100).map(|at| outage(1, 3 * at)).collect();
        let found = together(&outages, &watch(), Duration::minutes(5.0));
        assert_eq!(found.near, 0);
        // One of twenty units has all: 100 of them, variance 100^2 (1/20 - 1/400) 20/19 = 500, over the mean of 5.
        assert!((found.dispersion.unwrap() - 100.0).abs() < 1e-9 && found.top_tenth == Some(1.0));
    }

    #[test]
    fn units_that_fall_silent_are_noticed() {
        let gone: Vec<Outage> = (0..40).map(|unit| outage(unit, 1000 * u64::from(unit))).collect();
        let found = together(&gone, &watch(), Duration::minutes(2.0));
        assert_eq!((found.only_early, found.only_late), (40, 0));
        assert!(found.population_changed());
        let spread: Vec<Outage> = (0..40).map(|unit| outage(unit, 13_000 * u64::from(unit))).collect();
        assert!(!together(&spread, &watch(), Duration::minutes(2.0)).population_changed());
    }

    #[test]
    fn alternating_counts_oppose_each_other() {
        let counts: Vec<f64> = (0..100).map(|at| f64::from(at % 2)).collect();
        assert!(autocorrelation(&counts, 1).unwrap() < -0.98 && autocorrelation(&counts, 2).unwrap() > 0.97);
        assert!(autocorrelation(&[1.0; 100], 1).is_none());
    }
}
