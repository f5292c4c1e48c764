//! What every plot has: a title, a legend above the data, names beside it, an axis below, and the source at the foot.

use super::axis::Axis;
use super::font::{Weight, fitted, lines, name_lines, width};
use super::palette::{GRID, INK, MUTED};
use super::sheet::{Anchor, Color, Point, Sheet, Text, WIDTH};
use crate::experiment::Results;
use crate::report::number;
use crate::report::text::printable;
use crate::report::words::colophon;

/// Margin on all sides.
pub(super) const MARGIN: f64 = 24.0;
/// Size of labels.
pub(super) const LABEL: f64 = 13.0;
/// Size of the title.
const TITLE: f64 = 19.0;
/// Size of the foot.
const SMALL: f64 = 11.0;
/// Widest column of names.
const NAMES: f64 = 250.0;
/// Space between columns.
pub(super) const GAP: f64 = 14.0;

impl Sheet {
    /// A text in the labels' size.
    pub(super) fn label(&mut self, at: Point, text: impl Into<String>, color: Color, anchor: Anchor) {
        self.sized(at, text, LABEL, color, anchor);
    }

    /// A text in the foot's size.
    pub(super) fn small(&mut self, at: Point, text: impl Into<String>, color: Color, anchor: Anchor) {
        self.sized(at, text, SMALL, color, anchor);
    }

    fn sized(&mut self, at: Point, text: impl Into<String>, size: f64, color: Color, anchor: Anchor) {
        self.text(Text { at, text: text.into(), size, weight: Weight::Regular, color, anchor });
    }

    /// A text in the labels' size, semi-bold.
    pub(super) fn strong(&mut self, at: Point, text: impl Into<String>, anchor: Anchor) {
        let weight = Weight::SemiBold;
        self.text(Text { at, text: text.into(), size: LABEL, weight, color: INK, anchor });
    }
}

/// Width of a text in the labels' size.
pub(super) fn label_width(text: &str) -> f64 {
    width(text, LABEL, Weight::Regular)
}

/// Starts a plot: title and subtitle. The sheet's height is where the next thing goes.
pub(super) fn open(title: &str, subtitle: &str) -> Sheet {
    let mut sheet = Sheet::new(title, MARGIN + TITLE / 2.0);
    let room = WIDTH - 2.0 * MARGIN;
    let size = TITLE;
    for line in lines(&printable(title), size, Weight::SemiBold, room, 2) {
        let at = (MARGIN, sheet.height);
        sheet.text(Text {
            at,
            text: line,
            size,
            weight: Weight::SemiBold,
            color: INK,
            anchor: Anchor::Start,
        });
        sheet.height += TITLE * 1.3;
    }
    for line in lines(&printable(subtitle), LABEL, Weight::Regular, room, 2) {
        let at = (MARGIN, sheet.height);
        sheet.label(at, line, MUTED, Anchor::Start);
        sheet.height += LABEL * 1.4;
    }
    sheet.height += 8.0;
    sheet
}

/// Ends a plot: where the numbers come from.
pub(super) fn close(sheet: Sheet, results: &Results, note: Option<String>) -> Sheet {
    close_with(sheet, format!("{} · {}", printable(&results.file), colophon(results)), note)
}

/// Ends a plot whose numbers come from this source.
pub(super) fn close_with(mut sheet: Sheet, source: String, note: Option<String>) -> Sheet {
    sheet.height += 10.0;
    sheet.line((MARGIN, sheet.height), (WIDTH - MARGIN, sheet.height), GRID, 1.0);
    sheet.height += 16.0;
    for text in note.into_iter().chain([source]) {
        for line in lines(&text, SMALL, Weight::Regular, WIDTH - 2.0 * MARGIN, 2) {
            let at = (MARGIN, sheet.height);
            sheet.small(at, line, MUTED, Anchor::Start);
            sheet.height += SMALL * 1.45;
        }
    }
    sheet.height += MARGIN - SMALL;
    sheet
}

/// One entry of a legend: how its mark is drawn, given the middle of the mark's place, and what it means.
pub(super) type Entry<'a> = (Box<dyn Fn(&mut Sheet, Point) + 'a>, String);

/// Width of a legend's mark.
pub(super) const MARK: f64 = 22.0;

/// A legend in as many rows as it needs.
pub(super) fn legend(sheet: &mut Sheet, entries: Vec<Entry<'_>>) {
    let mut x = MARGIN;
    for (mark, text) in entries {
        let text = fitted(&text, LABEL, Weight::Regular, WIDTH - 2.0 * MARGIN - MARK - 6.0);
        let wide = MARK + 6.0 + label_width(&text);
        if x > MARGIN && x + wide > WIDTH - MARGIN {
            x = MARGIN;
            sheet.height += LABEL * 1.6;
        }
        mark(sheet, (x + MARK / 2.0, sheet.height));
        sheet.label((x + MARK + 6.0, sheet.height), text, INK, Anchor::Start);
        x += wide + 22.0;
    }
    sheet.height += LABEL * 1.6;
}

/// The column of names: wide enough for the longest, in one line or two.
pub(super) fn names_width<'a>(names: impl Iterator<Item = &'a str>) -> f64 {
    names.map(|name| width(&printable(name), LABEL, Weight::SemiBold)).fold(60.0, f64::max).min(NAMES)
}

/// A name, its middle at `y`, in two lines where one is too short for it.
pub(super) fn name(sheet: &mut Sheet, name: &str, (x, y): Point, room: f64) {
    let lines = name_lines(&printable(name), LABEL, Weight::SemiBold, room);
    let height = LABEL * 1.25;
    let mut y = y - height * (lines.len().max(1) - 1) as f64 / 2.0;
    for line in lines {
        sheet.strong((x, y), line, Anchor::Start);
        y += height;
    }
}

/// The level axis below data that reach from `top` to `bottom`, with grid lines behind them; ticks that would touch each
/// other lose their label. Returns where the next thing goes.
pub(super) fn level_axis(
    sheet: &mut Sheet,
    axis: &Axis,
    ticks: &[(f64, String)],
    (top, bottom): (f64, f64),
    title: &str,
) -> f64 {
    let mut free = f64::NEG_INFINITY;
    for (value, label) in ticks {
        let x = axis.at(*value);
        sheet.line((x, top), (x, bottom), GRID, 1.0);
        let half = label_width(label) / 2.0;
        if x - half > free {
            sheet.label((x, bottom + 14.0), label.clone(), MUTED, Anchor::Middle);
            free = x + half + 8.0;
        }
    }
    sheet.line((axis.from, bottom), (axis.to, bottom), MUTED, 1.0);
    sheet.label(((axis.from + axis.to) / 2.0, bottom + 35.0), title, MUTED, Anchor::Middle);
    bottom + 46.0
}

/// `showing the first 12 of 30 designs`, where some are left out.
pub(super) fn left_out(shown: usize, all: usize) -> Option<String> {
    (shown < all).then(|| format!("Showing the first {shown} of {} designs.", number::count(all as u64)))
}
