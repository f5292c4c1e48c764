//! What the leader of a replicated log knows of those who follow it.

use std::collections::BTreeSet;

use super::log::Log;
use super::{Id, Progress, Ticket};

/// What the leader of a replicated log knows: up to where the others' logs agree with its own and what to send them next, who has
/// answered lately, and which reads wait until a majority has confirmed that it still leads (Diego Ongaro, "Consensus: Bridging
/// Theory and Practice", Stanford 2014, section 6.4).
///
/// How many are a majority, and of whom, is for the protocol to say.
///
/// ```
/// use std::collections::BTreeSet;
/// use fivenines::process::log::{Entry, Log, What};
/// use fivenines::process::{Id, Lead, Ticket};
///
/// let (leader, follower) = (Id::new(0), Id::new(1));
/// let members: BTreeSet<Id> = (0..3).map(Id::new).collect();
/// let log: Log<(), &str, ()> = Log::new((), members, ());
/// let mut lead = Lead::new(leader, 3, log.last());
///
/// let mut log = log.with([Entry(1, What::Nothing)]);
/// assert_eq!(lead.send(follower, log.last()), 0, "all behind the beginning is to be sent");
/// lead.ask(log.committed(), Ticket::new(0, 0), "x?");
/// assert_eq!((lead.agreed(2, &log), lead.confirmed(2, &log)), (0, vec![]));
///
/// lead.answered(follower, lead.round(), Ok(1), log.last());
/// assert_eq!(lead.agreed(2, &log), 1, "two of three have the entry");
/// log.commit(1);
/// assert_eq!(lead.confirmed(2, &log), [(Ticket::new(0, 0), "x?")], "and say that it leads");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead<C> {
    id: Id,
    /// The leader's first entry.
    first: u64,
    /// Up to where logs agree with the leader's.
    agrees: Progress,
    /// The last entry that each was sent, and is taken to have.
    sent: Vec<u64>,
    /// Who has answered since it last looked.
    heard: BTreeSet<Id>,
    /// Each read begins a round of messages, whose answers confirm that it leads.
    round: u64,
    rounds: Progress,
    /// Reads that wait: their round, and the index that must be committed.
    reads: Vec<(u64, u64, Ticket, C)>,
}

impl<C> Lead<C> {
    /// Of a leader whose log has this last entry, and who knows nothing yet of the others. It agrees with itself.
    pub fn new(id: Id, processes: usize, last: u64) -> Lead<C> {
        let mut all = Progress::new(processes);
        all.reach(id, u64::MAX);
        Lead {
            id,
            first: last + 1,
            agrees: all.clone(),
            sent: vec![last; processes],
            heard: BTreeSet::from([id]),
            round: 0,
            rounds: all,
            reads: Vec::new(),
        }
    }

    /// The index of the first entry that can be the leader's own.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The latest round of messages: they carry its number, and so do their answers.
    pub fn round(&self) -> u64 {
        self.round
    }

    /// The entry behind which a follower is to be sent all up to the last. It is taken to have them until it says otherwise.
    pub fn send(&mut self, to: Id, last: u64) -> u64 {
        std::mem::replace(&mut self.sent[to.index()], last)
    }

    /// A follower answers a message of a round: up to where its log agrees, or up to where it may. The leader's log has this last entry.
    pub fn answered(&mut self, from: Id, round: u64, upto: Result<u64, u64>, last: u64) {
        self.heard.insert(from);
        self.rounds.reach(from, round);
        let sent = &mut self.sent[from.index()];
        match upto {
            Ok(index) => {
                self.agrees.reach(from, index);
                *sent = index.max(*sent);
            }
            Err(index) => *sent = index.min(last).max(self.agrees.of(from)),
        }
    }

    /// The last entry that so many members have.
    pub fn agreed<M: Clone, S: Clone>(&self, quorum: usize, log: &Log<M, C, S>) -> u64
    where
        C: Clone,
    {
        self.agrees.reached_by(quorum, log.members().iter().copied()).min(log.last())
    }

    /// Who has answered since this was asked before, the leader among them.
    pub fn take_heard(&mut self) -> BTreeSet<Id> {
        std::mem::replace(&mut self.heard, BTreeSet::from([self.id]))
    }

    /// A read begins a round. It waits until as much is committed as is now, and an entry of the leader's own: only then is
    /// that all that was committed before.
    pub fn ask(&mut self, committed: u64, ticket: Ticket, command: C) {
        self.round += 1;
        self.reads.push((self.round, committed.max(self.first), ticket, command));
    }

    /// The reads that wait no more: so many members have answered in their rounds.
    pub fn confirmed<M: Clone, S: Clone>(&mut self, quorum: usize, log: &Log<M, C, S>) -> Vec<(Ticket, C)>
    where
        C: Clone,
    {
        let round = self.rounds.reached_by(quorum, log.members().iter().copied());
        let ready = self.reads.extract_if(.., |read| read.0 <= round && read.1 <= log.committed());
        ready.map(|(_, _, ticket, command)| (ticket, command)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::log::{Entry, What};
    use super::*;

    fn log(entries: usize) -> Log<(), char, ()> {
        let members = (0..3).map(Id::new).collect();
        Log::new((), members, ()).with(vec![Entry(1, What::Nothing); entries])
    }

    #[test]
    fn a_follower_is_sent_what_it_lacks_and_never_what_it_is_known_to_have() {
        let (mut lead, one): (Lead<char>, Id) = (Lead::new(Id::new(0), 3, 5), Id::new(1));
        assert_eq!((lead.send(one, 6), lead.send(one, 6)), (5, 6));
        lead.answered(one, 0, Err(2), 6);
        assert_eq!(lead.send(one, 6), 2);
        lead.answered(one, 0, Ok(4), 6);
        // Overtaken, and from one whose log is longer than the leader's.
        lead.answered(one, 0, Err(1), 6);
        assert_eq!(lead.send(one, 6), 4);
        lead.answered(one, 0, Err(9), 6);
        assert_eq!(lead.send(one, 6), 6);
    }

    #[test]
    fn a_leader_agrees_with_itself_but_only_up_to_its_last_entry() {
        let mut lead: Lead<char> = Lead::new(Id::new(0), 3, 0);
        assert_eq!((lead.agreed(1, &log(2)), lead.agreed(2, &log(2))), (2, 0));
        lead.answered(Id::new(2), 0, Ok(1), 2);
        assert_eq!((lead.agreed(2, &log(2)), lead.agreed(3, &log(2))), (1, 0));
    }

    #[test]
    fn a_read_waits_for_its_round_and_for_an_entry_of_the_leaders_own() {
        let (mut lead, mut log) = (Lead::new(Id::new(0), 3, 1), log(2));
        let tickets = [0, 1].map(|number| Ticket::new(0, number));
        lead.ask(log.committed(), tickets[0], 'x');
        assert_eq!((lead.round(), lead.first()), (1, 2));
        lead.answered(Id::new(1), 1, Ok(2), 2);
        log.commit(1);
        assert_eq!(lead.confirmed(2, &log), []);
        log.commit(2);
        lead.ask(log.committed(), tickets[1], 'y');
        assert_eq!(lead.confirmed(2, &log), [(tickets[0], 'x')]);
        lead.answered(Id::new(2), 2, Err(0), 2);
        assert_eq!(lead.confirmed(2, &log), [(tickets[1], 'y')]);
    }

    #[test]
    fn who_has_answered_is_asked_for_anew_each_time() {
        let mut lead: Lead<char> = Lead::new(Id::new(0), 3, 0);
        lead.answered(Id::new(2), 0, Err(0), 0);
        assert_eq!(lead.take_heard(), BTreeSet::from([Id::new(0), Id::new(2)]));
        assert_eq!(lead.take_heard(), BTreeSet::from([Id::new(0)]));
    }
}
