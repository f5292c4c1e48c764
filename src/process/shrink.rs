//! Fewer and shorter faults that still break a protocol.

use super::cluster::{Cluster, Violation};
use super::fault::{Planned, Schedule};
use super::{Protocol, play};
use crate::engine::Simulator;
use crate::units::{Duration, Instant};

/// The least schedule that was found, and what it breaks.
///
/// ```
/// use fivenines::process::{Schedule, Shrunk, Violation};
/// use fivenines::units::Instant;
///
/// let violation = Violation { at: Some(Instant::START), what: "two leaders".into() };
/// let shrunk = Shrunk { schedule: Schedule::default(), violation, of: 0, plays: 1 };
/// assert!(shrunk.schedule.faults().is_empty());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Shrunk {
    /// The faults that are left: without any of them, or with any of them half as long, it holds.
    pub schedule: Schedule,
    /// What does not hold under them.
    pub violation: Violation,
    /// How many faults there were before.
    pub of: usize,
    /// How many trials were played to find it.
    pub plays: u64,
}

/// Reduces the faults of a trial in which something does not hold to fewer and shorter ones under which something still does not:
/// first by leaving out ever smaller parts (Zeller and Hildebrandt's `ddmin`, IEEE TSE 28, 2002), then by halving how
/// long each lasts. Nothing where the trial has no violation.
///
/// The trial's luck stays what it is, so that the result is as reproducible as the trial.
pub fn shrink<T: Protocol>(cluster: &Cluster<T>, seed: u64, trial: u64, end: Instant) -> Option<Shrunk> {
    let (faults, violation) = play(&mut Simulator::new(cluster.clone(), seed), trial, end, |cluster| {
        (cluster.faults().clone(), cluster.violation())
    });
    let mut search = Search { cluster, seed, trial, end, violation: violation?, plays: 1 };
    let of = faults.faults().len();
    let fewer = search.fewer(faults.faults().to_vec());
    let shorter = search.shorter(fewer);
    Some(Shrunk { schedule: Schedule::from(shorter), violation: search.violation, of, plays: search.plays })
}

struct Search<'a, T: Protocol> {
    cluster: &'a Cluster<T>,
    seed: u64,
    trial: u64,
    end: Instant,
    /// The last that was seen.
    violation: Violation,
    plays: u64,
}

impl<T: Protocol> Search<'_, T> {
    /// Whether these faults break something.
    fn breaks(&mut self, faults: &[Planned]) -> bool {
        let cluster = self.cluster.clone().only(Schedule::from(faults.to_vec()));
        let mut simulator = Simulator::new(cluster, self.seed);
        self.plays += 1;
        let violation = play(&mut simulator, self.trial, self.end, |cluster| cluster.violation());
        let breaks = violation.is_some();
        if let Some(violation) = violation {
            self.violation = violation;
        }
        breaks
    }

    fn fewer(&mut self, mut faults: Vec<Planned>) -> Vec<Planned> {
        let mut parts = 2;
        while !faults.is_empty() {
            let size = faults.len().div_ceil(parts);
            let without = (0..faults.len()).step_by(size).find_map(|from| {
                let mut rest = faults.clone();
                rest.drain(from..(from + size).min(faults.len()));
                self.breaks(&rest).then_some(rest)
            });
            match without {
                Some(rest) => {
                    faults = rest;
                    parts = parts.saturating_sub(1).max(2);
                }
                None if size == 1 => break,
                None => parts = (2 * parts).min(faults.len()),
            }
        }
        faults
    }

    fn shorter(&mut self, mut faults: Vec<Planned>) -> Vec<Planned> {
        for number in 0..faults.len() {
            while !faults[number].fault.is_instant() && faults[number].lasts > Duration::millis(1.0) {
                let mut halved = faults.clone();
                let millis = (faults[number].lasts.secs() * 500.0).floor().max(1.0);
                halved[number].lasts = Duration::millis(millis);
                if !self.breaks(&halved) {
                    break;
                }
                faults = halved;
            }
        }
        // What is told is what the schedule that is left breaks.
        self.breaks(&faults);
        faults
    }
}
