//! Answers that cannot be right, whatever happened in between.

use fivenines::process::kv::{Ask, Registers, Told, stale};
use fivenines::process::{History, Operation, Outcome, Verdict, linearizable};
use fivenines::units::Instant;
use proptest::prelude::*;

/// A few operations on one key by a few clients; the instants are few, so that many touch.
fn histories() -> impl Strategy<Value = Vec<Operation<Ask, Told>>> {
    let operation = (0..3u32, 0..12u64, 1..6u64, 0..4u8, 0..4u64, 0..3u8);
    prop::collection::vec(operation, 1..7).prop_map(|drawn| {
        let operation =
            |(place, (client, from, takes, kind, value, end)): (usize, (u32, u64, u64, u8, u64, u8))| {
                let (command, reply) = match kind {
                    0 | 1 => (Ask::Write(0, place as u64), Told::Written),
                    2 => (Ask::Read(0), Told::Value((value > 0).then_some(value))),
                    _ => (Ask::Read(0), Told::Value(Some(value))),
                };
                let (until, outcome) = match end {
                    0 => (Instant::NEVER, Outcome::Unknown),
                    _ => (Instant::from_micros(from + takes), Outcome::Done(reply)),
                };
                Operation { client, command, from: Instant::from_micros(from), until, outcome }
            };
        drawn.into_iter().enumerate().map(operation).collect()
    })
}

/// By the definition, write by write.
fn by_definition(operations: &[Operation<Ask, Told>]) -> Vec<usize> {
    let writes = || operations.iter().filter(|it| it.command.writes());
    let over = |write: &Operation<Ask, Told>| match write.outcome {
        Outcome::Done(_) => write.until,
        _ => Instant::NEVER,
    };
    let is_stale = |read: &Operation<Ask, Told>| {
        let Some(Told::Value(value)) = read.outcome.reply() else { return false };
        let passed = |since: Option<Instant>| {
            writes().any(|write| over(write) < read.from && since.is_none_or(|since| write.from > since))
        };
        match value {
            None => passed(None),
            Some(value) => {
                let written = writes().find(|write| write.command == Ask::Write(0, *value));
                written.is_none_or(|write| write.from > read.until || passed(Some(over(write))))
            }
        }
    };
    let places = operations.iter().enumerate();
    places.filter(|(_, operation)| is_stale(operation)).map(|(place, _)| place).collect()
}

proptest! {
    #[test]
    fn stale_reads_are_those_of_the_definition_and_no_order_has_a_place_for_them(operations in histories()) {
        let history = History::from(operations.clone());
        let found = stale(&history);
        prop_assert_eq!(&found, &by_definition(&operations));
        if !found.is_empty() {
            prop_assert!(!matches!(linearizable(&Registers, &history), Verdict::Holds));
        }
    }
}
