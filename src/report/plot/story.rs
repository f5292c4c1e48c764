//! A trial of a protocol: a lane for each process, messages as lines from lane to lane, time to the right.

use super::axis::{Axis, steps};
use super::font::{Weight, fitted};
use super::frame::{GAP, LABEL, MARGIN, legend, level_axis, name, names_width, open};
use super::palette::{ESTIMATE, INK, MUTED, OBJECTIVE, OTHER};
use super::sheet::{Anchor, Sheet, WIDTH};
use super::vector;

/// Height of a lane, and of the bar on it.
const LANE: f64 = 64.0;
const BAR: f64 = 14.0;
/// Height of a fault's row: its words, and its bar below them.
const ROW: f64 = 32.0;
/// A mark whose word would run into the last one's keeps only its dot.
const APART: f64 = 6.0;

/// What is drawn. Times are seconds.
#[derive(Clone, Debug)]
pub(crate) struct Tale {
    pub title: String,
    pub subtitle: String,
    pub from: f64,
    pub until: f64,
    pub lanes: Vec<Lane>,
    pub slants: Vec<Slant>,
    /// When each fault lasted, and what it is.
    pub faults: Vec<((f64, f64), String)>,
}

/// A process.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub name: String,
    pub bars: Vec<Bar>,
    pub marks: Vec<Mark>,
}

/// When it was down, or stood still.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bar {
    pub span: (f64, f64),
    pub down: bool,
}

/// What it said of itself.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    pub at: f64,
    pub text: String,
}

/// A message from a lane to another, each with its time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slant {
    pub from: (usize, f64),
    pub to: (usize, f64),
    pub lost: bool,
}

impl Tale {
    /// The drawing.
    pub(crate) fn svg(&self) -> String {
        vector::file(&self.draw())
    }

    fn draw(&self) -> Sheet {
        let messages = self.slants.len();
        let span = self.until - self.from;
        let (unit, unit_name) = if span < 2.0 { (1e-3, "Milliseconds") } else { (1.0, "Seconds") };
        let mut sheet = open(&self.title, &format!("{}: {messages} messages.", self.subtitle));
        self.key(&mut sheet);
        sheet.height += 6.0;
        let names = self.lanes.iter().map(|lane| lane.name.as_str()).chain(["faults"]);
        let left = MARGIN + names_width(names) + GAP;
        let axis = Axis {
            low: self.from / unit,
            high: (self.until / unit).max(self.from / unit + 1e-9),
            from: left,
            to: WIDTH - MARGIN - 6.0,
            log: false,
        };
        let top = sheet.height;
        let faults = ROW * self.faults.len() as f64;
        let bottom = top + faults + LANE * self.lanes.len() as f64;
        let ticks = steps(axis.low, axis.high, 11);
        let next =
            level_axis(&mut sheet, &axis, &ticks, (top, bottom), &format!("{unit_name} since the start"));
        let at = |secs: f64| axis.at(secs / unit);
        for (row, ((since, until), what)) in self.by_time().into_iter().enumerate() {
            let y = top + ROW * row as f64;
            let (x, to) = (at(*since), at(*until).max(at(*since) + 1.0));
            sheet.rect((x, y + 18.0), (to, y + 26.0), OBJECTIVE);
            // As far to the right as its words leave room.
            let text = fitted(what, LABEL, Weight::Regular, WIDTH - MARGIN - left);
            let start = x.min(WIDTH - MARGIN - super::frame::label_width(&text));
            sheet.label((start, y + 9.0), text, INK, Anchor::Start);
        }
        if !self.faults.is_empty() {
            name(&mut sheet, "faults", (MARGIN, top + faults / 2.0), left - GAP - MARGIN);
        }
        let lane = |number: usize| top + faults + LANE * (number as f64 + 0.5);
        for slant in &self.slants {
            let color = if slant.lost { OBJECTIVE } else { OTHER };
            let (from, to) = ((at(slant.from.1), lane(slant.from.0)), (at(slant.to.1), lane(slant.to.0)));
            sheet.line(from, to, color, 1.0);
            if slant.lost {
                sheet.line((to.0 - 3.0, to.1 - 3.0), (to.0 + 3.0, to.1 + 3.0), color, 1.5);
                sheet.line((to.0 - 3.0, to.1 + 3.0), (to.0 + 3.0, to.1 - 3.0), color, 1.5);
            }
        }
        for (number, lane_) in self.lanes.iter().enumerate() {
            draw_lane(&mut sheet, lane_, lane(number), (left, WIDTH - MARGIN - 6.0), at);
        }
        sheet.height = next + MARGIN / 2.0;
        sheet
    }

    fn key(&self, sheet: &mut Sheet) {
        let bar = |color| {
            move |sheet: &mut Sheet, (x, y): (f64, f64)| {
                sheet.rect((x - 9.0, y - 5.0), (x + 9.0, y + 5.0), color)
            }
        };
        let line = |color| {
            move |sheet: &mut Sheet, (x, y): (f64, f64)| {
                sheet.line((x - 9.0, y - 4.0), (x + 9.0, y + 4.0), color, 1.0)
            }
        };
        legend(
            sheet,
            vec![
                (Box::new(line(OTHER)), "message received".to_owned()),
                (Box::new(line(OBJECTIVE)), "not received".to_owned()),
                (Box::new(bar(INK)), "down".to_owned()),
                (Box::new(bar(OTHER)), "stands still".to_owned()),
                (Box::new(bar(OBJECTIVE)), "fault".to_owned()),
            ],
        );
    }

    /// Faults in the order of their beginnings: each has a row of its own.
    fn by_time(&self) -> Vec<&((f64, f64), String)> {
        let mut faults: Vec<_> = self.faults.iter().collect();
        faults.sort_by(|a, b| a.0.0.total_cmp(&b.0.0));
        faults
    }
}

fn draw_lane(sheet: &mut Sheet, lane: &Lane, y: f64, (left, right): (f64, f64), at: impl Fn(f64) -> f64) {
    name(sheet, &lane.name, (MARGIN, y), left - GAP - MARGIN);
    sheet.line((left, y), (right, y), MUTED, 1.0);
    for bar in &lane.bars {
        let color = if bar.down { INK } else { OTHER };
        sheet.rect((at(bar.span.0), y - BAR / 2.0), (at(bar.span.1), y + BAR / 2.0), color);
    }
    let mut free = f64::NEG_INFINITY;
    for mark in &lane.marks {
        let x = at(mark.at);
        sheet.disc((x, y), 4.0, ESTIMATE);
        let text = fitted(&mark.text, LABEL, Weight::Regular, WIDTH - MARGIN - x);
        let wide = super::frame::label_width(&text);
        if x > free && wide > 0.0 {
            sheet.label((x, y - 16.0), text, INK, Anchor::Start);
            free = x + wide + APART;
        }
    }
}
