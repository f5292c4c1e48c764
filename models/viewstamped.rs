//! Viewstamped Replication: a primary orders requests, a majority logs them, and views are changed when the primary is silent.
//!
//! Barbara Liskov and James Cowling, "Viewstamped Replication Revisited", MIT-CSAIL-TR-2012-021: normal operation (section 4.1),
//! view changes (4.2), recovery without a disk (4.3), state transfer (5.2). In two places the paper is known to lose what was
//! committed, and this model does what mends it. A replica cuts its log only once it holds what comes instead, where section 5.2
//! cuts it first (Vanlightly, "VR Revisited: State Transfer", 2022). And messages of a view change carry what their sender knows
//! of who has recovered, so that those count no more that a replica sent before it crashed (crash vectors: Michael, Ports,
//! Sharma and Szekeres, "Recovering Shared Objects Without Stable Storage", DISC 2017).
//!
//! Left out: checkpoints, so that logs are sent as a whole (5.1), reads under leases and at backups (6), reconfiguration (7). A
//! client has one request at a time, as in the paper: one that comes after a later one is not answered.

use std::collections::BTreeMap;
use std::sync::Arc;

use fivenines::process::kv::{self, Ask, Map, Registers, Told, stale};
use fivenines::process::{
    Context, Dice, Event, History, Id, Milestones, Process, Progress, Protocol, Recovered, Ticket, Verdict,
    View, keep_to, linearizable,
};
use fivenines::units::{Duration, Probability};
use serde::Deserialize;

/// What can be chosen.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Viewstamped {
    /// Replicas: 2f + 1 for f that may be down at once. Default 3.
    pub replicas: usize,
    /// After how long with nothing to send a primary tells how much is committed. Default 50 ms.
    pub heartbeat: Duration,
    /// After how long of silence a replica goes on to another view, or asks again for its state. Default 200 ms.
    pub timeout: Duration,
    /// Whether replicas write all to a disk before they answer, and recover from that as long as it is whole. Default false.
    pub disk: bool,
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
    /// A replica that recovers takes part in view changes, with an empty log. Breaks section 4.3.
    RecoveringVotes,
    /// A new primary takes the longest log, whatever view that is of. Breaks section 4.2, step 3.
    LongestLog,
    /// A primary answers reads from its own state. Breaks section 6.3: without a lease another may be the primary by then.
    StaleReads,
    /// Who learns of a later view cuts what is not committed from its log before it asks for the rest, as section 5.2 has it.
    CutsFirst,
}

impl Default for Viewstamped {
    fn default() -> Viewstamped {
        Viewstamped {
            replicas: 3,
            heartbeat: Duration::millis(50.0),
            timeout: Duration::millis(200.0),
            disk: false,
            keys: 4,
            read_share: Probability::HALF,
            mistake: None,
        }
    }
}

/// What a client asks, and who.
type Entry = (Ticket, Ask);
type Next = Option<(usize, Entry)>;
type Log = Arc<Vec<Entry>>;
/// For each replica, when it last began to recover, by its own clock.
type Crashes = Progress;
type Cx<'a> = Context<'a, Replica>;

/// What replicas tell each other; the first two are the normal operation.
#[derive(Clone, Debug)]
pub enum Message {
    /// The primary: so many are committed, and behind so many comes this entry. Without one, it is the paper's Commit.
    Prepare { view: u64, next: Next, commit: usize },
    /// A backup has so many.
    PrepareOk { view: u64, count: usize },
    /// There should be a view of this number; and, to its primary, what the sender has (the paper's DoViewChange).
    StartViewChange { view: u64, crashes: Crashes, vote: Option<State> },
    /// What the primary of a new view has; or one that was asked, to one that is behind (NewState).
    StartView(State),
    /// One that is behind asks for the state in this view.
    GetState { view: u64 },
    /// One that recovers asks for the state; its own entry is the nonce.
    Recovery { crashes: Crashes },
    /// The view, and what its primary has.
    RecoveryResponse { view: u64, crashes: Crashes, state: Option<State> },
}

/// What a replica has: the last view that was normal for it, its log, and how much of that is committed.
#[derive(Clone, Debug)]
pub struct State {
    normal: u64,
    log: Log,
    commit: usize,
}

/// What a disk keeps: the view and the state, and entries since.
#[derive(Clone, Debug)]
pub enum Record {
    State(u64, State),
    Append(Entry),
}

/// How it is with a replica.
#[derive(Clone, Debug, Default)]
enum Status {
    #[default]
    Normal,
    /// With those who want the view, each with its own entry of its crash vector, and what they brought to it.
    ViewChange { starts: BTreeMap<Id, u64>, votes: BTreeMap<Id, State> },
    /// With what each answered.
    Recovering { said: BTreeMap<Id, (u64, Option<State>)> },
}

/// A replica.
#[derive(Clone, Debug, Default)]
pub struct Replica {
    setup: Viewstamped,
    view: u64,
    /// The last view that was normal.
    normal: u64,
    status: Status,
    log: Log,
    /// How many entries are committed, and applied; and what was answered last to each client.
    commit: usize,
    map: Map,
    clients: BTreeMap<usize, (u64, Told)>,
    crashes: Crashes,
    /// At the primary, how many entries each of the others has.
    have: Progress<usize>,
}

impl Replica {
    fn has(&self, mistake: Mistake) -> bool {
        self.setup.mistake == Some(mistake)
    }

    /// How many may be down.
    fn f(&self) -> usize {
        (self.setup.replicas - 1) / 2
    }

    fn primary(&self) -> Id {
        Id::new((self.view % self.setup.replicas as u64) as usize)
    }

    fn is_normal(&self) -> bool {
        matches!(self.status, Status::Normal)
    }

    fn leads(&self, id: Id) -> bool {
        self.is_normal() && self.primary() == id
    }

    fn state(&self) -> State {
        State { normal: self.normal, log: Arc::clone(&self.log), commit: self.commit }
    }

    /// Writes all to the disk, where there is one.
    fn save(&self, cx: &mut Cx<'_>) {
        if self.setup.disk {
            cx.replace(vec![Record::State(self.view, self.state())]);
            cx.sync();
        }
    }

    fn append(&mut self, entry: Entry, cx: &mut Cx<'_>) {
        Arc::make_mut(&mut self.log).push(entry);
        if self.setup.disk {
            cx.append(Record::Append(entry));
            cx.sync();
        }
    }

    /// So many entries are committed: they are applied, and the primary answers.
    fn apply(&mut self, commit: usize, cx: &mut Cx<'_>) {
        while self.commit < commit.min(self.log.len()) {
            let (ticket, ask) = self.log[self.commit];
            let told = self.map.apply(ask);
            self.commit += 1;
            self.clients.insert(ticket.client(), (ticket.number(), told));
            if self.leads(cx.id()) {
                cx.reply(ticket, told);
            }
        }
    }

    /// A view is normal from here on, and begins with this.
    fn enter(&mut self, State { normal, log, commit }: State, cx: &mut Cx<'_>) {
        (self.view, self.normal, self.log) = (normal, normal, log);
        (self.status, self.have) = (Status::Normal, Progress::new(self.setup.replicas));
        self.save(cx);
        self.wait(cx);
        self.has_all(commit, cx);
    }

    /// A backup tells the primary how much it has, and learns how much is committed.
    fn has_all(&mut self, commit: usize, cx: &mut Cx<'_>) {
        self.apply(commit, cx);
        if !self.leads(cx.id()) {
            cx.send(self.primary(), Message::PrepareOk { view: self.view, count: self.log.len() });
        }
    }

    /// Until a primary has sent nothing, or another heard nothing, for too long.
    fn wait(&self, cx: &mut Cx<'_>) {
        cx.set_timer((), if self.leads(cx.id()) { self.setup.heartbeat } else { self.setup.timeout });
    }
}

/// Normal operation, and state transfer.
impl Replica {
    /// Tells another how much is committed, and the last entry, where it lacks that.
    fn prepare(&self, to: Id, has: usize, cx: &mut Cx<'_>) {
        let last = self.log.last().filter(|_| has < self.log.len());
        let next = last.map(|entry| (self.log.len() - 1, *entry));
        cx.send(to, Message::Prepare { view: self.view, next, commit: self.commit });
    }

    /// A backup hears from a primary. If the view is new to it, it asks for the state.
    fn prepared(&mut self, from: Id, view: u64, next: Next, commit: usize, cx: &mut Cx<'_>) {
        if view > self.view || (view == self.view && !self.is_normal()) {
            if self.has(Mistake::CutsFirst) {
                Arc::make_mut(&mut self.log).truncate(self.commit);
                self.save(cx);
            }
            cx.send(from, Message::GetState { view });
        } else if view == self.view {
            self.wait(cx);
            match next {
                None => self.apply(commit, cx),
                Some((behind, _)) if behind > self.log.len() => cx.send(from, Message::GetState { view }),
                Some((behind, entry)) => {
                    if behind == self.log.len() {
                        self.append(entry, cx);
                    }
                    self.has_all(commit, cx);
                }
            }
        }
    }
}

/// View changes, and recovery.
impl Replica {
    fn start_view_change(&mut self, view: u64, cx: &mut Cx<'_>) {
        self.view = view;
        self.status = Status::ViewChange { starts: BTreeMap::new(), votes: BTreeMap::new() };
        self.save(cx);
        self.wait(cx);
        cx.broadcast(&Message::StartViewChange { view, crashes: self.crashes.clone(), vote: None });
    }

    fn view_change(&mut self, from: Id, view: u64, crashes: &Crashes, vote: Option<State>, cx: &mut Cx<'_>) {
        self.crashes.learn(crashes);
        if view > self.view {
            self.start_view_change(view, cx);
        }
        let crash = crashes.of(from);
        if view < self.view || crash < self.crashes.of(from) {
            return;
        }
        let (id, f, mine) = (cx.id(), self.f(), self.state());
        let Status::ViewChange { starts, votes } = &mut self.status else { return };
        starts.insert(from, crash);
        votes.extend(vote.map(|vote| (from, vote)));
        // What one said that has recovered since does not count any more.
        starts.retain(|of, crash| *crash >= self.crashes.of(*of));
        votes.retain(|of, _| *of == id || starts.contains_key(of));
        if starts.len() >= f && !votes.contains_key(&id) {
            votes.insert(id, mine.clone());
            if self.primary() != id {
                let (crashes, vote) = (self.crashes.clone(), Some(mine));
                cx.send(self.primary(), Message::StartViewChange { view, crashes, vote });
            }
        }
        self.start_view(cx);
    }

    /// The new primary has heard from a majority: the log of the latest normal view, and of those the longest, is that of the view.
    fn start_view(&mut self, cx: &mut Cx<'_>) {
        let Status::ViewChange { votes, .. } = &self.status else { return };
        if self.primary() != cx.id() || votes.len() <= self.f() {
            return;
        }
        let latest = |vote: &State| if self.has(Mistake::LongestLog) { 0 } else { vote.normal };
        let best = votes.values().max_by_key(|vote| (latest(vote), vote.log.len()));
        let log = best.map_or_else(Log::default, |vote| Arc::clone(&vote.log));
        let commit = votes.values().map(|vote| vote.commit).max().unwrap_or(0);
        cx.mark("new view");
        self.enter(State { normal: self.view, log, commit }, cx);
        cx.broadcast(&Message::StartView(self.state()));
    }

    /// A majority has answered, and the primary of the latest view among them.
    fn recovered(&mut self, cx: &mut Cx<'_>) {
        let Status::Recovering { said } = &self.status else { return };
        let latest = said.values().max_by_key(|(view, state)| (*view, state.is_some()));
        if let Some((_, Some(state))) = latest.cloned().filter(|_| said.len() > self.f()) {
            cx.mark("recovered");
            self.enter(state, cx);
        }
    }
}

impl Process for Replica {
    type Message = Message;
    type Timer = ();
    type Record = Record;
    type Command = Ask;
    type Reply = Told;

    fn start(&mut self, cx: &mut Cx<'_>) {
        self.save(cx);
        self.wait(cx);
    }

    fn recover(&mut self, found: Recovered<'_, Record>, cx: &mut Cx<'_>) {
        if found.records.is_empty() || found.damaged {
            // The host's clock goes on through a crash: no nonce comes twice, and a later one is greater.
            self.crashes.reach(cx.id(), cx.now().as_micros());
            self.status = Status::Recovering { said: BTreeMap::new() };
            return self.timer((), cx);
        }
        for record in found.records {
            match record {
                Record::State(view, state) => {
                    (self.view, self.normal, self.log) = (*view, state.normal, Arc::clone(&state.log));
                }
                Record::Append(entry) => Arc::make_mut(&mut self.log).push(*entry),
            }
        }
        // A primary does not know any more what the others have: another is next.
        if self.normal < self.view || self.primary() == cx.id() {
            self.start_view_change(self.view + 1, cx);
        } else {
            self.wait(cx);
        }
    }

    fn message(&mut self, from: Id, message: Message, cx: &mut Cx<'_>) {
        let recovers = matches!(self.status, Status::Recovering { .. });
        match message {
            Message::RecoveryResponse { view, crashes, state } => {
                if let Status::Recovering { said } = &mut self.status
                    && crashes.of(cx.id()) == self.crashes.of(cx.id())
                {
                    said.insert(from, (view, state));
                    self.crashes.learn(&crashes);
                    self.recovered(cx);
                }
            }
            Message::Recovery { crashes } => {
                self.crashes.learn(&crashes);
                if self.is_normal() {
                    let state = self.leads(cx.id()).then(|| self.state());
                    let (view, crashes) = (self.view, self.crashes.clone());
                    cx.send(from, Message::RecoveryResponse { view, crashes, state });
                }
            }
            Message::StartViewChange { view, crashes, vote } => {
                if !recovers || self.has(Mistake::RecoveringVotes) {
                    self.view_change(from, view, &crashes, vote, cx);
                }
            }
            _ if recovers => {}
            Message::Prepare { view, next, commit } => self.prepared(from, view, next, commit, cx),
            Message::PrepareOk { view, count } if view == self.view && self.leads(cx.id()) => {
                // What f others have is committed.
                self.have.reach(from, count);
                self.apply(self.have.reached_by(self.f(), cx.peers()), cx);
            }
            Message::GetState { view } if view == self.view && self.is_normal() => {
                cx.send(from, Message::StartView(self.state()));
            }
            // Of another view.
            Message::PrepareOk { .. } | Message::GetState { .. } => {}
            Message::StartView(state) => {
                // Of a later view, or more of this one.
                let more = !self.is_normal() || state.log.len() > self.log.len();
                if state.normal > self.view || (state.normal == self.view && more) {
                    self.enter(state, cx);
                }
            }
        }
    }

    fn timer(&mut self, (): (), cx: &mut Cx<'_>) {
        match &self.status {
            Status::Normal if self.leads(cx.id()) => {
                cx.peers().for_each(|peer| self.prepare(peer, self.have.of(peer), cx));
                self.wait(cx);
            }
            Status::Recovering { .. } => {
                cx.broadcast(&Message::Recovery { crashes: self.crashes.clone() });
                self.wait(cx);
            }
            // Without others it goes no further, and asks them again.
            Status::ViewChange { starts, .. } if starts.len() < self.f() => {
                self.start_view_change(self.view, cx);
            }
            Status::Normal | Status::ViewChange { .. } => {
                cx.mark("suspects");
                self.start_view_change(self.view + 1, cx);
            }
        }
    }

    fn request(&mut self, ticket: Ticket, ask: Ask, cx: &mut Cx<'_>) {
        let primary = self.is_normal().then(|| self.primary());
        if primary != Some(cx.id()) {
            return cx.pass_on(ticket, primary);
        }
        if self.has(Mistake::StaleReads) && !ask.writes() {
            return cx.reply(ticket, Told::Value(self.map.get(ask.key())));
        }
        if let Some((last, told)) = self.clients.get(&ticket.client())
            && *last >= ticket.number()
        {
            // It is done, and perhaps its client has gone on since.
            return if *last == ticket.number() {
                cx.reply(ticket, *told)
            };
        }
        if self.log.iter().skip(self.commit).any(|(logged, _)| *logged == ticket) {
            return;
        }
        self.append((ticket, ask), cx);
        cx.peers().for_each(|peer| self.prepare(peer, 0, cx));
        self.wait(cx);
    }
}

impl Protocol for Viewstamped {
    type Process = Replica;

    fn sound(&self) -> Result<(), String> {
        keep_to(&[
            (self.replicas >= 3 && self.replicas % 2 == 1, "`replicas` must be odd, and 3 or more"),
            (!self.heartbeat.is_zero(), "`heartbeat` must be longer than nothing"),
            (!self.timeout.is_zero(), "`timeout` must be longer than nothing"),
            (self.keys > 0, "`keys` must be 1 or more"),
        ])
    }

    fn processes(&self) -> Vec<Replica> {
        let (crashes, have) = (Progress::new(self.replicas), Progress::new(self.replicas));
        vec![Replica { setup: self.clone(), crashes, have, ..Replica::default() }; self.replicas]
    }

    fn command(&self, client: usize, nth: u64, dice: &mut Dice<'_, Event<Replica>>) -> Ask {
        kv::ask(self.keys, self.read_share, client, nth, dice)
    }

    /// Of what two replicas have both committed, the last entry is the same.
    fn invariant(&self, view: &View<'_, Replica>) -> Result<(), String> {
        for ((id, one), (peer, other)) in view.pairs() {
            let both = one.commit.min(other.commit);
            if both > 0 && one.log.get(both - 1) != other.log.get(both - 1) {
                return Err(format!("{id} and {peer} have committed different entries"));
            }
        }
        Ok(())
    }

    /// There is a primary, and f others are in its view.
    fn serves(&self, view: &View<'_, Replica>) -> bool {
        view.up().filter(|(id, replica)| replica.leads(*id)).any(|(_, primary)| {
            view.those(|_, other| other.is_normal() && other.view == primary.view).len() > primary.f()
        })
    }

    fn wrong(&self, history: &History<Ask, Told>) -> Vec<usize> {
        stale(history)
    }

    /// The primary of the newest view.
    fn leads(&self, view: &View<'_, Replica>) -> Option<Id> {
        view.foremost(|id, replica| replica.leads(id).then_some(replica.view))
    }

    fn milestones(&self) -> Milestones {
        Milestones { noticed: &["suspects"], taken_over: &["new view"] }
    }

    fn check(&self, history: &History<Ask, Told>) -> Verdict {
        linearizable(&Registers, history)
    }
}
