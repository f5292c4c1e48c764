//! A replicated log: entries with terms behind a snapshot, how many of them are committed, and the disk that keeps them.
//!
//! It does what every protocol needs that has one process put commands in order and others keep them in that order, such as
//! Raft (Diego Ongaro and John Ousterhout, "In Search of an Understandable Consensus Algorithm", USENIX ATC 2014, sections 5.3
//! and 7). When to append, commit and cut is for the protocol to say.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Context, Id, Process, Ticket};

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What<C> {
    /// Nothing: with such an entry a leader begins, so that it has one of its own term to commit.
    Nothing,
    /// What a client asks.
    Do(Ticket, C),
    /// Who the members are from here on.
    Members(BTreeSet<Id>),
}

/// An entry: the term in which it was made (in other protocols the view, or the ballot), and what it says.
///
/// ```
/// use fivenines::process::log::{Entry, What};
///
/// let entry: Entry<u32> = Entry(3, What::Nothing);
/// assert_eq!(format!("{entry:?}"), "Entry(3, Nothing)", "it is short where stories are told");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<C>(pub u64, pub What<C>);

/// What the entries up to an index have made.
///
/// ```
/// use fivenines::process::log::Snapshot;
///
/// let snapshot = Snapshot { index: 100, term: 2, members: Default::default(), state: "all that there is" };
/// assert_eq!((snapshot.term, snapshot.index), (2, 100));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot<S> {
    /// The last entry that is in it; 0 before the first.
    pub index: u64,
    /// The term of that entry.
    pub term: u64,
    /// Who the members were then.
    pub members: BTreeSet<Id>,
    /// What the commands have made.
    pub state: S,
}

/// What a disk keeps of a log, and of a process beside it: its term and vote, say.
///
/// ```
/// use fivenines::process::log::Record;
///
/// let record: Record<(u64, bool), u32, ()> = Record::Meta((3, true));
/// assert_eq!(format!("{record:?}"), "Meta((3, true))");
/// ```
#[derive(Clone, Debug)]
pub enum Record<M, C, S> {
    /// What the process keeps beside the log: the last of these is what holds.
    Meta(M),
    /// One more entry.
    Append(Entry<C>),
    /// The entries from this index on are gone.
    Truncate(u64),
    /// All up to an index, and no entry behind it.
    Snapshot(Arc<Snapshot<S>>),
}

/// A replicated log: the first entry has index 1. Beside it stand what the process keeps on its disk besides, and the state that
/// what is committed has made.
///
/// A field of a process. What is done to it with a [`Context`] is written to the disk too, as [`Record`]s, and lasts behind
/// the next [`Log::settle`].
///
/// ```
/// use std::collections::BTreeSet;
/// use fivenines::process::Ticket;
/// use fivenines::process::log::{Entry, Log, What};
///
/// let entries = [Entry(1, What::Nothing), Entry(2, What::Do(Ticket::new(0, 7), "x = 1"))];
/// let mut log: Log<u64, &str, Vec<&str>> = Log::new(2, BTreeSet::new(), Vec::new()).with(entries);
/// assert_eq!((log.last(), log.term_at(1), log.up_to_date()), (2, Some(1), (2, 2)));
/// while let Some((_, command)) = log.commit(2) {
///     log.state.push(command);
/// }
/// assert_eq!((log.committed(), log.state), (2, vec!["x = 1"]));
/// ```
#[derive(Clone, Debug)]
pub struct Log<M, C, S> {
    /// What the commands that are committed have made: it is for the process to do them, as [`Log::commit`] gives them.
    pub state: S,
    meta: M,
    /// What came before the entries.
    base: Arc<Snapshot<S>>,
    entries: Vec<Entry<C>>,
    /// By the latest entry that says so, committed or not; and by the latest that is committed.
    members: BTreeSet<Id>,
    settled_members: BTreeSet<Id>,
    /// The index of the last entry that is committed, and its term when it was.
    committed: (u64, u64),
    /// Something is written and not synced.
    unsynced: bool,
}

impl<M: Clone + Default, C: Clone, S: Clone + Default> Default for Log<M, C, S> {
    fn default() -> Log<M, C, S> {
        Log::new(M::default(), BTreeSet::new(), S::default())
    }
}

/// What there is.
impl<M: Clone, C: Clone, S: Clone> Log<M, C, S> {
    /// An empty log, with what the process keeps beside it before it has written any, those who are members from the start on, and the
    /// state before the first command.
    pub fn new(meta: M, members: BTreeSet<Id>, state: S) -> Log<M, C, S> {
        Log::after(Arc::new(Snapshot { index: 0, term: 0, members, state }), meta)
    }

    fn after(base: Arc<Snapshot<S>>, meta: M) -> Log<M, C, S> {
        Log {
            state: base.state.clone(),
            meta,
            entries: Vec::new(),
            members: base.members.clone(),
            settled_members: base.members.clone(),
            committed: (base.index, base.term),
            unsynced: false,
            base,
        }
    }

    /// What the process keeps beside the log.
    #[inline]
    pub fn meta(&self) -> &M {
        &self.meta
    }

    /// The index of the last entry; 0 where there was none.
    #[inline]
    pub fn last(&self) -> u64 {
        self.base.index + self.entries.len() as u64
    }

    /// The index of the last entry that is committed; 0 where none is.
    #[inline]
    pub fn committed(&self) -> u64 {
        self.committed.0
    }

    /// The term of an entry, where there is one that is not before the snapshot's last.
    #[inline]
    pub fn term_at(&self, index: u64) -> Option<u64> {
        match index.checked_sub(self.base.index)? {
            0 => Some(self.base.term),
            nth => self.entries.get(nth as usize - 1).map(|entry| entry.0),
        }
    }

    /// The entries behind an index that are not in the snapshot.
    pub fn behind(&self, index: u64) -> &[Entry<C>] {
        let had = index.saturating_sub(self.base.index) as usize;
        self.entries.get(had..).unwrap_or_default()
    }

    /// The term and index of the last entry: of two logs, the one with the greater is the more up to date (Raft, section 5.4.1).
    pub fn up_to_date(&self) -> (u64, u64) {
        (self.term_at(self.last()).unwrap_or(0), self.last())
    }

    /// Who the members are, by the latest entry that says so, committed or not: "a server always uses the latest configuration
    /// in its log" (Raft, section 6).
    pub fn members(&self) -> &BTreeSet<Id> {
        &self.members
    }

    /// The members besides one.
    pub fn others(&self, than: Id) -> Vec<Id> {
        self.members.iter().copied().filter(|id| *id != than).collect()
    }

    /// Who the members are by what is committed.
    pub fn settled_members(&self) -> &BTreeSet<Id> {
        &self.settled_members
    }

    /// How many members are a majority.
    pub fn majority(&self) -> usize {
        self.members.len() / 2 + 1
    }

    /// Who the members are to be once this one is added; or removed, if it is one and so many are left. Nobody else while the last
    /// change is not committed: one at a time, so that any two majorities have a member in common.
    pub fn changed(&self, one: Id, least: usize) -> Option<BTreeSet<Id>> {
        let mut pending = self.behind(self.committed()).iter();
        if pending.any(|entry| matches!(entry.1, What::Members(_))) {
            return None;
        }
        let mut members = self.members.clone();
        (members.insert(one) || (members.len() > least && members.remove(&one))).then_some(members)
    }

    /// What to send to another, whose log agrees up to an index: that index with its term, and the entries behind it.
    ///
    /// # Errors
    /// The snapshot, where the log does not go back so far.
    #[allow(clippy::type_complexity, reason = "the two parts of a message")]
    pub fn since(&self, index: u64) -> Result<((u64, u64), Vec<Entry<C>>), Arc<Snapshot<S>>> {
        match self.term_at(index) {
            Some(term) => Ok(((index, term), self.behind(index).to_vec())),
            None => Err(Arc::clone(&self.base)),
        }
    }
}

/// What must hold between the logs of two processes: both have committed the same, as far as they go. Entries of one index and term
/// are one, and so are all before them: it is enough to look at the last that both have committed.
///
/// # Errors
/// Where they differ, in words.
///
/// ```
/// use fivenines::process::Id;
/// use fivenines::process::log::{Entry, Log, What, agree};
///
/// let log = |term| {
///     let mut log: Log<(), u32, ()> = Log::default().with([Entry(term, What::Nothing)]);
///     log.commit(1);
///     log
/// };
/// assert!(agree((Id::new(0), &log(1)), (Id::new(1), &log(1))).is_ok());
/// let words = agree((Id::new(0), &log(1)), (Id::new(1), &log(2))).unwrap_err();
/// assert_eq!(words, "p0 has committed an entry 1 of term 1, and p1 of term 2");
/// ```
pub fn agree<M: Clone, C: Clone, S: Clone>(
    (id, one): (Id, &Log<M, C, S>),
    (peer, other): (Id, &Log<M, C, S>),
) -> Result<(), String> {
    let both = one.committed().min(other.committed());
    match (one.term_at(both), other.term_at(both)) {
        (Some(a), Some(b)) if a != b => {
            Err(format!("{id} has committed an entry {both} of term {a}, and {peer} of term {b}"))
        }
        _ => Ok(()),
    }
}

/// What must hold of a leader's log (leader completeness: Raft, figure 3): it has what the other, whose term is no later, has
/// committed.
///
/// # Errors
/// What it lacks, in words.
///
/// ```
/// use fivenines::process::Id;
/// use fivenines::process::log::{Entry, Log, What, complete};
///
/// let empty: Log<(), u32, ()> = Log::default();
/// let mut log = empty.clone().with([Entry(1, What::Nothing)]);
/// log.commit(1);
/// let words = complete((Id::new(0), &empty), (Id::new(1), &log)).unwrap_err();
/// assert_eq!(words, "p0 leads, and lacks entry 1 that p1 has committed");
/// ```
pub fn complete<M: Clone, C: Clone, S: Clone>(
    (id, leader): (Id, &Log<M, C, S>),
    (peer, other): (Id, &Log<M, C, S>),
) -> Result<(), String> {
    let index = other.committed();
    let differs = leader.term_at(index).is_some_and(|term| Some(term) != other.term_at(index));
    if leader.last() < index || differs {
        return Err(format!("{id} leads, and lacks entry {index} that {peer} has committed"));
    }
    Ok(())
}

/// What is done to it, in memory.
impl<M: Clone, C: Clone, S: Clone> Log<M, C, S> {
    /// The log with these entries, which are not written to the disk: for one that does not begin empty.
    #[must_use]
    pub fn with(mut self, entries: impl IntoIterator<Item = Entry<C>>) -> Log<M, C, S> {
        entries.into_iter().for_each(|entry| self.push(entry));
        self
    }

    fn push(&mut self, entry: Entry<C>) {
        if let What::Members(members) = &entry.1 {
            self.members.clone_from(members);
        }
        self.entries.push(entry);
    }

    /// Commits the entries up to an index one by one, and stops behind the next command, which it gives: to be called until it
    /// gives nothing.
    pub fn commit(&mut self, upto: u64) -> Option<(Ticket, C)> {
        while self.committed.0 < upto {
            let Entry(term, what) = self.behind(self.committed.0).first()?.clone();
            self.committed = (self.committed.0 + 1, term);
            match what {
                What::Nothing => {}
                What::Do(ticket, command) => return Some((ticket, command)),
                What::Members(members) => self.settled_members = members,
            }
        }
        None
    }

    fn truncate(&mut self, from: u64) {
        self.entries.truncate(from.saturating_sub(self.base.index + 1) as usize);
        let members = self.entries.iter().rev().find_map(|entry| match &entry.1 {
            What::Members(members) => Some(members),
            What::Nothing | What::Do(..) => None,
        });
        self.members = members.unwrap_or(&self.base.members).clone();
    }

    /// Brings back what is on the disk of a process that comes back.
    pub fn recover(&mut self, records: &[Record<M, C, S>]) {
        for record in records {
            match record {
                Record::Meta(meta) => self.meta = meta.clone(),
                Record::Append(entry) => self.push(entry.clone()),
                Record::Truncate(from) => self.truncate(*from),
                Record::Snapshot(snapshot) => *self = Log::after(Arc::clone(snapshot), self.meta.clone()),
            }
        }
    }
}

/// What is done to it, and written.
impl<M: Clone, C: Clone, S: Clone> Log<M, C, S> {
    /// One more entry.
    pub fn append<P>(&mut self, entry: Entry<C>, cx: &mut Context<'_, P>)
    where
        P: Process<Record = Record<M, C, S>>,
    {
        self.push(entry.clone());
        self.write(Record::Append(entry), cx);
    }

    /// A follower's check (Raft, section 5.3): a leader says that behind an entry with this index and term come these. If the log
    /// has that one, or has it in its snapshot, those that it has are skipped, from the first on that has another term all are
    /// cut, and the rest is appended. Gives up to where the logs agree.
    ///
    /// # Errors
    /// Up to where they may agree, if they do not at that entry.
    pub fn merge<P>(
        &mut self,
        prev: (u64, u64),
        new: Vec<Entry<C>>,
        cx: &mut Context<'_, P>,
    ) -> Result<u64, u64>
    where
        P: Process<Record = Record<M, C, S>>,
    {
        if prev.0 > self.last() {
            return Err(self.last());
        }
        // What is in the snapshot is committed, and so the same in every log.
        if self.term_at(prev.0).is_some_and(|term| term != prev.1) {
            return Err(self.committed());
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
            self.append(entry, cx);
        }
        Ok(upto)
    }

    /// Puts a snapshot in place of what is committed, if so many entries are since the last; never, for 0. The disk is written anew.
    pub fn cut<P>(&mut self, every: u64, cx: &mut Context<'_, P>)
    where
        P: Process<Record = Record<M, C, S>>,
    {
        let ((index, term), members) = (self.committed, self.settled_members.clone());
        if every > 0 && index - self.base.index >= every {
            self.entries = self.behind(index).to_vec();
            self.base = Arc::new(Snapshot { index, term, members, state: self.state.clone() });
            self.rewrite(cx);
        }
    }

    /// Goes on from a leader's snapshot, if that is ahead of what is committed: true if so. Entries behind it are kept where the
    /// log has its last (Raft, section 7). The disk is written anew.
    pub fn install<P>(&mut self, snapshot: Arc<Snapshot<S>>, cx: &mut Context<'_, P>) -> bool
    where
        P: Process<Record = Record<M, C, S>>,
    {
        let ahead = snapshot.index > self.committed();
        if ahead {
            let agrees = self.term_at(snapshot.index) == Some(snapshot.term);
            let behind = if agrees { self.behind(snapshot.index).to_vec() } else { Vec::new() };
            *self = Log::after(snapshot, self.meta.clone());
            behind.into_iter().for_each(|entry| self.push(entry));
            self.rewrite(cx);
        }
        ahead
    }

    /// Keeps this beside the log, in place of what was.
    pub fn keep<P>(&mut self, meta: M, cx: &mut Context<'_, P>)
    where
        P: Process<Record = Record<M, C, S>>,
    {
        self.meta = meta.clone();
        self.write(Record::Meta(meta), cx);
    }

    /// What is written lasts before the process goes on: a [sync](Context::sync), if anything was written since the last.
    pub fn settle<P>(&mut self, cx: &mut Context<'_, P>)
    where
        P: Process<Record = Record<M, C, S>>,
    {
        if std::mem::take(&mut self.unsynced) {
            cx.sync();
        }
    }

    fn write<P>(&mut self, record: Record<M, C, S>, cx: &mut Context<'_, P>)
    where
        P: Process<Record = Record<M, C, S>>,
    {
        cx.append(record);
        self.unsynced = true;
    }

    /// Puts the snapshot and what follows it on the disk, in place of all.
    fn rewrite<P>(&mut self, cx: &mut Context<'_, P>)
    where
        P: Process<Record = Record<M, C, S>>,
    {
        let head = [Record::Snapshot(Arc::clone(&self.base)), Record::Meta(self.meta.clone())];
        cx.replace(head.into_iter().chain(self.entries.iter().cloned().map(Record::Append)).collect());
        self.unsynced = true;
    }
}
