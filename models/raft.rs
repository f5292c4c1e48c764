//! Raft: a log that a leader replicates, and elections of leaders by randomised timeouts.
//!
//! Diego Ongaro and John Ousterhout, "In Search of an Understandable Consensus Algorithm", USENIX ATC 2014 (elections, section
//! 5.2; replication, 5.3; safety, 5.4); and, for what goes beyond it, Ongaro's thesis, "Consensus: Bridging Theory and Practice",
//! Stanford 2014: changes of one member at a time (chapter 4), snapshots (5), sessions and reads by the commit index (6), pre-vote
//! (9.6), check-quorum (6.2), and a candidate's or leader's own disk written while its messages are under way (10.2.1).
//!
//! Left out: joint consensus, a new member's catching up before it counts (4.2.1), the transfer of leadership, sessions that
//! expire, snapshots in chunks. A disk that loses what it said it had synced is outside of what Raft promises to bear.

use std::collections::BTreeSet;
use std::sync::Arc;

use fivenines::process::kv::{self, Ask, Registers, Sessions, Told, stale};
use fivenines::process::log::{self, Entry, Snapshot, What};
use fivenines::process::{
    Context, Dice, Event, History, Id, Lead, Milestones, Process, Protocol, Recovered, Ticket, Verdict, View,
    keep_to, linearizable,
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
    /// Reads are served from the leader's state once a majority has confirmed that it leads, and are no entries. Default false.
    pub read_index: bool,
    /// Entries applied before the log is cut behind a snapshot; 0 for never. Default 0.
    pub snapshot_every: u64,
    /// How often an operator has any server added or removed, but leaves no fewer members than at first. Default: never.
    pub reconfigures: Option<Duration>,
    /// Entries that the logs begin with, server by server, as if a leader had crashed before all had them. Default: none.
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
    /// A vote is sent before it is written, and may be given twice. Breaks "updated on stable storage before responding" (figure 2).
    VoteNotSynced,
    /// A leader answers reads without asking whether it still leads. Breaks section 8: another may have been elected.
    StaleReads,
    /// A majority is one of the first members. Breaks "a server always uses the latest configuration in its log" (section 6).
    OldMajority,
    /// Entries of earlier terms are committed by counting, and a leader begins with none of its own. Breaks 5.4.2 (figure 8).
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

type Cx<'a> = Context<'a, Server>;
/// Beside the log, a server keeps the current term and whom it has voted for in it.
type Log = log::Log<(u64, Option<Id>), Ask, Sessions>;

/// What servers tell each other.
#[derive(Clone, Debug)]
pub enum Message {
    /// RequestVote, or the question before it: the term, and the term and index of the candidate's last entry.
    Elect { pre: bool, term: u64, last: (u64, u64) },
    /// The answer.
    Vote { pre: bool, term: u64, granted: bool },
    /// AppendEntries: behind the entry of this index and term come these. Each has the number of the leader's round.
    Append { term: u64, round: u64, prev: (u64, u64), entries: Vec<Entry<Ask>>, commit: u64 },
    /// InstallSnapshot.
    Install { term: u64, round: u64, snapshot: Arc<Snapshot<Sessions>> },
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
    /// Whether it only asks if it would be elected; and who says so.
    Candidate(bool, BTreeSet<Id>),
    Leader(Lead<Ask>),
}

/// A server.
#[derive(Clone, Debug, Default)]
pub struct Server {
    setup: Raft,
    log: Log,
    role: Role,
    leader: Option<Id>,
    /// When it last heard of the leader.
    heard: Instant,
}

/// Elections.
impl Server {
    fn has(&self, mistake: Mistake) -> bool {
        self.setup.mistake == Some(mistake)
    }

    fn term(&self) -> u64 {
        self.log.meta().0
    }

    fn leads(&self) -> bool {
        matches!(self.role, Role::Leader(_))
    }

    fn quorum(&self) -> usize {
        if self.has(Mistake::OldMajority) { self.setup.servers / 2 + 1 } else { self.log.majority() }
    }

    fn is_majority(&self, of: &BTreeSet<Id>) -> bool {
        of.intersection(self.log.members()).count() >= self.quorum()
    }

    /// The election timeout begins anew.
    fn wait(&self, cx: &mut Cx<'_>) {
        cx.set_timer_between(Timer::Election, self.setup.election_timeout, self.setup.randomised);
    }

    /// A term that is newer than its own makes a server a follower in it.
    fn adopt(&mut self, term: u64, cx: &mut Cx<'_>) {
        if term > self.term() {
            self.log.keep((term, None), cx);
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
            self.log.keep((self.term() + 1, Some(cx.id())), cx);
        }
        (self.role, self.leader) = (Role::Candidate(pre, BTreeSet::new()), None);
        self.wait(cx);
        let term = self.term() + u64::from(pre);
        let elect = Message::Elect { pre, term, last: self.log.up_to_date() };
        self.log.others(cx.id()).into_iter().for_each(|peer| cx.send(peer, elect.clone()));
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
        let free = term == self.term() && self.log.meta().1.is_none_or(|vote| vote == from);
        let fit = last >= self.log.up_to_date() || self.has(Mistake::AnyLogElected);
        let granted = fit && if pre { term > self.term() } else { free };
        if granted && !pre {
            self.log.keep((term, Some(from)), cx);
        }
        if !self.has(Mistake::VoteNotSynced) {
            self.log.settle(cx);
        }
        if granted && !pre {
            self.wait(cx);
        }
        let term = if granted { term } else { self.term() };
        cx.send(from, Message::Vote { pre, term, granted });
    }

    fn voted(&mut self, from: Id, (pre, term): (bool, u64), cx: &mut Cx<'_>) {
        let mine = self.term() + u64::from(pre);
        let Role::Candidate(asked, votes) = &mut self.role else { return };
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
        self.role = Role::Leader(Lead::new(cx.id(), cx.processes(), self.log.last()));
        self.leader = Some(cx.id());
        cx.cancel_timer(Timer::Election);
        if self.setup.check_quorum {
            cx.set_timer(Timer::Election, self.setup.election_timeout);
        }
        if let Some(every) = self.setup.reconfigures {
            cx.set_timer(Timer::Operator, every);
        }
        match self.has(Mistake::OldTermsCounted) {
            true => self.replicate(cx),
            false => self.propose(What::Nothing, cx),
        }
        cx.set_timer(Timer::Heartbeat, self.setup.heartbeat);
    }
}

/// Replication.
impl Server {
    /// A leader's entry goes to the others while it is written to its own disk.
    fn propose(&mut self, what: What<Ask>, cx: &mut Cx<'_>) {
        self.log.append(Entry(self.term(), what), cx);
        self.replicate(cx);
        self.log.settle(cx);
        self.advance(cx);
    }

    fn replicate(&mut self, cx: &mut Cx<'_>) {
        self.log.others(cx.id()).into_iter().for_each(|peer| self.replicate_to(peer, cx));
    }

    fn replicate_to(&mut self, to: Id, cx: &mut Cx<'_>) {
        let Role::Leader(lead) = &mut self.role else { return };
        let (term, round, commit) = (self.log.meta().0, lead.round(), self.log.committed());
        let message = match self.log.since(lead.send(to, self.log.last())) {
            Ok((prev, entries)) => Message::Append { term, round, prev, entries, commit },
            Err(snapshot) => Message::Install { term, round, snapshot },
        };
        cx.send(to, message);
    }

    /// A follower hears from the leader of its term, or from one of a term that is over.
    fn hear(&mut self, from: Id, term: u64, cx: &mut Cx<'_>) -> Result<(), u64> {
        self.adopt(term, cx);
        if term < self.term() {
            return Err(0);
        }
        self.follow(Some(from), cx);
        self.heard = cx.now();
        self.wait(cx);
        Ok(())
    }

    fn apply(&mut self, upto: u64, cx: &mut Cx<'_>) {
        while let Some((ticket, ask)) = self.log.commit(upto) {
            if self.has(Mistake::SessionsForgotten) {
                self.log.state.forget(ticket);
            }
            let told = self.log.state.apply(ticket, ask);
            if self.leads() {
                cx.reply(ticket, told);
            }
        }
        self.log.cut(self.setup.snapshot_every, cx);
    }

    fn agreed(&mut self, from: Id, term: u64, round: u64, upto: Result<u64, u64>, cx: &mut Cx<'_>) {
        self.adopt(term, cx);
        let (Role::Leader(lead), true) = (&mut self.role, term == self.log.meta().0) else { return };
        lead.answered(from, round, upto, self.log.last());
        match upto {
            Ok(_) => self.advance(cx),
            Err(_) => self.replicate_to(from, cx),
        }
        self.answer_reads(cx);
    }

    /// A leader commits what a majority has.
    fn advance(&mut self, cx: &mut Cx<'_>) {
        let Role::Leader(lead) = &self.role else { return };
        let most = lead.agreed(self.quorum(), &self.log);
        // Only its own entries are committed by counting, and those before them with them.
        let first = if self.has(Mistake::OldTermsCounted) { 0 } else { lead.first() };
        if most >= first && most > self.log.committed() {
            self.apply(most, cx);
            if !self.log.settled_members().contains(&cx.id()) {
                self.follow(None, cx);
            }
        }
    }

    /// Answers reads that a majority has confirmed, and that all that was committed before has been applied for.
    fn answer_reads(&mut self, cx: &mut Cx<'_>) {
        let quorum = self.quorum();
        let Role::Leader(lead) = &mut self.role else { return };
        for (ticket, ask) in lead.confirmed(quorum, &self.log) {
            cx.reply(ticket, Told::Value(self.log.state.get(ask.key())));
        }
    }
}

impl Process for Server {
    type Message = Message;
    type Timer = Timer;
    type Record = log::Record<(u64, Option<Id>), Ask, Sessions>;
    type Command = Ask;
    type Reply = Told;

    const TIMERS: usize = 3;

    fn start(&mut self, cx: &mut Cx<'_>) {
        self.wait(cx);
    }

    fn recover(&mut self, found: Recovered<'_, Self::Record>, cx: &mut Cx<'_>) {
        self.log.recover(found.records);
        self.wait(cx);
    }

    fn message(&mut self, from: Id, message: Message, cx: &mut Cx<'_>) {
        let (round, upto) = match message {
            Message::Elect { pre, term, last } => return self.elect(from, (pre, term), last, cx),
            Message::Vote { pre, term, granted: true } => return self.voted(from, (pre, term), cx),
            Message::Vote { term, granted: false, .. } => return self.adopt(term, cx),
            Message::Agree { term, round, upto } => return self.agreed(from, term, round, upto, cx),
            Message::Append { term, round, prev, entries, commit } => {
                let upto = self.hear(from, term, cx).and_then(|()| self.log.merge(prev, entries, cx));
                self.apply(commit.min(upto.unwrap_or(0)), cx);
                (round, upto)
            }
            Message::Install { term, round, snapshot } => {
                let upto = self.hear(from, term, cx).map(|()| snapshot.index);
                if upto.is_ok() && self.log.install(snapshot, cx) {
                    cx.mark("snapshot");
                }
                (round, upto)
            }
        };
        // What a follower has written lasts before it answers.
        self.log.settle(cx);
        cx.send(from, Message::Agree { term: self.term(), round, upto });
    }

    fn timer(&mut self, timer: Timer, cx: &mut Cx<'_>) {
        match (timer, &mut self.role) {
            (Timer::Election, Role::Leader(lead)) => match lead.take_heard() {
                heard if self.is_majority(&heard) => cx.set_timer(timer, self.setup.election_timeout),
                _ => self.follow(None, cx),
            },
            (Timer::Election, _) if self.log.members().contains(&cx.id()) => {
                cx.mark("suspects");
                self.campaign(self.setup.pre_vote, cx);
            }
            (Timer::Election, _) => self.wait(cx),
            (Timer::Heartbeat, _) => {
                self.replicate(cx);
                cx.set_timer(Timer::Heartbeat, self.setup.heartbeat);
            }
            // None before one of its own entries is committed (Ongaro, "bug in single-server membership changes", raft-dev, 2015).
            (Timer::Operator, Role::Leader(lead)) => {
                let ready = self.log.committed() >= lead.first();
                cx.set_timer(Timer::Operator, self.setup.reconfigures.unwrap_or_default());
                let change = self.log.changed(Id::new(cx.pick(cx.processes())), self.setup.servers);
                if let Some(members) = change.filter(|_| ready) {
                    cx.mark("members");
                    self.propose(What::Members(members), cx);
                }
            }
            (Timer::Operator, _) => {}
        }
    }

    fn request(&mut self, ticket: Ticket, ask: Ask, cx: &mut Cx<'_>) {
        let stale = self.has(Mistake::StaleReads);
        let Role::Leader(lead) = &mut self.role else { return cx.pass_on(ticket, self.leader) };
        if ask.writes() || !(self.setup.read_index || stale) {
            return self.propose(What::Do(ticket, ask), cx);
        }
        if stale {
            return cx.reply(ticket, Told::Value(self.log.state.get(ask.key())));
        }
        lead.ask(self.log.committed(), ticket, ask);
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
        let server = |nth: usize| {
            let begun = self.begun.get(nth).copied().unwrap_or(0);
            let (term, members) = (u64::from(begun > 0), (0..self.servers).map(Id::new).collect());
            let entries = (0..begun).map(|_| Entry(term, What::Nothing));
            let log = Log::new((term, None), members, Sessions::default()).with(entries);
            Server { setup: Raft { begun: Vec::new(), ..self.clone() }, log, ..Server::default() }
        };
        (0..self.servers + self.spares).map(server).collect()
    }

    fn command(&self, client: usize, nth: u64, dice: &mut Dice<'_, Event<Server>>) -> Ask {
        kv::ask(self.keys, self.read_share, client, nth, dice)
    }

    /// Election safety, state machine safety and leader completeness (figure 3), as far as servers that are up can tell.
    fn invariant(&self, view: &View<'_, Server>) -> Result<(), String> {
        for ((id, one), (peer, other)) in view.pairs() {
            if one.leads() && other.leads() && one.term() == other.term() {
                return Err(format!("{id} and {peer} both lead in term {}", one.term()));
            }
            log::agree((id, &one.log), (peer, &other.log))?;
            if one.leads() && other.term() <= one.term() {
                log::complete((id, &one.log), (peer, &other.log))?;
            }
        }
        Ok(())
    }

    /// There is a leader, and a majority follows it.
    fn serves(&self, view: &View<'_, Server>) -> bool {
        view.up().filter(|(_, server)| server.leads()).any(|(leader, server)| {
            let follows = |other: &Server| other.term() == server.term() && other.leader == Some(leader);
            server.is_majority(&view.those(|_, other| follows(other)))
        })
    }

    fn wrong(&self, history: &History<Ask, Told>) -> Vec<usize> {
        stale(history)
    }

    /// The leader of the newest term.
    fn leads(&self, view: &View<'_, Server>) -> Option<Id> {
        view.foremost(|_, server| server.leads().then(|| server.term()))
    }

    fn milestones(&self) -> Milestones {
        Milestones { noticed: &["suspects"], taken_over: &["leader"] }
    }

    fn check(&self, history: &History<Ask, Told>) -> Verdict {
        linearizable(&Registers, history)
    }
}
