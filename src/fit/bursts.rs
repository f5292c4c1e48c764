//! Failures of different units within a short time, against what chance gives.

use std::io::Result;

use super::gaps::Watch;
use super::scratch::{Cursor, Sorted, Word};
use crate::random::math::exp_m1;
use crate::units::Duration;

/// The rate around a failure, by which chance is judged, is that of a week.
pub(super) const WEEK_MS: u64 = 7 * 86_400_000;

/// Eight bytes of a failure, which sort by time: when, in steps of 64 ms, and a unit, of which nearly all bits are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Failure(u64);

const UNIT_BITS: u32 = 26;
const STEP_BITS: u32 = 6;

impl Failure {
    pub fn new(start_ms: u64, unit: u32) -> Failure {
        Failure((start_ms >> STEP_BITS) << UNIT_BITS | u64::from(unit) & ((1 << UNIT_BITS) - 1))
    }

    /// Milliseconds since 1900, cut to a step.
    pub fn start(self) -> u64 {
        (self.0 >> UNIT_BITS) << STEP_BITS
    }

    fn unit(self) -> u64 {
        self.0 & ((1 << UNIT_BITS) - 1)
    }
}

impl Word for Failure {
    const BYTES: usize = 8;

    fn write(self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.0.to_le_bytes());
    }

    fn read(from: &[u8]) -> Failure {
        Failure(u64::from_le_bytes(from.try_into().expect("eight bytes")))
    }
}

/// How failures of different units come together.
#[derive(Default)]
pub(super) struct Bursts {
    /// Failures with one of another unit within the window.
    pub near: u64,
    /// How many that would be by chance.
    pub near_by_chance: f64,
    /// The most failures within the window.
    pub largest: u64,
}

/// One pass over failures by time. Readers go ahead of it and follow it, so that no window has to be in memory.
pub(super) fn bursts(
    failures: &Sorted<Failure>,
    watch: &Watch,
    window: Duration,
    whole_minutes: bool,
) -> Result<Bursts> {
    // Half a step for the cut on either side.
    let window_ms = (window.secs() * 1000.0) as u64 + (1 << STEP_BITS);
    // Starts that are written in minutes are near over a minute more.
    let width = 2.0 * window.secs() + if whole_minutes { 60.0 } else { 0.0 };
    let reader = || failures.cursor(0..failures.len());
    let (mut present, mut week_begins, mut week_ends) = (reader(), reader(), reader());
    let (mut window_begins, mut other_after) = (reader(), reader());
    let (mut previous, mut other_before): (Option<Failure>, Option<Failure>) = (None, None);
    let mut found = Bursts::default();
    while let Some(failure) = present.next()? {
        let (now, unit) = (failure.start(), failure.unit());
        let (begin, end) = around(now, watch);
        skip(&mut week_begins, |failure| failure.start() < begin)?;
        skip(&mut week_ends, |failure| failure.start() < end)?;
        skip(&mut window_begins, |failure| failure.start() + window_ms < now)?;
        found.largest = found.largest.max(present.at() - window_begins.at());
        // The nearest failures of other units are those on either side of a row of failures of the same one.
        if previous.is_some_and(|previous| previous.unit() != unit) {
            other_before = previous;
        }
        skip(&mut other_after, |failure| failure.unit() == unit)?;
        let near = |other: Failure| other.start().abs_diff(now) <= window_ms;
        found.near += u64::from(other_before.is_some_and(near) || other_after.peek()?.is_some_and(near));
        let others = (week_ends.at() - week_begins.at()).saturating_sub(1) as f64;
        found.near_by_chance += -exp_m1(-others * width / ((end - begin) as f64 / 1000.0));
        previous = Some(failure);
    }
    Ok(found)
}

fn skip(reader: &mut Cursor<'_, Failure>, passed: impl Fn(Failure) -> bool) -> Result<()> {
    while reader.peek()?.is_some_and(&passed) {
        reader.next()?;
    }
    Ok(())
}

/// The week around a moment, moved inside of what was watched.
fn around(now: u64, watch: &Watch) -> (u64, u64) {
    let (since, until) = (watch.since.packed(), watch.until.packed());
    let begin = now.saturating_sub(WEEK_MS / 2).min(until.saturating_sub(WEEK_MS)).max(since);
    (begin, (begin + WEEK_MS).min(until).max(now + 1))
}
