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

use fivenines::process::kv::{Ask, Map, Registers, Told};
use fivenines::process::{
    Context, Dice, Event, History, Id, Process, Protocol, Recovered, Ticket, View, linearizable,
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
    /// How reads are served. Default: through the log.
    pub reads: Reads,
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

/// How reads are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reads {
    /// As entries of the log, like writes (section 8 of the paper).
    Log,
    /// From the leader's state, once a majority has confirmed that it still leads (thesis, 6.4).
    Index,
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
            reads: Reads::Log,
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

/// An entry of the log.
#[derive(Clone, Debug)]
pub struct Entry {
    term: u64,
    what: What,
}

/// What an entry says.
#[derive(Clone, Debug)]
enum What {
    /// Nothing: a leader's first.
    Nothing,
    /// What a client asks.
    Do(Ticket, Ask),
    /// Who the members are.
    Members(Set),
}

/// What the log makes: the map, and what was answered to each write.
#[derive(Clone, Debug, Default)]
struct Machine {
    map: Map,
    sessions: BTreeMap<Ticket, Told>,
}

/// All that a log said up to an index.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    index: u64,
    term: u64,
    members: Set,
    machine: Machine,
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

/// What a server is.
#[derive(Clone, Debug)]
enum Role {
    Follower,
    Candidate { pre: bool, votes: Set },
    Leader(Lead),
}

/// What a leader knows.
#[derive(Clone, Debug)]
struct Lead {
    peers: Vec<Peer>,
    /// Members that answered since it last looked.
    heard: Set,
    /// Each read begins a round of messages, whose answers confirm that it leads.
    round: u64,
    /// Reads that wait: their round, and the index that must be applied.
    reads: Vec<(u64, u64, Ticket, Ask)>,
    /// Its first entry.
    first: u64,
}

/// What a leader knows of another server.
#[derive(Clone, Copy, Debug)]
struct Peer {
    next: u64,
    agrees: u64,
    round: u64,
}

/// A server.
#[derive(Clone, Debug)]
pub struct Server {
    setup: Raft,
    term: u64,
    vote: Option<Id>,
    /// What came before the entries.
    base: Arc<Snapshot>,
    entries: Vec<Entry>,
    /// Something is written and not synced.
    unsynced: bool,
    /// By the latest entry of the log that says so, and its index.
    members: Set,
    changed: u64,
    commit: u64,
    machine: Machine,
    role: Role,
    leader: Option<Id>,
    heard: Instant,
}

impl Server {
    fn new(setup: &Raft, begun: u64) -> Server {
        let members: Set = (0..setup.servers).map(Id::new).collect();
        let mut server = Server {
            setup: setup.clone(),
            term: u64::from(begun > 0),
            vote: None,
            base: Arc::new(Snapshot { members: members.clone(), ..Snapshot::default() }),
            entries: vec![Entry { term: 1, what: What::Nothing }; begun as usize],
            unsynced: false,
            members,
            changed: 0,
            commit: 0,
            machine: Machine::default(),
            role: Role::Follower,
            leader: None,
            heard: Instant::START,
        };
        server.setup.begun.clear();
        server
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
            nth => self.entries.get(nth as usize - 1).map(|entry| entry.term),
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

    fn write(&mut self, record: Record, cx: &mut Cx<'_>) {
        cx.append(record);
        self.unsynced = true;
    }

    /// What is written lasts before the server goes on.
    fn settle(&mut self, cx: &mut Cx<'_>) {
        if std::mem::take(&mut self.unsynced) {
            cx.sync();
        }
    }

    /// One more entry of the log.
    fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
        if let What::Members(members) = &self.entries[self.entries.len() - 1].what {
            (self.members, self.changed) = (members.clone(), self.last());
        }
    }

    fn truncate(&mut self, from: u64) {
        self.entries.truncate((from - self.base.index - 1) as usize);
        let latest = self.entries.iter().rposition(|entry| matches!(entry.what, What::Members(_)));
        self.changed = latest.map_or(self.base.index, |nth| self.base.index + 1 + nth as u64);
        self.members = self.members_at(self.last());
    }

    /// Who the members are by the entries up to an index.
    fn members_at(&self, index: u64) -> Set {
        let upto = &self.entries[..(index - self.base.index) as usize];
        let latest = upto.iter().rev().find_map(|entry| match &entry.what {
            What::Members(members) => Some(members),
            What::Nothing | What::Do(..) => None,
        });
        latest.unwrap_or(&self.base.members).clone()
    }

    /// Begins from a snapshot, with no entry behind it.
    fn restore(&mut self, snapshot: Arc<Snapshot>) {
        (self.commit, self.machine) = (snapshot.index, snapshot.machine.clone());
        (self.members, self.changed) = (snapshot.members.clone(), snapshot.index);
        self.base = snapshot;
        self.entries.clear();
    }

    /// Puts a snapshot and what follows it on the disk, in place of all.
    fn rewrite(&mut self, cx: &mut Cx<'_>) {
        let head = [Record::Snapshot(Arc::clone(&self.base)), Record::Term(self.term, self.vote)];
        cx.replace(head.into_iter().chain(self.entries.iter().cloned().map(Record::Append)).collect());
        self.unsynced = true;
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
        self.role = Role::Candidate { pre, votes: Set::from([cx.id()]) };
        self.leader = None;
        self.wait(cx);
        let elect = Message::Elect { pre, term: self.term + u64::from(pre), last: self.up_to_date() };
        self.tell_members(&elect, cx);
        // It counts no vote, not even its own, before this is over: a server that syncs handles nothing.
        self.settle(cx);
        self.count_votes(cx);
    }

    fn tell_members(&self, message: &Message, cx: &mut Cx<'_>) {
        for peer in cx.peers().filter(|peer| self.members.contains(peer)) {
            cx.send(peer, message.clone());
        }
    }

    /// Whether it has a leader that it has heard of lately; a leader has itself.
    fn is_content(&self, cx: &Cx<'_>) -> bool {
        let lately = cx.now().saturating_since(self.heard) < self.setup.election_timeout.span();
        matches!(self.role, Role::Leader(_)) || (self.leader.is_some() && lately)
    }

    fn elect(&mut self, from: Id, (pre, term): (bool, u64), last: (u64, u64), cx: &mut Cx<'_>) {
        if (pre || self.setup.check_quorum) && self.is_content(cx) {
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

    fn voted(&mut self, from: Id, (pre, term): (bool, u64), granted: bool, cx: &mut Cx<'_>) {
        if !granted {
            return self.adopt(term, cx);
        }
        let mine = self.term + u64::from(pre);
        if let Role::Candidate { pre: asked, votes } = &mut self.role
            && *asked == pre
            && term == mine
        {
            votes.insert(from);
            self.count_votes(cx);
        }
    }

    fn count_votes(&mut self, cx: &mut Cx<'_>) {
        match &self.role {
            Role::Candidate { pre, votes } if self.is_majority(votes) => {
                if *pre {
                    self.campaign(false, cx)
                } else {
                    self.lead(cx)
                }
            }
            Role::Candidate { .. } | Role::Follower | Role::Leader(_) => {}
        }
    }

    fn lead(&mut self, cx: &mut Cx<'_>) {
        cx.mark("leader");
        let peer = Peer { next: self.last() + 1, agrees: 0, round: 0 };
        let peers = vec![peer; cx.processes()];
        let (heard, reads, first) = (Set::default(), Vec::new(), self.last() + 1);
        self.role = Role::Leader(Lead { peers, heard, round: 0, reads, first });
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

    /// A leader's entry goes to the others while it is written to its own disk.
    fn propose(&mut self, what: What, cx: &mut Cx<'_>) {
        let entry = Entry { term: self.term, what };
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
        let message = match self.term_at(prev) {
            Some(before) => Message::Append {
                term,
                round,
                prev: (prev, before),
                entries: self.behind(prev).to_vec(),
                commit: self.commit,
            },
            None => Message::Install { term, round, snapshot: Arc::clone(&self.base) },
        };
        cx.send(to, message);
    }

    /// A follower hears from its leader; false where it is none any more.
    fn hear(&mut self, from: Id, term: u64, cx: &mut Cx<'_>) -> bool {
        self.adopt(term, cx);
        if term == self.term {
            self.follow(Some(from), cx);
            self.heard = cx.now();
            self.wait(cx);
        }
        term == self.term
    }

    fn append(
        &mut self,
        (prev, before): (u64, u64),
        entries: Vec<Entry>,
        commit: u64,
        cx: &mut Cx<'_>,
    ) -> Result<u64, u64> {
        if prev > self.last() {
            return Err(self.last());
        }
        // What is behind the snapshot is committed, and so the same in every log.
        if self.term_at(prev).is_some_and(|term| term != before) {
            return Err(self.commit);
        }
        let upto = prev + entries.len() as u64;
        let base = self.base.index;
        for (index, entry) in (prev + 1..).zip(entries).filter(|(index, _)| *index > base) {
            match self.term_at(index) {
                Some(term) if term == entry.term => continue,
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
        if index > self.commit {
            let behind = match self.term_at(index) {
                Some(term) if term == snapshot.term => self.behind(index).to_vec(),
                Some(_) | None => Vec::new(),
            };
            self.restore(snapshot);
            behind.into_iter().for_each(|entry| self.push(entry));
            self.rewrite(cx);
        }
        Ok(index)
    }

    fn agreed(&mut self, from: Id, (term, round): (u64, u64), upto: Result<u64, u64>, cx: &mut Cx<'_>) {
        self.adopt(term, cx);
        let last = self.last();
        let Role::Leader(lead) = &mut self.role else { return };
        if term < self.term {
            return;
        }
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
    fn most(&self, cx: &Cx<'_>, knows: impl Fn(&Peer) -> bool) -> bool {
        let Role::Leader(lead) = &self.role else { return false };
        let those =
            (0..lead.peers.len()).map(Id::new).filter(|id| *id == cx.id() || knows(&lead.peers[id.index()]));
        self.is_majority(&those.collect())
    }

    /// A leader commits what a majority has.
    fn advance(&mut self, cx: &mut Cx<'_>) {
        let oldest = match &self.role {
            Role::Leader(_) if self.has(Mistake::OldTermsCounted) => self.commit + 1,
            // Only its own entries are committed by counting, and those before them with them.
            Role::Leader(lead) => lead.first.max(self.commit + 1),
            Role::Follower | Role::Candidate { .. } => return,
        };
        let has = |index: &u64| self.most(cx, |peer| peer.agrees >= *index);
        let Some(index) = (oldest..=self.last()).take_while(has).last() else { return };
        self.apply(index, cx);
        if self.commit >= self.changed && !self.members.contains(&cx.id()) {
            self.follow(None, cx);
        }
    }

    fn apply(&mut self, upto: u64, cx: &mut Cx<'_>) {
        while self.commit < upto {
            self.commit += 1;
            let entry = &self.entries[(self.commit - self.base.index) as usize - 1];
            if let What::Do(ticket, ask) = entry.what {
                let told = match self.machine.sessions.get(&ticket) {
                    Some(told) if !self.has(Mistake::SessionsForgotten) => *told,
                    Some(_) | None => self.machine.map.apply(ask),
                };
                if ask.writes() {
                    self.machine.sessions.insert(ticket, told);
                }
                if let Role::Leader(_) = self.role {
                    cx.reply(ticket, told);
                }
            }
        }
        let every = self.setup.snapshot_every;
        if every > 0 && self.commit - self.base.index >= every {
            self.compact(cx);
        }
    }

    fn compact(&mut self, cx: &mut Cx<'_>) {
        let kept = self.behind(self.commit).to_vec();
        self.base = Arc::new(Snapshot {
            index: self.commit,
            term: self.term_at(self.commit).unwrap_or(0),
            members: self.members_at(self.commit),
            machine: self.machine.clone(),
        });
        self.entries = kept;
        self.rewrite(cx);
    }

    /// Answers reads that a majority has confirmed, and that all that was committed before has been applied for.
    fn answer_reads(&mut self, cx: &mut Cx<'_>) {
        let Role::Leader(lead) = &self.role else { return };
        let ready = |&&(round, index, _, _): &&(u64, u64, Ticket, Ask)| {
            index <= self.commit && self.most(cx, |peer| peer.round >= round)
        };
        let count = lead.reads.iter().take_while(ready).count();
        let Role::Leader(lead) = &mut self.role else { return };
        for (_, _, ticket, ask) in lead.reads.drain(..count) {
            cx.reply(ticket, self.machine.map.apply(ask));
        }
    }

    /// The operator has one server added or removed: one change at a time, and none before the leader has committed an entry of
    /// its own term (Ongaro, "bug in single-server membership changes", raft-dev, 2015).
    fn reconfigure(&mut self, one: Id, cx: &mut Cx<'_>) {
        let Role::Leader(lead) = &self.role else { return };
        if self.commit < self.changed.max(lead.first) {
            return;
        }
        let mut members = self.members.clone();
        if members.insert(one) || (members.len() > self.setup.servers && members.remove(&one)) {
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
        let (round, upto) = match message {
            Message::Elect { pre, term, last } => return self.elect(from, (pre, term), last, cx),
            Message::Vote { pre, term, granted } => return self.voted(from, (pre, term), granted, cx),
            Message::Agree { term, round, upto } => return self.agreed(from, (term, round), upto, cx),
            Message::Append { term, round, prev, entries, commit } => {
                let hears = self.hear(from, term, cx);
                (round, if hears { self.append(prev, entries, commit, cx) } else { Err(0) })
            }
            Message::Install { term, round, snapshot } => {
                let hears = self.hear(from, term, cx);
                (round, if hears { self.install(snapshot, cx) } else { Err(0) })
            }
        };
        self.settle(cx);
        cx.send(from, Message::Agree { term: self.term, round, upto });
    }

    fn timer(&mut self, timer: Timer, cx: &mut Cx<'_>) {
        match (timer, &mut self.role) {
            (Timer::Election, Role::Leader(lead)) => {
                let mut heard = std::mem::take(&mut lead.heard);
                heard.insert(cx.id());
                if self.is_majority(&heard) {
                    cx.set_timer(Timer::Election, self.setup.election_timeout);
                } else {
                    self.follow(None, cx);
                }
            }
            (Timer::Election, _) if self.members.contains(&cx.id()) => self.campaign(self.setup.pre_vote, cx),
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
        if ask.writes() || (self.setup.reads == Reads::Log && self.setup.mistake != Some(Mistake::StaleReads))
        {
            return self.propose(What::Do(ticket, ask), cx);
        }
        if self.setup.mistake == Some(Mistake::StaleReads) {
            return cx.reply(ticket, self.machine.map.apply(ask));
        }
        lead.round += 1;
        lead.reads.push((lead.round, self.commit.max(lead.first), ticket, ask));
        self.replicate(cx);
        self.answer_reads(cx);
    }
}

impl Protocol for Raft {
    type Process = Server;

    fn processes(&self) -> Vec<Server> {
        let begun = |server| self.begun.get(server).copied().unwrap_or(0);
        (0..self.servers + self.spares).map(|server| Server::new(self, begun(server))).collect()
    }

    fn command(&self, client: usize, nth: u64, dice: &mut Dice<'_, Event<Server>>) -> Ask {
        let key = dice.pick(self.keys) as u64;
        if dice.chance(self.read_share) {
            return Ask::Read(key);
        }
        Ask::Write(key, (client as u64) << 32 | nth)
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
            let both = one.commit.min(other.commit);
            if let (Some(a), Some(b)) = (one.term_at(both), other.term_at(both))
                && a != b
            {
                return Err(format!(
                    "{id} has committed an entry {both} of term {a}, and {peer} of term {b}"
                ));
            }
            let has = one.term_at(other.commit).is_none_or(|term| Some(term) == other.term_at(other.commit));
            if leads && other.term <= one.term && (one.last() < other.commit || !has) {
                return Err(format!(
                    "{id} leads, and lacks entry {} that {peer} has committed",
                    other.commit
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

    fn check(&self, history: &History<Ask, Told>) -> Result<(), String> {
        linearizable(&Registers, history).into_result()
    }
}
