//! What goes wrong, and when.

use serde::{Deserialize, Serialize};

use super::Id;
use crate::random::Law;
use crate::units::{Duration, Probability};

/// A fault that befalls a cluster.
///
/// ```
/// use fivenines::process::{Fault, Id};
///
/// let cut = Fault::partition(&[Id::new(0), Id::new(1)], &[Id::new(2), Id::new(3), Id::new(4)]);
/// assert_eq!(cut.to_string(), "p0 p1 and p2 p3 p4 are cut off from each other");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fault {
    /// The host crashes; it comes back when the fault is over.
    Crash(Id),
    /// The process stands still, as in a garbage collection or while its virtual machine is moved. It is not dead: what comes
    /// meanwhile waits for it.
    Pause(Id),
    /// No message gets from these to those.
    Cut {
        /// Those who are not heard.
        from: Vec<Id>,
        /// Those who do not hear them.
        to: Vec<Id>,
        /// Whether messages the other way still get through.
        #[serde(default)]
        one_way: bool,
    },
    /// No message gets from one side to the other, either way, now and then: the fault is a time in which a partition comes and
    /// goes, as with a port that is up and down.
    Flap {
        /// One side.
        from: Vec<Id>,
        /// The other.
        to: Vec<Id>,
        /// How long they are cut off from each other each time, from the beginning on.
        on: Law,
        /// How long they hear each other in between.
        off: Law,
    },
    /// All links lose messages and are slow.
    Noise {
        /// The chance that a message is lost, besides what links lose anyway.
        loss: Probability,
        /// What every message takes besides.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delay: Option<Law>,
    },
    /// A host does everything more slowly: what takes time there takes so many times as long. Of several the slowest counts.
    Slow {
        /// Whose host.
        of: Id,
        /// How many times as long; at least 1.
        times: f64,
    },
    /// What goes from these processes to those takes longer.
    Delay {
        /// Those that send.
        from: Vec<Id>,
        /// Those that receive.
        to: Vec<Id>,
        /// By how much.
        by: Duration,
        /// Whether the other way stays as it is.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        one_way: bool,
    },
    /// The clock of a host runs fast (or slow, where negative) by so many microseconds a second.
    Drift {
        /// Whose clock.
        of: Id,
        /// Microseconds a second.
        ppm: f64,
    },
    /// The time of day of a host jumps, for good.
    Jump {
        /// Whose clock.
        of: Id,
        /// By how many milliseconds: forward, or back where negative.
        by_ms: i64,
    },
    /// Something is wrong with a disk.
    Disk {
        /// Whose disk.
        of: Id,
        /// What is wrong.
        what: DiskFault,
    },
}

/// What can be wrong with a disk.
///
/// ```
/// use fivenines::process::DiskFault;
///
/// assert_eq!(serde_json::to_string(&DiskFault::Lies).unwrap(), "\"lies\"");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiskFault {
    /// While it lasts, syncs end as always, and nothing lasts.
    Lies,
    /// All is gone, at once.
    Erased,
    /// A record of those that last is damaged, at once; its checksum tells, and what comes behind it cannot be trusted.
    Corrupted,
}

/// A fault with its time.
///
/// ```
/// use fivenines::process::{Fault, Id, Planned};
/// use fivenines::units::Duration;
///
/// let crash = Planned::new(Fault::Crash(Id::new(2)), Duration::seconds(10.0), Duration::seconds(5.0));
/// assert_eq!(crash.to_string(), "at 10s for 5s: p2 is down");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// When it begins, from the start of the trial on.
    pub at: Duration,
    /// How long it lasts; what happens at once has no use for it.
    #[serde(rename = "for")]
    pub lasts: Duration,
    /// What it is.
    #[serde(flatten)]
    pub fault: Fault,
}

/// Faults with their times, in any order: the whole of what goes wrong in a trial.
///
/// ```
/// use fivenines::process::{Fault, Id, Planned, Schedule};
/// use fivenines::units::Duration;
///
/// let (at, lasts) = (Duration::seconds(1.0), Duration::seconds(2.0));
/// let schedule = Schedule::from(vec![Planned::new(Fault::Crash(Id::new(0)), at, lasts)]);
/// assert_eq!(schedule.faults().len(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Schedule(Vec<Planned>);

impl Fault {
    /// No message gets from one side to the other, either way.
    pub fn partition(one: &[Id], other: &[Id]) -> Fault {
        Fault::Cut { from: one.to_vec(), to: other.to_vec(), one_way: false }
    }

    /// Whether it is over when it has begun: how long it lasts says nothing.
    pub fn is_instant(&self) -> bool {
        match self {
            Fault::Jump { .. } => true,
            Fault::Disk { what, .. } => *what != DiskFault::Lies,
            _ => false,
        }
    }

    /// Everybody it names.
    pub fn names(&self) -> Vec<Id> {
        match self {
            Fault::Crash(of) | Fault::Pause(of) => vec![*of],
            Fault::Drift { of, .. } | Fault::Jump { of, .. } | Fault::Disk { of, .. } => vec![*of],
            Fault::Slow { of, .. } => vec![*of],
            Fault::Cut { from, to, .. } | Fault::Flap { from, to, .. } | Fault::Delay { from, to, .. } => {
                from.iter().chain(to).copied().collect()
            }
            Fault::Noise { .. } => Vec::new(),
        }
    }
}

impl Planned {
    /// A fault from `at` on, which lasts so long.
    pub fn new(fault: Fault, at: Duration, lasts: Duration) -> Planned {
        Planned { at, lasts, fault }
    }
}

impl Schedule {
    /// The faults.
    pub fn faults(&self) -> &[Planned] {
        &self.0
    }

    /// One more.
    #[must_use]
    pub fn and(mut self, planned: Planned) -> Schedule {
        self.0.push(planned);
        self
    }
}

impl From<Vec<Planned>> for Schedule {
    fn from(faults: Vec<Planned>) -> Schedule {
        Schedule(faults)
    }
}

/// Names with spaces between.
fn listed(ids: &[Id]) -> String {
    ids.iter().map(Id::to_string).collect::<Vec<_>>().join(" ")
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::Crash(of) => write!(f, "{of} is down"),
            Fault::Pause(of) => write!(f, "{of} stands still"),
            Fault::Cut { from, to, one_way: true } => {
                write!(f, "{} is not heard by {}", listed(from), listed(to))
            }
            Fault::Cut { from, to, one_way: false } => {
                write!(f, "{} and {} are cut off from each other", listed(from), listed(to))
            }
            Fault::Flap { from, to, .. } => {
                write!(f, "{} and {} are cut off from each other, on and off", listed(from), listed(to))
            }
            Fault::Noise { loss, delay: None } => write!(f, "{loss} of messages are lost"),
            Fault::Noise { loss, delay: Some(delay) } => {
                write!(f, "{loss} of messages are lost, the others late by {delay}")
            }
            Fault::Slow { of, times } => write!(f, "{of} is {times} times as slow"),
            Fault::Delay { from, to, by, one_way } => {
                let way = if *one_way { "to" } else { "to and from" };
                write!(f, "messages of {} {way} {} take {by} longer", listed(from), listed(to))
            }
            Fault::Drift { of, ppm } => write!(f, "{of}'s clock gains {ppm} us a second"),
            Fault::Jump { of, by_ms } => write!(f, "{of}'s time of day jumps by {by_ms} ms"),
            Fault::Disk { of, what: DiskFault::Lies } => write!(f, "{of}'s disk keeps nothing it syncs"),
            Fault::Disk { of, what: DiskFault::Erased } => write!(f, "{of}'s disk is erased"),
            Fault::Disk { of, what: DiskFault::Corrupted } => {
                write!(f, "a record on {of}'s disk is damaged")
            }
        }
    }
}

impl std::fmt::Display for Planned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "at {}", self.at)?;
        if !self.fault.is_instant() {
            write!(f, " for {}", self.lasts)?;
        }
        write!(f, ": {}", self.fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_written_and_read_back() {
        let id = Id::new;
        let second = Duration::seconds(1.0);
        let faults = [
            Fault::Crash(id(0)),
            Fault::Pause(id(1)),
            Fault::partition(&[id(0)], &[id(1), id(2)]),
            Fault::Cut { from: vec![id(2)], to: vec![id(1)], one_way: true },
            Fault::Noise {
                loss: "5%".parse().unwrap(),
                delay: Some("exponential(mean 3ms)".parse().unwrap()),
            },
            Fault::Flap {
                from: vec![id(0)],
                to: vec![id(1)],
                on: "exponential(mean 3ms)".parse().unwrap(),
                off: "5ms".parse().unwrap(),
            },
            Fault::Slow { of: id(2), times: 2.5 },
            Fault::Delay { from: vec![id(0)], to: vec![id(1)], by: second, one_way: false },
            Fault::Drift { of: id(1), ppm: -200.0 },
            Fault::Jump { of: id(1), by_ms: -3000 },
            Fault::Disk { of: id(2), what: DiskFault::Corrupted },
        ];
        let schedule =
            Schedule::from(faults.map(|fault| Planned::new(fault, second, Duration::millis(1.5))).to_vec());
        let text = serde_json::to_string(&schedule).unwrap();
        assert_eq!(serde_json::from_str::<Schedule>(&text).unwrap(), schedule);
        let lines: Vec<String> = schedule.faults().iter().map(Planned::to_string).collect();
        let words = [
            "at 1s for 1.5ms: p0 is down",
            "at 1s for 1.5ms: p1 stands still",
            "at 1s for 1.5ms: p0 and p1 p2 are cut off from each other",
            "at 1s for 1.5ms: p2 is not heard by p1",
            "at 1s for 1.5ms: 5% of messages are lost, the others late by exponential(mean 3ms)",
            "at 1s for 1.5ms: p0 and p1 are cut off from each other, on and off",
            "at 1s for 1.5ms: p2 is 2.5 times as slow",
            "at 1s for 1.5ms: messages of p0 to and from p1 take 1s longer",
            "at 1s for 1.5ms: p1's clock gains -200 us a second",
            "at 1s: p1's time of day jumps by -3000 ms",
            "at 1s: a record on p2's disk is damaged",
        ];
        assert_eq!(lines, words);
    }
}
