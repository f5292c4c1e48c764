//! Chain replication: replicas in a row, written at the head and read at the tail.
//!
//! Robbert van Renesse and Fred B. Schneider, "Chain Replication for Supporting High Throughput and Availability", OSDI 2004:
//! the protocol of section 3, where head, tail and middle may fail, and new tails get the history while the old one serves. As an
//! option the reads of Jeff Terrace and Michael J. Freedman, "Object Storage on CRAQ", USENIX ATC 2009, section 2.3: every
//! replica answers reads, and asks the tail how far it has committed where it has something newer.
//!
//! The paper's servers stop when they fail, and its master knows. On a network that parts neither is so: here a replica serves only
//! under a lease from the master, who takes it out of the chain once that must have run out. The master is process 0, and keeps
//! the chain on its disk; the paper takes it to be reliable. While it is down, the chain serves until its leases run out.
//!
//! Left out: clients do not know head and tail, but are sent to them; logs are never cut short, so that a new tail gets the whole
//! history; versions are counted by chain and not by object.

use fivenines::process::kv::{self, Ask, Registers, Sessions, Told, stale};
use fivenines::process::{
    Context, Dice, Event, History, Id, Milestones, Process, Protocol, Recovered, Ticket, Verdict, View,
    keep_to, linearizable,
};
use fivenines::units::{Duration, Instant, Probability};
use serde::Deserialize;

/// The number of the process that knows who is in the chain.
const MASTER: usize = 0;

/// What can be chosen.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Chain {
    /// How many replicas there are, besides the master. 3.
    pub replicas: usize,
    /// Whether every replica answers reads, and not only the tail. No.
    pub craq: bool,
    /// How often a replica tells the master that it is there, gets a new lease, and sends again what was lost. "100ms".
    pub heartbeat: Duration,
    /// How long a lease lasts, from when it was asked for. "400ms".
    pub lease: Duration,
    /// After how long without a word the master takes a replica out: longer than a lease, by what clocks may drift. "500ms".
    pub detect: Duration,
    /// How many entries go in one message at most. 64.
    pub batch: usize,
    /// How many keys clients ask for. 4.
    pub keys: usize,
    /// The share of reads among what they ask. 50%.
    pub reads: Probability,
    /// A mistake to be found. None.
    pub mistake: Option<Mistake>,
}

/// Mistakes that the checks find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mistake {
    /// Any replica answers reads with the newest that it has, and asks nobody: against the version query of CRAQ, section 2.3.
    NoVersionQuery,
    /// The head answers a write, and not the tail: against section 3.1.
    HeadAnswers,
    /// A replica serves though it has not heard of the master for long: servers are not fail-stop, section 2.4.
    NoLease,
}

impl Default for Chain {
    fn default() -> Chain {
        Chain {
            replicas: 3,
            craq: false,
            heartbeat: Duration::millis(100.0),
            lease: Duration::millis(400.0),
            detect: Duration::millis(500.0),
            batch: 64,
            keys: 4,
            reads: Probability::HALF,
            mistake: None,
        }
    }
}

/// The chain, as the master has ordered it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Order {
    /// Higher than that of all orders before.
    pub epoch: u64,
    /// From the head to the tail.
    pub chain: Vec<Id>,
    /// Who is getting the history from the tail, to be the next one.
    pub joining: Option<Id>,
    /// The tail has just joined, and may lack something that is committed.
    pub fresh: bool,
}

impl Order {
    /// Those in the chain, and who is joining it.
    fn members(&self) -> impl Iterator<Item = Id> {
        self.chain.iter().chain(&self.joining).copied()
    }

    fn after(&self, id: Id) -> Option<Id> {
        self.members().skip_while(|member| *member != id).nth(1)
    }

    fn before(&self, id: Id) -> Option<Id> {
        let place = self.members().position(|member| member == id)?;
        self.members().nth(place.checked_sub(1)?)
    }
}

/// Something that was written, and who is to be answered.
pub type Entry = (Ticket, Ask);

/// What processes tell each other.
#[derive(Clone, Debug)]
pub enum Message {
    /// A replica to the master: it is there, at this time of its clock, and is ready in this epoch.
    Alive { sent: Instant, epoch: u64, ready: bool },
    /// The master's order; and an answer to what the replica sent at this time of its clock, which gives it a lease.
    Order { order: Order, lease: Option<Instant> },
    /// A replica to its successor: entries from this number on, how many there are, and how many are committed.
    Pass { epoch: u64, first: usize, new: Vec<Entry>, count: usize, committed: usize },
    /// A replica to its predecessor: how many entries it has, and knows to be committed.
    Has { epoch: u64, count: usize, committed: usize, ready: bool },
    /// A replica to the tail: how much is committed? To answer this read.
    Query { ticket: Ticket, key: u64 },
    /// The tail: so much.
    Version { ticket: Ticket, key: u64, committed: usize },
}

/// What they wait for: to tell the master, or to look who is silent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Timer {
    Heartbeat,
    Watch,
}

/// What disks keep: what was written, and the master's last order.
#[derive(Clone, Debug)]
pub enum Record {
    Entry(Entry),
    Order(Order),
}

type Cx<'a> = Context<'a, Server>;

/// The master, or a replica.
#[derive(Clone, Debug, Default)]
pub struct Server {
    options: Chain,
    /// The chain as it is, or as far as this replica knows.
    pub order: Order,
    /// Of the master: when it last heard of whom.
    heard: Vec<Instant>,
    lease_until: Instant,
    /// Everything that was ever written, as far as it has come, and how much of it is known to be committed.
    log: Vec<Entry>,
    committed: usize,
    /// What that makes, and what was answered.
    map: Sessions,
    /// It has all that was committed when it came to its place.
    ready: bool,
    /// What the successor has said in this epoch that it has, and what is next to be sent to it.
    has: Option<usize>,
    next: usize,
}

/// What the master does.
impl Server {
    /// Nobody learns of an order that is not on the disk.
    fn decree(&mut self, cx: &mut Cx<'_>) {
        self.order.epoch += 1;
        cx.replace(vec![Record::Order(self.order.clone())]);
        cx.sync();
        cx.broadcast(&Message::Order { order: self.order.clone(), lease: None });
    }

    fn alive(&mut self, from: Id, sent: Instant, ready: bool, cx: &mut Cx<'_>) {
        self.heard[from.index()] = cx.now();
        if ready && self.order.joining == Some(from) {
            self.order.chain.push(from);
            (self.order.joining, self.order.fresh) = (None, true);
            cx.mark("new tail");
            self.decree(cx);
        } else if ready && self.order.fresh && self.order.chain.last() == Some(&from) {
            self.order.fresh = false;
        } else if !self.order.chain.contains(&from) && self.order.joining.is_none() && !self.order.fresh {
            self.order.joining = Some(from);
            self.decree(cx);
            self.watch(cx);
        }
        cx.send(from, Message::Order { order: self.order.clone(), lease: Some(sent) });
    }

    /// Takes those out of the chain whose leases must have run out.
    fn look(&mut self, cx: &mut Cx<'_>) {
        let (now, detect) = (cx.now(), self.options.detect.span());
        let lost = |id: &Id| now.saturating_since(self.heard[id.index()]) >= detect;
        let mut order = self.order.clone();
        order.joining = order.joining.filter(|id| !lost(id));
        order.chain.retain(|id| !lost(id));
        order.fresh &= order.chain.last() == self.order.chain.last();
        // One must be left that has all that is committed; else it is waited for.
        if order.chain.len() > usize::from(order.fresh) && order != self.order {
            self.order = order;
            cx.mark("taken out");
            self.decree(cx);
        }
        self.watch(cx);
    }

    fn watch(&mut self, cx: &mut Cx<'_>) {
        let ends = self.order.members().map(|id| self.heard[id.index()] + self.options.detect.span());
        // Those that cannot be taken out are looked at now and then.
        let soon = cx.now() + self.options.heartbeat.span();
        let next = ends.min().filter(|at| *at > cx.now()).unwrap_or(soon);
        cx.set_timer(Timer::Watch, next - cx.now());
    }
}

/// What replicas do.
impl Server {
    fn heartbeat(&mut self, cx: &mut Cx<'_>) {
        cx.set_timer(Timer::Heartbeat, self.options.heartbeat);
        let (sent, epoch, ready) = (cx.now(), self.order.epoch, self.ready);
        cx.send(Id::new(MASTER), Message::Alive { sent, epoch, ready });
        if !self.ready {
            self.report(cx);
        }
        if self.has != Some(self.log.len()) {
            self.next = self.has.unwrap_or(self.log.len());
            self.pass(cx);
        }
    }

    fn serves(&self, cx: &Cx<'_>) -> bool {
        let leased = cx.now() < self.lease_until || self.options.mistake == Some(Mistake::NoLease);
        leased && self.ready && self.order.chain.contains(&cx.id())
    }

    fn adopt(&mut self, order: Order, cx: &mut Cx<'_>) {
        let me = Some(cx.id());
        if order.joining == me && self.order.joining != me {
            // It may hold what the chain has never heard of: it starts from nothing.
            (self.log, self.committed, self.map) = (Vec::new(), 0, Sessions::default());
            cx.replace(Vec::new());
            cx.sync();
        }
        self.order = order;
        self.ready = self.order.chain.first().copied() == me;
        (self.has, self.next) = (None, self.log.len());
        self.commit(0, cx);
        self.report(cx);
    }

    /// Tells the predecessor what it has.
    fn report(&self, cx: &mut Cx<'_>) {
        if let Some(before) = self.order.before(cx.id()) {
            let (epoch, count, committed) = (self.order.epoch, self.log.len(), self.committed);
            cx.send(before, Message::Has { epoch, count, committed, ready: self.ready });
        }
    }

    /// Sends to the successor what is next.
    fn pass(&mut self, cx: &mut Cx<'_>) {
        let Some(after) = self.order.after(cx.id()) else { return };
        // One that has not said yet what it has is but asked.
        let most = if self.has.is_some() { self.options.batch } else { 0 };
        let (epoch, first, count) = (self.order.epoch, self.next, self.log.len());
        self.next = count.min(first + most);
        let new = self.log[first..self.next].to_vec();
        cx.send(after, Message::Pass { epoch, first, new, count, committed: self.committed });
    }

    fn append(&mut self, entries: &[Entry], cx: &mut Cx<'_>) {
        self.log.extend(entries);
        entries.iter().for_each(|entry| cx.append(Record::Entry(*entry)));
        cx.sync();
    }

    /// So many entries are known to be committed. What the tail has is, and the tail answers.
    fn commit(&mut self, count: usize, cx: &mut Cx<'_>) {
        let is_tail = self.ready && self.order.chain.last() == Some(&cx.id());
        let until = if is_tail { self.log.len() } else { count.min(self.log.len()) };
        while self.committed < until {
            let (ticket, ask) = self.log[self.committed];
            let told = self.map.apply(ticket, ask);
            self.committed += 1;
            if is_tail {
                cx.reply(ticket, told);
            }
        }
    }

    fn passed(&mut self, first: usize, new: &[Entry], (count, committed): (usize, usize), cx: &mut Cx<'_>) {
        if let Some(new @ [_, ..]) = self.log.len().checked_sub(first).and_then(|known| new.get(known..)) {
            self.append(new, cx);
        }
        // All that is committed has gone through the predecessor, whether it knows that it is or not.
        self.ready |= self.log.len() >= count;
        self.commit(committed, cx);
        self.report(cx);
        if self.next < self.log.len() {
            self.pass(cx);
        }
    }

    fn successor_has(&mut self, count: usize, committed: usize, ready: bool, cx: &mut Cx<'_>) {
        let (count, before) = (count.min(self.log.len()), self.committed);
        if self.has.replace(count).is_none() || !ready {
            self.next = count;
        }
        self.commit(committed, cx);
        if self.committed > before {
            self.report(cx);
        }
        if !ready || (self.next == count && count < self.log.len()) {
            self.pass(cx);
        }
    }

    fn write(&mut self, ticket: Ticket, ask: Ask, cx: &mut Cx<'_>) {
        if self.order.chain[0] != cx.id() {
            return cx.redirect(ticket, self.order.chain[0]);
        }
        if let Some(told) = self.map.told(ticket) {
            return cx.reply(ticket, told);
        }
        if self.log[self.committed..].iter().any(|(of, _)| *of == ticket) {
            // It is on its way.
            return;
        }
        self.append(&[(ticket, ask)], cx);
        if self.options.mistake == Some(Mistake::HeadAnswers) {
            cx.reply(ticket, Told::Written);
        }
        self.commit(0, cx);
        self.pass(cx);
    }

    fn read(&mut self, ticket: Ticket, key: u64, cx: &mut Cx<'_>) {
        let tail = self.order.chain[self.order.chain.len() - 1];
        let newer = &self.log[self.committed..];
        let dirty = newer.iter().any(|(_, ask)| ask.key() == key);
        if self.options.mistake == Some(Mistake::NoVersionQuery) {
            let mut map = self.map.clone();
            newer.iter().for_each(|(of, ask)| _ = map.apply(*of, *ask));
            cx.reply(ticket, Told::Value(map.get(key)));
        } else if tail == cx.id() || (self.options.craq && !dirty) {
            cx.reply(ticket, Told::Value(self.map.get(key)));
        } else if self.options.craq {
            cx.send(tail, Message::Query { ticket, key });
        } else {
            cx.redirect(ticket, tail);
        }
    }
}

impl Process for Server {
    type Message = Message;
    type Timer = Timer;
    type Record = Record;
    type Command = Ask;
    type Reply = Told;

    fn start(&mut self, cx: &mut Cx<'_>) {
        if cx.id().index() != MASTER {
            return self.heartbeat(cx);
        }
        // Whom it has not heard of before has as long as anybody.
        self.heard = vec![cx.now(); cx.processes()];
        self.decree(cx);
        self.watch(cx);
    }

    fn recover(&mut self, found: Recovered<'_, Record>, cx: &mut Cx<'_>) {
        for record in found.records {
            match record {
                Record::Entry(entry) => self.log.push(*entry),
                Record::Order(order) => self.order = order.clone(),
            }
        }
        self.start(cx);
    }

    fn message(&mut self, from: Id, message: Message, cx: &mut Cx<'_>) {
        let (id, now) = (cx.id(), self.order.epoch);
        let (before, after) = (self.order.before(id), self.order.after(id));
        match message {
            Message::Alive { sent, epoch, ready } => self.alive(from, sent, ready && epoch == now, cx),
            Message::Order { order, lease } => {
                if let Some(sent) = lease {
                    self.lease_until = self.lease_until.max(sent + self.options.lease.span());
                }
                if order.epoch > now {
                    self.adopt(order, cx);
                }
            }
            Message::Pass { epoch, first, new, count, committed } if epoch == now && before == Some(from) => {
                self.passed(first, &new, (count, committed), cx);
            }
            Message::Has { epoch, count, committed, ready } if epoch == now && after == Some(from) => {
                self.successor_has(count, committed, ready, cx);
            }
            Message::Query { ticket, key } if self.order.chain.last() == Some(&id) && self.serves(cx) => {
                cx.send(from, Message::Version { ticket, key, committed: self.committed });
            }
            Message::Version { ticket, key, committed } if committed <= self.log.len() => {
                self.commit(committed, cx);
                cx.reply(ticket, Told::Value(self.map.get(key)));
            }
            Message::Pass { .. } | Message::Has { .. } | Message::Query { .. } | Message::Version { .. } => {}
        }
    }

    fn timer(&mut self, timer: Timer, cx: &mut Cx<'_>) {
        match timer {
            Timer::Watch => self.look(cx),
            Timer::Heartbeat => self.heartbeat(cx),
        }
    }

    fn request(&mut self, ticket: Ticket, ask: Ask, cx: &mut Cx<'_>) {
        match ask {
            _ if !self.serves(cx) => cx.refuse(ticket),
            Ask::Read(key) => self.read(ticket, key, cx),
            Ask::Write(..) | Ask::Swap(..) => self.write(ticket, ask, cx),
        }
    }
}

impl Protocol for Chain {
    type Process = Server;

    fn sound(&self) -> Result<(), String> {
        keep_to(&[
            (self.replicas > 0, "`replicas` must be 1 or more"),
            (!self.heartbeat.is_zero(), "`heartbeat` must be longer than nothing"),
            (!self.lease.is_zero(), "`lease` must be longer than nothing"),
            (!self.detect.is_zero(), "`detect` must be longer than nothing"),
            (self.batch > 0, "`batch` must be 1 or more"),
            (self.keys > 0, "`keys` must be 1 or more"),
        ])
    }

    fn processes(&self) -> Vec<Server> {
        let mut servers = vec![Server { options: self.clone(), ..Server::default() }; self.replicas + 1];
        servers[MASTER].order.chain = self.doors();
        servers
    }

    fn doors(&self) -> Vec<Id> {
        (1..=self.replicas).map(Id::new).collect()
    }

    fn command(&self, client: usize, nth: u64, dice: &mut Dice<'_, Event<Server>>) -> Ask {
        kv::ask(self.keys, self.reads, client, nth, dice)
    }

    /// What a replica has begins what its predecessor has (the paper's Update Propagation Invariant, section 3.2), and who is ready
    /// has all that anybody knows to be committed.
    fn invariant(&self, view: &View<'_, Server>) -> Result<(), String> {
        let Some((of, one)) = view.touched().and_then(|of| Some((of, view.get(of)?))) else { return Ok(()) };
        let before = one.order.before(of).and_then(|id| view.get(id));
        if let (Some(last), Some(before)) = (one.log.last(), before)
            && before.order.epoch == one.order.epoch
            && before.log.get(one.log.len() - 1) != Some(last)
        {
            return Err(format!("{of} has {last:?}, which its predecessor has not"));
        }
        let known = view.up().map(|(_, server)| server.committed).max().unwrap_or(0);
        let newest = view.up().all(|(_, server)| server.order.epoch <= one.order.epoch);
        if newest && one.ready && one.order.chain.contains(&of) && one.log.len() < known {
            return Err(format!("{of} has {} entries of {known} that are committed", one.log.len()));
        }
        Ok(())
    }

    /// Every member of the newest chain is up, knows it, and is ready.
    fn serves(&self, view: &View<'_, Server>) -> bool {
        let newest = view.up().map(|(_, server)| &server.order).max_by_key(|order| order.epoch);
        let Some(order) = newest.filter(|order| order.epoch > 0) else { return false };
        let ready = |member: &Server| member.ready && member.order.epoch == order.epoch;
        order.chain.iter().all(|id| view.get(*id).is_some_and(ready))
    }

    fn wrong(&self, history: &History<Ask, Told>) -> Vec<usize> {
        stale(history)
    }

    /// The head of the newest chain.
    fn leads(&self, view: &View<'_, Server>) -> Option<Id> {
        let newest = view.up().max_by_key(|(_, server)| server.order.epoch)?.1;
        newest.order.chain.first().copied().filter(|head| view.get(*head).is_some())
    }

    fn milestones(&self) -> Milestones {
        Milestones { noticed: &["taken out"], taken_over: &[] }
    }

    fn check(&self, history: &History<Ask, Told>) -> Verdict {
        linearizable(&Registers, history)
    }
}
