//! A trial as a drawing: a lane for each process, messages as slanted lines, what is down or cut off as bars.

use std::collections::BTreeMap;

use crate::experiment::Told;
use crate::process::What;
use crate::report::plot::story::{Bar, Lane, Mark, Slant, Tale};
use crate::units::Instant;

/// A trial from one instant to another as SVG. More than a few hundred messages make a drawing that nobody reads: choose a window.
pub fn story_svg(told: &Told, (title, subtitle): (&str, &str), from: Instant, until: Instant) -> String {
    let secs = |at: Instant| at.as_micros() as f64 / 1e6;
    let within = |at: Instant| from <= at && at <= until;
    let mut tale = Tale {
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        from: secs(from),
        until: secs(until),
        lanes: (0..told.processes)
            .map(|process| Lane { name: format!("p{process}"), bars: Vec::new(), marks: Vec::new() })
            .collect(),
        slants: Vec::new(),
        faults: Vec::new(),
    };
    let mut sent: BTreeMap<u64, (usize, Instant)> = BTreeMap::new();
    let mut open: BTreeMap<(usize, bool), Instant> = BTreeMap::new();
    let mut faults: BTreeMap<&str, Instant> = BTreeMap::new();
    let end = |since: Instant, at: Instant| (secs(since.max(from)), secs(at.min(until)));
    for line in &told.lines {
        let of = line.of.map_or(0, crate::process::Id::index);
        match &line.what {
            What::Sent { number, .. } => {
                sent.insert(*number, (of, line.at));
            }
            What::Received { number, .. } | What::Dropped { number, .. } => {
                let lost = matches!(line.what, What::Dropped { .. });
                if let Some(&(sender, at)) = sent.get(number)
                    && within(at)
                    && within(line.at)
                {
                    tale.slants.push(Slant { from: (sender, secs(at)), to: (of, secs(line.at)), lost });
                }
            }
            What::Crashed => {
                open.insert((of, true), line.at);
            }
            What::Paused => {
                open.insert((of, false), line.at);
            }
            What::Recovered | What::Resumed => {
                let down = line.what == What::Recovered;
                if let Some(since) = open.remove(&(of, down))
                    && line.at >= from
                    && since <= until
                {
                    tale.lanes[of].bars.push(Bar { span: end(since, line.at), down });
                }
            }
            What::Strike(fault) => {
                faults.insert(fault, line.at);
            }
            What::Heal(fault) => {
                if let Some(since) = faults.remove(fault.as_str())
                    && line.at >= from
                    && since <= until
                {
                    tale.faults.push((end(since, line.at), fault.clone()));
                }
            }
            What::Note(note) if within(line.at) => {
                tale.lanes[of].marks.push(Mark { at: secs(line.at), text: note.clone() });
            }
            _ => {}
        }
    }
    for ((of, down), since) in open {
        if since <= until {
            tale.lanes[of].bars.push(Bar { span: end(since, until), down });
        }
    }
    for (fault, since) in faults {
        if since <= until {
            tale.faults.push((end(since, until), fault.to_owned()));
        }
    }
    tale.svg()
}
