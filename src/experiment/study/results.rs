//! What an experiment on a protocol found.

use serde::{Deserialize, Serialize};

use crate::engine::Digest;
use crate::experiment::{Figure, SourceLine};

/// The results of an experiment on a protocol.
///
/// ```
/// use fivenines::experiment::StudyResults;
///
/// fn broken(results: &StudyResults) -> usize {
///     results.designs.iter().filter(|design| design.violations > 0).count()
/// }
/// # let _ = broken;
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyResults {
    /// Name and version of this form.
    pub schema: String,
    /// Version of the program.
    pub version: String,
    /// The command that gives these results again.
    pub command: String,
    /// The file.
    pub file: String,
    /// The question in a few words.
    pub title: String,
    /// The question at length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// The model.
    pub model: String,
    /// Length of a trial in seconds.
    pub horizon: f64,
    /// The seed.
    pub seed: u64,
    /// Confidence of every interval.
    pub confidence: f64,
    /// Where the figures of hosts are from, where these are a system's; each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceLine>,
    /// What each design gave.
    pub designs: Vec<ProtocolResult>,
    /// The digest of all.
    pub digest: Digest,
}

/// What a design gave.
///
/// ```
/// use fivenines::experiment::ProtocolResult;
///
/// fn holds(design: &ProtocolResult) -> bool {
///     design.violations == 0
/// }
/// # let _ = holds;
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProtocolResult {
    /// Its name.
    pub name: String,
    /// What it sets in the file, as path and value.
    pub set: Vec<(String, String)>,
    /// Whether faults were made up to break it: then figures are no estimates, and there are none.
    pub adversarial: bool,
    /// Processes.
    pub processes: u64,
    /// Trials.
    pub trials: u64,
    /// Events.
    pub events: u64,
    /// Trials in which something did not hold that must.
    pub violations: u64,
    /// The first of them: the trial, and what.
    pub first_violation: Option<(u64, String)>,
    /// All clients together, then each group; none where faults were made up.
    pub clients: Vec<GroupResult>,
    /// Share of time in which the protocol did not serve, by its own account.
    pub idle: Option<Figure>,
    /// For each service whose replicas the processes run on, the share of time in which it did not meet its need by the number
    /// of replicas that were up: none where faults were made up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmet: Vec<(String, Figure)>,
    /// How long answered requests took.
    pub latency: Option<LatencyResult>,
    /// What processes marked, by name: how often a trial, on average.
    pub marks: Vec<(String, f64)>,
    /// Messages between processes, a trial, on average, and the share of them that was not delivered.
    pub messages: (f64, f64),
    /// The digest of its trials.
    pub digest: Digest,
}

/// What the clients of a group saw.
///
/// ```
/// use fivenines::experiment::GroupResult;
///
/// fn downtime(group: &GroupResult) -> Option<f64> {
///     group.unavailable_time.as_ref().map(|figure| figure.value)
/// }
/// # let _ = downtime;
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupResult {
    /// The group's name; `all` for all of them.
    pub name: String,
    /// Requests that ended, in all trials.
    pub requests: f64,
    /// Share of them that were not answered.
    pub unanswered: Option<Figure>,
    /// Share of the clients' time that was not up: from the end of a request to the end of the next it is what the former said
    /// (user-uptime; Hauer et al., NSDI 2020).
    pub unavailable_time: Option<Figure>,
}

/// How long answered requests took, in seconds, over all trials together: to three digits.
///
/// ```
/// use fivenines::experiment::LatencyResult;
///
/// let latency = LatencyResult { p50: 0.002, p95: 0.004, p99: 0.009, p999: 0.2, most: 0.8 };
/// assert!(latency.p50 < latency.most);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LatencyResult {
    /// Half of them took no longer.
    pub p50: f64,
    /// 95 in 100 took no longer.
    pub p95: f64,
    /// 99 in 100 took no longer.
    pub p99: f64,
    /// 999 in 1,000 took no longer.
    pub p999: f64,
    /// The longest.
    pub most: f64,
}
