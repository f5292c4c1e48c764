//! An observer that writes down every event.

use super::{Digest, Model, Observer};
use crate::units::Instant;

/// A trial's events in order, each as its time and its event's debug form, up to a limit.
///
/// A trace is an observer like any other, so a trial that is not traced does not pay for it.
///
/// ```
/// use fivenines::engine::Trace;
///
/// let trace = Trace::with_limit(1000);
/// assert!(trace.lines().is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct Trace {
    lines: Vec<(Instant, String)>,
    limit: usize,
    left_out: u64,
}

impl Trace {
    /// A trace of at most `limit` events; what comes after is only counted.
    pub fn with_limit(limit: usize) -> Trace {
        Trace { lines: Vec::new(), limit, left_out: 0 }
    }

    /// The events written down.
    pub fn lines(&self) -> &[(Instant, String)] {
        &self.lines
    }

    /// How many events came after the limit.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// A digest of what is written down.
    pub fn digest(&self) -> Digest {
        let mut digest = Digest::new();
        for (at, line) in &self.lines {
            digest.fold(at.as_micros());
            line.bytes().for_each(|byte| digest.fold(u64::from(byte)));
        }
        digest
    }

    /// The first event in which two traces differ: its number, and what each has there.
    pub fn first_divergence<'a>(
        &'a self,
        other: &'a Trace,
    ) -> Option<(usize, Option<&'a str>, Option<&'a str>)> {
        let longest = self.lines.len().max(other.lines.len());
        (0..longest).find_map(|index| {
            let (a, b) = (self.lines.get(index), other.lines.get(index));
            let text = |line: Option<&'a (Instant, String)>| line.map(|line| line.1.as_str());
            (a != b).then(|| (index, text(a), text(b)))
        })
    }
}

impl<M: Model> Observer<M> for Trace {
    fn before(&mut self, _: &M, now: Instant, event: &M::Event) {
        if self.lines.len() < self.limit {
            self.lines.push((now, format!("{event:?}")));
        } else {
            self.left_out += 1;
        }
    }

    fn after(&mut self, _: &M, _: Instant) {}
}
