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

use std::collections::BTreeSet;
use std::sync::Arc;

use fivenines::process::kv::{self, Ask, Registers, Store, Told, stale};
use fivenines::process::log::{self, Log, What};
use fivenines::process::{
    Context, Dice, Event, Followers, History, Id, Milestones, Process, Progress, Protocol, Recovered, Ticket,
    View, keep_to, linearizable,
};
use fivenines::units::{Duration, Instant, Probability};
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
type Entry = log::Entry<Ask>;
type Snapshot = log::Snapshot<Store>;

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
    /// What each of the others has of the log.
    followers: Followers,
    /// Who has answered since it last looked.
    heard: Set,
    /// Each read begins a round of messages, whose answers confirm that it leads.
    round: u64,
    answered: Progress,
    /// Reads that wait: their round, and the index that must be applied.
    reads: Vec<(u64, u64, Ticket, Ask)>,
    /// Its first entry.
    first: u64,
}

impl Lead {
    fn new(cx: &Cx<'_>, last: u64) -> Lead {
        let (followers, heard) = (Followers::new(cx.id(), cx.processes(), last), Set::from([cx.id()]));
        let mut answered = Progress::new(cx.processes());
        // It need not ask itself.
        answered.reach(cx.id(), u64::MAX);
        Lead { followers, heard, round: 0, answered, reads: Vec::new(), first: last + 1 }
    }
}

/// A server.
#[derive(Clone, Debug, Default)]
pub struct Server {
    setup: Raft,
    term: u64,
    vote: Option<Id>,
    log: Log<Ask, Store>,
    /// What is committed has been applied to this.
    store: Store,
    role: Role,
    leader: Option<Id>,
    /// When it last heard of the leader.
    heard: Instant,
}

impl Server {
    fn new(setup: &Raft, begun: u64) -> Server {
        let mut log = Log::new((0..setup.servers).map(Id::new).collect(), Store::default());
        (0..begun).for_each(|_| log.push(log::Entry(1, What::Nothing)));
        let setup = Raft { begun: Vec::new(), ..setup.clone() };
        Server { setup, term: u64::from(begun > 0), log, ..Server::default() }
    }

    fn has(&self, mistake: Mistake) -> bool {
        self.setup.mistake == Some(mistake)
    }

    fn leads(&self) -> bool {
        matches!(self.role, Role::Leader(_))
    }

    /// How many of the members are a majority.
    fn quorum(&self) -> usize {
        let all = if self.has(Mistake::OldMajority) { self.setup.servers } else { self.log.members().len() };
        all / 2 + 1
    }

    fn is_majority(&self, of: &Set) -> bool {
        of.intersection(self.log.members()).count() >= self.quorum()
    }

    fn apply(&mut self, upto: u64, cx: &mut Cx<'_>) {
        while let Some((ticket, ask)) = self.log.commit(upto) {
            if self.has(Mistake::SessionsForgotten) {
                self.store.forget(ticket);
            }
            let told = self.store.apply(ticket, ask);
            if self.leads() {
                cx.reply(ticket, told);
            }
        }
        let every = self.setup.snapshot_every;
        if every > 0 && self.log.committed() - self.log.base().index >= every {
            self.log.cut(self.store.clone(), (self.term, self.vote), cx);
        }
    }
}

/// Elections.
impl Server {
    /// The election timeout begins anew.
    fn wait(&self, cx: &mut Cx<'_>) {
        cx.set_timer_between(Timer::Election, self.setup.election_timeout, self.setup.randomised);
    }

    /// The term, and whom the server votes for in it.
    fn ballot(&mut self, term: u64, vote: Option<Id>, cx: &mut Cx<'_>) {
        (self.term, self.vote) = (term, vote);
        self.log.keep((term, vote), cx);
    }

    /// A term that is newer than its own makes a server a follower in it.
    fn adopt(&mut self, term: u64, cx: &mut Cx<'_>) {
        if term > self.term {
            self.ballot(term, None, cx);
            self.follow(None, cx);
        }
    }

    fn follow(&mut self, leader: Option<Id>, cx: &mut Cx<'_>) {
        if self.leads() {
            cx.cancel_timer(Timer::Heartbeat);
            cx.cancel_timer(Timer::Operator);
            self.wait(cx);
        }
        (self.role, self.leader) = (Role::Follower, leader);
    }

    fn campaign(&mut self, pre: bool, cx: &mut Cx<'_>) {
        if !pre {
            self.ballot(self.term + 1, Some(cx.id()), cx);
        }
        (self.role, self.leader) = (Role::Candidate { pre, votes: Set::new() }, None);
        self.wait(cx);
        let term = self.term + u64::from(pre);
        let elect = Message::Elect { pre, term, last: self.log.up_to_date() };
        for peer in self.other_members(cx) {
            cx.send(peer, elect.clone());
        }
        // It counts no vote, not even its own, before this is over: a server that syncs handles nothing.
        self.log.settle(cx);
        self.voted(cx.id(), (pre, term), cx);
    }

    fn elect(&mut self, from: Id, (pre, term): (bool, u64), last: (u64, u64), cx: &mut Cx<'_>) {
        let lately = cx.now().saturating_since(self.heard) < self.setup.election_timeout.span();
        let led = self.leads() || (self.leader.is_some() && lately);
        if led && (pre || self.setup.check_quorum) {
            return;
        }
        if !pre {
            self.adopt(term, cx);
        }
        let free = term == self.term && self.vote.is_none_or(|vote| vote == from);
        let fit = last >= self.log.up_to_date() || self.has(Mistake::AnyLogElected);
        let granted = fit && if pre { term > self.term } else { free };
        if granted && !pre {
            self.ballot(term, Some(from), cx);
        }
        if !self.has(Mistake::VoteNotSynced) {
            self.log.settle(cx);
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
        self.role = Role::Leader(Lead::new(cx, self.log.last()));
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
    fn propose(&mut self, what: What<Ask>, cx: &mut Cx<'_>) {
        self.log.append(log::Entry(self.term, what), cx);
        self.replicate(cx);
        self.log.settle(cx);
        self.advance(cx);
    }

    fn other_members(&self, cx: &Cx<'_>) -> Vec<Id> {
        cx.peers().filter(|peer| self.log.members().contains(peer)).collect()
    }

    fn replicate(&mut self, cx: &mut Cx<'_>) {
        self.other_members(cx).into_iter().for_each(|peer| self.replicate_to(peer, cx));
    }

    fn replicate_to(&mut self, to: Id, cx: &mut Cx<'_>) {
        let Role::Leader(lead) = &mut self.role else { return };
        let (term, round, commit) = (self.term, lead.round, self.log.committed());
        let message = match self.log.since(lead.followers.send(to, self.log.last())) {
            Ok((prev, entries)) => Message::Append { term, round, prev, entries, commit },
            Err(snapshot) => Message::Install { term, round, snapshot },
        };
        cx.send(to, message);
    }

    /// Whether who says this leads the term; if so, a follower has heard from its leader.
    fn hears(&mut self, from: Id, term: u64, cx: &mut Cx<'_>) -> bool {
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
        prev: (u64, u64),
        new: Vec<Entry>,
        commit: u64,
        cx: &mut Cx<'_>,
    ) -> Result<u64, u64> {
        let upto = self.log.merge(prev, new, cx)?;
        self.apply(commit.min(upto), cx);
        Ok(upto)
    }

    fn install(&mut self, snapshot: Arc<Snapshot>, cx: &mut Cx<'_>) -> Result<u64, u64> {
        let index = snapshot.index;
        if self.log.install(snapshot, (self.term, self.vote), cx) {
            cx.mark("snapshot");
            self.store = self.log.base().state.clone();
        }
        Ok(index)
    }

    /// What a follower has written lasts before it answers.
    fn answer(&mut self, leader: Id, round: u64, upto: Result<u64, u64>, cx: &mut Cx<'_>) {
        self.log.settle(cx);
        cx.send(leader, Message::Agree { term: self.term, round, upto });
    }

    fn agreed(&mut self, from: Id, round: u64, upto: Result<u64, u64>, cx: &mut Cx<'_>) {
        let Role::Leader(lead) = &mut self.role else { return };
        lead.heard.insert(from);
        lead.answered.reach(from, round);
        lead.followers.answered(from, upto, self.log.last());
        match upto {
            Ok(_) => self.advance(cx),
            Err(_) => self.replicate_to(from, cx),
        }
        self.answer_reads(cx);
    }

    /// A leader commits what a majority has.
    fn advance(&mut self, cx: &mut Cx<'_>) {
        let Role::Leader(lead) = &self.role else { return };
        let most = lead.followers.reached_by(self.quorum(), self.log.members().iter().copied());
        // Only its own entries are committed by counting, and those before them with them.
        let first = if self.has(Mistake::OldTermsCounted) { 0 } else { lead.first };
        if most < first || most.min(self.log.last()) <= self.log.committed() {
            return;
        }
        self.apply(most.min(self.log.last()), cx);
        if !self.log.settled_members().contains(&cx.id()) {
            self.follow(None, cx);
        }
    }

    /// Answers reads that a majority has confirmed, and that all that was committed before has been applied for.
    fn answer_reads(&mut self, cx: &mut Cx<'_>) {
        let quorum = self.quorum();
        let Role::Leader(lead) = &mut self.role else { return };
        let confirmed = lead.answered.reached_by(quorum, self.log.members().iter().copied());
        let is_ready =
            |read: &mut (u64, u64, Ticket, Ask)| read.0 <= confirmed && read.1 <= self.log.committed();
        for (_, _, ticket, ask) in lead.reads.extract_if(.., is_ready) {
            cx.reply(ticket, Told::Value(self.store.get(ask.key())));
        }
    }

    /// The operator has one server added or removed: one change at a time, and none before the leader has committed an entry of
    /// its own term (Ongaro, "bug in single-server membership changes", raft-dev, 2015).
    fn reconfigure(&mut self, one: Id, cx: &mut Cx<'_>) {
        let Role::Leader(lead) = &self.role else { return };
        if self.log.is_changing() || self.log.committed() < lead.first {
            return;
        }
        let mut members = self.log.members().clone();
        if members.insert(one) || (members.len() > self.setup.servers && members.remove(&one)) {
            cx.mark("members");
            self.propose(What::Members(members), cx);
        }
    }
}

impl Process for Server {
    type Message = Message;
    type Timer = Timer;
    type Record = log::Record<(u64, Option<Id>), Ask, Store>;
    type Command = Ask;
    type Reply = Told;

    const TIMERS: usize = 3;

    fn start(&mut self, cx: &mut Cx<'_>) {
        self.wait(cx);
    }

    fn recover(&mut self, found: Recovered<'_, Self::Record>, cx: &mut Cx<'_>) {
        if let Some((term, vote)) = self.log.recover(found.records) {
            (self.term, self.vote) = (term, vote);
        }
        self.store = self.log.base().state.clone();
        self.wait(cx);
    }

    fn message(&mut self, from: Id, message: Message, cx: &mut Cx<'_>) {
        match message {
            Message::Elect { pre, term, last } => self.elect(from, (pre, term), last, cx),
            Message::Vote { pre, term, granted: true } => self.voted(from, (pre, term), cx),
            Message::Vote { term, granted: false, .. } => self.adopt(term, cx),
            Message::Append { term, round, prev, entries, commit } => {
                let heard = self.hears(from, term, cx);
                let upto = if heard { self.append(prev, entries, commit, cx) } else { Err(0) };
                self.answer(from, round, upto, cx);
            }
            Message::Install { term, round, snapshot } => {
                let heard = self.hears(from, term, cx);
                let upto = if heard { self.install(snapshot, cx) } else { Err(0) };
                self.answer(from, round, upto, cx);
            }
            Message::Agree { term, round, upto } => {
                self.adopt(term, cx);
                if term == self.term {
                    self.agreed(from, round, upto, cx);
                }
            }
        }
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
            (Timer::Election, _) if self.log.members().contains(&cx.id()) => {
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
        let stale = self.has(Mistake::StaleReads);
        let Role::Leader(lead) = &mut self.role else {
            return match self.leader {
                Some(leader) => cx.redirect(ticket, leader),
                None => cx.refuse(ticket),
            };
        };
        if ask.writes() || !(self.setup.read_index || stale) {
            return self.propose(What::Do(ticket, ask), cx);
        }
        if stale {
            return cx.reply(ticket, Told::Value(self.store.get(ask.key())));
        }
        lead.round += 1;
        lead.reads.push((lead.round, self.log.committed().max(lead.first), ticket, ask));
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
            (self.reconfigures != Some(Duration::ZERO), "`reconfigures` must be longer than nothing"),
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
        for ((id, one), (peer, other)) in view.pairs() {
            if one.leads() && other.leads() && one.term == other.term {
                return Err(format!("{id} and {peer} both lead in term {}", one.term));
            }
            if let Some((index, a, b)) = one.log.clash(&other.log) {
                return Err(format!(
                    "{id} has committed an entry {index} of term {a}, and {peer} of term {b}"
                ));
            }
            if let Some(index) = one.log.lacks(&other.log)
                && one.leads()
                && other.term <= one.term
            {
                return Err(format!("{id} leads, and lacks entry {index} that {peer} has committed"));
            }
        }
        Ok(())
    }

    /// There is a leader, and a majority follows it.
    fn serves(&self, view: &View<'_, Server>) -> bool {
        view.up().filter(|(_, server)| server.leads()).any(|(leader, server)| {
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
        let leaders = view.up().filter(|(_, server)| server.leads());
        leaders.max_by_key(|(_, server)| server.term).map(|(id, _)| id)
    }

    fn milestones(&self) -> Milestones {
        Milestones { noticed: &["suspects"], taken_over: &["leader"] }
    }

    fn check(&self, history: &History<Ask, Told>) -> Result<(), String> {
        linearizable(&Registers, history).into_result()
    }
}
