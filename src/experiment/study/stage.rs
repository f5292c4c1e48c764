//! A protocol on its stage, whatever its type: what can be asked of it by number of trial.

use std::collections::BTreeMap;
use std::ops::Range;

use super::clients::{GroupSeen, seen};
use crate::engine::{Digest, Simulator, Summary};
use crate::experiment::measure::{self, EpisodeSeen};
use crate::process::{
    Clients, Cluster, Hosts, Injection, Limits, Line, Nemesis, Network, Protocol, Schedule, Shrunk,
    Violation, play, shrink,
};
use crate::random::Law;
use crate::units::{Duration, Instant, Span};

/// What is around a protocol: network, clients, limits and faults.
///
/// ```
/// use fivenines::experiment::Stage;
///
/// assert!(Stage::default().clients.is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Stage {
    /// The network.
    pub network: Network,
    /// Groups of clients.
    pub clients: Vec<Clients>,
    /// What hosts can do.
    pub limits: Limits,
    /// How hosts fail and are restored, by chance, where they are nobody's replicas.
    pub hosts: Option<(Law, Law)>,
    /// The replicas that processes run on.
    pub replicas: Option<Hosts>,
    /// Faults that come in every trial.
    pub schedule: Schedule,
    /// Faults that are made up.
    pub nemesis: Option<Nemesis>,
    /// How soon the protocol must serve once all faults are over.
    pub live_within: Option<Duration>,
    /// A fault whose consequences are measured.
    pub injection: Option<Injection>,
}

impl Stage {
    /// Puts a protocol on the stage.
    pub fn set<T: Protocol>(&self, cluster: Cluster<T>) -> Cluster<T> {
        let mut cluster = cluster.limits(self.limits.clone()).schedule(self.schedule.clone());
        for clients in &self.clients {
            cluster = cluster.clients(clients.clone());
        }
        if let Some((fail, restored)) = &self.hosts {
            cluster = cluster.hosts(fail.clone(), restored.clone());
        }
        if let Some(nemesis) = &self.nemesis {
            cluster = cluster.nemesis(nemesis.clone());
        }
        if let Some(within) = self.live_within {
            cluster = cluster.live_within(within);
        }
        if let Some(injection) = &self.injection {
            cluster = cluster.inject(injection.clone());
        }
        cluster
    }
}

/// What a trial gave.
///
/// ```
/// use fivenines::experiment::{Seen, Staged, Watch};
///
/// fn seventh(staged: &dyn Staged, end: fivenines::units::Instant) -> Option<Seen> {
///     staged.see(42, 7..8, &Watch::until(end)).pop()
/// }
/// # let _ = seventh;
/// ```
#[derive(Clone, Debug)]
pub struct Seen {
    /// What each group of clients saw.
    pub(super) groups: Vec<GroupSeen>,
    /// For each length of a window that was asked for, the least share of client time up in one.
    pub(super) worst: Vec<f64>,
    /// Share of time in which the protocol served, by its own account.
    pub(super) serves: f64,
    /// For each service whose replicas processes run on, the share of time in which too few were up.
    pub(super) unmet: Vec<(String, f64)>,
    pub(super) violation: Option<Violation>,
    /// What must hold of the history would take too long to find out.
    pub(super) undecided: bool,
    pub(super) marks: BTreeMap<&'static str, u64>,
    pub(super) messages: (u64, u64),
    pub(super) events: u64,
    pub(super) digest: Digest,
}

/// A trial told.
///
/// ```
/// use fivenines::experiment::Told;
///
/// let told = Told { lines: vec![], faults: Default::default(), violation: None, undecided: false, processes: 3, hosts: vec![] };
/// assert!(told.lines.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// What happened, in order.
    pub lines: Vec<Line>,
    /// The faults there were.
    pub faults: Schedule,
    /// What must hold and did not.
    pub violation: Option<Violation>,
    /// What must hold of what clients saw would take too long to find out.
    pub undecided: bool,
    /// How many processes there are.
    pub processes: usize,
    /// What the hosts are called that they run on, where they are replicas.
    pub hosts: Vec<String>,
}

/// What of a trial is looked at.
///
/// ```
/// use fivenines::experiment::Watch;
/// use fivenines::units::Instant;
///
/// let end = Instant::from_micros(60_000_000);
/// assert_eq!(Watch::until(end).from, Instant::START);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Watch {
    /// The end of the warm-up.
    pub from: Instant,
    /// The end of the trial.
    pub end: Instant,
    /// Lengths of windows of client time, each at most as long as the time between.
    pub windows: Vec<Span>,
}

impl Watch {
    /// All of it, without windows.
    pub fn until(end: Instant) -> Watch {
        Watch { from: Instant::START, end, windows: Vec::new() }
    }
}

/// A protocol on its stage.
///
/// ```
/// use fivenines::experiment::Staged;
///
/// fn size(staged: &dyn Staged) -> usize {
///     staged.processes()
/// }
/// # let _ = size;
/// ```
pub trait Staged: Send + Sync {
    /// Plays these trials.
    fn see(&self, seed: u64, trials: Range<u64>, watch: &Watch) -> Vec<Seen>;

    /// Plays these trials, and looks so long behind the fault that is injected into each.
    fn episodes(&self, seed: u64, trials: Range<u64>, end: Instant, within: Span) -> Vec<EpisodeSeen>;

    /// Plays a trial and tells what happened.
    fn tell(&self, seed: u64, trial: u64, end: Instant) -> Told;

    /// Looks for fewer faults under which a trial's violation still comes.
    fn shrink(&self, seed: u64, trial: u64, end: Instant) -> Option<Shrunk>;

    /// How many processes there are.
    fn processes(&self) -> usize;
}

/// A cluster, ready to play.
pub(super) struct Played<T: Protocol> {
    pub cluster: Cluster<T>,
    pub count: usize,
    /// The replicas that its processes run on, and its clients.
    pub replicas: Option<(Hosts, Vec<Clients>)>,
}

impl<T: Protocol> Played<T> {
    /// Goes through trials, each with the share of time in which too few replicas were up.
    fn playing<R>(
        &self,
        seed: u64,
        trials: Range<u64>,
        end: Instant,
        mut play: impl FnMut(&mut Simulator<Cluster<T>>, u64, Vec<(String, f64)>) -> R,
    ) -> Vec<R> {
        if self.replicas.is_none() {
            let mut simulator = Simulator::new(self.cluster.clone(), seed);
            return trials.map(|trial| play(&mut simulator, trial, Vec::new())).collect();
        }
        let each = trials.map(|trial| {
            let (cluster, unmet) = self.befallen(seed, trial, end);
            play(&mut Simulator::new(cluster, seed), trial, unmet)
        });
        each.collect()
    }

    /// The cluster with what befalls it in a trial by its hosts.
    fn befallen(&self, seed: u64, trial: u64, end: Instant) -> (Cluster<T>, Vec<(String, f64)>) {
        let Some((hosts, clients)) = &self.replicas else { return (self.cluster.clone(), Vec::new()) };
        let fate = hosts.fate(seed, trial, end, clients);
        let faults = self.cluster.faults().faults().iter().chain(fate.faults.faults()).cloned();
        let schedule = Schedule::from(faults.collect::<Vec<_>>());
        (self.cluster.clone().schedule(schedule), fate.unmet)
    }
}

impl<T: Protocol> Staged for Played<T> {
    fn see(&self, seed: u64, trials: Range<u64>, watch: &Watch) -> Vec<Seen> {
        self.playing(seed, trials, watch.end, |simulator, trial, unmet| {
            let mut observer =
                Observer { watch, served: None, serves: Span::ZERO, early: (0, 0), seen: None };
            let Summary { events, digest } = simulator.play(trial, watch.end, &mut observer);
            Seen { events, digest, unmet, ..observer.seen.expect("a trial has an end") }
        })
    }

    fn episodes(&self, seed: u64, trials: Range<u64>, end: Instant, within: Span) -> Vec<EpisodeSeen> {
        self.playing(seed, trials, end, |simulator, trial, _| measure::episode(simulator, trial, end, within))
    }

    fn tell(&self, seed: u64, trial: u64, end: Instant) -> Told {
        let cluster = self.befallen(seed, trial, end).0.told();
        let mut told = play(&mut Simulator::new(cluster, seed), trial, end, |cluster| {
            let judged = cluster.judged();
            Told {
                lines: cluster.story().lines().to_vec(),
                faults: cluster.faults().clone(),
                undecided: judged == Err(None),
                violation: judged.err().flatten(),
                processes: self.count,
                hosts: Vec::new(),
            }
        });
        if let Some((hosts, _)) = &self.replicas {
            told.hosts = (0..hosts.len()).map(|host| hosts.name(host)).collect();
            // What happens to the system comes before what follows from it.
            let lines = hosts.story(seed, trial, end).into_iter().chain(told.lines);
            told.lines = lines.collect();
            told.lines.sort_by_key(|line| line.at);
        }
        told
    }

    fn shrink(&self, seed: u64, trial: u64, end: Instant) -> Option<Shrunk> {
        shrink(&self.befallen(seed, trial, end).0, seed, trial, end)
    }

    fn processes(&self) -> usize {
        self.count
    }
}

/// Watches whether the protocol serves, and looks at the cluster at the end.
struct Observer<'a> {
    watch: &'a Watch,
    /// Since when it serves.
    served: Option<Instant>,
    /// For how long it has served.
    serves: Span,
    /// Messages of the warm-up, and how many of them were not delivered by its end.
    early: (u64, u64),
    seen: Option<Seen>,
}

impl Observer<'_> {
    /// It serves from now on, or does not.
    #[inline]
    fn is(&mut self, serves: bool, now: Instant) {
        match (serves, self.served) {
            (true, None) => self.served = Some(now),
            (false, Some(since)) => {
                self.serves += now.max(self.watch.from) - since.max(self.watch.from);
                self.served = None;
            }
            _ => {}
        }
    }
}

impl<T: Protocol> crate::engine::Observer<Cluster<T>> for Observer<'_> {
    fn begin(&mut self, cluster: &Cluster<T>) {
        self.is(cluster.serves(), Instant::START);
        if Instant::START < self.watch.from {
            self.early = cluster.messages();
        }
    }

    #[inline]
    fn after(&mut self, cluster: &Cluster<T>, now: Instant) {
        self.is(cluster.serves(), now);
        if now < self.watch.from {
            self.early = cluster.messages();
        }
    }

    fn end(&mut self, cluster: &Cluster<T>, end: Instant) {
        self.is(false, end);
        let Watch { from, windows, .. } = self.watch;
        let mut marks = BTreeMap::new();
        for (_, _, name) in cluster.marks().iter().filter(|(at, ..)| at >= from) {
            *marks.entry(*name).or_default() += 1;
        }
        let (sent, lost) = cluster.messages();
        let (history, wrong) = (cluster.history(), cluster.protocol().wrong(cluster.history()));
        let (groups, worst) = seen(history, (&cluster.client_groups(), &wrong), (*from, end), windows);
        let judged = cluster.judged();
        self.seen = Some(Seen {
            groups,
            worst,
            serves: self.serves.as_secs_f64() / (end - *from).as_secs_f64(),
            unmet: Vec::new(),
            undecided: judged == Err(None),
            violation: judged.err().flatten(),
            marks,
            messages: (sent - self.early.0, lost - self.early.1),
            events: 0,
            digest: Digest::new(),
        });
    }
}
