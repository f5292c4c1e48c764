//! A trial as a drawing: a lane for each process, messages as slanted lines, what is down or cut off as bars.

use std::collections::BTreeMap;

use crate::experiment::Told;
use crate::process::{Id, Line, What};
use crate::report::plot::story::{Bar, Lane, Mark, Slant, Tale};
use crate::units::Instant;

/// A trial from one instant to another as SVG. More than a few hundred messages make a drawing that nobody reads: choose a window.
pub fn story_svg(told: &Told, (title, subtitle): (&str, &str), from: Instant, until: Instant) -> String {
    let lane = |process| Lane { name: super::lane(told, process), bars: Vec::new(), marks: Vec::new() };
    let mut drawing = Drawing {
        window: (from, until),
        tale: Tale {
            title: title.to_owned(),
            subtitle: subtitle.to_owned(),
            from: secs(from),
            until: secs(until),
            lanes: (0..told.processes).map(lane).collect(),
            slants: Vec::new(),
            faults: Vec::new(),
        },
        sent: BTreeMap::new(),
        stopped: BTreeMap::new(),
        faults: BTreeMap::new(),
    };
    told.lines.iter().for_each(|line| drawing.line(line));
    drawing.close();
    drawing.tale.svg()
}

fn secs(at: Instant) -> f64 {
    at.as_micros() as f64 / 1e6
}

struct Drawing {
    window: (Instant, Instant),
    tale: Tale,
    /// By the number of each message, who sent it and when.
    sent: BTreeMap<u64, (usize, Instant)>,
    /// Since when each process is down (true) or stands still.
    stopped: BTreeMap<(usize, bool), Instant>,
    faults: BTreeMap<String, Instant>,
}

impl Drawing {
    fn within(&self, at: Instant) -> bool {
        self.window.0 <= at && at <= self.window.1
    }

    /// The part of a span that the window shows.
    fn shown(&self, since: Instant, until: Instant) -> Option<(f64, f64)> {
        let (from, to) = (since.max(self.window.0), until.min(self.window.1));
        (from <= to).then(|| (secs(from), secs(to)))
    }

    fn line(&mut self, line: &Line) {
        let of = line.of.map_or(0, Id::index);
        match &line.what {
            What::Sent { number, .. } => {
                self.sent.insert(*number, (of, line.at));
            }
            What::Received { number, .. } => self.slant(*number, (of, line.at), false),
            What::Dropped { number, .. } => self.slant(*number, (of, line.at), true),
            What::Crashed => {
                self.stopped.insert((of, true), line.at);
            }
            What::Paused => {
                self.stopped.insert((of, false), line.at);
            }
            What::Recovered => self.goes_on(of, true, line.at),
            What::Resumed => self.goes_on(of, false, line.at),
            What::Strike(fault) => {
                self.faults.insert(fault.clone(), line.at);
            }
            What::Heal(fault) => {
                let span = self.faults.remove(fault).and_then(|since| self.shown(since, line.at));
                self.tale.faults.extend(span.map(|span| (span, fault.clone())));
            }
            What::Note(note) if self.within(line.at) => {
                self.tale.lanes[of].marks.push(Mark { at: secs(line.at), text: note.clone() });
            }
            _ => {}
        }
    }

    fn slant(&mut self, number: u64, (to, at): (usize, Instant), lost: bool) {
        if let Some(&(from, since)) = self.sent.get(&number)
            && self.within(since)
            && self.within(at)
        {
            self.tale.slants.push(Slant { from: (from, secs(since)), to: (to, secs(at)), lost });
        }
    }

    fn goes_on(&mut self, of: usize, down: bool, at: Instant) {
        if let Some(span) = self.stopped.remove(&(of, down)).and_then(|since| self.shown(since, at)) {
            self.tale.lanes[of].bars.push(Bar { span, down });
        }
    }

    /// What lasts at the end lasts until then.
    fn close(&mut self) {
        let end = self.window.1;
        for of in std::mem::take(&mut self.stopped) {
            if let Some(span) = self.shown(of.1, end) {
                self.tale.lanes[of.0.0].bars.push(Bar { span, down: of.0.1 });
            }
        }
        for (fault, since) in std::mem::take(&mut self.faults) {
            self.tale.faults.extend(self.shown(since, end).map(|span| (span, fault)));
        }
    }
}
