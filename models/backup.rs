//! Backup and restore: a database ships copies and its log to a store at another site, and comes back from there.
//!
//! C. Mohan, Don Haderle, Bruce Lindsay, Hamid Pirahesh and Peter Schwarz, "ARIES: A Transaction Recovery Method", ACM TODS 17(1),
//! 1992, section 8 (media recovery: fuzzy image copies, and the log from where each began); Kimberly Keeton, Cipriano Santos,
//! Dirk Beyer, Jeffrey Chase and John Wilkes, "Designing for Disasters", FAST 2004 (the age of what is lost, and the time until
//! it is served again).
//!
//! Process 0 is the database: it answers a write when that is in the log on its disk. Now and then it ships what the log has
//! got since, and less often a copy of everything, during which it goes on. Process 1 is the store. When the database comes
//! back without its disk, it fetches the newest copy that is whole and the log from there on, has the store begin a new
//! **timeline** from where that ends, and serves. Each answer says up to where the log is with the store: that is the promise.
//!
//! Left out: the database's own log is never cut; there is no transaction longer than a write; a write that is tried again is
//! done again.

use std::collections::BTreeMap;
use std::sync::Arc;

use fivenines::process::kv::{self, Ask};
use fivenines::process::ledger::{Ledger, Starts, Told};
use fivenines::process::{
    Context, Dice, Event, History, Id, Process, Protocol, Recovered, Ticket, Verdict, View, keep_to,
};
use fivenines::units::{Bytes, Duration, Instant, Probability, Span};
use serde::Deserialize;

/// What can be chosen.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Backup {
    /// Bytes of a copy. Default 1 GB.
    pub size: Bytes,
    /// Bytes of a write in the log. Default 1 kB.
    pub record: Bytes,
    /// How often a copy is begun. Default 1 h.
    pub copy_every: Duration,
    /// How long the database is read for a copy. Default 10 s.
    pub copying: Duration,
    /// How often the log is shipped. Default 10 s.
    pub ship_every: Duration,
    /// After how long without an answer the database tries again: longer than a copy is on its way. Default 5 min.
    pub patience: Duration,
    /// Copies that are kept; verified, where they are. Default 2.
    pub keep: usize,
    /// The chance that a copy is damaged in the store, which a checksum tells when it is read. Default 0%.
    pub damage: Probability,
    /// How long each copy is restored for a trial, after which a damaged one is thrown away. Default: never done.
    pub verify: Option<Duration>,
    /// The chance that a crash takes the disk of the database with it. Default 0%.
    pub loses_disk: Probability,
    /// How long it takes to see that the disk is gone, and to get another. Default 30 s.
    pub detect: Duration,
    /// How long it takes to do a write from the log again. Default 100 us.
    pub replay: Duration,
    /// What was answered longer than this before the last answer ahead of a loss must be there again. Default: nothing is asked.
    pub rpo: Option<Duration>,
    /// Keys that clients ask for. Default 100.
    pub keys: usize,
    /// The share of reads among what clients ask. Default 50%.
    pub read_share: Probability,
    /// A mistake to be found. Default: none.
    pub mistake: Option<Mistake>,
}

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mistake {
    /// A copy is taken for one of its end: what was written since its beginning is not redone. Breaks section 8 of ARIES.
    PositionAtEnd,
    /// The database takes for stored what it has sent, before the store has said so.
    DoneWhenSent,
    /// The oldest copies are dropped, however many of those that are left were never verified.
    DropsVerified,
    /// Nobody looks at the checksum of a copy that is restored.
    UsesDamaged,
}

impl Default for Backup {
    fn default() -> Backup {
        Backup {
            size: Bytes::new(1_000_000_000).expect("it is in range"),
            record: Bytes::new(1_000).expect("it is in range"),
            copy_every: Duration::hours(1.0),
            copying: Duration::seconds(10.0),
            ship_every: Duration::seconds(10.0),
            patience: Duration::minutes(5.0),
            keep: 2,
            damage: Probability::ZERO,
            verify: None,
            loses_disk: Probability::ZERO,
            detect: Duration::seconds(30.0),
            replay: Duration::millis(0.1),
            rpo: None,
            keys: 100,
            read_share: Probability::HALF,
            mistake: None,
        }
    }
}

/// The numbers of the two.
const DATABASE: usize = 0;
const STORE: usize = 1;

/// A key, and what was written to it.
type Entry = (u64, u64);
/// For each key, after how many writes it was written, and what.
type Map = BTreeMap<u64, (u64, u64)>;
type Cx<'a> = Context<'a, Server>;

/// The map after so many writes; where it was read while more came, with some of those.
#[derive(Clone, Debug, Default)]
pub struct Copy {
    position: u64,
    map: Arc<Map>,
}

/// What the two tell each other, with its bytes where they count.
#[derive(Clone, Debug)]
pub enum Message {
    /// A copy to be stored, in this timeline.
    PutCopy { timeline: usize, copy: Copy, bytes: u64 },
    /// The log behind so many writes, to be stored.
    PutLog { timeline: usize, behind: u64, log: Vec<Entry>, bytes: u64 },
    /// The store has the log up to here.
    Stored { timeline: usize, upto: u64 },
    /// What is the copy before so many newer ones, and the log behind it?
    Get { skip: usize },
    /// Here they are, and whether the copy is damaged.
    Got { skip: usize, copy: Copy, damaged: bool, log: Vec<Entry>, bytes: u64 },
    /// A new timeline shall begin behind so many writes.
    Fork { start: u64 },
    /// It has.
    Forked { starts: Starts },
}

/// What they wait for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Timer {
    Ship,
    Copy,
    Copied,
    Restore,
}

/// What disks keep: what the database began with and was written since, and what the store has.
#[derive(Clone, Debug)]
pub enum Record {
    Base(Copy, Starts),
    Write(Entry),
    Vault(Arc<Vault>),
}

/// What the store has: copies from the oldest to the newest, and the log behind so many writes.
#[derive(Clone, Debug, Default)]
pub struct Vault {
    copies: Vec<Kept>,
    first: u64,
    log: Vec<Entry>,
    starts: Starts,
}

/// A copy in the store, and when it is known whether it is damaged.
#[derive(Clone, Debug, Default)]
struct Kept {
    copy: Copy,
    damaged: bool,
    known: Instant,
}

/// How far a database is with a restore: it waits for a copy, or for its new timeline.
#[derive(Clone, Debug)]
enum Step {
    Get(usize),
    Fork { copy: Copy, log: Vec<Entry> },
}

/// The database, or the store.
#[derive(Clone, Debug, Default)]
pub struct Server {
    setup: Backup,
    /// What the database began with, what was written since, and what that makes.
    base: Copy,
    log: Vec<Entry>,
    map: Map,
    starts: Starts,
    /// Up to where the store has the log, once it has said so; and until when it may yet say so of what was shipped.
    stored: Option<u64>,
    patient: Option<Instant>,
    /// The copy that is being read.
    copy: Copy,
    restores: Option<Step>,
    vault: Arc<Vault>,
}

/// The database.
impl Server {
    fn has(&self, mistake: Mistake) -> bool {
        self.setup.mistake == Some(mistake)
    }

    fn position(&self) -> u64 {
        self.base.position + self.log.len() as u64
    }

    /// Serves from what it has.
    fn serve(&mut self, cx: &mut Cx<'_>) {
        self.restores = None;
        self.map = (*self.base.map).clone();
        let behind = (self.base.position + 1..).zip(&self.log);
        self.map.extend(behind.map(|(position, (key, value))| (*key, (position, *value))));
        cx.set_timer(Timer::Ship, self.setup.ship_every);
        self.begin_copy(cx);
    }

    fn ship(&mut self, cx: &mut Cx<'_>) {
        cx.set_timer(Timer::Ship, self.setup.ship_every);
        let position = self.position();
        if self.stored == Some(position) || self.patient.is_some_and(|until| cx.now() < until) {
            return;
        }
        // One that does not know what the store has asks by shipping nothing.
        let behind = self.stored.unwrap_or(position);
        let log = self.log[(behind - self.base.position) as usize..].to_vec();
        let (timeline, bytes) = (self.starts.len(), self.setup.record.count() * log.len() as u64);
        cx.send(Id::new(STORE), Message::PutLog { timeline, behind, log, bytes });
        self.patient = Some(cx.now() + self.setup.patience.span());
        if self.has(Mistake::DoneWhenSent) {
            (self.stored, self.patient) = (Some(position), None);
        }
    }

    /// Half of the keys are read at the beginning of a copy, and half at its end.
    fn begin_copy(&mut self, cx: &mut Cx<'_>) {
        self.copy = Copy { position: self.position(), map: Arc::new(self.map.clone()) };
        cx.set_timer(Timer::Copied, self.setup.copying);
        cx.set_timer(Timer::Copy, self.setup.copy_every);
    }

    fn end_copy(&mut self, cx: &mut Cx<'_>) {
        let mut copy = std::mem::take(&mut self.copy);
        let late = self.map.iter().filter(|(key, _)| *key % 2 == 1);
        Arc::make_mut(&mut copy.map).extend(late.map(|(key, value)| (*key, *value)));
        if self.has(Mistake::PositionAtEnd) {
            copy.position = self.position();
        }
        let (timeline, bytes) = (self.starts.len(), self.setup.size.count());
        cx.send(Id::new(STORE), Message::PutCopy { timeline, copy, bytes });
    }

    /// Asks for what a restore waits for, until it comes.
    fn restore(&self, cx: &mut Cx<'_>) {
        match &self.restores {
            Some(Step::Get(skip)) => cx.send(Id::new(STORE), Message::Get { skip: *skip }),
            Some(Step::Fork { copy, log }) => {
                cx.send(Id::new(STORE), Message::Fork { start: copy.position + log.len() as u64 });
            }
            None => return,
        }
        cx.set_timer(Timer::Restore, self.setup.patience);
    }

    fn got(&mut self, mut copy: Copy, damaged: bool, log: Vec<Entry>, cx: &mut Cx<'_>) {
        if let Some(Step::Get(skip)) = &mut self.restores
            && damaged
            && self.setup.mistake != Some(Mistake::UsesDamaged)
        {
            *skip += 1;
        } else {
            if damaged {
                Arc::make_mut(&mut copy.map).retain(|key, _| *key % 2 == 0);
            }
            cx.work(Span::from_micros(self.setup.replay.span().as_micros() * log.len() as u64));
            self.restores = Some(Step::Fork { copy, log });
        }
        self.restore(cx);
    }

    fn forked(&mut self, starts: Starts, cx: &mut Cx<'_>) {
        let Some(Step::Fork { copy, log }) = self.restores.clone() else { return };
        if starts.last() != Some(&(copy.position + log.len() as u64)) {
            return;
        }
        cx.mark("restored");
        cx.cancel_timer(Timer::Restore);
        (self.base, self.log, self.starts) = (copy, log, starts);
        (self.stored, self.patient) = (None, None);
        let base = Record::Base(self.base.clone(), Arc::clone(&self.starts));
        cx.replace(std::iter::once(base).chain(self.log.iter().copied().map(Record::Write)).collect());
        cx.sync();
        self.serve(cx);
    }
}

/// The store.
impl Server {
    /// What it has changes: what is surplus is dropped, and what is left is on its disk before anything is said.
    fn keep(&mut self, change: impl FnOnce(&mut Vault), cx: &mut Cx<'_>) {
        let (now, verifies, any) = (cx.now(), self.setup.verify.is_some(), self.has(Mistake::DropsVerified));
        let vault = Arc::make_mut(&mut self.vault);
        change(vault);
        vault.copies.retain(|kept| !verifies || !kept.damaged || kept.known > now);
        let count = vault.copies.iter().filter(|kept| kept.known <= now || any).count();
        vault.copies.drain(..count.saturating_sub(self.setup.keep));
        let oldest = vault.copies.first().map_or(vault.first, |kept| kept.copy.position);
        let surplus = (oldest.saturating_sub(vault.first) as usize).min(vault.log.len());
        vault.log.drain(..surplus);
        vault.first += surplus as u64;
        cx.replace(vec![Record::Vault(Arc::clone(&self.vault))]);
        cx.sync();
    }

    fn put_copy(&mut self, copy: Copy, cx: &mut Cx<'_>) {
        cx.mark("copy");
        let damaged = cx.chance(self.setup.damage);
        // Each is verified behind the one before it.
        let idle = self.vault.copies.last().map_or(cx.now(), |kept| kept.known.max(cx.now()));
        let known = self.setup.verify.map_or(cx.now(), |takes| idle + takes.span());
        self.keep(|vault| vault.copies.push(Kept { copy, damaged, known }), cx);
    }

    fn put_log(&mut self, timeline: usize, behind: u64, log: &[Entry], cx: &mut Cx<'_>) {
        let upto = self.vault.first + self.vault.log.len() as u64;
        let new = upto.checked_sub(behind).and_then(|known| log.get(known as usize..)).unwrap_or_default();
        if !new.is_empty() {
            self.keep(|vault| vault.log.extend(new), cx);
        }
        cx.send(Id::new(DATABASE), Message::Stored { timeline, upto: upto + new.len() as u64 });
    }

    fn get(&self, skip: usize, cx: &mut Cx<'_>) {
        // Behind all copies there is nothing, which is whole.
        let Kept { copy, damaged, .. } =
            self.vault.copies.iter().rev().nth(skip).cloned().unwrap_or_default();
        let known = copy.position.checked_sub(self.vault.first).map(|known| known as usize);
        let log = known.and_then(|known| self.vault.log.get(known..)).unwrap_or_default().to_vec();
        let bytes = self.setup.size.count() + self.setup.record.count() * log.len() as u64;
        cx.send(Id::new(DATABASE), Message::Got { skip, copy, damaged, log, bytes });
    }

    fn fork(&mut self, start: u64, cx: &mut Cx<'_>) {
        let change = |vault: &mut Vault| {
            Arc::make_mut(&mut vault.starts).push(start);
            vault.copies.retain(|kept| kept.copy.position <= start);
            match start.checked_sub(vault.first) {
                Some(length) if length <= vault.log.len() as u64 => vault.log.truncate(length as usize),
                // A copy was ahead of the log, which begins anew from there, or there was none that is whole.
                _ => {
                    vault.copies.retain(|kept| kept.copy.position == start);
                    (vault.first, vault.log) = (start, Vec::new());
                }
            }
        };
        self.keep(change, cx);
        cx.send(Id::new(DATABASE), Message::Forked { starts: Arc::clone(&self.vault.starts) });
    }
}

impl Process for Server {
    type Message = Message;
    type Timer = Timer;
    type Record = Record;
    type Command = Ask;
    type Reply = Told;

    fn start(&mut self, cx: &mut Cx<'_>) {
        if cx.id().index() == DATABASE {
            cx.replace(vec![Record::Base(Copy::default(), Starts::default())]);
            cx.sync();
            self.stored = Some(0);
            self.serve(cx);
        }
    }

    fn recover(&mut self, found: Recovered<'_, Record>, cx: &mut Cx<'_>) {
        let loses = cx.id().index() == DATABASE && (found.damaged || cx.chance(self.setup.loses_disk));
        for record in found.records.iter().filter(|_| !loses) {
            match record {
                Record::Base(base, starts) => (self.base, self.starts) = (base.clone(), Arc::clone(starts)),
                Record::Write(entry) => self.log.push(*entry),
                Record::Vault(vault) => self.vault = Arc::clone(vault),
            }
        }
        let begun = matches!(found.records.first(), Some(Record::Base(..))) && !loses;
        if cx.id().index() == DATABASE && begun {
            self.serve(cx);
        } else if cx.id().index() == DATABASE {
            cx.mark("lost its disk");
            self.restores = Some(Step::Get(0));
            cx.set_timer(Timer::Restore, self.setup.detect);
        }
    }

    fn message(&mut self, _: Id, message: Message, cx: &mut Cx<'_>) {
        let (now, of_store) = (self.starts.len(), self.vault.starts.len());
        match message {
            Message::PutCopy { timeline, copy, .. } if timeline == of_store => self.put_copy(copy, cx),
            Message::PutLog { timeline, behind, log, .. } if timeline == of_store => {
                self.put_log(timeline, behind, &log, cx);
            }
            Message::Get { skip } => self.get(skip, cx),
            Message::Fork { start } => self.fork(start, cx),
            Message::Stored { timeline, upto } if timeline == now && !self.has(Mistake::DoneWhenSent) => {
                (self.stored, self.patient) = (Some(upto), None);
            }
            Message::Got { skip, copy, damaged, log, .. } => {
                if matches!(self.restores, Some(Step::Get(waits)) if waits == skip) {
                    self.got(copy, damaged, log, cx);
                }
            }
            Message::Forked { starts } => self.forked(starts, cx),
            // Of a timeline that is over.
            Message::PutCopy { .. } | Message::PutLog { .. } | Message::Stored { .. } => {}
        }
    }

    fn timer(&mut self, timer: Timer, cx: &mut Cx<'_>) {
        match timer {
            Timer::Ship => self.ship(cx),
            Timer::Copy => self.begin_copy(cx),
            Timer::Copied => self.end_copy(cx),
            Timer::Restore => self.restore(cx),
        }
    }

    fn request(&mut self, ticket: Ticket, ask: Ask, cx: &mut Cx<'_>) {
        if self.restores.is_some() {
            return cx.refuse(ticket);
        }
        if let Ask::Write(key, value) = ask {
            self.log.push((key, value));
            self.map.insert(key, (self.position(), value));
            cx.append(Record::Write((key, value)));
            cx.sync();
        }
        let value = self.map.get(&ask.key()).copied();
        let (position, safe) = (self.position(), self.stored.unwrap_or(0));
        cx.reply(ticket, Told { value, position, starts: Arc::clone(&self.starts), safe });
    }

    fn size(message: &Message) -> u64 {
        match message {
            Message::PutCopy { bytes, .. } | Message::PutLog { bytes, .. } | Message::Got { bytes, .. } => {
                *bytes
            }
            _ => 0,
        }
    }
}

impl Protocol for Backup {
    type Process = Server;

    fn sound(&self) -> Result<(), String> {
        keep_to(&[
            (!self.copy_every.is_zero(), "`copy-every` must be longer than nothing"),
            (self.copying < self.copy_every, "`copying` must be shorter than the time between two copies"),
            (!self.ship_every.is_zero(), "`ship-every` must be longer than nothing"),
            (!self.patience.is_zero(), "`patience` must be longer than nothing"),
            (self.keep > 0, "`keep` must be 1 or more"),
            (self.keys > 0, "`keys` must be 1 or more"),
        ])
    }

    fn processes(&self) -> Vec<Server> {
        // Before anything is written, nothing is what there is.
        let vault = Arc::new(Vault { copies: vec![Kept::default()], ..Vault::default() });
        vec![Server { setup: self.clone(), vault, ..Server::default() }; 2]
    }

    fn doors(&self) -> Vec<Id> {
        vec![Id::new(DATABASE)]
    }

    fn command(&self, client: usize, nth: u64, dice: &mut Dice<'_, Event<Server>>) -> Ask {
        kv::ask(self.keys, self.read_share, client, nth, dice)
    }

    fn serves(&self, view: &View<'_, Server>) -> bool {
        view.get(Id::new(DATABASE)).is_some_and(|database| database.restores.is_none())
    }

    /// A restore reaches what was promised, and is not older than it may be; and what is read is what was written last.
    fn check(&self, history: &History<Ask, Told>) -> Verdict {
        Ledger::of(history).check(self.rpo).into()
    }
}
