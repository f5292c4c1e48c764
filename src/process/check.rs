//! Whether a history could have come from one copy that does one thing at a time: linearizability.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use super::history::{History, Operation, Outcome};
use crate::units::{Duration, Instant};

/// What one copy does that does one thing at a time.
///
/// ```
/// use fivenines::process::Sequential;
///
/// /// A counter that is added to, and tells what it came to.
/// struct Counter;
///
/// impl Sequential for Counter {
///     type Command = i64;
///     type Reply = i64;
///     type State = i64;
///
///     fn apply(&self, state: &mut i64, command: &i64) -> i64 {
///         *state += command;
///         *state
///     }
/// }
///
/// let mut state = 0;
/// assert_eq!((Counter.apply(&mut state, &2), Counter.apply(&mut state, &3)), (2, 5));
/// ```
pub trait Sequential {
    /// What is asked.
    type Command: Clone + Debug;
    /// What is answered.
    type Reply: Clone + Debug + PartialEq;
    /// What is remembered in between, at first its default.
    type State: Clone + Default + Ord;

    /// Does a command and answers it.
    fn apply(&self, state: &mut Self::State, command: &Self::Command) -> Self::Reply;

    /// The part of the state that a command is about. Parts that have nothing to do with each other are looked at one by one,
    /// which takes far less time: a history is linearizable if each part of it is (Herlihy and Wing, TOPLAS 12, 1990, theorem 1).
    fn part(&self, command: &Self::Command) -> u64 {
        let _ = command;
        0
    }

    /// Whether what a command does can show in another one: in its reply, or, where it was not answered, in what it does itself. A
    /// command that was not answered and shows in nothing need not have been done, and is left out: each that is not makes the
    /// orders to be tried up to twice as many. Where nothing is said, all may show.
    fn shows(&self, command: &Self::Command, other: &Self::Command, reply: Option<&Self::Reply>) -> bool {
        let _ = (command, other, reply);
        true
    }

    /// Whether a command may change the state. One that does not, and was not answered, says nothing.
    fn writes(&self, command: &Self::Command) -> bool {
        let _ = command;
        true
    }
}

/// Whether what must hold of a history does.
///
/// ```
/// use fivenines::process::Verdict;
///
/// fn no_more_than(most: u64, answers: &[u64]) -> Verdict {
///     match answers.iter().find(|answer| **answer > most) {
///         Some(answer) => Verdict::Broken(format!("{answer} is more than {most}")),
///         None => Verdict::Holds,
///     }
/// }
/// assert_eq!(no_more_than(2, &[1, 2]), Verdict::Holds);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Holds,
    /// It does not; in words, what is wrong.
    Broken(String),
    /// That would take too long to find out.
    Undecided,
}

impl From<Result<(), String>> for Verdict {
    fn from(result: Result<(), String>) -> Verdict {
        result.map_or_else(Verdict::Broken, |()| Verdict::Holds)
    }
}

/// Steps after which a part of a history is given up.
const STEPS_MAX: u64 = 2_000_000;

/// Whether a history is linearizable (Herlihy and Wing): whether there is an order of its operations, each between its beginning
/// and its end, in which one copy answers the same. Found out by the search of Wing and Gong (J. Parallel Distrib. Comput. 17, 1993)
/// which remembers where it has been (Lowe, Concurrency Computat. Pract. Exper. 29, 2017), part by part.
///
/// An operation whose outcome is unknown may take effect at any time from its beginning on, or never. One that was refused
/// never does.
///
/// ```
/// use fivenines::process::kv::{Ask, Registers, Told};
/// use fivenines::process::{History, Operation, Outcome, Verdict, linearizable};
/// use fivenines::units::Instant;
///
/// let operation = |command, from, until, reply| Operation {
///     client: 0,
///     command,
///     from: Instant::from_micros(from),
///     until: Instant::from_micros(until),
///     outcome: Outcome::Done(reply),
/// };
/// // What was read had been overwritten before the read began.
/// let stale = History::from(vec![
///     operation(Ask::Write(0, 1), 0, 10, Told::Written),
///     operation(Ask::Write(0, 2), 20, 30, Told::Written),
///     operation(Ask::Read(0), 40, 50, Told::Value(Some(1))),
/// ]);
/// assert!(matches!(linearizable(&Registers, &stale), Verdict::Broken(_)));
/// ```
pub fn linearizable<S: Sequential>(spec: &S, history: &History<S::Command, S::Reply>) -> Verdict {
    let mut parts: BTreeMap<u64, Vec<&OperationOf<S>>> = BTreeMap::new();
    for operation in history.operations() {
        let says = match operation.outcome {
            Outcome::Done(_) => true,
            Outcome::Refused => false,
            Outcome::Unknown => spec.writes(&operation.command),
        };
        if says {
            parts.entry(spec.part(&operation.command)).or_default().push(operation);
        }
    }
    let mut verdict = Verdict::Holds;
    for operations in parts.values() {
        match Search::new(spec, &seen(spec, operations)).run() {
            Verdict::Holds => {}
            Verdict::Undecided => verdict = Verdict::Undecided,
            no @ Verdict::Broken(_) => return no,
        }
    }
    verdict
}

/// The operations without those that were not answered and show in no other: an order with one of them is an order without it, and
/// to an order without it it can be added at the end.
fn seen<'a, S: Sequential>(spec: &S, operations: &[&'a OperationOf<S>]) -> Vec<&'a OperationOf<S>> {
    let shows = |one: &OperationOf<S>| {
        let others = operations.iter().filter(|other| !std::ptr::eq(**other, one));
        let mut told = others.map(|other| (&other.command, other.outcome.reply()));
        told.any(|(command, reply)| spec.shows(&one.command, command, reply))
    };
    let unanswered = |operation: &OperationOf<S>| operation.outcome.reply().is_none();
    operations.iter().copied().filter(|operation| !unanswered(operation) || shows(operation)).collect()
}

type OperationOf<S> = Operation<<S as Sequential>::Command, <S as Sequential>::Reply>;

/// The beginning or the end of an operation, in a list from which both are taken when the operation has its place.
#[derive(Clone, Copy, Debug)]
struct Node {
    operation: usize,
    is_end: bool,
    before: usize,
    after: usize,
}

/// Which operations have their place: all before `end` but the gaps. Of operations in the order of their beginnings those that
/// overlap are near each other, so that this is short, however long the history.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Placed {
    end: usize,
    gaps: Vec<usize>,
}

impl Placed {
    fn put(&mut self, number: usize) {
        match self.gaps.binary_search(&number) {
            Ok(gap) => {
                self.gaps.remove(gap);
            }
            Err(_) => {
                self.gaps.extend(self.end..number);
                self.end = number + 1;
            }
        }
    }

    /// Takes the one back that was put last, when what was placed ended at `end`.
    fn take(&mut self, number: usize, end: usize) {
        if number < end {
            let gap = self.gaps.partition_point(|other| *other < number);
            self.gaps.insert(gap, number);
        } else {
            self.gaps.truncate(self.gaps.partition_point(|gap| *gap < end));
            self.end = end;
        }
    }
}

/// The head of the list.
const HEAD: usize = 0;

struct Search<'a, S: Sequential> {
    spec: &'a S,
    operations: &'a [&'a OperationOf<S>],
    nodes: Vec<Node>,
    /// For each operation, where in the list its end is.
    ends: Vec<usize>,
    state: S::State,
    placed: Placed,
    /// Operations placed so far: where in the list the beginning of each is, with the state and the last placed before it.
    path: Vec<(usize, S::State, usize)>,
    been: BTreeSet<(Placed, S::State)>,
    /// The most that were placed, and the operation that then could not be.
    furthest: (usize, usize),
}

impl<'a, S: Sequential> Search<'a, S> {
    fn new(spec: &'a S, operations: &'a [&'a OperationOf<S>]) -> Search<'a, S> {
        let mut times: Vec<(Instant, bool, usize)> = Vec::new();
        for (number, operation) in operations.iter().enumerate() {
            let end = match operation.outcome {
                Outcome::Done(_) => operation.until,
                Outcome::Refused | Outcome::Unknown => Instant::NEVER,
            };
            times.push((operation.from, false, number));
            times.push((end, true, number));
        }
        // At equal times beginnings come first: what may overlap does.
        times.sort_unstable();
        let mut nodes = vec![Node { operation: usize::MAX, is_end: false, before: 0, after: 1 }];
        let mut ends = vec![0; operations.len()];
        for (index, &(_, is_end, operation)) in times.iter().enumerate() {
            if is_end {
                ends[operation] = index + 1;
            }
            nodes.push(Node { operation, is_end, before: index, after: index + 2 });
        }
        nodes.last_mut().expect("there is a head").after = HEAD;
        Search {
            spec,
            operations,
            nodes,
            ends,
            state: S::State::default(),
            placed: Placed::default(),
            path: Vec::new(),
            been: BTreeSet::new(),
            furthest: (0, 0),
        }
    }

    fn run(mut self) -> Verdict {
        let mut at = self.nodes[HEAD].after;
        let mut steps = 0u64;
        while self.nodes[HEAD].after != HEAD {
            steps += 1;
            if steps > STEPS_MAX {
                return Verdict::Undecided;
            }
            let node = self.nodes[at];
            if node.is_end {
                if self.path.len() >= self.furthest.0 {
                    self.furthest = (self.path.len(), node.operation);
                }
                // This one must have its place by now, and has not: the last placed was wrong.
                let Some((last, state, end)) = self.path.pop() else { return Verdict::Broken(self.words()) };
                self.state = state;
                self.unplace(last, end);
                at = self.nodes[last].after;
            } else if self.place(at) {
                at = self.nodes[HEAD].after;
            } else {
                at = self.nodes[at].after;
            }
        }
        Verdict::Holds
    }

    /// Lets an operation be the next, if its reply is what it then would be, and that has not been tried.
    fn place(&mut self, at: usize) -> bool {
        let number = self.nodes[at].operation;
        let operation = self.operations[number];
        let mut state = self.state.clone();
        let reply = self.spec.apply(&mut state, &operation.command);
        if operation.outcome.reply().is_some_and(|told| *told != reply) {
            return false;
        }
        let end = self.placed.end;
        self.placed.put(number);
        if !self.been.insert((self.placed.clone(), state.clone())) {
            self.placed.take(number, end);
            return false;
        }
        self.path.push((at, std::mem::replace(&mut self.state, state), end));
        for node in [at, self.ends[number]] {
            let Node { before, after, .. } = self.nodes[node];
            self.nodes[before].after = after;
            self.nodes[after].before = before;
        }
        true
    }

    /// Takes an operation's place away, in the order opposite to that of placing.
    fn unplace(&mut self, at: usize, end: usize) {
        let number = self.nodes[at].operation;
        self.placed.take(number, end);
        for node in [self.ends[number], at] {
            let Node { before, after, .. } = self.nodes[node];
            self.nodes[before].after = node;
            self.nodes[after].before = node;
        }
    }

    fn words(&self) -> String {
        let operation = self.operations[self.furthest.1];
        let when = |at: Instant| Duration::from(at.since_start());
        let reply = operation.outcome.reply().map_or_else(String::new, |reply| format!(" -> {reply:?}"));
        format!(
            "not linearizable: client {}'s {:?}{reply}, asked at {} and answered at {}, has no place behind the {} operations \
             that do",
            operation.client,
            operation.command,
            when(operation.from),
            when(operation.until),
            self.furthest.0,
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::kv::{Ask, Registers, Told};
    use super::*;

    type Op = Operation<Ask, Told>;

    fn op(command: Ask, from: u64, until: u64, outcome: Outcome<Told>) -> Op {
        Op {
            client: 0,
            command,
            from: Instant::from_micros(from),
            until: Instant::from_micros(until),
            outcome,
        }
    }

    /// All orders that keep what ended before what began later, one by one: the definition itself.
    fn by_definition(operations: &[Op]) -> bool {
        fn go(left: &mut Vec<&Op>, state: Option<u64>) -> bool {
            if left.iter().all(|op| op.outcome == Outcome::Unknown) {
                return true;
            }
            (0..left.len()).any(|k| {
                let op = left[k];
                let ends = |op: &Op| if op.outcome == Outcome::Unknown { Instant::NEVER } else { op.until };
                if left.iter().any(|other| ends(other) < op.from) {
                    return false;
                }
                let mut state = state;
                let reply = Registers.apply(&mut state, &op.command);
                if op.outcome.reply().is_some_and(|told| *told != reply) {
                    return false;
                }
                let taken = left.remove(k);
                let works = go(left, state);
                left.insert(k, taken);
                works
            })
        }
        go(&mut operations.iter().filter(|op| op.outcome != Outcome::Refused).collect(), None)
    }

    fn operations() -> impl Strategy<Value = Vec<Op>> {
        let value = 1u64..3;
        let command = prop_oneof![
            Just(Ask::Read(0)),
            value.clone().prop_map(|v| Ask::Write(0, v)),
            (value.clone(), value.clone()).prop_map(|(a, b)| Ask::Swap(0, a, b)),
        ];
        let one = (command, 0u64..20, 0u64..8, 0u8..8, prop::option::of(value)).prop_map(
            |(command, from, takes, kind, value)| {
                let outcome = match (kind, command) {
                    (0, _) => Outcome::Unknown,
                    (1, _) => Outcome::Refused,
                    (2..5, Ask::Swap(..)) | (_, Ask::Write(..)) => Outcome::Done(Told::Written),
                    _ => Outcome::Done(Told::Value(value)),
                };
                op(command, from, from + takes, outcome)
            },
        );
        prop::collection::vec(one, 0..7)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn the_search_agrees_with_the_definition(operations in operations()) {
            let expected = by_definition(&operations);
            let found = linearizable(&Registers, &History::from(operations));
            prop_assert_eq!(matches!(found, Verdict::Holds), expected, "{:?}", found);
        }
    }

    #[test]
    fn what_was_not_answered_may_be_done_late_or_never() {
        let write = op(Ask::Write(0, 5), 0, 100, Outcome::Unknown);
        let read = |value, from| op(Ask::Read(0), from, from + 10, Outcome::Done(Told::Value(value)));
        let verdict = |ops: &[Op]| linearizable(&Registers, &History::from(ops.to_vec()));
        assert_eq!(verdict(&[write.clone(), read(None, 200), read(Some(5), 300)]), Verdict::Holds);
        assert_eq!(verdict(&[write.clone(), read(None, 200)]), Verdict::Holds);
        assert!(matches!(verdict(&[write, read(Some(5), 200), read(None, 300)]), Verdict::Broken(_)));
    }

    /// Sixty writes that were lost could each have been done at any time, in 2^60 ways; none was seen, and what was done twice is
    /// found all the same.
    #[test]
    fn writes_that_nobody_answered_and_nobody_saw_cost_nothing() {
        let lost = (0..60).map(|nth| op(Ask::Write(0, 100 + nth), nth, 1_000, Outcome::Unknown));
        let done = |value, from| op(Ask::Write(0, value), from, from + 10, Outcome::Done(Told::Written));
        let read = |value, from| op(Ask::Read(0), from, from + 10, Outcome::Done(Told::Value(Some(value))));
        let right = [done(1, 100), read(1, 200), done(2, 300), read(2, 400)];
        let history = |more: &[Op]| lost.clone().chain(right.iter().chain(more).cloned()).collect::<Vec<_>>();
        assert_eq!(linearizable(&Registers, &History::from(history(&[]))), Verdict::Holds);
        let stale = linearizable(&Registers, &History::from(history(&[read(1, 500)])));
        assert!(matches!(stale, Verdict::Broken(_)), "{stale:?}");
    }

    #[test]
    fn a_violation_names_the_operation_that_has_no_place() {
        let history = History::from(vec![
            op(Ask::Write(7, 1), 0, 10, Outcome::Done(Told::Written)),
            op(Ask::Read(7), 1_000_000, 2_500_000, Outcome::Done(Told::Value(None))),
        ]);
        let Verdict::Broken(what) = linearizable(&Registers, &history) else { panic!("it is stale") };
        assert_eq!(
            what,
            "not linearizable: client 0's Read(7) -> Value(None), asked at 1s and answered at 2.5s, has no place behind \
             the 1 operations that do"
        );
    }

    #[test]
    fn ten_thousand_operations_on_one_key_take_a_moment() {
        // Five at a time, in rounds; each round's reads see its write or the one before.
        let mut operations = Vec::new();
        for round in 0..2_000u64 {
            let at = round * 100;
            operations.push(op(Ask::Write(0, round + 1), at, at + 90, Outcome::Done(Told::Written)));
            for reader in 0..4 {
                let seen = round + u64::from(reader >= 2);
                let value = (seen > 0).then_some(seen);
                operations.push(op(Ask::Read(0), at + reader, at + 80, Outcome::Done(Told::Value(value))));
            }
        }
        assert_eq!(linearizable(&Registers, &History::from(operations)), Verdict::Holds);
    }
}
