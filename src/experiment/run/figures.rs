//! From sums over trials, or from an exact solution, to the figures of a service.

use super::RunPlan;
use super::exact::{Solved, SolvedService};
use super::tally::Tally;
use crate::estimate::{
    Bounds, Estimate, Outages, Quality, Shares, chance_at_most, clustered, count_of, mean_of, nines,
    quantile_of, ratio_of,
};
use crate::experiment::{CauseResult, DividedResult, Figure, OutageLength, Quantiles, ServiceResult};
use crate::system::{CauseClass, Sides};
use crate::units::Duration;

/// So many simulated years all go into the results, for plots.
const YEARS_KEPT: usize = 2000;
/// Of more of them the worst so many, and of the milder ones each whose place differs by this part from the last.
const WORST_YEARS: usize = 100;
/// Fewer simulated years than this have no quantiles worth the name.
const YEARS_FOR_QUANTILES: usize = 20;

/// The figures of a service that was simulated.
pub(super) fn service(plan: &RunPlan, name: &str, tally: &Tally, classes: &[CauseClass]) -> ServiceResult {
    let confidence = plan.confidence;
    // The sorts are most of the work here; each takes a thread where there is one.
    let (lengths, years) = rayon::join(
        || Outages::of(tally.lengths.iter().copied()),
        || {
            let mut years = tally.years.clone();
            years.sort_unstable_by(f64::total_cmp);
            years
        },
    );
    let unavailability =
        mean_of(&tally.shares, Bounds::FRACTION, confidence).expect("shares of time are between 0 and 1");
    let (years_s, years_chance) = thinned(&years);
    let span = plan.window.end - plan.window.start;
    let down: Vec<f64> = tally.shares.iter().map(|share| share * span.as_secs_f64()).collect();
    let up: Vec<f64> = tally.shares.iter().map(|share| (1.0 - share) * span.as_secs_f64()).collect();
    let seen = tally.lengths.len() as u64;
    let can_tell = seen >= ServiceResult::OUTAGES_TO_TELL;
    ServiceResult {
        name: name.to_owned(),
        availability: figure(&unavailability.complement()),
        unavailability: figure(&unavailability),
        nines: in_nines(figure(&unavailability)),
        downtime_s_per_year: scaled(figure(&unavailability), Duration::YEAR.secs()),
        yearly_downtime_s: quantiles(plan, &years),
        planned_s_per_year: a_year(plan, &tally.planned),
        divided: divided(plan, tally),
        unserved: unserved(plan, tally),
        outages_per_year: outages_per_year(plan, tally, seen),
        outage_s: lengths.mean().filter(|_| can_tell).map(|mean| OutageLength {
            mean: mean.as_secs_f64(),
            median: lengths.quantile(0.5).unwrap_or(mean).as_secs_f64(),
            p95: lengths.quantile(0.95).unwrap_or(mean).as_secs_f64(),
        }),
        mtbf_s: match can_tell {
            true => ratio_of(&up, &tally.outages, confidence).ok().map(|ratio| figure(&ratio)),
            false => few_apart(plan, &up, seen),
        },
        mttr_s: ratio_of(&down, &tally.outages, confidence).ok().filter(|_| can_tell).map(|ratio| {
            let mttr = figure(&ratio);
            // No outage is longer than the books are open.
            Figure { upper: mttr.upper.min(span.as_secs_f64()), ..mttr }
        }),
        month_meets: met(plan, &tally.months_met),
        year_meets: met(plan, &tally.years_met),
        outages_seen: seen,
        interval_method: interval_method(&unavailability),
        causes: causes(plan, tally, classes),
        years_s,
        years_chance,
    }
}

/// The figures of a service that was only solved: what a chain says without asking for distributions over years.
pub(super) fn exact(plan: &RunPlan, name: &str, solved: &SolvedService) -> ServiceResult {
    let mut service = ServiceResult {
        name: name.to_owned(),
        availability: certain(0.0),
        unavailability: certain(0.0),
        nines: certain(0.0),
        downtime_s_per_year: certain(0.0),
        yearly_downtime_s: None,
        divided: None,
        planned_s_per_year: solved.planned.map(|down| certain(down * Duration::YEAR.secs())),
        unserved: solved.unserved.map(certain),
        outages_per_year: certain(solved.outages_per_year),
        outage_s: None,
        mtbf_s: None,
        mttr_s: None,
        month_meets: None,
        year_meets: None,
        outages_seen: 0,
        interval_method: String::new(),
        causes: Vec::new(),
        years_s: Vec::new(),
        years_chance: Vec::new(),
    };
    set_exact(plan, &mut service, solved);
    service
}

/// Puts the exact figures in the place of the simulated ones, where both are known.
pub(super) fn take_exact(plan: &RunPlan, services: &mut [ServiceResult], solved: &Solved) {
    for (service, solved) in services.iter_mut().zip(&solved.services) {
        set_exact(plan, service, solved);
    }
}

fn set_exact(_: &RunPlan, service: &mut ServiceResult, solved: &SolvedService) {
    let down = solved.unavailability;
    service.availability = certain(1.0 - down);
    service.unavailability = certain(down);
    service.nines = certain(nines(down));
    service.downtime_s_per_year = certain(down * Duration::YEAR.secs());
    service.planned_s_per_year = solved.planned.map(|down| certain(down * Duration::YEAR.secs()));
    service.unserved = solved.unserved.map(certain);
    // Trials tell the shares, the solution what they are shares of.
    for cause in &mut service.causes {
        cause.downtime_s_per_year = cause.share * service.downtime_s_per_year.value;
    }
    service.interval_method = "exact".to_owned();
    // In the long run, cycles of up and down time follow each other at the rate of outages.
    let cycle = Duration::YEAR.secs() / solved.outages_per_year;
    if solved.outages_per_year > 0.0 {
        service.outages_per_year = certain(solved.outages_per_year);
        service.mttr_s = Some(certain(solved.steady_unavailability * cycle));
        service.mtbf_s = Some(certain((1.0 - solved.steady_unavailability) * cycle));
    }
}

pub(super) fn certain(value: f64) -> Figure {
    Figure { value, lower: value, upper: value }
}

pub(in crate::experiment) fn figure(estimate: &Estimate) -> Figure {
    let interval = estimate.interval();
    Figure { value: estimate.point(), lower: interval.lower(), upper: interval.upper() }
}

pub(super) fn scaled(figure: Figure, scale: f64) -> Figure {
    Figure { value: figure.value * scale, lower: figure.lower * scale, upper: figure.upper * scale }
}

/// Nines of an unavailability: more of one is less of the other.
pub(super) fn in_nines(down: Figure) -> Figure {
    Figure { value: nines(down.value), lower: nines(down.upper), upper: nines(down.lower) }
}

fn quantiles(plan: &RunPlan, years: &[f64]) -> Option<Quantiles> {
    if years.len() < YEARS_FOR_QUANTILES {
        return None;
    }
    // Too few years have no order statistic for the upper end, but no year has more downtime than a year.
    let bounds = Bounds::new(0.0, Duration::YEAR.secs());
    let at = |p| quantile_of(years, p, bounds, plan.confidence).ok().map(|it| figure(&it));
    Some(Quantiles { p50: at(0.5)?, p95: at(0.95)?, p99: at(0.99)? })
}

/// Seconds a year from shares of time, of which there are as many as trials, or none.
fn a_year(plan: &RunPlan, shares: &[f64]) -> Option<Figure> {
    let share = mean_of(shares, Bounds::FRACTION, plan.confidence).ok()?;
    Some(scaled(figure(&share), Duration::YEAR.secs()))
}

fn divided(plan: &RunPlan, tally: &Tally) -> Option<DividedResult> {
    let sides = match tally.sides? {
        Sides::Each => "each",
        Sides::Stale => "stale",
        Sides::One => return None,
    };
    Some(DividedResult { sides: sides.to_owned(), s_per_year: a_year(plan, &tally.divided)? })
}

/// The share of what was asked that was not served, in all trials together.
fn unserved(plan: &RunPlan, tally: &Tally) -> Option<Figure> {
    let first = *tally.asked.first()?;
    if tally.asked.iter().any(|&asked| asked != first)
        && tally.lost.iter().any(|&lost| lost > 0.0)
        && let Ok(ratio) = ratio_of(&tally.lost, &tally.asked, plan.confidence)
    {
        let Figure { value, lower, upper } = figure(&ratio);
        return Some(Figure { value, lower: lower.max(0.0), upper: upper.min(1.0) });
    }
    // As much was asked in all, or nothing was lost in any.
    let share = |(lost, asked): (&f64, &f64)| if *asked > 0.0 { (lost / asked).min(1.0) } else { 0.0 };
    let shares: Vec<f64> = tally.lost.iter().zip(&tally.asked).map(share).collect();
    mean_of(&shares, Bounds::FRACTION, plan.confidence).ok().map(|mean| figure(&mean))
}

fn outages_per_year(plan: &RunPlan, tally: &Tally, seen: u64) -> Figure {
    let years = plan.years();
    let counts: Vec<f64> = tally.outages.iter().map(|count| count / years).collect();
    let estimate = mean_of(&counts, Bounds::NON_NEGATIVE, plan.confidence).expect("counts are not negative");
    let figure = figure(&estimate);
    if seen >= ServiceResult::OUTAGES_TO_TELL {
        return figure;
    }
    let count = count_of(seen, plan.confidence);
    let watched = years * counts.len() as f64;
    Figure { lower: count.lower() / watched, upper: count.upper() / watched, ..figure }
}

/// The time between outages of which few were seen: told from their number alone.
fn few_apart(plan: &RunPlan, up: &[f64], seen: u64) -> Option<Figure> {
    let count = count_of(seen, plan.confidence);
    let total: f64 = up.iter().sum();
    (seen > 0).then(|| Figure {
        value: total / seen as f64,
        lower: total / count.upper(),
        upper: total / count.lower(),
    })
}

fn met(plan: &RunPlan, shares: &[f64]) -> Option<Figure> {
    clustered(shares, plan.confidence).ok().map(|estimate| figure(&estimate))
}

fn interval_method(unavailability: &Estimate) -> String {
    match unavailability.quality() {
        Quality::NoEvent => {
            let trials = unavailability.trials();
            let bound = chance_at_most(0, trials, unavailability.confidence()).unwrap_or(1.0);
            format!("no outage seen: a trial has one with a chance of at most {bound:.1e}")
        }
        _ => unavailability.method().to_string(),
    }
}

fn causes(plan: &RunPlan, tally: &Tally, classes: &[CauseClass]) -> Vec<CauseResult> {
    let entries: Vec<(&CauseClass, f64)> = tally
        .causes
        .iter()
        .map(|(&cause, &micros)| (&classes[cause as usize], micros as f64 / 1e6))
        .collect();
    let parts: Vec<f64> = entries.iter().map(|entry| entry.1).collect();
    let Ok(shares) = Shares::of(&parts) else { return Vec::new() };
    let years = plan.years() * tally.shares.len() as f64;
    let result = |index: usize| {
        let (class, seconds) = entries[index];
        CauseResult {
            kind: class.kind.to_owned(),
            class: class.class.clone(),
            mode: class.mode.clone(),
            site: class.site.clone(),
            share: shares.fractions()[index],
            downtime_s_per_year: seconds / years,
        }
    };
    shares.ranking().into_iter().map(result).collect()
}

/// Points of the distribution of sorted years: downtimes, and the share of years with at least that. Thinned evenly on a
/// logarithmic axis of chances, so that the rarest years keep chances of their own.
fn thinned(years: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let all = years.len();
    // Places are counted from the worst year, which is the first.
    let mut places: Vec<usize> = if all <= YEARS_KEPT {
        (1..=all).collect()
    } else {
        let next = |place: &usize| Some(place + (place / WORST_YEARS).max(1));
        std::iter::successors(Some(1), next).take_while(|&place| place < all).chain([all]).collect()
    };
    // The mildest year with any downtime says how many years have some.
    let down = all - years.partition_point(|&year| year <= 0.0);
    if let Err(at) = places.binary_search(&down)
        && down > 0
    {
        places.insert(at, down);
    }
    places.iter().rev().map(|&place| (years[all - place], place as f64 / all as f64)).unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_years_are_all_kept() {
        let (years, chances) = thinned(&[0.0, 0.0, 1.0, 5.0]);
        assert_eq!((years, chances), (vec![0.0, 0.0, 1.0, 5.0], vec![1.0, 0.75, 0.5, 0.25]));
        assert_eq!(thinned(&[]), (vec![], vec![]));
    }

    #[test]
    fn rare_years_keep_their_chances_when_many_are_thinned() {
        let mut years = vec![0.0; 800_000];
        years[799_998..].copy_from_slice(&[60.0, 3600.0]);
        let (kept, chances) = thinned(&years);
        assert!(kept.len() <= YEARS_KEPT && chances.len() == kept.len(), "{}", kept.len());
        assert_eq!(kept[kept.len() - 3..], [0.0, 60.0, 3600.0]);
        assert_eq!(chances[chances.len() - 2..], [2.5e-6, 1.25e-6]);
        assert_eq!(chances[0], 1.0);

        let years: Vec<f64> = (0..1_000_000).map(|year| f64::from((year - 300_000).max(0))).collect();
        let (kept, chances) = thinned(&years);
        assert!(kept.len() <= YEARS_KEPT, "{}", kept.len());
        let mildest = kept.iter().position(|&year| year > 0.0).unwrap();
        assert_eq!((kept[mildest], chances[mildest]), (1.0, 0.699_999));
        assert!(chances.windows(2).all(|pair| pair[0] > pair[1] && pair[0] <= pair[1] * 2.0));
    }
}
