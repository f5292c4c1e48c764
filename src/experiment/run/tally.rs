//! Adds up what happened to one service over trials.

use std::collections::BTreeMap;

use super::{MONTH, RunPlan};
use crate::system::{Agreement, OutageRecord, ServiceRecord, Sides, Window};
use crate::units::{Duration, Span};

/// Months in a year.
const MONTHS: u32 = 12;
/// Among this many first trials the example for the timeline is chosen.
const EXAMPLES: u64 = 100;

/// What happened to one service, trial by trial.
pub(super) struct Tally {
    window: Window,
    /// Some maintenance does not count.
    excludes: bool,
    /// Downtime that a month and a year may have.
    allowed: Option<(Span, Span)>,
    /// Downtime as a share of time.
    pub shares: Vec<f64>,
    /// Time down for maintenance alone that does not count, as a share of time; empty where all counts.
    pub planned: Vec<f64>,
    /// What it does while a network is in parts, where it may serve in several of them, and for how much of the time it did.
    pub sides: Option<Sides>,
    pub divided: Vec<f64>,
    /// What was asked of it, and what it did not serve of that; empty where it is not valued.
    pub asked: Vec<f64>,
    pub lost: Vec<f64>,
    /// How many of its replicas were off on average.
    pub off: Vec<f64>,
    /// Outages.
    pub outages: Vec<f64>,
    /// Length of every outage.
    pub lengths: Vec<Span>,
    /// Share of the months that meet the objective.
    pub months_met: Vec<f64>,
    /// Share of the years that do.
    pub years_met: Vec<f64>,
    /// Downtime of every whole month, in seconds, trial by trial; nothing where nobody asks for it.
    pub months: Option<Vec<f64>>,
    /// What customers pay, and get back for bad months.
    agreement: Option<Agreement>,
    /// What they get back a year, in each trial; empty where there is no agreement, or no whole month.
    pub credits: Vec<f64>,
    /// Downtime of every whole year, in seconds.
    pub years: Vec<f64>,
    /// Downtime by cause class, in microseconds.
    pub causes: BTreeMap<u32, u64>,
    /// Downtime, number and outages of the first trials.
    examples: Vec<(Span, u64, Vec<OutageRecord>)>,
}

impl Tally {
    /// `excludes` says that some maintenance does not count.
    pub fn new(plan: &RunPlan, excludes: bool, agreement: Option<Agreement>) -> Tally {
        let allowed = plan.experiment.objective.as_ref().map(|objective| {
            let down = objective.availability.complement().value();
            let month = MONTH.as_secs_f64() * down;
            (Span::from_secs_f64(month), Span::from_secs_f64(month * f64::from(MONTHS)))
        });
        Tally {
            window: plan.window,
            excludes,
            allowed,
            shares: Vec::new(),
            planned: Vec::new(),
            sides: None,
            divided: Vec::new(),
            asked: Vec::new(),
            lost: Vec::new(),
            off: Vec::new(),
            outages: Vec::new(),
            lengths: Vec::new(),
            months_met: Vec::new(),
            years_met: Vec::new(),
            months: None,
            agreement,
            credits: Vec::new(),
            years: Vec::new(),
            causes: BTreeMap::new(),
            examples: Vec::new(),
        }
    }

    /// Whether customers get something back for bad months.
    pub fn has_agreement(&self) -> bool {
        self.agreement.is_some()
    }

    /// Adds one trial's record. Trials come in their order.
    pub fn add(&mut self, trial: u64, record: ServiceRecord) {
        let length = (self.window.end - self.window.start).as_micros();
        self.shares.push(record.downtime.as_micros() as f64 / length as f64);
        if self.excludes {
            self.planned.push(record.planned.as_micros() as f64 / length as f64);
        }
        if let Some((sides, divided)) = record.divided {
            self.sides = Some(sides);
            self.divided.push(divided.as_micros() as f64 / length as f64);
        }
        if let Some(served) = record.served {
            self.asked.push(served.asked as f64);
            self.lost.push(served.lost as f64);
        }
        self.off.push(record.off.as_micros() as f64 / length as f64);
        self.outages.push(record.outages.len() as f64);
        self.lengths.extend(record.outages.iter().map(|outage| outage.length));
        for &(cause, span) in &record.causes {
            *self.causes.entry(cause).or_default() += span.as_micros();
        }
        self.add_windows(&record);
        if trial < EXAMPLES {
            self.examples.push((record.downtime, trial, record.outages));
        }
    }

    /// Downtime by month and by year, whole ones only.
    fn add_windows(&mut self, record: &ServiceRecord) {
        let months = self.window.count() as u32;
        let years = months / MONTHS;
        if let Some(all) = &mut self.months {
            let first = all.len();
            all.resize(first + months as usize, 0.0);
            for &(month, down) in record.windows.iter().filter(|window| window.0 < months) {
                all[first + month as usize] = down.as_secs_f64();
            }
        }
        let mut year_down = vec![Span::ZERO; years as usize];
        let mut months_missed = 0;
        let mut credited = 0.0;
        for &(month, down) in record.windows.iter().filter(|window| window.0 < months) {
            if let Some(year) = year_down.get_mut((month / MONTHS) as usize) {
                *year += down;
            }
            months_missed += u32::from(self.allowed.is_some_and(|(allowed, _)| down > allowed));
            if let Some(agreement) = &self.agreement {
                credited += agreement.credited(1.0 - down.as_secs_f64() / MONTH.as_secs_f64());
            }
        }
        if let Some(agreement) = self.agreement.as_ref().filter(|_| months > 0) {
            let share = credited / f64::from(months);
            self.credits.push(share * (agreement.bill * Duration::YEAR).amount());
        }
        if let Some((_, allowed)) = self.allowed {
            if months > 0 {
                self.months_met.push(1.0 - f64::from(months_missed) / f64::from(months));
            }
            if years > 0 {
                let met = year_down.iter().filter(|&&down| down <= allowed).count();
                self.years_met.push(met as f64 / f64::from(years));
            }
        }
        self.years.extend(year_down.iter().map(|down| down.as_secs_f64()));
    }

    /// A trial for the timeline: of the first trials, the one with as much downtime as nine in ten have at most. It
    /// has something to show without being the worst of all.
    pub fn example(&self) -> Option<(u64, &[OutageRecord])> {
        let mut order: Vec<&(Span, u64, Vec<OutageRecord>)> = self.examples.iter().collect();
        order.sort_by_key(|example| (example.0, example.1));
        let (_, trial, outages) = order.get(order.len().checked_sub(1)? * 9 / 10)?;
        Some((*trial, outages))
    }
}
