//! What designs are compared in besides downtime, trial by trial.

use super::RunPlan;
use super::cost::Bill;
use super::data::{self, DataTally};
use super::tally::Tally;
use super::trials::Played;
use crate::estimate::Bounds;
use crate::experiment::{Design, DesignResult};
use crate::system::SystemModel;
use crate::units::Duration;

/// Something of which less is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    Outages,
    Cost,
    Unserved,
    DataLosses,
    LostForGood,
    LostBytes,
}

impl Measure {
    pub const ALL: [Measure; 6] = [
        Measure::Outages,
        Measure::Cost,
        Measure::Unserved,
        Measure::DataLosses,
        Measure::LostForGood,
        Measure::LostBytes,
    ];

    /// What the results call it.
    pub fn name(self) -> &'static str {
        match self {
            Measure::Outages => "outages_per_year",
            Measure::Cost => "cost_per_year",
            Measure::Unserved => "unserved_s_per_year",
            Measure::DataLosses => "data_losses_per_year",
            Measure::LostForGood => "data_lost_for_good_per_year",
            Measure::LostBytes => "data_lost_bytes_per_year",
        }
    }

    /// Between what its values lie.
    pub fn bounds(self) -> Bounds {
        match self {
            Measure::Unserved => Bounds::new(0.0, Duration::YEAR.secs()),
            _ => Bounds::NON_NEGATIVE,
        }
    }

    /// What an exact solution says of it, as far as it does.
    pub fn exactly(self, design: &DesignResult) -> Option<f64> {
        let sum = |each: fn(&crate::experiment::DataResult) -> Option<f64>| {
            if design.data.is_empty() { None } else { design.data.iter().map(each).sum() }
        };
        match self {
            Measure::Outages => Some(design.service.outages_per_year.value),
            Measure::Cost => {
                let total = design.cost.as_ref()?.total?;
                (total.lower == total.upper).then_some(total.value)
            }
            Measure::Unserved => {
                let lost = design.service.unserved.unwrap_or(design.service.unavailability);
                Some(lost.value * Duration::YEAR.secs())
            }
            Measure::DataLosses => sum(|data| data.losses_per_year.map(|figure| figure.value)),
            Measure::LostForGood => sum(|data| Some(data.lost_for_good_per_year.value)),
            // Only chunks are compared by it, and these are never solved.
            Measure::LostBytes => None,
        }
    }
}

/// A design's measures: of each its values trial by trial; empty where nothing was simulated, or there is nothing to it.
#[derive(Default)]
pub(super) struct Measured {
    values: [Vec<f64>; Measure::ALL.len()],
}

impl Measured {
    /// What a design's trials measured of its headline service, of its data and of its bill.
    pub fn new(
        plan: &RunPlan,
        (design, model): (&Design, &SystemModel),
        headline: usize,
        played: Option<&Played>,
        bill: Option<&Bill>,
    ) -> Measured {
        let mut measured = Measured::default();
        if let Some(played) = played {
            let (tally, years) = (&played.tallies[headline], plan.years());
            measured.values[Measure::Outages as usize] =
                tally.outages.iter().map(|count| count / years).collect();
            measured.values[Measure::Unserved as usize] = unserved(tally);
            measured.values[Measure::DataLosses as usize] = sums(&played.data, years, DataTally::losses);
            measured.values[Measure::LostForGood as usize] = sums(&played.data, years, DataTally::for_good);
            let bytes = data::bytes(design, model, &played.data).unwrap_or_default();
            measured.values[Measure::LostBytes as usize] = bytes.iter().map(|bytes| bytes / years).collect();
        }
        measured.values[Measure::Cost as usize] = bill.map_or_else(Vec::new, |bill| bill.trials.clone());
        measured
    }

    pub fn of(&self, measure: Measure) -> &[f64] {
        &self.values[measure as usize]
    }
}

/// What each trial did not serve, as seconds of downtime a year; one that serves all or nothing loses what it is down.
fn unserved(tally: &Tally) -> Vec<f64> {
    let a_year = |share: f64| share * Duration::YEAR.secs();
    if tally.asked.is_empty() {
        return tally.shares.iter().copied().map(a_year).collect();
    }
    let share = |(lost, asked): (&f64, &f64)| if *asked > 0.0 { (lost / asked).min(1.0) } else { 0.0 };
    tally.lost.iter().zip(&tally.asked).map(share).map(a_year).collect()
}

/// How often a year each trial lost data of any service.
fn sums(tallies: &[DataTally], years: f64, counts: fn(&DataTally) -> &[f64]) -> Vec<f64> {
    let trials = tallies.first().map_or(0, |tally| counts(tally).len());
    let of_trial = |trial: usize| tallies.iter().map(|tally| counts(tally)[trial]).sum::<f64>() / years;
    (0..trials).map(of_trial).collect()
}
