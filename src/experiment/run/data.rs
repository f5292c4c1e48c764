//! What became of the data that services keep: losses, what they cost, and how long they lasted.

use super::RunPlan;
use super::exact::{Solved, SolvedData};
use super::figures::{certain, figure, in_nines, scaled};
use crate::estimate::{Bounds, clustered, count_of, mean_of, quantile_of, ratio_of};
use crate::experiment::{DataResult, Design, Figure, TimesResult};
use crate::system::{DataLoss, LossEnd, Service, SystemModel};
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
    let result = |(number, (name, longest)): (usize, (&str, Duration))| {
        let service = &design.system.services[name];
        let exact = solved.map(|solved| &solved.data[number]);
        of_service(plan, name, service, exact, tallies.get(number), longest)
    };
    model.kept_data().enumerate().map(result).collect()
}

fn of_service(
    plan: &RunPlan,
    name: &str,
    service: &Service,
    exact: Option<&SolvedData>,
    tally: Option<&DataTally>,
    longest: Duration,
) -> DataResult {
    let nothing = DataTally::default();
    let tally = tally.unwrap_or(&nothing);
    let span = (plan.window.end - plan.window.start).as_secs_f64();
    let rate = |of: fn(&SolvedData) -> f64, counts: &[f64]| match exact {
        Some(exact) => certain(of(exact)),
        None => a_year(plan, counts),
    };
    let losses_per_year = rate(|exact| exact.losses_per_year, &tally.losses);
    let lost_for_good_per_year = rate(|exact| exact.for_good_per_year, &tally.for_good);
    let seen = || clustered(&tally.years, plan.confidence).ok().map(|share| figure(&share));
    let loss_chance = exact.and_then(|exact| exact.chance.map(certain)).or_else(seen);
    DataResult {
        service: name.to_owned(),
        losses_per_year,
        lost_for_good_per_year,
        loss_chance,
        durability_nines: loss_chance.map(in_nines),
        mean_time_to_loss_s: exact.map(|exact| exact.mean_time).filter(|mean| mean.is_finite()),
        lost_bytes_per_year: lost_bytes(plan, service, lost_for_good_per_year, tally),
        lost_bytes_per_loss: bytes_at_a_time(plan, service, tally),
        recovery_time_s: tally.times.result(plan, span),
        recovery_point_s: tally.points.result(plan, longest.secs()),
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
    service: &Service,
    for_good_per_year: Figure,
    tally: &DataTally,
) -> Option<Figure> {
    let data = service.data.as_ref().expect("what keeps data says so");
    if data.backups.is_empty() && data.chunks.is_none() {
        return Some(scaled(for_good_per_year, part_size(service)?));
    }
    let lost = bytes_by_trial(service, tally)?;
    let mean = mean_of(&lost, Bounds::NON_NEGATIVE, plan.confidence).ok()?;
    let a_year = scaled(figure(&mean), 1.0 / plan.years());
    match &data.chunks {
        // So few say nothing of how much the others lose: between a chunk and all there is.
        Some(chunks) if (tally.seen as usize) < DataResult::TO_TELL => {
            let Figure { lower, upper, .. } = for_good_per_year;
            let all = part_size(service)?;
            Some(Figure { lower: lower * all / f64::from(chunks.count), upper: upper * all, ..a_year })
        }
        _ => Some(a_year),
    }
}

/// Bytes lost with chunks at a time; nothing where too few losses were seen, or there are no chunks.
fn bytes_at_a_time(plan: &RunPlan, service: &Service, tally: &DataTally) -> Option<Figure> {
    let chunks = service.data.as_ref()?.chunks.as_ref()?;
    if (tally.seen as usize) < DataResult::TO_TELL {
        return None;
    }
    let mean = ratio_of(&tally.chunks, &tally.losses, plan.confidence).ok()?;
    Some(scaled(figure(&mean), part_size(service)? / f64::from(chunks.count)))
}

/// How many bytes each part of a service keeps.
fn part_size(service: &Service) -> Option<f64> {
    Some(service.data.as_ref()?.size?.count() as f64 / f64::from(service.part_count()))
}

/// Bytes lost in each trial: all there is in a part for each loss for good, and for each restored backup what was written to
/// it since; of chunks those that were lost.
fn bytes_by_trial(service: &Service, tally: &DataTally) -> Option<Vec<f64>> {
    let (data, size) = (service.data.as_ref()?, part_size(service)?);
    if let Some(chunks) = &data.chunks {
        let chunk = size / f64::from(chunks.count);
        return Some(tally.chunks.iter().map(|lost| lost * chunk).collect());
    }
    let written = match data.backups.is_empty() {
        true => 0.0,
        false => data.written?.bytes_per_sec() / f64::from(service.part_count()),
    };
    let trials = tally.for_good.iter().zip(&tally.points.sums);
    Some(trials.map(|(for_good, points)| for_good * size + points * written).collect())
}

/// Bytes lost in each trial by all services that keep data; nothing where one does not say how much there is.
pub(super) fn bytes(design: &Design, model: &SystemModel, tallies: &[DataTally]) -> Option<Vec<f64>> {
    let services = model.kept_data().map(|(name, _)| &design.system.services[name]);
    let mut sums: Option<Vec<f64>> = None;
    for (service, tally) in services.zip(tallies) {
        let bytes = bytes_by_trial(service, tally)?;
        sums = Some(match sums {
            Some(sums) => sums.iter().zip(&bytes).map(|(sum, bytes)| sum + bytes).collect(),
            None => bytes,
        });
    }
    sums
}
