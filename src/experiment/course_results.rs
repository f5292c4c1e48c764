//! What is known of single windows of time and of the error budget: part of the schema of `results.json`.

use serde::{Deserialize, Serialize};

use super::Figure;

/// The worst window of a length that a trial has, wherever it begins: windowed user-uptime, for the service that the answer
/// is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowResult {
    /// Length of the window, in seconds; the last is all of the trial after the warm-up.
    pub length_s: f64,
    /// The share that is not served in the worst window of a trial, on average over trials: of what was asked, where the
    /// service may serve less than all.
    pub worst: Figure,
    /// One trial in twenty has a worse one than this.
    pub p95: Figure,
}

/// How the error budget of a month is used up: the downtime that the objective leaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BudgetResult {
    /// Downtime that a month may have, in seconds.
    pub allowed_s: f64,
    /// Share of it that a month uses up, on average; 1 is all of it.
    pub spent: Figure,
    /// The same of single months; `None` where fewer than twenty were simulated.
    pub months: Option<BudgetQuantiles>,
    /// Alerts on its burning too fast.
    pub alerts: Vec<AlertResult>,
}

/// Quantiles across months of the share of the budget that is used up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BudgetQuantiles {
    /// The median month.
    pub p50: Figure,
    /// One month in twenty is worse.
    pub p95: Figure,
    /// One month in a hundred is worse.
    pub p99: Figure,
}

/// How often an alert is set off because the budget burns at a rate for a time: so many times as fast as would use up all of
/// it in its month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertResult {
    /// The rate.
    pub burn_rate: f64,
    /// The time that is looked back on, in seconds.
    pub within_s: f64,
    /// How often a year it is set off.
    pub per_year: Figure,
}
