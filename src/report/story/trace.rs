//! A trial in Chrome's trace format, which the Perfetto viewer opens: hosts as processes, messages as flows, faults as spans.
//!
//! The format: Google's "Trace Event Format" of 2016; times are microseconds.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::experiment::Told;
use crate::process::What;
use crate::units::Instant;

/// The track of faults and violations: in front of the processes.
const FAULTS: u64 = 0;
/// Slices of what takes no time are as long as this, so that they can be seen and flows have something to hold on to.
const BLINK: u64 = 1;

/// A trial as a trace, up to and including `end`.
///
/// # Panics
/// Never: a trace is plain data.
pub fn chrome_trace(told: &Told, end: Instant) -> String {
    let mut trace = Trace { events: Vec::new(), open: BTreeMap::new(), said: BTreeMap::new() };
    trace.name(FAULTS, "faults");
    for process in 0..told.processes {
        trace.name(track(process), &super::lane(told, process));
    }
    for line in &told.lines {
        trace.line(line);
    }
    trace.close(end);
    let all = json!({ "traceEvents": trace.events, "displayTimeUnit": "ms" });
    serde_json::to_string(&all).expect("a trace is plain data") + "\n"
}

fn track(process: usize) -> u64 {
    process as u64 + 1
}

struct Trace {
    events: Vec<Value>,
    /// Spans that have begun: by track and name, since when.
    open: BTreeMap<(u64, String), u64>,
    /// What messages say.
    said: BTreeMap<u64, String>,
}

impl Trace {
    fn name(&mut self, track: u64, name: &str) {
        self.events.push(
            json!({ "ph": "M", "name": "process_name", "pid": track, "tid": 0, "args": { "name": name } }),
        );
        self.events.push(json!({ "ph": "M", "name": "process_sort_index", "pid": track, "tid": 0, "args": { "sort_index": track } }));
    }

    fn slice(&mut self, track: u64, name: &str, category: &str, (at, lasts): (u64, u64)) {
        self.events.push(json!({
            "ph": "X", "name": name, "cat": category, "pid": track, "tid": 0, "ts": at, "dur": lasts,
        }));
    }

    /// A flow's start or end, which holds on to the slice at that time.
    fn flow(&mut self, phase: &str, track: u64, number: u64, at: u64) {
        let mut event = json!({
            "ph": phase, "name": "message", "cat": "message", "id": number, "pid": track, "tid": 0, "ts": at,
        });
        if phase == "f" {
            event["bp"] = json!("e");
        }
        self.events.push(event);
    }

    fn begin(&mut self, track: u64, name: &str, at: u64) {
        self.open.insert((track, name.to_owned()), at);
    }

    fn end(&mut self, track: u64, name: &str, category: &str, at: u64) {
        if let Some(since) = self.open.remove(&(track, name.to_owned())) {
            self.slice(track, name, category, (since, at - since));
        }
    }

    fn line(&mut self, line: &crate::process::Line) {
        let at = line.at.as_micros();
        let of = line.of.map_or(FAULTS, |id| track(id.index()));
        match &line.what {
            What::Sent { number, text, .. } => {
                self.said.insert(*number, text.clone());
                self.slice(of, &format!("send {text}"), "message", (at, BLINK));
                self.flow("s", of, *number, at);
            }
            What::Received { number, .. } => {
                let said = self.said.get(number).cloned().unwrap_or_default();
                self.slice(of, &said, "message", (at, BLINK));
                self.flow("f", of, *number, at);
            }
            What::Dropped { number, fate } => {
                let said = self.said.get(number).cloned().unwrap_or_default();
                self.slice(of, &format!("{fate}: {said}"), "dropped", (at, BLINK));
                self.flow("f", of, *number, at);
            }
            What::Crashed => self.begin(of, "down", at),
            What::Recovered => self.end(of, "down", "state", at),
            What::Paused => self.begin(of, "stands still", at),
            What::Resumed => self.end(of, "stands still", "state", at),
            What::Strike(fault) => self.begin(FAULTS, fault, at),
            What::Heal(fault) => self.end(FAULTS, fault, "fault", at),
            What::Started => self.slice(of, "starts", "state", (at, BLINK)),
            What::Timer(timer) => self.slice(of, &format!("timer {timer}"), "timer", (at, BLINK)),
            What::Asked { ticket, text } => {
                self.slice(of, &format!("{ticket} {text}"), "client", (at, BLINK))
            }
            What::Answered { ticket, text } => {
                self.slice(of, &format!("{ticket} -> {text}"), "client", (at, BLINK));
            }
            What::Note(note) => self.slice(of, note, "note", (at, BLINK)),
            What::Synced => self.slice(of, "sync", "disk", (at, BLINK)),
            What::Disconnected(peer) => {
                self.slice(of, &format!("disconnected from {peer}"), "message", (at, BLINK))
            }
            What::System(what) => self.slice(FAULTS, what, "system", (at, BLINK)),
            What::Violation(what) => self.slice(of, &format!("VIOLATION: {what}"), "violation", (at, BLINK)),
        }
    }

    /// What lasts at the end lasts until then.
    fn close(&mut self, end: Instant) {
        for ((track, name), since) in std::mem::take(&mut self.open) {
            self.slice(track, &name, "state", (since, end.as_micros() - since));
        }
    }
}
