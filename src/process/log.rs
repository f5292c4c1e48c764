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

/// A replicated log: the first entry has index 1.
///
/// A field of a process. What is done to it with a [`Context`] is written to the disk too, as [`Record`]s, and lasts behind
/// the next [`Log::settle`].
///
/// ```
/// use std::collections::BTreeSet;
/// use fivenines::process::Ticket;
/// use fivenines::process::log::{Entry, Log, What};
///
/// let mut log: Log<&str, ()> = Log::new(BTreeSet::new(), ());
/// log.push(Entry(1, What::Nothing));
/// log.push(Entry(2, What::Do(Ticket::new(0, 7), "x = 1")));
/// assert_eq!((log.last(), log.term_at(1), log.up_to_date()), (2, Some(1), (2, 2)));
/// assert_eq!(log.commit(2), Some((Ticket::new(0, 7), "x = 1")), "nothing is to be done for the first");
/// assert_eq!((log.commit(2), log.committed()), (None, 2));
/// ```
#[derive(Clone, Debug)]
pub struct Log<C, S> {
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

impl<C: Clone, S: Default> Default for Log<C, S> {
    fn default() -> Log<C, S> {
        Log::new(BTreeSet::new(), S::default())
    }
}

/// What there is.
impl<C: Clone, S> Log<C, S> {
    /// An empty log, with those who are members from the start on and the state before the first command.
    pub fn new(members: BTreeSet<Id>, state: S) -> Log<C, S> {
        Log::after(Arc::new(Snapshot { index: 0, term: 0, members, state }))
    }

    fn after(base: Arc<Snapshot<S>>) -> Log<C, S> {
        Log {
            entries: Vec::new(),
            members: base.members.clone(),
            settled_members: base.members.clone(),
            committed: (base.index, base.term),
            unsynced: false,
            base,
        }
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

    /// What came before the entries: the latest snapshot, or the state that the log began with.
    pub fn base(&self) -> &Arc<Snapshot<S>> {
        &self.base
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

    /// Who the members are by what is committed.
    pub fn settled_members(&self) -> &BTreeSet<Id> {
        &self.settled_members
    }

    /// Whether a change of the members is in the log that is not committed.
    pub fn is_changing(&self) -> bool {
        self.behind(self.committed()).iter().any(|entry| matches!(entry.1, What::Members(_)))
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

    /// Where two logs differ in what both have committed: the last index that both have, and the term there in this and in the
    /// other. Entries of one index and term are one, and so are all before them: it is enough to look at the last.
    pub fn clash(&self, other: &Log<C, S>) -> Option<(u64, u64, u64)> {
        let both = self.committed().min(other.committed());
        let (mine, theirs) = (self.term_at(both)?, other.term_at(both)?);
        (mine != theirs).then_some((both, mine, theirs))
    }

    /// The last entry that the other has committed, if this log is known to lack it.
    pub fn lacks(&self, other: &Log<C, S>) -> Option<u64> {
        let index = other.committed();
        let differs = self.term_at(index).is_some_and(|term| Some(term) != other.term_at(index));
        (self.last() < index || differs).then_some(index)
    }
}

/// What is done to it, in memory.
impl<C: Clone, S> Log<C, S> {
    /// One more entry, which is not written to the disk: for a log that does not begin empty. [`Log::append`] writes it.
    pub fn push(&mut self, entry: Entry<C>) {
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

    /// Brings back what is on the disk of a process that comes back, and gives what it kept beside the log, if anything.
    pub fn recover<M: Clone>(&mut self, records: &[Record<M, C, S>]) -> Option<M> {
        let mut kept = None;
        for record in records {
            match record {
                Record::Meta(meta) => kept = Some(meta),
                Record::Append(entry) => self.push(entry.clone()),
                Record::Truncate(from) => self.truncate(*from),
                Record::Snapshot(snapshot) => *self = Log::after(Arc::clone(snapshot)),
            }
        }
        kept.cloned()
    }
}

/// What is done to it, and written.
impl<C: Clone, S> Log<C, S> {
    /// One more entry.
    pub fn append<M, P>(&mut self, entry: Entry<C>, cx: &mut Context<'_, P>)
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
    pub fn merge<M, P>(
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

    /// Cuts the log behind what is committed, whose state this is. All on the disk is replaced, with what the process keeps
    /// beside the log.
    pub fn cut<M, P>(&mut self, state: S, meta: M, cx: &mut Context<'_, P>)
    where
        P: Process<Record = Record<M, C, S>>,
    {
        self.entries = self.behind(self.committed()).to_vec();
        let ((index, term), members) = (self.committed, self.settled_members.clone());
        self.base = Arc::new(Snapshot { index, term, members, state });
        self.rewrite(meta, cx);
    }

    /// Goes on from a leader's snapshot, if that is ahead of what is committed: true if so. Entries behind it are kept where the
    /// log has its last (Raft, section 7). All on the disk is replaced, with what the process keeps beside the log.
    pub fn install<M, P>(&mut self, snapshot: Arc<Snapshot<S>>, meta: M, cx: &mut Context<'_, P>) -> bool
    where
        P: Process<Record = Record<M, C, S>>,
    {
        let ahead = snapshot.index > self.committed();
        if ahead {
            let agrees = self.term_at(snapshot.index) == Some(snapshot.term);
            let behind = if agrees { self.behind(snapshot.index).to_vec() } else { Vec::new() };
            *self = Log::after(snapshot);
            behind.into_iter().for_each(|entry| self.push(entry));
            self.rewrite(meta, cx);
        }
        ahead
    }

    /// Writes what the process keeps beside the log.
    pub fn keep<M, P>(&mut self, meta: M, cx: &mut Context<'_, P>)
    where
        P: Process<Record = Record<M, C, S>>,
    {
        self.write(Record::Meta(meta), cx);
    }

    /// What is written lasts before the process goes on: a [sync](Context::sync), if anything was written since the last.
    pub fn settle<M, P>(&mut self, cx: &mut Context<'_, P>)
    where
        P: Process<Record = Record<M, C, S>>,
    {
        if std::mem::take(&mut self.unsynced) {
            cx.sync();
        }
    }

    fn write<M, P>(&mut self, record: Record<M, C, S>, cx: &mut Context<'_, P>)
    where
        P: Process<Record = Record<M, C, S>>,
    {
        cx.append(record);
        self.unsynced = true;
    }

    /// Puts the snapshot and what follows it on the disk, in place of all.
    fn rewrite<M, P>(&mut self, meta: M, cx: &mut Context<'_, P>)
    where
        P: Process<Record = Record<M, C, S>>,
    {
        let head = [Record::Snapshot(Arc::clone(&self.base)), Record::Meta(meta)];
        cx.replace(head.into_iter().chain(self.entries.iter().cloned().map(Record::Append)).collect());
        self.unsynced = true;
    }
}
