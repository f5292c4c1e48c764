//! One trial's outages: when, and on an upright logarithmic axis how long, for two minutes of a year are invisible.

use super::axis::{Axis, steps};
use super::downtime::sentence;
use super::font::{Weight, fitted};
use super::frame::{GAP, LABEL, MARGIN, close, label_width, left_out, level_axis, name, names_width, open};
use super::palette::{ESTIMATE, GRID, INK, MUTED, PAPER};
use super::sheet::{Anchor, Sheet, WIDTH};
use crate::experiment::{DesignResult, OutageResult, Results, TimelineResult};
use crate::report::number::{YEAR, count_of, duration};
use crate::report::text::printable;

const MOST: usize = 8;
/// Height of a design's row, and of the room for a label above its marks.
const ROW: f64 = 92.0;
const HEAD: f64 = 22.0;

pub(super) fn draw(results: &Results) -> Option<Sheet> {
    let simulated: Vec<(&DesignResult, &TimelineResult)> =
        results.designs.iter().filter_map(|design| Some((design, design.timeline.as_ref()?))).collect();
    let rows = &simulated[..simulated.len().min(MOST)];
    let (first, timeline) = rows.first()?;
    let same_trial = rows.iter().all(|(_, other)| other.trial == timeline.trial);
    let trial =
        if same_trial { format!("trial {}", timeline.trial) } else { "one trial of each design".into() };
    let mut sheet = open(
        &format!("Outages of {} in {trial}", first.service.name),
        &format!(
            "{} One of {}. The height of a mark is the length of an outage (logarithmic).",
            sentence(&results.title),
            many(results)
        ),
    );
    let left =
        MARGIN + names_width(rows.iter().map(|(design, _)| design.name.as_str())).max(140.0) + GAP + 44.0;
    let (from, to) = (results.warm_up_s, results.horizon_s);
    let (unit, unit_name) = unit(to - from);
    let across =
        Axis { low: 0.0, high: (to - from) / unit, from: left, to: WIDTH - MARGIN - 6.0, log: false };
    let (top, bottom) = (sheet.height, sheet.height + ROW * rows.len() as f64);
    let ticks = steps(0.0, across.high, 13);
    let since = if from > 0.0 { "the warm-up" } else { "the start" };
    let next = level_axis(&mut sheet, &across, &ticks, (top, bottom), &format!("{unit_name} since {since}"));
    let lengths = lengths(rows);
    for (at, (design, timeline)) in rows.iter().enumerate() {
        let top = top + ROW * at as f64;
        let up = Axis { from: top + ROW, to: top + HEAD, ..lengths };
        let outages: Vec<&OutageResult> =
            timeline.outages.iter().filter(|outage| from <= outage.start_s && outage.start_s <= to).collect();
        let trial = (!same_trial).then_some(timeline.trial);
        heading(&mut sheet, (design, trial), &outages, (left - 44.0 - GAP - MARGIN, top));
        strip(&mut sheet, &outages, (from, unit), &across, &up);
    }
    sheet.height = next;
    let note = left_out(rows.len(), simulated.len());
    Some(close(sheet, results, note))
}

fn many(results: &Results) -> String {
    match results.designs.iter().map(|design| design.trials).max() {
        Some(trials) if trials > 1 => count_of(trials, "trial"),
        _ => "one trial".into(),
    }
}

/// Unit of the level axis, in seconds, and its name.
fn unit(span: f64) -> (f64, &'static str) {
    match span / 86_400.0 {
        ..3.0 => (3600.0, "Hours"),
        ..62.0 => (86_400.0, "Days"),
        ..735.0 => (YEAR / 12.0, "Months"),
        _ => (YEAR, "Years"),
    }
}

/// The upright axis that all rows share.
fn lengths(rows: &[(&DesignResult, &TimelineResult)]) -> Axis {
    let lengths: Vec<f64> =
        rows.iter().flat_map(|(_, timeline)| timeline.outages.iter().map(|outage| outage.length_s)).collect();
    let longest = lengths.iter().copied().fold(120.0, f64::max);
    let shortest = lengths.iter().copied().filter(|s| *s > 0.0).fold(longest / 120.0, f64::min);
    // A mark of the shortest still has some height.
    Axis { low: (shortest / 3.0).max(longest / 1e6), high: longest, from: 0.0, to: 0.0, log: true }
}

/// The design's name, and below it what the row shows; with its trial, where each design has another.
fn heading(
    sheet: &mut Sheet,
    (design, trial): (&DesignResult, Option<u64>),
    outages: &[&OutageResult],
    (room, top): (f64, f64),
) {
    name(sheet, &design.name, (MARGIN, top + ROW / 2.0 - 4.0), room);
    let total = outages.iter().fold(0.0, |sum, outage| sum + outage.length_s);
    let text = match (outages.len(), trial) {
        (0, None) => String::new(),
        (0, Some(trial)) => format!("trial {trial}"),
        (many, None) => format!("{}, {} in all", count_of(many as u64, "outage"), duration(total)),
        (many, Some(trial)) => {
            format!("trial {trial}: {}, {}", count_of(many as u64, "outage"), duration(total))
        }
    };
    let two_lines = label_width(&printable(&design.name)) * 1.05 > room;
    let below = if two_lines { 26.0 } else { 17.0 };
    sheet.small((MARGIN, top + ROW / 2.0 - 4.0 + below), text, MUTED, Anchor::Start);
}

fn strip(sheet: &mut Sheet, outages: &[&OutageResult], (start, unit): (f64, f64), across: &Axis, up: &Axis) {
    let mut free = up.from;
    for (value, label) in up.decades() {
        let y = up.at(value);
        // Ticks that crowd each other, or the base line, are left out.
        if free - y < 14.0 {
            continue;
        }
        free = y;
        sheet.line((across.from, y), (across.to, y), GRID, 1.0);
        sheet.small((across.from - 6.0, y), label, MUTED, Anchor::End);
    }
    sheet.line((across.from, up.from), (across.to, up.from), MUTED, 1.0);
    if outages.is_empty() {
        let middle = ((across.from + across.to) / 2.0, (up.from + up.to) / 2.0 - HEAD / 4.0);
        let text = "no outage in this trial";
        let half = label_width(text) / 2.0 + 6.0;
        sheet.rect((middle.0 - half, middle.1 - 9.0), (middle.0 + half, middle.1 + 9.0), PAPER);
        sheet.label(middle, text, MUTED, Anchor::Middle);
        return;
    }
    for outage in outages {
        let (x, y) = (across.at((outage.start_s - start) / unit), up.at(outage.length_s));
        sheet.line((x, up.from), (x, y), ESTIMATE, 1.75);
        sheet.disc((x, y), 3.5, ESTIMATE);
    }
    let longest = outages.iter().copied().max_by(|a, b| a.length_s.total_cmp(&b.length_s));
    if let Some(outage) = longest {
        caption(sheet, outage, across.at((outage.start_s - start) / unit), across, up);
    }
}

/// The longest outage's length and cause, above its mark, where nothing is: no other mark is as high.
fn caption(sheet: &mut Sheet, outage: &OutageResult, x: f64, across: &Axis, up: &Axis) {
    let cause = printable(&outage.cause);
    let colon = if cause.is_empty() { "" } else { ": " };
    let text = format!("{}{colon}{cause}", duration(outage.length_s));
    let text = fitted(&text, LABEL, Weight::Regular, across.to - across.from - 8.0);
    let half = label_width(&text) / 2.0;
    let middle = x.clamp(across.from + half + 4.0, across.to - half - 2.0);
    let y = up.at(outage.length_s) - 13.0;
    sheet.rect((middle - half - 3.0, y - 8.0), (middle + half + 3.0, y + 8.0), PAPER);
    sheet.label((middle, y), text, INK, Anchor::Middle);
}
