//! Downtime a year by design: a dot with its interval, the naive promise as a ring, the objective as a line.

use super::axis::Axis;
use super::frame::{
    Entry, GAP, MARGIN, close, label_width, left_out, legend, level_axis, name, names_width, open,
};
use super::palette::{ESTIMATE, INK, MUTED, OBJECTIVE, PAPER};
use super::sheet::{Anchor, Point, Sheet, WIDTH};
use crate::experiment::{DesignResult, Figure, Results};
use crate::report::number::{Known, YEAR, duration, known, per_year, share};
use crate::report::terminal::objective_title;
use crate::report::words::{naive_downtime, told};

/// Designs shown.
const MOST: usize = 12;
/// The axis is logarithmic when the values span more than this factor.
const WIDE: f64 = 30.0;
/// Room for what a promise out of the axis says beside its arrow.
const HINT: f64 = 90.0;
/// How far below everything else the naive promise may stretch a logarithmic axis, as a factor.
const STRETCH: f64 = 1000.0;

pub(super) fn draw(results: &Results) -> Option<Sheet> {
    let designs = &results.designs[..results.designs.len().min(MOST)];
    let first = designs.first()?;
    let estimated = designs
        .iter()
        .any(|design| known(&told(&design.service, &design.service.downtime_s_per_year)) != Known::Exactly);
    let dots = match estimated {
        true => format!("Dots are estimates with {} intervals.", share(results.confidence)),
        false => "Dots are exact values.".into(),
    };
    let title = format!("Downtime of {} per year, by design", first.service.name);
    let mut sheet = open(&title, &format!("{} {dots}", sentence(&results.title)));
    let objective = results.objective.as_ref().map(|objective| (1.0 - objective.availability) * YEAR);
    keys(&mut sheet, results, designs);

    let left = MARGIN + names_width(designs.iter().map(|design| design.name.as_str())) + GAP;
    let readings: Vec<_> = designs
        .iter()
        .map(|design| per_year(&told(&design.service, &design.service.downtime_s_per_year)))
        .collect();
    let values = readings.iter().map(|reading| label_width(&reading.value)).fold(60.0, f64::max);
    let intervals = readings
        .iter()
        .filter_map(|reading| reading.interval.as_deref())
        .map(label_width)
        .fold(0.0, f64::max);
    let right = WIDTH - MARGIN - values.max(intervals) - GAP - 4.0;
    let axis = axis(designs, objective, (left, right));
    let row = if designs.len() > 6 { 38.0 } else { 46.0 };
    let top = sheet.height + 4.0;
    let bottom = top + row * designs.len() as f64;
    let scale = if axis.log { " (logarithmic)" } else { "" };
    let next =
        level_axis(&mut sheet, &axis, &axis.times(), (top, bottom), &format!("Downtime a year{scale}"));
    if let Some(seconds) = objective {
        let x = axis.at(seconds);
        sheet.dashed((x, top), (x, bottom), OBJECTIVE, 1.75);
    }
    for (at, (design, reading)) in designs.iter().zip(&readings).enumerate() {
        let y = top + row * (at as f64 + 0.5);
        name(&mut sheet, &design.name, (MARGIN, y), left - MARGIN - GAP);
        promise(&mut sheet, design, &axis, y);
        estimate(&mut sheet, &told(&design.service, &design.service.downtime_s_per_year), &axis, y);
        let x = WIDTH - MARGIN;
        let value_y = if reading.interval.is_some() { y - 8.0 } else { y };
        sheet.strong((x, value_y), reading.value.clone(), Anchor::End);
        sheet.small((x, y + 9.0), reading.interval.clone().unwrap_or_default(), MUTED, Anchor::End);
    }
    sheet.height = next;
    Some(close(sheet, results, left_out(designs.len(), results.designs.len())))
}

/// The text with a full stop, unless it ends in a mark already.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim();
    let ends = text.is_empty() || text.ends_with(['.', '?', '!']);
    if ends { text.to_owned() } else { format!("{text}.") }
}

fn keys(sheet: &mut Sheet, results: &Results, designs: &[DesignResult]) {
    let any = |wanted: Known| {
        designs
            .iter()
            .any(|design| known(&told(&design.service, &design.service.downtime_s_per_year)) == wanted)
    };
    let mut entries: Vec<Entry<'_>> = Vec::new();
    if any(Known::Interval) || any(Known::Exactly) {
        let what = if any(Known::Interval) { "estimate with its interval" } else { "exact value" };
        entries.push((
            Box::new(move |sheet, (x, y)| {
                if what.starts_with("estimate") {
                    whisker(sheet, (x - 10.0, x + 10.0), y);
                }
                sheet.disc((x, y), 4.5, ESTIMATE);
            }),
            what.into(),
        ));
    }
    if any(Known::AtMost) {
        entries.push((
            Box::new(|sheet, (x, y)| bound(sheet, (x - 11.0, x + 10.0), y)),
            "too few outages seen: at most this".into(),
        ));
    }
    entries.push((
        Box::new(|sheet, at| sheet.ring(at, 5.0, INK, PAPER)),
        "what naive independence promises".into(),
    ));
    if let Some(objective) = &results.objective {
        let text = objective_title(objective).replacen("Objective: ", "objective: ", 1);
        entries.push((
            Box::new(|sheet, (x, y)| sheet.dashed((x, y - 8.0), (x, y + 8.0), OBJECTIVE, 1.75)),
            format!("{text} ({}/y if spent evenly)", duration((1.0 - objective.availability) * YEAR)),
        ));
    }
    legend(sheet, entries);
}

fn axis(designs: &[DesignResult], objective: Option<f64>, (from, to): (f64, f64)) -> Axis {
    let figures = designs.iter().map(|design| design.service.downtime_s_per_year);
    let ends = figures.flat_map(|figure| match known(&figure) {
        Known::AtMost => vec![figure.upper],
        // An interval that reaches down to nothing must not stretch the axis down there.
        _ => vec![figure.lower.max(figure.value / 100.0), figure.value, figure.upper],
    });
    let seen: Vec<f64> = ends.chain(objective).filter(|x| *x > 0.0 && x.is_finite()).collect();
    let promised: Vec<f64> = designs
        .iter()
        .map(|design| naive_downtime(design).value)
        .filter(|x| *x > 0.0 && x.is_finite())
        .collect();
    let high = seen.iter().chain(&promised).copied().fold(0.0, f64::max);
    if high <= 0.0 {
        return Axis { low: 0.0, high: 1.0, from, to, log: false };
    }
    let least = seen.iter().copied().fold(high, f64::min);
    let low = promised.iter().copied().filter(|x| *x > least / STRETCH).fold(least, f64::min);
    if high / low > WIDE {
        Axis { low: low / 1.6, high: high * 1.6, from, to, log: true }
    } else {
        Axis { low: 0.0, high: high * 1.08, from, to, log: false }
    }
}

pub(super) fn whisker(sheet: &mut Sheet, (from, to): (f64, f64), y: f64) {
    sheet.line((from, y), (to, y), ESTIMATE, 2.0);
    for x in [from, to] {
        // Taller than the dot, so that an interval narrower than it is still seen.
        sheet.line((x, y - 8.0), (x, y + 8.0), ESTIMATE, 1.5);
    }
}

/// An arrow that points down from an upper bound.
pub(super) fn bound(sheet: &mut Sheet, (from, to): (f64, f64), y: f64) {
    sheet.line((from + 6.0, y), (to, y), ESTIMATE, 2.0);
    sheet.line((to, y - 8.0), (to, y + 8.0), ESTIMATE, 1.5);
    sheet.polygon(vec![(from, y), (from + 8.0, y - 5.0), (from + 8.0, y + 5.0)], ESTIMATE);
}

pub(super) fn estimate(sheet: &mut Sheet, figure: &Figure, axis: &Axis, y: f64) {
    match known(figure) {
        Known::AtMost => {
            let to = axis.at(figure.upper);
            bound(sheet, ((to - 46.0).max(axis.from), to), y);
        }
        Known::Exactly if figure.value <= 0.0 => {
            sheet.small((axis.from + 8.0, y), "nothing in the model can take it down", MUTED, Anchor::Start);
        }
        _ => {
            if figure.lower < figure.upper {
                whisker(sheet, (axis.at(figure.lower), axis.at(figure.upper)), y);
            }
            sheet.disc((axis.at(figure.value), y), 4.5, ESTIMATE);
        }
    }
}

/// The naive promise: a ring, or an arrow out of the axis where it lies far below.
fn promise(sheet: &mut Sheet, design: &DesignResult, axis: &Axis, y: f64) {
    let promised = naive_downtime(design);
    let at: Point = (axis.at(promised.value), y);
    if promised.value <= 0.0 {
        return;
    }
    if promised.value < axis.low {
        let x = axis.from;
        sheet.polygon(vec![(x + 2.0, y), (x + 10.0, y - 5.0), (x + 10.0, y + 5.0)], INK);
        sheet.polygon(vec![(x + 4.5, y), (x + 8.7, y - 2.7), (x + 8.7, y + 2.7)], PAPER);
        // Below the line where an interval begins that far down, too.
        let low = design.service.downtime_s_per_year.lower;
        let hidden = low < axis.low || axis.at(low) < x + HINT;
        let place = if hidden { (x + 2.0, y + 16.0) } else { (x + 15.0, y) };
        sheet.small(place, duration(promised.value) + "/y", MUTED, Anchor::Start);
    } else {
        sheet.ring(at, 5.0, INK, PAPER);
    }
}
