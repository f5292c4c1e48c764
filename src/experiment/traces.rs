//! What is known about the logs that an experiment replays.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Experiment;
use crate::engine::Digest;

/// Where the data are that a file refers to. The logs that its traces replay may be anywhere: an experiment file names columns, and
/// never a place on a machine. Measured laws are beside it.
///
/// ```
/// use fivenines::experiment::Logs;
///
/// let logs = Logs::default().log("lanl", "failures.csv");
/// assert!(!logs.needed && logs.given.len() == 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logs {
    /// Names of traces, and the files that they replay.
    pub given: Vec<(String, PathBuf)>,
    /// Whether a trace without its log is a mistake: it is where the experiment is to be run.
    pub needed: bool,
    /// The folder of the file, in which `measured/` has measured laws; nothing for a text that is in no file.
    pub folder: Option<PathBuf>,
}

impl Logs {
    /// The same for this file.
    pub(super) fn beside(&self, file: &Path) -> Logs {
        let folder = file.parent().map(Path::to_owned);
        Logs { folder: self.folder.clone().or(folder), ..self.clone() }
    }

    /// Says where the log of a trace is.
    #[must_use]
    pub fn log(mut self, trace: &str, path: impl Into<PathBuf>) -> Logs {
        self.given.push((trace.to_owned(), path.into()));
        self
    }
}

/// How the log of a trace was read, row by row.
///
/// ```
/// use fivenines::experiment::TraceRows;
///
/// let rows = TraceRows { rows: 10, filtered: 4, messy: vec![("no start".into(), 1)], ..TraceRows::default() };
/// assert_eq!(rows.rows - rows.filtered, 6);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceRows {
    /// The trace.
    pub trace: String,
    /// Where its window begins, as a date.
    pub since: String,
    /// Where it ends.
    pub until: String,
    /// Rows below the header.
    pub rows: u64,
    /// Rows that do not meet the conditions.
    pub filtered: u64,
    /// What is not played as it stands in the log: why, and how many rows or outages.
    pub messy: Vec<(String, u64)>,
}

/// A log that was replayed.
///
/// ```
/// use fivenines::engine::Digest;
/// use fivenines::experiment::TraceResult;
///
/// let trace = TraceResult {
///     name: "log".into(), nodes: 10, silent: 2, outages: 30, window_s: 1e6, unavailability: 1e-3, digest: Digest::new(), log: None,
/// };
/// assert!(trace.silent <= trace.nodes);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraceResult {
    /// Its name.
    pub name: String,
    /// How many nodes it has.
    pub nodes: u64,
    /// How many of them are never down.
    pub silent: u64,
    /// How many outages it has.
    pub outages: u64,
    /// Length of its window, in seconds.
    pub window_s: f64,
    /// The share of time that a node of it is down.
    pub unavailability: f64,
    /// Digest of its window, nodes and outages: the same for the same data.
    pub digest: Digest,
    /// How it was read, where it is from a file.
    pub log: Option<TraceRows>,
}

impl Experiment {
    /// The traces that a design plays, each once.
    pub(super) fn trace_results(&self) -> Vec<TraceResult> {
        let mut results: Vec<TraceResult> = Vec::new();
        for system in self.designs.iter().map(|design| &design.system) {
            let played = |name: &String| {
                let mut kinds = system.components.values();
                kinds.any(|component| component.trace.as_ref() == Some(name))
            };
            for (name, trace) in system.traces.iter().filter(|(name, _)| played(name)) {
                let known = |result: &TraceResult| result.name == *name && result.digest == trace.digest();
                if results.iter().any(known) {
                    continue;
                }
                results.push(TraceResult {
                    name: name.clone(),
                    nodes: trace.nodes() as u64,
                    silent: trace.silent() as u64,
                    outages: trace.outages() as u64,
                    window_s: trace.window().as_secs_f64(),
                    unavailability: trace.unavailability(),
                    digest: trace.digest(),
                    log: self.logs.iter().find(|log| log.trace == *name).cloned(),
                });
            }
        }
        results
    }
}
