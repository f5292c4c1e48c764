//! How far the downtime moves within the catalog's ranges: for each figure and design a bar from its low to its high end.

use super::axis::Axis;
use super::font::{Weight, fitted, width};
use super::frame::{Entry, GAP, LABEL, MARGIN, close, left_out, legend, level_axis, open};
use super::palette::{GRID, LINES, MUTED, PAPER};
use super::sheet::{Anchor, Color, Sheet, WIDTH};
use crate::experiment::{EndResult, Results, UncertaintyResult};
use crate::report::moves::{caution, label};
use crate::report::number::count_of;
use crate::report::text::printable;

/// Designs shown.
const DESIGNS: usize = 6;
/// Figures shown, besides all at once.
const FIGURES: usize = 8;
/// Height of a design's bar with the space around it.
const BAR: f64 = 15.0;
/// Lowest group: a name and two lines below it.
const LOWEST: f64 = 50.0;
/// Widest column of names.
const NAMES: f64 = 270.0;
/// Size of what the ends are.
const SMALL: f64 = 11.0;

/// A figure's bars, one for each design.
struct Group<'a> {
    title: String,
    /// What its ends are.
    ends: [String; 2],
    low: &'a EndResult,
    high: &'a EndResult,
}

pub(super) fn draw(results: &Results) -> Option<Sheet> {
    let moved = results.uncertainty.as_ref()?;
    let designs = &results.designs[..results.designs.len().min(DESIGNS)];
    let service = &designs.first()?.service.name;
    let groups = groups(moved);
    let typical: Vec<f64> = designs.iter().map(|design| design.service.downtime_s_per_year.value).collect();
    let mut sheet = open(
        &format!("How far the downtime of {service} moves within the catalog's ranges"),
        &caution(results),
    );
    keys(&mut sheet, designs.iter().map(|design| design.name.as_str()));

    let left = MARGIN + names_width(&groups) + GAP;
    let axis = axis(&groups, &typical, (left, WIDTH - MARGIN - 24.0))?;
    let height = LOWEST.max(BAR * designs.len() as f64 + 14.0);
    let top = sheet.height + 4.0;
    let bottom = top + height * groups.len() as f64;
    let title = if axis.log { "Downtime a year (logarithmic)" } else { "Downtime a year" };
    let next = level_axis(&mut sheet, &axis, &axis.times(), (top, bottom), title);
    for (index, seconds) in typical.iter().enumerate().filter(|(_, seconds)| **seconds > 0.0) {
        let x = axis.at(*seconds);
        sheet.dashed((x, top), (x, bottom), LINES[index], 1.25);
    }
    for (at, group) in groups.iter().enumerate() {
        let middle = top + height * (at as f64 + 0.5);
        if at > 0 {
            let y = top + height * at as f64;
            sheet.line((MARGIN, y), (axis.to, y), GRID, 1.0);
        }
        names(&mut sheet, group, middle, left - MARGIN - GAP);
        for index in 0..designs.len() {
            let y = middle + BAR * (index as f64 - (designs.len() - 1) as f64 / 2.0);
            bar(&mut sheet, group, index, &axis, y);
        }
    }
    sheet.height = next;
    let hidden = moved.ranges.len().saturating_sub(FIGURES);
    let hidden = (hidden > 0)
        .then(|| format!("{} that move it less are left out.", count_of(hidden as u64, "figure")));
    let notes: Vec<String> =
        [left_out(designs.len(), results.designs.len()), hidden].into_iter().flatten().collect();
    Some(close(sheet, results, (!notes.is_empty()).then(|| notes.join(" "))))
}

fn groups(moved: &UncertaintyResult) -> Vec<Group<'_>> {
    let all = Group {
        title: "all figures at once".into(),
        ends: ["low: all favorable".into(), "high: all unfavorable".into()],
        low: &moved.favorable,
        high: &moved.unfavorable,
    };
    let each = moved.ranges.iter().take(FIGURES).map(|range| Group {
        title: label(moved, range),
        ends: [
            format!("low: {}", printable(&range.values[0])),
            format!("high: {}", printable(&range.values[2])),
        ],
        low: &range.low,
        high: &range.high,
    });
    std::iter::once(all).chain(each).collect()
}

fn keys<'a>(sheet: &mut Sheet, names: impl Iterator<Item = &'a str>) {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for (index, name) in names.enumerate() {
        let color = LINES[index];
        entries.push((
            Box::new(move |sheet, (x, y)| sheet.rect((x - 10.0, y - 3.0), (x + 10.0, y + 3.0), color)),
            printable(name),
        ));
    }
    entries.push((Box::new(|sheet, at| sheet.ring(at, 4.5, MUTED, PAPER)), "at its low end".into()));
    entries.push((Box::new(|sheet, at| sheet.disc(at, 4.5, MUTED)), "at its high end".into()));
    entries.push((
        Box::new(|sheet, (x, y)| sheet.dashed((x, y - 8.0), (x, y + 8.0), MUTED, 1.25)),
        "all typical".into(),
    ));
    legend(sheet, entries);
}

fn names_width(groups: &[Group<'_>]) -> f64 {
    let of_group = |group: &Group<'_>| {
        let ends = group.ends.iter().map(|end| width(end, SMALL, Weight::Regular));
        ends.fold(width(&group.title, LABEL, Weight::SemiBold), f64::max)
    };
    groups.iter().map(of_group).fold(60.0, f64::max).min(NAMES)
}

/// The figure's name and what its ends are.
fn names(sheet: &mut Sheet, group: &Group<'_>, middle: f64, room: f64) {
    sheet.strong((MARGIN, middle - 15.0), fitted(&group.title, LABEL, Weight::SemiBold, room), Anchor::Start);
    for (line, end) in group.ends.iter().enumerate() {
        let at = (MARGIN, middle + 2.0 + 14.0 * line as f64);
        sheet.small(at, fitted(end, SMALL, Weight::Regular, room), MUTED, Anchor::Start);
    }
}

/// A logarithmic axis around every value, or nothing where no value is above zero.
fn axis(groups: &[Group<'_>], typical: &[f64], (from, to): (f64, f64)) -> Option<Axis> {
    let ends = groups.iter().flat_map(|group| [group.low, group.high]);
    let ends = ends.flat_map(|end| end.downtime_s_per_year.iter().take(typical.len()).map(|it| it.value));
    let seen: Vec<f64> = ends.chain(typical.iter().copied()).filter(|x| *x > 0.0 && x.is_finite()).collect();
    let high = seen.iter().copied().fold(0.0, f64::max);
    let low = seen.iter().copied().fold(high, f64::min);
    (high > 0.0).then(|| Axis { low: low / 1.4, high: high * 1.4, from, to, log: true })
}

/// A design's bar. An end without any outage lies at the left end of the axis.
fn bar(sheet: &mut Sheet, group: &Group<'_>, design: usize, axis: &Axis, y: f64) {
    let ends = group.low.downtime_s_per_year.get(design).zip(group.high.downtime_s_per_year.get(design));
    let Some((low, high)) = ends else { return };
    let color: Color = LINES[design];
    let (low, high) = (axis.at(low.value), axis.at(high.value));
    sheet.line((low.min(high), y), (low.max(high), y), color, 4.0);
    sheet.disc((high, y), 4.5, color);
    sheet.ring((low, y), 4.5, color, PAPER);
}
