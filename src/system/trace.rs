//! Outages replayed from a log: what failed together in the log fails together here.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::{Component, System};
use crate::engine::Digest;
use crate::units::Span;

/// When the units of a log were down, in a window of time.
///
/// In each trial, the components that play a trace are given distinct nodes of it, drawn at random, and all begin at one
/// instant of its window, drawn at random too. From there on each is down when its node was, and the window begins again
/// where it ends. So whatever failures have to do with each other in the log, across nodes and over time, they keep. An
/// outage that goes beyond the window is cut there: a trial sees the log's state at an instant, and nothing that was not.
///
/// ```
/// use fivenines::system::{Component, Service, System, SystemModel, Trace};
/// use fivenines::engine::Simulator;
/// use fivenines::units::{Instant, Span};
///
/// let hour = |hours: u64| Span::from_secs(hours * 3600);
/// // Ten hours of two nodes: one was down from the second to the third, the other never.
/// let trace = Trace::new(hour(10), vec![vec![(hour(2), hour(1))], vec![]]).unwrap();
/// assert_eq!((trace.nodes(), trace.outages()), (2, 1));
/// assert_eq!(trace.unavailability(), 0.05);
///
/// let system = System::new()
///     .trace("log", trace)
///     .component("node", Component::new().plays("log"))
///     .service("pair", Service::replicas("node", 2));
/// let trial = Simulator::new(SystemModel::new(&system).unwrap(), 42).levels(0, Instant::START + hour(10));
/// assert_eq!(trial.mean(0), 1.0, "one of two was always up");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    window: Span,
    /// For each node its outages, as their starts and ends in microseconds: in order, apart, inside the window.
    nodes: Arc<[Vec<(u64, u64)>]>,
    /// Where the log comes from.
    pub source: Option<String>,
}

/// Why outages make no trace.
///
/// ```
/// use fivenines::system::{Trace, TraceError};
/// use fivenines::units::Span;
///
/// let error = Trace::new(Span::ZERO, vec![vec![]]).unwrap_err();
/// assert_eq!(error, TraceError::NoWindow);
/// assert_eq!(error.to_string(), "a trace needs a window of some length");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TraceError {
    /// A window of no length, or without an end.
    #[error("a trace needs a window of some length")]
    NoWindow,
    /// No nodes.
    #[error("a trace needs nodes, also such as never failed")]
    NoNodes,
    /// An outage that begins after the window.
    #[error("an outage of node {node} begins {start} s into a window of {window} s")]
    Outside {
        /// The node, from 0.
        node: usize,
        /// When, in whole seconds.
        start: u64,
        /// Length of the window, in whole seconds.
        window: u64,
    },
}

impl Trace {
    /// Makes a trace from the length of its window and, for each node, when its outages began, from the beginning of the
    /// window, and how long they were. They may be in any order; what overlaps or touches is one outage, what goes beyond
    /// the window is cut, and what takes no time is left out. Nodes that never failed count: give them without outages.
    ///
    /// # Errors
    /// When the window has no length, there are no nodes, or an outage begins after the window.
    pub fn new(window: Span, nodes: Vec<Vec<(Span, Span)>>) -> Result<Trace, TraceError> {
        if window == Span::ZERO || window.is_forever() {
            return Err(TraceError::NoWindow);
        }
        if nodes.is_empty() {
            return Err(TraceError::NoNodes);
        }
        let end = window.as_micros();
        let seconds = |micros: u64| micros / 1_000_000;
        let mut cleaned = Vec::with_capacity(nodes.len());
        for (node, outages) in nodes.into_iter().enumerate() {
            if let Some((start, _)) = outages.iter().find(|(start, _)| *start >= window) {
                let (start, window) = (seconds(start.as_micros()), seconds(end));
                return Err(TraceError::Outside { node, start, window });
            }
            cleaned.push(clean(outages, end));
        }
        Ok(Trace { window, nodes: cleaned.into(), source: None })
    }

    /// A trace whose log is not at hand: a system that has it can be looked at, but has a mistake.
    pub fn absent() -> Trace {
        Trace { window: Span::ZERO, nodes: Arc::new([]), source: None }
    }

    /// True where the log is not at hand.
    pub fn is_absent(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Says where the log comes from.
    #[must_use]
    pub fn source(mut self, source: &str) -> Trace {
        self.source = Some(source.to_owned());
        self
    }

    /// Length of its window.
    pub fn window(&self) -> Span {
        self.window
    }

    /// How many nodes it has, those that are never down with them.
    pub fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// How many nodes are never down in its window.
    pub fn silent(&self) -> usize {
        self.nodes.iter().filter(|outages| outages.is_empty()).count()
    }

    /// How many outages it has.
    pub fn outages(&self) -> usize {
        self.nodes.iter().map(Vec::len).sum()
    }

    /// The outages of a node, from 0, as starts and lengths.
    pub fn outages_of(&self, node: usize) -> impl Iterator<Item = (Span, Span)> {
        self.nodes[node]
            .iter()
            .map(|(start, end)| (Span::from_micros(*start), Span::from_micros(end - start)))
    }

    /// The share of time that a node is down, on average over the nodes.
    pub fn unavailability(&self) -> f64 {
        let down = self.nodes.iter().flatten().map(|(start, end)| u128::from(end - start)).sum::<u128>();
        let all = u128::from(self.window.as_micros()) * self.nodes.len() as u128;
        if all == 0 { 0.0 } else { down as f64 / all as f64 }
    }

    /// The same for the same window, nodes and outages: says which log a result is from.
    pub fn digest(&self) -> Digest {
        let mut digest = Digest::new();
        digest.fold(self.window.as_micros());
        for outages in self.nodes.iter() {
            digest.fold(outages.len() as u64);
            for (start, end) in outages {
                digest.fold(*start);
                digest.fold(*end);
            }
        }
        digest
    }

    /// Where a node that is looked at from an instant of the window stands, and how long until it is next down: no time
    /// where it is down then. Nothing for a node that is never down.
    pub(super) fn enter(&self, node: u32, instant: u64) -> Option<(Replay, Span)> {
        let outages = &self.nodes[node as usize];
        let at = outages.partition_point(|(_, end)| *end <= instant);
        let (at, wait) = match (outages.get(at), outages.first()) {
            (Some((start, _)), _) => (at, start.saturating_sub(instant)),
            (None, Some((start, _))) => (0, self.window.as_micros() - instant + start),
            (None, None) => return None,
        };
        let position = outages[at].0.max(if wait == 0 { instant } else { 0 });
        Some((Replay { node, at: at as u32, position }, Span::from_micros(wait)))
    }

    /// How long the outage takes that a node is now in; leaves the replay at its end.
    pub(super) fn rest(&self, replay: &mut Replay) -> Span {
        let outages = &self.nodes[replay.node as usize];
        let window = self.window.as_micros();
        let (_, end) = outages[replay.at as usize];
        let mut rest = end - replay.position;
        let mut next = (replay.at as usize + 1) % outages.len();
        replay.position = end;
        if end == window {
            replay.position = 0;
            // The window begins again with the node still down.
            if let Some((0, end)) = outages.first() {
                if *end == window {
                    return Span::FOREVER;
                }
                rest += end;
                replay.position = *end;
                next = 1 % outages.len();
            }
        }
        replay.at = next as u32;
        Span::from_micros(rest)
    }

    /// How long a node now stays up; leaves the replay at its next outage.
    pub(super) fn pause(&self, replay: &mut Replay) -> Span {
        let (start, _) = self.nodes[replay.node as usize][replay.at as usize];
        let wait = match start.checked_sub(replay.position) {
            Some(wait) => wait,
            None => self.window.as_micros() - replay.position + start,
        };
        replay.position = start;
        Span::from_micros(wait)
    }
}

/// Where a component is in its node's part of the log.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Replay {
    node: u32,
    /// The outage that the node is in, or comes to next.
    at: u32,
    /// The place in the window, in microseconds, as of the last event.
    position: u64,
}

/// Sorted, cut at the end of the window, and joined where they overlap or touch; as starts and ends.
fn clean(outages: Vec<(Span, Span)>, window: u64) -> Vec<(u64, u64)> {
    let ends = |(start, length): (Span, Span)| {
        let start = start.as_micros();
        (start, start.saturating_add(length.as_micros()).min(window))
    };
    let mut spans: Vec<(u64, u64)> =
        outages.into_iter().map(ends).filter(|(start, end)| start < end).collect();
    spans.sort_unstable();
    spans.dedup_by(|later, kept| {
        let joins = later.0 <= kept.1;
        if joins {
            kept.1 = kept.1.max(later.1);
        }
        joins
    });
    spans
}

/// In brief: a log may have millions of outages.
impl Serialize for Trace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut brief = serializer.serialize_struct("Trace", 6)?;
        brief.serialize_field("window_s", &self.window.as_secs_f64())?;
        brief.serialize_field("nodes", &self.nodes())?;
        brief.serialize_field("outages", &self.outages())?;
        brief.serialize_field("unavailability", &self.unavailability())?;
        brief.serialize_field("digest", &self.digest())?;
        brief.serialize_field("source", &self.source)?;
        brief.end()
    }
}

/// `2,748 outages of 1,024 nodes in 855 days`.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_absent() {
            return f.write_str("a log that is not given");
        }
        let (outages, nodes) = (super::grouped(self.outages() as u64), super::grouped(self.nodes() as u64));
        write!(f, "{outages} outages of {nodes} nodes in {:.0} days", self.window.as_secs_f64() / 86_400.0)
    }
}

impl System {
    /// Adds a trace, for components to play.
    #[must_use]
    pub fn trace(mut self, name: &str, trace: Trace) -> System {
        self.traces.insert(name.to_owned(), trace);
        self
    }
}

impl Component {
    /// Makes each of these components play a node of a trace, besides its failure modes.
    #[must_use]
    pub fn plays(mut self, trace: &str) -> Component {
        self.trace = Some(trace.to_owned());
        self
    }
}

#[cfg(test)]
#[path = "trace_tests.rs"]
mod tests;
