//! Chain replication: replicas in a row, written at the head and read at the tail.
//!
//! Robbert van Renesse and Fred B. Schneider, "Chain Replication for Supporting High Throughput and Availability", OSDI 2004:
//! the protocol of section 3, with the failures of head, tail and middle, and new tails that get the history while the old tail
//! goes on serving. As an option the reads of Jeff Terrace and Michael J. Freedman, "Object Storage on CRAQ: High-throughput chain
//! replication for read-mostly workloads", USENIX ATC 2009, section 2.3: every replica answers reads, and asks the tail how far it
//! has committed where it has something newer.
//!
//! The paper's servers stop when they fail, and its master knows. Neither is so on a network that parts: here a replica serves
//! only under a lease from the master, and the master takes it out of the chain once that must have run out. Process 0 is the
//! master, which the paper takes to be reliable (a Paxos group): here it is one process that keeps the chain on its disk. While
//! it is down nothing is lost, and the chain serves until its leases run out.
//!
//! Left out: replies to clients go by one process, so that each client must find the head and the tail by being sent to them; logs
//! are never cut short, so that a new tail gets the whole history; versions are counted by chain and not by object.

use std::collections::BTreeMap;

use fivenines::process::kv::{Ask, Map, Registers, Told};
use fivenines::process::{
    Context, Dice, Event, History, Id, Process, Protocol, Recovered, Ticket, View, linearizable,
};
use fivenines::units::{Duration, Instant, Probability};
use serde::Deserialize;

/// The process that knows who is in the chain.
fn master() -> Id {
    Id::new(0)
}

/// What can be chosen.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Chain {
    /// How many replicas there are, besides the master. 3.
    pub replicas: usize,
    /// Whether every replica answers reads, and not only the tail. No.
    pub craq: bool,
    /// How often a replica tells the master that it is there, and gets a new lease. "100ms".
    pub heartbeat: Duration,
    /// How long a lease lasts, from when it was asked for. "400ms".
    pub lease: Duration,
    /// How long the master has not heard of a replica that it takes out of the chain: longer than a lease, by what clocks may
    /// drift. "500ms".
    pub detect: Duration,
    /// How soon a replica sends again what its successor does not have. "50ms".
    pub resend: Duration,
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
    /// Any replica answers reads with the newest that it has, and does not ask the tail whether that is committed: against the
    /// version query of CRAQ, section 2.3.
    NoVersionQuery,
    /// The head answers a write as soon as it has it itself: against section 3.1, by which the tail answers.
    HeadAnswers,
    /// A replica goes on serving though it has not heard of the master for long: the servers are not fail-stop, section 2.4.
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
            resend: Duration::millis(50.0),
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
    fn after(&self, id: Id) -> Option<Id> {
        let at = self.chain.iter().position(|member| *member == id)?;
        self.chain.get(at + 1).copied().or(self.joining)
    }

    fn before(&self, id: Id) -> Option<Id> {
        match self.chain.iter().position(|member| *member == id) {
            Some(at) => at.checked_sub(1).map(|before| self.chain[before]),
            None if self.joining == Some(id) => self.chain.last().copied(),
            None => None,
        }
    }
}

/// Something that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Who is to be answered.
    pub ticket: Ticket,
    /// What was asked.
    pub ask: Ask,
}

/// What processes tell each other.
#[derive(Clone, Debug)]
pub enum Message {
    /// A replica to the master: it is there, at this time of its clock, and is ready in this epoch.
    Alive { sent: Instant, epoch: u64, ready: bool },
    /// The master's order; and an answer to what the replica sent at this time of its clock, which gives it a lease.
    Order { order: Order, lease: Option<Instant> },
    /// A replica to its successor: entries from this number on, how many there are, and how many are committed.
    Pass { epoch: u64, from: usize, entries: Vec<Entry>, count: usize, committed: usize },
    /// A replica to its predecessor: how many entries it has, and knows to be committed.
    Has { epoch: u64, count: usize, committed: usize, ready: bool },
    /// A replica to the tail: how much is committed? To answer this read.
    Query { ticket: Ticket, key: u64 },
    /// The tail: so much.
    Version { ticket: Ticket, key: u64, committed: usize },
}

/// What they wait for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Timer {
    /// It is time to tell the master.
    Heartbeat,
    /// It is time to send again.
    Resend,
    /// The master has not heard of somebody for long.
    Watch,
}

/// What disks keep.
#[derive(Clone, Debug)]
pub enum Record {
    /// Of a replica.
    Entry(Entry),
    /// Of the master: the last is the one.
    Order(Order),
}

type Cx<'a> = Context<'a, Server>;

/// The master, which says who is in the chain.
#[derive(Clone, Debug)]
pub struct Master {
    options: Chain,
    /// The chain as it is.
    pub order: Order,
    heard: Vec<Instant>,
}

impl Master {
    fn begin(&mut self, cx: &mut Cx<'_>) {
        self.heard = vec![cx.now(); cx.processes()];
        self.watch(cx);
    }

    /// Nobody learns of an order that is not on the disk.
    fn decree(&mut self, cx: &mut Cx<'_>) {
        self.order.epoch += 1;
        self.keep(cx);
        cx.broadcast(&Message::Order { order: self.order.clone(), lease: None });
    }

    fn keep(&mut self, cx: &mut Cx<'_>) {
        cx.replace(vec![Record::Order(self.order.clone())]);
        cx.sync();
    }

    fn alive(&mut self, from: Id, sent: Instant, (epoch, ready): (u64, bool), cx: &mut Cx<'_>) {
        self.heard[from.index()] = cx.now();
        let ready = ready && epoch == self.order.epoch;
        if ready && self.order.joining == Some(from) {
            self.order.chain.push(from);
            (self.order.joining, self.order.fresh) = (None, true);
            cx.mark("new tail");
            self.decree(cx);
        } else if ready && self.order.fresh && self.order.chain.last() == Some(&from) {
            self.order.fresh = false;
            self.keep(cx);
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
        let members = self.order.chain.iter().chain(&self.order.joining);
        let first = members.map(|id| self.heard[id.index()] + self.options.detect.span()).min();
        let wait = first.map_or(self.options.detect.span(), |at| at.saturating_since(cx.now()));
        // Those that cannot be taken out are looked at now and then.
        let wait = if wait.as_micros() == 0 { self.options.heartbeat.span() } else { wait };
        cx.set_timer(Timer::Watch, wait);
    }
}

/// One that keeps the data.
#[derive(Clone, Debug)]
pub struct Replica {
    options: Chain,
    order: Order,
    lease_until: Instant,
    /// Everything that was ever written, as far as it has come.
    log: Vec<Entry>,
    seen: BTreeMap<Ticket, usize>,
    /// The map after what is committed, and what each of these entries is answered.
    map: Map,
    told: Vec<Told>,
    /// It has all that was committed when it came to its place.
    ready: bool,
    /// What the successor has said in this epoch that it has, and what is next to be sent to it.
    has: Option<usize>,
    next: usize,
}

impl Replica {
    fn begin(&mut self, cx: &mut Cx<'_>) {
        cx.set_timer(Timer::Heartbeat, self.options.heartbeat);
        self.tell_master(cx);
    }

    fn tell_master(&self, cx: &mut Cx<'_>) {
        cx.send(master(), Message::Alive { sent: cx.now(), epoch: self.order.epoch, ready: self.ready });
    }

    fn is_tail(&self, cx: &Cx<'_>) -> bool {
        self.order.chain.last() == Some(&cx.id())
    }

    fn serves(&self, cx: &Cx<'_>) -> bool {
        let leased = cx.now() < self.lease_until || self.options.mistake == Some(Mistake::NoLease);
        leased && self.ready && self.order.chain.contains(&cx.id())
    }

    fn adopt(&mut self, order: Order, cx: &mut Cx<'_>) {
        if order.epoch <= self.order.epoch {
            return;
        }
        let id = cx.id();
        if order.joining == Some(id) && self.order.joining != Some(id) {
            // It may hold what the chain has never heard of: it starts from nothing.
            (self.log, self.told) = (Vec::new(), Vec::new());
            (self.seen, self.map) = (BTreeMap::new(), Map::default());
            cx.replace(Vec::new());
            cx.sync();
        }
        self.order = order;
        self.ready = self.order.chain.first() == Some(&id);
        (self.has, self.next) = (None, self.log.len());
        self.commit_as_tail(cx);
        self.report(cx);
        cx.set_timer(Timer::Resend, self.options.resend);
    }

    /// Tells the predecessor what it has.
    fn report(&self, cx: &mut Cx<'_>) {
        if let Some(before) = self.order.before(cx.id()) {
            let (count, committed) = (self.log.len(), self.told.len());
            let epoch = self.order.epoch;
            cx.send(before, Message::Has { epoch, count, committed, ready: self.ready });
        }
    }

    /// Sends to the successor what is next.
    fn pass(&mut self, cx: &mut Cx<'_>) {
        let Some(after) = self.order.after(cx.id()) else { return };
        // One that has not said yet what it has is but asked.
        let most = if self.has.is_some() { self.options.batch } else { 0 };
        let (epoch, from, count) = (self.order.epoch, self.next, self.log.len());
        self.next = count.min(from + most);
        let entries = self.log[from..self.next].to_vec();
        cx.send(after, Message::Pass { epoch, from, entries, count, committed: self.told.len() });
        cx.set_timer(Timer::Resend, self.options.resend);
    }

    fn resend(&mut self, cx: &mut Cx<'_>) {
        let waits = self.order.before(cx.id()).is_some() && !self.ready;
        if waits {
            self.report(cx);
        }
        if self.order.after(cx.id()).is_some() && self.has != Some(self.log.len()) {
            self.next = self.has.unwrap_or(self.log.len());
            self.pass(cx);
        } else if waits {
            cx.set_timer(Timer::Resend, self.options.resend);
        }
    }

    fn append(&mut self, entries: &[Entry], cx: &mut Cx<'_>) {
        for entry in entries {
            self.seen.insert(entry.ticket, self.log.len());
            self.log.push(*entry);
            cx.append(Record::Entry(*entry));
        }
        if !entries.is_empty() {
            cx.sync();
        }
    }

    /// The first so many entries are committed.
    fn commit(&mut self, count: usize) {
        for entry in &self.log[self.told.len()..count.min(self.log.len()).max(self.told.len())] {
            self.told.push(self.map.apply(entry.ask));
        }
    }

    /// What the tail has is committed, and is answered.
    fn commit_as_tail(&mut self, cx: &mut Cx<'_>) {
        if !self.is_tail(cx) || !self.ready {
            return;
        }
        let before = self.told.len();
        self.commit(self.log.len());
        for (entry, told) in self.log.iter().zip(&self.told).skip(before) {
            cx.reply(entry.ticket, *told);
        }
    }

    fn passed(
        &mut self,
        from: usize,
        entries: &[Entry],
        (count, committed): (usize, usize),
        cx: &mut Cx<'_>,
    ) {
        if let Some(new) = self.log.len().checked_sub(from).and_then(|known| entries.get(known..)) {
            self.append(new, cx);
        }
        self.commit(committed);
        // All that is committed has gone through the predecessor, whether it knows that it is or not.
        self.ready |= self.log.len() >= count;
        self.commit_as_tail(cx);
        self.report(cx);
        if self.next < self.log.len() {
            self.pass(cx);
        }
    }

    fn successor_has(&mut self, count: usize, committed: usize, ready: bool, cx: &mut Cx<'_>) {
        let (first, before) = (self.has.is_none(), self.told.len());
        let count = count.min(self.log.len());
        self.has = Some(count);
        self.commit(committed);
        if self.told.len() > before {
            self.report(cx);
        }
        if first || !ready {
            self.next = count;
        }
        if !ready || (self.next == count && count < self.log.len()) {
            self.pass(cx);
        }
    }

    fn write(&mut self, ticket: Ticket, ask: Ask, cx: &mut Cx<'_>) {
        match self.order.chain.first() {
            Some(head) if *head == cx.id() => {}
            Some(head) => return cx.redirect(ticket, *head),
            None => return cx.refuse(ticket),
        }
        if let Some(number) = self.seen.get(&ticket) {
            // It is on its way, or the tail's answer was lost.
            if let Some(told) = self.told.get(*number) {
                cx.reply(ticket, *told);
            }
            return;
        }
        self.append(&[Entry { ticket, ask }], cx);
        if self.options.mistake == Some(Mistake::HeadAnswers) {
            self.newest().1.into_iter().for_each(|told| cx.reply(ticket, told));
        }
        self.commit_as_tail(cx);
        self.pass(cx);
    }

    /// The map with all that is not known to be committed, and what the last of that is answered.
    fn newest(&self) -> (Map, Option<Told>) {
        let mut map = self.map.clone();
        let told = self.log[self.told.len()..].iter().fold(None, |_, entry| Some(map.apply(entry.ask)));
        (map, told)
    }

    fn read(&mut self, ticket: Ticket, key: u64, cx: &mut Cx<'_>) {
        let tail = self.order.chain.last().copied().unwrap_or(master());
        if tail == cx.id() {
            return cx.reply(ticket, Told::Value(self.map.get(key)));
        }
        let dirty = self.log[self.told.len()..].iter().any(|entry| entry.ask.key() == key);
        if self.options.mistake == Some(Mistake::NoVersionQuery) {
            cx.reply(ticket, Told::Value(self.newest().0.get(key)));
        } else if !self.options.craq {
            cx.redirect(ticket, tail);
        } else if dirty {
            cx.send(tail, Message::Query { ticket, key });
        } else {
            cx.reply(ticket, Told::Value(self.map.get(key)));
        }
    }

    fn message(&mut self, from: Id, message: Message, cx: &mut Cx<'_>) {
        let now = self.order.epoch;
        match message {
            Message::Order { order, lease } => {
                if let Some(sent) = lease {
                    self.lease_until = self.lease_until.max(sent + self.options.lease.span());
                }
                self.adopt(order, cx);
            }
            Message::Pass { epoch, from: first, entries, count, committed } => {
                if epoch == now && self.order.before(cx.id()) == Some(from) {
                    self.passed(first, &entries, (count, committed), cx);
                }
            }
            Message::Has { epoch, count, committed, ready } => {
                if epoch == now && self.order.after(cx.id()) == Some(from) {
                    self.successor_has(count, committed, ready, cx);
                }
            }
            Message::Query { ticket, key } => {
                if self.is_tail(cx) && self.serves(cx) {
                    cx.send(from, Message::Version { ticket, key, committed: self.told.len() });
                }
            }
            Message::Version { ticket, key, committed } => {
                if committed <= self.log.len() {
                    self.commit(committed);
                    cx.reply(ticket, Told::Value(self.map.get(key)));
                }
            }
            Message::Alive { .. } => {}
        }
    }
}

/// The master or a replica.
#[derive(Clone, Debug)]
pub enum Server {
    /// Process 0.
    Master(Master),
    /// The others.
    Replica(Box<Replica>),
}

impl Process for Server {
    type Message = Message;
    type Timer = Timer;
    type Record = Record;
    type Command = Ask;
    type Reply = Told;

    fn start(&mut self, cx: &mut Cx<'_>) {
        match self {
            Server::Master(master) => {
                master.begin(cx);
                master.decree(cx);
            }
            Server::Replica(replica) => replica.begin(cx),
        }
    }

    fn recover(&mut self, found: Recovered<'_, Record>, cx: &mut Cx<'_>) {
        match self {
            Server::Master(master) => {
                // The clocks of those it has not heard of for long start anew.
                if let Some(Record::Order(order)) = found.records.last() {
                    master.order = order.clone();
                }
                master.begin(cx);
            }
            Server::Replica(replica) => {
                for record in found.records {
                    if let Record::Entry(entry) = record {
                        replica.seen.insert(entry.ticket, replica.log.len());
                        replica.log.push(*entry);
                    }
                }
                replica.begin(cx);
            }
        }
    }

    fn message(&mut self, from: Id, message: Message, cx: &mut Cx<'_>) {
        match (self, message) {
            (Server::Master(master), Message::Alive { sent, epoch, ready }) => {
                master.alive(from, sent, (epoch, ready), cx);
            }
            (Server::Master(_), _) => {}
            (Server::Replica(replica), message) => replica.message(from, message, cx),
        }
    }

    fn timer(&mut self, timer: Timer, cx: &mut Cx<'_>) {
        match (self, timer) {
            (Server::Master(master), Timer::Watch) => master.look(cx),
            (Server::Replica(replica), Timer::Heartbeat) => replica.begin(cx),
            (Server::Replica(replica), Timer::Resend) => replica.resend(cx),
            (Server::Master(_), _) | (Server::Replica(_), Timer::Watch) => {}
        }
    }

    fn request(&mut self, ticket: Ticket, ask: Ask, cx: &mut Cx<'_>) {
        match self {
            Server::Replica(replica) if replica.serves(cx) => match ask {
                Ask::Read(key) => replica.read(ticket, key, cx),
                Ask::Write(..) | Ask::Swap(..) => replica.write(ticket, ask, cx),
            },
            Server::Replica(_) | Server::Master(_) => cx.refuse(ticket),
        }
    }
}

impl Protocol for Chain {
    type Process = Server;

    fn processes(&self) -> Vec<Server> {
        let order = Order { chain: (1..=self.replicas).map(Id::new).collect(), ..Order::default() };
        let master = Master { options: self.clone(), order, heard: Vec::new() };
        let replica = Replica {
            options: self.clone(),
            order: Order::default(),
            lease_until: Instant::START,
            log: Vec::new(),
            seen: BTreeMap::new(),
            map: Map::default(),
            told: Vec::new(),
            ready: false,
            has: None,
            next: 0,
        };
        let replicas = vec![Server::Replica(Box::new(replica)); self.replicas];
        [Server::Master(master)].into_iter().chain(replicas).collect()
    }

    fn doors(&self) -> Vec<Id> {
        (1..=self.replicas).map(Id::new).collect()
    }

    fn command(&self, client: usize, nth: u64, dice: &mut Dice<'_, Event<Server>>) -> Ask {
        let key = dice.pick(self.keys) as u64;
        // No two writes write the same.
        if dice.chance(self.reads) { Ask::Read(key) } else { Ask::Write(key, (client as u64) << 32 | nth) }
    }

    /// What a replica has begins what its predecessor has (the paper's Update Propagation Invariant, section 3.2), and who is ready
    /// has all that anybody knows to be committed.
    fn invariant(&self, view: &View<'_, Server>) -> Result<(), String> {
        let Some((of, one)) = view.touched().and_then(|of| Some((of, replica(view.get(of)?)?))) else {
            return Ok(());
        };
        let before = one.order.before(of).and_then(|id| replica(view.get(id)?));
        if let (Some(last), Some(before)) = (one.log.last(), before)
            && before.order.epoch == one.order.epoch
            && before.log.get(one.log.len() - 1) != Some(last)
        {
            return Err(format!("{of} has {last:?}, which its predecessor has not"));
        }
        let known = view.up().filter_map(|(_, server)| Some(replica(server)?.told.len())).max();
        let newest = view.up().filter_map(|(_, server)| Some(replica(server)?.order.epoch)).max();
        let holds = one.ready && one.order.chain.contains(&of) && Some(one.order.epoch) == newest;
        match known {
            Some(known) if holds && one.log.len() < known => {
                Err(format!("{of} has {} entries of {known} that are committed", one.log.len()))
            }
            _ => Ok(()),
        }
    }

    /// Every member of the newest chain is up, knows it, and is ready.
    fn serves(&self, view: &View<'_, Server>) -> bool {
        let orders = view.up().filter_map(|(_, server)| Some(&replica(server)?.order));
        let Some(newest) = orders.max_by_key(|order| order.epoch) else { return false };
        let ready = |id: &Id| {
            view.get(*id)
                .and_then(replica)
                .is_some_and(|member| member.ready && member.order.epoch == newest.epoch)
        };
        !newest.chain.is_empty() && newest.chain.iter().all(ready)
    }

    fn check(&self, history: &History<Ask, Told>) -> Result<(), String> {
        linearizable(&Registers, history).into_result()
    }
}

fn replica(server: &Server) -> Option<&Replica> {
    match server {
        Server::Replica(replica) => Some(replica),
        Server::Master(_) => None,
    }
}
