//! Primary and backup: one server answers while it holds a lease, and another takes over when the lease is over.
//!
//! Navin Budhiraja, Keith Marzullo, Fred Schneider and Sam Toueg, "The Primary-Backup Approach", in Mullender (ed.), Distributed
//! Systems, 2nd ed., 1993, chapter 8; and Cary Gray and David Cheriton, "Leases: An Efficient Fault-Tolerant Mechanism for
//! Distributed File Cache Consistency", SOSP 1989, sections 2 and 5 (clocks).
//!
//! Process 0 is the arbiter: it grants the lease, and says who is the primary and who its backup, by views with numbers. The
//! others are replicas. The primary counts its lease from when it asked for it, by its own clock; the arbiter waits for the lease
//! and a bound on what clocks differ by. The primary answers a write when its backup has it, reads from what its backup has, and tells
//! the arbiter once it has brought a new backup up to date: only then may that one take over.
//!
//! Left out: more than one arbiter (while it is down, the lease runs out and nobody serves), more than one backup, and updates
//! smaller than the whole state.

use std::sync::Arc;

use fivenines::process::kv::{self, Ask, Registers, Sessions, Told, stale};
use fivenines::process::{
    Context, Dice, Event, History, Id, Milestones, Process, Protocol, Recovered, Ticket, Verdict,
    View as Seen, keep_to, linearizable,
};
use fivenines::units::{Duration, Instant, Probability, Span};
use serde::Deserialize;

/// What a cluster is like.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PrimaryBackup {
    /// Replicas, besides the arbiter. Default 2.
    pub replicas: usize,
    /// The time between two heartbeats of a replica, each of which asks for the lease anew. Default 50 ms.
    pub heartbeat: Duration,
    /// How long a lease lasts. Default 200 ms.
    pub lease: Duration,
    /// How much longer than the lease the arbiter waits. Clocks that gain or lose a share d of time ask for 2d/(1-d) of the
    /// lease. Default 20 ms.
    pub bound: Duration,
    /// Keys that clients ask for. Default 4.
    pub keys: usize,
    /// The share of reads among what clients ask. Default 50%.
    pub read_share: Probability,
    /// A mistake in the protocol. Default: none.
    pub mistake: Option<Mistake>,
}

/// A mistake in the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mistake {
    /// The arbiter takes a lease to be over when its own clock says so. Breaks section 5 of Gray and Cheriton: clocks differ, and
    /// the primary's may say otherwise.
    NoClockBound,
    /// The primary answers before its backup has the write. Breaks the order of the primary-backup approach: an answer comes after
    /// the update of the backups.
    AnswersFirst,
    /// A backup may take over before it was brought up to date.
    StaleBackup,
}

impl Default for PrimaryBackup {
    fn default() -> PrimaryBackup {
        PrimaryBackup {
            replicas: 2,
            heartbeat: Duration::millis(50.0),
            lease: Duration::millis(200.0),
            bound: Duration::millis(20.0),
            keys: 4,
            read_share: Probability::HALF,
            mistake: None,
        }
    }
}

type Cx<'a> = Context<'a, Node>;

/// Who is who from some time on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct View {
    number: u64,
    primary: Id,
    backup: Option<Id>,
}

/// What clients have made, and what they were told.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// In which view, and after how many writes.
    version: (u64, u64),
    map: Sessions,
}

/// What a disk keeps: the arbiter's view, and the last that its primary has brought its backup up to date in; a replica's state.
#[derive(Clone, Debug)]
pub enum Record {
    View(View, u64),
    State(Arc<State>),
}

/// What processes tell each other.
#[derive(Clone, Debug)]
pub enum Message {
    /// To the arbiter: a replica is there, asks for the lease at this time of its clock, and is done with this view.
    Beat { asked: Instant, ready: u64 },
    /// From the arbiter: the view, and, if the lease is granted, when it was asked for.
    Now { view: View, asked: Option<Instant> },
    /// From the primary: all that there is.
    Copy(Arc<State>),
    /// From the backup: it has it.
    Copied((u64, u64)),
}

/// What processes wait for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Timer {
    /// A replica's next heartbeat.
    Beat,
    /// A replica's lease is over.
    Over,
    /// At the arbiter: the primary's lease is over for sure.
    Primary,
    /// At the arbiter: the backup has been silent for a lease.
    Backup,
}

/// A process.
#[derive(Clone, Debug)]
pub enum Node {
    /// The one that grants leases.
    Arbiter(Arbiter),
    /// One that keeps the data.
    Replica(Replica),
}

/// The one that grants leases.
#[derive(Clone, Debug)]
pub struct Arbiter {
    setup: PrimaryBackup,
    view: View,
    /// The last view in which the backup was brought up to date.
    ready: u64,
    /// When the primary's lease is over for sure.
    over: Instant,
}

/// One that keeps the data.
#[derive(Clone, Debug)]
pub struct Replica {
    setup: PrimaryBackup,
    view: View,
    state: Arc<State>,
    /// What the backup has as well, where there is one: what reads see.
    safe: Arc<State>,
    /// When the lease is over, and whether it is held: for those who look on, who have no clock.
    until: Instant,
    holds: bool,
    /// Answers that wait until the backup has a state.
    waits: Vec<(Arc<State>, Ticket, Told)>,
}

impl Arbiter {
    fn wait(&mut self, cx: &mut Cx<'_>) {
        let bound = match self.setup.mistake {
            Some(Mistake::NoClockBound) => Duration::ZERO,
            Some(Mistake::AnswersFirst | Mistake::StaleBackup) | None => self.setup.bound,
        };
        let lasts = self.setup.lease.span() + bound.span();
        self.over = cx.now() + lasts;
        cx.set_timer(Timer::Primary, lasts);
    }

    fn beat(&mut self, from: Id, asked: Instant, ready: u64, cx: &mut Cx<'_>) {
        if from == self.view.primary {
            if ready > self.ready {
                self.ready = ready;
                self.enter(self.view, cx);
            }
            self.wait(cx);
        } else if self.view.backup.is_none() && self.is_ready() {
            self.enter(View { number: self.view.number + 1, backup: Some(from), ..self.view }, cx);
        }
        if self.view.backup == Some(from) {
            cx.set_timer(Timer::Backup, self.setup.lease);
        }
        let asked = (from == self.view.primary).then_some(asked);
        cx.send(from, Message::Now { view: self.view, asked });
    }

    /// Whether all that was answered is with the backup, if there is one.
    fn is_ready(&self) -> bool {
        self.ready == self.view.number
    }

    /// What is decided is written before anybody is told.
    fn enter(&mut self, view: View, cx: &mut Cx<'_>) {
        self.view = view;
        cx.replace(vec![Record::View(view, self.ready)]);
        cx.sync();
    }

    fn primary_is_gone(&mut self, cx: &mut Cx<'_>) {
        let hasty = self.setup.mistake == Some(Mistake::StaleBackup);
        // The timer may have run down while a heartbeat waited for the arbiter to go on.
        if let Some(backup) = self.view.backup
            && cx.now() >= self.over
            && (self.is_ready() || hasty)
        {
            cx.mark("lease over");
            self.enter(View { number: self.view.number + 1, primary: backup, backup: None }, cx);
            self.wait(cx);
            cx.send(backup, Message::Now { view: self.view, asked: None });
        }
    }

    fn backup_is_gone(&mut self, cx: &mut Cx<'_>) {
        let view = View { number: self.view.number + 1, backup: None, ..self.view };
        if self.view.backup.is_some() {
            self.enter(view, cx);
        }
    }
}

impl Replica {
    fn leads(&self, cx: &Cx<'_>) -> bool {
        self.view.primary == cx.id()
    }

    fn keep(&mut self, state: Arc<State>, cx: &mut Cx<'_>) {
        cx.replace(vec![Record::State(Arc::clone(&state))]);
        cx.sync();
        self.state = state;
    }

    fn beat(&mut self, cx: &mut Cx<'_>) {
        // From the first copy of a view that its backup has on, it has all that is answered.
        let ready = if self.leads(cx) { self.safe.version.0 } else { 0 };
        cx.send(Id::new(0), Message::Beat { asked: cx.now(), ready });
        if self.leads(cx) && self.safe.version < self.state.version {
            self.copy(cx);
        }
        cx.set_timer(Timer::Beat, self.setup.heartbeat);
    }

    fn copy(&mut self, cx: &mut Cx<'_>) {
        match self.view.backup {
            Some(backup) => cx.send(backup, Message::Copy(Arc::clone(&self.state))),
            None => self.copied(self.state.version, cx),
        }
    }

    fn now(&mut self, view: View, asked: Option<Instant>, cx: &mut Cx<'_>) {
        if view.number > self.view.number {
            self.view = view;
            self.holds &= self.leads(cx);
            if self.leads(cx) {
                let version = (view.number, self.state.version.1);
                self.keep(Arc::new(State { version, ..(*self.state).clone() }), cx);
                // What waits rests on what this view still has to bring to its backup.
                self.waits.iter_mut().for_each(|wait| Arc::make_mut(&mut wait.0).version.0 = view.number);
                self.copy(cx);
                // Ask for the lease at once.
                self.beat(cx);
            } else {
                // Whoever leads answers what was asked here, when it is asked again.
                self.waits.clear();
            }
        }
        if let Some(asked) = asked
            && view == self.view
        {
            self.until = self.until.max(asked + self.setup.lease.span());
            let left = self.until.saturating_since(cx.now());
            if left > Span::ZERO {
                if !std::mem::replace(&mut self.holds, true) {
                    cx.mark("primary");
                }
                cx.set_timer(Timer::Over, left);
            }
        }
    }

    /// The backup has all up to this version: what waits for that is answered.
    fn copied(&mut self, version: (u64, u64), cx: &mut Cx<'_>) {
        if version == self.state.version {
            self.safe = Arc::clone(&self.state);
        }
        for (state, ticket, told) in self.waits.extract_if(.., |wait| wait.0.version <= version) {
            if state.version > self.safe.version {
                self.safe = state;
            }
            cx.reply(ticket, told);
        }
    }

    fn request(&mut self, ticket: Ticket, ask: Ask, cx: &mut Cx<'_>) {
        if !self.leads(cx) && self.view.number > 0 {
            return cx.redirect(ticket, self.view.primary);
        }
        if !self.leads(cx) || cx.now() >= self.until || self.safe.version.0 < self.view.number {
            return cx.refuse(ticket);
        }
        if !ask.writes() {
            return cx.reply(ticket, Told::Value(self.safe.map.get(ask.key())));
        }
        let told = self.state.map.told(ticket).unwrap_or_else(|| {
            let mut state = (*self.state).clone();
            state.version.1 += 1;
            let told = state.map.apply(ticket, ask);
            self.keep(Arc::new(state), cx);
            told
        });
        if self.setup.mistake == Some(Mistake::AnswersFirst) {
            cx.reply(ticket, told);
        }
        self.waits.push((Arc::clone(&self.state), ticket, told));
        self.copy(cx);
    }
}

impl Process for Node {
    type Message = Message;
    type Timer = Timer;
    type Record = Record;
    type Command = Ask;
    type Reply = Told;

    const TIMERS: usize = 2;

    fn start(&mut self, cx: &mut Cx<'_>) {
        match self {
            Node::Arbiter(arbiter) => arbiter.wait(cx),
            Node::Replica(replica) => replica.beat(cx),
        }
    }

    fn recover(&mut self, found: Recovered<'_, Record>, cx: &mut Cx<'_>) {
        match (&mut *self, found.records.last()) {
            (Node::Arbiter(arbiter), Some(Record::View(view, ready))) => {
                (arbiter.view, arbiter.ready) = (*view, *ready);
            }
            (Node::Replica(replica), Some(Record::State(state))) => replica.state = Arc::clone(state),
            (Node::Arbiter(_) | Node::Replica(_), _) => {}
        }
        self.start(cx);
    }

    fn message(&mut self, from: Id, message: Message, cx: &mut Cx<'_>) {
        match (self, message) {
            (Node::Arbiter(arbiter), Message::Beat { asked, ready }) => arbiter.beat(from, asked, ready, cx),
            (Node::Replica(replica), Message::Now { view, asked }) => replica.now(view, asked, cx),
            (Node::Replica(replica), Message::Copy(state)) => {
                if state.version.0 < replica.view.number || state.version < replica.state.version {
                    return;
                }
                let version = state.version;
                replica.keep(state, cx);
                cx.send(from, Message::Copied(version));
            }
            (Node::Replica(replica), Message::Copied(version)) => replica.copied(version, cx),
            (Node::Arbiter(_) | Node::Replica(_), _) => {}
        }
    }

    fn timer(&mut self, timer: Timer, cx: &mut Cx<'_>) {
        match (self, timer) {
            (Node::Arbiter(arbiter), Timer::Primary) => arbiter.primary_is_gone(cx),
            (Node::Arbiter(arbiter), Timer::Backup) => arbiter.backup_is_gone(cx),
            (Node::Replica(replica), Timer::Beat) => replica.beat(cx),
            (Node::Replica(replica), Timer::Over) => replica.holds = cx.now() < replica.until,
            (Node::Arbiter(_) | Node::Replica(_), _) => {}
        }
    }

    fn request(&mut self, ticket: Ticket, ask: Ask, cx: &mut Cx<'_>) {
        match self {
            Node::Arbiter(_) => cx.refuse(ticket),
            Node::Replica(replica) => replica.request(ticket, ask, cx),
        }
    }
}

impl Protocol for PrimaryBackup {
    type Process = Node;

    fn sound(&self) -> Result<(), String> {
        keep_to(&[
            (self.replicas > 0, "`replicas` must be 1 or more"),
            (!self.heartbeat.is_zero(), "`heartbeat` must be longer than nothing"),
            (!self.lease.is_zero(), "`lease` must be longer than nothing"),
            (self.keys > 0, "`keys` must be 1 or more"),
        ])
    }

    fn processes(&self) -> Vec<Node> {
        let view = View { number: 1, primary: Id::new(1), backup: None };
        let arbiter = Node::Arbiter(Arbiter { setup: self.clone(), view, ready: 0, over: Instant::START });
        let replica = Node::Replica(Replica {
            setup: self.clone(),
            view: View::default(),
            state: Arc::default(),
            safe: Arc::default(),
            until: Instant::START,
            holds: false,
            waits: Vec::new(),
        });
        [vec![arbiter], vec![replica; self.replicas]].concat()
    }

    fn doors(&self) -> Vec<Id> {
        (1..=self.replicas).map(Id::new).collect()
    }

    fn command(&self, client: usize, nth: u64, dice: &mut Dice<'_, Event<Node>>) -> Ask {
        kv::ask(self.keys, self.read_share, client, nth, dice)
    }

    fn serves(&self, view: &Seen<'_, Node>) -> bool {
        view.up().any(|(_, node)| matches!(node, Node::Replica(replica) if replica.holds))
    }

    fn wrong(&self, history: &History<Ask, Told>) -> Vec<usize> {
        stale(history)
    }

    /// The replica that holds the lease.
    fn leads(&self, view: &Seen<'_, Node>) -> Option<Id> {
        let mut holders =
            view.up().filter(|(_, node)| matches!(node, Node::Replica(replica) if replica.holds));
        holders.next().map(|(id, _)| id)
    }

    fn milestones(&self) -> Milestones {
        Milestones { noticed: &["lease over"], taken_over: &["primary"] }
    }

    fn check(&self, history: &History<Ask, Told>) -> Verdict {
        linearizable(&Registers, history)
    }
}
