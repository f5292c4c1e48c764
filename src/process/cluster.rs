//! A protocol at work: processes on their hosts, the network between them, their clients, and what befalls them.

use super::body::{Body, Input, Seat};
use super::clients::{Clients, Crowd};
use super::dice::Dice;
use super::event::{Event, Kind, Parcel};
use super::fault::Schedule;
use super::history::History;
use super::injection::{Injection, Struck};
use super::nemesis::Nemesis;
use super::network::Network;
use super::protocol::{HistoryOf, View};
use super::story::Story;
use super::traffic::Traffic;
use super::{Id, Process, Protocol, Verdict};
use crate::engine::{self, Class, Clocks, Model, Source, Watch};
use crate::random::{Law, Name};
use crate::units::{Duration, Instant};

/// What hosts can do.
///
/// ```
/// use fivenines::process::Limits;
///
/// // 50 microseconds of work for every call, a queue of 1,000, and a disk that syncs in a millisecond or two.
/// let limits = Limits {
///     call: Some("constant(50us)".parse().unwrap()),
///     inbox: Some(1_000),
///     sync: Some("lognormal(median 1ms, p99 5ms)".parse().unwrap()),
/// };
/// assert_ne!(limits, Limits::default());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    /// How long each call of a process works, besides what it asks for itself. Nothing: no time at all.
    pub call: Option<Law>,
    /// How many messages and requests wait for a process that is at work or stands still; more are lost. Nothing: any number.
    pub inbox: Option<usize>,
    /// How long a sync takes. Nothing: no time at all.
    pub sync: Option<Law>,
}

/// Something that must hold and did not.
///
/// ```
/// use fivenines::process::Violation;
/// use fivenines::units::Instant;
///
/// let at = Some(Instant::from_micros(1_500_000));
/// let violation = Violation { at, what: "two leaders in term 3".into() };
/// assert_eq!(violation.to_string(), "at 1.5s: two leaders in term 3");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// When it was seen; of what must hold of a history as a whole that cannot be said.
    pub at: Option<Instant>,
    /// What it is.
    pub what: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.at {
            Some(at) => write!(f, "at {}: {}", Duration::from(at.since_start()), self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// All that processes share.
#[derive(Clone, Debug)]
pub(super) struct Hub<P: Process> {
    pub limits: Limits,
    /// How often each process has crashed.
    pub lives: Vec<u32>,
    pub traffic: Traffic<P>,
    pub crowd: Crowd<P>,
    pub history: History<P::Command, P::Reply>,
    pub marks: Vec<(Instant, Id, &'static str)>,
    pub story: Story,
}

/// A protocol at work: a [`Model`] of processes, their network, their clients and their faults.
///
/// It shows two measures: whether the protocol [serves](Protocol::serves), and which share of its processes is up.
///
/// ```
/// use fivenines::engine::Simulator;
/// use fivenines::process::{Arrivals, Clients, Cluster, Network, Wire, play};
/// use fivenines::units::{Duration, Instant};
/// # use fivenines::process::{Context, Dice, Event, Id, Process, Protocol, Recovered, Ticket};
/// # #[derive(Clone, Default)]
/// # struct Echo;
/// # impl Process for Echo {
/// #     type Message = ();
/// #     type Timer = ();
/// #     type Record = ();
/// #     type Command = u64;
/// #     type Reply = u64;
/// #     fn start(&mut self, _: &mut Context<Self>) {}
/// #     fn recover(&mut self, _: Recovered<()>, _: &mut Context<Self>) {}
/// #     fn message(&mut self, _: Id, _: (), _: &mut Context<Self>) {}
/// #     fn timer(&mut self, _: (), _: &mut Context<Self>) {}
/// #     fn request(&mut self, ticket: Ticket, n: u64, cx: &mut Context<Self>) { cx.reply(ticket, n) }
/// # }
/// # #[derive(Clone)]
/// # struct OneEcho;
/// # impl Protocol for OneEcho {
/// #     type Process = Echo;
/// #     fn processes(&self) -> Vec<Echo> { vec![Echo] }
/// #     fn command(&self, _: usize, nth: u64, _: &mut Dice<'_, Event<Echo>>) -> u64 { nth }
/// # }
///
/// let network = Network::flat(Wire::new("constant(1ms)".parse().unwrap()));
/// let clients = Clients::new(1, Arrivals::Closed("constant(8ms)".parse().unwrap()));
/// let cluster = Cluster::new(OneEcho, &network).clients(clients);
/// let end = Instant::START + Duration::seconds(10.0).span();
/// let mut simulator = Simulator::new(cluster, 42);
/// let answered = play(&mut simulator, 0, end, |cluster| cluster.history().served(Instant::START, end).1);
/// // One request in ten milliseconds: two on the way, eight of thought.
/// assert_eq!(answered, 1000);
/// ```
#[derive(Clone, Debug)]
pub struct Cluster<T: Protocol> {
    pub(super) protocol: T,
    network: Network,
    specs: Vec<Clients>,
    limits: Limits,
    pub(super) schedule: Schedule,
    nemesis: Option<Nemesis>,
    /// A fault whose victims are found when it strikes, and whom it has befallen.
    pub(super) injection: Option<Injection>,
    pub(super) struck: Option<Struck>,
    /// How hosts fail and are restored, by chance, and the first one's clock.
    pub(super) hosts: Option<(Law, Law)>,
    pub(super) first_host: usize,
    /// The streams that faults and a nemesis draw from.
    pub(super) mischief: Source,
    /// The one that partitions which come and go draw from.
    pub(super) flapping: Source,
    pub(super) live_within: Option<Duration>,
    story: Story,
    /// The processes as they start, and start again.
    pub(super) templates: Vec<T::Process>,
    pub(super) seats: Vec<Seat<T::Process>>,
    /// Made when clocks are declared.
    pub(super) hub: Option<Box<Hub<T::Process>>>,
    /// Faults that last.
    pub(super) active: u32,
    pub(super) serves: bool,
    /// Since when nothing is wrong and yet it does not serve.
    pub(super) idle_since: Option<Instant>,
    pub(super) touched: Option<Id>,
    pub(super) now: Instant,
    pub(super) violation: Option<Violation>,
}

impl<T: Protocol> Cluster<T> {
    /// A protocol on a network, without clients, limits and faults.
    pub fn new(protocol: T, network: &Network) -> Cluster<T> {
        Cluster {
            templates: protocol.processes(),
            protocol,
            network: network.clone(),
            specs: Vec::new(),
            limits: Limits::default(),
            schedule: Schedule::default(),
            nemesis: None,
            injection: None,
            struck: None,
            hosts: None,
            first_host: 0,
            mischief: Source::default(),
            flapping: Source::default(),
            live_within: None,
            story: Story::silent(),
            seats: Vec::new(),
            hub: None,
            active: 0,
            serves: false,
            idle_since: None,
            touched: None,
            now: Instant::START,
            violation: None,
        }
    }

    /// Clients, besides those there are.
    #[must_use]
    pub fn clients(mut self, clients: Clients) -> Cluster<T> {
        self.specs.push(clients);
        self
    }

    /// What hosts can do.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Cluster<T> {
        self.limits = limits;
        self
    }

    /// Hosts crash after a time of the first law, each for itself, and come back after one of the second: what an estimate may
    /// come from, where a nemesis only finds mistakes.
    #[must_use]
    pub fn hosts(mut self, fail: Law, restored: Law) -> Cluster<T> {
        self.hosts = Some((fail, restored));
        self
    }

    /// Faults that come in every trial.
    #[must_use]
    pub fn schedule(mut self, schedule: Schedule) -> Cluster<T> {
        self.schedule = schedule;
        self
    }

    /// Faults that are made up anew for each trial, besides those of the schedule.
    #[must_use]
    pub fn nemesis(mut self, nemesis: Nemesis) -> Cluster<T> {
        self.nemesis = Some(nemesis);
        self
    }

    /// A fault besides, which befalls whoever leads when it strikes, say: see [`Cluster::episode`].
    #[must_use]
    pub fn inject(mut self, injection: Injection) -> Cluster<T> {
        self.injection = Some(injection);
        self
    }

    /// Exactly these faults, and no nemesis and no injection: a trial with the schedule that [`Cluster::faults`] gave for it is that trial again.
    #[must_use]
    pub fn only(mut self, schedule: Schedule) -> Cluster<T> {
        (self.nemesis, self.injection) = (None, None);
        self.schedule = schedule;
        self
    }

    /// Once all faults are over, the protocol must serve within so long, and go on while there are none.
    #[must_use]
    pub fn live_within(mut self, within: Duration) -> Cluster<T> {
        self.live_within = Some(within);
        self
    }

    /// Everything that happens is told.
    #[must_use]
    pub fn told(mut self) -> Cluster<T> {
        self.story = Story::told();
        self
    }

    /// The protocol.
    pub fn protocol(&self) -> &T {
        &self.protocol
    }

    /// Whether the protocol [serves](Protocol::serves) now.
    #[inline]
    pub fn serves(&self) -> bool {
        self.serves
    }

    /// What clients asked and were answered.
    ///
    /// # Panics
    /// Before a [`Simulator`](engine::Simulator) has taken the cluster.
    pub fn history(&self) -> &HistoryOf<T> {
        &self.hub().history
    }

    /// The faults of this trial: those of the schedule, what the nemesis made up, and what was injected.
    pub fn faults(&self) -> &Schedule {
        &self.schedule
    }

    /// What was told, where it was.
    ///
    /// # Panics
    /// Before a [`Simulator`](engine::Simulator) has taken the cluster.
    pub fn story(&self) -> &Story {
        &self.hub().story
    }

    /// What processes [marked](super::Context::mark): when, who, and as what.
    ///
    /// # Panics
    /// Before a [`Simulator`](engine::Simulator) has taken the cluster.
    pub fn marks(&self) -> &[(Instant, Id, &'static str)] {
        &self.hub().marks
    }

    /// How many messages were sent between processes, and how many of them the network did not deliver.
    ///
    /// # Panics
    /// Before a [`Simulator`](engine::Simulator) has taken the cluster.
    pub fn messages(&self) -> (u64, u64) {
        let traffic = &self.hub().traffic;
        (traffic.sent, traffic.lost)
    }

    /// The group of each client, by its place among those given to [`Cluster::clients`].
    ///
    /// # Panics
    /// Before a [`Simulator`](engine::Simulator) has taken the cluster.
    pub fn client_groups(&self) -> Vec<u32> {
        self.hub().crowd.groups_of_clients()
    }

    /// The processes.
    pub fn view(&self) -> View<'_, T::Process> {
        View { seats: &self.seats, touched: self.touched, now: self.now }
    }

    /// The process of this number as it is, if it is up.
    pub fn process(&self, id: Id) -> Option<&T::Process> {
        self.view().get(id)
    }

    /// The first thing that must hold and did not, so far; what must hold of the history is looked at as well.
    pub fn violation(&self) -> Option<Violation> {
        self.judged().err().flatten()
    }

    /// Whether all that must hold did so far, that of the history too.
    ///
    /// # Errors
    /// The first thing that did not; nothing where that of the history would take too long to find out.
    pub fn judged(&self) -> Result<(), Option<Violation>> {
        if let Some(violation) = &self.violation {
            return Err(Some(violation.clone()));
        }
        match self.protocol.check(self.history()) {
            Verdict::Holds => Ok(()),
            Verdict::Broken(what) => Err(Some(Violation { at: None, what })),
            Verdict::Undecided => Err(None),
        }
    }

    pub(super) fn network(&self) -> &Network {
        &self.network
    }

    /// How many groups of clients there are.
    pub(super) fn groups(&self) -> usize {
        self.specs.len()
    }

    pub(super) fn hub(&self) -> &Hub<T::Process> {
        self.hub.as_ref().expect("a simulator declares the clocks first")
    }
}

pub(super) type Engine<'a, T> = &'a mut engine::Context<Event<<T as Protocol>::Process>>;

pub(super) type MessageOf<T> = <<T as Protocol>::Process as Process>::Message;
pub(super) type CommandOf<T> = <<T as Protocol>::Process as Process>::Command;
pub(super) type ReplyOf<T> = <<T as Protocol>::Process as Process>::Reply;
pub(super) type ParcelOf<T> = Parcel<MessageOf<T>, ReplyOf<T>>;

impl<T: Protocol> Model for Cluster<T> {
    type Event = Event<T::Process>;

    fn clocks(&mut self, clocks: &mut Clocks) {
        let processes = self.templates.len();
        let seats = self.templates.iter().enumerate();
        self.seats = seats
            .map(|(n, process)| Seat { process: process.clone(), body: Body::declare(Id::new(n), clocks) })
            .collect();
        self.first_host = clocks.len();
        for process in 0..processes {
            clocks.clock(Name::new("host").at(process), Class::Fault);
        }
        self.mischief = clocks.source("mischief");
        self.flapping = clocks.source("flapping");
        let end = |place: usize| Name::new("network").at(place);
        // Clients with a name have their luck by it, so that one more process is nothing to them.
        let of_clients = self.specs.iter().enumerate().map(|(place, spec)| {
            spec.own_luck().map_or_else(|| end(processes + place), |own| own.child("network"))
        });
        let luck = (0..processes).map(end).chain(of_clients).map(|name| clocks.source(name)).collect();
        let sites: Vec<String> = self.specs.iter().map(|spec| spec.site.clone()).collect();
        let doors = self.protocol.doors();
        let nearest = |site: &str| {
            let near = doors.iter().find(|door| self.network.site_of(door.index()) == Some(site));
            *near.unwrap_or(&doors[0])
        };
        let crowd =
            Crowd::declare(&self.specs, doors.clone(), |group| Id::new(processes + group), nearest, clocks);
        self.hub = Some(Box::new(Hub {
            limits: self.limits.clone(),
            lives: vec![0; processes],
            traffic: Traffic::new(&self.network, processes, &sites, luck),
            crowd,
            history: History::default(),
            marks: Vec::new(),
            story: self.story.clone(),
        }));
    }

    fn start(&mut self, cx: &mut engine::Context<Event<T::Process>>) {
        if let Some(nemesis) = self.nemesis.take() {
            let made_up = nemesis.make_up(self.templates.len(), &mut Dice { cx, source: self.mischief });
            self.schedule = made_up.into_iter().fold(std::mem::take(&mut self.schedule), Schedule::and);
        }
        for (number, planned) in self.schedule.faults().iter().enumerate() {
            cx.send_after(planned.at.span(), Event(Kind::Strike(number as u32)));
        }
        if let Some(injection) = &self.injection {
            let at = injection.draw(&mut Dice { cx, source: self.mischief });
            cx.send_after(at, Event(Kind::Inject));
        }
        for process in (0..self.seats.len()).map(Id::new) {
            self.bring(cx, process, Input::Start);
            self.ages(cx, process);
        }
        let (_, hub) = self.parts();
        hub.open_doors(cx);
        self.inspect(cx);
    }

    fn on(&mut self, event: Event<T::Process>, cx: &mut engine::Context<Event<T::Process>>) {
        self.touched = None;
        match event.0 {
            Kind::Arrives { from, to, life, number, message } => {
                self.arrives(cx, (from, to, life, number), message);
            }
            Kind::Timer { of, slot } => {
                if let Some(timer) = self.seats[of.index()].body.fires(slot) {
                    self.bring(cx, of, Input::Timer(timer));
                }
            }
            Kind::Idle { of } => {
                self.seats[of.index()].body.rests();
                self.catch_up(cx, of);
            }
            Kind::Leaves { of, life, parcel } => {
                if self.hub().lives[of.index()] == life {
                    self.leaves(cx, of, *parcel);
                }
            }
            Kind::Resend { from, to } => self.resend(cx, from, to),
            Kind::Breaks { of, peer } => self.breaks(cx, of, peer),
            Kind::Issue { client } => self.issue(cx, client),
            Kind::Again { operation } => self.parts().1.again(cx, operation),
            Kind::Deadline { group, hedge } => self.parts().1.deadline(cx, group, hedge),
            Kind::Asked { to, life, ticket, command } => self.asked(cx, (to, life, ticket), command),
            Kind::Answered { from, ticket, answer } => self.answered(cx, from, ticket, answer),
            Kind::Fails { of } => self.fails(cx, of),
            Kind::Restored { of } => {
                self.active -= 1;
                self.revive(cx, of);
                self.ages(cx, of);
            }
            Kind::Strike(number) => self.strike(cx, number),
            Kind::Heal(number) => self.heal(cx, number),
            Kind::Flip(number) => self.flip(cx, number),
            Kind::Look => self.look(cx),
            Kind::Inject => self.injects(cx),
        }
        self.inspect(cx);
    }

    fn observe(&self, watch: &mut Watch) {
        watch.up(self.serves);
    }

    fn measures(&self) -> Vec<String> {
        vec!["serves".to_owned()]
    }
}
