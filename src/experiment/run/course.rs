//! From the courses of trials to the worst windows, and to what is used up of the error budget.

use super::figures::{certain, figure, scaled};
use super::trials::Played;
use super::{MONTH, RunPlan};
use crate::estimate::{Bounds, count_of, mean_of, quantile_of};
use crate::experiment::{AlertResult, BudgetQuantiles, BudgetResult, Figure, ServiceResult, WindowResult};
use crate::system::{Burn, Course, Lookout};
use crate::units::Span;

/// Lengths of windows in seconds: from a minute to a year, as people speak of them.
const LENGTHS: [f64; 11] = [
    60.0,
    300.0,
    900.0,
    3600.0,
    4.0 * 3600.0,
    12.0 * 3600.0,
    86_400.0,
    7.0 * 86_400.0,
    730.0 * 3600.0,
    3.0 * 730.0 * 3600.0,
    8760.0 * 3600.0,
];

/// Burn rates and how long they have to last, in seconds: the three alerts of *The Site Reliability Workbook*, table 5-8,
/// which use up 2%, 5% and 10% of the budget of 30 days.
const ALERTS: [(f64, f64); 3] = [(14.4, 3600.0), (6.0, 6.0 * 3600.0), (1.0, 3.0 * 86_400.0)];

/// Fewer months than this have no quantiles worth the name.
const MONTHS_FOR_QUANTILES: usize = 20;

/// What trials showed of the course of the headline service.
#[derive(Default)]
pub(super) struct CourseTally {
    /// For each length of a window, each trial's worst.
    worst: Vec<Vec<f64>>,
    /// For each alert, how often each trial set it off.
    alerts: Vec<Vec<f64>>,
}

impl CourseTally {
    /// Adds a trial. Trials come in their order.
    pub fn add(&mut self, course: &Course) {
        self.worst.resize(course.worst.len(), Vec::new());
        self.alerts.resize(course.alerts.len(), Vec::new());
        self.worst.iter_mut().zip(&course.worst).for_each(|(all, &worst)| all.push(worst));
        self.alerts.iter_mut().zip(&course.alerts).for_each(|(all, &count)| all.push(f64::from(count)));
    }
}

impl RunPlan<'_> {
    /// What is looked for in the course of the headline service.
    pub(super) fn lookout(&self, headline: usize) -> Lookout {
        let books = self.window.end - self.window.start;
        let lengths = LENGTHS.map(Span::from_secs_f64).into_iter().filter(|&length| length < books);
        let burn = |&(rate, within): &(f64, f64)| {
            let allowed = self.allowed()? * rate;
            // What is always burnt, or can not be burnt at all, alerts nobody.
            let is_rate = 0.0 < allowed && allowed < 1.0;
            is_rate.then(|| Burn {
                within: Span::from_secs_f64(within),
                down: Span::from_secs_f64(within * allowed),
            })
        };
        Lookout {
            service: headline,
            lengths: lengths.chain([books]).collect(),
            burns: ALERTS.iter().filter_map(burn).collect(),
        }
    }

    /// The share of time that the objective leaves.
    fn allowed(&self) -> Option<f64> {
        let objective = self.experiment.objective.as_ref()?;
        Some(objective.availability.complement().value())
    }

    /// What the course of the headline service shows: its worst windows, and what is used up of its error budget.
    pub(super) fn course(
        &self,
        headline: usize,
        played: Option<&Played>,
    ) -> (Vec<WindowResult>, Option<BudgetResult>) {
        let Some(played) = played else { return (Vec::new(), None) };
        let months = played.tallies[headline].months.as_deref().unwrap_or_default();
        (self.windows(headline, &played.course), self.budget(headline, &played.course, months))
    }

    /// The worst windows of trials.
    fn windows(&self, headline: usize, tally: &CourseTally) -> Vec<WindowResult> {
        let window = |(length, worst): (&Span, &Vec<f64>)| {
            let mean = mean_of(worst, Bounds::FRACTION, self.confidence).ok()?;
            let mut sorted = worst.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            let p95 = quantile_of(&sorted, 0.95, Bounds::FRACTION, self.confidence).ok()?;
            Some(WindowResult { length_s: length.as_secs_f64(), worst: figure(&mean), p95: figure(&p95) })
        };
        self.lookout(headline).lengths.iter().zip(&tally.worst).filter_map(window).collect()
    }

    /// What is used up of a month's budget, by the downtime of months in seconds and how much each trial had of it in its
    /// months.
    fn budget(&self, headline: usize, tally: &CourseTally, months: &[f64]) -> Option<BudgetResult> {
        let allowed_s = self.allowed().filter(|&allowed| allowed > 0.0)? * MONTH.as_secs_f64();
        let per_trial = self.window.count() as usize;
        if per_trial == 0 || months.is_empty() {
            return None;
        }
        let mean = |trial: &[f64]| trial.iter().sum::<f64>() / trial.len() as f64;
        let trials: Vec<f64> = months.chunks(per_trial).map(mean).collect();
        let bounds = Bounds::new(0.0, MONTH.as_secs_f64());
        let spent = figure(&mean_of(&trials, bounds, self.confidence).ok()?);
        Some(BudgetResult {
            allowed_s,
            spent: scaled(spent, 1.0 / allowed_s),
            months: self.of_months(months, allowed_s),
            alerts: self.alerts(headline, tally),
        })
    }

    fn of_months(&self, months: &[f64], allowed_s: f64) -> Option<BudgetQuantiles> {
        if months.len() < MONTHS_FOR_QUANTILES {
            return None;
        }
        let mut sorted = months.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let bounds = Bounds::new(0.0, MONTH.as_secs_f64());
        let at = |p| {
            let quantile = quantile_of(&sorted, p, bounds, self.confidence).ok()?;
            Some(scaled(figure(&quantile), 1.0 / allowed_s))
        };
        Some(BudgetQuantiles { p50: at(0.5)?, p95: at(0.95)?, p99: at(0.99)? })
    }

    fn alerts(&self, headline: usize, tally: &CourseTally) -> Vec<AlertResult> {
        let years = self.years();
        let alert = |(burn, counts): (&Burn, &Vec<f64>)| {
            let within_s = burn.within.as_secs_f64();
            let rate = burn.down.as_secs_f64() / within_s / self.allowed()?;
            let mean = figure(&mean_of(counts, Bounds::NON_NEGATIVE, self.confidence).ok()?);
            let seen: f64 = counts.iter().sum();
            let few = seen < ServiceResult::OUTAGES_TO_TELL as f64;
            let told = if few { told_by_count(self, seen as u64, counts.len(), mean) } else { mean };
            // As it was asked for, and not as microseconds have rounded it.
            let burn_rate = (rate * 10.0).round() / 10.0;
            Some(AlertResult { burn_rate, within_s, per_year: scaled(told, 1.0 / years) })
        };
        self.lookout(headline).burns.iter().zip(&tally.alerts).filter_map(alert).collect()
    }
}

/// The mean of counts of which few were seen: its interval is told from their number alone.
fn told_by_count(plan: &RunPlan, seen: u64, trials: usize, mean: Figure) -> Figure {
    let count = count_of(seen, plan.confidence);
    let each = 1.0 / trials as f64;
    Figure { lower: count.lower() * each, upper: count.upper() * each, ..certain(mean.value) }
}
