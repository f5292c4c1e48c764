//! Whether failures come together: bursts over units, counts of days that remember each other, units that are unlike.

use std::io::Result;

use serde::Serialize;

use super::bursts::{Failure, WEEK_MS, bursts};
use super::gaps::Watch;
use super::log::{Group, Log};
use super::outage::Outage;
use super::scratch::{Cursor, Pile, Room, Sorted};
use crate::units::Duration;

const DAY_MS: u64 = 86_400_000;

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

/// Looks for failures that come together.
pub(super) fn together(log: &Log, group: &Group, watch: &Watch, window: Duration) -> Result<Together> {
    let (units, failures) = count(log.outages_of(group), log.room(), watch)?;
    let bursts = bursts(&failures, watch, window, units.whole_minutes)?;
    let (dispersion, top_tenth) = unlike(units.counts, watch);
    Ok(Together {
        failures: failures.len(),
        window_s: window.secs(),
        near: bursts.near,
        near_by_chance: bursts.near_by_chance,
        largest: bursts.largest,
        autocorrelation: autocorrelations(&failures, watch)?,
        dispersion,
        top_tenth,
        only_early: units.only_early,
        only_late: units.only_late,
    })
}

/// What units have of failures.
struct Units {
    /// Failures of each unit that appears.
    counts: Vec<u32>,
    /// Units that failed in one half of the time only.
    only_early: u64,
    only_late: u64,
    /// True where all starts are whole minutes.
    whole_minutes: bool,
}

/// One pass over outages, by unit: what units have of them, and their failures by time.
fn count(mut outages: Cursor<'_, Outage>, room: &Room, watch: &Watch) -> Result<(Units, Sorted<Failure>)> {
    let (since, until) = (watch.since.packed(), watch.until.packed());
    let middle = since + (until - since) / 2;
    let mut units = Units { counts: Vec::new(), only_early: 0, only_late: 0, whole_minutes: true };
    let mut failures = Pile::new(room);
    let mut present = None;
    let (mut early, mut late) = (false, false);
    let end = |units: &mut Units, halves: (bool, bool)| {
        units.only_early += u64::from(halves == (true, false));
        units.only_late += u64::from(halves == (false, true));
    };
    while let Some(outage) = outages.next()? {
        if present != Some(outage.unit()) {
            end(&mut units, (early, late));
            (early, late) = (false, false);
            present = Some(outage.unit());
            units.counts.push(0);
        }
        units.whole_minutes &= outage.start().is_multiple_of(60_000);
        if watch.counts(outage) {
            failures.push(Failure::new(outage.start(), outage.unit()))?;
            early |= outage.start() < middle;
            late |= outage.start() >= middle;
            units.counts.last_mut().into_iter().for_each(|count| *count += 1);
        }
    }
    end(&mut units, (early, late));
    Ok((units, failures.sorted(|failure| failure, |failure| failure)?))
}

fn autocorrelations(failures: &Sorted<Failure>, watch: &Watch) -> Result<Vec<Autocorrelation>> {
    let mut found = Vec::new();
    for (of, length, lags) in [("day", DAY_MS, &[1, 7][..]), ("week", WEEK_MS, &[1][..])] {
        let first = watch.since.packed();
        // The last one is cut off by the end of watching: it would look quiet.
        let whole = ((watch.until.packed() - first) / length) as usize;
        let mut counts = vec![0.0; whole];
        failures.cursor(0..failures.len()).each(|failure| {
            let index = (failure.start().saturating_sub(first) / length) as usize;
            counts.iter_mut().skip(index).take(1).for_each(|count| *count += 1.0);
        })?;
        for &apart in lags {
            found.extend(autocorrelation(&counts, apart).map(|value| Autocorrelation {
                of,
                apart,
                value,
                band: 1.96 / (whole as f64).sqrt(),
            }));
        }
    }
    Ok(found)
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
fn unlike(mut counts: Vec<u32>, watch: &Watch) -> (Option<f64>, Option<f64>) {
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

#[cfg(test)]
mod tests {
    use std::io::Cursor as Bytes;

    use super::*;
    use crate::fit::{Columns, Moment, Order, Settings, fit_group};

    /// Units and the minutes of 2024 in which they went down, for one minute each, in a group of 20 units.
    fn found(outages: &[(u32, u64)], window: f64) -> Together {
        let start = Moment::parse("2024-01-01", Order::MonthFirst).unwrap();
        let until = Moment::parse("2025-01-01", Order::MonthFirst);
        let row = |(unit, minute): &(u32, u64)| {
            format!("{unit},{},1min\n", Moment::unpacked(start.packed() + minute * 60_000))
        };
        let text = format!("unit,at,down\n{}", outages.iter().map(row).collect::<String>());
        let columns = Columns {
            start: "at".into(),
            down: Some("down".into()),
            units: vec!["unit".into()],
            ..Columns::default()
        };
        let settings = Settings {
            population: Some(40),
            from: Some(start),
            until,
            window: Duration::minutes(window),
            resamples: 0,
            ..Settings::default()
        };
        let [memory, scratch] =
            [Room::memory(), Room::with_scratch(7, || Ok(Bytes::new(Vec::new())))].map(|room| {
                let log = Log::read_within(text.as_bytes(), &columns, &room).unwrap();
                fit_group(&log, &log.groups()[0], &settings).unwrap()
            });
        assert_eq!(memory, scratch, "the room changes nothing");
        memory.together
    }

    #[test]
    fn failures_of_different_units_at_once_are_a_burst() {
        // Every 10 days three units fail within two minutes, and one alone five days later.
        let mut outages = Vec::new();
        for round in 0..30 {
            let at = round * 14_400;
            outages.extend([(1, at), (2, at + 1), (3, at + 3), (4, at + 7200)]);
        }
        let found = found(&outages, 2.0);
        assert_eq!((found.failures, found.near, found.largest), (120, 90, 2));
        assert!(found.near_by_chance < 1.0, "{}", found.near_by_chance);
    }

    #[test]
    fn repeats_of_one_unit_are_no_burst() {
        let outages: Vec<_> = (0..100).map(|at| (1, 3 * at)).collect();
        let alone = found(&outages, 5.0);
        assert_eq!(alone.near, 0);
        // One of forty units has all: 100 of them, variance 100^2 (1/40 - 1/1600) 40/39 = 250, over the mean of 2.5.
        assert!((alone.dispersion.unwrap() - 100.0).abs() < 1e-9 && alone.top_tenth == Some(1.0));
        // Another unit in their midst is near the four within five minutes, and they are near it.
        assert_eq!(found(&[&outages[..], &[(2, 151)]].concat(), 5.0).near, 5);
    }

    #[test]
    fn units_that_fall_silent_are_noticed() {
        let gone: Vec<_> = (0..40).map(|unit| (unit, 1000 * u64::from(unit))).collect();
        let gone = found(&gone, 2.0);
        assert_eq!((gone.only_early, gone.only_late), (40, 0));
        assert!(gone.population_changed());
        let spread: Vec<_> = (0..40).map(|unit| (unit, 13_000 * u64::from(unit))).collect();
        assert!(!found(&spread, 2.0).population_changed());
    }

    #[test]
    fn alternating_counts_oppose_each_other() {
        let counts: Vec<f64> = (0..100).map(|at| f64::from(at % 2)).collect();
        assert!(autocorrelation(&counts, 1).unwrap() < -0.98 && autocorrelation(&counts, 2).unwrap() > 0.97);
        assert!(autocorrelation(&[1.0; 100], 1).is_none());
    }
}
