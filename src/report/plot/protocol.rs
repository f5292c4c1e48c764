//! Plots of experiments on protocols: how much of their time clients have it down, and how long answers take.

use super::axis::{Axis, steps};
use super::curves::Curves;
use super::downtime::{bound, estimate, sentence, whisker};
use super::frame::{
    Entry, GAP, MARGIN, close_with, label_width, left_out, legend, level_axis, name, names_width, open,
};
use super::palette::{ESTIMATE, GRID, INK, LINES, MUTED, PAPER};
use super::sheet::{Anchor, Point, Sheet, WIDTH};
use crate::experiment::{Figure, GroupResult, ProtocolResult, StudyResults};
use crate::report::number::{Known, Reading, fixed, known, share, ten_to};
use crate::report::protocol::{estimated, percent};
use crate::report::text::printable;

/// Designs in a plot of rows, and in one of lines.
const MOST: (usize, usize) = (12, LINES.len());
/// The axis is logarithmic when the values span more than this factor.
const WIDE: f64 = 30.0;
const HEIGHT: f64 = 320.0;

/// Where the numbers come from.
pub(super) fn source(results: &StudyResults) -> String {
    format!(
        "{} · model {} · seed {} · digest {} · fivenines {}",
        printable(&results.file),
        printable(&results.model),
        results.seed,
        results.digest,
        printable(&results.version)
    )
}

/// The share of client time down, by design; rings are what the protocol says of itself.
pub(super) fn down(results: &StudyResults) -> Option<Sheet> {
    let all: Vec<(&ProtocolResult, &GroupResult, Figure)> =
        estimated(results).filter_map(|(design, all)| Some((design, all, all.unavailable_time?))).collect();
    let designs = &all[..all.len().min(MOST.0)];
    designs.first()?;
    let mut sheet = open(
        "Client time down, by design",
        &format!(
            "{} Dots are estimates with {} intervals.",
            sentence(&results.title),
            share(results.confidence)
        ),
    );
    let figures: Vec<Figure> = designs.iter().map(|design| design.2).collect();
    down_keys(&mut sheet, &figures);
    let left = MARGIN + names_width(designs.iter().map(|design| design.0.name.as_str())) + GAP;
    let readings: Vec<Reading> = figures.iter().map(percent).collect();
    let texts = readings.iter().flat_map(|reading| [Some(&reading.value), reading.interval.as_ref()]);
    let values = texts.flatten().map(|text| label_width(text)).fold(60.0, f64::max);
    let own = designs.iter().filter_map(|design| design.0.idle);
    let axis = shares(figures.iter().copied().chain(own), (left, WIDTH - MARGIN - values - GAP - 4.0));
    let row = if designs.len() > 6 { 38.0 } else { 46.0 };
    let (top, bottom) = (sheet.height + 4.0, sheet.height + 4.0 + row * designs.len() as f64);
    let scale = if axis.log { " (logarithmic)" } else { "" };
    let title = format!("Share of client time{scale}");
    let next = level_axis(&mut sheet, &axis, &percents(&axis), (top, bottom), &title);
    for (at, ((design, _, figure), reading)) in designs.iter().zip(&readings).enumerate() {
        let y = top + row * (at as f64 + 0.5);
        name(&mut sheet, &design.name, (MARGIN, y), left - MARGIN - GAP);
        if let Some(idle) = design.idle.filter(|idle| idle.value > 0.0) {
            sheet.ring((axis.at(idle.value), y), 5.0, INK, PAPER);
        }
        estimate(&mut sheet, figure, &axis, y);
        let value_y = if reading.interval.is_some() { y - 8.0 } else { y };
        sheet.strong((WIDTH - MARGIN, value_y), reading.value.clone(), Anchor::End);
        let interval = reading.interval.clone().unwrap_or_default();
        sheet.small((WIDTH - MARGIN, y + 9.0), interval, MUTED, Anchor::End);
    }
    sheet.height = next;
    Some(close_with(sheet, source(results), left_out(designs.len(), all.len())))
}

fn down_keys(sheet: &mut Sheet, figures: &[Figure]) {
    let any = |wanted: Known| figures.iter().any(|figure| known(figure) == wanted);
    let mut entries: Vec<Entry<'_>> = Vec::new();
    if any(Known::Interval) {
        let mark = |sheet: &mut Sheet, (x, y): Point| {
            whisker(sheet, (x - 10.0, x + 10.0), y);
            sheet.disc((x, y), 4.5, ESTIMATE);
        };
        entries.push((Box::new(mark), "what clients see, with its interval".into()));
    }
    if any(Known::AtMost) {
        let mark = |sheet: &mut Sheet, (x, y): Point| bound(sheet, (x - 11.0, x + 10.0), y);
        entries.push((Box::new(mark), "nothing seen: at most this".into()));
    }
    let ring = |sheet: &mut Sheet, at: Point| sheet.ring(at, 5.0, INK, PAPER);
    entries.push((Box::new(ring), "time in which the protocol does not serve, by its own account".into()));
    legend(sheet, entries);
}

/// An axis over shares.
fn shares(figures: impl Iterator<Item = Figure> + Clone, (from, to): (f64, f64)) -> Axis {
    let ends = figures.flat_map(|figure| match known(&figure) {
        Known::AtMost => vec![figure.upper],
        // An interval that reaches down to nothing must not stretch the axis down there.
        _ => vec![figure.lower.max(figure.value / 100.0), figure.value, figure.upper],
    });
    let ends: Vec<f64> = ends.filter(|share| *share > 0.0).collect();
    let high = ends.iter().copied().fold(0.0, f64::max);
    let low = ends.iter().copied().fold(high, f64::min);
    match high > 0.0 {
        false => Axis { low: 0.0, high: 1.0, from, to, log: false },
        true if high / low > WIDE => {
            Axis { low: low / 1.6, high: (high * 1.6).min(1.0).max(high), from, to, log: true }
        }
        true => Axis { low: 0.0, high: (high * 1.08).min(1.0), from, to, log: false },
    }
}

/// Ticks of shares in percent.
fn percents(axis: &Axis) -> Vec<(f64, String)> {
    if axis.log {
        let decades = (0..13).map(|exponent| ten_to(-exponent));
        let inside = decades.filter(|share| (axis.low..=axis.high).contains(share));
        return inside.map(|value| (value, share(value))).collect();
    }
    let ticks = steps(100.0 * axis.low, 100.0 * axis.high, 6).into_iter();
    ticks.map(|(value, label)| (value / 100.0, format!("{label}%"))).collect()
}

/// The share of answers that took longer than so long, a line for each design.
pub(super) fn latency(results: &StudyResults) -> Option<Sheet> {
    let curves =
        estimated(results).filter_map(|(design, all)| Some((design, &all.latency.as_ref()?.curve_s)));
    let all: Vec<(&ProtocolResult, &Vec<(f64, f64)>)> = curves.filter(|it| it.1.len() > 1).collect();
    let designs = &all[..all.len().min(MOST.1)];
    designs.first()?;
    let mut sheet = open(
        "How long answers take",
        &format!(
            "{} The share of answered requests that took longer than the axis says.",
            sentence(&results.title)
        ),
    );
    let line =
        |color| move |sheet: &mut Sheet, (x, y): Point| sheet.line((x - 11.0, y), (x + 11.0, y), color, 2.5);
    let entries = designs.iter().zip(LINES);
    let entries: Vec<Entry<'_>> =
        entries.map(|((design, _), color)| (Box::new(line(color)) as _, printable(&design.name))).collect();
    legend(&mut sheet, entries);
    sheet.height += 6.0;
    let points = || designs.iter().flat_map(|design| design.1.iter().copied());
    let rarest = points().map(|(share, _)| 1.0 - share).filter(|rest| *rest > 0.0).fold(0.1, f64::min);
    let ticks: Vec<(f64, String)> = std::iter::once((1.0, "all".to_owned()))
        .chain((1..13).map(|exponent| (ten_to(-exponent), rare(exponent))))
        .take_while(|(share, _)| *share >= rarest)
        .collect();
    let left = MARGIN + ticks.iter().map(|tick| label_width(&tick.1)).fold(0.0, f64::max) + 10.0;
    sheet.label((MARGIN, sheet.height + 2.0), "Share that took longer (logarithmic)", MUTED, Anchor::Start);
    let (top, bottom) = (sheet.height + 22.0, sheet.height + 22.0 + HEIGHT);
    let high = points().map(|point| point.1).fold(0.0, f64::max);
    let low = points().map(|point| point.1).filter(|time| *time > 0.0).fold(high, f64::min);
    let (from, to) = (left, WIDTH - MARGIN - 16.0);
    let across = Axis { low: low / 1.2, high: high * 1.2, from, to, log: true };
    let upright = Axis { low: rarest, high: 1.0, from: bottom, to: top, log: true };
    let next =
        level_axis(&mut sheet, &across, &across.times(), (top, bottom), "Time to the answer (logarithmic)");
    for (share, label) in ticks {
        let y = upright.at(share);
        sheet.line((from, y), (to, y), GRID, 1.0);
        sheet.label((from - 8.0, y), label, MUTED, Anchor::End);
    }
    let mut lines = Curves::new(2.0);
    for ((_, curve), color) in designs.iter().zip(LINES) {
        let place = |&(share, time): &(f64, f64)| (across.at(time), upright.at(1.0 - share));
        lines.draw(&mut sheet, curve.iter().filter(|point| point.0 < 1.0).map(place).collect(), color);
    }
    sheet.height = next;
    let note = (designs.len() > 1).then(|| "A line is dashed where it would hide another.".to_owned());
    let notes: Vec<String> = note.into_iter().chain(left_out(designs.len(), all.len())).collect();
    Some(close_with(sheet, source(results), (!notes.is_empty()).then(|| notes.join(" "))))
}

/// What one in ten to this is called.
fn rare(exponent: i32) -> String {
    match exponent {
        1 => "10%".to_owned(),
        2 => "1%".to_owned(),
        3 => "0.1%".to_owned(),
        _ => format!("1 in {}", fixed(ten_to(exponent), 0)),
    }
}
