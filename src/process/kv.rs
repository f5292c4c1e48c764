//! A map of registers: the commands and replies that most protocols of storage can be asked with, and what they must do.

use std::collections::BTreeMap;

use super::check::Sequential;

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
