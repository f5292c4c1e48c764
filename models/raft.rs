//! Raft: a log that a leader replicates, and elections of leaders by randomised timeouts.
//!
//! Diego Ongaro and John Ousterhout, "In Search of an Understandable Consensus Algorithm", USENIX ATC 2014 (elections, section
//! 5.2; replication, 5.3; safety, 5.4); and, for what goes beyond it, Ongaro's thesis, "Consensus: Bridging Theory and Practice",
//! Stanford 2014: changes of one member at a time (chapter 4), snapshots (5), sessions of clients and reads by the commit index
//! (6), pre-vote (9.6), check-quorum (6.2), and a candidate's or leader's own disk written while its messages are under
//! way (10.2.1).
//!
//! Left out: joint consensus, a new member's catching up before it counts (4.2.1), the transfer of leadership, sessions that
//! expire, snapshots in chunks. A disk that loses what it said it had synced is outside of what Raft promises to bear.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fivenines::process::kv::{self, Ask, Map, Registers, Told, stale};
use fivenines::process::{
    Context, Dice, Event, History, Id, Milestones, Process, Protocol, Recovered, Ticket, View, keep_to,
    linearizable,
};
use fivenines::units::{Duration, Instant, Probability, Span};
use serde::Deserialize;

/// What a cluster is like.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Raft {
    /// Servers that are members from the start on: 1 to 64. Default 5.
    pub servers: usize,
    /// Servers besides, which changes of the membership may add. Default 0.
    pub spares: usize,
    /// The shortest election timeout. Default 150 ms.
    pub election_timeout: Duration,
    /// By how much an election timeout may be longer: each is drawn anew, any length as likely. Default 150 ms.
    pub randomised: Duration,
    /// The time between a leader's heartbeats. Default 75 ms.
    pub heartbeat: Duration,
    /// A server asks whether it would be elected before it raises the term. Default false.
    pub pre_vote: bool,
    /// A leader that hears no majority for an election timeout steps down, and who hears a leader elects no other. Default false.
    pub check_quorum: bool,
    /// Reads are served from the leader's state, once a majority has confirmed that it leads, and not as entries of the log. Default
    /// false.
    pub read_index: bool,
    /// Entries applied before the log is cut behind a snapshot; 0 for never. Default 0.
    pub snapshot_every: u64,
    /// How often an operator has the leader add or remove a server, any as likely, but never leaves fewer members than there were
    /// at first. Default: never.
    pub reconfigures: Option<Duration>,
    /// Entries that the servers' logs begin with, in the order of the servers, as if a leader had crashed before it had sent
    /// them to all. Default: none.
    pub begun: Vec<u64>,
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
    /// A vote is sent before it is on the disk. Breaks "updated on stable storage before responding" (figure 2): a server may
    /// vote twice in a term.
    VoteNotSynced,
    /// A leader answers reads without asking whether it still leads. Breaks section 8: another may have been elected.
    StaleReads,
    /// A majority is one of the members that there were at first. Breaks "a server always uses the latest configuration in its
    /// log" (section 6).
    OldMajority,
    /// Entries of earlier terms are committed by counting their copies, and a leader begins with none of its own. Breaks section
    /// 5.4.2 (figure 8).
    OldTermsCounted,
    /// A vote is given to whoever asks first. Breaks the election restriction (5.4.1).
    AnyLogElected,
    /// A command that comes twice is done twice. Breaks section 8, on serial numbers of commands.
    SessionsForgotten,
}

impl Default for Raft {
    fn default() -> Raft {
        Raft {
            servers: 5,
            spares: 0,
            election_timeout: Duration::millis(150.0),
            randomised: Duration::millis(150.0),
            heartbeat: Duration::millis(75.0),
            pre_vote: false,
            check_quorum: false,
            read_index: false,
            snapshot_every: 0,
            reconfigures: None,
            begun: Vec::new(),
            keys: 4,
            read_share: Probability::HALF,
            mistake: None,
        }
    }
}

type Set = BTreeSet<Id>;
type Cx<'a> = Context<'a, Server>;

/// An entry of the log: its term, and what it says.
#[derive(Clone, Debug)]
pub struct Entry(u64, What);

#[derive(Clone, Debug)]
enum What {
    /// Nothing: a leader's first.
    Nothing,
    /// What a client asks.
    Do(Ticket, Ask),
    /// Who the members are.
    Members(Set),
}

impl Entry {
    fn members(&self) -> Option<&Set> {
        match &self.1 {
            What::Members(members) => Some(members),
            What::Nothing | What::Do(..) => None,
        }
    }
}

/// What a log makes, up to an index: who the members are, the map, and what was answered to each write.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    index: u64,
    term: u64,
    members: Set,
    map: Map,
    sessions: BTreeMap<Ticket, Told>,
}

/// What the disk keeps.
#[derive(Clone, Debug)]
pub enum Record {
    /// The current term, and whom the server has voted for in it.
    Term(u64, Option<Id>),
    /// One more entry.
    Append(Entry),
    /// The entries from this index on are gone.
    Truncate(u64),
    /// All up to an index.
    Snapshot(Arc<Snapshot>),
}

/// What servers tell each other.
#[derive(Clone, Debug)]
pub enum Message {
    /// RequestVote, or the question before it: the term, and the term and index of the candidate's last entry.
    Elect { pre: bool, term: u64, last: (u64, u64) },
    /// The answer.
    Vote { pre: bool, term: u64, granted: bool },
    /// AppendEntries: behind the entry of this index and term come these. Each has the number of the leader's round.
    Append { term: u64, round: u64, prev: (u64, u64), entries: Vec<Entry>, commit: u64 },
    /// InstallSnapshot.
    Install { term: u64, round: u64, snapshot: Arc<Snapshot> },
    /// The answer to both: up to where the logs agree, or up to where they may.
    Agree { term: u64, round: u64, upto: Result<u64, u64> },
}

/// What a server waits for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Timer {
    /// It has not heard of a leader for too long; or, if it leads, it is time to look who hears it.
    Election,
    /// The next heartbeat.
    Heartbeat,
    /// The operator's next visit.
    Operator,
}

#[derive(Clone, Debug, Default)]
enum Role {
    #[default]
    Follower,
    Candidate {
        pre: bool,
        votes: Set,
    },
    Leader(Lead),
}

/// What a leader knows.
#[derive(Clone, Debug)]
struct Lead {
    peers: Vec<Peer>,
    /// Who has answered since it last looked.
    heard: Set,
    /// Each read begins a round of messages, whose answers confirm that it leads.
    round: u64,
    /// Reads that wait: their round, and the index that must be applied.
    reads: Vec<(u64, u64, Ticket, Ask)>,
    /// Its first entry.
    first: u64,
}

/// What a leader knows of another server: what to send next, up to where their logs agree, and which round it has answered.
#[derive(Clone, Copy, Debug)]
struct Peer {
    next: u64,
    agrees: u64,
    round: u64,
}

/// A server.
#[derive(Clone, Debug, Default)]
pub struct Server {
    setup: Raft,
    term: u64,
    vote: Option<Id>,
    /// What came before the entries.
    base: Arc<Snapshot>,
    entries: Vec<Entry>,
    /// By the latest entry that says so, committed or not.
    members: Set,
    /// What is committed, and applied.
    state: Snapshot,
    /// Something is written and not synced.
    unsynced: bool,
    role: Role,
    leader: Option<Id>,
    /// When it last heard of the leader.
    heard: Instant,
}

/// The log and the disk.
impl Server {
    fn new(setup: &Raft, begun: u64) -> Server {
        let members: Set = (0..setup.servers).map(Id::new).collect();
        let state = Snapshot { members: members.clone(), ..Snapshot::default() };
        let (setup, term) = (Raft { begun: Vec::new(), ..setup.clone() }, u64::from(begun > 0));
        let entries = vec![Entry(1, What::Nothing); begun as usize];
        Server { setup, term, entries, members, base: Arc::new(state.clone()), state, ..Server::default() }
    }

    fn has(&self, mistake: Mistake) -> bool {
        self.setup.mistake == Some(mistake)
    }

    fn last(&self) -> u64 {
        self.base.index + self.entries.len() as u64
    }

    /// The term of an entry, if there is one that is not behind the snapshot.
    fn term_at(&self, index: u64) -> Option<u64> {
        match index.checked_sub(self.base.index)? {
            0 => Some(self.base.term),
            nth => self.entries.get(nth as usize - 1).map(|entry| entry.0),
        }
    }

    /// The entries behind an index.
    fn behind(&self, index: u64) -> &[Entry] {
        &self.entries[(index - self.base.index) as usize..]
    }

    /// The term and index of its last entry: the log with the greater is the more up to date.
    fn up_to_date(&self) -> (u64, u64) {
        (self.term_at(self.last()).unwrap_or(0), self.last())
    }

    fn push(&mut self, entry: Entry) {
        if let Some(members) = entry.members() {
            self.members.clone_from(members);
        }
        self.entries.push(entry);
    }

    fn truncate(&mut self, from: u64) {
        self.entries.truncate((from - self.base.index - 1) as usize);
        let members = self.entries.iter().rev().find_map(Entry::members);
        self.members = members.unwrap_or(&self.base.members).clone();
    }

    /// Begins from a snapshot, with no entry behind it.
    fn restore(&mut self, snapshot: Arc<Snapshot>) {
        self.entries.clear();
        (self.members, self.state) = (snapshot.members.clone(), (*snapshot).clone());
        self.base = snapshot;
    }

    fn write(&mut self, record: Record, cx: &mut Cx<'_>) {
        cx.append(record);
        self.unsynced = true;
    }

    /// Puts a snapshot and what follows it on the disk, in place of all.
    fn rewrite(&mut self, cx: &mut Cx<'_>) {
        let head = [Record::Snapshot(Arc::clone(&self.base)), Record::Term(self.term, self.vote)];
        cx.replace(head.into_iter().chain(self.entries.iter().cloned().map(Record::Append)).collect());
        self.unsynced = true;
    }

    /// What is written lasts before the server goes on.
    fn settle(&mut self, cx: &mut Cx<'_>) {
        if std::mem::take(&mut self.unsynced) {
            cx.sync();
        }
    }

    fn apply(&mut self, upto: u64, cx: &mut Cx<'_>) {
        while self.state.index < upto {
            let Entry(term, what) = self.behind(self.state.index)[0].clone();
            (self.state.index, self.state.term) = (self.state.index + 1, term);
            match what {
                What::Nothing => {}
                What::Members(members) => self.state.members = members,
                What::Do(ticket, ask) => {
                    let told = match self.state.sessions.get(&ticket) {
                        Some(told) if !self.has(Mistake::SessionsForgotten) => *told,
                        Some(_) | None => self.state.map.apply(ask),
                    };
                    if ask.writes() {
                        self.state.sessions.insert(ticket, told);
                    }
                    if let Role::Leader(_) = self.role {
                        cx.reply(ticket, told);
                    }
                }
            }
        }
        let every = self.setup.snapshot_every;
        if every > 0 && self.state.index - self.base.index >= every {
            self.entries = self.behind(self.state.index).to_vec();
            self.base = Arc::new(self.state.clone());
            self.rewrite(cx);
        }
    }
}

/// Elections.
impl Server {
    fn is_majority(&self, of: &Set) -> bool {
        let all = if self.has(Mistake::OldMajority) { self.setup.servers } else { self.members.len() };
        2 * of.intersection(&self.members).count() > all
    }

    /// The election timeout begins anew.
    fn wait(&self, cx: &mut Cx<'_>) {
        let most = self.setup.randomised.span().as_micros() as usize;
        let more = Span::from_micros(cx.pick(most + 1) as u64);
        cx.set_timer(Timer::Election, self.setup.election_timeout.span() + more);
    }

    /// A term that is newer than its own makes a server a follower in it.
    fn adopt(&mut self, term: u64, cx: &mut Cx<'_>) {
        if term > self.term {
            (self.term, self.vote) = (term, None);
            self.write(Record::Term(term, None), cx);
            self.follow(None, cx);
        }
    }

    fn follow(&mut self, leader: Option<Id>, cx: &mut Cx<'_>) {
        if let Role::Leader(_) = self.role {
            cx.cancel_timer(Timer::Heartbeat);
            cx.cancel_timer(Timer::Operator);
            self.wait(cx);
        }
        (self.role, self.leader) = (Role::Follower, leader);
    }

    fn campaign(&mut self, pre: bool, cx: &mut Cx<'_>) {
        if !pre {
            (self.term, self.vote) = (self.term + 1, Some(cx.id()));
            self.write(Record::Term(self.term, self.vote), cx);
        }
        (self.role, self.leader) = (Role::Candidate { pre, votes: Set::new() }, None);
        self.wait(cx);
        let term = self.term + u64::from(pre);
        let elect = Message::Elect { pre, term, last: self.up_to_date() };
        for peer in cx.peers().filter(|peer| self.members.contains(peer)) {
            cx.send(peer, elect.clone());
        }
        // It counts no vote, not even its own, before this is over: a server that syncs handles nothing.
        self.settle(cx);
        self.voted(cx.id(), (pre, term), cx);
    }

    fn elect(&mut self, from: Id, (pre, term): (bool, u64), last: (u64, u64), cx: &mut Cx<'_>) {
        let lately = cx.now().saturating_since(self.heard) < self.setup.election_timeout.span();
        let led = matches!(self.role, Role::Leader(_)) || (self.leader.is_some() && lately);
        if led && (pre || self.setup.check_quorum) {
            return;
        }
        if !pre {
            self.adopt(term, cx);
        }
        let free = term == self.term && self.vote.is_none_or(|vote| vote == from);
        let fit = last >= self.up_to_date() || self.has(Mistake::AnyLogElected);
        let granted = fit && if pre { term > self.term } else { free };
        if granted && !pre {
            self.vote = Some(from);
            self.write(Record::Term(term, self.vote), cx);
        }
        if !self.has(Mistake::VoteNotSynced) {
            self.settle(cx);
        }
        if granted && !pre {
            self.wait(cx);
        }
        let term = if granted { term } else { self.term };
        cx.send(from, Message::Vote { pre, term, granted });
    }

    fn voted(&mut self, from: Id, (pre, term): (bool, u64), cx: &mut Cx<'_>) {
        let mine = self.term + u64::from(pre);
        let Role::Candidate { pre: asked, votes } = &mut self.role else { return };
        if (*asked, mine) == (pre, term) {
            votes.insert(from);
            let votes = votes.clone();
            match (self.is_majority(&votes), pre) {
                (true, true) => self.campaign(false, cx),
                (true, false) => self.lead(cx),
                (false, _) => {}
            }
        }
    }

    fn lead(&mut self, cx: &mut Cx<'_>) {
        cx.mark("leader");
        let first = self.last() + 1;
        let peers = vec![Peer { next: first, agrees: 0, round: 0 }; cx.processes()];
        self.role =
            Role::Leader(Lead { peers, heard: Set::from([cx.id()]), round: 0, reads: Vec::new(), first });
        self.leader = Some(cx.id());
        cx.cancel_timer(Timer::Election);
        if self.setup.check_quorum {
            cx.set_timer(Timer::Election, self.setup.election_timeout);
        }
        if let Some(every) = self.setup.reconfigures {
            cx.set_timer(Timer::Operator, every);
        }
        if self.has(Mistake::OldTermsCounted) {
            self.replicate(cx);
        } else {
            self.propose(What::Nothing, cx);
        }
        cx.set_timer(Timer::Heartbeat, self.setup.heartbeat);
    }
}

/// Replication.
impl Server {
    /// A leader's entry goes to the others while it is written to its own disk.
    fn propose(&mut self, what: What, cx: &mut Cx<'_>) {
        let entry = Entry(self.term, what);
        self.push(entry.clone());
        self.write(Record::Append(entry), cx);
        self.replicate(cx);
        self.settle(cx);
        self.advance(cx);
    }

    fn replicate(&mut self, cx: &mut Cx<'_>) {
        for peer in cx.peers() {
            if self.members.contains(&peer) {
                self.replicate_to(peer, cx);
            }
        }
    }

    fn replicate_to(&mut self, to: Id, cx: &mut Cx<'_>) {
        let last = self.last();
        let Role::Leader(lead) = &mut self.role else { return };
        let (term, round) = (self.term, lead.round);
        let prev = std::mem::replace(&mut lead.peers[to.index()].next, last + 1) - 1;
        let Some(before) = self.term_at(prev) else {
            return cx.send(to, Message::Install { term, round, snapshot: Arc::clone(&self.base) });
        };
        let (entries, commit) = (self.behind(prev).to_vec(), self.state.index);
        cx.send(to, Message::Append { term, round, prev: (prev, before), entries, commit });
    }

    /// A follower hears from the leader of its term.
    fn hear(&mut self, from: Id, cx: &mut Cx<'_>) {
        self.follow(Some(from), cx);
        self.heard = cx.now();
        self.wait(cx);
    }

    fn append(
        &mut self,
        prev: (u64, u64),
        new: Vec<Entry>,
        commit: u64,
        cx: &mut Cx<'_>,
    ) -> Result<u64, u64> {
        if prev.0 > self.last() {
            return Err(self.last());
        }
        // What is behind the snapshot is committed, and so the same in every log.
        if self.term_at(prev.0).is_some_and(|term| term != prev.1) {
            return Err(self.state.index);
        }
        let (base, upto) = (self.base.index, prev.0 + new.len() as u64);
        for (index, entry) in (prev.0 + 1..).zip(new).filter(|(index, _)| *index > base) {
            match self.term_at(index) {
                Some(term) if term == entry.0 => continue,
                Some(_) => {
                    self.truncate(index);
                    self.write(Record::Truncate(index), cx);
                }
                None => {}
            }
            self.push(entry.clone());
            self.write(Record::Append(entry), cx);
        }
        self.apply(commit.min(upto), cx);
        Ok(upto)
    }

    fn install(&mut self, snapshot: Arc<Snapshot>, cx: &mut Cx<'_>) -> Result<u64, u64> {
        let index = snapshot.index;
        if index > self.state.index {
            cx.mark("snapshot");
            let agrees = self.term_at(index) == Some(snapshot.term);
            let behind = if agrees { self.behind(index).to_vec() } else { Vec::new() };
            self.restore(snapshot);
            behind.into_iter().for_each(|entry| self.push(entry));
            self.rewrite(cx);
        }
        Ok(index)
    }

    fn agreed(&mut self, from: Id, round: u64, upto: Result<u64, u64>, cx: &mut Cx<'_>) {
        let last = self.last();
        let Role::Leader(lead) = &mut self.role else { return };
        lead.heard.insert(from);
        let peer = &mut lead.peers[from.index()];
        peer.round = peer.round.max(round);
        match upto {
            Ok(index) => {
                peer.agrees = peer.agrees.max(index);
                peer.next = peer.next.max(index + 1);
                self.advance(cx);
            }
            Err(index) => {
                peer.next = index.min(last).max(peer.agrees) + 1;
                self.replicate_to(from, cx);
            }
        }
        self.answer_reads(cx);
    }

    /// Whether a majority, of which the leader is one, is made of servers of which it knows this.
    fn most(&self, lead: &Lead, cx: &Cx<'_>, knows: impl Fn(&Peer) -> bool) -> bool {
        let all = (0..lead.peers.len()).map(Id::new);
        self.is_majority(&all.filter(|id| *id == cx.id() || knows(&lead.peers[id.index()])).collect())
    }

    /// A leader commits what a majority has.
    fn advance(&mut self, cx: &mut Cx<'_>) {
        let Role::Leader(lead) = &self.role else { return };
        // Only its own entries are committed by counting, and those before them with them.
        let first = if self.has(Mistake::OldTermsCounted) { 0 } else { lead.first };
        let has = |index: &u64| self.most(lead, cx, |peer| peer.agrees >= *index);
        let Some(index) = (first.max(self.state.index + 1)..=self.last()).take_while(has).last() else {
            return;
        };
        self.apply(index, cx);
        if !self.state.members.contains(&cx.id()) {
            self.follow(None, cx);
        }
    }

    /// Answers reads that a majority has confirmed, and that all that was committed before has been applied for.
    fn answer_reads(&mut self, cx: &mut Cx<'_>) {
        let Role::Leader(lead) = &self.role else { return };
        let ready = |read: &&(u64, u64, Ticket, Ask)| {
            read.1 <= self.state.index && self.most(lead, cx, |peer| peer.round >= read.0)
        };
        let count = lead.reads.iter().take_while(ready).count();
        let Role::Leader(lead) = &mut self.role else { return };
        for (_, _, ticket, ask) in lead.reads.drain(..count) {
            cx.reply(ticket, self.state.map.apply(ask));
        }
    }

    /// The operator has one server added or removed: one change at a time, and none before the leader has committed an entry of
    /// its own term (Ongaro, "bug in single-server membership changes", raft-dev, 2015).
    fn reconfigure(&mut self, one: Id, cx: &mut Cx<'_>) {
        let Role::Leader(lead) = &self.role else { return };
        let changing = self.behind(self.state.index).iter().any(|entry| entry.members().is_some());
        if changing || self.state.index < lead.first {
            return;
        }
        let mut members = self.members.clone();
        if members.insert(one) || (members.len() > self.setup.servers && members.remove(&one)) {
            cx.mark("members");
            self.propose(What::Members(members), cx);
        }
    }
}

impl Process for Server {
    type Message = Message;
    type Timer = Timer;
    type Record = Record;
    type Command = Ask;
    type Reply = Told;

    const TIMERS: usize = 3;

    fn start(&mut self, cx: &mut Cx<'_>) {
        self.wait(cx);
    }

    fn recover(&mut self, found: Recovered<'_, Record>, cx: &mut Cx<'_>) {
        for record in found.records {
            match record {
                Record::Term(term, vote) => (self.term, self.vote) = (*term, *vote),
                Record::Append(entry) => self.push(entry.clone()),
                Record::Truncate(from) => self.truncate(*from),
                Record::Snapshot(snapshot) => self.restore(Arc::clone(snapshot)),
            }
        }
        self.wait(cx);
    }

    fn message(&mut self, from: Id, message: Message, cx: &mut Cx<'_>) {
        let (Message::Elect { term, .. }
        | Message::Vote { term, .. }
        | Message::Append { term, .. }
        | Message::Install { term, .. }
        | Message::Agree { term, .. }) = message;
        if !matches!(message, Message::Elect { .. } | Message::Vote { granted: true, .. }) {
            self.adopt(term, cx);
        }
        let (round, upto) = match message {
            Message::Elect { pre, last, .. } => return self.elect(from, (pre, term), last, cx),
            Message::Vote { pre, granted: true, .. } => return self.voted(from, (pre, term), cx),
            Message::Agree { round, upto, .. } if term == self.term => {
                return self.agreed(from, round, upto, cx);
            }
            Message::Vote { .. } | Message::Agree { .. } => return,
            Message::Append { round, .. } | Message::Install { round, .. } if term < self.term => {
                (round, Err(0))
            }
            Message::Append { round, prev, entries, commit, .. } => {
                self.hear(from, cx);
                (round, self.append(prev, entries, commit, cx))
            }
            Message::Install { round, snapshot, .. } => {
                self.hear(from, cx);
                (round, self.install(snapshot, cx))
            }
        };
        self.settle(cx);
        cx.send(from, Message::Agree { term: self.term, round, upto });
    }

    fn timer(&mut self, timer: Timer, cx: &mut Cx<'_>) {
        match (timer, &mut self.role) {
            (Timer::Election, Role::Leader(lead)) => {
                let heard = std::mem::replace(&mut lead.heard, Set::from([cx.id()]));
                match self.is_majority(&heard) {
                    true => cx.set_timer(Timer::Election, self.setup.election_timeout),
                    false => self.follow(None, cx),
                }
            }
            (Timer::Election, _) if self.members.contains(&cx.id()) => {
                cx.mark("suspects");
                self.campaign(self.setup.pre_vote, cx);
            }
            (Timer::Election, _) => self.wait(cx),
            (Timer::Heartbeat, _) => {
                self.replicate(cx);
                cx.set_timer(Timer::Heartbeat, self.setup.heartbeat);
            }
            (Timer::Operator, _) => {
                cx.set_timer(Timer::Operator, self.setup.reconfigures.unwrap_or_default());
                let one = Id::new(cx.pick(cx.processes()));
                self.reconfigure(one, cx);
            }
        }
    }

    fn request(&mut self, ticket: Ticket, ask: Ask, cx: &mut Cx<'_>) {
        let Role::Leader(lead) = &mut self.role else {
            return match self.leader {
                Some(leader) => cx.redirect(ticket, leader),
                None => cx.refuse(ticket),
            };
        };
        if ask.writes() || (!self.setup.read_index && self.setup.mistake != Some(Mistake::StaleReads)) {
            return self.propose(What::Do(ticket, ask), cx);
        }
        if self.setup.mistake == Some(Mistake::StaleReads) {
            return cx.reply(ticket, self.state.map.apply(ask));
        }
        lead.round += 1;
        lead.reads.push((lead.round, self.state.index.max(lead.first), ticket, ask));
        self.replicate(cx);
        self.answer_reads(cx);
    }
}

impl Protocol for Raft {
    type Process = Server;

    fn sound(&self) -> Result<(), String> {
        keep_to(&[
            ((1..=64).contains(&self.servers), "`servers` must be 1 to 64"),
            (self.servers + self.spares <= 64, "`spares` and servers must be 64 or fewer together"),
            (!self.election_timeout.is_zero(), "`election-timeout` must be longer than nothing"),
            (!self.heartbeat.is_zero(), "`heartbeat` must be longer than nothing"),
            (
                self.reconfigures.is_none_or(|every| !every.is_zero()),
                "`reconfigures` must be longer than nothing",
            ),
            (self.keys > 0, "`keys` must be 1 or more"),
        ])
    }

    fn processes(&self) -> Vec<Server> {
        let begun = |server| self.begun.get(server).copied().unwrap_or(0);
        (0..self.servers + self.spares).map(|server| Server::new(self, begun(server))).collect()
    }

    fn command(&self, client: usize, nth: u64, dice: &mut Dice<'_, Event<Server>>) -> Ask {
        kv::ask(self.keys, self.read_share, client, nth, dice)
    }

    /// Election safety, state machine safety and leader completeness (figure 3), as far as servers that are up can tell.
    fn invariant(&self, view: &View<'_, Server>) -> Result<(), String> {
        let touched = view.touched().and_then(|id| Some((id, view.get(id)?)));
        let Some((id, one)) = touched else { return Ok(()) };
        for (peer, other) in view.up().filter(|(peer, _)| *peer != id) {
            let leads = matches!(one.role, Role::Leader(_));
            if leads && matches!(other.role, Role::Leader(_)) && one.term == other.term {
                return Err(format!("{id} and {peer} both lead in term {}", one.term));
            }
            // Entries of one index and term are one, and so are all before them: it is enough to look at the last.
            let both = one.state.index.min(other.state.index);
            if let (Some(a), Some(b)) = (one.term_at(both), other.term_at(both))
                && a != b
            {
                return Err(format!(
                    "{id} has committed an entry {both} of term {a}, and {peer} of term {b}"
                ));
            }
            let has = one
                .term_at(other.state.index)
                .is_none_or(|term| Some(term) == other.term_at(other.state.index));
            if leads && other.term <= one.term && (one.last() < other.state.index || !has) {
                return Err(format!(
                    "{id} leads, and lacks entry {} that {peer} has committed",
                    other.state.index
                ));
            }
        }
        Ok(())
    }

    /// There is a leader, and a majority follows it.
    fn serves(&self, view: &View<'_, Server>) -> bool {
        view.up().filter(|(_, server)| matches!(server.role, Role::Leader(_))).any(|(leader, server)| {
            let follows = |other: &Server| other.term == server.term && other.leader == Some(leader);
            let those = view.up().filter(|(_, other)| follows(other));
            server.is_majority(&those.map(|(id, _)| id).collect())
        })
    }

    fn wrong(&self, history: &History<Ask, Told>) -> Vec<usize> {
        stale(history)
    }

    /// The leader of the newest term.
    fn leads(&self, view: &View<'_, Server>) -> Option<Id> {
        let leaders = view.up().filter(|(_, server)| matches!(server.role, Role::Leader(_)));
        leaders.max_by_key(|(_, server)| server.term).map(|(id, _)| id)
    }

    fn milestones(&self) -> Milestones {
        Milestones { noticed: &["suspects"], taken_over: &["leader"] }
    }

    fn check(&self, history: &History<Ask, Told>) -> Result<(), String> {
        linearizable(&Registers, history).into_result()
    }
}
