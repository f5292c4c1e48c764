//! The hosts of a system under processes: what the failure layer does to hosts, sites and links, as faults that befall
//! processes.

use std::collections::BTreeMap;

use super::fault::{DiskFault, Fault, Planned, Schedule};
use super::{Clients, Id, Line, Network, What};
use crate::engine::{Observer, Simulator};
use crate::system::{KeyPath, Narrator, Problem, System, SystemModel, Whereabouts};
use crate::units::text::nearest;
use crate::units::{Duration, Instant, Span};

/// The replicas of services of a [`System`] as hosts, one under each process.
///
/// A trial of the system is played as ever, with the same luck, and what becomes of its replicas becomes of the processes:
///
/// - A replica that is down, be it that something it runs on has failed or is being worked on, is a host that has crashed.
/// - A failure that [destroys](crate::system::Mode::destroys) erases its disk; one that
///   [slows](crate::system::Mode::slow) makes its work take longer.
/// - While a site or a domain is down, who is in it reaches nobody outside. What else it does to hosts is what their
///   [`SiteOutage`](crate::system::SiteOutage) says: nothing, they stand still, or they crash and wait for repair.
/// - Sites reach each other by the links that work. Latencies of links on the fastest way add to those of the
///   [`Network`], and a link that is slow, or a detour, to that.
///
/// The system knows nothing of the processes: failovers and resynchronisations of its own change nothing here.
///
/// ```
/// use fivenines::process::Hosts;
/// use fivenines::random::Law;
/// use fivenines::system::{Component, Service, System};
/// use fivenines::units::{Duration, Instant};
///
/// let (life, repair) = (Law::constant(Duration::seconds(10.0)), Law::constant(Duration::seconds(2.0)));
/// let system = System::new()
///     .component("server", Component::new().mode("crash", life, repair))
///     .service("db", Service::replicas("server", 3));
/// let hosts = Hosts::of(&system, &["db"]).unwrap();
/// let fate = hosts.fate(42, 0, Instant::START + Duration::seconds(15.0).span(), &[]);
/// assert_eq!(fate.faults.faults()[0].to_string(), "at 10s for 2s: p0 is down");
/// ```
#[derive(Clone, Debug)]
pub struct Hosts {
    model: SystemModel,
    replicas: Vec<u32>,
    at: Vec<Whereabouts>,
    /// The services, by their places in [`SystemModel::services`].
    services: Vec<usize>,
    calm: bool,
}

/// What befalls processes in a trial.
///
/// ```
/// use fivenines::process::TrialOfHosts;
///
/// let calm = TrialOfHosts { faults: Default::default(), unmet: vec![("db".to_owned(), 0.0)] };
/// assert!(calm.faults.faults().is_empty());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TrialOfHosts {
    /// What befalls them, by the time it begins.
    pub faults: Schedule,
    /// For each service, the share of time in which it did not meet its need by the number of its replicas that were up: what
    /// is left to the processes is to be no worse.
    pub unmet: Vec<(String, f64)>,
}

impl Hosts {
    /// The replicas of these services, in this order.
    ///
    /// # Errors
    /// Every mistake in the system, and services that have no replicas.
    pub fn of(system: &System, services: &[&str]) -> Result<Hosts, Vec<Problem>> {
        let model = SystemModel::new(system)?;
        let (mut replicas, mut problems, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for name in services {
            match model.replicas_of(name) {
                Some(range) => replicas.extend(range),
                None => {
                    let message =
                        format!("there is no service `{name}` with replicas for processes to run on");
                    let problem = Problem::new(KeyPath::root().key("hosts").key("of"), message);
                    let near = nearest(name, model.services().filter(|known| known != name));
                    problems.push(match near {
                        Some(near) => problem.help(format!("did you mean `{near}`?")),
                        None => problem,
                    });
                }
            }
            places.extend(model.services().position(|service| service == *name));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let at = replicas.iter().map(|&replica| model.whereabouts(replica)).collect();
        Ok(Hosts { model, replicas, at, services: places, calm: false })
    }

    /// Nothing befalls them: where they are is all that counts. For a schedule of faults in place of the system's own.
    #[must_use]
    pub fn calm(mut self) -> Hosts {
        self.calm = true;
        self
    }

    /// How many hosts there are.
    #[allow(clippy::len_without_is_empty, reason = "services have replicas")]
    pub fn len(&self) -> usize {
        self.replicas.len()
    }

    /// What people call a host.
    pub fn name(&self, host: usize) -> String {
        self.model.replica_name(self.replicas[host])
    }

    /// The paths of the system's sites, in order.
    pub fn sites(&self) -> impl Iterator<Item = &str> + Clone {
        self.model.site_paths()
    }

    /// Whether clients at this site get through to no host even while all works.
    pub fn is_out_of_reach(&self, site: &str) -> bool {
        let Some(from) = self.model.whereabouts_at(site) else { return true };
        let both = |to: &Whereabouts| self.model.way(&from, to).and(self.model.way(to, &from)).is_some();
        !self.at.iter().any(both)
    }

    /// Puts processes at the sites of their hosts, and the lengths of ways between sites into the network.
    #[must_use]
    pub fn lay(&self, network: Network, clients: &[Clients]) -> Network {
        let mut network = self.at.iter().fold(network, |network, at| match self.model.site_of(at) {
            Some(site) => network.site(site, 1),
            None => network.nowhere(),
        });
        for site in clients.iter().filter_map(Clients::site) {
            network = network.site(site, 0);
        }
        let sites: Vec<String> = network.sites().map(str::to_owned).collect();
        let at: Vec<_> = sites.iter().map(|site| self.model.whereabouts_at(site)).collect();
        let wires = network.clone();
        for (from, start) in at.iter().enumerate() {
            for (to, end) in at.iter().enumerate() {
                let (Some(start), Some(end)) = (start, end) else { continue };
                let takes = self.model.way(start, end).unwrap_or(Span::ZERO);
                if takes > Span::ZERO {
                    let wire = wires.wire_between(from, to).clone().farther(takes);
                    network = network.wire(&sites[from], &sites[to], wire);
                }
            }
        }
        network
    }

    /// What befalls processes on these hosts, and clients of these groups, in a trial.
    pub fn fate(&self, seed: u64, trial: u64, end: Instant, clients: &[Clients]) -> TrialOfHosts {
        if self.calm {
            return TrialOfHosts { faults: Schedule::default(), unmet: Vec::new() };
        }
        let mut chronicle = Chronicle::new(self, clients);
        Simulator::new(self.model.clone(), seed).play(trial, end, &mut chronicle);
        let unmet = chronicle.unmet.iter().map(|span| span.as_secs_f64() / end.since_start().as_secs_f64());
        let names = self.services.iter().map(|&place| self.model.services().nth(place));
        let names = names.map(|name| name.unwrap_or_default().to_owned());
        TrialOfHosts { unmet: names.zip(unmet).collect(), faults: chronicle.schedule() }
    }

    /// What happens in the system in a trial, for people to read.
    pub fn story(&self, seed: u64, trial: u64, end: Instant) -> Vec<Line> {
        let mut narrator = Narrator::default();
        if self.calm {
            return Vec::new();
        }
        Simulator::new(self.model.clone(), seed).play(trial, end, &mut narrator);
        let lines = narrator.story().iter();
        lines.map(|told| Line { at: told.at, of: None, what: What::System(told.what.to_string()) }).collect()
    }
}

/// What a fault is about; it has one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum About {
    Down(usize),
    Frozen(usize),
    Slow(usize),
    /// All that goes between two places, or what goes from the one to the other.
    Both(usize, usize),
    OneWay(usize, usize),
}

/// Writes down what becomes of replicas and ways, as faults.
struct Chronicle<'a> {
    hosts: &'a Hosts,
    /// Where ends are, each place once, and the ends there.
    places: Vec<(Whereabouts, Vec<Id>)>,
    /// How long ways take while all works, from place to place in rows.
    ways: Vec<Option<Span>>,
    open: BTreeMap<About, (Instant, Fault)>,
    erased: Vec<bool>,
    faults: Vec<Planned>,
    unmet: Vec<Span>,
    unmet_since: Vec<Option<Instant>>,
}

impl<'a> Chronicle<'a> {
    fn new(hosts: &'a Hosts, clients: &[Clients]) -> Chronicle<'a> {
        let nowhere = Whereabouts::default;
        let of_clients =
            clients.iter().map(|group| group.site().and_then(|site| hosts.model.whereabouts_at(site)));
        let ends = hosts.at.iter().cloned().chain(of_clients.map(|at| at.unwrap_or_else(nowhere)));
        let mut grouped: BTreeMap<Whereabouts, Vec<Id>> = BTreeMap::new();
        for (end, at) in ends.enumerate() {
            grouped.entry(at).or_default().push(Id::new(end));
        }
        let places: Vec<(Whereabouts, Vec<Id>)> = grouped.into_iter().collect();
        let ways = places
            .iter()
            .flat_map(|(from, _)| places.iter().map(|(to, _)| hosts.model.way(from, to)))
            .collect();
        Chronicle {
            hosts,
            places,
            ways,
            open: BTreeMap::new(),
            erased: vec![false; hosts.len()],
            faults: Vec::new(),
            unmet: vec![Span::ZERO; hosts.services.len()],
            unmet_since: vec![None; hosts.services.len()],
        }
    }

    fn look(&mut self, model: &SystemModel, now: Instant) {
        for (host, &replica) in self.hosts.replicas.iter().enumerate() {
            let (standing, of) = (model.standing(replica), Id::new(host));
            self.is(now, About::Down(host), standing.down.then_some(Fault::Crash(of)));
            self.is(now, About::Frozen(host), standing.frozen.then_some(Fault::Pause(of)));
            let slow = (standing.pace < 1.0).then(|| Fault::Slow { of, times: 1.0 / standing.pace });
            self.is(now, About::Slow(host), slow);
            if standing.erased && !self.erased[host] {
                let fault = Fault::Disk { of, what: DiskFault::Erased };
                self.faults.push(Planned::new(fault, Duration::from(now.since_start()), Duration::ZERO));
            }
            self.erased[host] = standing.erased;
        }
        for one in 0..self.places.len() {
            for other in one + 1..self.places.len() {
                self.look_between(model, now, one, other);
            }
        }
        for (place, &service) in self.hosts.services.iter().enumerate() {
            match (model.is_up(service), self.unmet_since[place]) {
                (false, None) => self.unmet_since[place] = Some(now),
                (true, Some(since)) => {
                    self.unmet[place] += now - since;
                    self.unmet_since[place] = None;
                }
                _ => {}
            }
        }
    }

    fn look_between(&mut self, model: &SystemModel, now: Instant, one: usize, other: usize) {
        let ids = |place: usize| self.places[place].1.clone();
        let fault = |from: usize, to: usize| {
            let normal = self.ways[from * self.places.len() + to]?;
            match model.way(&self.places[from].0, &self.places[to].0) {
                None => Some(Fault::Cut { from: ids(from), to: ids(to), one_way: true }),
                Some(takes) if takes > normal => {
                    let by = Duration::from(takes - normal);
                    Some(Fault::Delay { from: ids(from), to: ids(to), by, one_way: true })
                }
                Some(_) => None,
            }
        };
        let (forth, back) = (fault(one, other), fault(other, one));
        let (both, forth, back) = match (&forth, &back) {
            (Some(Fault::Cut { .. }), Some(Fault::Cut { .. })) => {
                (Some(Fault::partition(&ids(one), &ids(other))), None, None)
            }
            (Some(Fault::Delay { by, .. }), Some(Fault::Delay { by: same, .. })) if by == same => {
                let (from, to, by) = (ids(one), ids(other), *by);
                (Some(Fault::Delay { from, to, by, one_way: false }), None, None)
            }
            _ => (None, forth, back),
        };
        self.is(now, About::Both(one, other), both);
        self.is(now, About::OneWay(one, other), forth);
        self.is(now, About::OneWay(other, one), back);
    }

    /// What is so from now on; nothing where nothing is wrong.
    fn is(&mut self, now: Instant, about: About, fault: Option<Fault>) {
        if self.open.get(&about).map(|(_, fault)| fault) == fault.as_ref() {
            return;
        }
        if let Some((since, over)) = self.open.remove(&about) {
            self.lasted(since, now - since, over);
        }
        if let Some(fault) = fault {
            self.open.insert(about, (now, fault));
        }
    }

    fn lasted(&mut self, since: Instant, span: Span, fault: Fault) {
        // What was over at the instant at which it began was none.
        if span > Span::ZERO {
            let at = Duration::from(since.since_start());
            self.faults.push(Planned::new(fault, at, Duration::from(span)));
        }
    }

    /// All faults by their beginnings, those that cut one off from several told once.
    fn schedule(self) -> Schedule {
        let mut faults: Vec<Planned> = Vec::new();
        let mut cuts: BTreeMap<(Span, Span), Vec<[Vec<Id>; 2]>> = BTreeMap::new();
        for planned in self.faults {
            match planned.fault {
                Fault::Cut { from, to, one_way: false } => {
                    let times = (planned.at.span(), planned.lasts.span());
                    cuts.entry(times).or_default().push([from, to]);
                }
                _ => faults.push(planned),
            }
        }
        for ((at, lasts), pairs) in cuts {
            let planned = |fault| Planned::new(fault, Duration::from(at), Duration::from(lasts));
            faults.extend(joined(pairs).into_iter().map(planned));
        }
        faults.sort_by_key(|planned| planned.at.span());
        Schedule::from(faults)
    }
}

/// As few partitions as cut these pairs off from each other, those who lose the most first.
fn joined(mut pairs: Vec<[Vec<Id>; 2]>) -> Vec<Fault> {
    let mut faults = Vec::new();
    while !pairs.is_empty() {
        let mut losses: BTreeMap<&Vec<Id>, usize> = BTreeMap::new();
        pairs.iter().flatten().for_each(|side| *losses.entry(side).or_default() += 1);
        let most = losses.values().max().copied().unwrap_or_default();
        let first = losses.into_iter().find(|(_, count)| *count == most);
        let one = first.expect("there is a pair").0.clone();
        let (of_it, rest): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|pair| pair.contains(&one));
        let mut others: Vec<Id> = of_it.into_iter().flatten().filter(|side| *side != one).flatten().collect();
        others.sort_unstable();
        faults.push(Fault::partition(&one, &others));
        pairs = rest;
    }
    faults
}

impl Observer<SystemModel> for Chronicle<'_> {
    fn begin(&mut self, model: &SystemModel) {
        self.look(model, Instant::START);
    }

    fn after(&mut self, model: &SystemModel, now: Instant) {
        self.look(model, now);
    }

    fn end(&mut self, _: &SystemModel, end: Instant) {
        // What lasts goes on beyond the end.
        for (since, fault) in std::mem::take(&mut self.open).into_values() {
            self.lasted(since, end - since + Duration::seconds(1.0).span(), fault);
        }
        for (unmet, since) in self.unmet.iter_mut().zip(&self.unmet_since) {
            *unmet += since.map_or(Span::ZERO, |since| end - since);
        }
    }
}
