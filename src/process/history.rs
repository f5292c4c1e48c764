//! What clients asked, and what they were answered.

use crate::units::{Instant, Span};

/// How an operation of a client ended.
///
/// ```
/// use fivenines::process::Outcome;
///
/// let outcome: Outcome<u32> = Outcome::Unknown;
/// assert_eq!(outcome.reply(), None);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome<R> {
    /// It was answered.
    Done(R),
    /// It was refused, each time it was asked: nothing was done.
    Refused,
    /// The client gave up waiting, or the trial ended: it may have been done or not, or be done later.
    Unknown,
}

impl<R> Outcome<R> {
    /// The reply, if there was one.
    pub fn reply(&self) -> Option<&R> {
        match self {
            Outcome::Done(reply) => Some(reply),
            Outcome::Refused | Outcome::Unknown => None,
        }
    }
}

/// An operation of a client.
///
/// ```
/// use fivenines::process::{Operation, Outcome};
/// use fivenines::units::Instant;
///
/// let read = Operation {
///     client: 0,
///     command: "read x",
///     from: Instant::from_micros(10),
///     until: Instant::from_micros(25),
///     outcome: Outcome::Done(7),
/// };
/// assert_eq!(read.took().as_micros(), 15);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Operation<C, R> {
    /// Whose it is.
    pub client: u32,
    /// What was asked.
    pub command: C,
    /// When it was first asked.
    pub from: Instant,
    /// When it ended; [`Instant::NEVER`] while it has not.
    pub until: Instant,
    /// How it ended.
    pub outcome: Outcome<R>,
}

impl<C, R> Operation<C, R> {
    /// How long it took; for ever, while it has not ended.
    pub fn took(&self) -> Span {
        if self.until == Instant::NEVER { Span::FOREVER } else { self.until - self.from }
    }

    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        self.until != Instant::NEVER
    }
}

/// All operations of a trial, in the order in which they were first asked.
///
/// ```
/// use fivenines::process::History;
///
/// let history: History<&str, u32> = History::default();
/// assert!(history.operations().is_empty());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct History<C, R> {
    operations: Vec<Operation<C, R>>,
}

impl<C, R> Default for History<C, R> {
    fn default() -> History<C, R> {
        History { operations: Vec::new() }
    }
}

impl<C, R> From<Vec<Operation<C, R>>> for History<C, R> {
    fn from(operations: Vec<Operation<C, R>>) -> History<C, R> {
        History { operations }
    }
}

impl<C, R> History<C, R> {
    /// The operations.
    pub fn operations(&self) -> &[Operation<C, R>] {
        &self.operations
    }

    /// Begins an operation and gives its number.
    pub(super) fn begin(&mut self, client: u32, command: C, now: Instant) -> u64 {
        self.operations.push(Operation {
            client,
            command,
            from: now,
            until: Instant::NEVER,
            outcome: Outcome::Unknown,
        });
        self.operations.len() as u64 - 1
    }

    /// Ends an operation.
    pub(super) fn end(&mut self, number: u64, now: Instant, outcome: Outcome<R>) {
        let operation = &mut self.operations[number as usize];
        operation.until = now;
        operation.outcome = outcome;
    }

    /// Of the operations that have ended and began within these instants, how many there are and how many were answered.
    pub fn served(&self, from: Instant, until: Instant) -> (u64, u64) {
        let ended = self
            .operations
            .iter()
            .filter(|operation| operation.is_over() && operation.from >= from && operation.from < until);
        ended.fold((0, 0), |(all, good), operation| {
            (all + 1, good + u64::from(operation.outcome.reply().is_some()))
        })
    }
}
