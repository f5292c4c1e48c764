//! A map of registers: the commands and replies that most protocols of storage can be asked with, and what they must do.

use std::collections::BTreeMap;

use super::check::Sequential;
use super::{Dice, History, Operation, Ticket};
use crate::units::{Instant, Probability};

/// A command to a map from keys to values.
///
/// ```
/// use fivenines::process::kv::Ask;
///
/// assert_eq!(Ask::Write(7, 1).key(), 7);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// What is the value of this key?
    Read(u64),
    /// This key shall have this value.
    Write(u64, u64),
    /// This key shall have the second value, if it has the first.
    Swap(u64, u64, u64),
}

impl Ask {
    /// The key that it is about.
    pub fn key(self) -> u64 {
        match self {
            Ask::Read(key) | Ask::Write(key, _) | Ask::Swap(key, _, _) => key,
        }
    }

    /// Whether it may change the map.
    pub fn writes(self) -> bool {
        !matches!(self, Ask::Read(_))
    }
}

/// What a client asks next, for [`Protocol::command`](super::Protocol::command): one of so many keys, each as likely, which it
/// reads in this share of cases and else writes, with a value that is [unique].
///
/// # Panics
/// When there are no keys.
///
/// ```
/// use fivenines::process::Dice;
/// use fivenines::process::kv::{self, Ask};
/// use fivenines::units::Probability;
///
/// /// Four keys, of which each is read as often as it is written.
/// fn command<E: Clone>(client: usize, nth: u64, dice: &mut Dice<'_, E>) -> Ask {
///     kv::ask(4, Probability::HALF, client, nth, dice)
/// }
/// # let _ = command::<()>;
/// ```
pub fn ask<E: Clone>(
    keys: usize,
    reads: Probability,
    client: usize,
    nth: u64,
    dice: &mut Dice<'_, E>,
) -> Ask {
    let key = dice.pick(keys) as u64;
    if dice.chance(reads) { Ask::Read(key) } else { Ask::Write(key, unique(client, nth)) }
}

/// A number that no other command of any client has, where there are fewer than 2^32 clients and commands of each: a check
/// that compares what was read with what was written needs to tell all writes apart.
///
/// ```
/// use fivenines::process::kv::unique;
///
/// assert_ne!(unique(0, 1), unique(1, 0));
/// ```
pub fn unique(client: usize, nth: u64) -> u64 {
    (client as u64) << 32 | nth
}

/// A reply of a map.
///
/// ```
/// use fivenines::process::kv::{Ask, Map, Told};
///
/// let mut map = Map::default();
/// assert_eq!(map.apply(Ask::Read(7)), Told::Value(None));
/// assert_eq!(map.apply(Ask::Write(7, 1)), Told::Written);
/// assert_eq!(map.apply(Ask::Swap(7, 2, 3)), Told::Value(Some(1)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The value, if there is one; to a swap, that of a key with another than the first.
    Value(Option<u64>),
    /// It is written.
    Written,
}

/// The map itself, for those who keep one.
///
/// ```
/// use fivenines::process::kv::{Ask, Map};
///
/// let mut map = Map::default();
/// map.apply(Ask::Write(1, 10));
/// assert_eq!(map.get(1), Some(10));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map(BTreeMap<u64, u64>);

impl Map {
    /// Does as it is asked.
    pub fn apply(&mut self, ask: Ask) -> Told {
        match ask {
            Ask::Read(key) => Told::Value(self.get(key)),
            Ask::Write(key, value) => {
                self.0.insert(key, value);
                Told::Written
            }
            Ask::Swap(key, old, new) => match self.get(key) {
                Some(value) if value == old => {
                    self.0.insert(key, new);
                    Told::Written
                }
                other => Told::Value(other),
            },
        }
    }

    /// The value of a key.
    pub fn get(&self, key: u64) -> Option<u64> {
        self.0.get(&key).copied()
    }
}

/// A map that does what it is asked once, however often it comes to it, and remembers what it answered: a client whose answer was
/// lost tries again with the same ticket.
///
/// Nothing that may have changed the map is forgotten unless [`Sessions::forget`] says so: sessions as in Ongaro's dissertation
/// (Stanford 2014, section 6.3) that never expire. A read is done each time.
///
/// ```
/// use fivenines::process::Ticket;
/// use fivenines::process::kv::{Ask, Sessions, Told};
///
/// let mut map = Sessions::default();
/// let ticket = Ticket::new(0, 1);
/// assert_eq!(map.told(ticket), None);
/// assert_eq!(map.apply(ticket, Ask::Write(7, 1)), Told::Written);
/// map.apply(Ticket::new(1, 2), Ask::Write(7, 2));
/// assert_eq!(map.apply(ticket, Ask::Write(7, 1)), Told::Written);
/// assert_eq!(map.get(7), Some(2));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sessions {
    map: Map,
    told: BTreeMap<Ticket, Told>,
}

impl Sessions {
    /// Does as it is asked, unless it has, and answers as it then did.
    pub fn apply(&mut self, ticket: Ticket, ask: Ask) -> Told {
        if !ask.writes() {
            return self.map.apply(ask);
        }
        *self.told.entry(ticket).or_insert_with(|| self.map.apply(ask))
    }

    /// Forgets that this was done: it is done again if it comes again.
    pub fn forget(&mut self, ticket: Ticket) {
        self.told.remove(&ticket);
    }

    /// What was answered to this, if it may have changed the map and was done.
    pub fn told(&self, ticket: Ticket) -> Option<Told> {
        self.told.get(&ticket).copied()
    }

    /// The value of a key.
    pub fn get(&self, key: u64) -> Option<u64> {
        self.map.get(key)
    }
}

/// What a map must do: each key by itself is a register, so that keys are looked at one by one.
///
/// ```
/// use fivenines::process::kv::{Ask, Registers};
/// use fivenines::process::Sequential;
///
/// assert_eq!(Registers.part(&Ask::Read(3)), 3);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registers;

impl Sequential for Registers {
    type Command = Ask;
    type Reply = Told;
    type State = Option<u64>;

    fn part(&self, command: &Ask) -> u64 {
        command.key()
    }

    /// By the value that it leaves: that is read, or a swap asks for it.
    fn shows(&self, command: &Ask, other: &Ask, reply: Option<&Told>) -> bool {
        let (Ask::Write(_, value) | Ask::Swap(_, _, value)) = *command else { return false };
        let asks = matches!(other, Ask::Swap(_, old, _) if *old == value);
        asks || reply == Some(&Told::Value(Some(value)))
    }

    fn writes(&self, command: &Ask) -> bool {
        command.writes()
    }

    fn apply(&self, state: &mut Option<u64>, command: &Ask) -> Told {
        match *command {
            Ask::Read(_) => Told::Value(*state),
            Ask::Write(_, value) => {
                *state = Some(value);
                Told::Written
            }
            Ask::Swap(_, old, new) if *state == Some(old) => {
                *state = Some(new);
                Told::Written
            }
            Ask::Swap(..) => Told::Value(*state),
        }
    }
}

/// The operations, by their places in the history, whose answers cannot be right whatever happened in between: reads of what
/// had been overwritten by a write that both began after it and was over before the read began, of nothing where something
/// was written by then, or of what nobody ever wrote.
///
/// None of these has a place in an order in which the history makes sense, so that it is not [linearizable](super::linearizable); there are
/// histories that are not linearizable without any. A swap counts as a write where it wrote.
///
/// ```
/// use fivenines::process::kv::{Ask, Told, stale};
/// use fivenines::process::{History, Operation, Outcome};
/// use fivenines::units::Instant;
///
/// let operation = |command, from, until, reply| Operation {
///     client: 0,
///     command,
///     from: Instant::from_micros(from),
///     until: Instant::from_micros(until),
///     outcome: Outcome::Done(reply),
/// };
/// let history = History::from(vec![
///     operation(Ask::Write(1, 10), 0, 5, Told::Written),
///     operation(Ask::Write(1, 20), 6, 9, Told::Written),
///     operation(Ask::Read(1), 8, 12, Told::Value(Some(10))),
///     operation(Ask::Read(1), 13, 15, Told::Value(Some(10))),
/// ]);
/// assert_eq!(stale(&history), [3], "the first read was asked before the second write was over");
/// ```
pub fn stale(history: &History<Ask, Told>) -> Vec<usize> {
    let mut keys: BTreeMap<u64, Writes> = BTreeMap::new();
    for operation in history.operations() {
        let written = match (operation.command, operation.outcome.reply()) {
            (Ask::Write(_, value), _) => Some(value),
            // A swap that was not answered may have been done.
            (Ask::Swap(_, _, value), None | Some(Told::Written)) => Some(value),
            _ => None,
        };
        if let Some(value) = written {
            let is_done = operation.outcome.reply().is_some();
            let until = if is_done { operation.until } else { Instant::NEVER };
            keys.entry(operation.command.key()).or_default().add(value, operation.from, until);
        }
    }
    keys.values_mut().for_each(Writes::settle);
    let none = Writes::default();
    let is_stale = |operation: &Operation<Ask, Told>| match operation.outcome.reply() {
        Some(Told::Value(value)) => {
            let writes = keys.get(&operation.command.key()).unwrap_or(&none);
            writes.is_stale(*value, operation.from, operation.until)
        }
        _ => false,
    };
    let operations = history.operations().iter().enumerate();
    operations.filter(|(_, operation)| is_stale(operation)).map(|(place, _)| place).collect()
}

/// What was written to a key.
#[derive(Default)]
struct Writes {
    /// By value: when it was first begun to be written, and when that was over at the latest.
    values: BTreeMap<u64, (Instant, Instant)>,
    /// When writes were over, in order, with the latest beginning of any that was over by then.
    over: Vec<(Instant, Instant)>,
}

impl Writes {
    fn add(&mut self, value: u64, from: Instant, until: Instant) {
        let times = self.values.entry(value).or_insert((from, until));
        *times = (times.0.min(from), times.1.max(until));
        if until != Instant::NEVER {
            self.over.push((until, from));
        }
    }

    fn settle(&mut self) {
        self.over.sort_unstable();
        let mut latest = Instant::START;
        for (_, from) in &mut self.over {
            latest = latest.max(*from);
            *from = latest;
        }
    }

    fn is_stale(&self, value: Option<u64>, from: Instant, until: Instant) -> bool {
        // Those that were over before the read began.
        let before = self.over.partition_point(|(over, _)| *over < from);
        let overwritten = before.checked_sub(1).map(|last| self.over[last].1);
        match value {
            None => overwritten.is_some(),
            Some(value) => match self.values.get(&value) {
                None => true,
                Some((began, over)) => *began > until || overwritten.is_some_and(|latest| latest > *over),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_comes_twice_is_done_once_unless_it_is_forgotten() {
        let (mut map, first, second) = (Sessions::default(), Ticket::new(0, 1), Ticket::new(1, 1));
        assert_eq!(map.apply(first, Ask::Write(7, 1)), Told::Written);
        map.apply(second, Ask::Write(7, 2));
        assert_eq!(map.apply(first, Ask::Write(7, 1)), Told::Written);
        assert_eq!((map.get(7), map.told(first)), (Some(2), Some(Told::Written)));
        map.forget(first);
        map.apply(first, Ask::Write(7, 1));
        assert_eq!(map.get(7), Some(1));
    }

    #[test]
    fn a_read_is_done_each_time() {
        let (mut map, read) = (Sessions::default(), Ticket::new(0, 1));
        assert_eq!(map.apply(read, Ask::Read(7)), Told::Value(None));
        map.apply(Ticket::new(1, 1), Ask::Write(7, 1));
        assert_eq!((map.apply(read, Ask::Read(7)), map.told(read)), (Told::Value(Some(1)), None));
    }
}
