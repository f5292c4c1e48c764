//! What became of the data that services keep: losses, what they cost, and how long they lasted.

use super::RunPlan;
use super::exact::{Solved, SolvedData};
use super::figures::{certain, figure, in_nines, scaled};
use crate::estimate::{Bounds, clustered, count_of, mean_of, quantile_of, ratio_of};
use crate::experiment::{DataResult, Design, Figure, TimesResult};
use crate::system::{Data, DataLoss, LossEnd, Service, SystemModel};
use crate::units::Duration;

/// The data of one service over all trials.
#[derive(Default)]
pub(super) struct DataTally {
    /// Of each trial, how many losses it had, and how many of them were for good.
    losses: Vec<f64>,
    for_good: Vec<f64>,
    /// Of each trial, how many chunks were lost, where data are in chunks.
    chunks: Vec<f64>,
    /// Of each trial, the share of its whole years with a loss for good.
    years: Vec<f64>,
    times: Times,
    points: Times,
    seen: u64,
    unfinished: u64,
}

impl DataTally {
    /// Of each trial, how many losses it had.
    pub fn losses(&self) -> &[f64] {
        &self.losses
    }

    /// Of each trial, how many of them were for good.
    pub fn for_good(&self) -> &[f64] {
        &self.for_good
    }
}

/// Times of some kind, one after the other and trial by trial.
#[derive(Default)]
struct Times {
    all: Vec<f64>,
    counts: Vec<f64>,
    sums: Vec<f64>,
}

impl Times {
    fn add(&mut self, times: impl Iterator<Item = f64>) {
        let before = self.all.len();
        self.all.extend(times);
        let new = &self.all[before..];
        self.counts.push(new.len() as f64);
        self.sums.push(new.iter().sum());
    }

    fn result(&self, plan: &RunPlan, longest: f64) -> Option<TimesResult> {
        if self.all.len() < DataResult::TO_TELL {
            return None;
        }
        let bounds = Bounds::new(0.0, longest);
        let bounded = |it: Figure| Figure { upper: it.upper.min(longest), ..it };
        let mut sorted = self.all.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let at = |p| quantile_of(&sorted, p, bounds, plan.confidence).ok().map(|it| figure(&it));
        let mean = figure(&ratio_of(&self.sums, &self.counts, plan.confidence).ok()?);
        Some(TimesResult { mean: bounded(mean), p50: at(0.5)?, p95: at(0.95)?, p99: at(0.99)? })
    }
}

/// Adds a trial to the tallies, one for each service that keeps data.
pub(super) fn add(tallies: &mut [DataTally], plan: &RunPlan, losses: &[DataLoss]) {
    let (start, end) = (plan.window.start, plan.window.end);
    let years = plan.years() as usize;
    for (number, tally) in (0..).zip(tallies) {
        let own = || losses.iter().filter(|loss| loss.data == number);
        let for_good = || own().filter(|loss| loss.ending == LossEnd::ForGood);
        tally.losses.push(own().count() as f64);
        tally.for_good.push(for_good().count() as f64);
        if years > 0 {
            let year =
                |loss: &DataLoss| ((loss.start - start).as_secs_f64() / Duration::YEAR.secs()) as usize;
            let mut lossy: Vec<usize> = for_good().map(year).filter(|&year| year < years).collect();
            lossy.dedup();
            tally.years.push(lossy.len() as f64 / years as f64);
        }
        tally.chunks.push(own().filter_map(|loss| loss.chunks).sum::<u64>() as f64);
        // Nobody waits for a chunk.
        let whole = own().filter(|loss| loss.chunks.is_none());
        tally.times.add(whole.map(|loss| (loss.end.unwrap_or(end) - loss.start).as_secs_f64()));
        tally.seen += own().count() as u64;
        tally.points.add(own().filter_map(|loss| match loss.ending {
            LossEnd::Restored(point) => Some(point.as_secs_f64()),
            LossEnd::Open | LossEnd::ForGood => None,
        }));
        tally.unfinished += own().filter(|loss| loss.end.is_none()).count() as u64;
    }
}

/// What became of the data of each service that keeps some.
pub(super) fn results(
    plan: &RunPlan,
    design: &Design,
    model: &SystemModel,
    solved: Option<&Solved>,
    tallies: &[DataTally],
) -> Vec<DataResult> {
    let result = |(number, (name, longest)): (usize, (&str, Option<Duration>))| {
        let exact = solved.map(|solved| &solved.data[number]);
        of_service(plan, Kept::new(design, name, longest), exact, tallies.get(number))
    };
    model.kept_data().enumerate().map(result).collect()
}

/// A service that keeps data.
struct Kept<'a> {
    name: &'a str,
    service: &'a Service,
    /// What a recovery point can be at most.
    longest: Option<Duration>,
    /// Whether nothing can destroy all there is.
    stays: bool,
}

impl<'a> Kept<'a> {
    fn new(design: &'a Design, name: &'a str, longest: Option<Duration>) -> Kept<'a> {
        let service = &design.system.services[name];
        Kept { name, service, longest, stays: !design.system.destroys_data_of(service) }
    }

    fn data(&self) -> &'a Data {
        self.service.data.as_ref().expect("what keeps data says so")
    }

    /// How many bytes each part keeps.
    fn part_size(&self) -> Option<f64> {
        match self.data().size {
            Some(size) => Some(size.count() as f64 / f64::from(self.service.part_count())),
            // How much there is does not matter to what is never lost for good.
            None => self.stays.then_some(0.0),
        }
    }

    /// Bytes lost in each trial: all there is in a part for each loss for good, and what was written to it since for each
    /// restored backup and each replica that took over and was behind; of chunks those that were lost.
    fn bytes(&self, tally: &DataTally) -> Option<Vec<f64>> {
        let (data, size) = (self.data(), self.part_size()?);
        if let Some(chunks) = &data.chunks {
            let chunk = size / f64::from(chunks.count);
            return Some(tally.chunks.iter().map(|lost| lost * chunk).collect());
        }
        let written = match data.backups.is_empty() && data.lag.is_none() {
            true => 0.0,
            false => data.written?.bytes_per_sec() / f64::from(self.service.part_count()),
        };
        let trials = tally.for_good.iter().zip(&tally.points.sums);
        Some(trials.map(|(for_good, points)| for_good * size + points * written).collect())
    }
}

fn of_service(
    plan: &RunPlan,
    kept: Kept<'_>,
    exact: Option<&SolvedData>,
    tally: Option<&DataTally>,
) -> DataResult {
    let Kept { name, longest, stays, .. } = kept;
    let nothing = DataTally::default();
    let tally = tally.unwrap_or(&nothing);
    let span = (plan.window.end - plan.window.start).as_secs_f64();
    let data = kept.data();
    let losses_per_year = match exact {
        // No state tells that a failover left something behind.
        Some(_) if data.lag.is_some() => (!tally.losses.is_empty()).then(|| a_year(plan, &tally.losses)),
        Some(exact) => Some(certain(exact.losses_per_year)),
        None if stays && longest == Some(Duration::ZERO) => Some(certain(0.0)),
        None => Some(a_year(plan, &tally.losses)),
    };
    let lost_for_good_per_year = match exact {
        Some(exact) => certain(exact.for_good_per_year),
        None if stays => certain(0.0),
        None => a_year(plan, &tally.for_good),
    };
    let seen = || match stays {
        true => Some(certain(0.0)),
        false => clustered(&tally.years, plan.confidence).ok().map(|share| figure(&share)),
    };
    let loss_chance = exact.and_then(|exact| exact.chance.map(certain)).or_else(seen);
    DataResult {
        service: name.to_owned(),
        losses_per_year,
        lost_for_good_per_year,
        loss_chance,
        durability_nines: loss_chance.map(in_nines),
        mean_time_to_loss_s: exact.map(|exact| exact.mean_time).filter(|mean| mean.is_finite()),
        lost_bytes_per_year: lost_bytes(plan, &kept, losses_per_year, lost_for_good_per_year, tally),
        lost_bytes_per_loss: bytes_at_a_time(plan, &kept, tally),
        recovery_time_s: tally.times.result(plan, span),
        recovery_point_s: tally.points.result(plan, longest.map_or(f64::INFINITY, Duration::secs)),
        losses_seen: tally.seen,
        unfinished: tally.unfinished,
    }
}

/// How often a year something happened.
fn a_year(plan: &RunPlan, counts: &[f64]) -> Figure {
    let estimate = mean_of(counts, Bounds::NON_NEGATIVE, plan.confidence).expect("counts are not negative");
    let mean = figure(&estimate);
    let seen: f64 = counts.iter().sum();
    let per_year = 1.0 / plan.years();
    if seen >= DataResult::TO_TELL as f64 {
        return scaled(mean, per_year);
    }
    let (count, trials) = (count_of(seen as u64, plan.confidence), counts.len() as f64);
    scaled(Figure { lower: count.lower() / trials, upper: count.upper() / trials, ..mean }, per_year)
}

/// Bytes lost a year, as far as the file says how much there is.
fn lost_bytes(
    plan: &RunPlan,
    kept: &Kept<'_>,
    losses_per_year: Option<Figure>,
    for_good_per_year: Figure,
    tally: &DataTally,
) -> Option<Figure> {
    let data = kept.data();
    let size = kept.part_size()?;
    if data.backups.is_empty() && data.lag.is_none() && data.chunks.is_none() {
        return Some(scaled(for_good_per_year, size));
    }
    let lost = kept.bytes(tally)?;
    if lost.is_empty() {
        return None;
    }
    if let Some(chunks) = data.chunks.as_ref().filter(|_| (tally.seen as usize) < DataResult::TO_TELL) {
        // So few say nothing of how much the others lose: between a chunk and all there is.
        let value = lost.iter().sum::<f64>() / lost.len() as f64 / plan.years();
        let Figure { lower, upper, .. } = for_good_per_year;
        return Some(Figure { value, lower: lower * size / f64::from(chunks.count), upper: upper * size });
    }
    if lost.iter().all(|&lost| lost == 0.0) {
        // Nothing was seen: no more than the most that one loss takes, as often as there may be one.
        let written = data.written?.bytes_per_sec() / f64::from(kept.service.part_count());
        let most = size.max(kept.longest?.secs() * written);
        return losses_per_year.map(|losses| Figure { value: 0.0, lower: 0.0, upper: losses.upper * most });
    }
    let mean = mean_of(&lost, Bounds::NON_NEGATIVE, plan.confidence).ok()?;
    Some(scaled(figure(&mean), 1.0 / plan.years()))
}

/// Bytes lost with chunks at a time; nothing where too few losses were seen, or there are no chunks.
fn bytes_at_a_time(plan: &RunPlan, kept: &Kept<'_>, tally: &DataTally) -> Option<Figure> {
    let chunks = kept.data().chunks.as_ref().filter(|_| tally.seen as usize >= DataResult::TO_TELL)?;
    let mean = ratio_of(&tally.chunks, &tally.losses, plan.confidence).ok()?;
    Some(scaled(figure(&mean), kept.part_size()? / f64::from(chunks.count)))
}

/// Bytes lost in each trial by all services that keep data; nothing where one does not say how much there is.
pub(super) fn bytes(design: &Design, model: &SystemModel, tallies: &[DataTally]) -> Option<Vec<f64>> {
    let mut sums: Option<Vec<f64>> = None;
    for ((name, longest), tally) in model.kept_data().zip(tallies) {
        let bytes = Kept::new(design, name, longest).bytes(tally)?;
        sums = Some(match sums {
            Some(sums) => sums.iter().zip(&bytes).map(|(sum, bytes)| sum + bytes).collect(),
            None => bytes,
        });
    }
    sums
}
