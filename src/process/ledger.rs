//! Answers that say where in a log they stand, of a store that may lose the end of its log: what was promised, and what is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::History;
use super::kv::Ask;
use crate::units::{Duration, Instant, Span};

/// Where each timeline but the first begins: how many writes it has from those before it.
///
/// A store that has lost the end of its log and goes on from what is left is in a new **timeline**: positions behind its
/// beginning do not mean what they meant before.
pub type Starts = Arc<Vec<u64>>;

/// What a client is told: what the key has, and where the log was by then.
///
/// ```
/// use fivenines::process::ledger::{Starts, Told};
///
/// // The key was written by the third of seven writes, of which the first five are safe; nothing was ever lost.
/// let told = Told { value: Some((3, 42)), position: 7, starts: Starts::default(), safe: 5 };
/// assert!(told.safe < told.position);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// After how many writes the key was written, and what; its own write, for one who writes.
    pub value: Option<(u64, u64)>,
    /// How many writes the log has, the client's own among them.
    pub position: u64,
    /// The timelines that it has gone through, the last of which it is in.
    pub starts: Starts,
    /// How many of its writes will be there after any loss: the promise.
    pub safe: u64,
}

/// All that clients were told, in order. A swap may have been done or not: what it would have written may be read, and is not
/// missed.
///
/// ```
/// use fivenines::process::kv::Ask;
/// use fivenines::process::ledger::{Ledger, Starts, Told};
/// use fivenines::process::{History, Operation, Outcome};
/// use fivenines::units::{Duration, Instant};
///
/// let write = |secs, position, starts: &[u64]| {
///     let at = Instant::from_micros(secs * 1_000_000);
///     let told = Told { value: Some((position, secs)), position, starts: Starts::new(starts.to_vec()), safe: 0 };
///     Operation { client: 0, command: Ask::Write(0, secs), from: at, until: at, outcome: Outcome::Done(told) }
/// };
/// // Of three writes the last two are lost; the second was answered 5 s before the last answer ahead of the loss.
/// let history = History::from(vec![write(1, 1, &[]), write(2, 2, &[]), write(7, 3, &[]), write(9, 2, &[1])]);
/// let ledger = Ledger::of(&history);
/// assert_eq!(ledger.lost().count(), 2);
/// assert!(ledger.check(Some(Duration::seconds(5.0))).is_ok());
/// assert!(ledger.check(Some(Duration::seconds(4.0))).is_err());
/// ```
#[derive(Debug)]
pub struct Ledger<'a> {
    history: &'a History<Ask, Told>,
    /// The timelines of the answer that has seen most of them.
    starts: Starts,
    /// For each timeline, how many writes were promised, and when it last answered.
    timelines: Vec<(u64, Instant)>,
    /// For each key, the writes that were answered: in which timeline, after how many, and when.
    writes: BTreeMap<u64, Vec<(usize, u64, Instant)>>,
    /// All that was ever asked to be written: keys and values.
    asked: BTreeSet<(u64, u64)>,
}

impl<'a> Ledger<'a> {
    /// What a history says.
    pub fn of(history: &'a History<Ask, Told>) -> Ledger<'a> {
        let mut ledger = Ledger {
            history,
            starts: Starts::default(),
            timelines: Vec::new(),
            writes: BTreeMap::new(),
            asked: BTreeSet::new(),
        };
        for operation in history.operations() {
            let until = operation.until;
            let written = match operation.command {
                Ask::Write(key, value) | Ask::Swap(key, _, value) => Some((key, value)),
                Ask::Read(_) => None,
            };
            ledger.asked.extend(written);
            let Some(told) = operation.outcome.reply() else { continue };
            let timeline = told.starts.len();
            if timeline >= ledger.timelines.len() {
                ledger.timelines.resize(timeline + 1, (0, Instant::START));
                ledger.starts = Arc::clone(&told.starts);
            }
            let (safe, last) = ledger.timelines[timeline];
            ledger.timelines[timeline] = (safe.max(told.safe), last.max(until));
            if let Ask::Write(key, _) = operation.command {
                ledger.writes.entry(key).or_default().push((timeline, told.position, until));
            }
        }
        ledger.writes.values_mut().for_each(|writes| writes.sort_unstable());
        ledger
    }

    /// For each write that was answered and is gone, how long before the last answer of its timeline that was: what a *recovery
    /// point objective* is about (Keeton et al., "Designing for Disasters", FAST 2004, section 2.1).
    pub fn lost(&self) -> impl Iterator<Item = Span> {
        let writes = self.writes.values().flatten();
        let lost = writes.filter(|write| write.1 > self.reached(write.0, self.starts.len()));
        lost.map(|(timeline, _, until)| self.timelines[*timeline].1 - *until)
    }

    /// What was promised is there after every loss; what is gone is no older than this, where something is asked; and what was
    /// read is what was written last, of what is still there.
    ///
    /// # Errors
    /// What is not so, in words.
    pub fn check(&self, rpo: Option<Duration>) -> Result<(), String> {
        for (timeline, (safe, _)) in self.timelines.iter().enumerate() {
            let reached = self.reached(timeline, self.starts.len());
            if reached < *safe {
                return Err(format!("{safe} writes were said to be in the store, and {reached} came back"));
            }
        }
        if let (Some(most), Some(age)) = (rpo, self.lost().max())
            && age > most.span()
        {
            return Err(format!("what was answered {} before a loss is gone", Duration::from(age)));
        }
        let operations = self.history.operations().iter();
        let mut told = operations.filter_map(|one| Some((one.command.key(), one.outcome.reply()?)));
        match told.find(|(key, told)| !self.is_right(*key, told)) {
            Some((key, told)) => Err(format!("key {key} was {told:?}, which is not what was written last")),
            None => Ok(()),
        }
    }

    /// How many writes of a timeline a later one has.
    fn reached(&self, timeline: usize, later: usize) -> u64 {
        self.starts[timeline..later].iter().copied().min().unwrap_or(u64::MAX)
    }

    /// What is read was asked for, and is no older than the last write that was answered and is still there.
    fn is_right(&self, key: u64, told: &Told) -> bool {
        let now = told.starts.len();
        let sees = |write: &&(usize, u64, Instant)| {
            write.0 <= now && write.1 <= told.position.min(self.reached(write.0, now))
        };
        let last = self.writes.get(&key).and_then(|writes| writes.iter().rfind(sees));
        let known = told.value.is_none_or(|(_, value)| self.asked.contains(&(key, value)));
        known && told.value.map_or(0, |(written, _)| written) >= last.map_or(0, |write| write.1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Operation, Outcome};
    use super::*;

    /// A write or a read at this second, in the timeline behind these beginnings.
    fn told(
        command: Ask,
        second: u64,
        (value, position): (Option<(u64, u64)>, u64),
        starts: &[u64],
        safe: u64,
    ) -> Operation<Ask, Told> {
        let at = Instant::START + Span::from_secs(second);
        let told = Told { value, position, starts: Starts::new(starts.to_vec()), safe };
        Operation { client: 0, command, from: at, until: at, outcome: Outcome::Done(told) }
    }

    fn check(history: Vec<Operation<Ask, Told>>) -> Result<(), String> {
        Ledger::of(&history.into()).check(None)
    }

    #[test]
    fn a_promise_is_kept_by_every_later_timeline() {
        let write = |second, position, starts: &[u64], safe| {
            told(Ask::Write(0, second), second, (Some((position, second)), position), starts, safe)
        };
        let before = || vec![write(1, 1, &[], 0), write(2, 2, &[], 1)];
        let with = |more: Vec<_>| check(before().into_iter().chain(more).collect());
        assert_eq!(with(vec![write(3, 2, &[1], 1)]), Ok(()));
        let broken = Err("1 writes were said to be in the store, and 0 came back".to_owned());
        assert_eq!(with(vec![write(3, 1, &[0], 0)]), broken);
        assert_eq!(with(vec![write(3, 2, &[1], 1), write(4, 1, &[1, 0], 0)]), broken);
    }

    #[test]
    fn a_read_sees_what_was_written_last_of_what_is_still_there() {
        let wrote = |value, position, starts: &[u64]| {
            told(Ask::Write(7, value), value, (Some((position, value)), position), starts, 0)
        };
        let read = |value, position, starts: &[u64]| told(Ask::Read(7), 9, (value, position), starts, 0);
        let writes = || vec![wrote(1, 1, &[]), wrote(2, 2, &[])];
        let with = |read| check(writes().into_iter().chain([read]).collect()).is_ok();
        assert!(with(read(Some((2, 2)), 2, &[])));
        assert!(!with(read(Some((1, 1)), 2, &[])), "it was overwritten");
        assert!(!with(read(None, 2, &[])), "there was something");
        assert!(!with(read(Some((2, 5)), 2, &[])), "nobody wrote that");
        assert!(with(read(Some((1, 1)), 1, &[1])), "what overwrote it is lost");
        assert!(!with(read(None, 1, &[1])), "the first is not");
    }
}
