//! A trial as lines of text, and its faults as a file has them.

use std::collections::BTreeMap;

use crate::experiment::Told;
use crate::process::{Fault, Planned, Schedule, What};
use crate::units::{Duration, Instant};

/// A trial, a line for each thing that happened from one instant to another. What messages say stands where they are received,
/// or where they are not.
pub fn story_text(told: &Told, from: Instant, until: Instant) -> String {
    let mut said: BTreeMap<u64, &str> = BTreeMap::new();
    let mut text = String::new();
    if !told.hosts.is_empty() {
        let hosts = told.hosts.iter().enumerate().map(|(process, host)| format!("p{process} runs on {host}"));
        text += &(hosts.collect::<Vec<_>>().join(", ") + "\n\n");
    }
    for line in &told.lines {
        if let What::Sent { number, text, .. } = &line.what {
            said.insert(*number, text);
        }
        if line.at < from || line.at > until {
            continue;
        }
        let of = line.of.map_or_else(|| "*".to_owned(), |id| id.to_string());
        let what = match &line.what {
            What::Started => "starts".to_owned(),
            What::Crashed => "crashes".to_owned(),
            What::Recovered => "is back".to_owned(),
            What::Paused => "stands still".to_owned(),
            What::Resumed => "goes on".to_owned(),
            // Told where it arrives.
            What::Sent { .. } => continue,
            What::Received { from, number } => {
                format!("<- {from}  {}", said.get(number).unwrap_or(&"?"))
            }
            What::Dropped { number, fate } => {
                format!("x      {} ({fate})", said.get(number).unwrap_or(&"?"))
            }
            What::Disconnected(peer) => format!("has lost its connection to {peer}"),
            What::Timer(timer) => format!("timer {timer}"),
            What::Synced => "syncs".to_owned(),
            What::Asked { ticket, text } => format!("<- {ticket}  {text}"),
            What::Answered { ticket, text } => format!("-> {ticket}  {text}"),
            What::Note(note) => format!("({note})"),
            What::Strike(fault) => format!("from now on {fault}"),
            What::Heal(fault) => format!("no more: {fault}"),
            What::System(what) => format!("[{what}]"),
            What::Violation(what) => format!("VIOLATION: {what}"),
        };
        text.push_str(&format!("{}  {of:<4}  {what}\n", clock(line.at)));
    }
    text
}

/// Seconds to the microsecond, in a column.
fn clock(at: Instant) -> String {
    let micros = at.as_micros();
    format!("{:>8}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// Faults as a file of an experiment has them.
pub fn schedule_toml(schedule: &Schedule) -> String {
    schedule.faults().iter().map(fault_toml).collect::<Vec<_>>().join("\n")
}

fn fault_toml(planned: &Planned) -> String {
    let lasts = if planned.fault.is_instant() {
        String::new()
    } else {
        format!("for = \"{}\"\n", written(planned.lasts))
    };
    let ids = |ids: &[crate::process::Id]| {
        ids.iter().map(|id| id.index().to_string()).collect::<Vec<_>>().join(", ")
    };
    let what = match &planned.fault {
        Fault::Crash(of) => format!("crash = {}", of.index()),
        Fault::Pause(of) => format!("pause = {}", of.index()),
        Fault::Cut { from, to, one_way } => {
            let way = if *one_way { ", one_way = true" } else { "" };
            format!("cut = {{ from = [{}], to = [{}]{way} }}", ids(from), ids(to))
        }
        Fault::Flap { from, to, on, off } => {
            let (from, to) = (ids(from), ids(to));
            format!("flap = {{ from = [{from}], to = [{to}], on = \"{on}\", off = \"{off}\" }}")
        }
        Fault::Noise { loss, delay } => {
            let delay = delay.as_ref().map_or_else(String::new, |delay| format!(", delay = \"{delay}\""));
            format!("noise = {{ loss = \"{loss}\"{delay} }}")
        }
        Fault::Slow { of, times } => format!("slow = {{ of = {}, times = {times} }}", of.index()),
        Fault::Delay { from, to, by, one_way } => {
            let way = if *one_way { ", one_way = true" } else { "" };
            format!("delay = {{ from = [{}], to = [{}], by = \"{by}\"{way} }}", ids(from), ids(to))
        }
        Fault::Drift { of, ppm } => format!("drift = {{ of = {}, ppm = {ppm} }}", of.index()),
        Fault::Jump { of, by_ms } => format!("jump = {{ of = {}, by_ms = {by_ms} }}", of.index()),
        Fault::Disk { of, what } => {
            let what = serde_json::to_string(what).expect("a word is plain data");
            format!("disk = {{ of = {}, what = {what} }}", of.index())
        }
    };
    format!("[[fault]]\nat = \"{}\"\n{lasts}{what}\n", written(planned.at))
}

/// A duration in the unit that reads best, exact.
fn written(duration: Duration) -> String {
    duration.to_string()
}
