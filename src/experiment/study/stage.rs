//! A protocol on its stage, whatever its type: what can be asked of it by number of trial.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use crate::engine::{Digest, Simulator};
use crate::process::{
    Clients, Cluster, History, Hosts, Limits, Line, Nemesis, Network, Outcome, Protocol, Schedule, Shrunk,
    Violation, play, shrink,
};
use crate::random::Law;
use crate::units::{Duration, Instant};

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
        cluster
    }
}

/// What a trial gave.
///
/// ```
/// use fivenines::experiment::{Seen, Staged};
///
/// fn seventh(staged: &dyn Staged, end: fivenines::units::Instant) -> Option<Seen> {
///     staged.see(42, 7..8, end).pop()
/// }
/// # let _ = seventh;
/// ```
#[derive(Clone, Debug)]
pub struct Seen {
    /// For each group of clients, requests that ended, those answered, and the client time up and in all, in seconds.
    pub(super) groups: Vec<GroupSeen>,
    /// How long requests took that were answered, in microseconds.
    pub(super) latency: Histogram<u64>,
    /// Share of time in which the protocol served, by its own account.
    pub(super) serves: f64,
    /// For each service whose replicas processes run on, the share of time in which too few were up.
    pub(super) unmet: Vec<(String, f64)>,
    pub(super) violation: Option<Violation>,
    pub(super) marks: BTreeMap<&'static str, u64>,
    pub(super) messages: (u64, u64),
    pub(super) events: u64,
    pub(super) digest: Digest,
}

/// What the clients of a group saw.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct GroupSeen {
    pub ended: f64,
    pub answered: f64,
    pub up: f64,
    pub watched: f64,
}

/// A trial told.
///
/// ```
/// use fivenines::experiment::Told;
///
/// let told = Told { lines: vec![], faults: Default::default(), violation: None, processes: 3, hosts: vec![] };
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
    /// How many processes there are.
    pub processes: usize,
    /// What the hosts are called that they run on, where they are replicas.
    pub hosts: Vec<String>,
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
    fn see(&self, seed: u64, trials: std::ops::Range<u64>, end: Instant) -> Vec<Seen>;

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
    fn see(&self, seed: u64, trials: std::ops::Range<u64>, end: Instant) -> Vec<Seen> {
        let see = |simulator: &mut Simulator<Cluster<T>>, trial: u64| {
            let mut observer = Observer { levels: Default::default(), seen: None };
            let summary = simulator.play(trial, end, &mut observer);
            let mut seen = observer.seen.expect("a trial has an end");
            (seen.events, seen.digest) = (summary.events, summary.digest);
            seen.serves = observer.levels.mean(0);
            seen
        };
        if self.replicas.is_none() {
            let mut simulator = Simulator::new(self.cluster.clone(), seed);
            return trials.map(|trial| see(&mut simulator, trial)).collect();
        }
        trials
            .map(|trial| {
                let (cluster, unmet) = self.befallen(seed, trial, end);
                Seen { unmet, ..see(&mut Simulator::new(cluster, seed), trial) }
            })
            .collect()
    }

    fn tell(&self, seed: u64, trial: u64, end: Instant) -> Told {
        let cluster = self.befallen(seed, trial, end).0.told();
        let mut told = play(&mut Simulator::new(cluster, seed), trial, end, |cluster| Told {
            lines: cluster.story().lines().to_vec(),
            faults: cluster.faults().clone(),
            violation: cluster.violation(),
            processes: self.count,
            hosts: Vec::new(),
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

/// Watches levels, and looks at the cluster at the end.
struct Observer {
    levels: crate::engine::Levels,
    seen: Option<Seen>,
}

impl<T: Protocol> crate::engine::Observer<Cluster<T>> for Observer {
    fn begin(&mut self, cluster: &Cluster<T>) {
        crate::engine::Observer::begin(&mut self.levels, cluster);
    }

    #[inline]
    fn after(&mut self, cluster: &Cluster<T>, now: Instant) {
        self.levels.after(cluster, now);
    }

    fn end(&mut self, cluster: &Cluster<T>, end: Instant) {
        self.levels.end(cluster, end);
        let mut marks = BTreeMap::new();
        for (_, _, name) in cluster.marks() {
            *marks.entry(*name).or_default() += 1;
        }
        let (groups, latency) = clients(cluster.history(), &cluster.client_groups());
        self.seen = Some(Seen {
            groups,
            latency,
            serves: 0.0,
            unmet: Vec::new(),
            violation: cluster.violation(),
            marks,
            messages: cluster.messages(),
            events: 0,
            digest: Digest::new(),
        });
    }
}

/// What clients saw; `groups` gives the group of each client.
fn clients<C, R>(history: &History<C, R>, groups: &[u32]) -> (Vec<GroupSeen>, Histogram<u64>) {
    let mut seen = vec![GroupSeen::default(); groups.iter().max().map_or(0, |most| *most as usize + 1)];
    let mut latency = Histogram::new(3).expect("three digits are fewer than five");
    // When the client's last operation ended, and how.
    let mut last: Vec<Option<(Instant, bool)>> = vec![None; groups.len()];
    let mut ended: Vec<_> = history.operations().iter().filter(|operation| operation.is_over()).collect();
    ended.sort_by_key(|operation| operation.until);
    for operation in ended {
        let client = operation.client as usize;
        let group = &mut seen[groups[client] as usize];
        let good = matches!(operation.outcome, Outcome::Done(_));
        group.ended += 1.0;
        if good {
            group.answered += 1.0;
            latency.record(operation.took().as_micros()).expect("a histogram grows with what it is given");
        }
        // From one end to the next the service was for this client what the former said (Hauer et al., NSDI 2020).
        if let Some((since, was_good)) = last[client].replace((operation.until, good)) {
            let span = (operation.until - since).as_secs_f64();
            group.watched += span;
            group.up += if was_good { span } else { 0.0 };
        }
    }
    (seen, latency)
}
