//! What is known about the data that services keep: part of the schema of `results.json`.

use serde::{Deserialize, Serialize};

use super::Figure;

/// What became of the data of one service under one design, over the horizon after the warm-up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataResult {
    /// The service that keeps them.
    pub service: String,
    /// How often a year fewer copies were left than are needed, whether or not a backup was restored, or a failover left the
    /// last writes behind; `None` where there is an exact solution alone, and failovers do.
    pub losses_per_year: Option<Figure>,
    /// How often a year they were lost for good.
    pub lost_for_good_per_year: Figure,
    /// Chance that they are lost for good within a year; exactly solved, of a year that begins with every copy in place.
    /// `None` where the horizon has no whole year and there is no exact solution.
    pub loss_chance: Option<Figure>,
    /// Minus the decimal logarithm of that chance; infinite is written as null.
    pub durability_nines: Option<Figure>,
    /// Mean time to a loss for good, from every copy in place, in seconds; known from an exact solution only.
    pub mean_time_to_loss_s: Option<f64>,
    /// Bytes lost a year: all there is in a loss for good, and what the backup or the new leader lacks otherwise; `None` where
    /// the file does not say how much that is, or only a simulation could.
    pub lost_bytes_per_year: Option<Figure>,
    /// Bytes lost at a time where data are in chunks; `None` where they are not, where the file does not say how much there
    /// is, or where fewer than five losses were seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_bytes_per_loss: Option<Figure>,
    /// From a loss to there being data again, or to another replica leading; losses that the horizon cut off count as if they had ended there. `None`
    /// where fewer than five were seen.
    pub recovery_time_s: Option<TimesResult>,
    /// How much time's writes were missing where a backup was restored, or another replica took over; `None` where fewer than five were seen.
    pub recovery_point_s: Option<TimesResult>,
    /// How many losses were seen in all trials.
    pub losses_seen: u64,
    /// How many of these the horizon cut off.
    pub unfinished: u64,
}

impl DataResult {
    /// Fewer than this say nothing of how long things last.
    pub const TO_TELL: usize = 5;
}

/// How long something takes, in seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimesResult {
    /// Mean.
    pub mean: Figure,
    /// Median.
    pub p50: Figure,
    /// One in twenty is longer.
    pub p95: Figure,
    /// One in a hundred is longer.
    pub p99: Figure,
}
