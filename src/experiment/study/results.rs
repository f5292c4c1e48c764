//! What an experiment on a protocol found.

use serde::{Deserialize, Serialize};

use crate::engine::Digest;
use crate::experiment::{Figure, SourceLine, WindowResult};

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
    /// What `nines replay` and `nines shrink` take besides the file, the trial and one of several designs, to play a trial of these
    /// again: the options that were given, quoted for a shell.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub again: String,
    /// The question in a few words.
    pub title: String,
    /// The question at length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// The model.
    pub model: String,
    /// Length of a trial in seconds.
    pub horizon_s: f64,
    /// Its discarded start in seconds.
    pub warm_up_s: f64,
    /// The seed.
    pub seed: u64,
    /// Confidence of every interval.
    pub confidence: f64,
    /// Where the figures of hosts are from, where these are a system's; each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceLine>,
    /// What each design gave.
    pub designs: Vec<ProtocolResult>,
    /// The designs against each other, each pair once: those in which faults are made up are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comparisons: Vec<ProtocolComparison>,
    /// Names of the designs that may be the best, the one whose clients lose the least first: no other is shown to be better.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contenders: Vec<String>,
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
    /// Trials in which it would take too long to find out whether what clients saw is as it must be: they count as neither.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub undecided: u64,
    /// All clients together, then each group; none where faults were made up.
    pub clients: Vec<GroupResult>,
    /// Share of time in which the protocol did not serve, by its own account.
    pub idle: Option<Figure>,
    /// For each service whose replicas the processes run on, the share of time in which it did not meet its need by the number
    /// of replicas that were up: none where faults were made up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmet: Vec<(String, Figure)>,
    /// How much of all clients' time is not up in the worst window of each length; none where faults were made up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<WindowResult>,
    /// What processes marked behind the warm-up, by name: how often a trial, on average.
    pub marks: Vec<(String, f64)>,
    /// Messages between processes behind the warm-up, a trial, on average, and the share of them that was not delivered.
    pub messages: (f64, f64),
    /// The digest of its trials.
    pub digest: Digest,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
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
    /// Share of them whose answer was wrong, as far as the protocol can tell.
    pub wrong: Option<Figure>,
    /// Share of the clients' time that was not up: from the end of a request to the end of the next it is what the former said
    /// (user-uptime; Hauer et al., NSDI 2020).
    pub unavailable_time: Option<Figure>,
    /// How long answers took, where there were any.
    pub latency: Option<LatencyResult>,
}

/// Two designs compared in the share of client time that was not up, trial by trial under common random numbers.
///
/// ```
/// use fivenines::experiment::ProtocolComparison;
///
/// fn decided(comparison: &ProtocolComparison) -> bool {
///     comparison.verdict != "undecided"
/// }
/// # let _ = decided;
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProtocolComparison {
    /// The design compared.
    pub design: String,
    /// What it is compared with.
    pub baseline: String,
    /// The share of client time down of the design less that of the baseline, on average over trials.
    pub difference: Figure,
    /// The one over the other; nothing where the baseline never lost any.
    pub ratio: Option<Figure>,
    /// `better`, `worse` or `undecided`.
    pub verdict: String,
}

/// How long answered requests took, in seconds, over all trials together: to three digits.
///
/// ```
/// use fivenines::experiment::LatencyResult;
///
/// let latency = LatencyResult {
///     p50_s: 0.002,
///     p95_s: 0.004,
///     p99_s: 0.009,
///     p999_s: 0.2,
///     most_s: 0.8,
///     curve_s: vec![],
/// };
/// assert!(latency.p50_s < latency.most_s);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LatencyResult {
    /// Half of them took no longer.
    pub p50_s: f64,
    /// 95 in 100 took no longer.
    pub p95_s: f64,
    /// 99 in 100 took no longer.
    pub p99_s: f64,
    /// 999 in 1,000 took no longer.
    pub p999_s: f64,
    /// The longest.
    pub most_s: f64,
    /// Shares of answers, and how long no more than that share took: for curves.
    pub curve_s: Vec<(f64, f64)>,
}
