//! Two-phase commit: all participants of a transaction commit it, or all abort it, and they wait for whoever decides.
//!
//! Jim Gray, "Notes on Data Base Operating Systems", in Operating Systems: An Advanced Course, LNCS 60, 1978, section 5.8.3; and
//! Philip Bernstein, Vassos Hadzilacos and Nathan Goodman, Concurrency Control and Recovery in Database Systems, 1987, chapter
//! 7: the rules AC1 to AC5 (7.3), the protocol (7.4), and its blocking (a participant between its vote and the decision is
//! uncertain).
//!
//! Process 0 is the coordinator, the others take part in every transaction, each with one lock: one that is uncertain votes no on
//! any other transaction. A coordinator that comes back and finds a transaction without a decision aborts it.
//!
//! Left out: participants that ask each other (cooperative termination), logs that are cut, and presumed abort.

use std::collections::{BTreeMap, BTreeSet};

use fivenines::process::{Context, Dice, Event, Id, Process, Protocol, Recovered, Ticket, View, keep_to};
use fivenines::units::{Duration, Instant, Probability};
use serde::Deserialize;

/// What a cluster is like.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TwoPhaseCommit {
    /// Participants, besides the coordinator. Default 3.
    pub participants: usize,
    /// The chance that a participant votes no though it could vote yes. Default 10%.
    pub refuses: Probability,
    /// The coordinator sends again what was not answered for so long. Default 50 ms.
    pub resend: Duration,
    /// The coordinator aborts what not all have voted for after so long. Default 200 ms.
    pub patience: Duration,
    /// A mistake in the protocol. Default: none.
    pub mistake: Option<Mistake>,
}

/// A mistake in the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mistake {
    /// A participant that has voted yes aborts by itself when it has waited twice the coordinator's patience. Breaks AC1, that all
    /// decide the same: it is uncertain.
    DecidesAlone,
    /// The coordinator tells its decision before it is on the disk. Breaks AC2, that nobody reverses a decision: after a crash it
    /// decides again.
    DecisionNotSynced,
}

impl Default for TwoPhaseCommit {
    fn default() -> TwoPhaseCommit {
        TwoPhaseCommit {
            participants: 3,
            refuses: Probability::new(0.1).expect("it is one"),
            resend: Duration::millis(50.0),
            patience: Duration::millis(200.0),
            mistake: None,
        }
    }
}

type Cx<'a> = Context<'a, Server>;

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All have done it.
    Commit,
    /// Nobody has.
    Abort,
}

/// What disks keep.
#[derive(Clone, Debug)]
pub enum Record {
    /// The coordinator is about to ask for votes.
    Begun(Ticket),
    /// A participant is about to vote yes.
    Prepared(Ticket),
    /// What was decided.
    Decided(Ticket, Verdict),
}

/// What processes tell each other, each of a transaction.
#[derive(Clone, Copy, Debug)]
pub enum Message {
    /// The coordinator asks for a vote.
    Prepare(Ticket),
    /// A participant's vote.
    Vote(Ticket, bool),
    /// The coordinator's decision.
    Decide(Ticket, Verdict),
    /// A participant has the decision.
    Done(Ticket),
}

/// What processes wait for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Timer {
    /// The coordinator looks who has not answered.
    Resend,
    /// A participant loses patience: a mistake.
    Alone,
}

/// A transaction that is not over.
#[derive(Clone, Debug)]
struct Open {
    begun: Instant,
    /// Who has voted yes; once it is decided, who has the decision.
    answered: BTreeSet<Id>,
    decided: bool,
}

/// The coordinator or a participant.
#[derive(Clone, Debug)]
pub struct Server {
    setup: TwoPhaseCommit,
    /// What it knows the end of, and the last of these.
    decided: BTreeMap<Ticket, Verdict>,
    last: Option<Ticket>,
    /// A participant has voted yes on it, and does not know its end.
    uncertain: Option<Ticket>,
    /// The coordinator's transactions.
    open: BTreeMap<Ticket, Open>,
}

impl Server {
    fn decide(&mut self, transaction: Ticket, verdict: Verdict, cx: &mut Cx<'_>) {
        self.decided.insert(transaction, verdict);
        self.last = Some(transaction);
        cx.append(Record::Decided(transaction, verdict));
    }

    /// The coordinator decides, writes it down, and tells everybody.
    fn conclude(&mut self, transaction: Ticket, verdict: Verdict, cx: &mut Cx<'_>) {
        self.decide(transaction, verdict, cx);
        if self.setup.mistake != Some(Mistake::DecisionNotSynced) {
            cx.sync();
        }
        cx.broadcast(&Message::Decide(transaction, verdict));
        cx.reply(transaction, verdict);
        let open = Open { begun: cx.now(), answered: BTreeSet::new(), decided: true };
        self.open.insert(transaction, open);
    }

    /// A participant is asked for its vote.
    fn prepare(&mut self, transaction: Ticket, cx: &mut Cx<'_>) {
        let coordinator = Id::new(0);
        if let Some(verdict) = self.decided.get(&transaction) {
            // It has voted no; or it has voted yes, and has heard the end of it since.
            let message = match verdict {
                Verdict::Commit => Message::Done(transaction),
                Verdict::Abort => Message::Vote(transaction, false),
            };
            return cx.send(coordinator, message);
        }
        if self.uncertain.is_none() && !cx.chance(self.setup.refuses) {
            self.uncertain = Some(transaction);
            cx.append(Record::Prepared(transaction));
            cx.mark("uncertain");
            if self.setup.mistake == Some(Mistake::DecidesAlone) {
                cx.set_timer(Timer::Alone, self.setup.patience.span() + self.setup.patience.span());
            }
        }
        let yes = self.uncertain == Some(transaction);
        if !yes {
            self.decide(transaction, Verdict::Abort, cx);
        }
        cx.sync();
        cx.send(coordinator, Message::Vote(transaction, yes));
    }

    /// A participant hears the decision.
    fn learn(&mut self, transaction: Ticket, verdict: Verdict, cx: &mut Cx<'_>) {
        if self.uncertain == Some(transaction) {
            self.uncertain = None;
            cx.mark("certain");
        }
        if !self.decided.contains_key(&transaction) {
            self.decide(transaction, verdict, cx);
            cx.sync();
        }
        cx.send(Id::new(0), Message::Done(transaction));
    }

    /// The coordinator counts a vote.
    fn count(&mut self, from: Id, transaction: Ticket, yes: bool, cx: &mut Cx<'_>) {
        let Some(open) = self.open.get_mut(&transaction).filter(|open| !open.decided) else { return };
        open.answered.insert(from);
        if !yes {
            self.conclude(transaction, Verdict::Abort, cx);
        } else if open.answered.len() == self.setup.participants {
            self.conclude(transaction, Verdict::Commit, cx);
        }
    }

    /// The coordinator sends again what was not answered, and aborts what it has waited for too long.
    fn resend(&mut self, cx: &mut Cx<'_>) {
        let mut late = Vec::new();
        for (transaction, open) in &self.open {
            if !open.decided && cx.now().saturating_since(open.begun) >= self.setup.patience.span() {
                late.push(*transaction);
                continue;
            }
            let message = match self.decided.get(transaction) {
                Some(verdict) => Message::Decide(*transaction, *verdict),
                None => Message::Prepare(*transaction),
            };
            for peer in cx.peers().filter(|peer| !open.answered.contains(peer)) {
                cx.send(peer, message);
            }
        }
        late.into_iter().for_each(|transaction| self.conclude(transaction, Verdict::Abort, cx));
        cx.set_timer(Timer::Resend, self.setup.resend);
    }
}

impl Process for Server {
    type Message = Message;
    type Timer = Timer;
    type Record = Record;
    type Command = ();
    type Reply = Verdict;

    const TIMERS: usize = 1;

    fn start(&mut self, cx: &mut Cx<'_>) {
        if cx.id() == Id::new(0) {
            cx.set_timer(Timer::Resend, self.setup.resend);
        }
    }

    fn recover(&mut self, found: Recovered<'_, Record>, cx: &mut Cx<'_>) {
        let mut undecided = BTreeSet::new();
        for record in found.records {
            match *record {
                Record::Begun(transaction) => _ = undecided.insert(transaction),
                Record::Prepared(transaction) => self.uncertain = Some(transaction),
                Record::Decided(transaction, verdict) => {
                    undecided.remove(&transaction);
                    self.uncertain = self.uncertain.filter(|uncertain| *uncertain != transaction);
                    self.decided.insert(transaction, verdict);
                    self.last = Some(transaction);
                }
            }
        }
        self.start(cx);
        if cx.id() == Id::new(0) {
            // Whether all have heard of what was decided is not on the disk.
            let decided: Vec<_> = self.decided.keys().copied().collect();
            for transaction in decided {
                let open = Open { begun: cx.now(), answered: BTreeSet::new(), decided: true };
                self.open.insert(transaction, open);
            }
            undecided.into_iter().for_each(|transaction| self.conclude(transaction, Verdict::Abort, cx));
            self.resend(cx);
        }
    }

    fn message(&mut self, from: Id, message: Message, cx: &mut Cx<'_>) {
        match message {
            Message::Prepare(transaction) => self.prepare(transaction, cx),
            Message::Vote(transaction, yes) => self.count(from, transaction, yes, cx),
            Message::Decide(transaction, verdict) => self.learn(transaction, verdict, cx),
            Message::Done(transaction) => {
                let Some(open) = self.open.get_mut(&transaction).filter(|open| open.decided) else { return };
                open.answered.insert(from);
                if open.answered.len() == self.setup.participants {
                    self.open.remove(&transaction);
                }
            }
        }
    }

    fn timer(&mut self, timer: Timer, cx: &mut Cx<'_>) {
        match timer {
            Timer::Resend => self.resend(cx),
            Timer::Alone => {
                if let Some(transaction) = self.uncertain.take() {
                    self.decide(transaction, Verdict::Abort, cx);
                    cx.sync();
                }
            }
        }
    }

    fn request(&mut self, transaction: Ticket, (): (), cx: &mut Cx<'_>) {
        if let Some(verdict) = self.decided.get(&transaction) {
            return cx.reply(transaction, *verdict);
        }
        if self.open.contains_key(&transaction) {
            return;
        }
        cx.append(Record::Begun(transaction));
        cx.sync();
        let open = Open { begun: cx.now(), answered: BTreeSet::new(), decided: false };
        self.open.insert(transaction, open);
        cx.broadcast(&Message::Prepare(transaction));
    }
}

impl Protocol for TwoPhaseCommit {
    type Process = Server;

    fn sound(&self) -> Result<(), String> {
        keep_to(&[
            (self.participants > 0, "`participants` must be 1 or more"),
            (!self.resend.is_zero(), "`resend` must be longer than nothing"),
            (!self.patience.is_zero(), "`patience` must be longer than nothing"),
        ])
    }

    fn processes(&self) -> Vec<Server> {
        let server = Server {
            setup: self.clone(),
            decided: BTreeMap::new(),
            last: None,
            uncertain: None,
            open: BTreeMap::new(),
        };
        vec![server; 1 + self.participants]
    }

    fn doors(&self) -> Vec<Id> {
        vec![Id::new(0)]
    }

    fn command(&self, _: usize, _: u64, _: &mut Dice<'_, Event<Server>>) {}

    /// All that decide, decide the same (AC1).
    fn invariant(&self, view: &View<'_, Server>) -> Result<(), String> {
        let touched = view.touched().and_then(|id| Some((id, view.get(id)?)));
        let Some((id, one, last)) = touched.and_then(|(id, one)| Some((id, one, one.last?))) else {
            return Ok(());
        };
        let verdict = one.decided[&last];
        let other = view.up().find(|(_, other)| other.decided.get(&last).is_some_and(|v| *v != verdict));
        match other {
            Some((other, _)) => Err(format!("{id} takes {last} for {verdict:?}, and {other} does not")),
            None => Ok(()),
        }
    }

    /// The coordinator.
    fn leads(&self, view: &View<'_, Server>) -> Option<Id> {
        view.get(Id::new(0)).map(|_| Id::new(0))
    }

    /// The coordinator is there, and nobody is kept from the next transaction by one that it does not know.
    fn serves(&self, view: &View<'_, Server>) -> bool {
        view.get(Id::new(0)).is_some_and(|coordinator| {
            view.up().all(|(_, server)| server.uncertain.is_none_or(|of| coordinator.open.contains_key(&of)))
        })
    }
}
