//! A store without a leader: every key on n of the servers, written on w of them and read from r.
//!
//! Giuseppe DeCandia et al., "Dynamo: Amazon's Highly Available Key-value Store", SOSP 2007: quorums that coordinators wait for
//! (section 4.5), hinted handoff and sloppy quorums (section 4.6), read repair (section 5). Deletes leave tombstones, as in Avinash
//! Lakshman and Prashant Malik, "Cassandra: a decentralized structured storage system", SIGOPS Operating Systems Review 44 (2),
//! 2010. How stale reads are where r + w <= n: Peter Bailis et al., "Probabilistically Bounded Staleness for Practical Partial
//! Quorums", VLDB 2012.
//!
//! Of two versions the one with the later stamp wins, which is the time of day of the server that coordinated the write: clocks that
//! differ lose writes. A tombstone is forgotten when it is old and every replica has it; what could still carry an older
//! value by then, a hint, is too old itself.
//!
//! Left out: vector clocks, which need clients that give back what they read; Merkle trees, so that replicas become alike by hints and
//! reads alone; gossip, as everybody knows the ring; and reads from the stand-ins of a sloppy quorum.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fivenines::process::kv::{self, Told};
use fivenines::process::{
    Context, Dice, Event, History, Id, Operation, Process, Protocol, Recovered, Ticket, Verdict, View,
    keep_to,
};
use fivenines::units::{Duration, Instant, Probability};
use serde::Deserialize;

/// What can be chosen.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct QuorumStore {
    /// How many servers there are. 5.
    pub servers: usize,
    /// How many of them keep a key. 3.
    pub n: usize,
    /// How many of these must answer a read. 2.
    pub r: usize,
    /// How many of these must have a write. 2.
    pub w: usize,
    /// Whether a read gives the newest version to those that answered with an older one. Yes.
    pub read_repair: bool,
    /// Whether what a replica did not take is kept for it. Yes.
    pub hints: bool,
    /// Whether another server that keeps a hint counts as one of the w (a sloppy quorum). No.
    pub sloppy: bool,
    /// How long a coordinator waits for replicas. "100ms".
    pub patience: Duration,
    /// How often hints are offered, and old tombstones looked for. "500ms".
    pub sweep: Duration,
    /// How old a hint may become. "5s".
    pub hint_window: Duration,
    /// How old a tombstone must be before it is forgotten: older than hints become, and than messages are late. "10s".
    pub grace: Duration,
    /// How many keys clients ask for. 4.
    pub keys: usize,
    /// The share of reads among what they ask. 50%.
    pub reads: Probability,
    /// The share of deletes among what they write. 30%.
    pub deletes: Probability,
    /// A mistake to be found. None.
    pub mistake: Option<Mistake>,
}

/// Mistakes that the checks find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mistake {
    /// A tombstone is forgotten when it is old, whether all replicas have it or not (Cassandra's "zombies").
    ForgetsTombstones,
    /// A hint counts as one of the w: a sloppy quorum (section 4.6) where a strict one is promised.
    HintsCount,
}

impl Default for QuorumStore {
    fn default() -> QuorumStore {
        QuorumStore {
            servers: 5,
            n: 3,
            r: 2,
            w: 2,
            read_repair: true,
            hints: true,
            sloppy: false,
            patience: Duration::millis(100.0),
            sweep: Duration::millis(500.0),
            hint_window: Duration::seconds(5.0),
            grace: Duration::seconds(10.0),
            keys: 4,
            reads: Probability::HALF,
            deletes: Probability::new(0.3).expect("it is one"),
            mistake: None,
        }
    }
}

impl QuorumStore {
    /// The servers from the place of a key on, all round the ring: the first n keep it.
    fn ring(&self, key: u64) -> impl Iterator<Item = Id> + use<> {
        let (first, servers) = (key as usize, self.servers);
        (0..servers).map(move |step| Id::new((first + step) % servers))
    }

    fn owners(&self, key: u64) -> impl Iterator<Item = Id> + use<> {
        self.ring(key).take(self.n)
    }
}

/// What clients ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// What is the value of this key?
    Get(u64),
    /// This key shall have this value, or none.
    Put(u64, Option<u64>),
}

/// When a version was written, by the clock of the server that did, and which that was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp(Instant, Id);

/// A version of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The value; none in a tombstone.
    pub value: Option<u64>,
    /// When it was written: of two the later wins.
    pub stamp: Stamp,
}

/// What a version is sent for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Why {
    /// For a write of the coordinator with this number.
    Write(u64),
    /// For such a write, to be kept for another.
    Hint(u64, Id),
    /// From a hint, or from a read that found older ones.
    Repair,
    /// So that all have a tombstone that is to be forgotten.
    Burial,
}

/// What processes tell each other.
#[derive(Clone, Debug)]
pub enum Message {
    /// Take this version.
    Store { key: u64, cell: Cell, why: Why },
    /// It lasts.
    Stored { key: u64, stamp: Stamp, why: Why },
    /// Which version have you? For a read of the coordinator with this number.
    Fetch { number: u64, key: u64 },
    /// This one.
    Fetched { number: u64, cell: Option<Cell> },
    /// All have this tombstone: forget it.
    Forget { key: u64, stamp: Stamp },
}

/// What they wait for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Timer {
    /// A coordinator has waited long enough.
    Patience,
    /// It is time to offer hints, and to look for old tombstones.
    Sweep,
}

/// What disks keep: a version of a key, and for whom if it is another's.
#[derive(Clone, Copy, Debug)]
pub struct Record(u64, Cell, Option<Id>);

/// What a coordinator waits for.
#[derive(Clone, Debug)]
enum Pending {
    Write { ticket: Ticket, key: u64, cell: Cell, stored: BTreeSet<Id>, hinted: bool },
    Read { ticket: Ticket, key: u64, fetched: BTreeMap<Id, Option<Cell>> },
}

/// A server: it keeps versions, and coordinates what clients ask it.
#[derive(Clone, Debug, Default)]
pub struct Server {
    options: QuorumStore,
    /// The versions that it keeps of keys, for itself or as hints for others.
    pub cells: BTreeMap<(u64, Option<Id>), Cell>,
    /// For tombstones that are to be forgotten, who has them.
    burials: BTreeMap<u64, (Stamp, BTreeSet<Id>)>,
    pending: BTreeMap<u64, Pending>,
    deadlines: VecDeque<(Instant, u64)>,
    numbers: u64,
}

type Cx<'a> = Context<'a, Server>;

impl Server {
    /// Sends a message; one to itself takes no way.
    fn tell(&mut self, to: Id, message: Message, cx: &mut Cx<'_>) {
        if to == cx.id() { self.message(to, message, cx) } else { cx.send(to, message) }
    }

    /// Keeps a version, for another or itself, if it has no newer one.
    fn keep(&mut self, key: u64, cell: Cell, whom: Option<Id>, cx: &mut Cx<'_>) {
        if self.cells.get(&(key, whom)).is_none_or(|old| old.stamp < cell.stamp) {
            self.cells.insert((key, whom), cell);
            cx.append(Record(key, cell, whom));
            cx.sync();
        }
    }

    /// Writes to the disk what is left.
    fn tidy(&self, cx: &mut Cx<'_>) {
        cx.replace(self.cells.iter().map(|((key, whom), cell)| Record(*key, *cell, *whom)).collect());
        cx.sync();
    }

    fn coordinate(&mut self, pending: Pending, cx: &mut Cx<'_>) {
        let number = self.numbers;
        self.numbers += 1;
        let (key, message) = match pending {
            Pending::Write { key, cell, .. } => (key, Message::Store { key, cell, why: Why::Write(number) }),
            Pending::Read { key, .. } => (key, Message::Fetch { number, key }),
        };
        self.pending.insert(number, pending);
        self.wait(number, cx);
        for owner in self.options.owners(key) {
            self.tell(owner, message.clone(), cx);
        }
    }

    fn wait(&mut self, number: u64, cx: &mut Cx<'_>) {
        let patience = self.options.patience.span();
        self.deadlines.push_back((cx.now() + patience, number));
        if self.deadlines.len() == 1 {
            cx.set_timer(Timer::Patience, patience);
        }
    }

    fn stored(&mut self, from: Id, number: u64, cx: &mut Cx<'_>) {
        let (n, w) = (self.options.n, self.options.w);
        let Some(Pending::Write { ticket, stored, .. }) = self.pending.get_mut(&number) else { return };
        if stored.insert(from) && stored.len() == w {
            cx.reply(*ticket, Told::Written);
        }
        if stored.len() == n {
            self.pending.remove(&number);
        }
    }

    fn fetched(&mut self, from: Id, number: u64, cell: Option<Cell>, cx: &mut Cx<'_>) {
        let (n, r) = (self.options.n, self.options.r);
        let Some(Pending::Read { ticket, fetched, .. }) = self.pending.get_mut(&number) else { return };
        if fetched.insert(from, cell).is_none() && fetched.len() == r {
            cx.reply(*ticket, Told::Value(newest(fetched).and_then(|cell| cell.value)));
        }
        if fetched.len() == n {
            self.repair(number, cx);
        }
    }

    /// A read has heard of everybody, or waited long enough: who answered with an older version gets the newest.
    fn repair(&mut self, number: u64, cx: &mut Cx<'_>) {
        let Some(Pending::Read { ticket, key, fetched }) = self.pending.remove(&number) else { return };
        if fetched.len() < self.options.r {
            cx.refuse(ticket);
        }
        let Some(cell) = newest(&fetched).filter(|_| self.options.read_repair) else { return };
        for (of, old) in fetched {
            if old.is_none_or(|old| old.stamp < cell.stamp) {
                self.tell(of, Message::Store { key, cell, why: Why::Repair }, cx);
            }
        }
    }

    fn run_out(&mut self, cx: &mut Cx<'_>) {
        while let Some((at, number)) = self.deadlines.front().copied() {
            if at > cx.now() {
                return cx.set_timer(Timer::Patience, at - cx.now());
            }
            self.deadlines.pop_front();
            match self.pending.get(&number) {
                Some(Pending::Read { .. }) => self.repair(number, cx),
                Some(Pending::Write { hinted: false, .. }) if self.options.hints => self.hint(number, cx),
                // A write without w replicas is not answered: it may yet be read.
                Some(Pending::Write { .. }) => drop(self.pending.remove(&number)),
                None => {}
            }
        }
    }

    /// What owners have not taken is kept for them: by those next on the ring where that counts, and else here.
    fn hint(&mut self, number: u64, cx: &mut Cx<'_>) {
        let Some(pending) = self.pending.get_mut(&number) else { return };
        let Pending::Write { key, cell, stored, hinted, .. } = pending else { return };
        *hinted = true;
        let (key, cell) = (*key, *cell);
        let missing: Vec<Id> = self.options.owners(key).filter(|owner| !stored.contains(owner)).collect();
        let sloppy = self.options.sloppy || self.options.mistake == Some(Mistake::HintsCount);
        let mut spares = self.options.ring(key).skip(self.options.n).filter(|_| sloppy);
        for whom in missing {
            let why = Why::Hint(number, whom);
            match spares.next() {
                Some(spare) => self.tell(spare, Message::Store { key, cell, why }, cx),
                None => self.keep(key, cell, Some(whom), cx),
            }
        }
        self.wait(number, cx);
    }

    fn sweep(&mut self, cx: &mut Cx<'_>) {
        let now = cx.time_of_day();
        let (window, grace) = (self.options.hint_window.span(), self.options.grace.span());
        let kept = self.cells.len();
        self.cells.retain(|(_, whom), cell| whom.is_none() || now.saturating_since(cell.stamp.0) < window);
        if self.cells.len() < kept {
            self.tidy(cx);
        }
        for ((key, whom), cell) in self.cells.clone() {
            if let Some(whom) = whom {
                cx.send(whom, Message::Store { key, cell, why: Why::Repair });
            } else if cell.value.is_none() && now.saturating_since(cell.stamp.0) >= grace {
                self.bury(key, cell, cx);
            }
        }
        cx.set_timer(Timer::Sweep, self.options.sweep);
    }

    /// The first owner of a key sees to it that all have an old tombstone; the others see to it that the first has it.
    fn bury(&mut self, key: u64, cell: Cell, cx: &mut Cx<'_>) {
        let owners: Vec<Id> = self.options.owners(key).collect();
        if self.options.mistake == Some(Mistake::ForgetsTombstones) {
            self.forget(key, cell.stamp, cx);
        } else if owners[0] != cx.id() {
            cx.send(owners[0], Message::Store { key, cell, why: Why::Repair });
        } else {
            let burial = self.burials.entry(key).or_default();
            if burial.0 != cell.stamp {
                *burial = (cell.stamp, BTreeSet::new());
            }
            for owner in owners {
                self.tell(owner, Message::Store { key, cell, why: Why::Burial }, cx);
            }
        }
    }

    fn buried(&mut self, from: Id, key: u64, stamp: Stamp, cx: &mut Cx<'_>) {
        let Some((_, have)) = self.burials.get_mut(&key).filter(|burial| burial.0 == stamp) else { return };
        have.insert(from);
        if have.len() == self.options.n {
            self.burials.remove(&key);
            for owner in self.options.owners(key) {
                self.tell(owner, Message::Forget { key, stamp }, cx);
            }
        }
    }

    fn forget(&mut self, key: u64, stamp: Stamp, cx: &mut Cx<'_>) {
        if self.cells.get(&(key, None)).is_some_and(|cell| cell.stamp == stamp) {
            self.cells.remove(&(key, None));
            cx.mark("forgot a tombstone");
            self.tidy(cx);
        }
    }
}

/// The newest version of those that were fetched.
fn newest(fetched: &BTreeMap<Id, Option<Cell>>) -> Option<Cell> {
    fetched.values().flatten().max_by_key(|cell| cell.stamp).copied()
}

impl Process for Server {
    type Message = Message;
    type Timer = Timer;
    type Record = Record;
    type Command = Ask;
    type Reply = Told;

    fn start(&mut self, cx: &mut Cx<'_>) {
        cx.set_timer(Timer::Sweep, self.options.sweep);
    }

    fn recover(&mut self, found: Recovered<'_, Record>, cx: &mut Cx<'_>) {
        for Record(key, cell, whom) in found.records {
            self.cells.insert((*key, *whom), *cell);
        }
        // Answers to what it asked before it crashed count for nothing that it asks now.
        self.numbers = cx.now().as_micros();
        cx.set_timer(Timer::Sweep, self.options.sweep);
    }

    fn message(&mut self, from: Id, message: Message, cx: &mut Cx<'_>) {
        match message {
            Message::Store { key, cell, why } => {
                let whom = if let Why::Hint(_, whom) = why { Some(whom) } else { None };
                self.keep(key, cell, whom, cx);
                self.tell(from, Message::Stored { key, stamp: cell.stamp, why }, cx);
            }
            Message::Stored { key, stamp, why } => match why {
                Why::Write(number) | Why::Hint(number, _) => self.stored(from, number, cx),
                Why::Burial => self.buried(from, key, stamp, cx),
                Why::Repair => {
                    if self.cells.get(&(key, Some(from))).is_some_and(|hint| hint.stamp <= stamp) {
                        self.cells.remove(&(key, Some(from)));
                        self.tidy(cx);
                    }
                }
            },
            Message::Fetch { number, key } => {
                let cell = self.cells.get(&(key, None)).copied();
                self.tell(from, Message::Fetched { number, cell }, cx);
            }
            Message::Fetched { number, cell } => self.fetched(from, number, cell, cx),
            Message::Forget { key, stamp } => self.forget(key, stamp, cx),
        }
    }

    fn timer(&mut self, timer: Timer, cx: &mut Cx<'_>) {
        match timer {
            Timer::Patience => self.run_out(cx),
            Timer::Sweep => self.sweep(cx),
        }
    }

    fn request(&mut self, ticket: Ticket, ask: Ask, cx: &mut Cx<'_>) {
        let pending = match ask {
            Ask::Get(key) => Pending::Read { ticket, key, fetched: BTreeMap::new() },
            Ask::Put(key, value) => {
                let cell = Cell { value, stamp: Stamp(cx.time_of_day(), cx.id()) };
                Pending::Write { ticket, key, cell, stored: BTreeSet::new(), hinted: false }
            }
        };
        self.coordinate(pending, cx);
    }
}

impl Protocol for QuorumStore {
    type Process = Server;

    fn sound(&self) -> Result<(), String> {
        keep_to(&[
            ((1..=self.servers).contains(&self.n), "`n` must be 1 to the number of servers"),
            ((1..=self.n).contains(&self.r), "`r` must be 1 to n"),
            ((1..=self.n).contains(&self.w), "`w` must be 1 to n"),
            (!self.patience.is_zero(), "`patience` must be longer than nothing"),
            (!self.sweep.is_zero(), "`sweep` must be longer than nothing"),
            (self.keys > 0, "`keys` must be 1 or more"),
        ])
    }

    fn processes(&self) -> Vec<Server> {
        vec![Server { options: self.clone(), ..Server::default() }; self.servers]
    }

    fn command(&self, client: usize, nth: u64, dice: &mut Dice<'_, Event<Server>>) -> Ask {
        let key = dice.pick(self.keys) as u64;
        if dice.chance(self.reads) {
            return Ask::Get(key);
        }
        Ask::Put(key, (!dice.chance(self.deletes)).then_some(kv::unique(client, nth)))
    }

    /// Enough owners of every key are up.
    fn serves(&self, view: &View<'_, Server>) -> bool {
        (0..self.servers as u64).all(|key| {
            self.owners(key).filter(|owner| view.get(*owner).is_some()).count() >= self.r.max(self.w)
        })
    }

    /// Where every read has an owner in common with every write, and clocks agree, no read gives what was overwritten or deleted by
    /// something that was over before the read began.
    fn wrong(&self, history: &History<Ask, Told>) -> Vec<usize> {
        stale(history)
    }

    fn check(&self, history: &History<Ask, Told>) -> Verdict {
        let promised = self.r + self.w > self.n && !self.sloppy;
        match stale(history).first().map(|&place| &history.operations()[place]).filter(|_| promised) {
            Some(read) => Verdict::Broken(format!("{:?} -> {:?} is stale", read.command, read.outcome)),
            None => Verdict::Holds,
        }
    }
}

/// The reads, by their places, that gave what had been overwritten or deleted by something that was over before they began.
pub fn stale(history: &History<Ask, Told>) -> Vec<usize> {
    // What was written to each key, when that began, and when it was over: what is not known to be may be done any time.
    let mut writes: BTreeMap<u64, Vec<(Option<u64>, Instant, Instant)>> = BTreeMap::new();
    for operation in history.operations() {
        let Ask::Put(key, value) = operation.command else { continue };
        let until = if operation.outcome.reply().is_some() { operation.until } else { Instant::NEVER };
        writes.entry(key).or_default().push((value, operation.from, until));
    }
    let is_stale = |read: &Operation<Ask, Told>| {
        let (Ask::Get(key), Some(Told::Value(value))) = (read.command, read.outcome.reply()) else {
            return false;
        };
        let Some(writes) = writes.get(&key) else { return false };
        let before = writes.iter().filter(|(_, _, until)| *until < read.from);
        let Some(last) = before.map(|(_, from, _)| *from).max() else { return false };
        let mut may = writes.iter().filter(|(written, ..)| written == value);
        !may.any(|(_, from, until)| *from < read.until && *until >= last)
    };
    let reads = history.operations().iter().enumerate();
    reads.filter(|(_, read)| is_stale(read)).map(|(place, _)| place).collect()
}
