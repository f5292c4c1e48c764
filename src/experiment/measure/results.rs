//! What was measured: the schema of a measurement's `results.json`.

use serde::{Deserialize, Serialize};

use crate::engine::Digest;
use crate::experiment::Figure;
use crate::process::Injected;
use crate::random::Law;
use crate::units::Probability;

/// The results of a measurement.
///
/// ```
/// use fivenines::experiment::MeasureResults;
///
/// fn recovered(results: &MeasureResults) -> bool {
///     results.designs.iter().all(|design| design.recovery.seen == design.recovery.of)
/// }
/// # let _ = recovered;
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasureResults {
    /// Name and version of this form.
    pub schema: String,
    /// Version of the program.
    pub version: String,
    /// The command that gives these results again.
    pub command: String,
    /// The file, or the model's name.
    pub file: String,
    /// The question in a few words.
    pub title: String,
    /// The question at length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// The model.
    pub model: String,
    /// The file that stands for what was not said, where only a model was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assumed: Option<String>,
    /// The seed.
    pub seed: u64,
    /// Confidence of every interval.
    pub confidence: f64,
    /// What each design gave.
    pub designs: Vec<MeasuredResult>,
    /// The digest of all.
    pub digest: Digest,
}

/// What was measured of a design.
///
/// ```
/// use fivenines::experiment::MeasuredResult;
///
/// fn share(design: &MeasuredResult) -> f64 {
///     design.recovery.seen as f64 / design.recovery.of as f64
/// }
/// # let _ = share;
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasuredResult {
    /// Its name.
    pub name: String,
    /// What it sets in the file, as path and value.
    pub set: Vec<(String, String)>,
    /// The model's options that the file says, as key and value; the others are as the model has them.
    pub options: Vec<(String, String)>,
    /// What was injected.
    pub fault: Injected,
    /// How long it lasts: a law.
    pub lasts: Law,
    /// Before so many seconds it does not strike.
    pub warm_up_s: f64,
    /// It strikes within so many seconds behind that.
    pub spread_s: f64,
    /// So many seconds behind it were looked at.
    pub within_s: f64,
    /// Processes.
    pub processes: u64,
    /// Episodes that were played.
    pub episodes: u64,
    /// Of them, those in which the protocol did not serve when the fault was to strike, or nobody led: they are no part of what
    /// follows.
    pub unready: u64,
    /// Events.
    pub events: u64,
    /// Episodes in which something did not hold that must.
    pub violations: u64,
    /// The first of them: the trial, and what.
    pub first_violation: Option<(u64, String)>,
    /// From the fault to somebody having noticed, where the protocol says so.
    pub detection: Option<MilestoneResult>,
    /// From there to somebody standing in, where the protocol says so.
    pub switch: Option<MilestoneResult>,
    /// From the fault to somebody standing in.
    pub taken_over: Option<MilestoneResult>,
    /// From the fault to the first answer to a request that was asked behind it.
    pub recovery: MilestoneResult,
    /// Of those that recovered, the episodes in which a client was answered before anybody had noticed, though the protocol says when:
    /// the fault did not stop all requests.
    pub answered_unnoticed: u64,
    /// Share of episodes that recovered.
    pub recovers: Figure,
    /// Requests that ended unanswered, an episode.
    pub unanswered: Figure,
    /// How long a request took before the fault, on average; part of the recovery.
    pub answer_s: Option<f64>,
    /// How long it was between two requests while the protocol recovered, on average: the resolution of the recovery.
    pub between_requests_s: Option<f64>,
    /// What a failover in a system can be given; nothing where no episode recovered.
    pub law: Option<MeasuredLaw>,
    /// The digest of its trials.
    pub digest: Digest,
}

/// How long something took over episodes, in seconds.
///
/// ```
/// use fivenines::experiment::MilestoneResult;
///
/// fn always(milestone: &MilestoneResult) -> bool {
///     milestone.seen == milestone.of
/// }
/// # let _ = always;
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MilestoneResult {
    /// Episodes in which it came.
    pub seen: u64,
    /// Of so many.
    pub of: u64,
    /// Mean of those in which it came.
    pub mean: Option<Figure>,
    /// Quantiles over all episodes: chance and time. Those in which it did not come are longer than any in which it did; an
    /// end of an interval, or a quantile, that is as long as the time looked at means "or longer".
    pub quantiles: Vec<(f64, Figure)>,
    /// Its distribution, as up to 200 equally likely times of the episodes in which it came.
    pub points_s: Vec<f64>,
}

/// A failover's laws.
///
/// ```
/// use fivenines::experiment::MeasuredLaw;
///
/// fn mean(law: &MeasuredLaw) -> f64 {
///     law.detect.mean().unwrap().secs() + law.switch.mean().unwrap().secs()
/// }
/// # let _ = mean;
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasuredLaw {
    /// Episodes that it is made from: those that recovered.
    pub episodes: u64,
    /// From the fault to somebody having noticed; to the first answer, where that came before.
    pub detect: Law,
    /// From there to the first answer.
    pub switch: Law,
    /// Share of episodes that recovered.
    pub succeeds: Probability,
    /// Least share of them at the confidence of the measurement.
    pub succeeds_at_least: Probability,
    /// How the two times went together over episodes: their correlation. A system draws them apart, so that the sum of
    /// theirs has the same mean, and a spread that differs by it.
    pub correlation: Option<f64>,
}
