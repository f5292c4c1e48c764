//! Everything about one group of units: its times to failure, its repairs, and what its failures have to do with each other.

use serde::Serialize;

use super::batch::{Batch, Weights, batches};
use super::cells::Gatherer;
use super::date::Moment;
use super::gaps::{Gap, Seen, Watch};
use super::laws::{AGES, FEWEST, Fit, LENGTHS};
use super::log::{Group, Log};
use super::resample::Replicas;
use super::sample::{Kind, Sample};
use super::together::{Together, together};
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
    /// What of the log is not in memory cannot be written or read again.
    #[error("a temporary file for what does not fit in memory: {reason}")]
    Scratch {
        /// What the system says.
        reason: String,
    },
}

impl From<std::io::Error> for GroupError {
    fn from(error: std::io::Error) -> GroupError {
        GroupError::Scratch { reason: error.to_string() }
    }
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
/// Memory does not grow with the log, beyond what the log itself was given, but with the group's units: 4 bytes for each.
/// The same log, settings and seed give the same bits, in whatever order the rows are.
///
/// # Errors
/// When more units appear than the population says, nothing was watched, or what of the log is not in memory cannot be
/// read again.
pub fn fit_group(log: &Log, group: &Group, settings: &Settings) -> Result<GroupFit, GroupError> {
    let watch = watch(group, settings)?;
    let together = together(log, group, &watch, settings.window)?;
    let by_unit = watch.units >= FEWEST_UNITS;
    let source = Source { log, watch, group, by_unit, seed: settings.seed };
    let (mut gaps, mut repairs) = (Gatherer::new(), Gatherer::new());
    let (mut zero_repairs, mut unknown_repairs) = (0, 0);
    watch.walk(log.outages_of(group), |seen| match seen {
        Seen::Gap(gap) => gather(&mut gaps, &gap),
        Seen::Repair(length) => repairs.add(length, Kind::Ended),
        Seen::Zero => zero_repairs += 1,
        Seen::Unknown => unknown_repairs += 1,
        Seen::Unit => {}
    })?;
    if let Some(gap) = watch.silent() {
        (0..source.silent()).for_each(|_| gather(&mut gaps, &gap));
    }
    let (gaps, repairs) = (gaps.sample(), repairs.sample());
    let (of_gaps, of_repairs) = source.replicas(&gaps, &repairs, settings.resamples)?;
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

fn watch(group: &Group, settings: &Settings) -> Result<Watch, GroupError> {
    let from = settings.from.unwrap_or(group.first());
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

fn gather(gatherer: &mut Gatherer, gap: &Gap) {
    gatherer.add(gap.to, if gap.failed { Kind::Ended } else { Kind::Censored });
    if gap.from > 0.0 {
        gatherer.add(gap.from, Kind::Entered);
    }
}

/// Where gaps and repairs come from, to be drawn again.
struct Source<'a> {
    log: &'a Log,
    watch: Watch,
    group: &'a Group,
    by_unit: bool,
    seed: u64,
}

/// How often things count: units, or gaps and repairs one by one, and units that never failed.
struct Draw {
    gaps: Weights,
    repairs: Weights,
    silent: Weights,
}

impl Source<'_> {
    /// Units that never failed.
    fn silent(&self) -> u64 {
        self.watch.units - self.group.units()
    }

    /// Replicas of gaps and of repairs, where there are enough of them for a law.
    fn replicas(
        &self,
        gaps: &Sample,
        repairs: &Sample,
        resamples: u64,
    ) -> std::io::Result<(Option<Replicas>, Option<Replicas>)> {
        let enough = [gaps, repairs].map(|sample| sample.ended() >= FEWEST as f64);
        if enough == [false; 2] {
            return Ok((None, None));
        }
        let bases =
            self.fill(Draw { gaps: Weights::ones(), repairs: Weights::ones(), silent: Weights::ones() })?;
        let [mut of_gaps, mut of_repairs] =
            [0, 1].map(|of| enough[of].then(|| Replicas::new(&bases[of].first())));
        for range in batches(resamples) {
            let drawn =
                |what: &str| Weights::drawn(self.seed, &format!("{}/{what}", self.group.name()), &range);
            let [gaps, repairs] = if self.by_unit { ["units"; 2] } else { ["gaps", "repairs"] };
            let batches =
                self.fill(Draw { gaps: drawn(gaps), repairs: drawn(repairs), silent: drawn("silent") })?;
            for (replicas, batch) in [&mut of_gaps, &mut of_repairs].into_iter().zip(batches) {
                let Some(replicas) = replicas else { continue };
                batch.samples().for_each(|sample| replicas.add(&sample));
            }
        }
        Ok((of_gaps, of_repairs))
    }

    /// Gaps and repairs of each replica, in one pass. A unit counts the same for its gaps and its repairs, and is drawn
    /// whether it has any or not.
    fn fill(&self, mut draw: Draw) -> std::io::Result<[Batch; 2]> {
        let replicas = draw.gaps.replicas();
        let (mut gaps, mut repairs) = (Batch::new(replicas), Batch::new(replicas));
        let by_unit = self.by_unit;
        self.watch.walk(self.log.outages_of(self.group), |seen| match seen {
            Seen::Gap(gap) => {
                gaps.gap(&gap);
                if !by_unit {
                    gaps.close(draw.gaps.next());
                }
            }
            Seen::Repair(length) => {
                repairs.add(length, Kind::Ended);
                if !by_unit {
                    repairs.close(draw.repairs.next());
                }
            }
            Seen::Unit if by_unit => {
                let weights = draw.gaps.next();
                gaps.close(weights);
                repairs.close(weights);
            }
            Seen::Zero | Seen::Unknown | Seen::Unit => {}
        })?;
        if let Some(gap) = self.watch.silent().filter(|_| self.silent() > 0) {
            gaps.gap(&gap);
            gaps.close(&draw.silent.sum_of(self.silent()));
        }
        Ok([gaps, repairs])
    }
}

#[cfg(test)]
#[path = "group_tests.rs"]
mod tests;
