//! Everything about one group of units: its times to failure, its repairs, and what its failures have to do with each other.

use serde::Serialize;

use super::date::Moment;
use super::gaps::Watch;
use super::laws::{AGES, FEWEST, Fit, LENGTHS};
use super::log::{Group, Log};
use super::outage::Outage;
use super::resample::{Replicas, add, replicate, stream, weight};
use super::sample::{Cells, Gatherer, Kind, Sample};
use super::together::{Together, earliest, together};
use crate::units::Duration;

/// Fewer units than this cannot be drawn again: gaps and repairs are, one by one.
const FEWEST_UNITS: u64 = 10;

/// How a group is to be fitted.
///
/// ```
/// use fivenines::fit::Settings;
///
/// let settings = Settings { population: Some(1024), ..Settings::default() };
/// assert_eq!((settings.resamples, settings.seed), (200, 1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// How many units the group has, if not only those that appear.
    pub population: Option<u64>,
    /// When units were new; the group's first outage, if nothing is said.
    pub from: Option<Moment>,
    /// Failures before it do not count, and what ran then enters with its age.
    pub since: Option<Moment>,
    /// When watching ended; the group's last outage, if nothing is said.
    pub until: Option<Moment>,
    /// Failures of different units within this time are near.
    pub window: Duration,
    /// How often units are drawn again.
    pub resamples: u64,
    /// Seed of the drawing.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            population: None,
            from: None,
            since: None,
            until: None,
            window: Duration::minutes(2.0),
            resamples: 200,
            seed: 1,
        }
    }
}

/// Why a group cannot be fitted.
///
/// ```
/// use fivenines::fit::GroupError;
///
/// let error = GroupError::TooFewUnits { given: 10, seen: 12 };
/// assert_eq!(error.to_string(), "a population of 10, but 12 units appear in the log");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GroupError {
    /// More units appear than there are said to be.
    #[error("a population of {given}, but {seen} units appear in the log")]
    TooFewUnits {
        /// What was said.
        given: u64,
        /// What appears.
        seen: u64,
    },
    /// The dates are not in order.
    #[error("nothing was watched: it begins on {begins} and ends on {until}")]
    NoTime {
        /// The beginning.
        begins: String,
        /// The end.
        until: String,
    },
}

/// What was found about a group.
///
/// ```
/// use fivenines::fit::{Columns, Log, Settings, fit_group};
///
/// let text = "node,down,up\na,2024-01-02 10:00,2024-01-02 11:00\na,2024-03-01 08:00,2024-03-01 08:20\n";
/// let columns = Columns { start: "down".into(), end: Some("up".into()), units: vec!["node".into()], ..Columns::default() };
/// let log = Log::read(text.as_bytes(), &columns).unwrap();
/// let found = fit_group(&log, &log.groups()[0], &Settings::default()).unwrap();
/// assert!(found.failures.best().is_none(), "too few for a law");
/// assert_eq!(found.repairs.ended, 2);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupFit {
    /// The group's name, empty where the log is one group.
    pub name: String,
    /// From when to when it was watched, and how many units it has.
    pub watch: Watch,
    /// How many units appear in the log.
    pub appear: u64,
    /// True where whole units were drawn again; gaps one by one otherwise.
    pub by_unit: bool,
    /// Times to failure.
    pub failures: Fit,
    /// Times to repair.
    pub repairs: Fit,
    /// Repairs of no length, which are in no law.
    pub zero_repairs: u64,
    /// Repairs of unknown length.
    pub unknown_repairs: u64,
    /// What failures have to do with each other.
    pub together: Together,
}

/// Fits laws to one group of a log.
///
/// Memory: 16 bytes for each outage in the log, and 8 more while bursts are looked for; what laws are fitted to is bounded.
/// The same log, settings and seed give the same bits, in whatever order the rows are.
///
/// # Errors
/// When more units appear than the population says, or nothing was watched.
pub fn fit_group(log: &Log, group: &Group, settings: &Settings) -> Result<GroupFit, GroupError> {
    let outages = log.outages_of(group);
    let watch = watch(group, outages, settings)?;
    let together = together(outages, &watch, settings.window);
    let by_unit = watch.units >= FEWEST_UNITS;
    let source = Source { outages, watch, group, by_unit, settings };
    let (mut gaps, mut repairs) = (Gatherer::new(), Gatherer::new());
    let (mut zero_repairs, mut unknown_repairs) = (0, 0);
    source.gaps(None, &mut |from, to, failed, weight| gather(&mut gaps, from, to, failed, weight));
    watch.repairs(
        outages,
        |repair| gather(&mut repairs, 0.0, repair.length, true, 1.0),
        |unknown| if unknown { unknown_repairs += 1 } else { zero_repairs += 1 },
    );
    let (gaps, repairs) = (gaps.sample(), repairs.sample());
    let of_gaps = source.replicas(&gaps, |replica, cells| {
        source.gaps(replica, &mut |from, to, failed, weight| add(cells, from, to, failed, weight));
    });
    let of_repairs = source.replicas(&repairs, |replica, cells| source.repairs(replica, cells));
    Ok(GroupFit {
        name: group.name().to_owned(),
        watch,
        appear: group.units(),
        by_unit,
        failures: Fit::new(&gaps, &AGES, of_gaps.as_ref()),
        repairs: Fit::new(&repairs, &LENGTHS, of_repairs.as_ref()),
        zero_repairs,
        unknown_repairs,
        together,
    })
}

fn watch(group: &Group, outages: &[Outage], settings: &Settings) -> Result<Watch, GroupError> {
    let first = earliest(outages).unwrap_or(group.last());
    let from = settings.from.unwrap_or(first);
    let since = settings.since.unwrap_or(from).max(from);
    // The last outage is seen, so that the end is a moment later.
    let until = settings.until.unwrap_or_else(|| Moment::unpacked(group.last().packed() + 1));
    if since >= until {
        return Err(GroupError::NoTime { begins: since.to_string(), until: until.to_string() });
    }
    let seen = group.units();
    let units = settings.population.unwrap_or(group.population().unwrap_or(seen).max(seen));
    if units < seen {
        return Err(GroupError::TooFewUnits { given: units, seen });
    }
    Ok(Watch { from, since, until, units })
}

fn gather(gatherer: &mut Gatherer, from: f64, to: f64, ended: bool, weight: f64) {
    gatherer.add(to, if ended { Kind::Ended } else { Kind::Censored }, weight);
    if from > 0.0 {
        gatherer.add(from, Kind::Entered, weight);
    }
}

/// Where gaps and repairs come from, as they are or drawn again.
struct Source<'a> {
    outages: &'a [Outage],
    watch: Watch,
    group: &'a Group,
    by_unit: bool,
    settings: &'a Settings,
}

impl Source<'_> {
    fn replicas(&self, sample: &Sample, gather: impl FnMut(Option<u64>, &mut Cells)) -> Option<Replicas> {
        (sample.ended() >= FEWEST as f64).then(|| replicate(self.settings.resamples, gather))
    }

    /// How often each unit counts in a replica: the same for its gaps and its repairs, whatever of them there is.
    fn weights(&self, replica: Option<u64>, what: &str) -> impl FnMut(u32) -> f64 {
        let name = format!("{}/{}", self.group.name(), if self.by_unit { "units" } else { what });
        let mut stream = replica.map(|replica| stream(self.settings.seed, &name, replica));
        let by_unit = self.by_unit;
        let mut drawn = (None, 1.0);
        let mut next = self.group.first_unit();
        move |unit| {
            let Some(stream) = &mut stream else { return 1.0 };
            if !by_unit {
                return weight(stream);
            }
            if drawn.0 != Some(unit) {
                // Units without anything are drawn too, so that each has its own number.
                (next..unit).for_each(|_| {
                    weight(stream);
                });
                next = unit + 1;
                drawn = (Some(unit), weight(stream));
            }
            drawn.1
        }
    }

    fn gaps(&self, replica: Option<u64>, to: &mut dyn FnMut(f64, f64, bool, f64)) {
        let mut weights = self.weights(replica, "gaps");
        self.watch.gaps(self.outages, |gap| to(gap.from, gap.to, gap.failed, weights(gap.unit)));
        let silent = self.watch.units - self.group.units();
        let Some(gap) = self.watch.silent().filter(|_| silent > 0) else { return };
        let Some(replica) = replica else {
            return (0..silent).for_each(|_| to(gap.from, gap.to, false, 1.0));
        };
        let mut stream = stream(self.settings.seed, &format!("{}/silent", self.group.name()), replica);
        let all = (0..silent).fold(0.0, |sum, _| sum + weight(&mut stream));
        to(gap.from, gap.to, false, all);
    }

    fn repairs(&self, replica: Option<u64>, cells: &mut Cells) {
        let mut weights = self.weights(replica, "repairs");
        let to = |repair: super::gaps::Repair| {
            add(cells, 0.0, repair.length, true, weights(repair.unit));
        };
        self.watch.repairs(self.outages, to, |_| ());
    }
}

#[cfg(test)]
#[path = "group_tests.rs"]
mod tests;
