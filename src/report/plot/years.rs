//! How bad single years are: the chance that a year has more downtime than so much, a line for each design.

use super::axis::Axis;
use super::curves::Curves;
use super::downtime::sentence;
use super::font::{Weight, fitted, name_lines};
use super::frame::{GAP, LABEL, MARGIN, close, label_width, left_out, level_axis, open};
use super::palette::{GRID, INK, LINES, MUTED, OBJECTIVE};
use super::sheet::{Anchor, Sheet, WIDTH};
use crate::experiment::{DesignResult, Results, ServiceResult};
use crate::report::number::{YEAR, count, duration, one_in, share};
use crate::report::terminal::objective_title;
use crate::report::text::printable;

const MOST: usize = 8;
const HEIGHT: f64 = 330.0;
const LEGEND: f64 = 230.0;

pub(super) fn draw(results: &Results) -> Option<Sheet> {
    let of_years: Vec<&DesignResult> =
        results.designs.iter().filter(|design| !design.service.years_s.is_empty()).collect();
    let designs = &of_years[..of_years.len().min(MOST)];
    let service = &designs.first()?.service.name;
    let rarest = designs
        .iter()
        .filter_map(|design| design.service.years_chance.last())
        .fold(1.0, |a: f64, b| a.min(*b));
    let mut sheet = open(
        &format!("How bad a single year of {service} can be"),
        &format!("{} The chance that a year has more downtime than the axis says.", sentence(&results.title)),
    );
    let ticks = chance_ticks(0.75 * rarest);
    let widest = ticks.iter().map(|tick| label_width(&tick.1)).fold(label_width("1 in 10,000"), f64::max);
    let left = MARGIN + widest + 10.0;
    sheet.label((MARGIN, sheet.height + 2.0), "Chance of a worse year (logarithmic)", MUTED, Anchor::Start);
    let (top, bottom) = (sheet.height + 22.0, sheet.height + 22.0 + HEIGHT);
    let right = WIDTH - MARGIN - LEGEND - 2.0 * GAP;
    let across = across(designs, yearly_objective(results), (left, right));
    let chances = Axis { low: 0.75 * rarest, high: 1.0, from: bottom, to: top, log: true };
    let next =
        level_axis(&mut sheet, &across, &across.times(), (top, bottom), "Downtime in one year (logarithmic)");
    for (chance, label) in ticks {
        let y = chances.at(chance);
        sheet.line((left, y), (right, y), GRID, 1.0);
        sheet.label((left - 8.0, y), label, MUTED, Anchor::End);
    }
    if let Some(seconds) = yearly_objective(results) {
        let x = across.at(seconds);
        sheet.dashed((x, top), (x, bottom), OBJECTIVE, 1.75);
    }
    let mut curves = Curves::new(2.25);
    for (design, color) in designs.iter().zip(LINES) {
        let points = coarser(&survival(&design.service, &across, &chances));
        let end = points.last().copied();
        curves.draw(&mut sheet, points, color);
        if let Some(end) = end {
            sheet.disc(end, 3.75, color);
        }
    }
    let end = names(&mut sheet, results, designs, (right + 2.0 * GAP, top + 6.0));
    sheet.height = next.max(end);
    let note = "A line ends at the worst year seen, with a dot; it is dashed where it would hide another. Years without \
                downtime lie to the left of every line.";
    let left_out =
        left_out(designs.len(), of_years.len()).map_or_else(String::new, |left_out| format!(" {left_out}"));
    Some(close(sheet, results, Some(format!("{note}{left_out}"))))
}

/// The downtime that a year may have, where the objective is about years.
fn yearly_objective(results: &Results) -> Option<f64> {
    let objective = results.objective.as_ref().filter(|objective| objective.period == "year")?;
    Some((1.0 - objective.availability) * YEAR)
}

fn across(designs: &[&DesignResult], objective: Option<f64>, (from, to): (f64, f64)) -> Axis {
    let down: Vec<f64> = designs
        .iter()
        .flat_map(|design| design.service.years_s.iter().copied())
        .filter(|s| *s > 0.0)
        .collect();
    let high = down.iter().copied().chain(objective).fold(0.0, f64::max);
    if high <= 0.0 {
        return Axis { low: 1.0, high: 3600.0, from, to, log: true };
    }
    // The few mildest years would stretch the axis over decades that nobody asks about.
    let mildest = designs.iter().filter_map(|design| {
        let years = design.service.years_s.iter().copied().zip(design.service.years_chance.iter().copied());
        let mut down = years.filter(|year| year.0 > 0.0).peekable();
        let all = down.peek()?.1;
        down.take_while(|year| year.1 >= 0.98 * all).last().map(|year| year.0)
    });
    let low = mildest.chain(objective).fold(high, f64::min).max(high / 1e6).min(high / 60.0);
    Axis { low, high: high * 1.4, from, to, log: true }
}

fn chance_ticks(low: f64) -> Vec<(f64, String)> {
    let mut ticks = vec![(1.0, "every year".to_owned()), (0.5, "1 in 2".into())];
    let mut many = 10_u64;
    while many <= 1_000_000 && 1.0 / many as f64 >= low * 0.999 {
        ticks.push((1.0 / many as f64, format!("1 in {}", count(many))));
        many *= 10;
    }
    ticks
}

/// The share of years above each value, as steps.
fn survival(service: &ServiceResult, across: &Axis, chances: &Axis) -> Vec<(f64, f64)> {
    let years = &service.years_s;
    // Years too mild for the axis are where its left end says.
    let empty = years.iter().take_while(|year| **year <= 0.0 || **year < across.low).count();
    let mut points = Vec::new();
    for (at, &year) in years.iter().enumerate().skip(empty) {
        let (x, y) = (across.at(year), chances.at(service.years_chance[at]));
        if points.is_empty() {
            points.push((across.from, y));
        }
        points.push((x, y));
        if let Some(&next) = service.years_chance.get(at + 1) {
            points.push((x, chances.at(next)));
        }
    }
    points
}

/// The same line without steps that are too small to be seen: a tenth of the points.
fn coarser(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for (at, &point) in points.iter().enumerate() {
        let near = |last: &(f64, f64)| (point.0 - last.0).abs() < 1.0 && (point.1 - last.1).abs() < 1.0;
        if at + 1 == points.len() || !kept.last().is_some_and(near) {
            kept.push(point);
        }
    }
    kept
}

/// The legend beside the data: each design with the years that it was never down, and its worst.
fn names(sheet: &mut Sheet, results: &Results, designs: &[&DesignResult], (x, mut y): (f64, f64)) -> f64 {
    let room = LEGEND - 30.0;
    for (design, color) in designs.iter().zip(LINES) {
        let years = &design.service.years_s;
        let mildest = years.iter().position(|year| *year > 0.0);
        let down = mildest.map_or(0.0, |at| design.service.years_chance[at]);
        sheet.line((x, y), (x + 20.0, y), color, 3.0);
        for line in name_lines(&printable(&design.name), LABEL, Weight::SemiBold, room) {
            sheet.strong((x + 28.0, y), line, Anchor::Start);
            y += 16.0;
        }
        let none = match down {
            1.0 => "down every year".into(),
            0.0 => "no downtime in any year seen".into(),
            ..0.1 => format!("downtime in {} years", one_in(down)),
            _ => format!("no downtime in {} of years", share(1.0 - down)),
        };
        sheet.small((x + 28.0, y), none, MUTED, Anchor::Start);
        if let Some(worst) = years.last().filter(|worst| **worst > 0.0) {
            y += 14.0;
            sheet.small((x + 28.0, y), format!("worst year {}", duration(*worst)), MUTED, Anchor::Start);
        }
        y += 23.0;
    }
    if let Some(objective) = results.objective.as_ref().filter(|objective| objective.period == "year") {
        sheet.dashed((x + 10.0, y - 8.0), (x + 10.0, y + 8.0), OBJECTIVE, 1.75);
        let text = fitted(&objective_title(objective), LABEL, Weight::Regular, room);
        sheet.label((x + 28.0, y), text, INK, Anchor::Start);
        y += 24.0;
    }
    y
}
